"""Who, of all the processes on one root, keeps its index true?

The one that holds a lock on a file in the index folder; it leads. The others try to get the lock twice a second, so
that one of them leads soon after the leader has left or died. The lock is the system's: no kill leaves it behind.
It is not the writer lock: whoever writes holds that one, and only while it writes.
"""

import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

LOCK = "leader.lock"
_CARD = "leader.json"


@dataclass(frozen=True, slots=True)
class Leader:
    """What the leader says about itself: process id, seconds since the epoch, whether a watcher runs, and in words."""

    pid: int
    since: float
    watching: bool = False
    watcher: str = "starting"


class Leadership:
    """One process's part in the question who leads; every method may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        """Name the index folder; it need not exist yet, and is not created."""
        self._folder = folder
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
        self._held: tuple[int, int] | None = None
        self._card: Leader | None = None

    @property
    def leads(self) -> bool:
        """Whether this process was the leader when it last looked."""
        return self._card is not None

    def take(self) -> bool:
        """Lead if nobody else does; return whether this process leads now."""
        if self._held is not None:
            if _inode(self._folder / LOCK) == self._held:
                return True
            # The folder was deleted: another process may hold the lock of the new one.
            self.leave()
        try:
            # The folder must be there: an index that nobody asked for leaves no trace.
            if not self._folder.is_dir():
                return False
            self._lock.acquire()
            self._held = _inode(self._folder / LOCK)
        except (Timeout, OSError):
            return False
        self.say(Leader(os.getpid(), round(time.time(), 3)))
        return True

    def say(self, card: Leader) -> None:
        """Tell the other processes, and who asks for the status, about this leader."""
        if self._card is not None:
            card = replace(card, since=self._card.since)
        if card == self._card:
            return
        self._card = card
        # A full disk must not end the leader; the others then believe what they read last.
        with suppress(OSError):
            _replace(self._folder / _CARD, json.dumps(asdict(card)))

    def watching(self, words: str, *, running: bool) -> None:
        """Tell how the watcher of this leader is."""
        self.say(Leader(os.getpid(), 0.0, running, words))

    def followed(self) -> bool:
        """Say whether another process leads, and sees changes as they happen."""
        if self.leads:
            return False
        leader = self.leader()
        return leader is not None and leader.watching

    def leave(self) -> None:
        """Lead no longer; another process may."""
        self._held = self._card = None
        self._lock.release(force=True)

    def leader(self) -> Leader | None:
        """Return who leads, None when nobody does."""
        if self._card is not None:
            return self._card
        if not is_held(self._folder / LOCK):
            return None
        try:
            return Leader(**json.loads((self._folder / _CARD).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Leader(0, 0.0)


def is_held(lock: Path) -> bool:
    """Say whether a process holds this lock; to find out, it is taken for a moment if nobody does."""
    if not lock.is_file():
        return False
    probe = FileLock(lock, timeout=0)
    try:
        probe.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    probe.release()
    return False


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one whole."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as new:
        new.write(text)
    Path(new.name).replace(path)
