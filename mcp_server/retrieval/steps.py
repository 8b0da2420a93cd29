"""Which symbols are one call away, and what kind of step is it?

An edge leads to what is called. Who calls a class also runs its constructor, and who calls a method may run one that
stands in for it in a derived class: both are one step, and the step says through which symbol it goes.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from stores.edges import Arc
from stores.index import Snapshot

# Edges that are right more often than wrong are followed; others are possible, and followed on request. Confidences
# are stated in hundredths.
SURE = 0.51
# Levels of a class hierarchy that are looked at: the deepest of the repositories measured has nine.
MAX_LINEAGE = 20
# Kinds of steps to what is named, not called; how often they are right was not measured.
HANDED = {"callback": "hands on", "decorator": "is decorated by"}
# ``super().m()`` runs the method that it names and none that stands in for it.
EXACT = frozenset({"super"})

Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Step:
    """One call away: from ``source`` (None: the module level of ``file_id``) to ``target``, by the calls of ``arc``.

    ``through`` is the class whose call runs ``target``, or the method that ``target`` may run instead of; where it is
    None, ``target`` is what is called. ``instead`` says that ``target`` may run: instead of ``through``, or because it
    is handed on (the kind of ``arc``).
    """

    source: int | None
    file_id: int
    target: int
    arc: Arc
    through: int | None = None
    instead: bool = False

    @property
    def rank(self) -> tuple[bool, float, bool, int]:
        """Order the steps between two symbols: what is called itself, the surest, the first in the file."""
        return self.instead, -self.arc.confidence, self.through is not None, self.arc.line


@dataclass(frozen=True, slots=True)
class Steps:
    """How a search goes on: edges of at least ``least``, and with ``instead`` what may run for other reasons.

    Those are methods that stand in for the one called, and functions that are handed on, or decorate.
    """

    snapshot: Snapshot
    least: float = SURE
    instead: bool = False

    def onward(self, symbol_ids: Collection[int]) -> list[Step]:
        """Return one step, the best, to each symbol that these may run, in a fixed order."""
        arcs = list(self.snapshot.arcs_from(symbol_ids, self.least))
        steps = [_plain(arc) for arc in arcs]
        called = {arc.target for arc in arcs}
        steps += _through(arcs, ((outer, inner) for outer, inner in constructors_run(self.snapshot, called)))
        if self.instead:
            steps += _instead(arcs, overriding_below(self.snapshot, called))
            steps += [replace(_plain(arc), instead=True) for arc in self.snapshot.handed_from(symbol_ids, SURE)]
        return _best(steps)

    def back(self, symbol_ids: Collection[int]) -> list[Step]:
        """Return one step, the best, from each symbol and module level that may run these, in a fixed order."""
        steps = [_plain(arc) for arc in self.snapshot.arcs_to(symbol_ids, self.least)]
        classes = classes_running(self.snapshot, symbol_ids)
        if classes:
            steps += _through(self._arcs_to(classes), classes)
        above = overridden_above(self.snapshot, symbol_ids) if self.instead else []
        if above:
            steps += _instead(self._arcs_to(above), above)
        if self.instead:
            steps += [replace(_plain(arc), instead=True) for arc in self.snapshot.handed_to(symbol_ids, SURE)]
        return _best(steps)

    def _arcs_to(self, pairs: Pairs) -> list[Arc]:
        return list(self.snapshot.arcs_to({outer for outer, _ in pairs}, self.least))


def _plain(arc: Arc) -> Step:
    return Step(arc.source, arc.file_id, arc.target, arc)


def _through(arcs: Iterable[Arc], pairs: Iterable[tuple[int, int]]) -> list[Step]:
    """Return the steps of calls of the first of a pair to the second, which is run by them."""
    inner: dict[int, list[int]] = {}
    for outer, run in pairs:
        inner.setdefault(outer, []).append(run)
    return [
        Step(arc.source, arc.file_id, run, arc, through=arc.target) for arc in arcs for run in inner.get(arc.target, ())
    ]


def _instead(arcs: Iterable[Arc], pairs: Iterable[tuple[int, int]]) -> list[Step]:
    """Return the steps of calls of a method to what may run instead of it."""
    return [replace(step, instead=True) for step in _through((a for a in arcs if a.strategy not in EXACT), pairs)]


def _best(steps: Iterable[Step]) -> list[Step]:
    """Return the best step of each pair of symbols."""
    best: dict[tuple[int | None, int, int], Step] = {}
    for step in steps:
        key = (step.source, 0 if step.source is not None else step.file_id, step.target)
        kept = best.get(key)
        if kept is None or step.rank < kept.rank:
            best[key] = step
    return list(best.values())


def constructors_run(snapshot: Snapshot, class_ids: Collection[int]) -> Pairs:
    """Return (class, constructor that calling it runs): its own, else those of the nearest base that has one."""
    found = snapshot.constructors(class_ids)
    waiting = {cls: [cls] for cls in set(class_ids) - {cls for cls, _ in found}}
    for _ in range(MAX_LINEAGE):
        bases = _grouped(snapshot.bases_of({c for line in waiting.values() for c in line}))
        if not bases:
            break
        waiting = {cls: [b for c in line for b in bases.get(c, ())] for cls, line in waiting.items()}
        own = _grouped(snapshot.constructors({c for line in waiting.values() for c in line}))
        for cls, line in list(waiting.items()):
            nearest = next((base for base in line if base in own), None)
            if nearest is not None:
                found += [(cls, constructor) for constructor in own[nearest]]
            if nearest is not None or not line:
                del waiting[cls]
    return found


def classes_running(snapshot: Snapshot, member_ids: Collection[int]) -> Pairs:
    """Return (class, constructor) of the classes whose call runs one of these members, inherited or not."""
    found = snapshot.constructed(member_ids)
    known = {cls for cls, _ in found}
    latest = found
    for _ in range(MAX_LINEAGE):
        runs = _grouped(latest)
        derived = snapshot.derived_from(set(runs))
        own = {cls for cls, _ in snapshot.constructors({cls for cls, _ in derived})}
        latest = [(cls, run) for cls, base in derived if cls not in own and cls not in known for run in runs[base]]
        if not latest:
            break
        found += latest
        known |= {cls for cls, _ in latest}
    return found


def overridden_above(snapshot: Snapshot, method_ids: Collection[int]) -> Pairs:
    """Return (method, one of these that may run instead of it), up the whole hierarchy."""
    return _lineage(method_ids, lambda ids: [(low, high) for low, high in snapshot.overridden_by(ids)])


def overriding_below(snapshot: Snapshot, method_ids: Collection[int]) -> Pairs:
    """Return (one of these methods, method that may run instead of it), down the whole hierarchy."""
    found = _lineage(method_ids, lambda ids: [(high, low) for low, high in snapshot.overriding_of(ids)])
    return [(method, other) for other, method in found]


def _lineage(ids: Collection[int], following: Callable[[Collection[int]], Pairs]) -> Pairs:
    """Return (relative, one of ``ids``) for all relatives that are reached by ``following``."""
    found: dict[tuple[int, int], None] = {}
    latest = {(i, i) for i in ids}
    for _ in range(MAX_LINEAGE):
        starts = _grouped(latest)
        latest = {(far, start) for near, far in following(set(starts)) for start in starts[near]} - set(found)
        if not latest:
            break
        found.update(dict.fromkeys(sorted(latest)))
    return list(found)


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
