"""Can a function take these arguments at all?

Where a call with other arguments than a function has parameters for is an error, the function is not what is called.
"""

from collections.abc import Sequence

from stores.facts import Expr
from stores.linking import LinkParameter

_BY_POSITION = frozenset({"positional", "positional-only"})
_BY_NAME = frozenset({"positional", "keyword-only"})


def takes(parameters: Sequence[LinkParameter], arguments: Sequence[Expr]) -> bool:
    """Say whether parameters, without the receiver, take the arguments of a call.

    Args:
        parameters: as ``stores.facts.Parameter`` describes them.
        arguments: as in ``stores.facts.Call``; what is behind ``*`` or ``**`` may be any number of them.
    """
    kinds = {parameter.kind for parameter in parameters}
    by_position = [parameter for parameter in parameters if parameter.kind in _BY_POSITION]
    named = {argument[1] for argument in arguments if argument[0] == "keyword"}
    placed = sum(argument[0] not in ("keyword", "keywords", "splat") for argument in arguments)
    if placed > len(by_position) and "variadic" not in kinds:
        return False
    if "keyword-variadic" not in kinds and not named <= {p.name for p in parameters if p.kind in _BY_NAME}:
        return False
    if any(parameter.kind in _BY_NAME and parameter.name in named for parameter in by_position[:placed]):
        return False
    if any(argument[0] in ("keywords", "splat") for argument in arguments):
        return True
    left = [*by_position[placed:], *(parameter for parameter in parameters if parameter.kind == "keyword-only")]
    given = {parameter.name for parameter in left if parameter.kind in _BY_NAME} & named
    return all(parameter.value is not None or parameter.name in given for parameter in left)
