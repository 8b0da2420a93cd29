"""Where is the code that matches these words, this name, this text or this meaning?"""

import threading
from typing import Annotated, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import BaseModel, Field

from mcp_server.app import Answer
from mcp_server.tools.reply import Replier, Structured, budget_field, strict_tool

Mode = Literal["auto", "keyword", "semantic", "exact", "regex"]
Tests = Literal["with", "without", "only"]
Detail = Literal["detailed", "concise"]


class Hit(BaseModel):
    """One result: where it is, what it belongs to, and the text shown for it."""

    path: str
    start: int
    end: int
    symbol: str | None
    kind: str
    score: float
    tokens: int
    chars: int
    text: str


class Hits(Structured):
    """One page of results, and the cursor of the next."""

    hits: list[Hit] = Field(default_factory=list)
    left_out: int = 0
    cursor: str | None = None


DESCRIPTION = (
    "Search this repository by name, words, meaning, text or pattern. Use it before grepping or opening files. "
    "Returns ranked code as path:lines with its symbol, whole definitions while the budget lasts; the end says what "
    "was left out and the cursor for more. For one known symbol use get_context, for callers call_graph."
)


def tool(replier: Replier) -> Tool:
    """Return the tool, its defaults and bounds taken from the settings."""
    options = replier.settings.retrieval

    async def search_code(  # noqa: PLR0913 (the wire's arguments)
        ctx: Context,
        query: Annotated[
            str,
            Field(
                min_length=1,
                max_length=options.max_query_chars,
                description='Identifier, question, path, "exact text"; a pattern with mode regex',
            ),
        ],
        path: Annotated[str, Field(description="Only this folder or glob: src/, **/*.sql")] = "",
        language: Annotated[str, Field(description="e.g. python")] = "",
        kind: Annotated[str, Field(description="function, method, class...")] = "",
        tests: Annotated[Tests, Field(description="Default with")] = "with",
        changed_since: Annotated[str, Field(description="Only files that differ from this git revision")] = "",
        detail: Annotated[Detail, Field(description="Default detailed; concise: a line each")] = "detailed",
        limit: Annotated[
            int,
            Field(ge=1, le=options.max_limit, description=f"Results, 1-{options.max_limit} (default {options.limit})"),
        ] = options.limit,
        budget_tokens: Annotated[int, budget_field(options)] = options.budget_tokens,
        mode: Annotated[Mode, Field(description="Default auto: judged by the query")] = "auto",
        cursor: Annotated[str, Field(description="From an answer's end: the next results")] = "",
    ) -> CallToolResult:
        def work(cancelled: threading.Event) -> Answer:
            return replier.app.search(
                query,
                path=path or None,
                language=language or None,
                kind=kind or None,
                limit=limit,
                budget_tokens=budget_tokens,
                tests=tests,
                changed_since=changed_since or None,
                detail=detail,
                mode=mode,
                cursor=cursor or None,
                cancelled=cancelled,
            )

        return await replier.answer(ctx, work)

    return strict_tool(search_code, replier, title="Search code", description=DESCRIPTION, output=Hits)
