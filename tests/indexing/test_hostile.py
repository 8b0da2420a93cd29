"""Does a tree that was made to break an indexer break nothing, cost no other file, and say what was left out?"""

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mcp_server.app import App
from mcp_server.config import IndexOptions, load
from mcp_server.indexing import walk as walking
from mcp_server.indexing.pool import PARSER_DIED, Pool
from mcp_server.indexing.walk import walk
from mcp_server.indexing.worker import Result, Task
from stores.facts import ParsedFile, Skip
from tests.hostile_sources import SOURCES, filled

OPTIONS = replace(IndexOptions(), workers=2)
NOBODY = 65_534


def results_of(root: Path, options: IndexOptions) -> dict[str, Result]:
    tasks = [Task(file.path, file.size, file.changed_ns, None) for file in walk(root, options).files]
    with Pool(root, options, parallel=True) as pool:
        return {result.path: result for result in pool.parse(tasks)}


def assert_tiled(result: Result) -> None:
    """Whatever was understood of a file, all of its text is in its chunks."""
    assert isinstance(result, ParsedFile), result
    ends = [chunk.byte_end for chunk in result.chunks]
    assert [chunk.byte_start for chunk in result.chunks] == [0, *ends[:-1]]
    assert ends[-1] == len(result.text.encode())


@pytest.mark.parametrize("name", SOURCES)
def test_a_hostile_source_is_searchable_whole(tree, name):
    root = tree({name: SOURCES[name](20_000), "good.py": "def good():\n    return 1\n"})
    found = results_of(root, OPTIONS)
    assert_tiled(found[name])
    assert [symbol.name for symbol in found["good.py"].facts.symbols] == ["good"]


@pytest.mark.long
@pytest.mark.parametrize("name", SOURCES)
def test_a_hostile_source_of_the_largest_size_is_searchable_whole(tree, name):
    root = tree({name: SOURCES[name](990_000), "good.py": "def good():\n    return 1\n"})
    found = results_of(root, OPTIONS)
    assert_tiled(found[name])
    assert [symbol.name for symbol in found["good.py"].facts.symbols] == ["good"]


@pytest.mark.long
@pytest.mark.parametrize("name", SOURCES)
def test_a_hostile_source_beyond_the_largest_size_is_searchable_or_given_up_with_the_cause(tree, name):
    root = tree({name: SOURCES[name](8_000_000), "good.py": "def good():\n    return 1\n"})
    found = results_of(root, replace(OPTIONS, max_file_bytes=16_000_000))
    if isinstance(found[name], Skip):
        assert found[name].reason.startswith(f"{PARSER_DIED}: ")
    else:
        assert_tiled(found[name])
        assert len(found[name].chunks) <= OPTIONS.max_file_chunks
    assert [symbol.name for symbol in found["good.py"].facts.symbols] == ["good"]


def test_a_long_run_of_comments_takes_no_time(tree):
    root = tree({"a.py": SOURCES["comments.py"](100_000) + "def last(): ...\n"})
    (result,) = results_of(root, replace(OPTIONS, parse_cpu_seconds=1)).values()
    assert result.facts.problems == ()
    assert [symbol.name for symbol in result.facts.symbols] == ["last"]


def test_too_many_chunks_become_larger_ones_and_the_file_says_so(tree):
    root = tree({"a.txt": "word word word\n" * 2_000})
    (result,) = results_of(root, replace(OPTIONS, max_file_chunks=5)).values()
    assert_tiled(result)
    assert 1 < len(result.chunks) <= 5
    assert result.facts.problems[0].message.startswith("over 5 chunks of 400 tokens")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the right to read everything, which root has."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_and_a_file_that_cannot_be_read_are_one_skip_each():
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "closed").mkdir()
        (root / "closed/a.py").write_text("x")
        (root / "b.py").write_text("x")
        (root / "c.py").write_text("x")
        (root / "b.py").chmod(0)
        (root / "closed").chmod(0)
        try:
            with as_nobody():
                found = walk(root, OPTIONS)
                assert found.skips == [Skip("closed", walking.UNREADABLE)]
                assert [file.path for file in found.files] == ["b.py", "c.py"]
                assert walking.read(root, "b.py", OPTIONS) == Skip("b.py", walking.UNREADABLE)
        finally:
            (root / "closed").chmod(0o700)


def test_a_folder_of_many_files_is_walked(tree):
    root = tree({f"{i}.py": "" for i in range(2_000)})
    assert len(walk(root, OPTIONS).files) == 2_000


@pytest.fixture
def trap(tree, tmp_path, monkeypatch):
    """A tree with one of everything that is not a plain source file, and three that are."""
    root = tree({
        "good.py": "def needle():\n    return 1\n", "new\nline.py": "def newline(): ...\n",
        "deep/" + "d/" * 199 + "f.py": "def deepest(): ...\n", "nul.py": b"x = 1\0\n" * 99,
        "latin.py": b"# caf\xe9\nx = 1\n",
        "invalid.py": b"\xff\xfe\xfd" * 999, "line.js": "x" * 900_000, "brackets.py": SOURCES["brackets.py"](20_000),
        "broken.py": "def f(:\n", "loop/f.py": "",
    })  # fmt: skip
    (root / os.fsdecode(b"caf\xe9.py")).write_text("def undecodable(): ...\n")
    with (root / "huge.py").open("wb") as huge:
        huge.truncate(100_000_000)
    (root / "literal.go").write_text(SOURCES["literal.go"](8_000_000))
    (tmp_path / "outside.py").write_text("def leaked(): ...\n")
    (root / "out.py").symlink_to(tmp_path / "outside.py")
    (root / "up").symlink_to("..")
    (root / "loop/self").symlink_to("../loop")
    os.mkfifo(root / "pipe.py")
    monkeypatch.chdir(root)  # a socket's whole path may have 108 bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
        yield root


def test_a_tree_of_traps_is_indexed_and_says_what_was_left_out(trap, tmp_path):
    app = App(load(trap, {"TRISTORE_HOME": str(tmp_path / "home")}))
    try:
        app.index()
        for name in ("needle", "newline", "deepest", "undecodable"):
            assert name in app.search(name).text, name
        assert "outside.py" not in str(app.search("leaked").data["hits"])
        assert "def leaked" not in app.search("leaked").text
        with app._index.snapshot() as snapshot:
            skips = {skip.path: skip.reason for skip in snapshot.skips()}
            assert not any(snapshot.verify().values())
        status = app.status().data
    finally:
        app.close()
    assert skips == {
        "huge.py": walking.TOO_LARGE, "literal.go": walking.TOO_LARGE, "line.js": walking.MINIFIED,
        "nul.py": walking.BINARY, "out.py": walking.OUTSIDE, "up": walking.OUTSIDE, "loop/self": "symlink to loop",
        "pipe.py": walking.NOT_REGULAR, "socket.py": walking.NOT_REGULAR,
    }  # fmt: skip
    assert sum(status["left_out"].values()) == len(skips)
    assert any(problem.startswith("broken.py:") for problem in status["problems"])


def test_a_file_that_its_parser_cannot_take_is_found_as_text_and_listed_as_a_problem(tree, tmp_path):
    hard = "def needle():\n" + filled(250_000, "    " + "f(" * 40 + ")" * 40 + "\n")
    root = tree({"hard.py": hard, "easy.py": "def easy(): ...\n"})
    app = App(load(root, {"TRISTORE_HOME": str(tmp_path / "home")}, {"parse_memory_bytes": 64_000_000}))
    try:
        report = app.index()
        assert (report["added"], report["problems"]) == (2, 1)
        (problem,) = app.status().data["problems"]
        assert problem.startswith("hard.py:1: not parsed, indexed as text: the parser ")
        assert "hard.py" in app.search("needle").text
        assert app.index()["changed"] == 0
    finally:
        app.close()


def test_a_device_is_not_a_file(tmp_path):
    try:
        os.mknod(tmp_path / "zero.py", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root may make a device")
    assert walk(tmp_path, OPTIONS).skips == [Skip("zero.py", walking.NOT_REGULAR)]
    assert walking.read(tmp_path, "zero.py", OPTIONS) in (
        Skip("zero.py", walking.NOT_REGULAR),
        Skip("zero.py", walking.UNREADABLE),  # on a file system without devices
    )


def test_a_tree_that_changes_while_it_is_walked_leaks_nothing(tree, tmp_path):
    root = tree({"flip/a.py": "ok = 1\n", "flip/.gitignore": "# ok\n", "flip/inner/b.py": "ok = 2\n"})
    outside = tmp_path / "outside"
    for path in ("a.py", "inner/b.py", "c.py"):
        (outside / path).parent.mkdir(parents=True, exist_ok=True)
        (outside / path).write_text("leak = 1\n")
    (root / "evil").symlink_to(outside)
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            for old, new in [("flip", "good"), ("evil", "flip"), ("flip", "evil"), ("good", "flip")]:
                (root / old).rename(root / new)

    flipping = threading.Thread(target=flip)
    flipping.start()
    texts, paths = set(), set()
    try:
        for _ in range(300):
            for file in walk(root, OPTIONS).files:
                paths.add(Path(file.path).name)
                source = walking.read(root, file.path, OPTIONS)
                texts.add(source.text if isinstance(source, walking.Source) else "")
    finally:
        stop.set()
        flipping.join()
    assert "c.py" not in paths
    assert not any("leak" in text for text in texts)


@pytest.mark.long
def test_fifty_thousand_files_in_a_folder_are_indexed(tmp_path):
    root = tmp_path / "tree"
    root.mkdir()
    for i in range(50_000):
        (root / f"m{i}.py").write_text(f"def f{i}():\n    return {i}\n")
    app = App(load(root, {"TRISTORE_HOME": str(tmp_path / "home")}))
    try:
        report = app.index()
        assert (report["added"], report["skipped"]) == (50_000, {})
        assert "f49999" in app.search("f49999").text
    finally:
        app.close()
