"""What can a name in one file mean in another?

What the linker reads and writes: the names each file binds, its call sites and bases, and the edges. It is
used inside the publish transaction, so it sees the facts about to be published.
"""

import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from stores.facts import Edge, Expr, with_arity
from stores.relations import Relations, bytes_text
from stores.rows import decode
from stores.seals import seal_links

# Symbols that other symbols are members of.
MEMBER_KINDS = frozenset({"class", "interface", "trait", "enum", "struct", "namespace", "module", "impl"})
# Symbols that an object or a class keeps a value in.
_FIELD_KINDS = frozenset({"field", "property", "constant", "variable"})
# Symbols whose name is bound by an assignment, which says to what, or not at all.
_ASSIGNED_KINDS = frozenset({"constant", "variable", "field", "section", "impl", "constructor"})


class LinkFile(NamedTuple):
    """A file as the linker sees it; ``path`` is relative to the root, ``module`` as in ``FileFacts``."""

    id: int
    path: str
    language: str
    module: str


# Tuples, because a run makes one for nearly every row of the relations.
class LinkSymbol(NamedTuple):
    """A definition: its row id and what decides how it may be called; ``decorations`` and ``result`` are JSON.

    ``line`` is that of its name, ``first_line`` that of its first decorator; ``type_parameters`` are JSON, as written.
    """

    id: int
    name: str
    kind: str
    parent: int
    flags: frozenset[str]
    decorations: str
    result: str | None
    line: int
    first_line: int
    type_parameters: str


class LinkParameter(NamedTuple):
    """A parameter: its name, kind, type and default (JSON)."""

    name: str
    kind: str
    type: str | None
    value: str | None


class Binding(NamedTuple):
    """One thing a name is bound to: a symbol (its position), an import, or the value of an assignment (JSON)."""

    symbol: int | None = None
    module: str | None = None
    level: int = 0
    member: str | None = None
    whole: bool = False
    value: str | None = None
    type: str | None = None
    version: int = 0


@dataclass(slots=True)
class Names:
    """What one file binds and hands out. Scopes are positions of symbols.

    ``bindings`` are by (scope, name), ``attributes`` of objects by (class, name), what is put into a collection by the
    expression of the collection, as (key or None, value); ``results`` of functions are (kind, value). Expressions
    are kept as JSON until they are needed. ``entries`` says how many things are named, as a measure of memory.
    """

    file_id: int
    symbols: dict[int, LinkSymbol] = field(default_factory=dict)
    bindings: dict[tuple[int, str], list[Binding]] = field(default_factory=lambda: defaultdict(list))
    attributes: dict[tuple[int, str], list[Binding]] = field(default_factory=lambda: defaultdict(list))
    elements: dict[Expr, list[tuple[Expr | None, str]]] = field(default_factory=lambda: defaultdict(list))
    results: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    parameters: dict[int, list[LinkParameter]] = field(default_factory=lambda: defaultdict(list))
    bases: dict[int, list[Expr]] = field(default_factory=lambda: defaultdict(list))
    wildcards: list[tuple[str, int]] = field(default_factory=list)
    entries: int = 1
    _fields: dict[tuple[int, str], int] | None = None
    _namespaces: tuple[int, ...] | None = None
    _methods: dict[int, list[int]] | None = None

    def field_named(self, owner: int, name: str) -> int | None:
        """Return the position of the symbol in which the class ``owner`` keeps a value by this name."""
        if self._fields is None:
            self._fields = {(s.parent, s.name): at for at, s in self.symbols.items() if s.kind in _FIELD_KINDS}
        return self._fields.get((owner, name))

    def namespaces(self) -> tuple[int, ...]:
        """Return the positions of the namespaces that the file opens."""
        if self._namespaces is None:
            self._namespaces = tuple(at for at, symbol in self.symbols.items() if symbol.kind == "namespace")
        return self._namespaces

    def methods_of(self, owner: int) -> list[int]:
        """Return the positions of the methods that the symbol ``owner`` holds."""
        if self._methods is None:
            self._methods = defaultdict(list)
            for at, symbol in self.symbols.items():
                if symbol.kind == "method":
                    self._methods[symbol.parent].append(at)
        return self._methods.get(owner, [])


class CallSite(NamedTuple):
    """A call to be resolved."""

    id: int
    scope: int
    name: str
    callee: Expr
    arguments: str
    line: int
    unresolved: str | None


@dataclass(frozen=True, slots=True)
class GivenValue:
    """An assignment that may name a type or hand a function over; expressions are JSON."""

    scope: int
    target: str
    value: str
    type: str | None
    line: int


class Reference(NamedTuple):
    """A definition that is named without being called.

    ``source_id`` is the symbol around the place, None at module level; ``kind`` is type, decorator, write or callback,
    and ``strategy`` says how the target was found, as in ``Edge``.
    """

    source_id: int | None
    target_id: int
    kind: str
    line: int
    strategy: str


def expression(text: str) -> Expr:
    """Return the expression stored as JSON ``text``."""
    found: Expr = decode(text)
    return found


_FILES = "SELECT id, path, language, module FROM files ORDER BY path"


def files(relations: Relations) -> Iterator[LinkFile]:
    """Yield every file, ordered by path."""
    for file_id, path, *columns in relations.rows(_FILES):
        yield LinkFile(file_id, path.decode("utf-8", "surrogateescape"), *columns)


_SYMBOLS = """
SELECT s.position, s.id, s.name, s.kind, coalesce(p.position, -1), s.flags, s.decorations, s.result,
    s.name_line, s.line_start, s.type_parameters
FROM symbols s LEFT JOIN symbols p ON p.id = s.parent_id WHERE s.file_id = ? ORDER BY s.position
"""
_IMPORTS = "SELECT scope, module, level, name, alias, whole FROM imports WHERE file_id = ? ORDER BY id"
_ASSIGNMENTS = "SELECT target, value, type, version FROM assignments WHERE file_id = ? ORDER BY id"
_RESULTS = "SELECT scope, kind, value FROM results WHERE file_id = ? ORDER BY id"
_PARAMETERS = """
SELECT s.position, p.name, p.kind, p.type, p.value FROM symbols s JOIN parameters p ON p.symbol_id = s.id
WHERE s.file_id = ? ORDER BY s.position, p.position
"""
_BASES = """
SELECT s.position, b.expr FROM symbols s JOIN bases b ON b.symbol_id = s.id
WHERE s.file_id = ? ORDER BY s.position, b.position
"""


def names(relations: Relations, file_id: int) -> Names:
    """Return the names of one file."""
    found = Names(file_id)
    for position, symbol_id, name, kind, parent, flags, *more in relations.rows(_SYMBOLS, file_id):
        said, parameters = _flags(flags), more[-1]
        more[-1] = sys.intern(parameters)  # most have none: these share one text
        found.symbols[position] = LinkSymbol(symbol_id, name, kind, parent, said, *more)
        if kind not in _ASSIGNED_KINDS and "unbound" not in said:
            bound = with_arity(name, len(decode(parameters))) if "generic" in said else name
            found.bindings[parent, bound].append(Binding(symbol=position))
    for scope, module, level, name, alias, whole in relations.rows(_IMPORTS, file_id):
        if name == "*":
            found.wildcards.append((module, level))
        elif alias is not None:
            found.bindings[scope, alias].append(Binding(module=module, level=level, member=name, whole=bool(whole)))
    for target, value, declared, version in relations.rows(_ASSIGNMENTS, file_id):
        _assign(found, target, Binding(value=value, type=declared, version=version))
    for scope, kind, value in relations.rows(_RESULTS, file_id):
        found.results[scope].append((kind, value))
    for scope, *columns in relations.rows(_PARAMETERS, file_id):
        found.parameters[scope].append(LinkParameter(*columns))
    for position, base in relations.rows(_BASES, file_id):
        found.bases[position].append(decode(base))
    found.entries += len(found.symbols) + len(found.bindings) + len(found.attributes) + len(found.elements)
    found.entries += len(found.results) + len(found.parameters) + len(found.bases)
    return found


@lru_cache
def _flags(text: str) -> frozenset[str]:
    return frozenset(decode(text))


def _assign(found: Names, text: str, binding: Binding) -> None:
    target = decode(text)
    kind = target[0]
    if kind == "name":
        found.bindings[target[1], target[2]].append(binding)
    elif kind == "attribute" and target[1][0] in ("self", "class"):
        found.attributes[target[1][1], target[2]].append(binding)
    elif kind in ("element", "subscript") and target[1][0] in ("name", "attribute"):
        key = target[2] if kind == "subscript" and len(target) > 2 else None
        found.elements[target[1][:3]].append((key, binding.value or ""))


_CALLS = "SELECT id, scope, name, callee, arguments, line, unresolved FROM calls WHERE file_id = ? ORDER BY id"


def calls(relations: Relations, file_id: int) -> Iterator[CallSite]:
    """Yield the call sites of one file in source order."""
    read: dict[str, Expr] = {}
    for call_id, scope, name, callee, arguments, line, unresolved in relations.rows(_CALLS, file_id):
        expr = read.get(callee)
        if expr is None:
            expr = read[callee] = expression(callee)
        yield CallSite(call_id, scope, name, expr, arguments, line, unresolved)


_GIVEN = """SELECT scope, target, value, type, line FROM assignments WHERE file_id = ? AND (type IS NOT NULL
    OR value LIKE '["instance"%' OR target LIKE '["attribute"%' OR value LIKE '["items"%' OR value LIKE '["mapping"%'
    OR ((value LIKE '["name"%' OR value LIKE '["attribute"%') AND scope NOT IN
        (SELECT position FROM symbols WHERE file_id = assignments.file_id AND kind IN ('function', 'method'))))
    ORDER BY id"""


def given_values(relations: Relations, file_id: int) -> Iterator[GivenValue]:
    """Yield the assignments of a file with a declared type, of caught errors, and to attributes."""
    yield from (GivenValue(*row) for row in relations.rows(_GIVEN, file_id))


# Methods that a call may reach by their name alone, and functions that other files may link with.
IS_METHOD = """s.kind = 'method' AND p.kind IN ('class', 'interface', 'trait', 'enum', 'struct', 'impl')"""
IS_LINKABLE = """s.kind = 'function' AND coalesce(p.kind, 'namespace') = 'namespace'
    AND s.flags NOT LIKE '%"declaration"%' AND s.flags NOT LIKE '%"static"%'"""
_METHODS = f"""SELECT s.id, s.file_id, s.position
    FROM symbols s JOIN symbols p ON p.id = s.parent_id JOIN files f ON f.id = s.file_id
    WHERE s.name = ? AND {IS_METHOD} AND f.language = ? ORDER BY s.id LIMIT ?"""  # noqa: S608  own text
_ALL_METHODS = """SELECT s.id, s.file_id, s.position FROM symbols s JOIN files f ON f.id = s.file_id
    WHERE s.name = ? AND s.kind = 'method' AND f.language = ? ORDER BY s.id LIMIT ?"""


def methods_named(
    relations: Relations, name: str, language: str, limit: int, *, anywhere: bool
) -> list[tuple[int, int, int]]:
    """Return (id, file id, position) of methods called ``name`` written in ``language``, at most ``limit``.

    Those of types; with ``anywhere`` also those of single objects, and of prototypes.
    """
    return list(relations.rows(_ALL_METHODS if anywhere else _METHODS, name, language, limit))


_ADDED_METHODS = """SELECT s.id FROM symbols s JOIN symbols p ON p.id = s.parent_id JOIN files f ON f.id = s.file_id
    WHERE s.name = ? AND s.kind = 'method' AND p.kind = 'impl' AND f.module = ? ORDER BY f.path, s.position"""


def added_methods(relations: Relations, name: str, module: str) -> list[int]:
    """Return ids of the methods called ``name`` that files of a module add to types."""
    return [row[0] for row in relations.rows(_ADDED_METHODS, name, module)]


_ADDED = """SELECT s.file_id, s.position FROM symbols s JOIN symbols p ON p.id = s.parent_id
    JOIN files f ON f.id = s.file_id WHERE s.name = ? AND s.kind = 'method' AND p.kind = 'impl' AND f.module = ?
    AND f.language = ? ORDER BY f.path, s.position"""


def added(relations: Relations, name: str, module: str, language: str) -> list[tuple[int, int]]:
    """Return (file id, position) of the methods called ``name`` that files of a module add to types."""
    return [(file_id, position) for file_id, position in relations.rows(_ADDED, name, module, language)]


# By path, as below: the order must not tell when a file was first indexed.
_INTERFACES_WITH = """SELECT s.file_id, p.position FROM symbols s JOIN symbols p ON p.id = s.parent_id
    JOIN files f ON f.id = s.file_id WHERE s.name = ? AND s.kind = 'method' AND p.kind = 'interface' AND f.language = ?
    ORDER BY f.path, p.position LIMIT ?"""


def interfaces_with(relations: Relations, method: str, language: str, limit: int) -> list[tuple[int, int]]:
    """Return (file id, position) of the interfaces that declare ``method`` themselves, at most ``limit``."""
    return [(file_id, position) for file_id, position in relations.rows(_INTERFACES_WITH, method, language, limit)]


_EXTENSIONS = """SELECT s.file_id, s.position FROM symbols s JOIN files f ON f.id = s.file_id
    WHERE s.name = ? AND s.flags LIKE '%"extension"%' AND f.language = ? ORDER BY f.path, s.position LIMIT ?"""


def extensions(relations: Relations, name: str, language: str, limit: int) -> list[tuple[int, int]]:
    """Return (file id, position) of the functions called ``name`` that are called like members, at most ``limit``."""
    return [(file_id, position) for file_id, position in relations.rows(_EXTENSIONS, name, language, limit)]


_OUTERMOST_TYPES = """SELECT s.file_id, s.position, min(f.path) FROM symbols s JOIN files f ON f.id = s.file_id
    WHERE s.full_name = ? AND s.kind IN ('class', 'module') AND f.language = ? GROUP BY s.kind ORDER BY s.kind"""


def outermost_types(relations: Relations, name: str, language: str) -> list[tuple[int, int]]:
    """Return (file id, position) of a part of the class and of the module called ``name`` that are in no other."""
    return [(file_id, position) for file_id, position, _ in relations.rows(_OUTERMOST_TYPES, name, language)]


_EMBEDDING = """SELECT b.text, s.file_id, s.position FROM bases b JOIN symbols s ON s.id = b.symbol_id
    JOIN files f ON f.id = s.file_id WHERE s.kind = 'struct' AND f.language = ?
    ORDER BY f.path, s.position, b.position"""


def embedding(relations: Relations, language: str) -> dict[str, list[tuple[int, int]]]:
    """Return (file id, position) of the structs of a language by the last name of each type that they embed."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for text, file_id, position in relations.rows(_EMBEDDING, language):
        found[last_name(text)].append((file_id, position))
    return found


def last_name(text: str) -> str:
    """Return the name of a type that is written with its package and its arguments."""
    return text.partition("[")[0].rpartition(".")[2].strip()


_FUNCTIONS = f"""SELECT s.file_id, s.position FROM symbols s LEFT JOIN symbols p ON p.id = s.parent_id
    WHERE s.name = ? AND {IS_LINKABLE} ORDER BY s.file_id, s.position LIMIT ?"""  # noqa: S608  own text


def functions_named(relations: Relations, name: str, limit: int) -> list[tuple[int, int]]:
    """Return (file id, position) of the outermost functions called ``name`` that other files may link with."""
    return [(file_id, position) for file_id, position in relations.rows(_FUNCTIONS, name, limit)]


_DELETE_EDGES = "DELETE FROM edges WHERE call_id IN (SELECT id FROM calls WHERE file_id = ?)"
_INSERT_EDGE = "INSERT INTO edges (call_id, target_id, strategy, confidence) VALUES (?, ?, ?, ?)"
_SET_UNRESOLVED = "UPDATE calls SET unresolved = ? WHERE id = ?"


def write_edges(
    relations: Relations, file_id: int, edges: Iterable[Edge], unresolved: Iterable[tuple[str | None, int]]
) -> None:
    """Replace the edges of one file's call sites; ``unresolved`` holds (reason or None, call id) where that changed.

    The seal of the file is made afterwards, see ``seal``.
    """
    relations.execute(_DELETE_EDGES, file_id)
    relations.execute_many(_INSERT_EDGE, ((e.call_id, e.target_id, e.strategy, e.confidence) for e in edges))
    relations.execute_many(_SET_UNRESOLVED, unresolved)


def seal(relations: Relations, file_ids: Iterable[int]) -> None:
    """Make the seals of what the linker found in these files, after it has written all of it."""
    seal_links(relations, file_ids)


_SET_BASE = "UPDATE bases SET target_id = ? WHERE symbol_id = ? AND position = ?"


def write_bases(relations: Relations, rows: Iterable[tuple[int | None, int, int]]) -> None:
    """Record base classes: (target symbol id or None, class symbol id, position among its bases)."""
    relations.execute_many(_SET_BASE, rows)


_FILE_ID = "SELECT id FROM files WHERE path = ?"


def file_id(relations: Relations, path: bytes) -> int | None:
    """Return the row id of the file at ``path``."""
    row = relations.one(_FILE_ID, path)
    return row[0] if row else None


_TEXT = "SELECT t.text FROM files f JOIN contents t USING (content_hash) WHERE f.id = ?"


def text(relations: Relations, file_id: int) -> str:
    """Return the text of a file as it was indexed."""
    row = relations.one(_TEXT, file_id)
    return "" if row is None else bytes_text(zlib.decompress(row[0]))


# By path, not by id: the order must not tell when a file was first indexed.
_IMPLS = """SELECT s.file_id, s.position FROM symbols s JOIN files f ON f.id = s.file_id
    WHERE s.name = ? AND s.kind = 'impl' ORDER BY f.path, s.position LIMIT ?"""


def impls(relations: Relations, name: str, limit: int) -> list[tuple[int, int]]:
    """Return (file, position) of what adds members to a type called ``name``, at most ``limit``."""
    return [(file_id, position) for file_id, position in relations.rows(_IMPLS, name, limit)]


_PARTS = """SELECT s.file_id, s.position FROM symbols o JOIN symbols s ON s.full_name = o.full_name
    JOIN files f ON f.id = s.file_id WHERE o.id = ? AND s.flags LIKE '%"partial"%' AND s.kind = o.kind
    AND json_array_length(s.type_parameters) = json_array_length(o.type_parameters)
    ORDER BY NOT EXISTS (SELECT 1 FROM symbols c WHERE c.parent_id = s.id AND c.kind = 'constructor'), f.path,
        s.position LIMIT ?"""


def parts(relations: Relations, symbol_id: int, limit: int) -> list[tuple[int, int]]:
    """Return (file, position) of the parts of a type that is written in several, at most ``limit``.

    Those with constructors come first.
    """
    return [(file_id, position) for file_id, position in relations.rows(_PARTS, symbol_id, limit)]


_IMPL_NAMES = "SELECT DISTINCT name FROM symbols WHERE kind = 'impl'"


def impl_names(relations: Relations) -> frozenset[str]:
    """Return the names of the types that something adds members to: none in most languages."""
    return frozenset(name for (name,) in relations.rows(_IMPL_NAMES))


_IMPORT_ROWS = "SELECT id, module, level, name FROM imports WHERE file_id = ? ORDER BY id"
_SET_IMPORT = "UPDATE imports SET target_id = ? WHERE id = ?"


def import_rows(relations: Relations, file_id: int) -> list[tuple[int, str, int, str | None]]:
    """Return (row id, module, level, name) of the imports of one file."""
    return [(row[0], row[1], row[2], row[3]) for row in relations.rows(_IMPORT_ROWS, file_id)]


def write_imports(relations: Relations, rows: Iterable[tuple[int | None, int]]) -> None:
    """Record which file each import names: (file id or None, import's row id)."""
    relations.execute_many(_SET_IMPORT, rows)


_DELETE_OVERRIDES = "DELETE FROM overrides WHERE symbol_id IN (SELECT id FROM symbols WHERE file_id = ?)"
_INSERT_OVERRIDE = "INSERT INTO overrides (symbol_id, target_id) VALUES (?, ?) ON CONFLICT DO NOTHING"


def write_overrides(relations: Relations, file_id: int, rows: Iterable[tuple[int, int]]) -> None:
    """Replace what the methods of one file stand in for: (method, method of a base class)."""
    relations.execute(_DELETE_OVERRIDES, file_id)
    relations.execute_many(_INSERT_OVERRIDE, rows)


_DELETE_REFERENCES = "DELETE FROM symbol_references WHERE file_id = ?"
_INSERT_REFERENCE = """INSERT INTO symbol_references (file_id, source_id, target_id, kind, line, strategy)
    VALUES (?, ?, ?, ?, ?, ?)"""


def write_references(relations: Relations, file_id: int, rows: Iterable[Reference]) -> None:
    """Replace what a file names without calling it."""
    relations.execute(_DELETE_REFERENCES, file_id)
    relations.execute_many(_INSERT_REFERENCE, ((file_id, *row) for row in rows))


_FORGET_LINKS = (
    _DELETE_EDGES,
    _DELETE_OVERRIDES,
    _DELETE_REFERENCES,
    "UPDATE bases SET target_id = NULL WHERE symbol_id IN (SELECT id FROM symbols WHERE file_id = ?)",
    "UPDATE imports SET target_id = NULL WHERE file_id = ?",
)
_SET_ALL_UNRESOLVED = "UPDATE calls SET unresolved = ? WHERE file_id = ?"


def forget_links(relations: Relations, file_id: int, reason: str) -> None:
    """Take back whatever was linked of a file; all its calls are unresolved for this ``reason``."""
    for statement in _FORGET_LINKS:
        relations.execute(statement, file_id)
    relations.execute(_SET_ALL_UNRESOLVED, reason, file_id)
