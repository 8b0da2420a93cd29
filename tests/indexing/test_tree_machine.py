"""Is the index what the files say after any order of edits, branch switches and crashes?

A real folder under real git, the real indexer; after each run every table of every store is what one made from scratch
would hold.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from index_cases import Case

from stores import opening

PATHS = ["a.py", "A.py", "b.py", "pkg/__init__.py", "pkg/root.py", "pkg/deep/c.py", "notes.md", "data.txt"]
FOLDERS = ["pkg", "pkg/deep"]
BRANCHES = ["one", "two"]
SOURCES = [
    "from pkg import Root, run\nclass Child(Root):\n    def go(self): self.run(), self.stop(), super().run()\n",
    "class Root:\n    def run(self): ...\ndef run(): ...\n",
    "class Root:\n    def run(self): self.stop()\n    def stop(self): ...\n    def launch(self): ...\n",
    "from .root import *\nfrom .root import Root\n",
    "def run(): launch()\nclass Other:\n    def launch(self): run()\n",
    "from a import *\nfrom pkg.root import *\nclass Root(Child, Other):\n    def m(self): self.go()\n",
    "# Title\n\nHow to run and stop.\n\n## Launch\n\nMore.\n",
    "def broken(:\n    x = (\n",
    "\0\0",
    "",
]
# In the order in which they are met while a run opens the stores and publishes.
POINTS = ["recover_mid", "after_intent", "after_fulltext", "after_vectors", "before_publish", "after_publish"]
IDENTITY = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]


class Crash(Exception):
    """The process is thought to end here."""


class Tree(RuleBasedStateMachine):
    """A folder that changes, and its index."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.case = Case(self.folder)
        self.behind = True

    @initialize(first=st.sampled_from(SOURCES[:3]))
    def begin(self, first: str) -> None:
        """Start as most repositories do: with git, a commit and an index."""
        self.git("init", "-q", "-b", BRANCHES[0])
        self.case.write("a.py", first)
        self.case.write("pkg/root.py", SOURCES[1])
        self.commit()
        self.run()

    def git(self, *command: str) -> None:
        """Run git in the folder, without the settings of the one who runs the tests."""
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(
            ["git", *IDENTITY, *command], cwd=self.case.root, env=environment, check=True, capture_output=True
        )

    @rule(path=st.sampled_from(PATHS), source=st.sampled_from(SOURCES))
    def write(self, path: str, source: str) -> None:
        """Add or change a file; what stands in its way goes."""
        file = self.case.root / path
        if file.is_dir():
            shutil.rmtree(file)
        for folder in file.relative_to(self.case.root).parents:
            if (self.case.root / folder).is_file():
                (self.case.root / folder).unlink()
        self.case.write(path, source)
        self.behind = True

    @rule(path=st.sampled_from(PATHS))
    def delete(self, path: str) -> None:
        """Delete a file."""
        if (self.case.root / path).is_file():
            (self.case.root / path).unlink()
            self.behind = True

    @rule(path=st.sampled_from(PATHS), to=st.sampled_from(PATHS))
    def rename(self, path: str, to: str) -> None:
        """Rename a file, also to its name in other letters, also over another."""
        file, target = self.case.root / path, self.case.root / to
        if file.is_file() and not target.is_dir() and all(p.is_dir() or not p.exists() for p in target.parents):
            target.parent.mkdir(parents=True, exist_ok=True)
            file.rename(target)
            self.behind = True

    @rule(path=st.sampled_from(PATHS), seconds=st.sampled_from([-100_000, -1, 1, 100_000]))
    def touch(self, path: str, seconds: int) -> None:
        """Give a file another time, earlier or later, and leave its content."""
        file = self.case.root / path
        if file.is_file():
            moved = file.stat().st_mtime + seconds
            os.utime(file, (moved, moved))
            self.behind = True

    @rule(folder=st.sampled_from(FOLDERS), source=st.sampled_from(SOURCES))
    def replace_folder(self, folder: str, source: str) -> None:
        """Put a file where a folder was."""
        if (self.case.root / folder).is_dir():
            shutil.rmtree(self.case.root / folder)
            self.case.write(folder, source)
            self.behind = True

    @rule()
    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", "a state")

    @rule(branch=st.sampled_from(BRANCHES))
    def switch(self, branch: str) -> None:
        """Go to a branch, made from here when it is not there; what was not committed goes."""
        known = (self.case.root / ".git" / "refs" / "heads" / branch).exists()
        self.git("checkout", "-q", "--force", *([] if known else ["-b"]), branch)
        self.git("clean", "-q", "-f", "-d")
        self.behind = True

    @rule()
    def run(self) -> None:
        """Bring the index up to date."""
        self.case.app.index()
        self.behind = False

    @precondition(lambda self: self.behind)
    @rule(point=st.sampled_from(POINTS), reopen=st.booleans())
    def crash(self, point: str, reopen: bool) -> None:
        """Let a run end in the middle; go on with the same process or with a new one."""

        def fail(name: str) -> None:
            if name == point:
                raise Crash(name)

        opening.failpoint = fail
        try:
            self.case.app.index()
            self.behind = False
        except Crash:
            pass
        finally:
            opening.failpoint = opening._pass
        if reopen:
            self.case.app.close()
            self.case.app = self.case.opened("home")

    @invariant()
    def what_is_published_is_whole(self) -> None:
        """Whatever happened, the index can be read and does not contradict itself."""
        with self.case.app._index.snapshot() as snapshot:
            assert snapshot.degraded == ()
            assert snapshot.damage() == []

    @precondition(lambda self: not self.behind)
    @rule()
    def compare(self) -> None:
        """Compare with an index made from scratch."""
        self.case.check_equals_one_from_scratch()

    def teardown(self) -> None:
        """Compare once more, whatever came last."""
        try:
            self.case.app.index()
            self.case.check_equals_one_from_scratch()
        finally:
            self.case.app.close()
            shutil.rmtree(self.folder)


def test_any_order_of_edits_branch_switches_and_crashes_gives_the_index_made_at_once():
    run_state_machine_as_test(Tree, settings=settings(max_examples=6, stateful_step_count=12))


@pytest.mark.long
def test_many_orders_of_edits_branch_switches_and_crashes_give_the_index_made_at_once():
    run_state_machine_as_test(Tree, settings=settings(max_examples=150, stateful_step_count=40))
