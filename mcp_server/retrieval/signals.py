"""What is known about each file that could answer?

Numbers between 0 and about 2, of the same meaning for every query, that ``rerank`` weighs. A file is judged by all of
its chunks that were found: three good passages say more than one.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mcp_server.retrieval.paths import path_facts, stems
from mcp_server.retrieval.query import Query
from mcp_server.retrieval.recall import Recalled
from stores.fulltext import stem
from stores.lookups import ChunkRow
from stores.words import words

# Each further chunk of a file adds half as much as the one before it; after six there is nothing left to add.
_SHARE = 0.5
_MOST_CHUNKS = 6
# A chunk that holds a definition among other code, as a share of one that is the definition.
_AMONG_OTHERS = 0.6
# ln(1 + 3,000 lines): from there on a file is as long as it gets.
_LONG = 8.0
_NAMES_KEPT = 1 << 14

_ABOUT_TESTS = frozenset({"test", "tests", "testing", "fixture", "fixtures", "spec", "mock", "pytest", "unittest"})
_ABOUT_SHIMS = frozenset(
    ("example", "examples", "sample", "demo", "compat", "legacy", "deprecated", "benchmark", "migration", "migrations")
)
_ABOUT_DOCS = frozenset({"readme", "docs", "documentation", "changelog", "guide", "tutorial", "install", "license"})
_PROSE = frozenset({"markdown", "rst", "text", "restructuredtext", "asciidoc"})
_CONFIG = frozenset(
    {
        "json",
        "jsonl",
        "yaml",
        "toml",
        "ini",
        "xml",
        "properties",
        "css",
        "html",
        "svg",
        "csv",
        "config",
        "diff",
        "gomod",
    }
)


@dataclass(frozen=True, slots=True)
class FileSignals:
    """One file: its chunks that were found, best first, each with its own score, and its signals."""

    chunks: tuple[tuple[ChunkRow, float], ...]
    signals: dict[str, float]


def gather(
    recalled: Recalled,
    chunks: Mapping[int, ChunkRow],
    query: Query,
    rarity: Mapping[str, float],
    near: Mapping[str, float],
    lines: Mapping[int, int],
) -> list[FileSignals]:
    """Return the signals of every file that holds one of ``chunks``.

    Args:
        recalled: what the stores found.
        chunks: the rows of its chunks by id; what has no row is left out.
        query: the query.
        rarity: how much each word of the query says (``Snapshot.rarity``).
        near: how near each path's words are to the query's (``nearness``).
        lines: the number of lines of each file by id.
    """
    by_file: dict[int, list[ChunkRow]] = defaultdict(list)
    for chunk_id in sorted(recalled.chunk_ids()):
        if chunk_id in chunks:
            by_file[chunks[chunk_id].file_id].append(chunks[chunk_id])
    found = _Evidence(recalled, query, rarity, near)
    return [found.file(held, lines.get(file_id, 0)) for file_id, held in by_file.items()]


class _Evidence:
    """The recalled lists and the query's words, ready to be looked up for one chunk after the other."""

    def __init__(
        self, recalled: Recalled, query: Query, rarity: Mapping[str, float], near: Mapping[str, float]
    ) -> None:
        self._query = query
        self._near = near
        best = recalled.keyword[0][1] if recalled.keyword else 1.0
        self._keyword = {chunk_id: score / best for chunk_id, score in recalled.keyword} if best > 0 else {}
        self._semantic = _spread(recalled.semantic)
        self._defining = recalled.defining
        self._pointed = {chunk_id: 1 / (1 + rank) for rank, chunk_id in enumerate(recalled.pointed)}
        self._stems: dict[str, float] = {}
        for word in query.words:
            self._stems[stem(word)] = max(self._stems.get(stem(word), 0.0), rarity.get(word, 1.0))
        self._asked = frozenset(self._stems)
        self._all = math.fsum(self._stems.values()) or 1.0
        self._usual = max(self._stems.values(), default=1.0) or 1.0
        self._mentioned = tuple("/" + mentioned for mentioned in query.paths)
        self._excused = {
            kind
            for kind, about in (("test", _ABOUT_TESTS), ("shim", _ABOUT_SHIMS), ("prose", _ABOUT_DOCS))
            if query.words & about
        }

    def file(self, held: Sequence[ChunkRow], lines: int) -> FileSignals:
        """Return the signals of the file that holds these chunks."""
        path, language = held[0].path, held[0].language
        facts = path_facts(path)
        ids = [chunk.id for chunk in held]
        defines = [self._defines(chunk) for chunk in held]
        pointed = [self._pointed.get(chunk_id, 0.0) for chunk_id in ids]
        signals = {
            "words": _summed([self._keyword[chunk_id] for chunk_id in ids if chunk_id in self._keyword]),
            "meaning": _summed([self._semantic[chunk_id] for chunk_id in ids if chunk_id in self._semantic]),
            "defines": max(strong for strong, _ in defines),
            "defines_word": max(weak for _, weak in defines),
            "file_name_in_query": self._precise(facts.name),
            "file_name_near": self._near.get(path, 0.0),
            "in_folders": self._covered(facts.folders),
            "pointed": max(pointed),
            "mentioned": float(f"/{path}".endswith(self._mentioned)),
            "lines": min(1.0, math.log1p(lines) / _LONG),
        }
        for kind in ("test", "shim", "generated"):
            signals[kind] = float(kind in facts.kinds and kind not in self._excused)
        signals["asked_test"] = float("test" in facts.kinds and "test" in self._excused)
        if not self._query.paths and "prose" not in self._excused:
            signals["prose"] = float(language in _PROSE)
            signals["config"] = float(language in _CONFIG)
        # How well each chunk answers, compared with others of its file. Which is meant, meaning tells better than
        # words, which they share (rerank.STEP says what that is worth).
        scores = [
            self._keyword.get(c.id, 0.0)
            + 2 * self._semantic.get(c.id, 0.0)
            + self._named(c)
            + 2 * (strong + at)
            + weak / 2
            for c, (strong, weak), at in zip(held, defines, pointed, strict=True)
        ]
        scored = zip(held, scores, strict=True)
        return FileSignals(tuple(sorted(scored, key=lambda each: (-each[1], each[0].line_start, each[0].id))), signals)

    def _defines(self, chunk: ChunkRow) -> tuple[float, float]:
        """Return how much of the chunk is the definition of a name written as code, and of a plain word."""
        found = self._defining.get(chunk.id)
        if found is None:
            return 0.0, 0.0
        symbol, strong = found
        much = 1.0 if chunk.symbol_id == symbol.id else _AMONG_OTHERS
        return (much, 0.0) if strong else (0.0, much)

    def _named(self, chunk: ChunkRow) -> float:
        """Return how much of the query is in the name of the chunk's definition."""
        if not chunk.name or chunk.symbol_kind == "section":
            return 0.0
        return self._covered(_name_stems(chunk.qualified_name or chunk.name))

    def _covered(self, stems: frozenset[str]) -> float:
        """Return the share of the query's words, by what they say, that are among ``stems``."""
        common = self._asked & stems
        return math.fsum(self._stems[word] for word in common) / self._all if common else 0.0

    def _precise(self, stems: frozenset[str]) -> float:
        """Return the share of ``stems`` that are words of the query; those that say little count so."""
        common = self._asked & stems
        held = math.fsum(self._stems[word] for word in common) if common else 0.0
        return held / (held + (len(stems) - len(common)) * self._usual) if held else 0.0


def _spread(ranked: Sequence[tuple[int, float]]) -> dict[int, float]:
    """Return scores stretched so that the best is 1 and the last 0: cosines of different models differ in range."""
    if not ranked:
        return {}
    best, last = ranked[0][1], ranked[-1][1]
    width = best - last or 1.0
    return {chunk_id: (score - last) / width for chunk_id, score in ranked}


def _summed(scores: Sequence[float]) -> float:
    if len(scores) < 2:
        return scores[0] if scores else 0.0
    ordered = sorted(scores, reverse=True)[:_MOST_CHUNKS]
    return math.fsum(score * _SHARE**position for position, score in enumerate(ordered))


@lru_cache(maxsize=_NAMES_KEPT)
def _name_stems(name: str) -> frozenset[str]:
    return stems(words(name))
