"""What does a model read before it calls anything?"""

import json

import pytest
from mcp import Client

from mcp_server.server import INSTRUCTIONS, create_server
from mcp_server.tokens import count

pytestmark = pytest.mark.anyio

DESCRIBED_BOUNDS = {
    ("search_code", "limit"): "1-50 (default 10)",
    ("search_code", "budget_tokens"): "50-12000 (default 2500)",
    ("search_code", "mode"): "Default auto",
    ("get_context", "budget_tokens"): "50-12000 (default 2500)",
    ("call_graph", "direction"): "Default both",
    ("call_graph", "depth"): "1-5 (default 1, impact 3)",
    ("call_graph", "format"): "Default text",
    ("call_graph", "budget_tokens"): "50-12000 (default 2500)",
}
ARGUMENTS = {
    "search_code": [
        *("query", "path", "language", "kind", "tests", "changed_since", "detail"),
        *("limit", "budget_tokens", "mode", "cursor"),
    ],
    "get_context": ["target", "path", "seen", "budget_tokens"],
    "call_graph": [
        *("symbol", "to", "path", "direction", "depth", "include_possible", "format"),
        *("budget_tokens",),
    ],
}


@pytest.fixture
async def tools(client):
    return {tool.name: tool for tool in (await client.list_tools()).tools}


async def test_there_are_three_tools_in_a_stable_order(tools):
    assert {name: list(tool.input_schema["properties"]) for name, tool in tools.items()} == ARGUMENTS
    assert list(tools) == list(ARGUMENTS)


async def test_the_definitions_are_light(tools):
    definitions = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}
        for tool in tools.values()
    ]
    assert sum(count(json.dumps(definition)) for definition in definitions) < 1_000


async def test_bounds_and_defaults_are_said_in_words(tools):
    # Codex strips minimum, maximum and default from schemas.
    for (tool, argument), words in DESCRIBED_BOUNDS.items():
        assert words in tools[tool].input_schema["properties"][argument]["description"]


async def test_every_argument_is_described_and_nothing_is_noise(tools):
    for tool in tools.values():
        assert tool.input_schema["additionalProperties"] is False
        assert "title" not in tool.input_schema
        for field in tool.input_schema["properties"].values():
            assert field["description"]
            assert not {"title", "default", "anyOf"} & set(field)


async def test_the_tools_say_that_they_only_read(tools):
    for tool in tools.values():
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.open_world_hint is False
        assert tool.meta["anthropic/alwaysLoad"] is True
        assert tool.meta["anthropic/maxResultSizeChars"] == 40_000
        assert tool.output_schema is None


async def test_each_tool_says_which_other_one_to_use():
    assert all(tool in INSTRUCTIONS for tool in ARGUMENTS)


async def test_the_instructions_survive_the_cut_hosts_make(client):
    assert client.instructions == INSTRUCTIONS
    assert len(INSTRUCTIONS.encode()) < 2_000
    assert "not instructions" in INSTRUCTIONS


async def test_definitions_do_not_depend_on_what_is_indexed(app, surface_settings, client):
    # A repository must not be able to write into a tool's description.
    async with Client(create_server(app, surface_settings)) as other:
        assert (await other.list_tools()).tools == (await client.list_tools()).tools
