"""What is defined, bound and used in a file, and in which block?

One pass over the nodes that a language's query names, in the order of the text, for every language that has a
``Syntax``. Names are collected first; expressions are read when every name of every block is known.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from tree_sitter import Node

from mcp_server.languages.blocks import (
    CLASS,
    FILE,
    FUNCTION,
    MAX_DEPTH,
    MEMBER,
    NAMESPACE,
    PARAMETER,
    REGION,
    TYPE,
    VARIABLE,
    Block,
)
from mcp_server.languages.comments import Comments
from mcp_server.languages.drafts import Draft, Hiding, uncovered
from mcp_server.languages.extract import Captures, Parsed, Source, boundaries, in_order
from mcp_server.languages.reading import Reader
from mcp_server.languages.syntax import OTHER, Syntax, Variable
from stores.facts import MODULE, Assignment, Call, Expr, FileFacts, Import, Parameter, Result, Symbol

# Longer texts are cut: a signature is read by people and fills an agent's context.
_LONGEST_SIGNATURE = 400
_LONGEST_TEXT = 200
_LONGEST_TYPE = 400
_LONGEST_VALUE = 80

# In one function; a name that is bound more often is generated code.
_MOST_SHADOWS = 100

_SPACES = frozenset({"namespace", "module"})
_VALUES = frozenset({"field", "constant", "variable", "type"})


class Outline:
    """Collects what one file says."""

    def __init__(self, syntax: Syntax, source: Source) -> None:
        """Read from ``source`` as ``syntax`` spells it."""
        self._syntax = syntax
        self._source = source
        self._reader = Reader(syntax, source)
        self.file = Block(FILE)
        self.drafts: list[Draft] = []
        self._functions: dict[Block, Draft] = {}
        self._attached: list[Node] = []
        self._labels: dict[int, int] = {}
        self._imports: list[tuple[Block, Import]] = []
        self._calls: list[tuple[Node, Block, tuple[Hiding, ...]]] = []
        self._hiding: list[Hiding] = []
        self._given: list[tuple[Block, Block, str, Variable]] = []
        self._set: list[tuple[Node, Node | None, Block]] = []
        self._returns: list[tuple[Node, Block]] = []

    def sweep(self, captures: Captures) -> None:
        """Visit every captured node, knowing the block it is in."""
        self._attached = sorted(captures.get("attached", ()), key=lambda node: -node.start_byte)
        inside = [(len(self._source.data) + 1, self.file)]
        for start, end, _, _, what, kind, node in in_order(captures):
            while inside[-1][0] <= start and len(inside) > 1:
                inside.pop()
            current = inside[-1][1]
            opened: Block | None = None
            if what == "def":
                opened = self._define(node, kind, current)
            elif what == "scope":
                opened = self._region(node, current)
            else:
                self._handle(what, kind, node, current, inside)
            if opened is not None:
                inside.append((-end, opened))

    def _handle(self, what: str, kind: str, node: Node, block: Block, inside: list[tuple[int, Block]]) -> None:
        if what == "call":
            self._call(node, block)
        elif what == "bind":
            for variable in self._syntax.variables(node):
                self._bind(variable, node, kind, block, inside)
        elif what == "parameter":
            self._parameter(node, block)
        elif what == "import":
            self._import(node, block)
        elif what == "assign":
            self._assign(node, block, inside)
        elif what == "maybe":
            # A bare name is a call where no variable of that name is known so far.
            self._calls.extend([] if self._is_local(self._source.text(node), block) else [(node, block, ())])
        elif what == "return":
            self._returns.append((node, block))
        else:
            self._detail(what, kind, node, block)

    def _call(self, node: Node, block: Block) -> None:
        if self._syntax.is_call(node):
            self._hiding = [hiding for hiding in self._hiding if hiding.end > node.start_byte]
            self._calls.append((node, block, tuple(self._hiding)))

    def _import(self, node: Node, block: Block) -> None:
        for found in self._syntax.imports(node, self._source):
            self._imports.append((block, found))
            if found.alias is not None:
                block.names[found.alias] = TYPE
                if not self._syntax.variables_called:
                    block.callables.add(found.alias)

    def _assign(self, node: Node, block: Block, inside: list[tuple[int, Block]]) -> None:
        for target, value in self._syntax.assigned(node):
            if target.type in self._syntax.identifiers:
                self._bind(Variable(target, None, value), node, "local", self._local(target, block), inside)
            else:
                self._set.append((target, value, block))

    def _local(self, target: Node, block: Block) -> Block:
        """Return the block that an assigned name belongs to: where it is known already, else this one."""
        name = self._source.text(target)
        around: Block | None = block
        while around is not None and around.kind in (REGION, FUNCTION):
            if name in around.names:
                return around
            around = around.parent
        return block

    def _detail(self, what: str, kind: str, node: Node, block: Block) -> None:
        """Note something that a definition says about itself in the definition around."""
        around = block.enclosing(CLASS, FUNCTION, NAMESPACE)
        draft = self._functions.get(around) if around else None
        if draft is None or around is None:
            return
        if what == "base":
            draft.bases.append(node)
            around.inherits = True
            around.extended = node if kind == "class" else around.extended
        elif what == "returns":
            if self._source.brief(node, _LONGEST_VALUE) not in self._syntax.untyped:
                draft.returns = draft.returns or node
        elif what == "type_parameter":
            draft.type_parameters.append(self._source.brief(node, _LONGEST_TYPE))
            self._type_parameter(node, block)
        elif what == "decorator":
            draft.decorators.append(self._source.brief(node, _LONGEST_TYPE).lstrip("@#![").rstrip("]"))
        elif what == "flag" and kind not in draft.flags:
            draft.flags.append(kind)

    def _type_parameter(self, node: Node, block: Block) -> None:
        name = self._syntax.name_of(node) or node
        text = self._source.text(name)
        if text not in block.names:
            block.names[text] = TYPE
            bound = self._syntax.bound_of(node)
            if bound is not None:
                self._given.append((block, block, text, Variable(name, bound, how="bound")))

    def _define(self, node: Node, kind: str, outer: Block) -> Block | None:
        name_node = self._syntax.name_of(node)
        if name_node is None:
            return None
        owner = self._syntax.owner_of(node)
        if owner is not None:
            outer = self._impl(node, owner, outer)
        name = self._syntax.title(kind, name_node, self._source)
        if kind == "function" and outer.kind == CLASS:
            kind = "method"
        if kind == "method" and self._syntax.named_constructors and name == self.drafts[outer.index].name:
            kind = "constructor"
        anonymous = kind == "anonymous"
        draft = self._draft(node, name, name_node, "class" if anonymous else kind, outer)
        if not anonymous:
            self._announce(draft, outer)
        if kind == "type":
            meant = self._syntax.alias_of(node)
            if meant is not None:
                self._given.append((outer, outer, name, Variable(name_node, None, meant, "type")))
        form = CLASS if draft.kind in self._syntax.class_kinds else NAMESPACE if kind in _SPACES else FUNCTION
        inner = self._open(draft, form)
        draft.flags.extend(self._syntax.flags_of(node, self._source))
        inner.inherits = inner.inherits or "partial" in draft.flags
        return inner

    def _open(self, draft: Draft, form: str) -> Block:
        inner = draft.inner = Block(form, draft.index, draft.outer, depth=draft.outer.depth + 1)
        self._functions[inner] = draft
        draft.bases.extend(self._syntax.bases_of(draft.node))
        inner.inherits = bool(draft.bases) or (form == CLASS and self._syntax.bare_calls)
        return inner

    def _impl(self, node: Node, owner: Node, outer: Block) -> Block:
        """Return the block of a type that ``node`` adds a member to from outside."""
        draft = self._draft(node, self._plain(owner), owner, "impl", outer)
        draft.bases.append(owner)
        inner = draft.inner = Block(CLASS, draft.index, outer, depth=outer.depth + 1, inherits=True)
        self._functions[inner] = draft
        return inner

    def _announce(self, draft: Draft, outer: Block) -> None:
        """Make the name of a definition known in the block around it."""
        if draft.kind in ("constructor", "impl"):
            return
        if draft.kind in ("method", "function"):
            outer.callables.add(draft.name)
            if self._syntax.variables_called and outer.kind != CLASS:
                outer.names[draft.name] = TYPE
        else:
            outer.names[draft.name] = MEMBER if draft.kind == "property" and outer.kind == CLASS else TYPE

    def _draft(self, node: Node, name: str, name_node: Node, kind: str, outer: Block) -> Draft:
        start, decorators = self._with_attached(node)
        around = outer.index
        qualified = name if around == MODULE else f"{self.drafts[around].qualified_name}.{name}"
        draft = Draft(len(self.drafts), node, name, name_node, kind, outer, start, qualified)
        draft.decorators.extend(decorators)
        self.drafts.append(draft)
        return draft

    def _plain(self, node: Node) -> str:
        """Return the name of a type without its arguments, with dots for the language's separator."""
        text = "".join(self._source.brief(node, _LONGEST_TEXT).split())
        return text.partition("<")[0].lstrip("&").replace("::", ".")

    def _with_attached(self, node: Node) -> tuple[int, list[str]]:
        """Return where ``node`` starts with the attributes above it, and their texts."""
        start = node.start_byte
        texts: list[str] = []
        while self._attached and self._attached[-1].start_byte < node.start_byte:
            attribute = self._attached.pop()
            if not self._source.data[attribute.end_byte : node.start_byte].strip() or texts:
                start = min(start, attribute.start_byte)
                texts.append(self._source.brief(attribute, _LONGEST_TYPE).lstrip("@#![").rstrip("]"))
        return start, texts

    def _region(self, node: Node, outer: Block) -> Block | None:
        if outer.depth >= MAX_DEPTH:
            return None
        if outer.kind == FUNCTION:
            body = self._syntax.body_of(self._functions[outer].node)
            if body is not None and body.start_byte == node.start_byte and body.end_byte == node.end_byte:
                return None
        block = Block(REGION, outer.index, outer, depth=outer.depth + 1)
        self._label(block)
        return block

    def _label(self, block: Block) -> None:
        number = self._labels[block.index] = self._labels.get(block.index, 0) + 1
        block.label = f"#{number}"

    def _bind(self, variable: Variable, node: Node, kind: str, block: Block, inside: list[tuple[int, Block]]) -> None:
        name = variable.named or self._source.text(variable.name)
        where = block
        own = variable.value is not None and self._mentions(variable.value, name)
        if kind == "later" and block.depth < _MOST_SHADOWS and (own or self._is_local(name, block)):
            # What follows, up to the end of the block, means the new one of that name.
            block = Block(REGION, block.index, block, depth=block.depth + 1)
            self._label(block)
            inside.append((inside[-1][0], block))
        in_class = block.kind == CLASS
        known = name in block.names
        if not (known and block.names[name] == PARAMETER):
            block.names[name] = MEMBER if in_class else VARIABLE
        symbol = kind not in ("local", "later") and block.kind in (FILE, CLASS, NAMESPACE) and not known
        title = self._syntax.field_kind(variable, node, self._source) if symbol and not variable.named else ""
        if title:
            draft = self._draft(node, name, variable.name, title, block)
            draft.variable = variable
            block.names[name] = TYPE if title == "class" else block.names[name]
        self._given.append((block, where, name, variable))
        if own and where is block and block.label and block.parent and variable.value is not None:
            # The value of a declaration does not mean what it declares by its name.
            target = ("name", block.index, name + block.label)
            meant = partial(self._reader.name, name, block.parent)
            self._hiding.append(Hiding(variable.value.end_byte, target, meant))

    def _mentions(self, node: Node, name: str) -> bool:
        text = self._source.text(node)
        # Few values do, and to compile an expression for each name takes as long as to read the value.
        return name in text and re.search(rf"\b{re.escape(name)}\b", text) is not None

    def _is_local(self, name: str, block: Block) -> bool:
        """Tell whether a variable or parameter of this name is known here in the same function."""
        around: Block | None = block
        while around is not None and around.kind in (REGION, FUNCTION):
            if around.names.get(name) in (VARIABLE, PARAMETER):
                return True
            around = around.parent
        return False

    def _parameter(self, node: Node, block: Block) -> None:
        draft = self._functions.get(block)
        for variable in self._syntax.parameter(node):
            name = variable.named or self._source.text(variable.name)
            if draft is not None and block.kind == FUNCTION:
                block.names[name] = PARAMETER
                draft.parameters.append((variable, self._syntax.parameter_kind(node)))
            elif variable.type is not None or variable.value is not None:
                block.names[name] = VARIABLE
                self._given.append((block, block, name, variable))
            else:
                block.names[name] = PARAMETER

    def _parameters(self, draft: Draft) -> Iterator[Parameter]:
        source, block = self._source, draft.inner or draft.outer
        for variable, kind in draft.parameters:
            written, value = variable.type, variable.value
            yield Parameter(
                variable.named or source.text(variable.name),
                kind,
                source.brief(written, _LONGEST_TYPE) if written else None,
                source.brief(value, _LONGEST_VALUE) if value else None,
                self._reader.type(written, block) if written else None,
                self._reader.read(value, block) if value else None,
            )

    def _imported_members(self) -> Iterator[Assignment]:
        """Yield the names that imports of members bind."""
        for block, found in self._imports:
            if found.name is not None and "." in found.name and found.alias is not None:
                owner, *members = found.name.split(".")
                value: Expr = ("name", block.index, f"{found.module}.{owner}")
                for member in members:
                    value = ("attribute", value, member)
                yield Assignment(block.index, ("name", block.index, found.alias), value, None, found.line)

    def _exported(self, names: frozenset[str]) -> Iterator[Assignment]:
        """Yield the members of exported values as names of the file."""
        for draft in self.drafts if names else ():
            owner = self.drafts[draft.outer.index] if draft.outer.index != MODULE else None
            if owner is not None and owner.kind == "impl" and owner.name in names:
                line = self._source.line(draft.name_node.start_byte)
                yield Assignment(MODULE, ("name", MODULE, draft.name), ("definition", draft.index), None, line)

    def _in_blocks(self) -> Iterator[Assignment]:
        """Yield the names of definitions that belong to a block of a function, or of a file."""
        for draft in self.drafts:
            if draft.outer.label and draft.kind not in ("impl", "constructor"):
                target: Expr = ("name", draft.outer.index, draft.name + draft.outer.label)
                line = self._source.line(draft.name_node.start_byte)
                yield Assignment(draft.outer.index, target, ("definition", draft.index), None, line)

    def facts(self, module: str, parsed: Parsed) -> FileFacts:
        """Return everything collected; call once, after the sweep."""
        comments = Comments(self._source, parsed.captures.get("comment", ()), self._syntax.doc)
        symbols = tuple(self._symbol(draft, comments) for draft in self.drafts)
        calls = self._found_calls()
        exported = self._exported(self._syntax.exports(parsed.captures, self._source))
        given = (*self._assignments(), *self._imported_members(), *exported, *self._in_blocks())
        assignments = tuple(sorted(given, key=lambda each: each.line))
        return FileFacts(
            self._syntax.name,
            module,
            symbols=symbols,
            imports=tuple(self._found_imports()),
            calls=calls,
            assignments=assignments,
            boundaries=boundaries(self._source, parsed.captures),
            problems=parsed.problems,
            results=tuple(self._found_results()),
        )

    def _found_imports(self) -> Iterator[Import]:
        for block, found in self._imports:
            if found.name is not None and "." in found.name:  # of a member: of what has it
                owner = found.name.partition(".")[0]
                found = replace(found, name=owner, alias=f"{found.module}.{owner}")
            yield replace(found, scope=block.index)
        for word, start in self._reader.roots.items():
            yield Import(MODULE, word, 0, None, word, self._source.line(start), whole=True)

    def _symbol(self, draft: Draft, comments: Comments) -> Symbol:
        source, node = self._source, draft.node
        line = source.line(draft.start)
        return Symbol(
            name=draft.name,
            qualified_name=draft.qualified_name,
            kind=draft.kind,
            parent=draft.outer.index,
            line_start=line,
            line_end=source.last_line(node),
            byte_start=draft.start,
            byte_end=node.end_byte,
            name_line=source.line(draft.name_node.start_byte),
            name_column=source.column(draft.name_node.start_byte),
            signature=self._signature(draft),
            docstring=comments.above(line),
            decorators=tuple(draft.decorators),
            parameters=tuple(self._parameters(draft)),
            type_parameters=tuple(draft.type_parameters),
            returns=source.brief(draft.returns, _LONGEST_TYPE) if draft.returns else None,
            bases=tuple(
                (source.brief(base, _LONGEST_TEXT), self._reader.base(base, draft.outer, owner=draft.kind == "impl"))
                for base in draft.bases
            ),
            flags=tuple(draft.flags),
            result=self._reader.type(draft.returns, draft.inner or draft.outer) if draft.returns else None,
        )

    def _signature(self, draft: Draft) -> str:
        """Return the text from the start of a definition to its body in one line."""
        body = self._syntax.body_of(draft.node) if draft.variable is None else None
        start, end = draft.node.start_byte, draft.node.end_byte
        if draft.variable is not None:
            end = min(end, start + 8 * _LONGEST_VALUE)
        text = " ".join(self._source.slice(start, body.start_byte if body else end).split()).rstrip(" {;=:")
        text = text or draft.name
        limit = _LONGEST_SIGNATURE if draft.variable is None else _LONGEST_VALUE
        return text if len(text) <= limit else text[: limit - 1] + "…"

    def _found_calls(self) -> tuple[Call, ...]:
        found: list[Call] = []
        source = self._source
        for node, block, hiding in self._calls:
            callee, name = self._reader.callee(node, block)
            given = self._reader.arguments(node, block)
            if hiding:
                callee, given = uncovered(callee, hiding), tuple(uncovered(each, hiding) for each in given)
            line, column = source.place(name.start_byte)
            text = self._syntax.called_text(node, source, _LONGEST_TEXT)
            found.append(Call(block.index, line, column, text, callee, given))
        found.sort(key=lambda call: (call.line, call.column))
        return tuple(found)

    def _assignments(self) -> Iterator[Assignment]:
        for block, where, name, variable in self._given:
            target: Expr = ("name", block.index, name + block.label)
            value = self._value(variable, block, where)
            written = variable.type
            text = self._source.brief(written, _LONGEST_TYPE) if written is not None else None
            if text in self._syntax.untyped:
                text = written = None
            if variable.how == "bound":
                text = None
            declared = self._reader.type(written, where) if written is not None else None
            line = self._source.line(variable.name.start_byte)
            yield Assignment(block.index, target, value, text, line, declared)
        for target_node, value_node, block in self._set:
            target = self._reader.read(target_node, block)
            if target[0] == "attribute":
                value = self._reader.read(value_node, block) if value_node is not None else OTHER
                yield Assignment(block.index, target, value, None, self._source.line(target_node.start_byte))

    def _found_results(self) -> Iterator[Result]:
        for node, block in self._returns:
            if block.index != MODULE:
                yield Result(block.index, "return", self._reader.read(node, block))

    def _value(self, variable: Variable, block: Block, where: Block) -> Expr:
        if variable.how == "self" and block.index != MODULE:
            return ("instance", ("definition", block.index))  # an enumeration's constant is one of it
        if variable.value is None or variable.how in ("self", "unread"):
            return OTHER
        if variable.part:
            of = self._reader.type(variable.value, where)
            if of[0] == "attribute":  # Enumeration::Variant
                return ("attribute", of[1], f"{of[2]}.{variable.part}")
            return ("attribute", ("instance", of), variable.part)
        if variable.how == "type":
            return self._reader.type(variable.value, where)
        value = self._reader.read(variable.value, where)
        name = self._source.text(variable.name)
        if where is block and block.label and block.parent and self._mentions(variable.value, name):
            target = ("name", block.index, name + block.label)
            value = uncovered(value, (Hiding(0, target, partial(self._reader.name, name, block.parent)),))
        if variable.how.isdigit():
            return ("subscript", value, ("literal", "int", variable.how))
        return (variable.how, value) if variable.how not in ("", "bound") else value


def extractor(syntax: Syntax) -> Callable[[str, str], FileFacts]:
    """Return the function that turns (path, text) into facts as ``syntax`` spells it."""

    def extract(path: str, text: str) -> FileFacts:
        source = Source(text)
        parsed = syntax.grammar.parse(source)
        outline = Outline(syntax, source)
        outline.sweep(parsed.captures)
        return outline.facts(syntax.module(path, parsed.captures, source), parsed)

    return extract
