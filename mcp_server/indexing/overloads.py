"""Which of several definitions of one name takes these arguments?

By the number of parameters, then by what is known of the types of arguments. What cannot be told apart stays.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcp_server.indexing.memory import decoded
from mcp_server.indexing.values import Bound, Definition, Instance, Value, Values
from stores.facts import Expr
from stores.linking import LinkParameter, Names

if TYPE_CHECKING:
    from mcp_server.indexing.outcomes import Outcomes

_VARIADIC = frozenset({"variadic", "keyword-variadic"})


def fitting(inference: "Outcomes", values: Values, arguments: tuple[Expr, ...], names: Names) -> Values:
    """Return the values that may be what a call with these arguments reaches; all where none fits.

    Args:
        inference: knows the parameters and evaluates the arguments.
        values: what the callee may be.
        arguments: the arguments of the call, as in ``stores.facts.Call``.
        names: the names of the file with the call.
    """
    overloaded = [value for value in values if _function(value) is not None]
    if len(overloaded) < 2 or not inference.rules(names.file_id).overloads:
        return values
    chosen = [value for value in overloaded if _takes(_parameters(inference, value), len(arguments))]
    if len(chosen) > 1:
        given = [inference.evaluate(argument, names) for argument in arguments]
        scores = [_score(inference, value, arguments, given) for value in chosen]
        chosen = [value for value, score in zip(chosen, scores, strict=True) if score == max(scores)]
    if not chosen:
        return values
    return tuple(value for value in values if _function(value) is None or value in chosen)


def _function(value: Value) -> Definition | None:
    return value.function if isinstance(value, Bound) else value if isinstance(value, Definition) else None


def _parameters(inference: "Outcomes", value: Value) -> Sequence[LinkParameter]:
    function = _function(value)
    return inference.names_of(function.file_id).parameters.get(function.position, []) if function is not None else []


def _takes(parameters: Sequence[LinkParameter], count: int) -> bool:
    most = len(parameters)
    variadic = any(parameter.kind in _VARIADIC for parameter in parameters)
    least = sum(parameter.kind not in _VARIADIC and parameter.value is None for parameter in parameters)
    return least <= count and (variadic or count <= most)


def _score(inference: "Outcomes", value: Value, arguments: tuple[Expr, ...], given: list[Values]) -> int:
    """Return how many arguments are known to fit their parameters, less those known not to."""
    function = _function(value)
    if function is None:
        return 0
    names = inference.names_of(function.file_id)
    score = 0
    for parameter, expr, values in zip(_parameters(inference, value), arguments, given, strict=False):
        if parameter.type is None:
            continue
        written = decoded(parameter.type)
        if expr[0] == "literal" and len(written) > 1 and isinstance(written[-1], str):
            score += 1 if written[-1] == expr[1] else -1
        wanted = {v.cls for v in inference.declared(parameter.type, names) if isinstance(v, Instance)}
        known = [v.cls for v in values if isinstance(v, Instance)]
        if wanted and known:
            score += 1 if any(c in wanted for cls in known for c in inference.order(cls)[0]) else -1
    return score
