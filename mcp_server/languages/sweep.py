"""In which scope is each node that a query names?

One pass over the captured nodes in the order of the text, for languages whose scopes are nested regions. Handlers
collect and bind; whatever needs to know every name of every scope is left for afterwards.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from tree_sitter import Node

from mcp_server.languages.extract import Captures
from mcp_server.languages.scopes import Definition, Scope

# Captures that say where chunks may begin: they bind nothing.
_NOT_SWEPT = frozenset({"statement", "block", "body", "loop", "comment"})


@dataclass(slots=True, eq=False)
class Draft:
    """A symbol in the making. ``scope`` holds it, ``start`` is its first byte with all that belongs to it.

    ``qualifier`` stands before the name where that is not the name of what holds it.
    """

    node: Node
    name: str
    kind: str
    scope: Scope
    start: int
    name_node: Node
    definition: Definition = field(default_factory=Definition)
    decorators: tuple[Node, ...] = ()
    flags: tuple[str, ...] = ()
    qualifier: str | None = None


class Region(NamedTuple):
    """Bytes ``start`` to ``end`` of the text, and the scope they are."""

    start: int
    end: int
    scope: Scope


Regions = Iterable[Region]
Handler = Callable[[Node, Scope], Regions | None]


def sweep(captures: Captures, module: Scope, handlers: Mapping[str, Handler]) -> None:
    """Call for each captured node the handler of its capture with the scope it is in.

    A node comes before what is in it. The regions that a handler returns, each inside the one before, may begin after
    the node does: they are entered at their first byte, whatever lies between.
    """
    events = [
        (node.start_byte, -node.end_byte, order, number, handlers[kind], node)
        for order, (kind, nodes) in enumerate(captures.items())
        if kind not in _NOT_SWEPT
        for number, node in enumerate(nodes)
    ]
    events.sort()
    inside = [Region(0, sys.maxsize, module)]
    waiting: list[tuple[int, int, int, Region]] = []
    number = 0
    for start, _, _, _, handle, node in events:
        while waiting and waiting[0][0] <= start:
            _enter(heappop(waiting)[-1], inside)
        while inside[-1].end <= start:
            inside.pop()
        regions = handle(node, inside[-1].scope)
        for region in regions or ():
            number += 1
            heappush(waiting, (region.start, -region.end, number, region))


def _enter(region: Region, inside: list[Region]) -> None:
    while inside[-1].end <= region.start:
        inside.pop()
    if region.end > region.start:
        inside.append(region)
