"""What does each tool answer? From one snapshot to one text within the budget, with what it has to say about itself."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from mcp_server import tokens
from mcp_server.config import RetrievalOptions
from mcp_server.embedding import Embedder
from mcp_server.errors import BadQuery, PathOutsideRoot, UnknownSymbol
from mcp_server.retrieval import budget as budgeting
from mcp_server.retrieval import context as contexts
from mcp_server.retrieval import graph, render, symbols
from mcp_server.retrieval import search as searching
from mcp_server.retrieval.query import MODES, parse
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import CallRow, EdgeRow, FileRow, SymbolRow

# Definitions shown for a task in words: the best hits, each with its surroundings.
_TASK_HITS = 3
_DIRECTIONS = ("callers", "callees", "both")


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


@dataclass(frozen=True, slots=True)
class Calls:
    """A call graph as it was asked for."""

    symbol: str
    path: str | None
    direction: str
    depth: int


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
    text, data = searching.page(snapshot, found, request, options)
    return Rendered(text, data, snapshot.generation, found.notes)


def context(
    snapshot: Snapshot, embedder: Embedder, asked: About, options: RetrievalOptions, notes: list[str]
) -> Rendered:
    """Answer ``get_context``: a place, a file, a symbol, else a task in words.

    Raises:
        UnknownSymbol: nothing has this name; the hint names the nearest.
        PathOutsideRoot: the target leaves the root.
    """
    wanted, path = asked.target.strip(), asked.path
    if not wanted:
        raise BadQuery("no target was given", "give a symbol, path:line, a path, or a task in words")
    head = _head(notes, options.budget_tokens)
    room = options.budget_tokens - tokens.count(head) - 1
    found = _placed(snapshot, wanted, room) or _named(snapshot, wanted, path, room)
    if found is None:
        if not any(c.isspace() for c in wanted):
            raise symbols.unknown(snapshot, wanted, path)
        found = _task(snapshot, embedder, wanted, path, replace(options, budget_tokens=room))
    return Rendered(_joined(head, found.text), found.data, snapshot.generation, notes)


def _placed(snapshot: Snapshot, target: str, budget: int) -> contexts.Context | None:
    """Return the context of ``path``, ``path:line`` or ``path:name``, None if the target is no indexed path."""
    place = contexts.place(target)
    name, line = place if place else (target, 0)
    file = _file(snapshot, name)
    if file is None:
        head, colon, rest = target.rpartition(":")
        inside = _file(snapshot, head) if colon and rest else None
        if inside is None:
            return None
        return _named(snapshot, rest, "/" + inside.path, budget)
    if not place:
        return contexts.of_file(snapshot, file, budget)
    if not 1 <= line <= max(1, file.lines):
        raise BadQuery(f"{display_path(file.path)} has {file.lines} lines", f"give a line from 1 to {file.lines}")
    symbol = snapshot.symbol_at(file.id, line)
    if symbol is not None:
        return contexts.of_symbol(snapshot, symbol, budget)
    chunk = snapshot.chunk_at(file.id, line)
    return contexts.of_lines(snapshot, chunk, line, budget) if chunk else contexts.of_file(snapshot, file, budget)


def _file(snapshot: Snapshot, path: str) -> FileRow | None:
    cleaned = path.strip().replace("\\", "/").removeprefix("./")
    if cleaned.startswith("/") or ".." in cleaned.split("/"):
        raise PathOutsideRoot(f"{display_path(path)} is not below the root", "give a path relative to the root")
    return snapshot.file(cleaned) if cleaned else None


def _named(snapshot: Snapshot, name: str, path: str | None, budget: int) -> contexts.Context | None:
    """Return the context of the symbol called ``name``, its candidates if there are several, None if there is none."""
    if any(c.isspace() for c in name):
        return None
    found = symbols.candidates(snapshot, name, path)
    if not found:
        return None
    if len(found) > 1:
        text = budgeting.fit(symbols.candidates_text(name, found, "ask again"), budget)
        return contexts.Context(text, {"candidates": [symbols.symbol_data(s) for s in found]}, 0)
    return contexts.of_symbol(snapshot, found[0], budget)


def _task(
    snapshot: Snapshot, embedder: Embedder, task: str, path: str | None, options: RetrievalOptions
) -> contexts.Context:
    """Return the definitions that a task is about, each with what surrounds it."""
    request = searching.Request(task, path=path)
    hits = searching.find(snapshot, embedder, request, options).hits
    chosen: dict[int, SymbolRow] = {}
    for hit in hits:
        symbol = snapshot.symbol(hit.chunk.symbol_id) if hit.chunk.symbol_id is not None else None
        if symbol is not None and symbol.kind != "section":
            chosen.setdefault(symbol.id, symbol)
        if len(chosen) == _TASK_HITS:
            break
    if not chosen:
        text, data = searching.page(snapshot, searching.Found(hits, []), request, options)
        return contexts.Context(text, data, 0)
    blocks: list[str] = []
    data_blocks: list[dict[str, Any]] = []
    room = options.budget_tokens
    for position, symbol in enumerate(chosen.values()):
        part = contexts.of_symbol(snapshot, symbol, room // (len(chosen) - position))
        room -= tokens.count(part.text) + 1
        blocks.append(part.text)
        data_blocks.append(part.data)
    return contexts.Context("\n".join(blocks), {"symbols": data_blocks}, 0)


def call_graph(snapshot: Snapshot, asked: Calls, options: RetrievalOptions, notes: list[str]) -> Rendered:
    """Answer ``call_graph``.

    Raises:
        UnknownSymbol: nothing callable has this name; the hint names the nearest.
        BadQuery: direction or depth is out of range.
    """
    if asked.direction not in _DIRECTIONS:
        raise BadQuery(f"unknown direction {asked.direction!r}", f"directions are {', '.join(_DIRECTIONS)}")
    if not 1 <= asked.depth <= graph.MAX_DEPTH:
        raise BadQuery(f"depth {asked.depth} is out of range", f"give 1 to {graph.MAX_DEPTH}")
    if not snapshot.linked:
        notes = [*notes, "calls are not linked yet: callers and callees are unknown until the index is complete"]
    head = _head(notes, options.budget_tokens)
    room = options.budget_tokens - tokens.count(head) - 1
    found = _callables(snapshot, asked)
    if len(found) > 1:
        text = budgeting.fit(symbols.candidates_text(asked.symbol, found, "ask again"), room)
        data: dict[str, Any] = {"candidates": [symbols.symbol_data(s) for s in found]}
        return Rendered(_joined(head, text), data, snapshot.generation, notes)
    symbol = found[0]
    wanted: tuple[graph.Direction, ...] = ("callers", "callees")
    trees = [graph.grow(snapshot, symbol, d, asked.depth) for d in wanted if asked.direction in (d, "both")]
    text = budgeting.fit(graph.text(symbol, trees, room), room)
    return Rendered(_joined(head, text), graph.data(symbols.symbol_data(symbol), trees), snapshot.generation, notes)


def _callables(snapshot: Snapshot, asked: Calls) -> list[SymbolRow]:
    """Return the definitions that ``asked.symbol`` (a name, ``path:line`` or ``path:name``) means, at least one."""
    place = contexts.place(asked.symbol)
    file = _file(snapshot, place[0]) if place else None
    if place and file is not None:
        symbol = snapshot.symbol_at(file.id, place[1])
        if symbol is None:
            raise UnknownSymbol(f"no definition holds {asked.symbol.strip()}", "get_context shows what is at that line")
        return [symbol]
    name, path = asked.symbol, asked.path
    head, colon, rest = asked.symbol.strip().rpartition(":")
    if colon and not head.endswith(":") and (inside := _file(snapshot, head)) is not None:
        name, path = rest, "/" + inside.path
    found = symbols.candidates(snapshot, name, path)
    if not found:
        raise symbols.unknown(snapshot, name, path)
    return found


def _head(notes: list[str], budget: int) -> str:
    return budgeting.fit("\n".join(f"note: {render.clean(note)}" for note in notes), budget // 3)


def _joined(head: str, text: str) -> str:
    return f"{head}\n{text}" if head else text


def call_rows(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield every call site of the root as ``tristore export calls`` prints it."""
    for call, edges in snapshot.export_calls():
        yield {
            "path": display_path(call.path),
            "line": call.line,
            "column": call.column,
            "caller": _caller(call),
            "callee_text": call.text,
            "targets": [_target(edge) for edge in edges if edge.target is not None],
            "unresolved": call.unresolved,
        }


def _caller(call: CallRow) -> str:
    return ".".join(part for part in (call.module, call.caller) if part)


def _target(edge: EdgeRow) -> dict[str, Any]:
    target = edge.target
    assert target is not None
    return {
        "path": display_path(target.path),
        "line": target.name_line,
        "symbol": target.full_name,
        "strategy": edge.strategy,
        "confidence": edge.confidence,
    }


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
    limit = searching.limit_of(request, options)
    rows = [searching.hit_data(snapshot, hit) for hit in hits[:limit]]
    return {"ms": round((time.perf_counter() - started) * 1000, 3), "hits": rows}
