"""What does tristore answer about a repository? A tour: index it, connect as an agent does, ask the three tools.

    python examples/tour.py [REPOSITORY] [QUESTION]

Without arguments it asks about the checkout it lies in. What an agent would read is printed as it is.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

CHECKOUT = Path(__file__).resolve().parent.parent
QUESTION = "where are the settings read"


def main() -> int:
    repository = Path(sys.argv[1] if len(sys.argv) > 1 else CHECKOUT).resolve()
    question = sys.argv[2] if len(sys.argv) > 2 else QUESTION
    heading(f"tristore index --path {repository}")
    command = [sys.executable, "-m", "mcp_server", "index", "--path", str(repository)]
    indexing = subprocess.run(command, check=False)
    if indexing.returncode:
        return indexing.returncode
    anyio.run(ask, repository, question)
    return 0


async def ask(repository: Path, question: str) -> None:
    """Connect over stdio with the official client. Structured results only serve to pick the next question."""
    # The SDK gives a server a bare environment; this one must look for the index where we do.
    environment = dict(os.environ)  # noqa: TID251
    command = ["-m", "mcp_server", "serve", "--structured", "--path", str(repository)]
    started = time.perf_counter()
    server = StdioServerParameters(command=sys.executable, args=command, env=environment)
    async with Client(server) as client:
        print(f"\nconnected in {time.perf_counter() - started:.2f} s, protocol {client.protocol_version}")
        found = await call(client, "search_code", {"query": question, "budget_tokens": 1500, "limit": 5})
        symbol = first_symbol(found)
        if symbol is None:
            print("\nNo definition among the results: ask about something this repository does.")
            return
        await call(client, "get_context", {"target": symbol, "budget_tokens": 1500})
        await call(client, "call_graph", {"symbol": symbol, "depth": 2, "budget_tokens": 1000})
        await call(client, "call_graph", {"symbol": symbol, "direction": "impact", "budget_tokens": 600})


async def call(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call a tool, print what a model would read, return the same as data."""
    started = time.perf_counter()
    result = await client.call_tool(tool, arguments)
    spent_ms = (time.perf_counter() - started) * 1000
    heading(f"{tool}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})   {spent_ms:.0f} ms")
    print("\n".join(block.text for block in result.content if block.type == "text"))
    return result.structured_content or {}


def first_symbol(found: dict[str, Any]) -> str | None:
    """Return the best result that is a definition, named so that no other can be meant."""
    for hit in found.get("hits", []):
        if hit["symbol"] and hit["kind"] != "section":
            return f"{hit['path']}:{hit['symbol']}"
    return None


def heading(text: str) -> None:
    print(f"\n--- {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
