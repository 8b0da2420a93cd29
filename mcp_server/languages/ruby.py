"""How is Ruby spelled?"""

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Grammar, Recovery, Source, named_children
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.ruby_resolution import RESOLUTION
from mcp_server.languages.syntax import ANY_COMMENT, OTHER, Reading, Syntax, Variable, imported
from stores.facts import Expr, Import

_RECOVERY = Recovery(
    outermost=re.compile(rb"^(?:class|module|def)\b", re.MULTILINE),
    inner=re.compile(rb"^[ \t]+(?:class|module|def)\b", re.MULTILINE),
    tokens=re.compile(rb'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#[^\n]*|[()\[\]{}]'),
)
_RECEIVED = frozenset({"constant", "scope_resolution"})


def _load() -> object:
    import tree_sitter_ruby  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_ruby.language()


class _Ruby(Syntax):
    name = "ruby"
    grammar = Grammar(_load, "ruby.scm", _RECOVERY)
    identifiers = frozenset({"identifier", "constant"})
    members = {"scope_resolution": ("scope", "name")}
    paths = frozenset({"scope_resolution"})
    calls = {"call": "method"}
    fielded = {"assignment": "right"}
    wrappers = frozenset({"parenthesized_statements"})
    choices = {"conditional": ("consequence", "alternative")}
    elements = {"element_reference": "object"}
    literals = {
        "string": "String",
        "heredoc_beginning": "String",
        "integer": "Integer",
        "float": "Float",
        "simple_symbol": "Symbol",
        "array": "Array",
        "hash": "Hash",
        "regex": "Regexp",
        "true": "true",
        "false": "false",
        "nil": "None",
    }
    receivers = {"self": "self", "super": "super"}
    doc = ANY_COMMENT
    bare_calls = True
    variables_called = False
    class_kinds = Syntax.class_kinds | {"module"}

    def name_of(self, node: Node) -> Node | None:
        """Return the last name of a definition: ``class A::B`` defines B."""
        name = node.child_by_field_name("name")
        return name.child_by_field_name("name") if name is not None and name.type == "scope_resolution" else name

    def owner_of(self, node: Node) -> Node | None:
        """Return the module that ``class A::B`` is in."""
        name = node.child_by_field_name("name")
        return name.child_by_field_name("scope") if name is not None and name.type == "scope_resolution" else None

    def flags_of(self, node: Node, source: Source) -> Iterable[str]:  # noqa: ARG002
        """Yield what a class is that may be added to, and a method of the class itself."""
        if node.type in ("class", "module"):
            yield "partial"
        if node.type == "method" and _is_in_singleton_class(node):
            yield "static"

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the name a parameter binds."""
        name = node if node.type == "identifier" else node.child_by_field_name("name")
        if name is not None:
            yield Variable(name, None, node.child_by_field_name("value"))

    def parameter_kind(self, node: Node) -> str:
        """Return the kind of a parameter."""
        kinds = {
            "splat_parameter": "variadic",
            "hash_splat_parameter": "keyword-variadic",
            "keyword_parameter": "keyword-only",
        }
        return kinds.get(node.type, "positional")

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names of an assignment."""
        if node.type == "identifier":
            yield Variable(node)
            return
        name = node.child_by_field_name("left")
        if name is not None:
            yield Variable(name, None, node.child_by_field_name("right"))

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:  # noqa: ARG002
        """Return "constant"."""
        return "constant"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield the file that ``require "a/b"`` loads; level 1 is relative to this file."""
        arguments = self.arguments(node)
        name = node.child_by_field_name("method")
        if len(arguments) == 1 and arguments[0].type == "string" and name is not None:
            path = source.text(arguments[0]).strip("'\"")
            level = int(source.text(name) == "require_relative")
            yield imported(path, "*", None, source.line(node.start_byte), level)

    def argument(self, node: Node) -> tuple[Node | None, Node | None]:
        """Return the key, if there is one, and the value of an argument."""
        if node.type == "pair":
            return node.child_by_field_name("key"), node.child_by_field_name("value")
        return None, node

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called: ``Class.new`` calls the class."""
        if node.type == "identifier":
            return None, node, node
        name, value = node.child_by_field_name("method"), node.child_by_field_name("receiver")
        if name is None or name.type == "super":
            return None, None, name
        if value is not None and value.type in _RECEIVED and name.text == b"new":
            return None, None, value
        return value, name, name

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read instance variables."""
        kind = node.type
        if kind in ("instance_variable", "class_variable"):
            return ("attribute", reader.receiver("self", block), reader.text(node))
        return reader.children(node, block, depth) if kind == "binary" and _is_choice(node) else OTHER


def _is_in_singleton_class(node: Node) -> bool:
    """Say whether a method is defined in ``class << self``."""
    around = node.parent
    while around is not None and around.type not in ("class", "module", "singleton_class", "method"):
        around = around.parent
    return around is not None and around.type == "singleton_class"


def _is_choice(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    return operator is not None and operator.type in ("||", "or") and len(named_children(node)) == 2


RUBY = Language(
    "ruby",
    extractor(_Ruby()),
    suffixes=(".rb", ".rake", ".gemspec"),
    file_names=("gemfile", "rakefile", "vagrantfile"),
    interpreters=("ruby",),
    resolution=RESOLUTION,
)
