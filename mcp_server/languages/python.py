"""How does Python code become facts?

``python.scm`` names the nodes of interest, ``python_sweep`` finds their scopes; here the drafts become the
symbols, calls, imports and assignments of ``stores.facts``.
"""

import re
from collections.abc import Iterator

from mcp_server.languages import python_definitions as definitions
from mcp_server.languages.extract import Grammar, Recovery, Source, boundaries, named_children
from mcp_server.languages.language import Language, dotted_module_name
from mcp_server.languages.python_expressions import Expressions
from mcp_server.languages.python_names import BUILTIN_MEMBERS
from mcp_server.languages.python_resolution import RESOLUTION
from mcp_server.languages.python_sweep import Draft, Sweep
from mcp_server.languages.python_values import Values, last_value, typed_parameters
from stores.facts import MODULE, Assignment, Call, Expr, FileFacts, Import, Symbol


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
        return tuple(self._symbol(draft) for draft in drafts)

    def _symbol(self, draft: Draft) -> Symbol:
        node, source = draft.node, self._source
        signature, bases, flags = self._header(draft)
        is_scope = node.type in ("function_definition", "class_definition")
        is_function = node.type == "function_definition"
        returns = node.child_by_field_name("return_type") if is_function else None
        read = self._expressions
        return Symbol(
            name=draft.name,
            qualified_name=self._names[draft.definition.index],
            kind=draft.kind,
            parent=draft.scope.index,
            line_start=source.line(draft.start),
            line_end=source.last_line(node),
            byte_start=draft.start,
            byte_end=node.end_byte,
            name_line=source.line(draft.name_node.start_byte),
            name_column=source.column(draft.name_node.start_byte),
            signature=signature,
            docstring=definitions.docstring_of(node.child_by_field_name("body"), source) if is_scope else None,
            decorators=draft.decorators,
            parameters=typed_parameters(draft.parameters, node, draft.scope, read),
            type_parameters=definitions.type_parameters_of(node, source) if is_scope else (),
            returns=definitions.returns_of(node, source) if is_function else None,
            bases=bases,
            flags=flags,
            decorations=tuple(read.read(each, draft.scope) for each in draft.decorations),
            result=read.read_type(returns, draft.scope) if returns is not None else None,
        )

    def _header(self, draft: Draft) -> tuple[str, tuple[tuple[str, Expr], ...], tuple[str, ...]]:
        """Return signature, bases and flags."""
        node, source, name = draft.node, self._source, draft.name
        if node.type == "function_definition":
            signature = definitions.function_signature(
                name,
                draft.parameters,
                definitions.type_parameters_of(node, source),
                definitions.returns_of(node, source),
                "async " if definitions.is_async(node) else "",
            )
            in_class = draft.kind != "function"
            flags = definitions.function_flags(
                node, name, draft.decorators, in_class=in_class, generator=draft.generator
            )
            return signature, (), flags
        if node.type == "class_definition":
            return self._class_header(draft)
        if node.type == "type_alias_statement":
            return source.brief(node, _LONGEST_TEXT), (), ()
        value = last_value(node)
        text = source.brief(value, _LONGEST_VALUE) if value else None
        return definitions.value_signature(name, draft.annotation, text), (), ()

    def _class_header(self, draft: Draft) -> tuple[str, tuple[tuple[str, Expr], ...], tuple[str, ...]]:
        brackets = draft.node.child_by_field_name("superclasses")
        arguments = named_children(brackets) if brackets else []
        texts = tuple(self._source.brief(argument, _LONGEST_TEXT) for argument in arguments)
        bases = tuple(
            (text, self._expressions.read(argument, draft.scope))
            for text, argument in zip(texts, arguments, strict=True)
            if argument.type not in ("keyword_argument", "dictionary_splat", "ERROR")
        )
        type_parameters = definitions.type_parameters_of(draft.node, self._source)
        return definitions.class_signature(draft.name, type_parameters, texts), bases, definitions.class_flags(texts)

    def calls(self, sweep: Sweep) -> tuple[Call, ...]:
        """Return every call, by position."""
        source, read = self._source, self._expressions.read
        found: list[Call] = []
        for node, scope in sweep.calls:
            callee = node.child_by_field_name("function")
            if callee is None:
                continue
            last = callee.child_by_field_name("attribute") if callee.type == "attribute" else callee
            start = (last or callee).start_byte
            line = source.line(start)
            text = source.brief(callee, _LONGEST_TEXT)
            arguments = self._expressions.arguments(node, scope)
            found.append(Call(scope.index, line, start - source.starts[line - 1], text, read(callee, scope), arguments))
        for node, scope in sweep.type_calls:
            line, column = source.line(node.start_byte), source.column(node.start_byte)
            found.append(Call(scope.index, line, column, "type", self._expressions.name("type", scope)))
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
