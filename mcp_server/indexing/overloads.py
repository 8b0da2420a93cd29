"""Which of several definitions of one name takes these arguments?

By the number of parameters, then by how far the declared types of the arguments are from those of the parameters, as
far as both are known (the idea of JLS 15.12.2: what fits without conversion comes before what is widened, boxed, passed
as an object of any class, gathered into an array). What cannot be told apart stays.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mcp_server.indexing.memory import decoded
from mcp_server.indexing.static_types import FUNCTION, NULL, VARIABLE, Shape, shape_of, shape_of_type
from mcp_server.indexing.values import INHERITED, Bound, Definition, Value, Values
from stores.facts import MODULE, Expr, label_of
from stores.linking import LinkParameter, Names

if TYPE_CHECKING:
    from mcp_server.indexing.outcomes import Outcomes

_VARIADIC = frozenset({"variadic", "keyword-variadic"})
_ANYTHING = frozenset({"Object", "object", "Any", "AnyRef", "any", "dynamic"})

# Distances between types: only their order matters. A conversion costs its place in the language's table.
_ANY_CLASS = 100
_GATHERED = 1_000
_IMPOSSIBLE = 10_000

# Labels that do not fit, that fit where a type by its name stands for a function's, and that fit.
_UNFIT, _FIT_BY_NAME, _FIT = range(3)


def fitting(inference: "Outcomes", values: Values, arguments: tuple[Expr, ...], names: Names) -> Values:
    """Return the values that may be what a call with these arguments reaches; all where none fits.

    Args:
        inference: knows the parameters and the types of the arguments.
        values: what the callee may be.
        arguments: the arguments of the call, as in ``stores.facts.Call``.
        names: the names of the file with the call.
    """
    rules = inference.rules(names.file_id)
    if not rules.overloads or rules.any_arguments:
        return values
    groups = list(overloaded(inference, values))
    several = any(len(group) > 1 for group in groups)
    given = [
        shape_of(inference, each[-1] if each[0] == "keyword" else each, names) if several else None
        for each in arguments
    ]
    left = [value for group in groups for value in _nearest(inference, group, arguments, given)]
    grouped = {value for group in groups for value in group}
    kept = tuple(value for value in values if value in left or value not in grouped)
    return (*kept, INHERITED) if INHERITED in left else kept


def labelled(inference: "Outcomes", values: Values, arguments: tuple[Expr, ...]) -> Values:
    """Return the functions among values that take arguments with these labels (Swift); all where none does.

    Labels stand in the order of the parameters; what has a default may be left out (The Swift Programming Language,
    "Functions").
    """
    given = {value: _labelled(inference, value, arguments) for value in values}
    best = max(given.values(), default=_UNFIT)
    return tuple(value for value in values if given[value] == best)


def _labelled(inference: "Outcomes", value: Value, arguments: tuple[Expr, ...]) -> int:
    """Return how well a function takes arguments with these labels."""
    function = _function(value)
    if function is None or inference.is_class(function):
        return _FIT
    waiting = list(inference.names_of(function.file_id).parameters.get(function.position, ()))
    fit = _FIT
    for argument in arguments:
        label = argument[1] if argument[0] == "keyword" else ""
        # A closure after the brackets has no label, whatever the parameter's is.
        closure = argument[0] == "lambda"
        while waiting and not (closure or _is_labelled(waiting[0], label)):
            if not _may_be_left_out(waiting.pop(0)):
                return _UNFIT
        while waiting and closure and _may_be_left_out(waiting[0]) and not _is_function(waiting[0]):
            waiting.pop(0)
        if not waiting:
            return _UNFIT
        fit = _FIT_BY_NAME if closure and not _is_function(waiting[0]) else fit
        if waiting[0].kind not in _VARIADIC:
            waiting.pop(0)
    return fit if all(map(_may_be_left_out, waiting)) else _UNFIT


def _may_be_left_out(parameter: LinkParameter) -> bool:
    return parameter.value is not None or parameter.kind in _VARIADIC


def _is_function(parameter: LinkParameter) -> bool:
    """Say whether a parameter is declared as a function: its type is then no name."""
    return parameter.type == '["other"]'


def _is_labelled(parameter: LinkParameter, label: str) -> bool:
    if parameter.kind in _VARIADIC:
        return not label or label == parameter.name
    return label == ("" if parameter.kind == "positional-only" else label_of(parameter.kind) or parameter.name)


def overloaded(inference: "Outcomes", values: Values) -> Iterator[list[Value]]:
    """Yield the functions among values, those together that one name means on one type."""
    groups: list[tuple[Definition | None, str, list[Value]]] = []
    for value in values:
        function = _function(value)
        if function is None or inference.is_class(function):
            continue
        owner, name = _owner(inference, function), inference.symbol(*function).name
        for first, named, group in groups:
            if name == named and (owner == first or (owner and first and owner in inference.order(first)[0])):
                group.append(value)
                break
        else:
            groups.append((owner, name, [value]))
    yield from (group for _, _, group in groups)


def _owner(inference: "Outcomes", function: Definition) -> Definition | None:
    """Return the class that has a function, None for one outside of classes."""
    parent = inference.symbol(*function).parent
    if parent == MODULE or inference.symbol(function.file_id, parent).kind in ("namespace", "module"):
        return None
    owner = Definition(function.file_id, parent)
    if inference.rules(function.file_id).open_types:
        return inference.whole(owner)
    bases = inference.bases_of(owner) if inference.symbol(*owner).kind == "impl" else ()
    return bases[0] if bases and bases[0] is not None else owner


def _function(value: Value) -> Definition | None:
    return value.function if isinstance(value, Bound) else value if isinstance(value, Definition) else None


def _nearest(
    inference: "Outcomes", group: list[Value], arguments: tuple[Expr, ...], given: list[Shape | None]
) -> list[Value]:
    """Return those of one type's overloads that are nearest to the arguments; of equals, those of the nearest class."""
    functions = [function for value in group if (function := _function(value)) is not None]
    owner = _owner(inference, functions[0])
    complete = owner is None or inference.order(owner)[1]
    if len(group) < 2 and complete:
        return group
    costs = [_cost(inference, value, arguments, given) for value in group]
    if min(costs) >= _IMPOSSIBLE * (len(arguments) + 1):
        # None takes so many: one that does is inherited from outside, or the call was not understood.
        return group if complete else [INHERITED]
    best = [value for value, cost in zip(group, costs, strict=True) if cost == min(costs)]
    owners = [_owner(inference, function) for value in best if (function := _function(value))]
    return [value for value, owner in zip(best, owners, strict=True) if owner == owners[0]]


def _cost(inference: "Outcomes", value: Value, arguments: tuple[Expr, ...], given: list[Shape | None]) -> int:
    """Return how far the arguments are from the parameters of a function."""
    function = _function(value)
    if function is None:
        return 0
    names = inference.names_of(function.file_id)
    parameters = names.parameters.get(function.position, [])
    if isinstance(value, Bound) and "extension" in inference.symbol(*function).flags:
        parameters = parameters[1:]  # the first takes the receiver
    if not _takes(parameters, len(arguments)):
        return _IMPOSSIBLE * (len(arguments) + 1)
    shapes = [shape_of_type(inference, decoded(p.type), names) if p.type is not None else None for p in parameters]
    cost = max(0, len(parameters) - len(arguments))
    for place, (expr, shape) in enumerate(zip(arguments, given, strict=True)):
        at = place
        if expr[0] == "keyword":
            named = [i for i, parameter in enumerate(parameters) if parameter.name == expr[1]]
            cost += 0 if named else _IMPOSSIBLE
            at = named[0] if named else place
        last = min(at, len(parameters) - 1)
        reference = (expr[2] if expr[0] == "keyword" else expr)[0] == "reference"
        cost += _IMPOSSIBLE if reference != (parameters[last].kind == "reference") else 0
        wanted = shapes[last]
        distance = _distance(inference, shape, wanted, names)
        if parameters[last].kind in _VARIADIC:
            # The last argument may be the array itself.
            distance += _GATHERED
            if len(arguments) == len(parameters) and shape is None:
                distance = 1
            elif len(arguments) == len(parameters):
                distance = min(distance, _distance(inference, shape, wanted.array() if wanted else None, names))
        cost += distance
    if parameters and parameters[-1].kind in _VARIADIC and len(arguments) < len(parameters):
        cost += _GATHERED
    return cost


def _takes(parameters: Sequence[LinkParameter], count: int) -> bool:
    most = len(parameters)
    variadic = any(parameter.kind in _VARIADIC for parameter in parameters)
    least = sum(parameter.kind not in _VARIADIC and parameter.value is None for parameter in parameters)
    return least <= count and (variadic or count <= most)


def _distance(inference: "Outcomes", given: Shape | None, wanted: Shape | None, names: Names) -> int:
    """Return how far a type is from the type it is passed as; 0 where one of them is not known."""
    if given is None or wanted is None or given == wanted:
        return 0
    rules = inference.rules(names.file_id)
    if wanted.what == VARIABLE or wanted.what in _ANYTHING:
        # An array of numbers is an object, but no array of objects.
        inside = given.dimensions - wanted.dimensions
        boxed = wanted.dimensions > 0 and inside == 0 and _is_plain(given, inference, names)
        return _IMPOSSIBLE if (inside < 0 and given.what != NULL) or boxed else _ANY_CLASS
    if given.what == NULL:
        plain = wanted.dimensions == 0 and _is_plain(wanted, inference, names)
        return _IMPOSSIBLE if plain else 1
    if given.what in (VARIABLE, *_ANYTHING) and given.dimensions == wanted.dimensions:
        return _IMPOSSIBLE if given.what in _ANYTHING else _ANY_CLASS
    if given.what == FUNCTION or wanted.what == FUNCTION:
        return _IMPOSSIBLE if wanted.dimensions or wanted.what in rules.sealed_types else 0
    if given.dimensions != wanted.dimensions:
        return _IMPOSSIBLE
    if given.dimensions and (_is_plain(given, inference, names) or _is_plain(wanted, inference, names)):
        return _IMPOSSIBLE
    return _between(inference, given.what, wanted.what, names)


def is_passed(inference: "Outcomes", given: Shape | None, wanted: Shape | None, names: Names) -> bool:
    """Say whether a value of one type may be passed as another; true where one of them is not known."""
    return _distance(inference, given, wanted, names) < _IMPOSSIBLE


def _is_plain(shape: Shape, inference: "Outcomes", names: Names) -> bool:
    """Say whether a type is a value without identity (``int``): no object, and never null."""
    return shape.what in inference.rules(names.file_id).plain_types


def _between(inference: "Outcomes", given: Definition | str, wanted: Definition | str, names: Names) -> int:
    rules = inference.rules(names.file_id)
    if isinstance(given, str):
        known = rules.conversions.get(given, ())
        if wanted in known:
            return known.index(wanted) + 1
        certain = given in rules.sealed_types or (known and wanted in rules.conversions)
        return _IMPOSSIBLE if certain or isinstance(wanted, Definition) or wanted in rules.sealed_types else _ANY_CLASS
    order, complete = inference.order(given)
    if isinstance(wanted, Definition):
        return order.index(wanted) if wanted in order else _IMPOSSIBLE
    named = {base[-1] for cls in order for base in _bases(inference, cls) if isinstance(base[-1], str)}
    named |= {each for name in tuple(named) for each in rules.conversions.get(name, ())}
    return 1 if wanted in named else _IMPOSSIBLE if complete or wanted in rules.sealed_types else _ANY_CLASS


def _bases(inference: "Outcomes", cls: Definition) -> Iterator[Expr]:
    for base in inference.names_of(cls.file_id).bases.get(cls.position, ()):
        yield base[1] if base[0] == "subscript" else base
