"""How do three stores change as one?

Derived first, SQLite publishes, tombs later: the text index and the vectors get a generation's rows before the
relations publish it, and lose the replaced rows with the next generation. ``docs/commit-protocol.md`` gives the
rules and says why each moment is safe to die in. Below ``Stores.write`` stands what puts a folder right again.
"""

import os
import shutil
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stores.derived import documents, full_vector, fulltext_ids, rounded, stored_documents, stored_vectors, vector_ids
from stores.errors import IndexCorrupt, IndexOutdated, StoreError
from stores.facts import ParsedFile, Skip
from stores.fulltext import FulltextWriter
from stores.relations import Relations, State
from stores.vectors import VectorRow, VectorTable, drop_unpublished

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RELATIONS = "relations.db"
FULLTEXT = "fulltext"
VECTORS = "vectors"

# Vectors of texts that are no longer there are kept, as a branch may bring them back: as many as are in use, and these.
_SPARE_VECTORS = 10_000


def _pass(name: str) -> None:
    del name


# Called with the name of each moment at which a test may kill the process.
failpoint: Callable[[str], None] = _pass


@dataclass(frozen=True, slots=True)
class Identity:
    """What the facts and vectors of an index depend on besides the files; another identity starts over."""

    extractor: str
    model: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class FileChange:
    """A new or changed file, with the sha256 of the text that was embedded for each of its chunks."""

    parsed: ParsedFile
    embed_hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one generation changes.

    ``touched`` holds (path, size, mtime_ns) of files whose content is the same. ``vectors`` gives the vector of
    each embed hash that ``cached_vectors`` does not know. ``skips`` replaces all skips, unless it is None.
    """

    changed: tuple[FileChange, ...] = ()
    removed: tuple[str, ...] = ()
    touched: tuple[tuple[str, int, int], ...] = ()
    vectors: "Mapping[bytes, NDArray[np.floating]]" = field(default_factory=dict)
    skips: tuple[Skip, ...] | None = None
    complete: bool = False
    linked: bool
    files_expected: int


def store_path(folder: Path, store: str, epoch: int) -> Path:
    """Return the folder of a derived store; its number moves when it is rebuilt beside the old one."""
    return folder / f"{store}.{epoch}"


def derived_folders(folder: Path) -> list[Path]:
    """Return the folders of derived stores that are there, current or left over."""
    return sorted(path for store in (FULLTEXT, VECTORS) for path in folder.glob(f"{store}.*") if path.is_dir())


class Stores:
    """The three stores of one folder, open for writing by the holder of the writer lock."""

    def __init__(self, folder: Path, root: bytes, identity: Identity, *, rebuild: bool = False) -> None:
        """Open the folder, create what is not there, put right what a crash or damage left.

        Raises:
            IndexCorrupt: The relations have vanished while other stores are there, and ``rebuild`` was not asked.
        """
        self._folder = folder
        self._root = root
        self._identity = identity
        self._fulltext: FulltextWriter | None = None
        self._vectors: VectorTable | None = None
        self._settled = False
        self.healed: list[str] = []
        self.relations = self._open_relations(rebuild=rebuild)
        try:
            self._enter(rebuild=rebuild)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all stores; what was not published is removed when the folder is opened next."""
        self._close_fulltext()
        self._vectors = None
        self.relations.close()

    def state(self) -> State:
        """Return the published state."""
        state = self.relations.state()
        assert state is not None
        return state

    # Writing

    BURN = "UPDATE state SET intent = ?, next_chunk_id = next_chunk_id + ?"
    SELECT_TOMBS = "SELECT chunk_id FROM tombs ORDER BY chunk_id"

    def write(self, batch: Batch, link: Callable[[Relations], None] | None = None) -> int:
        """Make one generation of ``batch`` and return its number.

        ``link`` runs on the relations after the facts are written, in the transaction that publishes them.

        Raises:
            ValueError: A path is changed twice, or a vector is missing, not finite or of another length.
            StoreError: A store failed; nothing was published, and the next write starts by putting things right.
        """
        if len({change.parsed.path for change in batch.changed}) < len(batch.changed):
            raise ValueError("a path is changed twice in one batch")
        if not self._settled:
            self.recover()
        fresh = rounded(batch.vectors, self._identity.dimensions)
        vectors = self._vectors_for(batch.changed, fresh)
        state = self.state()
        generation = state.generation + 1
        file_ids = self.relations.file_ids(change.parsed.path for change in batch.changed)
        ids = _numbered(batch.changed, state.next_chunk_id)
        self._settled = False
        self.relations.execute(self.BURN, generation, sum(map(len, ids)))
        failpoint("after_intent")
        tombs = [row[0] for row in self.relations.rows(self.SELECT_TOMBS)]
        self._stage(batch.changed, ids, file_ids, vectors, tombs, generation)
        with self.relations.atomic():
            self._publish(batch, ids, file_ids, fresh, generation)
            if link is not None:
                link(self.relations)
            failpoint("before_publish")
        self._settled = True
        failpoint("after_publish")
        return generation

    def _stage(
        self,
        changed: Sequence[FileChange],
        ids: Sequence[range],
        file_ids: Mapping[str, int],
        vectors: "Mapping[bytes, NDArray[np.float32]]",
        tombs: Sequence[int],
        generation: int,
    ) -> None:
        """Add a generation's rows to the derived stores and remove those replaced before it."""
        fulltext, table = self._open_stores()
        if tombs or any(ids):
            fulltext.delete(tombs)
            for change, chunk_ids in zip(changed, ids, strict=True):
                fulltext.add(documents(change.parsed, chunk_ids, file_ids[change.parsed.path], generation))
            fulltext.commit()
        failpoint("after_fulltext")
        rows = [
            VectorRow(chunk_id, generation, file_ids[change.parsed.path], chunk.kinds, vectors[embed_hash])
            for change, chunk_ids in zip(changed, ids, strict=True)
            for chunk_id, chunk, embed_hash in zip(chunk_ids, change.parsed.chunks, change.embed_hashes, strict=True)
            if vectors[embed_hash].any()
        ]
        table.add(rows)
        table.delete(tombs)
        if rows or tombs:
            table.sync()
        failpoint("after_vectors")

    DELETE_TOMBS = "DELETE FROM tombs"
    INSERT_VECTOR = "INSERT INTO vectors (embed_hash, model, vector) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    PUBLISH = """UPDATE state SET generation = ?, intent = NULL, complete = ?, linked = ?, files_expected = ?,
        vectors_version = ?"""

    def _publish(
        self,
        batch: Batch,
        ids: Sequence[range],
        file_ids: Mapping[str, int],
        fresh: "Mapping[bytes, NDArray[np.float16]]",
        generation: int,
    ) -> None:
        relations = self.relations
        relations.execute(self.DELETE_TOMBS)
        for path in batch.removed:
            relations.remove_file(path, generation)
        for change, chunk_ids in zip(batch.changed, ids, strict=True):
            path = change.parsed.path
            relations.replace_file(change.parsed, chunk_ids, change.embed_hashes, generation, file_ids[path])
        for path, size, mtime_ns in batch.touched:
            relations.touch_file(path, size, mtime_ns)
        if batch.skips is not None:
            relations.replace_skips(batch.skips)
        relations.execute_many(
            self.INSERT_VECTOR, ((key, self._identity.model, half.tobytes()) for key, half in fresh.items())
        )
        _, table = self._open_stores()
        relations.execute(self.PUBLISH, generation, batch.complete, batch.linked, batch.files_expected, table.version)

    def _vectors_for(
        self, changed: Sequence[FileChange], fresh: "Mapping[bytes, NDArray[np.float16]]"
    ) -> "dict[bytes, NDArray[np.float32]]":
        import numpy as np  # noqa: PLC0415  slow to import, and readers of relations do without

        wanted = {embed_hash for change in changed for embed_hash in change.embed_hashes}
        # What is stored stays: chunks of earlier generations have it.
        vectors = self.cached_vectors(wanted)
        for embed_hash in wanted - vectors.keys():
            if embed_hash not in fresh:
                raise ValueError("a chunk has no vector")
            vectors[embed_hash] = fresh[embed_hash].astype(np.float32)
        return vectors

    SELECT_VECTOR = "SELECT vector FROM vectors WHERE embed_hash = ? AND model = ?"

    def cached_vectors(self, hashes: Iterable[bytes]) -> "dict[bytes, NDArray[np.float32]]":
        """Return the vectors known for ``hashes`` from the current model."""
        found = {}
        for embed_hash in hashes:
            row = self.relations.one(self.SELECT_VECTOR, embed_hash, self._identity.model)
            if row is not None:
                found[embed_hash] = full_vector(row[0])
        return found

    # Looking after what was written

    MOVE_VERSION = "UPDATE state SET vectors_version = ?"

    def compact(self) -> None:
        """Merge the small pieces of the vectors when many have piled up; the text index merges by itself."""
        _, table = self._open_stores()
        if not table.worth_compacting():
            return
        self._settled = False
        for step in (table.compact, table.clean):
            step()
            failpoint("compact_mid")
            # Published before anything that the version before needs is cleaned away.
            table.sync()
            self.relations.execute(self.MOVE_VERSION, table.version)
        self._settled = True

    COUNT_SPARE = """SELECT (SELECT count(*) FROM vectors), (SELECT count(DISTINCT embed_hash) FROM chunks)"""
    DELETE_SPARE = "DELETE FROM vectors WHERE model <> ? OR embed_hash NOT IN (SELECT embed_hash FROM chunks)"

    def forget_spare_vectors(self) -> None:
        """Forget the vectors of texts that are gone when they outnumber those in use by far."""
        counts = self.relations.one(self.COUNT_SPARE)
        if counts is not None and counts[0] > 2 * counts[1] + _SPARE_VECTORS:
            self.relations.execute(self.DELETE_SPARE, self._identity.model)

    # Opening

    def _open_relations(self, *, rebuild: bool) -> Relations:
        path = self._folder / RELATIONS
        if not path.exists() and derived_folders(self._folder):
            self._refuse_vanished(rebuild=rebuild)
        try:
            relations = Relations.open(path)
            try:
                relations.verify()
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
        for path in derived_folders(self._folder):
            shutil.rmtree(path)
        for suffix in ("", "-wal", "-shm"):
            (self._folder / (RELATIONS + suffix)).unlink(missing_ok=True)
        _sync_folder(self._folder)

    def _enter(self, *, rebuild: bool) -> None:
        state = self.relations.state()
        identity = self._identity
        wanted = (self._root, identity.extractor, identity.model, identity.dimensions)
        if state is None:
            if derived_folders(self._folder):
                # The truth was emptied, not deleted; the same is said of it.
                self._refuse_vanished(rebuild=rebuild)
                self.relations.close()
                self.relations = Relations.open(self._folder / RELATIONS)
            self.relations.found(*wanted)
        elif rebuild or (state.root, state.identity, state.model, state.dimensions) != wanted:
            self._start_over(state, keep_vectors=not rebuild)
        try:
            self.recover()
        except IndexCorrupt as error:
            # Rebuilding a derived store failed: the rows it is built from are damaged themselves.
            self.healed.append(f"started over: {error}")
            self._start_over(self.state(), keep_vectors=False)
            self.recover()

    EMPTY = (
        *("DELETE FROM edges", "DELETE FROM calls", "DELETE FROM imports", "DELETE FROM assignments"),
        "DELETE FROM results",
        *("DELETE FROM parameters", "DELETE FROM bases", "DELETE FROM problems", "DELETE FROM chunks"),
        *("DELETE FROM symbols", "DELETE FROM files", "DELETE FROM contents", "DELETE FROM skips"),
        *("DELETE FROM tombs", "DELETE FROM runs"),
    )
    DELETE_VECTORS = "DELETE FROM vectors"
    START_OVER = """UPDATE state SET root = ?, identity = ?, model = ?, dimensions = ?, generation = generation + 1,
        intent = NULL, complete = 0, linked = 0, files_expected = 0, fulltext_epoch = fulltext_epoch + 1,
        vectors_epoch = vectors_epoch + 1, vectors_version = 0"""

    def _start_over(self, state: State, *, keep_vectors: bool) -> None:
        """Empty the index in one transaction; the derived stores move to new, empty folders."""
        self._close_fulltext()
        self._vectors = None
        identity = self._identity
        for store, epoch in ((FULLTEXT, state.fulltext_epoch), (VECTORS, state.vectors_epoch)):
            shutil.rmtree(store_path(self._folder, store, epoch + 1), ignore_errors=True)
        with self.relations.atomic():
            for sql in self.EMPTY if keep_vectors else (*self.EMPTY, self.DELETE_VECTORS):
                self.relations.execute(sql)
            self.relations.execute(self.START_OVER, self._root, identity.extractor, identity.model, identity.dimensions)

    # Putting right

    SETTLE = "UPDATE state SET intent = NULL, vectors_version = ?"

    def recover(self) -> None:
        """Open the derived stores at what is published: unfinished and buried rows go, a damaged store is rebuilt."""
        state = self.state()
        tombs = [row[0] for row in self.relations.rows(self.SELECT_TOMBS)]
        self._recover_fulltext(state, tombs)
        failpoint("recover_mid")
        self._recover_vectors(state, tombs)
        _, table = self._open_stores()
        with self.relations.atomic():
            self.relations.execute(self.DELETE_TOMBS)
            self.relations.execute(self.SETTLE, table.version)
        self._compare()
        self._sweep()
        self._settled = True

    def _recover_fulltext(self, state: State, tombs: Sequence[int]) -> None:
        self._close_fulltext()
        try:
            self._fulltext = FulltextWriter(store_path(self._folder, FULLTEXT, state.fulltext_epoch))
            if state.intent is not None:
                self._fulltext.delete_generation(state.intent)
            self._fulltext.delete(tombs)
            if tombs or state.intent is not None:
                self._fulltext.commit()
        except IndexCorrupt as error:
            self._rebuild_fulltext(str(error))

    def _recover_vectors(self, state: State, tombs: Sequence[int]) -> None:
        path = store_path(self._folder, VECTORS, state.vectors_epoch)
        if state.vectors_version == 0:
            shutil.rmtree(path, ignore_errors=True)
            self._vectors = VectorTable.create(path, state.dimensions)
            self._vectors.sync()
            return
        try:
            # An unfinished generation is only in versions that were never published.
            dropped = drop_unpublished(path, state.vectors_version)
            if dropped:
                self.healed.append(f"vectors: dropped {dropped} unpublished versions")
            self._vectors = VectorTable.open(path, state.vectors_version, writable=True)
            self._vectors.delete(tombs)
            if tombs:
                self._vectors.sync()
        except (IndexCorrupt, OSError) as error:
            self._rebuild_vectors(str(error))

    def _compare(self) -> None:
        """Rebuild each derived store that holds other chunks than the relations."""
        fulltext, table = self._open_stores()
        damage = _difference(fulltext.ids, fulltext_ids(self.relations))
        if damage:
            self._rebuild_fulltext(damage)
        damage = _difference(table.ids, vector_ids(self.relations, self._identity.model))
        if damage:
            self._rebuild_vectors(damage)

    MOVE_FULLTEXT = "UPDATE state SET fulltext_epoch = ?"

    def _rebuild_fulltext(self, why: str) -> None:
        self.healed.append(f"fulltext: rebuilt, as {why}")
        self._close_fulltext()
        epoch = self.state().fulltext_epoch + 1
        path = store_path(self._folder, FULLTEXT, epoch)
        shutil.rmtree(path, ignore_errors=True)
        self._fulltext = FulltextWriter(path)
        self._fulltext.add(stored_documents(self.relations))
        self._fulltext.commit()
        _sync_folder(self._folder)
        self.relations.execute(self.MOVE_FULLTEXT, epoch)

    MOVE_VECTORS = "UPDATE state SET vectors_epoch = ?, vectors_version = ?"

    def _rebuild_vectors(self, why: str) -> None:
        self.healed.append(f"vectors: rebuilt, as {why}")
        state = self.state()
        path = store_path(self._folder, VECTORS, state.vectors_epoch + 1)
        shutil.rmtree(path, ignore_errors=True)
        table = VectorTable.create(path, state.dimensions)
        for rows in stored_vectors(self.relations, state.model):
            table.add(rows)
        table.sync()
        _sync_folder(self._folder)
        self.relations.execute(self.MOVE_VECTORS, state.vectors_epoch + 1, table.version)
        self._vectors = table

    def _sweep(self) -> None:
        """Delete the folders that a rebuild left behind."""
        state = self.state()
        current = {
            store_path(self._folder, FULLTEXT, state.fulltext_epoch),
            store_path(self._folder, VECTORS, state.vectors_epoch),
        }
        for path in derived_folders(self._folder):
            if path not in current:
                shutil.rmtree(path, ignore_errors=True)

    def _open_stores(self) -> tuple[FulltextWriter, VectorTable]:
        if self._fulltext is None or self._vectors is None:
            raise StoreError("the stores are closed")
        return self._fulltext, self._vectors

    def _close_fulltext(self) -> None:
        fulltext, self._fulltext = self._fulltext, None
        if fulltext is not None:
            with suppress(StoreError):
                fulltext.close()


def _numbered(changed: Sequence[FileChange], first: int) -> list[range]:
    ranges = []
    for change in changed:
        ranges.append(range(first, first + len(change.parsed.chunks)))
        first = ranges[-1].stop
    return ranges


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _difference(stored: Callable[[], "array[int]"], expected: "array[int]") -> str:
    """Return how the ids in a store differ from those it should hold, "" when they do not."""
    try:
        return "" if stored() == expected else "it holds other chunks than the relations"
    except IndexCorrupt as error:
        return str(error)
