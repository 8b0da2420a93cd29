"""What runs in a circle?

Strongly connected components of calls, and of files that depend on one another: members reach each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcp_server.retrieval.steps import Steps
from stores.index import Snapshot

# Symbols looked at to say whether one is in a cycle: about 20 ms. Beyond, it is not known.
MAX_LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class Recursion:
    """Whether a symbol runs itself again.

    ``direct``: by a call in its own body. ``around``: a shortest way from it through others and back, the symbol itself
    first, () for none. ``members``: all that call one another with it. ``known``: False when too much is reachable
    from it to say that there is no way back.
    """

    direct: bool
    around: tuple[int, ...]
    members: frozenset[int]
    known: bool


def components(graph: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """Return the strongly connected components of ``graph`` (node -> nodes it leads to), each sorted.

    Tarjan's algorithm (Depth-first search and linear graph algorithms, 1972), without recursion.
    """
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    open_nodes: list[int] = []
    is_open: set[int] = set()
    found: list[list[int]] = []
    for root in graph:
        if root in order:
            continue
        order[root] = low[root] = len(order)
        open_nodes.append(root)
        is_open.add(root)
        work = [(root, iter(graph[root]))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in order:
                    order[target] = low[target] = len(order)
                    open_nodes.append(target)
                    is_open.add(target)
                    work.append((target, iter(graph.get(target, ()))))
                    break
                if target in is_open:
                    low[node] = min(low[node], order[target])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == order[node]:
                    start = open_nodes.index(node) if open_nodes[-1] != node else len(open_nodes) - 1
                    found.append(sorted(open_nodes[start:]))
                    is_open.difference_update(open_nodes[start:])
                    del open_nodes[start:]
    return found


def around(graph: Mapping[int, Sequence[int]], node: int) -> tuple[int, ...]:
    """Return a shortest way from ``node`` through others back to it, () for none; of equal ones by order of targets."""
    before: dict[int, int] = {}
    level = [t for t in graph.get(node, ()) if t != node]
    for target in level:
        before.setdefault(target, node)
    while level:
        following = []
        for current in level:
            for target in graph.get(current, ()):
                if target == node:
                    way = [current]
                    while before[way[-1]] != node:
                        way.append(before[way[-1]])
                    return (node, *reversed(way))
                if target not in before:
                    before[target] = current
                    following.append(target)
        level = following
    return ()


def recursion(snapshot: Snapshot, symbol_id: int) -> Recursion:
    """Say whether a symbol runs itself again, over sure edges.

    The smaller of what it reaches and of what reaches it is walked; both hold every cycle through it.
    """
    steps = Steps(snapshot)
    sides = (steps.onward, steps.back)
    known: list[set[int]] = [{symbol_id}, {symbol_id}]
    edges: list[dict[int, list[int]]] = [{}, {}]
    level: list[set[int]] = [{symbol_id}, {symbol_id}]
    while level[0] and level[1] and len(known[0]) + len(known[1]) < MAX_LOOKED_AT:
        side = 0 if len(level[0]) <= len(level[1]) else 1
        following: set[int] = set()
        for step in sides[side](level[side]):
            if step.source is None:
                continue
            edges[side].setdefault(step.source, []).append(step.target)
            following.add(step.target if side == 0 else step.source)
        level[side] = following - known[side]
        known[side] |= following
    done = 0 if not level[0] else 1
    graph = {source: sorted(targets) for source, targets in edges[done].items()}
    direct = symbol_id in graph.get(symbol_id, ()) or symbol_id in edges[0].get(symbol_id, ())
    if level[0] and level[1]:
        return Recursion(direct, (), frozenset({symbol_id}), known=False)
    members = next((c for c in components({symbol_id: (), **graph}) if symbol_id in c), [symbol_id])
    return Recursion(direct, around(graph, symbol_id), frozenset(members), known=True)
