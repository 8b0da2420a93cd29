"""Are the rows of a file still those that were written?

A seal is a checksum over all rows that a file has in the relations: SQLite reports a page that it cannot read, and
gives back without a word a page whose text has a flipped bit. There are two per file: one of its facts, made when the
file is stored, and one of what the linker found, made when the file is linked. Each adds up one checksum a table, over
the file's rows in the order of their keys.
"""

import json
import marshal
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from stores.relations import Relations

# Sums stay within SQLite's signed integers.
_MODULUS = 2**63

# What the linker writes: whole tables, and columns of tables of facts.
LINK_TABLES = frozenset({"edges", "linked", "overrides", "symbol_references"})
LINK_COLUMNS = frozenset({("calls", "unresolved"), ("bases", "target_id"), ("imports", "target_id")})
# What a file may change without being stored anew, and what has no file or a checksum of its own.
_LOOSE_COLUMNS = frozenset({("files", "size"), ("files", "changed_ns")})
UNSEALED = frozenset(
    ("seals", "state", "contents", "vectors", "tombs", "vector_tombs", "skips", "runs", "sqlite_sequence")
)

# What tells one row of a table from another.
_KEYS = frozenset({"id", "symbol_id", "call_id", "position"})

# How the file of a row is found, by the column that leads there.
_OWNERS = (
    ("file_id", "{table}.file_id"),
    ("symbol_id", "(SELECT file_id FROM symbols WHERE id = {table}.symbol_id)"),
    ("call_id", "(SELECT file_id FROM calls WHERE id = {table}.call_id)"),
)
_REACH = {
    "file_id": "{table}.file_id IN (SELECT value FROM json_each(?))",
    "symbol_id": "{table}.symbol_id IN (SELECT s.id FROM json_each(?) j JOIN symbols s ON s.file_id = j.value)",
    "call_id": "{table}.call_id IN (SELECT c.id FROM json_each(?) j JOIN calls c ON c.file_id = j.value)",
}

_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
_INSERT = """INSERT INTO seals (file_id, facts, links) VALUES (?, ?, 0)
    ON CONFLICT (file_id) DO UPDATE SET facts = excluded.facts"""
_VECTORS = "SELECT embed_hash, model, vector, crc FROM vectors"
_UPDATE_LINKS = "UPDATE seals SET links = ? WHERE file_id = ?"
_SELECT = """SELECT f.id, f.path, s.facts, s.links FROM files f LEFT JOIN seals s ON s.file_id = f.id
    WHERE f.id > ? ORDER BY f.id LIMIT ?"""

# The queries of facts (False) and links (True), which follow from the schema.
_made: dict[bool, list[str]] = {}

# Of marshal's formats the last that does not depend on which objects are one and the same.
_PLAIN = 2

# Files whose rows are looked at together: some thousand rows.
_PORTION = 64


def seal_facts(relations: Relations, file_ids: Iterable[int]) -> None:
    """Make the seal of what these files say, after they were written."""
    ids = list(file_ids)
    sums = _sums(relations, ids, links=False)
    relations.execute_many(_INSERT, ((file_id, sums[file_id]) for file_id in ids))


def seal_links(relations: Relations, file_ids: Iterable[int]) -> None:
    """Make the seal of what the linker found in these files."""
    ids = list(file_ids)
    sums = _sums(relations, ids, links=True)
    relations.execute_many(_UPDATE_LINKS, ((sums[file_id], file_id) for file_id in ids))


def vector_crc(embed_hash: bytes, model: str, vector: bytes) -> int:
    """Return the checksum of a stored vector and of what it belongs to; vectors belong to no file."""
    return zlib.crc32(vector, zlib.crc32(embed_hash + model.encode()))


def broken_vectors(relations: Relations) -> int:
    """Return how many stored vectors are not those that were written."""
    return sum(row[3] != vector_crc(*row[:3]) for row in relations.rows(_VECTORS))


def broken_seals(relations: Relations, *, linked: bool) -> Iterator[bytes]:
    """Yield the path of each file whose rows are not those that were sealed; ``linked``: the links too."""
    last = 0
    while True:
        rows = list(relations.rows(_SELECT, last, _PORTION))
        if not rows:
            return
        last = rows[-1][0]
        ids = [row[0] for row in rows]
        facts = _sums(relations, ids, links=False)
        links = _sums(relations, ids, links=True) if linked else defaultdict(int)
        for file_id, path, sealed_facts, sealed_links in rows:
            if sealed_facts != facts[file_id] or (linked and sealed_links != links[file_id]):
                yield path


def _sums(relations: Relations, file_ids: list[int], *, links: bool) -> defaultdict[int, int]:
    sums: defaultdict[int, int] = defaultdict(int)
    wanted = json.dumps(file_ids)
    if links not in _made:
        _made[links] = _queries(relations, links=links)
    for sql in _made[links]:
        for file_id, rows in groupby(relations.rows(sql, wanted), itemgetter(0)):
            sums[file_id] = (sums[file_id] + zlib.crc32(marshal.dumps(list(rows), _PLAIN))) % _MODULUS
    return sums


def _queries(relations: Relations, *, links: bool) -> list[str]:
    """Return one query per table: the file that a row belongs to, then the columns that are sealed."""
    queries = []
    for (table,) in list(relations.rows(_TABLES)):
        if table in UNSEALED:
            continue
        described = list(relations.rows(f"PRAGMA table_info({table})"))
        columns = [row[1] for row in described]
        primary = sorted((row[5], row[1]) for row in described if row[5])
        order = ", ".join(f'{table}."{column}"' for _, column in primary) or "rowid"
        shown = [c for c in columns if links == _is_link(table, c) and (table, c) not in _LOOSE_COLUMNS]
        if not shown:
            continue
        key = [column for column in columns if column in _KEYS]
        names = ", ".join(f'{table}."{column}"' for column in dict.fromkeys([*key, *shown]))
        if table == "files":
            by_id = "id IN (SELECT value FROM json_each(?))"
            queries.append(f"SELECT id, 'files', {names} FROM files WHERE {by_id}")  # noqa: S608  the schema's names
            continue
        lead, owner = next((column, sql) for column, sql in _OWNERS if column in columns)
        where = _REACH[lead].format(table=table)
        row = f"{owner.format(table=table)}, '{table}', {names}"
        queries.append(f"SELECT {row} FROM {table} WHERE {where} ORDER BY 1, {order}")  # noqa: S608  the schema's names
    return queries


def _is_link(table: str, column: str) -> bool:
    return table in LINK_TABLES or (table, column) in LINK_COLUMNS
