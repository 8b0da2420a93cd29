"""Can a file disguise what it says?"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.retrieval.render import clean, cut, forms, location, summary


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a\\u202eb"),
        ("a\x07b\x1b[31m", "a\\u0007b\\u001b[31m"),
        ("a\u200bb", "a\\u200bb"),
        ("a\U000e0041b", "a\\U000e0041b"),
        ("a\u2028b", "a\\u2028b"),
        ("a\xadb", "a\\u00adb"),
        ("a\rb", "a\\u000db"),
        ("a\r\nb\r\n", "a\nb"),
        ("a\r", "a"),
        ("a\tb\n\n\n", "a\tb"),
        ("é ß 日本 🦄", "é ß 日本 🦄"),
    ],
)
def test_hidden_characters_are_shown(text, shown):
    assert clean(text) == shown


@given(st.text())
def test_nothing_hidden_is_left(text):
    shown = clean(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") and c not in "\t\n"]
    assert not [
        c for c in shown if unicodedata.bidirectional(c) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "PDI")
    ]
    assert clean(shown) == shown


@given(text=st.text(max_size=300), chars=st.integers(1, 40))
def test_a_cut_line_is_one_line_of_bounded_length(text, chars):
    line = cut(text, chars)
    assert len(line) <= max(chars, 1)
    assert "\n" not in line


def test_a_place_is_written_as_editors_open_it():
    assert location("a/b.py", 3, 9) == "a/b.py:3-9"
    assert location("a/b.py", 3, 3) == "a/b.py:3"
    assert location("a\n\u202eb.py", 1, 1) == "a\\n\\u202eb.py:1"


def test_a_passage_has_shorter_forms_that_say_what_is_missing():
    whole, head, outline, header = forms("a.py:1-40 function f", "line\n" * 40, "def f()")
    assert whole.count("line") == 40
    assert head.endswith("… 28 more lines")
    assert outline == "a.py:1-40 function f\ndef f() …"
    assert header == "a.py:1-40 function f"


def test_an_outline_is_cleaned_and_bounded():
    assert all("\u202e" not in form for form in forms("a.py:1", "x", "def f\u202e()"))
    assert max(map(len, forms("a.py:1", "x", "def f(" + "a, " * 900))) < 300


@pytest.mark.parametrize(
    ("docstring", "said"),
    [
        (None, ""),
        ("", ""),
        ("One thing. Two.", "One thing."),
        ("One\n   thing.\n\nMore", "One thing."),
        ("x" * 900, "x" * 160),
    ],
)
def test_a_docstring_is_summed_up_by_its_first_sentence(docstring, said):
    assert summary(docstring) == said


@pytest.mark.parametrize("query", ["access", "zero", "guide goods", "word", "carriage"])
def test_no_answer_holds_hidden_characters(search, context, query):
    answers = [
        search(query, limit=50),
        search(query, mode="exact", limit=50),
        context(query + " what"),
        context("odd/bidi.py"),
    ]
    for answer in answers:
        assert clean(answer.text) == answer.text.rstrip()
    assert any("\\u202e" in search(q).text for q in ("access user admin",))


def test_blank_lines_around_a_passage_are_not_shown(search):
    answer = search("compute", mode="keyword")
    (hit,) = [h for h in answer.data["hits"] if h["path"] == "odd/blank.py"]
    assert (hit["start"], hit["end"]) == (5, 5)
    assert hit["text"] == "odd/blank.py:5 value = compute(1, 2, 3)" or hit["text"].endswith(
        "\nvalue = compute(1, 2, 3)"
    )
    assert hit["chars"] == len("value = compute(1, 2, 3)")


def test_lines_of_windows_files_are_shown_as_lines(context, search):
    for text in (context("carriage").text, search("carriage").text):
        assert "\r" not in text
        assert "\\u000d" not in text
        assert "    first = a\n    return first" in text
