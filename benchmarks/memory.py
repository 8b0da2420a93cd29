"""How much memory does tristore take while it indexes and serves, and does that grow with the repository?

    python benchmarks/memory.py ROOT [ROOT ...] [--files 1000,5000,10000,20000]

The files of the ROOTs (real code: unpacked sdists, installed packages, clones) are laid side by side, one from each in
turn, as hard links where possible, into a folder of so many files. It is indexed at the command line; then, with no
index again, a server is started on it as a host starts one and asked two questions a second while its child indexes;
then, with everything indexed, forty questions; then nothing. Numbers are MB (10^6 bytes) of the whole tree of
processes: the server, the indexing child, the parse workers. Memory is counted as proportional set size (PSS: pages
that several processes share count once), ten times a second; the largest sum counts. Also shown is the largest sum of
anonymous memory, which leaves out pages of mapped files that the kernel can drop at any time. Linux only: it reads
/proc.
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index_speed import ROOT, machine
from serving import HANDSHAKE, Host

FILES = (1_000, 5_000, 10_000, 20_000)
LOOK_EVERY_S = 0.1
ASK_EVERY_S = 0.5
SERVED = 40
IDLE_S = 5.0
INDEXING_S = 1_800.0
ENDINGS = {
    *(".py", ".md", ".rst", ".txt", ".js", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java", ".c", ".h", ".cpp", ".cs"),
    *(".rb", ".php", ".sh", ".toml", ".yml"),
}
QUESTIONS = (
    *("where are settings read", "parse the command line", "class that opens a connection", "retry with backoff"),
    *("how is the cache invalidated", "convert a date to text", "raise an error for bad input", "main entry point"),
)


@dataclass
class Watch:
    """The largest memory of a process and its descendants while the context lasts, in MB."""

    pid: int
    pss: float = 0.0
    anonymous: float = 0.0
    processes: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            pss, anonymous, processes = tree_mb(self.pid)
            self.pss, self.anonymous = max(self.pss, pss), max(self.anonymous, anonymous)
            self.processes = max(self.processes, processes)
            if self._done.wait(LOOK_EVERY_S):
                return


def tree_mb(pid: int) -> tuple[float, float, int]:
    """Return PSS and anonymous memory of a process and its descendants in MB, and how many they are."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    pss = anonymous = 0.0
    waiting, count = [pid], 0
    while waiting:
        each = waiting.pop()
        waiting += parents.get(each, [])
        try:
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines[1:]}
        pss, anonymous, count = pss + sizes.get("Pss", 0.0), anonymous + sizes.get("Pss_Anon", 0.0), count + 1
    return pss, anonymous, count


def sources(roots: list[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield (file, its path below the tree): one file of each root in turn."""
    for row in itertools.zip_longest(*map(files_of, roots)):
        yield from (pair for pair in row if pair is not None)


def files_of(root: Path) -> Iterator[tuple[Path, Path]]:
    for path in sorted(root.rglob("*")):
        if path.suffix in ENDINGS and path.is_file() and not path.is_symlink():
            yield path, Path(root.name) / path.relative_to(root)


def lay_out(roots: list[Path], files: int, folder: Path) -> int:
    """Lay ``files`` files side by side in ``folder`` and return how many there were."""
    count = 0
    for path, below in itertools.islice(sources(roots), files):
        target = folder / below
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except OSError:
            shutil.copyfile(path, target)
        count += 1
    return count


def index_alone(root: Path, home: Path) -> Watch:
    """Index ``root`` at the command line and return the memory of that."""
    command = [sys.executable, "-m", "mcp_server", "index", "--path", str(root)]
    environment = {**os.environ, "TRISTORE_HOME": str(home)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        with Watch(process.pid) as indexing:
            process.wait(INDEXING_S)
        if process.returncode:
            sys.exit(f"tristore index ended with {process.returncode}")
    return indexing


def measure(root: Path, home: Path) -> list[float]:
    """Index and serve ``root``; return seconds and the memory of each phase."""
    with Host(root, home) as host:
        host.ask("initialize", HANDSHAKE)
        host.initialized()
        started, asked = time.monotonic(), itertools.cycle(QUESTIONS)
        with Watch(host.process.pid) as indexing:
            ready = threading.Event()
            while time.monotonic() - started < INDEXING_S:
                text, error = host.call("search_code", {"query": next(asked)})
                if not error and "is being made" not in text:
                    break
                ready.wait(ASK_EVERY_S)
            else:
                sys.exit(f"not indexed within {INDEXING_S:.0f} s")
            seconds = time.monotonic() - started
            # The child still brings LanceDB up to date and leaves.
            while tree_mb(host.process.pid)[2] > 1 and time.monotonic() - started < INDEXING_S:
                ready.wait(ASK_EVERY_S)
        with Watch(host.process.pid) as serving:
            for question in itertools.islice(asked, SERVED):
                host.call("search_code", {"query": question})
                host.call("get_context", {"target": question})
        with Watch(host.process.pid) as idle:
            ready.wait(IDLE_S)
        return [seconds, indexing.pss, indexing.anonymous, serving.pss, serving.anonymous, idle.pss]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roots", type=Path, nargs="+", metavar="ROOT")
    parser.add_argument("--files", default=",".join(map(str, FILES)), metavar="N,N,...")
    arguments = parser.parse_args()
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("this system has no /proc/PID/smaps_rollup to read memory from")
    missing = [str(root) for root in arguments.roots if not root.is_dir()]
    if missing:
        sys.exit(f"{missing[0]} is not a folder")
    roots = [root.resolve() for root in arguments.roots]
    print(machine())
    print("MB of the whole process tree: PSS (of it anonymous)")
    print(f"{'files':>7}{'indexing':>18}{'s':>7}{'indexing and answering':>26}{'serving':>18}{'idle':>8}")
    for wanted in map(int, arguments.files.split(",")):
        # Beside the sources, so that hard links work.
        with tempfile.TemporaryDirectory(
            dir=roots[0].parent, prefix=".tristore-memory-", ignore_cleanup_errors=True
        ) as scratch:
            root = Path(scratch) / "tree"
            count = lay_out(roots, wanted, root)
            alone = index_alone(root, Path(scratch) / "alone")
            seconds, index, index_own, serve, serve_own, idle = measure(root, Path(scratch) / "served")
            both, served = f"{index:.0f} ({index_own:.0f})", f"{serve:.0f} ({serve_own:.0f})"
            print(f"{count:>7}{f'{alone.pss:.0f} ({alone.anonymous:.0f})':>18}{seconds:>7.0f}", end="")
            print(f"{both:>26}{served:>18}{idle:>8.0f}", flush=True)
            if count < wanted:
                print(f"the folders hold {count} source files in all", file=sys.stderr)
                return


if __name__ == "__main__":
    main()
