"""Do the ways to write a name meet?"""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from stores.words import index_terms, parts, runs, words


def test_camel_case_snake_case_and_plain_words_meet():
    assert words("getUserName") == words("get_user_name") == words("get user name") == ["get", "user", "name"]


def test_acronyms_and_numbers_are_parts():
    assert parts("HTTPServer2") == ("http", "server", "2")


def test_a_whole_identifier_is_a_term_beside_its_parts():
    assert index_terms("getUserName(name)") == ["get", "user", "name", "getusername", "name"]


@given(st.text())
@example("a\x1cb_c")
@example("naïve café x²")
def test_the_fast_way_for_ascii_finds_the_same_runs_as_the_pattern(text):
    assert runs(text) == re.findall(r"[^\W_]+", text)


@given(st.text(max_size=50))
def test_terms_never_hold_white_space_and_are_lower_case(text):
    assert all(term and not re.search(r"\s", term) and term == term.lower() for term in index_terms(text))
