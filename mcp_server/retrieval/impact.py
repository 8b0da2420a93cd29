"""What may break when this changes, and which tests would show it?

All that reaches a symbol by calls, level by level: through classes that run it as their constructor, through methods
that it stands in for, out of functions that it is defined in. Tests are listed apart, the nearest first.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mcp_server.languages import related
from mcp_server.retrieval.graph import OPEN_REASONS, open_names
from mcp_server.retrieval.paths import is_test
from mcp_server.retrieval.steps import SURE, Step, Steps
from stores.index import Snapshot
from stores.lookups import SymbolRow

DEFAULT_DEPTH = 3
# Symbols that one answer looks at; beyond, it says so.
MAX_REACHED = 5_000
# Members of what changes: a class changes with all of them.
MAX_CHANGED = 2_000

# By the conventions of the test runners: functions, and classes whose bodies hold tests without names.
_TEST_NAME = re.compile(r"^(test|it|should)(?=_|[A-Z0-9]|$)|^Test(?=[A-Z0-9_])|(Test|Tests|Spec)$", re.ASCII)
_TEST_MARK = re.compile(
    r"^\W*(\w+(::|\.))*(test|Test|ParameterizedTest|RepeatedTest|Fact|Theory|rstest)\b(?!\s*\.)|^\W*pytest\.mark\."
)
# Where tests are calls at the module level: ``test("adds", () => ...)``.
_UNNAMED_TESTS = re.compile(r"\.([cm]?[jt]sx?|rb|lua|sh|bash|bats)$")


@dataclass(frozen=True, slots=True)
class Reached:
    """What reaches the symbol: who (None: the module level of ``path``), in how many calls, and the first of them."""

    symbol: SymbolRow | None
    path: str
    distance: int
    step: Step
    through: SymbolRow | None


@dataclass(frozen=True, slots=True)
class Impact:
    """What reaches a symbol.

    Attributes:
        symbol: what changes.
        changed: how many symbols change with it: itself and what is defined in it.
        code: what reaches it but tests, the most relevant first.
        tests: the tests that reach it, the nearest first.
        depth: calls followed.
        truncated: whether more reaches it than was looked at.
        unresolved: calls of its name whose target is not known, by reason.
        unresolved_on_way: how many such calls there are of the names of what reaches it.
    """

    symbol: SymbolRow
    changed: int
    code: list[Reached]
    tests: list[Reached]
    depth: int
    truncated: bool
    unresolved: dict[str, int]
    unresolved_on_way: int


def find(snapshot: Snapshot, symbol: SymbolRow, depth: int, least: float = SURE) -> Impact:
    """Return what reaches ``symbol`` by at most ``depth`` calls of at least the confidence ``least``."""
    changed = snapshot.within((symbol.id,), MAX_CHANGED)
    reached, truncated = reach(snapshot, changed, depth, least)
    names = set(open_names(snapshot, symbol))
    callable_from = related(symbol.language)
    on_way = {r.symbol.name for r in reached if r.symbol is not None and not is_test(r.path)} - names
    return Impact(
        symbol,
        len(changed),
        [r for r in reached if not is_a_test(r.symbol, r.path)],
        [r for r in reached if is_a_test(r.symbol, r.path)],
        depth,
        truncated,
        _open(snapshot.reasons_named(names, callable_from)),
        sum(_open(snapshot.reasons_named(on_way, callable_from)).values()),
    )


def reach(
    snapshot: Snapshot, changed: Collection[int], depth: int, least: float = SURE, most: int = MAX_REACHED
) -> tuple[list[Reached], bool]:
    """Return what reaches any of the symbols ``changed``, the nearest first, and whether more does.

    Looks no further when more than ``most`` symbols were met; ``depth`` and ``least`` are as in ``find``.
    """
    known: dict[int, tuple[int, Step]] = {}
    modules: dict[int, tuple[int, Step]] = {}
    level = set(changed)
    met = set(changed)
    steps = Steps(snapshot, least, instead=True)
    distance = 0
    while level and distance < depth and len(met) <= most:
        distance += 1
        following: dict[int, Step] = {}
        for step in steps.back(level):
            if step.source is None:
                modules.setdefault(step.file_id, (distance, step))
            elif step.source not in met:
                kept = following.get(step.source)
                if kept is None or step.rank < kept.rank:
                    following[step.source] = step
        known.update({source: (distance, step) for source, step in following.items()})
        met |= following.keys()
        level = set(following) | _makers(snapshot, following, met, known)
        met |= level
    reached = [*_symbols(snapshot, known), *_modules(snapshot, modules)]
    reached.sort(key=lambda r: (r.distance, is_test(r.path), r.step.instead, -r.step.arc.confidence, *_place(r)))
    return reached, bool(level) and distance < depth


def is_a_test(symbol: SymbolRow | None, path: str) -> bool:
    """Say whether a symbol, or the module level of a file (None), is a test: by its place and name, or a mark."""
    if symbol is None:
        return is_test(path) and bool(_UNNAMED_TESTS.search(path))
    if any(_TEST_MARK.search(decorator) for decorator in symbol.decorators):
        return True
    return is_test(path) and bool(_TEST_NAME.search(symbol.name))


def _makers(snapshot: Snapshot, inner: Iterable[int], met: set[int], known: dict[int, tuple[int, Step]]) -> set[int]:
    """Return the functions in which these are defined: who hands out a function is the only one known to use it."""
    found = set()
    for outer, symbol_id in snapshot.defined_in(list(inner)):
        if outer not in met:
            known[outer] = known[symbol_id]
            found.add(outer)
    return found


def _symbols(snapshot: Snapshot, known: dict[int, tuple[int, Step]]) -> list[Reached]:
    rows = snapshot.symbols({*known, *(step.target for _, step in known.values())})
    return [
        Reached(rows[i], rows[i].path, distance, step, rows.get(step.target))
        for i, (distance, step) in known.items()
        if i in rows
    ]


def _modules(snapshot: Snapshot, modules: dict[int, tuple[int, Step]]) -> list[Reached]:
    """Return the files whose module level reaches the symbol."""
    paths = snapshot.paths(modules)
    rows = snapshot.symbols({step.target for _, step in modules.values()})
    return [Reached(None, paths[i], distance, step, rows.get(step.target)) for i, (distance, step) in modules.items()]


def _open(found: dict[str, int]) -> dict[str, int]:
    return {reason: n for reason, n in found.items() if reason in OPEN_REASONS}


def _place(reached: Reached) -> tuple[str, int]:
    return reached.path, reached.symbol.line_start if reached.symbol else reached.step.arc.line
