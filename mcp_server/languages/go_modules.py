"""Which folder does a Go import name?

A package is the Go files of one folder (https://go.dev/ref/spec#Packages). An import path is the module path of a
``go.mod`` and the folder below it (https://go.dev/ref/mod); without one, as in GOPATH folders, vendored code and the
standard library's own sources, it is the end of the folder's path. The root may itself be a package with others below
it: then an import path whose middle is the name of the root's package leads into it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from mcp_server.languages.resolution import Module, SourceFile

CONFIG = "go.mod"

_PACKAGE = re.compile(r"^package[ \t]+(\w+)", re.MULTILINE)
_MODULE = re.compile(r"^[ \t]*module[ \t]+[\"`]?([^\s\"`]+)", re.MULTILINE)
# Folders that hold sources under their import path.
_ROOTS = frozenset({"", "src", "vendor"})


class Packages:
    """The Go packages of one root."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[str], str | None]) -> None:
        """Take all files of the root; only Go files and ``go.mod`` matter."""
        files = list(files)
        folders: dict[str, list[int]] = defaultdict(list)
        self._tests: dict[str, int] = {}
        self._modules: list[tuple[str, str]] = []
        for file in files:
            folder, _, name = file.path.rpartition("/")
            if name == CONFIG and (declared := _MODULE.search(read(file.path) or "")):
                self._modules.append((declared[1], folder))
            elif name.endswith("_test.go"):
                self._tests[file.path] = file.id
            elif file.language == "go":
                folders[folder].append(file.id)
        self._packages = {folder: Module(tuple(folder.split("/")), tuple(ids)) for folder, ids in folders.items()}
        self._tails: dict[str, list[str]] = defaultdict(list)
        for folder in sorted(self._packages):
            self._tails[folder.rpartition("/")[2]].append(folder)
        self._in_folder: dict[str, list[int]] = defaultdict(list)
        for path, file_id in sorted(self._tests.items()):
            self._in_folder[path.rpartition("/")[0]].append(file_id)
        self._root_name = self._name_of_root(files, read)
        # The longest module path is the most specific one.
        self._modules.sort(key=lambda module: -len(module[0]))

    def find(self, importer: str, module: str, level: int) -> Module | None:  # noqa: ARG002
        """Return the package at an import path, None when it is outside the root."""
        for path, folder in self._modules:
            if module == path or module.startswith(f"{path}/"):
                below = module[len(path) :].lstrip("/")
                return self._packages.get("/".join(part for part in (folder, below) if part))
        found = [folder for folder in self._tails.get(module.rpartition("/")[2], ()) if self._holds(folder, module)]
        # The nearest to the importing file: of several vendor folders the one that it sees.
        return self._packages[max(found, key=lambda folder: _shared(folder, importer))] if found else None

    def _name_of_root(self, files: list[SourceFile], read: Callable[[str], str | None]) -> str | None:
        """Return the name of the package that the root itself is, None where it is none or a ``go.mod`` says more."""
        at_root = self._packages.get("")
        if at_root is None or self._modules:
            return None
        path = next(file.path for file in files if file.id == at_root.file_ids[0])
        clause = _PACKAGE.search(read(path) or "")
        return clause[1] if clause else None

    def _holds(self, folder: str, module: str) -> bool:
        if folder == module:
            return True
        if self._root_name and folder and f"/{module}".endswith(f"/{self._root_name}/{folder}"):
            return True
        above = folder.removesuffix(f"/{module}")
        return above != folder and above.rpartition("/")[2] in _ROOTS

    def child(self, module: Module, name: str) -> Module | None:  # noqa: ARG002
        """Return None: the folders in a package are other packages."""
        return None

    def first(self, importer: str, module: str) -> Module | None:
        """Return the package at an import path."""
        return self.find(importer, module, 0)

    def around(self, importer: str) -> Sequence[Module]:
        """Return the package that a file belongs to; a test sees the other tests of its folder, too."""
        folder = importer.rpartition("/")[0]
        found = [self._packages[folder]] if folder in self._packages else []
        if importer in self._tests:
            found.append(Module(("test", folder), tuple(self._in_folder[folder])))
        return found


def _shared(folder: str, importer: str) -> int:
    """Return how many leading folders two paths share."""
    pairs = zip(folder.split("/"), importer.split("/"), strict=False)
    return next((count for count, (one, other) in enumerate(pairs) if one != other), len(folder))
