"""How is Java spelled?"""

from collections.abc import Iterable, Iterator

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Captures, Grammar, Source, named_children
from mcp_server.languages.java_resolution import BUILTIN_MEMBERS, RESOLUTION
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.syntax import CURLY, OTHER, Reading, Syntax, Variable, imported
from stores.facts import Expr, Import

_NUMBERS = frozenset(
    f"{each}_literal"
    for each in ["decimal_integer", "hex_integer", "octal_integer", "binary_integer", "decimal_floating_point"]
)
_TESTS = frozenset({"==", "!=", "<", ">", "<=", ">=", "&&", "||", "!"})


def _load() -> object:
    import tree_sitter_java  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_java.language()


class _Java(Syntax):
    name = "java"
    grammar = Grammar(_load, "java.scm", CURLY)
    members = {
        "field_access": ("object", "field"),
        "method_invocation": ("object", "name"),
        "scoped_identifier": ("scope", "name"),
    }
    calls = {"method_invocation": "name", "object_creation_expression": "type", "explicit_constructor_invocation": ""}
    constructs = frozenset({"explicit_constructor_invocation"})
    fielded = {"assignment_expression": "right"}
    made = frozenset({"object_creation_expression"})
    casts = {"cast_expression": "type"}
    generics = {"generic_type": "type_arguments"}
    ignored = frozenset({"annotation", "marker_annotation"})
    choices = {"ternary_expression": ("consequence", "alternative")}
    declarators = {
        "field_declaration": "declarator",
        "constant_declaration": "declarator",
        "local_variable_declaration": "declarator",
    }
    bindings = {
        "enhanced_for_statement": ("name", "type", "value", "element"),
        "instanceof_expression": ("name", "right", "", ""),
        "enum_constant": ("name", "", "", "self"),
    }
    elements = {"array_access": "array"}
    literals = {
        "string_literal": "String",
        "character_literal": "char",
        "true": "boolean",
        "false": "boolean",
        "null_literal": "None",
        "class_literal": "Class",
    }
    untyped = frozenset({"var"})
    variables_called = False

    def module(self, path: str, captures: Captures, source: Source) -> str:  # noqa: ARG002
        """Return the package."""
        found = captures.get("package")
        return "".join(source.text(found[0]).split()) if found else ""

    def name_of(self, node: Node) -> Node | None:
        """Return the name; a nameless class is called by the type it extends."""
        if node.type == "class_body":
            parent = node.parent
            return parent.child_by_field_name("type") or parent.child_by_field_name("name") if parent else None
        if node.type == "type_parameter":
            return next((child for child in node.named_children if child.type == "type_identifier"), None)
        return node.child_by_field_name("name")

    def bound_of(self, node: Node) -> Node | None:
        """Return the type that a type parameter extends."""
        return next((child for child in node.named_children if child.type == "type_bound"), None)

    def title(self, kind: str, name: Node, source: Source) -> str:
        """Return the name of a definition."""
        text = source.brief(name, 200)
        return f"new {text}" if kind == "anonymous" else text

    def bases_of(self, node: Node) -> Iterable[Node]:
        """Return what a nameless class extends: the type that is made, or the enumeration it is a constant of."""
        parent = node.parent if node.type == "class_body" else None
        base = parent.child_by_field_name("type") if parent else None
        if parent is not None and parent.type == "enum_constant":
            of = parent.parent.parent if parent.parent else None
            base = of.child_by_field_name("name") if of is not None else None
        return (base,) if base else ()

    def body_of(self, node: Node) -> Node | None:
        """Return the body of a definition."""
        return node if node.type == "class_body" else node.child_by_field_name("body")

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        if node.type == "spread_parameter":
            parts = named_children(node)
            name = parts[-1].child_by_field_name("name") if parts else None
            if name is not None:
                yield Variable(name, next((part for part in parts if part.type != "modifiers"), None))
        elif node.type == "catch_formal_parameter":
            name = node.child_by_field_name("name")
            caught = next((part for part in named_children(node) if part.type == "catch_type"), None)
            if name is not None:
                yield Variable(name, caught)
        else:
            yield from super().parameter(node)

    def parameter_kind(self, node: Node) -> str:
        """Return "variadic" for the last of ``f(String... rest)``."""
        return "variadic" if node.type == "spread_parameter" else "positional"

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration."""
        if node.type in ("type_pattern", "record_pattern_component"):
            parts = named_children(node)
            if len(parts) >= 2:
                yield Variable(parts[-1], parts[-2])
        else:
            yield from super().variables(node)

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield what ``import [static] a.b.C[.*]`` binds."""
        line = source.line(node.start_byte)
        named = next((child for child in named_children(node) if child.type != "asterisk"), None)
        if named is None:
            return
        if any(child.type == "asterisk" for child in node.children):
            yield imported("".join(source.text(named).split()), "*", None, line)
        else:
            *folders, name = "".join(source.text(named).split()).split(".")
            # `a.b.Outer.Inner` and `static a.b.Type.member`: packages are in lower case, types are not.
            depth = next((place for place, part in enumerate(folders) if part[:1].isupper()), len(folders))
            yield imported(".".join(folders[:depth]), ".".join([*folders[depth:], name]), name, line)

    def last_name(self, name: Node) -> Node:
        """Return the last name of a type: ``C`` of ``a.B.C<D>``."""
        while name.type in ("generic_type", "annotated_type", "scoped_type_identifier"):
            parts = [part for part in named_children(name) if part.type != "type_arguments"]
            if not parts:
                break
            name = parts[-1]
        return name

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called: a method, a class, or the constructor of this class or its base."""
        if node.type == "explicit_constructor_invocation":
            constructor = node.child_by_field_name("constructor")
            return None, None, constructor
        if node.type == "object_creation_expression":
            made = node.child_by_field_name("type")
            return None, None, made
        value = node.child_by_field_name("object")
        above = next((child for child in node.children if child.type == "super"), None)
        return above or value, node.child_by_field_name("name"), node.child_by_field_name("name")

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read types with arguments or scopes."""
        kind = node.type
        parts = named_children(node)
        if kind == "annotated_type" and parts:
            return reader.read(parts[-1], block, depth)
        if kind == "array_type":
            return ("subscript", ("builtin", "Array"), reader.read(node.child_by_field_name("element"), block, depth))
        if kind in ("catch_type", "type_bound"):
            return reader.children(node, block, depth)
        if kind == "scoped_type_identifier" and len(parts) >= 2:
            scope = reader.read(parts[0], block, depth)
            if scope[0] in ("free", "implicit") and scope[-1][:1].islower():  # a.b.Type: packages are in lower case
                scope = reader.root(scope[-1], node)
            return ("attribute", scope, reader.text(parts[-1]))
        if kind in ("integral_type", "floating_point_type", "boolean_type", "void_type"):
            return ("literal", reader.text(node))
        return self._computed(node, block, reader, depth)

    @staticmethod
    def _computed(node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read what has a type but no name: numbers, arrays, functions, what operators give."""
        kind = node.type
        if kind in _NUMBERS:
            return ("literal", _number(reader.text(node), whole=kind != "decimal_floating_point_literal"))
        if kind == "array_creation_expression":
            made = reader.type(node.child_by_field_name("type"), block, depth)
            for part in node.children_by_field_name("dimensions"):
                for _ in range(1 if part.type == "dimensions_expr" else reader.text(part).count("[")):
                    made = ("subscript", ("builtin", "Array"), made)
            return ("instance", made)
        if kind in ("lambda_expression", "method_reference"):
            return ("lambda", OTHER)
        operator = node.child_by_field_name("operator")
        if kind == "instanceof_expression" or (operator is not None and operator.type in _TESTS):
            return ("literal", "boolean")
        if kind in ("unary_expression", "update_expression") and node.named_child_count:
            return reader.read(named_children(node)[0], block, depth)
        if kind == "binary_expression" and operator is not None:
            sides = (node.child_by_field_name("left"), node.child_by_field_name("right"))
            return ("operator", operator.type, *(reader.read(side, block, depth) for side in sides))
        return OTHER


def _number(text: str, *, whole: bool) -> str:
    """Return the type of a number by its last letter (JLS 3.10.1, 3.10.2)."""
    last = text[-1:].lower()
    if whole:
        return "long" if last == "l" else "int"
    return "float" if last == "f" else "double"


JAVA = Language("java", extractor(_Java()), suffixes=(".java",), builtin_members=BUILTIN_MEMBERS, resolution=RESOLUTION)
