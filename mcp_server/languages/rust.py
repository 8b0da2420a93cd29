"""How is Rust spelled?"""

from collections.abc import Iterable, Iterator

from tree_sitter import Node

from mcp_server.languages.blocks import Block
from mcp_server.languages.extract import Captures, Grammar, Source, named_children
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.rust_names import BUILTIN_MEMBERS, BUILTINS
from mcp_server.languages.rust_resolution import RESOLUTION
from mcp_server.languages.syntax import CURLY, OTHER, Reading, Syntax, Variable, imported
from stores.facts import Expr, Import

# Branches of one use tree that are followed.
_MOST_USES = 1_000

# Patterns that bind what is inside the value they take apart, which we take for the value itself.
_TRANSPARENT = frozenset({"Some", "Ok"})
# Methods of wrappers and references that give what they are called on: we take `Option<T>` for T.
_PASSING = frozenset(
    rb"""unwrap expect unwrap_or unwrap_or_default unwrap_or_else clone cloned copied as_ref as_mut as_deref borrow
    borrow_mut lock read write to_owned deref deref_mut by_ref ok ok_or ok_or_else take replace into_inner get_mut
    context with_context map_err upgrade""".split()
)
_WORDS = frozenset({"mut_pattern", "ref_pattern", "reference_pattern"})


def _load() -> object:
    import tree_sitter_rust  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_rust.language()


class _Rust(Syntax):
    name = "rust"
    grammar = Grammar(_load, "rust.scm", CURLY)
    members = {
        "field_expression": ("value", "field"),
        "scoped_identifier": ("path", "name"),
        "scoped_type_identifier": ("path", "name"),
    }
    calls = {"call_expression": "function", "macro_invocation": "macro"}
    wrappers = frozenset({"parenthesized_expression", "try_expression", "unary_expression", "bracketed_type"})
    fielded = {
        "generic_function": "function",
        "reference_expression": "value",
        "reference_type": "type",
        "pointer_type": "type",
        "dynamic_type": "trait",
        "abstract_type": "trait",
        "qualified_type": "type",
        "higher_ranked_trait_bound": "type",
    }
    casts = {"type_cast_expression": "type", "struct_expression": "name"}
    generics = {"generic_type": "type_arguments", "generic_type_with_turbofish": "type_arguments"}
    ignored = frozenset({"lifetime"})
    choices = {"if_expression": ("consequence", "alternative")}
    bindings = {
        "field_declaration": ("name", "type", "", ""),
        "enum_variant": ("name", "", "", "self"),
        "let_declaration": ("pattern", "type", "value", ""),
        "let_condition": ("pattern", "", "value", ""),
        "for_expression": ("pattern", "", "value", "element"),
        "match_arm": ("pattern", "", "", ""),
    }
    literals = {
        "string_literal": "str",
        "raw_string_literal": "str",
        "integer_literal": "int",
        "float_literal": "float",
        "boolean_literal": "bool",
        "char_literal": "char",
        "tuple_expression": "tuple",
        "array_expression": "array",
        "unit_expression": "tuple",
    }
    receivers = {"self": "self"}
    paths = frozenset({"scoped_identifier", "scoped_type_identifier"})
    rooted = True
    class_words = frozenset({"Self"})
    suffixes = {"macro_invocation": "!"}
    builtins = BUILTINS
    bare_members = False

    def module(self, path: str, captures: Captures, source: Source) -> str:  # noqa: ARG002
        """Return the path of the module from its crate: "crate::net::http"."""
        return module_name(path)

    def name_of(self, node: Node) -> Node | None:
        """Return the name; an implementation is called by its type."""
        return node.child_by_field_name("type" if node.type == "impl_item" else "name")

    def title(self, kind: str, name: Node, source: Source) -> str:
        """Return the name of a definition."""
        text = source.brief(name, 200)
        if kind != "impl":
            return text
        return text.lstrip("&").removeprefix("dyn ").partition("<")[0].rpartition("::")[2].strip() or text

    def bases_of(self, node: Node) -> Iterable[Node]:
        """Return the type and the trait of an implementation."""
        if node.type == "impl_item":
            found = (node.child_by_field_name("type"), node.child_by_field_name("trait"))
            return [each for each in found if each is not None]
        return ()

    def bound_of(self, node: Node) -> Node | None:
        """Return the traits a type parameter has."""
        return node.child_by_field_name("bounds")

    def flags_of(self, node: Node, source: Source) -> Iterable[str]:  # noqa: ARG002
        """Return "static" for a function of a type that has no ``self``."""
        around = node.parent.parent if node.type.startswith("function") and node.parent else None
        if around is None or around.type not in ("impl_item", "trait_item"):
            return ()
        brackets = node.child_by_field_name("parameters")
        first = named_children(brackets)[:1] if brackets else []
        return () if first and first[0].type == "self_parameter" else ("static",)

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the names a parameter binds."""
        pattern = node.child_by_field_name("pattern") if node.type == "parameter" else node
        if pattern is None:
            return
        written = node.child_by_field_name("type")
        for name, whole in bound_names(pattern):
            yield Variable(name, written if whole else None)

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names a declaration or pattern binds."""
        pattern = node.child_by_field_name("pattern")
        if pattern is None:
            yield from super().variables(node)
            return
        _, written, value, how = self.bindings[node.type]
        type_node = node.child_by_field_name(written) if written else None
        value_node = node.child_by_field_name(value) if value else None
        if node.type == "match_arm":
            matched = node.parent.parent if node.parent else None
            value_node = matched.child_by_field_name("value") if matched else None
        for name, whole in bound_names(pattern):
            yield Variable(name, type_node, value_node, how) if whole else Variable(name)

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:  # noqa: ARG002
        """Return "constant" or "field"."""
        return "constant" if node.type in ("const_item", "static_item") else "field"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield what a use tree, ``extern crate`` or ``mod name;`` binds."""
        line = source.line(node.start_byte)
        name = node.child_by_field_name("name")
        alias = node.child_by_field_name("alias")
        if node.type == "mod_item" and name is not None:
            yield Import(-1, f"self::{source.text(name)}", 0, None, source.text(name), line, whole=True)
        elif node.type == "extern_crate_declaration" and name is not None:
            yield Import(-1, source.text(name), 0, None, source.text(alias or name), line, whole=True)
        else:
            argument = node.child_by_field_name("argument")
            inline = _inline_modules(node, source)
            for path, given in _use_tree(argument, source) if argument is not None else ():
                module, _, last = _in_file(path, inline).rpartition("::")
                if last == "*":
                    yield imported(module, "*", None, line)
                elif module:
                    yield imported(module, last, given or last, line)
                else:
                    yield Import(-1, last, 0, None, given or last, line, whole=True)

    def passed(self, node: Node) -> Node | None:
        """Return the receiver of a method that gives what it is called on, or what is in it."""
        function = node.child_by_field_name("function")
        if function is None or function.type != "field_expression":
            return None
        name = function.child_by_field_name("field")
        return function.child_by_field_name("value") if name is not None and name.text in _PASSING else None

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return what is called; the name of a macro stands for itself."""
        if node.type == "macro_invocation":
            macro = node.child_by_field_name("macro")
            return None, macro if macro is not None and macro.type == "identifier" else None, macro
        return super().callee(node)

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read paths from ``crate``, ``self`` and ``super``, and types."""
        kind = node.type
        if kind in ("crate", "super", "self"):
            first, *inside = _in_file(kind, _inline_modules(node, reader.source)).split("::")
            root = reader.root(first, node)
            for name in inside:
                root = ("attribute", root, name)
            return root
        if kind == "await_expression":
            return ("await", reader.read(named_children(node)[0], block, depth)) if node.named_child_count else OTHER
        if kind == "index_expression":
            return (
                ("subscript", reader.read(named_children(node)[0], block, depth)) if node.named_child_count else OTHER
            )
        if kind == "closure_expression":
            return ("lambda", OTHER)
        if kind == "array_type":
            return ("subscript", ("builtin", "Array"), reader.read(node.child_by_field_name("element"), block, depth))
        if kind == "trait_bounds":
            return reader.children(node, block, depth)
        if kind == "primitive_type":
            return ("builtin", reader.text(node))
        if kind in ("block", "else_clause", "unsafe_block"):
            parts = named_children(node)
            return reader.read(parts[-1], block, depth) if parts and "statement" not in parts[-1].type else OTHER
        return OTHER


def module_name(path: str) -> str:
    """Return the path of a module from its crate, as the convention of Cargo has it.

    ``src/a/b.rs`` and ``src/a/b/mod.rs`` are ``crate::a::b``; ``src/lib.rs``, ``src/main.rs`` and what lies in
    ``src/bin``, ``tests``, ``examples`` or ``benches`` are crates of their own.
    """
    parts = path.removesuffix(".rs").split("/")
    if "src" in parts:
        parts = parts[len(parts) - parts[::-1].index("src") :]
    elif len(parts) > 1:
        parts = parts[-1:]
    if parts[-1] in ("mod", "lib", "main"):
        parts = parts[:-1]
    return "::".join(["crate", *parts]) if parts[:1] != ["bin"] else "crate"


def bound_names(pattern: Node) -> Iterator[tuple[Node, bool]]:
    """Yield the names a pattern binds, and whether each gets the whole value."""
    waiting = [(pattern, True)]
    while waiting:
        node, whole = waiting.pop()
        kind = node.type
        if kind in ("identifier", "shorthand_field_identifier"):
            text = node.text or b""
            if not text[:1].isupper():
                yield node, whole
            continue
        children = named_children(node)
        if kind == "tuple_struct_pattern":
            taken, children = children[0], children[1:]
            whole = whole and len(children) == 1 and (taken.text or b"").decode() in _TRANSPARENT
        elif kind in ("struct_pattern", "field_pattern", "match_pattern"):
            skipped = {"struct_pattern": "type", "field_pattern": "name", "match_pattern": "condition"}[kind]
            left = node.child_by_field_name(skipped)
            keep = kind == "field_pattern" and left is not None and left.type == "shorthand_field_identifier"
            children = [child for child in children if keep or left is None or child.id != left.id]
            whole = whole and kind == "match_pattern"
        elif kind == "captured_pattern":
            yield from ((child, whole) for child in children[:1] if child.type == "identifier")
            children, whole = children[1:], False
        elif kind in ("scoped_identifier", "generic_type", "scoped_type_identifier"):
            continue
        elif kind not in _WORDS:
            whole = False
        waiting.extend((child, whole) for child in reversed(children))


def _use_tree(node: Node, source: Source) -> Iterator[tuple[str, str | None]]:
    """Yield (path, alias) of every leaf of a use tree."""
    waiting: list[tuple[Node, str]] = [(node, "")]
    left = _MOST_USES
    while waiting and left:
        left -= 1
        current, prefix = waiting.pop()
        kind = current.type
        path, alias = current.child_by_field_name("path"), current.child_by_field_name("alias")
        if kind in ("scoped_use_list", "use_list"):
            leaves = current.child_by_field_name("list") if kind == "scoped_use_list" else current
            inner = prefix + (f"{_path(path, source)}::" if path is not None else "")
            waiting.extend((child, inner) for child in reversed(named_children(leaves) if leaves else []))
        elif kind == "use_as_clause" and path is not None and alias is not None:
            yield _joined(prefix, _path(path, source)), source.text(alias)
        elif kind == "use_wildcard":
            inside = named_children(current)
            yield f"{prefix}{_path(inside[0], source)}::*" if inside else f"{prefix}*", None
        else:
            yield _joined(prefix, _path(current, source)), None


def _joined(prefix: str, path: str) -> str:
    """Return the path of a leaf; ``a::{self}`` is ``a``."""
    return prefix.removesuffix("::") if path == "self" and prefix else prefix + path


def _path(node: Node, source: Source) -> str:
    return "".join(source.text(node).split()).removeprefix("::")


def _inline_modules(node: Node, source: Source) -> list[str]:
    """Return the names of the modules in this file around ``node``, the outermost first."""
    found: list[str] = []
    around = node.parent
    while around is not None:
        if around.type == "mod_item":
            name = around.child_by_field_name("name")
            found.append(source.text(name) if name is not None else "")
        around = around.parent
    return found[::-1]


def _in_file(path: str, inline: list[str]) -> str:
    """Return ``path`` as it would be written at the outermost level of its file."""
    first, _, rest = path.partition("::")
    if not inline or first not in ("self", "super"):
        return path
    around = list(inline)
    while first == "super" and around:
        around.pop()
        first, _, rest = rest.partition("::") if rest.partition("::")[0] == "super" else ("self", "", rest)
    return "::".join(part for part in (first, *around, rest) if part)


RUST = Language(
    "rust",
    extractor(_Rust()),
    suffixes=(".rs",),
    module_name=module_name,
    builtin_members=BUILTIN_MEMBERS,
    resolution=RESOLUTION,
)
