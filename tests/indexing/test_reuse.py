"""Is what was parsed or embedded before, in any root, taken as it was, and is the index the same without?"""

import dataclasses
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from test_indexer import Case

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.embedding import open_embedder
from mcp_server.indexing import pool, reuse, versions
from mcp_server.indexing.indexer import Indexer
from mcp_server.indexing.versions import identity
from mcp_server.indexing.walk import walk
from mcp_server.indexing.worker import Task, parse
from mcp_server.languages import GRAMMARS

FILES = {
    "pkg/__init__.py": "from .shapes import Shape\n",
    "pkg/shapes.py": "class Shape:\n    def area(self): return self.side()\n    def side(self): ...\n",
    "pkg/deep/er/and/deeper/far.py": "from pkg import Shape\ndef far(): Shape().area()\n",
    "notes.md": "# Shapes\n\nHow the area is found.\n",
    "broken.py": "def f(:\n",
    "odd.bin": "\0\0",
    "data.txt": "\0",
}
TEXTS = 5


class Counting:
    """The built-in model, and the texts it was given."""

    def __init__(self, more: str = ""):
        self._embedder = open_embedder("tristore-static")
        self.id, self.dimensions = self._embedder.id + more, self._embedder.dimensions
        self.texts: list[str] = []

    def embed_documents(self, texts):
        self.texts.extend(texts)
        return self._embedder.embed_documents(texts)

    def embed_queries(self, texts):
        return self._embedder.embed_queries(texts)

    def close(self):
        self._embedder.close()


class Roots:
    """Several roots of one user, and what is done to index one of them."""

    def __init__(self, folder: Path, monkeypatch):
        self.folder = folder
        self.parsed: list[str] = []
        self._opened: list[App] = []
        attempt = pool.attempt

        def counting(root, task, options):
            self.parsed.append(task.path)
            return attempt(root, task, options)

        monkeypatch.setattr(pool, "attempt", counting)

    def case(self, name: str, files=FILES, **options) -> Case:
        made = Case(self.folder / name, files)
        made.app.close()
        return self.use(made, **options)

    def use(self, made: Case, **options) -> Case:
        """All cases share one home."""
        made.options = options
        made.app = App(load(made.root, {"TRISTORE_HOME": str(self.folder / "home")}, options))
        self._opened.append(made.app)
        return made

    def beside(self, root: Path) -> Case:
        made = Case.__new__(Case)
        made.root, made.folder = root, root.parent / f"{root.name} beside"
        return self.use(made)

    def index(self, made: Case, more: str = "", **how) -> tuple[list[str], int, dict]:
        """Index; return the paths that were parsed, how many texts were embedded, and the report."""
        self.parsed.clear()
        embedder = Counting(more)
        report = Indexer(made.app._index, embedder, made.app._settings).run(**how).as_dict()
        embedder.close()
        return sorted(self.parsed), len(embedder.texts), report

    def close(self):
        for app in self._opened:
            app.close()


@pytest.fixture
def roots(tmp_path, monkeypatch):
    made = Roots(tmp_path, monkeypatch)
    yield made
    made.close()


def git(root: Path, *arguments: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *names, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(roots):
    made = roots.case("repository")
    git(made.root, "init")
    git(made.root, "add", "--all")
    git(made.root, "commit", "--message", "first")
    parsed, embedded, report = roots.index(made)
    assert len(parsed) == len(FILES) - 1  # the name of odd.bin says enough
    assert embedded == TEXTS
    assert (report["reused_files"], report["reused_vectors"], report["seen_problem"]) == (0, 0, "")
    return made


# --- nothing twice ----------------------------------------------------------------------------------------------

COPIES = {
    "worktree": ("worktree", "add", "../second", "--detach"),
    "clone": ("clone", ".", "../second"),
}


@pytest.mark.parametrize("command", COPIES.values(), ids=COPIES)
def test_a_second_copy_costs_neither_parsing_nor_embedding(command, roots, repository):
    git(repository.root, *command)
    second = roots.beside(repository.root.parent / "second")
    parsed, embedded, report = roots.index(second)
    # What cannot be indexed is found out again: that takes no parser.
    assert (parsed, embedded) == (["data.txt"], 0)
    assert (report["added"], report["reused_files"], report["reused_vectors"]) == (5, 5, TEXTS)
    assert second.skips() == repository.skips()
    second.check_equals_one_from_scratch("area", "how the area is found", "Shape.side")


def test_a_run_without_a_change_reuses_nothing_and_does_not_open_the_cache(roots, repository):
    second = roots.case("second")
    indexer = second.indexer()
    assert indexer.run().reused_files == 5
    cache = roots.folder / "home"
    before = {path: path.stat().st_mtime_ns for path in cache.glob("seen-*")}
    report = indexer.run()
    assert (report.reused_files, report.reused_vectors) == (0, 0)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_branch_there_and_back_costs_only_what_is_new(roots, repository):
    git(repository.root, "checkout", "-b", "other")
    repository.write("pkg/shapes.py", "class Shape:\n    def area(self): return 1\n    def volume(self): ...\n")
    repository.write("new.py", "def new(): ...\n")
    git(repository.root, "rm", "notes.md")
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--message", "second")
    assert roots.index(repository)[:2] == (["new.py", "pkg/shapes.py"], 2)
    for branch in ("main", "other", "main"):
        git(repository.root, "checkout", branch)
        parsed, embedded, report = roots.index(repository)
        assert (parsed, embedded) == ([], 0)
        assert report["reused_files"] == report["added"] + report["changed"] > 0
        repository.check_equals_one_from_scratch("area", "volume")


def test_a_moved_file_is_parsed_again_but_texts_that_stay_are_not_embedded_again(roots, repository):
    (repository.root / "pkg/deep").rename(repository.root / "pkg/other")
    assert roots.index(repository)[:2] == (["pkg/other/er/and/deeper/far.py"], 0)
    repository.check_equals_one_from_scratch("far")


def test_what_changed_but_for_its_size_is_parsed(roots, repository):
    made = roots.case("second", {**FILES, "broken.py": "def g(:\n"})
    parsed, _, report = roots.index(made)
    assert (parsed, report["reused_files"]) == (["broken.py", "data.txt"], 4)
    made.check_equals_one_from_scratch()


def test_many_known_files_start_no_worker_and_few_unknown_ones_neither(roots):
    files = {f"m{i}.py": f"def f{i}(): ...\n" for i in range(60)}
    roots.index(roots.case("first", files, parallel_files=20, workers=2))
    made = roots.case("second", {**files, **{f"n{i}.py": "x = 1\n" for i in range(15)}}, parallel_files=20, workers=2)
    parsed, _, report = roots.index(made)
    assert parsed == sorted(f"n{i}.py" for i in range(15))
    assert (report["reused_files"], report["worker_peak_mb"]) == (60, 0.0)
    made.options = {}
    made.check_equals_one_from_scratch("f7")


def test_known_and_unknown_files_from_workers_make_one_index(roots):
    files = {f"m{i}.py": f"from m{i - 1} import *\ndef f{i}(): f{i - 1}()\n" for i in range(1, 90)}
    roots.index(roots.case("first", dict(list(files.items())[::2]), parallel_files=20, workers=2))
    made = roots.case("second", files, parallel_files=20, workers=2, batch_files=13)
    report = roots.index(made)[2]
    assert (report["added"], report["reused_files"], report["generation"]) == (89, 45, 8)
    assert report["worker_peak_mb"] > 0
    made.options = {}
    made.check_equals_one_from_scratch("f7")


# --- only what is still true ------------------------------------------------------------------------------------


def test_another_extractor_parses_all_again(roots, repository, monkeypatch):
    monkeypatch.setattr(versions, "_EXTRACTOR", "another")
    second = roots.case("second")
    parsed, embedded, report = roots.index(second)
    assert (len(parsed), embedded, report["reused_files"]) == (6, 0, 0)


def test_another_linker_makes_the_index_anew_from_the_facts_that_are_known(roots, repository, monkeypatch):
    monkeypatch.setattr(versions, "_PROGRAM", "another")
    parsed, embedded, report = roots.index(repository)
    assert (parsed, embedded, report["reused_files"], report["unchanged"]) == (["data.txt"], 0, 5, 0)


def test_another_grammar_parses_all_again(roots, repository, monkeypatch):
    monkeypatch.setattr(versions, "version", lambda name: "9" if name == "tree-sitter-go" else "1")
    assert len(roots.index(repository)[0]) == 6


def test_every_grammar_that_is_installed_is_part_of_the_key():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[^a-z-]", each)[0] for each in project["dependencies"]}
    assert set(GRAMMARS) == {name for name in named if name.startswith("tree-sitter")}


def test_other_chunks_are_made_again(roots, repository):
    second = roots.case("second", chunk_tokens=33)
    assert len(roots.index(second)[0]) == 6
    second.check_equals_one_from_scratch()


def test_another_model_embeds_all_again(roots, repository):
    second = roots.case("second")
    parsed, embedded, report = roots.index(second, " of another kind")
    assert (parsed, embedded, report["reused_vectors"]) == (["data.txt"], TEXTS, 0)


def test_who_asks_for_a_rebuild_gets_one(roots, repository):
    assert roots.index(repository, rebuild=True)[:2] == (sorted(set(FILES) - {"odd.bin"}), TEXTS)


def test_nothing_is_kept_or_taken_when_switched_off(roots, repository):
    second = roots.case("second", seen=False)
    assert roots.index(second)[:2] == (sorted(set(FILES) - {"odd.bin"}), TEXTS)
    home = roots.folder / "home"
    for path in home.glob("seen-*"):
        path.unlink()
    roots.index(roots.case("third", seen=False))
    assert list(home.glob("seen-*")) == []


def test_all_that_a_parser_runs_is_part_of_the_key():
    look = "import sys, mcp_server.indexing.worker\n"
    look += (
        "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] in ('mcp_server', 'stores')), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    loaded = {Path(line) for line in done.stdout.splitlines()}
    # Packages without code of their own; settings, which the identity names where facts depend on them; errors; and
    # what decides which files are read, but not what is in them.
    other = {"__init__.py", "config.py", "errors.py", "patterns.py", "stamp.py"}
    assert {path for path in loaded - set(versions.extractor_files()) if path.name not in other} == set()
    assert len(loaded) > 10


def test_what_could_not_be_parsed_this_time_is_not_taken_for_what_the_file_says(roots):
    made = roots.case("first", {"a.py": "def a(): ...\n", "b.py": "def b(): ...\n"})
    settings, embedder = made.app._settings, Counting()
    tasks = [Task(file.path, file.size, file.changed_ns, None) for file in walk(made.root, settings.index).files]
    plain = dataclasses.replace(tasks[0], plain="the parser used up its processor time")
    parsed = [parse(made.root, task, settings.index) for task in (plain, tasks[1])]
    with reuse.Reuse(settings, identity(settings, embedder)) as one:
        one.keep(parsed, {})
    with reuse.Reuse(settings, identity(settings, embedder)) as other:
        assert other.unknown(tasks) == 1
        assert [other.result(task) for task in tasks] == [None, parsed[1]]


# --- damage and company -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["noise", "cut", "folder", "gone"])
def test_damage_costs_time_and_nothing_else(damage, roots, repository):
    (cache,) = (roots.folder / "home").glob("seen-*.db")
    if damage == "noise":
        cache.write_bytes(os.urandom(cache.stat().st_size))
    elif damage == "cut":
        os.truncate(cache, 5_000)
    else:
        cache.unlink()
        if damage == "folder":
            cache.mkdir()
    second = roots.case("second")
    parsed, embedded, report = roots.index(second)
    assert (len(parsed), embedded) == (6, TEXTS)
    assert bool(report["seen_problem"]) == (damage != "gone")
    second.check_equals_one_from_scratch()
    third = roots.case("third")
    assert roots.index(third)[0] == (sorted(set(FILES) - {"odd.bin"}) if damage == "folder" else ["data.txt"])


def test_two_processes_that_index_two_copies_at_once_both_end_well(roots):
    files = {f"p{i % 3}/m{i}.py": f"class C{i}:\n    def f{i}(self): ...\n" for i in range(60)}
    both = [roots.case(name, files) for name in ("one", "two")]
    environment = {**os.environ, "TRISTORE_HOME": str(roots.folder / "home")}
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", "mcp_server", "index", "--quiet", "--path", str(made.root)], env=environment
        )
        for made in both
    ]
    assert [process.wait() for process in started] == [0, 0]
    for made in both:
        made.check_equals_one_from_scratch("f7")
    third = roots.case("third", files)
    assert roots.index(third)[:2] == ([], 0)
