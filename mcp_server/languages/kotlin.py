"""How is Kotlin spelled?"""

import re
from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Captures, Grammar, Source, named_children
from mcp_server.languages.java_resolution import BUILTIN_MEMBERS, RESOLUTION
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.syntax import CURLY, OTHER, Reading, Syntax, Variable, imported, path_of
from stores.facts import Expr, Import

_TYPES = frozenset({"user_type", "nullable_type", "function_type", "non_nullable_type", "parenthesized_type"})
_BODIES = frozenset({"class_body", "enum_class_body", "function_body", "block"})
_DECLARED = frozenset({"variable_declaration", "multi_variable_declaration"})


def _load() -> object:
    import tree_sitter_kotlin  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_kotlin.language()


def _child(node: Node | None, kinds: frozenset[str]) -> Node | None:
    """Return the first child of one of ``kinds``."""
    return next((child for child in node.named_children if child.type in kinds), None) if node is not None else None


_IDENTIFIER = frozenset({"identifier"})


# ``class Name : Base by delegate {``; what a class delegates to is short.
_DELEGATE = re.compile(rb"\bby[ \t]+[\w.]{1,200}(?:\([^(){}\n]{0,200}\))?(?=\s{0,80}\{)")
_HEADER_BYTES = 2_000
_CLASS = re.compile(rb"\b(?:class|object)\b")
_PROPERTY = re.compile(rb"\b(?:val|var|fun)\b")


def without_delegates(data: bytes) -> bytes:
    """Return a source in which what a class delegates to is spaces where its body follows.

    The grammar takes ``by delegate {`` for a call with a lambda, and the members of the class for functions in it.
    """

    def blank(found: re.Match[bytes]) -> bytes:
        before = data[max(0, found.start() - _HEADER_BYTES) : found.start()]
        classes = _CLASS.split(re.split(rb"[{};]", before)[-1])
        # A property is delegated in the same words; one of a constructor stands in brackets.
        in_class = len(classes) > 1 and not _PROPERTY.search(classes[-1].rpartition(b")")[2])
        return b" " * len(found[0]) if in_class else found[0]

    return _DELEGATE.sub(blank, data)


class _Kotlin(Syntax):
    name = "kotlin"
    grammar = Grammar(_load, "kotlin.scm", CURLY, without_delegates)
    calls = {"call_expression": ""}
    wrappers = frozenset({"parenthesized_expression", "nullable_type", "type_projection", "parenthesized_type"})
    fielded = {"unary_expression": "argument"}
    casts = {"as_expression": "right"}
    literals = {
        "string_literal": "String",
        "multiline_string_literal": "String",
        "number_literal": "Int",
        "float_literal": "Double",
        "character_literal": "Char",
        "boolean_literal": "Boolean",
        "null": "None",
        "collection_literal": "Array",
    }
    receivers = {"this_expression": "self", "super_expression": "super"}
    modifiers = frozenset({"modifiers"})
    flags = {"abstract": "abstract", "suspend": "async"}

    def module(self, path: str, captures: Captures, source: Source) -> str:  # noqa: ARG002
        """Return the package."""
        found = captures.get("package")
        return "".join(source.text(found[0]).split()) if found else ""

    def name_of(self, node: Node) -> Node | None:
        """Return the name; a nameless object is called by what it extends."""
        if node.type == "object_literal":
            return (
                _child(_child(node, frozenset({"delegation_specifiers"})), frozenset({"delegation_specifier"})) or node
            )
        if node.type == "secondary_constructor":
            return next((child for child in node.children if child.type == "constructor"), None)
        if node.type == "type_alias":
            return node.child_by_field_name("type")
        return node.child_by_field_name("name") or _child(node, _IDENTIFIER)

    def title(self, kind: str, name: Node, source: Source) -> str:
        """Return the name of a definition."""
        text = super().title(kind, name, source)
        return (
            f"object {text.partition('{')[0].partition('(')[0].removeprefix('object').strip()}".strip()
            if kind == "anonymous"
            else text
        )

    def body_of(self, node: Node) -> Node | None:
        """Return what follows the signature."""
        body = _child(node, _BODIES)
        block = _child(body, frozenset({"block"})) if body is not None and body.type == "function_body" else None
        return block or body

    def owner_of(self, node: Node) -> Node | None:
        """Return the type that a function extends."""
        if node.type != "function_declaration":
            return None
        name = node.child_by_field_name("name")
        before = (child for child in node.named_children if name is not None and child.end_byte <= name.start_byte)
        return next((child for child in before if child.type in _TYPES), None)

    def alias_of(self, node: Node) -> Node | None:
        """Return the type that ``typealias`` gives another name to."""
        return _child(node, _TYPES)

    def bound_of(self, node: Node) -> Node | None:
        """Return the type that a type parameter extends."""
        return _child(node, _TYPES)

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        name = _child(node, _IDENTIFIER)
        if name is not None:
            yield Variable(name, _child(node, _TYPES))

    def parameter_kind(self, node: Node) -> str:
        """Return "variadic" after ``vararg``."""
        before = node.prev_named_sibling
        return (
            "variadic"
            if before is not None and b"vararg" in (before.text or b"")[:64] and "modif" in before.type
            else "positional"
        )

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration."""
        if node.type in ("class_parameter", "enum_entry", "catch_block"):
            name = _child(node, _IDENTIFIER)
            if name is not None:
                yield Variable(name, _child(node, _TYPES), how="self" if node.type == "enum_entry" else "")
            return
        declared = _child(node, _DECLARED)
        if declared is None:
            return
        after = [child for child in named_children(node) if child.start_byte >= declared.end_byte]
        value = after[0] if after and after[0].type not in ("getter", "setter", "property_delegate") else None
        if declared.type == "multi_variable_declaration":
            for each in named_children(declared):
                if (name := _child(each, _IDENTIFIER)) is not None:
                    yield Variable(name, _child(each, _TYPES))
        elif (name := _child(declared, _IDENTIFIER)) is not None:
            how = "element" if node.type == "for_statement" else ""
            yield Variable(name, _child(declared, _TYPES), value, how)

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:
        """Return "field", "constant" or "variable"; "" for a parameter of a class that is no property."""
        if node.type == "class_parameter":
            return "field" if any(child.type in ("val", "var") for child in node.children) else ""
        if node.type == "enum_entry" or (node.parent is not None and node.parent.type == "class_body"):
            return "field"
        return "constant" if source.text(variable.name).isupper() else "variable"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield what ``import a.b.C [as D]`` binds."""
        path = _child(node, frozenset({"qualified_identifier", "identifier"}))
        if path is None:
            return
        line = source.line(node.start_byte)
        if any(child.type == "*" for child in node.children):
            yield imported("".join(source.text(path).split()), "*", None, line)
        else:
            module, name = path_of(path, source, ".")
            alias = named_children(node)[-1]
            yield imported(module, name, source.text(alias) if alias.id != path.id else name, line)

    def arguments(self, node: Node) -> list[Node]:
        """Return the arguments of a call, a lambda after it as the last one."""
        found: list[Node] = []
        for child in named_children(node)[1:]:
            if child.type == "type_arguments":
                continue
            found.extend(named_children(child) if child.type == "value_arguments" else (child,))
        return found

    def argument(self, node: Node) -> tuple[Node | None, Node | None]:
        """Return the keyword, if there is one, and the value of an argument."""
        parts = named_children(node) if node.type == "value_argument" else []
        return (parts[0] if len(parts) == 2 else None, parts[-1]) if parts else (None, None)

    def is_call(self, node: Node) -> bool:
        """Tell whether a call is not only the part around a lambda: ``f(1) { }`` is one call."""
        parts = named_children(node)
        return bool(parts) and not (parts[0].type == "call_expression" and parts[-1].type == "annotated_lambda")

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called."""
        parts = named_children(node)
        if parts and not self.is_call(node):
            parts = named_children(parts[0])
        if not parts:
            return None, None, None
        function = parts[0]
        if function.type == "navigation_expression" and function.named_child_count > 1:
            inside = function.named_children
            return inside[0], inside[-1], function
        return None, function if function.type == "identifier" else None, function

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read members, types and choices."""
        kind = node.type
        parts = named_children(node)
        if kind == "navigation_expression" and len(parts) > 1:
            return ("attribute", reader.read(parts[0], block, depth), reader.text(parts[-1]))
        if kind == "index_expression" and parts:
            return ("subscript", reader.read(parts[0], block, depth))
        if kind == "user_type" and parts:
            return self._type(parts, block, reader, depth)
        if kind == "binary_expression" and any(child.type == "?:" for child in node.children):
            return reader.children(node, block, depth)
        if kind in ("lambda_literal", "annotated_lambda", "anonymous_function"):
            return ("lambda", OTHER)
        return OTHER

    def _type(self, parts: list[Node], block: Block, reader: Reading, depth: int) -> Expr:
        of = reader.type(parts[0], block, depth)
        for part in parts[1:]:
            if part.type == "identifier":
                of = ("attribute", of, reader.text(part))
            elif part.type == "type_arguments":
                types = [reader.type(each, block, depth) for each in named_children(part)[:8]]
                of = ("subscript", of, types[0] if len(types) == 1 else ("items", "tuple", *types)) if types else of
        return of


KOTLIN = Language(
    "kotlin",
    extractor(_Kotlin()),
    suffixes=(".kt", ".kts"),
    builtin_members=BUILTIN_MEMBERS,
    resolution=replace(RESOLUTION, literal_receivers=True),
)
