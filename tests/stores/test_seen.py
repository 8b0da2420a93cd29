"""Is what was seen before found again, never wrong, never more than allowed, and never in the way?"""

import os
import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import DIMENSIONS, IDENTITY, SOURCE, parse, vector_of

from stores import database
from stores.errors import IndexCorrupt
from stores.seen import Limits, Seen, today

LIMITS = Limits(most_bytes=50_000_000, days=30)
PARSED = parse("pkg/a.py", SOURCE)
# One of the vectors has no direction.
HASHES = [bytes([i]) * 16 for i in range(5)]
VECTORS = {key: vector_of(key.hex() if key[0] else "zero") for key in HASHES}


def opened(home, identity=IDENTITY, limits=LIMITS, day=None):
    return closing(Seen(home, identity, limits, day))


def remember(home, files=(PARSED,), vectors=VECTORS, **options):
    with opened(home, **options) as seen:
        seen.add(files, vectors)
        assert seen.problem == ""


def asked(seen, parsed=PARSED):
    return seen.file(parsed.path, parsed.content_hash)


def known(seen):
    """How many of the samples' file and vectors are found; what is found is right."""
    found, vectors = asked(seen), seen.vectors(HASHES)
    assert found in (None, replace(PARSED, text="", size=0, changed_ns=0))
    assert all((vectors[key] == VECTORS[key].astype(np.float16)).all() for key in vectors)
    return (found is not None, len(vectors))


def cache_file(home):
    (path,) = home.glob("seen-*.db")
    return path


# --- what is found ----------------------------------------------------------------------------------------------


def test_facts_and_vectors_are_found_by_another_run(tmp_path):
    remember(tmp_path)
    with opened(tmp_path) as seen:
        assert seen.places([(PARSED.path, PARSED.size), ("pkg/b.py", PARSED.size)]) == [True, False]
        assert asked(seen) == replace(PARSED, text="", size=0, changed_ns=0)
        assert known(seen) == (True, 5)
        assert seen.vectors([b"x" * 16]) == {}
        assert seen.problem == ""


OTHERS = {
    "path": replace(PARSED, path="pkg/b.py"),
    "content": replace(PARSED, content_hash=b"other"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_facts_of_another_path_or_content_are_not_taken(other, tmp_path):
    remember(tmp_path)
    with opened(tmp_path) as seen:
        assert asked(seen, other) is None


def test_another_extractor_makes_other_facts_and_another_model_other_vectors(tmp_path):
    remember(tmp_path)
    with opened(tmp_path, replace(IDENTITY, extractor="toy 2")) as seen:
        assert known(seen) == (False, 5)
        assert seen.places([(PARSED.path, PARSED.size)]) == [False]
    with opened(tmp_path, replace(IDENTITY, model="other")) as seen:
        assert known(seen) == (True, 0)
    with opened(tmp_path, replace(IDENTITY, dimensions=DIMENSIONS + 1)) as seen:
        assert seen.vectors(HASHES) == {}


def test_what_is_told_again_takes_the_place_of_what_was(tmp_path):
    remember(tmp_path)
    changed = replace(PARSED, lines=PARSED.lines + 1)
    remember(tmp_path, [changed], {HASHES[0]: np.ones(DIMENSIONS)})
    with opened(tmp_path) as seen:
        assert asked(seen).lines == changed.lines
        assert (seen.vectors(HASHES[:1])[HASHES[0]] == 1).all()


def test_paths_that_are_not_utf8_are_found(tmp_path):
    odd = replace(PARSED, path=os.fsdecode(b"\xff\xfe/a.py"))
    remember(tmp_path, [odd])
    with opened(tmp_path) as seen:
        assert asked(seen, odd).path == odd.path


def test_nobody_else_may_read_it(tmp_path):
    with opened(tmp_path / "home") as seen:
        seen.add([PARSED], VECTORS)
        modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "home").iterdir()}
    assert modes == {0}


# --- limits -----------------------------------------------------------------------------------------------------


def many(count, start=0):
    return {i.to_bytes(16, "big"): np.full(DIMENSIONS, i % 7) for i in range(start, start + count)}


def kept(home, hashes, **options):
    with opened(home, **options) as seen:
        return len(seen.vectors(hashes))


def test_what_was_not_used_for_too_many_days_is_forgotten(tmp_path):
    remember(tmp_path, day=100)
    for day, left in ((130, (True, 5)), (131, (False, 0))):
        with opened(tmp_path, day=day) as seen:
            seen.collect()
        with opened(tmp_path, day=100) as seen:
            assert known(seen) == left


def test_asking_is_using(tmp_path):
    remember(tmp_path, day=100)
    with opened(tmp_path, day=120) as seen:
        asked(seen)
        seen.vectors(HASHES[:2])
        seen.add([], {})
    with opened(tmp_path, day=140) as seen:
        seen.collect()
        assert known(seen) == (True, 2)


def test_reading_writes_nothing_twice_a_day(tmp_path):
    remember(tmp_path, day=100)
    for day, changes in ((101, 6), (101, 0)):
        with opened(tmp_path, day=day) as seen, closing(sqlite3.connect(cache_file(tmp_path))) as watcher:
            before = watcher.execute("PRAGMA data_version").fetchone()
            known(seen)
            seen.add([], {})
            assert (watcher.execute("PRAGMA data_version").fetchone() != before) == bool(changes)
            assert watcher.execute("SELECT count(*) FROM vectors WHERE used = 101").fetchone() == (5,)


def test_what_was_used_longest_ago_makes_room(tmp_path):
    limits = Limits(most_bytes=400_000, days=30)
    for day in range(20):
        remember(tmp_path, [], many(500, 1_000 * day), limits=limits, day=day)
    left = [kept(tmp_path, many(500, 1_000 * day), limits=limits, day=20) for day in range(20)]
    assert left == sorted(left)
    assert left[0] == 0
    assert left[-1] == 500


def test_it_never_grows_above_its_limit_and_keeps_what_is_used_today(tmp_path):
    limits = Limits(most_bytes=300_000, days=30)
    for start in range(0, 10_000, 500):
        remember(tmp_path, [], many(500, start), limits=limits, day=7)
    assert kept(tmp_path, many(500), limits=limits, day=7) == 500
    assert kept(tmp_path, many(500, 9_500), limits=limits, day=7) == 0
    assert cache_file(tmp_path).stat().st_size <= 1.1 * limits.most_bytes


def test_a_lower_limit_makes_the_file_smaller(tmp_path):
    remember(tmp_path, [], many(8_000))
    before = cache_file(tmp_path).stat().st_size
    limits = Limits(most_bytes=before // 4, days=30)
    with opened(tmp_path, limits=limits) as seen:
        seen.collect()
        assert seen.problem == ""
    assert cache_file(tmp_path).stat().st_size <= before // 4


def test_a_clock_that_was_ahead_keeps_nothing_for_ever(tmp_path):
    remember(tmp_path, day=today() + 9_000)
    with opened(tmp_path, day=100) as seen:
        seen.collect()
    with opened(tmp_path, day=131) as seen:
        seen.collect()
        assert known(seen) == (False, 0)


def test_files_of_other_versions_are_forgotten_when_nobody_writes_to_them(tmp_path):
    names = ["seen-00000001.0.db", "seen-00000001.0.db-wal", "seen-00000002.3.db"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    for name in names[:2]:
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / "seen-tool.python.db-0123456789abcdef").mkdir()
    with opened(tmp_path) as seen:
        seen.collect()
    left = {path.name for path in tmp_path.iterdir()}
    assert left.isdisjoint(names[:2])
    assert {names[2], "seen-tool.python.db-0123456789abcdef"} < left


# --- damage -----------------------------------------------------------------------------------------------------


@given(st.data())
def test_a_flipped_bit_is_a_miss_or_a_fresh_start_and_never_another_answer(tmp_path_factory, data):
    home = tmp_path_factory.mktemp("flip")
    remember(home)
    path = cache_file(home)
    content = bytearray(path.read_bytes())
    said = [place for place, byte in enumerate(content) if byte]
    for place in data.draw(st.lists(st.sampled_from(said), min_size=1, max_size=4)):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    for _ in range(2):
        with opened(home) as seen:
            known(seen)
            seen.add([PARSED], VECTORS)
            seen.collect()
    # A key whose entry in the index of keys was hit stays a miss until it is collected; ``known`` compares the rest.
    with opened(home) as seen:
        known(seen)


@pytest.mark.parametrize("share", [0, 1, 3, 5])
def test_a_file_that_is_no_database_is_replaced(share, tmp_path):
    remember(tmp_path)
    path = cache_file(tmp_path)
    content = path.read_bytes()
    path.write_bytes(random.Random(share).randbytes(100 + 4096 * share))
    with opened(tmp_path) as seen:
        assert known(seen) == (False, 0)
        assert "damaged" in seen.problem
        seen.add([PARSED], VECTORS)
        assert known(seen) == (True, 5)
        seen.collect()
    assert cache_file(tmp_path) != path
    path.write_bytes(content)
    remember(tmp_path)


def test_a_file_that_is_cut_short_is_replaced(tmp_path):
    remember(tmp_path, vectors=many(4_000))
    path = cache_file(tmp_path)
    os.truncate(path, path.stat().st_size // 2)
    with opened(tmp_path) as seen:
        seen.vectors(many(4_000))
        seen.add([PARSED], {**many(4_000), **VECTORS})
    with opened(tmp_path) as seen:
        assert known(seen) == (True, 5)


def test_a_table_that_is_missing_is_a_fresh_start(tmp_path):
    remember(tmp_path)
    with closing(sqlite3.connect(cache_file(tmp_path))) as database:
        database.execute("DROP TABLE vectors")
    with opened(tmp_path) as seen:
        assert seen.vectors(HASHES) == {}
        seen.add([PARSED], VECTORS)
        assert known(seen) == (True, 5)


def test_a_full_disk_stops_nothing(tmp_path):
    remember(tmp_path)
    with opened(tmp_path) as seen:
        pages = seen._database.value("PRAGMA page_count")
        seen._database.execute(f"PRAGMA max_page_count = {pages + 2}")
        seen.add([], many(4_000, 10))
        assert "full" in seen.problem
    with opened(tmp_path) as seen:
        assert known(seen) == (True, 5)
        assert seen.vectors(many(4_000, 10)) == {}


def test_facts_that_cannot_be_written_down_are_left_out_and_told(tmp_path):
    with opened(tmp_path) as seen:
        seen.add(
            [replace(PARSED, facts=replace(PARSED.facts, module=b"no text")), replace(PARSED, path="b.py")], VECTORS
        )
        assert "not JSON serializable" in seen.problem
        assert known(seen) == (False, 5)
        assert seen.places([("b.py", PARSED.size)]) == [True]


def test_what_goes_wrong_is_told_and_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with opened(tmp_path / "file" / "home") as seen:
        seen.add([PARSED], VECTORS)
        seen.collect()
        assert known(seen) == (False, 0)
        assert "Not a directory" in seen.problem


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    with opened(home) as seen:
        seen.add([PARSED], VECTORS)
        assert known(seen) == (False, 0)
        assert seen.problem


# --- others -----------------------------------------------------------------------------------------------------


def test_one_who_holds_the_lock_does_not_stop_the_others(tmp_path):
    remember(tmp_path)
    with closing(sqlite3.connect(cache_file(tmp_path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with opened(tmp_path) as seen:
            assert known(seen) == (True, 5)
            seen.add([replace(PARSED, path="new.py")], {})
            assert "locked" in seen.problem
            assert known(seen) == (False, 0)


def test_many_threads_open_it_at_once(tmp_path, monkeypatch):
    # On a busy machine eight of them may well have to wait for more than a second.
    monkeypatch.setattr(database, "_BUSY_DISPOSABLE_MS", 60_000)
    start, problems = threading.Barrier(8), []

    def work(number):
        start.wait()
        with opened(tmp_path) as seen:
            seen.add([replace(PARSED, path=f"{number}.py")], many(50, 50 * number))
            problems.append(seen.problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == [""] * 8
    assert kept(tmp_path, many(400)) == 400


WRITER = """
import sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from test_seen import IDENTITY, LIMITS, Seen, many
seen = Seen(Path(sys.argv[1]), IDENTITY, LIMITS)
print("ready", flush=True)
sys.stdin.readline()
for start in range(0, 4_000, 100):
    seen.add([], many(100, start))
seen.collect()
print(repr(seen.problem))
"""


def test_two_processes_write_at_once(tmp_path):
    here = Path(__file__).parent
    command = [sys.executable, "-c", WRITER, tmp_path, here, here.parent.parent]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as two:
        for process in (one, two):
            assert process.stdout.readline() == "ready\n"
        for process in (one, two):
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.communicate()[0] for process in (one, two)] == ["''\n"] * 2
    assert kept(tmp_path, many(4_000)) == 4_000


def test_one_who_holds_a_replaced_file_does_not_spoil_the_new_one(tmp_path):
    remember(tmp_path)
    with opened(tmp_path) as old:
        path = cache_file(tmp_path)
        with opened(tmp_path) as new:
            new._failed(IndexCorrupt("as if a page were damaged"))
            new.add([PARSED], VECTORS)
            new.collect()
        assert not path.exists()
        assert known(old) == (True, 5)
        old.add([replace(PARSED, path="late.py")], {})
    with opened(tmp_path) as seen:
        assert known(seen) == (True, 5)
