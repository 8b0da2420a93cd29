"""Who calls whom, and how surely?

A tree of callers or callees around one symbol: every edge with its call sites, the strategy that found it and
how often that strategy is right. Possible edges, calls that may run another method instead, and unresolved call sites
are kept apart: "unknown" is never shown as "none".
"""

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from mcp_server.languages import related
from mcp_server.retrieval.cycles import Recursion, components, recursion
from mcp_server.retrieval.elsewhere import Elsewhere, named_elsewhere
from mcp_server.retrieval.paths import is_test
from mcp_server.retrieval.steps import (
    EXACT,
    HANDED,
    SURE,
    Steps,
    classes_running,
    constructors_run,
    overridden_above,
    overriding_below,
)
from stores.edges import CallRow, EdgeRow
from stores.index import Snapshot
from stores.lookups import SymbolRow
from stores.references import ReferenceRow

Direction: TypeAlias = Literal["callers", "callees"]

MAX_DEPTH = 5
# Call sites read per symbol; "str"-like helpers have thousands of callers.
MAX_SITES = 2_000
# Call sites read at once for one level of a tree; where a level has more, each symbol is read by itself.
MAX_LEVEL_SITES = 20_000
# Places that name a symbol without a call; a class of a framework is named in thousands of annotations.
MAX_NAMED = 200
# Nodes of one tree: far more than any budget shows.
MAX_NODES = 600
# Reasons that leave open whether a call reaches code of this root.
OPEN_REASONS = ("parameter", "unknown receiver", "unknown member", "inherited", "unknown name", "not linked")


@dataclass(slots=True)
class Node:
    """One symbol of the tree (None: module level of ``path``), the edge that leads to it, what is below it.

    ``kind`` is that of the surest of the calls (``EdgeRow``), or "runs" from a class to its constructor. ``recursive``:
    it stands above itself already; ``above``: it is expanded elsewhere; ``circle``: "itself" when it calls itself,
    "others" when it is in a cycle with others; ``others``: how many methods may run instead of it.
    """

    symbol: SymbolRow | None
    path: str
    sites: tuple[CallRow, ...]
    strategy: str
    confidence: float
    depth: int
    kind: str
    parent: "Node | None" = None
    recursive: bool = False
    above: bool = False
    circle: str = ""
    others: int = 0
    children: list["Node"] = field(default_factory=list)
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """One direction: the edges that are followed, and apart from them what may be.

    ``possible`` are edges of the root symbol that are not sure and not followed, ``instead`` the calls of methods that
    it stands in for, ``named`` the places that name it, or what it names, without a call: callbacks, decorators, then
    types. ``unresolved`` has the reasons of calls that reach nothing known, ``unresolved_sites`` those of them that may
    belong here. ``elsewhere`` is where the name of the root symbol stands when nothing else is known of its callers.
    """

    direction: Direction
    nodes: list[Node]
    sites: int
    truncated: bool
    possible: list[Node]
    instead: list[Node]
    named: list[ReferenceRow]
    unresolved: Counter[str]
    unresolved_sites: list[CallRow]
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Relatives:
    """What else there is to say of the root symbol: the methods that it and that stand in for each other, its cycles.

    ``around`` are the symbols of a shortest cycle through it, itself first, () for none.
    """

    overrides: list[SymbolRow]
    overridden_by: list[SymbolRow]
    recursion: Recursion
    around: tuple[SymbolRow, ...]


def relatives(snapshot: Snapshot, symbol: SymbolRow) -> Relatives:
    """Return what a symbol overrides, what overrides it, and whether it runs itself again."""
    above = [i for i, _ in overridden_above(snapshot, (symbol.id,))]
    below = [i for _, i in overriding_below(snapshot, (symbol.id,))]
    found = recursion(snapshot, symbol.id)
    known = snapshot.symbols({*above, *below, *found.around})
    way = tuple(known[i] for i in found.around if i in known)
    return Relatives(_placed(known[i] for i in above), _placed(known[i] for i in below), found, way)


def _placed(symbols: Iterable[SymbolRow]) -> list[SymbolRow]:
    return sorted(symbols, key=lambda s: (is_test(s.path), s.path, s.line_start))


def grow(snapshot: Snapshot, symbol: SymbolRow, direction: Direction, depth: int, least: float = SURE) -> Tree:
    """Return the tree of ``direction`` from ``symbol``, breadth first, each symbol expanded once.

    Edges of at least ``least`` are followed; those below ``SURE`` are marked as possible by their confidence.
    """
    expanded: dict[int, Node] = {}
    again: list[Node] = []
    first = _neighbours(snapshot, [symbol.id], direction)[symbol.id]
    roots = [node for node in first if node.confidence >= least]
    _mark_recursion(roots, symbol.id)
    level, count = roots, len(roots)
    for _ in range(1, depth):
        following: list[Node] = []
        fresh: list[Node] = []
        for node in level:
            if node.symbol is None or node.recursive:
                continue
            if node.symbol.id in expanded:
                again.append(node)
                continue
            expanded[node.symbol.id] = node
            fresh.append(node)
        below = _neighbours(snapshot, [node.symbol.id for node in fresh if node.symbol], direction)
        for node in fresh:
            found = [n for n in below[node.symbol.id if node.symbol else 0] if n.confidence >= least]
            node.children = found[: max(0, MAX_NODES - count)]
            node.hidden = len(found) - len(node.children)
            for child in node.children:
                child.parent, child.depth = node, node.depth + 1
            _mark_recursion(node.children, symbol.id)
            count += len(node.children)
            following += node.children
        level = following
    for node in again:
        first_one = expanded[node.symbol.id] if node.symbol else node
        node.above = bool(first_one.children or first_one.hidden)
    _mark_circles(snapshot, symbol.id, roots)
    sites, reasons = _unresolved(snapshot, symbol, direction)
    edges = snapshot.caller_count(symbol.id) if direction == "callers" else snapshot.callee_count(symbol.id)
    tree = Tree(
        direction,
        roots,
        sum(len(n.sites) for n in roots),
        sum(len(n.sites) for n in first) < edges,
        [n for n in first if n.confidence < least],
        _calls_above(snapshot, symbol) if direction == "callers" else [],
        _named(snapshot, symbol.id, direction),
        reasons,
        sites,
    )
    nothing = not (first or tree.instead or reasons or any(each.kind in HANDED for each in tree.named))
    # What has a name like ``__len__`` the language itself calls.
    if nothing and direction == "callers" and not symbol.name.startswith("__"):
        return replace(tree, elsewhere=named_elsewhere(snapshot, symbol))
    return tree


def _named(snapshot: Snapshot, symbol_id: int, direction: Direction) -> list[ReferenceRow]:
    """Return where the symbol is named, or what it names, without a call: what may run first, and not in tests."""
    read = snapshot.references_to if direction == "callers" else snapshot.references_from
    return sorted(read(symbol_id, MAX_NAMED), key=lambda r: (r.kind not in HANDED, r.kind, is_test(r.path)))


def walk(nodes: list[Node]) -> list[Node]:
    """Return all nodes of a tree, breadth first."""
    found: list[Node] = []
    queue = deque(nodes)
    while queue:
        node = queue.popleft()
        found.append(node)
        queue.extend(node.children)
    return found


def _mark_recursion(nodes: list[Node], root_id: int) -> None:
    """Mark the nodes whose symbol is the root's or one on the way to them: there the tree would repeat itself."""
    for node in nodes:
        way = {root_id}
        above = node.parent
        while above is not None:
            way.add(above.symbol.id if above.symbol else 0)
            above = above.parent
        node.recursive = node.symbol is not None and node.symbol.id in way


def _mark_circles(snapshot: Snapshot, root_id: int, roots: list[Node]) -> None:
    """Mark the nodes that sure calls among the symbols of the tree show to run themselves again."""
    nodes = walk(roots)
    ids = {node.symbol.id for node in nodes if node.symbol is not None} | {root_id}
    graph: dict[int, list[int]] = {i: [] for i in sorted(ids)}
    for step in Steps(snapshot).onward(ids):
        if step.source is not None and step.target in ids:
            graph[step.source].append(step.target)
    together = {i for members in components(graph) if len(members) > 1 for i in members}
    # One look for all: methods that may run instead of what the tree shows as virtual.
    others = Counter(method for method, _ in overriding_below(snapshot, {n.symbol.id for n in nodes if n.symbol}))
    for node in nodes:
        if node.symbol is None:
            continue
        node.circle = "itself" if node.symbol.id in graph[node.symbol.id] else ""
        node.circle = node.circle or ("others" if node.symbol.id in together else "")
        node.others = others[node.symbol.id]


def _neighbours(snapshot: Snapshot, symbol_ids: list[int], direction: Direction) -> dict[int, list[Node]]:
    """Return the symbols one call away from each of these, most relevant first: sure, not a test, often, by path."""
    return _callers(snapshot, symbol_ids) if direction == "callers" else _callees(snapshot, symbol_ids)


def _callers(snapshot: Snapshot, symbol_ids: list[int]) -> dict[int, list[Node]]:
    called_as = {i: {i} for i in symbol_ids}
    for cls, constructor in classes_running(snapshot, symbol_ids):
        called_as[constructor].add(cls)
    by_target: dict[int, list[EdgeRow]] = {}
    for edge in _read(snapshot.callers_of, set().union(*called_as.values())):
        by_target.setdefault(edge.target_id, []).append(edge)
    edges = {i: [e for target in sorted(called_as[i]) for e in by_target.get(target, ())] for i in symbol_ids}
    return _nodes(snapshot, edges, "callers")


def _callees(snapshot: Snapshot, symbol_ids: list[int]) -> dict[int, list[Node]]:
    edges: dict[int, list[EdgeRow]] = {i: [] for i in symbol_ids}
    for edge in _read(snapshot.callees_of, symbol_ids):
        edges[edge.call.caller_id or 0].append(edge)
    nodes = _nodes(snapshot, edges, "callees")
    runs = constructors_run(snapshot, symbol_ids)
    known = snapshot.symbols({constructor for _, constructor in runs})
    for cls, constructor in sorted(runs, key=lambda pair: known[pair[1]].line_start, reverse=True):
        run = known[constructor]
        nodes[cls].insert(0, Node(run, run.path, (), "", 1.0, 1, "runs"))
    return nodes


def _read(read: Callable[[Collection[int], int], list[EdgeRow]], symbol_ids: Collection[int]) -> list[EdgeRow]:
    """Return the edges of these symbols: of all at once, or where they are too many, some of each."""
    most = min(MAX_LEVEL_SITES, MAX_SITES * len(symbol_ids))
    edges = read(symbol_ids, most)
    if len(edges) < most or len(symbol_ids) == 1:
        return edges
    return [edge for i in sorted(symbol_ids) for edge in read((i,), MAX_SITES)]


def _calls_above(snapshot: Snapshot, symbol: SymbolRow) -> list[Node]:
    """Return who calls a method that ``symbol`` stands in for: it may be what runs."""
    above = {method for method, _ in overridden_above(snapshot, (symbol.id,))}
    edges = snapshot.callers_of(above, MAX_SITES) if above else []
    virtual = [e for e in edges if e.strategy not in EXACT and e.confidence >= SURE]
    return _nodes(snapshot, {symbol.id: virtual}, "callers")[symbol.id]


def _nodes(snapshot: Snapshot, edges: dict[int, list[EdgeRow]], direction: Direction) -> dict[int, list[Node]]:
    """Return the other ends of the edges of each symbol as nodes, one for each symbol, or module level of a file."""
    ends = {end for group in edges.values() for e in group if (end := _end(e, direction)) is not None}
    known = snapshot.symbols(ends)
    return {i: _grouped(group, direction, known) for i, group in edges.items()}


def _end(edge: EdgeRow, direction: Direction) -> int | None:
    return edge.call.caller_id if direction == "callers" else edge.target_id


def _grouped(edges: list[EdgeRow], direction: Direction, known: dict[int, SymbolRow]) -> list[Node]:
    groups: dict[tuple[int | None, str], list[EdgeRow]] = {}
    for edge in edges:
        end = _end(edge, direction)
        groups.setdefault((end, edge.call.path if end is None else ""), []).append(edge)
    nodes = []
    for (end, path), group in groups.items():
        best = max(group, key=lambda e: e.confidence)
        other = known.get(end) if end is not None else None
        where = other.path if other is not None else path
        calls = {e.call.id: e.call for e in group}.values()
        sites = tuple(sorted(calls, key=lambda c: (c.line, c.column)))
        nodes.append(Node(other, where, sites, best.strategy, best.confidence, 1, best.kind))
    return sorted(nodes, key=lambda n: (-n.confidence, is_test(n.path), -len(n.sites), n.path, n.sites[0].line))


def open_names(snapshot: Snapshot, symbol: SymbolRow) -> list[str]:
    """Return the names by which a call can mean a symbol: a constructor is called by the name of its class, too."""
    owner = snapshot.symbol(symbol.parent_id) if symbol.parent_id is not None else None
    runs = owner is not None and snapshot.constructed((symbol.id,))
    return sorted({symbol.name, owner.name} if owner is not None and runs else {symbol.name})


def _unresolved(snapshot: Snapshot, symbol: SymbolRow, direction: Direction) -> tuple[list[CallRow], Counter[str]]:
    """Return the call sites that may belong to the tree but reach nothing known, and all of them by reason."""
    if direction == "callees":
        sites = snapshot.unresolved_in(symbol.id, MAX_SITES)
    else:
        languages = related(symbol.language)
        named = (snapshot.unresolved_named(name, languages, MAX_SITES) for name in open_names(snapshot, symbol))
        sites = [s for found in named for s in found if s.unresolved in OPEN_REASONS]
    reasons = Counter(s.unresolved or "" for s in sites)
    return [s for s in sites if s.unresolved in OPEN_REASONS], reasons
