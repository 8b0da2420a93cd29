"""What do functions and collections of elsewhere do with values?

What the language and its standard library do to the types of values, by the roles that its ``Resolution`` gives to
their names: ``next(iter(xs))``, ``cast(T, x)``, ``functools.partial(f, x)``, ``d.items()``.
"""

from abc import abstractmethod

from mcp_server.indexing.annotations import Arguments
from mcp_server.indexing.elements import Elements
from mcp_server.indexing.values import (
    BUILT_IN,
    EXTERNAL,
    GIVEN,
    RECEIVER,
    Bound,
    Definition,
    Filled,
    Instance,
    Lambda,
    Outside,
    OwnClass,
    Row,
    Taken,
    Typed,
    TypeVariable,
    Value,
    Values,
    Written,
    distinct,
    is_known,
)
from stores.facts import Expr
from stores.linking import Names

_CALLABLE = (Definition, Bound, Lambda, Instance, OwnClass)
# What these give is what they are handed or name: where that is not known, it may still be of this root.
_GIVES_OTHERS = frozenset({"member", "mapped", "filtered", "type"})


class Roles(Elements):
    """Names outside the root to what they do with values."""

    @abstractmethod
    def called(self, value: Value, arguments: Arguments) -> Values:
        """Return what calling a value gives."""

    @abstractmethod
    def argument(self, arguments: Arguments, position: int, name: str | None = None) -> Values:
        """Return what a call gives for a parameter, by keyword or position."""

    @staticmethod
    def collection_of(expr: Expr, names: Names, *, keyed: bool) -> Value:
        """Return a collection whose elements, or values by key, are of the type ``expr``."""
        return Typed(names.file_id, "values" if keyed else "elements", (("other",), expr) if keyed else (expr,))

    def collection_member(self, value: Value, name: str) -> Values:
        """Return what the member ``name`` of a collection, or of a function, is."""
        file_id = value.file_id if isinstance(value, (Written, Filled)) else None
        if file_id is not None and self.rules(file_id).members_by_key:
            found = self.exactly_at(value, ("literal", "str", name))
            if any(is_known(v) for v in found):
                return found
        return (Taken(value, name),)

    def taken_called(self, value: Taken, arguments: Arguments) -> Values:
        """Return what a call of a collection's member gives."""
        role = self.rules(arguments[1].file_id).members.get(value.name, "")
        if role == "value":
            exprs = arguments[0]
            found = self.at((value.value,), exprs[0] if exprs else None)
            return distinct([*found, *(v for v in self.argument(arguments, 1) if is_known(v))])
        if role == "collection":
            return (value.value,)
        if role == "pairs":
            keys, values = self.elements((value.value,)), self.at((value.value,), None)
            return (Row((keys, values), repeated=True),)
        return (RECEIVER if not isinstance(value.value, Written) else BUILT_IN,)

    def helped(self, function: Outside, arguments: Arguments) -> Values:
        """Return what a function outside the root gives for its arguments."""
        if function.name == GIVEN:
            return (RECEIVER,)
        role = self.rules(arguments[1].file_id).functions.get(function.name, "") if function.name else ""
        if not role:
            return (Outside(function.why, GIVEN if function.why == EXTERNAL.why else ""),)
        found = self._by_role(role, arguments)
        if role == "collection" and arguments[0] and not any(map(is_known, found)):
            # The collection is theirs, what it holds may be ours.
            return (Row((self.elements(self.argument(arguments, 0)) or (RECEIVER,),), repeated=False),)
        return found or ((RECEIVER,) if role in _GIVES_OTHERS else (Outside(function.why),))

    def _by_role(self, role: str, arguments: Arguments) -> Values:
        first = self.argument(arguments, 0)
        if role in ("argument", "partial"):
            return first
        if role == "second":
            return self.argument(arguments, 1)
        if role == "element":
            return self.elements(first)
        if role == "collection":
            return self._same_elements(first, arguments)
        if role == "enumerated":
            return (Row(((BUILT_IN,), self.elements(first)), repeated=True),)
        if role == "zipped":
            parts = tuple(self.elements(self.argument(arguments, n)) for n in range(len(arguments[0])))
            return (Row(parts, repeated=True),)
        if role in ("mapped", "filtered"):
            return self._over(role, first, arguments)
        return self._of_types(role, first, arguments)

    def _over(self, role: str, first: Values, arguments: Arguments) -> Values:
        if role == "filtered":
            return self.argument(arguments, 1)
        given = distinct([v for f in first if isinstance(f, _CALLABLE) for v in self.called(f, ((), arguments[1]))])
        return (Row((given,), repeated=False),) if given else ()

    def _of_types(self, role: str, first: Values, arguments: Arguments) -> Values:
        exprs, names = arguments
        if role == "cast":
            return distinct(self.instances(exprs[0], names)) if exprs else ()
        if role == "type":
            classes: list[Value] = [OwnClass(v.cls) if v.own else v.cls for v in first if isinstance(v, Instance)]
            return distinct(classes) if len(exprs) == 1 else ()
        if role == "member":
            if len(exprs) < 2 or exprs[1][:2] != ("literal", "str") or len(exprs[1]) < 3:
                return ()
            return distinct([m for v in first for m in self.member_of(v, exprs[1][2], names)])
        if role == "factory":
            made = self.argument(arguments, -1, "default_factory") or first
            produced = distinct([v for f in made if is_known(f) for v in self.called(f, ((), names))])
            return (Row((produced,), repeated=False),) if made is first and produced else produced
        if role == "type variable":
            return self._type_variable(arguments)
        return ()

    def _type_variable(self, arguments: Arguments) -> Values:
        exprs, names = arguments
        bound: list[Value] = []
        for expr in exprs[1:]:
            if expr[0] == "keyword" and expr[1] == "bound":
                bound += self.instances(expr[2], names)
            elif expr[0] != "keyword":
                bound += self.instances(expr, names)
        name = exprs[0][2] if exprs and exprs[0][:2] == ("literal", "str") and len(exprs[0]) > 2 else ""
        return (TypeVariable(names.file_id, name, distinct(bound)),)

    def _same_elements(self, values: Values, arguments: Arguments) -> Values:
        """Return a collection of the elements of several."""
        given = [v for n in range(1, len(arguments[0])) for v in self.argument(arguments, n)]
        found: list[Value] = []
        for value in (*values, *(v for v in given if is_known(v))):
            if isinstance(value, Instance):
                elements = tuple(v for v in self.elements((value,)) if is_known(v))
                found += [Row((elements,), repeated=False)] if elements else []
            elif is_known(value) and not isinstance(value, (Definition, Bound, Lambda)):
                found.append(value)
        return distinct(found)

    @abstractmethod
    def member_of(self, value: Value, name: str, names: Names) -> Values:
        """Return what the member ``name`` of a value is, as a file sees it."""
