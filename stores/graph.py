"""Which relations beside calls does a symbol, a file or a root have?

Readers over what the linker writes: overriding methods, files that import one another, classes that are instantiated,
and of which kind a call edge is. ``stores.lookups`` has the bases and subclasses of a class.
"""

from collections.abc import Iterator

from stores.lookups import Lookups

# Of several kinds that hold for an edge the first is shown.
_KIND = """CASE WHEN t.kind IN ('class', 'struct', 'enum', 'interface', 'trait') THEN 'constructor'
    WHEN instr(t.flags, '"async"') THEN 'async'
    WHEN EXISTS (SELECT 1 FROM overrides o WHERE o.target_id = t.id) THEN 'virtual' ELSE 'direct' END"""


class Graph(Lookups):
    """The reading queries of one snapshot, with those of relations beside calls."""

    EDGE_KINDS = f"""SELECT e.call_id, e.target_id, {_KIND} FROM edges e JOIN symbols t ON t.id = e.target_id
        JOIN calls c ON c.id = e.call_id WHERE c.file_id = ? ORDER BY e.call_id, e.target_id"""  # noqa: S608  own text

    def edge_kinds(self, file_id: int) -> dict[tuple[int, int], str]:
        """Return (call id, target id) -> constructor, async, virtual (an override may run instead) or direct."""
        return {(call, target): kind for call, target, kind in self._relations.rows(self.EDGE_KINDS, file_id)}

    OVERRIDDEN = "SELECT target_id FROM overrides WHERE symbol_id = ? ORDER BY target_id"
    OVERRIDING = "SELECT symbol_id FROM overrides WHERE target_id = ? ORDER BY symbol_id"

    def overridden(self, symbol_id: int) -> list[int]:
        """Return the methods that a method stands in for."""
        return [row[0] for row in self._relations.rows(self.OVERRIDDEN, symbol_id)]

    def overriding(self, symbol_id: int) -> list[int]:
        """Return the methods that stand in for a method in a class derived from its own."""
        return [row[0] for row in self._relations.rows(self.OVERRIDING, symbol_id)]

    DEPENDENCIES = """SELECT DISTINCT file_id, target_id FROM imports
        WHERE target_id IS NOT NULL AND target_id <> file_id ORDER BY file_id, target_id"""

    def file_dependencies(self) -> Iterator[tuple[int, int]]:
        """Yield (file, file it imports), each pair once."""
        yield from ((file_id, target_id) for file_id, target_id in self._relations.rows(self.DEPENDENCIES))

    INSTANTIATING = """SELECT DISTINCT c.caller_id FROM edges e JOIN calls c ON c.id = e.call_id
        WHERE e.target_id = ? AND c.caller_id IS NOT NULL ORDER BY c.caller_id"""

    def instantiating(self, class_id: int) -> list[int]:
        """Return the symbols whose bodies make an object of a class."""
        return [row[0] for row in self._relations.rows(self.INSTANTIATING, class_id)]
