"""What does a Python definition say about itself?

Signature, parameters, decorators, docstring and flags of functions and classes: everything of a ``Symbol``
that can be read off its own lines.
"""

import inspect
import re
from dataclasses import dataclass
from typing import NamedTuple

from tree_sitter import Node

from mcp_server.languages.extract import Source, first_child, named_children, one_line
from stores.facts import Expr, Parameter

# Longer texts are cut: a signature is read by people and fills an agent's context.
_LONGEST_VALUE = 80
_LONGEST_ANNOTATION = 400
_LONGEST_DECORATOR = 400
# A table of data is sometimes written as a docstring; what matters is at its start.
_LONGEST_DOCSTRING = 20_000

_KIND_OF_SPLAT = {"list_splat_pattern": "variadic", "dictionary_splat_pattern": "keyword-variadic"}
_STARS = {"variadic": "*", "keyword-variadic": "**"}
_PROPERTIES = frozenset({"property", "cached_property", "abstractproperty", "setter", "getter", "deleter"})
_ABSTRACT = frozenset({"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"})
# Methods that get the class although nothing says so.
_IMPLICIT_CLASS = frozenset({"__init_subclass__", "__class_getitem__"})
_ABSTRACT_BASE = re.compile(r"\b(?:ABC|ABCMeta)\b")
# Their names are short and upper-case by convention, but they are no constants of the program.
_TYPE_MAKERS = frozenset({"TypeVar", "TypeVarTuple", "ParamSpec", "NewType"})
_UPPER_CASE = re.compile(r"_*[A-Z][A-Z0-9_]*")


@dataclass(slots=True)
class ParameterDraft:
    """A parameter whose annotation ``type`` and default ``value`` are not read yet; ``kind`` is as in ``Parameter``."""

    name: str
    kind: str
    type: Node | None = None
    value: Node | None = None


class Decorated(NamedTuple):
    """The decorators of a definition, as text and as expressions, and the byte at which it starts with them."""

    start: int
    decorators: tuple[str, ...]
    nodes: tuple[Node, ...]


def decorated(node: Node, source: Source) -> Decorated:
    """Return the decorators of a ``decorated_definition``, without their ``@``."""
    found = [child for child in node.children if child.type == "decorator"]
    texts = tuple(one_line(source.text(child)[1:].strip(), _LONGEST_DECORATOR) for child in found)
    return Decorated(node.start_byte, texts, tuple(inner for child in found if (inner := first_child(child))))


def decorator_names(decorators: tuple[str, ...]) -> frozenset[str]:
    """Return the last name of each decorator: ``functools.cached_property`` gives ``cached_property``."""
    if not decorators:
        return frozenset()
    return frozenset([text.partition("(")[0].rpartition(".")[2].strip() for text in decorators])


def method_kind(decorators: tuple[str, ...]) -> str:
    """Return "property" or "method"."""
    return "property" if decorator_names(decorators) & _PROPERTIES else "method"


def receiver_kind(name: str, decorators: tuple[str, ...]) -> str | None:
    """Return what the first parameter of a method is: "self", "class", or None for a static method."""
    names = decorator_names(decorators)
    if "staticmethod" in names:
        return None
    if names & {"classmethod", "abstractclassmethod"} or name == "__new__" or name in _IMPLICIT_CLASS:
        return "class"
    return "self"


def variable_kind(name: str, annotation: str | None, maker: str, *, in_class: bool) -> str:
    """Return the kind of symbol that an assignment to ``name`` makes; ``maker`` is what was called for the value."""
    if annotation is not None and annotation.rpartition(".")[2].strip("\"'") == "TypeAlias":
        return "type"
    if in_class:
        return "field"
    if maker.rpartition(".")[2] in _TYPE_MAKERS:
        return "variable"
    return "constant" if _UPPER_CASE.fullmatch(name) else "variable"


def parameters_of(node: Node | None, source: Source) -> list[ParameterDraft]:
    """Return the parameters of a function or lambda."""
    found: list[ParameterDraft] = []
    kind = "positional"
    for child in named_children(node) if node else ():
        if child.type == "positional_separator":
            for before in found:
                before.kind = "positional-only"
        elif child.type == "keyword_separator":
            kind = "keyword-only"
        else:
            parameter = _parameter(child, kind, source)
            if parameter is not None:
                found.append(parameter)
                kind = "keyword-only" if parameter.kind == "variadic" else kind
    return found


def _parameter(node: Node, kind: str, source: Source) -> ParameterDraft | None:
    if node.type == "identifier":
        return ParameterDraft(source.text(node), kind)
    name = node.child_by_field_name("name") or node
    if node.type == "typed_parameter":
        name = first_child(node) or node
    if name.type in _KIND_OF_SPLAT:
        kind = _KIND_OF_SPLAT[name.type]
        name = first_child(name) or name
    if name.type != "identifier":
        return None
    return ParameterDraft(source.text(name), kind, node.child_by_field_name("type"), node.child_by_field_name("value"))


def parameter(draft: ParameterDraft, type_: Expr | None, value: Expr | None, source: Source) -> Parameter:
    """Return a parameter whose annotation and default were read as these expressions."""
    return Parameter(
        draft.name,
        draft.kind,
        source.brief(draft.type, _LONGEST_ANNOTATION) if draft.type else None,
        source.brief(draft.value, _LONGEST_VALUE) if draft.value else None,
        type_,
        value,
    )


def type_parameters_of(node: Node, source: Source) -> tuple[str, ...]:
    """Return the type parameters in brackets after the name (PEP 695), as written."""
    brackets = node.child_by_field_name("type_parameters")
    return tuple(source.brief(c, _LONGEST_ANNOTATION) for c in named_children(brackets)) if brackets else ()


def is_async(node: Node) -> bool:
    """Tell whether a function is declared ``async``."""
    first = first_child(node, named=False)
    return first is not None and first.type == "async"


def function_signature(
    name: str, parameters: tuple[Parameter, ...], type_parameters: tuple[str, ...], returns: str | None, prefix: str
) -> str:
    """Return a function's signature in one line."""
    shown: list[str] = []
    for position, parameter in enumerate(parameters):
        previous = parameters[position - 1].kind if position else ""
        if previous == "positional-only" and parameter.kind != "positional-only":
            shown.append("/")
        if parameter.kind == "keyword-only" and previous not in ("keyword-only", "variadic"):
            shown.append("*")
        shown.append(_show(parameter))
    if parameters and parameters[-1].kind == "positional-only":
        shown.append("/")
    arrow = f" -> {returns}" if returns else ""
    return f"{prefix}def {name}{_brackets(type_parameters)}({', '.join(shown)}){arrow}"


def _show(parameter: Parameter) -> str:
    text = _STARS.get(parameter.kind, "") + parameter.name
    if parameter.annotation is not None:
        text += f": {parameter.annotation}"
    if parameter.default is not None:
        text += f" = {parameter.default}" if parameter.annotation is not None else f"={parameter.default}"
    return text


def class_signature(name: str, type_parameters: tuple[str, ...], arguments: tuple[str, ...]) -> str:
    """Return the first line of a class in one line; ``arguments`` include keywords such as ``metaclass=``."""
    bases = f"({', '.join(arguments)})" if arguments else ""
    return f"class {name}{_brackets(type_parameters)}{bases}"


def value_signature(name: str, annotation: str | None, value: str | None) -> str:
    """Return an assignment in one line, its value cut."""
    typed = f"{name}: {annotation}" if annotation is not None else name
    return typed if value is None else f"{typed} = {value}"


def _brackets(type_parameters: tuple[str, ...]) -> str:
    return f"[{', '.join(type_parameters)}]" if type_parameters else ""


def function_flags(
    name: str, decorators: tuple[str, ...], *, asynchronous: bool, in_class: bool, generator: bool
) -> tuple[str, ...]:
    """Return which of async, generator, static, class, abstract and overload hold for a function."""
    names = decorator_names(decorators)
    holds = {
        "async": asynchronous,
        "generator": generator,
        "static": in_class and "staticmethod" in names,
        "class": in_class and ("classmethod" in names or name in _IMPLICIT_CLASS),
        "abstract": bool(names & _ABSTRACT),
        "overload": "overload" in names,
    }
    return tuple([flag for flag, true in holds.items() if true])


def class_flags(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return "abstract" for a class that says so in its bases or metaclass."""
    return ("abstract",) if any(_ABSTRACT_BASE.search(argument) for argument in arguments) else ()


def docstring_of(body: Node | None, source: Source) -> str | None:
    """Return the docstring at the start of ``body``, cleaned as ``inspect.cleandoc`` does."""
    statement = first_child(body)
    while statement is not None and statement.type == "comment":
        statement = statement.next_named_sibling
    literal = first_child(statement) if statement is not None and statement.type == "expression_statement" else None
    if literal is None or statement is None or statement.named_child_count != 1:
        return None
    if literal.type == "concatenated_string":
        texts = [_string_text(part, source) for part in literal.named_children if part.type == "string"]
    elif literal.type == "string":
        texts = [_string_text(literal, source)]
    else:
        return None
    return inspect.cleandoc("".join(texts)[:_LONGEST_DOCSTRING]) or None


def _string_text(string: Node, source: Source) -> str:
    parts = string.children
    if len(parts) < 2 or parts[-1].type != "string_end":
        return ""
    return source.slice(parts[0].end_byte, parts[-1].start_byte)
