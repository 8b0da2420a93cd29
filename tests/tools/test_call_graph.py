"""Does call_graph keep what its description promises?"""

import pytest

from mcp_server.tokens import count

pytestmark = pytest.mark.anyio


async def test_callers_are_named_with_their_place(ask):
    text, is_error = await ask("call_graph", symbol="decode_code", direction="callers")
    assert not is_error
    assert "Shortener.resolve" in text
    assert "shortener/service.py:31" in text
    assert "ALPHABET.find" not in text


async def test_callees_are_named(ask):
    text, _ = await ask("call_graph", symbol="Shortener.shorten", direction="callees")
    assert "check_target" in text
    assert "encode_number" in text


async def test_both_is_the_default(ask):
    text, _ = await ask("call_graph", symbol="Shortener.resolve")
    assert "shortener/web.py" in text
    assert "is_expired" in text


async def test_depth_follows_calls(ask):
    near, _ = await ask("call_graph", symbol="decode_code", direction="callers", depth=1)
    far, _ = await ask("call_graph", symbol="decode_code", direction="callers", depth=3)
    assert "application" not in near
    assert "application" in far


async def test_edges_say_how_they_were_found(ask):
    text, _ = await ask("call_graph", symbol="decode_code", direction="callers")
    line = next(line for line in text.splitlines() if "shortener/service.py:31" in line)
    assert "import" in line


async def test_an_ambiguous_name_is_answered_with_the_candidates_and_a_path_decides(ask):
    text, is_error = await ask("call_graph", symbol="redirect", direction="callers")
    assert not is_error
    assert "scripts/check.py" in text
    assert "shortener/web.py" in text
    assert "application" not in text
    text, _ = await ask("call_graph", symbol="redirect", path="shortener/", direction="callers")
    assert "application" in text


async def test_a_call_that_leads_nowhere_known_is_kept_apart(ask):
    text, _ = await ask("call_graph", symbol="Shortener.resolve", direction="callees")
    _, unresolved = text.split("unresolved")
    assert "self.clock" in unresolved


async def test_a_symbol_nobody_calls_is_not_an_unknown_symbol(ask):
    text, is_error = await ask("call_graph", symbol="application", direction="callers")
    assert not is_error
    assert "no" in text.lower()


@pytest.mark.parametrize("budget", [200, 1_000])
async def test_the_answer_stays_within_the_budget(ask, budget):
    text, is_error = await ask("call_graph", symbol="Shortener.resolve", depth=5, budget_tokens=budget)
    assert not is_error, text
    assert count(text) <= budget
