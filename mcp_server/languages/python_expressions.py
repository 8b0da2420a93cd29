"""What does a Python expression evaluate to, as far as its syntax tells?

Turns a syntax node into the small ``Expr`` tree of ``stores.facts``. Names are looked up in the lexical
scopes, so that nothing later needs to know Python's scoping rules.
"""

from collections.abc import Callable

from tree_sitter import Node

from mcp_server.languages.extract import Source, first_child, named_children
from mcp_server.languages.python_names import BUILTINS
from mcp_server.languages.scopes import Scope
from stores.facts import Expr

OTHER: Expr = ("other",)

# Expressions nested deeper than this are not followed: syntax trees may be 200,000 deep and Python's stack is not.
# The longest call chain in 60 MB of site-packages has 41 links.
_DEEPEST = 100

# A union of more values than this says nothing that could be resolved.
_MOST_VALUES = 16

_LITERALS = {
    "integer": ("literal", "int"),
    "float": ("literal", "float"),
    "true": ("literal", "bool"),
    "false": ("literal", "bool"),
    "not_operator": ("literal", "bool"),
    "none": ("literal", "None"),
    "concatenated_string": ("literal", "str"),
    "list": ("literal", "list"),
    "list_comprehension": ("literal", "list"),
    "dictionary": ("literal", "dict"),
    "dictionary_comprehension": ("literal", "dict"),
    "set": ("literal", "set"),
    "set_comprehension": ("literal", "set"),
    "tuple": ("literal", "tuple"),
    "expression_list": ("literal", "tuple"),
}


class Expressions:
    """Reads the expressions of one file."""

    def __init__(self, source: Source) -> None:
        """Read from ``source``; ``classes`` must be filled before ``super(Class, self)`` can be understood."""
        self._source = source
        self.classes: dict[tuple[int, str], int] = {}
        self._readers: dict[str, Callable[[Node, Scope, int], Expr]] = {
            "identifier": self._name,
            "attribute": self._attribute,
            "call": self._call,
            "subscript": self._subscript,
            "parenthesized_expression": self._inner,
            "await": self._inner,
            "type": self._inner,
            "boolean_operator": self._union,
            "conditional_expression": self._conditional,
            "named_expression": self._walrus,
            "string": self._string,
            "binary_operator": self._binary,
            "generic_type": self._generic,
            "assignment": self._chained,
        }

    def read(self, node: Node, scope: Scope, depth: int = 0) -> Expr:
        """Return what ``node``, evaluated in ``scope``, stands for."""
        kind = node.type
        literal = _LITERALS.get(kind)
        if literal is not None:
            return literal
        reader = self._readers.get(kind)
        return OTHER if reader is None or depth > _DEEPEST else reader(node, scope, depth + 1)

    def name(self, text: str, scope: Scope) -> Expr:
        """Return what the name ``text`` means in ``scope``."""
        found = scope.resolve(text)
        if found is not None:
            return found
        if text == "__class__" and (owner := scope.class_definition()):
            return ("class", owner.index)
        return ("builtin", text) if text in BUILTINS else ("free", text)

    def _name(self, node: Node, scope: Scope, _depth: int) -> Expr:
        return self.name(self._source.text(node), scope)

    def _attribute(self, node: Node, scope: Scope, depth: int) -> Expr:
        value, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if value is None or name is None:
            return OTHER
        of = self.read(value, scope, depth)
        text = self._source.text(name)
        if text == "__class__" and of[0] == "self":
            return ("class", of[1])
        return ("attribute", of, text)

    def _call(self, node: Node, scope: Scope, depth: int) -> Expr:
        function = node.child_by_field_name("function")
        if function is None:
            return OTHER
        callee = self.read(function, scope, depth)
        if callee == ("builtin", "super"):
            return self._super(node, scope) or ("call", callee)
        if callee == ("builtin", "type"):
            arguments = _arguments(node)
            of = self.read(arguments[0], scope, depth) if len(arguments) == 1 else OTHER
            if of[0] == "self":
                return ("class", of[1])
        return ("call", callee)

    def _super(self, node: Node, scope: Scope) -> Expr | None:
        """Return the bases that ``super()`` or ``super(Class, self)`` means."""
        owner = scope.class_definition()
        arguments = _arguments(node)
        if not arguments:
            return ("super", owner.index) if owner else None
        named = self.read(arguments[0], scope)
        if named[0] == "class":
            return ("super", named[1])
        if named[0] == "name" and (named[1], named[2]) in self.classes:
            return ("super", self.classes[named[1], named[2]])
        return None

    def _subscript(self, node: Node, scope: Scope, depth: int) -> Expr:
        value = node.child_by_field_name("value")
        if value is None:
            return OTHER
        of = self.read(value, scope, depth)
        keys = node.children_by_field_name("subscript")
        # A slice of a sequence is a sequence of the same type.
        return of if len(keys) == 1 and keys[0].type == "slice" else ("subscript", of)

    def _generic(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = first_child(node)
        return ("subscript", self.read(inner, scope, depth)) if inner else OTHER

    def _inner(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = named_children(node)
        return self.read(inner[0], scope, depth) if len(inner) == 1 else OTHER

    def _union(self, node: Node, scope: Scope, depth: int) -> Expr:
        return self._one_of(named_children(node), scope, depth)

    def _conditional(self, node: Node, scope: Scope, depth: int) -> Expr:
        parts = named_children(node)
        return self._one_of([parts[0], parts[2]], scope, depth) if len(parts) == 3 else OTHER

    def _one_of(self, nodes: list[Node], scope: Scope, depth: int) -> Expr:
        values: list[Expr] = []
        for node in nodes:
            value = self.read(node, scope, depth)
            for each in value[1:] if value[0] == "union" else (value,):
                if each not in values:
                    values.append(each)
        if len(values) > _MOST_VALUES:
            return OTHER
        return values[0] if len(values) == 1 else ("union", *values)

    def _walrus(self, node: Node, scope: Scope, depth: int) -> Expr:
        value = node.child_by_field_name("value")
        return self.read(value, scope, depth) if value else OTHER

    def _chained(self, node: Node, scope: Scope, depth: int) -> Expr:
        value = node.child_by_field_name("right")
        return self.read(value, scope, depth) if value else OTHER

    def _string(self, node: Node, _scope: Scope, _depth: int) -> Expr:
        prefix = self._source.slice(node.start_byte, node.start_byte + 2).lower()
        return ("literal", "bytes" if "b" in prefix.partition('"')[0].partition("'")[0] else "str")

    def _binary(self, node: Node, scope: Scope, depth: int) -> Expr:
        left = node.child_by_field_name("left")
        # Formatting and joining of text gives text; other operators may be overloaded.
        if left is not None and self.read(left, scope, depth) == ("literal", "str"):
            return ("literal", "str")
        return OTHER


def _arguments(call: Node) -> list[Node]:
    arguments = call.child_by_field_name("arguments")
    return named_children(arguments) if arguments else []
