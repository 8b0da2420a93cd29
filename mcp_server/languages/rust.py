"""How is Rust spelled?"""

import re
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
# Macros of the standard library whose arguments are expressions, in brackets as a call has them.
_CALLED = re.compile(
    rb"\b((?:debug_)?assert(?:_eq|_ne)?|e?print(?:ln)?|format(?:_args)?|panic|write(?:ln)?|unreachable|todo|unimplemented|dbg|try)"
    rb"!(?=\s*\()"
)
_LISTS = re.compile(rb"\bvec!\[")
# Methods of iterators and of Option and Result that hand an element, or what is inside, to the function given.
_ELEMENT_TO = frozenset(
    rb"""map filter any all for_each filter_map flat_map find find_map position rposition take_while skip_while
    partition retain max_by_key min_by_key sort_by_key inspect map_while""".split()
)
_CONTENT_TO = frozenset(b"and_then map_or map_or_else is_some_and is_ok_and".split())
_WORDS = frozenset({"mut_pattern", "ref_pattern", "reference_pattern"})


def _load() -> object:
    import tree_sitter_rust  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_rust.language()


def _with_calls(data: bytes) -> bytes:
    """Spell macros whose arguments are expressions as calls and lists, so that calls among these are seen."""
    return _LISTS.sub(b"    [", _CALLED.sub(rb"\1_", data))


class _Rust(Syntax):
    name = "rust"
    grammar = Grammar(_load, "rust.scm", CURLY, _with_calls)
    members = {
        "field_expression": ("value", "field"),
        "scoped_identifier": ("path", "name"),
        "scoped_type_identifier": ("path", "name"),
    }
    calls = {"call_expression": "function", "macro_invocation": "macro"}
    wrappers = frozenset({"parenthesized_expression", "try_expression", "bracketed_type"})
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
        """Yield the names a parameter binds; of a closure, with what it is handed."""
        pattern = node.child_by_field_name("pattern") if node.type == "parameter" else node
        if pattern is None:
            return
        written = node.child_by_field_name("type")
        value, how = _handed(node) if written is None else (None, "")
        for name, whole, _ in bound_names(pattern):
            yield Variable(name, written if whole else None, value if whole else None, how if whole else "")

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names a declaration or pattern binds."""
        pattern = node.child_by_field_name("pattern")
        if pattern is None:
            yield from _parts(node) if node.type == "ordered_field_declaration_list" else super().variables(node)
            if node.type == "enum_variant" and (inside := node.child_by_field_name("body")) is not None:
                yield from _parts(
                    inside, f"{(name.text or b'').decode()}." if (name := node.child_by_field_name("name")) else ""
                )
            return
        _, written, value, how = self.bindings[node.type]
        type_node = node.child_by_field_name(written) if written else None
        value_node = node.child_by_field_name(value) if value else None
        if node.type == "match_arm":
            matched = node.parent.parent if node.parent else None
            value_node = matched.child_by_field_name("value") if matched else None
        for name, whole, part in bound_names(pattern):
            if part is not None:
                yield Variable(name, None, part[0], part=part[1])
            else:
                yield Variable(name, type_node if whole else None, value_node, how if whole else "unread")

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
        return self._computed(node, block, reader, depth)

    @staticmethod
    def _computed(node: Node, block: Block, reader: Reading, depth: int) -> Expr:
        """Read what operators and blocks give."""
        kind = node.type
        if kind == "unary_expression":
            inner = named_children(node)[0] if node.named_child_count else None
            # `**self` is what the type derefs to, of which nothing is known.
            twice = inner is not None and inner.type == "unary_expression" and node.children[0].type == "*"
            return OTHER if twice else reader.read(inner, block, depth)
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


def bound_names(pattern: Node) -> Iterator[tuple[Node, bool, tuple[Node, str] | None]]:
    """Yield the names a pattern binds, whether each gets the whole value, and else which part of which type it gets."""
    waiting: list[tuple[Node, bool, tuple[Node, str] | None]] = [(pattern, True, None)]
    while waiting:
        node, whole, part = waiting.pop()
        kind = node.type
        if kind in ("identifier", "shorthand_field_identifier"):
            text = node.text or b""
            if not text[:1].isupper():
                yield node, whole, part
            continue
        if kind == "captured_pattern":
            children = named_children(node)
            yield from ((child, whole, part) for child in children[:1] if child.type == "identifier")
            waiting.extend((child, False, None) for child in reversed(children[1:]))
        elif kind not in ("scoped_identifier", "generic_type", "scoped_type_identifier"):
            waiting.extend(reversed(list(_inside(node, whole=whole, part=part))))


def _inside(
    node: Node, *, whole: bool, part: tuple[Node, str] | None
) -> Iterator[tuple[Node, bool, tuple[Node, str] | None]]:
    """Yield the patterns in a pattern, with what each takes."""
    kind, children = node.type, named_children(node)
    if kind == "tuple_struct_pattern":
        taken = children[0]
        passing = len(children) == 2 and (taken.text or b"").decode() in _TRANSPARENT
        place = 0
        for child in node.children[1:]:
            place += child.type == ","  # `_` is no named child
            if child.is_named:
                yield (child, whole, part) if passing else (child, False, (taken, str(place)))
    elif kind == "struct_pattern":
        taken_type = node.child_by_field_name("type")
        for child in children:
            name = child.child_by_field_name("name") if child.type == "field_pattern" else None
            if name is not None and taken_type is not None:
                inner = child.child_by_field_name("pattern") or name
                yield inner, False, (taken_type, (name.text or b"").decode())
    elif kind == "match_pattern":
        condition = node.child_by_field_name("condition")
        yield from ((child, whole, part) for child in children if condition is None or child.id != condition.id)
    elif kind in _WORDS:
        yield from ((child, whole, part) for child in children)
    else:
        yield from ((child, False, None) for child in children)


def _parts(node: Node, before: str = "") -> Iterator[Variable]:
    """Yield the parts of a structure or variant: ``0`` of ``struct A(T)``, ``Round.radius`` of a variant."""
    place = 0
    for child in named_children(node):
        if child.type == "field_declaration":
            name, written = child.child_by_field_name("name"), child.child_by_field_name("type")
            if name is not None and written is not None:
                yield Variable(name, written, named=before + (name.text or b"").decode())
        elif child.type not in ("visibility_modifier", "attribute_item", "line_comment", "block_comment"):
            yield Variable(child, child, named=f"{before}{place}")
            place += 1


def _handed(node: Node) -> tuple[Node | None, str]:
    """Return what a closure's parameter is an element of, or is: the receiver of the method that the closure is for."""
    closure = node.parent.parent if node.parent is not None and node.parent.type == "closure_parameters" else None
    call = closure.parent.parent if closure is not None and closure.parent is not None else None
    function = call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
    name = function.child_by_field_name("field") if function is not None else None
    if name is None or function is None or name.text not in _ELEMENT_TO | _CONTENT_TO:
        return None, ""
    return function.child_by_field_name("value"), "element" if name.text in _ELEMENT_TO else ""


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
