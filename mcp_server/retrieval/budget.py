"""What fits?

A hard bound: the text that is returned never counts more tokens than the budget. Items are taken in order; one
that does not fit whole is tried in shorter forms; the first that fits in no form ends the answer, so that a
higher result is never dropped for a lower one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_server import tokens
from mcp_server.errors import BudgetTooSmall
from mcp_server.retrieval.render import clean

# One newline joins two blocks. `tokens.count` promises count(a + "\n" + b) == count(a) + 1 + count(b).
_JOIN = 1
# The last line of what was cut.
_CUT = "… cut; raise budget_tokens"
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
        share: the most of the remaining budget that one item may take while others wait, unless in its last form.
        skip: go on after an item that fits in no form (for lists without rank) instead of ending there.
    """
    placed: list[Placed] = []
    used = 0
    headed: set[str] = set()
    for position, item in enumerate(items):
        heading = tokens.count(item.section) + _JOIN if item.section and item.section not in headed else 0
        last = position + 1 == len(items)
        chosen = _choose(item, budget - used - heading, 1.0 if last else share)
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
    """Return ``text``, cut if it counts more than ``budget`` tokens: at a line end if one line fits, and saying so."""
    if tokens.fits(text, budget):
        return text
    kept = tokens.cut(text, budget - tokens.count(_CUT) - _JOIN)
    if kept:
        return f"{kept}\n{_CUT}"
    return shortened(text.split("\n", 1)[0], budget)


def shortened(line: str, budget: int) -> str:
    """Return as much of the beginning of ``line`` as fits with an ellipsis, "" if nothing does."""
    low, high = 0, min(len(line), 16 * max(budget, 0))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens.fits(line[:middle] + "…", budget) else (low, middle - 1)
    while low and not tokens.fits(line[:low] + "…", budget):
        low -= 1
    return line[:low] + "…" if low else ""


def notes(said: Sequence[str], budget: int) -> str:
    """Return notes as the first lines of an answer; they take at most a third of it."""
    return fit("\n".join(f"note: {' '.join(clean(note).split())}" for note in said), budget // 3)
