"""Does an open below a root stay below the root, whatever the path is and whoever moves things meanwhile?"""

import errno
import os
import socket
import threading
from pathlib import Path

import pytest

from mcp_server import confinement

LIMIT = 1_000
# Resolving a path, checking it and then opening it lost such a race once in about 900 rounds.
ROUNDS = 3_000


@pytest.fixture(params=["openat2", "part by part"])
def way(request, monkeypatch):
    """Both ways to open; where the system has no openat2, both are the one that is left."""
    if request.param == "part by part":
        monkeypatch.setattr(confinement, "has_openat2", lambda: False)
    return request.param


def refused(root: Path, path: str) -> int:
    try:
        confinement.read_file(root, path, LIMIT)
    except OSError as error:
        return error.errno
    return 0


ESCAPES = [
    "../outside", "/etc/passwd", "a/../../outside", "a/b/../../../outside", ".", "", "a", "f.py\0.txt", "./f.py",
    "././../outside", "a//f.py", "a/", "a//..//..//outside", "~/x", "file:///etc/passwd", "..\\outside",
    "%2e%2e/outside", "a/" * 3000 + "x", "x" * 5000, "\ud800", "f.py/", "f.py/x", "absolute", "relative", "up/outside",
    "up/tree-evil/f", "everything/etc/passwd", "loop", "loop/x", "magic/etc/passwd", "descriptor", "inner/f.py",
    "a/file.py", "sibling/f", "pipe", "socket", "null", "null2", "zero",
]  # fmt: skip


@pytest.fixture
def hostile(tree, tmp_path, monkeypatch):
    root = tree({"f.py": "ok", "a/f.py": "ok", "a/b/f.py": "ok"})
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "tree-evil").mkdir()
    (tmp_path / "tree-evil/f").write_text("secret")
    for name, target in {
        "absolute": tmp_path / "outside", "relative": "../outside", "up": "..", "everything": "/", "loop": "loop",
        "magic": "/proc/self/root", "descriptor": "/proc/self/fd/0", "inner": "a", "a/file.py": "f.py",
        "sibling": "../tree-evil", "null2": os.devnull, "zero": "/dev/zero",
    }.items():  # fmt: skip
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)  # a socket's whole path may have 108 bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        yield root


@pytest.mark.parametrize("path", ESCAPES, ids=range(len(ESCAPES)))
def test_no_path_leads_out_or_waits(hostile, way, path):
    assert refused(hostile, path)


def test_what_lies_inside_is_read(hostile, way):
    for path in ("f.py", "a/f.py", "a/b/f.py"):
        status, content = confinement.read_file(hostile, path, LIMIT)
        assert (status.st_size, content) == (2, b"ok")
    assert refused(hostile, "gone") == errno.ENOENT
    assert refused(hostile, "absolute") == errno.ELOOP
    assert refused(hostile, "pipe") == errno.ENXIO


def test_a_device_is_refused_by_its_descriptor():
    at = os.open(os.devnull, os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="not a regular file"):
            confinement.read_descriptor(at, "null", LIMIT)
    finally:
        os.close(at)


def test_a_file_above_the_limit_is_refused_and_one_at_the_limit_is_read(tree, way):
    root = tree({"f": "x" * 100})
    assert len(confinement.read_file(root, "f", 100)[1]) == 100
    with pytest.raises(OSError, match="larger") as caught:
        confinement.read_file(root, "f", 99)
    assert caught.value.errno == errno.EFBIG


def test_no_descriptor_is_left_open(hostile, way):
    before = len(list(Path("/dev/fd").iterdir()))
    for path in [*ESCAPES, "f.py", "a/b/f.py"] * 3:
        try:
            confinement.read_file(hostile, path, LIMIT)
        except OSError:
            continue
    os.close(confinement.open_folder(hostile, "a/b"))
    assert len(list(Path("/dev/fd").iterdir())) == before


def flip(root: Path, name: str, stop: threading.Event) -> None:
    """Let ``name`` be in turn what it is and what ``evil`` is."""
    while not stop.is_set():
        for old, new in [(name, "good"), ("evil", name), (name, "evil"), ("good", name)]:
            (root / old).rename(root / new)


@pytest.mark.parametrize("name", ["flip", "file.py"])
def test_a_folder_or_file_that_flips_to_a_link_leaks_nothing(tree, tmp_path, way, name):
    root = tree({"flip/f.py": "ok", "file.py": "ok"})
    (tmp_path / "f.py").write_text("leak")
    (root / "evil").symlink_to(tmp_path if name == "flip" else tmp_path / "f.py")
    path = {"flip": "flip/f.py"}.get(name, name)
    stop = threading.Event()
    flipping = threading.Thread(target=flip, args=(root, name, stop))
    flipping.start()
    seen = set()
    try:
        for _ in range(ROUNDS):
            try:
                seen.add(confinement.read_file(root, path, LIMIT)[1])
            except OSError:
                continue
    finally:
        stop.set()
        flipping.join()
    assert seen <= {b"ok"}
