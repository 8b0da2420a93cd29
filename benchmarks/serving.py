"""How fast does the server start, answer and leave, and in how much memory?

    python benchmarks/serving.py ROOT [--home FOLDER]

ROOT is any folder of Python code; it is indexed first, into a temporary folder or --home, which keeps the index. The
server is a process of its own, spoken to over its pipes as a host does. Starting: the median of five processes, from
their creation to the answer (the files of Python and the packages are in the disk cache). Answering: wall milliseconds
through the pipe for each of 50 questions taken from the index, half of them names of symbols, half first sentences of
docstrings (call_graph: names only), and the CPU milliseconds of the server for one. Memory is resident, in MB.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from index_speed import ROOT, machine, status_mb

PROCESSES = 5
QUESTIONS = 50
SEED = 5
# A server that says nothing for this long is ended.
PATIENCE_S = 120.0
CLIENT = {"name": "benchmark", "version": "1"}
HANDSHAKE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": CLIENT}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": CLIENT,
    "io.modelcontextprotocol/clientCapabilities": {},
}
FIRST: dict[str, dict[str, Any]] = {"initialize": HANDSHAKE, "server/discover": {"_meta": META}}


class Host:
    """A server process and the pipes to it."""

    def __init__(self, root: Path, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mcp_server", "serve", "--path", str(root)],
            cwd=ROOT,
            env={**os.environ, "TRISTORE_HOME": str(home), **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return its result."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        patience = threading.Timer(PATIENCE_S, self.process.kill)
        patience.start()
        try:
            for line in self.process.stdout:
                answer = json.loads(line)
                if answer.get("id") == self._number:
                    result: dict[str, Any] = answer["result"]
                    return result
        finally:
            patience.cancel()
        sys.exit(f"the server ended, or said nothing for {PATIENCE_S:.0f} s, at {method}")

    def initialized(self) -> None:
        """End the handshake."""
        assert self.process.stdin is not None
        self.process.stdin.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
        self.process.stdin.flush()

    def call(self, tool: str, arguments: dict[str, Any]) -> tuple[str, bool]:
        """Return the text that a tool answers, and whether it is an error."""
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        return result["content"][0]["text"], bool(result.get("isError"))

    def resident_mb(self) -> float:
        """Return the resident memory; 0 where /proc does not exist."""
        return status_mb(self.process.pid, "VmRSS")

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far; 0 where /proc does not exist."""
        try:
            times = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        except OSError:
            return 0.0
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")

    def leave(self) -> float:
        """Send SIGTERM and return the milliseconds until the end."""
        started = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)
        return (time.perf_counter() - started) * 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--home", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    if not arguments.root.is_dir():
        sys.exit(f"{arguments.root} is not a folder")
    with tempfile.TemporaryDirectory() as scratch:
        home = (arguments.home or Path(scratch)).resolve()
        root = arguments.root.resolve()
        command = [sys.executable, "-m", "mcp_server", "index", "--quiet", "--path", str(root)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "TRISTORE_HOME": str(home)}, check=True)
        print(machine())
        starts(root, home)
        # Last, because the engine makes this process larger, and a process starts slower from a larger one.
        questions = chosen(root, home)
        with Host(root, home) as host:
            serve(host, questions)


def starts(root: Path, home: Path) -> None:
    print(f"{'':24}{'s to answer':>12}{'CPU s':>8}{'MB':>8}{'ms to leave':>13}")
    for method, params in FIRST.items():
        rows = []
        for _ in range(PROCESSES):
            with Host(root, home) as host:
                host.ask(method, params)
                seconds = time.perf_counter() - host.started
                rows.append((seconds, host.cpu_s(), host.resident_mb(), host.leave()))
        seconds, cpu, memory, leaving = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{method:24}{seconds:>12.2f}{cpu:>8.2f}{memory:>8.0f}{leaving:>13.1f}")


def chosen(root: Path, home: Path) -> dict[str, list[dict[str, str]]]:
    """Return the arguments of each tool's calls: names and docstring sentences of symbols drawn from the index."""
    sys.path.insert(0, str(ROOT))
    from mcp_server.config import load
    from stores.index import Index

    chance = random.Random(SEED)
    settings = load(root, {"TRISTORE_HOME": str(home)})
    with Index(settings.index_folder, os.fsencode(settings.root)).snapshot() as snapshot:
        files = [file.id for file in snapshot.files() if file.language == "python"]
        drawn = chance.sample(files, min(len(files), 8 * QUESTIONS))
        symbols = [
            symbol
            for file_id in drawn
            for symbol in snapshot.symbols_in(file_id)
            if symbol.kind in ("class", "function", "method")
        ]
    named = chance.sample(symbols, min(len(symbols), QUESTIONS))
    documented = [symbol for symbol in symbols if len((symbol.docstring or "").split()) > 3]
    told = chance.sample(documented, min(len(documented), QUESTIONS // 2))
    if not named or not told:
        sys.exit("no symbols with docstrings to ask about")
    sentences = [sentence(symbol.docstring or "") for symbol in told]
    mixed = [text for pair in zip((s.name for s in named), sentences, strict=False) for text in pair]
    return {
        "search_code": [{"query": text} for text in mixed],
        "get_context": [{"target": text} for text in mixed],
        "call_graph": [{"symbol": symbol.qualified_name} for symbol in named],
    }


def sentence(docstring: str) -> str:
    return " ".join(docstring.split("\n\n")[0].split()).split(". ")[0][:300]


def serve(host: Host, questions: dict[str, list[dict[str, str]]]) -> None:
    host.ask("initialize", HANDSHAKE)
    host.initialized()
    cold = host.resident_mb()
    host.call("search_code", questions["search_code"][0])
    first = time.perf_counter() - host.started
    warm = host.resident_mb()
    print(f"\nfirst answer of search_code {first:.2f} s after the start of the process")
    print(f"{'':16}{'calls':>7}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}{'CPU ms':>9}{'p50 chars':>11}{'errors':>8}")
    for tool, calls in questions.items():
        times, sizes, errors, before = [], [], 0, host.cpu_s()
        for arguments in calls:
            started = time.perf_counter()
            text, error = host.call(tool, arguments)
            times.append((time.perf_counter() - started) * 1_000)
            sizes.append(len(text))
            errors += error
        cpu = (host.cpu_s() - before) / len(calls) * 1_000
        cuts = statistics.quantiles(times, n=20, method="inclusive")
        numbers = f"{cuts[9]:>9.1f}{cuts[18]:>9.1f}{max(times):>9.1f}{cpu:>9.1f}{statistics.median(sizes):>11,.0f}"
        print(f"{tool:16}{len(calls):>7}{numbers}{errors:>8}")
    after = host.resident_mb()
    print(
        f"resident: {cold:.0f} MB at initialize, {warm:.0f} MB after the first answer, {after:.0f} MB after all of them"
    )
    print(f"{host.leave():.1f} ms to leave on SIGTERM after that")


if __name__ == "__main__":
    main()
