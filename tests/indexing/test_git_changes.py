"""Does an answer follow git, wherever git moves the files to?"""

import os
import subprocess
from pathlib import Path

import pytest

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.indexing.head import head

GIT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


class Repository:
    """A working tree, and an App on it that looks at the disk at each call."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.app = App(load(root, {"TRISTORE_HOME": str(home)}, {"first_wait_s": 60.0}))

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, env=GIT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def where(self, name: str) -> list[str]:
        """Return the files in which an answer shows the definition of a name."""
        answer = self.app.search(f"def {name}(")
        assert answer.data["pending"] == []
        return sorted({hit["path"] for hit in answer.data["hits"] if f"def {name}(" in hit["text"]})

    def check_equals_the_disk(self) -> None:
        with self.app._index.snapshot() as snapshot:
            indexed = {file.path: snapshot.text(file.id) for file in snapshot.files()}
        files = [p for p in self.root.rglob("*") if p.is_file() and ".git" not in p.relative_to(self.root).parts]
        assert indexed == {p.relative_to(self.root).as_posix(): p.read_text() for p in files}


@pytest.fixture
def repository(tmp_path):
    """A repository of two commits: ``main`` says one(), ``other`` says two() in the same file with the same size."""
    made = Repository(tmp_path / "tree", tmp_path / "home")
    made.git("init", "-q", "-b", "main")
    made.write("a.py", "def one(): ...\n")
    made.write("pkg/b.py", "def stays(): ...\n")
    made.commit("first")
    made.git("checkout", "-qb", "other")
    made.write("a.py", "def two(): ...\n")
    made.write("pkg/new/c.py", "def three(): ...\n")
    made.commit("second")
    made.git("checkout", "-q", "main")
    made.app.index()
    yield made
    made.app.close()


def test_a_branch_switch_and_back(repository):
    for _ in range(3):
        repository.git("checkout", "-q", "other")
        assert (repository.where("two"), repository.where("one")) == (["a.py"], [])
        assert repository.where("three") == ["pkg/new/c.py"]
        repository.git("checkout", "-q", "main")
        assert (repository.where("two"), repository.where("one"), repository.where("three")) == ([], ["a.py"], [])
        repository.check_equals_the_disk()


def test_a_checkout_whose_times_were_set_back(repository):
    old = (10**18, 10**18)
    os.utime(repository.root / "a.py", ns=old)
    assert repository.where("one") == ["a.py"]
    repository.git("checkout", "-q", "other")
    # As build tools do that restore a tree with the times of its commits.
    os.utime(repository.root / "a.py", ns=old)
    assert (repository.where("two"), repository.where("one")) == (["a.py"], [])


def test_reset_stash_and_restore(repository):
    repository.git("reset", "-q", "--hard", "other")
    assert repository.where("two") == ["a.py"]
    repository.write("a.py", "def own(): ...\n")
    assert repository.where("own") == ["a.py"]
    repository.git("stash", "-q")
    assert (repository.where("own"), repository.where("two")) == ([], ["a.py"])
    repository.git("stash", "pop", "-q")
    assert repository.where("own") == ["a.py"]
    repository.git("checkout", "-q", "--", "a.py")
    assert (repository.where("own"), repository.where("two")) == ([], ["a.py"])


def test_renames_of_files_and_folders(repository):
    repository.git("mv", "a.py", "moved.py")
    assert repository.where("one") == ["moved.py"]
    repository.git("mv", "pkg", "package")
    assert repository.where("stays") == ["package/b.py"]
    repository.check_equals_the_disk()


def test_a_rename_of_case_alone(repository):
    repository.git("mv", "a.py", "A.py")
    assert repository.where("one") == ["A.py"]
    repository.git("mv", "pkg", "Pkg")
    assert repository.where("stays") == ["Pkg/b.py"]
    repository.check_equals_the_disk()


def test_a_file_that_becomes_a_folder_and_a_file_again(repository):
    repository.git("rm", "-q", "a.py")
    repository.write("a.py/inner.py", "def inside(): ...\n")
    repository.commit("a folder")
    assert (repository.where("inside"), repository.where("one")) == (["a.py/inner.py"], [])
    repository.git("checkout", "-q", "other")
    assert (repository.where("inside"), repository.where("two")) == ([], ["a.py"])
    repository.check_equals_the_disk()
    repository.git("checkout", "-q", "main")
    assert (repository.where("inside"), repository.where("two")) == (["a.py/inner.py"], [])


def test_a_nested_repository_is_followed_too(repository, tmp_path):
    inner = Repository(repository.root / "inner", tmp_path / "inner home")
    inner.git("init", "-q", "-b", "main")
    inner.write("d.py", "def deep(): ...\n")
    inner.commit("first")
    assert repository.where("deep") == ["inner/d.py"]
    inner.git("checkout", "-qb", "side")
    inner.write("d.py", "def down(): ...\n")
    inner.commit("second")
    assert (repository.where("deep"), repository.where("down")) == ([], ["inner/d.py"])
    inner.git("checkout", "-q", "main")
    assert (repository.where("deep"), repository.where("down")) == (["inner/d.py"], [])
    inner.app.close()


def test_each_worktree_shows_its_own_branch(repository, tmp_path):
    repository.git("worktree", "add", "-q", str(tmp_path / "linked"), "other")
    linked = Repository(tmp_path / "linked", tmp_path / "home")
    assert linked.where("two") == ["a.py"]
    assert repository.where("one") == ["a.py"]
    linked.git("checkout", "-q", "--detach", "main")
    assert (linked.where("one"), linked.where("two")) == (["a.py"], [])
    linked.check_equals_the_disk()
    linked.app.close()


def test_many_changed_files_are_named_until_they_are_indexed(repository):
    repository.git("checkout", "-qb", "large")
    for number in range(30):
        repository.write(f"many/n{number}.py", f"def n{number}(): ...\n")
    repository.commit("many")
    answer = repository.app.search("def n7(")
    assert len(answer.data["pending"]) == 30
    assert "being indexed" in answer.text
    assert repository.app._refresher.background.wait(60)
    assert repository.where("n7") == ["many/n7.py"]


# --- HEAD -------------------------------------------------------------------------------------------------------


def test_head_moves_with_every_checkout_commit_and_reset(repository):
    seen = [head(repository.root)]
    assert head(repository.root) == seen[0]
    for command in ("checkout -q other", "checkout -q main", "commit -q --allow-empty -m x", "reset -q --hard HEAD~"):
        repository.git(*command.split())
        seen.append(head(repository.root))
        assert seen[-1] != seen[-2], command
    assert seen[1][1] == repository.git("rev-parse", "other")


def test_head_is_known_with_packed_refs_and_in_a_folder_below(repository):
    before = head(repository.root)
    repository.git("pack-refs", "--all", "--prune")
    packed = head(repository.root)
    assert packed[1] not in ("", before[1])
    assert head(repository.root / "pkg") == packed
    repository.git("commit", "-q", "--allow-empty", "-m", "loose again")
    assert head(repository.root)[1] == repository.git("rev-parse", "HEAD")


def test_head_of_a_worktree_is_its_own(repository, tmp_path):
    linked = tmp_path / "linked"
    repository.git("worktree", "add", "-q", str(linked), "other")
    assert (linked / ".git").is_file()
    before = head(linked)
    assert before[:2] == ("ref: refs/heads/other", repository.git("rev-parse", "other"))
    repository.git("commit", "-q", "--allow-empty", "-m", "on main")
    assert head(linked) == before
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=linked, env=GIT, check=True)
    assert head(linked)[1] == repository.git("rev-parse", "other") != before[1]


@pytest.mark.parametrize("content", ["", "gitdir: ", "gitdir: ../nowhere", "nonsense", "gitdir: \0"])
def test_a_file_called_git_that_leads_nowhere_is_no_repository(tmp_path, content):
    root = tmp_path / "tree"
    root.mkdir()
    (root / ".git").write_text(content)
    assert head(root) == head(tmp_path)


def test_a_pipe_called_head_keeps_nobody_waiting(tmp_path):
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git/HEAD")
    assert head(tmp_path)[0] == ""
