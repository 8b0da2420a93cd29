"""What must be read to understand or change this place?"""

import threading
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import Field

from mcp_server.app import Answer
from mcp_server.tools.reply import Replier, Structured, budget_field, strict_tool


class Surroundings(Structured):
    """A definition and what surrounds it, or the candidates of a name, or the definitions a task is about."""

    symbol: str | None = None
    path: str | None = None
    sections: dict[str, list[str]] = Field(default_factory=dict)
    candidates: list[dict[str, Any]] = Field(default_factory=list)
    symbols: list[dict[str, Any]] = Field(default_factory=list)


# More than an answer's worth of places is a mistake.
MAX_SEEN = 200

DESCRIPTION = (
    "What must be read to understand or change one place: its source, then what it calls, who calls it, its class, "
    "types, tests and docs, shortened to signatures as the budget runs out. Use it instead of reading whole files. "
    "An ambiguous name is answered with its candidates, an unknown one refused with the nearest."
)


def tool(replier: Replier) -> Tool:
    """Return the tool, its defaults and bounds taken from the settings."""
    options = replier.settings.retrieval

    async def get_context(
        ctx: Context,
        target: Annotated[
            str,
            Field(
                min_length=1,
                max_length=options.max_query_chars,
                description="Name, Class.method, path, path:line, path:name, citation, diff, stack trace or task",
            ),
        ],
        path: Annotated[str, Field(description="Folder or glob, if several have that name")] = "",
        seen: Annotated[
            list[str], Field(max_length=MAX_SEEN, description="Citations (path:start-end@hash) you have; left out")
        ] = [],  # noqa: B006 (never changed; the schema needs a plain default)
        budget_tokens: Annotated[int, budget_field(options)] = options.budget_tokens,
    ) -> CallToolResult:
        def work(cancelled: threading.Event) -> Answer:
            return replier.app.context(
                target, path=path or None, budget_tokens=budget_tokens, seen=seen, cancelled=cancelled
            )

        return await replier.answer(ctx, work)

    return strict_tool(get_context, replier, title="Get context", description=DESCRIPTION, output=Surroundings)
