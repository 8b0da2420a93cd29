"""What does a JavaScript or TypeScript expression evaluate to, as far as its syntax tells?

Turns a syntax node into the small ``Expr`` tree of ``stores.facts``. Names are looked up in the lexical scopes, so that
nothing later needs to know the scoping rules. Types are read by ``javascript_types``.
"""

from collections.abc import Callable, Iterable
from weakref import proxy

from tree_sitter import Node

from mcp_server.languages.extract import Source, first_child, named_children
from mcp_server.languages.javascript_definitions import key_of, member_name
from mcp_server.languages.javascript_imports import required_module, string_text
from mcp_server.languages.javascript_names import BUILTINS, GLOBAL_OBJECTS
from mcp_server.languages.javascript_sweep import FUNCTIONS, Receiver, Sweep
from mcp_server.languages.javascript_types import Types
from mcp_server.languages.scopes import Scope
from stores.facts import MODULE, Expr

OTHER: Expr = ("other",)

# Expressions nested deeper than this are not followed: syntax trees may be 200,000 deep and Python's stack is not.
_DEEPEST = 100

# A union of more values, or a literal with more parts, says nothing that could be resolved.
_MOST_VALUES = 16
_MOST_PARTS = 200
# An object in an object is read this deep: data can be nested without end.
_DEEPEST_OBJECT = 4
# Strings that may be a key.
_LONGEST_KEY = 40

_STRING: Expr = ("literal", "string")
_LITERALS: dict[str, Expr] = {
    "number": ("literal", "number"),
    "true": ("literal", "boolean"),
    "false": ("literal", "boolean"),
    "null": ("literal", "None"),
    "undefined": ("literal", "None"),
    "template_string": _STRING,
    "regex": ("literal", "RegExp"),
}
_SAYS_NOTHING = frozenset({"literal", "other"})
_EITHER = frozenset({"||", "??"})


class Expressions:
    """Reads the expressions of one file."""

    def __init__(self, source: Source, sweep: Sweep) -> None:
        self._source = source
        self._sweep = sweep
        self.types = Types(source, proxy(self))  # no cycle, which would keep the tree until garbage is looked for
        # Modules loaded in the middle of an expression, and objects that are their methods' ``this``.
        self.needed: dict[str, int] = {}
        self.objects: dict[int, tuple[Scope, Expr]] = {}
        self._level = 0

    def read(self, node: Node, scope: Scope, depth: int = 0) -> Expr:
        """Return what ``node``, evaluated in ``scope``, stands for."""
        literal = _LITERALS.get(node.type)
        if literal is not None:
            return literal
        reader = _READERS.get(node.type)
        return OTHER if reader is None or depth > _DEEPEST else reader(self, node, scope, depth + 1)

    def name(self, text: str, scope: Scope) -> Expr:
        """Return what the name ``text`` means in ``scope``."""
        found = scope.resolve(text)
        if found is not None:
            return found
        return ("builtin", text) if text in BUILTINS else ("free", text)

    def _name(self, node: Node, scope: Scope, _depth: int) -> Expr:
        return self.name(self._source.text(node), scope)

    def _attribute(self, node: Node, scope: Scope, depth: int) -> Expr:
        value, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        if value is None or name is None:
            return OTHER
        of, text = self.read(value, scope, depth), self._source.text(name)
        if of[0] == "builtin" and of[1] in GLOBAL_OBJECTS:
            return ("builtin", text)
        return ("attribute", of, text)

    def _subscript(self, node: Node, scope: Scope, depth: int) -> Expr:
        value, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        if value is None or index is None:
            return OTHER
        of, key = self.read(value, scope, depth), string_text(index, self._source)
        if key is not None and len(key) <= _LONGEST_KEY:
            return ("attribute", of, key)
        if index.type == "number":
            return ("subscript", of, ("literal", "int", self._source.brief(index, _LONGEST_KEY)))
        return ("subscript", of)

    def _call(self, node: Node, scope: Scope, depth: int) -> Expr:
        module = required_module(node, self._source)
        if module is not None:
            return self.module(module, node)
        function = node.child_by_field_name("function")
        if function is None:
            return OTHER
        callee = self.read(function, scope, depth)
        if callee[0] == "attribute" and callee[2] == "bind":
            return tuple(callee[1])  # the same function, with its ``this``
        return ("call", callee)

    def module(self, module: str, node: Node) -> Expr:
        """Return the name under which a module loaded in the middle of an expression is imported."""
        alias = f"require {module}"
        self.needed.setdefault(module, self._source.line(node.start_byte))
        return ("name", MODULE, alias)

    def _new(self, node: Node, scope: Scope, depth: int) -> Expr:
        made = node.child_by_field_name("constructor")
        if made is None:
            return OTHER
        arguments = node.child_by_field_name("type_arguments")
        of = self.read(made, scope, depth)
        if arguments is not None:
            return ("instance", self.types.applied(of, arguments, scope, depth))
        return ("instance", of)

    def _this(self, _node: Node, scope: Scope, depth: int) -> Expr:
        return self.this(scope, depth)

    def this(self, scope: Scope, depth: int = 0) -> Expr:
        """Return what ``this`` is in ``scope``."""
        around: Scope | None = scope
        while around is not None:
            receiver = self._sweep.receivers.get(around)
            if receiver is not None:
                return self._received(receiver, around, depth)
            around = around.parent
        return OTHER

    def _received(self, receiver: Receiver, scope: Scope, depth: int) -> Expr:
        if receiver.kind in ("self", "class") and receiver.owner is not None:
            return (receiver.kind, receiver.owner.index)
        if receiver.kind == "value" and receiver.node is not None and receiver.scope is not None:
            return self.read(receiver.node, receiver.scope, depth)
        if receiver.kind == "object" and receiver.node is not None and receiver.scope is not None:
            return self._this_object(receiver.node, receiver.scope)
        if receiver.owner is not None and self._is_built(receiver.owner):
            return ("self", receiver.owner.index)
        found = scope.meaning("this")
        return found if found is not None else ("parameter", scope.index, "this")

    def _is_built(self, owner: object) -> bool:
        """Tell whether a function makes objects: it stands after ``new`` or has a prototype here."""
        return any(
            d.definition is owner and (d.kind == "class" or d.name in self._sweep.built) for d in self._sweep.drafts
        )

    def _this_object(self, node: Node, scope: Scope) -> Expr:
        """Give the object literal around a method a name of its own."""
        if node.start_byte not in self.objects:
            self.objects[node.start_byte] = (scope, OTHER)
            self.objects[node.start_byte] = (scope, self.read(node, scope))
        return hidden_name(scope, node.start_byte)

    def _super(self, _node: Node, scope: Scope, _depth: int) -> Expr:
        around: Scope | None = scope
        while around is not None:
            receiver = self._sweep.receivers.get(around)
            if receiver is not None and receiver.kind in ("self", "class") and receiver.owner is not None:
                return ("super", receiver.owner.index)
            around = around.parent
        return OTHER

    def _first(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = first_child(node)
        return self.read(inner, scope, depth) if inner is not None else OTHER

    def _last(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = named_children(node)
        return self.read(inner[-1], scope, depth) if inner else OTHER

    def _cast(self, node: Node, scope: Scope, depth: int) -> Expr:
        parts = named_children(node)
        if len(parts) != 2:
            return self._first(node, scope, depth)
        value, declared = reversed(parts) if node.type == "type_assertion" else parts
        if declared.type == "type_arguments":
            declared = first_child(declared) or declared
        if self.types.says_nothing(declared):
            return self.read(value, scope, depth)
        return self.types.value(declared, scope, depth)

    def _await(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = first_child(node)
        if inner is None:
            return OTHER
        of = self.read(inner, scope, depth)
        return of if of[0] == "name" and of[2].startswith("require ") else ("await", of)

    def _binary(self, node: Node, scope: Scope, depth: int) -> Expr:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None or operator is None:
            return OTHER
        if operator.type in _EITHER:
            return self._one_of((left, right), scope, depth)
        return self.read(right, scope, depth) if operator.type == "&&" else OTHER

    def _conditional(self, node: Node, scope: Scope, depth: int) -> Expr:
        parts = [node.child_by_field_name(name) for name in ("consequence", "alternative")]
        return self._one_of([part for part in parts if part is not None], scope, depth)

    def _one_of(self, nodes: Iterable[Node], scope: Scope, depth: int) -> Expr:
        return union(self.read(node, scope, depth) for node in nodes)

    def _assigned(self, node: Node, scope: Scope, depth: int) -> Expr:
        value = node.child_by_field_name("right")
        return self.read(value, scope, depth) if value is not None else OTHER

    def _string(self, node: Node, _scope: Scope, _depth: int) -> Expr:
        text = string_text(node, self._source) or ""
        return ("literal", "str", text) if len(text) <= _LONGEST_KEY else _STRING

    def _array(self, node: Node, scope: Scope, depth: int) -> Expr:
        parts = named_children(node)
        values = tuple(self.read(part, scope, depth) for part in parts[:_MOST_PARTS])
        if len(parts) > _MOST_VALUES or all(value[0] in _SAYS_NOTHING for value in values):
            return ("literal", "Array")
        return ("items", "Array", *values)

    def _object(self, node: Node, scope: Scope, depth: int) -> Expr:
        if self._level >= _DEEPEST_OBJECT:
            return ("literal", "Object")
        self._level += 1
        pairs = [self._pair(part, scope, depth) for part in named_children(node)[:_MOST_PARTS]]
        self._level -= 1
        said = [pair for pair in pairs if pair is not None and pair[-1][0] not in _SAYS_NOTHING]
        return ("mapping", "Object", *said) if said else ("literal", "Object")

    def _pair(self, part: Node, scope: Scope, depth: int) -> Expr | None:
        if part.type == "spread_element":
            inner = first_child(part)
            return (("splat",), self.read(inner, scope, depth)) if inner is not None else None
        if part.type == "shorthand_property_identifier":
            return (("literal", "str", self._source.text(part)), self._name(part, scope, depth))
        key = member_name(key_of(part), self._source)
        if key is None:
            return None
        value = part.child_by_field_name("value") if part.type == "pair" else part
        if value is None:
            return None
        is_method = part.type == "method_definition"
        return (("literal", "str", key), (self._definition if is_method else self.read)(value, scope, depth))

    def _spread(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = first_child(node)
        return ("splat", self.read(inner, scope, depth)) if inner is not None else OTHER

    def _definition(self, node: Node, _scope: Scope, _depth: int) -> Expr:
        draft = self._sweep.by_node.get(node.start_byte)
        if draft is None:
            return OTHER
        if draft.kind == "property":
            return ("call", ("definition", draft.definition.index))
        return ("definition", draft.definition.index)

    def _function(self, node: Node, scope: Scope, depth: int) -> Expr:
        if node.start_byte in self._sweep.by_node:
            return self._definition(node, scope, depth)
        inner = self._sweep.nameless.get(node.start_byte)
        if inner is None or depth > _DEEPEST // 2:
            return OTHER
        returned = self._sweep.returns.get(inner, [])[:_MOST_VALUES]
        return ("lambda", union(self.read(value, within, depth) for value, within in returned))

    @classmethod
    def readers(cls) -> dict[str, Callable[["Expressions", Node, Scope, int], Expr]]:
        """Return what reads each kind of node: one table for all files."""
        return {
            "identifier": cls._name,
            "shorthand_property_identifier": cls._name,
            "member_expression": cls._attribute,
            "subscript_expression": cls._subscript,
            "call_expression": cls._call,
            "new_expression": cls._new,
            "this": cls._this,
            "super": cls._super,
            "parenthesized_expression": cls._last,
            "non_null_expression": cls._last,
            "sequence_expression": cls._last,
            "instantiation_expression": cls._first,
            "satisfies_expression": cls._first,
            "as_expression": cls._cast,
            "type_assertion": cls._cast,
            "await_expression": cls._await,
            "binary_expression": cls._binary,
            "ternary_expression": cls._conditional,
            "assignment_expression": cls._assigned,
            "string": cls._string,
            "array": cls._array,
            "object": cls._object,
            "class": cls._definition,
            "spread_element": cls._spread,
            **dict.fromkeys(FUNCTIONS, cls._function),
        }


_READERS = Expressions.readers()


def hidden_name(scope: Scope, start: int) -> Expr:
    """Return the name of the object literal that starts at byte ``start``."""
    return ("name", scope.index, f"{{}}@{start}")


def union(values: Iterable[Expr]) -> Expr:
    """Return one of several values; no value, or too many, is anything."""
    found: list[Expr] = []
    for value in values:
        for each in value[1:] if value[0] == "union" else (value,):
            if each not in found:
                found.append(each)
    if not found or len(found) > _MOST_VALUES:
        return OTHER
    return found[0] if len(found) == 1 else ("union", *found)
