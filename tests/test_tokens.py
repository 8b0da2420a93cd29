"""Is the token count a bound that packing can rely on?"""

import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server import tokens

ANY = st.text(st.characters(exclude_categories=()), max_size=300)
CODE = st.text(st.sampled_from("aBcdE_fx019 \t\n.,:;=()[]{}'\"#-/é日🙂\r"), max_size=300)
LINES = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=30), max_size=12)
SOURCE = Path(tokens.__file__).read_text("utf-8")


# cl100k, o200k and Claude's published tokenizer need at most as many (measured once, and written here)
@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [
        ("", 0, (0, 0, 0)),
        ("def main() -> None:\n    return None\n", 11, (10, 10, 10)),
        ("getUserName(self, user_id: int)", 12, (9, 10, 11)),
        ("if (a == null) { throw new Error(`x ${y}`); }", 17, (17, 17, 17)),
        ("x = 3.14159265358979", 11, (10, 10, 9)),
        ("# ---------------------------------------------------------------", 3, (3, 3, 3)),
        ("naïve café 日本語 🙂", 16, (9, 7, 12)),
        ("\r\n\r\n", 4, (1, 1, 1)),
    ],
)
def test_known_counts(text, ours, theirs):
    assert tokens.count(text) == ours
    assert ours >= max(theirs)


@given(ANY)
def test_pieces_are_the_text_and_a_token_has_a_byte_or_more(text):
    assert "".join(tokens.pieces(text)) == text
    assert (text != "") <= tokens.count(text) <= len(text.encode("utf-8", "surrogatepass"))


@given(ANY | CODE, ANY | CODE)
def test_counts_of_lines_add_up(a, b):
    assert tokens.count(a + "\n" + b) == tokens.count(a) + 1 + tokens.count(b)


@given(CODE, CODE)
def test_joining_without_a_newline_costs_little(a, b):
    # only the piece at the seam changes, and it is never longer than 64 characters
    assert tokens.count(a + b) <= tokens.count(a) + tokens.count(b) + 64


@given(LINES.map("\n".join), st.integers(0, 60))
def test_cut_keeps_whole_lines_within_the_budget(text, budget):
    kept = tokens.cut(text, budget)
    assert tokens.count(kept) <= budget
    assert text.startswith(kept)
    if kept != text:
        assert not tokens.fits(text, budget)
        rest = text[len(kept) :]
        assert kept == "" or rest.startswith("\n")
        next_line_end = text.find("\n", len(kept) + 1)
        longer = text[: next_line_end if next_line_end >= 0 else len(text)]
        assert tokens.count(longer) > budget or kept == ""


@given(LINES.map("\n".join))
def test_a_larger_budget_keeps_more(text):
    kept = [tokens.cut(text, budget) for budget in range(0, 40, 4)]
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(kept))


def test_cut_of_what_fits_is_the_text_itself():
    assert tokens.cut(SOURCE, tokens.count(SOURCE)) == SOURCE
    assert tokens.cut("", 0) == ""
    assert tokens.cut("a\n", 2) == "a\n"
    assert tokens.cut("a\nb", 2) == "a"
    assert tokens.cut("one line too long for it", 2) == ""


@pytest.mark.parametrize("text", ["a" * 50_000, " " * 50_000, "=" * 50_000, "7" * 50_000, "日" * 50_000, "A" * 50_000])
def test_long_runs_are_counted_in_linear_time(text):
    assert tokens.count(text) >= len(text) // 128
    assert max(map(len, tokens.pieces(text))) <= 65


def test_the_vocabulary_is_read_once_and_as_written():
    ranks = tokens._ranks()
    assert tokens._ranks() is ranks
    assert len(ranks) == 44_480
    assert {" return", "    ", "():", "def", "000"} <= ranks.keys()
    assert not any("\n" in token or "\r" in token for token in ranks)
    assert sys.getsizeof(ranks) < 4_000_000
