"""Which question about the graph is this, and what is the answer?

Trees of callers and callees of a symbol, chains of calls to another, impact; what a file or folder depends on. A name
with several meanings is answered with them, and with nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from mcp_server import tokens
from mcp_server.errors import BadQuery, UnknownSymbol
from mcp_server.retrieval import chains, dependencies, drawing, graph, impact, mermaid, reports, symbols
from mcp_server.retrieval.budget import fit
from mcp_server.retrieval.dependencies import ROOT
from mcp_server.retrieval.places import indexed_file, place
from mcp_server.retrieval.query import plain
from mcp_server.retrieval.steps import SURE
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import SymbolRow

DIRECTIONS = ("callers", "callees", "both", "impact")
FORMATS = ("text", "mermaid")
MAX_DEPTH = graph.MAX_DEPTH
# Files that have one importable name: a stub beside its source, two roots of packages.
_MODULE_FILES = 2
_SHOWN_NAME = 200
_BY_LINE = "path:line asks for one"
_WAYS: dict[str, tuple[dependencies.Way, ...]] = {
    "callers": ("used by",),
    "callees": ("uses",),
    "both": ("uses", "used by"),
    "impact": ("used by",),
}

Answer = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Calls:
    """A question about the graph as it was asked; ``depth`` None is what suits the question."""

    symbol: str
    to: str | None = None
    path: str | None = None
    direction: str = "both"
    depth: int | None = None
    include_possible: bool = False
    format: str = "text"

    @property
    def least(self) -> float:
        """The confidence below which edges are not followed."""
        return 0.0 if self.include_possible else SURE


def check(asked: Calls) -> None:
    """Refuse what is wrong in a question before the index is looked at.

    Raises:
        BadQuery: an argument is out of its range, or does not go with another.
    """
    if asked.direction not in DIRECTIONS:
        raise BadQuery(f"unknown direction {asked.direction!r}", f"directions are {', '.join(DIRECTIONS)}")
    if asked.format not in FORMATS:
        raise BadQuery(f"unknown format {asked.format!r}", f"formats are {', '.join(FORMATS)}")
    if asked.depth is not None and not 1 <= asked.depth <= MAX_DEPTH:
        raise BadQuery(f"depth {asked.depth} is out of range", f"give 1 to {MAX_DEPTH}")
    if asked.to and asked.direction == "impact":
        raise BadQuery("impact leads to no one symbol", "leave out to, or give another direction")


def answer(snapshot: Snapshot, asked: Calls, budget: int) -> Answer:
    """Answer a question within ``budget`` tokens: the text, and the same as data.

    Raises:
        UnknownSymbol: nothing has this name; the hint names the nearest.
        BadQuery: ``symbol`` and ``to`` do not go together.
    """
    asked = replace(asked, symbol=plain(asked.symbol), path=plain(asked.path or ""), to=plain(asked.to or ""))
    found = _meant(snapshot, asked.symbol, asked.path or "")
    if isinstance(found, str):
        return _files(snapshot, found, asked, budget)
    if _are_overloads(found):
        return _overloaded(snapshot, found, asked, budget)
    if len(found) > 1:
        return _candidates(asked.symbol, found, "ask again with one of these names, or add path", budget)
    if asked.to:
        return _chains(snapshot, found[0], asked, budget)
    return (
        _impact(snapshot, found[0], asked, budget)
        if asked.direction == "impact"
        else _trees(snapshot, found[0], asked, budget)
    )


# --- what is meant ------------------------------------------------------------------------------------------


def _meant(snapshot: Snapshot, name: str, path: str) -> list[SymbolRow] | str:
    """Return the definitions that ``name`` means, at least one, or the file or folder (it ends with a slash)."""
    at = place(name)
    file = indexed_file(snapshot, at.path) if at else None
    if at and file is not None:
        symbol = snapshot.symbol_at(file.id, at.start)
        if symbol is None:
            raise UnknownSymbol(f"no definition holds {name.strip()}", "get_context shows what is at that line")
        return [symbol]
    unit = _unit(snapshot, name)
    if unit is not None:
        return unit
    head, colon, rest = name.strip().rpartition(":")
    if colon and not head.endswith(":") and (inside := indexed_file(snapshot, head)) is not None:
        name, path = rest, "/" + inside.path
    found = symbols.candidates(snapshot, name, path)
    if len(found) == 1:
        return symbols.overloads(snapshot, found[0])
    return found or _module(snapshot, name) or _nothing(snapshot, name, path)


def _are_overloads(found: list[SymbolRow]) -> bool:
    return len(found) > 1 and len({(s.path, s.full_name) for s in found}) == 1


def _unit(snapshot: Snapshot, name: str) -> str | None:
    """Return the indexed file or folder of this path, None if it is none; a bare name is a folder with its slash."""
    cleaned = name.strip().replace("\\", "/").removeprefix("./")
    if name.strip() in (".", ROOT):
        return ROOT
    file = indexed_file(snapshot, cleaned.rstrip("/")) if cleaned else None
    if file is not None:
        return file.path
    if "/" not in cleaned:
        return None
    folder = cleaned.rstrip("/") + "/"
    return folder if snapshot.files_below(folder) else None


def _module(snapshot: Snapshot, name: str) -> str | None:
    """Return the file of an importable name, the folder of a package's, or a folder called like this."""
    wanted = name.strip().strip("`\"'")
    files = snapshot.files_of_module(wanted, _MODULE_FILES)
    if files:
        folder, _, file = files[0].rpartition("/")
        return f"{folder}/" if file.startswith("__init__.") and folder else files[0]
    return f"{wanted}/" if wanted and snapshot.files_below(f"{wanted}/") else None


def _nothing(snapshot: Snapshot, name: str, path: str) -> list[SymbolRow]:
    wanted = name.strip().replace("\\", "/").rstrip("/")
    last = wanted.rsplit("/", 1)[-1]
    same = [f.path for f in snapshot.files_ending(last, symbols.SHOWN_NAMES)] if "/" in wanted else []
    if same:
        near = ", ".join(map(display_path, same))
        raise UnknownSymbol(f"no file or folder {display_path(wanted[:_SHOWN_NAME])} is indexed", f"nearest: {near}")
    raise symbols.unknown(snapshot, name, path)


def _candidates(name: str, found: list[SymbolRow], again: str, budget: int) -> Answer:
    text = symbols.candidates_text(name, found, again, budget)
    return text, {"candidates": [symbols.symbol_data(s) for s in found]}


# --- answers ------------------------------------------------------------------------------------------------


def _trees(snapshot: Snapshot, symbol: SymbolRow, asked: Calls, budget: int) -> Answer:
    wanted: tuple[graph.Direction, ...] = ("callers", "callees")
    depth = asked.depth or 1
    trees = [graph.grow(snapshot, symbol, d, depth, asked.least) for d in wanted if asked.direction in (d, "both")]
    kin = graph.relatives(snapshot, symbol)
    data = drawing.data(symbol, trees, kin)
    if asked.format == "text":
        return drawing.text(symbol, trees, kin, budget, linked=snapshot.linked), data
    arrows = [arrow for tree in trees for arrow in mermaid.tree_arrows(symbol, tree)]
    notes = [line for tree in trees for line in drawing.notes(symbol, tree, linked=snapshot.linked)]
    recursion = drawing.recursion_text(kin)
    said = [*notes, *([recursion] if recursion else [])]
    return mermaid.flowchart([mermaid.symbol_box(symbol, symbol.path)], arrows, said, budget), data


def _overloaded(snapshot: Snapshot, found: list[SymbolRow], asked: Calls, budget: int) -> Answer:
    """Answer about each of several overloads where that is possible, else say which there are."""
    if asked.to or asked.direction == "impact" or asked.format != "text":
        return _candidates(asked.symbol, found, _BY_LINE, budget)
    called = symbols.shown_name(asked.symbol)
    head = f"{len(found)} definitions in {display_path(found[0].path)} are called {called!r}; {_BY_LINE}"
    lines, room = [head], budget - tokens.count(head) - 1
    data: list[dict[str, Any]] = []
    for number, symbol in enumerate(found):
        # One with few callers leaves its share to the next.
        text, each = _trees(snapshot, symbol, asked, room // (len(found) - number))
        room -= tokens.count(text) + 1
        lines.append(text)
        data.append({**symbols.symbol_data(symbol), **each})
    return fit("\n".join(lines), budget), {"candidates": data}


def _chains(snapshot: Snapshot, symbol: SymbolRow, asked: Calls, budget: int) -> Answer:
    wanted = asked.to or ""
    targets = _meant(snapshot, wanted, "")
    if isinstance(targets, str):
        raise BadQuery(f"{wanted} is a file or folder, {asked.symbol} is a symbol", "give two symbols or two paths")
    if len(targets) > 1:
        again = _BY_LINE if _are_overloads(targets) else "ask again with one of these names as to, or path:name"
        return _candidates(wanted, targets, again, budget)
    target = targets[0]
    if target.id == symbol.id:
        raise BadQuery(f"to is {asked.symbol} itself", "leave to out: the answer says whether it calls itself")
    most = asked.depth or chains.MAX_CALLS
    ends = [(symbol, target)] if asked.direction != "callers" else []
    ends += [(target, symbol)] if asked.direction != "callees" else []
    found: list[chains.Chains] = []
    for source, end in ends:
        found.append(chains.find(snapshot, source, end, most, possible=asked.include_possible))
        if found[-1].chains:
            break
    names = snapshot.symbols(_through(found))
    data = {"symbol": symbol.full_name, "to": target.full_name, **reports.chains_data(found, names)}
    if asked.format == "text":
        text = reports.chains_text(found, names, budget, linked=snapshot.linked, possible=asked.include_possible)
        return text, data
    boxes = [mermaid.symbol_box(s, s.path) for s in (symbol, target)]
    notes = reports.chains_notes(found, linked=snapshot.linked)
    return mermaid.flowchart(boxes, mermaid.chain_arrows(found[-1]), notes, budget), data


def _through(found: Iterable[chains.Chains]) -> set[int]:
    steps = (step for each in found for chain in each.chains for step in chain.steps)
    return {step.through for step in steps if step.through is not None}


def _impact(snapshot: Snapshot, symbol: SymbolRow, asked: Calls, budget: int) -> Answer:
    found = impact.find(snapshot, symbol, asked.depth or impact.DEFAULT_DEPTH, asked.least)
    data = reports.impact_data(found)
    if asked.format == "text":
        return reports.impact_text(found, budget, linked=snapshot.linked), data
    notes = reports.impact_notes(found, linked=snapshot.linked)
    boxes = [mermaid.symbol_box(symbol, symbol.path)]
    return mermaid.flowchart(boxes, mermaid.impact_arrows(found), notes, budget), data


def _files(snapshot: Snapshot, path: str, asked: Calls, budget: int) -> Answer:
    """Answer about a file or folder: its dependencies, or the way of imports to another."""
    if asked.to:
        target = _meant(snapshot, asked.to, "")
        if not isinstance(target, str):
            raise BadQuery(f"{asked.to} is a symbol, {asked.symbol} is a path", "give two symbols or two paths")
        return _imports(snapshot, path, target, asked, budget)
    ways = _WAYS[asked.direction]
    depth = asked.depth or (impact.DEFAULT_DEPTH if asked.direction == "impact" else 1)
    found = dependencies.find(snapshot, path, depth, ways)
    data = reports.dependencies_data(found, ways)
    if asked.format == "text":
        return reports.dependencies_text(found, ways, budget, linked=snapshot.linked), data
    notes = [] if snapshot.linked else ["dependencies are unknown until imports and calls are linked"]
    return mermaid.flowchart([mermaid.file_box(path)], mermaid.dependency_arrows(found), notes, budget), data


def _imports(snapshot: Snapshot, source: str, target: str, asked: Calls, budget: int) -> Answer:
    if (source.startswith(target) and target.endswith("/")) or (target.startswith(source) and source.endswith("/")):
        raise BadQuery("one of the two is the other, or in it", "give two paths of which none holds the other")
    ways = [(source, target)] if asked.direction != "callers" else []
    ways += [(target, source)] if asked.direction != "callees" else []
    found = None
    lines: list[str] = []
    for first, last in ways:
        found = dependencies.chain(snapshot, first, last)
        between = f"from {display_path(first)} to {display_path(last)}"
        if found is not None:
            lines.append(f"shortest path of imports {between}: {drawing.counted(len(found.places), 'import')}")
            break
        known = "among the imports that are resolved" if snapshot.linked else "known until imports are linked"
        lines.append(f"no path of imports {between} {known}")
    data: dict[str, Any] = {"path": source, "to": target, "imports": []}
    if found is not None:
        data["imports"] = [{"path": display_path(p)} for p in found.paths]
        steps = [f"  {reports.place_text(*step)} imports" for step in zip(found.paths, found.places, strict=False)]
        lines += [*steps, f"  {display_path(found.paths[-1])}"]
    if asked.format == "text":
        return fit("\n".join(lines), budget), data
    boxes = [mermaid.file_box(source), mermaid.file_box(target)]
    return mermaid.flowchart(boxes, mermaid.import_arrows(found) if found else [], lines[:2], budget), data
