"""Is a look at the disk spared only where nothing has happened?"""

import errno
import mmap
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mcp_server.config import IndexOptions
from mcp_server.indexing import disk as disks
from mcp_server.indexing.disk import Disk
from mcp_server.indexing.inotify import FolderEvents
from mcp_server.indexing.mounts import file_systems
from mcp_server.indexing.walk import walk

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has inotify")

OPTIONS = IndexOptions()
FILES = {
    ".gitignore": "*.log\n",
    "a.py": "x = 1\n",
    "b.log": "",
    "deep/er/c.py": "y = 1\n",
    "deep/d.py": "z = 1\n",
    "other/e.py": "w = 1\n",
}


def guarded(root: Path) -> Disk:
    """Return a disk that spares its looks from now on."""
    disk = Disk(root, OPTIONS)
    disk.listen()
    for _ in range(3):
        disk.look()
    if not disk.guarded:
        pytest.skip("this place does not tell all that happens in it")
    return disk


def spares_again(disk: Disk) -> None:
    """Look until the next look would be spared, a few times at most."""
    for _ in range(4):
        disk.look(spare=True)
    assert disk.guarded


def files(root: Path) -> dict[str, tuple[int, int]]:
    return {f.path: (f.size, f.changed_ns) for f in walk(root, OPTIONS).files}


def unheard(path: Path, text: bytes) -> None:
    """Change a file in a way that no event tells of."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[: len(text)] = text
        memory.flush()


def replace(root: Path) -> None:
    (root / "a.new").write_text("x = 2\n")
    (root / "a.new").replace(root / "a.py")


def replace_from_outside(root: Path) -> None:
    (root.parent / "elsewhere").write_text("x = 2\n")
    (root.parent / "elsewhere").replace(root / "a.py")


def make_folders(root: Path) -> None:
    for number in range(20):
        (root / f"new{number}/in/ner").mkdir(parents=True)
        (root / f"new{number}/in/ner/f.py").write_text("v = 1\n")
        (root / f"new{number}/g.py").write_text("u = 1\n")


def exchange_folders(root: Path) -> None:
    (root / "deep").rename(root / "kept")
    (root / "other").rename(root / "deep")
    (root / "kept").rename(root / "other")


def move_folder_out_and_in(root: Path) -> None:
    (root / "deep").rename(root.parent / "out")
    (root.parent / "out/d.py").write_text("z = 22\n")
    (root.parent / "out").rename(root / "deep")


def another_folder(root: Path) -> None:
    shutil.copytree(root / "deep", root.parent / "copy")
    shutil.rmtree(root / "deep")
    (root.parent / "copy").rename(root / "deep")


def exchange_root(root: Path) -> None:
    shutil.copytree(root, root.parent / "copy")
    (root.parent / "copy/a.py").write_text("x = 3\n")
    root.rename(root.parent / "was")
    (root.parent / "copy").rename(root)


def exchange_what_holds_the_root(root: Path) -> None:
    above = root.parent
    shutil.copytree(above, above.with_name(f"{above.name}-copy"))
    above.rename(above.with_name(f"{above.name}-was"))
    above.with_name(f"{above.name}-copy").rename(above)
    (root / "a.py").write_text("x = 3\n")


def write_over(path: str) -> Callable[[Path], object]:
    return lambda root: (root / path).write_text("x = 5\n")


CHANGES: dict[str, Callable[[Path], object]] = {
    "an edit in place": write_over("a.py"),
    "an edit far below": write_over("deep/er/c.py"),
    "an edit that sets its time back": lambda root: (write_over("a.py")(root), os.utime(root / "a.py", ns=(1, 1))),
    "an edit of a part": lambda root: os.pwrite(os.open(root / "a.py", os.O_WRONLY), b"9", 4),
    "a truncation": lambda root: os.truncate(root / "a.py", 0),
    "an atomic replacement": replace,
    "an atomic replacement from outside": replace_from_outside,
    "a copy": lambda root: shutil.copy2(root / "deep/d.py", root / "a.py"),
    "a new file": write_over("new.py"),
    "folders made in a hurry": make_folders,
    "a deletion": lambda root: (root / "deep/d.py").unlink(),
    "a deleted folder": lambda root: shutil.rmtree(root / "deep"),
    "a renamed file": lambda root: (root / "a.py").rename(root / "z.py"),
    "a renamed folder": lambda root: (root / "deep").rename(root / "shallow"),
    "folders that change places": exchange_folders,
    "a folder changed while it was away": move_folder_out_and_in,
    "another folder of the same name": another_folder,
    "a folder in place of a file": lambda root: ((root / "a.py").unlink(), (root / "a.py").mkdir()),
    "an ignore file edited": lambda root: (root / ".gitignore").write_text(""),
    "an ignore file made": lambda root: (root / "deep/.gitignore").write_text("er\n"),
    "an ignore file of git outside of what is listed": lambda root: (root / ".git/info/exclude").write_text("a.py\n"),
    "a root in place of the root": exchange_root,
    "another tree in the place of all": exchange_what_holds_the_root,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_change_is_missed_because_a_look_was_spared(change, tree):
    root = tree({**FILES, ".git/info/exclude": "", ".git/HEAD": "ref: refs/heads/main\n"})
    disk = guarded(root)
    with (root / "other/e.py").open("a") as file:
        change(root)
        disk.look(spare=True)
        assert disk.files == files(root)
        # What stands there now is watched as well as what stood there before.
        spares_again(disk)
        file.write("late\n")
        file.flush()
        disk.look(spare=True)
        assert disk.files == files(root)
        for path in sorted(files(root)):
            spares_again(disk)
            (root / path).write_text("changed again")
            disk.look(spare=True)
            assert disk.files == files(root), path


def test_a_look_is_spared_while_nothing_happens(tree):
    root = tree(FILES)
    disk = guarded(root)
    before = disk.look(spare=True)
    unheard(root / "a.py", b"X = 1")
    assert disk.look(spare=True) is before
    assert disk.look() is not before


def test_what_no_event_tells_is_found_when_a_look_is_due(tree, monkeypatch):
    root = tree(FILES)
    disk = guarded(root)
    unheard(root / "a.py", b"X = 1")
    assert disk.files != files(root)
    monkeypatch.setattr(disks, "_DUE_S", 0.0)
    monkeypatch.setattr(disks, "_DUE_TIMES", 0)
    assert disk.due()
    disk.look(spare=True)
    assert disk.files == files(root)


def test_a_file_with_a_name_elsewhere_is_compared_at_every_call(tree):
    root = tree(FILES)
    (root.parent / "second name.py").hardlink_to(root / "a.py")
    disk = guarded(root)
    (root.parent / "second name.py").write_text("changed")
    disk.look(spare=True)
    assert disk.files == files(root)


def test_more_events_than_the_system_keeps_are_no_silence(tree):
    root = tree(FILES)
    disk = guarded(root)
    queue = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    handles = [os.open(root / name, os.O_WRONLY) for name in ("a.py", "deep/d.py")]
    # Equal events in a row are told as one, so two files take turns.
    for number in range(queue + 10):
        os.pwrite(handles[number % 2], b"x", 0)
    (root / "late").mkdir()
    (root / "late/f.py").write_text("v = 1\n")
    for handle in handles:
        os.close(handle)
    disk.look(spare=True)
    assert disk.files == files(root)
    spares_again(disk)
    (root / "late/f.py").write_text("v = 2\n")
    disk.look(spare=True)
    assert disk.files == files(root)


def test_a_checkout_of_git_is_seen(tree):
    root = tree(FILES)

    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "branch")
    tree({"a.py": "x = 2\n", "more/f.py": "v = 1\n"})
    git("add", ".")
    git("commit", "-qm", "two")
    disk = guarded(root)
    for name in ("main", "branch", "-"):
        git("checkout", "-q", name) if name != "main" else git("checkout", "-q", "HEAD~1")
        disk.look(spare=True)
        assert disk.files == files(root)
        spares_again(disk)


def test_a_watcher_takes_only_a_part_of_what_the_user_may_watch(tree, tmp_path):
    limit = tmp_path / "limit"
    limit.write_text("16\n")
    mounts = tmp_path / "mounts"
    mounts.write_text("1 1 0:1 / / rw - ext4 a rw\n")
    events = FolderEvents(tree(FILES), limit=str(limit), mounts=str(mounts))
    assert not events.watch(frozenset({"", "deep"}))
    assert events.watch(frozenset({"", "deep"}))
    with pytest.raises(OSError, match="too many") as caught:
        events.watch(frozenset({"", "deep", "other"}))
    assert caught.value.errno == errno.ENOSPC


def test_where_events_cannot_be_had_every_call_looks(tree, monkeypatch):
    monkeypatch.setattr(FolderEvents, "_check", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "no watches")))
    root = tree(FILES)
    disk = Disk(root, OPTIONS)
    disk.listen()
    disk.look()
    before = disk.look(spare=True)
    assert not disk.guarded
    unheard(root / "a.py", b"X = 1")
    assert disk.look(spare=True) is not before
    assert disk.files == files(root)


@pytest.mark.parametrize("kind", ["nfs4", "fuse.sshfs", "overlay", "9p", "virtiofs", "something new"])
def test_file_systems_that_others_write_to_are_refused(kind, tree, tmp_path):
    root = tree(FILES)
    mounts = tmp_path / "mounts"
    for point in (root, root / "deep"):
        mounts.write_text(f"1 1 0:1 / / rw - ext4 a rw\n2 1 0:2 / {point} rw shared:1 - {kind} b rw\n")
        with pytest.raises(OSError, match="do not tell"):
            FolderEvents(root, mounts=str(mounts)).watch(frozenset({""}))


def test_the_file_systems_of_a_folder_are_its_own_and_those_within(tmp_path):
    mounts = tmp_path / "mounts"
    lines = ["/ - ext4", "/data - xfs", "/data/a\\040b/deep - nfs4", "/data/a - tmpfs", "/srv - btrfs"]
    split = [line.split(" - ") for line in lines]
    mounts.write_text("".join(f"1 1 0:1 / {point} rw - {kind} x rw\n" for point, kind in split))
    assert file_systems(Path("/data/a b"), str(mounts)) == ["xfs", "nfs4"]
    assert file_systems(Path("/data/a/c"), str(mounts)) == ["tmpfs"]
    assert file_systems(Path("/"), str(mounts)) == ["ext4", "xfs", "nfs4", "tmpfs", "btrfs"]
    assert file_systems(Path("/data"), str(tmp_path / "none")) == []


@hypothesis_settings(max_examples=25)
@given(seed=st.integers(0, 10**9))
def test_whatever_happens_a_spared_look_says_what_a_walk_says(seed, tmp_path_factory):
    chance = random.Random(seed)
    root = tmp_path_factory.mktemp("any") / "root"
    (root / "d0/d1").mkdir(parents=True)
    (root / "d0/f0.py").write_text("x")
    disk = guarded(root)
    for number in range(12):
        _happens(root, chance, number)
        for _ in range(chance.choice((0, 1, 1, 3))):
            disk.look(spare=True)
            assert disk.files == files(root)


def _happens(root: Path, chance: random.Random, number: int) -> None:
    """Do something to the tree."""
    folders = [root, *(p for p in sorted(root.rglob("*")) if p.is_dir())]
    present = [p for p in sorted(root.rglob("*")) if p.is_file()]
    folder = chance.choice(folders)
    match chance.randrange(6):
        case 0:
            (folder / f"f{number}.py").write_text("x" * number)
        case 1:
            (folder / f"d{number}/e").mkdir(parents=True)
            (folder / f"d{number}/e/f.py").write_text("x")
        case 2 if present:
            chance.choice(present).write_text(str(chance.random()))
        case 3 if present:
            chance.choice(present).unlink()
        case 4 if folder != root:
            shutil.rmtree(folder)
        case 5 if folder != root:
            folder.rename(root / f"m{number}")


def events_of(root: Path, folders: frozenset[str]) -> FolderEvents:
    """Return the events of folders, watched for the first time."""
    events = FolderEvents(root)
    try:
        assert not events.watch(folders)
    except OSError as error:
        pytest.skip(str(error))
    return events


def test_a_folder_that_was_gone_when_it_was_to_be_watched_is_not_taken_for_watched(tmp_path):
    folders = frozenset({"", "late"})
    events = events_of(tmp_path, folders)
    assert not events.watch(folders)
    (tmp_path / "late").mkdir()
    assert not events.watch(folders)
    assert events.watch(folders)
    events.empty()
    (tmp_path / "late" / "a.py").write_text("x = 1\n")
    assert events.waiting()
    events.close()


def test_a_root_that_is_exchanged_with_the_folder_above_is_watched_anew(tmp_path):
    root, folders = tmp_path / "above" / "root", frozenset({""})
    root.mkdir(parents=True)
    events = events_of(root, folders)
    assert events.watch(folders)
    events.empty()
    assert not events.waiting()
    # Of the folder above no event tells.
    root.parent.rename(tmp_path / "before")
    root.mkdir(parents=True)
    assert events.waiting()
    events.empty()
    assert not events.watch(folders)
    events.empty()
    assert not events.waiting()
    (root / "a.py").write_text("x = 1\n")
    assert events.waiting()
    events.close()
