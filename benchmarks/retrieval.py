"""How good are the answers of the search, what do simpler searches answer, and which signal earns what?

    python benchmarks/retrieval.py --queries open.jsonl --snapshots FOLDER --by source,kind,language
    python benchmarks/retrieval.py --queries open.jsonl --snapshots FOLDER --ablate
    python benchmarks/retrieval.py --queries open.jsonl --snapshots FOLDER --out FILE --plot FILE.svg

open.jsonl has a question a line and the files that answer it at a commit of a public repository. FOLDER holds those
repositories as plain folders OWNER+NAME@COMMIT (12 characters); questions without a folder are left out. semble's
questions are asked of the folder that their authors index (root), and the few questions a repository that are marked
``mini`` (--all: all of them) of the whole repository (full), issues by title and by their whole text.

Every answer is the first 50 hits of the engine behind ``tristore batch``. Per question, then the plain mean: NDCG@10
(binary gains over relevant and secondary files), cNDCG@10 (the same over passages, as semble counts), MRR, the share of
the relevant files among the first 1, 5 and 10 files, and of files and labelled spans met within so many tokens when
results are read in order (4 characters are a token; path and frame of a result count, too; reading stops at the first
that does not fit). Milliseconds are wall time inside a warm process. The baselines search the same files: BM25 and a
grep over windows of 40 lines, and the vectors alone.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from index_speed import machine
from recall_plot import plot
from retrieval_data import (
    BUDGETS,
    LIMIT,
    SPAN_BUDGETS,
    Hits,
    Row,
    Task,
    Windows,
    by_root,
    counted,
    groups_of,
    nearest,
    read_rows,
    score,
    tasks,
)

from mcp_server.app import App
from mcp_server.config import Settings, load
from mcp_server.embedding import open_embedder
from mcp_server.retrieval import recall, rerank
from stores.index import Index

COLUMNS = ("NDCG@10", "cNDCG@10", "MRR", "R@1", "R@5", "R@10")
COLUMNS += (*(f"<={b}t" for b in BUDGETS), *(f"span {b}t" for b in SPAN_BUDGETS))
Scored = dict[str, dict[str, float]]
# Not a signal of the ranking but of the recall: other forms of the words of a question.
FORMS = "forms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=Path, required=True, metavar="FILE")
    parser.add_argument("--snapshots", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--all", action="store_true", help="every question, not a few a repository")
    parser.add_argument("--by", default="", metavar="KEY,KEY", help="also by source, kind or language")
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--ablate", action="store_true", help="also with one signal switched off at a time")
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="keeps the indexes for the next time")
    parser.add_argument("--out", type=Path, metavar="FILE", help="writes the tables there, too")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draws recall against tokens")
    arguments = parser.parse_args()
    found = tasks(read_rows(arguments.queries), arguments.snapshots, mini=not arguments.all)
    if not found:
        sys.exit(f"no question has its snapshot in {arguments.snapshots}")
    results: list[tuple[Task, Scored]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for root, asked in by_root(found).items():
            settings = load(root, {"TRISTORE_HOME": str(arguments.home or scratch)})
            results += answered(settings, asked, baselines=not arguments.no_baselines, ablate=arguments.ablate)
    keys = [key for key in arguments.by.split(",") if key]
    text = "\n".join([machine(), counted(found), *table(results, keys)])
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", "utf-8")
    if arguments.plot:
        curves = {way: [scored[way] for task, scored in results if task.part == "full"] for way in results[0][1]}
        arguments.plot.write_text(plot(curves, BUDGETS), "utf-8")


# --- the ways to answer -----------------------------------------------------------------------------------


def answered(settings: Settings, asked: list[Task], *, baselines: bool, ablate: bool) -> Iterator[tuple[Task, Scored]]:
    """Index one folder and yield each of its questions with the score of every way to answer it."""
    app = App(settings)
    app.index()
    app.warm()
    switches = [None, *ablations()] if ablate else [None]
    engine = {f"without {off}" if off else "tristore": with_engine(app, asked, off) for off in switches}
    simple: dict[str, Callable[[str], Hits]] = {}
    index = Index(settings.index_folder, bytes(settings.root))
    embedder = open_embedder(settings.model)
    with index.snapshot() as snapshot:
        if baselines:
            windows = Windows(snapshot)
            simple = {"BM25": windows.bm25, "grep": windows.grep}
            simple["vectors"] = lambda text: nearest(snapshot, embedder, text)
        for number, task in enumerate(asked):
            scores = {way: scored(task, rows[number]["hits"], rows[number]["ms"]) for way, rows in engine.items()}
            for way, search in simple.items():
                started = time.perf_counter()
                hits = search(task.text)
                scores[way] = scored(task, hits, (time.perf_counter() - started) * 1_000)
            yield task, scores
    index.close()
    embedder.close()
    app.close()


def with_engine(app: App, asked: list[Task], off: str | None) -> list[Row]:
    """Return what ``tristore batch`` answers, one signal switched off."""
    rows = [{"id": n, "query": task.text, "limit": LIMIT} for n, task in enumerate(asked)]
    with switched_off(off):
        return list(app.batch(rows))


def scored(task: Task, hits: Hits, ms: float) -> dict[str, float]:
    return {**score(task.row, [{**hit, "path": task.prefix + hit["path"]} for hit in hits]), "ms": ms}


def ablations() -> list[str]:
    """Return what can be switched off."""
    return [FORMS, *rerank.WEIGHTS["sentence"]]


@contextmanager
def switched_off(name: str | None) -> Iterator[None]:
    """Leave one signal out."""
    kept = {kind: weights.copy() for kind, weights in rerank.WEIGHTS.items()}
    forms = recall.MAX_FORMS
    if name == FORMS:
        recall.MAX_FORMS = 0
    elif name:
        for weights in rerank.WEIGHTS.values():
            weights[name] = 0.0
    try:
        yield
    finally:
        recall.MAX_FORMS = forms
        rerank.WEIGHTS.update(kept)


# --- the table --------------------------------------------------------------------------------------------


def table(results: list[tuple[Task, Scored]], keys: list[str]) -> Iterator[str]:
    """Yield the lines of the table: per group, one line for each way to answer."""
    groups: dict[str, list[Scored]] = {}
    for task, scores in results:
        for name in groups_of(task, keys):
            groups.setdefault(name, []).append(scores)
    yield f"{'':54}{'n':>5}" + "".join(f"{name:>11}" for name in (*COLUMNS, "p50 ms", "p95 ms"))
    for group in sorted(groups, key=lambda name: ("=" in name, name)):
        members = groups[group]
        for way in members[0]:
            each = [scores[way] for scores in members]
            means = "".join(mean(each, column) for column in COLUMNS)
            ms = sorted(one["ms"] for one in each)
            spent = f"{percentile(ms, 50):>11.1f}{percentile(ms, 95):>11.1f}"
            yield f"{group:30}{way:24}{len(each):>5}{means}{spent}"


def mean(each: list[dict[str, float]], column: str) -> str:
    values = [one[column] for one in each if column in one]
    return f"{sum(values) / len(values):>11.3f}" if values else f"{'-':>11}"


def percentile(ordered: list[float], share: int) -> float:
    """Return the smallest value that ``share`` per cent of the values do not exceed."""
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


if __name__ == "__main__":
    main()
