"""What do the type parameters of a class stand for in one of its objects?

``Box[Rope]`` says what ``T`` is where a method of ``Box`` gives a ``T``: by the place of the parameter in the class,
or, where a class derives from ``Box[Rope]``, by what it derives from.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping

from mcp_server.indexing.hierarchy import Hierarchy
from mcp_server.indexing.memory import decoded
from mcp_server.indexing.values import Definition, Instance, TypeVariable, Value, Values, distinct
from stores.facts import Expr
from stores.linking import LinkFile, Names
from stores.relations import Relations

# How a type parameter is read where it is used.
_NAMED = frozenset({"name", "free", "implicit"})
_UNIONS = {"union": 1, "operator": 2}
# Unions in unions are followed this deep.
_MOST_NESTED = 4

# Type expressions, and the file that they are written in.
_Arguments = tuple[int, tuple[Expr, ...]]


class Generics(Hierarchy):
    """Type parameters to the types that an object has for them."""

    def __init__(self, relations: Relations, files: Mapping[int, LinkFile]) -> None:
        super().__init__(relations, files)
        self._parameters: dict[Definition, tuple[tuple[str, ...], frozenset[int]]] = {}
        self._generic_classes: dict[Definition, tuple[bool, frozenset[int]]] = {}

    def forget(self) -> None:
        """Forget values, hierarchies and type parameters when there are many; call between two files."""
        super().forget()
        if not self._whole:
            self._parameters.clear()
            self._generic_classes.clear()

    @abstractmethod
    def instances(self, expr: Expr, names: Names, owner: int | None = None, depth: int = 0) -> list[Value]:
        """Return the values that a type expression allows."""

    def type_parameters(self, cls: Definition) -> tuple[str, ...]:
        """Return the names of the type parameters of a class or a function, in their order."""
        found = self._parameters.get(cls)
        if found is None:
            with self.afresh() as read:
                written = self.symbol(*cls).type_parameters
                named = tuple(_first_word(text) for text in decoded(written)) if written != "[]" else ()
                found = (named or self._in_bases(cls), frozenset(read))
            if not self._in_base:
                self._parameters[cls] = found
        self._read |= found[1]
        return found[0]

    def is_generic(self, cls: Definition) -> bool:
        """Say whether a class or one of its ancestors has type parameters."""
        found = self._generic_classes.get(cls)
        if found is None:
            with self.afresh() as read:
                generic = any(self.type_parameters(owner) for owner in self.order(cls)[0])
            found = (generic, frozenset(read))
            # What is found while a base is looked for holds there alone: see ``order``.
            if not self._in_base:
                self._generic_classes[cls] = found
        self._read |= found[1]
        return found[0]

    def _in_bases(self, cls: Definition) -> tuple[str, ...]:
        """Return the type variables that stand in the bases of a class: ``Generic[T, U]``, ``Base[T]`` (Python)."""
        names = self.names_of(cls.file_id)
        given = [expr for expr in names.bases.get(cls.position, []) if expr[0] == "subscript" and expr[1][0] in _NAMED]
        given.sort(key=lambda expr: expr[1][-1] not in ("Generic", "Protocol"))
        found = [
            argument[-1]
            for expr in given
            for argument in arguments_of(expr)
            if argument[0] in _NAMED and any(isinstance(v, TypeVariable) for v in self.evaluate(argument, names))
        ]
        return tuple(dict.fromkeys(found))

    def specialized(
        self, text: str, owner: Definition, receiver: Value | None, function: Definition | None = None
    ) -> Values:
        """Return what a declared type of a member means for an object; () where no type parameter is in it.

        Args:
            text: the type expression, as JSON.
            owner: the class, or the implementation, that declares the member.
            receiver: what the member is taken from.
            function: the member, where it is one that may have type parameters itself: these hide those of its class.
        """
        parameters = self.type_parameters(owner) if isinstance(receiver, Instance) else ()
        if not parameters or not isinstance(receiver, Instance):
            return ()
        hidden = self.type_parameters(function) if function is not None else ()
        wanted = [name for name in _leaves(decoded(text), 0) if name in parameters and name not in hidden]
        if not wanted:
            return ()
        file_id, arguments = self._arguments_for(receiver, owner) or (0, ())
        if len(arguments) != len(parameters):
            return ()
        names = self.names_of(file_id)
        chosen = [arguments[parameters.index(name)] for name in wanted]
        return distinct([v for expr in chosen for v in self.instances(expr, names)])

    def _arguments_for(self, receiver: Instance, owner: Definition) -> _Arguments | None:
        """Return what an object has for the type parameters of one of its classes."""
        if owner == receiver.cls:
            return receiver.arguments
        if self.symbol(*owner).kind == "impl":
            return receiver.arguments if self._same_parameters(owner) else None
        for cls in self.order(receiver.cls)[0]:
            names = self.names_of(cls.file_id)
            for expr in names.bases.get(cls.position, []):
                if expr[0] == "subscript" and self.base(expr, names, cls) == owner:
                    passed = self._passed_on(receiver, cls, expr)
                    return passed or (cls.file_id, arguments_of(expr))
        return None

    def _passed_on(self, receiver: Instance, cls: Definition, expr: Expr) -> _Arguments | None:
        """Return the receiver's own arguments where its class hands its parameters on as they are."""
        own = self.type_parameters(cls)
        handed = tuple(argument[-1] for argument in arguments_of(expr))
        return receiver.arguments if cls == receiver.cls and own and handed == own else None

    def _same_parameters(self, impl: Definition) -> bool:
        """Say whether an implementation has the parameters of its type, in their order (``impl<T> Box<T>``)."""
        bases = self.names_of(impl.file_id).bases.get(impl.position, [])
        own = self.type_parameters(impl)
        return any(tuple(argument[-1] for argument in arguments_of(expr)) == own for expr in bases[:1])


def arguments_of(expr: Expr) -> tuple[Expr, ...]:
    """Return the arguments of a generic type."""
    given: tuple[Expr, ...] = expr[2:] if expr[0] == "subscript" else ()
    return given[0][2:] if len(given) == 1 and given[0][:2] == ("items", "tuple") else given


def _leaves(expr: Expr, depth: int) -> Iterator[str]:
    """Yield the names that a type is one of."""
    if expr[0] in _UNIONS and depth < _MOST_NESTED:
        for part in expr[_UNIONS[expr[0]] :]:
            yield from _leaves(part, depth + 1)
    elif expr[0] in _NAMED:
        yield expr[-1].partition("#")[0]


def _first_word(text: str) -> str:
    """Return the name of a type parameter as it is written: ``T extends Rope``, ``T: int``, ``out T``."""
    words = text.replace(":", " ").replace("=", " ").split()
    return next((word for word in words if word not in ("in", "out", "const", "reified")), "")
