"""Which of the candidates would a senior engineer open first?

The lists know words and meaning; this knows code. Each file's signals are weighed and added; the weights are fitted on
questions and labels written by others (benchmarks/fit_ranking.py), one set for names and one for sentences. A file's
best chunk stands where its file does, its further chunks a step behind each.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcp_server.retrieval.query import Query
from mcp_server.retrieval.signals import FileSignals
from stores.lookups import ChunkRow

# Fitted by benchmarks/fit_ranking.py; with the repositories of each question left out, NDCG@10 is .907 on the questions
# of semble and .817 on whole repositories by title. What each is worth: retrieval.py --ablate.
WEIGHTS: dict[str, dict[str, float]] = {
    "name": {
        "words": 0.33,  # BM25 of its passages, summed: half for each further one
        "meaning": 0.39,  # nearness of its passages, summed likewise
        "defines": 0.67,  # it defines a name that the query writes as code
        "defines_word": 0.10,  # ... a name that is also a plain word of a sentence: it may be incidental
        "file_name_in_query": 0.42,  # the words of its name are in the query
        "file_name_near": 0.33,  # ... or words that mean nearly the same
        "in_folders": 0.39,  # words of the query are in its folders
        "pointed": 0.80,  # a frame of a stack trace, or a file that the query names and that holds its words
        "mentioned": 0.60,  # the query names its path
        "near_best": 0.39,  # what the best passages call or name, or who names them, is in it
        "used": 0.09,  # its definitions are used in many places
        "lines": 0.84,  # what matters has grown: long files are opened more often than stubs
        "test": -1.02,  # tests repeat the words of what they test
        "asked_test": -0.30,  # ... and are only half wanted where the query speaks of tests: it may mean a test runner
        "shim": -0.71,  # examples, compatibility, benchmarks: they show code and are not it
        "generated": -1.00,  # nobody edits it
        "prose": -1.41,  # documentation answers, but code was asked for
        "config": -0.80,  # likewise data and settings
    },
    "sentence": {
        "words": 0.46,
        "meaning": 0.35,
        "defines": 0.49,
        "defines_word": 0.16,
        "file_name_in_query": 0.40,
        "file_name_near": 0.53,
        "in_folders": 0.34,
        "pointed": 0.78,
        "mentioned": 0.58,
        "near_best": 0.42,
        "used": 0.14,
        "lines": 0.69,
        "test": -1.03,
        "asked_test": -0.36,
        "shim": -0.72,
        "generated": -1.01,
        "prose": -1.43,
        "config": -0.81,
    },
}
# The second chunk of a file is shown after files that are this much worse, further ones by the cube root of their
# place: a file with three good passages is meant, and the rest of it is nearer than the next file's first. Chunks that
# are worse stand later. Of the labelled spans 44 in 100 are within 8,000 tokens of an answer to a title, where equal
# steps of .6 found 36; within 2,000 tokens files and spans are as many as with those (benchmarks/retrieval.py).
STEP = 0.8
CHUNK_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk in its final place: its score, the signals of its file, and how far it stands behind the file's best."""

    chunk: ChunkRow
    score: float
    signals: Mapping[str, float]
    behind: float


def rerank(files: Sequence[FileSignals], query: Query) -> list[Ranked]:
    """Return every chunk of ``files`` in its final order; same input, same output; ties by path and line."""
    found: list[Ranked] = []
    for file in files:
        reached, best = score(file, query), file.chunks[0][1]
        for place, (chunk, own) in enumerate(file.chunks):
            behind = STEP * math.cbrt(place) + CHUNK_SHARE * (best - own)
            found.append(Ranked(chunk, reached - behind, file.signals, behind))
    return sorted(found, key=lambda r: (-r.score, r.chunk.path, r.chunk.line_start))


def score(file: FileSignals, query: Query) -> float:
    """Return what the signals of a file are worth together."""
    weights = WEIGHTS[kind_of(query)]
    return sum([weights[name] * value for name, value in file.signals.items() if value])


def reasons(ranked: Ranked, query: Query) -> dict[str, float]:
    """Return what each signal adds to a chunk's score; together they are the score."""
    weights = WEIGHTS[kind_of(query)]
    parts = {name: weights.get(name, 0.0) * value for name, value in ranked.signals.items()}
    parts["further"] = -ranked.behind
    return {name: round(part, 3) for name, part in parts.items() if round(part, 3)}


def kind_of(query: Query) -> str:
    """Return which of the two sets of weights a query is ranked by."""
    return "name" if query.kind in ("identifier", "path") else "sentence"
