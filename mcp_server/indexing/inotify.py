"""Did anything happen in these folders since we last asked?

Linux queues an event before the call that changes a file or a folder returns (inotify(7)). So an empty queue, read when
a question comes, says that nothing in the watched folders was written, made, renamed, removed or given other rights
since it was last emptied. The watcher (``watch.py``) cannot say that: its library collects events in a thread of its
own and hands them on later.

What the queue does not tell, and who minds it: files with a further name that lies elsewhere, what is not in a watched
folder, and the root's own place are compared by whoever asks (``disk.py``); a lost event is told as an overflow; writes
through a memory map are told by nothing, so that a look is spared for seconds only. File systems whose files change
without this kernel writing them (network, FUSE, overlay) are refused.
"""

import ctypes
import errno
import os
import struct
import sys
import weakref
from pathlib import Path

from mcp_server.indexing.mounts import MOUNTS, file_systems

# Local ones, where every change goes through this kernel's own file operations.
_TOLD_WHOLE = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "bcachefs", "zfs"})
# Watches are counted for each user, and editors need them, too: so small a part of them is taken (the leader's watcher
# takes as much again).
_PART = 8
LIMIT = "/proc/sys/fs/inotify/max_user_watches"

# From <sys/inotify.h>.
_MODIFY, _ATTRIB, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x4, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _UNMOUNT, _OVERFLOW, _IGNORED = 0x400, 0x800, 0x2000, 0x4000, 0x8000
_ONLY_FOLDERS, _FOLLOW_NO_LINK, _IS_FOLDER = 0x01000000, 0x02000000, 0x40000000
_MASK = _MODIFY | _ATTRIB | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF
# After these a path may lead to a folder that is not the one that was watched.
_TEARS = _IS_FOLDER | _DELETE_SELF | _MOVE_SELF | _UNMOUNT | _OVERFLOW | _IGNORED
_EVENT = struct.Struct("iIII")
# In place of the number of a watch, which is positive.
_VANISHED = -1
_READ_BYTES = 1 << 16
# The queue holds 16,384 events by default, of at most 272 bytes; what comes while it is emptied waits.
_MOST_READS = 128


class FolderEvents:
    """The events of some folders below one root; not for two threads at once."""

    def __init__(self, root: Path, *, limit: str = LIMIT, mounts: str = MOUNTS) -> None:
        """Begin with no folder.

        Raises:
            OSError: There are no such events here.
        """
        self._root = root
        self._limit, self._mounts = limit, mounts
        self._library = _library()
        self._at = _checked(self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self.close = weakref.finalize(self, os.close, self._at)
        """Watch no longer; also done when nobody holds this any more."""
        self._folders: frozenset[str] = frozenset()
        self._watches: set[int] = set()
        self._place: tuple[int, int] | None = None
        self._torn = self._told = False

    def watch(self, folders: frozenset[str]) -> bool:
        """Watch these folders (relative to the root) and no others; return whether all of them surely were before.

        Raises:
            OSError: The system watches no more, or does not tell everything about one of them.
        """
        if folders == self._folders and not self._torn:
            return True
        self._check(len(folders))
        # Taken first: if the root is exchanged meanwhile, this is not the place that is found later.
        self._place = _place(self._root)
        watches = {self._added(folder) for folder in folders}
        for gone in self._watches - watches:
            self._library.inotify_rm_watch(self._at, gone)  # fails for a folder that was removed, which is as well
        self._folders, self._watches = folders, watches - {_VANISHED}
        self._torn = _VANISHED in watches
        return False

    def waiting(self) -> bool:
        """Say whether anything happened since the last ``empty``."""
        if _place(self._root) != self._place:
            self._torn = self._told = True
        self._read()
        return self._told

    def empty(self) -> None:
        """Forget what has happened; to be called before the look that finds it."""
        self._read()
        self._told = False

    def _read(self) -> None:
        for _ in range(_MOST_READS):
            try:
                told = os.read(self._at, _READ_BYTES)
            except BlockingIOError:
                return
            self._told = True
            start = 0
            while start < len(told):
                _, mask, _, length = _EVENT.unpack_from(told, start)
                self._torn = self._torn or bool(mask & _TEARS)
                start += _EVENT.size + length

    def _check(self, count: int) -> None:
        kinds = file_systems(self._root, self._mounts)
        if not kinds or not _TOLD_WHOLE.issuperset(kinds):
            raise OSError(errno.EOPNOTSUPP, f"file systems {kinds} do not tell all that happens")
        limit = int(Path(self._limit).read_text(encoding="ascii"))
        if count > limit // _PART:
            raise OSError(errno.ENOSPC, f"{count} folders are too many of {limit} watches")

    def _added(self, folder: str) -> int:
        path = os.fsencode(self._root / folder)
        try:
            return _checked(self._library.inotify_add_watch(self._at, path, _MASK | _ONLY_FOLDERS | _FOLLOW_NO_LINK))
        except (FileNotFoundError, NotADirectoryError):
            return _VANISHED


def _library() -> ctypes.CDLL:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "only Linux has inotify")
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _place(root: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(root)  # noqa: PTH116  a tenth of the time, at every call
    except OSError:
        return None
    return status.st_dev, status.st_ino
