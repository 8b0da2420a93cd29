"""What lies near this meaning?

A LanceDB table with one vector per chunk and the only module that knows LanceDB, which it imports when a table
is first opened: that takes two seconds and 100 MB. Lance does not flush what it writes to a local disk, so this
module does. Vectors of length zero have no direction and are not stored.
"""

import os
import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stores.errors import IndexCorrupt, translated
from stores.exact import VectorRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TABLE = "chunks"

_VECTOR = "vector"
_INDEX = "nearest"

# Ids named in one predicate; Lance parses 5,000 of them in a few milliseconds.
_PREDICATE_IDS = 5_000

# Candidates of the approximate index whose true distance is computed, as a multiple of the limit.
_REFINE = 5

_DECIMALS = 6

# A reader that holds an older version has this long to finish with it.
KEEP_VERSIONS_S = 600

# Above this many versions or data files a search reads more file headers than vectors.
_WORTH_COMPACTING = 24

_LAST_VERSION = 2**64 - 1


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

    def add(self, portions: Iterable[Sequence[VectorRow]]) -> None:
        """Add rows as one version and one file, however many; the ids must not be there yet, no vector zero.

        Portions are asked for as LanceDB writes them, so that a few are in memory at a time. What asking for one
        raises, is raised here; then nothing was added.
        """
        rest = iter(portions)
        first = next(rest, None)
        if first is None:
            return
        stopped: list[Exception] = []
        with translated("the vectors"):
            import pyarrow as pa  # noqa: PLC0415  slow to import, and only writers need it

            schema = _schema(len(first[0].vector))
            batches = _batches(chain([first], rest), schema, stopped)
            try:
                self._table.add(pa.RecordBatchReader.from_batches(schema, batches))
            except Exception:
                # LanceDB asks through C and makes of any error one of its own.
                if stopped:
                    raise stopped[0] from None
                raise

    def delete(self, ids: Sequence[int]) -> None:
        """Delete rows; an unknown id is nothing to do."""
        with translated("the vectors"):
            for start in range(0, len(ids), _PREDICATE_IDS):
                self._table.delete(f"id in ({_integers(ids[start : start + _PREDICATE_IDS])})")

    def build_index(self) -> None:
        """Make an approximate index of all rows: inverted lists of scalar-quantised vectors (LanceDB's IVF_SQ)."""
        with translated("the vectors"):
            from lancedb.index import IvfSq  # noqa: PLC0415  as slow as LanceDB itself

            lists = max(1, round(self._table.count_rows() ** 0.5))
            config = IvfSq(distance_type="cosine", num_partitions=lists)
            self._table.create_index(_VECTOR, config=config, name=_INDEX, replace=True)

    def drop_index(self) -> None:
        """Remove the approximate index."""
        with translated("the vectors"):
            self._table.drop_index(_INDEX)

    def nearest(self, vector: "NDArray[np.float32]", limit: int, probes: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of about the nearest ``limit`` chunks of the approximate index.

        Args:
            vector: The query, of the table's dimensions, not zero.
            limit: Most hits wanted.
            probes: Lists of the index that are read.

        Raises:
            IndexCorrupt: The table is damaged.
        """
        with translated("the vectors"):
            query = self._table.search(vector, vector_column_name=_VECTOR).distance_type("cosine")
            query = query.nprobes(probes).refine_factor(_REFINE).fast_search()
            columns = query.select(["id", "_distance"]).limit(limit).to_arrow().to_pydict()
        hits = zip(columns["id"], columns["_distance"], strict=True)
        return sorted(((i, round(1.0 - d, _DECIMALS)) for i, d in hits), key=lambda hit: (-hit[1], hit[0]))

    def digest(self) -> dict[int, int]:
        """Return the checksum of each row's vector by chunk id."""
        with translated("the vectors"):
            found: dict[int, int] = {}
            for batch in self._table.search().select(["id", _VECTOR]).to_batches():
                width = batch.column(_VECTOR).type.list_size
                flat = batch.column(_VECTOR).flatten().to_numpy().astype("<f4").reshape(-1, width)
                pairs = zip(batch.column("id").to_pylist(), flat, strict=True)
                found.update((chunk_id, zlib.crc32(vector.tobytes())) for chunk_id, vector in pairs)
            return found

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


def _batches(portions: Iterable[Sequence[VectorRow]], schema: Any, stopped: list[Exception]) -> Iterator[Any]:
    """Yield portions as LanceDB takes them; an error on the way is noted in ``stopped`` and ends them."""
    import numpy as np  # noqa: PLC0415  slow to import, and only writers and searches need it
    import pyarrow as pa  # noqa: PLC0415

    try:
        for rows in portions:
            flat = np.concatenate([row.vector for row in rows]).astype(np.float32)
            vectors = pa.FixedSizeListArray.from_arrays(pa.array(flat), len(flat) // len(rows))
            columns = [[getattr(row, name) for row in rows] for name in ("id", "generation", "file_id", "kinds")]
            yield pa.record_batch([*map(pa.array, columns), vectors], schema=schema)
    except Exception as error:
        stopped.append(error)
        raise


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
    vector = pa.field(_VECTOR, pa.list_(pa.float32(), dimensions))
    return pa.schema([*integers, pa.field("kinds", pa.string()), vector])


def _integers(numbers: Collection[int]) -> str:
    return ",".join(str(int(number)) for number in sorted(numbers))
