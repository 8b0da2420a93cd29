"""How is SQLite spoken to?

One connection to one SQLite file, and the only module that knows SQLite: opening with a schema that is never
migrated, queries as plain tuples, transactions, and its errors as ``StoreError``.
"""

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stores.errors import IndexBusy, IndexCorrupt, IndexEmpty, IndexOutdated, StoreError

# A writer waits for another writer's transaction, and a reader for a checkpoint; both end within a second.
_BUSY_MS = 10_000

# Who works with a file that can be done without does without it rather than wait longer.
_BUSY_DISPOSABLE_MS = 1_000

# A bulk load leaves a long write-ahead log behind; beyond this many bytes it is cut after a checkpoint.
_WAL_KEEP_BYTES = 64 << 20

# SQLite takes room for so many bytes of its shared memory file by writing one of them. Where the disk's blocks are
# smaller that leaves holes, and to write into one ends the process (SIGBUS) when the disk is full.
_SHARED_PAGE_BYTES = 4_096
# Room for the shared memory of a write-ahead log of half a gigabyte.
_SHARED_BYTES = 1 << 20

Row = tuple[Any, ...]


def schema_version(schema: str) -> int:
    """Return the version of a schema, made from its text, so that no change can forget it; 31 bits, never 0."""
    return (zlib.crc32(schema.encode()) >> 1) or 1


class Database:
    """One connection. Not for two threads at once; any thread may use it in turn."""

    def __init__(self, connection: sqlite3.Connection, what: str, *, frozen: bool = False) -> None:
        self._connection = connection
        self._what = what
        self._translated = _Translated(what)
        self.frozen = frozen
        """Whether it sees the file as it was when it was opened: the file lies where nothing can be written."""

    @classmethod
    def connect(
        cls, path: Path | None, schema: str, what: str, *, writable: bool = True, disposable: bool = False
    ) -> Self:
        """Open the file ``path``, or a database in memory when it is None.

        Args:
            path: The file. A writable connection creates it, and the tables in a file without any.
            schema: The statements that make the tables.
            what: What the file holds, for messages: "the relations".
            writable: Whether the connection may write.
            disposable: Whether the file can be lost without harm: then it is not waited for long, the last
                transactions may be lost with the power, and free pages can be given back.

        Raises:
            IndexOutdated: The file was made with another schema.
            IndexCorrupt: The file is no database.
            IndexEmpty: A reader finds no tables in it.
            StoreError: The file cannot be read.
        """
        if path is not None and not writable and not os.access(path.parent, os.W_OK):
            database = cls(_connection(_frozen_target(path, what), 0, what), what, frozen=True)
            database._prepared(schema, writable=False, disposable=False)
            return database
        target = ":memory:" if path is None else f"{path.absolute().as_uri()}?mode={'rwc' if writable else 'rw'}"
        timeout = (_BUSY_DISPOSABLE_MS if disposable else _BUSY_MS) / 1000
        database = cls(_connection(target, timeout, what), what)
        database._prepared(schema, writable=writable, disposable=disposable)
        if path is not None:
            _fill_holes(path)
        return database

    def _prepared(self, schema: str, *, writable: bool, disposable: bool) -> None:
        try:
            self._prepare(schema, writable=writable, disposable=disposable)
        except BaseException:
            self.close()
            raise

    def _prepare(self, schema: str, *, writable: bool, disposable: bool) -> None:
        self.execute("PRAGMA foreign_keys = ON")
        if writable:
            if disposable and self.value("PRAGMA page_count") == 0:
                # Only a file without pages can be told so, and the journal's mode is written on a page.
                self.execute("PRAGMA auto_vacuum = INCREMENTAL")
            self.execute("PRAGMA journal_mode = WAL")
            self.execute(f"PRAGMA synchronous = {'NORMAL' if disposable else 'FULL'}")
            self.execute(f"PRAGMA journal_size_limit = {_WAL_KEEP_BYTES}")
        else:
            self.execute("PRAGMA query_only = ON")
        # In this order: tables that another connection makes meanwhile are of this version.
        tables = self.value("SELECT count(*) FROM sqlite_schema")
        version, wanted = self.value("PRAGMA user_version"), schema_version(schema)
        if version == 0 and tables == 0:
            if not writable:
                raise IndexEmpty(f"{self._what} hold no tables")
            self._create(schema, wanted)
        elif version != wanted:
            raise IndexOutdated(f"the index has schema version {version}, this program writes {wanted}")

    def _create(self, schema: str, version: int) -> None:
        """Make the tables, unless another connection has made them meanwhile."""
        # One transaction, so that a crash leaves a file without tables and never half of them.
        script = f"BEGIN IMMEDIATE; PRAGMA user_version = {version}; {schema} COMMIT;"
        try:
            with self._translated:
                self._connection.executescript(script)
        except sqlite3.OperationalError:
            self._rollback()
            if self.value("PRAGMA user_version") != version:
                raise

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self._connection.close()

    def rows(self, sql: str, *params: Any) -> Iterator[Row]:
        """Yield the rows that ``sql`` finds, as plain tuples, while they are read."""
        with self._translated:
            yield from self._connection.execute(sql, params)

    def one(self, sql: str, *params: Any) -> Row | None:
        """Return the first row that ``sql`` finds, or None."""
        with self._translated:
            row: Row | None = self._connection.execute(sql, params).fetchone()
            return row

    def value(self, sql: str, *params: Any) -> Any:
        """Return the first column of the one row that ``sql`` always finds."""
        row = self.one(sql, *params)
        assert row is not None
        return row[0]

    def execute(self, sql: str, *params: Any) -> int:
        """Run one statement and return how many rows it changed (-1 when it changes none by nature)."""
        with self._translated:
            return self._connection.execute(sql, params).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of ``rows``."""
        with self._translated:
            self._connection.executemany(sql, rows)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """A write transaction: everything within is stored when it ends, or nothing when it raises."""
        self.execute("BEGIN IMMEDIATE")
        try:
            # A row may be written before the one it refers to; the rules are checked when the transaction ends.
            self.execute("PRAGMA defer_foreign_keys = ON")
            yield
            self.execute("COMMIT")
        except BaseException:
            self._rollback()
            raise

    @contextmanager
    def read(self) -> Iterator[None]:
        """A read transaction: every query within sees the same state."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            self._rollback()

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def give_back(self, pages: int) -> None:
        """Return up to ``pages`` free pages of a disposable file to the disk."""
        with self._translated:
            # A script, because a statement alone frees one page and stops.
            self._connection.executescript(f"PRAGMA incremental_vacuum({pages})")

    def check(self, *, thorough: bool = False) -> list[str]:
        """Return what SQLite finds wrong with the file's pages; [] when it is sound.

        A ``thorough`` check also compares every index with its table, in three times the time.
        """
        check = "integrity_check" if thorough else "quick_check"
        try:
            return [row[0] for row in self.rows(f"PRAGMA {check}(10)") if row[0] != "ok"]
        except IndexCorrupt as error:
            return [str(error)]


def _connection(target: str, timeout: float, what: str) -> sqlite3.Connection:
    with _Translated(what):
        return sqlite3.connect(target, timeout=timeout, isolation_level=None, uri=True, check_same_thread=False)


def _frozen_target(path: Path, what: str) -> str:
    """Return how to read a file in a folder where nothing can be written, and so nobody here writes it.

    Raises:
        StoreError: Not all of it is in the file: a writer that was killed left its log beside it.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        said = f"{what} cannot be read: a process that was killed left changes beside them, and the folder is read-only"
        raise StoreError(said, "make the folder writable, and ask once more")
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def _fill_holes(path: Path) -> None:
    """Take room for the whole of SQLite's shared memory where its pages would have holes and the disk is not full."""
    shared = path.with_name(f"{path.name}-shm")
    with suppress(AttributeError, OSError):  # no such calls on Windows; without room there is nothing to take
        if os.statvfs(path.parent).f_frsize >= _SHARED_PAGE_BYTES:
            return
        descriptor = os.open(shared, os.O_RDWR)
        try:
            os.posix_fallocate(descriptor, 0, _SHARED_BYTES)
        finally:
            os.close(descriptor)


class _Translated:
    """Turns what SQLite says about a damaged, locked or full file into a ``StoreError``.

    A class, because it is entered hundreds of thousands of times in a run and a generator takes ten times as long.
    """

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, UnicodeDecodeError):
            raise IndexCorrupt(f"{self._what} are damaged: {error}") from error
        if not isinstance(error, sqlite3.Error):
            return
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise IndexCorrupt(f"{self._what} are damaged: {error}") from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise IndexBusy(f"{self._what} are locked: {error}") from error
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise StoreError(f"{self._what} cannot be used: {error}", "check the disk and its permissions") from error
