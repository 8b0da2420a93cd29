"""Which of the candidates would a senior engineer open first?

Fused ranks know words and meaning; this knows code: where a queried name is defined, what a file is called,
which files are tests or shims, and that ten chunks of one file say less than three of three.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_server.retrieval.fuse import Candidate
from mcp_server.retrieval.query import Query
from stores.lookups import ChunkRow
from stores.words import words

# All in units of the best fused score, so that they mean the same for every query. The signals and their rough
# sizes are those that published ablations of the field found to pay. On 215 open questions none of them, halved or
# raised by half, changes NDCG@10 by more than .01 (benchmarks/retrieval.py --sweep).
DEFINITION = 3.0  # the chunk defines a name that the query writes as code
NAMED_IN_WORDS = 0.5  # ... a name that is also a plain word of a question: it may be incidental
STEM_FACTOR = 1.5  # ... in a file that is called like it
PATH_WORDS = 1.0  # all words of a question are in the file's name or folder
COHERENCE = 0.2  # several good chunks in one file
TEST_FACTOR = 0.3
SHIM_FACTOR = 0.3  # compat, legacy, examples, vendored copies
PACKAGE_FACTOR = 0.5  # __init__ and index files re-export what is defined elsewhere
STUB_FACTOR = 0.7  # declarations repeat what the source says
PROSE_FACTOR = 0.3  # documentation answers, but code was asked for
CONFIG_FACTOR = 0.5
FILE_DECAY = 0.5  # each further chunk of a file
# Words shorter than this match too much as prefixes.
_MIN_PREFIX = 4

_TEST = re.compile(
    r"(^|/)(tests?|testing|__tests__|specs?|e2e|testdata|fixtures?)(/|$)"
    r"|(^|/)(test_[^/]*|conftest\.py|[^/]*[._-](test|spec|tests)\.[a-z]+)$",
    re.IGNORECASE,
)
_SHIM = re.compile(
    r"(^|/)(_?compat\w*|legacy|deprecated|examples?|samples?|demos?|vendor(ed)?|third_party|benchmarks?|migrations)(/|\.|$)",
    re.IGNORECASE,
)
_PACKAGE = re.compile(r"(^|/)(__init__\.pyi?|index\.[jt]sx?|mod\.rs)$")
_STUB = re.compile(r"\.(pyi|d\.ts)$")
_ABOUT_TESTS = frozenset({"test", "tests", "testing", "fixture", "fixtures", "spec", "mock", "pytest", "unittest"})
_ABOUT_SHIMS = frozenset(
    ("example", "examples", "sample", "demo", "compat", "legacy", "deprecated", "benchmark", "migration", "migrations")
)
_ABOUT_DOCS = frozenset({"readme", "docs", "documentation", "changelog", "guide", "tutorial", "install", "license"})
_PROSE = frozenset({"markdown", "rst", "text", "restructuredtext", "asciidoc"})
_CONFIG = frozenset({"json", "yaml", "toml", "ini", "xml", "properties", "css", "html", "svg", "csv", "config"})


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its final score and the reasons for it (signal name -> what it did)."""

    chunk: ChunkRow
    score: float
    ranks: Mapping[str, int]
    reasons: Mapping[str, float]


def rerank(
    candidates: list[Candidate], chunks: Mapping[int, ChunkRow], query: Query, named: Mapping[int, bool]
) -> list[Ranked]:
    """Return the candidates in their final order; same input, same output; ties by path and line.

    Args:
        candidates: fused candidates, best first.
        chunks: their rows by chunk id; a candidate without a row is dropped.
        query: the query.
        named: ids of symbols that the query names -> whether it writes them as code.
    """
    present = [c for c in candidates if c.chunk_id in chunks]
    if not present:
        return []
    top = present[0].score
    share = _file_shares(present, chunks)
    scored: list[Ranked] = []
    for candidate in present:
        chunk = chunks[candidate.chunk_id]
        reasons = {"fused": candidate.score / top}
        reasons["file"] = COHERENCE * share.get(candidate.chunk_id, 0.0)
        reasons["definition"] = _definition(chunk, query, named)
        reasons["path"] = _path_words(chunk, query)
        score = sum(reasons.values())
        for name, factor in _penalties(chunk, query).items():
            reasons[name] = factor
            score *= factor
        scored.append(Ranked(chunk, score, candidate.ranks, {k: round(v, 4) for k, v in reasons.items() if v}))
    return _decayed(scored)


def is_test(path: str) -> bool:
    """Say whether a path is that of a test, by the conventions of its name and folders."""
    return bool(_TEST.search(path))


def _file_shares(present: list[Candidate], chunks: Mapping[int, ChunkRow]) -> dict[int, float]:
    """Return, for the best chunk of each file, the file's summed score relative to the best file's."""
    sums: dict[int, float] = defaultdict(float)
    best: dict[int, int] = {}
    for candidate in present:
        file_id = chunks[candidate.chunk_id].file_id
        sums[file_id] += candidate.score
        best.setdefault(file_id, candidate.chunk_id)
    most = max(sums.values())
    return {chunk_id: sums[file_id] / most for file_id, chunk_id in best.items()}


def _definition(chunk: ChunkRow, query: Query, named: Mapping[int, bool]) -> float:
    if chunk.symbol_id is None or chunk.symbol_id not in named:
        return 0.0
    boost = DEFINITION if named[chunk.symbol_id] else NAMED_IN_WORDS
    if query.kind == "words":
        boost /= 2
    stem = chunk.path.rsplit("/", 1)[-1].split(".")[0].lower().replace("_", "")
    name = (chunk.name or "").lower().replace("_", "")
    return boost * STEM_FACTOR if stem and (stem == name or stem.rstrip("s") == name) else boost


def _path_words(chunk: ChunkRow, query: Query) -> float:
    """Return how much of the query is in the file's name or its folder's, in 0..PATH_WORDS."""
    for mentioned in query.paths:
        if chunk.path == mentioned or chunk.path.endswith("/" + mentioned):
            return 2 * DEFINITION
    if query.kind not in ("words", "path") or not query.words:
        return 0.0
    folder, _, name = chunk.path.rpartition("/")
    held = set(words(name.split(".")[0])) | set(words(folder.rsplit("/", 1)[-1]))
    hits = sum(1 for word in query.words if any(_alike(word, part) for part in held))
    return PATH_WORDS * hits / max(len(query.words), 3)


def _alike(word: str, part: str) -> bool:
    if word == part:
        return True
    short, long = sorted((word, part), key=len)
    return len(short) >= _MIN_PREFIX and long.startswith(short)


def _penalties(chunk: ChunkRow, query: Query) -> dict[str, float]:
    factors: dict[str, float] = {}
    if is_test(chunk.path) and not query.words & _ABOUT_TESTS:
        factors["test"] = TEST_FACTOR
    if _SHIM.search(chunk.path) and not query.words & _ABOUT_SHIMS:
        factors["shim"] = SHIM_FACTOR
    if _PACKAGE.search(chunk.path):
        factors["package"] = PACKAGE_FACTOR
    if _STUB.search(chunk.path):
        factors["stub"] = STUB_FACTOR
    if not query.words & _ABOUT_DOCS and not query.paths:
        if chunk.language in _PROSE:
            factors["prose"] = PROSE_FACTOR
        elif chunk.language in _CONFIG:
            factors["config"] = CONFIG_FACTOR
    return factors


def _decayed(scored: list[Ranked]) -> list[Ranked]:
    """Let each further chunk of a file count half as much as the one before it."""
    seen: dict[int, int] = defaultdict(int)
    out: list[Ranked] = []
    for ranked in sorted(scored, key=_order):
        factor = FILE_DECAY ** seen[ranked.chunk.file_id]
        seen[ranked.chunk.file_id] += 1
        reasons = ranked.reasons if factor == 1 else {**ranked.reasons, "decay": round(factor, 4)}
        out.append(Ranked(ranked.chunk, ranked.score * factor, ranked.ranks, reasons))
    return sorted(out, key=_order)


def _order(ranked: Ranked) -> tuple[float, str, int]:
    return -ranked.score, ranked.chunk.path, ranked.chunk.line_start
