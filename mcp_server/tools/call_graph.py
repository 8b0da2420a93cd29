"""Who calls this symbol, and what does it call?"""

import threading
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import Field

from mcp_server.app import Answer
from mcp_server.retrieval.calls import MAX_DEPTH
from mcp_server.tools.reply import Replier, Structured, budget_field, strict_tool

Direction = Literal["callers", "callees", "both", "impact"]
Format = Literal["text", "mermaid"]


class Graph(Structured):
    """What was asked: trees of callers and callees, paths, impact, dependencies; or the candidates of a name."""

    symbol: str | None = None
    overrides: list[dict[str, Any]] = Field(default_factory=list)
    overridden_by: list[dict[str, Any]] = Field(default_factory=list)
    recursion: dict[str, Any] | None = None
    callers: dict[str, Any] | None = None
    callees: dict[str, Any] | None = None
    to: str | None = None
    paths: list[dict[str, Any]] = Field(default_factory=list)
    paths_in_all: int = 0
    in_vain: list[dict[str, Any]] = Field(default_factory=list)
    impact: dict[str, Any] | None = None
    dependencies: dict[str, Any] | None = None
    imports: list[dict[str, Any]] = Field(default_factory=list)
    candidates: list[dict[str, Any]] = Field(default_factory=list)


DESCRIPTION = (
    "Callers and callees of a definition, the shortest path to another, or its impact with the tests that reach it; of "
    "a file or folder dependencies and import cycles. Edges say how surely they are right; possible and unknown ones "
    "stay apart."
)


def tool(replier: Replier) -> Tool:
    """Return the tool, its defaults and bounds taken from the settings."""
    options = replier.settings.retrieval

    async def call_graph(  # noqa: PLR0913 (the wire's arguments)
        ctx: Context,
        symbol: Annotated[
            str,
            Field(
                min_length=1,
                max_length=options.max_query_chars,
                description="Name, Class.method, path:line, path:name or path",
            ),
        ],
        to: Annotated[str, Field(max_length=options.max_query_chars, description="Where paths lead")] = "",
        path: Annotated[str, Field(description="Folder or glob")] = "",
        direction: Annotated[Direction, Field(description="Default both")] = "both",
        depth: Annotated[int, Field(ge=1, le=MAX_DEPTH, description=f"1-{MAX_DEPTH} (default 1, impact 3)")] = 0,
        include_possible: Annotated[bool, Field(description="Follow them")] = False,  # noqa: FBT002
        format: Annotated[Format, Field(description="Default text")] = "text",
        budget_tokens: Annotated[int, budget_field(options)] = options.budget_tokens,
    ) -> CallToolResult:
        def work(cancelled: threading.Event) -> Answer:
            return replier.app.call_graph(
                symbol,
                to=to or None,
                path=path or None,
                direction=direction,
                depth=depth or None,
                include_possible=include_possible,
                format=format,
                budget_tokens=budget_tokens,
                cancelled=cancelled,
            )

        return await replier.answer(ctx, work)

    return strict_tool(call_graph, replier, title="Call graph", description=DESCRIPTION, output=Graph)
