"""What does a Python expression evaluate to, as far as its syntax tells?

Turns a syntax node into the small ``Expr`` tree of ``stores.facts``. Names are looked up in the lexical
scopes, so that nothing later needs to know Python's scoping rules.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from tree_sitter import Node

from mcp_server.languages.extract import Source, first_child, named_children
from mcp_server.languages.python_flow import Flow
from mcp_server.languages.python_names import BUILTINS
from mcp_server.languages.scopes import Scope
from stores.facts import Expr

OTHER: Expr = ("other",)

# Expressions nested deeper than this are not followed: syntax trees may be 200,000 deep and Python's stack is not.
# The longest call chain in 60 MB of site-packages has 41 links.
_DEEPEST = 100

# What an argument of an argument adds to the depth: a value is looked for four calls deep, and no text is kept more
# often than that.
_ARGUMENT = 25

# A union of more values than this says nothing that could be resolved.
_MOST_VALUES = 16

# Elements and arguments kept of one display or call; longer ones are tables of data.
_MOST_ELEMENTS = 32

# A longer string is neither a key nor the name of a type.
_LONGEST_KEY = 80

_LITERALS = {
    "float": ("literal", "float"),
    "true": ("literal", "bool"),
    "false": ("literal", "bool"),
    "not_operator": ("literal", "bool"),
    "comparison_operator": ("literal", "bool"),
    "none": ("literal", "None"),
    "concatenated_string": ("literal", "str"),
}

_COLLECTIONS = {
    "list": "list",
    "set": "set",
    "tuple": "tuple",
    "expression_list": "tuple",
    "pattern_list": "tuple",
}

_COMPREHENSIONS = {
    "list_comprehension": "list",
    "set_comprehension": "set",
    "generator_expression": "generator",
    "dictionary_comprehension": "dict",
}

_QUOTES = ("'", '"')

_DOTTED = re.compile(r"\s*[^\W\d]\w*(?:\.[^\W\d]\w*)*\s*")


# A call as it was read: in which scope, its callee and arguments, and how many levels below each were looked at.
_Read: TypeAlias = tuple[Scope, tuple[Expr, tuple[Expr, ...]], int, int]


class Expressions:
    """Reads the expressions of one file.

    A call is read where it stands, as an argument, as the value of an assignment and as a result: what it was read as
    is kept, and serves wherever as many levels below it may be looked at.
    """

    def __init__(
        self, source: Source, bodies: dict[int, Scope], flow: Flow, parse: Callable[[Source], Node] | None = None
    ) -> None:
        """Prepare to read.

        Args:
            source: the text.
            bodies: the scope of each lambda and comprehension, by the first byte of its body or of itself.
            flow: which assignments and tests hold where.
            parse: gives the tree of a text; None leaves types that are written as strings unread.

        ``classes`` must be filled before ``super(Class, self)`` can be understood.
        """
        self._source = source
        self._bodies = bodies
        self._flow = flow
        self._parse = parse
        self._typing = False
        self._deepest = 0  # of the levels looked at since this was last set
        self._calls: dict[int, _Read] = {}
        self.classes: dict[tuple[int, str], int] = {}

    def text(self, node: Node) -> str:
        """Return the text of ``node``."""
        return self._source.text(node)

    def read(self, node: Node, scope: Scope, depth: int = 0) -> Expr:
        """Return what ``node``, evaluated in ``scope``, stands for."""
        kind = node.type
        reader = _READERS.get(kind)
        if reader is None:
            return _LITERALS.get(kind, OTHER)
        if depth > self._deepest:
            self._deepest = depth
        return reader(self, node, scope, depth + 1) if depth <= _DEEPEST else OTHER

    def read_type(self, node: Node, scope: Scope) -> Expr:
        """Return the type that an annotation names; a string in it is read as the type it spells."""
        outer, self._typing = self._typing, True
        try:
            return self.read(node, scope)
        finally:
            self._typing = outer

    def target(self, node: Node, scope: Scope) -> Expr:
        """Return an assignment's target: as ``read``, but of a name all assignments are meant."""
        if node.type == "identifier":
            return self.name(self._source.text(node), scope)
        return self.read(node, scope)

    def name(self, text: str, scope: Scope) -> Expr:
        """Return what the name ``text`` means in ``scope``."""
        found = scope.resolve(text)
        if found is not None:
            return found
        if text == "__class__" and (owner := scope.class_definition()):
            return ("class", owner.index)
        return ("builtin", text) if text in BUILTINS else ("free", text)

    def _name(self, node: Node, scope: Scope, _depth: int) -> Expr:
        text = self._source.text(node)
        found = scope.known.get(text) or self.name(text, scope)
        if text in self._flow.varying and found[0] in ("name", "parameter"):
            versions = self._flow.reaching(scope, text, node.start_byte) if found[0] == "name" else ()
            if versions:
                found = (*found, *versions)
            return self._narrowed(found, text, node.start_byte)
        return found

    def _narrowed(self, expr: Expr, text: str, byte: int) -> Expr:
        test = self._flow.test(text, byte)
        return expr if test is None else ("narrowed", expr, self.read(test.type, test.scope))

    def _attribute(self, node: Node, scope: Scope, depth: int) -> Expr:
        value, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if value is None or name is None:
            return OTHER
        of = self.read(value, scope, depth)
        text = self._source.text(name)
        if text == "__class__" and of[0] == "self":
            return ("class", of[1])
        found: Expr = ("attribute", of, text)
        if text in self._flow.tested_members:
            return self._narrowed(found, self._source.text(node), node.start_byte)
        return found

    def _member_type(self, node: Node, scope: Scope, depth: int) -> Expr:
        parts = named_children(node)
        return ("attribute", self.read(parts[0], scope, depth), self._source.text(parts[-1])) if parts else OTHER

    def _dotted_name(self, node: Node, scope: Scope, depth: int) -> Expr:
        first, *rest = named_children(node) or [node]
        found = self._name(first, scope, depth)
        for part in rest[:_DEEPEST]:
            found = ("attribute", found, self._source.text(part))
        return found

    def _call(self, node: Node, scope: Scope, depth: int) -> Expr:
        function = node.child_by_field_name("function")
        if function is None:
            return OTHER
        callee, arguments = self.parts(node, function, scope, depth, _ARGUMENT)
        if callee[0] == "builtin":
            if callee[1] == "super":
                return self._super(node, scope) or ("call", callee)
            if callee[1] == "type":
                nodes = _arguments(node)
                of = self.read(nodes[0], scope, depth) if len(nodes) == 1 else OTHER
                if of[0] == "self":
                    return ("class", of[1])
        return ("call", callee, *arguments)

    def parts(
        self, call: Node, function: Node, scope: Scope, depth: int = 0, further: int = 0
    ) -> tuple[Expr, tuple[Expr, ...]]:
        """Return the callee, which is ``function``, and the arguments of a call as ``stores.facts.Call`` has them.

        Arguments count as ``further`` levels deeper than the callee.
        """
        known = self._calls.get(call.id)
        if known is not None and known[0] is scope and not self._typing:
            _, parts, height, arguments_height = known
            deepest = depth + max(height, further + arguments_height)
            if deepest <= _DEEPEST:
                self._deepest = max(deepest, self._deepest)
                return parts
        outer, self._deepest = self._deepest, depth
        callee = self.read(function, scope, depth)
        height, self._deepest = self._deepest - depth, depth + further
        parts = callee, self._arguments_of(call, scope, depth + further)
        arguments_height = self._deepest - depth - further
        deepest = depth + max(height, further + arguments_height)
        if deepest <= _DEEPEST and not self._typing:
            self._calls[call.id] = scope, parts, height, arguments_height
        self._deepest = max(deepest, outer)
        return parts

    def _arguments_of(self, call: Node, scope: Scope, depth: int) -> tuple[Expr, ...]:
        brackets = call.child_by_field_name("arguments")
        if depth > _DEEPEST or brackets is None or not brackets.named_child_count:
            return ()
        if brackets.type == "generator_expression":
            return (self.read(brackets, scope, depth),)
        found = tuple([self.read(node, scope, depth) for node in named_children(brackets)[:_MOST_ELEMENTS]])
        return found if len(found) < _MOST_ELEMENTS or any(argument != OTHER for argument in found) else ()

    # How an argument is given adds no level.
    def _keyword(self, node: Node, scope: Scope, depth: int) -> Expr:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or value is None:
            return OTHER
        return ("keyword", self._source.text(name), self.read(value, scope, depth - 1))

    def _keywords(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = first_child(node)
        return ("keywords", self.read(inner, scope, depth - 1) if inner else OTHER)

    def _splat(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = first_child(node)
        return ("splat", self.read(inner, scope, depth)) if inner else OTHER

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
        if len(keys) == 1 and keys[0].type == "slice":
            return of  # a slice of a sequence is a sequence of the same type
        return ("subscript", of, *self._keys(keys, scope, depth))

    def _keys(self, nodes: list[Node], scope: Scope, depth: int) -> tuple[Expr, ...]:
        keys = [self.read(key, scope, depth + 1) for key in nodes[:_MOST_ELEMENTS]]
        return (keys[0],) if len(keys) == 1 else (("items", "tuple", *keys),) if keys else ()

    def _generic(self, node: Node, scope: Scope, depth: int) -> Expr:
        parts = named_children(node)
        if not parts:
            return OTHER
        keys = named_children(parts[1]) if len(parts) > 1 else []
        return ("subscript", self.read(parts[0], scope, depth), *self._keys(keys, scope, depth))

    def _inner(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = named_children(node)
        return self.read(inner[0], scope, depth) if len(inner) == 1 else OTHER

    def _await(self, node: Node, scope: Scope, depth: int) -> Expr:
        inner = named_children(node)
        return ("await", self.read(inner[0], scope, depth)) if len(inner) == 1 else OTHER

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

    def _string(self, node: Node, scope: Scope, depth: int) -> Expr:
        start = node.start_byte
        prefix = self._source.slice(start, start + 2).lower()
        prefix = "" if prefix[:1] in _QUOTES else prefix.partition('"')[0].partition("'")[0]
        if "b" in prefix:
            return ("literal", "bytes")
        if node.end_byte - start > _LONGEST_KEY or node.named_child_count != 3:
            return ("literal", "str")
        content = node.named_child(1)
        if content is None or content.type != "string_content" or "f" in prefix:
            return ("literal", "str")
        text = self._source.text(content)
        return self._spelled(text, scope, depth) if self._typing else ("literal", "str", text)

    def _spelled(self, text: str, scope: Scope, depth: int) -> Expr:
        """Return the type that a string in an annotation spells."""
        if _DOTTED.fullmatch(text):
            first, *rest = text.strip().split(".")
            found = ("literal", "None") if first == "None" else self.name(first, scope)
            for part in rest:
                found = ("attribute", found, part)
            return found
        if self._parse is None or depth > _DEEPEST:
            return OTHER
        source = Source(text)
        node = self._parse(source)
        while node.type in ("module", "expression_statement") and node.named_child_count == 1:
            node = first_child(node) or node
        inner = Expressions(source, {}, Flow(), None)
        return inner.read_type(node, scope)

    def _integer(self, node: Node, _scope: Scope, _depth: int) -> Expr:
        text = self._source.text(node)
        return ("literal", "int", text) if len(text) < 4 else ("literal", "int")

    def _binary(self, node: Node, scope: Scope, depth: int) -> Expr:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None or operator is None:
            return OTHER
        if self._typing and operator.type == "|":
            return self._one_of([left, right], scope, depth)
        first = self.read(left, scope, depth)
        # Formatting and joining of text gives text; other operators may be overloaded.
        if first[:2] == ("literal", "str"):
            return ("literal", "str")
        return ("operator", operator.type, first, self.read(right, scope, depth + 1))

    def _items(self, node: Node, scope: Scope, depth: int) -> Expr:
        kind = _COLLECTIONS[node.type]
        elements = named_children(node)
        found = [self.read(element, scope, depth + 1) for element in elements[:_MOST_ELEMENTS]]
        if len(elements) > _MOST_ELEMENTS:
            found = [element for element in dict.fromkeys(found) if element[0] not in ("literal", "other")]
            return ("each", kind, ("union", *found)) if found else ("literal", kind)
        return ("items", kind, *found)

    def _mapping(self, node: Node, scope: Scope, depth: int) -> Expr:
        entries: list[Expr] = []
        for child in named_children(node)[:_MOST_ELEMENTS]:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "pair" and key is not None and value is not None:
                entries.append((self.read(key, scope, depth + 1), self.read(value, scope, depth + 1)))
            elif child.type == "dictionary_splat" and (inner := first_child(child)) is not None:
                entries.append((("splat",), self.read(inner, scope, depth + 1)))
        return ("mapping", "dict", *entries)

    def _comprehension(self, node: Node, scope: Scope, depth: int) -> Expr:
        kind = _COMPREHENSIONS[node.type]
        body = node.child_by_field_name("body")
        if body is not None and body.type == "pair":
            body = body.child_by_field_name("value")
        if body is None:
            return ("literal", kind)
        return ("each", kind, self.read(body, self._bodies.get(node.start_byte, scope), depth + 1))

    def _lambda(self, node: Node, scope: Scope, depth: int) -> Expr:
        body = node.child_by_field_name("body")
        if body is None:
            return OTHER
        return ("lambda", self.read(body, self._bodies.get(body.start_byte, scope), depth + 1))

    def _sent(self, _node: Node, scope: Scope, _depth: int) -> Expr:
        return ("sent", scope.index) if scope.index >= 0 else OTHER

    @classmethod
    def readers(cls) -> dict[str, Callable[["Expressions", Node, Scope, int], Expr]]:
        """Return what reads each kind of node.

        One table for all files: one of bound methods would be a cycle, which keeps the whole tree of a file until
        garbage is looked for.
        """
        return {
            "identifier": cls._name,
            "attribute": cls._attribute,
            "call": cls._call,
            "subscript": cls._subscript,
            "parenthesized_expression": cls._inner,
            "await": cls._await,
            "type": cls._inner,
            "boolean_operator": cls._union,
            "conditional_expression": cls._conditional,
            "named_expression": cls._walrus,
            "string": cls._string,
            "integer": cls._integer,
            "binary_operator": cls._binary,
            "generic_type": cls._generic,
            "union_type": cls._union,
            "member_type": cls._member_type,
            "assignment": cls._chained,
            "dictionary": cls._mapping,
            "lambda": cls._lambda,
            "yield": cls._sent,
            "list_splat": cls._splat,
            "splat_type": cls._splat,
            "keyword_argument": cls._keyword,
            "dictionary_splat": cls._keywords,
            "dotted_name": cls._dotted_name,
            **dict.fromkeys(_COLLECTIONS, cls._items),
            **dict.fromkeys(_COMPREHENSIONS, cls._comprehension),
        }


_READERS = Expressions.readers()


def _arguments(call: Node) -> list[Node]:
    arguments = call.child_by_field_name("arguments")
    return named_children(arguments) if arguments else []
