"""How soon does an edit count, with many servers on one root, and how soon is a killed leader succeeded?

    python benchmarks/freshness.py [ROOT] [--servers 6] [--edits 20] [--kills 5]

ROOT is any folder of Python code; it is copied to a temporary folder first and never written to. Without it a small
tree is made. Each server is a process of its own, spoken to over its pipes as a host does. Printed are the wall
milliseconds from an edit until it is published though nobody asked; of the first call after an edit, at the leader and
at another server; from kill -9 of the leader until another leads; of a look at an unchanged disk; and how many answers
were wrong: without the edit, and without a word about it.
"""

import argparse
import json
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

from index_speed import machine
from serving import HANDSHAKE, PATIENCE_S, Host

from mcp_server.config import IndexOptions, load
from mcp_server.indexing.disk import Disk

SMALL = 100
LOOKS = 20


class Fleet:
    """Servers on one root."""

    def __init__(self, root: Path, home: Path, size: int) -> None:
        self.root, self.home = root, home
        self.folder = load(root, {"TRISTORE_HOME": str(home)}).index_folder
        self.hosts = [self.started() for _ in range(size)]
        self.edits = self.wrong = 0

    def started(self) -> Host:
        """Start a server."""
        host = Host(self.root, self.home)
        host.ask("initialize", HANDSHAKE)
        host.initialized()
        return host

    def close(self) -> None:
        """End all servers."""
        for host in self.hosts:
            host.__exit__(None, None, None)

    def leader(self) -> Host | None:
        """Return the server that leads and watches, if there is one."""
        try:
            card: dict[str, Any] = json.loads((self.folder / "leader.json").read_text())
        except (OSError, ValueError):
            return None
        alive = [host for host in self.hosts if host.process.pid == card["pid"]]
        return alive[0] if alive and card["watching"] else None

    def generation(self) -> int:
        """Return the number of the published generation."""
        with closing(sqlite3.connect(f"file:{self.folder / 'relations.db'}?mode=ro", uri=True)) as relations:
            return int(relations.execute("SELECT generation FROM state").fetchone()[0])

    def edit(self) -> str:
        """Change a file; return the name that is in it now."""
        self.edits += 1
        name = f"benchmark_edit_{self.edits}"
        (self.root / "benchmark_edited.py").write_text(f"def {name}():\n    return {self.edits}\n")
        return name

    def asked(self, host: Host, name: str) -> float:
        """Ask for a name; return the milliseconds."""
        started = time.perf_counter()
        text, _ = host.call("search_code", {"query": name})
        self.wrong += f"def {name}(" not in text and "changed on disk" not in text
        return (time.perf_counter() - started) * 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, nargs="?")
    parser.add_argument("--servers", type=int, default=6)
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--kills", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        if arguments.root is None:
            root.mkdir()
            for number in range(SMALL):
                (root / f"m{number}.py").write_text(f"def f{number}():\n    return f{(number + 1) % SMALL}()\n")
        else:
            copytree(arguments.root, root, symlinks=True, ignore=ignore_patterns(".git"))
        fleet = Fleet(root, Path(scratch) / "home", arguments.servers)
        try:
            measure(fleet, arguments.edits, arguments.kills)
        finally:
            fleet.close()


def measure(fleet: Fleet, edits: int, kills: int) -> None:
    until(lambda: all("being made" not in host.call("search_code", {"query": "f"})[0] for host in fleet.hosts))
    until(fleet.leader)
    print(machine())
    print(f"{len(fleet.hosts)} servers; milliseconds: median, longest")
    show("edit to published, nobody asks", [published(fleet) for _ in range(edits)])
    leader = until(fleet.leader)
    others = [host for host in fleet.hosts if host is not leader]
    show("first call after an edit, leader", [fleet.asked(leader, fleet.edit()) for _ in range(edits)])
    if others:
        show("first call after an edit, another", [fleet.asked(others[0], fleet.edit()) for _ in range(edits)])
        show("kill -9 of the leader to the next", [succeeded(fleet) for _ in range(kills)])
    disk = Disk(fleet.root, IndexOptions())
    disk.look()
    show(f"look at {len(disk.files):,} unchanged files", [timed(disk.look) for _ in range(LOOKS)])
    print(f"wrong answers: {fleet.wrong}")


def published(fleet: Fleet) -> float:
    before = fleet.generation()
    fleet.edit()
    return timed(lambda: until(lambda: fleet.generation() > before))


def succeeded(fleet: Fleet) -> float:
    leader = until(fleet.leader)
    leader.process.send_signal(signal.SIGKILL)
    leader.process.wait()
    fleet.hosts.remove(leader)
    took = timed(lambda: until(fleet.leader))
    for host in fleet.hosts:
        fleet.asked(host, fleet.edit())
    fleet.hosts.append(fleet.started())
    return took


def until(done: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := done()):
        if time.monotonic() > deadline:
            sys.exit(f"nothing happened for {PATIENCE_S:.0f} s")
        time.sleep(0.002)
    return found


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1_000


def show(what: str, milliseconds: list[float]) -> None:
    print(f"{what:40} {statistics.median(milliseconds):8.0f} {max(milliseconds):8.0f}")


if __name__ == "__main__":
    main()
