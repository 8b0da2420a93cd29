"""What does each tool answer? From one snapshot to one text within the budget, with what it has to say about itself."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mcp_server import tokens
from mcp_server.config import RetrievalOptions
from mcp_server.embedding import Embedder
from mcp_server.errors import BadQuery, RequestError, UnknownSymbol
from mcp_server.retrieval import budget as budgeting
from mcp_server.retrieval import calls, pages, render, symbols
from mcp_server.retrieval import context as contexts
from mcp_server.retrieval import search as searching
from mcp_server.retrieval.calls import Calls
from mcp_server.retrieval.calls import check as check_calls
from mcp_server.retrieval.places import Place, current, definitions, indexed_file, place, pointed, seen_ranges
from mcp_server.retrieval.query import MODES, parse, plain
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import FileRow, SymbolRow

# Definitions shown for a task in words: the best hits, each with its surroundings, if it has this many tokens.
_TASK_HITS = 3
_TASK_TOKENS = 500
# Further hits that are named: a line each, together at most this part of the answer.
_TASK_NAMED = 10
_TASK_NAMED_PART = 6
_SHOWN_FILES = 5
_SHOWN_CHARS = 200
_ALSO = "## see also"


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer: its text, the same as data, the generation it is from, and its notes."""

    text: str
    data: dict[str, Any]
    generation: int
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class About:
    """A context as it was asked for."""

    target: str
    path: str | None
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Best:
    """How many hits of one root an answer of several wants, and the prefix that their paths get."""

    most: int
    prefix: str


def checked_budget(budget_tokens: int | None, options: RetrievalOptions) -> int:
    """Return the budget to keep to.

    Raises:
        BudgetTooSmall: it holds no answer.
    """
    return budgeting.check(options.budget_tokens if budget_tokens is None else budget_tokens, options.max_budget_tokens)


def check_search(request: searching.Request, options: RetrievalOptions) -> None:
    """Refuse what is wrong in a search before the index is looked at.

    Raises:
        BadQuery: the query or the mode cannot be used.
        BudgetTooSmall: the budget holds no answer.
    """
    if request.mode not in MODES:
        raise BadQuery(f"unknown mode {request.mode!r}", f"modes are {', '.join(MODES)}")
    parse(request.query, "auto", options.max_query_chars)
    checked_budget(request.budget_tokens, options)


def search(
    snapshot: Snapshot, embedder: Embedder, request: searching.Request, options: RetrievalOptions, notes: list[str]
) -> Rendered:
    """Answer ``search_code``."""
    found = searching.find(snapshot, embedder, request, options)
    found = replace(found, notes=[*notes, *found.notes])
    text, data = pages.page(snapshot, found, request, options)
    return Rendered(text, data, snapshot.generation, data["notes"])


def ranked(
    snapshot: Snapshot,
    embedder: Embedder,
    request: searching.Request,
    options: RetrievalOptions,
    notes: list[str],
    wanted: Best,
) -> Rendered:
    """Return the best hits of a search for an answer of several roots.

    The data has the ``hits`` (only their paths, relative to this root), what can be shown of them (``shown``, of
    ``pages.Shown``), how many there are in all (``total``), why there can be none (``nothing``), and whether nothing is
    called by the name that was asked for (``guessed``).
    """
    found = searching.find(snapshot, embedder, request, options)
    best = found.hits[: wanted.most]
    moved = [replace(hit, chunk=hit.chunk._replace(path=f"{wanted.prefix}/{hit.chunk.path}")) for hit in best]
    data = {
        "hits": [{"path": display_path(hit.chunk.path)} for hit in best],
        "shown": pages.shown(snapshot, moved, request),
        "total": len(found.hits),
        "nothing": found.nothing,
        "guessed": found.guessed,
    }
    return Rendered("", data, snapshot.generation, [*notes, *found.notes])


def context(
    snapshot: Snapshot, embedder: Embedder, asked: About, options: RetrievalOptions, notes: list[str]
) -> Rendered:
    """Answer ``get_context``: a place, a file, a symbol, else a task in words.

    Raises:
        UnknownSymbol: nothing has this name; the hint names the nearest.
        PathOutsideRoot: the target leaves the root.
    """
    wanted, path = plain(asked.target).strip(), plain(asked.path or "")
    if not wanted:
        raise BadQuery("no target was given", "give a symbol, path:line, a path, or a task in words")
    notes = [*notes, *_link_notes(snapshot, "may be missing")]
    head = budgeting.notes(notes, options.budget_tokens)
    room = options.budget_tokens - tokens.count(head) - bool(head)
    seen = seen_ranges(asked.seen)
    found = (
        _placed(snapshot, wanted, room, seen)
        or _named(snapshot, wanted, path, room, seen)
        or _pasted(snapshot, wanted, room, seen)
    )
    if found is None:
        if not any(c.isspace() for c in wanted):
            raise _unknown(snapshot, wanted, path)
        found = _task(snapshot, embedder, About(wanted, path, asked.seen), replace(options, budget_tokens=room))
    return Rendered(_joined(head, found.text), found.data, snapshot.generation, notes)


def _placed(snapshot: Snapshot, target: str, budget: int, seen: list[Place]) -> contexts.Context | None:
    """Return the context of a path, of lines of it, cited or not, or of ``path:name``; None for no indexed path."""
    at = place(target)
    file = indexed_file(snapshot, at.path if at else target)
    if file is None:
        head, colon, rest = target.rpartition(":")
        inside = indexed_file(snapshot, head) if colon and rest else None
        return None if inside is None else _named(snapshot, rest, "/" + inside.path, budget, seen)
    if at is None:
        return contexts.of_file(snapshot, file, budget)
    at, said = current(snapshot, file, at)
    head = budgeting.notes([said] if said else [], budget)
    found = _lines(snapshot, file, at, budget - tokens.count(head) - bool(head), seen)
    return replace(found, text=_joined(head, found.text), data={**found.data, "changed": bool(said)})


def _lines(snapshot: Snapshot, file: FileRow, asked: Place, budget: int, seen: list[Place]) -> contexts.Context:
    """Return the context of the definition that holds these lines if it can be shown, else the lines."""
    first, last = asked.start, min(asked.end, file.lines)
    if not 1 <= first <= last:
        known = f"{display_path(file.path)} has {file.lines} lines"
        raise BadQuery(
            f"{known}, not {asked.start}" + (f"-{asked.end}" if asked.start != asked.end else ""), "give lines it has"
        )
    symbol = snapshot.symbol_at(file.id, first)
    while symbol is not None and symbol.line_end < last:
        symbol = snapshot.symbol(symbol.parent_id) if symbol.parent_id is not None else None
    if symbol is not None and first != last:
        source = snapshot.lines(file.id, symbol.line_start, symbol.line_end)
        if tokens.count(source) > budget * contexts.DEFINITION_SHARE:
            symbol = None
    if symbol is not None:
        return contexts.of_symbol(snapshot, symbol, budget, seen, first if first == last else None)
    return contexts.of_lines(snapshot, file, (first, last), budget)


def _pasted(snapshot: Snapshot, text: str, budget: int, seen: list[Place]) -> contexts.Context | None:
    """Return the definitions that a pasted diff or stack trace names, None if it names none."""
    found = definitions(snapshot, pointed(snapshot, text))
    if not found:
        return None
    most = max(1, min(_TASK_HITS, budget // _TASK_TOKENS))
    items = [budgeting.Item((render.symbol_line(symbol),), _ALSO) for symbol, _ in found[most:]]
    named = budgeting.pack(items, budget // _TASK_NAMED_PART).placed
    also = "\n".join([_ALSO, *(p.text for p in named)]) if named else ""
    left_out = len(found) - most - len(named)
    return _together(snapshot, found[:most], also, budget, (seen, max(0, left_out)))


def _together(
    snapshot: Snapshot,
    chosen: Sequence[tuple[SymbolRow, int | None]],
    also: str,
    room: int,
    rest: tuple[list[Place], int],
) -> contexts.Context:
    """Return the contexts of several definitions, each with its share of ``room``, and what else is named.

    Of each the line is given that is meant, if one is.
    """
    seen, left_out = list(rest[0]), rest[1]
    room -= tokens.count(also) + bool(also)
    blocks: list[str] = []
    data: list[dict[str, Any]] = []
    for position, (symbol, line) in enumerate(chosen):
        part = contexts.of_symbol(snapshot, symbol, room // (len(chosen) - position) - 1, seen, line)
        room -= tokens.count(part.text) + 1
        blocks.append(part.text)
        data.append(part.data)
        # Nothing twice: what this part shows, the next ones leave out.
        seen.append(Place(symbol.path, symbol.line_start, symbol.line_end))
    return contexts.Context("\n".join([*blocks, also] if also else blocks), {"symbols": data}, left_out)


def _unknown(snapshot: Snapshot, wanted: str, path: str) -> UnknownSymbol:
    """Return the error for a target that is neither a symbol nor an indexed path; it names the nearest of its kind."""
    at = place(wanted)
    named = (at.path if at else wanted).replace("\\", "/").rstrip("/")
    last = named.rsplit("/", 1)[-1]
    known = [f.path for f in snapshot.files()]
    below = [k for k in known if k.startswith(named + "/")]
    if below:
        shown = ", ".join(display_path(k) for k in below[:_SHOWN_FILES])
        return UnknownSymbol(f"{named} is a folder of {len(below)} indexed files", f"name one: {shown}")
    same = [k for k in known if k.rsplit("/", 1)[-1] == last]
    if same or at or ("/" in named and re.search(r"\.\w{1,5}$", last)):
        shown = ", ".join(display_path(k) for k in same[:_SHOWN_FILES])
        hint = f"did you mean: {shown}" if same else "search_code with path= finds indexed files"
        return UnknownSymbol(f"no file {display_path(named[:_SHOWN_CHARS])} is indexed", hint)
    return symbols.unknown(snapshot, wanted, path)


def _named(snapshot: Snapshot, name: str, path: str, budget: int, seen: list[Place]) -> contexts.Context | None:
    """Return the context of the symbol called ``name``, its candidates if there are several, None if there is none."""
    # A trace begins with "Traceback (": what is too long, or has spaces, is words, and not a name that is wrong.
    if len(name) > symbols.MAX_NAME_CHARS and any(c.isspace() for c in name):
        return None
    if any(c.isspace() for c in name.split("(")[0].strip()) or not name.strip("`\"' .()"):
        return None
    found = symbols.candidates(snapshot, name, path)
    if not found:
        return None
    if len(found) > 1:
        text = symbols.candidates_text(name, found, "ask again with one of these names, or add path", budget)
        return contexts.Context(text, {"candidates": [symbols.symbol_data(s) for s in found]}, 0)
    others = [s for s in symbols.overloads(snapshot, found[0]) if s.id != found[0].id]
    lines = ", ".join(f":{s.line_start}" for s in others)
    said = [f"one of {len(others) + 1} definitions of this name here, path:line asks for another: {lines}"]
    head = budgeting.notes(said, budget) if others else ""
    shown = contexts.of_symbol(snapshot, found[0], budget - tokens.count(head) - bool(head), seen)
    return replace(shown, text=_joined(head, shown.text))


def _task(snapshot: Snapshot, embedder: Embedder, asked: About, options: RetrievalOptions) -> contexts.Context:
    """Return the definitions that a task is about, each with what surrounds it, and name the next best places."""
    task, path = asked.target, asked.path
    hits = searching.find(snapshot, embedder, searching.Request(task, path=path or None), options).hits
    room = options.budget_tokens
    most = max(1, min(_TASK_HITS, room // _TASK_TOKENS))
    chosen: dict[int, SymbolRow] = {}
    rest: list[searching.Hit] = []
    for hit in hits:
        symbol = snapshot.symbol(hit.chunk.symbol_id) if hit.chunk.symbol_id is not None else None
        if symbol is not None and symbol.kind != "section" and len(chosen) < most:
            chosen.setdefault(symbol.id, symbol)
        elif (symbol is None or symbol.id not in chosen) and len(rest) < _TASK_NAMED:
            rest.append(hit)
    if not hits:
        said = f"nothing found for {task[:_SHOWN_CHARS]!r}" + (f" in {path}" if path else "")
        return contexts.Context(budgeting.fit(f"{said}; try search_code with other words", room), {"symbols": []}, 0)
    if chosen:
        items = [budgeting.Item(pages.passage(snapshot, hit).forms[-1:], _ALSO) for hit in rest]
        named = budgeting.pack(items, room // _TASK_NAMED_PART).placed
    else:
        named = budgeting.pack([pages.passage(snapshot, hit) for hit in rest], room, share=0.5).placed
    also = "\n".join([*([_ALSO] if chosen else []), *(p.text for p in named)]) if named else ""
    left_out = len(hits) - len(chosen) - len(named)
    found = _together(
        snapshot, [(symbol, None) for symbol in chosen.values()], also, room, (seen_ranges(asked.seen), left_out)
    )
    if not found.text:
        said = f"{len(hits)} places found, none fits; raise budget_tokens"
        found = replace(found, text=budgeting.fit(said, options.budget_tokens))
    return found


def call_graph(snapshot: Snapshot, asked: Calls, options: RetrievalOptions, notes: list[str]) -> Rendered:
    """Answer ``call_graph``: trees, chains, impact, or the dependencies of files.

    Raises:
        UnknownSymbol: nothing callable has this name; the hint names the nearest.
        BadQuery: an argument is out of its range, or does not go with another.
    """
    check_calls(asked)
    notes = [*notes, *_link_notes(snapshot, "are unknown until the index is complete")]
    head = budgeting.notes(notes, options.budget_tokens)
    text, data = calls.answer(snapshot, asked, options.budget_tokens - tokens.count(head) - bool(head))
    return Rendered(_joined(head, text), data, snapshot.generation, notes)


def _link_notes(snapshot: Snapshot, so: str) -> list[str]:
    """Return which calls were not linked: all until a run is through, later those of files the linker failed at."""
    if not snapshot.linked:
        return [f"calls are not linked yet: callers and callees {so}"]
    failed = snapshot.not_linked(_SHOWN_FILES + 1)
    if not failed:
        return []
    shown = ", ".join(map(display_path, failed[:_SHOWN_FILES])) + (" and others" if len(failed) > _SHOWN_FILES else "")
    return [f"what {shown} calls, imports and inherits is unknown: it could not be linked, `tristore status` says why"]


def _joined(head: str, text: str) -> str:
    return f"{head}\n{text}" if head else text


def batch_row(
    snapshot: Snapshot,
    embedder: Embedder,
    request: searching.Request,
    options: RetrievalOptions,
) -> dict[str, Any]:
    """Return one row of ``tristore batch``: the hits of a query in rank order, and the milliseconds it took."""
    check_search(request, options)
    started = time.perf_counter()
    hits = searching.find(snapshot, embedder, request, options).hits
    limit = pages.limit_of(request, options)
    rows = [pages.hit_data(snapshot, hit) for hit in hits[:limit]]
    return {"ms": round((time.perf_counter() - started) * 1000, 3), "hits": rows}


def batch_calls(snapshot: Snapshot, asked: Calls, options: RetrievalOptions) -> dict[str, Any]:
    """Return one row of ``tristore batch`` for a question about the graph: text and data, or why there is none."""
    started = time.perf_counter()
    try:
        found = call_graph(snapshot, asked, options, [])
    except RequestError as error:
        answered: dict[str, Any] = {"error": str(error), "hint": error.hint}
    else:
        answered = {"text": found.text, **found.data}
    return {"ms": round((time.perf_counter() - started) * 1000, 3), **answered}
