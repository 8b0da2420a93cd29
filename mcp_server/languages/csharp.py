"""How is C# spelled?"""

from collections.abc import Iterator
from typing import ClassVar

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.csharp_directives import without_directives
from mcp_server.languages.csharp_resolution import BUILTIN_MEMBERS, RESOLUTION
from mcp_server.languages.csharp_types import PLAIN_TYPES
from mcp_server.languages.extract import Captures, Grammar, Source, named_children
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.syntax import CURLY, OTHER, Reading, Syntax, Variable, imported, path_of
from stores.facts import Expr, Import


def _load() -> object:
    import tree_sitter_c_sharp  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_c_sharp.language()


def _plain(name: Node | None) -> Node | None:
    """Return a name without its type arguments."""
    return named_children(name)[0] if name is not None and name.type == "generic_name" else name


_NUMBERS = {"integer_literal": "int", "real_literal": "double"}
_REFERENCES = frozenset({b"ref", b"out"})
_TYPES = frozenset(
    {"class_declaration", "struct_declaration", "interface_declaration", "record_declaration", "delegate_declaration"}
)


class _CSharp(Syntax):
    name = "csharp"
    grammar = Grammar(_load, "csharp.scm", CURLY, without_directives)
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
        "boolean_literal": "bool",
        "character_literal": "char",
        "null_literal": "None",
        "tuple_expression": "tuple",
        "typeof_expression": "Type",
    }
    receivers = {"this": "self", "base": "super"}
    untyped = frozenset({"var"})
    modifiers = frozenset({"modifier"})
    flags: ClassVar[dict[str, str]] = {**Syntax.flags, "partial": "partial"}
    arity = True

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

    def flags_of(self, node: Node, source: Source) -> Iterator[str]:
        """Yield the flags of a definition."""
        yield from super().flags_of(node, source)
        if node.type in _TYPES and any(child.type == "type_parameter_list" for child in node.named_children):
            yield "generic"
        if any(child.type == "explicit_interface_specifier" for child in node.named_children):
            yield "unbound"  # ``void IList.Add(object x)``: only an object of the interface has it

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        around = node.parent
        if node.type == "implicit_parameter":
            yield Variable(node)
        elif node.type == "identifier" and around is not None:  # after ``params``
            written = around.child_by_field_name("type")
            yield Variable(node, written.child_by_field_name("type") if written is not None else None)
        else:
            for variable in super().parameter(node):
                last = node.named_children[-1]
                yield variable._replace(value=last if last.id != variable.name.id else None)

    def parameter_kind(self, node: Node) -> str:
        """Return "variadic" for what ``params`` gathers, "reference" after ``ref`` and ``out``."""
        if node.type == "identifier":
            return "variadic"
        taken = any(child.text in _REFERENCES for child in node.children if child.type == "modifier")
        return "reference" if taken else "positional"

    def is_reference(self, node: Node) -> bool:
        """Tell whether an argument comes after ``ref`` or ``out``."""
        return any(child.type in ("ref", "out") for child in node.children)

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

    def last_name(self, name: Node) -> Node:
        """Return the last name of a type: ``C`` of ``a.B.C<D>``."""
        while name.type in ("qualified_name", "alias_qualified_name", "generic_name"):
            inner = name.named_children[0] if name.type == "generic_name" else name.child_by_field_name("name")
            if inner is None:
                break
            name = inner
        return name

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
        if kind == "nullable_type":
            inner = reader.type(node.child_by_field_name("type"), block, depth)
            plain = inner[0] in ("builtin", "free") and inner[1] in PLAIN_TYPES
            return ("builtin", f"{inner[1]}?") if plain else inner
        if kind in _NUMBERS:
            return ("literal", _number(reader.text(node).lower(), _NUMBERS[kind]))
        if kind == "predefined_type":
            return ("builtin", reader.text(node))
        if kind == "lambda_expression":
            return ("lambda", OTHER)
        return OTHER


def _number(text: str, plain: str) -> str:
    """Return the type of a number by its last letters (C# 7.3, sections 6.4.5.3 and 6.4.5.4)."""
    if plain == "int":
        ends = {"u": "uint", "l": "long"}
        return "ulong" if text.endswith(("ul", "lu")) else ends.get(text[-1:], plain)
    return {"f": "float", "m": "decimal"}.get(text[-1:], plain)


CSHARP = Language(
    "csharp",
    extractor(_CSharp()),
    suffixes=(".cs", ".csx"),
    builtin_members=BUILTIN_MEMBERS,
    resolution=RESOLUTION,
)
