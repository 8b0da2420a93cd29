"""What has been read and found so far while linking?

The names of files, read when they are needed, and the values found for names, members and results. A value is a pure
function of its key and of the number of steps left, so that the order in which files are linked never shows: what was
found without running out of steps holds for any number of them. Each value knows the files it was made from.
"""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache

from mcp_server.indexing.imports import ImportsOfRoot
from mcp_server.indexing.values import RECEIVER, Definition, Value, Values
from mcp_server.languages import language_named
from mcp_server.languages.resolution import Module, Resolution
from stores import linking
from stores.facts import MODULE, Expr
from stores.linking import LinkFile, LinkSymbol, Names
from stores.relations import Relations
from stores.rows import decode

# Names, members and results that one value may lead through: what is further away is a tangle. First value, not swept.
MAX_STEPS = 8
# Values of one name that are kept: a name given more could be anything.
MAX_VALUES = 16
# Definitions of one name that are kept: overloads are told apart by their parameters, so that many say something.
# The largest set met in the Java packages of ``benchmarks/callgraph.py`` has 33.
MAX_DEFINITIONS = 64
# What is kept while linking, so that memory does not grow with the repository: things named in files (about 800 bytes
# each), values (about 500), and expressions (about 2,000). Swept on Django 5.2, Home Assistant, rails, ktor, terraform
# and dubbo: more values and expressions save no time, fewer names cost ktor a third more (seconds of "link" in
# benchmarks/index_speed.py).
MAX_CACHED_ENTRIES = 50_000
MAX_CACHED_VALUES = 20_000
_MAX_CACHED_EXPRESSIONS = 2_048

# What stands for the names that a wildcard import brings; no name has a star.
WILDCARD = "*"

_Found = tuple[Values, int, frozenset[int]]
_NO_RESOLUTION = Resolution()


@lru_cache(maxsize=_MAX_CACHED_EXPRESSIONS)
def decoded(text: str) -> Expr:
    """Return the expression stored as JSON ``text``."""
    expr: Expr = decode(text)
    return expr


@cache
def _resolution(name: str) -> Resolution:
    language = language_named(name)
    return language.resolution if language else _NO_RESOLUTION


class Memory(ABC):
    """Names on demand, and values by key, steps left and kind of reasoning."""

    def __init__(self, relations: Relations, files: Mapping[int, LinkFile]) -> None:
        self._relations = relations
        self._files = files
        self._imports = ImportsOfRoot(relations, files.values())
        self._names: OrderedDict[int, Names] = OrderedDict()
        self._entries = 0
        # Which files of a module bind a name.
        self._shown: dict[Module, dict[str, list[int]]] = {}
        self._shown_entries = 0
        # Many values are made from the same files.
        self._reads: dict[frozenset[int], frozenset[int]] = {}
        self._whole: dict[Hashable, _Found] = {}
        self._cut: dict[tuple[Hashable, int], tuple[Values, frozenset[int]]] = {}
        self._left = MAX_STEPS
        self._height = 0
        self._was_cut = False
        self._read: set[int] = set()

    @abstractmethod
    def evaluate(self, expr: Expr, names: Names) -> Values:
        """Return what an expression of a file may stand for."""

    def evaluated(self, text: str, names: Names) -> Values:
        """Return what an expression stored as JSON may stand for."""
        return self.evaluate(decoded(text), names)

    def remembered(self, key: Hashable, find: Callable[[], Values]) -> Values:
        """Return what ``find`` finds for ``key`` with one step less than are left."""
        left = self._left
        whole = self._whole.get(key)
        if whole is not None and whole[1] <= left:
            self._height = max(self._height, whole[1])
            self._read |= whole[2]
            return whole[0]
        if left <= 0:
            self._was_cut = True
            return (RECEIVER,)
        cut = self._cut.get((key, left))
        if cut is not None:
            self._was_cut = True
            self._read |= cut[1]
            return cut[0]
        outer_height, outer_cut, outer_read = self._height, self._was_cut, self._read
        self._height, self._was_cut, self._read, self._left = 0, False, set(), left - 1
        try:
            found = find()
            defined = len(found) > MAX_VALUES and all(isinstance(value, Definition) for value in found)
            found = found[: MAX_DEFINITIONS if defined else MAX_VALUES]
            height, was_cut, read = self._height + 1, self._was_cut, frozenset(self._read)
            read = self._reads.setdefault(read, read)
        finally:
            self._height, self._was_cut, self._left = outer_height, outer_cut, left
            self._read = outer_read
        self._read |= read
        if was_cut:
            self._was_cut = True
            self._cut[key, left] = (found, read)
        else:
            self._height = max(outer_height, height)
            self._whole[key] = (found, height, read)
        return found

    @contextmanager
    def afresh(self) -> Iterator[set[int]]:
        """Reason with all steps, apart from what is being looked at; gives the set of files that are read."""
        outer = self._height, self._was_cut, self._read, self._left
        read: set[int] = set()
        self._height, self._was_cut, self._read, self._left = 0, False, read, MAX_STEPS
        try:
            yield read
        finally:
            self._height, self._was_cut, self._read, self._left = outer
            self._read |= read

    def forget(self) -> None:
        """Forget values when there are many; call between two files."""
        if len(self._whole) + len(self._cut) > MAX_CACHED_VALUES:
            self._whole.clear()
            self._cut.clear()
            self._reads.clear()

    def used(self, file_ids: frozenset[int]) -> None:
        """Count these files as read: what was made of them, and kept elsewhere, is used again."""
        self._read |= file_ids

    def names_of(self, file_id: int) -> Names:
        """Return the names of a file."""
        self._read.add(file_id)
        found = self._names.get(file_id)
        if found is None:
            found = self._names[file_id] = linking.names(self._relations, file_id)
            self._entries += found.entries
            while self._entries > MAX_CACHED_ENTRIES and len(self._names) > 1:
                self._entries -= self._names.popitem(last=False)[1].entries
        else:
            self._names.move_to_end(file_id)
        return found

    def binding_files(self, module: Module, name: str) -> list[int]:
        """Return the files of a module that bind ``name`` outermost, or have a ``WILDCARD``; all of them count as read.

        A package of hundreds of files is gone through once, not for every name that is looked for in it.
        """
        self._read.update(module.file_ids)
        if len(module.file_ids) == 1:
            return list(module.file_ids) if self._binds(self.names_of(module.file_ids[0]), name) else []
        shown = self._shown.get(module)
        if shown is None:
            shown = {}
            for file_id in module.file_ids:
                names = self.names_of(file_id)
                outermost = [bound for scope, bound in names.bindings if scope == MODULE]
                for bound in (*outermost, *([WILDCARD] if names.wildcards else [])):
                    shown.setdefault(bound, []).append(file_id)
            entries = sum(map(len, shown.values()))
            if self._shown_entries + entries > MAX_CACHED_ENTRIES:
                self._shown.clear()
                self._shown_entries = 0
            self._shown_entries += entries
            self._shown[module] = shown
        return shown.get(name, [])

    @staticmethod
    def _binds(names: Names, name: str) -> bool:
        return bool(names.wildcards) if name == WILDCARD else (MODULE, name) in names.bindings

    def symbol(self, file_id: int, position: int) -> LinkSymbol:
        """Return a symbol of a file."""
        return self.names_of(file_id).symbols[position]

    def imported_file(self, file_id: int, module: str, level: int, name: str | None) -> int | None:
        """Return the one file that an import names: the submodule ``name`` where there is one, else the module."""
        file = self._files[file_id]
        imports = self._imports.of(file)
        found = imports.find(file.path, module, level)
        inner = imports.child(found, name) if found is not None and name not in (None, "*") and name else None
        # A package that binds the name itself hides its submodule.
        files = found.file_ids if found is not None and inner is not None else ()
        bound = any((MODULE, name) in self.names_of(each).bindings for each in files)
        chosen = inner if inner is not None and not bound else found
        self._read |= set(chosen.file_ids) if chosen is not None else set()
        return chosen.file_ids[0] if chosen is not None and len(chosen.file_ids) == 1 else None

    def rules(self, file_id: int) -> Resolution:
        """Return how the language of a file behaves."""
        return _resolution(self._files[file_id].language)

    def values_of(self, texts: list[str], names: Names) -> list[Value]:
        """Return what any of several stored expressions may stand for."""
        return [value for text in texts for value in self.evaluated(text, names)]
