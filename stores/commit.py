"""How do three stores change as one?

Derived first, SQLite publishes, tombs later: the text index and the mapped vectors get a generation's rows before the
relations publish it, and lose the replaced rows later. The LanceDB table follows: it is brought to a published
generation when there is time. ``docs/commit-protocol.md`` gives the rules and says why each moment is safe to die in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from stores.derived import documents, full_vector, packed_vector, rounded, stored_vectors, vector_ids
from stores.errors import IndexCorrupt
from stores.exact import ExactVectors, VectorRow
from stores.facts import ParsedFile, Skip
from stores.opening import EXACT, VECTORS, Identity, OpenStores, reach, store_path
from stores.relations import Relations, State
from stores.seals import seal_facts, vector_crc
from stores.vectors import VectorTable
from stores.witness import note_published

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Vectors of texts that are no longer there are kept, as a branch may bring them back: as many as are in use, and these.
_SPARE_VECTORS = 10_000

# Rows of replaced chunks that stay among the mapped vectors: as many as are in use, and these. Each costs a comparison
# a query, and to write all anew costs as much as many queries.
_SPARE_ROWS = 1_024

# From so many rows on the look at all sketches (sketch.py), which grows with them, is to be slower than an approximate
# index. First value, not reached by what was measured (571,000 chunks, benchmarks/scaling.py).
ANN_ROWS = 2_000_000

# Vectors asked for in one query: enough to hide what a query costs.
_VECTORS_ASKED = 500

# An approximate index is made anew when so much has been added since: what it lacks is compared one by one.
_ANN_GROWTH = 1.25

# An approximate index that finds less of the true nearest ten than this is not used.
ANN_RECALL = 0.95

# Chunks whose ten neighbours are compared to measure that.
_ANN_SAMPLE = 200

# Lists of the index that a search may read; the least that is good enough is taken.
_ANN_PROBES = (16, 32, 64, 128)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A new or changed file, with the sha256 of the text that was embedded for each of its chunks."""

    parsed: ParsedFile
    embed_hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one generation changes.

    ``touched`` holds (path, size, changed_ns) of files whose content is the same. ``vectors`` gives the vector of
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


class Stores:
    """The stores of one folder as they change; for the holder of the writer lock."""

    def __init__(self, opened: OpenStores, identity: Identity, folder: Path) -> None:
        self._open = opened
        self._identity = identity
        self._folder = folder
        self._settled = True
        self.relations = opened.relations

    @property
    def healed(self) -> list[str]:
        """What was rebuilt, dropped or started over, and why."""
        return self._open.healed

    def state(self) -> State:
        """Return the published state."""
        return self._open.state()

    # Writing

    BURN = "UPDATE state SET intent = ?, next_chunk_id = next_chunk_id + ?"

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
            self._open.recover()
        fresh = rounded(batch.vectors, self._identity.dimensions)
        vectors = self._vectors_for(batch.changed, fresh)
        state = self.state()
        generation = state.generation + 1
        file_ids = self.relations.file_ids(change.parsed.path for change in batch.changed)
        ids = _numbered(batch.changed, state.next_chunk_id)
        self._settled = False
        self.relations.execute(self.BURN, generation, sum(map(len, ids)))
        reach("after_intent")
        self._stage_fulltext(batch.changed, ids, file_ids, generation)
        reach("after_fulltext")
        rows = [
            VectorRow(chunk_id, generation, file_ids[change.parsed.path], chunk.kinds, vectors[embed_hash])
            for change, chunk_ids in zip(batch.changed, ids, strict=True)
            for chunk_id, chunk, embed_hash in zip(chunk_ids, change.parsed.chunks, change.embed_hashes, strict=True)
            if vectors[embed_hash].any()
        ]
        if rows:
            self._open.exact.append(rows)
            self._open.exact.sync()
        reach("after_exact")
        with self.relations.atomic():
            self._publish(batch, ids, file_ids, fresh, generation)
            if link is not None:
                link(self.relations)
            reach("before_publish")
        self._settled = True
        note_published(self._folder, generation)
        reach("after_publish")
        return generation

    def _stage_fulltext(
        self, changed: Sequence[FileChange], ids: Sequence[range], file_ids: Mapping[str, int], generation: int
    ) -> None:
        """Add a generation's chunks to the text index and remove those replaced before it."""
        tombs = self._open.tombs(OpenStores.SELECT_TOMBS)
        if not tombs and not any(ids):
            return
        fulltext = self._open.fulltext
        fulltext.delete(tombs)
        for change, chunk_ids in zip(changed, ids, strict=True):
            fulltext.add(documents(change.parsed, chunk_ids, file_ids[change.parsed.path], generation))
        fulltext.commit()

    INSERT_VECTOR = "INSERT INTO vectors (embed_hash, model, vector, crc) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    PUBLISH = """UPDATE state SET generation = ?, intent = NULL, complete = ?, linked = ?, files_expected = ?,
        exact_rows = ?"""

    def _publish(
        self,
        batch: Batch,
        ids: Sequence[range],
        file_ids: Mapping[str, int],
        fresh: "Mapping[bytes, NDArray[np.float16]]",
        generation: int,
    ) -> None:
        relations = self.relations
        relations.execute(OpenStores.DELETE_TOMBS)
        for path in batch.removed:
            relations.remove_file(path, generation)
        for change, chunk_ids in zip(batch.changed, ids, strict=True):
            path = change.parsed.path
            relations.replace_file(change.parsed, chunk_ids, change.embed_hashes, generation, file_ids[path])
        seal_facts(relations, file_ids.values())
        for path, size, changed_ns in batch.touched:
            relations.touch_file(path, size, changed_ns)
        if batch.skips is not None:
            relations.replace_skips(batch.skips)
        rows = ((key, self._identity.model, packed_vector(half)) for key, half in fresh.items())
        relations.execute_many(self.INSERT_VECTOR, ((*row, vector_crc(*row)) for row in rows))
        mapped = self._open.exact.rows
        relations.execute(self.PUBLISH, generation, batch.complete, batch.linked, batch.files_expected, mapped)

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

    SELECT_VECTORS = "SELECT embed_hash, vector FROM vectors WHERE model = ? AND embed_hash IN ({})"

    def cached_vectors(self, hashes: Iterable[bytes]) -> "dict[bytes, NDArray[np.float32]]":
        """Return the vectors known for ``hashes`` from the current model."""
        found = {}
        waiting = iter(hashes)
        while asked := tuple(islice(waiting, _VECTORS_ASKED)):
            sql = self.SELECT_VECTORS.format(", ".join("?" * len(asked)))
            for embed_hash, half in self.relations.rows(sql, self._identity.model, *asked):
                found[embed_hash] = full_vector(half, self._identity.dimensions)
        return found

    # Bringing the LanceDB table to the published generation

    MOVE_VECTORS = "UPDATE state SET vectors_version = ?, vectors_generation = ?"

    def settle(self, ann_rows: int = ANN_ROWS) -> bool:
        """Bring the LanceDB table to the published generation; return whether there was anything to do.

        It may be cut short at any moment and repeated: the table counts at the version that was published.

        Args:
            ann_rows: From so many rows on an approximate index is made, and kept if its recall is good.

        Raises:
            StoreError: The table cannot be written. The other stores are not touched.
        """
        if not self._settled:
            self._open.recover()
            self._settled = True
        state = self.state()
        there = store_path(self._folder, VECTORS, state.vectors_epoch).is_dir()
        try:
            tombs = self._open.tombs(OpenStores.SELECT_VECTOR_TOMBS)
            if there and state.vectors_version and state.vectors_generation == state.generation and not tombs:
                return False
            self._bring_up(tombs, ann_rows)
        except IndexCorrupt as error:
            # Damage of a file that opening the table does not look at. What a rebuild raises is for the caller.
            self._open.rebuild_vectors(str(error))
        return True

    def _bring_up(self, tombs: Sequence[int], ann_rows: int) -> None:
        table = self._open.open_vectors()
        state = self.state()
        if state.vectors_generation < state.generation or not state.vectors_version:
            self._catch_up(table, state, tombs)
            if table.ids() != vector_ids(self.relations, state.model):
                table = self._open.rebuild_vectors("it holds other chunks than the relations")
        self._index_nearest(table, ann_rows)
        self._clean(table)

    def _catch_up(self, table: VectorTable, state: State, tombs: Sequence[int]) -> None:
        table.add(stored_vectors(self.relations, state, state.vectors_generation))
        reach("settle_added")
        table.delete(tombs)
        self._publish_vectors(table, state.generation)

    def _publish_vectors(self, table: VectorTable, generation: int) -> None:
        """Flush what the table wrote, then make its version the one that counts."""
        table.sync()
        reach("settle_flushed")
        with self.relations.atomic():
            self.relations.execute(self.MOVE_VECTORS, table.version, generation)
            self.relations.execute(OpenStores.DELETE_VECTOR_TOMBS)
        reach("settle_published")

    def _clean(self, table: VectorTable) -> None:
        """Merge small pieces when many have piled up, and remove what no reader needs any more."""
        if not table.worth_compacting():
            return
        for step in (table.compact, table.clean):
            step()
            reach("compact_mid")
            # Published before anything that the version before needs is cleaned away.
            self._publish_vectors(table, self.state().generation)

    MOVE_INDEXED = "UPDATE state SET indexed_id = ?, indexed_rows = ?, indexed_probes = ?"

    def _index_nearest(self, table: VectorTable, ann_rows: int) -> None:
        """Make an approximate index when a flat look has become slow, and use it only if it finds what is there."""
        state = self.state()
        if state.exact_rows < max(ann_rows, _ANN_GROWTH * state.indexed_rows):
            return
        path = store_path(self._folder, EXACT, state.exact_epoch)
        exact = ExactVectors(path, state.dimensions, state.exact_rows, flat=True)
        table.build_index()
        reach("ann_built")
        probes = next((n for n in _ANN_PROBES if _recall(table, exact, n) >= ANN_RECALL), 0)
        if not probes:
            table.drop_index()
        self._publish_vectors(table, state.generation)
        last = int(exact.ids[-1]) if probes else 0
        self.relations.execute(self.MOVE_INDEXED, last, state.exact_rows, probes)

    # Looking after what was written

    COUNT_SPARE = """SELECT (SELECT count(*) FROM vectors), (SELECT count(DISTINCT embed_hash) FROM chunks)"""
    DELETE_SPARE = "DELETE FROM vectors WHERE model <> ? OR embed_hash NOT IN (SELECT embed_hash FROM chunks)"

    def tidy(self) -> None:
        """Forget vectors of texts that are gone, and mapped rows of replaced chunks, when they outnumber the others."""
        counts = self.relations.one(self.COUNT_SPARE)
        if counts is not None and counts[0] > 2 * counts[1] + _SPARE_VECTORS:
            self.relations.execute(self.DELETE_SPARE, self._identity.model)
        chunks = self.relations.value(OpenStores.COUNT_CHUNKS)
        if self.state().exact_rows > 2 * chunks + _SPARE_ROWS:
            self._open.rebuild_exact()


def _numbered(changed: Sequence[FileChange], first: int) -> list[range]:
    ranges = []
    for change in changed:
        ranges.append(range(first, first + len(change.parsed.chunks)))
        first = ranges[-1].stop
    return ranges


def _recall(table: VectorTable, exact: ExactVectors, probes: int) -> float:
    """Return how many of the ten nearest the approximate index finds, as a share, over a sample of the chunks."""
    found = wanted = 0
    for vector in exact.sample(_ANN_SAMPLE):
        true = {chunk_id for chunk_id, _ in exact.search(vector, 10)}
        found += len(true & {chunk_id for chunk_id, _ in table.nearest(vector, 10, probes)})
        wanted += len(true)
    return found / wanted if wanted else 0.0
