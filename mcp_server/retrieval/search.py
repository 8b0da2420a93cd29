"""Which code answers this question? The read path on one page: query -> recall -> signals -> rerank -> text."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from mcp_server import tokens
from mcp_server.config import RetrievalOptions
from mcp_server.embedding import Embedder
from mcp_server.errors import BadQuery
from mcp_server.retrieval import budget as budgeting
from mcp_server.retrieval import render
from mcp_server.retrieval.budget import Item
from mcp_server.retrieval.nearness import nearness
from mcp_server.retrieval.paths import path_facts
from mcp_server.retrieval.query import MODES, Mode, Query, parse, plain
from mcp_server.retrieval.recall import Recalled, recall
from mcp_server.retrieval.rerank import Ranked, reasons, rerank
from mcp_server.retrieval.scan import Match, scan
from mcp_server.retrieval.scope import Scope, Wanted, scope_of
from mcp_server.retrieval.signals import FileSignals, gather
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import ChunkRow

# The full form of one result takes at most this share of what is left, so that one long function
# does not push every other result out of a small answer.
_SHARE = 0.5
# Matching lines shown of one passage, and characters of each.
_SHOWN_LINES = 8
_LINE_CHARS = 200
# Where a text is repeated rather than meant; so many lines there weigh as one in a source.
_ASIDE = frozenset({"test", "shim", "generated"})
_ASIDE_LINES = 10
DETAILS = ("detailed", "concise")
# A cursor: generation, offset, what was asked. Digits cost fewer tokens than the base64 of the same.
_CURSOR = re.compile(r"([0-9]{1,15})-([0-9]{1,9})-([0-9a-f]{8})")


_NOT_VERBATIM = "no file holds the quoted text as it stands; what follows holds its words or is near in meaning"
_NOTHING_INDEXED = "no file of this root is indexed; `tristore status` says what was left out, and why"


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
    """Every hit of a search in order, what its answer has to say about itself, and why there can be no hit."""

    hits: list[Hit]
    notes: list[str]
    nothing: str = ""


def find(snapshot: Snapshot, embedder: Embedder | None, request: Request, options: RetrievalOptions) -> Found:
    """Return the ranked hits of a search.

    Raises:
        BadQuery: the query, the mode, a filter or the pattern cannot be used.
    """
    mode = _mode(request)
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
    hits, notes = _ranked(snapshot, embedder, query, mode, scope, options)
    nothing = "" if hits or snapshot.languages() else _NOTHING_INDEXED
    return Found(hits, [*_degraded(snapshot), *said, *notes], nothing)


def _mode(request: Request) -> Mode:
    for mode in MODES:
        if mode == request.mode:
            return mode
    raise BadQuery(f"unknown mode {request.mode!r}", f"modes are {', '.join(MODES)}")


def _ranked(
    snapshot: Snapshot, embedder: Embedder | None, query: Query, mode: Mode, scope: Scope, options: RetrievalOptions
) -> tuple[list[Hit], list[str]]:
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
    return hits, _said(query, mode, recalled, hits)


def gathered(
    snapshot: Snapshot, embedder: Embedder | None, query: Query, recalled: Recalled, scope: Scope
) -> list[FileSignals]:
    """Return the signals of every file in which something was found."""
    rows = snapshot.chunks(recalled.chunk_ids())
    chunks = {chunk_id: row for chunk_id, row in rows.items() if scope.admits(row.file_id, row.kinds)}
    rarity = snapshot.rarity(query.words)
    near = nearness(embedder, rarity, {c.path: path_facts(c.path).words for c in chunks.values()})
    return gather(recalled, chunks, query, rarity, near, snapshot.line_counts({c.file_id for c in chunks.values()}))


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


def page(snapshot: Snapshot, found: Found, request: Request, options: RetrievalOptions) -> tuple[str, dict[str, Any]]:
    """Return one page of hits as text within the budget, and as data.

    Raises:
        BudgetTooSmall: the budget holds no result.
        BadQuery: the limit or the cursor cannot be used.
    """
    limit = limit_of(request, options)
    asked = options.budget_tokens if request.budget_tokens is None else request.budget_tokens
    budget = budgeting.check(asked, options.max_budget_tokens)
    start = _offset(request, snapshot.generation)
    hits = found.hits[start : start + limit]
    notes = list(found.notes)
    head = budgeting.notes(notes, budget)
    room = budget - tokens.count(head) - bool(head)
    shown: list[Hit] = []
    placed: tuple[budgeting.Placed, ...] = ()
    if not hits:
        notes.append(found.nothing or _nothing(request, start))
        blocks = [budgeting.fit(notes[-1], room)]
    else:
        show = concise if request.detail == "concise" else passage
        items = [show(snapshot, hit, explain=request.explain) for hit in hits]
        footers = [_footer(request, snapshot.generation, start + n, found) for n in range(len(hits) + 1)]
        placed = budgeting.pack(items, room - max(map(tokens.count, footers)), share=_SHARE).placed
        shown = [hits[p.position] for p in placed]
        blocks = [*_grouped(items, placed), footers[len(shown)]]
        if not shown:
            blocks = [budgeting.fit(f"({len(found.hits) - start} results, none fits; raise budget_tokens)", room)]
    left = max(0, len(found.hits) - start - len(shown))
    data = {
        "hits": [hit_data(snapshot, hit, text=p.text) for hit, p in zip(shown, placed, strict=True)],
        "left_out": left,
        "cursor": _cursor(request, snapshot.generation, start + len(shown)) if left and shown else None,
        "notes": notes,
    }
    return "\n".join(block for block in (head, *blocks) if block), data


def _footer(request: Request, generation: int, offset: int, found: Found) -> str:
    """Return the last line of a page that ends before the hit at ``offset``, "" for the last page."""
    left = len(found.hits) - offset
    return f"({left} more; next page: cursor={_cursor(request, generation, offset)})" if left > 0 else ""


def hit_data(snapshot: Snapshot, hit: Hit, *, text: str | None = None) -> dict[str, Any]:
    """Return one hit as plain data; ``tokens`` and ``chars`` are those of its code."""
    chunk = hit.chunk
    code = render.passage(chunk, snapshot.chunk_text(chunk))
    data: dict[str, Any] = {
        "path": display_path(chunk.path),
        "start": code.start,
        "end": code.end,
        "symbol": chunk.qualified_name,
        "kind": chunk.symbol_kind
        or ("module" if chunk.name is None and " " in chunk.kinds else chunk.kinds.split()[0]),
        "score": round(hit.score, 5),
        "tokens": chunk.tokens,
        "chars": len(code.text),
    }
    return data if text is None else {**data, "text": text}


def passage(snapshot: Snapshot, hit: Hit, *, explain: bool = False) -> Item:
    """Return a hit as what is shown of it, from the whole passage to its header."""
    chunk = hit.chunk
    code = render.passage(chunk, snapshot.chunk_text(chunk))
    header = render.chunk_header(chunk, code.start, code.end)
    if explain:
        header += f"\nwhy: {json.dumps(hit.why(), sort_keys=True)}"
    if not hit.lines:
        return Item(render.forms(header, code.text, chunk.signature or ""))
    lines = snapshot.lines(chunk.file_id, chunk.line_start, chunk.line_end).split("\n")
    shown = [f"{n}: {render.cut(lines[n - chunk.line_start].strip(), _LINE_CHARS)}" for n in hit.lines[:_SHOWN_LINES]]
    if len(hit.lines) > _SHOWN_LINES:
        shown.append(f"… {len(hit.lines) - _SHOWN_LINES} more matching lines here")
    return Item(("\n".join([header, *shown]), "\n".join([header, shown[0]]), header))


def concise(snapshot: Snapshot, hit: Hit, *, explain: bool = False) -> Item:
    """Return a hit as one line under the path of its file: lines, kind and signature, or what it begins with."""
    chunk = hit.chunk
    code = render.passage(chunk, snapshot.chunk_text(chunk))
    lines = render.location("", code.start, code.end)
    if hit.lines:
        said = snapshot.lines(chunk.file_id, hit.lines[0], hit.lines[0]).strip()
        lines = render.location("", hit.lines[0], hit.lines[0])
    else:
        said = chunk.signature or next((line for line in code.text.split("\n") if line.strip()), "").strip()
    name = f" {chunk.symbol_kind} {render.name(chunk.qualified_name)}" if chunk.qualified_name else ""
    short = f"  {lines}{name}"
    full = f"{short}: {render.cut(' '.join(said.split()), _LINE_CHARS)}"
    if explain:
        full += f"\n  why: {json.dumps(hit.why(), sort_keys=True)}"
    return Item((full, short), display_path(chunk.path))


def _grouped(items: list[Item], placed: tuple[budgeting.Placed, ...]) -> list[str]:
    """Return the texts of an answer; those that belong under a heading stand below it, in the order of the headings."""
    under: dict[str, list[str]] = {}
    for each in placed:
        heading = items[each.position].section
        under.setdefault(heading or str(each.position), [heading] if heading else []).append(each.text)
    return [text for texts in under.values() for text in texts]


def _nothing(request: Request, start: int) -> str:
    if start:
        return "no more results"
    query = parse(request.query, _mode(request), len(request.query))
    if query.kind in ("exact", "regex"):
        advice = "exact and regex search mind case and spaces; mode=keyword finds words"
    else:
        advice = "try other words" + ("" if request.mode == "semantic" else ", or mode=semantic")
    filters = request.wanted(query).said()
    return f"no result for {plain(request.query).strip()[:80]!r}; {advice}" + (
        f"; filters: {filters}" if filters else ""
    )


def limit_of(request: Request, options: RetrievalOptions) -> int:
    """Return how many results are wanted.

    Raises:
        BadQuery: the limit is out of range.
    """
    limit = options.limit if request.limit is None else request.limit
    if not 1 <= limit <= options.max_limit:
        raise BadQuery(f"limit {limit} is out of range", f"give 1 to {options.max_limit}")
    return limit


def _digest(request: Request) -> str:
    filters = (request.path, request.language, request.kind, request.tests, request.changed_since)
    asked = (request.query, request.mode, *filters)
    return blake2b(repr(asked).encode("utf-8", "replace"), digest_size=4).hexdigest()


def _cursor(request: Request, generation: int, offset: int) -> str:
    return f"{generation}-{offset}-{_digest(request)}"


def _offset(request: Request, generation: int) -> int:
    if not request.cursor:
        return 0
    hint = "repeat the search without cursor"
    found = _CURSOR.fullmatch(request.cursor.strip())
    if found is None:
        raise BadQuery("the cursor is not one of ours", hint)
    if found[3] != _digest(request):
        raise BadQuery("the cursor belongs to another search", hint)
    if int(found[1]) != generation:
        raise BadQuery("the index has changed since this cursor was made", hint)
    return int(found[2])
