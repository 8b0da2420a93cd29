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
    """Return how often ``strategy`` is right in ``language``, from 0 to 1."""
    measured = _measured()
    if strategy in measured.get(language, {}):
        return measured[language][strategy]
    return min((of[strategy] for of in measured.values() if strategy in of), default=UNMEASURED)


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
