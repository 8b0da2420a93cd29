"""Where is what we know, and how is it opened?

One ``Index`` stands for one folder. Many threads and processes read it through a ``Snapshot``, which shows one
generation of all three stores from beginning to end; one at a time writes through a ``Writer``.
"""

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from filelock import FileLock, Timeout

from stores.checks import check_exact, check_fulltext, check_relations, check_vectors
from stores.commit import Batch, FileChange, Stores
from stores.deadline import begun
from stores.errors import BUSY, IndexBusy, IndexCorrupt, IndexEmpty, IndexMissing, SnapshotGone, StoreError
from stores.exact import ExactVectors, Known
from stores.fulltext import FulltextReader
from stores.links import Links
from stores.opening import EXACT, FULLTEXT, RELATIONS, VECTORS, Identity, OpenStores, derived_folders, store_path
from stores.references import References
from stores.relations import Relations, State
from stores.vectors import VectorTable
from stores.witness import check_generation, noted_generation
from stores.writer import Writer

if TYPE_CHECKING:
    from array import array

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Batch", "FileChange", "Identity", "Index", "Snapshot", "Writer"]

T = TypeVar("T")

LOCK = "writer.lock"

# Connections kept for later snapshots; each costs a file handle and up to 2 MB of page cache.
_CONNECTIONS_KEPT = 4

# A generation is published every tenth of a second at most; so many moves during one opening mean something else.
_OPEN_ATTEMPTS = 20

# A text index may be opened at the moment its files change; a third failure is a damage.
_FULLTEXT_ATTEMPTS = 3

# Hits fetched beyond the limit, for those of another generation.
_SLACK = 32

# A store that has not answered after so long is left out of the answer: a search takes some milliseconds, the first
# look at the mapped vectors of half a million chunks a second.
_LEG_DEADLINE_S = 5.0


class Index:
    """One index folder. Any thread may use it; ``close`` gives back what it keeps open."""

    def __init__(self, folder: Path, root: bytes) -> None:
        """Name the index in ``folder`` of the files under ``root``; nothing is opened yet."""
        self.folder = folder
        self.root = root
        self._lock = Lock()
        self._idle: list[Relations] = []
        self._file: tuple[int, int] | None = None
        self._handles: _Handles | None = None

    def exists(self) -> bool:
        """Whether anything was ever written here."""
        return (self.folder / RELATIONS).exists()

    def close(self) -> None:
        """Close what is kept open for the next snapshot; snapshots in use are not touched."""
        with self._lock:
            idle, self._idle, self._handles = self._idle, [], None
        for relations in idle:
            relations.close()

    @contextmanager
    def snapshot(self) -> Iterator["Snapshot"]:
        """Read one generation.

        Raises:
            IndexMissing: Nothing is indexed here yet.
            IndexOutdated: It was written by another schema version.
            IndexCorrupt: The relations are damaged, or have vanished.
            SnapshotGone: Generations were published faster than they could be opened.
        """
        relations, file = self._borrow()
        try:
            for _ in range(_OPEN_ATTEMPTS):
                before = self._state(relations)
                handles = self._open_handles(before)
                # The same state after the handles were taken: they belong to this generation.
                with relations.read():
                    state = self._state(relations)
                    if _published(state) == _published(before):
                        yield Snapshot(relations, state, handles)
                        break
            else:
                raise SnapshotGone("the index changed faster than it could be opened")
        finally:
            self._give_back(relations, file)

    @contextmanager
    def writer(
        self, identity: Identity, *, rebuild: bool = False, verify: bool = False, wait_s: float = 1.0
    ) -> Iterator["Writer"]:
        """Write to the index, alone; an index of another identity or schema version is emptied first.

        Args:
            identity: What the facts and vectors will be made with.
            rebuild: Empty the index in any case.
            verify: Compare the stores row by row, and rebuild what differs.
            wait_s: Seconds to wait for another writer; a killed one holds the lock until its last thread is gone.

        Raises:
            IndexBusy: Another process or thread is writing.
            IndexCorrupt: The relations have vanished while other stores are there, and ``rebuild`` is not set.
        """
        lock = FileLock(self.folder / LOCK, timeout=wait_s)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            lock.acquire()
        except Timeout as error:
            raise IndexBusy(BUSY) from error
        except OSError as error:
            raise StoreError(
                f"the index folder cannot be written: {error}", "check the disk and its permissions"
            ) from error
        try:
            handles = self._handles
            sound = handles.fulltext.files if handles is not None and handles.fulltext is not None else {}
            opened = OpenStores(self.folder, self.root, identity, sound, rebuild=rebuild, verify=verify)
            try:
                yield Writer(Stores(opened, identity, self.folder))
            finally:
                opened.close()
        finally:
            lock.release()

    def _state(self, relations: Relations) -> State:
        noted = noted_generation(self.folder)
        state = relations.state()
        check_generation(noted, state)
        if state is None or state.generation == 0:
            raise IndexMissing("nothing is indexed here yet")
        if state.root != self.root:
            raise IndexMissing("the folder holds the index of another root")
        return state

    def _borrow(self) -> tuple[Relations, tuple[int, int]]:
        """Return a connection to the file that is there now, and which file that is."""
        path = self.folder / RELATIONS
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if derived_folders(self.folder):
                raise IndexCorrupt("the relations have vanished, but the stores built from them are there") from None
            raise IndexMissing("nothing is indexed here yet") from None
        file = (status.st_dev, status.st_ino)
        with self._lock:
            stale = self._idle if file != self._file else []
            seen = file == self._file
            if not seen:
                self._file, self._idle, self._handles = file, [], None
            relations = self._idle.pop() if self._idle else None
        for connection in stale:
            connection.close()
        if relations is not None:
            return relations, file
        if status.st_size == 0 and not derived_folders(self.folder):
            raise IndexMissing("nothing is indexed here yet")
        try:
            relations = Relations.open(path, writable=False)
        except IndexEmpty:
            if derived_folders(self.folder):
                raise
            raise IndexMissing("nothing is indexed here yet") from None
        if not seen:
            # Once for each file that is met: 80 ms for the relations of 20,000 chunks.
            self._verify(relations)
        return relations, file

    def _verify(self, relations: Relations) -> None:
        try:
            relations.verify()
        except BaseException:
            self._file = None
            relations.close()
            raise

    def _give_back(self, relations: Relations, file: tuple[int, int]) -> None:
        with self._lock:
            keep = file == self._file and not relations.frozen and len(self._idle) < _CONNECTIONS_KEPT
            if keep:
                self._idle.append(relations)
        if not keep:
            relations.close()

    def _open_handles(self, state: State) -> "_Handles":
        with self._lock:
            handles = self._handles
        if handles is not None and _published(handles.state) == _published(state) and handles.fulltext is not None:
            return handles
        handles = _Handles(self.folder, state, handles)
        with self._lock:
            self._handles = handles
        return handles


def _published(state: State) -> tuple[int, ...]:
    epochs = (state.fulltext_epoch, state.exact_epoch, state.vectors_epoch)
    return (state.generation, state.exact_rows, state.vectors_version, state.indexed_id, *epochs)


class _Handles:
    """The derived stores as one generation's readers share them; the vectors are opened when first asked."""

    def __init__(self, folder: Path, state: State, earlier: "_Handles | None") -> None:
        self.state = state
        self._folder = folder
        self._lock = Lock()
        self._table: VectorTable | None = None
        self._exact: ExactVectors | None = None
        self._known = earlier.known(state.exact_epoch) if earlier else None
        self.fulltext: FulltextReader | None = None
        reader = earlier.fulltext if earlier and earlier.state.fulltext_epoch == state.fulltext_epoch else None
        path = store_path(folder, FULLTEXT, state.fulltext_epoch)
        for _ in range(_FULLTEXT_ATTEMPTS):
            try:
                self.fulltext = FulltextReader.open(path) if reader is None else reader.reloaded(path)
                break
            except StoreError:
                reader = None

    def fulltext_ids(self) -> "array[int]":
        """Return the ids that the text index holds, sorted.

        Raises:
            IndexCorrupt: It could not be opened.
        """
        if self.fulltext is None:
            raise IndexCorrupt("the text index cannot be opened")
        return self.fulltext.ids()

    def known(self, epoch: int) -> Known | None:
        """Return what this process has found out about the mapped vectors of ``epoch``."""
        if self.state.exact_epoch != epoch:
            return None
        return self._exact.known if self._exact is not None else self._known

    def exact(self) -> ExactVectors:
        """Return the mapped vectors of the generation.

        Raises:
            IndexCorrupt: They are gone or damaged.
        """
        with self._lock:
            if self._exact is None:
                state = self.state
                path = store_path(self._folder, EXACT, state.exact_epoch)
                self._exact = ExactVectors(path, state.dimensions, state.exact_rows, known=self._known)
            return self._exact

    def vectors(self) -> VectorTable:
        """Return the LanceDB table at the published version, which later writing does not change.

        Raises:
            IndexCorrupt: It is gone or damaged.
        """
        with self._lock:
            if self._table is None:
                path = store_path(self._folder, VECTORS, self.state.vectors_epoch)
                self._table = VectorTable.open(path, self.state.vectors_version)
            return self._table


class Snapshot(Links, References):
    """One generation of the index, to be used by one thread while its context lasts."""

    def __init__(self, relations: Relations, state: State, handles: _Handles) -> None:
        super().__init__(relations)
        self._handles = handles
        self._state = state
        self._failed: set[str] = set() if handles.fulltext is not None else {FULLTEXT}
        self.root = Path(os.fsdecode(state.root))
        self.generation = state.generation
        self.complete = state.complete
        self.linked = state.linked
        self.files_expected = state.files_expected
        self.model = state.model
        self.dimensions = state.dimensions
        self.vectors_lag = state.generation - state.vectors_generation
        self.identity = Identity(state.identity, state.model, state.dimensions)

    @property
    def degraded(self) -> tuple[str, ...]:
        """The stores that failed so far: "fulltext", "vectors"; they found nothing where they should have."""
        return tuple(sorted(self._failed))

    def fulltext(
        self,
        terms: Mapping[str, float],
        boosts: Mapping[str, float],
        limit: int,
        file_ids: Collection[int] | None = None,
        kinds: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        """Return (chunk id, BM25 score) of the best chunks that hold any of ``terms``, best first.

        The arguments are those of ``FulltextReader.search``. A failure gives [] and is named in ``degraded``.
        """
        reader = self._handles.fulltext
        if reader is None:
            return []
        return self._alive(FULLTEXT, lambda fetch: reader.search(terms, boosts, fetch, file_ids, kinds), limit)

    def holding(self, terms: Collection[str], limit: int) -> list[int] | None:
        """Return the ids of the chunks whose text holds all of ``terms``; None when that is not known, or too many."""
        found = self._asked(lambda reader: reader.holding(terms, limit + 1)) if terms else None
        if found is None or len(found) > limit:
            return None
        known = {row[0] for row in self._relations.rows(self.ALIVE, json.dumps(found))}
        return [i for i in found if i in known]

    def has_kind(self, kind: str) -> bool:
        """Say whether something of this kind is indexed."""
        known = self._asked(lambda reader: reader.has_kind(kind))
        return kind in self.kinds() if known is None else known

    def forms(self, word: str, most: int) -> list[str]:
        """Return other forms of a lower-case word ("routing" for "routes") that are indexed, the commonest first."""
        return self._asked(lambda reader: reader.forms(word, most)) or []

    def rarity(self, terms: Collection[str]) -> dict[str, float]:
        """Return how much each term says: its inverse document frequency, as BM25 counts it; 1 when unknown."""
        return self._asked(lambda reader: reader.rarity(terms)) or dict.fromkeys(terms, 1.0)

    def _asked(self, ask: Callable[[FulltextReader], T]) -> T | None:
        """Ask the text index; where it fails the answer is None, and it is named in ``degraded``."""
        try:
            return None if self._handles.fulltext is None else ask(self._handles.fulltext)
        except StoreError:
            self._failed.add(FULLTEXT)
            return None

    def nearest(
        self,
        vector: "NDArray[np.float32]",
        limit: int,
        file_ids: Collection[int] | None = None,
        kinds: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the chunks nearest to ``vector``, nearest first, equal ones by id.

        Args:
            vector: The query, of the index's dimensions; a vector of zeros is near nothing.
            limit: Most hits wanted; as many come back as exist.
            file_ids: Only chunks of these files, or None for all.
            kinds: Only chunks with any of these kinds, or None for all.

        The search is exact, but for an index so large that it has an approximate one, and no filter. A failure gives
        [] and is named in ``degraded``.
        """
        return self.nearest_begun(vector, limit, file_ids, kinds)()

    def nearest_begun(
        self,
        vector: "NDArray[np.float32]",
        limit: int,
        file_ids: Collection[int] | None = None,
        kinds: Collection[str] | None = None,
    ) -> Callable[[], list[tuple[int, float]]]:
        """Begin to look for the nearest chunks; the function returned gives what ``nearest`` would.

        Meanwhile other stores can be asked: the look is long, and holds no lock of the interpreter.
        """
        if (file_ids is not None and not file_ids) or (kinds is not None and not kinds) or limit <= 0:
            return list
        wanted = None if kinds is None else set(kinds)
        approximate = self._state.indexed_id and file_ids is None and kinds is None and vector.any()

        def search(fetch: int) -> list[tuple[int, float]]:
            if approximate:
                try:
                    return self._mostly_nearest(vector, fetch)
                except StoreError:
                    pass  # the flat look below needs nothing of LanceDB
            return self._handles.exact().search(vector, fetch, file_ids, kinds)

        first = begun(partial(search, limit + _SLACK))
        return lambda: self._alive(VECTORS, search, limit, wanted, first)

    def _mostly_nearest(self, vector: "NDArray[np.float32]", limit: int) -> list[tuple[int, float]]:
        """Ask the approximate index, and compare with each vector that is newer."""
        state = self._state
        known = self._handles.vectors().nearest(vector, limit, state.indexed_probes)
        newer = self._handles.exact().search(vector, limit, after_id=state.indexed_id)
        return sorted({*known, *newer}, key=lambda hit: (-hit[1], hit[0]))[:limit]

    ALIVE = "SELECT c.id, c.kinds FROM json_each(?) j JOIN chunks c ON c.id = j.value"

    def _alive(
        self,
        store: str,
        search: Callable[[int], list[tuple[int, float]]],
        limit: int,
        kinds: set[str] | None = None,
        first: Future[list[tuple[int, float]]] | None = None,
    ) -> list[tuple[int, float]]:
        """Search until ``limit`` hits of this generation, of any of ``kinds``, are found, or there are no more.

        ``first`` is the first search (for ``limit + _SLACK`` hits) if it was begun before.
        """
        fetch = limit + _SLACK
        while limit > 0:
            try:
                hits = (first or begun(partial(search, fetch))).result(_LEG_DEADLINE_S)
            except (StoreError, TimeoutError):
                self._failed.add(store)
                return []
            rows = self._relations.rows(self.ALIVE, json.dumps([hit[0] for hit in hits]))
            known = {row[0] for row in rows if kinds is None or not kinds.isdisjoint(row[1].split())}
            alive = [hit for hit in hits if hit[0] in known]
            if len(alive) >= limit or len(hits) < fetch:
                return alive[:limit]
            fetch, first = fetch * 4, None
        return []

    def verify(self) -> dict[str, list[str]]:
        """Compare the stores; it reads all of them. Return, per store, what is wrong with it ([] when sound)."""
        handles, relations, state = self._handles, self._relations, self._state
        wrong = {"relations": self.damage()}
        if wrong["relations"]:
            return wrong  # there is nothing to compare the others with
        wrong[FULLTEXT] = check_fulltext(relations, handles.fulltext_ids)
        wrong[EXACT] = check_exact(relations, state, lambda: handles.exact().digest())
        if state.vectors_version:
            wrong[VECTORS] = check_vectors(relations, state, lambda: handles.vectors().digest())
        return wrong

    def damage(self) -> list[str]:
        """Return what is wrong with the relations, in words; it reads all of them. [] when they are sound."""
        return check_relations(self._relations)
