"""Which relations beside calls does a symbol, a file or a root have?

Readers over what the linker writes: overriding methods, constructors, files that depend on one another, classes that
are instantiated. ``stores.lookups`` has the bases and subclasses of a class, ``stores.edges`` the calls.
"""

import json
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from stores.edges import Arc, Edges

# A member that is run when its class is called, where its kind does not say so already.
_CONSTRUCTOR = """JOIN files f ON f.id = m.file_id WHERE m.parent_id IS NOT NULL AND (m.kind = 'constructor'
    OR (f.language, m.name) IN (VALUES ('python', '__init__'), ('python', '__new__'), ('python', '__post_init__'),
    ('javascript', 'constructor'), ('typescript', 'constructor'), ('php', '__construct'), ('ruby', 'initialize')))"""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One file that imports another: in how many imports, the line of the first, and those outside of definitions."""

    source: int
    target: int
    imports: int
    line: int
    outermost: tuple[int, ...]


class Graph(Edges):
    """The reading queries of one snapshot, with those of relations beside calls."""

    CONSTRUCTORS = f"""SELECT m.parent_id, m.id FROM json_each(?) j JOIN symbols m ON m.parent_id = j.value
        {_CONSTRUCTOR}"""  # noqa: S608 (own text)
    CONSTRUCTED = f"""SELECT m.parent_id, m.id FROM json_each(?) j JOIN symbols m ON m.id = j.value
        {_CONSTRUCTOR}"""  # noqa: S608 (own text)

    def constructors(self, class_ids: Collection[int]) -> list[tuple[int, int]]:
        """Return (class, member that runs when it is called) of these classes' own bodies."""
        return self._pairs(self.CONSTRUCTORS, class_ids)

    def constructed(self, member_ids: Collection[int]) -> list[tuple[int, int]]:
        """Return (class, member) of those members that run when their class is called."""
        return self._pairs(self.CONSTRUCTED, member_ids)

    BASES_OF = """SELECT symbol_id, target_id FROM json_each(?) j JOIN bases ON symbol_id = j.value
        WHERE target_id IS NOT NULL ORDER BY symbol_id, position"""
    DERIVED_FROM = "SELECT symbol_id, target_id FROM json_each(?) j JOIN bases ON target_id = j.value"

    def bases_of(self, class_ids: Collection[int]) -> list[tuple[int, int]]:
        """Return (class, base in this root) of these classes, the bases of each in order."""
        return self._pairs(self.BASES_OF, class_ids)

    def derived_from(self, class_ids: Collection[int]) -> list[tuple[int, int]]:
        """Return (class, base) of the classes that name one of these as a base."""
        return self._pairs(self.DERIVED_FROM, class_ids)

    OVERRIDDEN_BY = "SELECT symbol_id, target_id FROM json_each(?) j JOIN overrides ON symbol_id = j.value"
    OVERRIDING_OF = "SELECT symbol_id, target_id FROM json_each(?) j JOIN overrides ON target_id = j.value"

    def overridden_by(self, symbol_ids: Collection[int]) -> list[tuple[int, int]]:
        """Return (method, method it stands in for) of these methods."""
        return self._pairs(self.OVERRIDDEN_BY, symbol_ids)

    def overriding_of(self, symbol_ids: Collection[int]) -> list[tuple[int, int]]:
        """Return (method, method it stands in for) of what stands in for these methods."""
        return self._pairs(self.OVERRIDING_OF, symbol_ids)

    # What is handed on is called by whoever gets it, and a decorator by the definition below it.
    _HANDED = """SELECT r.source_id, r.file_id, r.target_id, r.strategy, ?2, r.kind, count(*), min(r.line)
        FROM json_each(?1) j JOIN symbol_references r"""
    _HANDED_KINDS = """WHERE r.kind IN ('callback', 'decorator')
        GROUP BY r.source_id, r.file_id, r.target_id, r.strategy, r.kind"""
    HANDED_FROM = f"{_HANDED} ON r.source_id = j.value {_HANDED_KINDS}"
    HANDED_TO = f"{_HANDED} ON r.target_id = j.value {_HANDED_KINDS}"

    def handed_from(self, symbol_ids: Collection[int], confidence: float) -> list[Arc]:
        """Return what these symbols hand on, or are decorated by; ``confidence`` was not measured, it is that given."""
        rows = self._relations.rows(self.HANDED_FROM, json.dumps(sorted(symbol_ids)), confidence)
        return [Arc(*row) for row in rows]

    def handed_to(self, symbol_ids: Collection[int], confidence: float) -> list[Arc]:
        """Return who hands these symbols on, or is decorated by them; as ``handed_from``."""
        rows = self._relations.rows(self.HANDED_TO, json.dumps(sorted(symbol_ids)), confidence)
        return [Arc(*row) for row in rows]

    PARENTS = """SELECT s.parent_id, s.id FROM json_each(?) j JOIN symbols s ON s.id = j.value
        JOIN symbols p ON p.id = s.parent_id WHERE p.kind IN ('function', 'method', 'property', 'constructor')"""

    def defined_in(self, symbol_ids: Collection[int]) -> list[tuple[int, int]]:
        """Return (function or method, symbol) of those of these symbols that are defined in one."""
        return self._pairs(self.PARENTS, symbol_ids)

    WITHIN = """WITH RECURSIVE inner(id) AS (SELECT value FROM json_each(?) UNION
            SELECT s.id FROM inner JOIN symbols s ON s.parent_id = inner.id)
        SELECT id FROM inner ORDER BY id LIMIT ?"""

    def within(self, symbol_ids: Collection[int], limit: int) -> list[int]:
        """Return these symbols and all that is defined in them."""
        return [row[0] for row in self._relations.rows(self.WITHIN, json.dumps(sorted(symbol_ids)), limit)]

    def _pairs(self, sql: str, ids: Collection[int]) -> list[tuple[int, int]]:
        return sorted({(row[0], row[1]) for row in self._relations.rows(sql, json.dumps(sorted(ids)))})

    OVERRIDDEN = "SELECT target_id FROM overrides WHERE symbol_id = ? ORDER BY target_id"
    OVERRIDING = "SELECT symbol_id FROM overrides WHERE target_id = ? ORDER BY symbol_id"

    def overridden(self, symbol_id: int) -> list[int]:
        """Return the methods that a method stands in for."""
        return [row[0] for row in self._relations.rows(self.OVERRIDDEN, symbol_id)]

    def overriding(self, symbol_id: int) -> list[int]:
        """Return the methods that stand in for a method in a class derived from its own."""
        return [row[0] for row in self._relations.rows(self.OVERRIDING, symbol_id)]

    PATHS = "SELECT f.id, f.path FROM json_each(?) j JOIN files f ON f.id = j.value"

    def paths(self, file_ids: Collection[int]) -> dict[int, str]:
        """Return the path of each of these files."""
        rows = self._relations.rows(self.PATHS, json.dumps(sorted(file_ids)))
        return {row[0]: os.fsdecode(row[1]) for row in rows}

    BELOW = "SELECT id, path FROM files WHERE substr(path, 1, length(?1)) = ?1 ORDER BY path"

    def files_below(self, folder: str) -> dict[int, str]:
        """Return id and path of the files below a folder, which ends with a slash ("": all files), by path."""
        return {row[0]: os.fsdecode(row[1]) for row in self._relations.rows(self.BELOW, os.fsencode(folder))}

    MODULE = "SELECT path FROM files WHERE module = ? ORDER BY path LIMIT ?"

    def files_of_module(self, module: str, limit: int) -> list[str]:
        """Return the paths of the files whose importable name this is."""
        return [os.fsdecode(row[0]) for row in self._relations.rows(self.MODULE, module, limit)]

    IMPORTING = """SELECT file_id, target_id, count(*), min(line),
            group_concat(CASE WHEN scope < 0 THEN line END) FROM imports
        WHERE target_id IS NOT NULL AND target_id <> file_id GROUP BY file_id, target_id ORDER BY file_id, target_id"""

    def file_dependencies(self) -> Iterator[Dependency]:
        """Yield which file imports which, each pair once."""
        for source, target, imports, line, outermost in self._relations.rows(self.IMPORTING):
            lines = tuple(sorted({int(each) for each in outermost.split(",")})) if outermost else ()
            yield Dependency(source, target, imports, line, lines)

    CALLED_FILES = """SELECT c.file_id, t.file_id, count(*) FROM json_each(?1) j JOIN calls c ON c.file_id = j.value
        JOIN edges e ON e.call_id = c.id JOIN symbols t ON t.id = e.target_id
        WHERE e.confidence >= ?2 AND t.file_id <> c.file_id GROUP BY c.file_id, t.file_id"""
    CALLING_FILES = """SELECT c.file_id, t.file_id, count(*) FROM json_each(?1) j JOIN symbols t ON t.file_id = j.value
        JOIN edges e ON e.target_id = t.id JOIN calls c ON c.id = e.call_id
        WHERE e.confidence >= ?2 AND t.file_id <> c.file_id GROUP BY c.file_id, t.file_id"""

    def file_calls(self, file_ids: Collection[int], least: float, *, onward: bool) -> dict[tuple[int, int], int]:
        """Return how many edges of at least this confidence lead out of these files, or into them, by (from, to)."""
        sql = self.CALLED_FILES if onward else self.CALLING_FILES
        return {(row[0], row[1]): row[2] for row in self._relations.rows(sql, json.dumps(sorted(file_ids)), least)}

    NOWHERE = """SELECT module, level, count(*) FROM json_each(?) j JOIN imports i ON i.file_id = j.value
        WHERE i.target_id IS NULL GROUP BY module, level ORDER BY count(*) DESC, module, level"""

    def imports_outside(self, file_ids: Collection[int]) -> list[tuple[str, int, int]]:
        """Return (module, level, how often) of what these files import that is no one file of this root."""
        return [(row[0], row[1], row[2]) for row in self._relations.rows(self.NOWHERE, json.dumps(sorted(file_ids)))]

    NAMED_WITHIN = """SELECT j.key, s.id FROM json_each(?) j JOIN symbols s ON s.file_id = json_extract(j.value, '$[0]')
        WHERE s.name_line BETWEEN json_extract(j.value, '$[1]') AND json_extract(j.value, '$[2]')"""

    def named_within(self, places: Sequence[tuple[int, int, int]]) -> list[tuple[int, int]]:
        """Return (number of the place, symbol) of what is defined in these lines: (file, first, last) each."""
        return sorted((row[0], row[1]) for row in self._relations.rows(self.NAMED_WITHIN, json.dumps(places)))

    USES = """SELECT j.value, t.id, t.file_id FROM json_each(?1) j JOIN calls c ON c.caller_id = j.value
            JOIN edges e ON e.call_id = c.id JOIN symbols t ON t.id = e.target_id WHERE e.confidence >= ?2
        UNION SELECT j.value, t.id, t.file_id FROM json_each(?1) j JOIN symbol_references r ON r.source_id = j.value
            JOIN symbols t ON t.id = r.target_id
        UNION SELECT j.value, t.id, t.file_id FROM json_each(?1) j JOIN bases b ON b.symbol_id = j.value
            JOIN symbols t ON t.id = b.target_id"""

    def uses(self, symbol_ids: Collection[int], confidence: float) -> list[tuple[int, int, int]]:
        """Return (symbol, other, its file) of what these symbols call that surely, name, or are derived from."""
        rows = self._relations.rows(self.USES, json.dumps(sorted(symbol_ids)), confidence)
        return [(row[0], row[1], row[2]) for row in rows]

    NAMED_BY = """SELECT j.value, r.source_id, r.file_id FROM json_each(?1) j JOIN symbol_references r
            ON r.target_id = j.value WHERE r.source_id IS NOT NULL
        UNION SELECT j.value, s.id, s.file_id FROM json_each(?1) j JOIN bases b ON b.target_id = j.value
            JOIN symbols s ON s.id = b.symbol_id"""

    def named_by(self, symbol_ids: Collection[int]) -> list[tuple[int, int, int]]:
        """Return (symbol, other, its file) of what names these symbols without a call, or is derived from them."""
        rows = self._relations.rows(self.NAMED_BY, json.dumps(sorted(symbol_ids)))
        return [(row[0], row[1], row[2]) for row in rows]

    USE_COUNTS = """SELECT j.value, (SELECT count(*) FROM (SELECT 1 FROM edges WHERE target_id = j.value LIMIT ?2))
        + (SELECT count(*) FROM (SELECT 1 FROM symbol_references WHERE target_id = j.value LIMIT ?2))
        + (SELECT count(*) FROM (SELECT 1 FROM bases WHERE target_id = j.value LIMIT ?2)) FROM json_each(?1) j"""

    def use_counts(self, symbol_ids: Collection[int], most: int) -> dict[int, int]:
        """Return in how many places each symbol is called, named or derived from; of a kind at most ``most`` count."""
        rows = self._relations.rows(self.USE_COUNTS, json.dumps(sorted(symbol_ids)), most)
        return {row[0]: row[1] for row in rows}

    INSTANTIATING = """SELECT DISTINCT c.caller_id FROM edges e JOIN calls c ON c.id = e.call_id
        WHERE e.target_id = ? AND c.caller_id IS NOT NULL ORDER BY c.caller_id"""

    def instantiating(self, class_id: int) -> list[int]:
        """Return the symbols whose bodies make an object of a class."""
        return [row[0] for row in self._relations.rows(self.INSTANTIATING, class_id)]
