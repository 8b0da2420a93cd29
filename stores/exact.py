"""Which vectors are nearest, exactly?

Two flat files that only grow: the unit vectors of all chunks, and one record for each of them. Readers map them and
compare the query with every vector; a generation names how many rows belong to it. For some ten thousand vectors
that is faster than any index, needs no building, and the kernel shares the pages between all readers. Of more vectors
a sketch tells first which are worth comparing (``sketch.py``).
"""

import mmap
import os
import weakref
import zlib
from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from stores.errors import IndexCorrupt, StoreError
from stores.sketch import CANDIDATES, SAMPLE_ROWS, Sketch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VECTORS = "vectors.f32"
_RECORDS = "records"

# id, file id, kinds as bits, checksum of the row
_RECORD_BYTES = 8 + 8 + 8 + 4

# Rows compared at a time: 16 MB of vectors with 256 numbers.
_BLOCK_ROWS = 16_384

# Vectors of more bytes than these are given back to the kernel after each look, because the memory of a reader must not
# grow with them; and since to map them again takes four times as long as to compare them, they are sketched.
_RESIDENT_BYTES = 64 << 20

# Float32 products of equal vectors differ in the last bits, depending on how the rows are cut into blocks.
_DECIMALS = 6

_KIND_BITS = 64

_CUT = "the mapped vectors are shorter than what was published"


@dataclass(frozen=True, slots=True)
class VectorRow:
    """One chunk's vector with what searches filter by."""

    id: int
    generation: int
    file_id: int
    kinds: str
    vector: "NDArray[np.float32]"


class ExactWriter:
    """The one writer of the files; rows are seen by those who are told that there are so many."""

    def __init__(self, folder: Path, dimensions: int, rows: int) -> None:
        """Open the files at ``rows`` published rows, dropping what was written after them; with 0 make them.

        Raises:
            IndexCorrupt: The files hold fewer rows than were published.
            StoreError: They cannot be written.
        """
        self._folder = folder
        self._width = 4 * dimensions
        self.rows = rows
        self._files: list[IO[bytes]] = []
        with _usable():
            folder.mkdir(parents=True, exist_ok=True)
            for name, width in self._parts():
                path = folder / name
                if rows and not (path.is_file() and path.stat().st_size >= rows * width):
                    self.close()
                    raise IndexCorrupt(_CUT)
                file = path.open("r+b" if path.exists() else "w+b")
                self._files.append(file)
                file.truncate(rows * width)
                file.seek(rows * width)

    def _parts(self) -> tuple[tuple[str, int], tuple[str, int]]:
        return (_VECTORS, self._width), (_RECORDS, _RECORD_BYTES)

    def append(self, rows: Sequence[VectorRow]) -> None:
        """Write rows after the others; ids only ascend, and no vector is zero."""
        vectors, records = self._files
        with _usable():
            for row in rows:
                unit = _unit(row.vector).astype("<f4", copy=False).tobytes()
                head = _integers(row.id, row.file_id) + _mask(row.kinds.split()).to_bytes(8, "little")
                vectors.write(unit)
                records.write(head + _checksum(head, unit))
        self.rows += len(rows)

    def sync(self) -> None:
        """Flush both files, and the folder that names them."""
        with _usable():
            for file in self._files:
                file.flush()
                os.fsync(file.fileno())
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def close(self) -> None:
        """Close the files; what was not synced may be lost."""
        for file in self._files:
            try:
                file.close()
            except OSError:
                continue  # a full disk: the rows were never published
        self._files = []


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader has found out about the first ``rows`` rows: that they are sound, and their sketch, if any."""

    rows: int = 0
    sketch: Sketch | None = None


class ExactVectors:
    """The published rows as one generation's readers share them. Any thread may search."""

    def __init__(
        self, folder: Path, dimensions: int, rows: int, *, known: Known | None = None, flat: bool = False
    ) -> None:
        """Map the first ``rows`` rows and check them against their checksums, but for those that are ``known``.

        With ``flat`` every search compares every row, however many there are.

        Raises:
            IndexCorrupt: The files are gone, too short, or contradict their checksums.
        """
        import numpy as np  # noqa: PLC0415  slow to import, and readers of relations do without

        self.rows = rows
        self._width = 4 * dimensions
        self._mapping = _mapped(folder / _VECTORS, rows * self._width)
        records = _mapped(folder / _RECORDS, rows * _RECORD_BYTES)
        self._file = _opened(folder / _VECTORS)
        weakref.finalize(self, os.close, self._file)
        self.ids: NDArray[np.int64]
        self._file_ids: NDArray[np.int64]
        if rows:
            self._matrix = np.frombuffer(self._mapping, "<f4", rows * dimensions).reshape(rows, dimensions)
            columns = np.frombuffer(records, _record_type(np), rows)
            # Copies: the columns are read at every search, and a page of records holds a hundred.
            self.ids = columns["id"].copy()
            self._file_ids = columns["file_id"].copy()
            self._kinds = columns["kinds"].copy()
        else:
            self._matrix = np.zeros((0, dimensions), np.float32)
            self.ids = self._file_ids = np.zeros(0, np.int64)
            self._kinds = np.zeros(0, np.uint64)
        known = known if known is not None and known.rows <= rows else Known()
        sketch = None
        if rows * self._width > _RESIDENT_BYTES and not flat:
            sketch = known.sketch or Sketch.of(self.sample(SAMPLE_ROWS))
        for first, last in self._blocks(min(known.rows, sketch.rows) if sketch else known.rows):
            self._check(records, max(first, known.rows), last)
            if sketch:
                sketch = sketch.extended(self._matrix[max(first, sketch.rows) : last])
        self.known = Known(rows, sketch)
        """What the reader of the next generation need not find out again."""

    def _check(self, records: Any, first: int, last: int) -> None:
        for row in range(first, last):
            record = records[row * _RECORD_BYTES : (row + 1) * _RECORD_BYTES]
            unit = self._mapping[row * self._width : (row + 1) * self._width]
            if record[-4:] != _checksum(record[:-4], unit):
                raise IndexCorrupt("a row of the mapped vectors is damaged")

    def search(
        self,
        vector: "NDArray[np.float32]",
        limit: int,
        file_ids: Collection[int] | None = None,
        kinds: Collection[str] | None = None,
        *,
        after_id: int = 0,
    ) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the nearest ``limit`` chunks, nearest first, equal ones by id.

        Where there is a sketch, some of the last of them may be missing for others that are nearly as near.

        Args:
            vector: The query, of as many dimensions as the rows; a vector of zeros is near nothing.
            limit: Most hits wanted.
            file_ids: Only chunks of these files, or None for all.
            kinds: Only chunks that may be of these kinds, or None for all. Two kinds can share a bit, so the caller
                looks at the kinds of what it gets.
            after_id: Only chunks with greater ids.

        Raises:
            IndexCorrupt: The file was cut.
        """
        import numpy as np  # noqa: PLC0415

        start = int(np.searchsorted(self.ids, after_id, side="right"))
        if limit <= 0 or start == self.rows or not vector.any():
            return []
        # To touch a mapped page that the file has lost is fatal; someone may have cut it since it was mapped.
        if self._mapping.size() < self.rows * self._width:
            raise IndexCorrupt(_CUT)
        wanted = self._filter(start, file_ids, kinds) if start or file_ids is not None or kinds is not None else None
        sketch = self.known.sketch
        if sketch is None:
            chosen, near = self._compared(_unit(vector), start, wanted)
        else:
            chosen = sketch.likely(_unit(vector), max(limit, CANDIDATES), wanted)
            near = np.einsum("ij,j->i", self._read(chosen.tolist()), _unit(vector))
        rounded = np.round(near, _DECIMALS)
        if len(chosen) > limit:
            least = np.partition(rounded, len(chosen) - limit)[len(chosen) - limit]
            chosen, rounded = chosen[rounded >= least], rounded[rounded >= least]
        hits = zip(self.ids[chosen].tolist(), rounded.tolist(), strict=True)
        found = [(chunk_id, round(similarity, _DECIMALS)) for chunk_id, similarity in hits]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def _compared(
        self, query: "NDArray[np.float32]", start: int, wanted: "NDArray[np.bool_] | None"
    ) -> "tuple[NDArray[np.intp], NDArray[np.float32]]":
        """Return the numbers of the wanted rows, all from ``start`` on if None, and how near each is."""
        import numpy as np  # noqa: PLC0415

        near = np.empty(self.rows, np.float32)
        for first, last in self._blocks(start):
            # Not matmul: a product of a matrix and one vector waits for memory, and OpenBLAS took twice as long.
            np.einsum("ij,j->i", self._matrix[first:last], query, out=near[first:last])
        chosen = np.arange(self.rows) if wanted is None else np.flatnonzero(wanted)
        return chosen, near[chosen]

    def _read(self, rows: Sequence[int]) -> "NDArray[np.float32]":
        """Return some rows, read rather than mapped: to map a page takes as long as to read many rows."""
        import numpy as np  # noqa: PLC0415

        if not hasattr(os, "preadv"):
            return self._matrix[rows]
        found = bytearray(len(rows) * self._width)
        places = memoryview(found)
        try:
            for at, row in enumerate(rows):
                place = places[at * self._width : (at + 1) * self._width]
                if os.preadv(self._file, [place], row * self._width) < self._width:
                    raise IndexCorrupt(_CUT)
        except OSError as error:
            raise IndexCorrupt(f"the mapped vectors cannot be read: {error}") from error
        return np.frombuffer(found, "<f4").reshape(len(rows), self._width // 4)

    def _filter(
        self, start: int, file_ids: Collection[int] | None, kinds: Collection[str] | None
    ) -> "NDArray[np.bool_]":
        """Return for each row whether it is one from ``start`` on of these files and kinds."""
        import numpy as np  # noqa: PLC0415

        wanted = np.arange(self.rows) >= start
        if file_ids is not None:
            wanted &= np.isin(self._file_ids, np.fromiter(file_ids, np.int64, len(file_ids)))
        if kinds is not None:
            wanted &= (self._kinds & np.uint64(_mask(kinds))) != 0
        return wanted

    def sample(self, count: int) -> "NDArray[np.float32]":
        """Return the vectors of ``count`` chunks, evenly spread over the rows; fewer when there are fewer."""
        return self._matrix[:: max(1, self.rows // count)][:count].copy()

    def digest(self) -> dict[int, int]:
        """Return the checksum of each row's vector by chunk id."""
        return {
            int(chunk_id): zlib.crc32(self._mapping[row * self._width : (row + 1) * self._width])
            for row, chunk_id in enumerate(self.ids)
        }

    def _blocks(self, start: int) -> Iterator[tuple[int, int]]:
        """Yield portions of the rows; of a long file their pages go back to the kernel after each."""
        spare = self.rows * self._width > _RESIDENT_BYTES
        for first in range(start, self.rows, _BLOCK_ROWS):
            last = min(first + _BLOCK_ROWS, self.rows)
            yield first, last
            if spare and hasattr(mmap, "MADV_DONTNEED"):
                begin = first * self._width // mmap.PAGESIZE * mmap.PAGESIZE
                self._mapping.madvise(mmap.MADV_DONTNEED, begin, last * self._width - begin)


def unit_checksum(vector: "NDArray[np.float32]") -> int:
    """Return the checksum of a vector's direction: what ``ExactVectors.digest`` holds for it."""
    return vector_checksum(_unit(vector))


def vector_checksum(vector: "NDArray[np.float32]") -> int:
    """Return the checksum of a vector as it is."""
    return zlib.crc32(vector.astype("<f4").tobytes())


def sorted_ids(vectors: ExactVectors) -> "array[int]":
    """Return the ids of all rows, ascending."""
    found = array("q")
    found.frombytes(vectors.ids.astype("<i8").tobytes())
    return array("q", sorted(found))


def _unit(vector: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np  # noqa: PLC0415

    length = float(np.linalg.norm(vector.astype(np.float64)))
    return (vector / length).astype(np.float32) if length else vector.astype(np.float32)


def _integers(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(8, "little", signed=True) for number in numbers)


def _mask(kinds: Collection[str]) -> int:
    mask = 0
    for kind in kinds:
        mask |= 1 << (zlib.crc32(kind.encode()) % _KIND_BITS)
    return mask


def _checksum(head: bytes, unit: bytes) -> bytes:
    return zlib.crc32(unit, zlib.crc32(head)).to_bytes(4, "little")


def _record_type(np: Any) -> Any:
    return np.dtype([("id", "<i8"), ("file_id", "<i8"), ("kinds", "<u8"), ("crc", "<u4")])


def _mapped(path: Path, size: int) -> Any:
    """Map the first ``size`` bytes of a file; b"" when there are none to map."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < size:
                raise IndexCorrupt(_CUT)
            return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""
    except OSError as error:
        raise IndexCorrupt(f"the mapped vectors cannot be read: {error}") from error


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY)
    except OSError as error:
        raise IndexCorrupt(f"the mapped vectors cannot be read: {error}") from error


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the mapped vectors cannot be written: {error}", "check the disk and its permissions"
        ) from error
