"""Where is a definition named without being called?

Readers over the references that the linker wrote and over the names that documents write as code, which get their
meaning here. All give the same rows, in order of path and line.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from stores.lookups import Lookups, SymbolRow
from stores.mentions import MAX_NAMESAKES, Named, meant

# References that are read together with the symbols that they join.
_PORTION = 2_000
# Names whose definitions are kept while all mentions are read, so that a document's own names are looked up once.
_NAMES_KEPT = 4_096


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A place that names a definition without calling it.

    ``path`` is the file with the place and ``source`` the definition around it, None at module level. ``kind`` is what
    the source does with the target: "type" (its annotations, type tests or caught errors name it), "decorator" (it is
    decorated by it), "callback" (it hands the function on, as an argument or into an attribute), "mention" (a section
    of a document writes its name as code). ``strategy`` says how the target was found: as of a call, though precision
    was measured for calls only; of a mention as ``stores.mentions.meant`` says, which was not measured.
    """

    path: str
    source: SymbolRow | None
    target: SymbolRow
    kind: str
    line: int
    strategy: str


class References(Lookups):
    """The reading queries of what is named without being called."""

    _REFERENCES = """SELECT f.path, r.source_id, r.target_id, r.kind, r.line, r.strategy
        FROM symbol_references r JOIN files f ON f.id = r.file_id"""
    _PLACED = "ORDER BY f.path, r.line, r.kind, r.id"
    REFERENCES_TO = f"{_REFERENCES} WHERE r.target_id = ? {_PLACED} LIMIT ?"
    REFERENCES_FROM = f"{_REFERENCES} WHERE r.source_id = ? {_PLACED} LIMIT ?"
    ALL_REFERENCES = f"{_REFERENCES} {_PLACED}"

    def references_to(self, symbol_id: int, limit: int) -> list[ReferenceRow]:
        """Return the places in code that name a definition without calling it."""
        return list(self._joined(self._relations.rows(self.REFERENCES_TO, symbol_id, limit)))

    def references_from(self, symbol_id: int, limit: int) -> list[ReferenceRow]:
        """Return what a definition itself names without calling it; what is nested in it names for itself."""
        return list(self._joined(self._relations.rows(self.REFERENCES_FROM, symbol_id, limit)))

    _MENTIONS = """SELECT f.path, s.id, m.line, m.text, m.name FROM mentions m JOIN files f ON f.id = m.file_id
        LEFT JOIN symbols s ON s.file_id = m.file_id AND s.position = m.scope"""
    MENTIONS_OF = f"{_MENTIONS} WHERE m.name = ? ORDER BY f.path, m.line, m.id"
    ALL_MENTIONS = f"{_MENTIONS} ORDER BY f.path, m.line, m.id"

    def mentions_of(self, symbol_id: int, limit: int) -> list[ReferenceRow]:
        """Return the sections of documents that write a definition's name as code and mean no other."""
        symbol = self.symbol(symbol_id)
        if symbol is None:
            return []
        rows = self._meaning(self._relations.rows(self.MENTIONS_OF, symbol.name))
        return list(islice(self._joined(row for row in rows if row[2] == symbol_id), limit))

    MENTIONS_IN = f"{_MENTIONS} WHERE m.file_id = ? ORDER BY m.line, m.id"

    def mentions_in(self, file_id: int) -> Iterator[ReferenceRow]:
        """Yield the definitions that the sections of a document name as code."""
        return self._joined(self._meaning(self._relations.rows(self.MENTIONS_IN, file_id)))

    def export_references(self) -> Iterator[ReferenceRow]:
        """Yield all places that name a definition without calling it: those in code, then those in documents."""
        yield from self._joined(self._relations.rows(self.ALL_REFERENCES))
        yield from self._joined(self._meaning(self._relations.rows(self.ALL_MENTIONS)))

    NAMESAKES = """SELECT s.id, s.file_id, s.full_name FROM symbols s JOIN files f ON f.id = s.file_id
        WHERE s.name = ? AND s.kind NOT IN ('section', 'impl', 'namespace', 'module')
        ORDER BY f.path, s.position LIMIT ?"""

    def _meaning(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Yield those mentions that mean one definition as rows of references."""

        @lru_cache(maxsize=_NAMES_KEPT)
        def named(name: str) -> list[Named]:
            found = list(self._relations.rows(self.NAMESAKES, name, MAX_NAMESAKES + 1))
            return [Named(*row) for row in found] if len(found) <= MAX_NAMESAKES else []

        for path, section, line, text, name in rows:
            target = meant(text, named(name))
            if target is not None:
                yield path, section, target[0], "mention", line, target[1]

    def _joined(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[ReferenceRow]:
        while portion := list(islice(rows, _PORTION)):
            symbols = self.symbols({row[2] for row in portion} | {row[1] for row in portion if row[1] is not None})
            for path, source, target, kind, line, strategy in portion:
                yield ReferenceRow(os.fsdecode(path), symbols.get(source), symbols[target], kind, line, strategy)
