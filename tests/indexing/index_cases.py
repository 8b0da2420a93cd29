"""What does an index hold, told without ids, and what would one made from scratch hold?"""

import random
from pathlib import Path

import numpy as np

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.indexing.indexer import Indexer
from stores.fulltext import FIELDS
from stores.index import Snapshot
from stores.relations import Relations
from stores.words import index_terms

# Whatever has an id is shown by what it belongs to, so that two indexes of the same files look the same.
SYMBOL = "(SELECT hex(f.path) || ':' || s.position FROM symbols s JOIN files f ON f.id = s.file_id WHERE s.id = {})"
FILE = "(SELECT hex(path) FROM files WHERE id = {})"
PLACE = """ || ':' || line || ':' || "column" || callee"""
CALL = f"(SELECT {FILE.format('file_id')}{PLACE} FROM calls WHERE id = {{}})"
HIDDEN = {
    "state": {
        *("generation", "next_chunk_id", "fulltext_epoch", "exact_epoch", "exact_rows", "vectors_epoch"),
        *("vectors_version", "vectors_generation", "indexed_id", "indexed_rows"),
    },
    "chunks": {"id", "generation", "crc"},
    "linked": {"reads"},
}
# What is left over from earlier states, or tells of runs.
PASSING = {"tombs", "vector_tombs", "runs", "seals", "vectors", "sqlite_sequence"}
# Stands in no text.
NOWHERE = "qqqq"


def contents(relations: Relations) -> dict[str, list[tuple]]:
    """Every row of every table, without ids, in order."""
    found = {}
    tables = {row[0] for row in relations.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table in sorted(tables - PASSING):
        columns = [row[1] for row in relations.rows(f"PRAGMA table_info({table})")]
        shown = [shown_column(table, c) for c in columns if c not in HIDDEN.get(table, {"id"})]
        found[table] = sorted(relations.rows(f"SELECT {', '.join(shown)} FROM {table}"), key=repr)
    used = "SELECT embed_hash, model, vector FROM vectors WHERE embed_hash IN (SELECT embed_hash FROM chunks)"
    found["vectors"] = sorted(relations.rows(used))
    return found


def derived(snapshot: Snapshot) -> dict[str, dict]:
    """What the derived stores find for every word there is, in each field, and for some vectors; without ids."""
    chunks = {c.id: c for file in snapshot.files() for c in snapshot.chunks_in(file.id)}
    spans = {number: (chunk.path, chunk.line_start, chunk.line_end) for number, chunk in chunks.items()}
    texts = [f"{c.path} {c.name} {c.qualified_name} {c.signature} {snapshot.chunk_text(c)}" for c in chunks.values()]
    words = {term for text in texts for term in index_terms(text)} | {NOWHERE}

    def places(hits: list[tuple[int, float]]) -> list[tuple]:
        return sorted(spans[number] for number, _ in hits)

    found = {
        f"{field}: {word}": places(snapshot.fulltext({word: 1.0}, {field: 1.0}, len(spans) + 1))
        for field in FIELDS
        for word in words
    }
    kinds = {kind for chunk in chunks.values() for kind in chunk.kinds.split()}
    near = {}
    for seed in range(3):
        vector = np.random.default_rng(seed).standard_normal(snapshot.dimensions).astype(np.float32)
        for kind in [None, *sorted(kinds)]:
            hits = snapshot.nearest(vector, len(spans) + 1, None, kind and [kind])
            near[seed, kind] = sorted((spans[number], round(score, 4)) for number, score in hits)
    assert snapshot.degraded == ()
    return {"fulltext": found, "nearest": near}


def shown_column(table: str, column: str) -> str:
    if (table, column) == ("imports", "target_id"):
        return FILE.format("imports.target_id")
    if column == "file_id":
        return FILE.format(f"{table}.file_id")
    if column in ("symbol_id", "parent_id", "caller_id", "source_id", "target_id"):
        return SYMBOL.format(f"{table}.{column}")
    return CALL.format("edges.call_id") if column == "call_id" else f'{table}."{column}"'


class Case:
    """A root, its index, and what a second index from scratch would hold."""

    def __init__(self, folder: Path, files: dict[str, str | bytes] | None = None, **options):
        self.root = folder / "tree"
        self.root.mkdir(parents=True)
        self.folder, self.options = folder, options
        for path, text in (files or {}).items():
            self.write(path, text)
        self.app = self.opened("home")

    def opened(self, home: str) -> App:
        return App(load(self.root, {"TRISTORE_HOME": str(self.folder / home)}, self.options))

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def rows(self, app: App | None = None) -> dict[str, list[tuple]]:
        with (app or self.app)._index.snapshot() as snapshot:
            assert not any(snapshot.verify().values())
            return {**contents(snapshot._relations), **derived(snapshot)}

    def skips(self) -> dict[str, str]:
        with self.app._index.snapshot() as snapshot:
            return {skip.path: skip.reason for skip in snapshot.skips()}

    def paths(self) -> list[str]:
        with self.app._index.snapshot() as snapshot:
            return [file.path for file in snapshot.files()]

    def indexer(self) -> Indexer:
        return Indexer(self.app._index, self.app._embedder(), self.app._settings)

    def check_equals_one_from_scratch(self, *queries: str) -> None:
        fresh = self.opened(f"scratch{random.random()}")
        fresh.index()
        mine, wanted = self.rows(), self.rows(fresh)
        for table in wanted:
            assert mine[table] == wanted[table], table
        for query in queries:
            assert hits(self.app, query) == hits(fresh, query), query
        fresh.close()


def hits(app: App, query: str) -> list[str]:
    data = app.search(query, limit=50).data
    assert "hits" in data, data
    return sorted(f"{hit['path']}:{hit['start']}" for hit in data["hits"])
