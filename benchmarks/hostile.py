"""What do parse workers cost in memory, and what does hostile source cost them?

    python benchmarks/hostile.py [ROOT] [--workers N] [--growth BYTES] [--size BYTES] [--only NAME ...]

First, what a worker's memory consists of: resident and own (unshared) megabytes of a process after each step. Then,
with ROOT, the proportional share (PSS: a page that n processes share counts 1/n in each) of the fork server and all
workers while every file of ROOT is parsed, looked at after every 100 files. Last, each source of
``tests/hostile_sources.py`` at ``--size`` bytes (default: the largest a file may have): seconds of a worker's
processor, its largest size, and what became of the file. Memory is read from /proc, so this runs on Linux.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mcp_server.config import IndexOptions  # noqa: E402 (after the path is set)
from mcp_server.indexing.pool import Pool  # noqa: E402
from mcp_server.indexing.walk import walk  # noqa: E402
from mcp_server.indexing.worker import Task  # noqa: E402
from stores.facts import Skip  # noqa: E402
from tests.hostile_sources import SOURCES  # noqa: E402

LOOK_EVERY_FILES = 100
STEPS = {
    "interpreter": "",
    "imports of parsing": "import mcp_server.indexing.forkserver",
    "token table": "from mcp_server import tokens; tokens.count('x')",
    "Python's grammar": "from mcp_server.languages import language_named; language_named('python').extract('x', '')",
    "one file parsed": "language_named('python').extract('x', 'def f(): ...')",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, nargs="?")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--growth", type=int, default=IndexOptions().worker_growth_bytes, help="worker_growth_bytes")
    parser.add_argument("--size", type=int, default=IndexOptions().max_file_bytes - 10_000)
    parser.add_argument("--only", nargs="*", default=list(SOURCES))
    arguments = parser.parse_args()
    show_steps()
    if arguments.root:
        options = replace(IndexOptions(), workers=arguments.workers, worker_growth_bytes=arguments.growth)
        show_tree(arguments.root.resolve(), options)
    print(f"\n{'source of ' + str(arguments.size) + ' bytes':28} {'CPU s':>7} {'peak MB':>8}  outcome")
    for name in arguments.only:
        show_source(name, arguments.size)


def memory(process: int | str) -> dict[str, float]:
    """Return the megabytes that the kernel notes for a process, by their names in smaps_rollup."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(value.split()[0]) / 1024 for name, _, value in (line.partition(":") for line in lines)}


def show_steps() -> None:
    look = "print(*[l.split()[1] for l in open('/proc/self/smaps_rollup') if l.startswith(('Rss', 'Private'))])"
    script = "\n".join(f"{step}\n{look}" for step in STEPS.values())
    answer = subprocess.run([sys.executable, "-P", "-c", script], check=True, capture_output=True, text=True)
    print(f"{'one process after':28} {'RSS MB':>7} {'own MB':>7}")
    for name, line in zip(STEPS, answer.stdout.splitlines(), strict=True):
        resident, *private = (int(number) / 1024 for number in line.split())
        print(f"{name:28} {resident:7.1f} {sum(private):7.1f}")


def show_tree(root: Path, options: IndexOptions) -> None:
    tasks = [Task(file.path, file.size, file.changed_ns, None) for file in walk(root, options).files]
    looks: list[tuple[float, list[float]]] = []
    started, before = time.monotonic(), cpu_seconds()
    with Pool(root, options, parallel=True) as pool:
        for number, _ in enumerate(pool.parse(tasks), 1):
            if number % LOOK_EVERY_FILES == 0:
                shares = [share for process in pool.processes(with_server=True) if (share := pss(process))]
                looks.append((sum(shares), shares))
        peak = pool.peak_bytes / 2**20
    seconds, cpu = time.monotonic() - started, cpu_seconds() - before
    total, shares = max(looks)
    print(f"\n{len(tasks)} files, {options.workers} workers, {seconds:.1f} s, {cpu:.1f} s of processor time")
    print(f"largest worker ever {peak:.0f} MB resident")
    print(f"fork server and workers together at most {total:.0f} MB PSS: {' '.join(f'{each:.0f}' for each in shares)}")


def pss(process: int) -> float:
    try:
        return memory(process)["Pss"]
    except (OSError, KeyError):  # it ended meanwhile
        return 0.0


def show_source(name: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / name).write_text(SOURCES[name](size), encoding="utf-8")
        options = replace(IndexOptions(), max_file_bytes=max(size * 2, IndexOptions().max_file_bytes))
        tasks = [Task(file.path, file.size, file.changed_ns, None) for file in walk(root, options).files]
        before = cpu_seconds()
        with Pool(root, options, parallel=True) as pool:
            (result,) = pool.parse(tasks)
        outcome = result.reason if isinstance(result, Skip) else "parsed"
        if not isinstance(result, Skip) and result.facts.problems:
            outcome = result.facts.problems[0].message
        print(f"{name:28} {cpu_seconds() - before:7.1f} {pool.peak_bytes / 2**20:8.0f}  {outcome[:70]}", flush=True)


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
