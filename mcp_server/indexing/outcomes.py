"""What does a call give, and what does it hand to a function?

Results of functions, declared or as their ``return`` says, for the receiver and the arguments of the call; parameters
by their types and defaults; functions as their decorators have made them.
"""

from mcp_server.indexing.annotations import Arguments
from mcp_server.indexing.memory import decoded
from mcp_server.indexing.roles import Roles
from mcp_server.indexing.values import (
    PARAMETER,
    RECEIVER,
    Bound,
    Definition,
    Generated,
    Instance,
    Lambda,
    Outside,
    OwnClass,
    Taken,
    TypeVariable,
    Value,
    Values,
    Written,
    distinct,
    is_known,
)
from mcp_server.languages.resolution import Module
from stores.facts import MODULE, Expr
from stores.linking import LinkParameter, Names


class Outcomes(Roles):
    """Calls to values."""

    def called(self, value: Value, arguments: Arguments) -> Values:
        """Return what calling a value gives."""
        if isinstance(value, Definition):
            if self.is_class(value):
                return (Instance(value),)
            return self.results(value, None, arguments)
        if isinstance(value, OwnClass):
            return (Instance(value.cls, own=True),)
        if isinstance(value, Bound):
            return self.results(value.function, value.receiver, arguments)
        if isinstance(value, Lambda):
            return self.evaluate(value.expr, self.names_of(value.file_id))
        if isinstance(value, Instance):
            return self._called(value, self.rules(value.cls.file_id).called) or (RECEIVER,)
        if isinstance(value, Outside):
            return self.helped(value, arguments)
        return self.taken_called(value, arguments) if isinstance(value, Taken) else (RECEIVER,)

    def results(self, function: Definition, receiver: Value | None, arguments: Arguments) -> Values:
        """Return what calling a function of this root gives."""
        names = self.names_of(function.file_id)
        symbol = names.symbols[function.position]
        if symbol.kind not in ("function", "method", "property"):
            return (RECEIVER,)
        if "generator" in symbol.flags:
            return (Generated(function, receiver),)
        if symbol.result is not None and symbol.parent != MODULE:
            owner = Definition(function.file_id, symbol.parent)
            special = self.specialized(symbol.result, owner, receiver, function)
            if any(map(is_known, special)):
                return special
        found = self.remembered(("results", function), lambda: self._handed_out(function, names))
        return self.receivers(self._substituted(found, function, receiver, arguments), receiver)

    def _handed_out(self, function: Definition, names: Names) -> Values:
        symbol = names.symbols[function.position]
        declared: Values = ()
        if symbol.result is not None:
            owner = symbol.parent if symbol.parent != MODULE and symbol.kind != "function" else None
            declared = self.declared(symbol.result, names, owner)
            if any(not isinstance(v, Outside) for v in declared):
                return declared
        texts = [text for kind, text in names.results.get(function.position, []) if kind == "return"]
        found = [v for v in self.values_of(texts, names) if symbol.result is None or is_known(v)]
        return distinct([*found, *declared]) or (() if symbol.result else (RECEIVER,) if texts else ())

    def _substituted(
        self, values: Values, function: Definition, receiver: Value | None, arguments: Arguments
    ) -> Values:
        """Return results in which type parameters stand for what the call is given."""
        if not any(isinstance(v, TypeVariable) for v in values):
            return values
        found: list[Value] = []
        for value in values:
            found += (
                self._argument_of(value, function, receiver, arguments) if isinstance(value, TypeVariable) else (value,)
            )
        return distinct(found)

    def _argument_of(
        self, variable: TypeVariable, function: Definition, receiver: Value | None, arguments: Arguments
    ) -> Values:
        names = self.names_of(function.file_id)
        for position, parameter in enumerate(names.parameters.get(function.position, [])):
            if parameter.type is None:
                continue
            expr = decoded(parameter.type)
            if position == 0 and receiver is not None and variable in self.evaluate(expr, names):
                return (receiver,)
            of_class = expr[0] == "subscript" and len(expr) > 2
            inner = expr[2] if of_class else expr
            if inner[0] not in ("name", "attribute") or variable not in self.evaluate(inner, names):
                continue
            given = self.argument(arguments, position - (receiver is not None), parameter.name)
            if not of_class:
                return given
            if Outside("builtin", "type") in self.evaluate(expr[1], names) or self._makes_classes(expr[1], names):
                return distinct([Instance(v) for v in given if isinstance(v, Definition)]) or variable.bound
            return self.elements(given)
        return variable.bound or (PARAMETER,)

    def _makes_classes(self, expr: Expr, names: Names) -> bool:
        types = self.rules(names.file_id).types
        return any(isinstance(v, Outside) and types.get(v.name) == "type" for v in self.evaluate(expr, names))

    def argument(self, arguments: Arguments, position: int, name: str | None = None) -> Values:
        """Return what a call gives for a parameter, by keyword or position."""
        exprs, names = arguments
        for expr in exprs if name is not None else ():
            if expr[0] == "keyword" and expr[1] == name:
                return self.evaluate(expr[2], names)
        plain = [expr for expr in exprs if expr[0] not in ("keyword", "keywords")]
        if 0 <= position < len(plain) and all(expr[0] != "splat" for expr in plain[: position + 1]):
            return self.evaluate(plain[position], names)
        return ()

    # Parameters

    def parameter(self, function: Definition, name: str) -> Values:
        """Return what a parameter may be: its declared type, and what its default says."""
        return self.remembered(("parameter", function, name), lambda: self._received_by(function, name))

    def _received_by(self, function: Definition, name: str) -> Values:
        names = self.names_of(function.file_id)
        parameter = next((p for p in names.parameters.get(function.position, []) if p.name == name), None)
        if parameter is None:
            return (PARAMETER,)
        found = self._declared_parameter(parameter, function, names)
        if not any(is_known(v) for v in found) and parameter.value is not None:
            default = self.evaluated(parameter.value, names)
            found = [*found, *(v for v in default if is_known(v) and not isinstance(v, (Written, Module)))]
        return distinct(found) or (PARAMETER,)

    def _declared_parameter(self, parameter: LinkParameter, function: Definition, names: Names) -> list[Value]:
        if parameter.type is None:
            return [PARAMETER]
        symbol = names.symbols[function.position]
        owner = symbol.parent if symbol.kind in ("method", "property") else None
        if parameter.kind in ("variadic", "keyword-variadic"):
            return [self.collection_of(decoded(parameter.type), names, keyed=parameter.kind != "variadic")]
        return list(self.declared(parameter.type, names, owner))

    def decorated(self, function: Definition) -> Values:
        """Return what the decorators of a function have made of it."""
        symbol = self.symbol(*function)
        if symbol.decorations == "[]":
            return (function,)
        return self.remembered(("decorated", function), lambda: self._decorated(function, symbol.decorations))

    def _decorated(self, function: Definition, decorations: str) -> Values:
        names = self.names_of(function.file_id)
        values: Values = (function,)
        for decorator in reversed(decoded(decorations)):
            made = distinct(
                [
                    v
                    for d in self.evaluate(decorator, names)
                    for v in self.called(d, ((("definition", function.position),), names))
                ]
            )
            values = tuple(v for v in made if is_known(v)) or values
        return values
