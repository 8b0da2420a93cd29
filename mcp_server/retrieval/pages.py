"""How are hits shown, page by page? Hits -> forms -> what fits -> text, data and the cursor of the next page.

The hits of one root, or of several: each root ranks its own, and the ranks are fused (reciprocal rank fusion; Cormack,
Clarke and Buettcher, SIGIR 2009), because scores of different indexes do not compare.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from mcp_server import tokens
from mcp_server.config import RetrievalOptions
from mcp_server.errors import BadQuery
from mcp_server.retrieval import budget as budgeting
from mcp_server.retrieval import render
from mcp_server.retrieval.budget import Item
from mcp_server.retrieval.query import parse, plain
from mcp_server.retrieval.search import Found, Hit, Request, mode_of
from stores.facts import display_path
from stores.index import Snapshot

# The full form of one result takes at most this share of what is left, so that one long function
# does not push every other result out of a small answer.
_SHARE = 0.5
# Matching lines shown of one passage, and characters of each.
_SHOWN_LINES = 8
_LINE_CHARS = 200
# A cursor: generation, offset, what was asked. Digits cost fewer tokens than the base64 of the same.
_CURSOR = re.compile(r"([0-9]{1,15})-([0-9]{1,9})-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit as what can be shown of it, and as data."""

    item: Item
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """The hits of one page before they are fitted into it.

    ``start`` is the rank of the first, 0 for the best of all; ``total`` counts those of all pages. ``nothing`` says why
    there can be none.
    """

    generation: int
    hits: Sequence[Shown]
    start: int
    total: int
    notes: Sequence[str]
    nothing: str = ""


def page(snapshot: Snapshot, found: Found, request: Request, options: RetrievalOptions) -> tuple[str, dict[str, Any]]:
    """Return one page of hits as text within the budget, and as data.

    Raises:
        BudgetTooSmall: the budget holds no result.
        BadQuery: the limit or the cursor cannot be used.
    """
    start = offset(request, snapshot.generation)
    hits = shown(snapshot, found.hits[start : start + limit_of(request, options)], request)
    listing = Listing(snapshot.generation, hits, start, len(found.hits), found.notes, found.nothing)
    return fitted(listing, request, options)


def shown(snapshot: Snapshot, hits: Sequence[Hit], request: Request) -> list[Shown]:
    """Return hits as what can be shown of them."""
    show = concise if request.detail == "concise" else passage
    return [Shown(show(snapshot, hit, explain=request.explain), hit_data(snapshot, hit)) for hit in hits]


def fitted(listing: Listing, request: Request, options: RetrievalOptions) -> tuple[str, dict[str, Any]]:
    """Return what fits of a listing as text, and as data.

    Raises:
        BudgetTooSmall: the budget holds no result.
    """
    asked = options.budget_tokens if request.budget_tokens is None else request.budget_tokens
    budget = budgeting.check(asked, options.max_budget_tokens)
    notes, hits = list(listing.notes), listing.hits
    head = budgeting.notes(notes, budget)
    room = budget - tokens.count(head) - bool(head)
    placed: tuple[budgeting.Placed, ...] = ()
    if not hits:
        notes.append(listing.nothing or _nothing(request, listing.start))
        blocks = [budgeting.fit(notes[-1], room)]
    else:
        items = [hit.item for hit in hits]
        footers = [_footer(request, listing, count) for count in range(len(hits) + 1)]
        placed = budgeting.pack(items, room - max(map(tokens.count, footers)), share=_SHARE).placed
        blocks = [*_grouped(items, placed), footers[len(placed)]]
        if not placed:
            left = listing.total - listing.start
            blocks = [budgeting.fit(f"({left} results, none fits; raise budget_tokens)", room)]
    left = max(0, listing.total - listing.start - len(placed))
    data = {
        "hits": [{**hits[each.position].data, "text": each.text} for each in placed],
        "left_out": left,
        "cursor": _cursor(request, listing.generation, listing.start + len(placed)) if left and placed else None,
        "notes": notes,
    }
    return "\n".join(block for block in (head, *blocks) if block), data


def fused(
    listings: Mapping[str, Sequence[Shown]], start: int, limit: int, guessed: Collection[str] = ()
) -> list[Shown]:
    """Return the hits at ``start`` and after of several roots, each root's own best first.

    Of equal ranks those of roots that only ``guessed`` which name was meant come later, then lower scores.
    """
    ranked = [
        (rank, root in guessed, -hit.data["score"], root, hit)
        for root, hits in listings.items()
        for rank, hit in enumerate(hits)
    ]
    return [each[-1] for each in sorted(ranked, key=lambda each: each[:4])[start : start + limit]]


def _footer(request: Request, listing: Listing, count: int) -> str:
    """Return the last line of a page that shows ``count`` hits, "" for the last page."""
    at = listing.start + count
    left = listing.total - at
    return f"({left} more; next page: cursor={_cursor(request, listing.generation, at)})" if left > 0 else ""


def hit_data(snapshot: Snapshot, hit: Hit) -> dict[str, Any]:
    """Return one hit as plain data; ``tokens`` and ``chars`` are those of its code."""
    chunk = hit.chunk
    code = render.passage(chunk, snapshot.chunk_text(chunk))
    return {
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
    query = parse(request.query, mode_of(request), len(request.query))
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


def offset(request: Request, generation: int | None = None) -> int:
    """Return the rank that a search's cursor goes on from, 0 without one; ``generation`` is compared when given.

    Raises:
        BadQuery: the cursor belongs to another search, or the index has changed since.
    """
    if not request.cursor:
        return 0
    hint = "repeat the search without cursor"
    found = _CURSOR.fullmatch(request.cursor.strip())
    if found is None:
        raise BadQuery("the cursor is not one of ours", hint)
    if found[3] != _digest(request):
        raise BadQuery("the cursor belongs to another search", hint)
    if generation is not None and int(found[1]) != generation:
        raise BadQuery("the index has changed since this cursor was made", hint)
    return int(found[2])
