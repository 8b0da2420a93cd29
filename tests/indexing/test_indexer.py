"""Is the index what the files say, however it came to be?"""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from index_cases import Case

from mcp_server.embedding import open_embedder
from mcp_server.indexing import walk as walking
from mcp_server.indexing.indexer import Cancelled, Indexer
from mcp_server.indexing.walk import walk


@pytest.fixture
def case(tmp_path):
    made = []

    def make(files: dict[str, str | bytes] | None = None, **options) -> Case:
        made.append(Case(tmp_path / str(len(made)), files, **options))
        return made[-1]

    yield make
    for each in made:
        each.app.close()


# --- incremental is from scratch --------------------------------------------------------------------------------

PATHS = ["a.py", "b.py", "pkg/__init__.py", "pkg/root.py", "pkg/deep/c.py", "notes.md", "picture.png"]
SOURCES = [
    "from pkg import Root, run\nclass Child(Root):\n    def go(self): self.run(), self.stop(), super().run()\n"
    "def f(x): x.launch(), run(), Child().go()\n",
    "class Root:\n    def run(self): ...\ndef run(): ...\n",
    "class Root:\n    def run(self): self.stop()\n    def stop(self): ...\n    def launch(self): ...\n",
    "from .root import *\nfrom .root import Root\n",
    "from pkg.root import Root\nfrom a import run as stop\nclass Root(Root):\n    def stop(self): self.run()\n",
    "def run(): launch()\nclass Other:\n    def launch(self): run()\n",
    "from a import *\nfrom b import *\nfrom pkg.root import *\nclass Root(Child, Other):\n    def m(self): self.go()\n",
    "class A(B): ...\nclass B(C): ...\nclass C(A):\n    def run(self): self.stop()\nRoot = A\nRoot().run()\n",
    "import a, b, pkg.root\na.run(), b.f(1), pkg.root.run(), pkg.Root().stop()\n",
    "from pkg import Root\nfrom b import made\ndef make():\n    root = Root()\n    return root\n"
    "make().stop(), made().run()\n",
    "from a import make, Child\ndef made():\n    return make()\nclass Other:\n    def __init__(self, root: Child):\n"
    "        self.root, self.list = root, []\n    def launch(self):\n        self.list.append(make())\n"
    "        self.root.run(), self.list[0].stop(), [x.run() for x in self.list]\n",
    "# Title\n\nHow to run and stop.\n\n## Launch\n\nMore.\n",
    "def broken(:\n    x = (\n",
    "# DO NOT EDIT\n",
    "\0\0",
    "",
]
STEP = st.tuples(st.sampled_from(PATHS), st.one_of(st.none(), st.sampled_from(PATHS), st.sampled_from(SOURCES)))


def change(case: Case, path: str, to: str | None) -> None:
    """Delete, rename or write a file."""
    file = case.root / path
    if to is None:
        file.unlink(missing_ok=True)
    elif to not in PATHS:
        case.write(path, to)
    elif file.exists() and to != path:
        (case.root / to).parent.mkdir(parents=True, exist_ok=True)
        file.rename(case.root / to)


FIRST = [[("a.py", SOURCES[0]), ("pkg/__init__.py", SOURCES[3]), ("pkg/root.py", SOURCES[2])], [("b.py", SOURCES[5])]]


@settings(max_examples=12)
@given(st.lists(st.lists(STEP, max_size=3), max_size=6), st.sampled_from([1, 2, 512]))
@example(FIRST, 512)
@example(FIRST, 1)
@example([[("a.py", SOURCES[7])], [("b.py", SOURCES[8])], [("a.py", SOURCES[7] + "x = 1\n")]], 512)
def test_an_index_made_step_by_step_is_the_index_made_at_once(runs, files_a_commit):
    before = {"a.py": SOURCES[0], "pkg/root.py": SOURCES[1], "pkg/__init__.py": SOURCES[3]}
    with tempfile.TemporaryDirectory() as folder:
        case = Case(Path(folder), before, batch_files=files_a_commit)
        case.app.index()
        for steps in runs:
            for path, to in steps:
                change(case, path, to)
            case.app.index()
        case.check_equals_one_from_scratch("how to run", "launch", "Root.stop")
        case.app.close()


MOVES = {
    "a method that hides one of the base": (
        "mid.py",
        "from root import Root\nclass Mid(Root):\n    def go(self): ...\n",
    ),
    "a base that is another": ("mid.py", "from root import Other as Root\nclass Mid(Root): ...\n"),
    "a re-export that is gone": ("pkg.py", "x = 1\n"),
    "a re-export of another": ("pkg.py", "from root import other as tool\n"),
    "a second method of a unique name": ("new.py", "class New:\n    def lonely(self): ...\n"),
    "a file that is gone": ("root.py", None),
    "a module that comes nearer": ("sub/root.py", "def other(): ...\n"),
    "a class that is gone": ("mid.py", "def f():\n    global Mid\n    from root import Other\n    Mid = Other\n"),
}


@pytest.mark.parametrize(("path", "text"), MOVES.values(), ids=MOVES)
def test_a_change_in_one_file_moves_the_calls_of_another(path: str, text: str | None, case):
    root = "class Root:\n    def go(self): ...\n    def lonely(self): ...\nclass Other:\n    def go(self): ...\n"
    made = case(
        {
            "root.py": root + "def tool(): ...\ndef other(): ...\n",
            "mid.py": "from root import Root\nclass Mid(Root): ...\n",
            "pkg.py": "from root import tool\n",
            "sub/leaf.py": "from mid import Mid\nfrom pkg import tool\nimport root\nclass Leaf(Mid):\n"
            "    def run(self, x): self.go(), tool(), x.lonely(), root.other(), Mid().go()\n",
        }
    )
    made.app.index()
    before = made.rows()
    change(made, path, text)
    made.app.index()
    made.check_equals_one_from_scratch()
    assert made.rows()["edges"] != before["edges"]


@pytest.mark.parametrize("path", ["a.py", "b.py", "c.py"])
def test_what_a_function_binds_for_itself_is_not_seen_from_other_files(path: str, case):
    setup = "def setup():\n    global Base\n    from c import {} as chosen\n    Base = chosen\n"
    made = case(
        {
            "a.py": setup.format("One") + "class Grown(Base):\n    def go(self): self.run()\n",
            "b.py": "from a import Grown\nGrown().run()\n",
            "c.py": "class One:\n    def run(self): ...\nclass Two:\n    def run(self): ...\n",
        }
    )
    made.app.index()
    made.write(path, (made.root / path).read_text().replace("import One", "import Two") + "# edited\n")
    made.app.index()
    made.check_equals_one_from_scratch()


def test_a_change_of_a_body_leaves_the_edges_into_the_file(case):
    made = case({"a.py": "from b import f\nf()\n", "b.py": "def f():\n    g()\ndef g(): ...\n"})
    made.app.index()
    made.write("b.py", "# moved\n\ndef f():\n    return g()\ndef g(): ...\n")
    assert made.app.index()["changed"] == 1
    assert len(made.rows()["edges"]) == 2
    made.check_equals_one_from_scratch()


def test_many_small_commits_make_the_same_index_as_one(case):
    files = {f"m{i}.py": f"from m{i - 1} import f{i - 1}\ndef f{i}(): f{i - 1}()\n" for i in range(1, 30)}
    made = case({**files, "m0.py": "def f0(): ...\n"}, batch_files=7)
    assert made.app.index()["generation"] == 6  # five of files, and one that links
    made.options = {}
    made.check_equals_one_from_scratch()


# --- doing no more than needed ----------------------------------------------------------------------------------


def test_a_change_of_many_files_links_only_what_it_reaches(case):
    files = {f"m{i}.py": f"def f{i}(): ...\nf{i}()\n" for i in range(6)}
    files |= {"far.py": "def wrap(f): return f\n@wrap\ndef g(): ...\n"}
    made = case({**files, "about.py": "from m1 import f1\n@f1\ndef h(): ...\n"}, batch_files=2)
    made.app.index()
    # What is linked again gets its references anew: under other row ids, but for the last ones.
    before = references(made)
    for i in range(6):
        made.write(f"m{i}.py", f"def other(): ...\ndef f{i}(): other()\n")
    made.app.index()
    kept = references(made) & before
    assert {path for _, path in kept} == {b"far.py"}
    made.check_equals_one_from_scratch()


def references(made: Case) -> set[tuple[int, bytes]]:
    sql = "SELECT r.id, f.path FROM symbol_references r JOIN files f ON f.id = r.file_id"
    with made.app._index.snapshot() as snapshot:
        return set(snapshot._relations.rows(sql))


def test_a_stopped_change_of_many_files_is_linked_by_the_next_run(case):
    files = {f"m{i}.py": f"def f{i}(): ...\nf{i}()\n" for i in range(120)}
    made = case(files, batch_files=20)
    made.app.index()
    for path in files:
        made.write(path, f"def other(): ...\n{files[path]}other()\n")
    cancelled = threading.Event()

    def stop(step):
        if step.stage == "index":
            cancelled.set()

    with pytest.raises(Cancelled):
        made.indexer().run(stop, cancelled=cancelled)
    with made.app._index.snapshot() as snapshot:
        assert not snapshot.linked
    made.app.index()
    made.check_equals_one_from_scratch()


def test_a_second_run_writes_nothing(case):
    made = case({"a.py": "x = 1\n", "b.bin": b"\0", "c.txt": b"\0\0", "d.md": "# D\n"})
    first = made.app.index()
    before = {path: path.stat().st_mtime_ns for path in made.app._index.folder.rglob("*") if path.is_file()}
    second = made.app.index()
    assert (second["generation"], second["unchanged"], second["added"]) == (first["generation"], 2, 0)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_is_newly_left_out_is_told_though_no_file_changed(case):
    made = case({"a.py": "x = 1\n"})
    made.app.index()
    made.write("b.png", b"\0")
    made.app.index()
    assert made.skips() == {"b.png": walking.BINARY}


def test_a_touched_file_is_read_but_not_parsed_again(case):
    made = case({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    made.app.index()
    os.utime(made.root / "a.py", ns=(1, 1))
    report = made.app.index()
    assert (report["changed"], report["unchanged"]) == (0, 2)
    made.check_equals_one_from_scratch()
    assert made.app.index()["generation"] == report["generation"]


def test_texts_that_were_embedded_before_are_not_embedded_again(case):
    made = case({"a.py": "".join(f"def f{i}():\n    return {'+'.join(['word'] * 80)}\n" for i in range(9))})
    made.app.index()
    embedded = []

    class Counting:
        def __init__(self, embedder):
            self.id, self.dimensions, self._embedder = embedder.id, embedder.dimensions, embedder

        def embed_documents(self, texts):
            embedded.extend(texts)
            return self._embedder.embed_documents(texts)

    made.write("a.py", (made.root / "a.py").read_text() + "def new(): ...\n")
    Indexer(made.app._index, Counting(open_embedder("tristore-static")), made.app._settings).run()
    assert len(embedded) == 1
    assert "def new" in embedded[0]


# --- what the disk may do ---------------------------------------------------------------------------------------


def test_a_file_that_vanishes_between_walk_and_read_is_left_out_and_back_when_it_is_back(case):
    made = case({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    found = walk(made.root, made.app._settings.index)
    (made.root / "b.py").rename(made.root.parent / "b.py")
    made.indexer().run(found=found)
    assert (made.paths(), made.skips()) == (["a.py"], {"b.py": walking.VANISHED})
    (made.root.parent / "b.py").rename(made.root / "b.py")
    made.indexer().run()
    made.check_equals_one_from_scratch()
    assert made.paths() == ["a.py", "b.py"]


def test_an_indexed_file_that_vanishes_between_walk_and_read_goes(case):
    made = case({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    made.app.index()
    made.write("b.py", "changed = 1\n")
    found = walk(made.root, made.app._settings.index)
    (made.root / "b.py").unlink()
    made.indexer().run(found=found)
    assert made.paths() == ["a.py"]
    made.app.index()
    made.check_equals_one_from_scratch()


@pytest.mark.parametrize("files", [{}, {"a.unknown": "x"}, {"sub/pic.png": b"\0"}], ids=["empty", "unknown", "binary"])
def test_a_root_without_anything_to_index_is_an_index_with_nothing_in_it(files, case):
    made = case(files)
    assert made.app.index()["counts"]["files"] == 0
    assert made.app.is_indexed()
    assert made.app.search("anything").data["hits"] == []


def test_a_file_that_cannot_be_indexed_is_remembered_until_it_changes(case):
    made = case({"a.txt": b"\0\0", "b.py": "# @generated\n"})
    made.app.index()
    assert made.skips() == {"a.txt": walking.BINARY, "b.py": walking.GENERATED}
    made.write("a.txt", "text\n")
    made.write("b.py", b"\0")
    made.app.index()
    assert (made.skips(), made.paths()) == ({"b.py": walking.BINARY}, ["a.txt"])
    made.check_equals_one_from_scratch()


def test_no_file_stops_a_run(case):
    bad = {
        "deep.py": "(" * 50_000,
        "cut.py": b"def f():\n  '\xff\xfe",
        "wide.py": "x = " + "a." * 9_000 + "b()",
        "nul.py": "x = 1\n" * 5_000 + "\0",
        "endings.py": "def f():\r  x()\r\n\x0c\x85\u2028y()",
        os.fsdecode(b"\xff\xfe.py"): "def odd(): odd()\n",
        "new\nline.py": "def two(): two()\n",
        "long.md": "#" * 9_000,
        "nested.py": "".join(" " * i + f"class C{i}(C{i - 1}):\n" for i in range(200)) + " " * 200 + "x()",
    }
    made = case({**bad, "good.py": "def good(): good()\n"})
    made.app.index()
    assert set(made.paths()) | set(made.skips()) == {*bad, "good.py"}
    made.check_equals_one_from_scratch("good")


def test_every_parsed_file_is_stored_row_by_row(case):
    made = case({f"{i}.py": source for i, source in enumerate(SOURCES) if source.isprintable() or "\n" in source})
    report = made.app.index()
    rows = made.rows()
    assert report["added"] == len(rows["files"]) == report["counts"]["files"]
    assert report["counts"]["calls"] == len(rows["calls"]) == sum(map(calls_in, rows["files"], [made] * 99))
    assert report["problems"] == len(rows["problems"])


def calls_in(file_row: tuple, made: Case) -> int:
    from mcp_server.languages.python import PYTHON

    path = os.fsdecode(file_row[0])
    return len(PYTHON.extract(path, (made.root / path).read_text()).calls)


# --- being stopped ----------------------------------------------------------------------------------------------


def test_a_cancelled_run_stops_and_the_next_one_ends_it(case):
    made = case({f"m{i}.py": f"def f{i}(): ...\n" for i in range(20)}, batch_files=5)
    cancelled = threading.Event()

    def stop(step):
        if step.stage == "walk":
            cancelled.set()

    with pytest.raises(Cancelled):
        made.indexer().run(stop, cancelled=cancelled)
    made.options = {}
    made.app.index()
    made.check_equals_one_from_scratch()


def test_a_killed_run_leaves_nothing_to_repair_by_hand(case):
    files = {f"p{i % 3}/m{i}.py": f"from p0.m0 import f0\nclass C{i}:\n    def f{i}(self): f0()\n" for i in range(80)}
    made = case({**files, "p0/m0.py": "def f0(): ...\n"})
    home = str(made.folder / "home")
    command = [sys.executable, "-P", "-m", "mcp_server", "index", "--progress-json", "--path", str(made.root)]
    for lines in (1, 2, 3):
        killed = subprocess.Popen(
            command, env={**os.environ, "TRISTORE_HOME": home}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        with killed:
            for _ in range(lines):
                killed.stdout.readline()
            killed.kill()
        made.write("p1/new.py", f"def f0(): {'x' * lines}()\n")
    while made.app.search("f0").data.get("complete") is False:
        assert "repository is being made" in made.app.search("f0").text
    made.check_equals_one_from_scratch("f0", "class C7")


def test_a_run_that_finds_nothing_to_do_once_it_may_write_publishes_nothing(case):
    made = case({"a.py": "def a(): ...\n"})
    first = made.app.index()
    again = made.app.index(repair=True)
    assert (again["generation"], again["unchanged"], again["verified"]) == (first["generation"], 1, True)
