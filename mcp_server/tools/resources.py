"""What can a host attach without asking a tool? The state of the index, and the text of an indexed file."""

from functools import partial

import anyio.to_thread
from mcp.server import MCPServer

from mcp_server.tools.reply import Replier


def add_resources(server: MCPServer[None], replier: Replier) -> None:
    """Register ``code://status`` and ``code://file/{+path}``."""

    @server.resource("code://status", name="status", title="Index status", mime_type="text/plain")
    async def status() -> str:
        """What is indexed, how fresh it is and what was left out."""
        answer = await anyio.to_thread.run_sync(replier.app.status, limiter=replier.limiter, abandon_on_cancel=True)
        return answer.text

    @server.resource("code://file/{+path}", name="file", title="Indexed file", mime_type="text/plain")
    async def file(path: str) -> str:
        """Text of one indexed file; path is relative to the repository root."""
        read = partial(replier.app.file_text, path)
        return await anyio.to_thread.run_sync(read, limiter=replier.limiter, abandon_on_cancel=True)
