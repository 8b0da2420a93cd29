"""Does one process lead, exactly one, and another soon when it is gone?"""

import os
import shutil
import subprocess
import sys
import textwrap
import threading

import pytest

from mcp_server.indexing.lead import LOCK, Leadership, is_held

LEADING = """
import sys, time
from pathlib import Path
from mcp_server.indexing.lead import Leadership

leadership = Leadership(Path(sys.argv[1]))
assert leadership.take()
leadership.watching("on", running=True)
print("leads", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "index"
    made.mkdir()
    return made


@pytest.fixture
def other_process(folder):
    """Another process that leads."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LEADING), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"leads\n"
    yield process
    process.kill()
    process.communicate()


def test_one_of_many_leads_and_the_next_when_it_leaves(folder):
    many = [Leadership(folder) for _ in range(5)]
    assert [one.take() for one in many] == [True, False, False, False, False]
    assert [one.take() for one in many] == [True, False, False, False, False]
    many[0].leave()
    assert [one.take() for one in reversed(many)] == [True, False, False, False, False]
    assert not many[0].leads


def test_a_killed_process_is_succeeded_by_who_tries(folder, other_process):
    mine = Leadership(folder)
    assert not mine.take()
    assert mine.leader().pid == other_process.pid
    assert mine.followed()
    other_process.kill()
    other_process.wait()
    assert mine.leader() is None
    assert not mine.followed()
    assert mine.take()
    assert mine.leader().pid == os.getpid()


def test_a_leader_without_a_watcher_is_not_followed(folder):
    leading, other = Leadership(folder), Leadership(folder)
    assert leading.take()
    assert not other.followed()
    leading.watching("on, 3 folders", running=True)
    assert other.followed()
    assert other.leader().watcher == "on, 3 folders"
    leading.watching("off", running=False)
    assert not other.followed()
    assert not leading.followed()


def test_nothing_is_created_where_nothing_is_indexed(tmp_path):
    leadership = Leadership(tmp_path / "none")
    assert not leadership.take()
    assert leadership.leader() is None
    assert list(tmp_path.iterdir()) == []


def test_who_led_a_deleted_folder_does_not_lead_the_new_one(folder):
    old, new = Leadership(folder), Leadership(folder)
    assert old.take()
    shutil.rmtree(folder)
    assert not old.take()
    folder.mkdir()
    assert new.take()
    assert not old.take()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b'{"evil": 1}', b"\xff"])
def test_a_leader_whose_words_cannot_be_read_leads_all_the_same_and_is_not_followed(folder, content):
    leading, other = Leadership(folder), Leadership(folder)
    assert leading.take()
    (folder / "leader.json").write_bytes(content)
    assert other.leader() is not None
    assert not other.followed()


def test_asking_who_holds_a_lock_leaves_it_as_it_is(folder):
    assert not is_held(folder / LOCK)
    assert list(folder.iterdir()) == []
    leading = Leadership(folder)
    assert leading.take()
    assert is_held(folder / LOCK)
    leading.leave()
    assert not is_held(folder / LOCK)
    assert not is_held(folder)


def test_threads_that_try_at_once_make_one_leader(folder):
    many = [Leadership(folder) for _ in range(8)]
    taken = []
    threads = [threading.Thread(target=lambda one=one: taken.append(one.take())) for one in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]
