"""What do the derived stores hold of a chunk?

The rows of the text index and of the vectors, made from a file as it is written, or from the relations when a
store is rebuilt: the same rows both ways.
"""

import os
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stores.errors import IndexCorrupt
from stores.exact import VectorRow
from stores.facts import MODULE, ParsedFile, display_path
from stores.fulltext import Document
from stores.relations import Relations, State, bytes_text, chunk_crc, text_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Vectors handed to a derived store at once: 4,096 of 256 numbers are 4 MB.
_PORTION_ROWS = 4_096


def documents(parsed: ParsedFile, ids: Sequence[int], file_id: int, generation: int) -> Iterator[Document]:
    """Yield what the text index gets of each chunk of a file."""
    text = text_bytes(parsed.text)
    path = display_path(parsed.path)
    for chunk_id, chunk in zip(ids, parsed.chunks, strict=True):
        name = "" if chunk.symbol == MODULE else parsed.facts.symbols[chunk.symbol].name
        body = bytes_text(text[chunk.byte_start : chunk.byte_end])
        yield Document(chunk_id, generation, file_id, chunk.kinds, name, path, body)


STORED_CHUNKS = """SELECT c.id, c.file_id, c.symbol_id, c.kinds, c.line_start, c.line_end, c.byte_start, c.byte_end,
    c.tokens, c.embed_hash, c.generation, c.crc, s.name
    FROM chunks c LEFT JOIN symbols s ON s.id = c.symbol_id WHERE c.file_id = ? ORDER BY c.id"""
STORED_TEXTS = "SELECT f.id, f.path, t.text FROM files f LEFT JOIN contents t USING (content_hash) ORDER BY f.id"


def stored_documents(relations: Relations) -> Iterator[Document]:
    """Yield every chunk as ``documents`` gave it when it was written; a damaged row is ``IndexCorrupt``."""
    for file_id, path, packed in relations.rows(STORED_TEXTS):
        text = unpacked(packed)
        printable = display_path(os.fsdecode(path))
        for row in relations.rows(STORED_CHUNKS, file_id):
            body = text[row[6] : row[7]]
            if chunk_crc(row[:11], body) != row[11]:
                raise IndexCorrupt(f"a row of {printable} is damaged")
            yield Document(row[0], row[10], file_id, row[3], row[12] or "", printable, bytes_text(body))


def unpacked(packed: bytes | None) -> bytes:
    """Return the text of a row of ``contents``; None, that there is no such row, is a damage too."""
    if packed is None:
        raise IndexCorrupt("a stored text is gone")
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise IndexCorrupt(f"a stored text is damaged: {error}") from error


def full_vector(half: bytes, dimensions: int) -> "NDArray[np.float32]":
    """Return a stored vector as numbers; nothing is stored of one of zeros."""
    import numpy as np  # noqa: PLC0415  slow to import, and readers of relations do without

    return np.frombuffer(half, "<f2").astype(np.float32) if half else np.zeros(dimensions, np.float32)


def packed_vector(half: "NDArray[np.float16]") -> bytes:
    """Return what is stored of a vector from ``rounded``."""
    return half.tobytes() if half.any() else b""


def rounded(vectors: "Mapping[bytes, NDArray[np.floating]]", dimensions: int) -> "dict[bytes, NDArray[np.float16]]":
    """Return the vectors in the precision in which they are stored.

    Raises:
        ValueError: A vector is not finite, or not of so many dimensions.
    """
    import numpy as np  # noqa: PLC0415  slow to import, and readers of relations do without

    if any(np.shape(vector) != (dimensions,) for vector in vectors.values()):
        raise ValueError(f"a vector is not of {dimensions} dimensions")
    if not vectors:
        return {}
    # All at once: what numpy does for each call takes longer than one vector.
    halves = np.stack(list(vectors.values())).astype("<f2")
    if not np.isfinite(halves).all():
        raise ValueError("a vector is not finite")
    return dict(zip(vectors, halves, strict=True))


VECTOR_ROWS = """SELECT c.id, c.generation, c.file_id, c.kinds, v.vector FROM chunks c
    JOIN vectors v ON v.embed_hash = c.embed_hash AND v.model = ?
    WHERE c.generation > ? AND length(v.vector) > 0 ORDER BY c.id"""


def stored_vectors(relations: Relations, state: State, after: int = 0) -> Iterator[list[VectorRow]]:
    """Yield the vectors of all chunks of generations later than ``after``, some thousand at a time, by ascending id."""
    rows: list[VectorRow] = []
    for chunk_id, generation, file_id, kinds, vector in relations.rows(VECTOR_ROWS, state.model, after):
        rows.append(VectorRow(chunk_id, generation, file_id, kinds, full_vector(vector, state.dimensions)))
        if len(rows) == _PORTION_ROWS:
            yield rows
            rows = []
    if rows:
        yield rows


LIVE = "SELECT id FROM chunks ORDER BY id"


def fulltext_ids(relations: Relations) -> "array[int]":
    """Return the ids of the chunks that belong in the text index, ascending."""
    return array("q", (row[0] for row in relations.rows(LIVE)))


LIVE_VECTORS = """SELECT c.id FROM chunks c JOIN vectors v ON v.embed_hash = c.embed_hash AND v.model = ?
    WHERE length(v.vector) > 0 ORDER BY c.id"""


def vector_ids(relations: Relations, model: str) -> "array[int]":
    """Return the ids of the chunks that belong among the vectors, ascending: those whose vector is not zero."""
    return array("q", (row[0] for row in relations.rows(LIVE_VECTORS, model)))
