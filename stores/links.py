"""What are the relations beside calls, one row each?

For export: every relation is one query of a file's rows in one form, so that a further one is one entry here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stores.graph import Graph

# Each query gives, for the file ?1: source symbol (NULL: the file), target file and symbol (NULL: the file, or nothing
# known), line, and what else there is to say as JSON; in the order of the file.
_QUERIES = {
    "contains": "SELECT parent_id, file_id, id, line_start, '{}' FROM symbols WHERE file_id = ?1 ORDER BY position",
    "imports": """SELECT s.id, i.target_id, NULL, i.line,
            json_object('module', i.module, 'level', i.level, 'name', i.name, 'alias', i.alias)
        FROM imports i LEFT JOIN symbols s ON s.file_id = i.file_id AND s.position = i.scope
        WHERE i.file_id = ?1 ORDER BY i.line, i.id""",
    "inherits": """SELECT s.id, t.file_id, t.id, s.name_line, json_object('base', b.text)
        FROM symbols s JOIN bases b ON b.symbol_id = s.id LEFT JOIN symbols t ON t.id = b.target_id
        WHERE s.file_id = ?1 ORDER BY s.position, b.position""",
    "overrides": """SELECT s.id, t.file_id, t.id, s.name_line, '{}'
        FROM symbols s JOIN overrides o ON o.symbol_id = s.id JOIN symbols t ON t.id = o.target_id
        JOIN files f ON f.id = t.file_id WHERE s.file_id = ?1 ORDER BY s.position, f.path, t.position""",
    "instantiates": """SELECT c.caller_id, t.file_id, t.id, min(c.line),
            json_object('sites', count(*), 'strategy', e.strategy, 'confidence', e.confidence)
        FROM calls c JOIN edges e ON e.call_id = c.id JOIN symbols t ON t.id = e.target_id
            JOIN files f ON f.id = t.file_id
        WHERE c.file_id = ?1 AND t.kind IN ('class', 'struct', 'enum')
        GROUP BY c.caller_id, t.id, e.strategy, e.confidence ORDER BY min(c.line), f.path, t.position, e.strategy""",
    "references": """SELECT r.source_id, t.file_id, t.id, r.line, json_object('kind', r.kind, 'strategy', r.strategy)
        FROM symbol_references r JOIN symbols t ON t.id = r.target_id JOIN files f ON f.id = t.file_id
        WHERE r.file_id = ?1 ORDER BY r.line, r.kind, f.path, t.position, r.strategy""",
}
STORED_RELATIONS = tuple(_QUERIES)


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a relation: from a symbol, or its file (None), to a symbol or file, or to nothing known (both None).

    ``detail`` has what the relation says besides: the text of a base, the parts of an import.
    """

    relation: str
    source_file: int
    source: int | None
    target_file: int | None
    target: int | None
    line: int
    detail: dict[str, Any]


class Links(Graph):
    """The reading queries of one snapshot, with those for export."""

    def links(self, file_id: int, relation: str) -> Iterator[Link]:
        """Yield the rows of one of ``STORED_RELATIONS`` that a file has."""
        for source, target_file, target, line, detail in self._relations.rows(_QUERIES[relation], file_id):
            yield Link(relation, file_id, source, target_file, target, line, json.loads(detail))

    CALLING_OR_CALLED = """SELECT s.id FROM symbols s WHERE s.file_id = ?
        AND (EXISTS (SELECT 1 FROM edges e WHERE e.target_id = s.id) OR EXISTS
            (SELECT 1 FROM calls c JOIN edges e ON e.call_id = c.id WHERE c.caller_id = s.id))"""

    def calling_or_called(self, file_id: int) -> set[int]:
        """Return the symbols of a file that have an edge."""
        return {row[0] for row in self._relations.rows(self.CALLING_OR_CALLED, file_id)}
