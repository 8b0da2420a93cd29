"""What do names of Swift mean beyond their file?

All files of a module see each other without a word (The Swift Programming Language, Access Control), and those of
another after ``import``. A module is a target of Swift's package manager: the folder that ``Package.swift`` gives it,
else the one of its name in ``Sources`` or ``Tests``. Where no package says it, the outermost folder is the module; what
is nearest in it comes first, since it may hold several programs.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from mcp_server.languages.resolution import Module, Resolution, SourceFile

PACKAGE = "Package.swift"
_TARGET = re.compile(r"\.(?:target|executableTarget|testTarget|macro|plugin|systemLibrary)\s*\(")
_NAME = re.compile(r"""\bname\s*:\s*"([^"\n]{1,200})\"""")
_PATH = re.compile(r"""\bpath\s*:\s*"([^"\n]{1,400})\"""")
# Where the package manager looks for a target that has no path.
_FOLDERS = ("Sources", "Source", "src", "srcs", "Tests", "Plugins")


class Modules:
    """The modules of one root."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[str], str | None]) -> None:
        """Take all files of the root, and the text of its packages."""
        found = [file for file in files if file.language == "swift"]
        # Folder of each target, and the targets by name.
        self._targets: dict[str, str] = {}
        for file in found:
            if file.path.rpartition("/")[2] == PACKAGE:
                self._targets.update(_targets(file.path.removesuffix(PACKAGE), read(file.path) or ""))
        self._own = {file.path: self._module_of(file.path) for file in found}
        # Of each folder of a module the files in it, at any depth.
        members: dict[str, list[int]] = defaultdict(list)
        for file in found:
            for folder in self._folders(file.path):
                members[folder].append(file.id)
        self._inside = {folder: Module(tuple(folder.split("/")), tuple(ids)) for folder, ids in members.items()}
        self._modules = {folder: self._inside[folder] for folder in self._own.values()}

    def _module_of(self, path: str) -> str:
        """Return the folder of the module of a file."""
        parts = path.split("/")[:-1]
        for depth in range(len(parts), -1, -1):
            folder = "/".join(parts[:depth])
            if folder in self._targets:
                return folder
        return parts[0] if parts else ""

    def _folders(self, path: str) -> list[str]:
        """Return the folders around a file up to that of its module, the innermost first."""
        own, parts = self._own.get(path, ""), path.split("/")[:-1]
        least = len(own.split("/")) if own else 0
        return ["/".join(parts[:depth]) for depth in range(len(parts), least - 1, -1)]

    def find(self, importer: str, module: str, level: int) -> Module | None:  # noqa: ARG002 - Swift has no levels
        """Return the module ``module``, by the name of its target or of its folder; None when it is outside."""
        folders = [folder for folder, name in self._targets.items() if name == module]
        folders += [folder for folder in self._modules if folder.rpartition("/")[2] == module]
        return next((self._modules[folder] for folder in folders if folder in self._modules), None)

    def child(self, module: Module, name: str) -> Module | None:  # noqa: ARG002 - modules hold no modules
        """Return None."""
        return None

    def first(self, importer: str, module: str) -> Module | None:  # noqa: ARG002
        """Return None."""
        return None

    def around(self, importer: str) -> Sequence[Module]:
        """Return the module of the importer, what is nearest in it first: a folder may hold several programs."""
        return tuple(self._inside[folder] for folder in self._folders(importer) if folder in self._inside)


def _targets(folder: str, text: str) -> dict[str, str]:
    """Return the names of the targets of a package by their folder."""
    starts = [*(match.end() for match in _TARGET.finditer(text)), len(text)]
    found: dict[str, str] = {}
    for start, end in pairwise(starts):
        name, path = _NAME.search(text, start, end), _PATH.search(text, start, end)
        if name is not None:
            given = [posixpath.normpath(path[1])] if path is not None else [f"{each}/{name[1]}" for each in _FOLDERS]
            folders = (posixpath.normpath(f"{folder}{each}") for each in given)
            found.update(dict.fromkeys(("" if each == "." else each for each in folders), name[1]))
    return found


RESOLUTION = Resolution(
    imports=Modules,
    config_names=frozenset({PACKAGE.lower()}),
    private_imports=True,
    nested_modules=False,
    wide_modules=True,
    labels=True,
)
