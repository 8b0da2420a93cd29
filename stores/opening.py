"""How is a folder opened for writing, and put right?

What a crash, a full disk or damage left behind is brought back to what the relations published: unfinished rows go,
a store that disagrees is rebuilt beside the old one. ``docs/commit-protocol.md`` says why each moment is safe.
"""

import os
import shutil
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stores.checks import check_exact, check_fulltext, check_relations, check_vectors
from stores.derived import fulltext_ids, stored_documents, stored_vectors, vector_ids
from stores.errors import IndexCorrupt, IndexOutdated, StoreError
from stores.exact import ExactVectors, ExactWriter, sorted_ids
from stores.fulltext import Files, FulltextWriter, sound_files
from stores.relations import Relations, State
from stores.vectors import VectorTable, drop_unpublished
from stores.witness import check_generation, forget_published, noted_generation

RELATIONS = "relations.db"
FULLTEXT = "fulltext"
EXACT = "exact"
VECTORS = "vectors"


def _pass(name: str) -> None:
    del name


# Called with the name of each moment at which a test may kill the process.
failpoint: Callable[[str], None] = _pass


def reach(name: str) -> None:
    """Tell the test that listens, if any, that the moment ``name`` has come."""
    failpoint(name)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the facts and vectors of an index depend on besides the files; another identity starts over."""

    extractor: str
    model: str
    dimensions: int


def store_path(folder: Path, store: str, epoch: int) -> Path:
    """Return the folder of a derived store; its number moves when it is rebuilt beside the old one."""
    return folder / f"{store}.{epoch}"


def derived_folders(folder: Path) -> list[Path]:
    """Return the folders of derived stores that are there, current or left over."""
    return sorted(path for store in (FULLTEXT, EXACT, VECTORS) for path in folder.glob(f"{store}.*") if path.is_dir())


def store_sizes(folder: Path) -> dict[str, int]:
    """Return the bytes that each store takes on the disk."""
    sizes = dict.fromkeys(("relations", FULLTEXT, EXACT, VECTORS), 0)
    for path in folder.rglob("*"):
        store = path.relative_to(folder).parts[0].partition(".")[0]
        with suppress(OSError):  # it may go at any moment
            if store in sizes and path.is_file():
                sizes[store] += path.stat().st_size
    return sizes


class OpenStores:
    """The stores of one folder, open for the holder of the writer lock; ``healed`` says what had to be put right."""

    def __init__(
        self,
        folder: Path,
        root: bytes,
        identity: Identity,
        sound: Files,
        *,
        rebuild: bool = False,
        verify: bool = False,
    ) -> None:
        """Open the folder, create what is not there, put right what a crash or damage left.

        Args:
            folder: The index folder.
            root: The root whose files are indexed there.
            identity: What facts and vectors depend on; an index of another one is emptied.
            sound: Files of the text index that need not be compared with their checksums again.
            rebuild: Empty the index in any case.
            verify: Compare all rows of all stores, and rebuild what differs.

        Raises:
            IndexCorrupt: The relations have vanished while other stores are there, and ``rebuild`` was not asked.
        """
        self._folder = folder
        self._root = root
        self._identity = identity
        self._sound = {} if verify else sound
        self._fulltext: FulltextWriter | None = None
        self._exact: ExactWriter | None = None
        self._vectors: VectorTable | None = None
        self.healed: list[str] = []
        self.relations = self._open_relations(rebuild=rebuild)
        try:
            self._enter(rebuild=rebuild, verify=verify)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all stores; what was not published is removed when the folder is opened next."""
        self._close_derived()
        self.relations.close()

    def state(self) -> State:
        """Return the published state."""
        state = self.relations.state()
        assert state is not None
        return state

    @property
    def fulltext(self) -> FulltextWriter:
        """The text index."""
        if self._fulltext is None:
            raise StoreError("the stores are closed")
        return self._fulltext

    @property
    def exact(self) -> ExactWriter:
        """The mapped vectors."""
        if self._exact is None:
            raise StoreError("the stores are closed")
        return self._exact

    # The relations

    def _open_relations(self, *, rebuild: bool) -> Relations:
        path = self._folder / RELATIONS
        if not path.exists() and derived_folders(self._folder):
            self._refuse_vanished(rebuild=rebuild)
        try:
            relations = Relations.open(path)
            try:
                relations.verify()
                check_generation(noted_generation(self._folder), relations.state())
            except BaseException:
                relations.close()
                raise
        except (IndexCorrupt, IndexOutdated) as error:
            self.healed.append(f"started over: {error}")
            self._destroy()
            return Relations.open(path)
        return relations

    def _refuse_vanished(self, *, rebuild: bool) -> None:
        if not rebuild:
            raise IndexCorrupt(
                "the relations have vanished, but the stores built from them are there",
                "restore relations.db, or run `tristore index --rebuild`",
            )
        self._destroy()

    def _destroy(self) -> None:
        """Delete all stores; the derived ones first, so that a crash never leaves them without the truth."""
        forget_published(self._folder)
        for path in derived_folders(self._folder):
            shutil.rmtree(path)
        for suffix in ("", "-wal", "-shm"):
            (self._folder / (RELATIONS + suffix)).unlink(missing_ok=True)
        sync_folder(self._folder)

    def _enter(self, *, rebuild: bool, verify: bool) -> None:
        state = self.relations.state()
        identity = self._identity
        wanted = (self._root, identity.extractor, identity.model, identity.dimensions)
        if state is None:
            if derived_folders(self._folder):
                # The truth was emptied, not deleted; the same is said of it.
                self._refuse_vanished(rebuild=rebuild)
                self.relations.close()
                self.relations = Relations.open(self._folder / RELATIONS)
            forget_published(self._folder)
            self.relations.found(*wanted)
        elif rebuild or (state.root, state.identity, state.model, state.dimensions) != wanted:
            self._start_over(keep_vectors=not rebuild)
        try:
            self.recover()
            if verify:
                self._verify()
        except IndexCorrupt as error:
            # Rebuilding a derived store failed: the rows it is built from are damaged themselves.
            self.healed.append(f"started over: {error}")
            self._start_over(keep_vectors=False)
            self.recover()

    EMPTY = (
        *("DELETE FROM edges", "DELETE FROM calls", "DELETE FROM imports", "DELETE FROM assignments"),
        *("DELETE FROM results", "DELETE FROM mentions", "DELETE FROM linked", "DELETE FROM overrides"),
        "DELETE FROM symbol_references",
        *("DELETE FROM parameters", "DELETE FROM bases", "DELETE FROM problems", "DELETE FROM chunks"),
        *("DELETE FROM seals", "DELETE FROM symbols", "DELETE FROM files", "DELETE FROM contents", "DELETE FROM skips"),
        *("DELETE FROM tombs", "DELETE FROM vector_tombs", "DELETE FROM runs"),
    )
    DELETE_VECTORS = "DELETE FROM vectors"
    START_OVER = """UPDATE state SET root = ?, identity = ?, model = ?, dimensions = ?, generation = generation + 1,
        intent = NULL, complete = 0, linked = 0, files_expected = 0, fulltext_epoch = fulltext_epoch + 1,
        exact_epoch = exact_epoch + 1, exact_rows = 0, vectors_epoch = vectors_epoch + 1, vectors_version = 0,
        vectors_generation = 0, indexed_id = 0, indexed_rows = 0, indexed_probes = 0"""

    def _start_over(self, *, keep_vectors: bool) -> None:
        """Empty the index in one transaction; the derived stores move to new, empty folders."""
        self._close_derived()
        state, identity = self.state(), self._identity
        for store, epoch in self._epochs(state):
            shutil.rmtree(store_path(self._folder, store, epoch + 1), ignore_errors=True)
        with self.relations.atomic():
            for sql in self.EMPTY if keep_vectors else (*self.EMPTY, self.DELETE_VECTORS):
                self.relations.execute(sql)
            self.relations.execute(self.START_OVER, self._root, identity.extractor, identity.model, identity.dimensions)

    # Putting right

    SELECT_TOMBS = "SELECT chunk_id, EXISTS (SELECT 1 FROM chunks WHERE id = chunk_id) FROM tombs ORDER BY chunk_id"
    SELECT_VECTOR_TOMBS = """SELECT chunk_id, EXISTS (SELECT 1 FROM chunks WHERE id = chunk_id) FROM vector_tombs
        ORDER BY chunk_id"""
    DELETE_TOMBS = "DELETE FROM tombs"
    CLEAR_INTENT = "UPDATE state SET intent = NULL"

    def recover(self) -> None:
        """Open text index and mapped vectors at what is published, without what was not finished.

        After a crash all chunk ids are compared, otherwise their numbers are; a store that differs is rebuilt.
        """
        state = self.state()
        self._close_derived()
        tombs = self.tombs(self.SELECT_TOMBS)
        crashed = state.intent is not None
        self._recover_fulltext(state, tombs if crashed else ())
        reach("recover_mid")
        self._recover_exact(state)
        self._recover_vectors(state)
        if crashed:
            with self.relations.atomic():
                self.relations.execute(self.DELETE_TOMBS)
                self.relations.execute(self.CLEAR_INTENT)
        self._compare(len(tombs), every_id=crashed)
        self._sweep()

    def tombs(self, sql: str) -> list[int]:
        """Return the ids of replaced chunks that ``SELECT_TOMBS`` or ``SELECT_VECTOR_TOMBS`` gives.

        Raises:
            IndexCorrupt: One is the id of a chunk that is there, which no derived store may lose.
        """
        rows = list(self.relations.rows(sql))
        if any(there for _, there in rows):
            raise IndexCorrupt("the relations are damaged: a chunk is there and replaced")
        return [chunk_id for chunk_id, _ in rows]

    def _recover_fulltext(self, state: State, tombs: "list[int] | tuple[()]") -> None:
        try:
            path = store_path(self._folder, FULLTEXT, state.fulltext_epoch)
            # Where there are chunks: made anew under the published name it would be a sound, empty store to readers.
            self._fulltext = FulltextWriter(path, create=not self.relations.value(self.COUNT_CHUNKS))
            self._sound = sound_files(path, self._sound)
            if state.intent is not None:
                self._fulltext.delete_generation(state.intent)
                self._fulltext.delete(tombs)
                self._fulltext.commit()
        except IndexCorrupt as error:
            self._rebuild_fulltext(str(error))

    def _recover_exact(self, state: State) -> None:
        try:
            path = store_path(self._folder, EXACT, state.exact_epoch)
            self._exact = ExactWriter(path, state.dimensions, state.exact_rows)
        except IndexCorrupt as error:
            self.rebuild_exact(str(error))

    def _recover_vectors(self, state: State) -> None:
        # What was not finished is only in versions that were never published. A torn one among them would keep readers
        # from the published one, as Lance looks at the newest first.
        if not state.vectors_version:
            return
        path = store_path(self._folder, VECTORS, state.vectors_epoch)
        with suppress(OSError):  # who opens the table meets it again, and rebuilds it
            dropped = drop_unpublished(path, state.vectors_version)
            if dropped:
                self.healed.append(f"vectors: dropped {dropped} unpublished versions")

    COUNT_CHUNKS = "SELECT count(*) FROM chunks"

    def _compare(self, tombs: int, *, every_id: bool) -> None:
        """Rebuild each open store that holds other chunks than the relations."""
        if every_id:
            damage = _difference(self.fulltext.ids, fulltext_ids(self.relations), tombs)
            if damage:
                self._rebuild_fulltext(damage)
            damage = _difference(self._exact_ids, vector_ids(self.relations, self._identity.model), None)
            if damage:
                self.rebuild_exact(damage)
        elif self._fulltext_count() != self.relations.value(self.COUNT_CHUNKS) + tombs:
            self._rebuild_fulltext("it holds another number of chunks than the relations")

    def _verify(self) -> None:
        """Compare all rows of all stores, and rebuild what differs.

        Raises:
            IndexCorrupt: The relations themselves are damaged.
        """
        state = self.state()
        damage = check_relations(self.relations)
        if damage:
            raise IndexCorrupt(damage[0])
        wrong = check_fulltext(self.relations, self.fulltext.ids)
        if wrong:
            self._rebuild_fulltext(wrong[0])
        wrong = check_exact(self.relations, state, lambda: self._mapped().digest())
        if wrong:
            self.rebuild_exact(wrong[0])
        if state.vectors_version:
            wrong = check_vectors(self.relations, state, lambda: self.open_vectors().digest())
            if wrong:
                self.rebuild_vectors(wrong[0])

    def _mapped(self) -> ExactVectors:
        state = self.state()
        path = store_path(self._folder, EXACT, state.exact_epoch)
        return ExactVectors(path, state.dimensions, state.exact_rows)

    def _fulltext_count(self) -> int:
        try:
            return self.fulltext.count()
        except IndexCorrupt:
            return -1

    def _exact_ids(self) -> "array[int]":
        return sorted_ids(self._mapped())

    MOVE_FULLTEXT = "UPDATE state SET fulltext_epoch = ?"

    def _rebuild_fulltext(self, why: str) -> None:
        self.healed.append(f"fulltext: rebuilt, as {why}")
        fulltext, self._fulltext = self._fulltext, None
        _closed(fulltext)
        epoch = self.state().fulltext_epoch + 1
        path = store_path(self._folder, FULLTEXT, epoch)
        shutil.rmtree(path, ignore_errors=True)
        self._fulltext = FulltextWriter(path)
        self._fulltext.add(stored_documents(self.relations))
        self._fulltext.commit()
        sync_folder(self._folder)
        reach("fulltext_rebuilt")
        with self.relations.atomic():
            self.relations.execute(self.DELETE_TOMBS)
            self.relations.execute(self.MOVE_FULLTEXT, epoch)

    MOVE_EXACT = "UPDATE state SET exact_epoch = ?, exact_rows = ?"

    def rebuild_exact(self, why: str = "") -> None:
        """Write the mapped vectors anew beside the old ones; ``why`` is noted as something that was put right."""
        if why:
            self.healed.append(f"exact: rebuilt, as {why}")
        exact, self._exact = self._exact, None
        _closed(exact)
        state = self.state()
        path = store_path(self._folder, EXACT, state.exact_epoch + 1)
        shutil.rmtree(path, ignore_errors=True)
        self._exact = ExactWriter(path, state.dimensions, 0)
        for rows in stored_vectors(self.relations, state):
            self._exact.append(rows)
        self._exact.sync()
        sync_folder(self._folder)
        reach("exact_rebuilt")
        self.relations.execute(self.MOVE_EXACT, state.exact_epoch + 1, self._exact.rows)

    # The LanceDB table, which is opened when it is needed: that takes seconds

    def open_vectors(self) -> VectorTable:
        """Return the LanceDB table at its published version, rebuilt when it is damaged."""
        if self._vectors is None:
            state = self.state()
            path = store_path(self._folder, VECTORS, state.vectors_epoch)
            if state.vectors_version == 0:
                shutil.rmtree(path, ignore_errors=True)
                self._vectors = VectorTable.create(path, state.dimensions)
            else:
                self._vectors = self._recovered_vectors(path, state)
        return self._vectors

    def _recovered_vectors(self, path: Path, state: State) -> VectorTable:
        try:
            return VectorTable.open(path, state.vectors_version, writable=True)
        except (IndexCorrupt, OSError) as error:
            return self.rebuild_vectors(str(error))

    MOVE_VECTORS = """UPDATE state SET vectors_epoch = ?, vectors_version = ?, vectors_generation = generation,
        indexed_id = 0, indexed_rows = 0, indexed_probes = 0"""
    DELETE_VECTOR_TOMBS = "DELETE FROM vector_tombs"

    def rebuild_vectors(self, why: str) -> VectorTable:
        """Write the LanceDB table anew beside the old one, with all chunks of the published generation."""
        self.healed.append(f"vectors: rebuilt, as {why}")
        state = self.state()
        path = store_path(self._folder, VECTORS, state.vectors_epoch + 1)
        shutil.rmtree(path, ignore_errors=True)
        table = VectorTable.create(path, state.dimensions)
        table.add(stored_vectors(self.relations, state))
        table.sync()
        sync_folder(self._folder)
        reach("vectors_rebuilt")
        with self.relations.atomic():
            self.relations.execute(self.MOVE_VECTORS, state.vectors_epoch + 1, table.version)
            self.relations.execute(self.DELETE_VECTOR_TOMBS)
        self._vectors = table
        return table

    def _sweep(self) -> None:
        """Delete the folders that a rebuild left behind."""
        current = {store_path(self._folder, store, epoch) for store, epoch in self._epochs(self.state())}
        for path in derived_folders(self._folder):
            if path not in current:
                shutil.rmtree(path, ignore_errors=True)

    @staticmethod
    def _epochs(state: State) -> tuple[tuple[str, int], ...]:
        return (FULLTEXT, state.fulltext_epoch), (EXACT, state.exact_epoch), (VECTORS, state.vectors_epoch)

    def _close_derived(self) -> None:
        fulltext, exact = self._fulltext, self._exact
        self._fulltext = self._exact = self._vectors = None
        _closed(fulltext)
        _closed(exact)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _closed(store: FulltextWriter | ExactWriter | None) -> None:
    if store is not None:
        with suppress(StoreError):
            store.close()


def _difference(stored: "Callable[[], array[int]]", expected: "array[int]", tombs: int | None) -> str:
    """Return how the ids in a store differ from those it should hold, "" when they do not.

    With ``tombs`` it must hold the expected ids and so many others; with None any others, which no answer shows.
    """
    import numpy as np  # noqa: PLC0415  slow to import, and most openings do not compare ids

    try:
        found = np.frombuffer(stored(), np.int64)
    except IndexCorrupt as error:
        return str(error)
    wanted = np.frombuffer(expected, np.int64)
    missing = len(np.setdiff1d(wanted, found, assume_unique=True))
    spare = len(found) - len(wanted) + missing
    return "it holds other chunks than the relations" if missing or (tombs is not None and spare > tombs) else ""
