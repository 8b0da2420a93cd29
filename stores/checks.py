"""Do the stores say the same, and what was written?

Ids are compared as sets and contents by checksums, each store against the relations, and the rows of the relations
against the checksums that were made when they were written.
"""

import os
from array import array
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from stores.derived import STORED_CHUNKS, STORED_TEXTS, fulltext_ids, stored_vectors, unpacked
from stores.errors import IndexCorrupt, StoreError
from stores.exact import unit_checksum, vector_checksum
from stores.facts import display_path
from stores.relations import Relations, State, chunk_crc
from stores.seals import broken_seals, broken_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COUNT_TOMBS = "SELECT count(*) FROM tombs"
_COUNT_WRONG_TOMBS = """SELECT count(*) FROM chunks WHERE id IN (SELECT chunk_id FROM tombs)
    OR id IN (SELECT chunk_id FROM vector_tombs)"""
_COUNT_VECTOR_TOMBS = "SELECT count(*) FROM vector_tombs"


def check_relations(relations: Relations) -> list[str]:
    """Return what is wrong with the relations, in words; it reads all of them. [] when they are sound."""
    wrong = relations.check(thorough=True)
    if wrong:
        return wrong  # what SQLite cannot read has no rows to compare
    try:
        state = relations.state()
        broken = {os.fsdecode(path) for path in broken_seals(relations, linked=state is not None and state.linked)}
        wrong = [f"{display_path(path)}: checksum" for path in sorted(broken | _damaged_texts(relations))]
        counts = {
            "vectors: checksum": broken_vectors(relations),
            "chunks that are there and replaced": relations.value(_COUNT_WRONG_TOMBS),
        }
        return wrong + [f"{count} {what}" for what, count in counts.items() if count]
    except StoreError as error:
        return [str(error)]


def _damaged_texts(relations: Relations) -> set[str]:
    damaged = set()
    for file_id, path, packed in relations.rows(STORED_TEXTS):
        try:
            text = unpacked(packed)
            sound = all(
                chunk_crc(row[:11], text[row[6] : row[7]]) == row[11] for row in relations.rows(STORED_CHUNKS, file_id)
            )
        except IndexCorrupt:
            sound = False
        if not sound:
            damaged.add(os.fsdecode(path))
    return damaged


def check_fulltext(relations: Relations, stored: "Callable[[], array[int]]") -> list[str]:
    """Return how the text index differs from the relations, in words."""
    try:
        found = set(stored())
    except StoreError as error:
        return [str(error)]
    expected = set(fulltext_ids(relations))
    return _counted(len(expected - found), len(found - expected) - relations.value(_COUNT_TOMBS))


def check_exact(relations: Relations, state: State, stored: Callable[[], Mapping[int, int]]) -> list[str]:
    """Return how the mapped vectors differ from the relations; ``stored`` gives the checksum of each by chunk id."""
    # Rows of replaced chunks stay until all is written anew, and no answer shows them.
    return _compared(relations, state, stored, unit_checksum, until=state.generation, spare=state.exact_rows)


def check_vectors(relations: Relations, state: State, stored: Callable[[], Mapping[int, int]]) -> list[str]:
    """Return how the LanceDB table differs from the generation that it has reached."""
    tombs = relations.value(_COUNT_VECTOR_TOMBS)
    return _compared(relations, state, stored, vector_checksum, until=state.vectors_generation, spare=tombs)


def _compared(
    relations: Relations,
    state: State,
    stored: Callable[[], Mapping[int, int]],
    checksum: "Callable[[NDArray[np.float32]], int]",
    *,
    until: int,
    spare: int,
) -> list[str]:
    try:
        found = stored()
    except StoreError as error:
        return [str(error)]
    missing = others = expected = 0
    for rows in stored_vectors(relations, state):
        for row in rows:
            if row.generation > until:
                continue
            expected += 1
            if row.id not in found:
                missing += 1
            elif found[row.id] != checksum(row.vector):
                others += 1
    wrong = _counted(missing, len(found) - (expected - missing) - spare)
    return wrong + ([f"{others} rows hold another vector"] if others else [])


def _counted(missing: int, spare: int) -> list[str]:
    wrong = [f"{missing} chunks are missing"] if missing else []
    return wrong + ([f"{spare} rows belong to no chunk"] if spare > 0 else [])
