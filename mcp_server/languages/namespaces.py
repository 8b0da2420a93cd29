"""Which namespaces do the files of a root declare?

For languages whose files belong to what they name, wherever they lie (C#, PHP). All files that declare a namespace are
taken together; one that only holds others is there, too.
"""

from collections import defaultdict
from collections.abc import Iterable

from mcp_server.languages.resolution import Module, SourceFile

Parts = tuple[str, ...]


class Declared:
    """The namespaces of one root; a file belongs to the first that it declares, () for none."""

    def __init__(self, files: Iterable[SourceFile], separator: str) -> None:
        """Take the files of one language, by path: the order must not tell when a file was first indexed."""
        self._separator = separator
        self._own: dict[str, Parts] = {}
        members: dict[Parts, list[int]] = defaultdict(list)
        for file in files:
            parts = self._own[file.path] = self.parts(file.module)
            members[parts].append(file.id)
        around = {parts[:depth] for parts in members for depth in range(1, len(parts))}
        self._modules = {parts: Module(parts, tuple(members.get(parts, ()))) for parts in (*members, *around)}

    def parts(self, name: str) -> Parts:
        """Return the parts of a namespace's name."""
        return tuple(part for part in name.split(self._separator) if part)

    def own(self, path: str) -> Parts:
        """Return the namespace of a file."""
        return self._own.get(path, ())

    def at(self, parts: Parts) -> Module | None:
        """Return a namespace, None where nothing declares it."""
        return self._modules.get(parts)

    def child(self, module: Module, name: str) -> Module | None:
        """Return the namespace ``name`` inside a namespace."""
        return self._modules.get((*module.parts, name))

    def first(self, importer: str, module: str) -> Module | None:  # noqa: ARG002
        """Return None: an import binds no first name."""
        return None
