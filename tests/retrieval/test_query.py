"""Is a query taken apart as it was meant?"""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.errors import BadQuery
from mcp_server.retrieval.query import MAX_NAMES, MAX_TERMS, STOP_WORDS, parse, plain

KINDS = [
    ("checkout", "identifier"),
    ("Cart.total", "identifier"),
    ("Cart::total", "identifier"),
    ("Cart#total", "identifier"),
    ("checkout()", "identifier"),
    ("_private", "identifier"),
    ("shop/cart.py", "path"),
    ("cart.py", "path"),
    ("src\\shop\\cart.py", "path"),
    ("how are goods taxed", "words"),
    ("cart.py holds what", "words"),
    ('"the cart holds"', "exact"),
    ("'the cart holds'", "exact"),
    ("`x = 1`", "exact"),
    ('""', "words"),
    ('"', "words"),
    ("(", "words"),
    ("🦄", "words"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_the_kind_of_a_query_is_seen(text, kind):
    assert parse(text, "auto", 100).kind == kind


def test_quotes_are_taken_off_and_a_mode_decides():
    assert parse('"too many"', "auto", 100).literal == "too many"
    assert parse('"too many"', "exact", 100).literal == "too many"
    assert parse("too many", "exact", 100).literal == "too many"
    assert parse('"a+"', "regex", 100).literal == '"a+"'
    assert parse("too many", "auto", 100).literal == ""
    assert parse('"Cart"', "keyword", 100).kind != "exact"


def test_names_written_as_code_are_strong():
    query = parse("why does Cart.add_item call `tax` and not rates", "auto", 100)
    assert {"Cart.add_item", "tax"} <= query.strong
    assert "rates" in query.names
    assert "rates" not in query.strong
    assert parse("checkout", "auto", 100).strong == {"checkout"}
    assert parse("Cart::add->total", "auto", 100).names == ("Cart.add.total",)


def test_stop_words_are_no_names_and_no_terms():
    query = parse("where is the code that is used for goods", "auto", 100)
    assert query.names == ("goods",)
    assert not STOP_WORDS & (set(query.terms) | query.words)


def test_a_query_of_stop_words_keeps_its_terms():
    query = parse("where is the", "auto", 100)
    assert set(query.terms) == {"where", "is", "the"}
    assert query.names == ()


def test_paths_in_a_question_are_seen():
    query = parse("why does src/shop/cart.py differ from tax.py, e.g. in shop\\api.py", "auto", 100)
    assert query.paths == ("src/shop/cart.py", "tax.py", "shop/api.py")


def test_the_first_line_counts_most():
    terms = parse("cart total\nthe rest of a long report about taxes", "auto", 1_000).terms
    assert terms["cart"] == 1.0
    assert terms["report"] < 1.0


def test_a_long_query_is_cut_to_its_first_terms():
    text = " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(500))
    query = parse(text, "auto", 20_000)
    assert len(query.terms) == MAX_TERMS
    assert len(query.names) <= MAX_NAMES
    assert "wordaa" in query.terms


def test_filters_stand_among_the_words():
    query = parse('how are goods taxed path:src/ -path:"old code" lang:go kind:function', "auto", 200)
    assert query.text == "how are goods taxed"
    assert [(f.field, f.value, f.wanted) for f in query.filters] == [
        ("path", "src/", True),
        ("path", "old code", False),
        ("language", "go", True),
        ("kind", "function", True),
    ]


def test_what_only_looks_like_a_filter_is_text():
    for text in ("pass -Wall to gcc", "author:bob", "path: where is it", "std::path:x", "path:a\nkind:b"):
        assert parse(text, "auto", 200).filters == ()
    assert parse("path:[a-z]+", "regex", 200).literal == "path:[a-z]+"


def test_filters_alone_find_nothing():
    with pytest.raises(BadQuery, match="nothing to find"):
        parse("path:src/ lang:go", "auto", 200)


def test_a_report_is_known_by_its_title_and_its_code():
    text = "Totals are wrong\n### Version\n- [x] I searched\nIt seems `Cart.total` adds odd_taxes, see https://x.io/a"
    query = parse(text, "auto", 1_000)
    assert query.kind == "report"
    assert query.meaning == "Totals are wrong"
    assert query.terms["totals"] > query.terms["odd_taxes"] > query.terms.get("adds", 0)
    assert "version" not in query.terms


def test_one_long_line_is_a_report_with_its_first_sentence_as_title():
    query = parse("The cart adds the tax twice. " + "It should not do that at all. " * 12, "auto", 1_000)
    assert query.meaning == "The cart adds the tax twice."
    assert query.kind == "report"


def test_functions_of_a_stack_trace_are_strong_names():
    text = 'it fails\n  File "/srv/shop/cart.py", line 7, in taxed\nValueError: no'
    query = parse(text, "auto", 1_000)
    assert query.names[0] == "taxed"
    assert "taxed" in query.strong
    assert query.frames[0].path == "/srv/shop/cart.py"


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_is_no_query(text):
    with pytest.raises(BadQuery, match="empty") as error:
        parse(text, "auto", 100)
    assert error.value.hint


def test_a_query_is_too_long_from_the_first_character_on():
    assert parse("x" * 100, "auto", 100).kind == "identifier"
    with pytest.raises(BadQuery, match="101 characters"):
        parse("x" * 101, "auto", 100)


@given(text=st.text(max_size=300), mode=st.sampled_from(["auto", "keyword", "semantic", "exact", "regex"]))
def test_any_text_can_be_taken_apart(text, mode):
    if not plain(text).strip():
        return
    with suppress(BadQuery):  # nothing but filters
        check_parsed(text, mode)


def check_parsed(text, mode):
    query = parse(text, mode, 1_000)
    assert query == parse(text, mode, 1_000)
    assert query.text.encode()
    assert len(query.terms) <= MAX_TERMS
    assert query.strong <= set(query.names)
    assert all(0 < weight <= 1 for weight in query.terms.values())
    assert bool(query.literal) == (query.kind in ("exact", "regex"))


@given(st.text())
def test_plain_text_can_be_stored_and_keeps_its_length(text):
    assert len(plain(text).encode().decode()) == len(text)
    assert plain(text) == text or any("\ud800" <= c <= "\udfff" for c in text)
