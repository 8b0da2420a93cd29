"""How does a test speak to a server in a process of its own, over its pipes, as a host does?"""

import json
import subprocess
import sys
import time
from pathlib import Path

# Generous, because a loaded machine is slow; a quiet one takes 0.02 s to leave.
LEAVE_S = 5.0

HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class Pipes:
    """A server process and its three streams."""

    def __init__(self, root: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mcp_server", "serve", "--path", str(root), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root,
        )  # fmt: skip
        self.lines: list[bytes] = []

    def send(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def request(self, number: int, method: str, params: dict) -> dict:
        self.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())
        while True:
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read().decode()
            self.lines.append(line)
            message = json.loads(line)
            if message.get("id") == number:
                return message

    def hello(self) -> dict:
        answer = self.request(0, "initialize", HELLO)
        self.send(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')
        return answer["result"]

    def call(self, number: int, tool: str, arguments: dict) -> str:
        answer = self.request(number, "tools/call", {"name": tool, "arguments": arguments})
        return answer["result"]["content"][0]["text"]

    def kill(self) -> None:
        """End it as the system does that runs out of memory, and close the pipes."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def end(self) -> tuple[int, float, bytes]:
        """Wait for the end; return the exit code, the seconds it took, and what was left on stdout."""
        started = time.monotonic()
        code = self.process.wait(LEAVE_S)
        return code, time.monotonic() - started, self.process.stdout.read()
