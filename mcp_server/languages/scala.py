"""How is Scala spelled?"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Captures, Grammar, Source, named_children
from mcp_server.languages.java_resolution import BUILTIN_MEMBERS, RESOLUTION
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.syntax import CURLY, OTHER, Reading, Syntax, Variable, imported
from stores.facts import Expr, Import

# Words before the name of a definition.
_MOST_WORDS = 16
_TYPES = frozenset({"type_identifier", "generic_type", "stable_type_identifier"})


def _load() -> object:
    import tree_sitter_scala  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_scala.language()


def _made(node: Node) -> Node | None:
    """Return the type in ``new Type(...)``."""
    return next((child for child in node.named_children if child.type in _TYPES), None)


def _bound(path: list[str], alias: str, line: int) -> Import:
    """Return the import of a name: of a package, or of an object, whose name is not in lower case."""
    depth = next((place for place, part in enumerate(path[:-1]) if part[:1].isupper()), len(path) - 1)
    return imported(".".join(path[:depth]), ".".join(path[depth:]), alias, line)


class _Scala(Syntax):
    name = "scala"
    grammar = Grammar(_load, "scala.scm", CURLY)
    members = {"field_expression": ("value", "field")}
    calls = {"call_expression": "function", "instance_expression": ""}
    made = frozenset({"instance_expression"})
    fielded = {"assignment_expression": "right", "annotated_type": "type"}
    wrappers = frozenset({"parenthesized_expression", "lazy_parameter_type", "repeated_parameter_type"})
    generics = {"generic_type": "type_arguments"}
    choices = {"if_expression": ("consequence", "alternative")}
    bindings = {
        "class_parameter": ("name", "type", "", ""),
        "val_definition": ("pattern", "type", "value", ""),
        "var_definition": ("pattern", "type", "value", ""),
        "val_declaration": ("name", "type", "", ""),
        "var_declaration": ("name", "type", "", ""),
        "given_definition": ("name", "return_type", "", ""),
        "simple_enum_case": ("name", "", "", "self"),
        "full_enum_case": ("name", "", "", "self"),
        "typed_pattern": ("pattern", "type", "", ""),
    }
    literals = {
        "string": "String",
        "interpolated_string_expression": "String",
        "integer_literal": "Int",
        "floating_point_literal": "Double",
        "boolean_literal": "Boolean",
        "character_literal": "Char",
        "null_literal": "None",
        "tuple_expression": "tuple",
    }
    receivers: ClassVar[dict[str, str]] = {}
    self_words = frozenset({"this"})
    super_words = frozenset({"super"})
    companions = True
    class_kinds = Syntax.class_kinds | {"module"}
    modifiers = frozenset({"modifiers"})

    def module(self, path: str, captures: Captures, source: Source) -> str:  # noqa: ARG002
        """Return the package."""
        found = captures.get("package")
        return "".join(source.text(found[0]).split()) if found else ""

    def name_of(self, node: Node) -> Node | None:
        """Return the name; a nameless class is called by the type it extends."""
        return _made(node) if node.type == "instance_expression" else super().name_of(node) or self._itself(node)

    def _itself(self, node: Node) -> Node | None:
        return node if node.type == "identifier" else None

    def title(self, kind: str, name: Node, source: Source) -> str:
        """Return the name of a definition."""
        text = super().title(kind, name, source)
        return f"new {text}" if kind == "anonymous" else text

    def body_of(self, node: Node) -> Node | None:
        """Return the body of a definition."""
        if node.type == "instance_expression":
            return next((child for child in node.named_children if child.type == "template_body"), None)
        return node.child_by_field_name("body")

    def bases_of(self, node: Node) -> Iterable[Node]:
        """Return what a nameless class extends."""
        base = _made(node) if node.type == "instance_expression" else None
        return (base,) if base is not None else ()

    def owner_of(self, node: Node) -> Node | None:
        """Return the type of the parameter of an ``extension``."""
        around = node.parent
        if around is None or around.type != "extension_definition":
            return None
        brackets = around.child_by_field_name("parameters")
        first = named_children(brackets)[:1] if brackets is not None else []
        return first[0].child_by_field_name("type") if first else None

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        name = node if node.type == "identifier" else node.child_by_field_name("name")
        if name is not None:
            yield Variable(name, node.child_by_field_name("type"), node.child_by_field_name("default_value"))

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration or pattern."""
        if node.type == "identifier":
            yield Variable(node)
        elif node.type == "enumerator":
            parts = named_children(node)
            if len(parts) >= 2 and parts[0].type == "identifier":
                drawn = any(child.type == "<-" for child in node.children)
                yield Variable(parts[0], None, parts[-1], "element" if drawn else "")
        else:
            for found in super().variables(node):
                inner = named_children(found.name) if found.name.type == "tuple_pattern" else []
                if found.name.type == "identifier":
                    yield found
                yield from (Variable(each) for each in inner if each.type == "identifier")

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:  # noqa: ARG002
        """Return "field" in a class, else "variable"."""
        inside = node.parent is not None and node.parent.type in ("template_body", "enum_case_definitions")
        return "field" if inside or node.type == "class_parameter" else "variable"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield what ``import a.b.{C, D => E, _}`` binds."""
        line = source.line(node.start_byte)
        path = [source.text(part) for part in node.children_by_field_name("path") if part.is_named]
        last = node.named_children[-1] if node.named_child_count else None
        if last is None:
            return
        if last.type in ("namespace_wildcard", "wildcard"):
            yield imported(".".join(path), "*", None, line)
        elif last.type == "namespace_selectors":
            for each in named_children(last):
                name, alias = each.child_by_field_name("name"), each.child_by_field_name("alias")
                if "wildcard" in each.type:
                    yield imported(".".join(path), "*", None, line)
                elif name is not None and alias is not None:
                    yield _bound([*path, source.text(name)], source.text(alias), line)
                elif each.type == "identifier":
                    yield _bound([*path, source.text(each)], source.text(each), line)
        elif path:
            yield _bound(path, path[-1], line)

    def flags_of(self, node: Node, source: Source) -> Iterable[str]:
        """Yield the modifiers that say something, and "case"."""
        yield from super().flags_of(node, source)
        if node.type == "class_definition" and any(child.type == "case" for child in node.children[:_MOST_WORDS]):
            yield "case"

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called."""
        if node.type == "instance_expression":
            return None, None, _made(node)
        function = node.child_by_field_name("function")
        inner = function.child_by_field_name("function") if function is not None else None
        if function is None or inner is None or function.type != "generic_function":
            return super().callee(node)
        fields = self.members.get(inner.type)
        if fields is None:
            return None, inner, inner
        return inner.child_by_field_name(fields[0]), inner.child_by_field_name(fields[1]), inner

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read qualified types and lambdas."""
        parts = named_children(node)
        if node.type == "stable_type_identifier" and len(parts) == 2:
            return ("attribute", reader.read(parts[0], block, depth), reader.text(parts[1]))
        if node.type == "stable_identifier" and len(parts) == 2:
            return ("attribute", reader.read(parts[0], block, depth), reader.text(parts[1]))
        if node.type == "generic_function":
            # With types in brackets it is no name of a function but a call.
            return ("call", reader.read(node.child_by_field_name("function"), block, depth))
        return ("lambda", OTHER) if node.type == "lambda_expression" else OTHER


SCALA = Language(
    "scala",
    extractor(_Scala()),
    suffixes=(".scala", ".sc", ".sbt"),
    builtin_members=BUILTIN_MEMBERS,
    resolution=replace(RESOLUTION, companions=True),
)
