"""How does a blocking question become a tool's reply?

The work runs in a thread of its own pool, so that neither the protocol nor another call waits for it. When
the caller gives up, the thread is left behind with its ``cancelled`` event set.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import anyio
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field

from mcp_server.app import Answer, App
from mcp_server.config import RetrievalOptions, Settings
from mcp_server.retrieval.budget import MIN_BUDGET
from mcp_server.roots import Roots

# Often enough that no host takes a working call for a dead one.
PROGRESS_INTERVAL_S = 1.0

READ_ONLY = ToolAnnotations(read_only_hint=True, open_world_hint=False)

Work = Callable[[threading.Event], Answer]
Ask = Context[Any, Any]


class Structured(BaseModel):
    """What every answer has as data. Each tool adds its keys; they have defaults, for an index may not be ready."""

    model_config = ConfigDict(extra="allow")

    generation: int = 0
    notes: list[str] = []
    pending: list[str] = []


@dataclass(frozen=True)
class Replier:
    """What every tool needs: the program, its settings and the threads it may use."""

    app: App | Roots
    settings: Settings
    limiter: anyio.CapacityLimiter

    async def answer(self, ctx: Ask, work: Work) -> CallToolResult:
        """Run ``work`` in a thread and return its answer, cut to what hosts show whole."""
        answer = await self.in_thread(ctx, work)
        content = [TextContent(type="text", text=clip(answer.text, self.settings.server.max_chars))]
        if not self.settings.server.structured:
            return CallToolResult(content=list(content))
        return CallToolResult(content=list(content), structured_content=answer.data)

    async def in_thread(self, ctx: Ask, work: Work) -> Answer:
        """Run ``work`` in a thread; tell the caller how far the index is while it waits."""
        cancelled = threading.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(self._report_progress, ctx)
            try:
                outcome = await anyio.to_thread.run_sync(
                    partial(_outcome, work, cancelled), limiter=self.limiter, abandon_on_cancel=True
                )
            finally:
                cancelled.set()
                group.cancel_scope.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _report_progress(self, ctx: Ask) -> None:
        furthest = -1.0
        while True:
            await anyio.sleep(PROGRESS_INTERVAL_S)
            progress = self.app.progress()
            # The protocol wants values that only grow; stages start again at nought.
            if progress is not None and progress.done > furthest:
                furthest = progress.done
                await ctx.report_progress(progress.done, progress.total, f"indexing: {progress.stage}")


def _outcome(work: Work, cancelled: threading.Event) -> Answer | Exception:
    try:
        return work(cancelled)
    except Exception as error:  # noqa: BLE001 (carried out by value: a task group would wrap it in an ExceptionGroup)
        return error


def clip(text: str, max_chars: int) -> str:
    """Cut ``text`` at a line end so that it and the note about the cut stay within ``max_chars``."""
    if len(text) <= max_chars:
        return text
    note = f"\n[cut at {max_chars} characters; ask with a smaller budget_tokens or a narrower path]"
    return text[: max_chars - len(note)].rsplit("\n", 1)[0] + note


def budget_field(options: RetrievalOptions) -> Any:
    """Describe ``budget_tokens``. Bounds and default are in the words too, because Codex strips the keywords."""
    words = f"Answer size, {MIN_BUDGET}-{options.max_budget_tokens} (default {options.budget_tokens})"
    return Field(ge=MIN_BUDGET, le=options.max_budget_tokens, description=words)


def strict_tool(
    function: Callable[..., Any], replier: Replier, *, title: str, description: str, output: type[Structured]
) -> Tool:
    """Make a tool whose unknown arguments are an error, with a definition as light as it can be."""
    server = replier.settings.server
    function.__annotations__["return"] = Annotated[CallToolResult, output] if server.structured else CallToolResult
    tool = Tool.from_function(
        function,
        title=title,
        description=description,
        annotations=READ_ONLY,
        # Claude Code hides MCP tools behind its tool search, and writes results above its limit to a file.
        meta={"anthropic/alwaysLoad": True, "anthropic/maxResultSizeChars": server.max_chars},
    )
    model = tool.fn_metadata.arg_model
    model.model_config["extra"] = "forbid"
    model.model_rebuild(force=True)
    tool.parameters = _light(model.model_json_schema(by_alias=True))
    return tool


def _light(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop what tells a model nothing: pydantic's titles, lengths, and defaults, which the descriptions name."""
    noise = ("title", "default", "minLength", "maxLength")
    properties = {
        name: {key: value for key, value in field.items() if key not in noise}
        for name, field in schema["properties"].items()
    }
    return {key: value for key, value in schema.items() if key != "title"} | {"properties": properties}
