"""Which of very many vectors could be among the nearest, without a look at each of them whole?

Each vector is turned so that its first numbers hold most of how the vectors differ (principal components; Hotelling,
J. Educ. Psychol. 1933), and of these 128 are kept, in a byte each. A look at the sketches touches an eighth of the
memory; the few thousand that are nearest in it are then compared whole. benchmarks/scaling.py prints how many of the
true nearest that finds.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Fewer find less of the nearest, more touch more memory: compare "nearest found" of benchmarks/scaling.py.
_KEPT = 128
# Candidates that are compared whole; likewise.
CANDIDATES = 2_048
# The largest number of a byte.
_MOST = 127
# Vectors that the turn is made from: more change it little, and each is a page of the disk.
SAMPLE_ROWS = 8_192
# Rows turned into numbers of four bytes at a time: what stays in the processor's cache is compared three times as fast.
_BLOCK_ROWS = 2_048
_PART_ROWS = 16_384


class Sketch:
    """The sketches of the first ``rows`` vectors of a file. Never changed, so any thread may look."""

    def __init__(
        self, turn: "NDArray[np.float32]", step: "NDArray[np.float32]", parts: "Sequence[NDArray[np.int8]]"
    ) -> None:
        """Name the turn (dimensions, kept), what one of a byte stands for in each number kept, and the sketches."""
        self._turn = turn
        self._step = step
        self._parts = tuple(parts)
        self.rows = sum(map(len, self._parts))

    @classmethod
    def of(cls, sample: "NDArray[np.float32]") -> "Sketch":
        """Return the sketch of no vector yet, turned as suits those of a sample; they are of length 1."""
        import numpy as np  # noqa: PLC0415  slow to import, and readers of relations do without

        # Turned into longer numbers after the product, not before: the sample is what takes memory.
        _, turn = np.linalg.eigh((sample.T @ sample).astype(np.float64))
        turn = np.ascontiguousarray(turn[:, ::-1][:, :_KEPT], np.float32)
        step = np.abs(sample @ turn).max(axis=0, initial=1e-6) / _MOST
        return cls(turn, step.astype(np.float32), ())

    def extended(self, vectors: "NDArray[np.float32]") -> "Sketch":
        """Return the sketch of these vectors, too."""
        import numpy as np  # noqa: PLC0415

        # In place, as a block of vectors is megabytes.
        numbers = vectors @ self._turn
        numbers /= self._step
        np.rint(numbers, out=numbers)
        np.clip(numbers, -_MOST, _MOST, out=numbers)
        parts = [*self._parts, numbers.astype(np.int8)]
        # What an edit adds is little, and many little parts would be slow.
        if len(parts) > 1 and len(parts[-2]) < _PART_ROWS:
            parts[-2:] = [np.concatenate(parts[-2:])]
        return Sketch(self._turn, self._step, parts)

    def likely(
        self, query: "NDArray[np.float32]", count: int, wanted: "NDArray[np.bool_] | None"
    ) -> "NDArray[np.intp]":
        """Return the ``count`` rows that may be nearest to a query, ascending; only ``wanted`` ones where given."""
        import numpy as np  # noqa: PLC0415

        asked = ((query @ self._turn) * self._step).astype(np.float32)
        near = np.empty(self.rows, np.float32)
        block = np.empty((_BLOCK_ROWS, len(asked)), np.float32)
        at = 0
        for part in self._parts:
            for first in range(0, len(part), _BLOCK_ROWS):
                bytes_ = part[first : first + _BLOCK_ROWS]
                numbers = block[: len(bytes_)]
                np.copyto(numbers, bytes_)
                np.einsum("ij,j->i", numbers, asked, out=near[at : at + len(bytes_)])
                at += len(bytes_)
        chosen = np.arange(self.rows) if wanted is None else np.flatnonzero(wanted)
        if len(chosen) > count:
            chosen = chosen[np.argpartition(near[chosen], len(chosen) - count)[len(chosen) - count :]]
        return np.sort(chosen)
