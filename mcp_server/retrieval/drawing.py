"""How is a tree of calls shown?

A line an edge, indented by depth: where it is, who it is, how it was found and how surely. Near edges are shown before
far ones; what does not fit is counted.
"""

from collections import Counter, deque
from typing import Any

from mcp_server import tokens
from mcp_server.retrieval import render
from mcp_server.retrieval.budget import fit
from mcp_server.retrieval.elsewhere import Elsewhere
from mcp_server.retrieval.graph import MAX_NAMED, OPEN_REASONS, Node, Relatives, Tree, walk
from mcp_server.retrieval.steps import HANDED, SURE
from mcp_server.retrieval.symbols import symbol_data
from stores.facts import display_path
from stores.lookups import SymbolRow
from stores.references import ReferenceRow

# Call sites named per edge; the rest is counted.
SHOWN_SITES = 4
SHOWN_POSSIBLE = 8
# Overriding methods, and symbols of a cycle, that are named; the rest is counted.
SHOWN_RELATIVES = 4


def text(symbol: SymbolRow, trees: list[Tree], kin: Relatives, budget: int, *, linked: bool) -> str:
    """Return the trees as text within ``budget`` tokens; what does not fit is counted."""
    lines = [heading(symbol, budget // 4)]
    lines += [line for line in _kin_lines(kin, budget // 12) if linked]
    used = sum(tokens.count(line) + 1 for line in lines)
    for position, tree in enumerate(trees):
        room = (budget - used) // (len(trees) - position) - 1
        block = _tree_text(symbol, tree, room, linked=linked)
        used += tokens.count(block) + 1
        lines.append(block)
    return fit("\n".join(lines), budget)


def heading(symbol: SymbolRow, budget: int) -> str:
    """Return the first line of an answer about a symbol: its name, where it is, its signature if that fits."""
    full = f"{render.name(symbol.full_name)}  {render.symbol_line(symbol)}"
    where = render.location(symbol.path, symbol.line_start, symbol.line_end)
    return full if tokens.count(full) <= budget else f"{render.name(symbol.full_name)}  {where}"


def mark(strategy: str, confidence: float, kind: str = "direct") -> str:
    """Return how an edge was found and how surely: ``[type .98 virtual]``."""
    if kind in HANDED:
        return f"[{strategy} {kind}]"
    sure = f"{confidence:.2f}".replace("0.", ".").replace("1.00", "1")
    words = [strategy, sure, *([kind] if kind != "direct" else []), *(["possible"] if confidence < SURE else [])]
    return f"[{' '.join(words)}]"


def counted(number: int, what: str) -> str:
    """Return a number with the noun that it counts."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number:,} {what if number == 1 else plural}"


def reasons(found: dict[str, int]) -> str:
    """Return counts of call sites by the reason for which they reach nothing known."""
    return ", ".join(f"{n} {reason}" for reason, n in sorted(found.items()))


def _kin_lines(kin: Relatives, room: int) -> list[str]:
    """Return what overrides what, and cycles: a line each, shortened to a count where ``room`` tokens are too few."""
    lines = []
    for said, symbols in (
        ("overrides", kin.overrides),
        ("overridden by (may run instead)", kin.overridden_by),
    ):
        named = [f"{display_path(s.path)}:{s.line_start} {render.name(s.qualified_name)}" for s in symbols]
        more = [f"… {len(named) - SHOWN_RELATIVES} more"] if len(named) > SHOWN_RELATIVES else []
        full = f"{said}: {', '.join([*named[:SHOWN_RELATIVES], *more])}"
        if named:
            lines.append(full if tokens.count(full) <= room else f"{said}: {counted(len(named), 'method')}")
    said = recursion_text(kin)
    return [*lines, said] if said else lines


def recursion_text(kin: Relatives) -> str:
    """Return in which cycles a symbol is, "" for none; what is not known is said."""
    found = kin.recursion
    parts = ["calls itself"] if found.direct else []
    if kin.around:
        names = [render.cut(s.qualified_name, 60) for s in kin.around]
        shown = [*names[:SHOWN_RELATIVES], *(["…"] if len(names) > SHOWN_RELATIVES else []), names[0]]
        more = f", {len(found.members)} symbols call one another" if len(found.members) > 1 else ""
        parts.append(f"{' > '.join(shown)}{more}")
    if not found.known:
        parts.append("unknown through others: too much is reachable from here")
    return f"recursion: {'; '.join(parts)}" if parts else ""


def notes(symbol: SymbolRow, tree: Tree, *, linked: bool) -> list[str]:
    """Return what there is to say of a tree beside its edges."""
    said = [_title(symbol, tree, linked=linked)]
    if tree.instead:
        said.append(f"dotted: {counted(len(tree.instead), 'caller')} of what it overrides may run it")
    if tree.possible:
        said.append(f"dotted: {counted(len(tree.possible), 'edge')} possible by name only")
    if tree.named:
        said.append(_named_title(tree))
    what = "calls of this name elsewhere" if tree.direction == "callers" else "calls in it"
    return [*said, f"unresolved {what}: {reasons(tree.unresolved)}"] if tree.unresolved else said


def _tree_text(symbol: SymbolRow, tree: Tree, budget: int, *, linked: bool) -> str:
    title = _title(symbol, tree, linked=linked)
    total = sum(1 + n.hidden for n in walk(tree.nodes))
    room = budget - tokens.count(title)
    tail = _tail(tree, room // 3 if tree.nodes else room)
    room -= tokens.count(tail) + bool(tail)
    shown = _fitting(tree, room)
    if len(shown) < total:
        shown = _fitting(tree, room - tokens.count(_more(tree, total)) - 1)
    lines = [title]
    _draw(tree.nodes, shown, tree.direction, lines)
    if len(shown) < total:
        lines.append(_more(tree, total - len(shown)))
    return "\n".join([*lines, tail] if tail else lines)


def _more(tree: Tree, hidden: int) -> str:
    return f"… {hidden} more {tree.direction}: raise budget_tokens, or narrow with depth or direction"


# What is used by reading it, which is not recorded; a call of it is the exception.
READ_KINDS = frozenset({"property", "variable", "constant", "field", "attribute"})
READ = "what reads it is not recorded"


def _title(symbol: SymbolRow, tree: Tree, *, linked: bool) -> str:
    what = f"{tree.direction} of {render.name(symbol.qualified_name)}"
    if tree.nodes:
        sites = f"the first {tree.sites} call sites" if tree.truncated else counted(tree.sites, "call site")
        unsure = sum(n.confidence < SURE for n in tree.nodes)
        return f"{what}: {len(tree.nodes)} direct, {sites}" + (f", {unsure} of them possible" if unsure else "")
    if not linked:
        return f"{what}: unknown until calls are linked"
    open_sites = sum(n for reason, n in tree.unresolved.items() if reason in OPEN_REASONS)
    known = {(s.path, s.line, s.column) for s in tree.unresolved_sites}
    open_sites += len({(s.path, s.line, s.column) for n in (*tree.possible, *tree.instead) for s in n.sites} - known)
    said = [f"{counted(open_sites, 'call site')} may be"] if open_sites else []
    handed = sum(reference.kind in HANDED for reference in tree.named)
    if handed:
        said.append(f"it {'is handed on' if tree.direction == 'callers' else 'hands on'} in {counted(handed, 'place')}")
    if tree.direction == "callers" and symbol.kind in READ_KINDS:
        said.append(READ)
    if tree.elsewhere is not None:
        said += _elsewhere(tree.elsewhere)
    return f"{what}: " + (f"none found, but {' and '.join(said)}" if said else "none in this root")


def _elsewhere(found: Elsewhere) -> list[str]:
    """Return what there is to say of the places where a name stands of which no use is known."""
    if not found.known:
        return ["not all places of its name were looked at"]
    if not found.places:
        return []
    named = [f"{display_path(path)}:{line}" for path, line in found.places[:SHOWN_SITES]]
    more = f" and {len(found.places) - SHOWN_SITES} more" if len(found.places) > SHOWN_SITES else ""
    return [f"its name stands in {counted(len(found.places), 'other place')}: {', '.join(named)}{more}"]


def _tail(tree: Tree, budget: int) -> str:
    """Return the possible edges and the unresolved sites, as much as fits; the counts are the last to go."""
    instead = ["  " + _line(node, tree.direction, 0) for node in tree.instead]
    possible = ["  " + _line(node, tree.direction, 0) for node in tree.possible]
    sites = [f"  {display_path(s.path)}:{s.line} {render.cut(s.text, 80)}" for s in tree.unresolved_sites]
    parts = []
    if instead:
        parts.append((f"may run it, as they call what it overrides: {len(instead)}", instead))
    if possible:
        parts.append((f"possible, by name only: {len(possible)}", possible))
    if tree.named:
        parts.append((_named_title(tree), [_named_line(tree, reference) for reference in tree.named]))
    if tree.unresolved:
        what = "calls of this name elsewhere" if tree.direction == "callers" else "calls in it"
        parts.append((f"unresolved {what}: {reasons(tree.unresolved)}", sites))
    room = budget
    titles = []
    for title, _ in parts:
        room -= tokens.count(title) + 1
        if room >= -1:
            titles.append(title)
    lines: list[str] = []
    for title, (_, rows) in zip(titles, parts, strict=False):
        lines.append(title)
        for row in rows[:SHOWN_POSSIBLE]:
            room -= tokens.count(row) + 1
            if room < 0:
                break
            lines.append(row)
    return "\n".join(lines)


def _named_title(tree: Tree) -> str:
    kinds = Counter(reference.kind for reference in tree.named)
    first = f"the first {MAX_NAMED}, " if len(tree.named) == MAX_NAMED else ""
    return f"named, not called: {first}{', '.join(f'{n} {kind}' for kind, n in kinds.items())}"


def _named_line(tree: Tree, reference: ReferenceRow) -> str:
    how = f"[{reference.strategy} {reference.kind}]"
    if tree.direction == "callers":
        name = render.name(reference.source.qualified_name) if reference.source else "(module level)"
        return f"  {display_path(reference.path)}:{reference.line} {name} {how}"
    target = reference.target
    where = f"{display_path(target.path)}:{target.line_start}"
    return f"  {where} {render.name(target.qualified_name)} {how} at :{reference.line}"


def _fitting(tree: Tree, room: int) -> set[int]:
    """Choose nodes breadth first, so that near edges are shown before far ones."""
    shown: set[int] = set()
    queue = deque(tree.nodes)
    while queue:
        node = queue.popleft()
        cost = tokens.count(_line(node, tree.direction, node.depth)) + 1
        if cost > room:
            break
        room -= cost
        shown.add(id(node))
        queue.extend(node.children)
    return shown


def _draw(nodes: list[Node], shown: set[int], direction: str, lines: list[str]) -> None:
    for node in nodes:
        if id(node) in shown:
            lines.append(_line(node, direction, node.depth))
            _draw(node.children, shown, direction, lines)


def _line(node: Node, direction: str, depth: int) -> str:
    """Return one edge: who, where it is called, by which strategy and how surely."""
    name = render.name(node.symbol.qualified_name) if node.symbol else "(module level)"
    sites = site_lines(node)
    how = "[its constructor]" if node.kind == "runs" else mark(node.strategy, node.confidence, node.kind)
    indent = "  " * depth
    if direction == "callers":
        return f"{indent}{display_path(node.path)}:{sites} {name} {how}{_again(node)}"
    where = f"{display_path(node.path)}:{node.symbol.line_start}" if node.symbol else display_path(node.path)
    others = f" (or {counted(node.others, 'override')})" if node.others else ""
    return f"{indent}{where} {name} {how}{others}" + (f" at :{sites}" if sites else "") + _again(node)


def site_lines(node: Node) -> str:
    """Return the lines of an edge's call sites, the first few and how many more."""
    sites = ",".join(str(s.line) for s in node.sites[:SHOWN_SITES])
    return sites + (f"+{len(node.sites) - SHOWN_SITES}" if len(node.sites) > SHOWN_SITES else "")


def _again(node: Node) -> str:
    if node.recursive:
        return " (recursion)"
    circle = {"itself": " (calls itself)", "others": " (in a cycle)"}.get(node.circle, "")
    return circle + (" (expanded elsewhere)" if node.above else "")


def data(symbol: SymbolRow, trees: list[Tree], kin: Relatives) -> dict[str, Any]:
    """Return the trees as plain data."""
    found = kin.recursion
    return {
        **symbol_data(symbol),
        "overrides": [symbol_data(s) for s in kin.overrides],
        "overridden_by": [symbol_data(s) for s in kin.overridden_by],
        "recursion": {
            "direct": found.direct,
            "cycle": [s.full_name for s in kin.around],
            "members": len(found.members) if kin.around else 0,
            "known": found.known,
        },
        **{
            tree.direction: {
                "edges": [_node_data(n) for n in tree.nodes],
                "possible": [_node_data(n) for n in tree.possible],
                "instead": [_node_data(n) for n in tree.instead],
                "named": [_named_data(reference) for reference in tree.named],
                "unresolved": dict(sorted(tree.unresolved.items())),
                "elsewhere": [[display_path(p), line] for p, line in tree.elsewhere.places] if tree.elsewhere else [],
            }
            for tree in trees
        },
    }


def _named_data(reference: ReferenceRow) -> dict[str, Any]:
    return {
        "source": reference.source.full_name if reference.source else None,
        "target": reference.target.full_name,
        "path": display_path(reference.path),
        "line": reference.line,
        "kind": reference.kind,
        "strategy": reference.strategy,
    }


def _node_data(node: Node) -> dict[str, Any]:
    return {
        "symbol": node.symbol.full_name if node.symbol else None,
        "path": display_path(node.path),
        "line": node.symbol.line_start if node.symbol else None,
        "sites": [{"path": display_path(s.path), "line": s.line} for s in node.sites],
        "kind": node.kind,
        "strategy": node.strategy,
        "confidence": node.confidence,
        "possible": node.confidence < SURE,
        "repeated": node.recursive or node.above,
        "circle": node.circle,
        "others": node.others,
        "edges": [_node_data(child) for child in node.children],
    }
