"""What lies near this meaning?

A LanceDB table with one vector per chunk and the only module that knows LanceDB, which it imports when a table
is first opened: that takes two seconds and 100 MB. Lance does not flush what it writes to a local disk, so this
module does. Vectors of length zero have no direction and are not stored.
"""

import os
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stores.errors import IndexCorrupt, translated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TABLE = "chunks"

# Ids named in one predicate; Lance parses 5,000 of them in a few milliseconds.
PREDICATE_IDS = 5_000

# Rows fetched at first when hits must be filtered here, as a multiple of the limit.
_OVERFETCH = 8

# Hits with equal distances at the end of a list are fetched until the list is certain, or this many times the limit.
_TIE_GROWTH = 16

# Float32 distances of equal vectors differ in the last bits, depending on how a fragment is cut into blocks.
_DECIMALS = 6

# A reader that holds an older version has this long to finish with it.
KEEP_VERSIONS_S = 600

# Above this many versions or data files a flat search reads more file headers than vectors.
_WORTH_COMPACTING = 24

_LAST_VERSION = 2**64 - 1


@dataclass(frozen=True, slots=True)
class VectorRow:
    """One chunk's vector with what searches filter by."""

    id: int
    generation: int
    file_id: int
    kinds: str
    vector: "NDArray[np.float32]"


class VectorTable:
    """A table of vectors at one version. A writer's table moves on with each change, a reader's stays."""

    def __init__(self, folder: Path, table: Any) -> None:
        self._folder = folder
        self._table = table
        self._durable: set[str] = set()

    @classmethod
    def create(cls, folder: Path, dimensions: int) -> "VectorTable":
        """Create an empty table for vectors of ``dimensions`` numbers in a folder that is not there yet."""
        with translated("the vectors"):
            import lancedb  # noqa: PLC0415  two seconds, only for those who need vectors

            return cls(folder, lancedb.connect(folder).create_table(_TABLE, schema=_schema(dimensions)))

    @classmethod
    def open(cls, folder: Path, version: int, *, writable: bool = False) -> "VectorTable":
        """Open the table at a version; to be writable, it must be the newest.

        Raises:
            IndexCorrupt: There is no such table or version, or it is damaged.
        """
        if not folder.is_dir():
            raise IndexCorrupt("the vectors are gone")  # LanceDB would make the folder
        with translated("the vectors"):
            import lancedb  # noqa: PLC0415  two seconds, only for those who need vectors

            table = lancedb.connect(folder).open_table(_TABLE)
            if table.version != version and writable:
                raise IndexCorrupt(f"the vectors are at version {table.version}, {version} was published")
            if table.version != version:
                table.checkout(version)
            return cls(folder, table)

    @property
    def version(self) -> int:
        """The version of the table that is read; each change makes a new one."""
        with translated("the vectors"):
            return int(self._table.version)

    def ids(self) -> "array[int]":
        """Return the ids of all rows, ascending."""
        with translated("the vectors"):
            found = array("q")
            for batch in self._table.search().select(["id"]).to_batches():
                found.frombytes(batch.column("id").to_numpy().astype("<i8").tobytes())
            return array("q", sorted(found))

    def add(self, rows: Sequence[VectorRow]) -> None:
        """Add rows; their ids must not be there yet, their vectors not zero."""
        if not rows:
            return
        with translated("the vectors"):
            import numpy as np  # noqa: PLC0415  slow to import, and only writers and searches need it
            import pyarrow as pa  # noqa: PLC0415

            flat = np.concatenate([row.vector for row in rows]).astype(np.float32)
            vectors = pa.FixedSizeListArray.from_arrays(pa.array(flat), len(flat) // len(rows))
            columns = [[getattr(row, name) for row in rows] for name in ("id", "generation", "file_id", "kinds")]
            self._table.add(pa.table([*map(pa.array, columns), vectors], schema=_schema(len(flat) // len(rows))))

    def delete(self, ids: Sequence[int]) -> None:
        """Delete rows; an unknown id is nothing to do."""
        with translated("the vectors"):
            for start in range(0, len(ids), PREDICATE_IDS):
                self._table.delete(f"id in ({_integers(ids[start : start + PREDICATE_IDS])})")

    def search(
        self,
        vector: "NDArray[np.float32]",
        limit: int,
        file_ids: Collection[int] | None = None,
        kinds: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the nearest ``limit`` chunks, nearest first, equal ones by id.

        Args:
            vector: The query, of the table's dimensions; a vector of zeros is near nothing.
            limit: Most hits wanted; as many come back as exist.
            file_ids: Only chunks of these files, or None for all.
            kinds: Only chunks of these kinds, or None for all.

        Raises:
            IndexCorrupt: The table is damaged.
        """
        empty = (file_ids is not None and not file_ids) or (kinds is not None and not kinds)
        if limit <= 0 or empty or not vector.any():
            return []
        chosen = frozenset(file_ids) if file_ids is not None and len(file_ids) > PREDICATE_IDS else None
        predicates = []
        if file_ids is not None and chosen is None:
            predicates.append(f"file_id in ({_integers(file_ids)})")
        if kinds is not None:
            predicates.append(_any_word("kinds", kinds))
        with translated("the vectors"):
            return self._nearest(vector, limit, " and ".join(predicates), chosen)

    def _nearest(
        self, vector: "NDArray[np.float32]", limit: int, predicate: str, chosen: frozenset[int] | None
    ) -> list[tuple[int, float]]:
        fetch = limit * _OVERFETCH if chosen is not None else limit + 1
        while True:
            query = self._table.search(vector, vector_column_name="vector").distance_type("cosine")
            if predicate:
                query = query.where(predicate, prefilter=True)
            columns = query.select(["id", "file_id", "_distance"]).limit(fetch).to_arrow().to_pydict()
            hits = [
                (chunk_id, round(1.0 - distance, _DECIMALS))
                for chunk_id, file_id, distance in zip(
                    columns["id"], columns["file_id"], columns["_distance"], strict=True
                )
                if distance is not None and distance == distance and (chosen is None or file_id in chosen)
            ]
            exhausted = len(columns["id"]) < fetch
            certain = len(hits) > limit and hits[-1][1] < hits[limit - 1][1]
            tied = len(hits) > limit and fetch >= limit * _TIE_GROWTH
            if exhausted or certain or tied:
                return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:limit]
            fetch *= 4

    def sync(self) -> None:
        """Flush every file that was written since the last call, and the folders that name them.

        The first call flushes all files: those of a killed writer may never have reached the disk.
        """
        with translated("the vectors"):
            for folder, _, names in os.walk(self._folder):
                paths = [os.path.join(folder, name) for name in names]  # noqa: PTH118  walked by the thousand
                fresh = [path for path in paths if path not in self._durable]
                for path in fresh:
                    _flush(path)
                if fresh or folder not in self._durable:
                    _flush(folder)
                self._durable.update(fresh, [folder])

    def worth_compacting(self) -> bool:
        """Whether small pieces have piled up."""
        return any(sum(1 for _ in self._part(name).glob("*")) > _WORTH_COMPACTING for name in ("data", "_versions"))

    def compact(self) -> None:
        """Merge small pieces into a new version; nothing that an earlier version needs is removed."""
        with translated("the vectors"):
            self._table.optimize(cleanup_older_than=timedelta(days=36_500))

    def clean(self, older_than_s: float = KEEP_VERSIONS_S) -> None:
        """Remove versions older than so many seconds, and files that belong to none."""
        with translated("the vectors"):
            self._table.optimize(cleanup_older_than=timedelta(seconds=older_than_s), delete_unverified=True)

    def _part(self, name: str) -> Path:
        return self._folder / f"{_TABLE}.lance" / name


def drop_unpublished(folder: Path, published: int) -> int:
    """Remove the manifests newer than version ``published`` from a table that nobody writes; return how many.

    No answer was ever given from them, and after a power cut they can name data that is not there.
    """
    versions = folder / f"{_TABLE}.lance" / "_versions"
    newer = [path for path in versions.glob("*.manifest") if _version_of(path) > published]
    for path in newer:
        path.unlink()
    if newer:
        # The hint may name a version that has just gone.
        (versions / "latest_version_hint.json").unlink(missing_ok=True)
        _flush(versions)
    return len(newer)


def _version_of(manifest: Path) -> int:
    number = manifest.name.split(".")[0]
    # Lance counts file names down, so that the newest is listed first.
    return _LAST_VERSION - int(number) if number.isdigit() else _LAST_VERSION


def _flush(path: str | Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _schema(dimensions: int) -> Any:
    import pyarrow as pa  # noqa: PLC0415  slow to import

    integers = [pa.field(name, pa.int64()) for name in ("id", "generation", "file_id")]
    vector = pa.field("vector", pa.list_(pa.float32(), dimensions))
    return pa.schema([*integers, pa.field("kinds", pa.string()), vector])


def _integers(numbers: Collection[int]) -> str:
    return ",".join(str(int(number)) for number in sorted(numbers))


def _any_word(column: str, words: Collection[str]) -> str:
    """Return a predicate: ``column``, words with spaces between, holds any of ``words``."""
    quoted = ("' " + word.replace("'", "''") + " '" for word in sorted(words))
    return "(" + " or ".join(f"contains(concat(' ', {column}, ' '), {word})" for word in quoted) + ")"
