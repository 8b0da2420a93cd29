"""How often is each way of finding a target right?

``calibration.json`` holds what ``benchmarks/callgraph.py --calibrate`` counted per language and strategy: right and
wrong targets against static truth (the agreement of type checkers, or a compiler) and against run-time traces. The
confidence is the lower end of the 95 % interval of the share that was right (E. B. Wilson, "Probable Inference", 1927),
rounded down.
"""

import json
import math
from functools import cache
from importlib import resources

FILE = "calibration.json"

# A language that was not measured is not better than the worst one that was, and a strategy never met proves nothing.
UNMEASURED = 0.4
# Nor is a language without truth better than those of its kind that people have read: of 40 edges each in seven such
# languages the worst had 38 right, which bounds the share at .83 (`benchmarks/README.md`, "Read by eye").
READ_BY_EYE = 0.83
# Fewer targets than these measure nothing: two right ones of two would bound the share at .34, for all languages.
ENOUGH = 10

_Z = 1.96


def interval(right: int, count: int) -> tuple[float, float]:
    """Return the bounds that hold the share ``right / count`` with 95 %."""
    share, spread = right / count, _Z * _Z / count
    middle = share + spread / 2
    reach = _Z * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)


@cache
def confidence(language: str, strategy: str) -> float:
    """Return how often ``strategy`` is right in ``language``, from 0 to 1.

    Where that was not measured it is the lowest figure of the strategy, and for a language of which nothing was
    measured no more than what was read by eye.
    """
    measured = _measured()
    if strategy in measured.get(language, {}):
        return measured[language][strategy]
    lowest = min((of[strategy] for of in measured.values() if strategy in of), default=UNMEASURED)
    return lowest if language in measured else min(lowest, READ_BY_EYE)


@cache
def _measured() -> dict[str, dict[str, float]]:
    counts = json.loads(resources.files(__package__).joinpath(FILE).read_text("utf-8"))
    return {
        language: {
            strategy: stated(*of["static"], *of["trace"])
            for strategy, of in strategies.items()
            if sum(of["static"]) + sum(of["trace"]) >= ENOUGH
        }
        for language, strategies in counts.items()
    }


def stated(*counts: int) -> float:
    """Return the confidence that counts of right, wrong, right, wrong ... targets allow to state."""
    right, total = sum(counts[::2]), sum(counts)
    return math.floor(100 * interval(right, total)[0]) / 100 if total else UNMEASURED
