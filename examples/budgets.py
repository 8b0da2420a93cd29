"""What does a larger budget buy? The same question at 500, 2,000 and 8,000 tokens.

python examples/budgets.py [REPOSITORY] [QUESTION]
"""

import os
import sys
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters

CHECKOUT = Path(__file__).resolve().parent.parent
BUDGETS = (500, 2_000, 8_000)


async def main() -> None:
    repository = Path(sys.argv[1] if len(sys.argv) > 1 else CHECKOUT).resolve()
    question = sys.argv[2] if len(sys.argv) > 2 else "where are the settings read"
    # The SDK gives a server a bare environment; this one must look for the index where we do.
    environment = dict(os.environ)  # noqa: TID251
    command = ["-m", "mcp_server", "serve", "--path", str(repository)]
    server = StdioServerParameters(command=sys.executable, args=command, env=environment)
    async with Client(server) as client:
        for budget in BUDGETS:
            result = await client.call_tool("search_code", {"query": question, "budget_tokens": budget})
            text = "\n".join(block.text for block in result.content if block.type == "text")
            lines = text.splitlines()
            print(f"\n--- {budget} tokens: {len(lines)} lines, {len(text)} characters; the first and the last lines")
            print("\n".join(lines if len(lines) <= 12 else [*lines[:8], "...", *lines[-3:]]))


if __name__ == "__main__":
    anyio.run(main)
