"""What is known of a definition before all names are?

The pieces that the outline of a file collects, and what a declaration hides until it is over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.syntax import Variable
from stores.facts import Expr


@dataclass(slots=True, eq=False)
class Draft:
    """A symbol in the making: what its query and its syntax say about it."""

    index: int
    node: Node
    name: str
    name_node: Node
    kind: str
    outer: Block
    start: int
    qualified_name: str
    inner: Block | None = None
    variable: Variable | None = None
    bases: list[Node] = field(default_factory=list)
    returns: Node | None = None
    parameters: list[tuple[Variable, str]] = field(default_factory=list)
    type_parameters: list[str] = field(default_factory=list)
    decorators: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)


class Hiding(NamedTuple):
    """A declaration whose value, up to byte ``end``, means another thing by its name: ``x := x.next()``."""

    end: int
    target: Expr
    meant: Callable[[], Expr]


def uncovered(expr: Expr, hiding: tuple[Hiding, ...]) -> Expr:
    """Return ``expr`` with names for what they mean before their declaration is over."""
    if not hiding:
        return expr
    for each in hiding:
        if expr == each.target:
            return each.meant()
    return tuple(uncovered(part, hiding) if isinstance(part, tuple) else part for part in expr)
