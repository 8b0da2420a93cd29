"""Who may die of a fault?

Processes that open an index, change it, check it, and may be killed at any moment. They are forked from one process
that has imported everything and opened nothing, so that a victim costs milliseconds where an import takes seconds.
What a victim has to say comes line by line through a pipe, whose end is also the end of its last thread.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent
ROOT = b"/root"
# A victim that says nothing for this long hangs, which is a defect.
PATIENCE_S = 120.0
# Few versions are many here, so that compaction is part of every scenario.
WORTH_COMPACTING = 4
# Every so many generations the writer tidies up.
FINISH_EVERY = 3

Say = Callable[..., None]


class Nursery:
    """The process that victims are forked from."""

    def __init__(self, **environment: str) -> None:
        """Start it, with more variables in its environment; the imports take about two seconds."""
        # One packet is one order.
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
            )
        self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait()

    def _receive(self) -> int:
        answer = self._socket.recv(64)
        if not answer:
            raise ChildProcessError("the process that victims are forked from has died")
        return int(answer)

    def start(self, job: str, folder: Path, **options: Any) -> "Victim":
        """Fork a process that does ``job``, one of ``JOBS``, on the index in ``folder``."""
        out, theirs = os.pipe()
        hers, control = os.pipe()
        order = json.dumps({"job": job, "folder": str(folder), **options}).encode()
        socket.send_fds(self._socket, [order], [theirs, hers])
        pid = self._receive()
        os.close(theirs)
        os.close(hers)
        return Victim(pid, out, control)

    def run(self, job: str, folder: Path, **options: Any) -> list[dict]:
        """Fork a process, let it end by itself, and return what it said."""
        with self.start(job, folder, **options) as victim:
            return victim.rest()


class Victim:
    """A process at work; ``said`` are the events that have been read from it so far."""

    def __init__(self, pid: int, out: int, control: int) -> None:
        """Take over the two pipes of process ``pid``: what it says, and what it waits for."""
        self.pid = pid
        self.said: list[dict] = []
        self.fd = out
        self._control = control
        self._buffer = b""
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        os.close(self.fd)
        os.close(self._control)

    def go(self) -> None:
        """Let it take its next step, where its job waits for a sign."""
        with suppress(BrokenPipeError):
            os.write(self._control, b"!")

    def kill(self) -> list[dict]:
        """Kill it, wait until its last thread is gone, and return all it said."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.rest()

    def rest(self) -> list[dict]:
        """Wait until it has ended, and return all it said."""
        for _ in self._events():
            pass
        return self.said

    def until(self, event: str, patience_s: float = PATIENCE_S) -> dict | None:
        """Wait for an event and return it, None when the process ended without it."""
        return next((found for found in self._events(patience_s) if found["event"] == event), None)

    def live(self, seconds: float) -> bool:
        """Let it live for so many seconds; say whether it still does."""
        deadline = time.monotonic() + seconds
        while not self._ended and (left := deadline - time.monotonic()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                self._read()
        return not self._ended

    def _events(self, patience_s: float = PATIENCE_S) -> Iterator[dict]:
        deadline = time.monotonic() + patience_s
        seen = len(self.said)
        while True:
            while seen < len(self.said):
                seen += 1
                yield self.said[seen - 1]
            if self._ended:
                return
            if not select.select([self.fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"process {self.pid} says nothing; it said {self.said}")
            self._read()

    def _read(self) -> None:
        data = os.read(self.fd, 65536)
        self._ended = not data
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self.said += map(json.loads, lines)


def last(events: list[dict], event: str) -> dict | None:
    """Return the last event of a name, None when there is none."""
    return next((found for found in reversed(events) if found["event"] == event), None)


# What runs in the forked processes


def _nurse(fd: int) -> None:
    sys.path[:0] = [str(HERE), str(HERE.parent / "stores"), str(HERE.parents[1])]
    # The fork is safe: nothing of LanceDB is used before it.
    warnings.simplefilter("ignore")
    import fault_jobs
    import lancedb  # noqa: F401  imported once for all victims
    import pyarrow  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=fd) as orders:
        orders.send(b"0")
        while True:
            order, fds, _, _ = socket.recv_fds(orders, 1 << 16, 2)
            if not order:
                return
            pid = os.fork()
            if pid == 0:
                orders.close()
                _live(fault_jobs.JOBS, json.loads(order), *fds)
            for each in fds:
                os.close(each)
            orders.send(str(pid).encode())


def _live(jobs: dict[str, Callable], order: dict, out: int, control: int) -> None:
    def say(event: str, **more: Any) -> None:
        with suppress(BrokenPipeError):
            os.write(out, json.dumps({"event": event, **more}).encode() + b"\n")

    job = jobs[order.pop("job")]
    # What a damaged store makes a library print is not what is tested.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        job(say, lambda: os.read(control, 1), Path(order.pop("folder")), **order)
        say("done")
    except BaseException as error:  # noqa: BLE001  whatever it is, the one who waits must hear of it
        say("raised", kind=type(error).__name__, clean=_is_clean(error), text=str(error)[:500])
    os._exit(0)


def _is_clean(error: BaseException) -> bool:
    from stores.errors import StoreError

    return isinstance(error, StoreError)


if __name__ == "__main__":
    _nurse(int(sys.argv[1]))
