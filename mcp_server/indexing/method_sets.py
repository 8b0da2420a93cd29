"""Which methods of interfaces does a method stand in for, where no type says what it implements?

A type implements an interface that has no method which the type has not (https://go.dev/ref/spec#Method_sets), its own
or one of a type that it embeds. Names decide first, then parameters and results as far as their types are known.
Pointers are taken for what they point at.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mcp_server.indexing.infer import Inference
from mcp_server.indexing.memory import decoded
from mcp_server.indexing.values import Definition
from stores import linking
from stores.facts import MODULE, Expr
from stores.linking import LinkFile, Names
from stores.relations import Relations

# Interfaces with a method of one name that are looked at. No name is in more than five of Go 1.19's net packages, but
# generated clients have hundreds of interfaces with the same methods, which their parameters tell apart.
MAX_INTERFACES = 1_024
# Structs that embed a type, directly or not, by which its methods may come to be those of an interface.
MAX_EMBEDDING = 64
# Methods that must be known of an interface that is in part declared elsewhere: one alone says too little.
MIN_KNOWN = 2
# A type is compared this deep into its elements, parameters and results.
MAX_DEPTH = 6
# Sets and signatures that are kept while linking (about 500 bytes each), as ``memory.MAX_CACHED_VALUES``.
MAX_CACHED = 20_000

# Two names of one type.
_SAME = {"byte": "uint8", "rune": "int32"}


class _Methods(NamedTuple):
    """The methods of a type by name, whether these are all, and the files that say so."""

    by_name: Mapping[str, Definition]
    whole: bool
    read: frozenset[int]


class MethodSets:
    """The methods that types have, and which interfaces have no others."""

    def __init__(self, relations: Relations, files: Mapping[int, LinkFile], inference: Inference) -> None:
        """Take what the linker works with."""
        self._relations = relations
        self._files = files
        self._inference = inference
        self._sets: dict[Definition, _Methods] = {}
        self._signatures: dict[Definition, tuple[Any, frozenset[int]]] = {}
        self._interfaces: OrderedDict[tuple[str, str], list[Definition]] = OrderedDict()
        self._embedding: dict[str, dict[str, list[tuple[int, int]]]] = {}

    def forget(self) -> None:
        """Forget what was found when it is much; call between two files."""
        if len(self._sets) + len(self._signatures) > MAX_CACHED:
            self._sets.clear()
            self._signatures.clear()

    def implemented(self, names: Names) -> Iterator[tuple[int, int]]:
        """Yield (method, method of an interface that it may run instead of) for a file's methods: ids of symbols."""
        for cls, own in self._types(names).items():
            candidates = dict.fromkeys(i for name in own for i in self._interfaces_with(name, names.file_id))
            carriers = [cls, *self._embedders(cls)] if candidates else []
            found: dict[tuple[int, int], None] = {}
            for interface in candidates:
                for carrier in carriers:
                    if self._implements(carrier, interface):
                        found.update(dict.fromkeys(self._pairs(carrier, interface, own)))
            yield from found

    def _types(self, names: Names) -> dict[Definition, dict[str, Definition]]:
        """Return the types of this root that the methods of a file belong to, and those by name."""
        found: dict[Definition, dict[str, Definition]] = {}
        for position, symbol in names.symbols.items():
            owner = names.symbols.get(symbol.parent)
            if symbol.kind == "method" and owner is not None and owner.kind == "impl":
                cls = self._inference.extended(Definition(names.file_id, symbol.parent))
                if self._inference.symbol(*cls).kind != "impl":
                    found.setdefault(cls, {}).setdefault(symbol.name, Definition(names.file_id, position))
        return found

    def _interfaces_with(self, method: str, file_id: int) -> list[Definition]:
        """Return the interfaces in the language of a file that declare a method of this name."""
        language = self._files[file_id].language
        key = (language, method)
        found = self._interfaces.get(key)
        if found is None:
            rows = linking.interfaces_with(self._relations, method, language, MAX_INTERFACES)
            found = self._interfaces[key] = [Definition(*row) for row in rows]
            if len(self._interfaces) > MAX_CACHED:
                self._interfaces.popitem(last=False)
        return found

    def _embedders(self, cls: Definition) -> list[Definition]:
        """Return the structs that have the methods of ``cls`` because they embed it, the nearest first."""
        language = self._files[cls.file_id].language
        if language not in self._embedding:
            self._embedding[language] = linking.embedding(self._relations, language)
        found: list[Definition] = []
        waiting = [cls]
        for embedded in waiting:
            for row in self._embedding[language].get(self._inference.symbol(*embedded).name, ()):
                struct = Definition(*row)
                known = len(found) >= MAX_EMBEDDING or struct in (cls, *found)
                if not known and embedded in self._inference.bases_of(struct):
                    found.append(struct)
                    waiting.append(struct)
        return found

    def _implements(self, cls: Definition, interface: Definition) -> bool:
        has, wanted = self._methods(cls).by_name, self._methods(interface)
        if not wanted.by_name.keys() <= has.keys() or (not wanted.whole and len(wanted.by_name) < MIN_KNOWN):
            return False
        return all(self._stands_in(has[name], name, of) for name, of in wanted.by_name.items())

    def _stands_in(self, method: Definition, name: str, of: Definition) -> bool:
        # A name in lower case is another one in every package.
        if not name[:1].isupper() and self._folder(method) != self._folder(of):
            return False
        return _agree(self._signature(method), self._signature(of))

    def _folder(self, method: Definition) -> str:
        return self._files[method.file_id].path.rpartition("/")[0]

    def _pairs(
        self, cls: Definition, interface: Definition, own: Mapping[str, Definition]
    ) -> Iterator[tuple[int, int]]:
        """Yield those methods that are ``own`` of what ``cls`` has, with the interface's own methods of the name."""
        has = self._methods(cls).by_name
        for name, method in self._methods(interface).by_name.items():
            declared = self._inference.symbol(*method)
            if has[name] == own.get(name) and (method.file_id, declared.parent) == interface:
                yield self._inference.symbol(*has[name]).id, declared.id

    def _methods(self, cls: Definition) -> _Methods:
        """Return the methods of a type: its own, then those of what it embeds."""
        found = self._sets.get(cls)
        if found is None:
            by_name: dict[str, Definition] = {}
            with self._inference.afresh() as read:
                for owner in self._inference.owners(cls):
                    names = self._inference.names_of(owner.file_id)
                    for position in names.methods_of(owner.position):
                        by_name.setdefault(names.symbols[position].name, Definition(owner.file_id, position))
                whole = self._inference.order(cls)[1]
            found = self._sets[cls] = _Methods(by_name, whole, frozenset(read))
        self._inference.used(found.read)
        return found

    def _signature(self, method: Definition) -> Any:
        """Return what a method takes and gives, to be compared; None for what is not known."""
        found = self._signatures.get(method)
        if found is None:
            with self._inference.afresh() as read:
                names = self._inference.names_of(method.file_id)
                result = names.symbols[method.position].result
                taken = tuple(
                    (each.kind, self._type(decoded(each.type), names) if each.type else None)
                    for each in names.parameters.get(method.position, ())
                )
                given = self._type(decoded(result), names) if result else ()
            found = self._signatures[method] = ((taken, given), frozenset(read))
        self._inference.used(found[1])
        return found[0]

    def _type(self, expr: Expr, names: Names, depth: int = 0) -> Any:
        """Return what tells a type from others, None where it is not known, as of type parameters."""
        kind = expr[0]
        if kind == "builtin":
            return None if expr[1] == "any" else _SAME.get(expr[1], expr[1])
        if kind == "lambda":
            return "func"
        if kind in ("subscript", "items") and depth < MAX_DEPTH:
            parts = expr[1:] if kind == "subscript" else expr[2:]
            return tuple(self._type(part, names, depth + 1) for part in parts)
        if kind in ("free", "attribute") or (kind == "name" and expr[1] == MODULE):
            return self._named(expr, names)
        return None

    def _named(self, expr: Expr, names: Names) -> Any:
        for value in self._inference.evaluate(expr, names):
            if isinstance(value, Definition):
                # One that stands for another type is that type.
                alias = self._inference.symbol(*value).kind == "type" and self._inference.bases_of(value)
                return None if alias else value
        if expr[0] != "attribute" or expr[1][0] != "name":
            return None
        bound = names.bindings.get((expr[1][1], expr[1][2]), [])
        return next(((b.module, expr[2]) for b in bound if b.module is not None), None)


def _agree(one: Any, other: Any) -> bool:
    """Say whether two types may be the same; what is not known may be anything."""
    if one is None or other is None:
        return True
    if isinstance(one, tuple) and isinstance(other, tuple) and not isinstance(one, Definition):
        return len(one) == len(other) and all(map(_agree, one, other))
    return bool(one == other)
