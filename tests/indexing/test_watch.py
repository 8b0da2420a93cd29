"""Is the index told of what happens on disk, and of nothing that does not concern it?"""

import resource
import shutil
import threading
from pathlib import Path

import pytest

from mcp_server.config import IndexOptions
from mcp_server.indexing.walk import walk
from mcp_server.indexing.watch import Watch, remote_file_system

OPTIONS = IndexOptions()


@pytest.fixture
def watched():
    """Watch a root as it is now."""
    stop, watches = threading.Event(), []

    def start(root: Path) -> Watch:
        watches.append(Watch(root, walk(root, OPTIONS), stop))
        return watches[-1]

    yield start
    stop.set()
    for watch in watches:
        watch.close()


def told(watch: Watch) -> bool:
    """Whether anything is told within ten rounds, which are five seconds."""
    return any(watch.wait() for _ in range(10))


def test_an_edit_a_new_file_and_a_deletion_are_told(watched, tree):
    root = tree({"a.py": "x", "deep/er/b.py": "y"})
    watch = watched(root)
    assert not watch.wait()
    (root / "deep/er/b.py").write_text("yy")
    assert told(watch)
    (root / "deep/c.py").write_text("z")
    assert told(watch)
    (root / "a.py").unlink()
    assert told(watch)


def test_a_burst_is_told_once(watched, tree):
    root = tree({"a.py": "x"})
    watch = watched(root)
    for number in range(200):
        (root / f"n{number}.py").write_text("x")
    assert told(watch)
    assert not watch.wait()


def test_what_is_left_out_is_not_told(watched, tree):
    root = tree({".gitignore": "*.log\nbuild/\n", "a.py": "x", "b.log": "", "build/c.py": "", "node_modules/d.js": ""})
    watch = watched(root)
    assert watch.folders == {""}
    for path in ("b.log", "build/c.py", "node_modules/d.js"):
        (root / path).write_text("changed")
    assert not watch.wait()
    (root / ".gitignore").write_text("")
    assert told(watch)


def test_a_new_folder_is_not_covered_until_it_is_watched(watched, tree):
    root = tree({"a.py": "x"})
    watch = watched(root)
    tree({"new/b.py": "y"})
    assert told(watch)
    assert not watch.covers(walk(root, OPTIONS))
    watch = watched(root)
    assert watch.covers(walk(root, OPTIONS))
    tree({"new/b.py": "z"})
    assert told(watch)


def test_a_folder_that_went_and_came_back_is_not_covered(watched, tree):
    root = tree({"a.py": "x", "sub/b.py": "y"})
    watch = watched(root)
    shutil.rmtree(root / "sub")
    tree({"sub/b.py": "y"})
    assert told(watch)
    assert not watch.covers(walk(root, OPTIONS))


def test_when_the_system_watches_no_more_it_says_why(watched, tree):
    root = tree({"a.py": "x"})
    found = walk(root, OPTIONS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(OSError, match=r"does not watch: .*[Tt]oo many open files"):
            Watch(root, found, threading.Event())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not watched(root).wait()


def test_a_name_that_is_no_text_is_left_to_the_look_at_the_time_of_a_call(watched, tree):
    root = tree({"a.py": "x"})
    (root / "caf\udce9").mkdir()
    watch = watched(root)
    (root / "a.py").write_text("xx")
    assert told(watch)


MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:50 / /net rw - nfs4 server:/export rw
41 27 0:51 / /net/local\\040disk rw shared:1 - xfs /dev/vdb rw
42 27 0:52 / /mnt/ssh rw - fuse.sshfs me@there: rw
43 27 0:53 / /mnt/stick rw - fuseblk /dev/sdb1 rw
"""


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("/srv/code", ""),
        ("/net/code", "nfs4"),
        ("/net/local disk/code", ""),
        ("/network", ""),
        ("/mnt/ssh", "fuse.sshfs"),
        ("/mnt/stick/code", ""),
    ],
)
def test_file_systems_that_others_change_are_known(tmp_path, root, kind):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert remote_file_system(Path(root), str(mounts)) == kind
    assert remote_file_system(Path(root), str(tmp_path / "none")) == ""
