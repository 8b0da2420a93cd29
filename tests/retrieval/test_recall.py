"""Are the places, words and names that a query could mean found, and is what they say weighed?"""

import pytest

from mcp_server.retrieval.nearness import nearness
from mcp_server.retrieval.query import parse
from mcp_server.retrieval.recall import recall
from mcp_server.retrieval.scope import Scope
from stores.fulltext import stem


def test_other_forms_of_a_word_are_those_that_stand_in_the_text(snapshot):
    assert "goods" in snapshot.forms("good", 6)
    assert snapshot.forms("good", 0) == []
    assert snapshot.forms("zyzzyva", 6) == []
    assert all(stem(form) == stem("costing") for form in snapshot.forms("costing", 6))


def test_a_rare_word_says_more_than_a_common_one(snapshot):
    rarity = snapshot.rarity(["elephant", "return", "zyzzyva"])
    assert rarity["zyzzyva"] > rarity["elephant"] > rarity["return"] > 0


def test_chunks_that_hold_all_words_are_the_ones_that_do(snapshot):
    found = snapshot.holding({"cart", "tax"}, 100)
    assert found
    texts = [snapshot.chunk_text(chunk) for chunk in snapshot.chunks(found).values()]
    assert all("tax" in text.lower() and "cart" in text.lower() for text in texts)
    assert snapshot.holding({"the"}, 1) is None
    assert snapshot.holding((), 10) is None


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("shop/cart.py", ["shop/cart.py"]),
        ("cart.py", ["shop/cart.py"]),
        ("/srv/app/shop/cart.py", ["shop/cart.py"]),
        ("/srv/elsewhere/cart.py", ["shop/cart.py"]),
        ("art.py", []),
        ("/usr/lib/__init__.py", ["shop/__init__.py"]),
        ("nowhere.py", []),
    ],
)
def test_a_path_from_elsewhere_means_the_file_that_ends_like_it(snapshot, path, found):
    assert [file.path for file in snapshot.files_ending(path, 5)] == found


def test_a_mentioned_file_is_recalled_although_its_words_are_not(snapshot, embedder):
    query = parse("what about billing/memory.py and its elephants", "auto", 200)
    recalled = recall(snapshot, embedder, query, Scope(), 10)
    places = {chunk.path for chunk in snapshot.chunks(recalled.pointed).values()}
    assert places == {"billing/memory.py"}


def test_semantic_and_keyword_modes_ask_one_store_each(snapshot, embedder):
    query = parse("total of a cart", "auto", 200)
    semantic = recall(snapshot, embedder, query, Scope(), 10, mode="semantic")
    keyword = recall(snapshot, embedder, query, Scope(), 10, mode="keyword")
    assert semantic.semantic
    assert not (semantic.keyword)
    assert not (semantic.defining)
    assert not (semantic.pointed)
    assert keyword.keyword
    assert not keyword.semantic


def test_a_name_that_means_nearly_the_same_is_near(embedder):
    names = {"lib/response.rb": ["response"], "lib/banana.rb": ["banana"], "lib/reply.rb": ["reply"]}
    near = nearness(embedder, {"reply": 3.0}, names)
    assert near["lib/reply.rb"] == pytest.approx(1.0, abs=0.01)
    assert near["lib/response.rb"] > near["lib/banana.rb"]
    assert nearness(None, {"reply": 3.0}, names) == {}
    assert nearness(embedder, {}, names) == {}
