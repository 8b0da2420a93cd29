"""What happens to questions while something they need does not answer?

A circuit breaker (M. Nygard, "Release It!", 2007): after some failures in a row it is open and refuses at once; after a
while it lets one attempt through, and closes again if that succeeds. No attempt is waited for longer than a deadline.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

# One failure is an accident; a model that fails three times in a row is not asked for the next half minute.
FAILURES = 3
COOL_S = 30.0


class Unavailable(Exception):
    """It did not answer, or was not asked because it did not answer before; the message says why."""


class Breaker:
    """The way to one thing that may be slow or gone; any thread may use it."""

    def __init__(
        self, failures: int = FAILURES, cool_s: float = COOL_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Open after ``failures`` in a row, for ``cool_s`` seconds of ``clock``."""
        self._limit = failures
        self._cool_s = cool_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._reason = ""
        self._retry_at = 0.0
        # Attempts that are over their deadline but not over: while there is one, another would only wait behind it.
        self._overdue = 0

    @property
    def state(self) -> str:
        """``closed``, ``open``, or ``half-open`` when the next attempt is let through."""
        with self._lock:
            if self._failures < self._limit:
                return "closed"
            return "open" if self._clock() < self._retry_at else "half-open"

    def call(self, work: Callable[[], T], deadline_s: float) -> T:
        """Return what ``work`` returns; it runs in a thread of its own, and goes on if it is late.

        Raises:
            Unavailable: It failed, took longer than ``deadline_s`` seconds, or was not tried.
        """
        self._admit()
        future = in_thread(work)
        try:
            result = future.result(deadline_s)
        except BaseException as error:
            if not (future.done() or isinstance(error, TimeoutError)):
                raise  # this thread was interrupted, not the attempt
            raise self._failed(error, future) from None
        self._succeeded()
        return result

    def _admit(self) -> None:
        with self._lock:
            if self._overdue:
                raise Unavailable(self._reason)
            if self._failures >= self._limit:
                if self._clock() < self._retry_at:
                    raise Unavailable(self._reason)
                # This one is the probe; the others wait for what becomes of it.
                self._retry_at = self._clock() + self._cool_s

    def _failed(self, error: BaseException, future: "Future[T]") -> Unavailable:
        late = not future.done()
        with self._lock:
            self._failures += 1
            self._reason = "it takes too long" if late else " ".join(str(error).split()) or type(error).__name__
            self._retry_at = self._clock() + self._cool_s
            self._overdue += late
            reason = self._reason
        if late:
            future.add_done_callback(self._ended_late)
        return Unavailable(reason)

    def _ended_late(self, future: "Future[T]") -> None:
        with self._lock:
            self._overdue -= 1
        if future.exception() is None:
            self._succeeded()

    def _succeeded(self) -> None:
        with self._lock:
            self._failures = 0


def in_thread(work: Callable[[], T]) -> "Future[T]":
    """Start ``work`` in a thread that keeps no process alive, and return what will become of it."""
    future: Future[T] = Future()
    threading.Thread(target=_run, args=(work, future), name="tristore-work", daemon=True).start()
    return future


def _run(work: Callable[[], T], future: "Future[T]") -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 (carried to the one who waits)
        future.set_exception(error)
