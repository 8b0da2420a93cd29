"""How does the time of a search grow with the repository?

    python benchmarks/scaling.py TREE TREE ... [--home FOLDER] [--sizes 30000,100000,300000,500000]
    python benchmarks/scaling.py --home FOLDER

The trees, any folders of code, the first of them with Python, are laid side by side in one root, one after another,
until its index holds so many chunks; without trees, what is there is measured, also while another process indexes it.
At each size the same 50 questions are asked of a warm engine in this process (half of them names of symbols, half
first sentences of docstrings), and wall and CPU milliseconds of an answer of ``search_code`` printed, from the question
to its text; the wall milliseconds of the search in the words and in the vectors alone; how many of the nearest vectors
that finds, in per cent; and the milliseconds of a look at the whole disk, which a server spares (docs/freshness.md).
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from index_speed import ROOT, machine, status_mb
from serving import chosen

sys.path.insert(0, str(ROOT))
from mcp_server.config import limit_threads

limit_threads()

from mcp_server.app import App  # noqa: E402 (numpy is told first how many threads it may start)
from mcp_server.config import Settings, load  # noqa: E402
from mcp_server.embedding import open_embedder  # noqa: E402
from mcp_server.indexing.disk import Disk  # noqa: E402
from mcp_server.retrieval import answers, recall  # noqa: E402
from mcp_server.retrieval.query import parse  # noqa: E402
from mcp_server.retrieval.search import Request  # noqa: E402
from stores.exact import ExactVectors, Known  # noqa: E402
from stores.index import Index  # noqa: E402

SIZES = "30000,100000,300000,500000"
# Of the trees that were tried a chunk takes so much text; only decides when the chunks are counted.
BYTES_A_CHUNK = 600
COLUMNS = (
    "chunks",
    "files",
    "index s",
    "p50 ms",
    "p95 ms",
    "CPU ms",
    "words ms",
    "vectors ms",
    "found %",
    "look ms",
    "MB",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs="*", metavar="TREE")
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="keeps the copies and the index")
    parser.add_argument("--sizes", default=SIZES, help="numbers of chunks at which questions are asked")
    arguments = parser.parse_args()
    trees = list(arguments.trees)
    with tempfile.TemporaryDirectory() as scratch:
        home = (arguments.home or Path(scratch)).resolve()
        root = home / "side by side"
        root.mkdir(parents=True, exist_ok=True)
        settings = load(root, {"TRISTORE_HOME": str(home)})
        print(machine())
        print("".join(f"{name:>11}" for name in COLUMNS))
        questions: list[str] = []
        for size in map(int, arguments.sizes.split(",") if trees else ["0"]):
            seconds = grow(settings, trees, size)
            questions = questions or [asked["query"] for asked in chosen(root, home)["search_code"]]
            measure(settings, questions, seconds)


def grow(settings: Settings, trees: list[Path], size: int) -> float:
    """Add trees until there are ``size`` chunks, or no tree is left; return the seconds that indexing took."""
    spent = 0.0
    while (missing := size - chunks(settings)[0]) > 0 and trees:
        wanted = missing * BYTES_A_CHUNK
        while wanted > 0 and trees:
            tree = trees.pop(0)
            copy = settings.root / tree.name
            shutil.copytree(tree, copy, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
            wanted -= sum(path.stat().st_size for path in copy.rglob("*") if path.is_file() and not path.is_symlink())
        app = App(settings)
        started = time.perf_counter()
        app.index()
        spent += time.perf_counter() - started
        app.close()
    return spent


def chunks(settings: Settings) -> tuple[int, int]:
    """Return how many chunks and files are indexed."""
    index = Index(settings.index_folder, os.fsencode(settings.root))
    if not index.exists():
        return 0, 0
    with index.snapshot() as snapshot:
        counts = snapshot.counts()
    index.close()
    return counts["chunks"], counts["files"]


def measure(settings: Settings, questions: Sequence[str], index_s: float) -> None:
    """Ask every question once and print a line of the table."""
    embedder = open_embedder(settings.model)
    index = Index(settings.index_folder, os.fsencode(settings.root))
    walls, cpus = [], []
    for number, question in enumerate(["what is asked first", "what is asked second", *questions]):
        wall, cpu = time.perf_counter(), time.process_time()
        with index.snapshot() as snapshot:
            answers.search(snapshot, embedder, Request(question), settings.retrieval, [])
        if number > 1:
            walls.append((time.perf_counter() - wall) * 1_000)
            cpus.append((time.process_time() - cpu) * 1_000)
    resident = status_mb(os.getpid(), "VmRSS")
    words, vectors, found = legs(settings, questions)
    index.close()
    disk = Disk(settings.root, settings.index)
    disk.look()
    started = time.perf_counter()
    disk.look()
    look = (time.perf_counter() - started) * 1_000
    cuts = statistics.quantiles(walls, n=20, method="inclusive")
    numbers = (index_s, cuts[9], cuts[18], statistics.median(cpus), words, vectors, found, look, resident)
    print("".join(f"{n:>11,}" for n in chunks(settings)) + "".join(f"{n:>11.1f}" for n in numbers), flush=True)


def legs(settings: Settings, questions: Sequence[str]) -> tuple[float, float, float]:
    """Return the median milliseconds of the search in the words and in the vectors, and how many nearest that finds.

    The latter as a share in per cent of what a comparison with every vector finds.
    """
    embedder = open_embedder(settings.model)
    index = Index(settings.index_folder, os.fsencode(settings.root))
    count = settings.retrieval.candidates
    words, vectors = [], []
    near = wanted = 0
    with index.snapshot() as snapshot:
        folder = max(settings.index_folder.glob("exact.*"))
        rows = (folder / "vectors.f32").stat().st_size // (4 * snapshot.dimensions)
        every = ExactVectors(folder, snapshot.dimensions, rows, known=Known(rows), flat=True)
        for question in questions:
            query = parse(question, "auto", settings.retrieval.max_query_chars)
            started = time.perf_counter()
            snapshot.fulltext(query.terms, recall.BOOSTS, count)
            words.append((time.perf_counter() - started) * 1_000)
            vector = embedder.embed_queries([query.meaning])[0]
            started = time.perf_counter()
            found = snapshot.nearest(vector, count)
            vectors.append((time.perf_counter() - started) * 1_000)
            true = snapshot.chunks([chunk_id for chunk_id, _ in every.search(vector, count)]).keys()
            near += len(true & {chunk_id for chunk_id, _ in found})
            wanted += len(true)
    index.close()
    return statistics.median(words), statistics.median(vectors), 100 * near / max(wanted, 1)


if __name__ == "__main__":
    main()
