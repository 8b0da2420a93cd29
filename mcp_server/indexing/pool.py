"""How are many files parsed at once without holding many, and without one of them ending the run?

Worker processes parse; one thread per worker talks to it, so that results are collected while the caller writes.
Results come back in the order of the tasks, still packed, and only a bounded number of portions is under way. A
worker has a time limit per file and a memory limit; when it is lost, the file it was at is tried again alone in a new
worker, then taken as text, and the others of its portion go to a new worker.
"""

import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mcp_server.config import IndexOptions
from mcp_server.errors import ConfigError
from mcp_server.indexing import walk, worker
from mcp_server.indexing.forkserver import FORK, REPLY, REQUEST, RESULT, TASKS, WAIT, receive
from mcp_server.indexing.worker import Failed, Result, Task, Touched, attempt
from mcp_server.languages import language_of
from stores import facts
from stores.facts import Skip, display_path

PARSER_DIED = "parser died"
_LOG = logging.getLogger("tristore")

# Why a file is parsed a second time before it is taken as text: the machine may have slept, or an earlier file of the
# same worker may have used up its memory.
_TRIES = 2


# What the thread that talks to a worker sees when the worker is gone; its fate says more.
_LOST = "lost"


class PoolClosed(Exception):
    """The pool was left while a portion was under way; nobody waits for its results."""


def _unknown(_: Task) -> None:
    """Know nothing."""


class Pool:
    """Parses files in worker processes when there are many of them, else small ones in this process.

    ``peak_bytes`` is the largest size that a worker has had so far, 0 without workers.
    """

    def __init__(self, root: Path, options: IndexOptions, *, parallel: bool) -> None:
        self._root = root
        self._options = options
        self._parallel = parallel
        self._server: _ForkServer | None = None
        self._languages: list[str] = []
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._lock = threading.Lock()
        self._large = threading.Lock()
        self._threads = ThreadPoolExecutor(options.workers, "parse")
        self._closed = False
        self.peak_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            for each in self._busy:
                each.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for each in self._idle:
            each.end()
        if self._server is not None:
            self._server.close()

    def processes(self, *, with_server: bool = False) -> list[int]:
        """Return the process ids of the workers there are, and of the process that forks them if wanted."""
        with self._lock:
            server = [self._server.process] if self._server is not None and with_server else []
            return server + [each.process for each in (*self._idle, *self._busy)]

    def parse(self, tasks: list[Task], known: Callable[[Task], Result | None] = _unknown) -> Iterator[Result]:
        """Yield the result of every task, in order: what ``known`` gives for it, asked just before, or the parser."""
        items: Iterator[Task | Result] = (known(task) or task for task in tasks)
        if not self._parallel:
            for item in items:
                yield self._here(item) if isinstance(item, Task) else item
            return
        self._languages = _languages(tasks)
        under_way: deque[tuple[list[Task | Result], Future[list[bytes]] | None]] = deque()
        for portion in self._portions(items):
            asked = [item for item in portion if isinstance(item, Task)]
            under_way.append((portion, self._threads.submit(self._packed, asked) if asked else None))
            if len(under_way) >= self._options.portions_ahead * self._options.workers:
                yield from _in_turn(*under_way.popleft())
        while under_way:
            yield from _in_turn(*under_way.popleft())

    def _portions(self, items: Iterator[Task | Result]) -> Iterator[list[Task | Result]]:
        portion: list[Task | Result] = []
        size = 0
        for item in items:
            full = len(portion) == self._options.portion_files or size + item.size > self._options.portion_bytes
            if portion and full:
                yield portion
                portion, size = [], 0
            portion.append(item)
            size += max(0, item.size)
        if portion:
            yield portion

    def _here(self, task: Task) -> Result:
        """Parse a small file in this process, a larger one in a worker."""
        options = self._options
        if task.size <= options.inline_file_bytes:
            limit = min(options.inline_file_bytes, options.max_file_bytes)
            result = attempt(self._root, task, replace(options, max_file_bytes=limit))
            if isinstance(result, Failed):
                _tell(task, result.cause, result.trace)
                result = attempt(self._root, replace(task, plain=result.cause), options)
            if isinstance(result, Failed):
                return _given_up(task, result.cause)
            if not (isinstance(result, Skip) and result.reason == walk.TOO_LARGE):
                return result
        self._languages = _languages([task])
        return _unpacked(self._packed([task])[0])

    def _packed(self, tasks: list[Task]) -> list[bytes]:
        """Return the packed result of every task."""
        large = sum(task.size for task in tasks) > self._options.portion_bytes
        results: list[bytes] = []
        # Large files take their turns: two of them at once could take more memory than the whole run should.
        with self._large if large else nullcontext():
            while len(results) < len(tasks):
                cause = self._ask(tasks[len(results) :], results)
                if cause:
                    results.append(self._alone(tasks[len(results)], cause))
        return results

    def _alone(self, task: Task, cause: str) -> bytes:
        """Return the packed result of a file that a worker was lost at."""
        for _ in range(_TRIES - 1):
            results: list[bytes] = []
            cause = self._ask([task], results, fresh=True)
            if not cause:
                return results[0]
        results = []
        cause = self._ask([replace(task, plain=cause)], results, fresh=True)
        return pickle.dumps(_given_up(task, cause)) if cause else results[0]

    def _ask(self, tasks: list[Task], results: list[bytes], *, fresh: bool = False) -> str:
        """Have one worker parse ``tasks`` and append to ``results``; return why it stopped early, "" if it did not."""
        asked = self._take(fresh=fresh)
        cause = ""
        try:
            asked.send((self._root, tasks, self._options))
            for task in tasks:
                # Unpacked when its turn comes: here only whether there is a result.
                packed, done = asked.receive(self._options.parse_seconds)
                if not done:
                    cause, _, trace = packed.decode("utf-8", "replace").partition("\n")
                    _tell(task, cause, trace)
                    break
                results.append(packed)
        except TimeoutError:
            cause = f"the parser gave no result within {self._options.parse_seconds:g} s"
            asked.kill()
        except EOFError:
            cause = _LOST
        self._give_back(asked, lost=bool(cause))
        return asked.fate() if cause == _LOST else cause

    def _take(self, *, fresh: bool) -> "_Worker":
        with self._lock:
            if self._closed:
                raise PoolClosed
            taken = self._idle.pop() if self._idle and not fresh else self._fork()
            self._busy.add(taken)
            return taken

    def _fork(self) -> "_Worker":
        """Return a new worker; a fork server that was killed is replaced."""
        for _ in range(_TRIES):
            try:
                self._server = self._server or _ForkServer(self._languages)
                return self._server.fork()
            except OSError as error:
                reason = error.strerror or str(error)
                if self._server is not None:
                    self._server.close()
                    self._server = None
        raise ConfigError(f"no process to parse files in can be started ({reason}); check memory and process limits")

    def _give_back(self, asked: "_Worker", *, lost: bool) -> None:
        with self._lock:
            self._busy.discard(asked)
            self.peak_bytes = max(self.peak_bytes, asked.peak_bytes)
            if not lost and asked.growth_bytes <= self._options.worker_growth_bytes:
                self._idle.append(asked)
                return
        asked.end()


def _in_turn(portion: list[Task | Result], reply: Future[list[bytes]] | None) -> Iterator[Result]:
    """Yield a portion with the result of each task in the task's place."""
    packed = iter(reply.result() if reply is not None else ())
    for item in portion:
        yield _unpacked(next(packed)) if isinstance(item, Task) else item


class _Worker:
    """A worker process, and what it says of its size with every result: its largest so far, and its growth."""

    def __init__(self, process: int, connection: socket.socket, server: "_ForkServer") -> None:
        self.process = process
        self.peak_bytes = 0
        self.growth_bytes = 0
        self._connection = connection
        self._server = server
        self._first_bytes = 0
        self._status: int | None = None
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        """Send a message.

        Raises:
            EOFError: the worker is gone.
        """
        packed = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        try:
            self._connection.sendall(TASKS.pack(len(packed)) + packed)
        except ConnectionError:
            raise EOFError from None

    def receive(self, seconds: float) -> tuple[bytes, bool]:
        """Return the next packed result and True, or the cause why there is none and False.

        Raises:
            TimeoutError: it did not come within ``seconds``.
            EOFError: the worker is gone.
        """
        self._connection.settimeout(seconds)
        size, done, self.peak_bytes, now = RESULT.unpack(receive(self._connection, RESULT.size))
        self._first_bytes = self._first_bytes or now
        self.growth_bytes = now - self._first_bytes
        return receive(self._connection, size), done

    def kill(self) -> None:
        """End the worker in the middle of what it does; until it is waited for, the process id is its own."""
        with self._lock:
            if self._status is None:
                with suppress(ProcessLookupError):
                    os.kill(self.process, signal.SIGKILL)

    def end(self) -> None:
        """Let the worker go and wait for it."""
        self._connection.close()
        with self._lock:
            if self._status is None:
                self._status = self._server.wait(self.process)

    def fate(self) -> str:
        """Return how a worker that is gone ended."""
        code = os.waitstatus_to_exitcode(self._status or 0)
        if code == -signal.SIGXCPU:
            return "the parser used up its processor time"
        return f"the parser died of {signal.Signals(-code).name}" if code < 0 else "the parser died"


class _ForkServer:
    """This end of the process that forks workers; it starts with the first of them."""

    def __init__(self, languages: list[str]) -> None:
        self._control, theirs = socket.socketpair()
        # -P: the working directory may hold a folder called mcp_server, and its code is not ours to run.
        command = [sys.executable, "-P", "-m", "mcp_server.indexing.forkserver", *languages]
        with theirs:
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)  # noqa: S603 (ours)
        self.process = self._process.pid
        self._lock = threading.Lock()

    def fork(self) -> _Worker:
        """Return a new worker.

        Raises:
            OSError: the process that forks them ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                return _Worker(self._request(FORK, 0, theirs), ours, self)
            except OSError:
                ours.close()
                raise

    def wait(self, process: int) -> int:
        """Return the wait status of a worker that ended or is about to; 0 when nobody knows."""
        try:
            return self._request(WAIT, process)
        except OSError:
            return 0

    def close(self) -> None:
        """Let the process end and wait for it; its workers end when their sockets do."""
        self._control.close()
        self._process.wait()

    def _request(self, letter: bytes, process: int, *sent: socket.socket) -> int:
        with self._lock:
            try:
                socket.send_fds(self._control, [REQUEST.pack(letter, process)], [each.fileno() for each in sent])
                (answer,) = REPLY.unpack(receive(self._control, REPLY.size))
            except EOFError:
                raise BrokenPipeError("the process that starts parse workers ended") from None
            return int(answer)


class _Unpickler(pickle.Unpickler):
    """Takes results only: a parser that hostile source subverts must not choose what is built in this process."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _RESULT_CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name} is no result")
        return super().find_class(module, name)


_RESULT_CLASSES = {
    *((facts.__name__, each) for each in vars(facts) if isinstance(getattr(facts, each), type)),
    (worker.__name__, Touched.__name__),
}


def _unpacked(packed: bytes) -> Result:
    result: Result = _Unpickler(BytesIO(packed)).load()
    return result


def _tell(task: Task, cause: str, trace: str) -> None:
    """Log an error of this program; where there is no trace, it is the file that asks for too much."""
    if trace:
        _LOG.error("%s cannot be parsed: %s\n%s", display_path(task.path), cause, trace)


def _given_up(task: Task, cause: str) -> Skip:
    return Skip(task.path, f"{PARSER_DIED}: {cause}", task.size, task.changed_ns)


def _languages(tasks: list[Task]) -> list[str]:
    """Return the parsed languages that the names of the files tell, each once."""
    found = {language.name for task in tasks if (language := language_of(task.path)) and language.kind == "code"}
    return sorted(found)
