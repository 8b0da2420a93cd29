"""How do the drafts of a JavaScript or TypeScript file become facts?

``javascript_sweep`` found the scopes; here every name of every scope is known, and callees, values and types are read.
"""

from collections.abc import Iterator

from tree_sitter import Node

from mcp_server.languages import javascript_definitions as definitions
from mcp_server.languages.extract import Grammar, Source, boundaries, first_child, named_children
from mcp_server.languages.javascript_expressions import OTHER, Expressions
from mcp_server.languages.javascript_imports import exported_names, renamed_exports
from mcp_server.languages.javascript_sweep import Sweep, unwrapped
from mcp_server.languages.scopes import Scope
from mcp_server.languages.sweep import Draft
from stores.facts import MODULE, Assignment, Call, Expr, FileFacts, Import, Parameter, Result, Symbol

# The callee of a call is kept as text for readers; machines read its expression.
_LONGEST_TEXT = 200
# Arguments of one call, and parts of one pattern, that are read.
_MOST_ARGUMENTS = 16
_MOST_PARTS = 64

_JSX = frozenset({"jsx_opening_element", "jsx_self_closing_element"})
_CONTAINERS = frozenset({"class_declaration", "abstract_class_declaration", "class", "interface_declaration"})


def facts_of(language: str, path: str, text: str, grammar: Grammar) -> FileFacts:
    """Return the facts of a file in JavaScript or TypeScript."""
    source = Source(text)
    parsed = grammar.parse(source)
    sweep = Sweep(source)
    sweep.run(parsed.captures)
    sweep.drafts.sort(key=lambda draft: (draft.start, -draft.node.end_byte))
    for index, draft in enumerate(sweep.drafts):
        draft.definition.index = index
    documented = {
        source.last_line(node): source.text(node)
        for node in parsed.captures.get("comment", ())
        if source.data.startswith(b"/**", node.start_byte)
    }
    maker = _Facts(source, sweep, documented)
    symbols, calls, results = maker.symbols(), maker.calls(), maker.results()
    assignments = maker.assignments()
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

    def __init__(self, source: Source, sweep: Sweep, documented: dict[int, str]) -> None:
        self._source = source
        self._sweep = sweep
        self._documented = documented
        self._expressions = Expressions(source, sweep)
        self._types = self._expressions.types
        self._names: list[str] = []
        self._callables = {
            draft.definition.index: (node, inner) for node, inner, draft in sweep.callables if draft is not None
        }

    # -- symbols

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
        comment = self._documented.get(line - 1)
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
            docstring=definitions.documentation(comment) if comment else None,
            decorators=tuple(source.brief(each, _LONGEST_TEXT).removeprefix("@") for each in draft.decorators),
            parameters=tuple(self._parameters(function, inner)) if function is not None else (),
            type_parameters=definitions.type_parameters_of(function or node, source),
            returns=definitions.annotation_text(returns, source),
            bases=tuple(self._bases(draft)),
            flags=draft.flags,
            decorations=tuple(self._decoration(each, draft.scope) for each in draft.decorators),
            result=self._type(returns, inner),
        )

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

    def _type(self, node: Node | None, scope: Scope) -> Expr | None:
        """Return a declared type as an expression, None where there is none or it says nothing."""
        if node is None or node.type in ("asserts_annotation", "type_predicate_annotation"):
            return None
        found = self._types.read(node, scope)
        return None if found == OTHER else found

    def _parameters(self, function: Node, inner: Scope) -> Iterator[Parameter]:
        source = self._source
        for each in definitions.parameter_nodes(function):
            name = source.brief(each.pattern, _LONGEST_TEXT)
            kind = "variadic" if each.rest else "positional"
            value = self._expressions.read(each.value, inner) if each.value is not None else None
            yield Parameter(
                name,
                kind,
                definitions.annotation_text(each.type, source),
                source.brief(each.value, definitions.LONGEST_VALUE) if each.value is not None else None,
                self._type(each.type, inner),
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
            yield self._source.brief(base, _LONGEST_TEXT), read
        if draft.kind == "class" and draft.node.type in _CONTAINERS:
            return

    # -- imports

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
            found.append(Import(MODULE, module, 0, "module.exports", f"require {module}", line))
        found.sort(key=lambda each: each.line)
        return tuple(found)

    # -- calls

    def calls(self) -> tuple[Call, ...]:
        """Return every call, by position."""
        found = [call for node, scope in self._sweep.calls for call in self._call(node, scope)]
        found.sort(key=lambda call: (call.line, call.column))
        return tuple(found)

    def _call(self, node: Node, scope: Scope) -> Iterator[Call]:
        source = self._source
        if node.type in _JSX:
            callee = node.child_by_field_name("name")
            if callee is None or callee.type == "identifier" and source.text(callee)[0].islower():
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

    # -- results

    def results(self) -> tuple[Result, ...]:
        """Return what the functions with a name hand out."""
        found: list[Result] = []
        for _, inner, draft in self._sweep.callables:
            if draft is not None:
                for value, scope in self._sweep.returns.get(inner, ()):
                    found.append(Result(draft.definition.index, "return", self._expressions.read(value, scope)))
        return tuple(found)

    # -- assignments

    def assignments(self) -> tuple[Assignment, ...]:
        """Return every value given to a name or attribute, by line."""
        found: list[Assignment] = []
        for node, scope, home in self._sweep.declared:
            self._declared(node, scope, home, found)
        for node, scope in self._sweep.assigned:
            self._assigned(node, scope, found)
        for node, scope in self._sweep.fields:
            self._field(node, scope, found)
        for node, scope in self._sweep.loops:
            self._loop(node, scope, found)
        for node, inner, draft in self._sweep.callables:
            self._bound_parameters(node, inner, draft, found)
        for node, scope in self._sweep.type_parameters:
            self._type_parameter(node, scope, found)
        self._modules(found)
        self._hidden(found)
        found.sort(key=lambda assignment: assignment.line)
        return tuple(found)

    def _give(self, target: Expr, value: Expr, node: Node, scope: Scope, found: list[Assignment]) -> None:
        found.append(Assignment(scope.index, target, value, None, self._source.line(node.start_byte)))

    def _declared(self, node: Node, scope: Scope, home: Scope, found: list[Assignment]) -> None:
        target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if target is None:
            return
        read = self._expressions.read(value, scope) if value is not None else OTHER
        if target.type != "identifier":
            self._unpack(target, read, home, found)
            return
        draft = self._sweep.by_node.get(unwrapped(value).start_byte) if value is not None and unwrapped(value) else None
        if draft is not None and draft.node.id == node.id:
            return  # the symbol itself binds the name
        declared = node.child_by_field_name("type")
        expr = self._expressions.name(self._source.text(target), home)
        line = self._source.line(target.start_byte)
        text = definitions.annotation_text(declared, self._source)
        found.append(Assignment(scope.index, expr, read, text, line, self._type(declared, scope)))

    def _unpack(self, target: Node, value: Expr, scope: Scope, found: list[Assignment]) -> None:
        """Give each name of a pattern its part of ``value``."""
        waiting = [(target, value)]
        while waiting:
            node, of = waiting.pop()
            if node.type in ("identifier", "shorthand_property_identifier_pattern"):
                name = self._source.text(node)
                part = ("attribute", of, name) if node.type != "identifier" else of
                self._give(self._expressions.name(name, scope), part if of != OTHER else OTHER, node, scope, found)
            elif node.type == "member_expression":
                self._give(self._expressions.read(node, scope), of, node, scope, found)
            else:
                waiting.extend(self._parts(node, of, scope))

    def _parts(self, node: Node, of: Expr, scope: Scope) -> Iterator[tuple[Node, Expr]]:
        children = named_children(node)[:_MOST_PARTS]
        if node.type == "array_pattern":
            for index, child in enumerate(children):
                yield child, ("subscript", of, ("literal", "int", str(index))) if of != OTHER else OTHER
        elif node.type == "object_pattern":
            for child in children:
                yield child, of
        elif node.type == "pair_pattern":
            key = definitions.member_name(node.child_by_field_name("key"), self._source)
            value = node.child_by_field_name("value")
            if value is not None:
                yield value, ("attribute", of, key) if key is not None and of != OTHER else OTHER
        elif node.type in ("assignment_pattern", "object_assignment_pattern"):
            left = node.child_by_field_name("left")
            if left is not None:
                yield left, of
        elif node.type == "rest_pattern":
            for child in children:
                yield child, OTHER
        del scope

    def _assigned(self, node: Node, scope: Scope, found: list[Assignment]) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        operator = node.child_by_field_name("operator")
        plain = operator is None or operator.type in ("||=", "??=", "&&=")
        value = self._expressions.read(right, scope) if plain else OTHER
        if left.type in ("object_pattern", "array_pattern"):
            self._unpack(left, value, scope, found)
            return
        if self._exported(left, right, value, scope, found):
            return
        target = self._expressions.read(left, scope)
        if target[0] == "attribute" and target[1][0] == "attribute" and target[1][2] == "prototype":
            target = self._prototype(target)
        if target[0] in ("name", "attribute"):
            self._give(target, value, left, scope, found)

    def _prototype(self, target: Expr) -> Expr:
        """``X.prototype.m`` is a member of the objects that the function X makes."""
        owner = target[1][1]
        draft = next((d for d in self._sweep.drafts if owner == ("name", d.scope.index, d.name)), None)
        return ("attribute", ("self", draft.definition.index), target[2]) if draft is not None else target

    def _exported(self, left: Node, right: Node, value: Expr, scope: Scope, found: list[Assignment]) -> bool:
        """Bind what CommonJS exports to outermost names: ``exports.a``, ``module.exports = {a, b: c}`` or a value."""
        text = self._source.brief(left, _LONGEST_TEXT)
        if text == "module.exports" or text == "exports":
            if value[0] == "mapping":
                for key, of in (pair for pair in value[2:] if pair[0] != "keywords"):
                    target = ("name", MODULE, key[2])
                    if of != target:
                        self._give(target, of, left, scope, found)
            for name in ("module.exports", "default") if text == "module.exports" else ():
                if value[0] != "mapping" or name == "default":
                    self._give(("name", MODULE, name), value, left, scope, found)
            inner = unwrapped(right)
            return inner is None or inner.type != "assignment_expression"
        member = left.child_by_field_name("property")
        if left.type == "member_expression" and member is not None:
            holder = self._source.brief(left, _LONGEST_TEXT).rpartition(".")[0]
            if holder in ("exports", "module.exports"):
                target = ("name", MODULE, self._source.text(member))
                if value != target and not (value[0] == "definition" and self._is_bound(value[1], target)):
                    self._give(target, value, left, scope, found)
                return True
        return False

    def _is_bound(self, index: int, target: Expr) -> bool:
        draft = self._sweep.drafts[index]
        return (draft.scope.index, draft.name) == (target[1], target[2])

    def _field(self, node: Node, scope: Scope, found: list[Assignment]) -> None:
        name_node, value = definitions.key_of(node), node.child_by_field_name("value")
        name = definitions.member_name(name_node, self._source)
        if name is None or name_node is None:
            return
        if value is not None and unwrapped(value) and unwrapped(value).start_byte in self._sweep.by_node:
            return
        declared = node.child_by_field_name("type")
        read = self._expressions.read(value, scope) if value is not None else OTHER
        line = self._source.line(name_node.start_byte)
        text = definitions.annotation_text(declared, self._source)
        target = ("name", scope.index, name)
        found.append(Assignment(scope.index, target, read, text, line, self._type(declared, scope)))

    def _loop(self, node: Node, scope: Scope, found: list[Assignment]) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None:
            return
        of = operator is not None and operator.type == "of"
        value: Expr = ("element", self._expressions.read(right, scope)) if of else ("literal", "string")
        self._unpack(left, value, scope, found)

    def _bound_parameters(self, node: Node, inner: Scope, draft: Draft | None, found: list[Assignment]) -> None:
        """Parameters that are patterns, that make fields, or that belong to a function without a name."""
        for each in definitions.parameter_nodes(node):
            declared = self._type(each.type, inner)
            if each.pattern.type != "identifier":
                whole = ("parameter", inner.index, self._source.brief(each.pattern, _LONGEST_TEXT))
                value = ("instance", declared) if declared is not None else whole
                self._unpack(each.pattern, value, inner, found)
                continue
            name = self._source.text(each.pattern)
            expr, line = self._expressions.name(name, inner), self._source.line(each.pattern.start_byte)
            text = definitions.annotation_text(each.type, self._source)
            if draft is None and expr[0] == "name":
                value = self._sweep.passed.get(node.start_byte)
                read = self._expressions.read(*value) if value is not None else OTHER
                first: Expr = ("element", read) if read != OTHER else ("parameter", inner.index, name)
                found.append(Assignment(inner.index, expr, first, text, line, declared))
            if draft is not None and draft.name == "constructor" and _is_field(each.node):
                target = ("attribute", ("self", draft.scope.index), name)
                found.append(Assignment(inner.index, target, expr, text, line, declared))

    def _type_parameter(self, node: Node, scope: Scope, found: list[Assignment]) -> None:
        name, bound = node.child_by_field_name("name"), node.child_by_field_name("constraint")
        if name is not None:
            target = self._expressions.name(self._source.text(name), scope)
            line = self._source.line(name.start_byte)
            text = self._source.brief(bound, definitions.LONGEST_TYPE) if bound is not None else None
            found.append(Assignment(scope.index, target, OTHER, text, line, self._type(bound, scope)))

    def _modules(self, found: list[Assignment]) -> None:
        """Bind default exports and names exported under another name."""
        for node, scope in self._sweep.exports:
            if node.child_by_field_name("source") is not None:
                continue
            for name, exported in renamed_exports(node, self._source):
                value = self._expressions.name(self._source.text(name), scope)
                target: Expr = ("name", scope.index, exported)
                if value != target:
                    self._give(target, value, name, scope, found)
            declaration, value_node = node.child_by_field_name("declaration"), node.child_by_field_name("value")
            is_default = definitions.has_keyword(node, "default")
            if is_default and declaration is not None and (named := declaration.child_by_field_name("name")):
                value = self._expressions.name(self._source.text(named), scope)
                self._give(("name", scope.index, "default"), value, node, scope, found)
            elif value_node is not None and is_default:
                value = self._expressions.read(value_node, scope)
                if not (value[0] == "definition" and self._is_bound(value[1], ("name", scope.index, "default"))):
                    self._give(("name", scope.index, "default"), value, node, scope, found)
            elif declaration is None and value_node is None and definitions.has_keyword(node, "="):
                inner = first_child(node)
                if inner is not None:
                    for exported in ("module.exports", "default"):
                        self._give(("name", scope.index, exported), self._expressions.read(inner, scope), node, scope, found)

    def _hidden(self, found: list[Assignment]) -> None:
        """Give names to what has none: objects that are ``this``, functions in blocks, types that stand for others."""
        for start, (scope, value) in self._expressions.objects.items():
            line = self._source.line(start)
            found.append(Assignment(scope.index, ("name", scope.index, f"{{}}@{start}"), value, None, line))
        for draft in self._sweep.drafts:
            if draft.kind in ("function", "class", "interface", "type", "enum") and draft.scope.number:
                target = draft.scope.meaning(draft.name)
                if target is not None and draft.qualifier is None:
                    self._give(target, ("definition", draft.definition.index), draft.name_node, draft.scope, found)
            if draft.node.type == "type_alias_declaration":
                self._alias(draft, found)

    def _alias(self, draft: Draft, found: list[Assignment]) -> None:
        value = draft.node.child_by_field_name("value")
        if value is None or value.type in ("object_type", "intersection_type"):
            return
        scope = self._sweep.heads.get(draft.definition, draft.scope)
        read = self._types.read(value, scope)
        target = draft.scope.meaning(draft.name)
        if read != OTHER and target is not None:
            self._give(target, read, draft.name_node, draft.scope, found)


def _is_field(parameter: Node) -> bool:
    """Tell whether a parameter of a constructor makes a field: ``private x`` or ``readonly x``."""
    return any(child.type in ("accessibility_modifier", "readonly", "override_modifier") for child in parameter.children)


def _base_nodes(node: Node) -> Iterator[tuple[Node, bool]]:
    """Yield what a definition extends or implements, and whether it is a type."""
    if node.type == "type_alias_declaration":
        value = node.child_by_field_name("value")
        waiting = [value] if value is not None and value.type == "intersection_type" else []
        while waiting:
            part = waiting.pop()
            if part.type == "intersection_type":
                waiting.extend(reversed(named_children(part)))
            elif part.type != "object_type":
                yield part, True
        return
    for child in named_children(node):
        if child.type == "class_heritage":
            for part in named_children(child):
                if part.type == "extends_clause":
                    value, arguments = part.child_by_field_name("value"), part.child_by_field_name("type_arguments")
                    if value is not None:
                        yield value, False
                    del arguments
                elif part.type == "implements_clause":
                    yield from ((each, True) for each in named_children(part))
                else:
                    yield part, False
        elif child.type == "extends_type_clause":
            yield from ((each, True) for each in named_children(child))
