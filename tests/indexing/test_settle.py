"""Does LanceDB follow, in a process of its own, when a command has made an index?"""

import os
import subprocess
import sys

import pytest

from mcp_server import cli
from mcp_server.config import load
from mcp_server.indexing import settle
from stores.index import Index


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("TRISTORE_HOME", str(tmp_path / "home"))
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a.py").write_text("def shout(): ...\n")
    return tmp_path / "root"


@pytest.fixture
def index(root):
    settings = load(root, os.environ)
    return Index(settings.index_folder, os.fsencode(settings.root))


def test_after_indexing_the_process_ends_as_the_one_that_settles(root, index):
    became = []
    assert cli.main(["index", "--quiet", "--path", str(root)], become=lambda *words: became.append(words)) == 0
    assert settle.lags(index)
    [(program, command, environment)] = became
    subprocess.run(command, executable=program, env=environment, check=True)
    assert not settle.lags(index)


def test_where_nothing_lags_no_other_program_is_started(root):
    assert cli.main(["index", "--quiet", "--path", str(root)]) == 0
    assert cli.main(["index", "--quiet", "--path", str(root)], become=lambda *_: pytest.fail("it lags")) == 0


def test_the_command_line_leaves_nothing_behind(root, index):
    command = [sys.executable, "-m", "mcp_server", "index", "--json", "--path", str(root)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert '"files": 1' in done.stdout
    assert not settle.lags(index)


def test_a_writer_at_work_is_left_to_settle_itself(root, index):
    assert cli.main(["index", "--quiet", "--path", str(root)]) == 0
    with index.snapshot() as snapshot:
        identity = snapshot.identity
    with index.writer(identity):
        assert settle.main(root) == 0


def test_relations_that_have_vanished_are_told(root, index, capsys):
    assert cli.main(["index", "--quiet", "--path", str(root)]) == 0
    for path in index.folder.glob("relations.db*"):
        path.unlink()
    assert settle.main(root) == 3
    assert "tristore: " in capsys.readouterr().err
