"""Which definition does a call reach?

Call sites -> edges, tier by tier: what scopes, imports, re-exports, aliases and the class hierarchy say for
certain, then a method name that only one class in the project has. What stays unresolved keeps the reason.
Class hierarchies are linearised by C3 (Barrett et al., "A Monotonic Superclass Linearization for Dylan", 1996).
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mcp_server.indexing.imports import ImportsOfRoot
from mcp_server.languages import language_named
from mcp_server.languages.resolution import Module
from stores import linking
from stores.facts import MODULE, Edge, Expr
from stores.linking import Binding, CallSite, LinkFile, Names
from stores.relations import Relations

# How often each way of finding a target is right: the lower end of the 95 % interval of the precision that
# `benchmarks/callgraph.py --calibrate` measures on six Python packages, against the agreement of type checkers.
CONFIDENCE = {
    "local": 0.99,
    "import": 0.99,
    "self": 0.99,
    "super": 0.94,
    "module_member": 0.97,
    "class_member": 0.98,
    "constructor": 0.99,
    "unique_name": 0.95,
    "candidate": 0.36,
}
# Up to this many methods of one name are listed as possible targets. More say
# nothing: two or three are right less than half of the time already (`--calibrate`).
MAX_CANDIDATES = 3
# Aliases of aliases and attribute chains are followed this far: further ones are tangles, not what people write.
MAX_DEPTH = 12
# A name that is given more values than this could be anything: only its definitions and imports count.
MAX_VALUES = 64
# Names looked at for one call; the tangle of star imports in a package needs a dozen.
MAX_NAMES = 256
# A hierarchy is followed this many classes up, and of each class this many bases, so that none takes long.
MAX_ANCESTORS = 100
MAX_BASES = 32
# Files whose outward names are kept while linking: memory must not grow with the repository.
MAX_CACHED_FILES = 1_024


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol: a function, a class, a method."""

    file_id: int
    position: int


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of this root."""

    cls: Definition


@dataclass(frozen=True, slots=True)
class Super:
    """What ``super()`` gives inside a class of this root."""

    cls: Definition


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that is not in this root; ``why`` is the reason kept with the call."""

    why: str


Value: TypeAlias = Definition | Instance | Super | Module | Outside

_EXTERNAL = Outside("external")
_BUILT_IN = Outside("builtin")
_PARAMETER = Outside("parameter")
_RECEIVER = Outside("unknown receiver")
_NAME = Outside("unknown name")
_MEMBER = Outside("unknown member")
# Not a member of the class or its bases here: inherited from a base outside, or assigned to the object.
_INHERITED = Outside("inherited")
# Of several reasons the one that says most: a call that may go to a parameter is not simply "external".
_REASONS = ("parameter", "unknown receiver", "unknown member", "inherited", "unknown name", "external", "builtin")


class Linker:
    """Resolves the calls of one root, file by file; reads names on demand and keeps few of them."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._files: dict[int, LinkFile] = {f.id: f for f in linking.files(relations)}
        self._imports = ImportsOfRoot(relations, self._files.values())
        self._names: OrderedDict[int, Names] = OrderedDict()
        self._own: Names | None = None
        self._builtin_members: frozenset[str] = frozenset()
        self._orders: OrderedDict[Definition, tuple[list[Definition], bool]] = OrderedDict()
        self._bases: OrderedDict[Definition, list[Definition | None]] = OrderedDict()
        # What names stand for, for one call or base; a name that is still being looked at adds nothing to itself.
        self._seen: dict[tuple[int, int | None, str], list[Value]] = {}
        self._own_outward: Names | None = None
        self._in_base = False
        self._methods: OrderedDict[str, list[int]] = OrderedDict()

    def link(self, file_ids: Iterable[int]) -> None:
        """Replace the edges and base classes of these files."""
        for file_id in file_ids:
            self._own = linking.names(self._relations, file_id, local=True)
            self._own_outward = self._own.outward()
            language = language_named(self._files[file_id].language)
            self._builtin_members = language.builtin_members if language else frozenset()
            linking.write_bases(self._relations, self._base_rows(self._own))
            edges: list[Edge] = []
            reasons: list[tuple[str | None, int]] = []
            for call in linking.calls(self._relations, file_id):
                found, reason = self._resolve(call, self._own)
                edges.extend(found)
                reasons.append((reason, call.id))
            linking.write_edges(self._relations, file_id, edges, reasons)
        self._own = self._own_outward = None

    def _resolve(self, call: CallSite, names: Names) -> tuple[list[Edge], str | None]:
        targets: dict[int, str] = {}
        reasons: set[str] = set()
        self._seen = {}
        for value, strategy in self._callee(call.callee, names):
            target = self._target(value)
            if isinstance(target, Definition):
                targets.setdefault(self._of(target.file_id).symbols[target.position].id, strategy)
            else:
                reasons.add(target.why)
        if not targets and call.callee[0] == "attribute" and reasons & {"parameter", "unknown receiver"}:
            return self._by_name(call, min(reasons, key=_REASONS.index))
        edges = [Edge(call.id, target, how, CONFIDENCE[how]) for target, how in targets.items()]
        return edges, None if edges else min(reasons or {"unknown receiver"}, key=_REASONS.index)

    def _by_name(self, call: CallSite, reason: str) -> tuple[list[Edge], str | None]:
        if call.name in self._builtin_members or call.name.startswith("__"):
            return [], reason
        found = self._methods.get(call.name)
        if found is None:
            found = linking.methods_named(self._relations, call.name, MAX_CANDIDATES + 1)
            self._methods[call.name] = found
            if len(self._methods) > MAX_CACHED_FILES:
                self._methods.popitem(last=False)
        if not found or len(found) > MAX_CANDIDATES:
            return [], reason
        how = "unique_name" if len(found) == 1 else "candidate"
        edges = [Edge(call.id, target, how, CONFIDENCE[how]) for target in found]
        return edges, None if how == "unique_name" else reason

    def _target(self, value: Value) -> Definition | Outside:
        if isinstance(value, Definition):
            return value if self._kind(value) in ("function", "method", "class") else _RECEIVER
        if isinstance(value, Instance):
            found = [v for v in self._member(value.cls, "__call__", 0) if isinstance(v, Definition)]
            return found[0] if found else _RECEIVER
        return value if isinstance(value, Outside) else _RECEIVER

    def _callee(self, callee: Expr, names: Names) -> Iterator[tuple[Value, str]]:
        """Yield what is called, each with the strategy that found it."""
        if callee[0] != "attribute":
            for value in self._evaluate(callee, names, 0):
                local = isinstance(value, Definition) and value.file_id == names.file_id
                how = "constructor" if isinstance(value, Instance) else "local" if local else "import"
                yield value, how
            return
        for base in self._evaluate(callee[1], names, 0):
            yield from ((value, self._how(callee[1], base)) for value in self._attribute(base, callee[2], names, 0))

    @staticmethod
    def _how(receiver: Expr, base: Value) -> str:
        if isinstance(base, Super):
            return "super"
        if isinstance(base, Module):
            return "module_member"
        if receiver[0] in ("self", "class"):
            return "self"
        return "constructor" if isinstance(base, Instance) else "class_member"

    def _evaluate(self, expr: Expr, names: Names, depth: int) -> list[Value]:
        if depth > MAX_DEPTH:
            return [_RECEIVER]
        kind = expr[0]
        if kind == "name":
            return self._named(names, expr[1], expr[2], depth)
        if kind in ("self", "class", "super", "definition"):
            own = Definition(names.file_id, expr[1])
            return [Instance(own) if kind == "self" else Super(own) if kind == "super" else own]
        if kind == "attribute":
            return [
                v
                for base in self._evaluate(expr[1], names, depth + 1)
                for v in self._attribute(base, expr[2], names, depth)
            ]
        if kind == "call":
            return self._results(expr[1], names, depth)
        if kind == "union":
            return [value for part in expr[1:] for value in self._evaluate(part, names, depth + 1)]
        if kind == "free":
            return self._wildcard(names, expr[1], depth, inside=True)
        return [{"builtin": _BUILT_IN, "literal": _BUILT_IN, "parameter": _PARAMETER}.get(kind, _RECEIVER)]

    def _results(self, callee: Expr, names: Names, depth: int) -> list[Value]:
        """Return what a call gives: an instance when a class is called, else nothing that is known here."""
        results: list[Value] = []
        for value in self._evaluate(callee, names, depth + 1):
            if isinstance(value, Definition) and self._kind(value) == "class":
                results.append(Instance(value))
            else:
                results.append(value if isinstance(value, Outside) and value is _EXTERNAL else _RECEIVER)
        return results

    def _named(self, names: Names, scope: int, name: str, depth: int) -> list[Value]:
        if scope in names.open_scopes and names is self._own:
            # What others see of this file must not depend on which file is being linked.
            names = self._own_outward or names
        key = (names.file_id, scope, name)
        if key not in self._seen:
            if len(self._seen) >= MAX_NAMES:
                return [_RECEIVER]
            self._seen[key] = []
            self._seen[key] = self._values(names, scope, name, depth)
        return self._seen[key]

    def _values(self, names: Names, scope: int, name: str, depth: int) -> list[Value]:
        bindings = names.bindings.get((scope, name), [])
        defined = [b.symbol for b in bindings if b.symbol is not None]
        finals = [p for p in defined if "overload" not in names.symbols[p].flags] or defined
        values: list[Value] = [Definition(names.file_id, position) for position in finals]
        given = list(dict.fromkeys(b for b in bindings if b.symbol is None))
        if len(given) > MAX_VALUES:
            given = [b for b in given if b.value is None][:MAX_VALUES]
            values.append(_RECEIVER)
        for binding in given:
            values.extend(self._bound(binding, names, depth))
        return list(dict.fromkeys(values)) or [_NAME]

    def _bound(self, binding: Binding, names: Names, depth: int) -> list[Value]:
        if binding.value is not None:
            if binding.value == ("literal", "None"):
                return []  # `f = None` before or after the real definition says nothing about the call
            return self._evaluate(binding.value, names, depth + 1)
        file = self._files[names.file_id]
        imports, dotted = self._imports.of(file), binding.module or ""
        if binding.member is None and not binding.whole:
            return [imports.first(file.path, dotted) or _EXTERNAL]
        module = imports.find(file.path, dotted, binding.level)
        if binding.member is None or module is None:
            return [module or _EXTERNAL]
        return self._module_member(module, binding.member, names.file_id, depth + 1)

    def _attribute(self, base: Value, name: str, names: Names, depth: int) -> list[Value]:
        if isinstance(base, Module):
            return self._module_member(base, name, names.file_id, depth + 1)
        if isinstance(base, Definition):
            return self._member(base, name, depth) if self._kind(base) == "class" else [_RECEIVER]
        if isinstance(base, Instance):
            return self._member(base.cls, name, depth)
        if isinstance(base, Super):
            return self._member(base.cls, name, depth, skip=True)
        return [base if base in (_EXTERNAL, _PARAMETER) else _RECEIVER if base is not _BUILT_IN else _BUILT_IN]

    def _module_member(self, module: Module, name: str, importer: int, depth: int) -> list[Value]:
        """Return what ``name`` is in a module, as the file ``importer`` sees it."""
        if depth > MAX_DEPTH:
            return [_NAME]
        found: list[Value] = []
        for file_id in module.file_ids:
            names = self._of(file_id)
            if (MODULE, name) in names.bindings:
                found += self._named(names, MODULE, name, depth)
        # `from . import shapes` in a package binds what is its submodule anyway.
        if found not in ([], [_NAME]):
            return found
        child = self._imports.of(self._files[importer]).child(module, name)
        if child is not None:
            return [child]
        for file_id in module.file_ids:
            found += self._wildcard(self._of(file_id), name, depth, inside=False)
        return list(dict.fromkeys(found)) or [_NAME]

    def _wildcard(self, names: Names, name: str, depth: int, *, inside: bool) -> list[Value]:
        """Return what a name means that the file does not bind; from ``inside`` its package is seen, too."""
        key = (names.file_id, int(inside) - 3, name)
        if key not in self._seen:
            self._seen[key] = []
            self._seen[key] = self._starred(names, name, depth, inside=inside)
        return self._seen[key]

    def _starred(self, names: Names, name: str, depth: int, *, inside: bool) -> list[Value]:
        file = self._files[names.file_id]
        imports, outside = self._imports.of(file), False
        starred = [imports.find(file.path, *where) for where in reversed(names.wildcards if depth <= MAX_DEPTH else [])]
        for module in (*starred, *(imports.around(file.path) if inside else ())):
            if module is None:
                outside = True
                continue
            found = self._module_member(module, name, names.file_id, depth + 1)
            if known := [v for v in found if v not in (_NAME, _EXTERNAL)]:
                return known
        return [_EXTERNAL if outside else _NAME]

    def _member(self, cls: Definition, name: str, depth: int, *, skip: bool = False) -> list[Value]:
        """Return what ``name`` is on a class, looked up along its linearisation."""
        # The bases of a class must not depend on the bases of others, which may depend on its own.
        order, known = ([cls], False) if self._in_base else self._order(cls)
        for owner in order[1:] if skip else order:
            names = self._of(owner.file_id)
            if (owner.position, name) in names.bindings:
                values = self._named(names, owner.position, name, depth + 1)
                return [_RECEIVER if self._is_property(v) else v for v in values]
        return [_MEMBER if known else _EXTERNAL if skip else _INHERITED]

    def _is_property(self, value: Value) -> bool:
        return isinstance(value, Definition) and self._kind(value) == "property"

    def _order(self, cls: Definition) -> tuple[list[Definition], bool]:
        """Return the linearisation of a class, and whether all its bases are in this root."""
        found = self._orders.get(cls)
        if found is None:
            order = self._linearised(cls, {}, 0)
            known = len(order) < MAX_ANCESTORS and all(None not in self._bases_of(owner) for owner in order)
            found = self._orders[cls] = (order, known)
            if len(self._orders) > 16 * MAX_CACHED_FILES:
                self._orders.popitem(last=False)
        return found

    def _linearised(self, cls: Definition, done: dict[Definition, list[Definition]], depth: int) -> list[Definition]:
        if cls not in done:
            done[cls] = [cls]  # a class that inherits from itself ends here
            if depth < MAX_ANCESTORS:
                bases = [self._linearised(base, done, depth + 1) for base in self._bases_of(cls) if base]
                done[cls] = list(dict.fromkeys([cls, *_merge(bases)]))[:MAX_ANCESTORS]
        return done[cls]

    def _bases_of(self, cls: Definition) -> list[Definition | None]:
        """Return the base classes, None for one that is not in this root."""
        found = self._bases.get(cls)
        if found is None:
            names = self._of(cls.file_id)
            exprs = [expr for expr in names.bases.get(cls.position, []) if expr != ("builtin", "object")]
            found = [self._base(expr, names, cls) for expr in exprs[:MAX_BASES]]
            self._bases[cls] = found
            if len(self._bases) > 16 * MAX_CACHED_FILES:
                self._bases.popitem(last=False)
        return found

    def _base(self, expr: Expr, names: Names, cls: Definition) -> Definition | None:
        while expr[0] == "subscript":  # Generic[T]
            expr = expr[1]
        seen, self._seen, self._in_base = self._seen, {}, True
        try:
            for value in self._evaluate(expr, names, 0):
                # `from x import A` and then `class A(A)`: a class is no base of its own.
                if isinstance(value, Definition) and value != cls and self._kind(value) == "class":
                    return value
            return None
        finally:
            self._seen, self._in_base = seen, False

    def _base_rows(self, names: Names) -> Iterator[tuple[int | None, int, int]]:
        for position, exprs in names.bases.items():
            for index, expr in enumerate(exprs):
                base = self._base(expr, names, Definition(names.file_id, position))
                target = self._of(base.file_id).symbols[base.position].id if base else None
                yield target, names.symbols[position].id, index

    def _kind(self, value: Definition) -> str:
        return self._of(value.file_id).symbols[value.position].kind

    def _of(self, file_id: int) -> Names:
        if self._own is not None and self._own.file_id == file_id:
            return self._own
        found = self._names.get(file_id)
        if found is None:
            found = self._names[file_id] = linking.names(self._relations, file_id, local=False)
            if len(self._names) > MAX_CACHED_FILES:
                self._names.popitem(last=False)
        else:
            self._names.move_to_end(file_id)
        return found


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


def link(relations: Relations, changed: Iterable[str] | None) -> None:
    """Make the edges true again after ``changed`` paths got new facts; None links every file.

    When no file shows anything else to the others than at the last linking, only the changed files are
    resolved again; otherwise all are.
    """
    digest = linking.surfaces(relations)
    linker = Linker(relations)
    if changed is None or linking.linked_surfaces(relations) != digest:
        ids = [f.id for f in linking.files(relations)]
    else:
        found = (linking.file_id(relations, path.encode("utf-8", "surrogateescape")) for path in changed)
        ids = [file_id for file_id in found if file_id is not None]
    linker.link(ids)
    linking.set_linked_surfaces(relations, digest)
