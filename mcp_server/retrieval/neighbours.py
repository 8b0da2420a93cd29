"""Which files are one step of the graph away from the best ones?

A question names what is seen; what is to be changed is often what that calls, names as a type or is derived from. The
definitions of the best passages lift the files of their neighbours: the first step of a random walk from them
(personalized PageRank; Page, Brin, Motwani and Winograd, 1999). A step counts by the roots of the degrees of both its
ends, so that what everything uses says little.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from mcp_server.retrieval.query import Query
from mcp_server.retrieval.rerank import score
from mcp_server.retrieval.signals import FileSignals
from mcp_server.retrieval.steps import SURE
from stores.index import Snapshot

# Files, and passages of each, that the walk starts from, and how far behind the best a file may be to count. Half or
# twice as many files, 1 to 4 passages, a distance of .5 or 2 answer the questions of repositories that were left out
# of the fit as well; who calls the best definitions was tried, too, and adds nothing to what they call.
_FILES = 10
_PASSAGES = 3
_DISTANCE = 1.5
# Weight of a further passage of a file, as a share of its best.
_FURTHER = 0.7
# A definition with more neighbours says nothing about any of them.
_MOST = 20
# Places that are counted; what is used in more is used everywhere.
_PLACES = 50
_OFTEN = math.log1p(_PLACES)


def add_neighbours(snapshot: Snapshot, files: Sequence[FileSignals], query: Query) -> None:
    """Add two signals to those of each file.

    ``near_best``: how near it is to the definitions of the best files, 0 to 1; ``used``: in how many places one of its
    definitions that were found is used, 0 to about 1. Both are 0 as long as calls are not linked.
    """
    found = {chunk.symbol_id for file in files for chunk, _ in file.chunks if chunk.symbol_id is not None}
    counts = snapshot.use_counts(found, _PLACES)
    near = _near_best(snapshot, _seeds(snapshot, files, query))
    for file in files:
        most = max([counts.get(chunk.symbol_id or 0, 0) for chunk, _ in file.chunks])
        file.signals["near_best"] = near.get(file.chunks[0][0].file_id, 0.0)
        file.signals["used"] = math.log1p(most) / _OFTEN


def _seeds(snapshot: Snapshot, files: Sequence[FileSignals], query: Query) -> dict[int, tuple[int, float]]:
    """Return the definitions of the best passages, of each its file and how near to the best of all it stands."""
    ranked = sorted(((score(file, query), file) for file in files), key=lambda e: (-e[0], e[1].chunks[0][0].path))
    passages = [
        (chunk, (1 - (ranked[0][0] - reached) / _DISTANCE) * (_FURTHER if place else 1.0))
        for reached, file in ranked[:_FILES]
        for place, (chunk, _) in enumerate(file.chunks[:_PASSAGES])
        if ranked[0][0] - reached < _DISTANCE
    ]
    # A small file is one passage with all that it defines.
    wide = [(chunk, weight) for chunk, weight in passages if chunk.symbol_id is None]
    inside = snapshot.named_within([(chunk.file_id, chunk.line_start, chunk.line_end) for chunk, _ in wide])
    held = [(chunk.symbol_id, chunk, weight) for chunk, weight in passages if chunk.symbol_id is not None]
    found: dict[int, tuple[int, float]] = {}
    for symbol, chunk, weight in (*held, *((symbol, *wide[number]) for number, symbol in inside)):
        found.setdefault(symbol, (chunk.file_id, weight))
    return found


def _near_best(snapshot: Snapshot, seeds: Mapping[int, tuple[int, float]]) -> dict[int, float]:
    """Return how near each file is to the seeds that are not its own."""
    if not seeds:
        return {}
    counts = snapshot.use_counts(seeds, _MOST + 1)
    rare = {seed for seed, count in counts.items() if count <= _MOST}
    uses = snapshot.uses(seeds, SURE)
    into = snapshot.use_counts({other for _, other, _ in uses}, _MOST + 1)
    near: dict[int, float] = {}
    for steps, degrees in ((uses, into), (snapshot.named_by(rare), {})):
        onward = Counter(seed for seed, _, _ in steps)
        for seed, other, file_id in steps:
            own, weight = seeds[seed]
            back = degrees.get(other, 1)
            if file_id != own and onward[seed] <= _MOST and back <= _MOST:
                near[file_id] = max(near.get(file_id, 0.0), weight / math.sqrt(onward[seed] * max(1, back)))
    return near
