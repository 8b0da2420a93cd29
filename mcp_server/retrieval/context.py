"""What must one read to understand or change this?

The definition, what it needs (parent class, imports, callees, types) and what needs it (callers, tests), most
useful first, within the budget: signatures of everything before the body of anything but the definition itself.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_server import tokens
from mcp_server.retrieval import around, excerpt, render
from mcp_server.retrieval.budget import Item, fit, pack, shortened
from mcp_server.retrieval.graph import OPEN_REASONS
from mcp_server.retrieval.paths import is_test
from mcp_server.retrieval.places import Place, citation, is_seen
from mcp_server.retrieval.steps import SURE
from mcp_server.retrieval.symbols import symbol_data
from stores.edges import EdgeRow
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import FileRow, SymbolRow
from stores.words import identifiers

# The definition takes at most this share of the budget while there is something to say around it.
DEFINITION_SHARE = 0.6
# Neighbours named per kind before any is shown with its body.
_PER_KIND = 8
_MAX_EDGES = 400
_MAX_MEMBERS = 200
_MAX_TYPES = 6
# An import line names this much; a file may import a hundred names from one module.
_IMPORT_CHARS = 400
_MAX_SUBCLASSES = 20
_CLASS_KINDS = frozenset({"class", "interface", "trait", "struct", "enum"})
_ALREADY_KNOWN = frozenset(
    re.findall(r"\w+", "Any Optional Union None Self str int float bool bytes list dict set tuple type object")
)

# The definition stands first and needs no heading.
DEFINITION = ""
PARENT = "## defined in / inherits"
IMPORTS = "## imports it uses"
CALLEES = "## calls"
TYPES = "## types it names"
CALLERS = "## called by"
TESTS = "## tests that call or reach it"
SUBCLASSES = "## inherited by"
DOCS = "## documented in"
SIBLINGS = "## beside it"
TOGETHER = "## often changed together"
BODIES = "## source of what it calls"
# Shown in this order; packed in the order of usefulness that `_items` yields.
_SECTIONS = (
    *(DEFINITION, PARENT, SUBCLASSES, IMPORTS, CALLEES, TYPES, CALLERS, TESTS, DOCS, SIBLINGS, TOGETHER, BODIES),
)
# What the first line under each heading is worth to one who changes the definition, relative to the others; each
# further line of a kind is worth less. Taken by worth per token: a signature comes before a body that costs ten times
# as much. The order is the one of the tool's description; no benchmark of ours tells these numbers apart.
_WORTH = {
    **{PARENT: 10.0, CALLEES: 9.0, CALLERS: 9.0, SUBCLASSES: 7.0, TYPES: 6.0, IMPORTS: 5.0},
    **{TESTS: 6.0, DOCS: 3.0, SIBLINGS: 3.0, TOGETHER: 2.0, BODIES: 9.0},
}
_FADING = 0.25


@dataclass(frozen=True, slots=True)
class Context:
    """A rendered context: its text, the same as data, and how many items were left out."""

    text: str
    data: dict[str, Any]
    left_out: int


def of_symbol(
    snapshot: Snapshot, symbol: SymbolRow, budget: int, seen: Sequence[Place] = (), line: int | None = None
) -> Context:
    """Return the context of one definition within ``budget`` tokens, without the lines that the client has ``seen``.

    Where it does not fit, the part around ``line`` is shown, if one was asked for.
    """
    source = snapshot.lines(symbol.file_id, symbol.line_start, symbol.line_end)
    where = citation(snapshot, symbol.path, symbol.file_id, symbol.line_start, symbol.line_end)
    header = f"{where} {symbol.kind} {render.name(symbol.full_name)}"
    have = list(seen)
    surroundings = _by_worth([i for i in _items(snapshot, symbol, source) if not _is_seen(snapshot, have, i)])
    room = max(int(budget * DEFINITION_SHARE), budget - _cost(surroundings))
    if is_seen(snapshot, have, symbol.path, symbol.line_start, symbol.line_end):
        forms: tuple[str, ...] = (f"{header} (seen)", header)
    else:
        forms = _definition_forms(snapshot, symbol, header, source, room, line)
    items = [Item(forms, DEFINITION), *surroundings]
    packed = pack(items, budget, skip=True)
    if packed.left_out:
        packed = pack(items, budget - tokens.count(_more(len(items))) - 1, skip=True)
    sections: dict[str, list[str]] = {}
    for placed in packed.placed:
        sections.setdefault(items[placed.position].section, []).append(placed.text)
    lines = []
    for section in _SECTIONS:
        if section in sections:
            lines.extend([section, *sections[section]] if section else sections[section])
    if packed.left_out:
        lines.append(_more(packed.left_out))
    found = {name[3:] or "definition": texts for name, texts in sections.items()}
    data = {**symbol_data(symbol), "citation": where, "sections": found}
    return Context(fit("\n".join(lines), budget), data, packed.left_out)


def _by_worth(items: list[Item]) -> list[Item]:
    """Return items in the order in which they earn their tokens; those of one heading keep theirs."""
    before: Counter[str] = Counter()
    scored = []
    for number, item in enumerate(items):
        worth = _WORTH[item.section] / (1 + _FADING * before[item.section])
        before[item.section] += 1
        scored.append((-worth / (tokens.count(item.forms[-1]) + 1), number))
    placed = [items[number] for _, number in sorted(scored)]
    queues = {s: iter([i for i in items if i.section == s]) for s in before}
    return [next(queues[item.section]) for item in placed]


_LOCATED = re.compile(r"(\S+?):(\d+)(?:-(\d+))?(?=[\s@]|$)")


def _is_seen(snapshot: Snapshot, seen: list[Place], item: Item) -> bool:
    at = _LOCATED.match(item.forms[0]) if seen else None
    return at is not None and is_seen(snapshot, seen, at[1], int(at[2]), int(at[3] or at[2]))


def _cost(around: list[Item]) -> int:
    """Return the tokens of all that is said around a definition but the source of what it calls."""
    said = [item for item in around if item.section != BODIES]
    return sum(tokens.count(i.forms[0]) + 1 for i in said) + sum(tokens.count(s) + 1 for s in {i.section for i in said})


def _more(left_out: int) -> str:
    return f"({left_out} more items; raise budget_tokens)" if left_out > 1 else "(1 more item; raise budget_tokens)"


def _definition_forms(
    snapshot: Snapshot, symbol: SymbolRow, header: str, source: str, room: int, line: int | None
) -> tuple[str, ...]:
    """Return the definition whole if it leaves room for its surroundings, else a part of it, else outlined."""
    body = render.clean(source)
    below = room - tokens.count(header) - 1
    found = [body] if tokens.count(body) <= below else []
    if line is not None:
        found.append(excerpt.around(symbol, body, line, below))
    if symbol.kind in _CLASS_KINDS:
        found.append(_outline(snapshot, symbol, room))
    found += [excerpt.beginning(symbol, body, below), f"{render.signature(symbol)} …"]
    return tuple(dict.fromkeys([*(f"{header}\n{text}" for text in found if text), header]))


def _outline(snapshot: Snapshot, symbol: SymbolRow, room: int) -> str:
    """Return a class as its signature, docstring and the signatures of its members."""
    lines = [render.signature(symbol) + ":"]
    if symbol.docstring:
        lines.append(f'    """{render.summary(symbol.docstring)}"""')
    used = tokens.count("\n".join(lines))
    members = snapshot.members(symbol.id)
    for shown, member in enumerate(members):
        line = f"    {render.signature(member)}  # :{member.line_start}"
        used += tokens.count(line) + 1
        if used > room or shown == _MAX_MEMBERS:
            lines.append(f"    … {len(members) - shown} more members")
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
    yield from (_signature_item(target, CALLEES) for target in callees[:_PER_KIND])
    yield from _open_calls(snapshot, symbol)
    yield from (_caller_item(snapshot, group, CALLERS) for group in code[:_PER_KIND])
    if symbol.kind in _CLASS_KINDS:
        yield from (
            Item((render.symbol_line(c),), SUBCLASSES) for c in snapshot.subclasses(symbol.id)[:_MAX_SUBCLASSES]
        )
    yield from (Item((line,), IMPORTS) for line in _imports(snapshot, symbol, source))
    yield from (_signature_item(target, TYPES) for target in _types(snapshot, symbol))
    yield from (_caller_item(snapshot, group, TESTS) for group in tests[: _PER_KIND // 2])
    yield from (Item((line,), TESTS) for line in around.reaching_tests(snapshot, symbol))
    yield from (Item((line,), DOCS) for line in around.docs(snapshot, symbol))
    yield from (Item((line,), SIBLINGS) for line in [around.siblings(snapshot, symbol)] if line)
    yield from (Item((line,), TOGETHER) for line in [around.together(snapshot, symbol.path)] if line)
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
    header = citation(snapshot, symbol.path, symbol.file_id, symbol.line_start, symbol.line_end)
    return Item(
        (f"{header}\n{render.clean(snapshot.lines(symbol.file_id, symbol.line_start, symbol.line_end))}",), BODIES
    )


def _caller_item(snapshot: Snapshot, group: list[EdgeRow], section: str) -> Item:
    first = group[0].call
    name = render.name(first.caller) or "(module level)"
    line = render.cut(snapshot.lines(first.file_id, first.line, first.line).strip(), 160)
    more = f" (and {len(group) - 1} more)" if len(group) > 1 else ""
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
        yield render.symbol_line(base) if base is not None else f"{render.cut(text, 160)} (outside this root)"


def _imports(snapshot: Snapshot, symbol: SymbolRow, source: str) -> Iterator[str]:
    used = set(identifiers(source))
    modules: dict[str, list[str]] = {}
    for found in snapshot.imports_of(symbol.file_id):
        if found.alias is None or found.alias not in used:
            continue
        module = "." * found.level + found.module
        if found.name is None:
            plain = found.alias == module.split(".")[0]
            modules.setdefault(f"import {module}" + ("" if plain else f" as {found.alias}"), [])
        else:
            renamed = f"{found.name} as {found.alias}" if found.name != found.alias else found.name
            modules.setdefault(f"from {module} import ", []).append(renamed)
    for start, names in modules.items():
        yield render.cut(start + ", ".join(dict.fromkeys(names)), _IMPORT_CHARS)


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
        distinct = list(dict.fromkeys(render.cut(s.text, 40) for s in sites))
        names = ", ".join(distinct[:_PER_KIND]) + (", …" if len(distinct) > _PER_KIND else "")
        yield Item((f"unknown target: {names} ({len(sites)} call{'s' * (len(sites) > 1)})",), CALLEES)


def of_file(snapshot: Snapshot, file: FileRow, budget: int) -> Context:
    """Return the outline of a file: its definitions with their lines, nested as they are."""
    symbols = snapshot.symbols_in(file.id)
    depth = {s.id: 0 for s in symbols}
    for symbol in symbols:
        depth[symbol.id] = depth.get(symbol.parent_id, -1) + 1 if symbol.parent_id is not None else 0
    what = f"{len(symbols)} definition{'s' * (len(symbols) != 1)}"
    head = f"{display_path(file.path)} {file.language}, {file.lines} lines, {what}"
    items = [Item((head,))]
    items += [Item((f"{'  ' * depth[s.id]}{_line_range(s)} {render.signature(s)}",)) for s in symbols]
    packed = pack(items, budget)
    if packed.left_out:
        packed = pack(items, budget - tokens.count(_more(len(items))) - 1)
    lines = [p.text for p in packed.placed]
    if packed.left_out:
        lines.append(_more(packed.left_out))
    elif not symbols and file.lines:
        body = _window(snapshot.text(file.id).split("\n"), 1, file.lines, 1, budget - tokens.count(head) - 1)
        lines.append(body[0])
    return Context(
        fit("\n".join(line for line in lines if line), budget),
        {"path": display_path(file.path), "symbols": [symbol_data(s) for s in symbols]},
        packed.left_out,
    )


def _line_range(symbol: SymbolRow) -> str:
    end = f"-{symbol.line_end}" if symbol.line_end != symbol.line_start else ""
    return f":{symbol.line_start}{end}"


def of_lines(snapshot: Snapshot, file: FileRow, asked: tuple[int, int], budget: int) -> Context:
    """Return these lines, a single one with those around it, as much as fits."""
    line, last = asked
    chunk = snapshot.chunk_at(file.id, line) if line == last else None
    first, last = (chunk.line_start, chunk.line_end) if chunk else asked
    header_room = tokens.count(render.location(file.path, last, last + 1)) + 1
    lines = snapshot.text(file.id).split("\n")
    text, start, end = _window(lines, first, min(last, len(lines)), line, budget - header_room)
    data = {"path": display_path(file.path), "line": line, "start": start, "end": end}
    return Context(fit(f"{render.location(file.path, start, end)}\n{text}", budget), data, 0)


def _window(lines: list[str], first: int, last: int, line: int, budget: int) -> tuple[str, int, int]:
    """Return the lines around ``line`` (between ``first`` and ``last``) that fit, and where they begin and end."""
    cost = tokens.count(render.clean(lines[line - 1])) + 1
    if cost > budget:
        return shortened(render.clean(lines[line - 1]), budget), line, line
    start = end = line
    grown = True
    while grown:
        grown = False
        for at in (end + 1, start - 1):
            more = tokens.count(render.clean(lines[at - 1])) + 1 if first <= at <= last else budget
            if cost + more <= budget and first <= at <= last:
                cost += more
                start, end = min(start, at), max(end, at)
                grown = True
    filled = [n for n in range(start, end + 1) if lines[n - 1].strip()] or [line]
    start, end = min(filled[0], line), max(filled[-1], line)
    return "\n".join(render.clean(text) for text in lines[start - 1 : end]), start, end
