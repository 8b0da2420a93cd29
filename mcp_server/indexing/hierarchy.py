"""Where does a class get a member from?

Class hierarchies are linearised by C3 (Barrett et al., "A Monotonic Superclass Linearization for Dylan", 1996) or
depth first, as the language says. Members that are defined away from their type ("impl") belong to it.
"""

import re
from collections.abc import Iterator, Mapping

from mcp_server.indexing.values import Definition, Instance, OwnClass, Value, Values
from mcp_server.indexing.wildcards import Wildcards
from stores import linking
from stores.facts import MODULE, Expr
from stores.linking import MEMBER_KINDS, LinkFile, LinkSymbol, Names
from stores.relations import Relations

# A hierarchy is followed this many classes up, and of each class this many bases, so that none takes long.
MAX_ANCESTORS = 100
MAX_BASES = 32
# Definitions of members of one type that stand away from it.
MAX_IMPLS = 256

_Order = tuple[tuple[Definition, ...], bool, frozenset[int]]


class Hierarchy(Wildcards):
    """Base classes and the order in which they are searched."""

    def __init__(self, relations: Relations, files: Mapping[int, LinkFile]) -> None:
        super().__init__(relations, files)
        self._orders: dict[Definition, _Order] = {}
        self._bases: dict[Definition, tuple[tuple[Definition | None, ...], frozenset[int]]] = {}
        self._named: dict[str, list[tuple[int, int]]] = {}
        # Of each part all parts, and their files.
        self._parts: dict[Definition, tuple[list[Definition], frozenset[int]]] = {}
        self._in_base = False
        self._impl_names = linking.impl_names(self._relations)

    def forget(self) -> None:
        """Forget values and hierarchies when there are many; call between two files."""
        super().forget()
        if not self._whole:
            self._orders.clear()
            self._bases.clear()
            self._named.clear()
            self._parts.clear()

    def is_class(self, value: Definition) -> bool:
        """Say whether a symbol has members."""
        names = self.names_of(value.file_id)
        symbol = names.symbols[value.position]
        if symbol.kind != "type":
            return symbol.kind in MEMBER_KINDS
        # One that stands for another type has that one's members; a type of its own may have some.
        return all(b.value is None for b in names.bindings.get((symbol.parent, symbol.name), ()))

    def order(self, cls: Definition) -> tuple[tuple[Definition, ...], bool]:
        """Return a class and its ancestors in the order they are searched, and whether all are in this root."""
        if self._in_base:
            # The bases of a class must not depend on the bases of others, which may depend on its own.
            return (cls,), False
        found = self._orders.get(cls)
        if found is None:
            with self.afresh() as read:
                order = self._linearised(cls, {}, 0)
                known = len(order) < MAX_ANCESTORS and all(None not in self.bases_of(owner) for owner in order)
            found = self._orders[cls] = (tuple(order), known, frozenset(read))
        self._read |= found[2]
        return found[0], found[1]

    def _linearised(self, cls: Definition, done: dict[Definition, list[Definition]], depth: int) -> list[Definition]:
        if cls not in done:
            done[cls] = [cls]  # a class that inherits from itself ends here
            if depth < MAX_ANCESTORS:
                bases = [self._linearised(base, done, depth + 1) for base in self.bases_of(cls) if base]
                merged = _merge(bases) if self.rules(cls.file_id).order == "c3" else [c for b in bases for c in b]
                done[cls] = list(dict.fromkeys([cls, *merged]))[:MAX_ANCESTORS]
        return done[cls]

    def bases_of(self, cls: Definition) -> tuple[Definition | None, ...]:
        """Return the base classes, None for one that is not in this root."""
        found = self._bases.get(cls)
        if found is None:
            with self.afresh() as read:
                parts = [(part, self.names_of(part.file_id)) for part in (cls, *self._other_parts(cls))]
                given = [(expr, names) for part, names in parts for expr in names.bases.get(part.position, [])]
                exprs = [(expr, names) for expr, names in given if expr != ("builtin", "object")]
                bases = tuple(self.base(expr, names, cls) for expr, names in exprs[:MAX_BASES])
            found = self._bases[cls] = (bases, frozenset(read))
        self._read |= found[1]
        return found[0]

    def base(self, expr: Expr, names: Names, cls: Definition) -> Definition | None:
        """Return the class that the base ``expr`` of ``cls`` names, None when it is not in this root."""
        while expr[0] == "subscript":  # Generic[T]
            expr = expr[1]
        whole, cut, in_base = self._whole, self._cut, self._in_base
        if not in_base:
            self._whole, self._cut, self._in_base = {}, {}, True
        try:
            with self.afresh():
                for value in self.types(expr, names):
                    # `from x import A` and then `class A(A)`: a class is no base of its own.
                    if isinstance(value, Definition) and value != cls and self.is_class(value):
                        return value
                return None
        finally:
            self._whole, self._cut, self._in_base = whole, cut, in_base

    def types(self, expr: Expr, names: Names) -> Values:
        """Return what an expression stands for where only a type can stand."""
        values = self.evaluate(expr, names)
        if len(values) < 2 or not self.rules(names.file_id).companions:
            return values
        # An object or a function is meant only where no type stands beside it.
        return tuple(value for value in values if not self.is_object(value) and self._may_be_type(value)) or values

    def _may_be_type(self, value: Value) -> bool:
        return not isinstance(value, Definition) or self.symbol(*value).kind not in ("function", "method")

    def is_object(self, value: Value) -> bool:
        """Say whether a value is an object with a name of its own (Scala), or a module of Ruby."""
        return isinstance(value, Definition) and self.symbol(*value).kind == "module"

    def owners(self, cls: Definition, *, skip: bool = False) -> Iterator[Definition]:
        """Yield the scopes that hold members of ``cls``: itself, what adds to it, its ancestors; ``skip`` itself."""
        for owner in self.order(cls)[0][skip:]:
            yield owner
            impls = tuple(self._impls(owner))
            yield from impls
            # What an impl implements (`impl Trait for Type`) gives the type its default members.
            for trait in (base for impl in impls for base in self.bases_of(impl)[1:]):
                yield from self.order(trait)[0] if trait is not None else ()

    def extended(self, cls: Definition) -> Definition:
        """Return the type that ``cls`` adds members to, where it does; else itself."""
        if self.symbol(*cls).kind != "impl":
            return self.whole(cls)
        return next((base for base in self.bases_of(cls)[:1] if base is not None), cls)

    def whole(self, value: Definition) -> Definition:
        """Return the part that a type written in several parts is known by; itself for anything else."""
        parts = self._parts_of(value)
        return parts[0] if value in parts else value

    def open_type(self, name: str, names: Names) -> Values:
        """Return the type of a name that every file sees, () for none; of a class and a module neither is known."""
        language = self._files[names.file_id].language
        rows = linking.outermost_types(self._relations, name, language) if name[:1].isupper() else []
        return tuple(dict.fromkeys(self.whole(Definition(*row)) for row in rows))

    def in_other_parts(self, cls: Definition, name: str) -> list[Definition]:
        """Return what else has the name of a member, where parts of a type are not made for each other."""
        if not self.rules(cls.file_id).open_types:
            return []
        bound = (
            (part.file_id, self.names_of(part.file_id).bindings.get((part.position, name), ()))
            for part in self._parts_of(cls)
        )
        found = [Definition(file_id, b.symbol) for file_id, each in bound for b in each if b.symbol is not None]
        return [each for each in found if self.symbol(*each).kind in ("method", "function")]

    def is_of_class(self, member: Definition) -> bool:
        """Say whether a member of a class can be asked of the class itself; those of modules may have been lent."""
        symbol = self.symbol(*member)
        if not self.rules(member.file_id).open_types or symbol.kind not in ("method", "function"):
            return True
        if "static" in symbol.flags or symbol.parent == MODULE:
            return True
        return self.symbol(member.file_id, symbol.parent).kind != "class"

    def _other_parts(self, cls: Definition) -> list[Definition]:
        """Return the other parts of a type that is known by this one."""
        parts = self._parts_of(cls)
        return parts[1:] if parts[:1] == [cls] else []

    def _parts_of(self, value: Definition) -> list[Definition]:
        symbol = self.symbol(*value)
        if "partial" not in symbol.flags:
            return []
        known = self._parts.get(value)
        if known is None:
            rows = linking.parts(self._relations, symbol.id, MAX_IMPLS)
            found = [each for each in (Definition(*row) for row in rows) if self._same_language(each, value)]
            known = found, frozenset(part.file_id for part in found)
            self._parts.update(dict.fromkeys((value, *found), known))
        self.used(known[1])
        return known[0]

    def _same_language(self, one: Definition, other: Definition) -> bool:
        return self._files[one.file_id].language == self._files[other.file_id].language

    def defined(self, declared: Definition) -> Definition:
        """Return the definition of what is only declared (a C prototype, a C++ member); itself where none is known."""
        symbol = self.symbol(*declared)
        if "declaration" not in symbol.flags:
            return declared
        if not self._is_outermost(declared.file_id, symbol):
            cls = Definition(declared.file_id, symbol.parent)
            bound = (
                (impl.file_id, self.names_of(impl.file_id).bindings.get((impl.position, symbol.name), ()))
                for impl in self._impls(cls)
            )
            found = [Definition(file_id, b.symbol) for file_id, each in bound for b in each if b.symbol is not None]
        else:
            imports = self.rules(declared.file_id).imports
            named = (Definition(*row) for row in linking.functions_named(self._relations, symbol.name, MAX_IMPLS))
            found = [each for each in named if self.rules(each.file_id).imports == imports]
            # What is declared first and defined below, in the same file, is no other program's; it may be static.
            found = self._defined_beside(declared, symbol) or found
        if len(found) > 1:
            count = len(self.names_of(declared.file_id).parameters.get(declared.position, ()))
            found = [d for d in found if len(self.names_of(d.file_id).parameters.get(d.position, ())) == count]
        if len(found) > 1:
            found = [d for d in found if self._written_types(d) == self._written_types(declared)]
        # Two definitions of one name belong to two programs; in one file the preprocessor chooses between them.
        return found[0] if found and len({each.file_id for each in found}) == 1 else declared

    def chosen(self, function: Definition) -> Definition:
        """Return the first of the definitions of a function that the preprocessor chooses between; else itself."""
        symbol = self.symbol(*function)
        if not self.rules(function.file_id).open_namespaces or not self._is_outermost(function.file_id, symbol):
            return function
        types = self._written_types(function)
        same = (each for each in self._defined_beside(function, symbol) if self._written_types(each) == types)
        return next(same, function)

    def _is_outermost(self, file_id: int, symbol: LinkSymbol) -> bool:
        return symbol.parent == MODULE or self.symbol(file_id, symbol.parent).kind == "namespace"

    def _defined_beside(self, declared: Definition, symbol: LinkSymbol) -> list[Definition]:
        """Return the definitions of a declared function in its own file."""
        names = self.names_of(declared.file_id)
        bound = [b.symbol for b in names.bindings.get((symbol.parent, symbol.name), ()) if b.symbol is not None]
        functions = [at for at in bound if names.symbols[at].kind == symbol.kind]
        return [Definition(declared.file_id, at) for at in functions if "declaration" not in names.symbols[at].flags]

    def _written_types(self, function: Definition) -> list[str]:
        """Return the last name in the type of each parameter: a prototype and its definition agree in these."""
        parameters = self.names_of(function.file_id).parameters.get(function.position, ())
        return [re.findall(r'"([^"]*)"', parameter.type or '""')[-1] for parameter in parameters]

    def overridden(self, cls: Definition, name: str) -> Definition | None:
        """Return the method ``name`` of the nearest base class that has one."""
        for owner in self.owners(cls, skip=True):
            names = self.names_of(owner.file_id)
            found = [b.symbol for b in names.bindings.get((owner.position, name), []) if b.symbol is not None]
            if found:
                return Definition(owner.file_id, found[-1])
        return None

    def _impls(self, cls: Definition) -> Iterator[Definition]:
        yield from self._other_parts(cls)
        symbol = self.symbol(*cls)
        if symbol.name not in self._impl_names:
            return
        if symbol.name not in self._named:
            self._named[symbol.name] = linking.impls(self._relations, symbol.name, MAX_IMPLS)
        for file_id, position in self._named[symbol.name]:
            impl = Definition(file_id, position)
            if self._same_language(impl, cls) and self.bases_of(impl)[:1] == (cls,):
                yield impl

    def receivers(self, values: Values, receiver: Value | None) -> Values:
        """Return values found in a method as they are for the object or class that it was called on."""
        if not any(isinstance(v, OwnClass) or (isinstance(v, Instance) and v.own) for v in values):
            return values
        cls, own = None, False
        if isinstance(receiver, (Instance, OwnClass)):
            cls, own = receiver.cls, isinstance(receiver, OwnClass) or receiver.own
        elif isinstance(receiver, Definition):
            cls = receiver
        order = self.order(cls)[0] if cls is not None else ()
        received = (self._received(value, cls if own is not None else None, order, own=own) for value in values)
        if not isinstance(receiver, Instance) or receiver.arguments is None:
            return tuple(received)
        # What gives its receiver, gives it with its types.
        same = receiver._replace(arguments=None)
        return tuple(receiver if value == same else value for value in received)

    @staticmethod
    def _received(value: Value, cls: Definition | None, order: tuple[Definition, ...], *, own: bool) -> Value:
        if isinstance(value, Instance) and value.own:
            return Instance(cls, own) if cls is not None and value.cls in order else Instance(value.cls)
        if isinstance(value, OwnClass):
            if cls is None or value.cls not in order:
                return value.cls
            return OwnClass(cls) if own else cls
        return value


def _merge(orders: list[list[Definition]]) -> list[Definition]:
    """Merge the linearisations of the bases by C3; an inconsistent hierarchy takes the first head."""
    if len(orders) <= 1:
        return orders[0] if orders else []
    sequences = [list(order) for order in orders] + [[order[0] for order in orders]]
    merged: list[Definition] = []
    while sequences := [s for s in sequences if s]:
        heads = [s[0] for s in sequences]
        head = next((h for h in heads if not any(h in s[1:] for s in sequences)), heads[0])
        merged.append(head)
        sequences = [[d for d in s if d != head] for s in sequences]
    return list(dict.fromkeys(merged))
