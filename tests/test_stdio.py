"""Does one real process, over real pipes, start fast, keep stdout clean and leave when asked?"""

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.host_pipes import HELLO, Pipes

# Generous, because a loaded machine is slow; a quiet one takes 0.5 s to start.
ANSWER_S = 60.0


@pytest.fixture
def root(tree):
    return tree({"greeting.py": "def greet(name):\n    return shout(name)\n\n\ndef shout(name):\n    return name\n"})


@pytest.fixture
def start(root):
    started = []

    def start(*options):
        started.append(Pipes(root, *options))
        return started[-1]

    yield start
    for pipes in started:
        if pipes.process.poll() is None:
            pipes.process.kill()
        pipes.process.wait()
        for stream in (pipes.process.stdin, pipes.process.stdout, pipes.process.stderr):
            stream.close()


def test_the_three_tools_answer_and_only_the_protocol_is_on_stdout(start):
    server = start()
    hello = server.hello()
    assert hello["serverInfo"]["name"] == "tristore"
    assert "search_code" in hello["instructions"]
    assert len(server.request(1, "tools/list", {})["result"]["tools"]) == 3
    deadline = time.monotonic() + ANSWER_S
    number = 10
    while "greeting.py" not in server.call(number, "search_code", {"query": "greet"}):
        # Nothing was indexed: the first answers say so instead of waiting.
        assert time.monotonic() < deadline
        number += 1
    assert "shout" in server.call(number + 1, "get_context", {"target": "greet"})
    assert "greet" in server.call(number + 2, "call_graph", {"symbol": "shout", "direction": "callers"})
    server.process.stdin.close()
    code, _, rest = server.end()
    assert code == 0
    for line in [*server.lines, *rest.splitlines()]:
        assert json.loads(line)["jsonrpc"] == "2.0"
    assert b"Traceback" not in server.process.stderr.read()


def test_the_newest_protocol_needs_no_handshake(start):
    server = start()
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": HELLO["clientInfo"],
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    answer = server.request(1, "server/discover", {"_meta": meta})
    assert answer["result"]["supportedVersions"] == ["2026-07-28"]
    assert "search_code" in answer["result"]["instructions"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after_a_call", [False, True])
def test_a_signal_ends_it_quickly(start, number, after_a_call):
    server = start()
    server.hello()
    if after_a_call:
        server.call(1, "search_code", {"query": "greet"})
    server.process.send_signal(number)
    code, seconds, rest = server.end()
    assert code == 0
    assert seconds < 2.0
    assert rest == b""


def test_closing_stdin_ends_it(start):
    server = start()
    server.hello()
    server.process.stdin.close()
    code, _, rest = server.end()
    assert (code, rest) == (0, b"")


MALFORMED = [
    b"",
    b"garbage",
    b"{",
    b"[]",
    b"null",
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "1.0", "id": 1, "method": 5}',
    b"\xff\xfe\x00",
    b"[" * 100_000,
]


def test_malformed_lines_do_not_kill_it(start):
    server = start()
    server.hello()
    for number, line in enumerate(MALFORMED, 100):
        server.send(line)
        assert server.request(number, "tools/list", {})["result"]["tools"], line[:20]


def test_unknown_methods_and_tools_are_refused(start):
    server = start()
    server.hello()
    assert server.request(1, "tools/frobnicate", {})["error"]["code"] == -32601
    assert "Unknown tool" in server.call(2, "frobnicate", {})


def test_structured_results_are_a_start_up_switch(start):
    server = start("--structured")
    server.hello()
    assert all("outputSchema" in tool for tool in server.request(1, "tools/list", {})["result"]["tools"])
    answer = server.request(2, "tools/call", {"name": "search_code", "arguments": {"query": "greet"}})
    assert isinstance(answer["result"]["structuredContent"], dict)


def test_a_root_that_does_not_exist_is_told_in_one_line(tmp_path):
    missing = tmp_path / "missing"
    command = [sys.executable, "-m", "mcp_server", "serve", "--path", str(missing)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "does not exist" in done.stderr
