"""Which code answers this question? The read path on one page: query -> recall -> signals -> rerank -> hits."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from mcp_server.config import RetrievalOptions
from mcp_server.embedding import Embedder
from mcp_server.errors import BadQuery
from mcp_server.retrieval.nearness import nearness
from mcp_server.retrieval.neighbours import add_neighbours
from mcp_server.retrieval.paths import path_facts
from mcp_server.retrieval.query import MODES, Mode, Query, parse
from mcp_server.retrieval.recall import Recalled, recall
from mcp_server.retrieval.rerank import Ranked, reasons, rerank
from mcp_server.retrieval.scan import Match, scan
from mcp_server.retrieval.scope import Scope, Wanted, scope_of
from mcp_server.retrieval.signals import FileSignals, gather
from stores.index import Snapshot
from stores.lookups import ChunkRow

# Where a text is repeated rather than meant; so many lines there weigh as one in a source.
_ASIDE = frozenset({"test", "shim", "generated"})
_ASIDE_LINES = 10
DETAILS = ("detailed", "concise")

_NOT_VERBATIM = "no file holds the quoted text as it stands; what follows holds its words or is near in meaning"
_NOTHING_INDEXED = "no file of this root is indexed; `tristore status` says what was left out, and why"
_NOTHING_YET = "no file of this root is indexed yet; ask again in a few seconds"


@dataclass(frozen=True, slots=True)
class Request:
    """A search as it was asked; see the tool's description."""

    query: str
    path: str | None = None
    language: str | None = None
    kind: str | None = None
    limit: int | None = None
    budget_tokens: int | None = None
    mode: str = "auto"
    cursor: str | None = None
    explain: bool = False
    tests: str = "with"
    changed_since: str | None = None
    detail: str = "detailed"

    def wanted(self, query: Query) -> Wanted:
        """Return its filters with those of its query's text."""
        return Wanted(self.path, self.language, self.kind, self.tests, self.changed_since, query.filters)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: a chunk, its score, why it is there, and for exact searches the matching lines."""

    chunk: ChunkRow
    score: float
    why: Callable[[], dict[str, Any]] = dict
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Every hit of a search in order, what its answer has to say about itself, and why there can be no hit.

    ``guessed`` is whether nothing is called by a name that was asked for.
    """

    hits: list[Hit]
    notes: list[str]
    nothing: str = ""
    guessed: bool = False


def find(snapshot: Snapshot, embedder: Embedder | None, request: Request, options: RetrievalOptions) -> Found:
    """Return the ranked hits of a search.

    Raises:
        BadQuery: the query, the mode, a filter or the pattern cannot be used.
    """
    mode = mode_of(request)
    if request.detail not in DETAILS:
        raise BadQuery(f"unknown detail {request.detail!r}", f"give one of {', '.join(DETAILS)}")
    query = parse(request.query, mode, options.max_query_chars)
    wanted = request.wanted(query)
    scope = scope_of(snapshot, wanted)
    if scope.file_ids is not None and not scope.file_ids:
        advice = "paths are relative to the root; leave a filter out or widen it"
        return Found([], [], f"no indexed file matches {wanted.said()}; {advice}")
    said: list[str] = []
    if query.kind in ("exact", "regex"):
        scanned = scan(snapshot, query, scope)
        hits = sorted(map(_exact_hit, scanned.matches), key=lambda h: (-h.score, h.chunk.path, h.chunk.line_start))
        notes = [f"search stopped early: {scanned.stopped}"] if scanned.stopped else []
        if hits or mode != "auto":
            return Found(hits, notes)
        query, said = parse(query.literal, "keyword", options.max_query_chars), [*notes, _NOT_VERBATIM]
    hits, notes, guessed = _ranked(snapshot, embedder, query, mode, scope, options)
    nothing = _NOTHING_INDEXED if snapshot.complete else _NOTHING_YET
    nothing = "" if hits or snapshot.languages() else nothing
    return Found(hits, [*_degraded(snapshot), *said, *notes], nothing, guessed)


def mode_of(request: Request) -> Mode:
    """Return how a search is to be read.

    Raises:
        BadQuery: there is no such mode.
    """
    for mode in MODES:
        if mode == request.mode:
            return mode
    raise BadQuery(f"unknown mode {request.mode!r}", f"modes are {', '.join(MODES)}")


def _ranked(
    snapshot: Snapshot, embedder: Embedder | None, query: Query, mode: Mode, scope: Scope, options: RetrievalOptions
) -> tuple[list[Hit], list[str], bool]:
    recalled = recall(snapshot, embedder, query, scope, options.candidates, mode=mode)
    files = gathered(snapshot, embedder, query, recalled, scope)
    ranks = {
        name: {chunk_id: rank for rank, (chunk_id, _) in enumerate(found, 1)}
        for name, found in (("keyword", recalled.keyword), ("semantic", recalled.semantic))
    }

    def why(ranked: Ranked) -> dict[str, Any]:
        chunk_id = ranked.chunk.id
        said: dict[str, Any] = {"ranks": {name: found[chunk_id] for name, found in ranks.items() if chunk_id in found}}
        if chunk_id in recalled.defining:
            said["defines"] = recalled.defining[chunk_id][0].qualified_name
        return {**said, "signals": reasons(ranked, query)}

    hits = [Hit(r.chunk, r.score, partial(why, r)) for r in rerank(files, query)]
    guessed = bool(recalled.taken_for) or bool(query.strong and not recalled.defining)
    return hits, _said(query, mode, recalled, hits), guessed


def gathered(
    snapshot: Snapshot, embedder: Embedder | None, query: Query, recalled: Recalled, scope: Scope
) -> list[FileSignals]:
    """Return the signals of every file in which something was found."""
    rows = snapshot.chunks(recalled.chunk_ids())
    chunks = {chunk_id: row for chunk_id, row in rows.items() if scope.admits(row.file_id, row.kinds)}
    rarity = snapshot.rarity(query.words)
    near = nearness(embedder, rarity, {c.path: path_facts(c.path).words for c in chunks.values()})
    lines = snapshot.line_counts({c.file_id for c in chunks.values()})
    files = gather(recalled, chunks, query, rarity, near, lines)
    add_neighbours(snapshot, files, query)
    return files


def _said(query: Query, mode: Mode, recalled: Recalled, hits: list[Hit]) -> list[str]:
    notes = [
        f"nothing is called {name!r}; the nearest names are {', '.join(near)}"
        for name, near in recalled.taken_for.items()
    ]
    if hits and not recalled.keyword and not recalled.defining and mode != "semantic" and not notes:
        notes.append(f"no indexed text holds {query.text[:80]!r}; what follows is nearest in meaning")
    return notes


def _exact_hit(match: Match) -> Hit:
    """Return a place that holds the text: those with more lines of it first, sources before tests and examples."""
    aside = bool(path_facts(match.chunk.path).kinds & _ASIDE)
    count = len(match.lines)
    return Hit(match.chunk, count / (_ASIDE_LINES if aside else 1), lambda: {"matches": count}, match.lines)


def _degraded(snapshot: Snapshot) -> list[str]:
    return [f"degraded: the {leg} store did not answer; results come from the others" for leg in snapshot.degraded]
