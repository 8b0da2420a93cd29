"""Which lines are shown of a definition that does not fit?

Its beginning; or, where a line of it was asked for, what names it and the lines around that one. What is left out is
told as a place that can be asked for.
"""

from mcp_server import tokens
from mcp_server.retrieval import render
from stores.lookups import SymbolRow

# Fewer lines say less than a signature.
_FEWEST_LINES = 4


def beginning(symbol: SymbolRow, body: str, room: int) -> str:
    """Return as many first lines of ``body``, a definition's cleaned source, as fit ``room`` tokens; "" if few do."""
    lines = body.count("\n") + 1
    kept = tokens.cut(body, room - _left_out_cost(symbol, lines))
    shown = kept.count("\n") + 1
    if shown < _FEWEST_LINES or shown >= lines:
        return ""
    return f"{kept}\n{_left_out(symbol, shown, lines)}"


def around(symbol: SymbolRow, body: str, line: int, room: int) -> str:
    """Return the lines of ``body`` that name it and those around ``line`` that fit ``room`` tokens.

    "" if too few fit, or ``line`` is itself one that names the definition: then its beginning is wanted.
    """
    lines = body.split("\n")
    named, wanted = symbol.name_line - symbol.line_start + 1, line - symbol.line_start
    if not named <= wanted < len(lines):
        return ""
    costs = [tokens.count(each) + 1 for each in lines]
    room -= sum(costs[:named]) + costs[wanted] + 2 * _left_out_cost(symbol, len(lines))
    first, last = wanted, wanted + 1
    growing = room >= 0
    while growing:
        growing = False
        if last < len(lines) and costs[last] <= room:
            room, last, growing = room - costs[last], last + 1, True
        if first > named and costs[first - 1] <= room:
            room, first, growing = room - costs[first - 1], first - 1, True
    if named + last - first < _FEWEST_LINES:
        return ""
    before = [_left_out(symbol, named, first)] if first > named else []
    after = [_left_out(symbol, last, len(lines))] if last < len(lines) else []
    return "\n".join([*lines[:named], *before, *lines[first:last], *after])


def _left_out(symbol: SymbolRow, first: int, end: int) -> str:
    """Return what stands for the lines of a definition numbered ``first`` (from 0) to before ``end``."""
    where = render.location(symbol.path, symbol.line_start + first, symbol.line_start + end - 1)
    return f"… {end - first} more line{'s' if end - first > 1 else ''}: {where}"


def _left_out_cost(symbol: SymbolRow, lines: int) -> int:
    """Return what such a line takes at most, with the line break before it."""
    where = render.location(symbol.path, symbol.line_end, symbol.line_end + 1)
    return tokens.count(f"… {lines} more lines: {where}") + 1
