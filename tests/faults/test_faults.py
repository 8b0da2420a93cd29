"""Does the index survive what can happen to a process, a machine or a file?

A bounded sample of what ``benchmarks/faults.py`` does by the thousand; ``-m long`` runs more of it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fault_damage import WAYS, Damages
from fault_disks import Disk, Unavailable
from fault_pressure import Contest, Crowd, Fills, Takeovers
from fault_rounds import Cuts, Kills
from fault_victims import Nursery, last

SEED = 1
STORES = Path(__file__).parents[2] / "stores"
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
A_WEEK_S = 7 * 24 * 3600


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def disk(tmp_path):
    """Make a file system of a kind, mounted; where that cannot be, the test says why it is skipped."""
    made = []

    def make(kind):
        try:
            made.append(Disk(kind, tmp_path / kind))
        except Unavailable as why:
            pytest.skip(str(why))
        return made[-1]

    yield make
    for each in made:
        each.__exit__()


@pytest.fixture(scope="module")
def kills(nursery, tmp_path_factory):
    attack = Kills(nursery, tmp_path_factory.mktemp("kills") / "index", SEED)
    yield attack
    attack.close()


# --- processes that die -----------------------------------------------------------------------------------------


def strike(kills, kind, rounds):
    before, struck = len(kills.tally.failures), kills.tally.struck
    try:
        for number in range(rounds):
            kills.round(number, kind)
    except Unavailable as why:
        pytest.skip(str(why))
    assert kills.tally.failures[before:] == []
    assert kills.tally.struck - struck > rounds // 3


def test_every_failpoint_there_is_can_be_struck(kills):
    sources = "".join(path.read_text("utf-8") for path in STORES.glob("*.py"))
    assert set(kills.points()) == set(re.findall(r'reach\("(\w+)"\)', sources))


@pytest.mark.parametrize(("kind", "rounds"), [("failpoint", 10), ("call", 8), ("instant", 8)])
def test_a_killed_writer_leaves_one_whole_generation(kills, kind, rounds):
    strike(kills, kind, rounds)


@pytest.mark.long
@pytest.mark.parametrize("kind", Kills.KINDS)
def test_many_killed_writers_leave_one_whole_generation(kills, kind):
    strike(kills, kind, 500)


def test_another_takes_over_when_the_leader_is_killed(nursery, tmp_path):
    attack = Takeovers(nursery, tmp_path / "index", SEED, 3)
    try:
        for number in range(3):
            attack.round(number)
    finally:
        attack.close()
    assert attack.tally.failures == []
    assert len(attack.seconds) == 3


# --- machines that stop -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_what_was_acknowledged_is_there_after_the_power_was_cut(nursery, disk, kind):
    cut(nursery, disk(kind), 5)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_what_was_acknowledged_is_there_after_many_power_cuts(nursery, disk, kind):
    cut(nursery, disk(kind), 100)


def cut(nursery, disk, rounds):
    attack = Cuts(nursery, disk, SEED)
    for number in range(rounds):
        attack.round(number)
    assert attack.tally.failures == []
    assert attack.tally.survived == rounds


# --- disks that are full or may not be written ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ext4", "ext4 small blocks"])
def test_a_full_disk_stops_the_writer_and_nothing_else(nursery, tmp_path, disk, kind):
    fill(Fills(nursery, tmp_path / "index", SEED, disk(kind)), 4)


def test_a_file_that_may_not_grow_stops_the_writer_and_nothing_else(nursery, tmp_path):
    fill(Fills(nursery, tmp_path / "index", SEED), 3)


def fill(attack, rounds):
    for number in range(rounds):
        attack.round(number)
    assert attack.tally.failures == []
    assert attack.tally.struck > rounds // 2


@pytest.mark.parametrize("killed", [False, True])
def test_an_index_on_a_read_only_disk_answers_unless_a_killed_writer_left_it_unfinished(nursery, disk, killed):
    mounted = disk("ext4")
    folder = mounted.path / "index"
    options = {"point": "after_publish", "nth": 3} if killed else {}
    nursery.run("write", folder, seed=SEED, count=3, **options)
    mounted.again("ro")
    events = nursery.run("check", folder, seed=SEED, degraded=True)
    checked, raised = last(events, "checked"), last(events, "raised")
    if killed:
        assert raised["clean"]
    else:
        assert (checked["generation"], checked["wrong"]) == (3, [])
    refused = last(nursery.run("write", folder, seed=SEED, count=1), "raised")
    assert refused["clean"]
    mounted.again()
    assert nursery.run("check", folder, seed=SEED, repair=True)[-2]["wrong"] == []


def test_a_read_only_index_folder_is_answered_from_and_what_cannot_be_indexed_is_named(disk, tree):
    mounted = disk("ext4")
    root = tree({"shop.py": "def place_order():\n    return 1\n", "cart.py": "def fill_cart():\n    return 2\n"})

    def tristore(command, *words):
        # A process of its own: what has looked into a store keeps its files mapped, and the disk busy.
        line = [sys.executable, "-m", "mcp_server", command, "--path", str(root), "--json", *words]
        environment = {**os.environ, "TRISTORE_HOME": str(mounted.path / "home")}
        done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    tristore("index")
    mounted.again("ro")
    whole = tristore("search", "place_order")
    assert (whole["notes"], whole["hits"][0]["path"]) == ([], "shop.py")
    assert "fill_cart" in tristore("context", "fill_cart")["symbol"]
    (root / "cart.py").write_text("def empty_cart():\n    return 3\n")
    answer = tristore("search", "place_order")
    assert (answer["pending"], answer["hits"][0]["path"]) == (["cart.py"], "shop.py")
    assert "cannot be written" in answer["notes"][0]


def test_an_index_that_is_deleted_while_it_is_read_is_missing_and_then_the_new_one(nursery, tmp_path):
    folder = tmp_path / "index"
    nursery.run("write", folder, seed=SEED, count=3)
    with nursery.start("follow", folder, seed=SEED) as reader:
        reader.until("ready")
        reader.go()
        assert reader.until("checked")["wrong"] == []
        shutil.rmtree(folder)
        reader.go()
        assert reader.until("refused")["kind"] == "IndexMissing"
        nursery.run("write", folder, seed=SEED, count=1)
        reader.go()
        reader.until("checked")
        assert last(reader.kill(), "checked") == {"event": "checked", "generation": 1, "wrong": []}


# --- clocks that go back ----------------------------------------------------------------------------------------


def test_files_from_the_future_do_not_matter(nursery, tmp_path):
    folder = tmp_path / "index"
    nursery.run("write", folder, seed=SEED, count=4)
    for path in folder.rglob("*"):
        ahead = path.stat().st_mtime + A_WEEK_S
        os.utime(path, (ahead, ahead))
    nursery.run("write", folder, seed=SEED, count=6)
    assert nursery.run("check", folder, seed=SEED, repair=True)[-2]["wrong"] == []


def test_a_clock_that_is_set_back_does_not_matter(nursery, tmp_path):
    if not FAKETIME:
        pytest.skip("libfaketime is not installed")
    folder = tmp_path / "index"
    nursery.run("write", folder, seed=SEED, count=4)
    with Nursery(LD_PRELOAD=str(FAKETIME[0]), FAKETIME="-7d", FAKETIME_DONT_FAKE_MONOTONIC="1") as earlier:
        events = earlier.run("write", folder, seed=SEED, count=6)
        assert last(events, "ack")["generation"] == 10
        assert earlier.run("check", folder, seed=SEED, repair=True)[-2]["wrong"] == []
    assert nursery.run("check", folder, seed=SEED, repair=True)[-2]["wrong"] == []


# --- many at once -----------------------------------------------------------------------------------------------


def test_eight_processes_ask_while_one_writes(nursery, tmp_path):
    attack = Crowd(nursery, tmp_path / "index", SEED)
    attack.run(8, 5)
    assert attack.tally.failures == []
    assert attack.tally.rounds == 40


@pytest.mark.long
def test_eight_processes_ask_often_while_one_writes(nursery, tmp_path):
    attack = Crowd(nursery, tmp_path / "index", SEED)
    assert attack.run(8, 50) > 10
    assert attack.tally.failures == []
    assert attack.tally.rounds == 400


def test_of_many_writers_none_overwrites_another(nursery, tmp_path):
    attack = Contest(nursery, tmp_path / "index", SEED)
    attack.run(3, 2)
    assert attack.tally.failures == []


# --- files that are damaged -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def damages(nursery, tmp_path_factory):
    return Damages(nursery, tmp_path_factory.mktemp("damages"), SEED)


def test_a_damaged_file_is_noticed_and_mended(damages):
    rounds(damages, range(0, len(damages.groups()) * len(WAYS), len(WAYS)))


@pytest.mark.long
def test_many_damaged_files_are_noticed_and_mended(damages):
    rounds(damages, range(500))


def rounds(damages, numbers):
    before = len(damages.tally.failures)
    for number in numbers:
        damages.round(number)
    assert damages.tally.failures[before:] == []
