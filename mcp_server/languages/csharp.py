"""How is C# spelled?"""

from collections.abc import Iterator

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Captures, Grammar, Source, named_children
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.resolution import Resolution
from mcp_server.languages.syntax import CURLY, OTHER, Reading, Syntax, Variable, imported, path_of
from stores.facts import Expr, Import


def _load() -> object:
    import tree_sitter_c_sharp  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_c_sharp.language()


def _plain(name: Node | None) -> Node | None:
    """Return a name without its type arguments."""
    return named_children(name)[0] if name is not None and name.type == "generic_name" else name


class _CSharp(Syntax):
    name = "csharp"
    grammar = Grammar(_load, "csharp.scm", CURLY)
    identifiers = frozenset({"identifier"})
    members = {"member_access_expression": ("expression", "name"), "qualified_name": ("qualifier", "name")}
    calls = {
        "invocation_expression": "function",
        "object_creation_expression": "type",
        "constructor_initializer": "",
    }
    constructs = frozenset({"constructor_initializer"})
    made = frozenset({"object_creation_expression"})
    casts = {"cast_expression": "type", "as_expression": "right"}
    generics = {"generic_name": "type_argument_list"}
    fielded = {
        "assignment_expression": "right",
        "nullable_type": "type",
        "ref_type": "type",
        "alias_qualified_name": "name",
        "checked_expression": "expression",
    }
    wrappers = frozenset({"parenthesized_expression", "postfix_unary_expression"})
    choices = {"conditional_expression": ("consequence", "alternative")}
    elements = {"element_access_expression": "expression"}
    bindings = {
        "foreach_statement": ("left", "type", "right", "element"),
        "enum_member_declaration": ("name", "", "", "self"),
    }
    literals = {
        "string_literal": "string",
        "interpolated_string_expression": "string",
        "verbatim_string_literal": "string",
        "raw_string_literal": "string",
        "integer_literal": "int",
        "real_literal": "double",
        "boolean_literal": "bool",
        "character_literal": "char",
        "null_literal": "None",
        "tuple_expression": "tuple",
        "typeof_expression": "Type",
    }
    receivers = {"this": "self", "base": "super"}
    untyped = frozenset({"var"})
    modifiers = frozenset({"modifier"})

    def module(self, path: str, captures: Captures, source: Source) -> str:  # noqa: ARG002
        """Return the namespace, of several the first."""
        found = captures.get("package")
        return "".join(source.text(min(found, key=lambda node: node.start_byte)).split()) if found else ""

    def name_of(self, node: Node) -> Node | None:
        """Return the name; of an operator its sign."""
        return node.child_by_field_name("operator" if node.type == "operator_declaration" else "name")

    def title(self, kind: str, name: Node, source: Source) -> str:
        """Return the name of a definition."""
        text = super().title(kind, name, source)
        form = name.parent.type if name.parent is not None else ""
        return {"operator_declaration": f"operator {text}", "destructor_declaration": f"~{text}"}.get(form, text)

    def body_of(self, node: Node) -> Node | None:
        """Return what follows the signature."""
        if node.type == "property_declaration":
            return node.child_by_field_name("accessors") or node.child_by_field_name("value")
        return node.child_by_field_name("body")

    def alias_of(self, node: Node) -> Node | None:  # noqa: ARG002
        """Return None: a delegate is no other name of a type."""
        return None

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        if node.type == "implicit_parameter":
            yield Variable(node)
        else:
            yield from super().parameter(node)

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration."""
        if node.type != "variable_declaration":
            yield from super().variables(node)
            return
        written = node.child_by_field_name("type")
        for each in named_children(node):
            name = each.child_by_field_name("name") if each.type == "variable_declarator" else None
            if name is not None:
                value = each.named_children[-1]
                yield Variable(name, written, value if value.id != name.id else None)

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield what ``using [static] A.B;`` or ``using X = A.B.C;`` binds."""
        line = source.line(node.start_byte)
        parts = named_children(node)
        alias = node.child_by_field_name("name")
        if not parts:
            return
        if alias is None:
            yield imported("".join(source.text(parts[-1]).split()), "*", None, line)
        else:
            module, name = path_of(parts[-1], source, ".")
            yield imported(module, name, source.text(alias), line)

    def arguments(self, node: Node) -> list[Node]:
        """Return the arguments of a call."""
        brackets = next((child for child in node.named_children if child.type == "argument_list"), None)
        return named_children(brackets) if brackets is not None else []

    def argument(self, node: Node) -> tuple[Node | None, Node | None]:
        """Return the keyword, if there is one, and the value of an argument."""
        parts = named_children(node)
        return node.child_by_field_name("name"), parts[-1] if parts else None

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called: a method, a class, or the constructor of this class or its base."""
        if node.type == "constructor_initializer":
            return None, None, next((child for child in node.children if child.type in self.receivers), None)
        if node.type == "object_creation_expression":
            return None, None, node.child_by_field_name("type")
        function = node.child_by_field_name("function")
        if function is not None and function.type == "conditional_access_expression":
            bound = function.named_children[-1]
            if bound.type == "member_binding_expression":
                return function.child_by_field_name("condition"), _plain(bound.child_by_field_name("name")), function
            return None, None, function
        if function is not None and function.type == "generic_name":
            return None, _plain(function), function
        value, name, whole = super().callee(node)
        return value, _plain(name), whole

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read what no table has."""
        kind = node.type
        if kind == "conditional_access_expression":
            bound = node.named_children[-1]
            name = _plain(bound.child_by_field_name("name")) if bound.type == "member_binding_expression" else None
            value = reader.read(node.child_by_field_name("condition"), block, depth)
            return ("attribute", value, reader.text(name)) if name is not None else OTHER
        if kind == "await_expression":
            parts = named_children(node)
            return ("await", reader.read(parts[0], block, depth)) if parts else OTHER
        if kind == "array_type":
            return ("subscript", ("builtin", "Array"), reader.type(node.child_by_field_name("type"), block, depth))
        if kind == "predefined_type":
            return ("builtin", reader.text(node))
        if kind == "lambda_expression":
            return ("lambda", OTHER)
        return OTHER


# Namespaces are written in the files, not in their paths: what is in other files is found by member names only.
CSHARP = Language(
    "csharp",
    extractor(_CSharp()),
    suffixes=(".cs", ".csx"),
    resolution=Resolution(private_imports=True, guesses=False, overloads=True),
)
