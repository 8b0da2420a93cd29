"""What does an expression evaluate to, as far as its syntax tells?

Turns a node into the small ``Expr`` tree of ``stores.facts`` by the tables of a ``Syntax``; names are looked up
in the blocks around, so that nothing later needs to know a language's scoping rules.
"""

from tree_sitter import Node

from mcp_server.languages.blocks import A_TYPE, CALLEE, CLASS, VALUE, Block
from mcp_server.languages.extract import Source, named_children
from mcp_server.languages.syntax import OTHER, Syntax, only_child
from stores.facts import MODULE, Expr, with_arity

# Expressions nested deeper are not followed: syntax trees may be 200,000 deep and Python's stack is not.
_DEEPEST = 100

# Calls with more arguments are tables of data.
_MOST_ARGUMENTS = 32

# Arguments of calls inside expressions are read down to here.
_DEEPEST_ARGUMENT = 4

# Expressions that end in a name.
_NAMED = frozenset({"name", "free", "implicit", "attribute"})

# A choice between more values than this says nothing that could be resolved.
_MOST_VALUES = 16


class Reader:
    """Reads the expressions of one file."""

    def __init__(self, syntax: Syntax, source: Source) -> None:
        """Read from ``source`` as ``syntax`` spells it."""
        self._syntax = syntax
        self.source = source
        self._want = VALUE  # what a bare name is looked up as
        self.roots: dict[str, int] = {}  # word -> where it is first used

    def read(self, node: Node | None, block: Block, depth: int = 0) -> Expr:  # noqa: C901, PLR0912
        """Return what ``node``, evaluated in ``block``, stands for."""
        syntax = self._syntax
        while node is not None:
            kind = node.type
            if kind in syntax.wrappers:
                node = only_child(node)
            elif kind in syntax.fielded:
                node = node.child_by_field_name(syntax.fielded[kind])
            elif kind in syntax.calls and (passed := syntax.passed(node)) is not None:
                node = passed
            else:
                break
        if node is None or depth > _DEEPEST:
            return OTHER
        if kind in syntax.identifiers:
            found = self.name(self.source.text(node), block, self._want)
            bare = syntax.bare_calls and found[0] in ("attribute", "implicit", "free") and found[-1][:1].islower()
            return ("call", found) if bare else found
        if kind in syntax.type_names:
            return self.name(self.source.text(node), block, A_TYPE)
        if kind in syntax.literals:
            return ("literal", syntax.literals[kind])
        if kind in syntax.receivers:
            return self.receiver(syntax.receivers[kind], block)
        if kind in syntax.made:
            return self._called(node, self.callee(node, block, depth + 1)[0], block, depth)
        if kind in syntax.calls:
            given = syntax.result(node, block, self, depth + 1)
            if given is not None:
                return given
            return self._called(node, self.callee(node, block, depth + 1)[0], block, depth)
        if kind in syntax.casts:
            return ("instance", self.type(node.child_by_field_name(syntax.casts[kind]), block, depth + 1))
        if kind in syntax.members:
            value, name = syntax.members[kind]
            return self.member(node.child_by_field_name(value), node.child_by_field_name(name), block, depth)
        if kind in syntax.generics:
            return self._generic(node, syntax.generics[kind], block, depth)
        if kind in syntax.elements:
            return ("subscript", self.read(node.child_by_field_name(syntax.elements[kind]), block, depth + 1))
        if kind in syntax.choices:
            values = (node.child_by_field_name(field) for field in syntax.choices[kind])
            return self._one_of([self.read(value, block, depth + 1) for value in values])
        return syntax.special(node, block, self, depth + 1)

    def type(self, node: Node | None, block: Block, depth: int = 0) -> Expr:
        """Return what ``node`` stands for where only a type can stand."""
        before, self._want = self._want, A_TYPE
        try:
            return self.read(node, block, depth)
        finally:
            self._want = before

    def base(self, node: Node, block: Block, *, owner: bool) -> Expr:
        """Return the type that a definition extends, or, with ``owner``, that it adds members to.

        A type in another is looked for there first, then by its own name.
        """
        plain = self.type(node, block)
        before = self._syntax.before_owner(node) if owner else []
        if not before:
            return plain
        inside = self.type(before[0], block)
        for part in (*before[1:], node):
            inside = ("attribute", inside, self.source.text(part).partition("<")[0].strip())
        return ("union", inside, plain)

    def member(self, value: Node | None, name: Node | None, block: Block, depth: int) -> Expr:
        """Return the member ``name`` of ``value``."""
        if value is None or name is None:
            return OTHER
        if name.type in self._syntax.receivers:  # Outer.this
            owner = self.read(value, block, depth + 1)
            return ("instance", owner) if self._syntax.receivers[name.type] == "self" else OTHER
        if (
            value.type in self._syntax.receivers
            and value.parent is not None
            and value.parent.type in self._syntax.paths
        ):
            return ("attribute", self._syntax.special(value, block, self, depth + 1), self.source.text(name))
        of = self.read(value, block, depth + 1)
        if of[0] == "free" and self._syntax.rooted and of[1][:1].islower() and self._is_path(value):
            of = self.root(of[1], value)
        if value.type in self._syntax.generics and of[0] == "subscript":  # Vec::<T>::new
            of = of[1]
        for _ in range(_DEEPEST):
            if name is None or name.type not in self._syntax.paths or name.type not in self._syntax.members:
                break
            scope, inner = (name.child_by_field_name(field) for field in self._syntax.members[name.type])
            of = ("attribute", of, self.source.text(scope).partition("<")[0]) if scope is not None else of
            name = inner
        if name is None:
            return OTHER
        if name.type in self._syntax.generics:  # std::vector<T>
            return self._generic(name, self._syntax.generics[name.type], block, depth, of)
        return ("attribute", of, self.source.text(name))

    def _is_path(self, value: Node) -> bool:
        return value.parent is not None and value.parent.type in self._syntax.paths

    def name(self, text: str, block: Block, want: str = VALUE) -> Expr:
        """Return what the bare name ``text`` means in ``block``."""
        syntax = self._syntax
        if text in syntax.class_words:
            return self.receiver("class", block)
        if text in syntax.self_words:
            return self.receiver("self", block)
        if text in syntax.super_words:
            return self.receiver("super", block)
        return block.resolve(
            text,
            want,
            ("builtin", text) if text in syntax.builtins else ("free", text),
            variables_called=syntax.variables_called,
            bare_members=syntax.bare_members,
        )

    def root(self, word: str, node: Node) -> Expr:
        """Return what a word for a module (``crate``) stands for that is imported everywhere."""
        self.roots.setdefault(word, node.start_byte)
        return ("name", MODULE, word)

    def receiver(self, what: str, block: Block) -> Expr:
        """Return the receiver in ``block``: "self", its bases ("super") or its class ("class")."""
        around = block.enclosing(CLASS)
        return (what, around.index) if around else OTHER

    def arguments(self, node: Node, block: Block) -> tuple[Expr, ...]:
        """Return the arguments of a call."""
        found = self._syntax.arguments(node)[: _MOST_ARGUMENTS + 1]
        return tuple(self._argument(each, block) for each in found) if len(found) <= _MOST_ARGUMENTS else ()

    def _argument(self, node: Node, block: Block) -> Expr:
        keyword, value = self._syntax.argument(node)
        expr = self.read(value, block)
        expr = ("reference", expr) if self._syntax.is_reference(node) else expr
        return ("keyword", self.source.text(keyword), expr) if keyword is not None else expr

    def _called(self, node: Node, callee: Expr, block: Block, depth: int) -> Expr:
        """Return the result of a call; of many arguments, or deep inside others, only their number."""
        given = self._syntax.arguments(node)
        if len(given) == 1 and depth < _DEEPEST_ARGUMENT:
            value = self._syntax.argument(given[0])[1]
            return ("call", callee, self.read(value, block, depth + _DEEPEST_ARGUMENT // 2))
        return ("call", callee, *[OTHER] * len(given)) if len(given) <= _MOST_ARGUMENTS else ("call", callee)

    def callee(self, node: Node, block: Block, depth: int = 0) -> tuple[Expr, Node]:
        """Return what a call calls, and the node of the name that is called."""
        value, name, whole = self._syntax.callee(node)
        if whole is not None and node.type in self._syntax.constructs:
            return self._constructed(self._syntax.receivers[whole.type], block), whole
        if name is None:
            read = self.type if node.type in self._syntax.made else self.read
            called = read(whole, block, depth + 1)
            plain = called[1] if called[0] == "subscript" and node.type in self._syntax.made else called
            if self._syntax.companions and node.type in self._syntax.made:
                plain = ("made", plain)
            return plain, self._syntax.last_name(whole or node)
        if value is not None:
            return self.member(value, name, block, depth), self._syntax.last_name(name)
        if name.type in self._syntax.type_names or name.type in self._syntax.identifiers:
            text = self.source.text(name) + self._syntax.suffixes.get(node.type, "")
            return self.name(text, block, CALLEE), name
        return self.read(whole, block, depth + 1), name

    def _constructed(self, what: str, block: Block) -> Expr:
        """Return the class whose constructor ``this(...)`` or ``super(...)`` calls."""
        own = block.enclosing(CLASS)
        if what == "self" or own is None or own.extended is None:
            return self.receiver("class" if what == "self" else "super", block)
        extended = self.type(own.extended, own.parent or own)
        return extended[1] if extended[0] == "subscript" else extended

    def _generic(self, node: Node, arguments: str, block: Block, depth: int, inside: Expr | None = None) -> Expr:
        """Return a type with arguments, which may be a member: ``a::List<T>`` is ("subscript", a.List, T)."""
        base: Node | None = None
        types: list[Expr] = []
        for child in named_children(node):
            if child.type == arguments:
                given = [each for each in named_children(child) if each.type not in self._syntax.ignored]
                types = [self.type(each, block, depth + 1) for each in given[:_MOST_VALUES]]
            elif base is None and child.type not in self._syntax.ignored:
                base = child
        of = self.read(base, block, depth + 1)
        if inside is not None and base is not None:
            of = ("attribute", inside, self.source.text(base))
        if self._syntax.arity and types and of[0] in _NAMED:
            of = (*of[:-1], with_arity(of[-1], len(types)))
        if len(types) > 1:
            return ("subscript", of, ("items", "tuple", *types))
        return ("subscript", of, types[0]) if types else of

    def children(self, node: Node, block: Block, depth: int) -> Expr:
        """Return one of the values of all children of ``node``."""
        return self._one_of([self.read(child, block, depth + 1) for child in named_children(node)[: _MOST_VALUES + 1]])

    def text(self, node: Node) -> str:
        """Return the text of ``node``."""
        return self.source.text(node)

    def _one_of(self, found: list[Expr]) -> Expr:
        values: list[Expr] = []
        for value in found:
            values += [each for each in (value[1:] if value[0] == "union" else (value,)) if each not in values]
        if not values or len(values) > _MOST_VALUES:
            return OTHER
        return values[0] if len(values) == 1 else ("union", *values)
