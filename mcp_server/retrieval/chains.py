"""By which calls does one symbol reach another?

The shortest chains of calls, searched from both ends: over sure edges, then also over methods that may run instead of
those called, then, when asked, over possible edges. Where none is found it is said what was looked at and how many
calls on the way lead nowhere known: a chain may go through one of them.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from mcp_server.languages import related
from mcp_server.retrieval.graph import OPEN_REASONS, open_names
from mcp_server.retrieval.paths import is_test
from mcp_server.retrieval.steps import Step, Steps
from stores.edges import CallRow
from stores.index import Snapshot
from stores.lookups import SymbolRow

# Symbols looked at by one search: all that 60,000 symbols of Django reach of each other, in about 100 ms.
MAX_LOOKED_AT = 20_000
# Chains of one length that are kept; an agent reads one or two.
MAX_CHAINS = 3
# Calls of a chain, if no depth is given: longer ones explain nothing.
MAX_CALLS = 30
# Members of a class that a chain may begin or end in.
MAX_MEMBERS = 500
# Open call sites of the name that is looked for which are kept.
MAX_OPEN_SITES = 8


@dataclass(frozen=True, slots=True)
class Chain:
    """Calls from one symbol to another, in order; ``symbols`` has one more than ``steps``."""

    symbols: tuple[SymbolRow, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Chains:
    """The shortest chains found, or what was looked at in vain.

    Attributes:
        source: where the chains begin.
        target: where they end.
        chains: up to ``MAX_CHAINS`` of the shortest, in the order of their places; [] for none.
        total: how many shortest ones there are.
        certainty: "sure", "instead" (with something that may run: see ``Step.instead``) or "possible".
        looked_at: symbols met by the search.
        exhausted: "source" when all that it is known to reach was met, "target" when all that is known to reach it
            was, "" when the search was given up at its bounds.
        unresolved: calls on the way that lead nowhere known and may lead on, by reason.
        open_sites: such call sites of the target's name.
    """

    source: SymbolRow
    target: SymbolRow
    chains: list[Chain]
    total: int
    certainty: str
    looked_at: int
    exhausted: str
    unresolved: dict[str, int]
    open_sites: list[CallRow]


@dataclass(slots=True)
class _Search:
    """One search from both ends: what was met at each, at which distance, and every step seen."""

    met: tuple[dict[int, int], dict[int, int]]
    steps: dict[tuple[int, int], Step]
    length: int | None
    exhausted: str

    @property
    def looked_at(self) -> int:
        return len(self.met[0].keys() | self.met[1].keys())


def find(snapshot: Snapshot, source: SymbolRow, target: SymbolRow, most: int, *, possible: bool) -> Chains:
    """Return the shortest chains of at most ``most`` calls from ``source`` to ``target``.

    A class begins a chain in any of its members. ``possible`` allows edges below ``SURE`` when there is no other way.
    """
    starts = _members(snapshot, source)
    ends = {target.id, *(run for _, run in snapshot.constructors((target.id,)))}
    starts -= ends
    ways = [("sure", Steps(snapshot)), ("instead", Steps(snapshot, instead=True))]
    if possible:
        ways.append(("possible", Steps(snapshot, 0.0, instead=True)))
    vain: list[_Search] = []
    for certainty, steps in ways:
        search = _search(steps, starts, ends, most)
        if search.length is not None:
            chains, total = _chains(snapshot, search, starts, ends)
            return Chains(source, target, chains, total, certainty, search.looked_at, "", {}, [])
        vain.append(search)
    return _in_vain(snapshot, source, target, vain[-1])


def _members(snapshot: Snapshot, symbol: SymbolRow) -> set[int]:
    """Return the symbol, and the members of a class."""
    if symbol.kind in ("function", "method", "property"):
        return {symbol.id}
    return {symbol.id, *(s.id for s in snapshot.members(symbol.id)[:MAX_MEMBERS])}


def _search(steps: Steps, starts: Collection[int], ends: Collection[int], most: int) -> _Search:
    """Search level by level, always on the side with the smaller level, until the sides meet."""
    met: tuple[dict[int, int], dict[int, int]] = (dict.fromkeys(starts, 0), dict.fromkeys(ends, 0))
    levels: list[set[int]] = [set(starts), set(ends)]
    found: dict[tuple[int, int], Step] = {}
    going: tuple[Callable[[Collection[int]], list[Step]], ...] = (steps.onward, steps.back)
    for distance in range(1, most + 1):
        side = 0 if len(levels[0]) <= len(levels[1]) else 1
        following: set[int] = set()
        for step in going[side](levels[side]):
            if step.source is None:
                continue
            found[step.source, step.target] = step
            following.add(step.target if side == 0 else step.source)
        levels[side] = following - met[side].keys()
        far = max(met[side].values()) + 1
        met[side].update(dict.fromkeys(levels[side], far))
        # Any shorter way would have met before.
        if levels[side] & met[1 - side].keys():
            return _Search(met, found, distance, "")
        if not levels[side]:
            return _Search(met, found, None, ("source", "target")[side])
        if len(met[0]) + len(met[1]) > MAX_LOOKED_AT:
            break
    return _Search(met, found, None, "")


def _chains(
    snapshot: Snapshot, search: _Search, starts: Collection[int], ends: Collection[int]
) -> tuple[list[Chain], int]:
    """Return the first of the shortest chains, by the places of their symbols, and how many there are."""
    before: dict[int, list[int]] = {}
    for source, target in search.steps:
        before.setdefault(target, []).append(source)
    left = _distances(before, ends)
    onward: dict[int, list[int]] = {}
    for source, target in search.steps:
        if source in left and target in left and left[source] == left[target] + 1:
            onward.setdefault(source, []).append(target)
    begin = [s for s in starts if left.get(s) == search.length]
    on_way = _reached(onward, begin)
    rows = snapshot.symbols(on_way)

    def place(symbol_id: int) -> tuple[bool, str, int]:
        row = rows[symbol_id]
        return is_test(row.path), row.path, row.line_start

    counts: dict[int, int] = {}
    for symbol_id in sorted(on_way, key=lambda i: left[i]):
        counts[symbol_id] = 1 if left[symbol_id] == 0 else sum(counts[t] for t in onward[symbol_id])
    ways: list[tuple[int, ...]] = [(s,) for s in sorted(begin, key=place)[:MAX_CHAINS]]
    for _ in range(search.length or 0):
        ways = [(*way, t) for way in ways for t in sorted(onward[way[-1]], key=place)][:MAX_CHAINS]
    chains = [
        Chain(
            tuple(rows[i] for i in way),
            tuple(search.steps[pair] for pair in pairwise(way)),
        )
        for way in ways
    ]
    return chains, sum(counts[s] for s in begin)


def _distances(before: dict[int, list[int]], ends: Iterable[int]) -> dict[int, int]:
    """Return how many of the steps seen lead from each symbol to one of ``ends``."""
    left = dict.fromkeys(ends, 0)
    level = list(left)
    while level:
        following = []
        for target in level:
            for source in before.get(target, ()):
                if source not in left:
                    left[source] = left[target] + 1
                    following.append(source)
        level = following
    return left


def _reached(onward: dict[int, list[int]], begin: Iterable[int]) -> set[int]:
    reached = set(begin)
    level = list(reached)
    while level:
        level = [t for s in level for t in onward.get(s, ()) if t not in reached]
        reached.update(level)
    return reached


def _in_vain(snapshot: Snapshot, source: SymbolRow, target: SymbolRow, search: _Search) -> Chains:
    """Return what may hide a chain: it would go through a call whose target is not known."""
    names = open_names(snapshot, target)
    if search.exhausted == "target":
        # The whole way back is known: what is missing is a call of one of these.
        symbols = snapshot.symbols(search.met[1]).values()
        languages = related(target.language)
        found = snapshot.reasons_named({s.name for s in symbols} | set(names), languages)
        sites = [s for name in names for s in snapshot.unresolved_named(name, languages, MAX_OPEN_SITES * 4)]
    else:
        found = snapshot.reasons_in(search.met[0])
        sites = [s for name in names for s in snapshot.unresolved_among(search.met[0], name, MAX_OPEN_SITES * 4)]
    unresolved = {reason: n for reason, n in found.items() if reason in OPEN_REASONS}
    open_sites = [s for s in sites if s.unresolved in OPEN_REASONS][:MAX_OPEN_SITES]
    return Chains(source, target, [], 0, "", search.looked_at, search.exhausted, unresolved, open_sites)
