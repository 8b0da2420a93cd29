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

# Fitted by benchmarks/fit_ranking.py; with the repositories of each question left out, NDCG@10 is .897 on the questions
# of semble and .640 on issues by title (on all: .902, .640). What each is worth: benchmarks/retrieval.py --ablate.
WEIGHTS: dict[str, dict[str, float]] = {
    "name": {
        "words": 0.38,  # BM25 of its passages, summed: half for each further one
        "words_best": 0.16,  # BM25 of its best passage alone
        "meaning": 0.55,  # nearness of its passages, summed likewise
        "defines": 0.66,  # it defines a name that the query writes as code
        "defines_word": 0.10,  # ... a name that is also a plain word of a sentence: it may be incidental
        "symbol_in_query": 0.16,  # a definition in it is called by words of the query
        "called": 0.45,  # the file itself is called like a name in the query
        "file_name_in_query": 0.48,  # the words of its name are in the query
        "file_name_near": 0.45,  # ... or words that mean nearly the same
        "in_folders": 0.30,  # words of the query are in its folders
        "pointed": 0.80,  # a frame of a stack trace, or a file that the query names and that holds its words
        "mentioned": 0.60,  # the query names its path
        "lines": 0.78,  # what matters has grown: long files are opened more often than stubs
        "entry": 0.19,  # where a package begins (mod.rs, index.ts): its main file, oftener than a list of exports
        "test": -1.00,  # tests repeat the words of what they test
        "asked_test": -0.30,  # ... and are only half wanted where the query speaks of tests: it may mean a test runner
        "shim": -0.70,  # examples, compatibility, benchmarks: they show code and are not it
        "generated": -1.00,  # nobody edits it
        "prose": -1.40,  # documentation answers, but code was asked for
        "config": -0.80,  # likewise data and settings
    },
    "sentence": {
        "words": 0.35,
        "words_best": 0.07,
        "meaning": 0.43,
        "defines": 0.30,
        "defines_word": 0.25,
        "symbol_in_query": 0.00,
        "called": 0.13,
        "file_name_in_query": 0.37,
        "file_name_near": 0.65,
        "in_folders": 0.36,
        "pointed": 0.76,
        "mentioned": 0.53,
        "lines": 0.79,
        "entry": 0.19,
        "test": -1.06,
        "asked_test": -0.40,
        "shim": -0.76,
        "generated": -1.06,
        "prose": -1.47,
        "config": -0.82,
    },
}
# The second chunk of a file is shown after files that are this much worse, further ones by the root of their place: a
# file with three good passages is meant, and the rest of it is nearer than the next file's first. Chunks that are worse
# stand later. Of the labelled spans of issues .28 by title and .30 by whole text are within 2,000 tokens; with equal
# steps, and chunks of a file in the order of words and meaning alike, .27 and .25 (benchmarks/retrieval.py).
STEP = 0.6
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
    weights = WEIGHTS[kind_of(query)]
    found: list[Ranked] = []
    for file in files:
        score = sum([weights[name] * value for name, value in file.signals.items() if value])
        best = file.chunks[0][1]
        for place, (chunk, own) in enumerate(file.chunks):
            behind = STEP * math.sqrt(place) + CHUNK_SHARE * (best - own)
            found.append(Ranked(chunk, score - behind, file.signals, behind))
    return sorted(found, key=lambda r: (-r.score, r.chunk.path, r.chunk.line_start))


def reasons(ranked: Ranked, query: Query) -> dict[str, float]:
    """Return what each signal adds to a chunk's score; together they are the score."""
    weights = WEIGHTS[kind_of(query)]
    parts = {name: weights.get(name, 0.0) * value for name, value in ranked.signals.items()}
    parts["further"] = -ranked.behind
    return {name: round(part, 3) for name, part in parts.items() if round(part, 3)}


def kind_of(query: Query) -> str:
    """Return which of the two sets of weights a query is ranked by."""
    return "name" if query.kind in ("identifier", "path") else "sentence"
