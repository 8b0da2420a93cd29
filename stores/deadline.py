"""How long may one store keep an answer waiting?"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what ``work`` returns, or raise what it raises; it runs in a thread that keeps no process alive.

    Raises:
        TimeoutError: It took longer. It goes on, and nobody waits for its result.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  carried to the one who waits
            future.set_exception(error)

    threading.Thread(target=run, name="tristore-store", daemon=True).start()
    return future.result(seconds)
