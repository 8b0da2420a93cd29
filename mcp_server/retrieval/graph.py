"""Who calls whom, and how surely?

A tree of callers or callees around one symbol: every edge with its call sites, the strategy that found it and
how often that strategy is right. Possible edges and unresolved call sites are counted apart: "unknown" is never
shown as "none".
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from mcp_server import tokens
from mcp_server.retrieval import render
from mcp_server.retrieval.budget import fit
from mcp_server.retrieval.paths import is_test
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import CallRow, EdgeRow, SymbolRow

Direction: TypeAlias = Literal["callers", "callees"]

MAX_DEPTH = 5
# Edges that are at least this sure are part of the tree; less sure ones are listed as possible.
SURE = 0.5
# Call sites read per symbol; "str"-like helpers have thousands of callers.
MAX_SITES = 2_000
# Nodes of one tree: far more than any budget shows.
MAX_NODES = 600
# Call sites named per edge; the rest is counted.
SHOWN_SITES = 4
SHOWN_POSSIBLE = 8
# Reasons that leave open whether a call reaches code of this root.
OPEN_REASONS = ("parameter", "unknown receiver", "unknown member", "inherited", "unknown name")


@dataclass(slots=True)
class Node:
    """One symbol of the tree (None: module level of ``path``), the edge that leads to it, what is below it."""

    symbol: SymbolRow | None
    path: str
    sites: tuple[CallRow, ...]
    strategy: str
    confidence: float
    depth: int
    parent: "Node | None" = None
    recursive: bool = False
    above: bool = False
    children: list["Node"] = field(default_factory=list)
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """The sure part of one direction, the possible edges of the root symbol, and what could not be resolved."""

    direction: Direction
    nodes: list[Node]
    sites: int
    truncated: bool
    possible: list[Node]
    unresolved: Counter[str]
    unresolved_sites: list[CallRow]


def grow(snapshot: Snapshot, symbol: SymbolRow, direction: Direction, depth: int) -> Tree:
    """Return the tree of ``direction`` from ``symbol``, breadth first, each symbol expanded once."""
    expanded: dict[int, Node] = {}
    again: list[Node] = []
    first = _neighbours(snapshot, symbol, direction, None)
    roots = [n for n in first if n.confidence >= SURE]
    _mark_recursion(roots, symbol.id)
    queue = deque(roots)
    count = len(roots)
    while queue:
        node = queue.popleft()
        if node.symbol is None or node.depth >= depth:
            continue
        if node.recursive:
            continue
        if node.symbol.id in expanded:
            again.append(node)
            continue
        expanded[node.symbol.id] = node
        found = [n for n in _neighbours(snapshot, node.symbol, direction, node) if n.confidence >= SURE]
        node.children = found[: max(0, MAX_NODES - count)]
        node.hidden = len(found) - len(node.children)
        _mark_recursion(node.children, symbol.id)
        count += len(node.children)
        queue.extend(node.children)
    for node in again:
        first_one = expanded[node.symbol.id] if node.symbol else node
        node.above = bool(first_one.children or first_one.hidden)
    sites, reasons = _unresolved(snapshot, symbol, direction)
    edges = snapshot.caller_count(symbol.id) if direction == "callers" else snapshot.callee_count(symbol.id)
    possible = [n for n in first if n.confidence < SURE]
    return Tree(direction, roots, sum(len(n.sites) for n in roots), edges > MAX_SITES, possible, reasons, sites)


def _mark_recursion(nodes: list[Node], root_id: int) -> None:
    """Mark the nodes whose symbol is the root's or one on the way to them: there the tree would repeat itself."""
    for node in nodes:
        way = {root_id}
        above = node.parent
        while above is not None:
            way.add(above.symbol.id if above.symbol else 0)
            above = above.parent
        node.recursive = node.symbol is not None and node.symbol.id in way


def _neighbours(snapshot: Snapshot, symbol: SymbolRow, direction: Direction, parent: Node | None) -> list[Node]:
    """Return the symbols one call away, most relevant first: sure, not a test, often, by path."""
    edges = snapshot.callers(symbol.id, MAX_SITES) if direction == "callers" else snapshot.callees(symbol.id, MAX_SITES)
    groups: dict[tuple[int | None, str], list[EdgeRow]] = {}
    for edge in edges:
        end = edge.call.caller_id if direction == "callers" else edge.target_id
        groups.setdefault((end, edge.call.path if end is None else ""), []).append(edge)
    known = snapshot.symbols([end for end, _ in groups if end is not None])
    nodes = []
    for (end, path), group in groups.items():
        best = max(group, key=lambda e: e.confidence)
        other = known.get(end) if end is not None else None
        where = other.path if other is not None else path
        depth = parent.depth + 1 if parent else 1
        nodes.append(Node(other, where, tuple(e.call for e in group), best.strategy, best.confidence, depth, parent))
    return sorted(nodes, key=lambda n: (-n.confidence, is_test(n.path), -len(n.sites), n.path, n.sites[0].line))


def _unresolved(snapshot: Snapshot, symbol: SymbolRow, direction: Direction) -> tuple[list[CallRow], Counter[str]]:
    """Return the call sites that may belong to the tree but reach nothing known, and all of them by reason."""
    if direction == "callees":
        sites = snapshot.unresolved_in(symbol.id, MAX_SITES)
    else:
        sites, _ = snapshot.unresolved_named(symbol.name, MAX_SITES)
        sites = [s for s in sites if s.unresolved in OPEN_REASONS]
    reasons = Counter(s.unresolved or "" for s in sites)
    return [s for s in sites if s.unresolved in OPEN_REASONS], reasons


def text(symbol: SymbolRow, trees: list[Tree], budget: int, *, linked: bool) -> str:
    """Return the trees as text within ``budget`` tokens; what does not fit is counted."""
    where = render.location(symbol.path, symbol.line_start, symbol.line_end)
    full = f"{render.name(symbol.full_name)}  {render.symbol_line(symbol)}"
    head = full if tokens.count(full) <= budget // 4 else f"{render.name(symbol.full_name)}  {where}"
    used = tokens.count(head)
    blocks = [head]
    for position, tree in enumerate(trees):
        room = (budget - used) // (len(trees) - position) - 1
        block = _tree_text(symbol, tree, room, linked=linked)
        used += tokens.count(block) + 1
        blocks.append(block)
    return fit("\n".join(blocks), budget)


def _tree_text(symbol: SymbolRow, tree: Tree, budget: int, *, linked: bool) -> str:
    title = _title(symbol, tree, linked=linked)
    total = sum(1 + n.hidden for n in _walk(tree.nodes))
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


def _title(symbol: SymbolRow, tree: Tree, *, linked: bool) -> str:
    what = f"{tree.direction} of {render.name(symbol.qualified_name)}"
    if tree.nodes:
        sites = f"the first {tree.sites} call sites" if tree.truncated else _counted(tree.sites, "call site")
        return f"{what}: {len(tree.nodes)} direct, {sites}"
    if not linked:
        return f"{what}: unknown until calls are linked"
    open_sites = sum(n for reason, n in tree.unresolved.items() if reason in OPEN_REASONS)
    open_sites += len({(s.path, s.line, s.column) for n in tree.possible for s in n.sites} - _places(tree))
    certainty = f"none found, but {_counted(open_sites, 'call site')} may be" if open_sites else "none in this root"
    return f"{what}: {certainty}"


def _places(tree: Tree) -> set[tuple[str, int, int]]:
    return {(s.path, s.line, s.column) for s in tree.unresolved_sites}


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _tail(tree: Tree, budget: int) -> str:
    """Return the possible edges and the unresolved sites, as much as fits; the counts are the last to go."""
    possible = ["  " + _line(node, tree.direction, 0) for node in tree.possible]
    sites = [f"  {display_path(s.path)}:{s.line} {render.cut(s.text, 80)}" for s in tree.unresolved_sites]
    parts = []
    if possible:
        parts.append((f"possible, by name only: {len(possible)}", possible))
    if tree.unresolved:
        counts = ", ".join(f"{n} {reason}" for reason, n in sorted(tree.unresolved.items()))
        what = "calls of this name elsewhere" if tree.direction == "callers" else "calls in it"
        parts.append((f"unresolved {what}: {counts}", sites))
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


def _walk(nodes: list[Node]) -> list[Node]:
    found: list[Node] = []
    queue = deque(nodes)
    while queue:
        node = queue.popleft()
        found.append(node)
        queue.extend(node.children)
    return found


def _draw(nodes: list[Node], shown: set[int], direction: Direction, lines: list[str]) -> None:
    for node in nodes:
        if id(node) in shown:
            lines.append(_line(node, direction, node.depth))
            _draw(node.children, shown, direction, lines)


def _line(node: Node, direction: Direction, depth: int) -> str:
    """Return one edge: who, where it is called, by which strategy and how surely."""
    name = render.name(node.symbol.qualified_name) if node.symbol else "(module level)"
    sites = ",".join(str(s.line) for s in node.sites[:SHOWN_SITES])
    more = f"+{len(node.sites) - SHOWN_SITES}" if len(node.sites) > SHOWN_SITES else ""
    mark = f"{node.strategy} {node.confidence:.2f}".replace("0.", ".").replace("1.00", "1")
    again = " (recursion)" if node.recursive else " (expanded elsewhere)" if node.above else ""
    indent = "  " * depth
    if direction == "callers":
        return f"{indent}{display_path(node.path)}:{sites}{more} {name} [{mark}]{again}"
    where = f"{display_path(node.path)}:{node.symbol.line_start}" if node.symbol else display_path(node.path)
    return f"{indent}{where} {name} [{mark}] at :{sites}{more}{again}"


def data(symbol_data: dict[str, object], trees: list[Tree]) -> dict[str, Any]:
    """Return the trees as plain data."""
    return {
        **symbol_data,
        **{
            tree.direction: {
                "edges": [_node_data(n) for n in tree.nodes],
                "possible": [_node_data(n) for n in tree.possible],
                "unresolved": dict(sorted(tree.unresolved.items())),
            }
            for tree in trees
        },
    }


def _node_data(node: Node) -> dict[str, Any]:
    return {
        "symbol": node.symbol.full_name if node.symbol else None,
        "path": display_path(node.path),
        "line": node.symbol.line_start if node.symbol else None,
        "sites": [{"path": display_path(s.path), "line": s.line} for s in node.sites],
        "strategy": node.strategy,
        "confidence": node.confidence,
        "repeated": node.recursive or node.above,
        "edges": [_node_data(child) for child in node.children],
    }
