"""Does the server tell hosts the truth, and errors apart?"""

import logging

import pytest
from mcp import Client

from mcp_server import __version__
from mcp_server.app import Answer, App
from mcp_server.config import load
from mcp_server.errors import ConfigError, UnknownSymbol
from mcp_server.server import create_server
from stores.errors import IndexBusy, IndexCorrupt

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def settings(tree, home):
    root = tree({"greeting.py": "def greet(name):\n    return shout(name)\n\n\ndef shout(name):\n    return name\n"})
    return load(root, {"TRISTORE_HOME": str(home)})


@pytest.fixture
def app(settings):
    app = App(settings)
    app.index()
    yield app
    app.close()


async def text_of(client, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    return result.content[0].text, bool(result.is_error)


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_both_protocol_eras_are_spoken(app, settings, mode, version):
    async with Client(create_server(app, settings), mode=mode) as client:
        assert client.protocol_version == version
        assert client.server_info.name == "tristore"
        assert client.server_info.version == __version__
        assert client.server_capabilities.tools is not None
        text, is_error = await text_of(client, "search_code", query="greet")
        assert not is_error
        assert "greeting.py" in text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UnknownSymbol("no symbol 'gret'", "nearest: greet"), "no symbol 'gret'. Next: nearest: greet"),
        (UnknownSymbol("no symbol 'gret'"), "no symbol 'gret'"),
        (IndexBusy("another process is indexing"), f"another process is indexing. Next: {IndexBusy.hint}"),
        (IndexCorrupt("the stores disagree", "rebuild it"), "the stores disagree. Next: rebuild it"),
        (
            ConfigError("TRISTORE_LIMIT=0 is not a valid limit"),
            f"TRISTORE_LIMIT=0 is not a valid limit. Next: {ConfigError.hint}",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_our_errors_become_sentences(app, settings, monkeypatch, caplog, error, said):
    def fail(*_, **__):
        raise error

    for method in ("search", "context", "call_graph"):
        monkeypatch.setattr(app, method, fail)
    async with Client(create_server(app, settings)) as client:
        for tool, argument in (("search_code", "query"), ("get_context", "target"), ("call_graph", "symbol")):
            assert await text_of(client, tool, **{argument: "a"}) == (said, True)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_crash_is_logged_and_kept_from_the_model(app, settings, monkeypatch, caplog):
    def crash(*_, **__):
        raise RuntimeError("secret: /home/somebody/key")

    monkeypatch.setattr(app, "search", crash)
    async with Client(create_server(app, settings)) as client:
        text, is_error = await text_of(client, "search_code", query="a")
    assert is_error
    assert text == "internal error; see the server's log"
    assert "secret: /home/somebody/key" in caplog.text
    assert "Traceback" in caplog.text


ASKED = [
    ("search_code", {"query": "greet"}, "hits"),
    ("search_code", {"query": "return name", "mode": "exact"}, "hits"),
    ("search_code", {"query": "greet", "path": "nowhere/"}, "notes"),
    ("get_context", {"target": "greet"}, "sections"),
    ("get_context", {"target": "greeting.py"}, "path"),
    ("get_context", {"target": "greeting.py:2"}, "symbol"),
    ("get_context", {"target": "greeting.py:3"}, "path"),
    ("get_context", {"target": "twice"}, "candidates"),
    ("get_context", {"target": "greet somebody loudly"}, "generation"),
    ("call_graph", {"symbol": "shout"}, "callers"),
    ("call_graph", {"symbol": "shout", "direction": "callees"}, "callees"),
    ("call_graph", {"symbol": "twice"}, "candidates"),
]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_structured_results_are_a_switch(home, settings, mode):
    (settings.root / "again.py").write_text(
        "def twice():\n    pass\n\n\nclass C:\n    def twice(self):\n        pass\n"
    )
    structured = load(settings.root, {"TRISTORE_HOME": str(home)}, {"structured": True})
    app = App(structured)
    app.index()
    async with Client(create_server(app, structured), mode=mode) as client:
        assert all(tool.output_schema for tool in (await client.list_tools()).tools)
        for tool, arguments, key in ASKED:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result.content[0].text
            assert result.content[0].text
            assert result.structured_content[key]
            assert result.structured_content["generation"] > 0


async def test_a_huge_answer_is_cut(app, settings, monkeypatch):
    monkeypatch.setattr(app, "search", lambda *_, **__: Answer("0123456789\n" * 100_000))
    async with Client(create_server(app, settings)) as client:
        text, _ = await text_of(client, "search_code", query="a")
    assert len(text) <= settings.server.max_chars
    assert "cut at" in text.splitlines()[-1]


async def test_the_tool_list_may_be_cached(app, settings):
    async with Client(create_server(app, settings)) as client:
        listed = await client.list_tools()
    assert listed.ttl_ms > 0
    assert listed.cache_scope == "public"


async def test_ending_the_server_closes_the_app(app, settings, monkeypatch):
    ended = []
    monkeypatch.setattr(app, "close", lambda: ended.append(True))
    async with Client(create_server(app, settings)) as client:
        await client.list_tools()
        assert not ended
    assert ended == [True]


async def test_an_edit_is_noticed_at_the_next_call(app, settings):
    async with Client(create_server(app, settings)) as client:
        await text_of(client, "search_code", query="greet")
        (settings.root / "farewell.py").write_text("def part_company(name):\n    return name\n")
        import anyio

        # Calls closer together than this share one look at the disk.
        await anyio.sleep(settings.server.freshness_s + 0.1)
        text, is_error = await text_of(client, "get_context", target="part_company")
    assert not is_error, text
    assert "farewell.py" in text
