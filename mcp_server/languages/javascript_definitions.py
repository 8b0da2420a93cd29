"""What does a JavaScript or TypeScript definition say about itself?

Names, parameters, flags, signatures and documentation: everything of a ``Symbol`` that can be read off its own lines.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from mcp_server.languages.extract import Source, first_child, named_children

# Longer texts are cut: a signature is read by people and fills an agent's context.
LONGEST_VALUE = 80
LONGEST_TYPE = 400
LONGEST_SIGNATURE = 600

_UPPER_CASE = re.compile(r"_*[A-Z][A-Z0-9_]*")
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_GENERATORS = frozenset({"generator_function", "generator_function_declaration"})
_NAME_LEAVES = frozenset({"identifier", "shorthand_property_identifier_pattern", "shorthand_property_identifier"})


class ParameterNode(NamedTuple):
    """One parameter: what it binds, its declared type, its default, and whether it takes the rest."""

    node: Node
    pattern: Node
    type: Node | None
    value: Node | None
    rest: bool


def variable_kind(name: str, value_type: str) -> str:
    """Return the kind of symbol that a variable is, by its name and the node type of its value."""
    if value_type in _FUNCTIONS:
        return "function"
    if value_type == "class":
        return "class"
    return "constant" if _UPPER_CASE.fullmatch(name) else "variable"


def method_kind(node: Node) -> str:
    """Return "property" for ``get x()`` and ``set x(v)``, else "method"."""
    return "property" if has_keyword(node, "get") or has_keyword(node, "set") else "method"


def has_keyword(node: Node, word: str) -> bool:
    """Tell whether a definition has the keyword ``word`` before its name."""
    for child in node.children:
        if child.type == word:
            return True
        if child.type in ("formal_parameters", "class_body", "statement_block"):
            return False
    return False


def member_flags(node: Node) -> tuple[str, ...]:
    """Return which of static and abstract a member is."""
    flags = ("static",) if has_keyword(node, "static") else ()
    return (*flags, "abstract") if node.type == "abstract_method_signature" or has_keyword(node, "abstract") else flags


def function_flags(node: Node) -> tuple[str, ...]:
    """Return which of async and generator a function is."""
    flags = ("async",) if has_keyword(node, "async") else ()
    return (*flags, "generator") if node.type in _GENERATORS or has_keyword(node, "*") else flags


def key_of(node: Node) -> Node | None:
    """Return the name of a field of a class, a property of an interface or an entry of an object."""
    return node.child_by_field_name("name") or node.child_by_field_name("property") or node.child_by_field_name("key")


def member_name(node: Node | None, source: Source) -> str | None:
    """Return the name of a member, None for one that is computed."""
    if node is None:
        return None
    if node.type == "string":
        return source.slice(node.start_byte + 1, max(node.start_byte + 1, node.end_byte - 1)) or None
    return None if node.type == "computed_property_name" else source.text(node)


def last_name(node: Node) -> Node | None:
    """Return the last identifier of what is called or given a value, None where it has none."""
    for _ in range(20):
        if node.type in ("identifier", "super", "this", "property_identifier", "private_property_identifier"):
            return node
        if node.type == "member_expression":
            return node.child_by_field_name("property")
        if node.type not in ("parenthesized_expression", "non_null_expression", "instantiation_expression"):
            return None
        inner = first_child(node)
        if inner is None:
            return None
        node = inner
    return None


def parameter_nodes(function: Node) -> Iterator[ParameterNode]:
    """Yield the parameters of a function in order."""
    single = function.child_by_field_name("parameter")
    if single is not None:
        yield ParameterNode(single, single, None, None, rest=False)
        return
    brackets = function.child_by_field_name("parameters")
    for node in named_children(brackets) if brackets is not None else ():
        pattern, value = node.child_by_field_name("pattern") or node, node.child_by_field_name("value")
        if pattern.type == "assignment_pattern":
            value = pattern.child_by_field_name("right")
            pattern = pattern.child_by_field_name("left") or pattern
        rest = pattern.type == "rest_pattern"
        if rest:
            pattern = first_child(pattern) or pattern
        yield ParameterNode(node, pattern, node.child_by_field_name("type"), value, rest)


def parameter_names(function: Node, source: Source) -> Iterator[tuple[str, str]]:
    """Yield the names that the parameters bind; each is "typed", "plain", or "" when it is a part of a parameter."""
    for parameter in parameter_nodes(function):
        if parameter.pattern.type in ("identifier", "this"):
            yield source.text(parameter.pattern), "typed" if parameter.type is not None else "plain"
        else:
            for name in pattern_names(parameter.pattern):
                yield source.text(name), ""


def pattern_names(pattern: Node | None) -> Iterator[Node]:
    """Yield the nodes of the names that a pattern of any nesting binds."""
    waiting = [pattern] if pattern is not None else []
    while waiting:
        node = waiting.pop()
        if node.type in _NAME_LEAVES:
            yield node
        elif node.type in ("pair_pattern", "assignment_pattern", "object_assignment_pattern"):
            inner = node.child_by_field_name("value") or node.child_by_field_name("left")
            waiting.extend([inner] if inner is not None else [])
        elif node.type in ("object_pattern", "array_pattern", "rest_pattern"):
            waiting.extend(reversed(named_children(node)))


def return_type(node: Node) -> Node | None:
    """Return the declared type of what a function returns."""
    return node.child_by_field_name("return_type")


def type_parameters_of(node: Node, source: Source) -> tuple[str, ...]:
    """Return the type parameters, as written."""
    brackets = node.child_by_field_name("type_parameters")
    return tuple(source.brief(c, LONGEST_TYPE) for c in named_children(brackets)) if brackets is not None else ()


def annotation_text(node: Node | None, source: Source) -> str | None:
    """Return a declared type without its colon."""
    return source.brief(node, LONGEST_TYPE).removeprefix(":").strip() if node is not None else None


def header(start: int, node: Node, function: Node | None, source: Source) -> str:
    """Return a definition up to its body, in one line."""
    body = (function or node).child_by_field_name("body")
    end = body.start_byte if body is not None else node.end_byte
    text = " ".join(source.slice(start, min(end, start + 8 * LONGEST_SIGNATURE)).split())
    text = text.removesuffix("=>").rstrip(" ;,")
    return text if len(text) <= LONGEST_SIGNATURE else text[: LONGEST_SIGNATURE - 1] + "…"
