"""Does git's memory come back as it is, and nothing else of git?"""

import subprocess

import pytest

from mcp_server.errors import BadQuery
from mcp_server.history import blob_id, blobs, changed_with


def git(root, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-q")
    for number in range(3):
        for name in ("a.py", "b.py", "grüße.py"):
            (tmp_path / name).write_text(f"x = {number}\n")
        (tmp_path / f"once{number}.py").write_text("x = 1\n")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", f"number {number}")
    return tmp_path


def test_object_ids_are_gits_own(repository):
    found = blobs(repository, "HEAD")
    assert set(found) >= {"a.py", "grüße.py", "once2.py"}
    assert all(found[name] == git(repository, "hash-object", name).strip() for name in found)
    assert blob_id((repository / "a.py").read_bytes(), found["a.py"]) == found["a.py"]


def test_files_that_change_together_are_counted(repository):
    assert changed_with(repository, "a.py", 5) == [("b.py", 3), ("grüße.py", 3)]


def test_a_folder_without_git_has_no_history(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert changed_with(tmp_path, "a.py", 5) == []
    with pytest.raises(BadQuery, match="does not know"):
        blobs(tmp_path, "HEAD")


def test_what_a_configuration_names_is_not_run(repository):
    ran = repository / "ran"
    script = repository / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "gpg.program", "core.pager", "filter.x.clean"):
        git(repository, "config", key, str(script))
    git(repository, "config", "log.showSignature", "true")
    (repository / ".gitattributes").write_text("* filter=x\n")
    blobs(repository, "HEAD")
    changed_with(repository, "a.py", 5)
    assert not ran.exists()
