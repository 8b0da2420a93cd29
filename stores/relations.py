"""Who defines, contains, calls what?

The relations of one index. It writes facts row for row and runs the queries of its neighbours; what exists in the
other stores is decided by the rows kept here.
"""

import os
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from stores.database import Database, Row
from stores.errors import IndexCorrupt
from stores.facts import FileFacts, ParsedFile, Skip
from stores.rows import (
    INSERT_BASE,
    INSERT_PARAMETER,
    INSERT_SYMBOL,
    UPDATE_SYMBOL,
    base_rows,
    id_of,
    parameter_rows,
    statement_rows,
    symbol_columns,
)
from stores.surface import surface

_SCHEMA = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
# Level 1 compresses source code to 30 % at 100 MB/s; level 6 gains 4 points for four times the time.
_COMPRESSION = 1


@dataclass(frozen=True, slots=True)
class State:
    """The one row of table ``state``: what the index is made for, and how far it has come."""

    root: bytes
    identity: str
    model: str
    dimensions: int
    generation: int
    intent: int | None
    next_chunk_id: int
    complete: bool
    linked: bool
    files_expected: int
    fulltext_epoch: int
    exact_epoch: int
    exact_rows: int
    vectors_epoch: int
    vectors_version: int
    vectors_generation: int
    indexed_id: int
    indexed_rows: int
    indexed_probes: int


class Relations(Database):
    """One connection to the relations. Not for two threads at once; any thread may use it in turn."""

    @classmethod
    def open(cls, path: Path | None = None, *, writable: bool = True) -> "Relations":
        """Open the file ``path``, or relations in memory when it is None; see ``Database.connect``."""
        return cls.connect(path, _SCHEMA, "the relations", writable=writable)

    def verify(self) -> None:
        """Raise ``IndexCorrupt`` when the pages or the state of the file cannot be right."""
        damage = self.check()
        if damage:
            raise IndexCorrupt(f"the relations are damaged: {damage[0]}")
        self.state()

    # State

    SELECT_STATE = """SELECT root, identity, model, dimensions, generation, intent, next_chunk_id, complete, linked,
        files_expected, fulltext_epoch, exact_epoch, exact_rows, vectors_epoch, vectors_version, vectors_generation,
        indexed_id, indexed_rows, indexed_probes, said = (SELECT said FROM state_said) FROM state"""

    def state(self) -> State | None:
        """Return the state of the index, or None when it was never founded.

        Raises:
            IndexCorrupt: It is not what was written.
        """
        row = self.one(self.SELECT_STATE)
        if row is None:
            return None
        if not row[-1]:
            raise IndexCorrupt("the relations are damaged: the state is not what was written")
        columns: Row = (*row[:7], bool(row[7]), bool(row[8]), *row[9:-1])
        return State(*columns)

    INSERT_STATE = "INSERT INTO state (one, root, identity, model, dimensions) VALUES (0, ?, ?, ?, ?)"

    def found(self, root: bytes, identity: str, model: str, dimensions: int) -> None:
        """Write the first state of a new index."""
        self.execute(self.INSERT_STATE, root, identity, model, dimensions)

    # Writing facts

    SELECT_FILE_ID = "SELECT id FROM files WHERE path = ?"
    SELECT_SEQUENCE = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?"

    def file_ids(self, paths: Iterable[str]) -> dict[str, int]:
        """Return the id of each path: the one it has, or the one it gets when it is stored next."""
        following = self.value(self.SELECT_SEQUENCE, "files") + 1
        ids: dict[str, int] = {}
        for path in paths:
            row = self.one(self.SELECT_FILE_ID, os.fsencode(path))
            ids[path] = row[0] if row else following
            following += row is None
        return ids

    INSERT_CONTENT = "INSERT INTO contents (content_hash, text) VALUES (?, ?)"
    SELECT_CONTENT = "SELECT 1 FROM contents WHERE content_hash = ?"
    SELECT_OLD_FILE = "SELECT id, content_hash FROM files WHERE path = ?"
    UPDATE_FILE = """UPDATE files SET language = ?, module = ?, size = ?, changed_ns = ?, lines = ?, content_hash = ?,
        surface = ? WHERE id = ?"""
    INSERT_FILE = """INSERT INTO files (language, module, size, changed_ns, lines, content_hash, surface, id, path)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""

    def replace_file(
        self,
        parsed: ParsedFile,
        chunk_ids: Sequence[int],
        embed_hashes: Sequence[bytes],
        generation: int,
        file_id: int | None = None,
    ) -> int:
        """Store one file's facts in place of those it had, within ``atomic``; return the file's id.

        Args:
            parsed: The file; ``parsed.chunks[i]`` gets ``chunk_ids[i]`` and ``embed_hashes[i]``.
            chunk_ids: Ids that no chunk ever had.
            embed_hashes: The sha256 of what was embedded for each chunk.
            generation: The generation being written.
            file_id: The id of a new file, from ``file_ids``; None lets SQLite choose.

        A symbol with the qualified name and kind of an earlier one, and as many such before it, keeps its id.
        """
        text = text_bytes(parsed.text)
        path = os.fsencode(parsed.path)
        if self.one(self.SELECT_CONTENT, parsed.content_hash) is None:
            self.execute(self.INSERT_CONTENT, parsed.content_hash, zlib.compress(text, _COMPRESSION))
        facts = _storable(parsed)
        columns = (facts.language, facts.module, parsed.size, parsed.changed_ns, parsed.lines, parsed.content_hash)
        old = self.one(self.SELECT_OLD_FILE, path)
        if old is None:
            self.execute(self.INSERT_FILE, *columns, surface(facts), file_id, path)
            file_id = self.value(self.SELECT_FILE_ID, path)
        else:
            file_id = old[0]
            self.execute(self.UPDATE_FILE, *columns, surface(facts), file_id)
            self._clear_file(file_id, generation)
            if old[1] != parsed.content_hash:
                self._drop_content(old[1])
        symbol_ids = self._write_symbols(file_id, facts)
        self._write_statements(file_id, facts, symbol_ids)
        self._write_chunks(file_id, parsed, text, symbol_ids, zip(chunk_ids, embed_hashes, strict=True), generation)
        return file_id

    DELETE_FILE = "DELETE FROM files WHERE id = ?"

    def remove_file(self, path: str, generation: int) -> bool:
        """Remove a file and all its facts, leaving tombs for its chunks; False when it was not known."""
        old = self.one(self.SELECT_OLD_FILE, os.fsencode(path))
        if old is None:
            return False
        self._clear_file(old[0], generation)
        self.execute(self.DELETE_FILE, old[0])
        self._drop_content(old[1])
        return True

    TOUCH_FILE = "UPDATE files SET size = ?, changed_ns = ? WHERE path = ?"

    def touch_file(self, path: str, size: int, changed_ns: int) -> bool:
        """Note a new size and time of a file whose content did not change; False when it is not known."""
        return self.execute(self.TOUCH_FILE, size, changed_ns, os.fsencode(path)) > 0

    DELETE_SKIPS = "DELETE FROM skips"
    INSERT_SKIP = "INSERT INTO skips (path, reason, size, changed_ns, crc) VALUES (?, ?, ?, ?, ?)"

    def replace_skips(self, skips: Iterable[Skip]) -> None:
        """Store what was not indexed, in place of what was known; of two reasons for a path the last stays."""
        self.execute(self.DELETE_SKIPS)
        last = {os.fsencode(skip.path): skip for skip in skips}
        rows = ((path, skip.reason, skip.size, skip.changed_ns) for path, skip in last.items())
        self.execute_many(self.INSERT_SKIP, ((*row, row_crc(row)) for row in rows))

    # Chunks are buried before they are deleted: their ids must leave the other stores later.
    CLEAR_FILE = (
        "DELETE FROM chunks WHERE file_id = ?",
        "DELETE FROM calls WHERE file_id = ?",
        "DELETE FROM imports WHERE file_id = ?",
        "DELETE FROM assignments WHERE file_id = ?",
        "DELETE FROM results WHERE file_id = ?",
        "DELETE FROM mentions WHERE file_id = ?",
        "DELETE FROM problems WHERE file_id = ?",
        "DELETE FROM symbol_references WHERE file_id = ?",
        "DELETE FROM parameters WHERE symbol_id IN (SELECT id FROM symbols WHERE file_id = ?)",
        "DELETE FROM bases WHERE symbol_id IN (SELECT id FROM symbols WHERE file_id = ?)",
    )
    BURY_CHUNKS = (
        "INSERT INTO tombs (chunk_id, generation) SELECT id, ? FROM chunks WHERE file_id = ?",
        "INSERT INTO vector_tombs (chunk_id, generation) SELECT id, ? FROM chunks WHERE file_id = ?",
    )

    def _clear_file(self, file_id: int, generation: int) -> None:
        for sql in self.BURY_CHUNKS:
            self.execute(sql, generation, file_id)
        for sql in self.CLEAR_FILE:
            self.execute(sql, file_id)

    DROP_CONTENT = """DELETE FROM contents WHERE content_hash = ?1
        AND NOT EXISTS (SELECT 1 FROM files WHERE content_hash = ?1)"""

    def _drop_content(self, content_hash: bytes) -> None:
        self.execute(self.DROP_CONTENT, content_hash)

    SELECT_SYMBOL_IDS = "SELECT qualified_name, kind, id FROM symbols WHERE file_id = ? ORDER BY position"
    # Positions are unique in a file; negative ones make room while the kept symbols move to their new places.
    SET_ASIDE_SYMBOLS = "UPDATE symbols SET position = -1 - position WHERE file_id = ?"
    DELETE_VANISHED = "DELETE FROM symbols WHERE file_id = ? AND position < 0"

    def _write_symbols(self, file_id: int, facts: FileFacts) -> list[int]:
        earlier: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for qualified_name, kind, symbol_id in self.rows(self.SELECT_SYMBOL_IDS, file_id):
            earlier[qualified_name, kind].append(symbol_id)
        following = self.value(self.SELECT_SEQUENCE, "symbols") + 1
        ids: list[int] = []
        kept: set[int] = set()
        for symbol in facts.symbols:
            same = earlier.get((symbol.qualified_name, symbol.kind))
            if same:
                kept.add(same[0])
                ids.append(same.pop(0))
            else:
                ids.append(following)
                following += 1
        rows = [
            (*symbol_columns(position, symbol, facts.module, ids), ids[position], file_id)
            for position, symbol in enumerate(facts.symbols)
        ]
        if earlier:
            self.execute(self.SET_ASIDE_SYMBOLS, file_id)
            self.execute_many(UPDATE_SYMBOL, (row for row in rows if row[-2] in kept))
        self.execute_many(INSERT_SYMBOL, (row for row in rows if row[-2] not in kept))
        if earlier:
            self.execute(self.DELETE_VANISHED, file_id)
        self.execute_many(INSERT_PARAMETER, parameter_rows(facts, ids))
        self.execute_many(INSERT_BASE, base_rows(facts, ids))
        return ids

    def _write_statements(self, file_id: int, facts: FileFacts, ids: Sequence[int]) -> None:
        for sql, rows in statement_rows(file_id, facts, ids):
            self.execute_many(sql, rows)

    INSERT_CHUNK = """INSERT INTO chunks (id, file_id, symbol_id, kinds, line_start, line_end, byte_start, byte_end,
        tokens, embed_hash, generation, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

    def _write_chunks(
        self,
        file_id: int,
        parsed: ParsedFile,
        text: bytes,
        ids: Sequence[int],
        marks: Iterable[tuple[int, bytes]],
        generation: int,
    ) -> None:
        rows = []
        for chunk, (chunk_id, embed_hash) in zip(parsed.chunks, marks, strict=True):
            row = (
                *(chunk_id, file_id, id_of(chunk.symbol, ids), chunk.kinds, chunk.line_start, chunk.line_end),
                *(chunk.byte_start, chunk.byte_end, chunk.tokens, embed_hash, generation),
            )
            rows.append((*row, chunk_crc(row, text[chunk.byte_start : chunk.byte_end])))
        self.execute_many(self.INSERT_CHUNK, rows)


def text_bytes(text: str) -> bytes:
    """Return a file's text as the bytes that byte offsets count."""
    return text.encode("utf-8", "surrogateescape")


def bytes_text(data: bytes) -> str:
    """Return the text of bytes from ``text_bytes``; a cut character becomes U+FFFD."""
    return data.decode("utf-8", "replace")


def chunk_crc(row: Row, text: bytes) -> int:
    """Return the checksum of a chunk's row (id to generation, as in ``INSERT_CHUNK``) and of its text."""
    return zlib.crc32(repr(row).encode(), zlib.crc32(text))


def row_crc(row: Row) -> int:
    """Return the checksum of a row of ``skips`` or ``runs``, of all its columns but ``id`` and ``crc``."""
    return zlib.crc32(repr(tuple(row)).encode())


def _storable(parsed: ParsedFile) -> FileFacts:
    """Return the facts without the escaped bytes that SQLite refuses in text; nearly every file has none."""
    try:
        f"{parsed.path}{parsed.text}".encode()
    except UnicodeEncodeError:
        facts: FileFacts = _without_escapes(parsed.facts)
        return facts
    return parsed.facts


def _without_escapes(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, tuple):
        return tuple(map(_without_escapes, value))
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(*(_without_escapes(getattr(value, part.name)) for part in fields(value)))
    return value
