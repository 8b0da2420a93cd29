"""Which tools does a model see? One file per tool, named as the tool; all answer through ``reply``."""

from mcp.server.mcpserver.tools import Tool

from mcp_server.tools import call_graph, get_context, search_code
from mcp_server.tools.reply import Replier

__all__ = ["Replier", "all_tools"]


def all_tools(replier: Replier) -> list[Tool]:
    """Return the tools in the order a host lists them: a stable order keeps a host's prompt cache warm."""
    return [search_code.tool(replier), get_context.tool(replier), call_graph.tool(replier)]
