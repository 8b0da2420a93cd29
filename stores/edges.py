"""Who calls whom, by which call sites, and which calls reach nothing known?

Readers over call sites and the edges that the linker made of them.
"""

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from stores.database import Row
from stores.lookups import Lookups, SymbolRow

# What an edge ``e`` of a call ``c`` to a symbol ``t`` is; of several kinds that hold the first is shown.
_KIND = """CASE WHEN t.kind IN ('class', 'struct', 'enum', 'interface', 'trait') THEN 'constructor'
    WHEN instr(t.flags, '"async"') THEN 'async' WHEN e.strategy <> 'super'
    AND EXISTS (SELECT 1 FROM overrides o WHERE o.target_id = t.id) THEN 'virtual' ELSE 'direct' END"""


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call site; ``caller`` is "" and ``caller_kind`` "module" outside of definitions."""

    id: int
    file_id: int
    path: str
    line: int
    column: int
    text: str
    name: str
    caller_id: int | None
    caller: str
    caller_kind: str
    module: str
    unresolved: str | None


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A call site and what it may call.

    ``kind`` is constructor (of a class), async, virtual (an overriding method may run instead) or direct.
    """

    call: CallRow
    target_id: int
    target: SymbolRow | None
    strategy: str
    confidence: float
    kind: str


@dataclass(frozen=True, slots=True)
class Arc:
    """The call sites in one symbol (None: at the module level of ``file_id``) that call another in one way.

    ``line`` is that of the first of ``sites``. ``kind`` is that of an edge, or "callback" or "decorator" where the
    target is named, not called.
    """

    source: int | None
    file_id: int
    target: int
    strategy: str
    confidence: float
    kind: str
    sites: int
    line: int


class Edges(Lookups):
    """The reading queries of one snapshot, with those of calls."""

    CALLERS = f"""SELECT c.*, e.target_id, e.strategy, e.confidence, {_KIND} FROM edges e
        JOIN call_rows c ON c.id = e.call_id JOIN symbols t ON t.id = e.target_id
        WHERE e.target_id IN (SELECT value FROM json_each(?))
        ORDER BY c.path, c.line, c."column", c.id, e.target_id LIMIT ?"""  # noqa: S608 (own text)

    def callers(self, symbol_id: int, limit: int) -> list[EdgeRow]:
        """Return the call sites that may call a symbol."""
        return self.callers_of((symbol_id,), limit)

    def callers_of(self, symbol_ids: Collection[int], limit: int) -> list[EdgeRow]:
        """Return the call sites that may call one of these symbols."""
        return self._edges(self.CALLERS, json.dumps(sorted(symbol_ids)), limit)

    CALLEES = f"""SELECT c.*, e.target_id, e.strategy, e.confidence, {_KIND} FROM call_rows c
        JOIN edges e ON e.call_id = c.id JOIN symbols t ON t.id = e.target_id
        WHERE c.caller_id IN (SELECT value FROM json_each(?))
        ORDER BY c.path, c.line, c."column", c.id, e.target_id LIMIT ?"""  # noqa: S608 (own text)

    def callees(self, symbol_id: int, limit: int) -> list[EdgeRow]:
        """Return what a symbol may call from its own body; what is nested in it calls for itself."""
        return self.callees_of((symbol_id,), limit)

    def callees_of(self, symbol_ids: Collection[int], limit: int) -> list[EdgeRow]:
        """Return what these symbols may call from their own bodies."""
        return self._edges(self.CALLEES, json.dumps(sorted(symbol_ids)), limit)

    def _edges(self, sql: str, *params: object) -> list[EdgeRow]:
        rows = list(self._relations.rows(sql, *params))
        targets = self.symbols({row[12] for row in rows})
        return [EdgeRow(_call(row[:12]), row[12], targets.get(row[12]), *row[13:16]) for row in rows]

    # Of many symbols at once: the steps of a search through the graph.

    _ARC = f"SELECT c.caller_id, c.file_id, e.target_id, e.strategy, e.confidence, {_KIND}, count(*), min(c.line)"
    _BOTH = "JOIN symbols t ON t.id = e.target_id WHERE e.confidence >= ?2"
    ARCS_FROM = f"""{_ARC} FROM json_each(?1) j JOIN calls c ON c.caller_id = j.value
        JOIN edges e ON e.call_id = c.id {_BOTH} GROUP BY c.caller_id, e.target_id, e.strategy, e.confidence"""
    ARCS_TO = f"""{_ARC} FROM json_each(?1) j JOIN edges e ON e.target_id = j.value JOIN calls c ON c.id = e.call_id
        {_BOTH} GROUP BY e.target_id, c.caller_id, c.file_id, e.strategy, e.confidence"""

    ARCS_IN = f"""{_ARC} FROM calls c JOIN edges e ON e.call_id = c.id JOIN symbols t ON t.id = e.target_id
        JOIN files f ON f.id = t.file_id WHERE c.file_id = ?
        GROUP BY c.caller_id, e.target_id, e.strategy, e.confidence
        ORDER BY min(c.line), f.path, t.position, e.strategy"""

    def arcs_from(self, symbol_ids: Collection[int], least: float) -> Iterator[Arc]:
        """Yield what these symbols call with a confidence of at least ``least``."""
        return self._arcs(self.ARCS_FROM, symbol_ids, least)

    def arcs_to(self, symbol_ids: Collection[int], least: float) -> Iterator[Arc]:
        """Yield who calls these symbols with a confidence of at least ``least``."""
        return self._arcs(self.ARCS_TO, symbol_ids, least)

    def arcs_in(self, file_id: int) -> Iterator[Arc]:
        """Yield what a file's symbols and its module level call, by the first line and by callee."""
        for row in self._relations.rows(self.ARCS_IN, file_id):
            yield Arc(*row)

    def _arcs(self, sql: str, symbol_ids: Collection[int], least: float) -> Iterator[Arc]:
        for row in self._relations.rows(sql, json.dumps(sorted(symbol_ids)), least):
            yield Arc(*row)

    # Counts, and calls without a target

    CALLER_COUNT = "SELECT count(*) FROM edges WHERE target_id = ?"

    def caller_count(self, symbol_id: int) -> int:
        """Return how many rows ``callers`` has without a limit."""
        return self._count(self.CALLER_COUNT, symbol_id)

    CALLEE_COUNT = "SELECT count(*) FROM calls c JOIN edges e ON e.call_id = c.id WHERE c.caller_id = ?"

    def callee_count(self, symbol_id: int) -> int:
        """Return how many rows ``callees`` has without a limit."""
        return self._count(self.CALLEE_COUNT, symbol_id)

    def _count(self, sql: str, *params: object) -> int:
        row = self._relations.one(sql, *params)
        return 0 if row is None else int(row[0])

    UNRESOLVED_IN = """SELECT * FROM call_rows WHERE caller_id = ? AND unresolved IS NOT NULL
        ORDER BY line, "column", id LIMIT ?"""

    def unresolved_in(self, symbol_id: int, limit: int) -> list[CallRow]:
        """Return the call sites in a symbol's own body whose target is not known."""
        return [_call(row) for row in self._relations.rows(self.UNRESOLVED_IN, symbol_id, limit)]

    _WRITTEN_IN = "file_id IN (SELECT f.id FROM json_each(?) j JOIN files f ON f.language = j.value)"
    UNRESOLVED_NAMED = f"""SELECT * FROM call_rows WHERE name = ? AND unresolved IS NOT NULL AND {_WRITTEN_IN}
        ORDER BY path, line, "column", id LIMIT ?"""  # noqa: S608 (own text)

    def unresolved_named(self, name: str, languages: Collection[str], limit: int) -> list[CallRow]:
        """Return the call sites of something of this name, in these languages, whose target is not known."""
        rows = self._relations.rows(self.UNRESOLVED_NAMED, name, json.dumps(sorted(languages)), limit)
        return [_call(row) for row in rows]

    CALL_PLACES = "SELECT c.file_id, c.line FROM json_each(?) j JOIN calls c ON c.file_id = j.value WHERE c.name = ?"

    def call_places(self, name: str, file_ids: Collection[int]) -> list[tuple[int, int]]:
        """Return (file id, line) of the calls in these files of something of this name, whatever their target."""
        return list(self._relations.rows(self.CALL_PLACES, json.dumps(sorted(file_ids)), name))

    REASONS_IN = """SELECT c.unresolved, count(*) FROM json_each(?) j JOIN calls c ON c.caller_id = j.value
        WHERE c.unresolved IS NOT NULL GROUP BY c.unresolved ORDER BY c.unresolved"""
    REASONS_NAMED = f"""SELECT c.unresolved, count(*) FROM json_each(?) n
        JOIN calls c ON c.name = n.value AND c.unresolved IS NOT NULL AND c.{_WRITTEN_IN}
        GROUP BY c.unresolved ORDER BY c.unresolved"""  # noqa: S608 (own text)

    def reasons_in(self, symbol_ids: Collection[int]) -> dict[str, int]:
        """Return how many calls in the bodies of these symbols reach nothing known, by reason."""
        return dict(self._relations.rows(self.REASONS_IN, json.dumps(sorted(symbol_ids))))

    def reasons_named(self, names: Collection[str], languages: Collection[str]) -> dict[str, int]:
        """Return how many calls of these names, in these languages, reach nothing known, by reason."""
        wanted = (json.dumps(sorted(names)), json.dumps(sorted(languages)))
        return dict(self._relations.rows(self.REASONS_NAMED, *wanted))

    UNRESOLVED_AMONG = """SELECT r.* FROM json_each(?1) j JOIN call_rows r ON r.caller_id = j.value
        WHERE r.name = ?2 AND r.unresolved IS NOT NULL ORDER BY r.path, r.line, r."column", r.id LIMIT ?3"""

    def unresolved_among(self, symbol_ids: Collection[int], name: str, limit: int) -> list[CallRow]:
        """Return the call sites of something called ``name`` in the bodies of these symbols, their target not known."""
        rows = self._relations.rows(self.UNRESOLVED_AMONG, json.dumps(sorted(symbol_ids)), name, limit)
        return [_call(row) for row in rows]

    # All of them

    FILE_CALLS = f"""SELECT c.*, e.target_id, e.strategy, e.confidence, {_KIND} FROM call_rows c
        LEFT JOIN edges e ON e.call_id = c.id LEFT JOIN symbols t ON t.id = e.target_id
        WHERE c.file_id = ? ORDER BY c.line, c."column", c.id, e.target_id"""  # noqa: S608 (own text)

    def export_calls(self) -> Iterator[tuple[CallRow, list[EdgeRow]]]:
        """Yield every call site with its edges, by path, line and column; one file is in memory at a time."""
        for file in self.files():
            yield from self.calls_in(file.id)

    def calls_in(self, file_id: int) -> Iterator[tuple[CallRow, list[EdgeRow]]]:
        """Yield every call site of a file with its edges, by line and column."""
        rows = list(self._relations.rows(self.FILE_CALLS, file_id))
        targets = self.symbols({row[12] for row in rows if row[12] is not None})
        calls: dict[int, tuple[CallRow, list[EdgeRow]]] = {}
        for row in rows:
            call, edges = calls.setdefault(row[0], (_call(row[:12]), []))
            if row[12] is not None:
                edges.append(EdgeRow(call, row[12], targets.get(row[12]), *row[13:16]))
        yield from calls.values()


def _call(row: Row) -> CallRow:
    columns: Row = (*row[:2], os.fsdecode(row[2]), *row[3:])
    return CallRow(*columns)
