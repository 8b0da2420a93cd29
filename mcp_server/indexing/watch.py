"""Which files does the system say were changed just now?

The folders of the last walk are watched one by one, so that what the walk leaves out (``node_modules``, build
folders) costs nothing. An event is a hint and never the truth: it starts a look at the disk, which finds what events
missed; where events cannot be had, the looks at the time of a call remain.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from threading import Event

from watchfiles import watch

from mcp_server.indexing import walk as walking
from mcp_server.indexing.mounts import MOUNTS, file_systems
from mcp_server.indexing.repository import GIT_IGNORE
from mcp_server.indexing.walk import Walk

# Events closer together than a step are one burst; a burst is cut after the longest. A save is seen within 0.1 s.
_STEP_MS = 50
_LONGEST_MS = 400
# How long one wait lasts: the leader looks at its lock, and at the clock, in between.
_ROUND_MS = 500
# Linux changes on other machines of a shared folder without telling this one.
_REMOTE = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "virtiofs",
    "vboxsf",
    "fuse",
)
# What these reasons left out can only come back by another name or an ignore file, which is an event of its own.
_BY_NAME = (walking.IGNORED, walking.SECRET, walking.GENERATED, walking.BINARY, walking.VENDORED)


class Watch:
    """The events of the folders of one walk; used by one thread, and to be closed."""

    def __init__(self, root: Path, walk: Walk, stop: Event) -> None:
        """Start watching, until ``stop`` is set.

        Raises:
            OSError: The system watches no more, or does not tell everything about this place; the message says why.
        """
        self._root = f"{os.fspath(root)}/"
        self.folders = visited(walk)
        self._left_out = _left_out(walk)
        # A folder that went and came again by the same name is watched no longer.
        self._torn = False
        remote = remote_file_system(root)
        if remote:
            raise OSError(f"a file system of kind {remote} does not tell what other machines change")
        self._events = watch(
            *(self._root + folder for folder in sorted(self.folders) if _is_text(folder)),
            watch_filter=None,
            debounce=_LONGEST_MS,
            step=_STEP_MS,
            stop_event=stop,
            rust_timeout=_ROUND_MS,
            yield_on_timeout=True,
            debug=False,
            raise_interrupt=False,
            force_polling=False,
            recursive=False,
            ignore_permission_denied=True,
        )
        # The library begins to watch when it is first asked. What this wait is told, the look that follows sees.
        self.wait()

    def wait(self) -> bool:
        """Wait for something that matters to the index, half a second at most; return whether there was.

        Raises:
            OSError: The system does not watch, or watches no longer.
        """
        try:
            told = next(self._events, set())
        except (OSError, RuntimeError) as error:
            raise OSError(f"the system does not watch: {error}") from None
        return self._matters(path for _, path in told)

    def covers(self, walk: Walk) -> bool:
        """Say whether this watches the folders of a later walk; it then minds what that walk leaves out."""
        self._left_out = _left_out(walk)
        return not self._torn and self.folders == visited(walk)

    def close(self) -> None:
        """Stop watching."""
        self._events.close()

    def _matters(self, paths: Iterable[str]) -> bool:
        told = {(path + "/").removeprefix(self._root).removesuffix("/") for path in paths}
        self._torn = self._torn or not self.folders.isdisjoint(told)
        return not told <= self._left_out


def visited(walk: Walk) -> frozenset[str]:
    """Return the folders that a walk listed; the root is ""."""
    return frozenset(path for path in walk.folders if not _is_ignore_file(path))


def _left_out(walk: Walk) -> frozenset[str]:
    return frozenset(skip.path for skip in walk.skips if skip.reason in _BY_NAME)


def _is_ignore_file(path: str) -> bool:
    if path.startswith("../"):
        return True  # git's rules from outside the root
    name = path.rpartition("/")[2]
    return name in (GIT_IGNORE, walking.OWN_IGNORE) or f"/{path}".endswith("/.git/info/exclude")


def _is_text(path: str) -> bool:
    """Say whether the watcher can take the path; what it cannot take is looked at when a call comes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def remote_file_system(root: Path, mounts: str = MOUNTS) -> str:
    """Return the kind of the file system that holds ``root`` if other machines may change it, else ""."""
    kind = next(iter(file_systems(root, mounts)), "")
    return kind if kind.partition(".")[0] in _REMOTE else ""
