"""Who calls this symbol, and what does it call?"""

import threading
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import Field

from mcp_server.app import Answer
from mcp_server.tools.reply import Replier, Structured, budget_field, strict_tool

Direction = Literal["callers", "callees", "both"]
MAX_DEPTH = 5


class Graph(Structured):
    """The trees of callers and callees of a definition, or the candidates of a name."""

    symbol: str | None = None
    callers: dict[str, Any] | None = None
    callees: dict[str, Any] | None = None
    candidates: list[dict[str, Any]] = Field(default_factory=list)


DESCRIPTION = (
    "Who calls a function, method or class, and what it calls: call sites as path:line, each with how it was resolved "
    "and how often that way is right. Use it before changing a signature and to trace a flow. Unresolved and merely "
    "possible calls are kept apart. An ambiguous name is answered with its candidates, an unknown one refused with "
    "the nearest."
)


def tool(replier: Replier) -> Tool:
    """Return the tool, its defaults and bounds taken from the settings."""
    options = replier.settings.retrieval

    async def call_graph(
        ctx: Context,
        symbol: Annotated[
            str,
            Field(
                min_length=1,
                max_length=options.max_query_chars,
                description="Name, Class.method, path:line or path:name",
            ),
        ],
        path: Annotated[str, Field(description="Folder or glob, if several have that name")] = "",
        direction: Annotated[Direction, Field(description="Default both")] = "both",
        depth: Annotated[int, Field(ge=1, le=MAX_DEPTH, description=f"1-{MAX_DEPTH} (default 1)")] = 1,
        budget_tokens: Annotated[int, budget_field(options)] = options.budget_tokens,
    ) -> CallToolResult:
        def work(cancelled: threading.Event) -> Answer:
            return replier.app.call_graph(
                symbol,
                path=path or None,
                direction=direction,
                depth=depth,
                budget_tokens=budget_tokens,
                cancelled=cancelled,
            )

        return await replier.answer(ctx, work)

    return strict_tool(call_graph, replier, title="Call graph", description=DESCRIPTION, output=Graph)
