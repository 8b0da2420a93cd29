"""What is meant by a name that is a type and an object at once?

In Scala an object may stand beside a class of its name
(https://scala-lang.org/files/archive/spec/2.13/05-classes-and-objects.html). ``new`` and types mean the class, members
are those of the object, and a call runs the object's ``apply``; a case class has one without a word.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mcp_server.indexing.values import Bound, Definition, Instance, Value, Values, distinct
from stores.linking import Names

if TYPE_CHECKING:
    from mcp_server.indexing.outcomes import Outcomes

_APPLY = "apply"
# The flag of a class whose name can be called.
_CASE = "case"


def receivers(inference: "Outcomes", values: Values, names: Names) -> Values:
    """Return the values whose members are meant: of an object, not of the type beside it, and of what functions give.

    A function is called before it is asked for a member: the brackets of one without parameters are left out.
    """
    beside = any(inference.is_object(value) for value in values)
    found: list[Value] = []
    for value in values:
        function = value.function if isinstance(value, Bound) else value
        if not isinstance(function, Definition) or inference.is_object(function):
            found.append(value)
        elif not inference.is_class(function):
            found += inference.called(value, ((), names))
        elif not beside:
            found.append(value)
    return distinct(found)


def applied(inference: "Outcomes", values: Iterable[Value]) -> Iterator[tuple[Value, Value]]:
    """Yield what runs when values are called, each with the value that it comes from."""
    given = tuple(values)
    has_class = any(_is_class(inference, value) for value in given)
    applies = {value: inference.member(value, _APPLY) for value in given if inference.is_object(value)}
    named = any(isinstance(each, Definition) for found in applies.values() for each in found)
    for value in given:
        if value in applies:
            found = [each for each in applies[value] if isinstance(each, Definition) or not has_class]
            yield from ((each, value) for each in found)
        elif isinstance(value, Instance):
            bound = [each for each in inference.member(value, _APPLY) if isinstance(each, Bound)]
            yield from ((each, value) for each in bound or (value,))
        elif not named or not isinstance(value, Definition) or not _is_plain_class(inference, value):
            yield value, value


def are_rivals(inference: "Outcomes", values: Values) -> bool:
    """Say whether a call may make an object of a case class or run the ``apply`` that is written beside it."""
    classes = [_is_class(inference, value) for value in values]
    return any(classes) and not all(classes)


def _is_class(inference: "Outcomes", value: Value) -> bool:
    return isinstance(value, Definition) and not inference.is_object(value) and inference.is_class(value)


def _is_plain_class(inference: "Outcomes", value: Definition) -> bool:
    return _is_class(inference, value) and _CASE not in inference.symbol(*value).flags
