"""What does the root hold now, at the least cost?

The first look walks the root; a later one compares the status of every file and folder seen then, and walks again only
where entries came or went, an ignore file changed, or git moved HEAD. Nothing is taken on trust: not the watcher's
word, and not a time that a tool may have set back (``stamp.changed_ns``).
"""

import os
import stat
from pathlib import Path

from mcp_server.config import IndexOptions
from mcp_server.indexing import walk as walking
from mcp_server.indexing.head import head
from mcp_server.indexing.walk import Found, Walk
from mcp_server.stamp import changed_ns


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

    def look(self) -> Walk:
        """Return what is there now.

        Raises:
            ConfigError: The root is not a readable folder.
        """
        # Taken before the files, so that what git moves meanwhile is looked at again.
        at = head(self._root)
        found = self._again(self.walk) if self.walk is not None and at == self._head else None
        found = found or walking.walk(self._root, self._options)
        if found is not self.walk:
            self.files = {f.path: (f.size, f.mtime_ns) for f in found.files}
        self._head, self.walk = at, found
        return found

    def moved(self) -> bool:
        """Say whether git checked out, committed or reset something since the last look."""
        return head(self._root) != self._head

    def forget(self) -> None:
        """Hold nothing until the next look."""
        self.walk, self.files = None, {}

    def _again(self, walk: Walk) -> Walk | None:
        """Return the walk made true, the same one if nothing changed, None if it takes a new one."""
        changes = walking.changed_since(self._root, self.files, walk.folders)
        if changes.gone or changes.folders_changed or self._let_in(walk):
            return None
        if not changes.maybe_modified:
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
