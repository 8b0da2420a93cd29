"""Is of a definition that does not fit shown what was asked for, and nothing dropped without a word?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server import tokens
from mcp_server.retrieval import excerpt
from mcp_server.retrieval.symbols import candidates

_GAP = re.compile(r"… (\d+) more lines?: shop/long\.py:(\d+)(?:-(\d+))?")


@pytest.fixture(scope="module")
def invoice(snapshot):
    """A function of 153 lines, and its source."""
    (symbol,) = candidates(snapshot, "invoice", "shop/long.py")
    return symbol, snapshot.lines(symbol.file_id, symbol.line_start, symbol.line_end).rstrip("\n")


def covered(symbol, body, shown):
    """Return the lines that are shown and those that are told to be left out, checking each against the source."""
    source, at, seen, told = body.split("\n"), 0, [], []
    for line in shown.split("\n"):
        gap = _GAP.fullmatch(line)
        if gap:
            first, last = int(gap[2]) - symbol.line_start, int(gap[3] or gap[2]) - symbol.line_start
            assert (first, last - first + 1) == (at, int(gap[1]))
            told += range(first, last + 1)
            at = last + 1
        else:
            assert line == source[at]
            seen.append(at)
            at += 1
    assert at == len(source)
    return seen, told


@given(room=st.integers(0, 3_000), line=st.integers(1, 160))
def test_around_a_line_every_other_line_is_shown_or_told(invoice, room, line):
    symbol, body = invoice
    shown = excerpt.around(symbol, body, line, room)
    if not shown:
        return
    seen, told = covered(symbol, body, shown)
    assert {0, line - symbol.line_start} <= set(seen)
    assert sorted(seen + told) == list(range(body.count("\n") + 1))
    assert tokens.count(shown) <= room


@given(room=st.integers(0, 3_000))
def test_of_a_beginning_every_later_line_is_told(invoice, room):
    symbol, body = invoice
    shown = excerpt.beginning(symbol, body, room)
    if not shown:
        return
    seen, told = covered(symbol, body, shown)
    assert seen == list(range(len(seen)))
    assert told
    assert tokens.count(shown) <= room


def test_room_is_used(invoice):
    symbol, body = invoice
    assert tokens.count(excerpt.around(symbol, body, 80, 600)) > 500
    assert tokens.count(excerpt.beginning(symbol, body, 600)) > 500


@pytest.mark.parametrize("line", [1, 0, 154, 10_000])
def test_a_line_that_names_the_definition_or_is_none_of_it_has_nothing_around_it(invoice, line):
    assert excerpt.around(*invoice, line, 1_000) == ""


def test_too_few_lines_are_none(invoice):
    assert excerpt.around(*invoice, 80, 40) == ""
    assert excerpt.beginning(*invoice, 40) == ""
