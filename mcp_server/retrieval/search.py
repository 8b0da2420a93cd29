"""Which code answers this question? The read path on one page: query -> recall -> fuse -> rerank -> budget -> text."""

import base64
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import pathspec

from mcp_server import tokens
from mcp_server.config import RetrievalOptions
from mcp_server.embedding import Embedder
from mcp_server.errors import BadQuery
from mcp_server.retrieval import budget as budgeting
from mcp_server.retrieval import render
from mcp_server.retrieval.budget import Item
from mcp_server.retrieval.fuse import fuse
from mcp_server.retrieval.query import MODES, Kind, Mode, Query, parse
from mcp_server.retrieval.recall import Scope, recall
from mcp_server.retrieval.rerank import Ranked, rerank
from mcp_server.retrieval.scan import Match, scan
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import ChunkRow

# Weight of each list in the fusion. A name is found by its words and its definition; a question gains from
# meaning where its words are not in the code. Chosen on the open retrieval set by benchmarks/retrieval.py.
WEIGHTS: dict[Kind, dict[str, float]] = {
    "identifier": {"keyword": 1.0, "semantic": 0.3, "symbols": 1.0},
    "path": {"keyword": 1.0, "semantic": 0.3, "symbols": 0.5},
    "words": {"keyword": 1.0, "semantic": 1.0, "symbols": 0.3},
}
_ONLY = {"keyword": {"keyword": 1.0, "symbols": 0.5}, "semantic": {"semantic": 1.0}}
# The full form of one result takes at most this share of what is left, so that one long function
# does not push every other result out of a small answer.
_SHARE = 0.5
# Kept for the footer that names what was left out.
_FOOTER_TOKENS = 40


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


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: a chunk, its score, why it is there, and for exact searches the matching lines."""

    chunk: ChunkRow
    score: float
    reasons: dict[str, Any] = field(default_factory=dict)
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Every hit of a search in order, and what its answer has to say about itself."""

    hits: list[Hit]
    notes: list[str]


def find(snapshot: Snapshot, embedder: Embedder | None, request: Request, options: RetrievalOptions) -> Found:
    """Return the ranked hits of a search.

    Raises:
        BadQuery: the query, the mode, a filter or the pattern cannot be used.
    """
    if request.mode not in MODES:
        raise BadQuery(f"unknown mode {request.mode!r}", f"modes are {', '.join(MODES)}")
    mode: Mode = request.mode
    query = parse(request.query, mode, options.max_query_chars)
    scope = scope_of(snapshot, request)
    if scope.file_ids is not None and not scope.file_ids:
        return Found([], [_empty_scope(request)])
    if query.kind in ("exact", "regex"):
        scanned = scan(snapshot, query, scope)
        hits = [_exact_hit(match) for match in scanned.matches]
        return Found(
            sorted(hits, key=lambda h: -h.score),
            [f"search stopped early: {scanned.stopped}"] if scanned.stopped else [],
        )
    return Found(_ranked(snapshot, embedder, query, mode, scope, options), _degraded(snapshot))


def _ranked(
    snapshot: Snapshot, embedder: Embedder | None, query: Query, mode: Mode, scope: Scope, options: RetrievalOptions
) -> list[Hit]:
    weights = _ONLY.get(mode) or WEIGHTS[query.kind]
    recalled = recall(snapshot, embedder if "semantic" in weights else None, query, scope, options.candidates)
    candidates = fuse(recalled.lists, weights)
    chunks = snapshot.chunks([c.chunk_id for c in candidates])
    return [_hit(ranked) for ranked in rerank(candidates, chunks, query, recalled.named)]


def _hit(ranked: Ranked) -> Hit:
    return Hit(ranked.chunk, ranked.score, {"ranks": dict(ranked.ranks), **ranked.reasons})


def _exact_hit(match: Match) -> Hit:
    return Hit(match.chunk, float(len(match.lines)), {"matches": len(match.lines)}, match.lines)


def _degraded(snapshot: Snapshot) -> list[str]:
    return [f"degraded: the {leg} store did not answer; results come from the others" for leg in snapshot.degraded]


def _empty_scope(request: Request) -> str:
    given = ", ".join(f"{n}={v!r}" for n, v in (("path", request.path), ("language", request.language)) if v)
    return f"no indexed file matches {given}; leave the filter out or widen it"


def scope_of(snapshot: Snapshot, request: Request) -> Scope:
    """Return the files and chunk kinds that a search is limited to.

    ``path`` is a .gitignore-style pattern or a folder or file name, relative to the root.

    Raises:
        BadQuery: a filter names a language or kind that does not exist.
    """
    file_ids = None
    if request.language and request.language.lower() not in snapshot.languages():
        known = ", ".join(sorted(snapshot.languages())) or "none yet"
        raise BadQuery(f"no indexed file is in language {request.language!r}", f"languages here: {known}")
    if request.path or request.language:
        accept = _matcher(request.path) if request.path else None
        file_ids = frozenset(
            f.id
            for f in snapshot.files()
            if (accept is None or accept.match_file(f.path))
            and (not request.language or f.language == request.language.lower())
        )
    return Scope(file_ids, (request.kind.lower(),) if request.kind else None)


@lru_cache(maxsize=64)
def _matcher(path: str) -> pathspec.PathSpec[Any]:
    cleaned = re.sub(r"^(\./)+", "", path.strip().replace("\\", "/")).rstrip("/")
    return pathspec.GitIgnoreSpec.from_lines([cleaned or "*"])


def page(snapshot: Snapshot, found: Found, request: Request, options: RetrievalOptions) -> tuple[str, dict[str, Any]]:
    """Return one page of hits as text within the budget, and as data.

    Raises:
        BudgetTooSmall: the budget holds no result.
        BadQuery: the limit or the cursor cannot be used.
    """
    limit = limit_of(request, options)
    budget = budgeting.check(request.budget_tokens or options.budget_tokens, options.max_budget_tokens)
    start = _offset(request, snapshot.generation)
    hits = found.hits[start : start + limit]
    notes = list(found.notes)
    if not hits:
        notes.append(_nothing(request, start))
    head = budgeting.fit("\n".join(notes), budget)
    room = budget - tokens.count(head) - _FOOTER_TOKENS
    packed = budgeting.pack([_item(snapshot, hit, explain=request.explain) for hit in hits], room, share=_SHARE)
    shown = [hits[p.position] for p in packed.placed]
    blocks = [p.text for p in packed.placed]
    left = len(found.hits) - start - len(shown)
    cursor = _cursor(request, snapshot.generation, start + len(shown)) if left and shown else None
    if left and shown:
        blocks.append(f"({left} more; next page: cursor={cursor})")
    elif left:
        blocks.append(f"({left} results, none fits into {budget} tokens)")
    text = "\n".join(block for block in (head, *blocks) if block)
    data = {
        "hits": [hit_data(snapshot, hit, text=p.text) for hit, p in zip(shown, packed.placed, strict=True)],
        "left_out": left,
        "cursor": cursor,
        "notes": notes,
    }
    return text, data


def hit_data(snapshot: Snapshot, hit: Hit, *, text: str | None = None) -> dict[str, Any]:
    """Return one hit as plain data; ``tokens`` and ``chars`` are those of its code."""
    chunk = hit.chunk
    code = snapshot.chunk_text(chunk)
    data: dict[str, Any] = {
        "path": display_path(chunk.path),
        "start": chunk.line_start,
        "end": chunk.line_end,
        "symbol": chunk.qualified_name,
        "kind": chunk.kind,
        "score": round(hit.score, 5),
        "tokens": chunk.tokens,
        "chars": len(code),
    }
    return data if text is None else {**data, "text": text}


def _item(snapshot: Snapshot, hit: Hit, *, explain: bool) -> Item:
    chunk = hit.chunk
    header = render.chunk_header(chunk)
    if explain:
        header += f"\nwhy: {json.dumps(hit.reasons, sort_keys=True)}"
    if hit.lines:
        lines = snapshot.lines(chunk.file_id, chunk.line_start, chunk.line_end).split("\n")
        shown = "\n".join(f"{n}: {lines[n - chunk.line_start].strip()}" for n in hit.lines[:8])
        return Item((f"{header}\n{render.clean(shown)}", header))
    return Item(render.forms(header, snapshot.chunk_text(chunk), chunk.signature or ""))


def _nothing(request: Request, start: int) -> str:
    if start:
        return "no more results"
    advice = "try other words, or mode=semantic" if request.mode != "semantic" else "try the names the code may use"
    filters = [n for n in ("path", "language", "kind") if getattr(request, n)]
    return f"no result for {request.query.strip()[:80]!r}; {advice}" + (
        f"; filters: {', '.join(filters)}" if filters else ""
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
    asked = (request.query, request.path, request.language, request.kind, request.mode)
    return blake2b(repr(asked).encode("utf-8", "replace"), digest_size=6).hexdigest()


def _cursor(request: Request, generation: int, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{generation}.{offset}.{_digest(request)}".encode()).decode().rstrip("=")


def _offset(request: Request, generation: int) -> int:
    if not request.cursor:
        return 0
    hint = "repeat the search without cursor"
    try:
        padded = request.cursor + "=" * (-len(request.cursor) % 4)
        made_for, offset, digest = base64.urlsafe_b64decode(padded.encode()).decode().split(".")
        numbers = int(made_for), int(offset)
    except ValueError:
        raise BadQuery("the cursor is not one of ours", hint) from None
    if digest != _digest(request):
        raise BadQuery("the cursor belongs to another search", hint)
    if numbers[0] != generation:
        raise BadQuery("the index has changed since this cursor was made", hint)
    return max(0, numbers[1])
