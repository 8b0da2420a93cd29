"""How is Go spelled?

The language's specification: https://go.dev/ref/spec.
"""

import re
from collections.abc import Iterator
from typing import ClassVar

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Captures, Grammar, Source, first_child, named_children
from mcp_server.languages.go_modules import CONFIG, Packages
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.resolution import Resolution
from mcp_server.languages.syntax import ANY_COMMENT, CURLY, OTHER, Reading, Syntax, Variable
from stores.facts import MODULE, Expr, Import

# Parts of one declaration that are read: a longer one is a table of data.
_MOST_NAMES = 64

_BUILTINS = """
any append bool byte cap clear close comparable complex complex128 complex64 copy delete error false float32 float64
imag int int16 int32 int64 int8 iota len make max min new nil panic print println real recover rune string true uint
uint16 uint32 uint64 uint8 uintptr
"""
# Methods of the standard library's most common interfaces: a name alone does not say whose they are.
_BUILTIN_MEMBERS = """
Add Close Done Err Error Flush Format Get Len Less Lock Name Next Open Read ReadAt ReadByte ReadFrom ReadRune RLock
RUnlock Scan Seek Set String Swap Sync Unlock Unwrap Value Wait Write WriteAt WriteByte WriteString WriteTo
"""
# What a package is called that is not called like its folder: ``gopkg.in/yaml.v3``, ``x/y/v2``, ``x/go-y``.
_VERSION = re.compile(r"/v\d+$|\.v\d+$")
_AFFIX = re.compile(r"^go[-.]|[-.]go$")


def _load() -> object:
    import tree_sitter_go  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_go.language()


class _Go(Syntax):
    name = "go"
    grammar = Grammar(_load, "go.scm", CURLY)
    identifiers = frozenset({"identifier", "package_identifier", "blank_identifier"})
    members: ClassVar[dict[str, tuple[str, str]]] = {
        "selector_expression": ("operand", "field"),
        "qualified_type": ("package", "name"),
    }
    calls: ClassVar[dict[str, str]] = {"call_expression": "function", "type_conversion_expression": "type"}
    wrappers = frozenset(
        {"parenthesized_expression", "parenthesized_type", "pointer_type", "type_elem", "type_constraint"}
    )
    fielded: ClassVar[dict[str, str]] = {"slice_expression": "operand"}
    casts: ClassVar[dict[str, str]] = {"composite_literal": "type", "type_assertion_expression": "type"}
    generics: ClassVar[dict[str, str]] = {"generic_type": "type_arguments"}
    elements: ClassVar[dict[str, str]] = {"index_expression": "operand"}
    literals: ClassVar[dict[str, str]] = {
        "int_literal": "int",
        "float_literal": "float64",
        "imaginary_literal": "complex128",
        "rune_literal": "rune",
        "interpreted_string_literal": "string",
        "raw_string_literal": "string",
        "true": "bool",
        "false": "bool",
        "iota": "int",
        "nil": "None",
    }
    receivers: ClassVar[dict[str, str]] = {}
    builtins = frozenset(_BUILTINS.split())
    doc = ANY_COMMENT
    bare_members = False

    def module(self, path: str, captures: Captures, source: Source) -> str:  # noqa: ARG002
        """Return the path of the package with dots, so that ``http.Get`` is found by its last part."""
        return path.rpartition("/")[0].replace("/", ".")

    def alias_of(self, node: Node) -> Node | None:  # noqa: ARG002
        """Return None: a type with another name is a type of its own."""
        return None

    def body_of(self, node: Node) -> Node | None:
        """Return what follows the signature of a function or type."""
        written = node.child_by_field_name("type")
        if written is not None and written.type == "struct_type":
            return first_child(written)
        if written is not None and written.type == "interface_type":
            return next((child for child in written.children if child.type == "{"), None)
        return node.child_by_field_name("body")

    def owner_of(self, node: Node) -> Node | None:
        """Return the type of a method's receiver, without the pointer and the type parameters."""
        receiver = node.child_by_field_name("receiver")
        declared = first_child(receiver)
        written = declared.child_by_field_name("type") if declared is not None else None
        for _ in range(4):
            if written is None or written.type == "type_identifier":
                break
            written = written.child_by_field_name("type") or first_child(written)
        return written

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the names of ``a, b T``; a parameter without one is ``_``."""
        written = node.child_by_field_name("type")
        yield from _typed(node)
        if written is not None and node.child_by_field_name("name") is None:
            yield Variable(written, written, named="_")

    def parameter_kind(self, node: Node) -> str:
        """Return "variadic" for ``rest ...T``."""
        return "variadic" if node.type == "variadic_parameter_declaration" else "positional"

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names that a declaration binds."""
        kind = node.type
        if kind in ("var_spec", "const_spec"):
            names = node.children_by_field_name("name")
            yield from _paired(names, node.child_by_field_name("value"), node.child_by_field_name("type"))
        elif kind in ("short_var_declaration", "receive_statement"):
            left = node.child_by_field_name("left")
            yield from _paired(_names(left), node.child_by_field_name("right"))
        elif kind == "range_clause":
            # The second name gets the elements; the first is an index, but for a channel.
            for position, name in enumerate(_names(node.child_by_field_name("left"))):
                yield Variable(name, None, node.child_by_field_name("right") if position else None, "subscript")
        elif kind == "statement_list":
            yield from _switched(node)
        elif kind == "type_alias":
            yield from ()
        elif kind == "field_declaration" and node.child_by_field_name("name") is None:
            yield from _embedded(node)
        else:
            yield from _typed(node)

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:
        """Return the kind of symbol of a name declared outside of functions."""
        if source.text(variable.name) == "_":
            return ""
        return {"var_spec": "variable", "const_spec": "constant"}.get(node.type, "field")

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield what an import binds: its own name for the package, or the one the path suggests."""
        path, named = node.child_by_field_name("path"), node.child_by_field_name("name")
        if path is None:
            return
        module = source.text(path).strip('"`')
        alias: str | None = source.text(named) if named is not None else package_name(module)
        line = source.line(node.start_byte)
        if alias == ".":
            yield Import(MODULE, module, 0, "*", None, line)
        else:
            yield Import(MODULE, module, 0, None, None if alias == "_" else alias, line, whole=True)

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called; ``f[int](x)`` calls f."""
        function = node.child_by_field_name(self.calls[node.type])
        for _ in range(4):
            if function is None or function.type not in (
                "index_expression",
                "generic_type",
                "parenthesized_expression",
            ):
                break
            function = function.child_by_field_name("operand") or first_child(function)
        if function is None:
            return None, None, None
        fields = self.members.get(function.type)
        if fields is None:
            is_name = function.type in self.identifiers or function.type in self.type_names
            return None, function if is_name else None, function
        return function.child_by_field_name(fields[0]), function.child_by_field_name(fields[1]), function

    def result(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr | None:
        """Return what the built-in functions give: ``new(T)``, ``make(T)``, ``append(s, …)``."""
        function, given = node.child_by_field_name("function"), self.arguments(node)
        name = reader.text(function) if function is not None and function.type == "identifier" and given else ""
        if name in ("new", "make") and reader.name(name, block) == ("builtin", name):
            return ("instance", reader.read(given[0], block, depth))
        return reader.read(given[0], block, depth) if name == "append" else None

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read types that are made of others, pointers and channels."""
        kind = node.type
        if kind == "unary_expression":
            operand = reader.read(node.child_by_field_name("operand"), block, depth)
            operator = node.child_by_field_name("operator")
            if operator is not None and operator.type == "<-":
                return ("subscript", operand)
            return operand if operator is not None and operator.type in ("&", "*") else OTHER
        if kind in ("slice_type", "array_type", "implicit_length_array_type"):
            return ("subscript", ("builtin", "slice"), reader.read(node.child_by_field_name("element"), block, depth))
        if kind == "map_type":
            key, value = (reader.read(node.child_by_field_name(name), block, depth) for name in ("key", "value"))
            return ("subscript", ("builtin", "map"), ("items", "tuple", key, value))
        if kind == "channel_type":
            return ("subscript", ("builtin", "chan"), reader.read(node.child_by_field_name("value"), block, depth))
        if kind in ("function_type", "func_literal"):
            return ("lambda", ("instance", reader.read(node.child_by_field_name("result"), block, depth)))
        return _together(node, block, reader, depth) if kind == "parameter_list" else OTHER


def package_name(path: str) -> str:
    """Return what the package at ``path`` is called, as far as the path tells."""
    return _AFFIX.sub("", _VERSION.sub("", path).rpartition("/")[2])


def _typed(node: Node) -> Iterator[Variable]:
    """Yield the names of ``a, b T``."""
    for name in node.children_by_field_name("name"):
        yield Variable(name, node.child_by_field_name("type"))


def _names(left: Node | None) -> list[Node]:
    """Return the names on the left of a declaration, ``_`` among them."""
    return named_children(left)[:_MOST_NAMES] if left is not None else []


def _paired(names: list[Node], right: Node | None, written: Node | None = None) -> Iterator[Variable]:
    """Yield each name with its value; the several results of one call are told apart by their number."""
    values = (
        [right] if right is not None and right.type != "expression_list" else named_children(right) if right else []
    )
    for position, name in enumerate(names[:_MOST_NAMES]):
        if name.type != "identifier":
            continue
        if len(values) == len(names):
            yield Variable(name, written, values[position])
        elif len(values) == 1:
            # ``v, ok := x.(T)`` has one value and a flag; a call has as many as there are names.
            several = values[0].type == "call_expression"
            yield Variable(name, written, values[0] if several or not position else None, str(position) * several)
        else:
            yield Variable(name, written)


def _switched(statements: Node) -> Iterator[Variable]:
    """Yield the name of ``switch x := v.(type)`` as it is in one case: of the type of the case, if it has one."""
    case = statements.parent
    switch = case.parent if case is not None else None
    alias = switch.child_by_field_name("alias") if switch is not None else None
    name = first_child(alias)
    if case is not None and switch is not None and name is not None and name.type == "identifier":
        types = case.children_by_field_name("type")
        value = switch.child_by_field_name("value")
        yield Variable(name, types[0] if len(types) == 1 else None, None if len(types) == 1 else value)


def _embedded(node: Node) -> Iterator[Variable]:
    """Yield the name of an embedded field: that of its type."""
    written = node.child_by_field_name("type")
    last = written
    for _ in range(4):
        if last is None or last.type == "type_identifier":
            break
        last = last.child_by_field_name("name") or last.child_by_field_name("type") or first_child(last)
    if last is not None:
        yield Variable(last, written)


def _together(node: Node, block: Block, reader: Reading, depth: int) -> Expr:
    """Read the several results of a function as one type."""
    types: list[Expr] = []
    for child in named_children(node)[:_MOST_NAMES]:
        written = reader.read(child.child_by_field_name("type"), block, depth)
        types.extend([written] * max(1, len(child.children_by_field_name("name"))))
    if len(types) == 1:
        return types[0]
    return ("subscript", ("builtin", "tuple"), ("items", "tuple", *types))


GO = Language(
    "go",
    extractor(_Go()),
    suffixes=(".go",),
    builtin_members=frozenset(_BUILTIN_MEMBERS.split()),
    resolution=Resolution(
        imports=Packages,
        config_names=frozenset({CONFIG}),
        structural=True,
        types={"slice": "elements", "chan": "elements", "map": "values", "tuple": "tuple"},
    ),
)
