"""What must one read to understand or change this?

The definition, what it needs (parent class, imports, callees, types) and what needs it (callers, tests), most
useful first, within the budget: signatures of everything before the body of anything but the definition itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_server import tokens
from mcp_server.retrieval import render
from mcp_server.retrieval.budget import Item, pack
from mcp_server.retrieval.graph import OPEN_REASONS, SURE
from mcp_server.retrieval.rerank import is_test
from mcp_server.retrieval.symbols import symbol_data
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import ChunkRow, EdgeRow, FileRow, SymbolRow
from stores.words import identifiers

# The definition takes at most this share of the budget while there is something to say around it.
_DEFINITION_SHARE = 0.6
# Neighbours named per kind before any is shown with its body.
_PER_KIND = 8
_MAX_EDGES = 400
_MAX_MEMBERS = 40
_MAX_TYPES = 6
_CLASS_KINDS = frozenset({"class", "interface", "trait", "struct", "enum"})
_ALREADY_KNOWN = frozenset(
    re.findall(r"\w+", "Any Optional Union None Self str int float bool bytes list dict set tuple type object")
)

DEFINITION = "## definition"
PARENT = "## defined in / inherits"
IMPORTS = "## imports it uses"
CALLEES = "## calls"
TYPES = "## types it names"
CALLERS = "## called by"
TESTS = "## tests that call it"
MEMBERS = "## members"
BODIES = "## source of what it calls"
# Shown in this order; packed in the order of usefulness that `_items` yields.
_SECTIONS = (DEFINITION, PARENT, IMPORTS, CALLEES, TYPES, CALLERS, TESTS, MEMBERS, BODIES)


@dataclass(frozen=True, slots=True)
class Context:
    """A rendered context: its text, the same as data, and how many items were left out."""

    text: str
    data: dict[str, Any]
    left_out: int


def of_symbol(snapshot: Snapshot, symbol: SymbolRow, budget: int) -> Context:
    """Return the context of one definition within ``budget`` tokens."""
    source = snapshot.lines(symbol.file_id, symbol.line_start, symbol.line_end)
    header = f"{render.location(symbol.path, symbol.line_start, symbol.line_end)} {symbol.kind} {symbol.full_name}"
    own = _definition_forms(snapshot, symbol, header, source, budget)
    items = [Item(own, DEFINITION), *_items(snapshot, symbol, source)]
    note = "" if snapshot.linked else "note: calls are not linked yet; callers and callees may be missing"
    footer_room = 30 + tokens.count(note)
    packed = pack(items, budget - footer_room, skip=True)
    sections: dict[str, list[str]] = {}
    for placed in packed.placed:
        sections.setdefault(items[placed.position].section, []).append(placed.text)
    lines = [note] if note else []
    for section in _SECTIONS:
        if section in sections:
            lines.extend([section, *sections[section]])
    if packed.left_out:
        lines.append(f"({packed.left_out} more items; raise budget_tokens)")
    data = {**symbol_data(symbol), "sections": {name[3:]: found for name, found in sections.items()}}
    return Context("\n".join(lines), data, packed.left_out)


def _definition_forms(snapshot: Snapshot, symbol: SymbolRow, header: str, source: str, budget: int) -> tuple[str, ...]:
    """Return the definition whole if it leaves room for its surroundings, else without the middle, else outlined."""
    room = int(budget * _DEFINITION_SHARE)
    whole = f"{header}\n{render.clean(source)}"
    found = [whole] if tokens.count(whole) <= room else []
    if symbol.kind in _CLASS_KINDS:
        found.append(f"{header}\n{_outline(snapshot, symbol, room)}")
    lines = render.clean(source).split("\n")
    keep = len(lines)
    while keep > 4:
        keep = keep * 2 // 3
        text = "\n".join([header, *lines[:keep], f"… {len(lines) - keep} more lines"])
        if tokens.count(text) <= room:
            found.append(text)
            break
    found.append(f"{header}\n{render.signature(symbol)} …")
    found.append(header)
    return tuple(dict.fromkeys(found))


def _outline(snapshot: Snapshot, symbol: SymbolRow, room: int) -> str:
    """Return a class as its signature, docstring and the signatures of its members."""
    lines = [render.signature(symbol) + ":"]
    if symbol.docstring:
        lines.append(f'    """{render.summary(symbol.docstring)}"""')
    used = tokens.count("\n".join(lines))
    for member in snapshot.members(symbol.id):
        line = f"    {render.signature(member)}  # :{member.line_start}"
        used += tokens.count(line) + 1
        if used > room:
            lines.append("    …")
            break
        lines.append(line)
    return "\n".join(lines)


def _items(snapshot: Snapshot, symbol: SymbolRow, source: str) -> Iterator[Item]:
    """Yield what surrounds a definition, most useful first."""
    callees = _distinct(snapshot.callees(symbol.id, _MAX_EDGES), symbol.id)
    callers = _calling(snapshot, symbol)
    code = [group for group in callers if not is_test(group[0].call.path)]
    tests = [group for group in callers if is_test(group[0].call.path)]
    yield from (Item((line,), PARENT) for line in _parents(snapshot, symbol))
    yield from (Item((line,), IMPORTS) for line in _imports(snapshot, symbol, source))
    yield from (_signature_item(target, CALLEES) for target in callees[:_PER_KIND])
    yield from (_caller_item(snapshot, group, CALLERS) for group in code[:_PER_KIND])
    yield from (_signature_item(target, TYPES) for target in _types(snapshot, symbol))
    yield from (_caller_item(snapshot, group, TESTS) for group in tests[: _PER_KIND // 2])
    if symbol.kind in _CLASS_KINDS:
        yield from (Item((render.symbol_line(m),), MEMBERS) for m in snapshot.members(symbol.id)[:_MAX_MEMBERS])
    yield from _open_calls(snapshot, symbol)
    for target in callees[:_PER_KIND]:
        yield _body_item(snapshot, target)
    yield from (_signature_item(target, CALLEES) for target in callees[_PER_KIND:])
    yield from (_caller_item(snapshot, group, CALLERS) for group in code[_PER_KIND:])
    yield from (_caller_item(snapshot, group, TESTS) for group in tests[_PER_KIND // 2 :])


def _signature_item(symbol: SymbolRow, section: str) -> Item:
    line = render.symbol_line(symbol)
    said = render.summary(symbol.docstring)
    return Item((f"{line}  # {said}", line) if said else (line,), section)


def _body_item(snapshot: Snapshot, symbol: SymbolRow) -> Item:
    header = render.location(symbol.path, symbol.line_start, symbol.line_end)
    return Item(
        (f"{header}\n{render.clean(snapshot.lines(symbol.file_id, symbol.line_start, symbol.line_end))}",), BODIES
    )


def _caller_item(snapshot: Snapshot, group: list[EdgeRow], section: str) -> Item:
    first = group[0].call
    name = first.caller or "(module level)"
    line = render.clean(snapshot.lines(first.file_id, first.line, first.line)).strip()[:160]
    more = f" (+{len(group) - 1} sites)" if len(group) > 1 else ""
    where = f"{display_path(first.path)}:{first.line} {name}{more}"
    return Item((f"{where}: {line}", where), section)


def _distinct(edges: list[EdgeRow], own_id: int) -> list[SymbolRow]:
    """Return the sure targets of ``edges``, each once, in the order of their calls."""
    found = {
        e.target_id: e.target for e in edges if e.target is not None and e.confidence >= SURE and e.target_id != own_id
    }
    return [target for target in found.values() if target is not None]


def _calling(snapshot: Snapshot, symbol: SymbolRow) -> list[list[EdgeRow]]:
    """Return the sure edges into a symbol, or into a class and its constructor, by caller, most sites first."""
    ids = [symbol.id]
    if symbol.kind in _CLASS_KINDS:
        ids += [m.id for m in snapshot.members(symbol.id) if m.name in ("__init__", "__new__")]
    groups: dict[tuple[int | None, str], list[EdgeRow]] = {}
    for symbol_id in ids:
        for edge in snapshot.callers(symbol_id, _MAX_EDGES):
            if edge.confidence >= SURE and edge.call.caller_id != symbol.id:
                groups.setdefault((edge.call.caller_id, edge.call.path), []).append(edge)
    return sorted(groups.values(), key=lambda g: (-len(g), g[0].call.path, g[0].call.line))


def _parents(snapshot: Snapshot, symbol: SymbolRow) -> Iterator[str]:
    cls = symbol
    if symbol.parent_id is not None:
        parent = snapshot.symbol(symbol.parent_id)
        if parent is not None:
            cls = parent
            yield render.symbol_line(parent)
    for text, base in snapshot.bases(cls.id):
        yield render.symbol_line(base) if base is not None else f"{render.clean(text)} (outside this root)"


def _imports(snapshot: Snapshot, symbol: SymbolRow, source: str) -> Iterator[str]:
    used = set(identifiers(source))
    for found in snapshot.imports_of(symbol.file_id):
        if found.alias is None or found.alias not in used:
            continue
        module = "." * found.level + found.module
        renamed = f" as {found.alias}" if found.name not in (None, found.alias) else ""
        if found.name is None:
            plain = found.alias == module.split(".")[0]
            yield f"import {module}" + ("" if plain else f" as {found.alias}")
        else:
            yield f"from {module} import {found.name}{renamed}"


def _types(snapshot: Snapshot, symbol: SymbolRow) -> list[SymbolRow]:
    """Return the classes that the signature's annotations name, when only one class has that name."""
    texts = [p.annotation for p in snapshot.parameters(symbol.id)] + [symbol.returns]
    names = dict.fromkeys(n for text in texts if text for n in identifiers(text) if n not in _ALREADY_KNOWN)
    found = []
    for name in list(names)[: 4 * _MAX_TYPES]:
        classes = [s for s in snapshot.symbols_named(name, 3) if s.kind in _CLASS_KINDS or s.kind == "type"]
        if len(classes) == 1 and classes[0].id != symbol.parent_id:
            found.append(classes[0])
    return found[:_MAX_TYPES]


def _open_calls(snapshot: Snapshot, symbol: SymbolRow) -> Iterator[Item]:
    """Yield one line for the calls whose target is not known, so that silence is not taken for absence."""
    sites = [s for s in snapshot.unresolved_in(symbol.id, _MAX_EDGES) if s.unresolved in OPEN_REASONS]
    if sites:
        names = ", ".join(dict.fromkeys(render.clean(s.text)[:40] for s in sites[:6]))
        yield Item((f"{len(sites)} calls with unknown target: {names}",), CALLEES)


def of_file(snapshot: Snapshot, file: FileRow, budget: int) -> Context:
    """Return the outline of a file: its definitions with their lines, nested as they are."""
    symbols = snapshot.symbols_in(file.id)
    depth = {s.id: 0 for s in symbols}
    for symbol in symbols:
        depth[symbol.id] = depth.get(symbol.parent_id, -1) + 1 if symbol.parent_id is not None else 0
    head = f"{display_path(file.path)} {file.language}, {file.lines} lines, {len(symbols)} definitions"
    items = [Item((head,))]
    items += [Item((f"{'  ' * depth[s.id]}:{s.line_start}-{s.line_end} {render.signature(s)}",)) for s in symbols]
    if not symbols:
        items.append(Item(render.forms(f"{display_path(file.path)}:1", snapshot.lines(file.id, 1, 60))))
    packed = pack(items, budget - 20)
    lines = [p.text for p in packed.placed]
    if packed.left_out:
        lines.append(f"({packed.left_out} more; raise budget_tokens)")
    return Context(
        "\n".join(lines),
        {"path": display_path(file.path), "symbols": [symbol_data(s) for s in symbols]},
        packed.left_out,
    )


def of_lines(snapshot: Snapshot, chunk: ChunkRow, line: int, budget: int) -> Context:
    """Return the code around a line that belongs to no definition."""
    header = render.chunk_header(chunk)
    packed = pack([Item(render.forms(header, snapshot.chunk_text(chunk)))], budget)
    text = "\n".join(p.text for p in packed.placed)
    return Context(text, {"path": display_path(chunk.path), "line": line}, packed.left_out)


_AT_LINE = re.compile(r"^(?P<path>.+?):(?P<line>\d+)(?:-\d+)?$")


def place(target: str) -> tuple[str, int] | None:
    """Return (path, line) if ``target`` has the form path:line or path:start-end."""
    found = _AT_LINE.match(target.strip())
    return (found["path"].replace("\\", "/").removeprefix("./"), int(found["line"])) if found else None
