"""How good are the answers of the search, and which part of the ranking earns it?

    python benchmarks/retrieval.py --queries open.jsonl --snapshots FOLDER --titles --by kind,source,language
    python benchmarks/retrieval.py --queries open.jsonl --snapshots FOLDER --titles --ablate
    python benchmarks/retrieval.py --queries open.jsonl --snapshots FOLDER --titles --sweep

--ablate leaves parts of the ranking out; --sweep halves each tuned number and raises it by half, one at a time.

open.jsonl has a question a line and the files that answer it at a commit of a public repository. FOLDER holds those
repositories as plain folders OWNER+NAME@COMMIT (12 characters); questions without a folder are left out. Rows of semble
and sivru are asked of their ``root`` folder, as their authors do, all others of the whole repository. --titles asks
issues by their first line, --mini few questions a repository; --home keeps the indexes for the next time.

Per question, then the plain mean: NDCG@10 (binary gains over relevant and secondary files), MRR, the share of the
relevant files among the first 1, 5 and 10 distinct files, and the share of them met within 500 to 4,000 tokens when the
first 20 results are read in order (4 characters are a token; path and frame of a result count, too; reading stops at
the first that does not fit). Milliseconds are wall time inside a warm process.
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from index_speed import machine

from mcp_server.app import App
from mcp_server.config import RetrievalOptions, Settings, load
from mcp_server.embedding import Embedder, open_embedder
from mcp_server.retrieval import rerank, search
from mcp_server.retrieval.fuse import fuse
from mcp_server.retrieval.query import parse
from mcp_server.retrieval.recall import BOOSTS, recall
from mcp_server.retrieval.search import Hit, Request
from stores.index import Index, Snapshot

LIMIT = 20
DEPTH = 10
BUDGETS = (500, 1_000, 2_000, 4_000)
CHARS_PER_TOKEN = 4
FRAME_CHARS = 16
# The rows of these are labelled relative to a folder of the repository.
ROOTED = ("semble", "sivru")
COLUMNS = ("NDCG@10", "MRR", "R@1", "R@5", "R@10", *(f"<={budget}t" for budget in BUDGETS))

Row: TypeAlias = dict[str, Any]
Answers: TypeAlias = Callable[[Snapshot, Embedder, str, RetrievalOptions], list[Hit]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=Path, required=True, metavar="FILE")
    parser.add_argument("--snapshots", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--titles", action="store_true")
    parser.add_argument("--mini", action="store_true", help="at most seven questions a repository")
    parser.add_argument("--by", default="kind", metavar="KEY,KEY")
    parser.add_argument("--ablate", action="store_true", help="also with parts of the ranking left out")
    parser.add_argument("--sweep", action="store_true", help="also with each tuned number smaller and larger")
    parser.add_argument("--home", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.queries.read_text("utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if row.get("mini") or not arguments.mini]
    places = by_place(rows, arguments.snapshots)
    here = sum(map(len, places.values()))
    if not here:
        sys.exit(f"no question has its snapshot in {arguments.snapshots}")
    variants = {"full": VARIANTS["full"]}
    variants |= VARIANTS if arguments.ablate else {}
    variants |= sweep() if arguments.sweep else {}
    results: list[tuple[Row, dict[str, dict[str, float]]]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for (root, prefix), asked in places.items():
            settings = load(root, {"TRISTORE_HOME": str(arguments.home or scratch)})
            results += answered(settings, prefix, asked, variants, titles=arguments.titles)
    print(machine())
    asked_as = "titles" if arguments.titles else "whole texts"
    print(f"{here} of {len(rows)} questions have a snapshot ({len(places)} roots); issues are asked by {asked_as}")
    show(results, [key for key in arguments.by.split(",") if key], list(variants))


def by_place(rows: list[Row], snapshots: Path) -> dict[tuple[Path, str], list[Row]]:
    """Return the rows by (folder to index, what its paths begin with in the labels)."""
    places: dict[tuple[Path, str], list[Row]] = defaultdict(list)
    for row in rows:
        folder = snapshots / f"{row['repo'].replace('/', '+')}@{row['commit'][:12]}"
        below = (row.get("root") or "").strip("./") if row["source"] in ROOTED else ""
        if (folder / below).is_dir():
            places[folder / below, f"{below}/" if below else ""].append(row)
    return dict(sorted(places.items()))


# --- the ways to answer -----------------------------------------------------------------------------------


def in_mode(mode: str) -> Answers:
    def find(snapshot: Snapshot, embedder: Embedder, text: str, options: RetrievalOptions) -> list[Hit]:
        return search.find(snapshot, embedder, Request(text, mode=mode), options).hits

    return find


def fused(snapshot: Snapshot, embedder: Embedder, text: str, options: RetrievalOptions) -> list[Hit]:
    """Answer in the order of the fused lists: no signal of the reranking."""
    request = Request(text)
    query = parse(text, "auto", options.max_query_chars)
    if query.kind in ("exact", "regex"):
        return search.find(snapshot, embedder, request, options).hits
    recalled = recall(snapshot, embedder, query, search.scope_of(snapshot, request), options.candidates)
    candidates = fuse(recalled.lists, search.WEIGHTS[query.kind])
    chunks = snapshot.chunks([c.chunk_id for c in candidates])
    return [Hit(chunks[c.chunk_id], c.score) for c in candidates if c.chunk_id in chunks]


# The numbers of the reranking.
TUNED = (
    *("DEFINITION", "NAMED_IN_WORDS", "PATH_WORDS", "COHERENCE", "FILE_DECAY", "TEST_FACTOR", "SHIM_FACTOR"),
    *("PACKAGE_FACTOR", "STUB_FACTOR", "PROSE_FACTOR", "CONFIG_FACTOR"),
)

VARIANTS: dict[str, Answers] = {
    "full": in_mode("auto"),
    "fused order": fused,
    "keyword": in_mode("keyword"),
    "semantic": in_mode("semantic"),
}


def varied(holder: dict[str, Any], name: str, factor: float) -> Answers:
    """Answer with the number ``holder[name]`` multiplied by ``factor``."""

    def find(snapshot: Snapshot, embedder: Embedder, text: str, options: RetrievalOptions) -> list[Hit]:
        kept = holder[name]
        holder[name] = kept * factor
        try:
            return search.find(snapshot, embedder, Request(text), options).hits
        finally:
            holder[name] = kept

    return find


def sweep() -> dict[str, Answers]:
    """Return an answer for each tuned number made smaller and larger by half."""
    numbers: list[tuple[str, dict[str, Any], str]] = [("boost ", BOOSTS, name) for name in BOOSTS]
    numbers += [(f"{kind} ", table, name) for kind, table in search.WEIGHTS.items() for name in table]
    numbers += [("", vars(rerank), name) for name in TUNED]
    return {f"{label}{name} x{f}": varied(holder, name, f) for label, holder, name in numbers for f in (0.5, 1.5)}


def answered(
    settings: Settings, prefix: str, rows: list[Row], variants: dict[str, Answers], *, titles: bool
) -> Iterator[tuple[Row, dict[str, dict[str, float]]]]:
    """Index one folder and yield each of its rows with the score of every variant."""
    app = App(settings)
    app.index()
    app.close()
    embedder = open_embedder(settings.model)
    index = Index(settings.index_folder, os.fsencode(settings.root))
    with index.snapshot() as snapshot:
        for find in variants.values():
            find(snapshot, embedder, "warm up", settings.retrieval)
        names = list(variants)
        for number, row in enumerate(rows):
            text: str = (titles and row.get("title")) or row["query"]
            scores = {}
            # Whoever is first reads the texts from the disk: take turns.
            for name in names[number % len(names) :] + names[: number % len(names)]:
                started = time.perf_counter()
                found = variants[name](snapshot, embedder, text, settings.retrieval)[:LIMIT]
                hits = [search.hit_data(snapshot, hit) for hit in found]
                ms = (time.perf_counter() - started) * 1_000
                scores[name] = {**score(row, [{**hit, "path": prefix + hit["path"]} for hit in hits]), "ms": ms}
            yield row, scores
    index.close()
    embedder.close()


# --- the score of an answer -------------------------------------------------------------------------------


def score(row: Row, hits: list[Row]) -> dict[str, float]:
    relevant = {label["path"] for label in row["relevant"]}
    useful = relevant | {label["path"] for label in row.get("secondary", ())}
    files = list(dict.fromkeys(hit["path"] for hit in hits))
    ranks = [rank for rank, path in enumerate(files, 1) if path in relevant]
    gained = sum(discount(rank) for rank, path in enumerate(files[:DEPTH], 1) if path in useful)
    ideal = sum(discount(rank) for rank in range(1, min(DEPTH, len(useful)) + 1))
    out = {"NDCG@10": gained / ideal, "MRR": 1 / ranks[0] if ranks else 0.0}
    out |= {f"R@{k}": len(relevant.intersection(files[:k])) / len(relevant) for k in (1, 5, DEPTH)}
    for budget in BUDGETS:
        out[f"<={budget}t"] = len(relevant & read_within(hits, budget)) / len(relevant)
    return out


def discount(rank: int) -> float:
    return 1 / math.log2(rank + 1)


def read_within(hits: list[Row], budget: int) -> set[str]:
    """Return the files met when results are read whole and in order until one does not fit."""
    met: set[str] = set()
    for hit in hits:
        budget -= math.ceil((hit["chars"] + len(hit["path"]) + FRAME_CHARS) / CHARS_PER_TOKEN)
        if budget < 0:
            break
        met.add(hit["path"])
    return met


# --- the table --------------------------------------------------------------------------------------------


def show(results: list[tuple[Row, dict[str, dict[str, float]]]], keys: list[str], variants: list[str]) -> None:
    groups: dict[str, list[dict[str, dict[str, float]]]] = {"all": [scores for _, scores in results]}
    for key in keys:
        for value in sorted({str(row.get(key)) for row, _ in results}):
            groups[f"{key}={value}"] = [scores for row, scores in results if str(row.get(key)) == value]
    wide = 30 + 26 * (len(variants) > 1)
    print(f"{'':{wide}}{'n':>5}" + "".join(f"{name:>9}" for name in (*COLUMNS, "p50 ms", "p95 ms")))
    for group, scored in groups.items():
        for variant in variants:
            each = [scores[variant] for scores in scored]
            means = "".join(f"{sum(one[name] for one in each) / len(each):>9.3f}" for name in COLUMNS)
            ms = sorted(one["ms"] for one in each)
            label = f"{group:30}" + (f"{variant:26}" if len(variants) > 1 else "")
            print(f"{label}{len(each):>5}{means}{percentile(ms, 50):>9.1f}{percentile(ms, 95):>9.1f}")
    if "keyword" in variants:
        print("keyword and semantic keep the reranking (keyword with the names of symbols); fused order leaves it out")


def percentile(ordered: list[float], share: int) -> float:
    """Return the smallest value that ``share`` per cent of the values do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


if __name__ == "__main__":
    main()
