"""What does a declared type of TypeScript mean, as an expression?

Type expressions are expressions too: a name, a generic with its arguments, a union. A type that says nothing about
the members of a value is ("other",).
"""

from collections.abc import Callable
from typing import Protocol

from tree_sitter import Node

from mcp_server.languages.extract import Source, first_child, named_children
from mcp_server.languages.javascript_definitions import member_name, parameter_nodes
from mcp_server.languages.scopes import Scope
from stores.facts import Expr

OTHER: Expr = ("other",)
ARRAY: Expr = ("builtin", "Array")

_DEEPEST = 50
_MOST_PARTS = 16
_MOST_MEMBERS = 64
# Wrappers that change nothing about what members there are.
_TRANSPARENT = frozenset(
    {"type_annotation", "parenthesized_type", "readonly_type", "optional_type", "rest_type", "constraint"}
)
_NOTHING = frozenset({"any", "unknown", "const", "never", "object"})
_ABSENT = frozenset({"null", "undefined", "void", "never"})


class Values(Protocol):
    """Reads names and values, which types may hold."""

    def name(self, text: str, scope: Scope) -> Expr:
        """Return what the name ``text`` means in ``scope``."""

    def read(self, node: Node, scope: Scope, depth: int = 0) -> Expr:
        """Return what ``node``, evaluated in ``scope``, stands for."""


class Types:
    """Reads the types of one file."""

    def __init__(self, source: Source, values: Values) -> None:
        self._source = source
        self._values = values

    def says_nothing(self, node: Node) -> bool:
        """Tell whether a type is as good as none: ``any``, ``unknown``, ``as const``."""
        return self._source.brief(node, 40).removeprefix(":").strip() in _NOTHING

    def declared(self, node: Node | None, scope: Scope) -> Expr | None:
        """Return a declared type, None where there is none or it says nothing."""
        if node is None or node.type in ("asserts_annotation", "type_predicate_annotation"):
            return None
        found = self.read(node, scope)
        return None if found == OTHER else found

    def value(self, node: Node, scope: Scope, depth: int = 0) -> Expr:
        """Return a value of the type ``node``."""
        of = self.read(node, scope, depth)
        return OTHER if of == OTHER else ("instance", of)

    def read(self, node: Node | None, scope: Scope, depth: int = 0) -> Expr:
        """Return the type ``node`` as an expression."""
        if node is None or depth > _DEEPEST:
            return OTHER
        kind = node.type
        if kind in _TRANSPARENT:
            return self.read(first_child(node), scope, depth + 1)
        if kind in ("type_identifier", "identifier"):
            return self._values.name(self._source.text(node), scope)
        if kind in ("nested_type_identifier", "nested_identifier", "member_expression"):
            return self._nested(node, scope, depth)
        if kind == "generic_type":
            name, arguments = node.child_by_field_name("name"), node.child_by_field_name("type_arguments")
            base = self.read(name, scope, depth + 1)
            return base if arguments is None else self.applied(base, arguments, scope, depth + 1)
        return self._composed(node, scope, depth + 1)

    def _composed(self, node: Node, scope: Scope, depth: int) -> Expr:
        kind = node.type
        if kind == "array_type":
            return ("subscript", ARRAY, self.read(first_child(node), scope, depth))
        if kind == "tuple_type":
            return ("subscript", ("builtin", "tuple"), self._together(node, scope, depth))
        if kind == "predefined_type":
            text = self._source.text(node)
            return OTHER if text in _NOTHING else ("literal", "None" if text in _ABSENT else text)
        if kind == "literal_type":
            return ("literal", "None" if self._source.text(node) in _ABSENT else "string")
        if kind in _READERS:
            return _READERS[kind](self, node, scope, depth)
        if kind == "this_type":
            return self._this(scope)
        return OTHER

    def applied(self, base: Expr, arguments: Node, scope: Scope, depth: int) -> Expr:
        """Return the generic ``base`` with its arguments."""
        parts = named_children(arguments)
        if len(parts) == 1:
            return ("subscript", base, self.read(parts[0], scope, depth + 1))
        return ("subscript", base, self._together(arguments, scope, depth))

    def _together(self, node: Node, scope: Scope, depth: int) -> Expr:
        return ("items", "tuple", *(self.read(part, scope, depth + 1) for part in named_children(node)[:_MOST_PARTS]))

    def _nested(self, node: Node, scope: Scope, depth: int) -> Expr:
        of = node.child_by_field_name("module") or node.child_by_field_name("object")
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        return ("attribute", self.read(of, scope, depth + 1), self._source.text(name)) if of and name else OTHER

    def _either(self, node: Node, scope: Scope, depth: int) -> Expr:
        """Flatten ``A | B | C``, which the grammar nests to the left, without recursion."""
        kind, parts, waiting = node.type, list[Node](), [node]
        while waiting and len(parts) <= _MOST_PARTS:
            current = waiting.pop()
            if current.type == kind:
                waiting.extend(reversed(named_children(current)))
            else:
                parts.append(current)
        found = dict.fromkeys(self.read(part, scope, depth) for part in parts)
        known = [each for each in found if each not in (OTHER, ("literal", "None"))]
        if not known or len(parts) > _MOST_PARTS:
            return OTHER
        return known[0] if len(known) == 1 else ("union", *known)

    def _function(self, node: Node, scope: Scope, depth: int) -> Expr:
        """Return ``(a: A) => B`` with the types of its parameters."""
        given = node.child_by_field_name("return_type")
        types = (self.read(each.type, scope, depth) for each in parameter_nodes(node))
        return ("lambda", self.value(given, scope, depth) if given is not None else OTHER, *types)

    def _object(self, node: Node, scope: Scope, depth: int) -> Expr:
        """Return ``{a: A}`` as an object of these members."""
        pairs: list[Expr] = []
        for part in named_children(node)[:_MOST_MEMBERS]:
            name = member_name(part.child_by_field_name("name"), self._source)
            declared = part.child_by_field_name("type")
            of = (
                self.value(declared, scope, depth) if name and declared and part.type == "property_signature" else OTHER
            )
            if name is not None and of != OTHER:
                pairs.append((("literal", "str", name), of))
        return ("mapping", "Object", *pairs) if pairs else OTHER

    def _looked_up(self, node: Node, scope: Scope, depth: int) -> Expr:
        """Return ``T["key"]``: what an object of the type has there."""
        parts = named_children(node)
        key = self._source.brief(parts[-1], 60).strip("\"'`") if len(parts) == 2 else ""
        of = self.value(parts[0], scope, depth) if key.isidentifier() else OTHER
        return ("attribute", of, key) if of != OTHER else OTHER

    def _queried(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = first_child(node)
        return ("subscript", ("builtin", "typeof"), self._values.read(inner, scope, depth)) if inner else OTHER

    def _this(self, scope: Scope) -> Expr:
        around = scope.class_definition()
        return ("class", around.index) if around is not None else OTHER

    @classmethod
    def readers(cls) -> dict[str, Callable[["Types", Node, Scope, int], Expr]]:
        """Return what reads each kind of composed type: one table for all files."""
        return {
            "union_type": cls._either,
            "intersection_type": cls._either,
            "function_type": cls._function,
            "object_type": cls._object,
            "lookup_type": cls._looked_up,
            "type_query": cls._queried,
        }


_READERS = Types.readers()
