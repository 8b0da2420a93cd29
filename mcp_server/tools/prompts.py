"""Which questions can a person pick from a menu?"""

from mcp.server import MCPServer


def add_prompts(server: MCPServer[None]) -> None:
    """Register ``explain_symbol`` and ``plan_change``."""

    @server.prompt(title="Explain a symbol")
    def explain_symbol(symbol: str) -> str:
        """Explain what a function, method or class does and who depends on it."""
        return (
            f"Explain `{symbol}`. Read it with get_context, then its callers with call_graph "
            "(direction callers). Say what it does, what it relies on and who relies on it; "
            "name each place as path:line, and say what you could not find."
        )

    @server.prompt(title="Plan a change")
    def plan_change(change: str) -> str:
        """Find the code a change touches, and plan the change before any edit."""
        return (
            f"Plan this change, do not edit yet: {change}\n"
            "Find the code with search_code, read each place with get_context, and list everything a changed "
            "signature or behaviour reaches with call_graph (direction impact). "
            "Answer with the places as path:line, the order of the edits, the tests, and the risks."
        )
