"""How does Python code become facts?

``python.scm`` names the nodes of interest, ``python_sweep`` finds their scopes; here the drafts become the
symbols, calls, imports and assignments of ``stores.facts``.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mcp_server.languages import python_definitions as definitions
from mcp_server.languages.extract import Grammar, Recovery, Source, boundaries, named_children
from mcp_server.languages.language import Language, dotted_module_name
from mcp_server.languages.python_expressions import Expressions
from mcp_server.languages.python_names import BUILTIN_MEMBERS
from mcp_server.languages.python_resolution import RESOLUTION
from mcp_server.languages.python_sweep import Draft, Sweep
from mcp_server.languages.python_values import Values, last_value
from mcp_server.languages.scopes import Scope
from stores.facts import MODULE, Assignment, Call, Expr, FileFacts, Import, Parameter, Symbol


def _load() -> object:
    import tree_sitter_python  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_python.language()


# Possessive and bounded: a file may hold a hundred thousand lines of decorators.
_DECORATORS = rb"(?:@[^\n]*\n(?:[@) \t][^\n]*\n){0,50}+)?+"
_DEFINITION = rb"(?:async[ \t]+def|def|class)\b"
_RECOVERY = Recovery(
    outermost=re.compile(rb"^" + _DECORATORS + _DEFINITION, re.MULTILINE),
    inner=re.compile(rb"^[ \t]+(?:@|" + _DEFINITION + rb")", re.MULTILINE),
    tokens=re.compile(
        rb'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#[^\n]*|[()\[\]{}]'
    ),
)
_GRAMMAR = Grammar(_load, "python.scm", _RECOVERY)

# The callee of a call is kept as text for readers; machines read its expression.
_LONGEST_TEXT = 200
_LONGEST_VALUE = 80
_LONGEST_ANNOTATION = 400


def extract(path: str, text: str) -> FileFacts:
    """Return the facts of a Python file or stub."""
    source = Source(text)
    parsed = _GRAMMAR.parse(source)
    sweep = Sweep(source)
    sweep.run(parsed.captures)
    drafts = _ordered(sweep)
    expressions = Expressions(source, sweep.bodies, sweep.flow, _GRAMMAR.tree)
    for draft in drafts:
        if draft.kind == "class":
            expressions.classes[draft.scope.index, draft.name] = draft.definition.index
    maker = _Facts(source, expressions)
    values = Values(source, expressions, sweep)
    return FileFacts(
        "python",
        module_name(path),
        symbols=maker.symbols(drafts),
        imports=_imports(sweep),
        calls=maker.calls(sweep),
        assignments=(*values.assignments(), *maker.aliases(drafts)),
        boundaries=boundaries(source, parsed.captures),
        problems=parsed.problems,
        results=values.results(),
    )


def module_name(path: str) -> str:
    """Return the importable name of a Python file."""
    return dotted_module_name(path)


def _ordered(sweep: Sweep) -> list[Draft]:
    """Return all drafts in the order of the text, parents first, each knowing its place.

    An assignment makes a symbol if it is the first to that name in its scope and no definition or import has it.
    """
    drafts = list(sweep.drafts)
    for draft in sweep.variables:
        if (draft.scope, draft.name) not in sweep.taken:
            sweep.taken.add((draft.scope, draft.name))
            drafts.append(draft)
    drafts.sort(key=lambda draft: (draft.start, -draft.node.end_byte))
    for index, draft in enumerate(drafts):
        draft.definition.index = index
    return drafts


def _imports(sweep: Sweep) -> tuple[Import, ...]:
    return tuple(
        Import(scope.index, found.module, found.level, found.name, found.alias, found.line, found.whole)
        for scope, found in sweep.imports
    )


class _Said(NamedTuple):
    """What a definition says about itself: the fields of ``Symbol`` that depend on its kind."""

    signature: str
    docstring: str | None = None
    type_parameters: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    returns: str | None = None
    bases: tuple[tuple[str, Expr], ...] = ()
    result: Expr | None = None


class _Facts:
    """Makes facts of the drafts of one file."""

    def __init__(self, source: Source, expressions: Expressions) -> None:
        self._source = source
        self._expressions = expressions
        self._names: list[str] = []

    def symbols(self, drafts: list[Draft]) -> tuple[Symbol, ...]:
        """Return the symbols of ``drafts``, which are in order."""
        for draft in drafts:
            parent = draft.scope.index
            self._names.append(draft.name if parent == MODULE else f"{self._names[parent]}.{draft.name}")
        return tuple([self._symbol(draft) for draft in drafts])

    def _symbol(self, draft: Draft) -> Symbol:
        node, source, read = draft.node, self._source, self._expressions
        said = self._said(draft)
        name_line, name_column = source.place(draft.name_node.start_byte)
        return Symbol(
            name=draft.name,
            qualified_name=self._names[draft.definition.index],
            kind=draft.kind,
            parent=draft.scope.index,
            line_start=source.line(draft.start),
            line_end=source.last_line(node),
            byte_start=draft.start,
            byte_end=node.end_byte,
            name_line=name_line,
            name_column=name_column,
            signature=said.signature,
            docstring=said.docstring,
            decorators=draft.decorators,
            parameters=said.parameters,
            type_parameters=said.type_parameters,
            returns=said.returns,
            bases=said.bases,
            flags=said.flags,
            decorations=tuple([read.read(each, draft.scope) for each in draft.decorations]),
            result=said.result,
        )

    def _said(self, draft: Draft) -> _Said:
        match draft.node.type:
            case "function_definition":
                return self._function(draft)
            case "class_definition":
                return self._class(draft)
            case "type_alias_statement":
                return self._alias(draft)
            case _:
                return self._value(draft)

    def _function(self, draft: Draft) -> _Said:
        node, source = draft.node, self._source
        type_parameters = definitions.type_parameters_of(node, source)
        parameters = tuple([self._parameter(each, draft.scope) for each in draft.parameters])
        result = node.child_by_field_name("return_type")
        returns = source.brief(result, _LONGEST_ANNOTATION) if result is not None else None
        asynchronous = definitions.is_async(node)
        prefix = "async " if asynchronous else ""
        return _Said(
            definitions.function_signature(draft.name, parameters, type_parameters, returns, prefix),
            definitions.docstring_of(node.child_by_field_name("body"), source),
            type_parameters,
            definitions.function_flags(
                draft.name,
                draft.decorators,
                asynchronous=asynchronous,
                in_class=draft.kind != "function",
                generator=draft.generator,
            ),
            parameters=parameters,
            returns=returns,
            result=self._expressions.read_type(result, draft.scope) if result is not None else None,
        )

    def _parameter(self, draft: definitions.ParameterDraft, scope: Scope) -> Parameter:
        if draft.type is None and draft.value is None:
            return Parameter(draft.name, draft.kind)
        type_ = self._expressions.read_type(draft.type, scope) if draft.type is not None else None
        value = self._expressions.read(draft.value, scope) if draft.value is not None else None
        return definitions.parameter(draft, type_, value, self._source)

    def _class(self, draft: Draft) -> _Said:
        node, source = draft.node, self._source
        brackets = node.child_by_field_name("superclasses")
        arguments = named_children(brackets) if brackets else []
        texts = tuple([source.brief(argument, _LONGEST_TEXT) for argument in arguments])
        type_parameters = definitions.type_parameters_of(node, source)
        return _Said(
            definitions.class_signature(draft.name, type_parameters, texts),
            definitions.docstring_of(node.child_by_field_name("body"), source),
            type_parameters,
            definitions.class_flags(texts),
            bases=tuple(
                (text, self._expressions.read(argument, draft.scope))
                for text, argument in zip(texts, arguments, strict=True)
                if argument.type not in ("keyword_argument", "dictionary_splat", "ERROR")
            ),
        )

    def _alias(self, draft: Draft) -> _Said:
        return _Said(self._source.brief(draft.node, _LONGEST_TEXT))

    def _value(self, draft: Draft) -> _Said:
        value = last_value(draft.node)
        text = self._source.brief(value, _LONGEST_VALUE) if value is not None else None
        return _Said(definitions.value_signature(draft.name, draft.annotation, text))

    def calls(self, sweep: Sweep) -> tuple[Call, ...]:
        """Return every call, by position."""
        source, read = self._source, self._expressions
        found: list[Call] = []
        for node, callee, member, scope in sweep.calls:
            line, column = source.place((member or callee).start_byte)
            text = source.brief(callee, _LONGEST_TEXT)
            found.append(Call(scope.index, line, column, text, *read.parts(node, callee, scope)))
        for node, scope in sweep.type_calls:
            line, column = source.place(node.start_byte)
            found.append(Call(scope.index, line, column, "type", read.name("type", scope)))
        found.sort(key=lambda call: (call.line, call.column))
        return tuple(found)

    def aliases(self, drafts: list[Draft]) -> Iterator[Assignment]:
        """Yield what ``type X = ...`` says X is."""
        for draft in drafts:
            value = draft.node.child_by_field_name("right") if draft.node.type == "type_alias_statement" else None
            if value is not None:
                target = ("name", draft.scope.index, draft.name)
                expr = self._expressions.read_type(value, draft.scope)
                line = self._source.line(draft.node.start_byte)
                yield Assignment(draft.scope.index, target, expr, None, line)


PYTHON = Language(
    "python",
    extract,
    suffixes=(".py", ".pyi", ".pyw"),
    file_names=("sconstruct", "sconscript", "wscript"),
    interpreters=("python", "pypy"),
    module_name=module_name,
    builtin_members=BUILTIN_MEMBERS,
    resolution=RESOLUTION,
)
