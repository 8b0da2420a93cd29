"""What does a collection hold?

Elements by iterating, by key and by position, of displays, comprehensions, generators, annotated collections and of
what is put into a variable.
"""

from mcp_server.indexing.annotations import Annotations
from mcp_server.indexing.values import (
    BUILT_IN,
    RECEIVER,
    Bound,
    Definition,
    Filled,
    Generated,
    Instance,
    Outside,
    OwnClass,
    Row,
    Typed,
    Value,
    Values,
    Written,
    distinct,
)
from stores.facts import Expr

_NO_ARGUMENTS: tuple[Expr, ...] = ()


class Elements(Annotations):
    """Collections to elements."""

    def elements(self, values: Values) -> Values:
        """Return what iterating over values gives."""
        return distinct([element for value in values for element in self._iterated(value)])

    def at(self, values: Values, key: Expr | None) -> Values:
        """Return what values hold at a key, None for any."""
        return distinct([element for value in values for element in self._at(value, key)])

    def _iterated(self, value: Value) -> Values:
        if isinstance(value, Row):
            return (Row(value.parts, repeated=False),) if value.repeated else _any(value)
        if isinstance(value, Typed):
            names = self.names_of(value.file_id)
            chosen = value.arguments if value.role == "tuple" else value.arguments[:1]
            return tuple(v for expr in chosen for v in self.instances(expr, names)) or (RECEIVER,)
        if isinstance(value, Written):
            if value.expr[0] == "mapping" or (value.expr[0] == "each" and value.expr[1] == "dict"):
                return self._keys(value)
            return self._at(value, None)
        if isinstance(value, (Filled, Generated)):
            return self._at(value, None)
        if isinstance(value, (Instance, OwnClass)) or (isinstance(value, Definition) and self.is_class(value)):
            return self._of_object(value)
        return (value if isinstance(value, Outside) else RECEIVER,)

    def _keys(self, value: Written) -> Values:
        names = self.names_of(value.file_id)
        if value.expr[0] == "each":
            return (RECEIVER,)
        keys = [entry[0] for entry in value.expr[2:] if entry[0][0] not in ("splat", "literal", "other")]
        return distinct([v for key in keys for v in self.evaluate(key, names)]) or (BUILT_IN,)

    def _of_object(self, value: Value) -> Values:
        if not isinstance(value, Instance):
            cls = value.cls if isinstance(value, OwnClass) else value
            return (Instance(cls),) if isinstance(cls, Definition) else (RECEIVER,)
        rules = self.rules(value.cls.file_id)
        found: list[Value] = []
        for iterator in self._called(value, rules.iterated):
            if isinstance(iterator, Instance):
                found += self._called(iterator, rules.following)
            else:
                found += self._iterated(iterator)
        return tuple(found) or self._field(value, None) or self._called(value, rules.indexed) or (RECEIVER,)

    def _called(self, value: Value, members: tuple[str, ...]) -> Values:
        """Return what calling the first of ``members`` that an object has gives."""
        names = self.names_of(value.cls.file_id) if isinstance(value, Instance) else None
        for name in members if names is not None else ():
            bound = [m for m in self.member(value, name) if isinstance(m, Bound)]
            if bound and names is not None:
                return distinct(
                    [r for m in bound for r in self.results(m.function, m.receiver, (_NO_ARGUMENTS, names))]
                )
        return ()

    def _at(self, value: Value, key: Expr | None) -> Values:
        place = int(key[2]) if key and key[:2] == ("literal", "int") and len(key) > 2 else None
        if isinstance(value, Row):
            if value.repeated:
                return (Row(value.parts, repeated=False),)
            return value.parts[place] if place is not None and place < len(value.parts) else _any(value)
        if isinstance(value, Typed):
            return self._typed_at(value, place)
        if isinstance(value, Written):
            # A collection may be made of its own elements.
            return self.remembered(("at", value, key), lambda: self._written_at(value, key, place))
        if isinstance(value, Filled):
            return self._filled_at(value, key)
        if isinstance(value, Generated):
            return self.generated(value)
        if isinstance(value, Instance):
            return (
                self._field(value, place) or self._called(value, self.rules(value.cls.file_id).indexed) or (RECEIVER,)
            )
        if isinstance(value, Definition) and self.is_class(value):
            return (value,)  # a generic class with its parameters
        return (value if isinstance(value, Outside) else RECEIVER,)

    def _field(self, value: Instance, place: int | None) -> Values:
        """Return what a class whose objects are tuples of its fields has at a place."""
        names = self.names_of(value.cls.file_id)
        bases = [b for expr in names.bases.get(value.cls.position, []) for b in self.evaluate(expr, names)]
        records = self.rules(value.cls.file_id).records
        if not any(isinstance(b, Outside) and b.name in records for b in bases):
            return ()
        fields = [s for s in names.symbols.values() if s.parent == value.cls.position and s.kind == "field"]
        chosen = fields if place is None else fields[place : place + 1]
        return distinct([m for each in chosen for m in self.member(value, each.name)])

    def _typed_at(self, value: Typed, place: int | None) -> Values:
        names, arguments = self.names_of(value.file_id), value.arguments
        chosen = arguments[-1:] if value.role == "values" else arguments[:1]
        if value.role == "tuple":
            homogeneous = len(arguments) == 2 and arguments[1] == ("other",)
            exact = place is not None and place < len(arguments) and not homogeneous
            chosen = arguments[place : place + 1] if exact and place is not None else arguments
        return distinct([v for expr in chosen for v in self.instances(expr, names)]) or (RECEIVER,)

    def _written_at(self, value: Written, key: Expr | None, place: int | None) -> Values:
        names, expr = self.names_of(value.file_id), value.expr
        if expr[0] == "each":
            return self.evaluate(expr[2], names)
        if expr[0] == "mapping":
            entries = [entry for entry in expr[2:] if entry[0][0] != "splat"]
            exact = [e for e in entries if e[0] == key] if key is not None and key[0] == "literal" else []
            if _is_constant(key) and not exact:
                entries = [e for e in entries if not _is_constant(e[0])]
            found = [v for entry in (exact or entries) for v in self.evaluate(entry[1], names)]
            if not exact:
                splats = [e for e in expr[2:] if e[0][0] == "splat"]
                found += [v for e in splats for v in self.at(self.evaluate(e[1], names), key)]
            return distinct(found)
        parts = expr[2:]
        splat = next((n for n, part in enumerate(parts) if part[0] == "splat"), len(parts))
        if place is not None and place < splat:
            return self.evaluate(parts[place], names)
        found = []
        for part in parts:
            found += self.elements(self.evaluate(part[1], names)) if part[0] == "splat" else self.evaluate(part, names)
        return distinct(found)

    def exactly_at(self, value: Value, key: Expr) -> Values:
        """Return what a mapping holds at a key for certain, () where it does not say."""
        # An object may be made of itself: ``this.options = {...this.options, a}``.
        return self.remembered(("exactly", value, key), lambda: self._held_at(value, key))

    def _held_at(self, value: Value, key: Expr) -> Values:
        if isinstance(value, Filled):
            names = self.names_of(value.file_id)
            return distinct(self.values_of([t for k, t in names.elements.get(value.expr, []) if k == key], names))
        if not isinstance(value, Written) or value.expr[0] != "mapping":
            return ()
        names, entries = self.names_of(value.file_id), value.expr[2:]
        found = [v for entry in entries if entry[0] == key for v in self.evaluate(entry[1], names)]
        for entry in entries if not found else ():
            if entry[0][0] == "splat":
                found += [v for each in self.evaluate(entry[1], names) for v in self.exactly_at(each, key)]
        return distinct(found)

    def _filled_at(self, value: Filled, key: Expr | None) -> Values:
        names = self.names_of(value.file_id)

        def find() -> Values:
            given = names.elements.get(value.expr, [])
            exact = [text for k, text in given if k == key] if _is_constant(key) else []
            # What is put in at another constant is not what stands there.
            texts = exact or [text for k, text in given if not (_is_constant(key) and _is_constant(k))]
            return distinct(self.values_of(texts, names)) or (RECEIVER,)

        return self.remembered((value, key), find)

    def sent(self, function: Definition) -> Values:
        """Return what a generator function is sent, as its annotation says."""
        names = self.names_of(function.file_id)
        result = names.symbols[function.position].result
        typed = self.declared(result, names) if result is not None else ()
        found = [
            v
            for each in typed
            if isinstance(each, Typed)
            for e in each.arguments[1:2]
            for v in self.instances(e, names)
        ]
        return distinct(found) or (RECEIVER,)

    def generated(self, value: Generated) -> Values:
        """Return what a generator function yields."""
        names = self.names_of(value.function.file_id)
        function = names.symbols[value.function.position]

        def find() -> Values:
            found: list[Value] = []
            if function.result is not None:
                owner = function.parent if function.parent >= 0 else None
                typed = [v for v in self.declared(function.result, names, owner) if isinstance(v, Typed)]
                found = [v for each in typed for v in self._iterated(each) if not isinstance(v, Outside)]
            if not found:
                for kind, text in names.results.get(value.function.position, []):
                    yielded = self.evaluated(text, names) if kind != "return" else ()
                    found += self.elements(yielded) if kind == "delegate" else yielded
            return distinct(found) or (RECEIVER,)

        return self.receivers(self.remembered(("yields", value.function), find), value.receiver)


def _is_constant(key: Expr | None) -> bool:
    """Say whether a key is written out, so that it is another than those that are written otherwise."""
    return key is not None and key[0] == "literal" and len(key) > 2


def _any(row: Row) -> Values:
    return distinct([value for part in row.parts for value in part])
