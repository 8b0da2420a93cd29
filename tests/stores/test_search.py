"""Do the text index and the vectors find what is there, and nothing else?"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import BOOSTS, DIMENSIONS, SOURCE, batch, parse, vector_of

from stores.index import Batch, FileChange
from stores.words import index_terms


@pytest.fixture
def snapshot(index, write):
    files = {f"p{n}/f{n}.toy": f"def getUserName{n}()\n  body word{n}\nlast\n" + SOURCE for n in range(20)}
    write(batch(files))
    with index.snapshot() as snapshot:
        yield snapshot


def test_a_name_is_found_whole_and_in_parts(snapshot):
    for query in ("getUserName7", "user name 7", "word7", "p7"):
        terms = dict.fromkeys(index_terms(query), 1.0)
        best = snapshot.fulltext(terms, BOOSTS, 1)[0][0]
        assert snapshot.chunks([best])[best].path == "p7/f7.toy", query


def test_boosts_choose_the_field(snapshot):
    assert snapshot.fulltext({"getusername7": 1.0}, {"name": 1.0}, 9)
    assert snapshot.fulltext({"word7": 1.0}, {"name": 1.0}, 9) == []
    assert snapshot.fulltext({"word": 1.0}, {"name": 1.0, "body": 0.0}, 9) == []


def test_filters_hold_in_the_text_index_and_do_not_score(snapshot):
    file = snapshot.file("p3/f3.toy")
    free = dict(snapshot.fulltext({"user": 1.0, "shape": 1.0}, BOOSTS, 1000))
    hits = snapshot.fulltext({"user": 1.0, "shape": 1.0}, BOOSTS, 1000, file_ids=[file.id], kinds=["function"])
    rows = snapshot.chunks([i for i, _ in hits])
    assert hits
    assert {(r.file_id, r.kinds) for r in rows.values()} == {(file.id, "function")}
    assert all(score == pytest.approx(free[i]) for i, score in hits)
    assert snapshot.fulltext({"user": 1.0}, BOOSTS, 9, file_ids=[]) == []
    assert snapshot.fulltext({"user": 1.0}, BOOSTS, 9, kinds=[]) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(), st.floats(0, 10), max_size=6), st.lists(st.text(), max_size=2))
def test_any_text_is_a_valid_query(snapshot, terms, kinds):
    snapshot.fulltext(terms, BOOSTS, 5)
    snapshot.fulltext(terms, BOOSTS, 5, kinds=kinds)
    snapshot.nearest(vector_of("x"), 5, kinds=kinds)
    for term in terms:
        snapshot.symbols_dotted(term, 3) if term.isprintable() else None
    assert snapshot.degraded == ()


@pytest.mark.parametrize("term", ["AND", 'a"b', "*", "a:b", "\x00", "\ud800", "x" * 100_000, "naïve", " "])
def test_odd_terms_are_valid_queries(snapshot, term):
    snapshot.fulltext({term: 1.0}, BOOSTS, 5)
    assert snapshot.degraded == ()


def test_equal_scores_are_ordered_by_id_at_any_limit(snapshot):
    full = snapshot.fulltext({"last": 1.0}, BOOSTS, 1000)
    assert full == sorted(full, key=lambda hit: (-hit[1], hit[0]))
    for limit in (1, 3, 7, 19):
        assert snapshot.fulltext({"last": 1.0}, BOOSTS, limit) == full[:limit]
    near = snapshot.nearest(vector_of("anything"), 1000)
    assert near == sorted(near, key=lambda hit: (-hit[1], hit[0]))
    for limit in (1, 3, 7, 30):
        assert snapshot.nearest(vector_of("anything"), limit) == near[:limit]


def test_nearest_is_exact_cosine(snapshot):
    query = vector_of("a query")
    hits = snapshot.nearest(query, 5)
    expected = []
    for file in snapshot.files():
        for chunk in snapshot.chunks_in(file.id):
            vector = vector_of(snapshot.chunk_text(chunk)).astype(np.float16).astype(np.float64)
            if vector.any():
                expected.append(float(vector @ query / np.linalg.norm(vector) / np.linalg.norm(query)))
    assert [score for _, score in hits] == pytest.approx(sorted(expected, reverse=True)[:5], abs=1e-4)


def test_a_filtered_vector_search_returns_as_many_as_exist(snapshot):
    file = snapshot.file("p3/f3.toy")
    chunks = {c.id for c in snapshot.chunks_in(file.id) if vector_of(snapshot.chunk_text(c)).any()}
    far = -vector_of(snapshot.chunk_text(snapshot.chunks_in(file.id)[0]))
    many = [file.id, *range(10_000, 15_000)]
    for file_ids in ([file.id], many):
        assert {i for i, _ in snapshot.nearest(far, len(chunks), file_ids=file_ids)} == chunks
        assert {i for i, _ in snapshot.nearest(far, 1000, file_ids=file_ids)} == chunks
        assert len(snapshot.nearest(far, 2, file_ids=file_ids)) == 2
    kinds = {r.kinds for r in snapshot.chunks([i for i, _ in snapshot.nearest(far, 1000, kinds=["function"])]).values()}
    assert kinds == {"function"}
    assert snapshot.nearest(far, 5, kinds=["it's"]) == []


def test_a_vector_of_zeros_is_near_nothing(snapshot):
    assert snapshot.nearest(np.zeros(DIMENSIONS, np.float32), 5) == []
    found = {i for i, _ in snapshot.nearest(vector_of("x"), 10_000)}
    zero = [
        c for f in snapshot.files() for c in snapshot.chunks_in(f.id) if not vector_of(snapshot.chunk_text(c)).any()
    ]
    assert zero
    assert not found & {c.id for c in zero}


@pytest.mark.parametrize("bad", [{}, "nan", "short"])
def test_a_wrong_vector_is_refused_before_anything_is_written(index, write, bad):
    write(batch({"a.toy": SOURCE}))
    parsed = parse("b.toy", "one line")
    vector = {"nan": np.full(DIMENSIONS, np.nan), "short": np.zeros(3)}.get(bad if isinstance(bad, str) else "")
    vectors = {} if vector is None else {b"hash": vector}
    wrong = Batch(changed=(FileChange(parsed, (b"hash",)),), vectors=vectors, linked=True, files_expected=2)
    with pytest.raises(ValueError, match="vector"):
        write(wrong)
    with index.snapshot() as snapshot:
        assert snapshot.generation == 1
        assert snapshot.file("b.toy") is None
