"""What do names of PHP mean beyond their file?

A class belongs to the namespace that its file declares, wherever it lies, and ``use`` names it
(https://www.php.net/manual/en/language.namespaces.rules.php); names of no namespace are those of the whole program, as
is a function that the own namespace lacks. ``require`` names a file.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from mcp_server.languages.file_resolution import Files
from mcp_server.languages.resolution import Module, Resolution, SourceFile

_SEPARATOR = "\\"
_PHP = frozenset({"php"})


class Namespaces:
    """The namespaces and files of one root; a file belongs to the first namespace that it declares."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[str], str | None]) -> None:
        """Take all files of the root."""
        found = [file for file in files if file.language in _PHP]
        self._files = Files(_PHP, (), "/", found, read)
        self._own: dict[str, tuple[str, ...]] = {}
        members: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for file in found:
            parts = self._own[file.path] = _parts(file.module)
            members[parts].append(file.id)
        around = {parts[:depth] for parts in members for depth in range(1, len(parts))}
        self._modules = {parts: Module(parts, tuple(members.get(parts, ()))) for parts in (*members, *around)}

    def find(self, importer: str, module: str, level: int) -> Module | None:
        """Return the namespace that ``use`` names, or the file that ``require`` does."""
        parts = _parts(module)
        return (self._modules.get(parts) if parts else None) or self._files.find(importer, module, level)

    def child(self, module: Module, name: str) -> Module | None:
        """Return the namespace ``name`` inside a namespace."""
        return self._modules.get((*module.parts, name))

    def first(self, importer: str, module: str) -> Module | None:  # noqa: ARG002
        """Return None: ``use`` binds the last name."""
        return None

    def around(self, importer: str) -> Sequence[Module]:
        """Return the namespace of the importer, and what is in none."""
        own = self._own.get(importer, ())
        found = (self._modules.get(parts) for parts in dict.fromkeys((own, ())))
        return tuple(each for each in found if each is not None)


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in name.split(_SEPARATOR) if part)


RESOLUTION = Resolution(
    imports=Namespaces, private_imports=True, declared_modules=True, overloads=True, open_namespaces=True
)
