"""Does a model that calls a tool wrongly learn how to call it rightly?"""

import pytest

pytestmark = pytest.mark.anyio

WRONG = [
    ("search_code", {}, "query: Field required"),
    ("search_code", {"query": ""}, "query: String should have at least 1 character"),
    ("search_code", {"query": "   "}, "Next: "),
    ("search_code", {"query": ["a"]}, "query: Input should be a valid string"),
    ("search_code", {"query": "a" * 20_001}, "query: String should have at most 20000 characters"),
    ("search_code", {"query": "a", "limit": 0}, "limit: Input should be greater than or equal to 1"),
    ("search_code", {"query": "a", "limit": 51}, "limit: Input should be less than or equal to 50"),
    ("search_code", {"query": "a", "limit": "many"}, "limit: Input should be a valid integer"),
    ("search_code", {"query": "a", "limit": 2.5}, "limit: Input should be a valid integer"),
    ("search_code", {"query": "a", "budget_tokens": 49}, "budget_tokens: Input should be greater than or equal to 50"),
    ("search_code", {"query": "a", "budget_tokens": 12_001}, "budget_tokens: Input should be less than or equal to"),
    ("search_code", {"query": "a", "mode": "fuzzy"}, "'auto', 'keyword', 'semantic', 'exact' or 'regex'"),
    ("search_code", {"query": "(", "mode": "regex"}, "Next: "),
    ("search_code", {"query": "a", "cursor": "not a cursor"}, "Next: "),
    ("search_code", {"query": "a", "language": "klingon"}, "Next: "),
    ("search_code", {"query": "a", "max_results": 3}, "unknown argument 'max_results'. Next: search_code takes query"),
    ("search_code", {"querry": "a"}, "unknown argument 'querry', did you mean 'query'?"),
    ("search_code", {"query": "a", "budget": 3}, "unknown argument 'budget', did you mean 'budget_tokens'?"),
    ("get_context", {}, "target: Field required"),
    ("get_context", {"target": "encode_numbr"}, "encode_number"),
    ("get_context", {"target": "shortener/nothing.py"}, "Next: "),
    ("get_context", {"target": "../outside.py"}, "Next: "),
    ("get_context", {"symbol": "a"}, "get_context takes target, path, seen, budget_tokens"),
    ("get_context", {"target": "encode_number", "budget_tokens": 1}, "greater than or equal to 50"),
    ("call_graph", {}, "symbol: Field required"),
    ("call_graph", {"symbol": "encode_numbr"}, "encode_number"),
    ("call_graph", {"symbol": "encode_number", "depth": 6}, "depth: Input should be less than or equal to 5"),
    ("call_graph", {"symbol": "encode_number", "depth": 0}, "depth: Input should be greater than or equal to 1"),
    ("call_graph", {"symbol": "encode_number", "direction": "up"}, "'both' or 'impact'"),
    ("call_graph", {"symbol": "encode_number", "path": "no/such/folder"}, "Next: "),
    ("grep", {"pattern": "a"}, "Unknown tool: grep. Next: use one of search_code, get_context, call_graph"),
]


@pytest.mark.parametrize(("tool", "arguments", "said"), WRONG, ids=[f"{t}-{str(a)[:40]}" for t, a, _ in WRONG])
async def test_a_wrong_argument_is_explained(ask, surface_settings, tool, arguments, said):
    text, is_error = await ask(tool, **arguments)
    assert is_error
    assert said in text
    assert len(text) < 800
    assert "pydantic" not in text
    assert "Traceback" not in text
    assert str(surface_settings.root) not in text
    assert "Error executing tool" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        {"limit": "5"},
        {"limit": 5.0},
        {"budget_tokens": "900"},
        {"path": None, "language": None, "kind": None, "limit": None, "mode": None, "cursor": None},
        {"path": "", "language": "", "kind": "", "cursor": ""},
        {"language": "Python"},
        {"path": "shortener"},
        {"path": "shortener/"},
        {"path": "./shortener/"},
        {"path": "**/*.py"},
        {"path": "shortener/codes.py"},
    ],
    ids=str,
)
async def test_what_can_be_understood_is_accepted(ask, arguments):
    text, is_error = await ask("search_code", query="encode_number", **arguments)
    assert not is_error, text
    assert "shortener/codes.py" in text
