"""What do names of PHP mean beyond their file?

A class belongs to the namespace that its file declares, wherever it lies, and ``use`` names it
(https://www.php.net/manual/en/language.namespaces.rules.php); names of no namespace are those of the whole program, as
is a function that the own namespace lacks. ``require`` names a file.
"""

from collections.abc import Callable, Iterable, Sequence

from mcp_server.languages.file_resolution import Files
from mcp_server.languages.namespaces import Declared
from mcp_server.languages.resolution import Module, Resolution, SourceFile

_PHP = frozenset({"php"})


class Namespaces(Declared):
    """The namespaces and files of one root."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[str], str | None]) -> None:
        """Take all files of the root."""
        found = [file for file in files if file.language in _PHP]
        super().__init__(found, "\\")
        self._files = Files(_PHP, (), "/", found, read)

    def find(self, importer: str, module: str, level: int) -> Module | None:
        """Return the namespace that ``use`` names, or the file that ``require`` does."""
        parts = self.parts(module)
        return (self.at(parts) if parts else None) or self._files.find(importer, module, level)

    def around(self, importer: str) -> Sequence[Module]:
        """Return the namespace of the importer, and what is in none."""
        found = (self.at(parts) for parts in dict.fromkeys((self.own(importer), ())))
        return tuple(each for each in found if each is not None)


RESOLUTION = Resolution(
    imports=Namespaces, private_imports=True, declared_modules=True, overloads=True, open_namespaces=True
)
