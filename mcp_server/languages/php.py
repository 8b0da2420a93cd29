"""How is PHP spelled?"""

from collections.abc import Iterator
from typing import ClassVar

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Captures, Grammar, Source, named_children
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.php_resolution import RESOLUTION
from mcp_server.languages.syntax import CURLY, OTHER, Reading, Syntax, Variable, imported, path_of
from stores.facts import Expr, Import

_NAMES = frozenset({"name", "qualified_name"})


def _load() -> object:
    import tree_sitter_php  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_php.language_php()


def _named(node: Node | None) -> Node | None:
    """Return the class that is named in ``new Name`` or in a clause."""
    return next((child for child in node.named_children if child.type in _NAMES), None) if node is not None else None


class _Php(Syntax):
    name = "php"
    grammar = Grammar(_load, "php.scm", CURLY)
    identifiers = frozenset({"name", "variable_name", "relative_scope"})
    members = {
        "member_access_expression": ("object", "name"),
        "nullsafe_member_access_expression": ("object", "name"),
        "scoped_property_access_expression": ("scope", "name"),
    }
    calls = {
        "function_call_expression": "function",
        "member_call_expression": "",
        "nullsafe_member_call_expression": "",
        "scoped_call_expression": "",
        "object_creation_expression": "",
    }
    made = frozenset({"object_creation_expression"})
    fielded = {"assignment_expression": "right"}
    wrappers = frozenset({"parenthesized_expression", "named_type", "optional_type", "clone_expression"})
    choices = {"conditional_expression": ("body", "alternative")}
    literals = {
        "string": "string",
        "encapsed_string": "string",
        "heredoc": "string",
        "integer": "int",
        "float": "float",
        "boolean": "bool",
        "null": "None",
        "array_creation_expression": "array",
    }
    receivers: ClassVar[dict[str, str]] = {}
    class_words = frozenset({"self", "static"})
    self_words = frozenset({"$this"})
    super_words = frozenset({"parent"})
    bare_members = False

    def module(self, path: str, captures: Captures, source: Source) -> str:  # noqa: ARG002
        """Return the namespace, of several the first."""
        found = captures.get("package")
        return source.text(min(found, key=lambda node: node.start_byte)) if found else ""

    def name_of(self, node: Node) -> Node | None:
        """Return the name; a nameless class is called by the class it extends."""
        if node.type == "anonymous_class":
            clause = next((child for child in node.named_children if child.type == "base_clause"), None)
            return _named(clause) or node.children[0]
        return node.child_by_field_name("name")

    def title(self, kind: str, name: Node, source: Source) -> str:
        """Return the name of a definition."""
        text = super().title(kind, name, source)
        return f"new {text}" if kind == "anonymous" else text

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        name = node.child_by_field_name("name")
        if name is not None:
            yield Variable(name, node.child_by_field_name("type"), node.child_by_field_name("default_value"))

    def parameter_kind(self, node: Node) -> str:
        """Return "variadic" for ``...$rest``."""
        return "variadic" if node.type == "variadic_parameter" else "positional"

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration."""
        parts = named_children(node)
        if node.type == "property_element":
            name = node.child_by_field_name("name")
            plain = name.named_children[0] if name is not None and name.named_children else name
            written = node.parent.child_by_field_name("type") if node.parent is not None else None
            if plain is not None:
                yield Variable(plain, written, node.child_by_field_name("default_value"))
        elif node.type == "const_element" and parts:
            yield Variable(parts[0], None, parts[-1] if len(parts) > 1 else None)
        elif node.type == "enum_case":
            yield from (Variable(found.name, how="self") for found in super().variables(node))
        elif node.type == "foreach_statement" and len(parts) > 1:
            each = parts[1].named_children[-1] if parts[1].type == "pair" else parts[1]
            if each.type == "variable_name":
                yield Variable(each, None, parts[0], "element")
        elif node.type == "catch_clause":
            yield from super().variables(node)

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:  # noqa: ARG002
        """Return "constant" or "field"."""
        return "constant" if node.type == "const_element" else "field"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        r"""Yield what ``use A\\B as C;`` or ``require 'file';`` binds; level 1 is a file."""
        line = source.line(node.start_byte)
        if node.type != "namespace_use_declaration":
            path = next((child for child in node.named_children if child.type in ("string", "encapsed_string")), None)
            if path is not None:
                yield imported(source.text(path).strip("'\""), "*", None, line, 1)
            return
        body = node.child_by_field_name("body")
        prefix = next((source.text(child) for child in node.named_children if child.type == "namespace_name"), "")
        for clause in named_children(body if body is not None else node):
            if clause.type != "namespace_use_clause":
                continue
            alias = clause.child_by_field_name("alias")
            path = next((child for child in clause.named_children if child.type in _NAMES), None)
            if path is not None:
                module, name = path_of(path, source, "\\")
                whole = "\\".join(part for part in (prefix, module) if part).lstrip("\\")
                yield imported(whole, name, source.text(alias) if alias is not None else name, line)

    def arguments(self, node: Node) -> list[Node]:
        """Return the arguments of a call."""
        brackets = next((child for child in node.named_children if child.type == "arguments"), None)
        return named_children(brackets) if brackets is not None else []

    def argument(self, node: Node) -> tuple[Node | None, Node | None]:
        """Return the keyword, if there is one, and the value of an argument."""
        parts = named_children(node)
        return node.child_by_field_name("name"), parts[-1] if parts else None

    def is_call(self, node: Node) -> bool:
        """Tell whether this is no nameless class without arguments."""
        return node.type != "object_creation_expression" or _named(node) is not None

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called."""
        if node.type == "object_creation_expression":
            return None, None, _named(node)
        if node.type == "function_call_expression":
            return super().callee(node)
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("object") or node.child_by_field_name("scope")
        return value, name if name is not None and name.type == "name" else None, name

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read names with a namespace and types."""
        kind = node.type
        if kind == "qualified_name":
            return ("free", reader.text(node).lstrip("\\"))
        if kind in ("union_type", "type_list"):
            return reader.children(node, block, depth)
        if kind == "primitive_type":
            return ("builtin", reader.text(node))
        if kind == "subscript_expression":
            parts = named_children(node)
            return ("subscript", reader.read(parts[0], block, depth)) if parts else OTHER
        return ("lambda", OTHER) if kind in ("anonymous_function", "arrow_function") else OTHER


PHP = Language("php", extractor(_Php()), suffixes=(".php", ".phtml"), interpreters=("php",), resolution=RESOLUTION)
