"""How is a graph written for Mermaid?

A flowchart within the budget: https://mermaid.js.org/syntax/flowchart.html. What is left out, and what is not known,
stands in comments. Labels are quoted and everything in them that means something to Mermaid is an entity.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mcp_server import tokens
from mcp_server.retrieval import dependencies, render
from mcp_server.retrieval.chains import Chains
from mcp_server.retrieval.dependencies import Dependencies
from mcp_server.retrieval.drawing import counted, site_lines
from mcp_server.retrieval.graph import Tree, walk
from mcp_server.retrieval.impact import Impact
from mcp_server.retrieval.steps import HANDED, SURE, Step
from stores.facts import display_path
from stores.lookups import SymbolRow

# Anything but these may be Mermaid's own syntax, in a label or around it.
_MEANT = re.compile(r"[^\w \-.,:/()+@=…]")
_NAME_CHARS = 80


@dataclass(frozen=True, slots=True)
class Box:
    """A node: what tells it from others, and the lines of its label."""

    key: object
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge with its label; ``unsure`` ones are dotted."""

    source: Box
    target: Box
    label: str
    unsure: bool = False


def flowchart(boxes: Sequence[Box], arrows: Iterable[Arrow], notes: Sequence[str], budget: int) -> str:
    """Return a flowchart within ``budget`` tokens.

    Args:
        boxes: nodes that are shown in any case.
        arrows: the most important first; those that do not fit are counted.
        notes: what is said in comments.
        budget: tokens for all of it.
    """
    names: dict[object, str] = {}
    lines = ["flowchart LR"]
    room = budget - tokens.count(lines[0])
    rest = list(arrows)
    last = tokens.count(_left_out(len(rest))) + 1
    for text in [*(_declared(box, names) for box in boxes), *map(_comment, notes)]:
        if tokens.count(text) + 1 > room - last:
            break
        room -= tokens.count(text) + 1
        lines.append(text)
    shown = 0
    for arrow in rest:
        known = dict(names)
        text = _drawn(arrow, known)
        spare = last if shown + 1 < len(rest) else 0
        if tokens.count(text) + 1 > room - spare:
            break
        names = known
        room -= tokens.count(text) + 1
        lines.append(text)
        shown += 1
    if shown < len(rest):
        lines.append(_left_out(len(rest) - shown))
    return "\n".join(lines)


def _left_out(number: int) -> str:
    return f"%% {counted(number, 'edge')} left out: raise budget_tokens"


def escaped(label: str) -> str:
    """Return text as a quoted label shows it."""
    return _MEANT.sub(lambda found: f"#{ord(found[0])};", render.clean(label).replace("\n", " "))


def _comment(text: str) -> str:
    # %%{ begins a directive, also inside a comment.
    return "%% " + " ".join(render.clean(text).split()).replace("%", "")


def _declared(box: Box, names: dict[object, str]) -> str:
    known = names.get(box.key)
    if known is not None:
        return known
    names[box.key] = f"n{len(names)}"
    return f'{names[box.key]}["{"<br/>".join(map(escaped, box.lines))}"]'


def _drawn(arrow: Arrow, names: dict[object, str]) -> str:
    source, target = _declared(arrow.source, names), _declared(arrow.target, names)
    label = f'|"{escaped(arrow.label)}"|' if arrow.label else ""
    return f"{source} {'-.->' if arrow.unsure else '-->'}{label} {target}"


# --- what is drawn ------------------------------------------------------------------------------------------


def symbol_box(symbol: SymbolRow | None, path: str) -> Box:
    """Return the node of a symbol, or of the module level of a file."""
    if symbol is None:
        return Box(path, ("(module level)", display_path(path)))
    name = render.cut(symbol.qualified_name, _NAME_CHARS)
    return Box(symbol.id, (name, f"{display_path(symbol.path)}:{symbol.line_start}"))


def tree_arrows(symbol: SymbolRow, tree: Tree) -> Iterator[Arrow]:
    """Yield the edges of a tree, near ones first, then those that are only possible."""
    root = symbol_box(symbol, symbol.path)
    for node in [*walk(tree.nodes), *tree.instead, *tree.possible]:
        above = node.parent.symbol if node.parent else symbol
        near, far = symbol_box(above, symbol.path) if above else root, symbol_box(node.symbol, node.path)
        source, target = (far, near) if tree.direction == "callers" else (near, far)
        how = "runs its constructor" if node.kind == "runs" else f"{node.strategy} {node.confidence:.2f}"
        label = f"{how} :{site_lines(node)}" if node.sites else how
        yield Arrow(source, target, label, unsure=node.confidence < SURE or node in tree.instead)


def chain_arrows(found: Chains) -> Iterator[Arrow]:
    """Yield the calls of chains, each once."""
    drawn = set()
    for chain in found.chains:
        for (source, target), step in zip(pairwise(chain.symbols), chain.steps, strict=True):
            if (source.id, target.id) not in drawn:
                drawn.add((source.id, target.id))
                boxes = symbol_box(source, source.path), symbol_box(target, target.path)
                yield Arrow(*boxes, _label(step), _unsure(step))


def impact_arrows(found: Impact) -> Iterator[Arrow]:
    """Yield from each symbol that is reached one call that leads on, the nearest first."""
    for reached in sorted([*found.code, *found.tests], key=lambda r: r.distance):
        through = reached.through or found.symbol
        source, target = symbol_box(reached.symbol, reached.path), symbol_box(through, through.path)
        yield Arrow(source, target, _label(reached.step), _unsure(reached.step))


def _label(step: Step) -> str:
    how = step.arc.kind if step.arc.kind in HANDED else f"{step.arc.confidence:.2f}"
    return f"{step.arc.strategy} {how} :{step.arc.line}"


def _unsure(step: Step) -> bool:
    return step.instead or step.arc.confidence < SURE


def file_box(path: str) -> Box:
    """Return the node of a file or folder."""
    return Box(path, (display_path(path),))


def _where(unit: str, place: dependencies.Place) -> str:
    return f":{place[1]}" if unit == place[0] else f"{display_path(place[0])}:{place[1]}"


def dependency_arrows(found: Dependencies) -> Iterator[Arrow]:
    """Yield what a file or folder needs, what needs it, and its cycles."""
    own = file_box(found.path)
    drawn = set()
    for near, uses in ((found.uses, True), (found.used_by, False)):
        for each in near:
            pair = (own, file_box(each.path)) if uses else (file_box(each.path), own)
            drawn.add(pair)
            counts = [counted(each.imports, "import")] if each.imports else []
            counts += [counted(each.calls, "call")] if each.calls else []
            counts += [f"{each.distance} steps away"] if each.distance > 1 else []
            yield Arrow(*pair, ", ".join(counts), unsure=each.distance > 1)
    for cycle in [*found.cycles, *found.inside]:
        for (source, target), place in zip(pairwise((*cycle.around, cycle.around[0])), cycle.places, strict=True):
            pair = file_box(source), file_box(target)
            if pair not in drawn:
                drawn.add(pair)
                yield Arrow(*pair, f"import {_where(source, place)}")


def import_arrows(found: dependencies.Chain) -> Iterator[Arrow]:
    """Yield the imports of a way from one file or folder to another."""
    for (source, target), place in zip(pairwise(found.paths), found.places, strict=True):
        yield Arrow(file_box(source), file_box(target), f"import {_where(source, place)}")
