"""What is given to which name in a JavaScript or TypeScript file?

Declarations, patterns, fields, parameters of functions without a name, and what a module exports under another name.
"""

from collections.abc import Iterator

from tree_sitter import Node

from mcp_server.languages import javascript_definitions as definitions
from mcp_server.languages.extract import Source, first_child, named_children
from mcp_server.languages.javascript_definitions import ParameterNode
from mcp_server.languages.javascript_expressions import OTHER, Expressions, hidden_name
from mcp_server.languages.javascript_imports import renamed_exports
from mcp_server.languages.javascript_sweep import Sweep, held, unwrapped
from mcp_server.languages.scopes import CLASS, Scope
from mcp_server.languages.sweep import Draft
from stores.facts import MODULE, Assignment, Expr

_LONGEST_TEXT = 200
# Parts of one pattern that are read.
_MOST_PARTS = 64

# What makes a type parameter, as if it were a function of the language.
TYPE_PARAMETER = "type parameter"

_KEEPING = frozenset({"||=", "??=", "&&="})
_LOCAL_KINDS = frozenset({"function", "class", "interface", "type", "enum"})


class Bindings:
    """Makes assignments of what one sweep collected; callees must have been read before."""

    def __init__(self, source: Source, sweep: Sweep, expressions: Expressions) -> None:
        self._source = source
        self._sweep = sweep
        self._expressions = expressions
        self._types = expressions.types
        self._found: list[Assignment] = []

    def assignments(self) -> tuple[Assignment, ...]:
        """Return every value given to a name or attribute, by line."""
        sweep = self._sweep
        for node, scope, home in sweep.declared:
            self._declared(node, scope, home)
        for node, scope in sweep.assigned:
            self._assigned(node, scope)
        for node, scope in sweep.fields:
            self._field(node, scope)
        for node, scope in sweep.loops:
            self._loop(node, scope)
        for node, inner, draft in sweep.callables:
            self._parameters(node, inner, draft)
        for node, scope in sweep.type_parameters:
            self._type_parameter(node, scope)
        for node, scope in sweep.exports:
            self._export(node, scope)
        for draft in sweep.drafts:
            self._hidden(draft)
        for start, (scope, value) in self._expressions.objects.items():
            self._add(scope, hidden_name(scope, start), value, start)
        self._found.sort(key=lambda assignment: assignment.line)
        return tuple(self._found)

    def _add(self, scope: Scope, target: Expr, value: Expr, start: int, declared: Node | None = None) -> None:
        text = definitions.annotation_text(declared, self._source)
        of_type = self._types.declared(declared, scope)
        self._found.append(Assignment(scope.index, target, value, text, self._source.line(start), of_type))

    def _give(self, target: Expr, value: Expr, node: Node, scope: Scope) -> None:
        self._add(scope, target, value, node.start_byte)

    def _is_symbol(self, value: Node | None) -> bool:
        """Tell whether a value is a function or class that has made a symbol, which binds the name by itself."""
        inner = held(value)
        return inner is not None and inner.start_byte in self._sweep.by_node

    def _declared(self, node: Node, scope: Scope, home: Scope) -> None:
        target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if target is None:
            return
        if target.type != "identifier":
            self._unpack(target, self._expressions.read(value, scope) if value is not None else OTHER, home)
        elif not self._is_symbol(value):
            read = self._expressions.read(value, scope) if value is not None else OTHER
            name = self._expressions.name(self._source.text(target), home)
            self._add(scope, name, read, target.start_byte, node.child_by_field_name("type"))

    def _unpack(self, target: Node, value: Expr, scope: Scope) -> None:
        """Give each name of a pattern its part of ``value``."""
        waiting = [(target, value)]
        while waiting:
            node, of = waiting.pop()
            if node.type in ("identifier", "shorthand_property_identifier_pattern"):
                name = self._source.text(node)
                part = _member(of, name) if node.type != "identifier" else of
                self._give(self._expressions.name(name, scope), part, node, scope)
            elif node.type == "member_expression":
                self._give(self._expressions.read(node, scope), of, node, scope)
            else:
                waiting.extend(self._parts(node, of))

    def _parts(self, node: Node, of: Expr) -> Iterator[tuple[Node, Expr]]:
        children = named_children(node)[:_MOST_PARTS]
        if node.type == "array_pattern":
            for index, child in enumerate(children):
                yield child, ("subscript", of, ("literal", "int", str(index))) if of != OTHER else OTHER
        elif node.type in ("object_pattern", "rest_pattern"):
            for child in children:
                yield child, of if node.type == "object_pattern" else OTHER
        elif node.type == "pair_pattern":
            key = definitions.member_name(node.child_by_field_name("key"), self._source)
            value = node.child_by_field_name("value")
            if value is not None:
                yield value, _member(of, key) if key is not None else OTHER
        elif node.type in ("assignment_pattern", "object_assignment_pattern"):
            left = node.child_by_field_name("left")
            if left is not None:
                yield left, of

    def _assigned(self, node: Node, scope: Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        operator = node.child_by_field_name("operator")
        plain = operator is None or operator.type in _KEEPING
        value = self._expressions.read(right, scope) if plain else OTHER
        if left.type in ("object_pattern", "array_pattern"):
            self._unpack(left, value, scope)
            return
        if self._exported(left, right, value, scope):
            return
        target = self._expressions.read(left, scope)
        if target[0] == "attribute" and target[1][0] == "attribute" and target[1][2] == "prototype":
            target = self._prototype(target)
        if target[0] == "attribute" and target[1][0] == "name":
            # A member of an object is what it holds at that key.
            target = ("subscript", target[1], ("literal", "str", target[2]))
        if target[0] in ("name", "attribute", "subscript"):
            self._give(target, value, left, scope)

    def _prototype(self, target: Expr) -> Expr:
        """``X.prototype.m`` is a member of the objects that the function X makes."""
        owner = target[1][1]
        draft = next((d for d in self._sweep.drafts if owner == ("name", d.scope.index, d.name)), None)
        return ("attribute", ("self", draft.definition.index), target[2]) if draft is not None else target

    def _exported(self, left: Node, right: Node, value: Expr, scope: Scope) -> bool:
        """Bind what CommonJS exports to outermost names; tell whether ``left`` is nothing but an export."""
        text = self._source.brief(left, _LONGEST_TEXT)
        if text in ("exports", "module.exports"):
            self._exports(text, value, left, scope)
            inner = unwrapped(right)
            return inner is None or inner.type != "assignment_expression"
        holder, _, name = text.rpartition(".")
        if left.type != "member_expression" or holder not in ("exports", "module.exports"):
            return False
        target = ("name", MODULE, name)
        if not self._binds(value, target):
            self._give(target, value, left, scope)
        return True

    def _exports(self, text: str, value: Expr, left: Node, scope: Scope) -> None:
        """``module.exports = {a, b: c}`` exports the names a and b, ``module.exports = f`` the value itself."""
        if value[0] == "mapping":
            for key, of in (pair for pair in value[2:] if pair[0] != ("splat",)):
                target = ("name", MODULE, key[2])
                if of != target:
                    self._give(target, of, left, scope)
        elif text == "module.exports":
            self._give(("name", MODULE, text), value, left, scope)
        if text == "module.exports":
            self._give(("name", MODULE, "default"), value, left, scope)

    def _binds(self, value: Expr, target: Expr) -> bool:
        """Tell whether a value is what has the name already: itself, or a symbol of this name in this place."""
        if value[0] == "definition":
            draft = self._sweep.drafts[value[1]]
            return (draft.scope.index, draft.name) == (target[1], target[2])
        return value == target

    def _export(self, node: Node, scope: Scope) -> None:
        """Bind default exports and names exported under another name."""
        if node.child_by_field_name("source") is not None:
            return
        for name, exported in renamed_exports(node, self._source):
            self._exported_as(exported, self._expressions.name(self._source.text(name), scope), name, scope)
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        if definitions.has_keyword(node, "default"):
            named = declaration.child_by_field_name("name") if declaration is not None else None
            if named is not None:
                self._exported_as("default", self._expressions.name(self._source.text(named), scope), node, scope)
            elif value is not None:
                self._exported_as("default", self._expressions.read(value, scope), node, scope)
        elif declaration is None and value is None and definitions.has_keyword(node, "="):
            inner = first_child(node)
            for exported in ("module.exports", "default") if inner is not None else ():
                self._exported_as(exported, self._expressions.read(inner, scope) if inner else OTHER, node, scope)

    def _exported_as(self, name: str, value: Expr, node: Node, scope: Scope) -> None:
        target = ("name", scope.index, name)
        if not self._binds(value, target):
            self._give(target, value, node, scope)

    def _field(self, node: Node, scope: Scope) -> None:
        name_node, value = definitions.key_of(node), node.child_by_field_name("value")
        name = definitions.member_name(name_node, self._source)
        if name is None or name_node is None or self._is_symbol(value):
            return
        read = self._expressions.read(value, scope) if value is not None else OTHER
        self._add(scope, ("name", scope.index, name), read, name_node.start_byte, node.child_by_field_name("type"))

    def _loop(self, node: Node, scope: Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None:
            return
        of = operator is not None and operator.type == "of"
        self._unpack(left, ("element", self._expressions.read(right, scope)) if of else ("literal", "string"), scope)

    def _parameters(self, node: Node, inner: Scope, draft: Draft | None) -> None:
        for position, parameter in enumerate(definitions.parameter_nodes(node)):
            self._parameter(parameter, position, node, inner, draft)

    def _parameter(self, each: ParameterNode, position: int, node: Node, inner: Scope, draft: Draft | None) -> None:
        """Bind a parameter that is a pattern, that makes a field, or that belongs to a function without a name."""
        if each.pattern.type != "identifier":
            declared = self._types.declared(each.type, inner)
            name = self._source.brief(each.pattern, _LONGEST_TEXT)
            whole = self._handed(node, position) if draft is None else ("parameter", inner.index, name)
            self._unpack(each.pattern, ("instance", declared) if declared is not None else whole, inner)
            return
        name = self._source.text(each.pattern)
        expr = self._expressions.name(name, inner)
        if draft is None and expr[0] == "name":
            self._add(inner, expr, self._handed(node, position), each.pattern.start_byte, each.type)
        elif draft is not None and draft.name == "constructor" and draft.scope.kind == CLASS and _is_field(each.node):
            target = ("attribute", ("self", draft.scope.index), name)
            self._add(inner, target, expr, each.pattern.start_byte, each.type)

    def _handed(self, node: Node, position: int) -> Expr:
        """Return what a function without a name gets as a parameter: what it is handed to says it."""
        passed = self._sweep.passed.get(node.start_byte)
        if passed is None:
            return ("parameter", MODULE, "")
        of = self._expressions.read(passed.of, passed.scope)
        if passed.how:
            return (passed.how, of) if position == 0 else OTHER
        expected = self._sweep.expected.get(passed.call.start_byte)
        declared = self._types.declared(*expected) if expected is not None else None
        return ("handed", of, passed.position, position, *(() if declared is None else (declared,)))

    def _type_parameter(self, node: Node, scope: Scope) -> None:
        name, bound = node.child_by_field_name("name"), node.child_by_field_name("constraint")
        if name is None:
            return
        text = self._source.text(name)
        declared = self._types.declared(bound, scope)
        limit: tuple[Expr, ...] = () if declared is None else (("keyword", "bound", declared),)
        value = ("call", ("builtin", TYPE_PARAMETER), ("literal", "str", text), *limit)
        self._add(scope, self._expressions.name(text, scope), value, name.start_byte)

    def _hidden(self, draft: Draft) -> None:
        """Bind a definition in a block by the name it has there, and a type that stands for another."""
        target = draft.scope.meaning(draft.name)
        if target is None:
            return
        if draft.scope.suffix and draft.kind in _LOCAL_KINDS and draft.qualifier is None:
            self._give(target, ("definition", draft.definition.index), draft.name_node, draft.scope)
        value = draft.node.child_by_field_name("value")
        if draft.node.type == "type_alias_declaration" and value is not None:
            read = self._types.read(value, self._sweep.heads.get(draft.definition, draft.scope))
            if value.type not in ("object_type", "intersection_type") and read != OTHER:
                self._give(target, read, draft.name_node, draft.scope)


def _member(of: Expr, name: str) -> Expr:
    return OTHER if of == OTHER else ("attribute", of, name)


def _is_field(parameter: Node) -> bool:
    """Tell whether a parameter of a constructor makes a field: ``private x`` or ``readonly x``."""
    return any(
        child.type in ("accessibility_modifier", "readonly", "override_modifier") for child in parameter.children
    )
