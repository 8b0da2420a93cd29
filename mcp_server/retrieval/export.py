"""How is the graph handed to other programs?

As JSON Lines, GraphML (http://graphml.graphdrawing.org) or DOT (https://graphviz.org/doc/info/lang.html), line by line:
a file's rows are in memory at a time. Nodes are named by the places of files and symbols in the order of paths, so that
the same sources give the same text.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from mcp_server.errors import BadQuery
from mcp_server.retrieval.impact import DEFAULT_DEPTH, is_a_test
from mcp_server.retrieval.paths import is_test
from mcp_server.retrieval.steps import SURE, Steps
from stores.edges import CallRow, EdgeRow
from stores.facts import display_path
from stores.index import Snapshot
from stores.links import STORED_RELATIONS, Link
from stores.lookups import FileRow, SymbolRow

# Which test reaches which symbol is not stored: it is what sure calls say, as far as impact looks by default.
TESTS = "tests"
# What a document writes as code gets its meaning when it is read.
MENTIONS = "mentions"
RELATIONS = (*STORED_RELATIONS, MENTIONS, TESTS)
WHAT = ("calls", "relations")
FORMS = ("jsonl", "graphml", "dot")

_NODE_KEYS = ("label", "kind", "path", "line")
_EDGE_KEYS = ("relation", "line", "sites", "kind", "strategy", "confidence", "calls", "base", "module", "name")
_XML_TYPES = {"line": "int", "sites": "int", "confidence": "double", "calls": "int"}


def lines(snapshot: Snapshot, what: str, form: str = "jsonl", only: Collection[str] = ()) -> Iterator[str]:
    """Return calls, or the relations beside them, as the lines of a text.

    Args:
        snapshot: the index as of one generation.
        what: one of ``WHAT``.
        form: one of ``FORMS``. JSON Lines have unresolved calls, bases and imports, too; graphs what has two ends.
        only: some of ``RELATIONS``; none means all.

    Raises:
        BadQuery: there is no such thing to export.
    """
    for given, known in ((what, WHAT), (form, FORMS), *((each, RELATIONS) for each in only)):
        if given not in known:
            raise BadQuery(f"{given!r} cannot be exported", f"there are {', '.join(known)}")
    if only and what != "relations":
        raise BadQuery("calls have no other relations", "export relations")
    wanted = tuple(each for each in RELATIONS if each in only) or RELATIONS
    if form == "jsonl":
        rows = call_rows(snapshot) if what == "calls" else relation_rows(snapshot, wanted)
        return (json.dumps(row) for row in rows)
    write = _graphml if form == "graphml" else _dot
    return write(what, _nodes(snapshot, what), _call_edges(snapshot) if what == "calls" else _edges(snapshot, wanted))


# --- rows ---------------------------------------------------------------------------------------------------


def call_rows(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield every call site of the root, by path, line and column."""
    for call, edges in snapshot.export_calls():
        yield {
            "path": display_path(call.path),
            "line": call.line,
            "column": call.column,
            "caller": _caller(call),
            "callee_text": call.text,
            "targets": [_target(edge) for edge in edges if edge.target is not None],
            "unresolved": call.unresolved,
        }


def _caller(call: CallRow) -> str:
    return ".".join(part for part in (call.module, call.caller) if part)


def _target(edge: EdgeRow) -> dict[str, Any]:
    target = edge.target
    assert target is not None
    return {
        "path": display_path(target.path),
        "line": target.name_line,
        "symbol": target.full_name,
        "kind": edge.kind,
        "strategy": edge.strategy,
        "confidence": edge.confidence,
    }


def relation_rows(snapshot: Snapshot, wanted: Collection[str] = RELATIONS) -> Iterator[dict[str, Any]]:
    """Yield the rows of these relations, file by file in the order of paths."""
    paths = {file.id: file.path for file in snapshot.files()}
    for file_id in paths:
        links = list(_links(snapshot, file_id, paths[file_id], wanted))
        ids = {end for link in links for end in (link.source, link.target) if end is not None}
        symbols = snapshot.symbols(ids)
        for link in links:
            yield {
                "relation": link.relation,
                "source": _end(paths, symbols, link.source_file, link.source),
                "target": _end(paths, symbols, link.target_file, link.target),
                "line": link.line,
                **link.detail,
                **({"resolved": link.target_file is not None} if link.relation in ("imports", "inherits") else {}),
            }


def _end(
    paths: dict[int, str], symbols: dict[int, SymbolRow], file_id: int | None, symbol_id: int | None
) -> dict[str, Any] | None:
    if file_id is None:
        return None
    symbol = symbols.get(symbol_id) if symbol_id is not None else None
    return {
        "path": display_path(paths[file_id]),
        "symbol": symbol.full_name if symbol else None,
        "kind": symbol.kind if symbol else "file",
        "line": symbol.name_line if symbol else 1,
    }


def _links(snapshot: Snapshot, file_id: int, path: str, wanted: Collection[str]) -> Iterator[Link]:
    for relation in wanted:
        if relation == TESTS:
            yield from _test_links(snapshot, file_id, path)
        elif relation == MENTIONS:
            for row in snapshot.mentions_in(file_id):
                section = row.source.id if row.source else None
                detail = {"strategy": row.strategy}
                yield Link(MENTIONS, file_id, section, row.target.file_id, row.target.id, row.line, detail)
        else:
            yield from snapshot.links(file_id, relation)


def _test_links(snapshot: Snapshot, file_id: int, path: str) -> Iterator[Link]:
    """Yield which tests of a file reach which symbols that are none, and in how many calls."""
    inside = snapshot.symbols_in(file_id)
    tests: list[int | None] = [s.id for s in inside if is_a_test(s, path)]
    onward: dict[int | None, set[int]] = {}
    if is_a_test(None, path):
        tests.append(None)
        onward[None] = {
            arc.target for arc in snapshot.arcs_in(file_id) if arc.source is None and arc.confidence >= SURE
        }
    level = {t for t in tests if t is not None} | onward.get(None, set())
    met = set(level)
    for _ in range(DEFAULT_DEPTH):
        following = set()
        for step in Steps(snapshot).onward(level):
            onward.setdefault(step.source, set()).add(step.target)
            following.add(step.target)
        level = following - met
        met |= level
    symbols = snapshot.symbols(met)
    first = {s.id: s.name_line for s in inside}
    for test in tests:
        for target, calls in _within_reach(onward, test).items():
            symbol = symbols.get(target)
            if symbol is not None and not is_a_test(symbol, symbol.path) and not is_test(symbol.path):
                line = first[test] if test is not None else 1
                yield Link(TESTS, file_id, test, symbol.file_id, target, line, {"calls": calls})


def _within_reach(onward: dict[int | None, set[int]], start: int | None) -> dict[int, int]:
    """Return what is reached from ``start``, with the number of calls, by number and id."""
    reached: dict[int, int] = {}
    level: list[int | None] = [start]
    for calls in range(1, DEFAULT_DEPTH + 1):
        following = sorted({t for s in level for t in onward.get(s, ())} - reached.keys() - {start})
        reached.update(dict.fromkeys(following, calls))
        level = list(following)
    return reached


# --- graphs -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Edge:
    source: str
    target: str
    values: dict[str, Any]


class _Names:
    """The names of nodes: files by their place in the order of paths, symbols by their place in the file."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._files = {file.id: number for number, file in enumerate(snapshot.files())}

    def of(self, file_id: int, symbol: SymbolRow | None) -> str:
        """Return the name of a symbol, or of a file."""
        name = f"f{self._files[file_id]}"
        return name if symbol is None else f"{name}s{symbol.position}"


def _nodes(snapshot: Snapshot, what: str) -> Iterator[_Node]:
    """Yield the files and symbols: of calls those that have an edge."""
    names = _Names(snapshot)
    for file in snapshot.files():
        arcs = snapshot.arcs_in(file.id) if what == "calls" else ()
        if what != "calls" or any(arc.source is None for arc in arcs):
            yield _Node(names.of(file.id, None), _node_values(file, None))
        with_edges = snapshot.calling_or_called(file.id) if what == "calls" else None
        for symbol in snapshot.symbols_in(file.id):
            if with_edges is None or symbol.id in with_edges:
                yield _Node(names.of(file.id, symbol), _node_values(file, symbol))


def _node_values(file: FileRow, symbol: SymbolRow | None) -> dict[str, Any]:
    path = display_path(file.path)
    if symbol is None:
        return {"label": path, "kind": "file", "path": path, "line": 1}
    return {
        "label": display_path(symbol.qualified_name),
        "kind": symbol.kind,
        "path": path,
        "line": symbol.name_line,
    }


def _call_edges(snapshot: Snapshot) -> Iterator[_Edge]:
    names = _Names(snapshot)
    for file in snapshot.files():
        arcs = list(snapshot.arcs_in(file.id))
        ids = {arc.target for arc in arcs} | {arc.source for arc in arcs if arc.source is not None}
        symbols = snapshot.symbols(ids)
        for arc in arcs:
            source, target = symbols[arc.source] if arc.source is not None else None, symbols[arc.target]
            values = {
                "relation": "calls",
                "line": arc.line,
                "sites": arc.sites,
                "kind": arc.kind,
                "strategy": arc.strategy,
                "confidence": arc.confidence,
            }
            yield _Edge(names.of(file.id, source), names.of(target.file_id, target), values)


def _edges(snapshot: Snapshot, wanted: Collection[str]) -> Iterator[_Edge]:
    names = _Names(snapshot)
    for file in snapshot.files():
        links = [link for link in _links(snapshot, file.id, file.path, wanted) if link.target_file is not None]
        ids = {end for link in links for end in (link.source, link.target) if end is not None}
        symbols = snapshot.symbols(ids)
        for link in links:
            assert link.target_file is not None
            source, target = (symbols[end] if end is not None else None for end in (link.source, link.target))
            values = {"relation": link.relation, "line": link.line, **link.detail}
            yield _Edge(names.of(file.id, source), names.of(link.target_file, target), values)


def _graphml(what: str, nodes: Iterable[_Node], edges: Iterable[_Edge]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for scope, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        for key in keys:
            kind = _XML_TYPES.get(key, "string")
            yield f'  <key id="{scope}_{key}" for="{scope}" attr.name="{key}" attr.type="{kind}"/>'
    yield f'  <graph id="{what}" edgedefault="directed">'
    for node in nodes:
        yield f'    <node id="{node.name}">{_xml_values("node", node.values, _NODE_KEYS)}</node>'
    for edge in edges:
        ends = f'source="{edge.source}" target="{edge.target}"'
        yield f"    <edge {ends}>{_xml_values('edge', edge.values, _EDGE_KEYS)}</edge>"
    yield "  </graph>"
    yield "</graphml>"


def _xml_values(scope: str, values: dict[str, Any], keys: tuple[str, ...]) -> str:
    known = ((key, values.get(key)) for key in keys)
    return "".join(
        f'<data key="{scope}_{key}">{escape(display_path(str(value)), quote=False)}</data>'
        for key, value in known
        if value is not None
    )


def _dot(what: str, nodes: Iterable[_Node], edges: Iterable[_Edge]) -> Iterator[str]:
    yield f"digraph {what} {{"
    for node in nodes:
        yield f"  {node.name} [{_dot_values(node.values, _NODE_KEYS)}];"
    for edge in edges:
        style = ", style=dashed" if edge.values.get("confidence", 1.0) < SURE else ""
        yield f"  {edge.source} -> {edge.target} [{_dot_values(edge.values, _EDGE_KEYS)}{style}];"
    yield "}"


def _dot_values(values: dict[str, Any], keys: tuple[str, ...]) -> str:
    return ", ".join(f"{key}={_dot_quoted(str(values[key]))}" for key in keys if values.get(key) is not None)


def _dot_quoted(text: str) -> str:
    # A backslash would begin an escape of a label.
    inner = display_path(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
