"""Which imports does each file of a root have to do with?

Every language makes its own picture of what can be imported, once, from the paths of all files and from the few
configuration files it reads; languages that import each other share one.
"""

from collections.abc import Iterable

from mcp_server.languages import language_named
from mcp_server.languages.resolution import Imports, MakeImports, NoImports, SourceFile
from stores import linking
from stores.linking import LinkFile
from stores.relations import Relations


class ImportsOfRoot:
    """The imports of one root, made for a language when the first file of it is linked."""

    def __init__(self, relations: Relations, files: Iterable[LinkFile]) -> None:
        self._relations = relations
        self._files = list(map(SourceFile._make, files))
        self._ids = {f.path: f.id for f in self._files}
        self._made: dict[MakeImports, Imports] = {}

    def of(self, file: LinkFile) -> Imports:
        """Return the imports as the language of ``file`` sees them."""
        language = language_named(file.language)
        if language is None:
            return NoImports()
        make = language.resolution.imports
        if make not in self._made:
            self._made[make] = make(self._files, self._text)
        return self._made[make]

    def _text(self, path: str) -> str | None:
        file_id = self._ids.get(path)
        return None if file_id is None else linking.text(self._relations, file_id)
