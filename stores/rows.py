"""How do facts become rows?

Facts in, the rows of their tables out: pure, so that ``stores.relations`` only has to run the statements. Expressions
are stored as JSON, an absent one as NULL.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from stores.facts import MODULE, Expr, FileFacts, Symbol, tuples
from stores.words import identifiers

Row = tuple[Any, ...]

UPDATE_SYMBOL = """UPDATE symbols SET position = ?, parent_id = ?, name = ?, qualified_name = ?, full_name = ?,
    kind = ?, line_start = ?, line_end = ?, byte_start = ?, byte_end = ?, name_line = ?, name_column = ?,
    signature = ?, docstring = ?, decorators = ?, type_parameters = ?, returns = ?, flags = ?, decorations = ?,
    result = ? WHERE id = ? AND file_id = ?"""
INSERT_SYMBOL = """INSERT INTO symbols (position, parent_id, name, qualified_name, full_name, kind, line_start,
    line_end, byte_start, byte_end, name_line, name_column, signature, docstring, decorators, type_parameters,
    returns, flags, decorations, result, id, file_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
INSERT_PARAMETER = "INSERT INTO parameters VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_BASE = "INSERT INTO bases (symbol_id, position, text, expr) VALUES (?, ?, ?, ?)"

_INSERT_IMPORT = """INSERT INTO imports (file_id, scope, module, level, name, alias, line, whole)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_INSERT_ASSIGNMENT = """INSERT INTO assignments (file_id, scope, target, value, annotation, line, type, version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_INSERT_RESULT = "INSERT INTO results (file_id, scope, kind, value) VALUES (?, ?, ?, ?)"
_INSERT_CALL = """INSERT INTO calls (file_id, caller_id, scope, line, "column", text, name, callee, arguments)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_INSERT_MENTION = "INSERT INTO mentions (file_id, scope, line, text, name) VALUES (?, ?, ?, ?, ?)"
_INSERT_PROBLEM = "INSERT INTO problems (file_id, line, message) VALUES (?, ?, ?)"


def encode(value: Any) -> str:
    """Return plain values, lists and tuples as JSON."""
    return orjson.dumps(value).decode()


def decode(text: str) -> Any:
    """Return what was encoded, with a tuple for every list."""
    return tuples(orjson.loads(text))


def id_of(scope: int, ids: Sequence[int]) -> int | None:
    """Return the row id of the symbol at position ``scope``, None for the module."""
    return None if scope == MODULE else ids[scope]


def _encoded(expr: Expr | None) -> str | None:
    return None if expr is None else encode(expr)


def symbol_columns(position: int, symbol: Symbol, module: str, ids: Sequence[int]) -> Row:
    """Return the columns of ``INSERT_SYMBOL`` up to the symbol's id."""
    full_name = f"{module}.{symbol.qualified_name}" if module else symbol.qualified_name
    return (
        *(position, id_of(symbol.parent, ids), symbol.name, symbol.qualified_name, full_name, symbol.kind),
        *(symbol.line_start, symbol.line_end, symbol.byte_start, symbol.byte_end, symbol.name_line),
        *(symbol.name_column, symbol.signature, symbol.docstring, encode(symbol.decorators)),
        *(encode(symbol.type_parameters), symbol.returns, encode(symbol.flags), encode(symbol.decorations)),
        _encoded(symbol.result),
    )


def parameter_rows(facts: FileFacts, ids: Sequence[int]) -> Iterator[Row]:
    """Yield the rows of ``INSERT_PARAMETER``."""
    for symbol_id, symbol in zip(ids, facts.symbols, strict=True):
        for n, p in enumerate(symbol.parameters):
            yield symbol_id, n, p.name, p.kind, p.annotation, p.default, _encoded(p.type), _encoded(p.value)


def base_rows(facts: FileFacts, ids: Sequence[int]) -> Iterator[Row]:
    """Yield the rows of ``INSERT_BASE``."""
    for symbol_id, symbol in zip(ids, facts.symbols, strict=True):
        for n, (text, expr) in enumerate(symbol.bases):
            yield symbol_id, n, text, encode(expr)


def statement_rows(file_id: int, facts: FileFacts, ids: Sequence[int]) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield an INSERT statement and its rows for each kind of fact that is no symbol."""
    yield (
        _INSERT_IMPORT,
        ((file_id, i.scope, i.module, i.level, i.name, i.alias, i.line, i.whole) for i in facts.imports),
    )
    yield (
        _INSERT_ASSIGNMENT,
        (
            (file_id, a.scope, encode(a.target), encode(a.value), a.annotation, a.line, _encoded(a.type), a.version)
            for a in facts.assignments
        ),
    )
    yield _INSERT_RESULT, ((file_id, r.scope, r.kind, encode(r.value)) for r in facts.results)
    yield (
        _INSERT_CALL,
        (
            (
                *(file_id, id_of(c.scope, ids), c.scope, c.line, c.column, c.text, last_name(c.text)),
                *(encode(c.callee), encode(c.arguments)),
            )
            for c in facts.calls
        ),
    )
    yield (
        _INSERT_MENTION,
        ((file_id, m.scope, m.line, m.text, m.text.rpartition(".")[2]) for m in facts.mentions),
    )
    yield _INSERT_PROBLEM, ((file_id, p.line, p.message) for p in facts.problems)


def last_name(text: str) -> str:
    """Return the last identifier of a callee's source: ``filter`` of ``self.objects.filter``, "" if it has none."""
    return (identifiers(text) or [""])[-1]
