"""What may a name, a member or the result of a call stand for?

Expressions to values, on demand: lexical names, imports with re-exports and wildcards, members along the class
hierarchy, declared and inferred types, results of calls. Flow-insensitive but for what the extractor has already
told apart (``version``, "narrowed").
"""

from collections.abc import Mapping

from mcp_server.indexing import companions
from mcp_server.indexing.extensions import Extensions
from mcp_server.indexing.memory import decoded
from mcp_server.indexing.overloads import fitting
from mcp_server.indexing.values import (
    BUILT_IN,
    EXTERNAL,
    GIVEN,
    INHERITED,
    MEMBER,
    NAME,
    PARAMETER,
    RECEIVER,
    Alias,
    Bound,
    Definition,
    Filled,
    Generated,
    Instance,
    Lambda,
    Outside,
    OwnClass,
    Super,
    TypeVariable,
    Value,
    Values,
    Written,
    distinct,
    is_known,
)
from mcp_server.languages.resolution import Module
from stores.facts import MODULE, Expr, plain
from stores.linking import Binding, LinkFile, Names
from stores.relations import Relations

# Expressions nested deeper than this inside one another are not followed.
MAX_NESTING = 24

_NONE = Outside("builtin", "None")
# What is outside stays outside in all its members; what is unknown has unknown members.
_LASTING = frozenset({"external", "parameter", "builtin"})
_SPINE = frozenset({"attribute", "call", "subscript", "element", "enter", "await"})
_DISPLAYS = frozenset({"items", "mapping", "each"})


class Inference(Extensions):
    """Expressions to values."""

    def __init__(self, relations: Relations, files: Mapping[int, LinkFile]) -> None:
        super().__init__(relations, files)
        self._nesting = 0

    def evaluate(self, expr: Expr, names: Names) -> Values:
        """Return what an expression of a file may stand for."""
        # Chains of calls are long; only what is nested in them is followed by recursion.
        spine: list[Expr] = []
        while expr[0] in _SPINE:
            spine.append(expr)
            expr = expr[1]
        if self._nesting > MAX_NESTING:
            return (RECEIVER,)
        self._nesting += 1
        try:
            values = self._root(expr, names)
            for step in reversed(spine):
                values = self._step(step, values, names)
            return values
        finally:
            self._nesting -= 1

    def _step(self, step: Expr, values: Values, names: Names) -> Values:
        kind = step[0]
        if kind == "attribute":
            values = self.receiving(values, names)
            found = distinct([v for value in values for v in self.member_of(value, step[2], names)])
            if not any(map(is_known, found)):
                found = self.extensions(step, values, names) or found
            return self._filled(step, found, names)
        if kind == "call":
            if self.rules(names.file_id).companions:
                values = distinct([value for value, _ in companions.applied(self, values)])
            values = fitting(self, values, step[2:], names) if len(values) > 1 else values
            return distinct([v for value in values for v in self.called(value, (step[2:], names))])
        if kind == "subscript":
            types = self.rules(names.file_id).types
            if any(isinstance(v, Outside) and v.name in types for v in values):
                return (Alias(names.file_id, step),)
            return self.at(values, step[2] if len(step) > 2 else None)
        if kind == "element":
            return self.elements(values)
        return distinct([v for value in values for v in self._entered(value)]) if kind == "enter" else values

    def receiving(self, values: Values, names: Names) -> Values:
        """Return the values whose members a name stands for: a type and an object may have the same name."""
        return companions.receivers(self, values, names) if self.rules(names.file_id).companions else values

    def _root(self, expr: Expr, names: Names) -> Values:
        kind = expr[0]
        if kind == "name":
            return self._filled(expr, self.named(names, expr[1], expr[2], expr[3:]), names)
        if kind == "parameter":
            return self.parameter(Definition(names.file_id, expr[1]), expr[2])
        if kind == "self":
            return (Instance(self.extended(Definition(names.file_id, expr[1])), own=True),)
        if kind == "class":
            return (OwnClass(self.whole(Definition(names.file_id, expr[1]))),)
        if kind == "super":
            own = self.whole(Definition(names.file_id, expr[1]))
            return (Super(own, Instance(own, own=True)),)
        if kind == "definition":
            return (Definition(names.file_id, expr[1]),)
        if kind == "free":
            return self.free(names, expr[1])
        if kind == "builtin":
            return (Outside("builtin", expr[1]),)
        return self._compound(expr, names)

    def _compound(self, expr: Expr, names: Names) -> Values:
        kind = expr[0]
        if kind == "union":
            return distinct([value for part in expr[1:] for value in self.evaluate(part, names)])
        if kind in _DISPLAYS:
            return (Written(names.file_id, expr),)
        if kind == "lambda":
            return (Lambda(names.file_id, expr[1], expr[2:]),)
        if kind == "instance":
            return distinct(self.instances(expr[1], names))
        if kind == "made":
            return self.types(expr[1], names)
        if kind == "narrowed":
            return self._narrowed(expr, names)
        if kind == "operator":
            return self._operator(expr, names)
        if kind == "literal":
            return (_NONE if expr[1] == "None" else BUILT_IN,)
        return self._around(expr, names)

    def _around(self, expr: Expr, names: Names) -> Values:
        """Return what only the code around says: the class, the caller, what a function is handed to."""
        kind = expr[0]
        if kind == "implicit":
            return self._implicit(expr, names)
        if kind == "handed":
            return self.remembered((names.file_id, expr), lambda: self.handed(expr, names))
        return self.sent(Definition(names.file_id, expr[1])) if kind == "sent" else (RECEIVER,)

    def _narrowed(self, expr: Expr, names: Names) -> Values:
        """Return the values that are of the tested type; those of the type itself where none is known to be."""
        tested = [v for v in self.instances(expr[2], names) if isinstance(v, Instance)]
        if not tested:
            return self.evaluate(expr[1], names)
        classes = {v.cls for v in tested}
        fitting = [
            v
            for v in self.evaluate(expr[1], names)
            if isinstance(v, Instance) and any(c in classes for c in self.order(v.cls)[0])
        ]
        return distinct(fitting or list(tested))

    def _operator(self, expr: Expr, names: Names) -> Values:
        method = self.rules(names.file_id).operators.get(expr[1])
        left = self.evaluate(expr[2], names)
        if expr[1] == "|" and any(isinstance(v, (Definition, Alias)) or v == _NONE for v in left):
            return (Alias(names.file_id, expr),)
        found: list[Value] = []
        for value in left:
            if isinstance(value, Instance) and method is not None:
                bound = [m for m in self.member(value, method) if isinstance(m, Bound)]
                found += [r for m in bound for r in self.results(m.function, m.receiver, ((expr[3],), names))]
            elif not isinstance(value, (Instance, Outside, Definition)):
                found.append(value)  # joining collections
        return distinct(found) or (RECEIVER,)

    def _implicit(self, expr: Expr, names: Names) -> Values:
        scope: int = expr[1]
        while scope != MODULE:
            if self.symbol(names.file_id, scope).kind != "function":
                found = self.member(Instance(self.extended(Definition(names.file_id, scope)), own=True), expr[2])
                if any(is_known(v) for v in found):
                    return found
            scope = names.symbols[scope].parent
        return self.free(names, expr[2])

    def _filled(self, expr: Expr, values: Values, names: Names) -> Values:
        """Add what is put into a variable or attribute to what it is given."""
        if not names.elements or expr[:3] not in names.elements:
            return values
        return distinct([*(v for v in values if v is not BUILT_IN), Filled(names.file_id, expr[:3])])

    def _entered(self, value: Value) -> Values:
        if isinstance(value, Instance):
            return self._called(value, self.rules(value.cls.file_id).entered) or (RECEIVER,)
        return self.generated(value) if isinstance(value, Generated) else (value,)

    # Names

    def named(self, names: Names, scope: int, name: str, versions: tuple[int, ...] = ()) -> Values:
        """Return what a name bound in a scope stands for, by its assignments of these versions or by all."""
        return self.remembered(
            ("name", names.file_id, scope, name, versions), lambda: self._bindings(names, scope, name, versions)
        )

    def _bindings(self, names: Names, scope: int, name: str, versions: tuple[int, ...]) -> Values:
        bindings = names.bindings.get((scope, name), [])
        defined = [b.symbol for b in bindings if b.symbol is not None]
        finals = [p for p in defined if "overload" not in names.symbols[p].flags] or defined
        found: list[Value] = [self.whole(Definition(names.file_id, position)) for position in finals]
        given = [b for b in bindings if b.symbol is None and (not versions or not b.version or b.version in versions)]
        owner = scope if scope != MODULE and names.symbols[scope].kind == "class" else None
        found += self._given(given, names, owner)
        return distinct(found) or ((NAME,) if not bindings else ())

    def _given(self, bindings: list[Binding], names: Names, owner: int | None) -> list[Value]:
        """Return what assignments give; a declared type that is known wins over the values."""
        declared = [v for b in bindings if b.type is not None for v in self.declared(b.type, names, owner)]
        if any(is_known(v) for v in declared):
            return declared
        found: list[Value] = []
        for binding in bindings:
            if binding.value is None:
                found += self._imported(binding, names)
            elif binding.type is None or binding.value != '["other"]':
                # `f = None` before or after the real definition says nothing about the call.
                found += () if binding.value == '["literal","None"]' else self.evaluated(binding.value, names)
        return [*found, *declared]

    def _imported(self, binding: Binding, names: Names) -> Values:
        file = self._files[names.file_id]
        imports, dotted = self._imports.of(file), binding.module or ""
        last = plain((binding.member or dotted).rpartition(".")[2])
        if binding.member is None and not binding.whole:
            return (imports.first(file.path, dotted) or Outside("external", last),)
        module = imports.find(file.path, dotted, binding.level)
        if binding.member is None or module is None:
            return (module or Outside("external", last),)
        return self._module_member(module, binding.member, names.file_id)

    def _module_member(self, module: Module, name: str, importer: int) -> Values:
        """Return what ``name`` is in a module, as the file ``importer`` sees it."""
        return self.remembered(("module", module, name, importer), lambda: self._exported(module, name, importer))

    def _exported(self, module: Module, name: str, importer: int) -> Values:
        found = self._own_member(module, name, importer)
        if any(is_known(v) for v in found):
            return found
        return self._starred(self.with_wildcards(module), name, module) or found or (NAME,)

    def _own_member(self, module: Module, name: str, importer: int) -> Values:
        """Return what a module itself, not a wildcard in it, binds ``name`` to."""
        found: list[Value] = []
        for file_id in self.binding_files(module, name):
            names = self.names_of(file_id)
            if self._is_visible(names, name, importer):
                found += self._filled(("name", MODULE, name), self.named(names, MODULE, name), names)
        if self._is_ambiguous(found):
            return (RECEIVER,)
        for file_id in module.file_ids if not found and self._has_open_spaces(module) else ():
            names = self.names_of(file_id)
            for space in self.open_spaces(file_id):
                found += self.named(names, space, name) if (space, name) in names.bindings else ()
        if not any(is_known(v) for v in found):
            # `from . import shapes` in a package binds what is its submodule anyway.
            child = self._imports.of(self._files[importer]).child(module, name)
            if child is not None:
                return (child,)
        return distinct(found)

    def _is_ambiguous(self, found: list[Value]) -> bool:
        """Say whether several files define a type that one module has once: what is taken for one then are several."""
        types = [v for v in found if isinstance(v, Definition) and self.is_class(v)] if len(found) > 1 else []
        return len({v.file_id for v in types}) > 1 and self.rules(types[0].file_id).wide_modules

    def _is_visible(self, names: Names, name: str, importer: int) -> bool:
        """Say whether a file shows others what it binds a name to: where imports are private, only definitions."""
        if names.file_id == importer or not self.rules(names.file_id).private_imports:
            return True
        return any(binding.symbol is not None for binding in names.bindings[MODULE, name])

    def free(self, names: Names, name: str) -> Values:
        """Return what a name that its file does not bind stands for: by a wildcard import, or in its package."""
        return self.remembered(("free", names.file_id, name), lambda: self._unbound(names, name))

    def _unbound(self, names: Names, name: str) -> Values:
        private = self.rules(names.file_id).private_imports
        found = () if private else self._starred([names], name)
        if not any(map(is_known, found)):
            file = self._files[names.file_id]
            for module in self._imports.of(file).around(file.path):
                around = (
                    self._own_member(module, name, names.file_id)
                    if private
                    else (self._module_member(module, name, names.file_id))
                )
                if any(is_known(v) for v in around) or (RECEIVER in around and self.rules(names.file_id).wide_modules):
                    return around
        if not any(map(is_known, found)) and self.rules(names.file_id).open_types:
            found = self.open_type(name, names) or found
        # Where imports are private, what is in the same package hides what a wildcard brings.
        found = self._starred([names], name) if private else found
        if not any(map(is_known, found)) and self.rules(names.file_id).companions:
            found = self._of_objects(names, name) or found
        return found or (NAME,)

    def _of_objects(self, names: Names, name: str) -> Values:
        """Return what a name is in the objects all of whose members a file imports (``import a.Rope._``)."""
        file = self._files[names.file_id]
        for module, level in names.wildcards:
            where, _, last = module.rpartition(".")
            package = self._imports.of(file).find(file.path, where, level) if last[:1].isupper() else None
            values = self._module_member(package, last, names.file_id) if package is not None else ()
            found = distinct([v for each in self.receiving(values, names) for v in self.member(each, name)])
            if any(map(is_known, found)):
                return found
        return ()

    def _starred(self, files: list[Names], name: str, within: Module | None = None) -> Values:
        """Look for a name in all modules that wildcard imports of files lead to, the last import first."""
        if not files:
            return ()
        if self.rules(files[0].file_id).exports:
            return self._exposed(files, name, within)
        start = tuple(names.file_id for names in files)
        for module, importer in self.brought(start, name, within):
            found = self._own_member(module, name, importer)
            if any(is_known(v) for v in found):
                return found
        return (Outside("external", plain(name)),) if self.reach(start, within).outside else ()

    def _exposed(self, files: list[Names], name: str, within: Module | None) -> Values:
        """Look for a name where a module may keep it from wildcard imports, so that the ways depend on the name."""
        outside = False
        for module, importer in self.ways(files, within, lambda module: self._any_shows(module, name)):
            found = () if module is None else self._own_member(module, name, importer)
            if any(is_known(v) for v in found):
                return found
            outside = outside or module is None
        return (Outside("external", name),) if outside else ()

    def _any_shows(self, module: Module, name: str) -> bool:
        """Say whether a wildcard import of a module may bring ``name``."""
        if not module.file_ids or not self.rules(module.file_ids[0]).exports:
            return True
        return any(self._shows(self.names_of(file_id), name) for file_id in module.file_ids)

    def _has_open_spaces(self, module: Module) -> bool:
        return bool(module.file_ids) and self.rules(module.file_ids[0]).open_namespaces

    def _shows(self, names: Names, name: str) -> bool:
        """Say whether a wildcard import of a file brings ``name``: by the file's list of names, else if not private."""
        exports = self.rules(names.file_id).exports
        listed: set[str] = set()
        for binding in names.bindings.get((MODULE, exports), []) if exports else ():
            expr = decoded(binding.value) if binding.value is not None else ("other",)
            if expr[0] != "items" or any(e[:2] != ("literal", "str") or len(e) < 3 for e in expr[2:]):
                return True
            listed |= {element[2] for element in expr[2:]}
        return name in listed if listed else not (exports and name.startswith("_"))

    # Members

    def member_of(self, value: Value, name: str, names: Names) -> Values:
        """Return what the member ``name`` of a value is, as a file sees it."""
        if isinstance(value, Module):
            return self._module_member(value, name, names.file_id)
        return self.member(value, name)

    def member(self, value: Value, name: str) -> Values:
        """Return what the member ``name`` of a value is."""
        if isinstance(value, (Instance, OwnClass)):
            return self._on_class(value.cls, name, value)
        if isinstance(value, Super):
            return self._on_class(value.cls, name, value.receiver, skip=True)
        if isinstance(value, Definition):
            return self._on_class(value, name, None) if self.is_class(value) else self._on_function(value, name)
        if isinstance(value, TypeVariable):
            return distinct([m for bound in value.bound for m in self.member(bound, name)]) or (PARAMETER,)
        if isinstance(value, Outside):
            if value.why not in _LASTING:
                return (RECEIVER,)
            return (Outside(value.why, plain(name) if value.name not in ("", GIVEN) else ""),)
        return self.collection_member(value, name)

    def _on_function(self, function: Definition, name: str) -> Values:
        """Return the member of what decorators have made of a function."""
        found = [v for v in self.decorated(function) if isinstance(v, Instance)]
        return distinct([m for v in found for m in self.member(v, name)]) or (RECEIVER,)

    def _on_class(
        self, cls: Definition, name: str, receiver: Instance | OwnClass | None, *, skip: bool = False
    ) -> Values:
        if isinstance(receiver, Instance) and self.is_generic(cls):
            special = self._field_of(receiver, name, skip=skip)
            if special:
                return special
        found = self.remembered(("member", cls, name, skip), lambda: self._looked_up(cls, name, skip=skip))
        if all(isinstance(v, Outside) for v in found):
            return found
        bound: list[Value] = []
        for value in found:
            if isinstance(value, Definition):
                bound += self._taken(value, receiver if receiver is not None else cls)
            elif isinstance(value, Instance) and isinstance(receiver, Instance):
                bound += self._described(value, cls, name) or (value,)
            else:
                bound.append(value)
        return self.receivers(distinct(bound), receiver if receiver is not None else cls)

    def _field_of(self, receiver: Instance, name: str, *, skip: bool) -> Values:
        """Return the values of a field that is declared with a type parameter; () for other members."""
        for owner in self.owners(receiver.cls, skip=skip):
            names = self.names_of(owner.file_id)
            given = (*names.bindings.get((owner.position, name), ()), *names.attributes.get((owner.position, name), ()))
            if given:
                declared = [v for b in given if b.type for v in self.specialized(b.type, owner, receiver)]
                return distinct(declared) if any(map(is_known, declared)) else ()
        return ()

    def _described(self, value: Instance, cls: Definition, name: str) -> Values:
        """Return what reading a member gives whose value is a descriptor: Python's ``__get__`` in the class."""
        described = self.rules(value.cls.file_id).described
        if not described:
            return ()
        for owner in self.owners(cls):
            if (owner.position, name) in self.names_of(owner.file_id).bindings:
                return self._called(value, described)
        return ()

    def _methods_beside(self, cls: Definition, name: str, field: Names) -> list[Value]:
        """Return the methods that have the name of a field of known type, where a class may have both."""
        for owner in self.owners(cls) if self.rules(field.file_id).separate_members else ():
            names = self.names_of(owner.file_id)
            bindings = names.bindings.get((owner.position, name), ())
            found: list[Value] = [Definition(names.file_id, b.symbol) for b in bindings if b.symbol is not None]
            if found:
                return found
        return []

    def _looked_up(self, cls: Definition, name: str, *, skip: bool) -> Values:
        """Return what ``name`` is on a class, looked up along its linearisation."""
        unknown: Values = ()
        for owner in self.owners(cls, skip=skip):
            names = self.names_of(owner.file_id)
            found: list[Value] = []
            here = names.bindings.get((owner.position, name), [])
            given = names.attributes.get((owner.position, name), [])
            declared = [b for b in (*here, *given) if b.type is not None]
            values = self._given(declared, names, owner.position) if declared else []
            if any(is_known(v) for v in values):
                found = [*values, *self._methods_beside(cls, name, names)]
            else:
                found += self.named(names, owner.position, name) if here else ()
                found += self._given(given, names, owner.position)
            found = list(self._filled(("attribute", ("self", owner.position), name), tuple(found), names))
            if any(is_known(v) for v in found):
                found += self.in_other_parts(owner, name)
                return self._with_overloads(self.order(cls)[0][skip:], name, found)
            unknown = unknown or distinct(found)
        if unknown:
            return unknown
        known = self.order(cls)[1]
        return (MEMBER if known else EXTERNAL if skip else INHERITED,)

    def _with_overloads(self, classes: tuple[Definition, ...], name: str, found: list[Value]) -> Values:
        """Add to the methods of a class those of the name that its ancestors have for other arguments."""
        methods = [v for v in found if isinstance(v, Definition) and self.symbol(*v).kind in ("method", "function")]
        if len(methods) < len(found) or not all(self.rules(v.file_id).overloads for v in methods):
            return distinct(found)
        for ancestor in classes:
            names = self.names_of(ancestor.file_id)
            bindings = names.bindings.get((ancestor.position, name), ())
            found += [Definition(names.file_id, b.symbol) for b in bindings if b.symbol is not None]
        return distinct(found)

    def _taken(self, value: Definition, receiver: Value) -> Values:
        """Return a definition found on a class as its object or the class itself gives it."""
        symbol = self.symbol(*value)
        of_class = not isinstance(receiver, Instance)
        if of_class and not self.is_of_class(value):
            return (RECEIVER,)
        if symbol.kind == "property":
            unbound = of_class and "static" not in symbol.flags
            return (RECEIVER,) if unbound else self.results(value, receiver, ((), self.names_of(value.file_id)))
        if symbol.kind not in ("method", "function") or "static" in symbol.flags:
            return (value,)
        return (value,) if of_class and "class" not in symbol.flags else (Bound(value, receiver),)
