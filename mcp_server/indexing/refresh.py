"""Does the index match the disk now, and if not, who brings it up to date?

A look at sizes and times finds what changed. A small change set is indexed before the answer; a large one, and the
first index of a root, by a process of its own, so that the server keeps answering and gives the memory back. Where
another process leads and watches, it is given a moment to do the work: many servers on a root do not each index it.
"""

import json
import logging
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from mcp_server.breaker import in_thread
from mcp_server.config import Settings, child_environment
from mcp_server.embedding import Embedder, id_prefix
from mcp_server.errors import ModelUnavailable
from mcp_server.indexing.disk import Disk
from mcp_server.indexing.indexer import Cancelled, Indexer, Progress, RunReport
from mcp_server.indexing.lead import Leadership, is_held
from mcp_server.indexing.versions import extractor
from mcp_server.indexing.walk import Walk
from mcp_server.stamp import changed_ns
from stores.errors import BUSY, IndexBusy, IndexCorrupt, IndexMissing, IndexOutdated, StoreError
from stores.facts import display_path
from stores.index import LOCK as WRITER_LOCK
from stores.index import Index, Snapshot
from stores.opening import RELATIONS

_LOG = logging.getLogger("tristore")
# Names of files that are waiting to be indexed; the rest is counted.
SHOWN_PENDING = 8
# Stores are compared row by row this often: it reads all of them, in a process of its own.
_VERIFY_EVERY_S = 7 * 86_400.0
_RUNS_LOOKED_AT = 100
# A store that only was slow is not compared again at every answer.
_HEAL_EVERY_S = 60.0
# How often a wait for another process looks whether it is over: a look opens a snapshot, which takes a millisecond.
_POLL_S = 0.03
_FOREIGN = "the index is kept by a server of another version or with other settings, and is used as it is"


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
        self._ended = -math.inf

    def start(self, *, repair: bool = False) -> None:
        """Start a run unless one is under way; with ``repair`` it compares the stores first."""
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
                *(["--repair"] if repair else []),
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

    def failed_lately(self) -> bool:
        """Say whether the last run failed, and so short ago that the same would come of another."""
        return bool(self._error) and time.monotonic() - self._ended < self._settings.server.leader_stuck_s

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
        elif errors:
            _LOG.warning("the indexing process said:\n%s", "".join(errors))
        self._ended = time.monotonic()
        self._finished.set()


def _collect(stream: IO[str] | None, lines: list[str]) -> None:
    for line in stream or ():
        lines[:] = [*lines[-20:], line]


@dataclass(frozen=True, slots=True)
class _Known:
    """What one generation has: (size, time) of every file, indexed or left out for its content, by path."""

    generation: tuple[int, int]
    files: dict[str, tuple[int, int]]


class Refresher:
    """Keeps one index true to its root; safe to use from several threads."""

    def __init__(
        self,
        index: Index,
        settings: Settings,
        embedder: Callable[[], Embedder],
        leadership: Leadership,
    ) -> None:
        """Name the index, what makes its vectors, and who may keep it true instead."""
        self._index = index
        self._settings = settings
        self._embedder = embedder
        self._leadership = leadership
        self.waits_for_leader = False
        """Whether changes are left to another process that leads and watches; a command does its own work."""
        self._extractor = extractor(settings)
        self._model = id_prefix(settings.model)
        self.background = Background(settings)
        self._lock = threading.Lock()
        self._disk = Disk(settings.root, settings.index)
        self._known: _Known | None = None
        # What was compared and is equal: for thousands of files that takes most of a call that spares its look.
        self._same: tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]] = ({}, {})
        self._run: Future[RunReport] | None = None
        self._foreign = False
        self._checked = -math.inf
        self._state = State(usable=False)
        # Until then the leader is taken to be stuck; since then a large change set waits for it.
        self._distrusted = -math.inf
        self._unserved: float | None = None
        self._healed = -math.inf

    def refresh(self, cancelled: threading.Event | None = None) -> State:
        """Bring the index up to date as far as that is quick, and return what is left to say about it."""
        arrived = time.monotonic()
        with self._lock:
            if not self._complete():
                return self._first(cancelled)
            if self._foreign:
                return State(usable=True, notes=[_FOREIGN])
            # A look that began after this call came has seen all that was written before it.
            fresh = self._checked > arrived - self._settings.server.freshness_s
            if fresh and not self._is_running() and not self._disk.moved():
                return self._state
            return self._look(cancelled, spare=True)

    def update(self) -> bool:
        """Do the same though nobody asks; return whether all is done.

        The first index is begun by the first call: a server that is only started reads nothing.
        """
        if self.background.failed_lately():
            return False
        with self._lock:
            if not self._readable():
                return False
            if not self._complete():
                self._begin()
                return False
            # Only one process of a root: watches are few, and each would take one for every folder.
            if self._leadership.leads:
                self._disk.listen()
            else:
                self._disk.ignore_events()
            state = self._look(None, spare=False)
            if self._leadership.leads and not self._disk.guarded:
                # The folders are watched since that look; one more sees what happened before.
                state = self._look(None, spare=False)
            return not state.pending

    def look_due(self) -> bool:
        """Say whether it is time to look, though nothing was told."""
        return self._disk.due()

    def walked(self) -> Walk | None:
        """Return the files and folders of the last look, None before the first."""
        return self._disk.walk

    def forget(self) -> None:
        """Look at the disk again at the next call, and hold nothing until then."""
        with self._lock:
            self._checked = -math.inf
            self._disk.forget()
            self._known, self._same = None, ({}, {})

    def pending(self) -> list[str]:
        """Look at the disk and return the files that the index has not got as they are."""
        with self._lock:
            return self._changed()

    def differing(self, snapshot: Snapshot, paths: Iterable[str]) -> list[str]:
        """Return those of some indexed ``paths`` that are not on disk as ``snapshot`` has them."""
        different = []
        for path in paths:
            row = snapshot.file(path)
            if row is None:
                continue
            try:
                status = os.lstat(self._settings.root / path)
            except OSError:
                different.append(path)
                continue
            if (status.st_size, changed_ns(status)) != (row.size, row.changed_ns):
                different.append(path)
        return different

    def _look(self, cancelled: threading.Event | None, *, spare: bool) -> State:
        began = time.monotonic()
        self._state = self._check(cancelled, spare=spare)
        self._checked = began
        return self._state

    def settle(self) -> None:
        """Start the run that brings LanceDB to the published generation, if it lags behind.

        From time to time that run also compares the stores row by row, so that damage that no search met is found.
        """
        if self.background.failed_lately():
            return
        try:
            with self._index.snapshot() as snapshot:
                lags = snapshot.vectors_lag > 0
                looked = max(
                    (run.started for run in snapshot.runs(_RUNS_LOOKED_AT) if _verified(run.report)), default=0
                )
        except (IndexMissing, IndexOutdated, IndexCorrupt):
            return
        if lags and not self._is_written():
            self.background.start(repair=time.time() - looked > _VERIFY_EVERY_S)

    def heal(self) -> None:
        """Start the run that makes a damaged store again, unless one failed at it just now."""
        now = time.monotonic()
        if now - self._healed < _HEAL_EVERY_S or self.background.failed_lately() or self._is_written():
            return
        self._healed = now
        self.background.start(repair=True)

    def _complete(self) -> bool:
        try:
            with self._index.snapshot() as snapshot:
                whole = snapshot.complete and snapshot.linked
                made = snapshot.identity
        except (IndexMissing, IndexOutdated, IndexCorrupt):
            return False
        self._foreign = False
        if not whole or (made.extractor == self._extractor and made.model.startswith(self._model)):
            return whole
        # Made by another version or with other settings. If these are those of a process that leads, the two would
        # make it anew by turns.
        self._foreign = not self._leadership.leads and self._leadership.leader() is not None
        return self._foreign

    def _followed(self) -> bool:
        return self.waits_for_leader and self._leadership.followed()

    def _first(self, cancelled: threading.Event | None) -> State:
        """There is no complete index: start making it, wait a little, and say how far it is."""
        self._begin()
        server = self._settings.server
        patience = server.next_wait_s if self._readable() else server.first_wait_s
        self._wait(patience, lambda: self.background.progress() is None and not self._is_written(), cancelled)
        if self._complete():
            return State(usable=True)
        usable = self._readable()
        return State(usable, [self._building(usable=usable)])

    def _begin(self) -> None:
        """Start a background run, unless one of any process is under way."""
        if not self._is_written():
            self.background.start()

    def _is_written(self) -> bool:
        """Say whether a process writes this index now."""
        return is_held(self._index.folder / WRITER_LOCK)

    @staticmethod
    def _wait(seconds: float, done: Callable[[], bool], cancelled: threading.Event | None) -> None:
        deadline = time.monotonic() + seconds
        pause = threading.Event() if cancelled is None else cancelled
        while not done() and (left := deadline - time.monotonic()) > 0 and not pause.wait(min(_POLL_S, left)):
            pass

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
        done = "by another process" if progress is None else done
        rest = "results so far are partial, and calls are not linked" if usable else "nothing can be searched yet"
        return f"the index of this repository is being made ({done}); {rest}; ask again in a few seconds"

    def _check(self, cancelled: threading.Event | None, *, spare: bool) -> State:
        """Compare the disk with the index; index a few changed files now, many in the background."""
        changed = self._changed(spare=spare)
        if changed and self._followed():
            changed = self._left_by_leader(changed, cancelled)
        if not changed:
            self._unserved = None
            return State(usable=True)
        few = len(changed) <= self._settings.server.inline_files
        if few:
            # Such a run may end at once, as the one that brings LanceDB up to date does.
            self._wait(self._settings.server.next_wait_s, lambda: not self._is_running(), cancelled)
        if self._is_running():
            return _waiting(changed, "being indexed")
        if self._followed() and (self._is_written() if few else not self._is_unserved()):
            return _waiting(changed, "being indexed by another process")
        if few:
            try:
                return self._inline(changed, cancelled)
            except IndexCorrupt:
                raise
            except (ModelUnavailable, StoreError) as error:
                # A full disk, say, or a folder that may only be read: what is published can still be asked.
                return _waiting(changed, f"not indexed ({error})")
        if self.background.failed_lately():
            return _waiting(changed, f"not indexed ({self.background.error()})")
        self._begin()
        return _waiting(changed, "being indexed")

    def _left_by_leader(self, changed: list[str], cancelled: threading.Event | None) -> list[str]:
        """Wait a moment for the leader, which sees the same changes; return what it leaves to do."""
        server = self._settings.server
        if len(changed) > server.inline_files or time.monotonic() < self._distrusted:
            return changed
        left = changed
        seen = self._published()

        def served() -> bool:
            nonlocal left, seen
            now = self._published()
            if now != seen:
                seen, left = now, self._changed()
            return not left or not self._followed()

        self._wait(server.leader_wait_s, served, cancelled)
        if left and self._followed() and not self._is_written():
            self._distrusted = time.monotonic() + server.leader_stuck_s
        return left

    def _is_unserved(self) -> bool:
        """Say whether a large change set has waited for the leader so long that it must be stuck."""
        now = time.monotonic()
        if self._unserved is None or self._is_written():
            self._unserved = now
        return now - self._unserved > self._settings.server.leader_stuck_s

    def _inline(self, changed: list[str], cancelled: threading.Event | None) -> State:
        """Index a few files now; a run that takes long goes on without the call."""
        indexer = Indexer(self._index, self._embedder(), self._settings)
        self._run = in_thread(partial(indexer.run, found=self._disk.walk, cancelled=cancelled, settle=False))
        try:
            self._run.result(self._settings.server.inline_wait_s)
        except TimeoutError:
            return _waiting(changed, "being indexed")
        except IndexBusy:
            left = self._changed()
            return _waiting(left, "being indexed by another process") if left else State(usable=True)
        except Cancelled:
            return _waiting(changed, "not indexed yet")
        return State(usable=True)

    def _is_running(self) -> bool:
        return self.background.progress() is not None or (self._run is not None and not self._run.done())

    def _changed(self, *, spare: bool = False) -> list[str]:
        """Return the paths that the index has not got as they are; ``spare`` a look that is not needed."""
        known = self._recorded()
        self._disk.look(spare=spare)
        present = self._disk.files
        seen, found = self._same
        if (known is seen and present is found) or present == known:
            self._same = known, present
            return []
        return sorted({p for p, stat in present.items() if known.get(p) != stat} | (known.keys() - present.keys()))

    def _recorded(self) -> dict[str, tuple[int, int]]:
        """Return what the newest generation has; read once for each."""
        with self._index.snapshot() as snapshot:
            generation = (snapshot.generation, _inode(self._index.folder / RELATIONS))
            if self._known is None or self._known.generation != generation:
                files = {f.path: (f.size, f.changed_ns) for f in snapshot.files()}
                files.update((s.path, (s.size, s.changed_ns)) for s in snapshot.skips() if s.size >= 0)
                self._known = _Known(generation, files)
            return self._known.files

    def _published(self) -> int:
        with self._index.snapshot() as snapshot:
            return snapshot.generation


def _verified(report: dict[str, object]) -> bool:
    """Say whether a run compared the stores, or made them from nothing."""
    return bool(report.get("verified")) or report.get("unchanged") == 0


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def _waiting(paths: list[str], state: str) -> State:
    return State(usable=True, notes=[pending_note(paths, state)], pending=tuple(paths))


def pending_note(paths: Sequence[str], state: str = "not indexed yet") -> str:
    """Say which files an answer shows as they were, and why."""
    named = ", ".join(display_path(p) for p in paths[:SHOWN_PENDING])
    more = f" and {len(paths) - SHOWN_PENDING} more" if len(paths) > SHOWN_PENDING else ""
    return f"changed on disk, {state}; answers show them as they were: {named}{more}"
