"""Do many servers on one root share its index, whoever of them is killed?"""

import json
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcp_server.app import App
from mcp_server.config import load
from tests.host_pipes import Pipes

# Generous, because a loaded machine is slow; benchmarks/freshness.py measures.
PATIENCE_S = 60.0


class Fleet:
    """Some servers on one root, each a process; requests to all of them are sent at once."""

    def __init__(self, root: Path, home: Path, size: int) -> None:
        self.root = root
        self.folder = load(root, {"TRISTORE_HOME": str(home)}).index_folder
        self.servers = [Pipes(root) for _ in range(size)]
        self._number = 0
        self._threads = ThreadPoolExecutor(size)
        list(self._threads.map(Pipes.hello, self.servers))

    def close(self) -> None:
        self._threads.shutdown()
        for server in self.servers:
            server.kill()

    def search(self, query: str) -> list[str]:
        """Return what every server answers."""
        self._number += 1
        return list(self._threads.map(lambda s: s.call(self._number, "search_code", {"query": query}), self.servers))

    def indexed(self) -> None:
        """Wait until every server answers from a complete index."""
        wait_until(lambda: not any("being made" in answer for answer in self.search("start")))

    def leader(self) -> int:
        """Return the process id of the leader, 0 while nobody leads and watches."""
        try:
            card = json.loads((self.folder / "leader.json").read_text())
        except (OSError, ValueError):
            return 0
        alive = card["pid"] in [server.process.pid for server in self.servers]
        return card["pid"] if alive and card["watching"] else 0

    def kill_leader(self) -> None:
        """Kill -9 the leader and wait for its successor; put a new server in its place."""
        pid = wait_until(self.leader)
        at = next(n for n, server in enumerate(self.servers) if server.process.pid == pid)
        os.kill(pid, signal.SIGKILL)
        self.servers[at].kill()
        self.servers[at] = Pipes(self.root)
        self.servers[at].hello()
        assert wait_until(self.leader) != pid


def wait_until(done):
    deadline = time.monotonic() + PATIENCE_S
    while not (found := done()):
        assert time.monotonic() < deadline
    return found


@pytest.fixture
def fleet(tree, home):
    fleets = []

    def start(size: int) -> Fleet:
        root = tree({f"m{n}.py": f"def start{n}(): return start{n + 1}()\n" for n in range(12)})
        fleets.append(Fleet(root, home, size))
        return fleets[-1]

    yield start
    for each in fleets:
        each.close()


@pytest.mark.parametrize(
    ("size", "kills"), [(6, 3), pytest.param(32, 40, marks=pytest.mark.slow)], ids=["six", "thirty-two"]
)
def test_every_answer_is_right_while_leaders_are_killed(fleet, tree, home, size, kills):
    servers = fleet(size)
    servers.indexed()
    for number in range(kills):
        tree({"m3.py": f"def edited{number}(): ...\n"})
        for answer in servers.search(f"edited{number}"):
            # The edit, or that it is not in yet; never the old text as if it were the new.
            assert f"def edited{number}(" in answer or "changed on disk" in answer, answer
        wait_until(lambda: all(f"def edited{number}(" in a for a in servers.search(f"edited{number}")))  # noqa: B023
        servers.kill_leader()
    app = App(load(servers.root, {"TRISTORE_HOME": str(home)}))
    with app._index.snapshot() as snapshot:
        assert not any(snapshot.verify().values())
    app.close()


def test_the_leader_indexes_what_nobody_asks_about(fleet, tree, home):
    servers = fleet(2)
    servers.indexed()
    wait_until(servers.leader)
    app = App(load(servers.root, {"TRISTORE_HOME": str(home)}))

    def found(name: str) -> bool:
        with app._index.snapshot() as snapshot:
            return bool(snapshot.symbols_named(name, 1))

    tree({"m5.py": "def unasked(): ...\n", "new/folder/n.py": "def below(): ...\n"})
    wait_until(lambda: found("unasked") and found("below"))
    tree({"new/folder/n.py": "def below_again(): ...\n"})
    wait_until(lambda: found("below_again"))
    (servers.root / "m5.py").unlink()
    wait_until(lambda: not found("unasked"))
    app.close()


def test_an_edit_is_in_the_next_answer(fleet, tree):
    servers = fleet(1)
    servers.indexed()
    wait_until(servers.leader)
    for number in range(10):
        tree({"m3.py": f"def edited{number}(): ...\n"})
        assert f"def edited{number}(" in servers.search(f"edited{number}")[0]


def test_a_leader_that_hangs_is_not_waited_for_twice(fleet, tree):
    servers = fleet(2)
    servers.indexed()
    pid = wait_until(servers.leader)
    other = next(server for server in servers.servers if server.process.pid != pid)
    os.kill(pid, signal.SIGSTOP)
    try:
        for number in range(3):
            tree({"m3.py": f"def hung{number}(): ...\n"})
            assert f"def hung{number}(" in other.call(100 + number, "search_code", {"query": f"hung{number}"})
    finally:
        os.kill(pid, signal.SIGCONT)


def test_an_index_folder_deleted_while_it_is_served_is_made_again_and_led_by_one(fleet, tree):
    servers = fleet(3)
    servers.indexed()
    wait_until(servers.leader)
    shutil.rmtree(servers.folder)
    servers.indexed()
    wait_until(servers.leader)
    tree({"m3.py": "def after(): ...\n"})
    wait_until(lambda: all("def after(" in answer for answer in servers.search("after")))
