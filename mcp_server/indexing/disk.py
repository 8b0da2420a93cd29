"""What does the root hold now, at the least cost?

The first look walks the root; a later one compares the status of every file and folder seen then, and walks again only
where entries came or went, an ignore file changed, or git moved HEAD. Nothing is taken on trust: not the watcher's
word, and not a time that a tool may have set back (``stamp.changed_ns``).

One thing spares a look: where the kernel's own queue of events, asked at that moment, is empty (``inotify.py``). What
the queue does not hold is compared all the same, and every few seconds everything is.
"""

import logging
import math
import os
import stat
import time
from pathlib import Path

from mcp_server.config import IndexOptions
from mcp_server.indexing import walk as walking
from mcp_server.indexing.head import head
from mcp_server.indexing.inotify import FolderEvents
from mcp_server.indexing.walk import Found, Walk
from mcp_server.indexing.watch import visited
from mcp_server.stamp import changed_ns

# A look is due after so many seconds, though no event tells of a change: it finds what was written through a memory
# map. On a large root it is due after so many times as long as it takes, which is a hundredth of a processor.
_DUE_S = 5.0
_DUE_TIMES = 100
# Whoever asks waits so many times as long for the one who looks in the background, before looking himself.
_PATIENCE = 2
# Events that could not be had are tried again after this: limits are raised, and other programs end.
_AGAIN_S = 60.0
_LOG = logging.getLogger("tristore")


class Disk:
    """The files below one root as they were at the last look; used by one thread at a time."""

    def __init__(self, root: Path, options: IndexOptions) -> None:
        self._root = root
        self._options = options
        self._head: tuple[str, ...] = ()
        self.walk: Walk | None = None
        """The last look, None before the first."""
        self.files: dict[str, tuple[int, int]] = {}
        """Size and time of its files by path."""
        self._events: FolderEvents | None = None
        self._events_again = -math.inf
        # What no event tells of: files with another name, and ignore files outside of the folders that are watched.
        self._beside: dict[str, int] = {}
        self._looked = -math.inf
        self._took = 0.0
        self.guarded = False
        """Whether every folder was watched before the last look began, and that look found nothing new."""

    def look(self, *, spare: bool = False) -> Walk:
        """Return what is there now; ``spare`` the look itself where the system says that nothing has happened.

        Raises:
            ConfigError: The root is not a readable folder.
        """
        if spare and self.walk is not None and self._is_still():
            return self.walk
        self.guarded = False
        self._looked = time.monotonic()
        if self._events is not None:
            # What happens from here on, this look may not have seen.
            self._events.empty()
        # Taken before the files, so that what git moves meanwhile is looked at again.
        at = head(self._root)
        before = self.walk
        found = self._again(before) if before is not None and at == self._head else None
        found = found or walking.walk(self._root, self._options)
        if found is not before:
            self.files = {f.path: (f.size, f.changed_ns) for f in found.files}
        self._head, self.walk = at, found
        self.guarded = self._watched(found) and found is before
        self._took = time.monotonic() - self._looked
        return found

    def due(self) -> bool:
        """Say whether it is time for a look that nothing spares."""
        return time.monotonic() - self._looked > self._due_s()

    def listen(self) -> None:
        """Let the system tell what happens from now on, if it can, so that looks can be spared."""
        if self._events is not None or time.monotonic() < self._events_again:
            return
        try:
            self._events = FolderEvents(self._root)
        except OSError as error:
            self._not_told(error)

    def ignore_events(self) -> None:
        """Listen no longer."""
        if self._events is not None:
            self._events.close()
        self._events, self.guarded = None, False

    def moved(self) -> bool:
        """Say whether git checked out, committed or reset something since the last look."""
        return head(self._root) != self._head

    def forget(self) -> None:
        """Hold nothing until the next look."""
        self.ignore_events()
        self.walk, self.files, self._beside = None, {}, {}

    def _is_still(self) -> bool:
        """Say whether all is as it was at the last look."""
        return (
            self.guarded
            and self._events is not None
            and time.monotonic() - self._looked < _PATIENCE * self._due_s()
            and not self.moved()
            and all(_changed_ns(f"{self._root}/{path}") == changed for path, changed in self._beside.items())
            and not self._events.waiting()
        )

    def _due_s(self) -> float:
        return max(_DUE_S, _DUE_TIMES * self._took)

    def _watched(self, walk: Walk) -> bool:
        """Let the folders of a walk be watched; return whether they were before."""
        if self._events is None:
            return False
        try:
            return self._events.watch(visited(walk))
        except OSError as error:
            self._not_told(error)
            return False

    def _not_told(self, why: OSError) -> None:
        _LOG.debug("every call looks at the disk: %s", why)
        self.ignore_events()
        self._events_again = time.monotonic() + _AGAIN_S

    def _again(self, walk: Walk) -> Walk | None:
        """Return the walk made true, the same one if nothing changed, None if it takes a new one."""
        changes = walking.changed_since(self._root, self.files, walk.folders)
        if changes.gone or changes.folders_changed or self._let_in(walk):
            return None
        if not changes.maybe_modified:
            if self._events is not None:
                inside = visited(walk)
                outside = {path: at for path, at in walk.folders.items() if path.rpartition("/")[0] not in inside}
                self._beside = outside | {path: self.files[path][1] for path in changes.linked}
            return walk
        files = dict(zip(self.files, walk.files, strict=True))
        for path in changes.maybe_modified:
            found = self._found(path)
            if found is None:
                return None
            files[path] = found
        return Walk(list(files.values()), walk.skips, walk.folders)

    def _found(self, path: str) -> Found | None:
        """Return a file that was listed before, None if it is one no longer."""
        try:
            status = os.lstat(self._root / path)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_size > self._options.max_file_bytes:
            return None
        return Found(path, status.st_size, changed_ns(status))

    def _let_in(self, walk: Walk) -> bool:
        """Say whether something left out for what it was could be listed now; its folder does not show that."""
        for skip in walk.skips:
            if skip.reason == walking.TOO_LARGE and self._found(skip.path) is not None:
                return True
            if skip.reason == walking.UNREADABLE and os.access(self._root / skip.path, os.R_OK | os.X_OK):
                return True
        return False


def _changed_ns(path: str) -> int:
    try:
        return changed_ns(os.lstat(path))
    except OSError:
        return -1
