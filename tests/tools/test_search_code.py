"""Does search_code keep what its description promises?"""

import re

import pytest

from mcp_server.tokens import count

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("encode_number", "shortener/codes.py"),
        ("write a number in base 62", "shortener/codes.py"),
        ("when does a link expire", "shortener/expiry.py"),
        ("shortener/store.py", "shortener/store.py"),
        ('"not a web address"', "shortener/service.py"),
        ("popular_links", "schema/tables.sql"),
    ],
)
async def test_it_finds_by_name_words_meaning_path_and_text(ask, query, path):
    text, is_error = await ask("search_code", query=query)
    assert not is_error
    assert path in text


async def test_it_finds_by_pattern(ask):
    text, is_error = await ask("search_code", query=r"def \w+_code\(", mode="regex")
    assert not is_error
    assert "decode_code" in text


async def test_results_carry_path_lines_and_symbol(ask):
    text, _ = await ask("search_code", query="decode_code")
    assert re.search(r"shortener/codes\.py:\d+-\d+.*decode_code", text)


async def test_a_definition_comes_whole(ask):
    text, _ = await ask("search_code", query="decode_code")
    assert "digit = ALPHABET.find(letter)" in text
    assert "raise BadCode(code)" in text


@pytest.mark.parametrize("budget", [300, 1_000, 4_000])
async def test_the_answer_stays_within_the_budget(ask, budget):
    text, is_error = await ask("search_code", query="link target code visit", budget_tokens=budget, limit=50)
    assert not is_error
    assert count(text) <= budget


async def test_the_end_says_what_was_left_out_and_a_cursor_brings_it(ask):
    first, _ = await ask("search_code", query="link target code", limit=2)
    cursor = re.search(r"cursor=([\w=-]+)", first.splitlines()[-1])
    assert cursor, first
    second, is_error = await ask("search_code", query="link target code", limit=2, cursor=cursor[1])
    assert not is_error, second
    assert _places(second)
    assert not _places(first) & _places(second)


async def test_no_match_is_an_answer(ask):
    text, is_error = await ask("search_code", query="zzyzx_quux_nothing", mode="exact")
    assert not is_error
    assert "no " in text.lower()


@pytest.mark.parametrize("filters", [{"path": "../../etc"}, {"path": "/etc"}, {"kind": "poem"}])
async def test_a_filter_that_lets_nothing_through_is_named(ask, filters):
    text, _ = await ask("search_code", query="encode_number", **filters)
    assert next(iter(filters)) in text
    assert "root:" not in text
    assert "shortener/" not in text


async def test_filters_narrow(ask):
    text, _ = await ask("search_code", query="shorten", path="shortener/")
    assert _files(text) <= {f for f in _files(text) if f.startswith("shortener/")}
    text, _ = await ask("search_code", query="shorten", language="python")
    assert all(f.endswith(".py") for f in _files(text))
    text, _ = await ask("search_code", query="link store", kind="class")
    assert "shortener/store.py" in text


async def test_a_limit_is_kept(ask):
    text, _ = await ask("search_code", query="link", limit=1)
    assert len(_places(text)) == 1


async def test_the_same_question_gets_the_same_answer(ask):
    assert await ask("search_code", query="visit") == await ask("search_code", query="visit")


def _places(text: str) -> set[str]:
    return set(re.findall(r"^\W*([\w./-]+\.\w+:\d+(?:-\d+)?)", text, re.MULTILINE))


def _files(text: str) -> set[str]:
    return {place.split(":")[0] for place in _places(text)}
