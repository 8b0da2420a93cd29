"""How do the drafts of a JavaScript or TypeScript file become facts?

``javascript_sweep`` found the scopes; here every name of every scope is known, and callees, values and types are read.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from mcp_server.languages import javascript_definitions as definitions
from mcp_server.languages.comments import Comments
from mcp_server.languages.extract import Grammar, Source, boundaries, first_child, named_children
from mcp_server.languages.javascript_bindings import Bindings
from mcp_server.languages.javascript_comments import declared
from mcp_server.languages.javascript_expressions import OTHER, Expressions
from mcp_server.languages.javascript_imports import WHOLE, exported_names
from mcp_server.languages.javascript_sweep import Sweep, unwrapped
from mcp_server.languages.javascript_types import ARRAY
from mcp_server.languages.scopes import Scope
from mcp_server.languages.sweep import Draft
from stores.facts import MODULE, Assignment, Call, Expr, FileFacts, Import, Parameter, Result, Symbol

# The callee of a call is kept as text for readers; machines read its expression.
_LONGEST_TEXT = 200
# Arguments of one call that are read.
_MOST_ARGUMENTS = 16

_DOCUMENTATION = re.compile(r"/\*\*")
_JSX = frozenset({"jsx_opening_element", "jsx_self_closing_element"})


def facts_of(language: str, path: str, text: str, grammar: Grammar) -> FileFacts:
    """Return the facts of a file in JavaScript or TypeScript."""
    source = Source(text)
    parsed = grammar.parse(source)
    sweep = Sweep(source)
    sweep.run(parsed.captures)
    sweep.drafts.sort(key=lambda draft: (draft.start, -draft.node.end_byte))
    for index, draft in enumerate(sweep.drafts):
        draft.definition.index = index
    expressions = Expressions(source, sweep)
    comments = Comments(source, parsed.captures.get("comment", ()), _DOCUMENTATION)
    maker = _Facts(source, sweep, expressions, comments)
    symbols, calls, results = maker.symbols(), maker.calls(), maker.results()
    assignments = tuple(map(maker.documented, Bindings(source, sweep, expressions).assignments()))
    return FileFacts(
        language,
        module_name(path),
        symbols=symbols,
        imports=maker.imports(),
        calls=calls,
        assignments=assignments,
        boundaries=boundaries(source, parsed.captures),
        problems=parsed.problems,
        results=results,
    )


def module_name(path: str) -> str:
    """Return how other files name a module: its path without suffix, a folder for its index file."""
    stem = path.removesuffix(".ts").removesuffix(".d") if path.endswith(".d.ts") else path.rpartition(".")[0] or path
    return stem.removesuffix("/index")


class _Facts:
    """Makes facts of what one sweep collected."""

    def __init__(self, source: Source, sweep: Sweep, expressions: Expressions, comments: Comments) -> None:
        self._source = source
        self._sweep = sweep
        self._comments = comments
        self._expressions = expressions
        self._types = expressions.types
        self._names: list[str] = []
        self._callables = {
            draft.definition.index: (node, inner) for node, inner, draft in sweep.callables if draft is not None
        }

    def symbols(self) -> tuple[Symbol, ...]:
        """Return the symbols, which are in the order of the text."""
        for draft in self._sweep.drafts:
            parent = draft.scope.index
            before = draft.qualifier or (self._names[parent] if parent != MODULE else "")
            self._names.append(f"{before}.{draft.name}" if before else draft.name)
        return tuple(self._symbol(draft) for draft in self._sweep.drafts)

    def _symbol(self, draft: Draft) -> Symbol:
        source, node = self._source, draft.node
        function, inner = self._callables.get(draft.definition.index, (None, draft.scope))
        line = source.line(draft.start)
        returns = definitions.return_type(function) if function is not None else None
        docstring = self._comments.above(line)
        documented = self._documented(docstring, inner)
        return Symbol(
            name=draft.name,
            qualified_name=self._names[draft.definition.index],
            kind=draft.kind,
            parent=draft.scope.index,
            line_start=line,
            line_end=source.last_line(node),
            byte_start=draft.start,
            byte_end=node.end_byte,
            name_line=source.line(draft.name_node.start_byte),
            name_column=source.column(draft.name_node.start_byte),
            signature=self._signature(draft, function),
            docstring=docstring,
            decorators=tuple(source.brief(each, _LONGEST_TEXT).removeprefix("@") for each in draft.decorators),
            parameters=tuple(self._parameters(function, inner, documented)) if function is not None else (),
            type_parameters=definitions.type_parameters_of(function or node, source),
            returns=definitions.annotation_text(returns, source),
            bases=tuple(self._bases(draft)),
            flags=draft.flags,
            decorations=tuple(self._decoration(each, draft.scope) for each in draft.decorators),
            result=self._types.declared(returns, inner) or (documented.get("return") if function is not None else None),
        )

    def _documented(self, comment: str | None, scope: Scope) -> dict[str, Expr]:
        """Return the types that a comment declares."""
        return declared(comment, lambda name: self._expressions.name(name, scope)) if comment else {}

    def documented(self, assignment: Assignment) -> Assignment:
        """Return an assignment with the type that the comment above declares, if it has none."""
        comment = self._comments.above(assignment.line) if assignment.type is None else None
        given = self._documented(comment, self._sweep.module).get("=") if comment and "@type" in comment else None
        return replace(assignment, type=given) if given is not None else assignment

    def _signature(self, draft: Draft, function: Node | None) -> str:
        node, source = draft.node, self._source
        if draft.kind in ("variable", "constant", "field"):
            value = node.child_by_field_name("value")
            head = source.brief(node, definitions.LONGEST_TYPE)
            if value is not None:
                head = " ".join(source.slice(node.start_byte, value.start_byte).split())
                head = f"{head} {source.brief(value, definitions.LONGEST_VALUE)}"
            return head.rstrip(" ;,")
        start = draft.decorators[-1].end_byte if draft.decorators else draft.start
        if start > draft.name_node.start_byte:
            start = node.start_byte
        return definitions.header(start, node, function or self._value_of(node), source)

    @staticmethod
    def _value_of(node: Node) -> Node | None:
        return unwrapped(node.child_by_field_name("value")) if node.type == "variable_declarator" else None

    def _parameters(self, function: Node, inner: Scope, documented: dict[str, Expr]) -> Iterator[Parameter]:
        source = self._source
        for each in definitions.parameter_nodes(function):
            name = source.brief(each.pattern, _LONGEST_TEXT)
            kind = "variadic" if each.rest else "positional"
            value = self._expressions.read(each.value, inner) if each.value is not None else None
            of_type = self._types.declared(each.type, inner) or documented.get(name)
            if each.rest and of_type is not None and of_type[:2] == ("subscript", ARRAY):
                of_type = of_type[2]  # the type of a rest parameter is that of each argument
            yield Parameter(
                name,
                kind,
                definitions.annotation_text(each.type, source),
                source.brief(each.value, definitions.LONGEST_VALUE) if each.value is not None else None,
                of_type,
                value,
            )

    def _decoration(self, decorator: Node, scope: Scope) -> Expr:
        inner = first_child(decorator)
        return self._expressions.read(inner, scope) if inner is not None else OTHER

    def _bases(self, draft: Draft) -> Iterator[tuple[str, Expr]]:
        node, scope = draft.node, self._sweep.heads.get(draft.definition, draft.scope)
        if node.type == "variable_declarator":
            node = self._value_of(node) or node
        elif node.type == "assignment_expression":
            node = unwrapped(node.child_by_field_name("right")) or node
        for base, is_type in _base_nodes(node):
            read = self._types.read(base, scope) if is_type else self._expressions.read(base, scope)
            clause = base.parent
            arguments = clause.child_by_field_name("type_arguments") if clause and not is_type else None
            if arguments is not None:
                read = self._types.applied(read, arguments, scope, 0)
            yield self._source.brief(base, _LONGEST_TEXT), read

    def imports(self) -> tuple[Import, ...]:
        """Return what the file imports and hands on."""
        found = [
            Import(scope.index, each.module, 0, each.name, each.alias, each.line, whole=each.name is None)
            for scope, each in self._sweep.imports
        ]
        for node, scope in self._sweep.exports:
            for each in exported_names(node, self._source):
                whole = each.name is None
                found.append(Import(scope.index, each.module, 0, each.name, each.alias, each.line, whole=whole))
        for module, line in self._expressions.needed.items():
            found.append(Import(MODULE, module, 0, WHOLE, f"require {module}", line))
        found.sort(key=lambda each: each.line)
        return tuple(found)

    def calls(self) -> tuple[Call, ...]:
        """Return every call, by position."""
        found = [call for node, scope in self._sweep.calls for call in self._call(node, scope)]
        found.sort(key=lambda call: (call.line, call.column))
        return tuple(found)

    def _call(self, node: Node, scope: Scope) -> Iterator[Call]:
        source = self._source
        if node.type in _JSX:
            callee = node.child_by_field_name("name")
            if callee is None or (callee.type == "identifier" and source.text(callee)[0].islower()):
                return  # ``<div>`` is no component
        else:
            callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        if callee is None or callee.type == "import":
            return
        last = definitions.last_name(callee) or callee
        line = source.line(last.start_byte)
        text = source.brief(callee, _LONGEST_TEXT)
        expr = self._expressions.read(callee, scope)
        column = last.start_byte - source.starts[line - 1]
        yield Call(scope.index, line, column, text, expr, self._arguments(node, scope))

    def _arguments(self, node: Node, scope: Scope) -> tuple[Expr, ...]:
        brackets = node.child_by_field_name("arguments")
        if brackets is None or brackets.type != "arguments":
            return ()
        return tuple(self._expressions.read(each, scope) for each in named_children(brackets)[:_MOST_ARGUMENTS])

    def results(self) -> tuple[Result, ...]:
        """Return what the functions with a name hand out."""
        found: list[Result] = []
        for _, inner, draft in self._sweep.callables:
            if draft is not None:
                for value, scope in self._sweep.returns.get(inner, ()):
                    found.append(Result(draft.definition.index, "return", self._expressions.read(value, scope)))
        return tuple(found)


def _base_nodes(node: Node) -> Iterator[tuple[Node, bool]]:
    """Yield what a definition extends or implements, and whether it is a type."""
    if node.type == "type_alias_declaration":
        value = node.child_by_field_name("value")
        yield from ((part, True) for part in _intersected(value) if part.type != "object_type")
    for child in named_children(node):
        if child.type == "class_heritage":
            for part in named_children(child):
                yield from _inherited(part)
        elif child.type == "extends_type_clause":
            yield from ((each, True) for each in named_children(child))


def _inherited(part: Node) -> Iterator[tuple[Node, bool]]:
    if part.type == "implements_clause":
        yield from ((each, True) for each in named_children(part))
    else:
        value = part.child_by_field_name("value") if part.type == "extends_clause" else part
        yield from [(value, False)] if value is not None else []


def _intersected(value: Node | None) -> Iterator[Node]:
    """Yield the parts of ``A & B & C``, which the grammar nests to the left, without recursion."""
    waiting = [value] if value is not None and value.type == "intersection_type" else []
    while waiting:
        part = waiting.pop()
        if part.type == "intersection_type":
            waiting.extend(reversed(named_children(part)))
        else:
            yield part
