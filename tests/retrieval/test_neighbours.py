"""Does the graph lift what is one step from the best hits, and only that?"""

import os

import pytest

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.retrieval.query import parse
from mcp_server.retrieval.recall import recall
from mcp_server.retrieval.rerank import WEIGHTS
from mcp_server.retrieval.scope import Scope
from mcp_server.retrieval.search import gathered
from stores.index import Index

MANY = 25
FILES = {
    "harbour.py": "from ledger import log\nfrom pilots import guide\n\n\ndef moor_ship(ship):\n"
    '    """Moor a ship in the harbour."""\n    log(ship)\n    return guide(ship)\n',
    "pilots.py": "def guide(ship):\n    return ship.course\n",
    "ledger.py": "def log(ship):\n    print(ship)\n",
    "alone.py": "def paint(ship):\n    return ship.colour\n",
    **{f"user{n}.py": f"from ledger import log\n\n\ndef write{n}(ship):\n    log(ship)\n" for n in range(MANY)},
}


@pytest.fixture(scope="module")
def signals(tmp_path_factory, session_home, embedder):
    """The signals of every file found for a question."""
    root = tmp_path_factory.mktemp("ports")
    for path, text in FILES.items():
        (root / path).write_text(text)
    settings = load(root, {"TRISTORE_HOME": str(session_home)})
    app = App(settings)
    app.index()
    app.close()
    query = parse("moor a ship in the harbour", "auto", 1_000)
    with Index(settings.index_folder, os.fsencode(settings.root)).snapshot() as snapshot:
        recalled = recall(snapshot, embedder, query, Scope(), 100)
        found = gathered(snapshot, embedder, query, recalled, Scope())
    return {file.chunks[0][0].path: file.signals for file in found}


def test_what_the_best_hit_calls_is_near_it_and_what_it_does_not_is_not(signals):
    assert signals["pilots.py"]["near_best"] > 0.5
    assert signals["alone.py"]["near_best"] == 0


def test_what_everything_uses_is_near_nothing(signals):
    assert signals["ledger.py"]["near_best"] == 0


def test_what_is_used_in_more_places_counts_as_used_more(signals):
    used = {path: each["used"] for path, each in signals.items()}
    assert 1 >= used["ledger.py"] > used["pilots.py"] > used["alone.py"] == 0


def test_every_signal_has_a_weight_for_every_kind_of_query_and_no_weight_is_without_a_signal(snapshot, embedder):
    query = parse("how is the total of a cart computed", "auto", 1_000)
    found = gathered(snapshot, embedder, query, recall(snapshot, embedder, query, Scope(), 50), Scope())
    assert all(set(weights) == set(file.signals) for weights in WEIGHTS.values() for file in found)


def test_a_question_that_finds_nothing_has_no_neighbours(snapshot, embedder):
    query = parse("zyzzyva", "auto", 100)
    assert gathered(snapshot, embedder, query, recall(snapshot, None, query, Scope(), 50), Scope()) == []
