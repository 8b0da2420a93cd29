"""Which definition does this name mean?

Never another one than was asked for: several definitions come back as candidates, none as the nearest names.
"""

import re

from mcp_server import tokens
from mcp_server.errors import BadQuery, UnknownSymbol
from mcp_server.languages import related
from mcp_server.patterns import path_filter
from mcp_server.retrieval import render
from mcp_server.retrieval.budget import fit
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import SymbolRow

# Definitions of one name that are looked at; "get" has some hundreds in a large project.
MAX_CANDIDATES = 200
# The same where a path narrows them: Linux has some thousands called "probe".
MAX_NAMESAKES = 20_000
# Candidates and nearest names that are shown.
SHOWN_CANDIDATES = 15
SHOWN_NAMES = 5
MAX_NAME_CHARS = 300

# Languages in which a definition replaces an earlier one of its name. The others have overloads, or alternatives of
# which the compiler is given one.
_REPLACING = frozenset({"python", "javascript", "typescript", "lua", "shell", "ruby", "php"})
_CALLED = frozenset({"function", "method", "constructor"})
# What is a value, a title or adds to a type gives way to what can be called or read: functions, classes, types.
_VALUES = frozenset({"variable", "constant", "field", "attribute", "section", "impl"})


def normalise(name: str) -> str:
    """Return a symbol name with dots between its parts and without call parentheses.

    Raises:
        BadQuery: it is empty or too long for a name.
    """
    cleaned = re.sub(r"::|#|->|/", ".", name.strip().strip("`\"'"))
    cleaned = re.sub(r"\(.*\)$", "", cleaned, flags=re.DOTALL).strip().strip(".")
    if not cleaned:
        raise BadQuery("no symbol was named", "give a name such as QuerySet.filter")
    if len(cleaned) > MAX_NAME_CHARS:
        raise BadQuery(f"a symbol name of {len(cleaned):,} characters", f"give at most {MAX_NAME_CHARS}")
    return cleaned


def candidates(snapshot: Snapshot, name: str, path: str | None = None) -> list[SymbolRow]:
    """Return the definitions that ``name`` can mean, one per place, ordered by path and line.

    Args:
        snapshot: the index as of one generation.
        name: a name, a dotted end of a qualified name, or a full name with its module.
        path: a folder, file or pattern that the defining file has to match (``patterns.path_filter``).
    """
    accept = path_filter(path) if path else None
    if accept is None:
        return _one_each(_called(snapshot, name, MAX_CANDIDATES))
    return _one_each([s for s in _called(snapshot, name, MAX_NAMESAKES) if accept(s.path)][:MAX_CANDIDATES])


def _called(snapshot: Snapshot, name: str, limit: int) -> list[SymbolRow]:
    """Return up to ``limit`` definitions of a name, in whatever case when nothing is written so."""
    wanted = normalise(name)
    if "." not in wanted:
        return snapshot.symbols_named(wanted, limit) or snapshot.symbols_folded(wanted.lower(), limit)
    found = snapshot.symbols_dotted(wanted, limit)
    if found:
        return found
    folded = snapshot.symbols_folded(wanted.rsplit(".", 1)[-1].lower(), limit)
    return [s for s in folded if ("." + s.qualified_name.lower()).endswith("." + wanted.lower())]


def overloads(snapshot: Snapshot, symbol: SymbolRow) -> list[SymbolRow]:
    """Return the definitions that a call tells apart from ``symbol`` by its arguments, and itself; by line.

    They have one name in one file, and ``candidates`` gives one of them. Where a definition replaces an earlier one of
    its name there is only ``symbol``.
    """
    if symbol.language in _REPLACING or symbol.kind not in _CALLED:
        return [symbol]
    same = snapshot.symbols_dotted(symbol.full_name, MAX_CANDIDATES)
    alike = [s for s in same if (s.path, s.kind) == (symbol.path, symbol.kind)]
    return [s for s in alike if _is_declared(s) == _is_declared(symbol)]


def _is_declared(symbol: SymbolRow) -> bool:
    """Say whether this only announces a function that is defined elsewhere (a prototype)."""
    return "declaration" in symbol.flags


def _defined(found: list[SymbolRow]) -> list[SymbolRow]:
    """Leave out prototypes of functions that are defined among these."""
    bodies = {(s.qualified_name, language) for s in found if not _is_declared(s) for language in related(s.language)}
    return [s for s in found if not _is_declared(s) or (s.qualified_name, s.language) not in bodies]


def _one_each(found: list[SymbolRow]) -> list[SymbolRow]:
    """Fold what is one thing to a reader: overloads, a setter, a stub beside its source, a prototype of a function."""
    found = _defined([s for s in found if s.kind not in _VALUES] or found)
    by_place: dict[tuple[str, str], SymbolRow] = {}
    for symbol in found:
        place = (re.sub(r"\.pyi$", ".py", symbol.path), symbol.qualified_name)
        kept = by_place.get(place)
        if kept is None or _says_more(symbol, kept):
            by_place[place] = symbol
    return sorted(by_place.values(), key=lambda s: (s.path, s.line_start))


def _says_more(symbol: SymbolRow, kept: SymbolRow) -> bool:
    """Say whether ``symbol`` is the better of two definitions of one name in one place."""
    return _rank(symbol) < _rank(kept)


def _rank(symbol: SymbolRow) -> tuple[bool, bool, bool, int]:
    """Order definitions of one thing: sources, then stubs; the implementation, the getter; the last one written."""
    changes = any(decorator.endswith((".setter", ".deleter")) for decorator in symbol.decorators)
    return symbol.path.endswith(".pyi"), "overload" in symbol.flags, changes, -symbol.line_start


def unknown(snapshot: Snapshot, name: str, path: str | None = None) -> UnknownSymbol:
    """Return the error for a name that nothing has, with the nearest names."""
    wanted = normalise(name)
    where = f" in {path}" if path else ""
    state = "" if snapshot.complete else " (the index is not complete yet)"
    elsewhere = candidates(snapshot, name) if path else []
    if elsewhere:
        places = ", ".join(dict.fromkeys(display_path(s.path) for s in elsewhere[:SHOWN_NAMES]))
        return UnknownSymbol(f"no symbol {wanted!r} is indexed{where}{state}", f"it is defined in: {places}")
    if set_at := _attribute(snapshot, wanted, path):
        hint = f"it is an attribute, set at {', '.join(set_at)}; ask get_context for such a place"
        return UnknownSymbol(f"no symbol {wanted!r} is indexed{where}{state}", hint)
    near = snapshot.names_like(wanted.rsplit(".", 1)[-1], SHOWN_NAMES)
    hint = f"nearest names: {', '.join(near)}" if near else "find code by words with search_code"
    return UnknownSymbol(f"no symbol {wanted!r} is indexed{where}{state}", hint)


def _attribute(snapshot: Snapshot, wanted: str, path: str | None) -> list[str]:
    """Return where methods of a class set the attribute that ``wanted`` (``Class.attribute``) names."""
    owner, _, name = wanted.rpartition(".")
    return [
        render.location(symbol.path, line, line)
        for symbol in (candidates(snapshot, owner, path)[:SHOWN_NAMES] if owner else ())
        for line in snapshot.attribute_lines(symbol, name, SHOWN_NAMES)
    ][:SHOWN_NAMES]


def shown_name(name: str) -> str:
    """Return a name as an answer repeats it."""
    return render.cut(normalise(name), MAX_NAME_CHARS)


def candidates_text(name: str, found: list[SymbolRow], again: str, budget: int) -> str:
    """Return the answer for a name with several definitions: which there are and how to say which (``again``)."""
    lines = [f"{len(found)} definitions are called {shown_name(name)!r}; {again}:"]
    room = budget - tokens.count(lines[0]) - tokens.count(f"… {len(found)} more: narrow with path") - 2
    for symbol in found[:SHOWN_CANDIDATES]:
        full = f"{render.name(symbol.full_name)}  {render.symbol_line(symbol)}"
        short = f"{render.name(symbol.full_name)}  {render.location(symbol.path, symbol.line_start, symbol.line_end)}"
        line = full if tokens.count(full) < min(room, budget // 4) else short
        room -= tokens.count(line) + 1
        if room < 0:
            break
        lines.append(line)
    if left := len(found) - len(lines) + 1:
        lines.append(f"… {left} more: narrow with path")
    return fit("\n".join(lines), budget)


def symbol_data(symbol: SymbolRow) -> dict[str, object]:
    """Return a definition as plain data."""
    return {
        "symbol": symbol.full_name,
        "kind": symbol.kind,
        "path": display_path(symbol.path),
        "start": symbol.line_start,
        "end": symbol.line_end,
        "signature": symbol.signature,
    }
