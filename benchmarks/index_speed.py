"""How fast is a folder indexed, again, after a change, at another place, after a change of branch; in how much memory?

    python benchmarks/index_speed.py ROOT [--repeat 3] [--workers N]

ROOT is any folder of source code; it is copied to a temporary folder first (a clone works, ``.git`` is left out) and
never written to. Each run is a fresh process of the command line. Times are medians over the repetitions; CPU seconds
are those of the process and its workers; both contain the start of Python and the process that afterwards brings
LanceDB up to date, "run s" does not. "other" is the part of the run outside its stages (opening the stores).
Memory is the largest resident size that the kernel noted for the process, looked at ten times a second, and for the
largest of its workers.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("walk", "open", "parse", "embed", "keep", "write", "link")
ENDINGS = (".py", ".js", ".ts", ".go", ".rs", ".java", ".md")
LOOK_EVERY_S = 0.1
RUNS = ("cold", "no change", "a comment added to one file", "a function added to one file")
# What was seen before: in another folder (a worktree, a clone), or in this one (a branch that comes back).
SECOND, SWITCHED, BACK = "a second copy of the folder", "every tenth file changed", "and changed back"
SWITCH_EVERY = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int)
    arguments = parser.parse_args()
    if not arguments.root.is_dir():
        sys.exit(f"{arguments.root} is not a folder")
    found: dict[str, list[dict[str, Any]]] = {run: [] for run in (*RUNS, SECOND, SWITCHED, BACK)}
    with tempfile.TemporaryDirectory() as scratch:
        copy, home = Path(scratch) / arguments.root.resolve().name, Path(scratch) / "index"
        copytree(arguments.root, copy, symlinks=True, ignore=ignore_patterns(".git"))
        second = Path(scratch) / "second"
        copytree(copy, second, symlinks=True)
        original = edited_file(copy)
        before = original.read_bytes()
        for number in range(arguments.repeat):
            rmtree(home, ignore_errors=True)
            original.write_bytes(before)
            for run in RUNS:
                if run in RUNS[2:]:
                    original.write_bytes(original.read_bytes() + addition(original, run, number))
                found[run].append(measured(copy, home, arguments.workers))
            found[SECOND].append(measured(second, home, arguments.workers))
            with switched(second):
                found[SWITCHED].append(measured(second, home, arguments.workers))
            found[BACK].append(measured(second, home, arguments.workers))
        megabytes = indexed_megabytes(copy, home)
        cache = sum(path.stat().st_size for path in home.glob("seen-*")) / 1e6
    print(machine())
    show(found, megabytes, original.relative_to(copy))
    print(f"what was seen, facts and vectors of all runs, takes {cache:.1f} MB")


def source_files(folder: Path) -> list[Path]:
    """Return the files in the language that the folder has most of, by size."""
    files = [path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file() and path.stat().st_size]
    if not files:
        sys.exit(f"{folder.name} holds no file that ends in {', '.join(ENDINGS)}")
    suffixes = [path.suffix for path in files]
    most = max(ENDINGS, key=suffixes.count)
    return sorted((path for path in files if path.suffix == most), key=lambda path: (path.stat().st_size, path))


def edited_file(folder: Path) -> Path:
    """Return the file of median size in the language that the folder has most of."""
    ordered = source_files(folder)
    return ordered[len(ordered) // 2]


@contextmanager
def switched(folder: Path) -> Iterator[None]:
    """Have another content in every tenth source file, as after a change of branch."""
    before = {path: path.read_bytes() for path in source_files(folder)[::SWITCH_EVERY]}
    for number, (path, content) in enumerate(before.items()):
        path.write_bytes(content + addition(path, SWITCHED, number))
    yield
    for path, content in before.items():
        path.write_bytes(content)


def addition(path: Path, run: str, number: int) -> bytes:
    """Return what is appended: a comment says nothing to other files, a new name makes every call be linked again."""
    if path.suffix == ".py":
        text = f"# remark {number}" if run == RUNS[2] else f"def benchmark_{number}():\n    return {number}"
    else:
        text = f"remark {number}" if path.suffix == ".md" else f"// remark {number} {run}"
    return f"\n{text}\n".encode()


def measured(folder: Path, home: Path, workers: int | None) -> dict[str, Any]:
    """Index ``folder`` in a new process; return its report, its wall and CPU seconds and its memory."""
    environment = {**os.environ, "TRISTORE_HOME": str(home), **({"TRISTORE_WORKERS": str(workers)} if workers else {})}
    command = [sys.executable, "-m", "mcp_server", "index", "--json", "--path", str(folder)]
    before, clock = os.times(), os.times().elapsed
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    peak, done = [0.0], threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, peak, done))
    watcher.start()
    output, _ = process.communicate()
    done.set()
    watcher.join()
    after = os.times()
    if process.returncode:
        sys.exit(f"indexing ended with exit code {process.returncode}")
    report: dict[str, Any] = json.loads(output)
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    # Without /proc what the process itself has noted, before it let the one that settles take its place.
    peaks = {"parent": peak[0] or report["peak_mb"], "worker": report["worker_peak_mb"]}
    return {"report": report, "wall": after.elapsed - clock, "cpu": cpu, "peaks": peaks}


def watch(pid: int, peak: list[float], done: threading.Event) -> None:
    """Note the peak of a process, and of what takes its place, until ``done``."""
    while not done.wait(LOOK_EVERY_S):
        peak[0] = max(peak[0], status_mb(pid, "VmHWM"))


def status_mb(pid: int, field: str) -> float:
    """Return a memory field of a process in MB (10^6 bytes); 0 where /proc does not have it."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(field)), 0.0)


def machine() -> str:
    """Return the machine in general terms."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{cores} cores, {memory:.0f} GB memory, Python {platform.python_version()}, {platform.system()}"


def indexed_megabytes(folder: Path, home: Path) -> float:
    """Return the size of the indexed text; called last, because the engine would make this process large."""
    sys.path.insert(0, str(ROOT))
    from mcp_server.config import load
    from stores.index import Index

    settings = load(folder, {"TRISTORE_HOME": str(home)})
    with Index(settings.index_folder, os.fsencode(settings.root)).snapshot() as snapshot:
        return sum(file.size for file in snapshot.files()) / 1e6


def show(found: dict[str, list[dict[str, Any]]], megabytes: float, edited: Path) -> None:
    last = found[RUNS[-1]][-1]["report"]
    counts = ", ".join(f"{last['counts'][name]:,} {name}" for name in ("symbols", "chunks", "calls"))
    print(f"{last['files']:,} files, {megabytes:.1f} MB of text, {counts}; edited: {edited.as_posix()}")
    heads = ("wall s", "run s", "CPU s", "files/s", "MB/s", "symbols/s", *STAGES, "other", "peak MB", "worker MB")
    heads += ("reused", "of files", "texts")
    print(f"{'':30}" + "".join(f"{head:>10}" for head in heads))
    for run, rows in found.items():
        seconds = median(row["report"]["seconds"] for row in rows)
        stages = [median(row["report"]["stages"].get(stage, 0.0) for row in rows) for stage in STAGES]
        cells = [median(row["wall"] for row in rows), seconds, median(row["cpu"] for row in rows)]
        cells.append(last["files"] / seconds)
        # Only a cold run reads all the text.
        cells += [amount / seconds if run == RUNS[0] else 0.0 for amount in (megabytes, last["counts"]["symbols"])]
        cells += [*stages, max(0.0, seconds - sum(stages))]
        cells += [max(row["peaks"][who] for row in rows) for who in ("parent", "worker")]
        report = rows[-1]["report"]
        cells += [report["reused_files"], report["added"] + report["changed"], report["reused_vectors"]]
        print(f"{run:30}" + "".join(f"{shown(cell):>10}" for cell in cells))
    cold, again = (median(row["wall"] for row in found[run]) for run in RUNS[:2])
    print(f"without a change it takes 1/{cold / again:.0f} of the time of a cold run")


def shown(cell: float) -> str:
    """Return a count or seconds as text."""
    return (f"{cell:,}" if isinstance(cell, int) else f"{cell:,.2f}") if cell else "-"


def median(values: Any) -> float:
    return float(statistics.median(values))


if __name__ == "__main__":
    main()
