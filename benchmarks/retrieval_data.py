"""Which questions are asked of which folders, how is an answer scored, and what would simpler searches answer?"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import tantivy

from mcp_server.embedding import Embedder
from mcp_server.retrieval.pages import hit_data
from mcp_server.retrieval.query import STOP_WORDS
from mcp_server.retrieval.search import Hit as EngineHit
from stores.index import Snapshot
from stores.words import index_terms

Row: TypeAlias = dict[str, Any]
Hits: TypeAlias = list[Row]
Search: TypeAlias = Callable[[str], Hits]

LIMIT = 50
DEPTH = 10
BUDGETS = (500, 1_000, 2_000, 4_000, 8_000)
SPAN_BUDGETS = (2_000, 8_000)
CHARS_PER_TOKEN = 4
FRAME_CHARS = 16
# The rows of this source are labelled for a folder of the repository; "root" asks them of that folder alone.
ROOTED = "semble"
# Words of a question that a person greps for, and lines of what the simple searches return.
GREP_WORDS = 20
WINDOW = 40


@dataclass(frozen=True)
class Task:
    """One question of one folder: ``prefix`` makes its paths those of the labels, ``part`` is the row of the table."""

    root: Path
    prefix: str
    part: str
    row: Row
    text: str


def tasks(rows: list[Row], snapshots: Path, *, mini: bool) -> list[Task]:
    """Return every question whose folder is there, by folder.

    semble's questions are asked of their root; all others, and semble's few that are ``mini``, of the whole repository,
    issues both by title and by their whole text.
    """
    found: list[Task] = []
    for row in rows:
        folder = snapshots / f"{row['repo'].replace('/', '+')}@{row['commit'][:12]}"
        below = (row.get("root") or "").strip("./")
        if row["source"] == ROOTED and (folder / below).is_dir():
            found.append(Task(folder / below, f"{below}/" if below else "", "root", row, row["query"]))
        if folder.is_dir() and (row.get("mini") or not mini):
            found.append(Task(folder, "", "full", row, row.get("title") or row["query"]))
            if row["kind"] == "issue":
                found.append(Task(folder, "", "whole", row, row["query"]))
    return sorted(found, key=lambda task: str(task.root))


def groups_of(task: Task, keys: Sequence[str]) -> list[str]:
    """Return the lines of the table that a task counts for."""
    if task.part == "root":
        names = ["semble, root"]
    elif task.part == "whole":
        names = ["full, issues by whole text"]
    else:
        names = ["full, all by title", f"full, {task.row['kind']}s"]
    return names + [f"{task.part}, {key}={task.row.get(key)}" for key in keys]


def score(row: Row, hits: Hits) -> dict[str, float]:
    """Return the figures of one answer; ranks are those of distinct files but for cNDCG, which counts passages."""
    relevant = {label["path"] for label in row["relevant"]}
    labels = [*row["relevant"], *row.get("secondary", ())]
    useful = {label["path"] for label in labels}
    files = list(dict.fromkeys(hit["path"] for hit in hits))
    ranks = [rank for rank, path in enumerate(files, 1) if path in relevant]
    gained = sum(_discount(rank) for rank, path in enumerate(files[:DEPTH], 1) if path in useful)
    out = {"NDCG@10": gained / _ideal(len(useful)), "cNDCG@10": _passages(row, labels, hits)}
    out |= {"MRR": 1 / ranks[0] if ranks else 0.0}
    out |= {f"R@{k}": len(relevant.intersection(files[:k])) / len(relevant) for k in (1, 5, DEPTH)}
    spans = {(r["path"], first, last) for r in row["relevant"] for first, last in r.get("spans", ())}
    for budget in BUDGETS:
        read = _read_within(hits, budget)
        out[f"<={budget}t"] = len(relevant & {hit["path"] for hit in read}) / len(relevant)
        if spans and budget in SPAN_BUDGETS:
            out[f"span {budget}t"] = sum(any(_covers(hit, span) for hit in read) for span in spans) / len(spans)
    return out


def _passages(row: Row, labels: list[Row], hits: Hits) -> float:
    """Return semble's own NDCG: the first passage of a label's file that overlaps its span, if any, meets it."""
    met: set[int] = set()
    for label in labels:
        spans = label.get("spans") if row["source"] == ROOTED else None
        for rank, hit in enumerate(hits[:DEPTH], 1):
            inside = not spans or any(_covers(hit, (label["path"], first, last)) for first, last in spans)
            if hit["path"] == label["path"] and inside:
                met.add(rank)
                break
    return sum(map(_discount, met)) / _ideal(len(labels))


def _covers(hit: Row, span: tuple[str, int, int]) -> bool:
    path, first, last = span
    return bool(hit["path"] == path and hit["start"] <= last and hit["end"] >= first)


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 1)


def _ideal(useful: int) -> float:
    return sum(_discount(rank) for rank in range(1, min(DEPTH, useful) + 1))


def _read_within(hits: Hits, budget: int) -> Hits:
    """Return the results that are read whole and in order until one does not fit."""
    read = []
    for hit in hits:
        budget -= math.ceil((hit["chars"] + len(hit["path"]) + FRAME_CHARS) / CHARS_PER_TOKEN)
        if budget < 0:
            break
        read.append(hit)
    return read


# --- simpler searches over the same files -----------------------------------------------------------------


class Windows:
    """The files of a snapshot in windows of forty lines, as BM25 and a grep see them: no symbols, no ranking."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._files: list[tuple[str, str]] = []
        self._windows: list[Row] = []
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
        builder.add_integer_field("number", stored=True, indexed=False)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        writer = self._index.writer(64_000_000, 1)
        for file in snapshot.files():
            text = snapshot.text(file.id)
            self._files.append((file.path, text.lower()))
            for window in _windows(file.path, text):
                terms = " ".join([*index_terms(file.path), *index_terms(window.pop("text"))])
                writer.add_document(tantivy.Document(text=terms, number=len(self._windows)))
                self._windows.append(window)
        writer.commit()
        self._index.reload()

    def bm25(self, text: str) -> Hits:
        """Return the best windows by BM25 over path and text in one field."""
        terms = [t for t in dict.fromkeys(index_terms(text)) if t not in STOP_WORDS][:300]
        wanted = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "text", term, index_option="freq"))
            for term in terms
        ]
        if not wanted:
            return []
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.boolean_query(wanted), LIMIT, count=False).hits
        return [self._windows[searcher.doc(address)["number"][0]] for _, address in found]

    def grep(self, text: str) -> Hits:
        """Return the files that hold most of the words, of each the window that does: what a patient grep finds."""
        words = [w for w in dict.fromkeys(re.findall(r"\w+", text.lower())) if len(w) > 2 and w not in STOP_WORDS]
        ranked = []
        for path, low in self._files:
            held = [low.count(word) for word in words[:GREP_WORDS]]
            if any(held):
                ranked.append((-sum(map(bool, held)), -sum(min(count, 50) for count in held), path, low))
        found = []
        for _, _, path, low in sorted(ranked)[:LIMIT]:
            windows = _windows(path, low)
            found.append(max(windows, key=lambda w: (sum(word in w["text"] for word in words), -w["start"])))
        return found


def _windows(path: str, text: str) -> list[Row]:
    lines = text.split("\n")
    return [
        {"path": path, "start": at + 1, "end": min(at + WINDOW, len(lines)), "chars": len(body), "text": body}
        for at in range(0, len(lines), WINDOW)
        if (body := "\n".join(lines[at : at + WINDOW])).strip()
    ]


def nearest(snapshot: Snapshot, embedder: Embedder, text: str) -> Hits:
    """Return the chunks nearest in meaning, in that order."""
    vector = embedder.embed_queries([text])[0]
    found = snapshot.nearest(vector, LIMIT) if vector.any() else []
    rows = snapshot.chunks([chunk_id for chunk_id, _ in found])
    return [hit_data(snapshot, EngineHit(rows[i], score)) for i, score in found if i in rows]


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def by_root(found: Sequence[Task]) -> dict[Path, list[Task]]:
    """Return the tasks of each folder."""
    places: dict[Path, list[Task]] = defaultdict(list)
    for task in found:
        places[task.root].append(task)
    return dict(places)


def counted(found: Sequence[Task]) -> str:
    """Return how many questions and folders there are, in words."""
    parts = Counter(task.part for task in found)
    return f"{len(found)} questions of {len({task.root for task in found})} folders: " + ", ".join(
        f"{count} {part}" for part, count in sorted(parts.items())
    )
