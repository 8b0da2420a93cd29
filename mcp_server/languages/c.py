"""How is C spelled?"""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.c_macros import without_macros
from mcp_server.languages.extract import Grammar, Source
from mcp_server.languages.syntax import ANY_COMMENT, CURLY, OTHER, Reading, Syntax, Variable, imported
from stores.facts import Expr, Import

# `int (*(*f)(int))[3]`: declarators in one another; people write three.
_MOST_DECLARATORS = 32

_NAMES = frozenset(
    {
        "identifier",
        "field_identifier",
        "type_identifier",
        "qualified_identifier",
        "destructor_name",
        "operator_name",
        "operator_cast",
        "template_function",
    }
)
# Functions of ISO C (C17, annex B) whose prototypes portable code repeats for compilers without the headers.
_LIBRARY = """
abort abs atexit atof atoi atol bsearch calloc clock div exit fclose feof ferror fflush fgetc fgets fopen fprintf
fputc fputs fread free freopen fscanf fseek ftell fwrite getc getchar getenv gets isalnum isalpha iscntrl isdigit
isgraph islower isprint ispunct isspace isupper isxdigit labs longjmp malloc memchr memcmp memcpy memmove memset
perror printf putc putchar puts qsort raise rand realloc remove rename rewind scanf setbuf setjmp setvbuf signal
snprintf sprintf srand sscanf strcat strchr strcmp strcoll strcpy strcspn strerror strlen strncat strncmp strncpy
strpbrk strrchr strspn strstr strtod strtok strtol strtoul system time tmpfile tmpnam tolower toupper ungetc vfprintf
vprintf vsnprintf vsprintf
"""
LIBRARY = frozenset(_LIBRARY.split())
_BUILT_IN_TYPES = frozenset({"primitive_type", "sized_type_specifier", "placeholder_type_specifier"})


def _load() -> object:
    import tree_sitter_c  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_c.language()


def declared(declarator: Node | None) -> tuple[Node | None, bool]:
    """Return the name in a declarator, and whether it is a function that is declared."""
    function = False
    for _ in range(_MOST_DECLARATORS):
        if declarator is None or declarator.type in _NAMES:
            return declarator, function
        if declarator.type == "function_declarator":
            function = True
        elif declarator.type in ("pointer_declarator", "array_declarator"):
            function = False
        inner = declarator.child_by_field_name("declarator")
        if inner is None:
            inner = next((child for child in declarator.named_children if "qualifier" not in child.type), None)
        if declarator.type == "parenthesized_declarator" and inner is not None and "pointer" in inner.type:
            inner_name, _ = declared(inner)
            return inner_name, False
        declarator = inner
    return None, False


def _declaring(parameter: Node) -> Node | None:
    """Return what a parameter is a part of, without the declarators between."""
    around = parameter.parent
    while around is not None and (around.type == "parameter_list" or around.type.endswith("_declarator")):
        around = around.parent
    return around


def _declares_a_function(around: Node | None) -> bool:
    """Say whether a declaration with a parameter is of a function: in a body ``T name(x);`` makes an object."""
    if around is None or around.type not in ("function_definition", "field_declaration", "declaration"):
        return False
    return around.parent is None or around.parent.type != "compound_statement"


def _type_below(name: Node) -> Node | None:
    """Return the type of a parameter that is declared between the parameters' names and the body (K&R)."""
    around = _declaring(name)
    if around is None or around.type != "function_definition":
        return None
    for declaration in (child for child in around.named_children if child.type == "declaration"):
        for declarator in declaration.children_by_field_name("declarator"):
            found, _ = declared(declarator)
            if found is not None and found.text == name.text:
                return declaration.child_by_field_name("type")
    return None


class CSyntax(Syntax):
    """C, and what C++ shares with it."""

    name = "c"
    grammar = Grammar(_load, ("c.scm", "c_family.scm"), CURLY, without_macros)
    members = {"field_expression": ("argument", "field")}
    calls = {"call_expression": "function"}
    wrappers = frozenset({"parenthesized_expression"})
    fielded = {
        "pointer_expression": "argument",
        "assignment_expression": "right",
        "type_descriptor": "type",
        "struct_specifier": "name",
        "union_specifier": "name",
        "enum_specifier": "name",
    }
    casts = {"cast_expression": "type", "compound_literal_expression": "type"}
    choices = {"conditional_expression": ("consequence", "alternative")}
    elements = {"subscript_expression": "argument"}
    literals = {"string_literal": "string", "number_literal": "number", "char_literal": "char", "null": "None"}
    receivers: ClassVar[dict[str, str]] = {}
    doc = ANY_COMMENT
    bare_members = False

    def name_of(self, node: Node) -> Node | None:
        """Return the name in the declarator of a definition."""
        if node.type == "type_identifier":
            return node
        declarator = node.child_by_field_name("declarator")
        return declared(declarator)[0] if declarator is not None else node.child_by_field_name("name")

    def alias_of(self, node: Node) -> Node | None:
        """Return the type that a ``typedef`` gives another name to."""
        whole = node.parent if node.type == "type_identifier" else node
        return whole.child_by_field_name("type") if whole is not None else None

    def flags_of(self, node: Node, source: Source) -> Iterable[str]:
        """Return "declaration" for a function without a body, "static" for one that its file alone sees."""
        if node.type in ("declaration", "field_declaration"):
            yield "declaration"
        if node.type == "function_definition":
            words = [child for child in node.children[:3] if child.type == "storage_class_specifier"]
            if any(source.text(word) == "static" for word in words):
                yield "static"

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds; one without is ``_``."""
        if node.type == "identifier":
            yield Variable(node, _type_below(node))
            return
        around = node.parent.parent if node.parent is not None else None
        inner = around.child_by_field_name("declarator") if around is not None else None
        if inner is not None and inner.type.endswith("parenthesized_declarator"):
            return  # of a pointer to a function
        written, declarator = node.child_by_field_name("type"), node.child_by_field_name("declarator")
        name, _ = declared(declarator)
        if name is not None:
            yield Variable(name, written, node.child_by_field_name("default_value"))
        elif written is None or (declarator is None and written.text == b"void"):
            return
        elif _declares_a_function(_declaring(node)):
            yield Variable(written, written, named="_")

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of a declaration that are no functions."""
        if node.type in ("enumerator", "preproc_def"):
            yield from super().variables(node)
            return
        written = node.child_by_field_name("type")
        for each in node.children_by_field_name("declarator"):
            value = each.child_by_field_name("value") if each.type == "init_declarator" else None
            name, function = declared(
                each.child_by_field_name("declarator") if each.type == "init_declarator" else each
            )
            if name is not None and not function and name.type != "qualified_identifier":
                yield Variable(name, written, value or node.child_by_field_name("value"))

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:
        """Return "field", "constant" or "variable"."""
        if node.type == "field_declaration":
            return "field"
        upper = source.text(variable.name).isupper()
        return "constant" if node.type in ("enumerator", "preproc_def") or upper else "variable"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield the file an ``#include`` names; level 1 is relative to this file."""
        path = node.child_by_field_name("path")
        if path is not None and path.type in ("string_literal", "system_lib_string"):
            text = source.text(path).strip('<>" ')
            yield imported(text, "*", None, source.line(node.start_byte), int(path.type == "string_literal"))

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:  # noqa: ARG002
        """Read the names of built-in types."""
        return ("builtin", reader.text(node)) if node.type in _BUILT_IN_TYPES else OTHER
