"""Does an answer come, in time and saying what it lacks, when the embedding model in its own process does not?"""

import textwrap
import time

import pytest

from mcp_server.app import App
from mcp_server.breaker import Breaker
from mcp_server.config import load
from mcp_server.models import sentence

DEGRADED = "degraded: the embedding model did not answer"

# A model of two dimensions. What the file ``mood`` says happens to questions; documents are always embedded.
CHILD = """
import json, pathlib, struct, sys, time
out, mood = sys.stdout.buffer, pathlib.Path(__file__).with_name("mood")
def write(head, data=b""):
    out.write(json.dumps(head).encode() + b"\\n" + data)
    out.flush()
write({"digest": "d" * 12, "dimensions": 2})
for line in sys.stdin.buffer:
    request = json.loads(line)
    how = mood.read_text() if request["kind"] == "query" else "well"
    if how == "dead":
        sys.exit(1)
    if how == "asleep":
        while mood.read_text() == "asleep":
            time.sleep(0.01)
    n = len(request["texts"])
    write({"bytes": 8 * n}, struct.pack("<%df" % (2 * n), *[3.0, 4.0] * n))
"""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def asked(tree, tmp_path, monkeypatch):
    """An App with such a model, indexed; ``asked.mood`` sets how the model is."""
    pytest.importorskip("sentence_transformers")
    (tmp_path / "model").mkdir()
    (tmp_path / "child.py").write_text(textwrap.dedent(CHILD))
    monkeypatch.setattr(sentence, "_CHILD", tmp_path / "child.py")
    root = tree({"a.py": "def alpha(): ...\n", "b.py": "def beta(): ...\n"})
    environment = {"TRISTORE_HOME": str(tmp_path / "home"), "TRISTORE_MODEL": str(tmp_path / "model")}
    app = App(load(root, environment, {"model_wait_s": 0.5}))
    app.mood = (tmp_path / "mood").write_text
    app.clock = Clock()
    app._breaker = Breaker(clock=app.clock)
    app.mood("well")
    app.index()
    yield app
    app.mood("well")
    app.close()


def test_a_model_that_is_well_is_part_of_the_answer(asked):
    assert DEGRADED not in asked.search("what does alpha do").text
    assert asked.search("anything at all", mode="semantic").data["hits"]


@pytest.mark.parametrize("mood", ["dead", "asleep"])
def test_without_the_model_words_still_find(asked, mood):
    asked.mood(mood)
    before = time.monotonic()
    for ask in (lambda: asked.search("what does alpha do"), lambda: asked.context("what does alpha do")):
        answer = ask()
        assert DEGRADED in answer.text
        assert any(DEGRADED in note for note in answer.data["notes"])
        assert "a.py" in answer.text
    assert time.monotonic() - before < 30
    assert DEGRADED not in asked.call_graph("alpha").text


def test_the_breaker_opens_and_closes_again(asked):
    asked.mood("dead")
    for _ in range(3):
        assert DEGRADED in asked.search("alpha").text
    assert asked._breaker.state == "open"
    asked.mood("well")
    assert DEGRADED in asked.search("alpha").text
    asked.clock.now += 30.0
    assert asked._breaker.state == "half-open"
    assert DEGRADED not in asked.search("alpha").text
    assert asked._breaker.state == "closed"


def test_a_change_that_the_model_cannot_embed_is_pending_and_the_call_is_answered(asked, tree, tmp_path):
    (tmp_path / "child.py").write_text("import sys; sys.exit('no memory')")
    asked.rest()
    tree({"b.py": "def gamma(): ...\n"})
    answer = asked.search("alpha")
    assert answer.data["pending"] == ["b.py"]
    assert "not indexed (model" in answer.text
    assert "cannot be loaded" in answer.text
    assert "a.py" in answer.text
