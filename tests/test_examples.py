"""Do the examples run, and are the client configurations what hosts read?"""

import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mcp_server import cli

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
CONFIGS = EXAMPLES / "client_configs"


def run_example(name, *words):
    command = [sys.executable, str(EXAMPLES / name), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.fixture
def linklet(tmp_path):
    shutil.copytree(EXAMPLES / "polyglot", tmp_path / "linklet")
    return tmp_path / "linklet"


def test_the_tour_asks_the_three_tools(linklet):
    out = run_example("tour.py", linklet, "when does a link expire")
    assert "connected in" in out
    for tool in ("search_code(", "get_context(", "call_graph("):
        assert tool in out
    assert "shortener/expiry.py" in out


def test_a_larger_budget_buys_more(linklet):
    out = run_example("budgets.py", linklet, "link")
    sizes = [int(line.split("lines, ")[1].split(" ")[0]) for line in out.splitlines() if line.startswith("--- ")]
    assert len(sizes) == 3
    assert sizes == sorted(sizes)


@pytest.mark.skipif(importlib.util.find_spec("pydantic_ai") is None, reason="pydantic-ai has an environment of its own")
def test_the_agent_reads_an_answer(linklet, tmp_path):
    command = tmp_path / "tristore"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mcp_server "$@"\n')
    command.chmod(0o755)
    out = run_example("agent_pydantic_ai.py", linklet, command)
    assert "the model calls search_code" in out


@pytest.mark.parametrize("path", sorted(CONFIGS.iterdir()), ids=lambda path: path.name)
def test_a_configuration_starts_a_command_that_exists(path, linklet):
    data = tomllib.loads(path.read_text()) if path.suffix == ".toml" else json.loads(path.read_text())
    ((name, server),) = next(iter(data.values())).items()
    assert (len(data), name) == (1, "tristore")
    assert server["command"] == "tristore"
    # The placeholder of the repository aside, the command line is one that our parser accepts.
    words = [word if not word.startswith(("/", "$")) else str(linklet) for word in server["args"]]
    assert cli.read_arguments(words).roots == [linklet]


def test_every_example_is_listed():
    listed = (EXAMPLES / "README.md").read_text()
    for path in EXAMPLES.iterdir():
        if path.name not in ("README.md", "__pycache__"):
            assert f"`{path.name}" in listed
