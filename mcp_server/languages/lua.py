"""How is Lua spelled?"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Captures, Grammar, Recovery, Source, named_children
from mcp_server.languages.file_resolution import file_resolution
from mcp_server.languages.language import Language, dotted_module_name
from mcp_server.languages.outline import extractor
from mcp_server.languages.syntax import ANY_COMMENT, OTHER, Reading, Syntax, Variable
from stores.facts import Expr, Import

_RECOVERY = Recovery(
    outermost=re.compile(rb"^(?:local\s+)?function\b", re.MULTILINE),
    inner=re.compile(rb"^[ \t]+(?:local\s+)?function\b", re.MULTILINE),
    tokens=re.compile(rb'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|--[^\n]*|[()\[\]{}]'),
)
# `function ropes.join(...)`, `ropes.join = function (...)`.
_PUT_INTO = re.compile(rb"(?=\bfunction\s+(\w+)[.:]|^[ \t]*(\w+)\.\w+\s*=\s*function\b)", re.MULTILINE)
_INDEXES = frozenset({"dot_index_expression", "method_index_expression"})

_BUILTINS = """
assert collectgarbage dofile error getmetatable ipairs load loadfile next pairs pcall print rawequal rawget rawlen
rawset require select setmetatable tonumber tostring type warn xpcall unpack setfenv getfenv module string table math
io os debug coroutine utf8 package bit32
"""


def _load() -> object:
    import tree_sitter_lua  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_lua.language()


def _assigned(node: Node) -> tuple[list[Node], list[Node]]:
    """Return the names and values of an assignment."""
    parts = {child.type: child for child in node.named_children}
    names, values = parts.get("variable_list"), parts.get("expression_list")
    return named_children(names) if names is not None else [], named_children(values) if values is not None else []


class _Lua(Syntax):
    name = "lua"
    grammar = Grammar(_load, "lua.scm", _RECOVERY)
    members = {"dot_index_expression": ("table", "field"), "method_index_expression": ("table", "method")}
    calls = {"function_call": "name"}
    elements = {"bracket_index_expression": "table"}
    literals = {"string": "string", "number": "number", "true": "boolean", "false": "boolean", "nil": "None"}
    receivers: ClassVar[dict[str, str]] = {}
    builtins = frozenset(_BUILTINS.split())
    self_words = frozenset({"self"})
    doc = ANY_COMMENT
    bare_members = False

    def name_of(self, node: Node) -> Node | None:
        """Return the name of a function, the last one of ``function M.sub:name()``."""
        if node.type == "assignment_statement":
            name: Node | None = _assigned(node)[0][0]
        else:
            name = node.child_by_field_name("name")
        if name is not None and name.type in _INDEXES:
            return name.child_by_field_name("field") or name.child_by_field_name("method")
        return name if name is not None and name.type == "identifier" else None

    def body_of(self, node: Node) -> Node | None:
        """Return the body of a function."""
        if node.type == "function_declaration":
            return node.child_by_field_name("body")
        function = _assigned(node)[1][0] if node.type == "assignment_statement" else node.child_by_field_name("value")
        return function.child_by_field_name("body") if function is not None else None

    def owner_of(self, node: Node) -> Node | None:
        """Return the table of ``function Table:name()`` and ``Table.name = function()``."""
        name = _assigned(node)[0][0] if node.type == "assignment_statement" else node.child_by_field_name("name")
        return name.child_by_field_name("table") if name is not None and name.type in _INDEXES else None

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        yield Variable(node)

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration."""
        if node.type == "identifier":
            yield Variable(node)
        elif node.type == "for_generic_clause":
            names, _ = _assigned(node)
            yield from (Variable(name) for name in names)
        else:
            inner = node.named_children[0] if node.named_children else None
            names, values = _assigned(inner) if inner is not None and inner.type == "assignment_statement" else ([], [])
            if inner is not None and inner.type == "variable_list":
                names = named_children(inner)
            if _required(node) is None:
                for position, name in enumerate(names):
                    value = values[position] if position < len(values) and len(names) == len(values) else None
                    if name.type == "identifier" and (value is None or value.type != "function_definition"):
                        yield Variable(name, None, value)

    def assigned(self, node: Node) -> Iterator[tuple[Node, Node | None]]:
        """Yield (target, value) of assignments to what is no new local name."""
        if node.parent is not None and node.parent.type == "variable_declaration":
            return
        names, values = _assigned(node)
        if len(names) == len(values):
            yield from ((n, v) for n, v in zip(names, values, strict=True) if v.type != "function_definition")

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:  # noqa: ARG002
        """Return "class" for a table that is named as one, or that functions are put into, else "variable"."""
        if variable.value is None or variable.value.type not in ("table_constructor", "function_call"):
            return "variable"
        name = source.text(variable.name)
        holds = variable.value.type == "table_constructor" and name in _tables_with_functions(source.data)
        return "class" if holds or name[:1].isupper() else "variable"

    def exports(self, captures: Captures, source: Source) -> frozenset[str]:
        """Return the table that the file returns."""
        return frozenset(source.text(node) for node in captures.get("package", ()))

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield what ``local x = require("a.b")`` binds."""
        call = _required(node)
        path = _argument(call, source) if call is not None else ""
        if path:
            names = _assigned(node.named_children[0])[0] if node.type == "variable_declaration" else []
            alias = source.text(names[0]) if len(names) == 1 else None
            yield Import(-1, path, 0, None if alias else "*", alias, source.line(node.start_byte), whole=True)

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:  # noqa: ARG002
        """Read functions and tables."""
        if node.type == "function_definition":
            return ("lambda", OTHER)
        return ("literal", "table") if node.type == "table_constructor" else OTHER


@lru_cache(maxsize=1)
def _tables_with_functions(data: bytes) -> frozenset[str]:
    """Return the names of the tables of a file that functions are put into."""
    return frozenset((match[1] or match[2]).decode("utf-8", "replace") for match in _PUT_INTO.finditer(data))


def _required(node: Node) -> Node | None:
    """Return the call of ``require`` that a statement consists of."""
    if node.type == "function_call":
        return node
    inner = node.named_children[0] if node.named_children else None
    values = _assigned(inner)[1] if inner is not None and inner.type == "assignment_statement" else []
    call = values[0] if len(values) == 1 and values[0].type == "function_call" else None
    name = call.child_by_field_name("name") if call is not None else None
    return call if name is not None and name.text == b"require" else None


def _argument(call: Node, source: Source) -> str:
    """Return the text that is the only argument of a call."""
    arguments = call.child_by_field_name("arguments")
    texts = named_children(arguments) if arguments is not None else []
    return source.text(texts[0]).strip("'\"[]") if len(texts) == 1 and texts[0].type == "string" else ""


def module_name(path: str) -> str:
    """Return the name by which ``require`` finds a Lua file."""
    return dotted_module_name(path.removeprefix("lua/"), "init")


LUA = Language(
    "lua",
    extractor(_Lua()),
    suffixes=(".lua",),
    interpreters=("lua", "luajit"),
    module_name=module_name,
    resolution=replace(file_resolution("lua", (".lua", "/init.lua"), "."), any_arguments=True),
)
