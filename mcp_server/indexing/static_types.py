"""Of which declared type is an expression?

Values (``infer``) are of this root. Telling overloads apart also needs the types of elsewhere: numbers, text, arrays. A
type is what a declaration, a literal or the result of a function says; where these say nothing, it is not known.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mcp_server.indexing.memory import decoded
from mcp_server.indexing.values import Bound, Definition, Instance, Outside, OwnClass, Super, Value, Values, distinct
from stores.facts import MODULE, Expr, plain
from stores.linking import MEMBER_KINDS, Binding, Names

if TYPE_CHECKING:
    from mcp_server.indexing.outcomes import Outcomes

# Assignments, members and results that one type may lead through.
MAX_STEPS = 6

NULL, FUNCTION, VARIABLE = "null", "function", "type variable"
_ARRAY = ("builtin", "Array")


class Shape(NamedTuple):
    """A type: a class of this root, or the last name of what is elsewhere, and how many times an array of it."""

    what: Definition | str
    dimensions: int = 0

    def array(self) -> "Shape":
        """Return the type of an array of these."""
        return Shape(self.what, self.dimensions + 1)


def shape_of_type(inference: "Outcomes", expr: Expr, names: Names) -> Shape | None:
    """Return the type that a type expression of a file names, None where it is not known."""
    kind = expr[0]
    if kind == "subscript":
        if expr[1] != _ARRAY:
            return shape_of_type(inference, expr[1], names)
        inner = shape_of_type(inference, expr[2], names) if len(expr) > 2 else None
        return inner.array() if inner else None
    if kind == "literal":
        return Shape(NULL) if expr[1] == "None" else Shape(expr[1])
    if kind == "builtin":
        return Shape(expr[1])
    if kind in ("name", "free", "attribute", "implicit", "definition"):
        return _named_type(inference, expr, names)
    return None


def _named_type(inference: "Outcomes", expr: Expr, names: Names) -> Shape | None:
    if expr[0] == "name":
        bindings = names.bindings.get((expr[1], expr[2]), [])
        if all(b.symbol is None and b.module is None for b in bindings):
            return Shape(VARIABLE)
    found = inference.evaluate(expr, names)
    for value in found:
        if isinstance(value, (Definition, OwnClass)):
            return Shape(value.cls if isinstance(value, OwnClass) else value)
    last = expr[1] if expr[0] == "free" else expr[2] if len(expr) > 2 else None
    return Shape(plain(last)) if isinstance(last, str) and all(isinstance(v, Outside) for v in found) else None


def shape_of(inference: "Outcomes", expr: Expr, names: Names, left: int = MAX_STEPS) -> Shape | None:
    """Return the type of the expression of a file, None where it is not known."""
    kind = expr[0]
    if left <= 0:
        return None
    if kind in ("literal", "instance"):
        return shape_of_type(inference, expr if kind == "literal" else expr[1], names)
    if kind in ("free", "implicit") and expr[-1] in inference.rules(names.file_id).conversions:
        return Shape(expr[-1])  # a type, of which a member is asked
    if kind == "lambda":
        return Shape(FUNCTION)
    if kind == "reference":
        return shape_of(inference, expr[1], names, left)
    if kind in _READERS:
        return _READERS[kind](inference, expr, names, left)
    return _of_values(inference.evaluate(expr, names))


def _of_union(inference: "Outcomes", expr: Expr, names: Names, left: int) -> Shape | None:
    parts = {shape_of(inference, part, names, left - 1) for part in expr[1:]} - {Shape(NULL)}
    return parts.pop() if len(parts) == 1 else _joined(inference, list(parts), names)


def _of_name(inference: "Outcomes", expr: Expr, names: Names, left: int) -> Shape | None:
    given = names.bindings.get((expr[1], expr[2]), [])
    return _of_bindings(inference, [b for b in given if b.symbol is None], names, left)


def _of_element(inference: "Outcomes", expr: Expr, names: Names, left: int) -> Shape | None:
    of = shape_of(inference, expr[1], names, left - 1)
    return Shape(of.what, of.dimensions - 1) if of and of.dimensions else None


def _of_values(values: Values) -> Shape | None:
    found = distinct(values)
    return Shape(found[0].cls) if len(found) == 1 and isinstance(found[0], Instance) else None


def _of_parameter(inference: "Outcomes", expr: Expr, names: Names, _left: int) -> Shape | None:
    for parameter in names.parameters.get(expr[1], ()):
        if parameter.name == expr[2] and parameter.type is not None:
            found = shape_of_type(inference, decoded(parameter.type), names)
            return found.array() if found and parameter.kind == "variadic" else found
    return _of_values(inference.evaluate(expr, names))


def _of_bindings(inference: "Outcomes", bindings: list[Binding], names: Names, left: int) -> Shape | None:
    """Return the one type that all bindings of a name agree on."""
    declared = [b.type for b in bindings if b.type is not None]
    if declared:
        found = {shape_of_type(inference, decoded(text), names) for text in declared}
    else:
        given = [b.value for b in bindings if b.value is not None]
        found = {shape_of(inference, decoded(text), names, left - 1) for text in given}
    return found.pop() if len(found) == 1 else None


def _of_implicit(inference: "Outcomes", expr: Expr, names: Names, left: int) -> Shape | None:
    """Return the type of a bare name that is a member of one of the classes around."""
    scope = expr[1]
    while scope != MODULE:
        if names.symbols[scope].kind in MEMBER_KINDS:
            given = _of_field(inference, Definition(names.file_id, scope), expr[2], left)
            if given:
                return given[0]
        scope = names.symbols[scope].parent
    return None


def _of_field(inference: "Outcomes", cls: Definition, name: str, left: int) -> tuple[Shape | None] | None:
    """Return the type of a field of a class or its ancestors, in a tuple; None where there is none."""
    for owner in inference.owners(cls):
        at = inference.names_of(owner.file_id)
        key = (owner.position, name)
        bound = (*at.bindings.get(key, ()), *at.attributes.get(key, ()))
        given = [b for b in bound if b.symbol is None]
        if given:
            return (_of_bindings(inference, given, at, left),)
        for symbol in (at.symbols[b.symbol] for b in bound if b.symbol is not None):
            if symbol.kind == "property":
                return (shape_of_type(inference, decoded(symbol.result), at) if symbol.result else None,)
    return None


def _of_member(inference: "Outcomes", expr: Expr, names: Names, left: int) -> Shape | None:
    for value in inference.evaluate(expr[1], names):
        cls = value if isinstance(value, Definition) else getattr(value, "cls", None)
        if isinstance(cls, Definition) and isinstance(value, (Definition, Instance, OwnClass, Super)):
            given = _of_field(inference, cls, expr[2], left)
            if given:
                return given[0]
    of = shape_of(inference, expr[1], names, left - 1)
    result = inference.rules(names.file_id).results.get(expr[2]) if of and of.dimensions else None
    return Shape(result) if result else None


def _of_operator(inference: "Outcomes", expr: Expr, names: Names, left: int) -> Shape | None:
    """Return the type of the operand that the other converts to, as arithmetic and joining have it."""
    sides = [shape_of(inference, each, names, left - 1) for each in expr[2:]]
    joined = inference.rules(names.file_id).joined
    if any(side and side.what == joined and not side.dimensions for side in sides):
        return Shape(joined)
    return _joined(inference, sides, names)


def _joined(inference: "Outcomes", sides: Sequence[Shape | None], names: Names) -> Shape | None:
    """Return which of two types the other converts to."""
    conversions = inference.rules(names.file_id).conversions
    if len(sides) != 2 or None in sides:
        return None
    one, other = sides
    if one == other or (other and one and other.what in conversions.get(str(one.what), ())):
        return other
    return one if one and other and one.what in conversions.get(str(other.what), ()) else None


def _of_call(inference: "Outcomes", expr: Expr, names: Names, left: int) -> Shape | None:
    # All overloads usually give the same; where they do not, nothing is known.
    values = inference.evaluate(expr[1], names)
    # The name of a type that stands for another is found with what it stands for.
    aliases = [v for v in values if isinstance(v, Definition) and inference.symbol(*v).kind == "type"]
    found = {_result(inference, value) for value in aliases[:1] or values}
    shape = found.pop() if len(found) == 1 else None
    if shape is not None and shape.what != VARIABLE:
        return shape
    known = _of_values(inference.evaluate(expr, names))
    if known is None and shape is None and str(expr[1][-1])[:1].isupper():
        return Shape(plain(expr[1][-1]))  # a type of elsewhere is made: functions are not called so
    if known is not None or expr[1][0] != "attribute":
        return known
    result = inference.rules(names.file_id).results.get(expr[1][2])
    if result == "=":
        return shape_of(inference, expr[1][1], names, left - 1)
    return spelled(result) if result and shape is None else None


def spelled(text: str) -> Shape:
    """Return the type that a name says: "char[]" is an array."""
    return Shape(text.rstrip("[]"), text.count("["))


def _result(inference: "Outcomes", value: Value) -> Shape | None:
    if isinstance(value, (Bound, Definition)):
        function = value.function if isinstance(value, Bound) else value
        if inference.is_class(function) or inference.symbol(*function).kind == "type":
            return Shape(function)
        result = inference.symbol(*function).result
        return shape_of_type(inference, decoded(result), inference.names_of(function.file_id)) if result else None
    return None


_READERS: dict[str, Callable[["Outcomes", Expr, Names, int], Shape | None]] = {
    "union": _of_union,
    "parameter": _of_parameter,
    "name": _of_name,
    "implicit": _of_implicit,
    "attribute": _of_member,
    "subscript": _of_element,
    "element": _of_element,
    "operator": _of_operator,
    "call": _of_call,
}
