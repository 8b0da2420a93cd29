"""Which files and folders need which, and where do they need each other?

Imports that name a file of this root, and calls between files, of a file or of a folder taken as one. Cycles are those
of imports: files that cannot be loaded one after the other, unless one of the imports is not made at load.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, TypeAlias

from mcp_server.retrieval import cycles
from mcp_server.retrieval.loading import Loading
from mcp_server.retrieval.paths import is_test
from mcp_server.retrieval.steps import SURE
from stores.graph import Dependency
from stores.index import Snapshot

Way: TypeAlias = Literal["uses", "used by"]
# A file and the line of an import in it.
Place: TypeAlias = tuple[str, int]

# Calls of each file are followed through so many files at most when files beyond the next are asked for.
MAX_FILES = 2_000
# The whole root as a folder.
ROOT = "./"
# Modules outside of the root that are named.
MAX_OUTSIDE = 200


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A file, or a folder (it ends with a slash), that the asked one depends on or that depends on it.

    ``line`` is that of the first import in the file that imports (0: only calls lead there), ``files`` how many of its
    files take part, ``deferred``: imported inside of functions only, ``distance``: steps away.
    """

    path: str
    imports: int
    calls: int
    files: int
    line: int
    deferred: bool
    distance: int


@dataclass(frozen=True, slots=True)
class Cycle:
    """Files, or folders, that import one another in a circle: a shortest way around, and how many take part in all.

    ``places`` are where each of ``around`` imports the next, ``at_load`` is how many are in a cycle by the imports that
    are made at load (0: none), ``deferred``: some import on the way around is not made then.
    """

    around: tuple[str, ...]
    places: tuple[Place, ...]
    members: int
    at_load: int
    deferred: bool


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a file or folder needs and what needs it.

    ``files`` are its own; ``outside`` are (module, how often) of imports that are no one file of this root; ``inside``
    are the cycles among the files of a folder. ``open_imports`` counts relative imports without a target;
    ``truncated``: there is more further on than was looked at.
    """

    path: str
    files: int
    uses: list[Neighbour]
    used_by: list[Neighbour]
    outside: list[tuple[str, int]]
    open_imports: int
    cycles: list[Cycle]
    inside: list[Cycle]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """A shortest way of imports from one file or folder to another, and where each imports the next."""

    paths: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(slots=True)
class _Sum:
    """Dependencies of one unit on another, added up.

    ``first`` is the (file, line) of an import, ``outermost`` has those of all imports outside of functions.
    """

    imports: int = 0
    calls: int = 0
    first: tuple[int, int] = (0, 0)
    outermost: list[tuple[int, int]] = field(default_factory=list)
    files: set[int] = field(default_factory=set)

    def add(self, each: Dependency) -> None:
        """Add the imports of one file."""
        if not self.imports or (each.outermost and not self.outermost):
            self.first = each.source, each.outermost[0] if each.outermost else each.line
        self.imports += each.imports
        self.outermost += [(each.source, line) for line in each.outermost]


@dataclass(frozen=True, slots=True)
class _Units:
    """The root seen from one of its files or folders: every file belongs to one unit."""

    paths: Mapping[int, str]
    own: frozenset[int]
    unit: str

    def of(self, file_id: int) -> str:
        """Return the unit of a file: the asked folder, the file, or its folder where a folder is asked about."""
        if file_id in self.own:
            return self.unit
        path = self.paths[file_id]
        return path[: path.rfind("/") + 1] or ROOT if self.unit.endswith("/") else path


def find(snapshot: Snapshot, path: str, depth: int, ways: Iterable[Way]) -> Dependencies:
    """Return what the file or folder at ``path`` (a folder ends with a slash) needs and what needs it."""
    units = _units(snapshot, path)
    imports = list(snapshot.file_dependencies())
    graph = _imported(imports, units.of)
    loading = Loading(snapshot)
    # Nothing is around the whole root.
    near = {way: _neighbours(snapshot, units, imports, way, depth) for way in ways if path != ROOT}
    outside: dict[str, int] = {}
    open_imports = 0
    for module, level, times in snapshot.imports_outside(units.own):
        relative = level > 0 or module.startswith(".")
        open_imports += times if relative else 0
        if not relative and len(outside) < MAX_OUTSIDE:
            outside[module] = outside.get(module, 0) + times
    return Dependencies(
        path,
        len(units.own),
        near["uses"][0] if "uses" in near else [],
        near["used by"][0] if "used by" in near else [],
        sorted(outside.items(), key=lambda item: (-item[1], item[0])),
        open_imports,
        _cycles(loading, units.paths, graph, units.unit),
        _inside(loading, imports, units) if path.endswith("/") else [],
        any(cut for _, cut in near.values()),
    )


def chain(snapshot: Snapshot, source: str, target: str) -> Chain | None:
    """Return a shortest way of imports from one file or folder to another, of equal ones the first by path."""
    first, second = _units(snapshot, source), _units(snapshot, target)

    def unit(file_id: int) -> str:
        if file_id in first.own:
            return first.unit
        return second.unit if file_id in second.own else first.paths[file_id]

    graph = _imported(list(snapshot.file_dependencies()), unit)
    before: dict[str, str] = {}
    queue = deque([source])
    while queue:
        current = queue.popleft()
        for following in sorted(graph.get(current, ())):
            if following not in before and following != source:
                before[following] = current
                queue.append(following)
    if target not in before:
        return None
    way = [target]
    while way[-1] != source:
        way.append(before[way[-1]])
    way.reverse()
    return Chain(tuple(way), tuple(_place(first.paths, graph[a][b]) for a, b in pairwise(way)))


def _units(snapshot: Snapshot, path: str) -> _Units:
    paths = snapshot.files_below("")
    folder = "" if path == ROOT else path
    own = (i for i, known in paths.items() if known == path or (path.endswith("/") and known.startswith(folder)))
    return _Units(paths, frozenset(own), path)


def _imported(imports: Iterable[Dependency], unit: Callable[[int], str]) -> dict[str, dict[str, _Sum]]:
    """Return which unit imports which, added up."""
    graph: dict[str, dict[str, _Sum]] = {}
    for each in imports:
        source, target = unit(each.source), unit(each.target)
        if source == target:
            continue
        graph.setdefault(source, {}).setdefault(target, _Sum()).add(each)
    return graph


def _neighbours(
    snapshot: Snapshot, units: _Units, imports: list[Dependency], way: Way, depth: int
) -> tuple[list[Neighbour], bool]:
    """Return the units at most ``depth`` steps away, nearest and busiest first, tests last; and whether it gave up."""
    found: dict[str, Neighbour] = {}
    level = set(units.own)
    met = set(level)
    for distance in range(1, depth + 1):
        sums = _sums(snapshot, units, imports, way, level)
        following = set[int]()
        for path, total in sums.items():
            following |= total.files
            if path not in found and path != units.unit:
                found[path] = Neighbour(
                    path,
                    total.imports,
                    total.calls,
                    len(total.files),
                    total.first[1],
                    bool(total.imports) and not total.outermost,
                    distance,
                )
        level = following - met
        met |= level
        if not level or len(met) > MAX_FILES:
            break
    order = sorted(
        found.values(), key=lambda n: (n.distance, is_test(n.path), not n.imports, -(n.imports + n.calls), n.path)
    )
    return order, bool(level) and distance < depth


def _sums(snapshot: Snapshot, units: _Units, imports: list[Dependency], way: Way, level: set[int]) -> dict[str, _Sum]:
    """Return what the files of a level need, or what needs them, by unit; ``files`` are those of the other side."""
    sums: dict[str, _Sum] = {}

    def other(source: int, target: int) -> int | None:
        near, far = (source, target) if way == "uses" else (target, source)
        return far if near in level and far not in level else None

    for each in imports:
        far = other(each.source, each.target)
        if far is not None:
            total = sums.setdefault(units.of(far), _Sum())
            total.add(each)
            total.files.add(far)
    for (source, target), times in snapshot.file_calls(level, SURE, onward=way == "uses").items():
        far = other(source, target)
        if far is not None:
            total = sums.setdefault(units.of(far), _Sum())
            total.calls += times
            total.files.add(far)
    return sums


def _place(paths: Mapping[int, str], total: _Sum) -> Place:
    return paths[total.first[0]], total.first[1]


def _cycles(
    loading: Loading, paths: Mapping[int, str], graph: Mapping[str, Mapping[str, _Sum]], unit: str = ""
) -> list[Cycle]:
    """Return the cycles of imports, those with most members first; only that of ``unit`` where one is given.

    A way around that is made at load is preferred to a shorter one: that is the one that can fail.
    """

    def is_made(source: int, target: int) -> bool:
        return any(loading.is_made(*place) for place in graph[names[source]][names[target]].outermost)

    names = sorted({*graph, *(target for targets in graph.values() for target in targets)})
    number = {name: i for i, name in enumerate(names)}
    whole = {number[s]: sorted(number[t] for t in targets) for s, targets in graph.items()}
    found = []
    for members in cycles.components(dict(sorted(whole.items()))):
        if len(members) == 1 or (unit and number.get(unit) not in members):
            continue
        inner = set(members)
        within = {s: [t for t in whole.get(s, ()) if t in inner] for s in members}
        eager = {s: [t for t in within[s] if is_made(s, t)] for s in members}
        loaded = [c for c in cycles.components(eager) if len(c) > 1 and (not unit or number[unit] in c)]
        tight = max(loaded, key=len, default=[])
        start = number[unit] if unit else [*tight, *members][0]
        way = cycles.around(eager, start) or cycles.around(within, start)
        steps = list(pairwise((*way, start)))
        places = tuple(_place(paths, graph[names[a]][names[b]]) for a, b in steps)
        deferred = not all(b in eager[a] for a, b in steps)
        found.append(Cycle(tuple(names[i] for i in way), places, len(members), len(tight), deferred))
    return sorted(found, key=lambda c: (-c.members, c.around))


def _inside(loading: Loading, imports: list[Dependency], units: _Units) -> list[Cycle]:
    """Return the cycles among the files of a folder."""
    among = [d for d in imports if d.source in units.own and d.target in units.own]
    return _cycles(loading, units.paths, _imported(among, units.paths.__getitem__))
