"""What fits?

A hard bound: the text that is returned never counts more tokens than the budget. Items are taken in order; one
that does not fit whole is tried in shorter forms; the first that fits in no form ends the answer, so that a
higher result is never dropped for a lower one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_server import tokens
from mcp_server.errors import BudgetTooSmall

# One newline joins two blocks. `tokens.count` promises count(a + "\n" + b) <= count(a) + count(b) + 1.
_JOIN = 1
# Less than this holds no location and no line of code.
MIN_BUDGET = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to show: its forms from the fullest to the shortest, and under which heading."""

    forms: tuple[str, ...]
    section: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """An item that fits: its position among the items, the form chosen (0 is the fullest), its text."""

    position: int
    form: int
    text: str


@dataclass(frozen=True, slots=True)
class Packed:
    """What fits, in order; ``tokens`` bounds the text joined with newlines, headings included."""

    placed: tuple[Placed, ...]
    tokens: int
    left_out: int


def check(budget: int, most: int) -> int:
    """Return the budget to work with: at most ``most``.

    Raises:
        BudgetTooSmall: nothing fits into ``budget`` tokens.
    """
    if budget < MIN_BUDGET:
        raise BudgetTooSmall(f"a budget of {budget} tokens holds no answer", f"give at least {MIN_BUDGET}")
    return min(budget, most)


def pack(items: Sequence[Item], budget: int, *, share: float = 1.0, skip: bool = False) -> Packed:
    """Choose a form for each item so that all together stay within ``budget`` tokens.

    Args:
        items: in order of usefulness.
        budget: tokens for all of them.
        share: the most of the remaining budget that the full form of one item may take; shorter forms may take all.
        skip: go on after an item that fits in no form (for lists without rank) instead of ending there.
    """
    placed: list[Placed] = []
    used = 0
    headed: set[str] = set()
    for position, item in enumerate(items):
        heading = tokens.count(item.section) + _JOIN if item.section and item.section not in headed else 0
        chosen = _choose(item, budget - used - heading, share)
        if chosen is None:
            if skip:
                continue
            break
        form, cost = chosen
        headed.add(item.section)
        used += cost + heading
        placed.append(Placed(position, form, item.forms[form]))
    return Packed(tuple(placed), used, len(items) - len(placed))


def _choose(item: Item, room: int, share: float) -> tuple[int, int] | None:
    for form, text in enumerate(item.forms):
        cost = tokens.count(text) + _JOIN
        shorter = form + 1 < len(item.forms)
        if cost <= (room * share if shorter else room):
            return form, cost
    return None


def fit(text: str, budget: int) -> str:
    """Return ``text``, cut at a line end if it counts more than ``budget`` tokens."""
    return text if tokens.count(text) <= budget else tokens.cut(text, budget)
