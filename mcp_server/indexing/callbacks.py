"""What does a function get that is handed to another function?

A function without a declared type of its own parameters has them from the parameter it is passed for:
``doc.indented((inner) => …)`` where ``indented`` takes a ``(inner: Doc) => void``.
"""

from collections.abc import Iterator

from mcp_server.indexing.memory import decoded
from mcp_server.indexing.outcomes import Outcomes
from mcp_server.indexing.values import PARAMETER, Bound, Definition, Lambda, TypeVariable, Value, Values, distinct
from stores.facts import Expr
from stores.linking import Names


class Callbacks(Outcomes):
    """Parameters of functions that are arguments."""

    def handed(self, expr: Expr, names: Names) -> Values:
        """Return what ("handed", callee, argument, parameter, *type) stands for; ``type`` is that of the call."""
        _, callee, argument, parameter, *expected = expr
        found: list[Value] = []
        for value in self.evaluate(callee, names):
            function = value.function if isinstance(value, Bound) else value
            if isinstance(function, Definition) and not self.is_class(function):
                given = self._given_to(function, argument, parameter, names, expected)
                found += self.receivers(distinct(given), value.receiver if isinstance(value, Bound) else None)
        return distinct(found) or (PARAMETER,)

    def _given_to(
        self, function: Definition, argument: int, parameter: int, names: Names, expected: list[Expr]
    ) -> list[Value]:
        """Return what a function gives to the parameter of its own function parameter ``argument``."""
        own = self.names_of(function.file_id)
        taken = own.parameters.get(function.position, [])
        declared = taken[argument].type if argument < len(taken) else None
        found: list[Value] = []
        for value in self.instances(decoded(declared), own) if declared is not None else ():
            if isinstance(value, Lambda) and parameter < len(value.types):
                for given in self.instances(value.types[parameter], self.names_of(value.file_id)):
                    if isinstance(given, TypeVariable):
                        found += list(self._fitting(given, function, names, expected)) or given.bound
                    else:
                        found.append(given)
        return found

    def _fitting(
        self, variable: TypeVariable, function: Definition, names: Names, expected: list[Expr]
    ) -> Iterator[Value]:
        """Yield what a type parameter must be for the call to be of the type that is ``expected`` of it."""
        own = self.names_of(function.file_id)
        result = own.symbols[function.position].result
        if result is None or not expected:
            return
        for declared, wanted in zip(_arguments(decoded(result)), _arguments(expected[0]), strict=False):
            if variable in self.instances(declared, own):
                yield from self.instances(wanted, names)


def _arguments(expr: Expr) -> tuple[Expr, ...]:
    """Return the arguments of a generic type."""
    if expr[0] != "subscript" or len(expr) < 3:
        return ()
    return expr[2][2:] if expr[2][:2] == ("items", "tuple") else expr[2:]
