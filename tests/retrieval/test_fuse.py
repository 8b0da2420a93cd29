"""Do several ranked lists become one, whatever their order?"""

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.retrieval.fuse import K, fuse

RANKED = st.lists(st.integers(0, 30), unique=True, max_size=15)
LISTS = st.dictionaries(st.sampled_from(["keyword", "semantic", "symbols", "other"]), RANKED, max_size=4)
WEIGHTS = {"keyword": 1.0, "semantic": 0.5, "symbols": 0.25}


def order(lists, weights=WEIGHTS):
    return [candidate.chunk_id for candidate in fuse(lists, weights)]


def test_the_score_is_that_of_the_paper():
    (best, second) = fuse({"keyword": [7, 8], "semantic": [7]}, WEIGHTS)
    assert (best.chunk_id, second.chunk_id) == (7, 8)
    assert best.score == 1 / (K + 1) + 0.5 / (K + 1)
    assert second.score == 1 / (K + 2)
    assert best.ranks == {"keyword": 1, "semantic": 1}


@given(lists=LISTS, seed=st.randoms(use_true_random=False))
def test_the_order_of_the_lists_does_not_matter(lists, seed):
    names = list(lists)
    seed.shuffle(names)
    shuffled = fuse({name: lists[name] for name in names}, WEIGHTS)
    straight = fuse(lists, WEIGHTS)
    assert {c.chunk_id: c.ranks for c in shuffled} == {c.chunk_id: c.ranks for c in straight}
    assert [c.chunk_id for c in shuffled] == [c.chunk_id for c in straight]


@given(lists=LISTS)
def test_every_chunk_of_a_list_that_counts_is_there_once_and_no_other(lists):
    found = order(lists)
    assert len(found) == len(set(found))
    assert set(found) == {chunk for name, ranked in lists.items() if name in WEIGHTS for chunk in ranked}


@given(lists=LISTS.filter(lambda lists: lists.get("keyword")), data=st.data())
def test_a_better_rank_in_one_list_never_makes_a_chunk_worse(lists, data):
    ranked = lists["keyword"]
    at = data.draw(st.integers(0, len(ranked) - 1))
    better = data.draw(st.integers(0, at))
    chunk = ranked[at]
    raised = [*ranked[:better], chunk, *(c for c in ranked[better:] if c != chunk)]
    assert order({**lists, "keyword": raised}).index(chunk) <= order(lists).index(chunk)


@given(ranked=RANKED)
def test_one_list_keeps_its_order(ranked):
    assert order({"keyword": ranked}) == ranked


def test_ties_go_by_chunk():
    assert order({"keyword": [9, 5], "other": [1]}, {"keyword": 1.0, "other": 1.0})[:2] == [1, 9]
    assert order({"a": [3, 4], "b": [4, 3]}, {"a": 1.0, "b": 1.0}) == [3, 4]


def test_equal_sums_tie_whichever_list_came_first():
    lists = {"a": [1, 2, 3], "b": [2, 3, 1], "c": [3, 1, 2]}
    weights = {"a": 0.1, "b": 0.1, "c": 0.1}
    assert order(lists, weights) == order(dict(reversed(lists.items())), weights) == [1, 2, 3]
