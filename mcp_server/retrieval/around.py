"""What stands around a definition without being called by it or calling it?

Its siblings, the documentation that names it, the tests that reach it through others, the files that change with it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mcp_server import history
from mcp_server.retrieval import impact, render
from mcp_server.retrieval.query import STOP_WORDS
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import SymbolRow
from stores.words import index_terms

_MAX_DOCS = 3
_DOCS_LOOKED_AT = 20
_MAX_SIBLINGS = 24
_SIBLING_CHARS = 400
# Callers that are looked at for tests: a definition with more is reached by tests that say little about it.
_MAX_LOOKED_AT = 1_000
_MAX_TESTS = 4
_MAX_TOGETHER = 4
_HISTORIES_KEPT = 256


def docs(snapshot: Snapshot, symbol: SymbolRow) -> Iterator[str]:
    """Yield ``path:lines title`` of the documentation that names a definition as code."""
    if symbol.name.lower() in STOP_WORDS or symbol.kind == "section":
        return
    terms = dict.fromkeys(index_terms(symbol.name), 1.0)
    owner, _, _ = symbol.qualified_name.rpartition(".")
    written = rf"(?:{re.escape(symbol.qualified_name)}|[`.:]{re.escape(symbol.name)}\b|\b{re.escape(symbol.name)}\()"
    # A name that can be no plain word needs no marks around it.
    if not owner and (not symbol.name.islower() or "_" in symbol.name):
        written = rf"\b{re.escape(symbol.name)}\b"
    found = snapshot.fulltext(terms, {"name": 2.0, "body": 1.0}, _DOCS_LOOKED_AT, kinds=("section",))
    chunks = snapshot.chunks([chunk_id for chunk_id, _ in found])
    shown = 0
    for chunk_id, _ in found:
        chunk = chunks.get(chunk_id)
        if chunk is not None and shown < _MAX_DOCS and re.search(written, snapshot.chunk_text(chunk)):
            shown += 1
            where = render.location(chunk.path, chunk.line_start, chunk.line_end)
            yield f"{where} {render.name(chunk.qualified_name or '')}".rstrip()


def siblings(snapshot: Snapshot, symbol: SymbolRow) -> str:
    """Return the names of what is defined beside a method or function, with their lines; "" for none."""
    if symbol.parent_id is not None:
        beside = snapshot.members(symbol.parent_id)
    else:
        beside = [s for s in snapshot.symbols_in(symbol.file_id) if s.parent_id is None]
    names = [f"{s.name} :{s.line_start}" for s in beside if s.name != symbol.name]
    more = len(names) - _MAX_SIBLINGS
    said = ", ".join(names[:_MAX_SIBLINGS]) + (f", … {more} more" if more > 0 else "")
    return render.cut(said, _SIBLING_CHARS)


def reaching_tests(snapshot: Snapshot, symbol: SymbolRow) -> Iterator[str]:
    """Yield the tests that reach a definition through others, nearest first; not those that call it."""
    reached, _ = impact.reach(snapshot, (symbol.id,), impact.DEFAULT_DEPTH, most=_MAX_LOOKED_AT)
    tests = [r for r in reached if r.distance > 1 and impact.is_a_test(r.symbol, r.path)]
    for each in tests[:_MAX_TESTS]:
        name = render.name(each.symbol.qualified_name) if each.symbol else "(module level)"
        through = f" through {render.name(each.through.qualified_name)}" if each.through else ""
        yield f"{display_path(each.path)}:{each.step.arc.line} {name}{through}"


def together(snapshot: Snapshot, path: str) -> str:
    """Return the indexed files that git's history changed together with ``path``; "" without such."""
    often = _together(snapshot.root, path, snapshot.generation)
    return ", ".join(f"{display_path(name)} ({times} times)" for name, times in often if snapshot.file(name))


@lru_cache(maxsize=_HISTORIES_KEPT)
def _together(root: Path, path: str, _generation: int) -> tuple[tuple[str, int], ...]:
    return tuple(history.changed_with(root, path, _MAX_TOGETHER))
