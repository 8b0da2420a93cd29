"""How is C++ spelled, and which header is C++?"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from tree_sitter import Node

from mcp_server.languages.c import LIBRARY, CSyntax, declared
from mcp_server.languages.c_macros import without_macros
from mcp_server.languages.extract import Grammar, named_children
from mcp_server.languages.file_resolution import file_resolution
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.syntax import CURLY, Variable
from stores.facts import FileFacts

# `a::b::c::f`: names in one another; people write five.
_MOST_SCOPES = 32


def _load() -> object:
    import tree_sitter_cpp  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_cpp.language()


class _Cpp(CSyntax):
    name = "cpp"
    grammar = Grammar(_load, ("cpp.scm", "c_family.scm"), CURLY, without_macros)
    identifiers = frozenset({"identifier", "namespace_identifier"})
    members = {**CSyntax.members, "qualified_identifier": ("scope", "name")}
    calls = {**CSyntax.calls, "new_expression": "type"}
    made = frozenset({"new_expression"})
    fielded = {
        **CSyntax.fielded,
        "class_specifier": "name",
        "template_function": "name",
        "template_method": "name",
        "dependent_name": "name",
    }
    generics = {"template_type": "template_argument_list"}
    elements = {"subscript_expression": "argument"}
    literals = {**CSyntax.literals, "true": "bool", "false": "bool", "raw_string_literal": "string"}
    paths = frozenset({"qualified_identifier"})
    receivers: ClassVar[dict[str, str]] = {"this": "self"}
    untyped = frozenset({"auto", "decltype(auto)"})
    bare_members = True
    named_constructors = True

    def name_of(self, node: Node) -> Node | None:
        """Return the last name of what is defined."""
        name = super().name_of(node)
        for _ in range(_MOST_SCOPES):
            if name is None or name.type not in ("qualified_identifier", "template_type", "template_function"):
                break
            name = name.child_by_field_name("name")
        return name

    def owner_of(self, node: Node) -> Node | None:
        """Return the class in ``void Class::method()``."""
        if node.type != "function_definition":
            return None
        name, _ = declared(node.child_by_field_name("declarator"))
        owner = None
        for _ in range(_MOST_SCOPES):
            if name is None or name.type != "qualified_identifier":
                break
            owner, name = name.child_by_field_name("scope"), name.child_by_field_name("name")
        return owner

    def before_owner(self, owner: Node) -> list[Node]:
        """Return the names before the class in ``void A::Class::method()``, the outermost first."""
        found: list[Node] = []
        inside = owner.parent
        for _ in range(_MOST_SCOPES):
            around = inside.parent if inside is not None else None
            scope = around.child_by_field_name("scope") if around is not None else None
            if scope is None or around is None or around.type != "qualified_identifier":
                break
            found.insert(0, scope)
            inside = around
        return found

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration that are no functions."""
        if node.type == "for_range_loop":
            name, _ = declared(node.child_by_field_name("declarator"))
            if name is not None:
                yield Variable(name, node.child_by_field_name("type"), node.child_by_field_name("right"), "element")
        elif node.type in ("using_declaration", "namespace_alias_definition"):
            parts = named_children(node)
            if parts and node.type == "using_declaration":
                name = parts[0].child_by_field_name("name")
                while name is not None and name.type == "qualified_identifier":
                    name = name.child_by_field_name("name")
                if name is not None:
                    yield Variable(name, None, parts[0])
            elif len(parts) == 2:
                yield Variable(parts[0], None, parts[1])
        else:
            yield from super().variables(node)


# What no C header has: at the margin or indented, but never in a comment.
_CPP_ONLY = re.compile(
    r"^[ \t]*(?:class\s+\w+[^;\n]*\{?$|namespace\b|template\s*<|using\s|public:|private:|protected:|#include <\w+>$)",
    re.MULTILINE,
)

# Headers are shared, so both see the files of both.
_INCLUDES = replace(file_resolution("c cpp"), library=LIBRARY)

_c, _cpp = extractor(CSyntax()), extractor(_Cpp())


def _c_facts(path: str, text: str) -> FileFacts:
    """Return the facts of a C file, or of a header that is C++ although nothing in its name says so."""
    return (_cpp if path.endswith((".h", ".H")) and _CPP_ONLY.search(text) else _c)(path, text)


C = Language("c", _c_facts, suffixes=(".c", ".h"), resolution=_INCLUDES)
CPP = Language(
    "cpp",
    _cpp,
    suffixes=(".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h++", ".inl", ".ipp", ".cu", ".cuh"),
    resolution=_INCLUDES,
)
