"""What do the relations say about a file, a symbol, a call?

The reading queries of one snapshot, each list in a fixed order: by path and line where nothing else is said.
Rows are ``stores.facts`` with ids; paths are text again (``os.fsdecode``).
"""

import json
import os
import zlib
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from stores.database import Row
from stores.errors import IndexCorrupt
from stores.facts import Import, Parameter, Problem, Skip
from stores.relations import Relations, bytes_text, row_crc
from stores.rows import encode

# Texts kept unpacked by one snapshot; an answer shows parts of a few files many times.
_TEXTS_KEPT = 16

# Names compared letter by letter with a name that is not there: those that share most with it, in about 10 ms.
_NAMES_COMPARED = 300

# Longer names are compared when they share three letters in a row, shorter ones when they share one.
_SHORT = 6

# Of a path from another machine so many last parts are compared with those here.
_FOLDERS_KEPT = 12

# Below this similarity (difflib's ratio) a name is not a misspelling but another name.
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class FileRow:
    """One indexed file."""

    id: int
    path: str
    language: str
    module: str
    size: int
    changed_ns: int
    lines: int
    content_hash: bytes
    surface: bytes


@dataclass(frozen=True, slots=True)
class SymbolRow:
    """One definition, with the file it stands in."""

    id: int
    file_id: int
    position: int
    parent_id: int | None
    name: str
    qualified_name: str
    full_name: str
    kind: str
    line_start: int
    line_end: int
    byte_start: int
    byte_end: int
    name_line: int
    name_column: int
    signature: str
    docstring: str | None
    decorators: tuple[str, ...]
    type_parameters: tuple[str, ...]
    returns: str | None
    flags: tuple[str, ...]
    path: str
    language: str


class ChunkRow(NamedTuple):
    """One chunk, with its file and the innermost definition that holds it (None for none).

    A named tuple, because a search makes hundreds, and a frozen dataclass of so many fields takes seven times as long.
    """

    id: int
    file_id: int
    symbol_id: int | None
    kinds: str
    line_start: int
    line_end: int
    byte_start: int
    byte_end: int
    tokens: int
    embed_hash: bytes
    crc: int
    generation: int
    path: str
    language: str
    name: str | None
    qualified_name: str | None
    symbol_kind: str | None
    signature: str | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One indexing run: ``started`` in seconds since the epoch, ``report`` as it was given."""

    id: int
    started: float
    report: dict[str, Any]


class Lookups:
    """The reading queries over one connection, which should be in a read transaction."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._texts: OrderedDict[int, bytes] = OrderedDict()

    # The whole index

    COUNTS = """SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM symbols), (SELECT count(*) FROM chunks),
        (SELECT count(*) FROM calls), (SELECT count(*) FROM edges),
        (SELECT count(*) FROM calls WHERE unresolved IS NOT NULL), (SELECT count(*) FROM imports),
        (SELECT count(*) FROM problems) + (SELECT count(*) FROM linked WHERE problem <> ''),
        (SELECT count(*) FROM skips)"""

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each kind."""
        names = ("files", "symbols", "chunks", "calls", "edges", "unresolved", "imports", "problems", "skips")
        return dict(zip(names, self._relations.one(self.COUNTS) or (), strict=True))

    LANGUAGES = "SELECT language, count(*) FROM files GROUP BY language ORDER BY count(*) DESC, language"

    def languages(self) -> dict[str, int]:
        """Return the number of files of each language, most first."""
        return dict(self._relations.rows(self.LANGUAGES))

    KINDS = "SELECT DISTINCT kinds FROM chunks"

    def kinds(self) -> list[str]:
        """Return the kinds of definitions and other chunks there are."""
        return sorted({kind for (kinds,) in self._relations.rows(self.KINDS) for kind in kinds.split()})

    SKIPS = "SELECT path, reason, size, changed_ns, crc FROM skips ORDER BY path LIMIT ?"

    def skips(self, limit: int = -1) -> list[Skip]:
        """Return what was not indexed, and why; a negative limit returns all.

        Rows that are not what was written are left out: the next look at the disk finds their files again.
        """
        rows = [row for *row, crc in self._relations.rows(self.SKIPS, limit) if crc == row_crc(tuple(row))]
        return [Skip(os.fsdecode(path), *row) for path, *row in rows]

    PROBLEMS = """SELECT f.path, p.line, p.message FROM files f JOIN
        (SELECT file_id, line, message FROM problems
         UNION ALL SELECT file_id, 1, problem FROM linked WHERE problem <> '') p ON f.id = p.file_id
        ORDER BY f.path, p.line, p.message LIMIT ?"""

    def problems(self, limit: int) -> list[tuple[str, Problem]]:
        """Return (path, problem) of what could not be understood."""
        return [(os.fsdecode(path), Problem(*row)) for path, *row in self._relations.rows(self.PROBLEMS, limit)]

    NOT_LINKED = """SELECT f.path FROM linked l JOIN files f ON f.id = l.file_id WHERE l.problem <> ''
        ORDER BY f.path LIMIT ?"""

    def not_linked(self, limit: int) -> list[str]:
        """Return the paths of files that could not be linked: what they call, import and inherit is unknown."""
        return [os.fsdecode(path) for (path,) in self._relations.rows(self.NOT_LINKED, limit)]

    RUNS = "SELECT id, started, report, crc FROM runs ORDER BY id DESC LIMIT ?"

    def runs(self, limit: int) -> list[RunRow]:
        """Return the indexing runs, newest first, without those whose row is not what was written."""
        rows = (row for *row, crc in self._relations.rows(self.RUNS, limit) if crc == row_crc(tuple(row[1:])))
        return [RunRow(run_id, started, json.loads(report)) for run_id, started, report in rows]

    # Files and text

    FILES = """SELECT id, path, language, module, size, changed_ns, lines, content_hash, surface FROM files
        ORDER BY path"""

    def files(self) -> Iterator[FileRow]:
        """Yield every file, by path."""
        for row in self._relations.rows(self.FILES):
            yield _file(row)

    FILE = """SELECT id, path, language, module, size, changed_ns, lines, content_hash, surface FROM files
        WHERE path = ?"""

    def file(self, path: str) -> FileRow | None:
        """Return the file at ``path``, or None."""
        row = self._relations.one(self.FILE, os.fsencode(path))
        return None if row is None else _file(row)

    LINES = "SELECT id, lines FROM files WHERE id IN (SELECT value FROM json_each(?))"

    def line_counts(self, file_ids: Collection[int]) -> dict[int, int]:
        """Return how many lines these files have; unknown ids are left out."""
        return dict(self._relations.rows(self.LINES, json.dumps(sorted(file_ids))))

    ENDING = """SELECT id, path, language, module, size, changed_ns, lines, content_hash, surface FROM files
        WHERE path = ?1 OR substr(path, -length(?2)) = ?2 ORDER BY path <> ?1, length(path), path LIMIT ?3"""

    def files_ending(self, path: str, limit: int) -> list[FileRow]:
        """Return the files whose path ends with ``path``, if none does then with what is left of it without folders.

        Cut to its bare name it may be a file of another project: then it has to be the only one of that name.
        """
        parts = path.strip("/").split("/")[-_FOLDERS_KEPT:]
        for start in range(len(parts)):
            ending = os.fsencode("/".join(parts[start:]))
            found = [_file(row) for row in self._relations.rows(self.ENDING, ending, b"/" + ending, max(limit, 2))]
            if found:
                cut_to_name = start > 0 and start + 1 == len(parts)
                return [] if cut_to_name and len(found) > 1 else found[:limit]
        return []

    TEXT = "SELECT t.text FROM files f JOIN contents t USING (content_hash) WHERE f.id = ?"

    def _bytes(self, file_id: int) -> bytes:
        data = self._texts.pop(file_id, None)
        if data is None:
            row = self._relations.one(self.TEXT, file_id)
            data = b"" if row is None else _unpacked(row[0])
        self._texts[file_id] = data
        if len(self._texts) > _TEXTS_KEPT:
            self._texts.popitem(last=False)
        return data

    def text(self, file_id: int) -> str:
        """Return the text of a file as it was indexed, "" when there is none."""
        return bytes_text(self._bytes(file_id))

    def stored_bytes(self, file_id: int) -> bytes:
        """Return the bytes of a file as it was indexed, those that are not UTF-8 replaced."""
        return self._bytes(file_id)

    def lines(self, file_id: int, start: int, end: int) -> str:
        """Return lines ``start`` to ``end`` of a file, 1-based and inclusive, without the last line end."""
        return "\n".join(self.text(file_id).split("\n")[max(start, 1) - 1 : max(end, 0)])

    def chunk_text(self, chunk: ChunkRow) -> str:
        """Return the text of a chunk."""
        return bytes_text(self._bytes(chunk.file_id)[chunk.byte_start : chunk.byte_end])

    IMPORTS = """SELECT scope, module, level, name, alias, line, whole FROM imports WHERE file_id = ?
        ORDER BY line, id"""

    def imports_of(self, file_id: int) -> list[Import]:
        """Return what a file imports."""
        rows = self._relations.rows(self.IMPORTS, file_id)
        return [Import(s, module, n, name, alias, at, bool(whole)) for s, module, n, name, alias, at, whole in rows]

    # Symbols

    SYMBOLS = "SELECT * FROM symbol_rows WHERE id IN (SELECT value FROM json_each(?))"

    def symbols(self, ids: Collection[int]) -> dict[int, SymbolRow]:
        """Return the symbols with these ids; unknown ids are left out."""
        return {row[0]: _symbol(row) for row in self._relations.rows(self.SYMBOLS, json.dumps(sorted(ids)))}

    def symbol(self, symbol_id: int) -> SymbolRow | None:
        """Return one symbol, or None."""
        return self.symbols((symbol_id,)).get(symbol_id)

    def _symbols(self, sql: str, *params: Any) -> list[SymbolRow]:
        return [_symbol(row) for row in self._relations.rows(sql, *params)]

    NAMED = "SELECT * FROM symbol_rows WHERE name = ? ORDER BY path, line_start, position LIMIT ?"

    def symbols_named(self, name: str, limit: int) -> list[SymbolRow]:
        """Return the symbols of exactly this name."""
        return self._symbols(self.NAMED, name, limit)

    FOLDED = "SELECT * FROM symbol_rows WHERE lower(name) = ? ORDER BY path, line_start, position LIMIT ?"

    def symbols_folded(self, lower_name: str, limit: int) -> list[SymbolRow]:
        """Return the symbols of this name in whatever case; only A to Z are folded."""
        return self._symbols(self.FOLDED, _fold(lower_name), limit)

    DOTTED = """WITH found AS (SELECT *, CASE WHEN full_name = ?1 THEN 0 WHEN qualified_name = ?1 THEN 1
            WHEN substr(full_name, -length(?1) - 1) = '.' || ?1 THEN 2 END AS tier
            FROM symbol_rows WHERE name = ?2)
        SELECT * FROM found WHERE tier = (SELECT min(tier) FROM found) ORDER BY path, line_start, position LIMIT ?3"""

    def symbols_dotted(self, dotted: str, limit: int) -> list[SymbolRow]:
        """Return the symbols of this full name, else of this qualified name, else whose full name ends with it."""
        return self._symbols(self.DOTTED, dotted, dotted.rpartition(".")[2], limit)

    ATTRIBUTE_LINES = "SELECT DISTINCT line FROM assignments WHERE file_id = ? AND target = ? ORDER BY line LIMIT ?"

    def attribute_lines(self, owner: SymbolRow, name: str, limit: int) -> list[int]:
        """Return the lines of a class's file where its methods set the attribute ``name`` of their own object."""
        target = encode(["attribute", ["self", owner.position], name])
        return [line for (line,) in self._relations.rows(self.ATTRIBUTE_LINES, owner.file_id, target, limit)]

    # U+10FFFF sorts after whatever may follow the prefix.
    STARTING = """SELECT * FROM symbol_rows WHERE lower(name) >= ?1 AND lower(name) < ?1 || char(1114111)
        ORDER BY length(name), path, line_start, position LIMIT ?2"""

    def symbols_starting(self, prefix: str, limit: int) -> list[SymbolRow]:
        """Return the symbols whose name starts with ``prefix`` in whatever case, shortest names first."""
        return self._symbols(self.STARTING, _fold(prefix), limit)

    ALIKE = """SELECT name, (SELECT count(*) FROM json_each(?2) WHERE instr(lower(name), value)) AS shared
        FROM (SELECT DISTINCT s.name FROM json_each(?4) p
            JOIN symbols s ON lower(s.name) >= p.value AND lower(s.name) < p.value || char(1114111)
            WHERE abs(length(s.name) - ?1) <= max(3, ?1 / 2))
        WHERE shared > 0 ORDER BY shared DESC, abs(length(name) - ?1), name LIMIT ?3"""

    def names_like(self, name: str, limit: int) -> list[str]:
        """Return the names of symbols that ``name`` may be a misspelling of, most alike first.

        Names are compared that begin as it does, or as it would with its first two letters swapped: of the misspellings
        that Pollock and Zamora counted (JASIS 1983) 3 in 100 have the first letter wrong, and names are many.
        """
        folded = _fold(name)
        # Two letters swapped in a short name leave no three in place.
        size = 3 if len(folded) > _SHORT else 1
        pieces = sorted({folded[i : i + size] for i in range(len(folded) - size + 1)})
        if not folded:
            return []
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(folded)
        scored = []
        bare = folded.lstrip("_") or folded
        beginnings = json.dumps(sorted({bare[0], f"_{bare[0]}", bare[1::-1]}))
        rows = self._relations.rows(self.ALIKE, len(name), json.dumps(pieces), _NAMES_COMPARED, beginnings)
        for found, _ in rows:
            matcher.set_seq1(_fold(found))
            if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE:
                scored.append((-matcher.ratio(), found))
        return [found for score, found in sorted(scored)[:limit] if -score >= _ALIKE]

    IN_FILE = "SELECT * FROM symbol_rows WHERE file_id = ? ORDER BY position"

    def symbols_in(self, file_id: int) -> list[SymbolRow]:
        """Return the symbols of a file in the order of its facts."""
        return self._symbols(self.IN_FILE, file_id)

    MEMBERS = "SELECT * FROM symbol_rows WHERE parent_id = ? ORDER BY line_start, position"

    def members(self, symbol_id: int) -> list[SymbolRow]:
        """Return the symbols defined directly in a symbol."""
        return self._symbols(self.MEMBERS, symbol_id)

    AT_LINE = """SELECT * FROM symbol_rows WHERE file_id = ?1 AND line_start <= ?2 AND line_end >= ?2
        ORDER BY line_end - line_start, position DESC LIMIT 1"""

    def symbol_at(self, file_id: int, line: int) -> SymbolRow | None:
        """Return the innermost symbol that holds a line, or None."""
        return next(iter(self._symbols(self.AT_LINE, file_id, line)), None)

    PARAMETERS = "SELECT name, kind, annotation, default_value FROM parameters WHERE symbol_id = ? ORDER BY position"

    def parameters(self, symbol_id: int) -> list[Parameter]:
        """Return the parameters of a symbol, in order."""
        return [Parameter(*row) for row in self._relations.rows(self.PARAMETERS, symbol_id)]

    BASES = "SELECT text, target_id FROM bases WHERE symbol_id = ? ORDER BY position"

    def bases(self, symbol_id: int) -> list[tuple[str, SymbolRow | None]]:
        """Return (source text, class) of each base, in order; None for a class that is not in this root."""
        found: list[tuple[str, int | None]] = [
            (text, target) for text, target in self._relations.rows(self.BASES, symbol_id)
        ]
        targets = self.symbols({target for _, target in found if target is not None})
        return [(text, None if target is None else targets.get(target)) for text, target in found]

    SUBCLASSES = """SELECT * FROM symbol_rows WHERE id IN (SELECT symbol_id FROM bases WHERE target_id = ?)
        ORDER BY path, line_start, position"""

    def subclasses(self, symbol_id: int) -> list[SymbolRow]:
        """Return the classes that name this one as a base."""
        return self._symbols(self.SUBCLASSES, symbol_id)

    # Chunks

    CHUNKS = "SELECT * FROM chunk_rows WHERE id IN (SELECT value FROM json_each(?))"

    def chunks(self, ids: Collection[int]) -> dict[int, ChunkRow]:
        """Return the chunks with these ids; unknown ids are left out."""
        return {row[0]: _chunk(row) for row in self._relations.rows(self.CHUNKS, json.dumps(sorted(ids)))}

    CHUNKS_IN = "SELECT * FROM chunk_rows WHERE file_id = ? ORDER BY line_start, id"

    def chunks_in(self, file_id: int) -> list[ChunkRow]:
        """Return the chunks of a file, in order."""
        return [_chunk(row) for row in self._relations.rows(self.CHUNKS_IN, file_id)]

    CHUNK_AT = """SELECT * FROM chunk_rows WHERE file_id = ?1 AND line_start <= ?2 AND line_end >= ?2
        ORDER BY line_start, id LIMIT 1"""

    def chunk_at(self, file_id: int, line: int) -> ChunkRow | None:
        """Return the chunk that holds a line, or None."""
        row = self._relations.one(self.CHUNK_AT, file_id, line)
        return None if row is None else _chunk(row)


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise IndexCorrupt(f"a stored text is damaged: {error}") from error


def _file(row: Row) -> FileRow:
    return FileRow(row[0], os.fsdecode(row[1]), *row[2:])


def _symbol(row: Row) -> SymbolRow:
    lists = (tuple(json.loads(row[16])), tuple(json.loads(row[17])))
    columns: Row = (*row[:16], *lists, row[18], tuple(json.loads(row[19])), os.fsdecode(row[20]), row[21])
    return SymbolRow(*columns)


def _chunk(row: Row) -> ChunkRow:
    columns: Row = (*row[:12], os.fsdecode(row[12]), *row[13:])
    return ChunkRow(*columns)


def _fold(text: str) -> str:
    """Fold as SQLite's ``lower`` does: A to Z only."""
    return "".join(c.lower() if c.isascii() else c for c in text)
