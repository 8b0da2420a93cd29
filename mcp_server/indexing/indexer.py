"""How does the index become what the files on disk say?

The write path on one page: walk -> parse -> embed -> publish -> link. Files flow in bounded batches, each a
commit of its own, so that memory does not grow with the repository and a first index answers while it grows.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from mcp_server import memory
from mcp_server.config import Settings
from mcp_server.embedding import Embedder
from mcp_server.indexing import walk as walking
from mcp_server.indexing.pool import Pool
from mcp_server.indexing.relink import link
from mcp_server.indexing.reuse import Reuse
from mcp_server.indexing.versions import identity
from mcp_server.indexing.walk import Walk
from mcp_server.indexing.worker import Result, Task, Touched, peak_bytes
from mcp_server.languages import language_of
from stores.errors import StoreError
from stores.facts import MODULE, ParsedFile, Skip, display_path
from stores.index import Batch, FileChange, Identity, Index, Writer
from stores.lookups import FileRow
from stores.opening import EXACT, FULLTEXT, VECTORS, derived_folders
from stores.relations import Relations

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Path parts in front of an embedded chunk: the last ones say what a file is about, the first ones are the same for
# all files. First value, not yet swept.
_EMBEDDED_PATH_PARTS = 4
_EMBED_HASH_BYTES = 16
# Chunks of the first commit of a run; each further one may hold twice as many, up to the batch size.
_FIRST_BATCH = 512


@dataclass(frozen=True)
class Progress:
    """How far a run is: ``done`` of ``total`` files in ``stage`` (walk, index, link)."""

    stage: str
    done: int
    total: int


@dataclass
class RunReport:
    """What one run did; seconds are wall time per stage, sizes in MB (10^6 bytes).

    ``reused_files`` and ``reused_vectors`` were neither parsed nor embedded, as they were seen before, maybe in
    another root; ``seen_problem`` says why not more of them were, "" when nothing went wrong.
    """

    started: float = 0.0
    files: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    reused_files: int = 0
    reused_vectors: int = 0
    seen_problem: str = ""
    skipped: dict[str, int] = field(default_factory=dict)
    problems: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    worker_peak_mb: float = 0.0
    generation: int = 0
    healed: list[str] = field(default_factory=list)
    verified: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the report as plain data."""
        return asdict(self)


class Cancelled(Exception):
    """The run was asked to stop; what was published stays."""


class Indexer:
    """Brings one index up to date; the only writer of facts."""

    def __init__(self, index: Index, embedder: Embedder, settings: Settings) -> None:
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self._report = RunReport()
        self._reuse = Reuse(settings, identity(settings, embedder))
        self._progress: Callable[[Progress], None] = lambda _: None

    def run(
        self,
        progress: Callable[[Progress], None] | None = None,
        *,
        cancelled: threading.Event | None = None,
        found: Walk | None = None,
        rebuild: bool = False,
        verify: bool = False,
        settle: bool = True,
    ) -> RunReport:
        """Make the index true to the files on disk and return what was done.

        Args:
            progress: called with the state of the run after each portion of work.
            cancelled: stops the run between two commits when set.
            found: the files, when the caller has just walked; None walks now.
            rebuild: start from an empty index.
            verify: compare the stores row by row first, and rebuild what differs.
            settle: bring the LanceDB table up to date too, which imports LanceDB; answers do not wait for it.

        Raises:
            IndexBusy: another process is writing this index.
            ConfigError: the root cannot be read.
            Cancelled: ``cancelled`` was set.
        """
        started = time.monotonic()
        self._report = RunReport(started=round(time.time(), 3))
        self._progress = progress or (lambda _: None)
        with self._stage("walk"):
            found = found or walking.walk(self._settings.root, self._settings.index)
        self._progress(Progress("walk", len(found.files), len(found.files)))
        self._report.files = len(found.files)
        wanted = identity(self._settings, self._embedder)
        # Who asks for a rebuild doubts what was found before.
        self._reuse = Reuse(self._settings, wanted, ask=not rebuild)
        if rebuild or verify or not self._is_current(found, wanted, settle=settle):
            with ExitStack() as stack:
                with self._stage("open"):
                    writer = stack.enter_context(self._index.writer(wanted, rebuild=rebuild, verify=verify))
                stack.enter_context(self._reuse)
                self._update(writer, found, cancelled or threading.Event())
                if settle:
                    with self._stage("settle"):
                        writer.settle()
                self._report.healed, self._report.verified = list(writer.healed), verify
                self._reuse.collect()
                self._measure(started)
                writer.finish(self._report.as_dict())
        self._measure(started)
        return self._report

    def _is_current(self, found: Walk, wanted: Identity, *, settle: bool) -> bool:
        """Say whether the index is what the walk found already: then no store has to be opened for writing."""
        try:
            with self._index.snapshot() as snapshot:
                known = {f.path: f for f in snapshot.files()}
                skipped = {s.path: s for s in snapshot.skips()}
                plan = _plan(found, known, skipped)
                sound = snapshot.complete and snapshot.linked and snapshot.identity == wanted
                sound = sound and not snapshot.degraded and self._has_derived_stores(settled=settle)
                sound = sound and not (settle and snapshot.vectors_lag)
        except StoreError:
            return False
        self._report.unchanged = len(known)
        # What stands in the index as left out must be left out still, and for the same reason.
        listed = {s.path: s for s in (*found.skips, *plan.still_skipped)}
        return sound and not plan.tasks and not plan.removed and listed == skipped

    def _has_derived_stores(self, *, settled: bool) -> bool:
        """Say whether the derived stores are where they should be, LanceDB's only when it is to be ``settled``."""
        there = {path.stem for path in derived_folders(self._index.folder)}
        return there >= ({FULLTEXT, EXACT, VECTORS} if settled else {FULLTEXT, EXACT})

    def _update(self, writer: Writer, found: Walk, cancelled: threading.Event) -> None:
        known, skipped = writer.known_files(), writer.known_skips()
        plan = _plan(found, known, skipped)
        self._report.unchanged = len(found.files) - len(plan.tasks) - len(plan.still_skipped)
        self._report.removed = len(plan.removed)
        skips = {s.path: s for s in (*found.skips, *plan.still_skipped)}
        if not plan.tasks and not plan.removed and skips == skipped and writer.state.complete and writer.state.linked:
            # Another process did the work while this one waited to write, or only LanceDB has to follow.
            return
        unlinked = Batch(linked=False, files_expected=len(found.files))
        # Where a run was stopped, only the files themselves would tell whose edges are missing: then all are linked.
        changed: list[str] | None = [] if writer.state.linked else None
        bulk = False
        for portion in self._batches(plan.tasks, set(known), skips, cancelled):
            portion.removed.extend(() if bulk else plan.removed)
            if changed is not None:
                changed += [*(c.parsed.path for c in portion.changed), *portion.removed]
            if portion.last and not bulk:
                break
            self._publish(writer, portion, unlinked)
            bulk = True
            del portion  # the next one takes as much memory
        else:
            portion = _Portion()
        self._progress(Progress("link", len(found.files), len(found.files)))
        listed = tuple(skips[path] for path in sorted(skips))
        last = Batch(skips=listed, complete=True, linked=True, files_expected=len(found.files))
        self._publish(writer, portion, last, lambda relations: self._link(relations, changed))

    def _link(self, relations: Relations, changed: list[str] | None) -> None:
        with self._stage("link"):
            self._report.problems += link(relations, changed)

    def _publish(
        self, writer: Writer, portion: "_Portion", batch: Batch, then: Callable[[Relations], None] | None = None
    ) -> None:
        with self._stage("embed"):
            vectors = self._vectors(writer, portion)
        with self._stage("keep"):
            self._reuse.keep((change.parsed for change in portion.changed), vectors)
        linked_before = self._report.stages.get("link", 0.0)
        with self._stage("write"):
            writer.apply(
                Batch(
                    changed=tuple(portion.changed),
                    removed=tuple(portion.removed),
                    touched=tuple((t.path, t.size, t.changed_ns) for t in portion.touched),
                    vectors=vectors,
                    skips=batch.skips,
                    complete=batch.complete,
                    linked=batch.linked,
                    files_expected=batch.files_expected,
                ),
                then,
            )
        self._report.stages["write"] -= self._report.stages.get("link", 0.0) - linked_before
        # Buffers of the text index, of texts and vectors: what a commit frees would stay as large as the largest.
        memory.trim()

    def _vectors(self, writer: Writer, portion: "_Portion") -> dict[bytes, "NDArray[np.float32]"]:
        """Embed the chunks of a portion whose text has no vector yet."""
        hashes = list(dict.fromkeys(h for change in portion.changed for h in change.embed_hashes))
        cached = writer.cached_vectors(hashes)
        known = self._reuse.known_vectors(key for key in hashes if key not in cached)
        missing = {
            digest: text
            for change in portion.changed
            for digest, text in zip(change.embed_hashes, embedded_texts(change.parsed), strict=True)
            if digest not in cached and digest not in known
        }
        if not missing:
            return known
        embedded = self._embedder.embed_documents(list(missing.values()))
        return {**known, **dict(zip(missing, embedded, strict=True))}

    def _batches(
        self, tasks: list[Task], known: set[str], skips: dict[str, Skip], cancelled: threading.Event
    ) -> Iterator["_Portion"]:
        """Parse ``tasks`` and yield them in portions of bounded size; what cannot be indexed goes to ``skips``."""
        options = self._settings.index
        portion = _Portion()
        done = 0
        # The first portions are small, so that a first index has something to show within seconds.
        size = min(_FIRST_BATCH, options.batch_chunks)
        with self._stage("parse"):
            parallel = self._reuse.unknown(tasks) > options.parallel_files
        with Pool(self._settings.root, options, parallel=parallel) as pool:
            for result in self._timed("parse", pool.parse(tasks, self._reuse.result)):
                if cancelled.is_set():
                    raise Cancelled
                done += 1
                self._take(result, portion, known, skips)
                if done % 50 == 0 or done == len(tasks):
                    self._progress(Progress("index", done, len(tasks)))
                full = len(portion.changed) >= options.batch_files or portion.chunks >= size
                if full and done < len(tasks):
                    yield portion
                    portion = _Portion()
                    size = min(2 * size, options.batch_chunks)
            self._report.worker_peak_mb = round(pool.peak_bytes / 1e6, 1)
        portion.last = True
        yield portion

    def _take(self, result: Result, portion: "_Portion", known: set[str], skips: dict[str, Skip]) -> None:
        if isinstance(result, Touched):
            self._report.unchanged += 1
            portion.touched.append(result)
        elif isinstance(result, Skip):
            skips[result.path] = result
            if result.path in known:
                portion.removed.append(result.path)
        else:
            self._report.problems += len(result.facts.problems)
            if result.path in known:
                self._report.changed += 1
            else:
                self._report.added += 1
            portion.changed.append(FileChange(result, tuple(map(_embed_hash, embedded_texts(result)))))
            portion.chunks += len(result.chunks)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self._report.stages[name] = self._report.stages.get(name, 0.0) + time.monotonic() - started

    def _timed(self, name: str, results: Iterable[Result]) -> Iterator[Result]:
        """Count the time spent waiting for ``results`` as a stage."""
        iterator = iter(results)
        while True:
            with self._stage(name):
                result = next(iterator, None)
            if result is None:
                return
            yield result

    def _measure(self, started: float) -> None:
        with self._index.snapshot() as snapshot:
            self._report.generation = snapshot.generation
            self._report.counts = snapshot.counts()
            self._report.skipped = dict(sorted(Counter(_reason(s) for s in snapshot.skips()).items()))
        self._report.reused_files, self._report.reused_vectors = self._reuse.files, self._reuse.vectors
        self._report.seen_problem = self._reuse.problem
        self._report.peak_mb = round(peak_bytes() / 1e6, 1)
        self._report.seconds = round(time.monotonic() - started, 3)
        self._report.stages = {name: round(seconds, 3) for name, seconds in self._report.stages.items()}


@dataclass
class _Portion:
    """Parsed files on their way to one commit; ``last`` is set when no other follows."""

    changed: list[FileChange] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    touched: list[Touched] = field(default_factory=list)
    chunks: int = 0
    last: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run has to do: files to read, indexed files that are gone, files that still cannot be indexed."""

    tasks: list[Task]
    removed: list[str]
    still_skipped: list[Skip]


def _plan(found: Walk, known: Mapping[str, FileRow], skipped: Mapping[str, Skip]) -> _Plan:
    """Compare the disk with the index by size and time."""
    present = {f.path for f in found.files}
    plan = _Plan([], sorted(path for path in known if path not in present), [])
    for file in found.files:
        row, skip = known.get(file.path), skipped.get(file.path)
        if row is not None and (row.size, row.changed_ns) == (file.size, file.changed_ns):
            continue
        if skip is not None and (skip.size, skip.changed_ns) == (file.size, file.changed_ns):
            plan.still_skipped.append(skip)
            continue
        plan.tasks.append(Task(file.path, file.size, file.changed_ns, row.content_hash if row else None))
    plan.tasks.sort(key=lambda task: (_urgency(task.path), task.path))
    return plan


def _urgency(path: str) -> int:
    """Return when a file's turn is in a run: code that is understood first, then other code, then the rest."""
    language = language_of(path)
    return ("code", "source").index(language.kind) if language and language.kind in ("code", "source") else 2


def _reason(skip: Skip) -> str:
    return skip.reason.partition(" to ")[0]


def embedded_texts(parsed: ParsedFile) -> Iterator[str]:
    """Yield what is embedded for each chunk: the end of its path, its qualified name, its text."""
    data = parsed.text.encode()
    path = display_path(parsed.path)
    tail = " ".join((path.rpartition(".")[0] or path).split("/")[-_EMBEDDED_PATH_PARTS:])
    for chunk in parsed.chunks:
        name = parsed.facts.symbols[chunk.symbol].qualified_name if chunk.symbol != MODULE else ""
        yield f"{tail} {name}\n{data[chunk.byte_start : chunk.byte_end].decode('utf-8', 'replace')}"


def _embed_hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=_EMBED_HASH_BYTES).digest()
