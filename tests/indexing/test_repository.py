"""Are the ignore rules outside a root git's, and is nothing of a repository believed that could lead elsewhere?"""

import os
import subprocess
from pathlib import Path

import pytest

from mcp_server.config import IndexOptions
from mcp_server.indexing.repository import outer_rules, user_excludes
from mcp_server.indexing.walk import changed_since, walk

OPTIONS = IndexOptions()


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=b"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def paths(root: Path) -> list[str]:
    return [file.path for file in walk(root, OPTIONS).files]


def git_paths(root: Path) -> list[str]:
    command = ["git", "ls-files", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
    return sorted(os.fsdecode(path) for path in listed.split(b"\0") if path)


@pytest.fixture
def excludes(tmp_path, monkeypatch) -> Path:
    """The user's excludes file, named by the user's configuration."""
    file = tmp_path / "excludes"
    (tmp_path / "gitconfig").write_text(f"[core]\n\texcludesFile = {file}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    return file


def test_folders_above_the_root_rule_it_as_far_as_its_repository_goes(tree):
    top = tree({
        ".gitignore": "*.log\n/a/b/top.py\nb/any.py\n!keep.log\n/b/no.py\n", "a/.gitignore": "/b/inner.py\n!/b/x.log\n",
        "a/b/.gitignore": "own.py\n", ".git/info/exclude": "excluded.py\n!a.log\n",
        **{f"a/b/{name}": "" for name in ("a.log", "x.log", "keep.log", "top.py", "any.py", "no.py", "inner.py")},
        "a/b/own.py": "", "a/b/excluded.py": "", "a/b/c/excluded.py": "",
    })  # fmt: skip
    git(top, "init", "-q")
    (top / ".git/info/exclude").write_text("excluded.py\n!a.log\n")
    root = top / "a/b"
    assert paths(root) == git_paths(root) == [".gitignore", "any.py", "keep.log", "no.py", "x.log"]
    tree({"../.gitignore": "*\n"})
    assert paths(root) == git_paths(root), "beyond the repository nothing rules"


def test_the_user_s_excludes_rule_every_repository_last(tree, excludes):
    root = tree({".gitignore": "!c.tmp\n", "a.tmp": "", "c.tmp": "", "sub/b.tmp": "", "sub/b.py": ""})
    excludes.write_text("*.tmp\n")
    assert "a.tmp" in paths(root), "not in a repository"
    git(root, "init", "-q")
    assert paths(root) == git_paths(root) == [".gitignore", "c.tmp", "sub/b.py"]
    (root / "sub/.git").mkdir()
    assert paths(root) == [".gitignore", "c.tmp", "sub/b.py"]


def test_a_work_tree_follows_the_exclude_file_of_its_repository(tree, tmp_path):
    root = tree({"a.py": ""})
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "m")
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/exclude").write_text("b.py\n")
    git(root, "worktree", "add", "-q", str(tmp_path / "second"))
    second = tmp_path / "second"
    (second / "b.py").write_text("")
    (second / "c.py").write_text("")
    assert git_paths(second) == ["c.py"]
    assert paths(second) == ["a.py", "c.py"]


def test_the_excludes_file_is_the_user_s_choice_or_the_default_and_no_repository_s(tree, tmp_path, monkeypatch):
    environ = {name: os.environ[name] for name in ("PATH", "GIT_CONFIG_NOSYSTEM")}
    environ |= {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    default = tmp_path / "xdg/git/ignore"
    assert user_excludes(environ) == default
    assert user_excludes({**environ, "PATH": ""}) == default, "without git"
    assert user_excludes({"HOME": "/u"}) == Path("/u/.config/git/ignore")
    assert user_excludes({}) is None
    root = tree({"a.py": "", "b.py": ""})
    git(root, "init", "-q")
    git(root, "config", "core.excludesFile", str(root / "evil"))
    (root / "evil").write_text("a.py\n")
    monkeypatch.chdir(root)
    assert user_excludes({**environ, "GIT_CONFIG_SYSTEM": os.devnull}) == default
    assert "a.py" in paths(root)
    (tmp_path / ".gitconfig").write_text("[core]\nexcludesFile = ~/mine\n")
    assert user_excludes({**environ, "GIT_CONFIG_SYSTEM": "/nowhere"}) == tmp_path / "mine"


def test_a_change_outside_the_root_is_noticed(tree, excludes):
    root = tree({"sub/a.py": "", ".git/HEAD": ""}) / "sub"
    before = walk(root, OPTIONS)
    known = {file.path: (file.size, file.changed_ns) for file in before.files}
    assert changed_since(root, known, before.folders).folders_changed == []
    excludes.write_text("a.py\n")
    assert changed_since(root, known, before.folders).folders_changed == [""]
    before = walk(root, OPTIONS)
    assert before.files == []
    tree({".gitignore": "!a.py\n"})
    assert changed_since(root, {}, before.folders).folders_changed == [""]
    assert paths(root) == ["a.py"]


@pytest.mark.parametrize(
    "pointer", ["gitdir: /dev", "gitdir: a\0b", "gitdir: " + "x" * 9000, "gitdir: .", "nonsense", ""]
)
def test_a_git_file_that_leads_nowhere_is_no_trouble(tree, pointer):
    root = tree({"a.py": "", ".git": pointer})
    assert paths(root) == ["a.py"]


def test_what_waits_or_links_is_not_read_as_rules(tree, excludes, tmp_path):
    root = tree({"sub/a.py": "", ".git/HEAD": ""})
    (tmp_path / "all").write_text("*\n")
    (root / ".gitignore").symlink_to(tmp_path / "all")
    os.mkfifo(excludes)
    assert paths(root / "sub") == ["a.py"]
    excludes.unlink()
    excludes.symlink_to(tmp_path / "all")  # the user's own configuration is often a link
    assert paths(root / "sub") == []
    assert outer_rules(root / "sub").files["../.gitignore"] == -1
