"""Which function of elsewhere is called as if it were a member?

Extension methods (C# 7.3, section 12.7.6.3): a static method of a namespace that the file sees, whose first parameter
takes the receiver. They are looked for where no type of the receiver has such a member, or none is known.
"""

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Mapping

from mcp_server.indexing.callbacks import Callbacks
from mcp_server.indexing.memory import decoded
from mcp_server.indexing.overloads import is_passed
from mcp_server.indexing.static_types import Shape, shape_of, shape_of_type
from mcp_server.indexing.values import RECEIVER, Bound, Definition, Instance, Value, Values, is_known
from mcp_server.languages import language_named
from mcp_server.languages.resolution import Module
from stores import linking
from stores.facts import Expr
from stores.linking import LinkFile, Names
from stores.relations import Relations

# Extension methods of one name that are looked at; a library has some dozen overloads. First value, not swept.
MAX_EXTENSIONS = 128
# Names whose extension methods are kept while linking.
_MAX_CACHED = 4_096


class Extensions(Callbacks):
    """Members that a type has only where it is used."""

    def __init__(self, relations: Relations, files: Mapping[int, LinkFile]) -> None:
        super().__init__(relations, files)
        self._extensions: OrderedDict[tuple[str, str], list[Definition]] = OrderedDict()
        self._seen: tuple[int, frozenset[int]] = (-1, frozenset())

    def extensions(self, expr: Expr, receivers: Values, names: Names) -> Values:
        """Return the extension methods that the member ``expr`` of these receivers may be, as a file sees it."""
        # A name that nothing binds is a type of elsewhere; the members of types and namespaces are their own.
        if not self.rules(names.file_id).extensions or expr[1][0] in ("free", "builtin"):
            return ()
        if any(map(self._is_place, receivers)):
            return ()
        file = self._files[names.file_id]
        named = self._named_extensions(expr[2], file.language)
        visible = self._visible(names) if named else frozenset()
        found = [each for each in named if each.file_id in visible]
        given = self.receiver_type(expr, names) if found else None
        language = language_named(file.language)
        if not any(map(is_known, receivers)) and language is not None and expr[2] in language.builtin_members:
            return ()
        own = Instance(given.what) if given and isinstance(given.what, Definition) and not given.dimensions else None
        if own is not None and any(map(is_known, self.member(own, expr[2]))):
            return ()
        receiver = next(filter(is_known, receivers), RECEIVER)
        return tuple(Bound(each, receiver) for each in found if is_passed(self, given, self._taken_type(each), names))

    def receiver_type(self, expr: Expr, names: Names) -> Shape | None:
        """Return the type of what the member ``expr`` is asked of, None where it is not known."""
        return shape_of(self, expr[1], names)

    def _taken_type(self, extension: Definition) -> Shape | None:
        """Return the type of the first parameter of an extension method."""
        names = self.names_of(extension.file_id)
        taken = names.parameters.get(extension.position, ())
        return shape_of_type(self, decoded(taken[0].type), names) if taken and taken[0].type else None

    def _is_place(self, value: Value) -> bool:
        return isinstance(value, Module) or (isinstance(value, Definition) and self.is_class(value))

    def _named_extensions(self, name: str, language: str) -> list[Definition]:
        found = self._extensions.get((language, name))
        if found is None:
            rows = linking.extensions(self._relations, name, language, MAX_EXTENSIONS)
            found = self._extensions[language, name] = [Definition(*row) for row in rows]
            if len(self._extensions) > _MAX_CACHED:
                self._extensions.popitem(last=False)
        return found

    def _visible(self, names: Names) -> frozenset[int]:
        """Return the files of all namespaces that a file is in or imports whole; all of them count as read."""
        if self._seen[0] != names.file_id:
            file = self._files[names.file_id]
            imported = (module for module, _ in self.reach((names.file_id,), None).modules)
            modules = (*self._imports.of(file).around(file.path), *imported)
            self._seen = names.file_id, frozenset(file_id for module in modules for file_id in module.file_ids)
        self.used(self._seen[1])
        return self._seen[1]

    @abstractmethod
    def evaluate(self, expr: Expr, names: Names) -> Values:
        """Return what an expression of a file may stand for."""
