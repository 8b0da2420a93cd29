"""Of which types are the values that an annotation allows?

Type expressions to values: classes of this root become objects of them, generic types of elsewhere what their role in
the language says, type parameters what their bound allows.
"""

from abc import abstractmethod

from mcp_server.indexing.generics import Generics, arguments_of
from mcp_server.indexing.memory import decoded
from mcp_server.indexing.values import (
    BUILT_IN,
    RECEIVER,
    Alias,
    Definition,
    Instance,
    Lambda,
    Outside,
    OwnClass,
    Typed,
    TypeVariable,
    Value,
    Values,
    Written,
    distinct,
)
from stores.facts import MODULE, Expr
from stores.linking import Names

# Type expressions are followed this deep into their arguments and aliases.
MAX_NESTING = 12

# Types that allow everything say nothing; the type of the receiver itself.
_ANYTHING = frozenset({"Any", "object", "Unknown", "unknown", "any"})
_OWN = frozenset({"Self", "static", "this"})
_COLLECTIONS = frozenset({"elements", "values", "tuple"})


class Annotations(Generics):
    """Type expressions to values."""

    def declared(self, text: str, names: Names, owner: int | None = None) -> Values:
        """Return the values that a stored type expression allows, in the class symbol ``owner`` where there is one."""
        return distinct(self.instances(decoded(text), names, owner))

    def instances(self, expr: Expr, names: Names, owner: int | None = None, depth: int = 0) -> list[Value]:
        """Return the values that a type expression allows; [] for none, as of ``None``."""
        if depth > MAX_NESTING:
            return [RECEIVER]
        kind = expr[0]
        if kind in ("union", "operator"):
            parts = expr[1:] if kind == "union" else expr[2:]
            return [value for part in parts for value in self.instances(part, names, owner, depth + 1)]
        if kind == "literal":
            return self._spelled(expr, names, owner, depth)
        if kind == "items":  # except (A, B)
            return [value for part in expr[2:] for value in self.instances(part, names, owner, depth + 1)]
        if kind == "subscript":
            return self._generic(expr, names, owner, depth)
        found: list[Value] = []
        for value in self.types(expr, names):
            found += self._instance(value, names, owner, depth)
        return found

    def _spelled(self, expr: Expr, names: Names, owner: int | None, depth: int) -> list[Value]:
        if expr[1] == "str" and len(expr) > 2:
            named = spelled(expr[2], names)
            return [BUILT_IN] if named is None else self.instances(named, names, owner, depth + 1)
        return [] if expr[1] == "None" else [BUILT_IN]

    def _generic(self, expr: Expr, names: Names, owner: int | None, depth: int) -> list[Value]:
        arguments = arguments_of(expr)
        found: list[Value] = []
        for value in self.types(expr[1], names):
            role = self.rules(names.file_id).types.get(value.name, "") if isinstance(value, Outside) else ""
            if role in _COLLECTIONS:
                found.append(Typed(names.file_id, role, arguments))
            elif role == "nothing":
                found.append(RECEIVER)
            elif role == "type":
                found += map(self._class_of, self._arguments(arguments[:1], names, owner, depth))
            elif role:
                chosen = arguments if role == "union" else arguments[-1:] if role == "last" else arguments[:1]
                found += self._arguments(chosen, names, owner, depth)
            else:
                made = self._instance(value, names, owner, depth)
                found += [self._with_arguments(each, (names.file_id, arguments)) for each in made]
        return found

    def _with_arguments(self, value: Value, arguments: tuple[int, tuple[Expr, ...]]) -> Value:
        if not isinstance(value, Instance) or value.own or len(self.type_parameters(value.cls)) != len(arguments[1]):
            return value
        return Instance(value.cls, arguments=arguments)

    def _arguments(self, exprs: tuple[Expr, ...], names: Names, owner: int | None, depth: int) -> list[Value]:
        return [value for expr in exprs for value in self.instances(expr, names, owner, depth + 1)]

    @staticmethod
    def _class_of(value: Value) -> Value:
        if isinstance(value, Instance):
            return OwnClass(value.cls) if value.own else value.cls
        return value if isinstance(value, (Outside, TypeVariable)) else RECEIVER

    def _instance(self, value: Value, names: Names, owner: int | None, depth: int) -> list[Value]:
        """Return the objects that a type stands for."""
        if isinstance(value, Definition):
            symbol = self.symbol(*value)
            if self.is_class(value):
                return [Instance(value)]
            if symbol.kind == "type":
                return self._aliased(value, owner, depth)
            return [RECEIVER]
        if isinstance(value, Alias):
            return self.instances(value.expr, self.names_of(value.file_id), None, depth + 1)
        if isinstance(value, OwnClass):
            return [Instance(value.cls, own=True)]
        if isinstance(value, TypeVariable):
            return [value]
        if isinstance(value, Outside):
            if value.name in _OWN and owner is not None:
                return [Instance(Definition(names.file_id, owner), own=True)]
            return [RECEIVER if value.name in _ANYTHING else Outside(value.why)]
        return [value] if isinstance(value, (Typed, Instance, Written, Lambda)) else [RECEIVER]

    def _aliased(self, alias: Definition, owner: int | None, depth: int) -> list[Value]:
        names = self.names_of(alias.file_id)
        symbol = names.symbols[alias.position]
        given = [b.value for b in names.bindings.get((symbol.parent, symbol.name), []) if b.value is not None]
        return [v for text in given for v in self.instances(decoded(text), names, owner, depth + 1)] or [RECEIVER]

    @abstractmethod
    def results(self, function: Definition, receiver: Value | None, arguments: "Arguments") -> Values:
        """Return what calling a function gives."""

    @abstractmethod
    def member(self, value: Value, name: str) -> Values:
        """Return what the member ``name`` of a value is."""


def spelled(text: str, names: Names) -> Expr | None:
    """Return the name that a type given as text spells (``"models.Rope"``), None where it spells none."""
    first, *rest = text.split(".")
    if not first.isidentifier():
        return None
    named: Expr = ("name", MODULE, first) if (MODULE, first) in names.bindings else ("free", first)
    for part in rest:
        named = ("attribute", named, part)
    return named


# The arguments of a call, and the names of the file it is written in.
Arguments = tuple[tuple[Expr, ...], Names]
