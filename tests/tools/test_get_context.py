"""Does get_context keep what its description promises?"""

import pytest

from mcp_server.tokens import count

pytestmark = pytest.mark.anyio


async def test_the_source_comes_first_and_whole(ask):
    text, is_error = await ask("get_context", target="Shortener.resolve")
    assert not is_error
    assert "if is_expired(link, now):" in text
    assert "self.on_visit(link.number)" in text


async def test_it_shows_what_the_place_calls_and_who_calls_it(ask):
    text, _ = await ask("get_context", target="Shortener.resolve")
    assert "decode_code" in text
    assert "is_expired" in text
    assert "shortener/web.py" in text


@pytest.mark.parametrize(
    "target",
    ["decode_code", "shortener.codes.decode_code", "shortener/codes.py:decode_code", "shortener/codes.py:25"],
)
async def test_a_place_can_be_named_in_several_ways(ask, target):
    text, is_error = await ask("get_context", target=target)
    assert not is_error, text
    assert "digit = ALPHABET.find(letter)" in text


async def test_a_whole_file_can_be_the_target(ask):
    text, is_error = await ask("get_context", target="shortener/expiry.py")
    assert not is_error, text
    assert "LIFETIME_S" in text


async def test_an_ambiguous_name_is_answered_with_the_candidates_and_a_path_decides(ask):
    text, is_error = await ask("get_context", target="redirect")
    assert not is_error
    assert "scripts/check.py" in text
    assert "shortener/web.py" in text
    text, is_error = await ask("get_context", target="redirect", path="shortener/")
    assert not is_error
    assert "410 Gone" in text


async def test_a_task_in_words_is_a_target(ask):
    text, is_error = await ask("get_context", target="let links expire after a year")
    assert not is_error
    assert "is_expired" in text


@pytest.mark.parametrize("budget", [200, 600, 2_000])
async def test_the_answer_stays_within_the_budget(ask, budget):
    text, is_error = await ask("get_context", target="Shortener.resolve", budget_tokens=budget)
    assert not is_error, text
    assert count(text) <= budget
