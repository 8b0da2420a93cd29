"""How do several ranked lists become one?

Weighted reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009): a result's score is the sum of
weight / (K + rank) over the lists that hold it. Raw scores of different lists are never mixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

# The value of the paper, which found the result insensitive to it.
K = 60


@dataclass(slots=True)
class Candidate:
    """A chunk on its way to the answer: its score, and per list its rank (1 is best)."""

    chunk_id: int
    score: float = 0.0
    ranks: dict[str, int] = field(default_factory=dict)


def fuse(lists: Mapping[str, Sequence[int]], weights: Mapping[str, float]) -> list[Candidate]:
    """Return every chunk of ``lists`` (best first, chunk ids), best first; ties by chunk id.

    Args:
        lists: ranked chunk ids by list name.
        weights: weight by list name; a list without weight counts nothing.
    """
    candidates: dict[int, Candidate] = {}
    for name, ranked in lists.items():
        for rank, chunk_id in enumerate(ranked, 1):
            candidates.setdefault(chunk_id, Candidate(chunk_id)).ranks[name] = rank
    for candidate in candidates.values():
        # An exact sum, so that the order of the lists decides no tie.
        candidate.score = fsum(weights.get(name, 0.0) / (K + rank) for name, rank in candidate.ranks.items())
    return sorted((c for c in candidates.values() if c.score > 0), key=lambda c: (-c.score, c.chunk_id))
