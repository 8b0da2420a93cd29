"""What does a definition name besides what it calls?

Types in annotations, type tests and ``except``; decorators; the fields that a class assigns to on its own objects;
functions that are values, passed on or kept ("callback": the place hands the function over, it does not call it).
What a name stands for is what the linker finds for calls, too.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from mcp_server.indexing.annotations import spelled
from mcp_server.indexing.infer import Inference
from mcp_server.indexing.memory import decoded
from mcp_server.indexing.strategy import found
from mcp_server.indexing.values import Bound, Definition, Outside
from stores.facts import MODULE, Expr
from stores.linking import CallSite, GivenValue, LinkSymbol, Names, Reference, expression
from stores.rows import decode, encode

# Type expressions are followed this deep into their arguments, as those that calls are resolved with.
MAX_NESTING = 12
# Of one type expression so many names are looked at: a written type has a handful, a generated union thousands.
MAX_NAMES = 64

_NAMED = frozenset({"name", "free", "implicit", "definition", "attribute"})
# What arguments that name anything hold as JSON: those of many calls do not, and need not be read.
_NAMES = re.compile(r'\["(?:name|attribute|free|implicit|definition)"')
_FUNCTIONS = frozenset({"function", "method"})
# How a stored value begins that is a name, or a collection written out.
_HOLDS = tuple(f'["{kind}"' for kind in ("name", "attribute", "free", "implicit", "definition", "items", "mapping"))
# A type is a class or an alias; what only groups names is none.
_TYPES = frozenset({"class", "interface", "trait", "enum", "struct", "type"})


def _held(value: Expr, depth: int) -> Iterator[Expr]:
    """Yield the names that a value is, or that stand in it where it is a collection written out."""
    if value[0] in _NAMED:
        yield value
    elif value[0] in ("items", "mapping") and depth < MAX_NESTING:
        parts = (
            value[2:] if value[0] == "items" else [given for key_and_value in value[2:] for given in key_and_value[1:]]
        )
        for part in parts:
            yield from _held(part, depth + 1)


class References:
    """The references of one file at a time."""

    def __init__(self, inference: Inference, names: Names) -> None:
        self._inference = inference
        self._names = names
        self._rules = inference.rules(names.file_id)
        self._types: dict[str, tuple[tuple[int, str], ...]] = {}
        self._handed: dict[Expr, tuple[tuple[int, str], ...]] = {}
        self._rows: dict[Reference, None] = {}

    def rows(self, given: Iterable[GivenValue]) -> Iterable[Reference]:
        """Return all references of the file, without repetitions; ``given`` are its assignments."""
        for position, symbol in self._names.symbols.items():
            self._declared(position, symbol)
        for assignment in given:
            self._assigned(assignment)
        return self._rows

    def call(self, call: CallSite) -> None:
        """Note what a call names in its arguments."""
        if _NAMES.search(call.arguments) is None:
            return
        arguments = decode(call.arguments)
        if self._rules.functions.get(call.name) == "cast":
            for cast in arguments[:1]:
                self._type(call.scope, call.line, encode(cast))
        elif call.callee[0] == "builtin" and call.name in self._rules.type_tests:
            for tested in arguments[1:2]:
                self._type(call.scope, call.line, encode(tested))
            return
        for argument in arguments:
            value = argument[2] if argument[0] == "keyword" else argument
            for named in islice(_held(value, 0), MAX_NAMES):
                self._passed(call.scope, call.line, named)

    def _declared(self, position: int, symbol: LinkSymbol) -> None:
        if symbol.result is not None:
            self._type(position, symbol.line, symbol.result)
        for parameter in self._names.parameters.get(position, ()):
            if parameter.type is not None:
                self._type(position, symbol.line, parameter.type)
        for base in self._names.bases.get(position, ()):
            if base[0] == "subscript":
                self._add_types(position, symbol.line, [t for each in base[2:] for t in self._types_in(each)])
        if symbol.decorations != "[]":
            for decoration in decoded(symbol.decorations):
                named = decoration[1] if decoration[0] == "call" else decoration
                for target, how in self._definitions(named, _FUNCTIONS | _TYPES):
                    self._add(position, target, "decorator", symbol.first_line, how)

    def _assigned(self, given: GivenValue) -> None:
        if given.type is not None:
            self._type(given.scope, given.line, given.type)
        if given.value.startswith('["instance"'):
            self._add_types(given.scope, given.line, self._types_in(expression(given.value)[1]))
            return
        if given.target.startswith('["attribute"'):
            self._written(given)
        if given.value.startswith(_HOLDS):
            for value in islice(_held(decode(given.value), 0), MAX_NAMES):
                self._passed(given.scope, given.line, value)

    def _written(self, given: GivenValue) -> None:
        """Note the field of the own class, or of an ancestor, that an assignment to ``self.name`` writes."""
        _, receiver, name = decode(given.target)
        if receiver[0] not in ("self", "class"):
            return
        for owner in self._inference.owners(Definition(self._names.file_id, receiver[1])):
            names = self._inference.names_of(owner.file_id)
            position = names.field_named(owner.position, name)
            if position is not None:
                self._add(given.scope, names.symbols[position].id, "write", given.line, "self")
                return

    def _passed(self, scope: int, line: int, argument: Expr) -> None:
        """Note the function that a name or attribute is."""
        if argument[0] == "name" and not self._may_be_function(argument):
            return
        handed = self._handed.get(argument)
        if handed is None:
            handed = self._handed[argument] = tuple(self._definitions(argument, _FUNCTIONS))
        for target, how in handed:
            self._add(scope, target, "callback", line, how)

    def _may_be_function(self, name: Expr) -> bool:
        bindings = self._names.bindings.get((name[1], name[2]), ())
        return any(binding.symbol is not None or binding.module is not None for binding in bindings)

    def _definitions(self, expr: Expr, kinds: frozenset[str]) -> Iterator[tuple[int, str]]:
        """Yield (symbol id, strategy) of the definitions of these kinds that an expression may be."""
        if expr[0] not in _NAMED:
            return
        for value, how in found(self._inference, expr, self._names):
            target = value.function if isinstance(value, Bound) else value
            if isinstance(target, Definition):
                symbol = self._inference.symbol(*target)
                if symbol.kind in kinds:
                    yield symbol.id, how

    # Types

    def _type(self, scope: int, line: int, text: str) -> None:
        """Note the types that a type expression, as JSON, names."""
        types = self._types.get(text)
        if types is None:
            types = self._types[text] = self._types_in(expression(text))
        self._add_types(scope, line, types)

    def _types_in(self, expr: Expr) -> tuple[tuple[int, str], ...]:
        """Return (symbol id, strategy) of the types of this root that a type expression names."""
        named = islice(self._named(expr, 0), MAX_NAMES)
        return tuple(dict.fromkeys(target for name in named for target in self._definitions(name, _TYPES)))

    def _named(self, expr: Expr, depth: int) -> Iterator[Expr]:
        """Yield the names in a type expression, those of its arguments, too."""
        kind, parts = expr[0], expr[1:]
        if depth > MAX_NESTING:
            return
        if kind in _NAMED:
            yield expr
        elif kind == "literal":
            name = spelled(expr[2], self._names) if expr[1] == "str" and len(expr) > 2 else None
            yield from () if name is None else (name,)
        elif kind == "subscript":
            yield from self._named(expr[1], depth + 1)
            parts = self._type_arguments(expr)
        elif kind in ("items", "operator"):
            parts = expr[2:]
        if kind in ("subscript", "items", "operator", "union", "lambda"):
            for part in parts:
                yield from self._named(part, depth + 1)

    def _type_arguments(self, expr: Expr) -> tuple[Expr, ...]:
        """Return the arguments of a generic type that are types: none of ``Literal``, the first of ``Annotated``."""
        arguments: tuple[Expr, ...] = expr[2][2:] if len(expr) > 2 and expr[2][:2] == ("items", "tuple") else expr[2:]
        roles = {
            self._rules.types.get(value.name)
            for value in self._inference.evaluate(expr[1], self._names)
            if isinstance(value, Outside)
        }
        return () if "nothing" in roles else arguments[:1] if "argument" in roles else arguments

    def _add_types(self, scope: int, line: int, types: Iterable[tuple[int, str]]) -> None:
        for target, how in types:
            self._add(scope, target, "type", line, how)

    def _add(self, scope: int, target: int, kind: str, line: int, how: str) -> None:
        source = None if scope == MODULE else self._names.symbols[scope].id
        self._rows.setdefault(Reference(source, target, kind, line, how))
