"""What was parsed and embedded before, anywhere?

One SQLite file that all roots of a user share, so that a second worktree, a fresh clone or a branch that comes back is
neither parsed nor embedded again. It is a cache and never the truth: whatever goes wrong with it (damage, a lock, a
full disk, a folder that cannot be written) means "not seen" and is told in ``problem``; nothing is raised.

The file's name ends in the version of its schema and a number. A damaged file is replaced by one with the next number,
so that a process that still holds the old one and its write-ahead log cannot spoil the new one.
"""

import json
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from stores.database import Database, Row, schema_version
from stores.derived import full_vector, packed_vector, rounded
from stores.errors import IndexCorrupt, IndexOutdated, StoreError, translated
from stores.facts import ParsedFile
from stores.opening import Identity
from stores.packing import pack, shape, unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SCHEMA = Path(__file__).with_name("seen.sql").read_text(encoding="utf-8")
_PREFIX = f"seen-{schema_version(_SCHEMA):08x}."
_WHAT = "the facts seen before"
_DAY_S = 86_400
_KEY_BYTES = 8
# Keys asked for in one query: enough to hide what a query costs, few enough to hold the rows (0.5 MB of vectors).
_ASKED = 1_000
# Rows that one transaction of the collection deletes, so that other processes wait for milliseconds.
_FILES_DROPPED = 500
_VECTORS_DROPPED = 4_000
# Pages of 4 KiB given back to the disk in one step.
_PAGES_GIVEN = 4_096
# A full cache is emptied to this share, so that not every run has to.
_LEFT_SHARE = 0.9
# What one run spends on the collection; what is left is for the next.
_COLLECT_S = 1.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept: bytes of rows and indexes, and days since the last use."""

    most_bytes: int
    days: int


def today() -> int:
    """Return the day, counted from 1970-01-01."""
    return int(time.time() // _DAY_S)


class Seen:
    """The cache as one run uses it: one thread at a time, one identity of extractor and model.

    ``problem`` says in words what went wrong, "" when nothing did.
    """

    def __init__(self, home: Path, identity: Identity, limits: Limits, day: int | None = None) -> None:
        """Open the cache in the folder ``home``; ``identity.extractor`` must name all that facts depend on."""
        self._home = home
        self._limits = limits
        self._day = today() if day is None else day
        self._extractor = identity.extractor.encode() + shape(ParsedFile)
        self._model = f"{identity.model} {identity.dimensions}".encode()
        self._dimensions = identity.dimensions
        self._used: dict[str, list[int]] = {"files": [], "vectors": []}
        self._path = home
        self._database: Database | None = None
        self._replaced = False
        self.problem = ""
        self._open(max(map(_epoch, home.glob(f"{_PREFIX}*.db")), default=0))

    def close(self) -> None:
        """Close the file; nothing is found any more."""
        database, self._database = self._database, None
        if database is not None:
            with suppress(StoreError), translated(_WHAT):
                database.close()

    # Asking

    SELECT_PLACES = "SELECT DISTINCT f.place FROM json_each(?) j JOIN files f ON f.place = j.value"

    def places(self, files: Iterable[tuple[str, int]]) -> list[bool]:
        """Say of each (path, size) whether a file of that path and size was seen, whatever is in it."""
        wanted = [self._place(path, size) for path, size in files]
        known: set[int] = set()
        for asked in _portions(wanted):
            known.update(self._tried(partial(self._known_places, asked), ()))
        return [place in known for place in wanted]

    def _known_places(self, asked: Sequence[int], database: Database) -> list[int]:
        return [row[0] for row in database.rows(self.SELECT_PLACES, json.dumps(asked))]

    SELECT_FILE = "SELECT id, used, crc, facts FROM files WHERE key = ?"

    def file(self, path: str, content_hash: bytes) -> ParsedFile | None:
        """Return what is known of the file with this content at ``path``, or None.

        The result has no text, size and time: who knows the content has the first, and the others are not part of it.
        """
        return self._tried(partial(self._known_file, path, content_hash), None)

    def _known_file(self, path: str, content_hash: bytes, database: Database) -> ParsedFile | None:
        row = database.one(self.SELECT_FILE, self._file_key(path, content_hash))
        if row is None or row[2] != self._file_crc(path, content_hash, row[3]):
            return None
        parsed = unpack(ParsedFile, row[3])
        if (parsed.path, parsed.content_hash) != (path, content_hash):
            return None
        if row[1] != self._day:
            self._used["files"].append(row[0])
        return parsed

    SELECT_VECTORS = """SELECT v.key, v.id, v.used, v.crc, v.vector
        FROM json_each(?) j JOIN vectors v ON v.key = j.value"""

    def vectors(self, hashes: Iterable[bytes]) -> "dict[bytes, NDArray[np.float32]]":
        """Return the vectors known for these embed hashes from this model."""
        wanted = {self._vector_key(embed_hash): embed_hash for embed_hash in hashes}
        found: dict[bytes, NDArray[np.float32]] = {}
        nothing: dict[bytes, NDArray[np.float32]] = {}
        for asked in _portions(list(wanted)):
            portion = {key: wanted[key] for key in asked}
            found.update(self._tried(partial(self._known_vectors, portion), nothing))
        return found

    def _known_vectors(self, wanted: Mapping[int, bytes], database: Database) -> "dict[bytes, NDArray[np.float32]]":
        found = {}
        for key, row_id, used, crc, half in database.rows(self.SELECT_VECTORS, json.dumps(list(wanted))):
            if crc == self._vector_crc(wanted[key], half):
                found[wanted[key]] = full_vector(half, self._dimensions)
                if used != self._day:
                    self._used["vectors"].append(row_id)
        return found

    # Telling

    UPSERT_FILE = """INSERT INTO files (place, key, used, crc, facts) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET used = excluded.used, crc = excluded.crc, facts = excluded.facts"""
    UPSERT_VECTOR = """INSERT INTO vectors (key, used, crc, vector) VALUES (?, ?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET used = excluded.used, crc = excluded.crc, vector = excluded.vector"""
    TOUCH: Mapping[str, str] = {
        "files": "UPDATE files SET used = ? WHERE id = ?",
        "vectors": "UPDATE vectors SET used = ? WHERE id = ?",
    }

    def add(self, files: Iterable[ParsedFile], vectors: "Mapping[bytes, NDArray[np.floating]]") -> None:
        """Remember facts and vectors, in place of what is there under the same keys, and what was asked for.

        Raises:
            ValueError: A vector is not finite, or not of the model's dimensions.
        """
        file_rows = [row for parsed in files if (row := self._file_row(parsed))]
        halves = rounded(vectors, self._dimensions).items()
        vector_rows = [self._vector_row(key, packed_vector(half)) for key, half in halves]
        self._tried(lambda database: self._add(database, file_rows, vector_rows), None)

    def _add(self, database: Database, file_rows: Sequence[Row], vector_rows: Sequence[Row]) -> None:
        size = sum(len(row[-1]) for row in (*file_rows, *vector_rows))
        if _kept_bytes(database) + size > self._limits.most_bytes:
            # What was used today would be asked for again; rather than that, what is new is not kept.
            self._shrink(database, self._limits.most_bytes - size, self._day, time.monotonic() + _COLLECT_S)
            if _kept_bytes(database) + size > self._limits.most_bytes:
                file_rows, vector_rows = (), ()
        if file_rows or vector_rows or any(self._used.values()):
            with database.atomic():
                database.execute_many(self.UPSERT_FILE, file_rows)
                database.execute_many(self.UPSERT_VECTOR, vector_rows)
                for table, ids in self._used.items():
                    database.execute_many(self.TOUCH[table], ((self._day, row_id) for row_id in ids))
                    ids.clear()

    def _file_row(self, parsed: ParsedFile) -> Row | None:
        try:
            packed = pack(replace(parsed, text="", size=0, changed_ns=0))
        except (TypeError, ValueError, RecursionError) as error:
            self._note(error)
            return None
        place, key = self._place(parsed.path, parsed.size), self._file_key(parsed.path, parsed.content_hash)
        return place, key, self._day, self._file_crc(parsed.path, parsed.content_hash, packed), packed

    def _vector_row(self, embed_hash: bytes, half: bytes) -> Row:
        return self._vector_key(embed_hash), self._day, self._vector_crc(embed_hash, half), half

    # Forgetting

    def collect(self) -> None:
        """Forget what is too old, then what was not used for longest until the limit is kept, within a second."""
        self._tried(self._collect, None)
        self._sweep()

    NOT_LATER = ("UPDATE files SET used = ? WHERE used > ?", "UPDATE vectors SET used = ? WHERE used > ?")

    def _collect(self, database: Database) -> None:
        until = time.monotonic() + _COLLECT_S
        # A clock that was ahead would keep its rows until it is right.
        for sql in self.NOT_LATER:
            database.execute(sql, self._day, self._day)
        self._shrink(database, 0, self._day - self._limits.days, until)
        if _kept_bytes(database) > self._limits.most_bytes:
            self._shrink(database, int(_LEFT_SHARE * self._limits.most_bytes), None, until)
        while database.value("PRAGMA freelist_count") and time.monotonic() < until:
            database.give_back(_PAGES_GIVEN)

    OLDEST: Mapping[str, str] = {
        "files": "SELECT min(used) FROM files",
        "vectors": "SELECT min(used) FROM vectors",
    }
    DROP: Mapping[str, str] = {
        "files": "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE used = ? ORDER BY id LIMIT ?)",
        "vectors": "DELETE FROM vectors WHERE id IN (SELECT id FROM vectors WHERE used = ? ORDER BY id LIMIT ?)",
    }

    def _shrink(self, database: Database, most_bytes: int, before: int | None, until: float) -> None:
        """Delete rows, least recently used first, until ``most_bytes`` are kept or the rest was used since ``before``.

        A day is deleted from both tables in turn. ``until`` is a time of the monotonic clock.
        """
        portions = {"files": _FILES_DROPPED, "vectors": _VECTORS_DROPPED}
        while _kept_bytes(database) > most_bytes and time.monotonic() < until:
            oldest = {table: database.value(sql) for table, sql in self.OLDEST.items()}
            days = [day for day in oldest.values() if day is not None]
            if not days or (before is not None and min(days) >= before):
                return
            for table, day in oldest.items():
                if day == min(days):
                    with database.atomic():
                        database.execute(self.DROP[table], day, portions[table])

    def _sweep(self) -> None:
        """Delete files of the cache that were replaced, and those of other versions that nobody wrote to for long."""
        epoch = _epoch(self._path)
        for path in self._home.glob("seen-*.*.db*"):
            with suppress(OSError):
                mine = path.name.startswith(_PREFIX)
                aged = path.stat().st_mtime < (self._day - self._limits.days) * _DAY_S
                if (mine and _epoch(path) < epoch) or (not mine and aged):
                    path.unlink()

    # Opening, and what goes wrong

    def _open(self, epoch: int) -> None:
        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path = self._home / f"{_PREFIX}{epoch}.db"
            # Made here, as SQLite would let everybody read it; and marked as in use, see _sweep.
            self._path.touch(mode=0o600)
            with translated(_WHAT):
                self._database = Database.connect(self._path, _SCHEMA, _WHAT, disposable=True)
        except (OSError, StoreError) as error:
            self._failed(error)

    def _tried(self, work: Callable[[Database], _T], otherwise: _T) -> _T:
        """Do ``work``; when anything goes wrong with it, the run goes on as if nothing had been seen."""
        if self._database is None:
            return otherwise
        try:
            # A flipped bit can make a column of another type, or SQLite raise what a wrong query would: whatever goes
            # wrong in here is taken for damage, unless it is known to be none.
            with translated(_WHAT):
                return work(self._database)
        except StoreError as error:
            self._failed(error)
            return otherwise

    def _failed(self, error: Exception) -> None:
        """Do without the file for the rest of the run; leave a damaged one behind for an empty one, once."""
        self.close()
        self._note(error)
        if isinstance(error, IndexCorrupt | IndexOutdated) and not self._replaced:
            self._replaced = True
            self._open(_epoch(self._path) + 1)

    def _note(self, error: Exception) -> None:
        self.problem = self.problem or str(error)

    # Keys and checksums

    def _place(self, path: str, size: int) -> int:
        return _key(self._extractor, os.fsencode(path), str(size).encode())

    def _file_key(self, path: str, content_hash: bytes) -> int:
        return _key(self._extractor, os.fsencode(path), content_hash)

    def _file_crc(self, path: str, content_hash: bytes, facts: bytes) -> int:
        return zlib.crc32(facts, zlib.crc32(b"\0".join((self._extractor, os.fsencode(path), content_hash))))

    def _vector_key(self, embed_hash: bytes) -> int:
        return _key(self._model, embed_hash)

    def _vector_crc(self, embed_hash: bytes, half: bytes) -> int:
        return zlib.crc32(half, zlib.crc32(b"\0".join((self._model, embed_hash))))


def _key(*parts: bytes) -> int:
    """Return 64 bits of a digest over ``parts``, as the signed number that SQLite keeps."""
    digest = blake2b(digest_size=_KEY_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(4, "little") + part)
    return int.from_bytes(digest.digest(), "little", signed=True)


def _portions(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + _ASKED] for start in range(0, len(keys), _ASKED))


def _kept_bytes(database: Database) -> int:
    """Return the bytes of the pages that hold something."""
    pages = database.value("PRAGMA page_count") - database.value("PRAGMA freelist_count")
    return int(pages * database.value("PRAGMA page_size"))


def _epoch(path: Path) -> int:
    """Return the number in the name of a file of the cache; 0 for another name."""
    number = path.name.removeprefix(_PREFIX).partition(".")[0]
    return int(number) if number.isascii() and number.isdecimal() else 0
