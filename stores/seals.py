"""Are a file's rows in the relations those that were written?

Each file carries two checksums: over its facts, made when they are stored, and over its links (edges, base classes,
reasons for none), made when its calls were resolved; each vector carries its own. SQLite itself sees a damaged page,
but few flipped bits in a row.
"""

import os
import zlib
from collections.abc import Iterable, Iterator

from stores.database import Database
from stores.facts import display_path

# Everything that comes from the file itself. Size and time are left out: they change when the file is touched, and
# wrong ones only make it read again.
_FACTS = (
    "SELECT id, path, language, module, lines, content_hash, surface FROM files WHERE id = ?",
    "SELECT * FROM symbols WHERE file_id = ? ORDER BY position",
    "SELECT p.* FROM symbols s JOIN parameters p ON p.symbol_id = s.id WHERE s.file_id = ? ORDER BY 1, 2",
    """SELECT b.symbol_id, b.position, b.text, b.expr FROM symbols s JOIN bases b ON b.symbol_id = s.id
    WHERE s.file_id = ? ORDER BY 1, 2""",
    "SELECT * FROM imports WHERE file_id = ? ORDER BY id",
    "SELECT * FROM assignments WHERE file_id = ? ORDER BY id",
    """SELECT id, file_id, caller_id, scope, line, "column", text, name, callee FROM calls
    WHERE file_id = ? ORDER BY id""",
    "SELECT * FROM problems WHERE file_id = ? ORDER BY rowid",
    "SELECT * FROM chunks WHERE file_id = ? ORDER BY id",
)
# What the linker adds, which hangs on other files too.
_LINKS = (
    "SELECT id, unresolved FROM calls WHERE file_id = ? ORDER BY id",
    "SELECT e.* FROM calls c JOIN edges e ON e.call_id = c.id WHERE c.file_id = ? ORDER BY 1, 2",
    """SELECT b.symbol_id, b.position, b.target_id FROM symbols s JOIN bases b ON b.symbol_id = s.id
    WHERE s.file_id = ? ORDER BY 1, 2""",
)
_TEXT = "SELECT t.text FROM files f JOIN contents t USING (content_hash) WHERE f.id = ?"
_SEAL_FACTS = "UPDATE files SET facts_crc = ?, links_crc = NULL WHERE id = ?"
_SEAL_LINKS = "UPDATE files SET links_crc = ? WHERE id = ?"
# An edge or a base class goes with the symbol it leads to.
_UNSEAL = """UPDATE files SET links_crc = NULL WHERE id IN (
    SELECT c.file_id FROM symbols s JOIN edges e ON e.target_id = s.id JOIN calls c ON c.id = e.call_id
    WHERE s.file_id = ?1 AND s.position < 0
    UNION SELECT o.file_id FROM symbols s JOIN bases b ON b.target_id = s.id JOIN symbols o ON o.id = b.symbol_id
    WHERE s.file_id = ?1 AND s.position < 0)"""
_VECTORS = "SELECT embed_hash, model, vector, crc FROM vectors"
_SEALS = "SELECT id, path, facts_crc, links_crc FROM files ORDER BY path"


def seal_facts(database: Database, file_id: int) -> None:
    """Note the checksum of a file's facts as they are now; its links are not made yet."""
    database.execute(_SEAL_FACTS, _facts_crc(database, file_id), file_id)


def seal_links(database: Database, file_id: int) -> None:
    """Note the checksum of a file's links as they are now."""
    database.execute(_SEAL_LINKS, _crc(database, _LINKS, file_id), file_id)


def unseal_links(database: Database, file_id: int) -> None:
    """Forget the checksums of links to symbols that will go from a file: those with a negative position."""
    database.execute(_UNSEAL, file_id)


def broken_seals(database: Database) -> Iterator[str]:
    """Yield, in words, what is not as it was sealed; it reads everything.

    Raises:
        IndexCorrupt: SQLite cannot read the rows at all.
    """
    for file_id, path, facts, links in list(database.rows(_SEALS)):
        where = display_path(os.fsdecode(path))
        if _facts_crc(database, file_id) != facts:
            yield f"{where}: checksum"
        if links is not None and _crc(database, _LINKS, file_id) != links:
            yield f"{where}: checksum of its calls and base classes"
    damaged = sum(row[3] != vector_crc(*row[:3]) for row in database.rows(_VECTORS))
    if damaged:
        yield f"{damaged} vectors: checksum"


def vector_crc(embed_hash: bytes, model: str, vector: bytes) -> int:
    """Return the checksum of a stored vector and of what it belongs to."""
    return zlib.crc32(vector, zlib.crc32(embed_hash + model.encode()))


def _facts_crc(database: Database, file_id: int) -> int:
    text = database.one(_TEXT, file_id)
    return _crc(database, _FACTS, file_id, zlib.crc32(text[0]) if text else 0)


def _crc(database: Database, queries: Iterable[str], file_id: int, crc: int = 0) -> int:
    for sql in queries:
        crc = zlib.crc32(repr(list(database.rows(sql, file_id))).encode(), crc)
    return crc
