"""How is Swift spelled?"""

from collections.abc import Iterable, Iterator

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Grammar, Source, named_children
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.swift_resolution import RESOLUTION
from mcp_server.languages.syntax import CURLY, OTHER, Reading, Syntax, Variable
from stores.facts import Expr, Import, labelled

_TYPE_FORMS = frozenset({"user_type", "optional_type", "array_type", "dictionary_type", "function_type", "tuple_type"})
_CONDITIONS = frozenset({"if_statement", "guard_statement", "while_statement"})


def _load() -> object:
    import tree_sitter_swift  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_swift.language()


def _without_empty_tuples(data: bytes) -> bytes:
    """Leave out an empty tuple that is given alone (``.success(())``): the grammar cannot read one as an argument."""
    return data.replace(b"(())", b"(  )")


class _Swift(Syntax):
    name = "swift"
    grammar = Grammar(_load, "swift.scm", CURLY, _without_empty_tuples)
    identifiers = frozenset({"simple_identifier"})
    calls = {"call_expression": "", "constructor_expression": ""}
    made = frozenset({"constructor_expression"})
    casts = {"as_expression": "name"}
    fielded = {
        "postfix_expression": "target",
        "optional_type": "wrapped",
        "type_annotation": "name",
        "await_expression": "expr",
        "try_expression": "expr",
        "tuple_expression": "value",
        "assignment": "result",
    }
    choices = {"nil_coalescing_expression": ("value", "if_nil"), "ternary_expression": ("if_true", "if_false")}
    literals = {
        "line_string_literal": "String",
        "multi_line_string_literal": "String",
        "integer_literal": "Int",
        "real_literal": "Double",
        "boolean_literal": "Bool",
        "array_literal": "Array",
        "dictionary_literal": "Dictionary",
        "nil": "None",
    }
    receivers = {"self_expression": "self", "super_expression": "super"}
    class_words = frozenset({"Self"})

    def name_of(self, node: Node) -> Node | None:
        """Return the name of a definition."""
        if node.type == "deinit_declaration":
            return node.children[0] if node.children else None
        if node.type == "type_parameter":
            return node.named_children[0] if node.named_children else None
        return node.child_by_field_name("name")

    def title(self, kind: str, name: Node, source: Source) -> str:
        """Return the name of a definition; of an extension that of the type."""
        text = super().title(kind, name, source)
        return text.partition("<")[0].rpartition(".")[2] if kind == "impl" else text

    def bases_of(self, node: Node) -> Iterable[Node]:
        """Return the type that an extension adds to."""
        kind = node.child_by_field_name("declaration_kind") if node.type == "class_declaration" else None
        name = node.child_by_field_name("name")
        return (name,) if kind is not None and kind.type == "extension" and name is not None else ()

    def alias_of(self, node: Node) -> Node | None:
        """Return the type that ``typealias`` gives another name to."""
        return node.named_children[-1] if node.type == "typealias_declaration" else None

    def bound_of(self, node: Node) -> Node | None:
        """Return the type that a type parameter extends."""
        return node.child_by_field_name("name")

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        names = node.children_by_field_name("name")
        name = next((each for each in names if each.type == "simple_identifier"), None)
        if name is not None:
            written = next((each for each in names if each.type in _TYPE_FORMS), None)
            after = node.next_sibling
            default = after.next_sibling if after is not None and after.type == "=" else None
            yield Variable(name, written, default)

    def parameter_kind(self, node: Node) -> str:
        """Return how an argument for the parameter is given: by its name, by another one, or by its place."""
        if any(child.type == "..." for child in node.children):
            return "variadic"
        if node.type != "parameter":
            return "positional"
        label = node.child_by_field_name("external_name")
        if label is None or label.text is None:
            return "keyword-only"
        return "positional-only" if label.text == b"_" else labelled(label.text.decode("utf-8", "replace"))

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration or pattern."""
        if node.type == "simple_identifier":
            around = node.parent
            value = None
            if around is not None and around.type in _CONDITIONS:
                # `if let name = value`: the value is the next part of the condition.
                after = (each for each in around.children_by_field_name("condition") if each.start_byte > node.end_byte)
                value = next((each for each in after if each.is_named), None)
            yield Variable(node, None, value)
        elif node.type == "pattern":
            yield from self._pattern(node)
        elif node.type == "enum_entry":
            yield from (Variable(name, how="self") for name in node.children_by_field_name("name"))
        else:
            typed = next((child for child in node.named_children if child.type == "type_annotation"), None)
            written = typed.child_by_field_name("name") if typed is not None else None
            value = node.child_by_field_name("value")
            for pattern in node.children_by_field_name("name"):
                name = pattern.child_by_field_name("bound_identifier")
                if name is not None:
                    yield Variable(name, written, value)
                else:
                    yield from self._pattern(pattern)

    def _pattern(self, node: Node) -> Iterator[Variable]:
        around = node.parent
        looped = around is not None and around.type == "for_statement"
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if current.type == "simple_identifier":
                value = around.child_by_field_name("collection") if looped and around is not None else None
                yield Variable(current, node.child_by_field_name("name"), value, "element" if value is not None else "")
            elif current.type == "pattern":
                waiting.extend(reversed(named_children(current)))

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:  # noqa: ARG002
        """Return "field" in a type, else "variable"."""
        return "field" if node.parent is not None and "body" in node.parent.type else "variable"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield what ``import [class] A.B`` binds: all of a module."""
        parts = named_children(node)
        if parts:
            module = "".join(source.text(parts[-1]).split())
            yield Import(-1, module, 0, "*", None, source.line(node.start_byte))

    def is_call(self, node: Node) -> bool:
        """Tell whether this is more than the closures after the brackets of a call."""
        return _before_closures(node) is None

    def passed(self, node: Node) -> Node | None:
        """Return the call that closures are written after."""
        return _before_closures(node)

    def arguments(self, node: Node) -> list[Node]:
        """Return the arguments of a call, closures after it as the last ones."""
        suffixes = named_children(node)[1:]
        around = node.parent
        if around is not None and _before_closures(around) == node:
            suffixes += named_children(around)[1:]
        found: list[Node] = []
        for suffix in suffixes:
            for child in named_children(suffix):
                # A second closure has a label, which stands before it.
                if child.type != "simple_identifier":
                    found.extend(named_children(child) if child.type == "value_arguments" else (child,))
        return found

    def argument(self, node: Node) -> tuple[Node | None, Node | None]:
        """Return the label, if there is one, and the value of an argument."""
        if node.type != "value_argument":
            before = node.prev_sibling
            label = before.prev_sibling if before is not None and before.type == ":" else None
            return label if label is not None and label.type == "simple_identifier" else None, node
        label = node.child_by_field_name("name")
        return (label.named_children[0] if label is not None and label.named_children else None), (
            node.child_by_field_name("value")
        )

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called."""
        if node.type == "constructor_expression":
            return None, None, node.child_by_field_name("constructed_type")
        function = node.named_children[0] if node.named_children else None
        if function is None:
            return None, None, None
        if function.type == "navigation_expression":
            suffix = function.child_by_field_name("suffix")
            name = suffix.child_by_field_name("suffix") if suffix is not None else None
            return function.child_by_field_name("target"), name, function
        return None, function if function.type == "simple_identifier" else None, function

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read members and types."""
        kind = node.type
        if kind == "navigation_expression":
            suffix = node.child_by_field_name("suffix")
            name = suffix.child_by_field_name("suffix") if suffix is not None else None
            value = reader.read(node.child_by_field_name("target"), block, depth)
            return ("attribute", value, reader.text(name)) if name is not None else OTHER
        if kind == "array_type":
            return ("subscript", ("builtin", "Array"), reader.type(node.child_by_field_name("name"), block, depth))
        if kind == "lambda_literal":
            return ("lambda", OTHER)
        if kind != "user_type":
            return OTHER
        of: Expr = OTHER
        for part in named_children(node):
            if part.type == "type_identifier":
                of = reader.read(part, block, depth) if of == OTHER else ("attribute", of, reader.text(part))
            elif part.type == "type_arguments":
                types = [reader.type(each, block, depth) for each in named_children(part)[:8]]
                of = ("subscript", of, types[0] if len(types) == 1 else ("items", "tuple", *types)) if types else of
        return of


def _before_closures(node: Node) -> Node | None:
    """Return the call after whose brackets there are closures: the grammar has them as a call of its result."""
    if node.type != "call_expression" or not node.named_children or node.named_children[0].type != "call_expression":
        return None
    suffix = node.named_children[-1]
    closures = any(child.type == "lambda_literal" for child in suffix.named_children)
    return node.named_children[0] if closures and not _has_brackets(suffix) else None


def _has_brackets(suffix: Node) -> bool:
    return any(child.type == "value_arguments" for child in suffix.named_children)


SWIFT = Language("swift", extractor(_Swift()), suffixes=(".swift",), resolution=RESOLUTION)
