"""Where do wildcard imports lead?

An ``#include``, a ``require`` or a ``use …::*`` brings all names of a file, and those that the file was brought. Every
name that a file does not bind is looked for along the same ways, and there may be hundreds of files on them: so they
are walked once, and of the files on them only those that bind the name are looked into.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mcp_server.indexing.memory import MAX_CACHED_ENTRIES, WILDCARD, Memory
from mcp_server.languages.resolution import Module
from stores.facts import MODULE
from stores.linking import LinkFile, Names
from stores.relations import Relations

# Modules that wildcard imports may lead through.
MAX_STARRED = 256


@dataclass(frozen=True, slots=True)
class Reach:
    """What wildcard imports lead to.

    ``modules`` are in the order in which a name is looked for, each with the id of the file that imports it; ``places``
    are their indexes by the ids of their files. ``files`` are all that were read on the way, and ``outside`` says
    whether some way leads out of the root.
    """

    modules: tuple[tuple[Module, int], ...]
    places: Mapping[int, int]
    files: frozenset[int]
    outside: bool


class Wildcards(Memory):
    """What is reached by wildcard imports, for languages in which these bring every name."""

    def __init__(self, relations: Relations, files: Mapping[int, LinkFile]) -> None:
        super().__init__(relations, files)
        self._reached: OrderedDict[tuple[tuple[int, ...], Module | None], Reach] = OrderedDict()
        self._reached_entries = 0
        # The files that show others a name, of those on some way that is kept.
        self._showing: defaultdict[str, set[int]] = defaultdict(set)
        self._listed: set[int] = set()
        self._showing_entries = 0

    def open_spaces(self, file_id: int) -> tuple[int, ...]:
        """Return the namespaces of a file whose names others see without naming them."""
        return self.names_of(file_id).namespaces() if self.rules(file_id).open_namespaces else ()

    def with_wildcards(self, module: Module) -> list[Names]:
        """Return the files of a module that import everything of another."""
        return [self.names_of(file_id) for file_id in self.binding_files(module, WILDCARD)]

    def brought(self, start: tuple[int, ...], name: str, within: Module | None) -> Iterator[tuple[Module, int]]:
        """Yield what may bring ``name`` to the files ``start`` (of the module ``within``, if it is looked into).

        Gives modules, each with the id of the file that imports it, in the order in which they are to be looked into.
        """
        reach = self.reach(start, within)
        if self.rules(start[0]).nested_modules:
            yield from reach.modules
            return
        found = reach.places.keys() & self._showing.get(name, ())
        for place in sorted({reach.places[file_id] for file_id in found}):
            yield reach.modules[place]

    def reach(self, start: tuple[int, ...], within: Module | None) -> Reach:
        """Return what the wildcard imports of the files ``start`` lead to, the last import first."""
        key = start, within
        reach = self._reached.get(key)
        if reach is None:
            with self.afresh() as read:
                reach = self._walked(start, within, read)
            self._reached[key] = reach
            self._reached_entries += len(reach.files)
            while self._reached_entries > MAX_CACHED_ENTRIES and len(self._reached) > 1:
                self._reached_entries -= len(self._reached.popitem(last=False)[1].files)
        else:
            self._reached.move_to_end(key)
        self.used(reach.files)
        return reach

    def ways(
        self, files: list[Names], within: Module | None, shows: Callable[[Module], bool] = lambda _: True
    ) -> Iterator[tuple[Module | None, int]]:
        """Yield each module that wildcard imports of files lead to, None for one outside, and the file that imports it.

        What does not show what is looked for (``shows``) is left out, with all that it imports.
        """
        waiting = [(names, where) for names in files for where in names.wildcards]
        seen = {within} if within is not None else set()
        while waiting and len(seen) < MAX_STARRED:
            names, where = waiting.pop()
            file = self._files[names.file_id]
            module = self._imports.of(file).find(file.path, *where)
            if module is None:
                yield None, names.file_id
            elif module not in seen:
                seen.add(module)
                if shows(module):
                    yield module, names.file_id
                    further = [] if self.rules(names.file_id).private_imports else self.with_wildcards(module)
                    waiting += [(each, where) for each in further for where in each.wildcards]

    def _walked(self, start: tuple[int, ...], within: Module | None, read: set[int]) -> Reach:
        if self._showing_entries > MAX_CACHED_ENTRIES:
            # What was reached counts on its files being listed.
            self._reached.clear()
            self._showing.clear()
            self._listed.clear()
            self._reached_entries = self._showing_entries = 0
        modules: list[tuple[Module, int]] = []
        outside = False
        for module, importer in self.ways(list(map(self.names_of, start)), within):
            if module is None:
                outside = True
                continue
            modules.append((module, importer))
            for file_id in module.file_ids:
                self._list(file_id)
        places = {file_id: place for place, (module, _) in enumerate(modules) for file_id in module.file_ids}
        return Reach(tuple(modules), places, frozenset(read), outside)

    def _list(self, file_id: int) -> None:
        """Note which names a file shows others."""
        if file_id in self._listed:
            # It counts as read all the same.
            self.names_of(file_id)
            return
        spaces = {MODULE, *self.open_spaces(file_id)}
        shown = {name for scope, name in self.names_of(file_id).bindings if scope in spaces}
        for name in shown:
            self._showing[name].add(file_id)
        self._listed.add(file_id)
        self._showing_entries += len(shown)
