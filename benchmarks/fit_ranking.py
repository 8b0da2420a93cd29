"""Which weights rank the files of the open questions best, and what are they worth on repositories not fitted on?

    python benchmarks/fit_ranking.py --queries open.jsonl --snapshots FOLDER --home INDEXES

Prints NDCG@10 of the weights in ``retrieval/rerank.py``, of weights fitted with the repositories of each question left
out (four folds, two shuffles), of weights fitted on all, and the latter as the table that ``rerank.py`` holds.

LambdaRank (Burges, Ragno and Le, NIPS 2006) with a linear model: gradients of pairs of a relevant and another file,
weighted by what swapping them changes in NDCG. Weights are drawn towards ``PRIOR``, one rounded set for both kinds of
query, and never change their sign: a signal that the open questions say little about keeps a sensible weight.
"""

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from retrieval_data import DEPTH, Task, by_root, groups_of, read_rows, tasks

from mcp_server.app import App
from mcp_server.config import Settings, load
from mcp_server.embedding import open_embedder
from mcp_server.retrieval.query import parse
from mcp_server.retrieval.recall import recall
from mcp_server.retrieval.rerank import WEIGHTS, kind_of
from mcp_server.retrieval.scope import Scope
from mcp_server.retrieval.search import gathered
from stores.index import Index

PRIOR = {
    "words": 0.5,
    "meaning": 0.4,
    "defines": 0.6,
    "defines_word": 0.1,
    "file_name_in_query": 0.4,
    "file_name_near": 0.4,
    "in_folders": 0.3,
    "pointed": 0.8,
    "mentioned": 0.6,
    "near_best": 0.4,
    "used": 0.15,
    "lines": 0.8,
    "test": -1.0,
    "asked_test": -0.3,
    "shim": -0.7,
    "generated": -1.0,
    "prose": -1.4,
    "config": -0.8,
}
NAMES = list(PRIOR)
FOLDS, SHUFFLES = 4, 2
# A pull of .03 or .4 is worth as much on repositories left out, within .01.
STEPS, RATE, PULL, SHARPNESS = 60, 0.05, 0.1, 4.0
# Pairs of files below this rank change nothing that is read.
DEEPEST, COMPARED = 60, 40
# A question of a whole repository is nearer to what an agent asks than one of a folder.
PART_WEIGHTS = {"root": 1.0, "full": 2.0, "whole": 2.0}

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Question:
    """One question: the signals of each file (files, signals), which are relevant, and how many there are in all."""

    task: Task
    kind: str
    signals: Array
    relevant: Array
    total: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=Path, required=True, metavar="FILE")
    parser.add_argument("--snapshots", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--home", type=Path, required=True, metavar="FOLDER", help="keeps the indexes")
    parser.add_argument("--candidates", type=int, metavar="N", help="how many chunks of each store are ranked")
    parser.add_argument("--mini", action="store_true", help="a few questions a repository, not every one")
    arguments = parser.parse_args()
    found = tasks(read_rows(arguments.queries), arguments.snapshots, mini=arguments.mini)
    wanted = {} if arguments.candidates is None else {"candidates": arguments.candidates}
    questions = [
        question
        for root, asked in by_root(found).items()
        for question in gathered_questions(load(root, {"TRISTORE_HOME": str(arguments.home)}, wanted), asked)
    ]
    held = {kind: np.array([weights[name] for name in NAMES]) for kind, weights in WEIGHTS.items()}
    show("in rerank.py", [(q, held[q.kind]) for q in questions])
    show("prior", [(q, np.array(list(PRIOR.values()))) for q in questions])
    show("left out", [pair for seed in range(SHUFFLES) for pair in left_out(questions, seed)])
    fitted = fit_kinds(questions)
    show("fitted", [(q, fitted[q.kind]) for q in questions])
    for at, name in enumerate(NAMES):
        print(f"{name:20}" + "".join(f"{kind:>10} {fitted[kind][at]:6.2f}" for kind in fitted))


def gathered_questions(settings: Settings, asked: list[Task]) -> list[Question]:
    """Index one folder and return the signals of its questions."""
    app = App(settings)
    app.index()
    app.close()
    embedder = open_embedder(settings.model)
    index = Index(settings.index_folder, bytes(settings.root))
    questions = []
    with index.snapshot() as snapshot:
        for task in asked:
            query = parse(task.text, "auto", settings.retrieval.max_query_chars)
            if query.kind in ("exact", "regex"):
                continue
            recalled = recall(snapshot, embedder, query, Scope(), settings.retrieval.candidates)
            files = gathered(snapshot, embedder, query, recalled, Scope())
            labels = {r["path"] for r in [*task.row["relevant"], *task.row.get("secondary", ())]}
            signals = np.array([[file.signals.get(name, 0.0) for name in NAMES] for file in files])
            relevant = np.array([task.prefix + file.chunks[0][0].path in labels for file in files])
            if files:
                questions.append(Question(task, kind_of(query), signals, relevant, len(labels)))
    index.close()
    embedder.close()
    return questions


def left_out(questions: list[Question], seed: int) -> list[tuple[Question, Array]]:
    """Return each question with weights that were fitted without its repository."""
    repositories = sorted({q.task.row["repo"] for q in questions})
    np.random.default_rng(seed).shuffle(repositories)
    pairs = []
    for fold in range(FOLDS):
        held = set(repositories[fold::FOLDS])
        fitted = fit_kinds([q for q in questions if q.task.row["repo"] not in held])
        pairs += [(q, fitted[q.kind]) for q in questions if q.task.row["repo"] in held]
    return pairs


def fit_kinds(questions: list[Question]) -> dict[str, Array]:
    return {kind: fit([q for q in questions if q.kind == kind]) for kind in WEIGHTS}


def fit(questions: list[Question]) -> Array:
    """Return the weights of one kind of query."""
    prior = np.array(list(PRIOR.values()))
    weights, first, second = prior.copy(), np.zeros(len(prior)), np.zeros(len(prior))
    usable = [q for q in questions if q.relevant.any()]
    whole = sum(PART_WEIGHTS[q.task.part] for q in usable)
    for step in range(1, STEPS + 1):
        slope = sum((PART_WEIGHTS[q.task.part] * slope_of(q, weights) for q in usable), np.zeros(len(prior))) / whole
        slope += PULL * (weights - prior)
        # Adam (Kingma and Ba, ICLR 2015).
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        weights -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        weights = np.where(prior > 0, np.maximum(weights, 0.0), np.minimum(weights, 0.0))
    return weights


def slope_of(question: Question, weights: Array) -> Array:
    """Return the direction in which the weights make this question's order worse."""
    scores = question.signals @ weights
    order = np.argsort(-scores, kind="stable")[:DEEPEST]
    rank = np.full(len(scores), DEEPEST)
    rank[order] = np.arange(len(order))
    gains = np.where(rank < 2 * DEPTH, 1 / np.log2(rank + 2), 0.1)
    others = order[~question.relevant[order]][:COMPARED]
    slope = np.zeros(len(weights))
    for at in np.flatnonzero(question.relevant):
        wrong = 1 / (1 + np.exp(np.clip((scores[at] - scores[others]) * SHARPNESS, -30, 30)))
        force = wrong * np.abs(gains[at] - gains[others]) / ideal(question.total)
        slope -= force.sum() * question.signals[at] - force @ question.signals[others]
    return slope


def ideal(total: int) -> float:
    return sum(1 / math.log2(rank + 2) for rank in range(min(DEPTH, total)))


def ndcg(question: Question, weights: Array) -> float:
    order = np.argsort(-(question.signals @ weights), kind="stable")[:DEPTH]
    return float((question.relevant[order] / np.log2(np.arange(len(order)) + 2)).sum() / ideal(question.total))


def show(label: str, weighted: list[tuple[Question, Array]]) -> None:
    groups: dict[str, list[float]] = {}
    for question, weights in weighted:
        for name in groups_of(question.task, ()):
            groups.setdefault(name, []).append(ndcg(question, weights))
    for name, values in sorted(groups.items()):
        print(f"{label:14}{name:32}{len(values):5}{sum(values) / len(values):8.3f}", flush=True)


if __name__ == "__main__":
    main()
