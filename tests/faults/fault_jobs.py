"""What does a victim do before, while and after a fault strikes?

Each job is one function of ``(say, wait, folder, **options)``: it says what it has done as events, and ``wait``
returns when the one who started it gives a sign (b"" when that one is gone).
"""

import fcntl
import os
import resource
import signal
import struct
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from fault_oracle import Oracle, mismatches
from fault_victims import FINISH_EVERY, ROOT, WORTH_COMPACTING
from store_samples import IDENTITY, link

from stores import opening, vectors
from stores.commit import ANN_ROWS
from stores.errors import StoreError
from stores.index import Index

# FS_IOC_SHUTDOWN of ext4, XFS_IOC_GOINGDOWN of xfs: the same number. The flag keeps the journal from being flushed.
_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = 2

Say = Callable[..., None]
Wait = Callable[[], bytes]


def cut_power(mount: Path) -> None:
    """Shut a file system down as a loss of power would: what was not flushed is gone."""
    descriptor = os.open(mount, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
    finally:
        os.close(descriptor)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def _fill(mount: Path, spare: int) -> None:
    """Leave ``spare`` bytes free on a file system."""
    with (mount / "ballast").open("ab") as file:
        status = os.statvfs(mount)
        room = status.f_bavail * status.f_frsize - spare
        while room > 0:
            try:
                return os.posix_fallocate(file.fileno(), 0, room)
            except OSError:
                # The file system takes some of it for itself.
                room -= 4096


def _fault(point: str, count: int, act: Callable[[], object], say: Say) -> None:
    """Do ``act`` when the failpoint ``point`` is met for the ``count``-th time; "" only tells which are met."""
    met: dict[str, int] = {}

    def reached(name: str) -> None:
        met[name] = met.get(name, 0) + 1
        if not point and met[name] == 1:
            say("met", point=name)
        if name == point and met[name] == count:
            say("struck", point=name)
            act()

    opening.failpoint = reached


def write(
    say: Say,
    wait: Wait,
    folder: Path,
    *,
    seed: int,
    count: int,
    point: str | None = None,
    nth: int = 1,
    act: str = "die",
    mount: str = "",
    spare: int = 0,
    held: bool = False,
    lock_s: float = 30.0,
    file_limit: int = 0,
    again: bool = False,
    ann_rows: int = ANN_ROWS,
) -> None:
    """Open the index for writing and publish ``count`` generations, tidying up in between.

    Args:
        say: Gets "open", "ack" for each generation, and "struck" before a planned fault.
        wait: Where ``held``, called before the index is opened.
        folder: The index.
        seed: The oracle's.
        count: Generations to publish.
        point: The failpoint at which the fault strikes, "" to tell all that are met, None for neither.
        nth: The how-manieth time.
        act: "die"; "cut" the power of ``mount`` and die; "fill" it but for ``spare`` bytes; or "raise".
        mount: The file system to be cut off or filled.
        spare: See ``act``.
        held: Wait for a sign first.
        lock_s: Seconds to wait for another writer.
        file_limit: Bytes that no file may exceed, 0 for no limit.
        again: When a store fails, wait for a sign and go on with the same writer.
        ann_rows: From so many rows on an approximate index is made.
    """
    if held:
        say("ready")
        wait()
    acts = {"die": _die, "cut": partial(_cut_and_die, Path(mount)), "fill": partial(_fill, Path(mount), spare)}
    acts["raise"] = _raise
    if point is not None:
        _fault(point, nth, acts[act], say)
    if file_limit:
        # Without a handler the kernel ends the process; with one the write fails.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    vectors._WORTH_COMPACTING = WORTH_COMPACTING
    oracle = Oracle(seed)
    started = time.monotonic()
    with Index(folder, ROOT).writer(IDENTITY, wait_s=lock_s) as writer:
        now = time.monotonic()
        say("open", generation=writer.generation, healed=writer.healed, seconds=now - started, at=now)
        for number in range(1, count + 1):
            try:
                generation = writer.apply(oracle.batch(writer.generation + 1), link)
                say("ack", generation=generation, at=time.monotonic())
                writer.settle(ann_rows)
                if number % FINISH_EVERY == 0:
                    writer.finish({"started": 0.0})
            except StoreError as error:
                if not again:
                    raise
                say("failed", text=str(error)[:500])
                wait()


def _cut_and_die(mount: Path) -> None:
    cut_power(mount)
    _die()


def _raise() -> None:
    raise StoreError("a planned failure")


def check(
    say: Say, wait: Wait, folder: Path, *, seed: int, repair: bool = False, verify: bool = False, degraded: bool = False
) -> None:
    """Compare the answers with the oracle's; with ``repair``, open for writing first, after which all must be well.

    ``verify`` lets the writer compare every row first; ``degraded`` allows a store to have failed and said so.
    """
    del wait
    if repair:
        started = time.monotonic()
        with Index(folder, ROOT).writer(IDENTITY, verify=verify, wait_s=30.0) as writer:
            say("open", generation=writer.generation, healed=writer.healed, seconds=time.monotonic() - started)
            writer.settle()
    index = Index(folder, ROOT)
    with index.snapshot() as snapshot:
        wrong = mismatches(snapshot, Oracle(seed), whole=repair, degraded=degraded)
        told = {} if repair else {store: lines for store, lines in snapshot.verify().items() if lines}
        say("checked", generation=snapshot.generation, wrong=wrong, degraded=snapshot.degraded, told=told)
    index.close()


def follow(say: Say, wait: Wait, folder: Path, *, seed: int) -> None:
    """Keep one reader open and compare its answers at every sign, whatever happens to the writers meanwhile."""
    oracle, index = Oracle(seed), Index(folder, ROOT)
    say("ready")
    while wait():
        try:
            with index.snapshot() as snapshot:
                wrong = mismatches(snapshot, oracle, whole=False)
                say("checked", generation=snapshot.generation, wrong=wrong)
        except StoreError as error:
            say("refused", kind=type(error).__name__)


def query(say: Say, wait: Wait, folder: Path, *, seed: int, count: int) -> None:
    """Ask everything ``count`` times, as fast as it goes, after a sign."""
    oracle, index = Oracle(seed), Index(folder, ROOT)
    say("ready")
    wait()
    for _ in range(count):
        with index.snapshot() as snapshot:
            wrong = mismatches(snapshot, oracle, whole=False)
            say("checked", generation=snapshot.generation, wrong=wrong)


JOBS: dict[str, Callable[..., Any]] = {each.__name__: each for each in (write, check, follow, query)}
