"""Are calls concurrent, cancellable, and cut to size?"""

import threading

import anyio
import pytest
from mcp import Client

from mcp_server.app import Answer, Progress
from mcp_server.server import create_server
from mcp_server.tools import reply
from mcp_server.tools.reply import clip

pytestmark = pytest.mark.anyio


def test_a_long_answer_is_cut_at_a_line_end():
    text = "\n".join(f"line {n}" for n in range(1_000))
    cut = clip(text, 1_000)
    assert len(cut) <= 1_000
    *lines, note = cut.splitlines()
    assert lines == text.splitlines()[: len(lines)]
    assert "cut at 1000 characters" in note
    assert clip("short", 1_000) == "short"


async def test_a_cancelled_call_frees_its_caller_and_tells_the_worker(app, surface_settings, monkeypatch):
    started, told = threading.Event(), threading.Event()

    def endless(query, *, cancelled, **_):
        started.set()
        if cancelled.wait(10):
            told.set()
        return Answer("too late")

    monkeypatch.setattr(app, "search", endless)
    async with Client(create_server(app, surface_settings)) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "search_code", {"query": "a"})
            assert await anyio.to_thread.run_sync(started.wait, 5)
            group.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(told.wait, 5)
        monkeypatch.undo()
        assert not (await client.call_tool("search_code", {"query": "encode_number"})).is_error


async def test_calls_do_not_wait_for_each_other_but_are_bounded(app, surface_settings, monkeypatch):
    threads = surface_settings.server.threads
    together, running, most = threading.Barrier(threads), [], []

    def work(query, **_):
        running.append(query)
        most.append(len(running))
        together.wait(5)
        running.remove(query)
        return Answer(query)

    monkeypatch.setattr(app, "search", work)
    async with Client(create_server(app, surface_settings)) as client, anyio.create_task_group() as group:
        for number in range(2 * threads):
            group.start_soon(client.call_tool, "search_code", {"query": f"q{number}"})
    assert max(most) == threads


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_waiting_call_reports_how_far_the_index_is(app, surface_settings, monkeypatch, mode):
    monkeypatch.setattr(reply, "PROGRESS_INTERVAL_S", 0.01)
    reported = threading.Event()
    monkeypatch.setattr(app, "progress", lambda: Progress("parse", 30, 100))
    monkeypatch.setattr(app, "search", lambda query, **_: Answer(str(reported.wait(5))))
    heard = []

    async def hear(done, total, message):
        heard.append((done, total, message))
        reported.set()

    async with Client(create_server(app, surface_settings), mode=mode) as client:
        result = await client.call_tool("search_code", {"query": "a"}, progress_callback=hear)
    assert result.content[0].text == "True"
    assert heard == [(30, 100, "indexing: parse")]
