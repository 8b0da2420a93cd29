"""How does a language spell what most languages have?

A ``Syntax`` is the small part of a language that a query cannot say: which nodes are names, members and calls,
how a definition is named, what an import binds. ``outline`` and ``reading`` do the rest, the same for all.
"""

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, NamedTuple, Protocol

from tree_sitter import Node

from mcp_server.languages.blocks import VALUE, Block
from mcp_server.languages.extract import Captures, Grammar, Recovery, Source, named_children, one_line
from stores.facts import MODULE, Expr, Import

OTHER: Expr = ("other",)

_BRACKETS = rb'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n]){1,8}\'|//[^\n]*|/\*[\s\S]*?\*/|[()\[\]{}]'

# What is left of broken text in languages with curly brackets: lines that start at the margin are definitions.
CURLY = Recovery(
    outermost=re.compile(rb"^(?:[A-Za-z_@#\[]|/\*\*)", re.MULTILINE),
    inner=re.compile(
        rb"^[ \t]+(?:(?:pub|public|private|protected|static|abstract|final|fn|func|fun|def|class)\b|@)", re.MULTILINE
    ),
    tokens=re.compile(_BRACKETS),
)

ANY_COMMENT = re.compile(r"")
DOC_COMMENT = re.compile(r"/\*\*|///|/\*!")


# Words before a definition.
_MOST_MODIFIERS = 16

# `a::b::c`: names in one another; people write five.
_MOST_NAMES = 32


class Reading(Protocol):
    """What a syntax may ask of the reader of expressions."""

    source: Source

    def read(self, node: Node | None, block: Block, depth: int = 0) -> Expr:
        """Return what ``node``, evaluated in ``block``, stands for."""
        ...

    def type(self, node: Node | None, block: Block, depth: int = 0) -> Expr:
        """Return what ``node`` stands for where only a type can stand."""
        ...

    def children(self, node: Node, block: Block, depth: int) -> Expr:
        """Return one of the values of all children of ``node``."""
        ...

    def text(self, node: Node) -> str:
        """Return the text of ``node``."""
        ...

    def name(self, text: str, block: Block, want: str = VALUE) -> Expr:
        """Return what the bare name ``text`` means in ``block``."""
        ...

    def root(self, word: str, node: Node) -> Expr:
        """Return what a word for a module (``crate``) stands for that is imported everywhere."""
        ...

    def receiver(self, what: str, block: Block) -> Expr:
        """Return the receiver in ``block``: "self", its bases ("super") or its class ("class")."""
        ...


class Variable(NamedTuple):
    """One name that a declaration binds: its node, and its type and value where they are written for it alone.

    ``how`` tells what of the value the name gets: "element" or "subscript" one of its elements, a number that part of
    several results, "self" an object of the class around (constants of an enum), "type" the type itself, "bound" what a
    type parameter extends, "unread" something that is in it, "" the value itself. ``part`` is the name of what a
    pattern takes out of the type ``value``. ``named`` is the name where it is not the text of the node.
    """

    name: Node
    type: Node | None = None
    value: Node | None = None
    how: str = ""
    part: str = ""
    named: str = ""


class Syntax:
    """What an adapter says about its language; every attribute and method may be overridden.

    Attributes:
        name: the language's name in the facts.
        grammar: its parser and query.
        identifiers: nodes that are bare names where a value or function is meant.
        type_names: nodes that are bare names where a type is meant.
        members: nodes that name a member: node type -> (field of the value, field of the name).
        calls: nodes that call: node type -> field of the callee.
        constructs: calls of a constructor by the word for the receiver: ``this(1)``, ``super(1)``.
        wrappers: nodes that stand for their only named child.
        fielded: nodes that stand for what one of their fields holds: node type -> field.
        made: those of ``calls`` that make an object of the type that is their callee.
        casts: nodes whose value is said to be of the type in one of their fields: node type -> field.
        generics: nodes for a type with arguments: node type -> node type of the arguments.
        ignored: nodes that say nothing about what is beside them, such as annotations of a type.
        choices: nodes that are one of several values: node type -> the fields of the values.
        elements: nodes that are an element of a value: node type -> field of the value.
        declarators: declarations of several names with one type: node type -> field of the single ones.
        bindings: declarations of one name: node type -> (field of the name, type, value; ``Variable.how``).
        literals: nodes of a built-in type: node type -> its name.
        receivers: nodes for the receiver: node type -> "self", "super" or "class".
        paths: nodes of ``members`` whose value is a module or type, where a word for the receiver means something else.
        rooted: a path that starts with an unknown name starts with a module known everywhere (a crate).
        class_words: names that mean the class around; ``self_words`` mean its object, ``super_words`` its bases.
        bare_calls: a bare name that no scope binds, and that starts in lower case, is a call.
        class_kinds: the kinds of definitions whose blocks are classes: what they define are members.
        suffixes: what tells the names called by some nodes from others: ``print!`` is no function ``print``.
        builtins: names that the language defines itself.
        untyped: the text of a type that says nothing ("var").
        doc: what a comment starts with that documents what is below it.
        bare_members: members of a class are visible without a receiver.
        modifiers: nodes of the words before a definition, and ``flags`` what these mean.
        named_constructors: a method that is called as its class is a constructor.
        variables_called: a bare name that is called may be a variable.
        companions: an object may have the name of a type; what ``made`` nodes make is of the type.
        arity: types of one name may differ in the number of their parameters; one that has some has the flag "generic".
    """

    name: ClassVar[str]
    grammar: ClassVar[Grammar]
    identifiers: ClassVar[frozenset[str]] = frozenset({"identifier"})
    type_names: ClassVar[frozenset[str]] = frozenset({"type_identifier"})
    members: ClassVar[dict[str, tuple[str, str]]] = {}
    calls: ClassVar[dict[str, str]] = {}
    constructs: ClassVar[frozenset[str]] = frozenset()
    wrappers: ClassVar[frozenset[str]] = frozenset({"parenthesized_expression"})
    fielded: ClassVar[dict[str, str]] = {}
    made: ClassVar[frozenset[str]] = frozenset()
    casts: ClassVar[dict[str, str]] = {}
    generics: ClassVar[dict[str, str]] = {}
    ignored: ClassVar[frozenset[str]] = frozenset()
    choices: ClassVar[dict[str, tuple[str, ...]]] = {}
    elements: ClassVar[dict[str, str]] = {}
    declarators: ClassVar[dict[str, str]] = {}
    bindings: ClassVar[dict[str, tuple[str, str, str, str]]] = {}
    literals: ClassVar[dict[str, str]] = {}
    receivers: ClassVar[dict[str, str]] = {"this": "self", "super": "super"}
    paths: ClassVar[frozenset[str]] = frozenset()
    rooted: ClassVar[bool] = False
    class_words: ClassVar[frozenset[str]] = frozenset()
    self_words: ClassVar[frozenset[str]] = frozenset()
    super_words: ClassVar[frozenset[str]] = frozenset()
    bare_calls: ClassVar[bool] = False
    class_kinds: ClassVar[frozenset[str]] = frozenset({"class", "interface", "trait", "struct", "enum", "impl"})
    suffixes: ClassVar[dict[str, str]] = {}
    builtins: ClassVar[frozenset[str]] = frozenset()
    untyped: ClassVar[frozenset[str]] = frozenset()
    doc: ClassVar[re.Pattern[str]] = DOC_COMMENT
    bare_members: ClassVar[bool] = True
    modifiers: ClassVar[frozenset[str]] = frozenset()
    flags: ClassVar[dict[str, str]] = {"static": "static", "abstract": "abstract", "async": "async"}
    named_constructors: ClassVar[bool] = False
    variables_called: ClassVar[bool] = True
    companions: ClassVar[bool] = False
    arity: ClassVar[bool] = False

    def module(self, path: str, captures: Captures, source: Source) -> str:  # noqa: ARG002 - for those who override it
        """Return the name other files import this one by, "" where there is none."""
        return ""

    def passed(self, node: Node) -> Node | None:  # noqa: ARG002
        """Return the part of a call that its value is, where the call only passes it on."""
        return None

    def exports(self, captures: Captures, source: Source) -> frozenset[str]:  # noqa: ARG002
        """Return the names of the values whose members are what other files see of this one."""
        return frozenset()

    def name_of(self, node: Node) -> Node | None:
        """Return the node that names a definition."""
        return node.child_by_field_name("name")

    def title(self, kind: str, name: Node, source: Source) -> str:  # noqa: ARG002
        """Return the name of a definition of ``kind``, given the node that names it."""
        return source.brief(name, 200)

    def body_of(self, node: Node) -> Node | None:
        """Return what follows the signature of a definition."""
        return node.child_by_field_name("body")

    def bases_of(self, node: Node) -> Iterable[Node]:  # noqa: ARG002
        """Return the types a definition extends, where its query does not capture them as ``@base``."""
        return ()

    def flags_of(self, node: Node, source: Source) -> Iterable[str]:
        """Return flags of a definition, where its query does not capture them as ``@flag.*``."""
        for child in node.children[:_MOST_MODIFIERS] if self.modifiers else ():
            if child.type in self.modifiers:
                yield from (self.flags[word] for word in source.brief(child, 200).split() if word in self.flags)

    def owner_of(self, node: Node) -> Node | None:  # noqa: ARG002
        """Return the type that a definition written outside of it is a member of (``void T::f()``)."""
        return None

    def before_owner(self, owner: Node) -> list[Node]:  # noqa: ARG002
        """Return the names before the type of ``owner_of``: ``A`` of ``void A::B::f()``."""
        return []

    def alias_of(self, node: Node) -> Node | None:
        """Return the type that the definition of a type gives another name to."""
        return node.child_by_field_name("type")

    def bound_of(self, node: Node) -> Node | None:  # noqa: ARG002
        """Return the type that a type parameter extends."""
        return None

    def assigned(self, node: Node) -> Iterator[tuple[Node, Node | None]]:
        """Yield (target, value) of an assignment captured as ``@assign``."""
        left = node.child_by_field_name("left")
        if left is not None:
            yield left, node.child_by_field_name("right")

    def is_call(self, node: Node) -> bool:  # noqa: ARG002
        """Tell whether a node captured as ``@call`` is one."""
        return True

    def arguments(self, node: Node) -> list[Node]:
        """Return the arguments of a call."""
        brackets = node.child_by_field_name("arguments")
        return named_children(brackets) if brackets is not None else []

    def argument(self, node: Node) -> tuple[Node | None, Node | None]:
        """Return the keyword, if there is one, and the value of an argument."""
        return None, node

    def is_reference(self, node: Node) -> bool:  # noqa: ARG002
        """Tell whether an argument hands over its variable itself."""
        return False

    def parameter(self, node: Node) -> Iterator[Variable]:
        """Yield the names that a parameter binds."""
        name = node if node.type in self.identifiers else node.child_by_field_name("name")
        if name is not None:
            yield Variable(name, node.child_by_field_name("type"), node.child_by_field_name("value"))

    def parameter_kind(self, node: Node) -> str:  # noqa: ARG002
        """Return the kind of a parameter, as ``stores.facts.Parameter`` has it."""
        return "positional"

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the names that a declaration binds."""
        if node.type in self.declarators:
            written = node.child_by_field_name("type")
            for each in node.children_by_field_name(self.declarators[node.type]):
                name = each.child_by_field_name("name")
                if name is not None:
                    yield Variable(name, written, each.child_by_field_name("value"))
            return
        fields = self.bindings.get(node.type, ("name", "type", "value", ""))
        name = node.child_by_field_name(fields[0])
        if name is not None:
            written, value = (node.child_by_field_name(field) if field else None for field in fields[1:3])
            yield Variable(name, written, value, fields[3])

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:  # noqa: ARG002
        """Return the kind of symbol a declared name is, "" for none."""
        return "field"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:  # noqa: ARG002
        """Yield what an import statement binds."""
        yield from ()

    def special(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr:  # noqa: ARG002
        """Return what a node stands for that no table has."""
        return OTHER

    def last_name(self, name: Node) -> Node:
        """Return the last name of a path, by which it is called: ``c`` of ``a::(b::c)``."""
        for _ in range(_MOST_NAMES):
            if name.type not in self.members or name.type not in self.paths:
                break
            name = name.child_by_field_name(self.members[name.type][1]) or name
        return name

    def result(self, node: Node, block: Block, reader: Reading, depth: int) -> Expr | None:  # noqa: ARG002
        """Return what a call gives, None where its callee says it."""
        return None

    def called_text(self, node: Node, source: Source, limit: int) -> str:
        """Return the text of the callee of a call, for readers."""
        value, name, whole = self.callee(node)
        last = name or whole or node
        first = value if value is not None and value.start_byte < last.start_byte else whole or last
        start = min(first.start_byte, last.start_byte)
        text = source.slice(start, min(last.end_byte, start + 8 * limit))
        return one_line(text + self.suffixes.get(node.type, ""), limit)

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return (value the callee is a member of, the name that is called, the whole callee) of a call.

        The name is None where what is called has none; the value is None for a bare name.
        """
        function = node.child_by_field_name(self.calls[node.type])
        for _ in range(8):
            if function is None or function.type not in self.fielded:
                break
            function = function.child_by_field_name(self.fielded[function.type])
        if function is None:
            return None, None, None
        fields = self.members.get(function.type)
        if fields is None:
            return None, function if function.type in self.identifiers else None, function
        name = function.child_by_field_name(fields[1])
        if name is not None and name.type in self.fielded and name.type not in self.paths:
            name = name.child_by_field_name(self.fielded[name.type])
        return function.child_by_field_name(fields[0]), name, function


def imported(module: str, name: str | None, alias: str | None, line: int, level: int = 0) -> Import:
    """Return an import; its scope is filled in later."""
    return Import(MODULE, module, level, name, alias, line)


def path_of(node: Node, source: Source, separator: str) -> tuple[str, str]:
    """Return the text before and after the last ``separator`` of a path, without white space."""
    text = "".join(source.text(node).split())
    head, found, tail = text.rpartition(separator)
    return (head, tail) if found else ("", text)


def only_child(node: Node) -> Node | None:
    """Return the only named child of ``node`` that is no comment."""
    children = named_children(node)
    return children[0] if len(children) == 1 else None
