"""Does the index match the disk now, and if not, who brings it up to date?

A look at sizes and times finds what changed. A small change set is indexed before the answer; a large one, and the
first index of a root, by a process of its own, so that the server keeps answering and gives the memory back.
"""

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from mcp_server.config import Settings, child_environment
from mcp_server.embedding import Embedder
from mcp_server.indexing import walk as walking
from mcp_server.indexing.indexer import Cancelled, Indexer, Progress
from mcp_server.indexing.walk import Walk
from stores.errors import BUSY, IndexBusy, IndexCorrupt, IndexMissing, IndexOutdated
from stores.facts import display_path
from stores.index import Index

# Names of files that are waiting to be indexed; the rest is counted.
SHOWN_PENDING = 8


@dataclass(frozen=True, slots=True)
class State:
    """What an answer has to say about the index it came from; ``usable`` is whether there is one to read."""

    usable: bool
    notes: list[str] = field(default_factory=list)
    pending: tuple[str, ...] = ()


class Background:
    """The process that indexes in the background, one at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._finished = threading.Event()
        self._progress: Progress | None = None
        self._error = ""

    def start(self) -> None:
        """Start a run unless one is under way."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._finished.clear()
            self._progress, self._error = Progress("walk", 0, 0), ""
            # -P: the working directory may hold a folder called mcp_server, and its code is not ours to run.
            command = [
                sys.executable,
                "-P",
                "-m",
                "mcp_server",
                "index",
                "--progress-json",
                "--path",
                str(self._settings.root),
            ]
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=child_environment(self._settings),
            )
            threading.Thread(target=self._follow, args=(self._process,), daemon=True).start()

    def wait(self, seconds: float, cancelled: threading.Event | None = None) -> bool:
        """Wait for the run to end, at most ``seconds``; return whether it has."""
        deadline = time.monotonic() + seconds
        while not self._finished.is_set() and time.monotonic() < deadline:
            if cancelled is not None and cancelled.is_set():
                break
            self._finished.wait(min(0.05, max(0.0, deadline - time.monotonic())))
        return self._finished.is_set()

    def progress(self) -> Progress | None:
        """Return how far the run is, None when none is under way."""
        return None if self._process is None or self._finished.is_set() else self._progress

    def error(self) -> str:
        """Return why the last run failed, "" if it did not."""
        return self._error

    def stop(self) -> None:
        """End the run; what it has published stays."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()

    def _follow(self, process: "subprocess.Popen[str]") -> None:
        errors: list[str] = []
        reader = threading.Thread(target=_collect, args=(process.stderr, errors), daemon=True)
        reader.start()
        with process:
            for line in process.stdout or ():
                try:
                    step = json.loads(line).get("progress")
                except ValueError:
                    continue
                if step:
                    self._progress = Progress(**step)
            reader.join()
        code = process.returncode
        if code not in (0, -15):
            self._error = errors[-1].strip() if errors else f"the indexing process ended with code {code}"
        self._finished.set()


def _collect(stream: IO[str] | None, lines: list[str]) -> None:
    for line in stream or ():
        lines[:] = [*lines[-20:], line]


class Refresher:
    """Keeps one index true to its root; safe to use from several threads."""

    def __init__(self, index: Index, settings: Settings, embedder: Callable[[], Embedder]) -> None:
        self._index = index
        self._settings = settings
        self._embedder = embedder
        self.background = Background(settings)
        self._lock = threading.Lock()
        self._walked: Walk | None = None
        self._checked = -math.inf
        self._state = State(usable=False)

    def refresh(self, cancelled: threading.Event | None = None) -> State:
        """Bring the index up to date as far as that is quick, and return what is left to say about it."""
        with self._lock:
            if not self._complete():
                return self._first(cancelled)
            if (
                self.background.progress() is None
                and time.monotonic() - self._checked < self._settings.server.freshness_s
            ):
                return self._state
            self._state = self._check(cancelled)
            self._checked = time.monotonic()
            return self._state

    def forget(self) -> None:
        """Look at the disk again at the next call, whenever that is."""
        self._checked = -math.inf
        self._walked = None

    def _complete(self) -> bool:
        try:
            with self._index.snapshot() as snapshot:
                return snapshot.complete and snapshot.linked
        except (IndexMissing, IndexOutdated, IndexCorrupt):
            return False

    def _first(self, cancelled: threading.Event | None) -> State:
        """There is no complete index: start making it, wait a little, and say how far it is."""
        self.background.start()
        server = self._settings.server
        patience = server.next_wait_s if self._readable() else server.first_wait_s
        if self.background.wait(patience, cancelled) and self._complete():
            self._checked, self._state = time.monotonic(), State(usable=True)
            return self._state
        usable = self._readable()
        return State(usable, [self._building(usable=usable)])

    def _readable(self) -> bool:
        try:
            with self._index.snapshot():
                return True
        except (IndexMissing, IndexOutdated, IndexCorrupt):
            return False

    def _building(self, *, usable: bool) -> str:
        error = self.background.error()
        if error and BUSY not in error:
            return f"indexing failed: {error}"
        progress = self.background.progress()
        done = f"{progress.done:,} of {progress.total:,} files" if progress and progress.total else "just begun"
        done = "by another process" if error else done
        rest = "results so far are partial, and calls are not linked" if usable else "nothing can be searched yet"
        return f"the index of this repository is being made ({done}); {rest}; ask again in a few seconds"

    def _check(self, cancelled: threading.Event | None) -> State:
        """Compare the disk with the index; index a few changed files now, many in the background."""
        with self._index.snapshot() as snapshot:
            known = {f.path: (f.size, f.mtime_ns) for f in snapshot.files()}
            known.update((s.path, (s.size, s.mtime_ns)) for s in snapshot.skips() if s.size >= 0)
        changed = self._changed(known)
        if not changed:
            return State(usable=True)
        if len(changed) > self._settings.server.inline_files:
            self.background.start()
            return State(usable=True, notes=[_pending_note(changed, "being indexed")], pending=tuple(changed))
        return self._inline(changed, cancelled)

    def _inline(self, changed: list[str], cancelled: threading.Event | None) -> State:
        try:
            Indexer(self._index, self._embedder(), self._settings).run(
                found=self._walked, cancelled=cancelled, settle=False
            )
        except IndexBusy:
            note = _pending_note(changed, "being indexed by another process")
            return State(usable=True, notes=[note], pending=tuple(changed))
        except Cancelled:
            return State(usable=True, notes=[_pending_note(changed, "not indexed yet")], pending=tuple(changed))
        return State(usable=True)

    def _changed(self, known: dict[str, tuple[int, int]]) -> list[str]:
        """Return the paths that the index has not got as they are; keeps ``_walked`` true to the disk."""
        root, options = self._settings.root, self._settings.index
        walked = self._walked
        if walked is not None:
            seen = {f.path: (f.size, f.mtime_ns) for f in walked.files}
            changes = walking.changed_since(root, seen, walked.folders)
            if changes.gone or changes.folders_changed or changes.maybe_modified:
                walked = None
        if walked is None:
            walked = self._walked = walking.walk(root, options)
        present = {f.path: (f.size, f.mtime_ns) for f in walked.files}
        return sorted({p for p, stat in present.items() if known.get(p) != stat} | (known.keys() - present.keys()))


def _pending_note(paths: list[str], state: str) -> str:
    named = ", ".join(display_path(p) for p in paths[:SHOWN_PENDING])
    more = f" and {len(paths) - SHOWN_PENDING} more" if len(paths) > SHOWN_PENDING else ""
    return f"changed on disk, {state}; answers show them as they were: {named}{more}"
