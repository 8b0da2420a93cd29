"""Does a stamp tell every write from the one before?"""

import os
import shutil
import time

from mcp_server.config import IndexOptions
from mcp_server.indexing.disk import Disk
from mcp_server.indexing.walk import TOO_LARGE, read, walk
from mcp_server.stamp import COARSE_TICK_NS, TICK_NS, changed_ns, settled


def test_a_file_is_read_when_the_tick_of_its_last_write_is_over(tree):
    root = tree({"a.py": "x"})
    source = read(root, "a.py", IndexOptions())
    assert time.time_ns() >= source.changed_ns + TICK_NS
    assert source.changed_ns == changed_ns((root / "a.py").stat())


def test_a_folder_is_listed_when_the_tick_of_its_last_change_is_over(tree):
    root = tree({"sub/a.py": "x"})
    found = walk(root, IndexOptions())
    assert time.time_ns() >= max(found.folders.values()) + TICK_NS


def test_what_changed_long_ago_is_not_waited_for(tree, monkeypatch):
    root = tree({"a.py": "x"})
    changed = changed_ns((root / "a.py").stat())
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + COARSE_TICK_NS)
    with (root / "a.py").open() as file:
        before = real()
        assert changed_ns(settled(file.fileno())) == changed
    assert real() - before < TICK_NS


def test_a_clock_that_was_set_back_makes_nobody_wait(tree, monkeypatch):
    root = tree({"a.py": "x"})
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 3600 * 10**9)
    with (root / "a.py").open() as file:
        before = real()
        settled(file.fileno())
    assert real() - before < 10**9


def test_edits_of_one_size_are_all_seen_however_fast_they_come(tree):
    root = tree({"a.py": "x = 0\n"})
    disk = Disk(root, IndexOptions())
    disk.look()
    for number in range(1, 50):
        (root / "a.py").write_text(f"x = {number % 10}\n")
        before = disk.files["a.py"]
        disk.look()
        assert disk.files["a.py"] != before, number
        assert read(root, "a.py", IndexOptions()).changed_ns == disk.files["a.py"][1]


def test_an_edit_that_sets_its_time_back_is_seen(tree):
    root = tree({"a.py": "x = 1\n"})
    os.utime(root / "a.py", ns=(10**18, 10**18))
    disk = Disk(root, IndexOptions())
    before = disk.look()
    assert disk.look() is before
    (root / "a.py").write_text("x = 2\n")
    os.utime(root / "a.py", ns=(10**18, 10**18))
    assert disk.look() != before


def test_a_copy_and_a_move_with_the_time_of_the_old_file_are_seen(tree):
    root = tree({"a.py": "x = 1\n"})
    other = root.parent / "other.py"
    other.write_text("x = 2\n")
    for path in (root / "a.py", other):
        os.utime(path, ns=(10**18, 10**18))
    stamps = [read(root, "a.py", IndexOptions()).changed_ns]
    shutil.copy2(other, root / "a.py")
    stamps.append(read(root, "a.py", IndexOptions()).changed_ns)
    other.rename(root / "a.py")
    stamps.append(read(root, "a.py", IndexOptions()).changed_ns)
    assert len(set(stamps)) == 3


def test_a_file_that_was_too_large_and_a_folder_that_was_closed_are_seen_when_they_open(tree):
    root = tree({"big.py": "x" * 50, "a.py": ""})
    disk = Disk(root, IndexOptions(max_file_bytes=40))
    assert [s.reason for s in disk.look().skips] == [TOO_LARGE]
    (root / "big.py").write_text("x")
    assert sorted(disk.files) == ["a.py"]
    disk.look()
    assert sorted(disk.files) == ["a.py", "big.py"]
    (root / "big.py").write_text("x" * 60)
    disk.look()
    assert sorted(disk.files) == ["a.py"]
