"""How does an agent framework use tristore? pydantic-ai over stdio, without any key: its TestModel calls the tools.

    pip install 'pydantic-ai-slim[mcp]'        (an environment of its own is fine: only the server needs tristore)
    python examples/agent_pydantic_ai.py [REPOSITORY] [COMMAND OF tristore]

Put a real model in place of ``TestModel`` and the same agent answers in words.
"""

import asyncio
import os
import shutil
import sys
from pathlib import Path

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ToolCallPart, ToolReturnPart
from pydantic_ai.models.test import TestModel

CHECKOUT = Path(__file__).resolve().parent.parent


async def main() -> None:
    repository = Path(sys.argv[1] if len(sys.argv) > 1 else CHECKOUT).resolve()
    beside = Path(sys.executable).with_name("tristore")
    command = sys.argv[2] if len(sys.argv) > 2 else shutil.which("tristore") or str(beside)
    # The transport gives a server a bare environment; this one must look for the index where we do.
    environment = dict(os.environ)  # noqa: TID251
    server = StdioTransport(command=command, args=["serve", "--path", str(repository)], env=environment)
    agent = Agent(TestModel(call_tools=["search_code"]), toolsets=[MCPToolset(server)])
    async with agent:
        run = await agent.run("Where are the settings read?")
    for message in run.all_messages():
        for part in message.parts:
            if isinstance(part, ToolCallPart):
                print(f"--- the model calls {part.tool_name}({part.args})")
            elif isinstance(part, ToolReturnPart):
                print(f"--- and reads\n{part.content}")


if __name__ == "__main__":
    asyncio.run(main())
