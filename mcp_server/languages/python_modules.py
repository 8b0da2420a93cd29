"""Which file does an import name?

Python's import system seen from the paths alone (https://docs.python.org/3/reference/import.html): a module
is ``name.py``, ``name.pyi`` or ``name/__init__.py``; a folder without ``__init__`` is a namespace package. Which
folders are on ``sys.path`` is not written anywhere, so an absolute import may start at the root, at a folder
above the importing file, or at a source root, and the candidate nearest to the importing file wins.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from mcp_server.languages.resolution import Module, SourceFile

_SUFFIXES = (".py", ".pyi", ".pyw")
# Folders that build tools put on the path although they are not packages.
_SOURCE_ROOTS = frozenset({"src", "lib", "python"})
# A package found only below one of these stands in for a real one and is not what code outside means.
_STAND_INS = frozenset({"test", "tests", "testing", "fixtures", "examples", "example", "docs", "benchmarks"})

# What imports lead to is kept for so many pairs of a folder and a module; Django 5.2 has 9,000.
MAX_CACHED_IMPORTS = 32_768


class Modules:
    """The importable Python files of one root: ``resolution.Imports`` for Python."""

    def __init__(self, files: Iterable[SourceFile], _read: Callable[[str], str | None] = lambda _: None) -> None:
        """Take all files; those that are not Python are left out."""
        self._files: dict[tuple[str, ...], int] = {}
        self._packages: set[tuple[str, ...]] = set()
        self._folders: set[tuple[str, ...]] = set()
        self._tails: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self._found: dict[tuple[tuple[str, ...], tuple[str, ...]], Module | None] = {}
        for file in files:
            if file.language == "python":
                self._add(file.id, file.path)

    def _add(self, file_id: int, path: str) -> None:
        stem, dot, suffix = path.rpartition(".")
        if dot + suffix not in _SUFFIXES:
            return
        parts = tuple(stem.split("/"))
        if parts[-1] == "__init__":
            parts = parts[:-1]
            self._packages.add(parts)
        if parts in self._files and suffix == "pyi":
            return  # the source says more than its stub
        if parts not in self._files and parts:
            self._tails[parts[-1]].append(parts)
        self._files[parts] = file_id
        for depth in range(1, len(parts)):
            if parts[:depth] not in self._folders:
                self._folders.add(parts[:depth])
                if parts[:depth] not in self._files:
                    self._tails[parts[depth - 1]].append(parts[:depth])

    def at(self, parts: tuple[str, ...]) -> Module | None:
        """Return the module at exactly this path."""
        if parts in self._files:
            return Module(parts, (self._files[parts],))
        return Module(parts) if parts in self._folders else None

    def child(self, module: Module, name: str) -> Module | None:
        """Return the submodule ``name`` of a package."""
        return self.at((*module.parts, name))

    def first(self, importer: str, module: str) -> Module | None:
        """Return what ``import a.b`` binds to "a": the package that "a.b" is found in, else the one called "a"."""
        whole = self.find(importer, module, 0)
        rest = module.count(".")
        if whole is not None:
            return self.at(whole.parts[: len(whole.parts) - rest]) if rest else whole
        return self.find(importer, module.partition(".")[0], 0)

    def around(self, importer: str) -> Sequence[Module]:  # noqa: ARG002 - other languages need it
        """Return nothing: Python sees what it imports."""
        return ()

    def find(self, importer: str, dotted: str, level: int) -> Module | None:
        """Return the module that ``dotted`` with ``level`` leading dots means in the file at path ``importer``."""
        folder = tuple(importer.split("/")[:-1])
        wanted = tuple(dotted.split(".")) if dotted else ()
        if level:
            if level - 1 > len(folder):
                return None
            return self.at(folder[: len(folder) - (level - 1)] + wanted)
        return self._absolute(folder, wanted) if wanted else None

    def _absolute(self, folder: tuple[str, ...], wanted: tuple[str, ...]) -> Module | None:
        # Files of a folder import much the same, over and over.
        if (folder, wanted) not in self._found:
            if len(self._found) >= MAX_CACHED_IMPORTS:
                self._found.clear()
            self._found[folder, wanted] = self._looked_up(folder, wanted)
        return self._found[folder, wanted]

    def _looked_up(self, folder: tuple[str, ...], wanted: tuple[str, ...]) -> Module | None:
        best: tuple[tuple[int, int, int], Module] | None = None
        for parts in self._tails.get(wanted[-1], ()):
            prefix = parts[: len(parts) - len(wanted)]
            if parts[len(prefix) :] != wanted or not self._on_path(prefix, folder, wanted):
                continue
            module = self.at(parts)
            if module is None:
                continue
            shared = next((i for i, (a, b) in enumerate(zip(prefix, folder, strict=False)) if a != b), None)
            common = min(len(prefix), len(folder)) if shared is None else shared
            rank = (common - (len(prefix) - common), len(module.file_ids), -len(prefix))
            if best is None or rank > best[0]:
                best = (rank, module)
        return best[1] if best else None

    def _on_path(self, prefix: tuple[str, ...], folder: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
        if any(prefix[:depth] in self._packages for depth in range(1, len(prefix) + 1)):
            return False  # a module inside a package is only reached through the package
        if prefix == folder:
            return True  # a script's own folder comes first
        if wanted[0] in sys.stdlib_module_names:
            return False
        if prefix == folder[: len(prefix)]:
            return True
        if any(part.lower() in _STAND_INS for part in prefix):
            return False
        return prefix[-1] in _SOURCE_ROOTS or (*prefix, wanted[0]) in self._packages
