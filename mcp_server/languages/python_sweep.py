"""What is defined, bound and used in a Python file, and in which scope?

One pass over the nodes that ``python.scm`` names, in the order of the text. It builds the lexical scopes and
collects drafts; expressions are read later, when every name of every scope is known.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from tree_sitter import Node

from mcp_server.languages import python_definitions as definitions
from mcp_server.languages.extract import Captures, Source, first_child, named_children
from mcp_server.languages.python_flow import Flow, Test
from mcp_server.languages.python_imports import from_imports, module_imports
from mcp_server.languages.scopes import CLASS, FILE, FUNCTION, REGION, Definition, Scope
from mcp_server.languages.sweep import Handler, Region, Regions, sweep
from stores.facts import Import

_LONGEST_ANNOTATION = 400

_CONTAINERS = frozenset(
    {
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "tuple",
        "list",
        "expression_list",
        "list_splat_pattern",
        "list_splat",
        "parenthesized_expression",
        "as_pattern_target",
    }
)

_UNDECORATED = definitions.Decorated(-1, (), ())

_TYPE_TEST = b"isinstance("


@dataclass(slots=True, eq=False)
class Draft:
    """A symbol in the making. ``scope`` holds it, ``start`` is its first byte including decorators."""

    node: Node
    name: str
    kind: str
    scope: Scope
    start: int
    name_node: Node
    definition: Definition = field(default_factory=Definition)
    decorators: tuple[str, ...] = ()
    decorations: tuple[Node, ...] = ()
    parameters: list[definitions.ParameterDraft] = field(default_factory=list)
    annotation: str | None = None
    generator: bool = False


class Target(NamedTuple):
    """What a statement binds besides assignments: ``kind`` says how ``value`` becomes the value of ``node``.

    The kinds are element (of a loop), enter (of ``with``), instance (of what is caught or matched) and other.
    ``byte`` is where the new value begins to hold.
    """

    node: Node
    scope: Scope
    kind: str
    value: Node | None
    byte: int


# A call, what it calls, the name of the member that is, if any, and the scope: there are too many for a class.
Called: TypeAlias = tuple[Node, Node, Node | None, Scope]


@dataclass(slots=True)
class Sweep:
    """What one pass over the captured nodes collects; nodes come with the scope they are in."""

    source: Source
    module: Scope = field(default_factory=lambda: Scope(FILE, Definition()))
    scopes: list[Scope] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    variables: list[Draft] = field(default_factory=list)
    functions: dict[Scope, Draft] = field(default_factory=dict)
    imports: list[tuple[Scope, Import]] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    assignments: list[tuple[Node, Node, Scope]] = field(default_factory=list)
    walruses: list[tuple[Node, Scope]] = field(default_factory=list)
    targets: list["Target"] = field(default_factory=list)
    results: list[tuple[str, Node, Scope]] = field(default_factory=list)
    flow: Flow = field(default_factory=Flow)
    type_calls: list[tuple[Node, Scope]] = field(default_factory=list)
    taken: set[tuple[Scope, str]] = field(default_factory=set)
    _decorated: dict[int, definitions.Decorated] = field(default_factory=dict)
    bodies: dict[int, Scope] = field(default_factory=dict)
    _numbers: Counter[int] = field(default_factory=Counter)

    def run(self, captures: Captures) -> None:
        """Visit every captured node, knowing the scope it is in; afterwards all names are where they belong."""
        handlers: dict[str, Handler] = {
            "def.function": self._function,
            "def.class": self._class,
            "def.type": self._type_alias,
            "def.decorated": self._decoration,
            "scope.lambda": self._lambda,
            "scope.comprehension": self._comprehension,
            "import.module": self._import,
            "import.from": self._import,
            "call": self._call,
            "assign": self._assignment,
            "bind.target": lambda node, scope: self._target(Target(node, scope, "other", None, node.end_byte)),
            "bind.element": self._loop,
            "bind.entered": lambda node, scope: self._as(node, scope, "enter"),
            "bind.caught": lambda node, scope: self._as(node, scope, "instance"),
            "match": self._match,
            "return": lambda node, scope: self.results.append(("return", node, scope)),
            "bind.name": self._bind,
            "bind.walrus": self._walrus,
            "bind.global": lambda node, scope: self._declare(node, scope, FILE),
            "bind.nonlocal": lambda node, scope: self._declare(node, scope, FUNCTION),
            "yield": self._yield,
        }
        self.flow.take_blocks(captures.get("body", ()), captures.get("loop", ()))
        sweep(captures, self.module, handlers)
        for scope in self.scopes:
            scope.settle()
        self.flow.number()

    def _scope(self, kind: str, definition: Definition, parent: Scope, *, numbered: bool = False) -> Scope:
        scope = Scope(kind, definition, parent)
        if numbered:
            self._numbers[id(definition)] += 1
            scope.suffix = f"#{self._numbers[id(definition)]}"
        self.scopes.append(scope)
        return scope

    def _comprehension(self, node: Node, parent: Scope) -> Regions:
        scope = self._scope(REGION, parent.definition, parent, numbered=True)
        self.bodies[node.start_byte] = scope
        return (Region(node.start_byte, node.end_byte, scope),)

    def _call(self, node: Node, scope: Scope) -> None:
        function = node.child_by_field_name("function")
        if function is not None:
            member = function.child_by_field_name("attribute") if function.type == "attribute" else None
            self.calls.append((node, function, member, scope))
        if self.source.data.startswith(_TYPE_TEST, node.start_byte):
            self.flow.add_test(node, scope, self.source)

    def _function(self, node: Node, scope: Scope) -> Regions:
        name_node = node.child_by_field_name("name")
        if name_node is None:
            return ()
        start, decorators, decorations = self._decorated.pop(node.start_byte, _UNDECORATED)
        name = self.source.text(name_node)
        in_class = scope.kind == CLASS
        kind = definitions.method_kind(decorators) if in_class else "function"
        parameters = definitions.parameters_of(node.child_by_field_name("parameters"), self.source)
        draft = Draft(node, name, kind, scope, start if start >= 0 else node.start_byte, name_node)
        draft.parameters, draft.decorators, draft.decorations = parameters, decorators, decorations
        self._add(draft)
        inner = self._scope(FUNCTION, draft.definition, scope)
        body = node.child_by_field_name("body")
        given_at = body.start_byte + 1 if body else node.end_byte
        for parameter in parameters:
            inner.parameters.add(parameter.name)
            self.flow.write(inner, parameter.name, given_at)
        brackets = node.child_by_field_name("type_parameters")
        if brackets is not None:
            inner.bound.update(_type_names(brackets, self.source))
        receiver = definitions.receiver_kind(name, decorators) if in_class else None
        if receiver and parameters and parameters[0].kind.startswith("positional"):
            inner.receiver = (parameters[0].name, receiver, scope.definition)
        self.functions[inner] = draft
        return self._open(body, inner)

    def _class(self, node: Node, scope: Scope) -> Regions:
        name_node = node.child_by_field_name("name")
        if name_node is None:
            return ()
        start, decorators, decorations = self._decorated.pop(node.start_byte, _UNDECORATED)
        draft = Draft(
            node,
            self.source.text(name_node),
            "class",
            scope,
            start if start >= 0 else node.start_byte,
            name_node,
            decorators=decorators,
            decorations=decorations,
        )
        self._add(draft)
        return self._open(node.child_by_field_name("body"), self._scope(CLASS, draft.definition, scope))

    def _type_alias(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        while left is not None and left.type in ("type", "generic_type"):
            left = first_child(left)
        if left is not None and left.type == "identifier":
            self._add(Draft(node, self.source.text(left), "type", scope, node.start_byte, left))
        elif left is not None:
            # The grammar takes the statement ``type(x).name = value`` for ``type X = value``.
            self.type_calls.append((node, scope))

    def _add(self, draft: Draft) -> None:
        self.drafts.append(draft)
        self.taken.add((draft.scope, draft.name))
        draft.scope.bound.add(draft.name)

    def _open(self, body: Node | None, scope: Scope) -> Regions:
        if body is None:
            return ()
        self.bodies[body.start_byte] = scope
        return (Region(body.start_byte, body.end_byte, scope),)

    def _decoration(self, node: Node, _scope: Scope) -> None:
        definition = node.child_by_field_name("definition")
        if definition is not None:
            self._decorated[definition.start_byte] = definitions.decorated(node, self.source)

    def _lambda(self, node: Node, scope: Scope) -> Regions:
        inner = self._scope(FUNCTION, scope.definition, scope, numbered=True)
        parameters = definitions.parameters_of(node.child_by_field_name("parameters"), self.source)
        inner.parameters.update(parameter.name for parameter in parameters)
        return self._open(node.child_by_field_name("body"), inner)

    def _import(self, node: Node, scope: Scope) -> None:
        read = module_imports if node.type == "import_statement" else from_imports
        for found in read(node, self.source):
            self.imports.append((scope, found))
            if found.alias is not None:
                scope.bound.add(found.alias)
                self.taken.add((scope, found.alias))

    def _assignment(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        if left is None:
            return
        self.assignments.append((node, left, scope))
        self._bind(left, scope, node.end_byte)
        if left.type == "identifier" and scope.kind in (FILE, CLASS):
            self._variable(node, left, scope)

    def _variable(self, node: Node, left: Node, scope: Scope) -> None:
        annotation = node.child_by_field_name("type")
        text = self.source.brief(annotation, _LONGEST_ANNOTATION) if annotation else None
        name = self.source.text(left)
        value = node.child_by_field_name("right")
        made_by = value.child_by_field_name("function") if value is not None and value.type == "call" else None
        maker = self.source.text(made_by) if made_by else ""
        kind = definitions.variable_kind(name, text, maker, in_class=scope.kind == CLASS)
        self.variables.append(Draft(node, name, kind, scope, node.start_byte, left, annotation=text))

    def _target(self, target: Target) -> None:
        self.targets.append(target)
        self._bind(target.node, target.scope, target.byte)

    def _loop(self, node: Node, scope: Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        body = node.child_by_field_name("body")
        if left is not None:
            # The body may not be run at all: afterwards the value from before is still possible.
            self._target(Target(left, scope, "element", right, body.start_byte + 1 if body else node.end_byte))

    def _as(self, node: Node, scope: Scope, kind: str) -> None:
        alias, value = node.child_by_field_name("alias"), first_child(node)
        if alias is not None:
            self._target(Target(alias, scope, kind, value, node.end_byte))

    def _match(self, node: Node, scope: Scope) -> None:
        subjects = node.children_by_field_name("subject")
        subject = self.source.text(subjects[0]) if len(subjects) == 1 else ""
        body = node.child_by_field_name("body")
        for clause in named_children(body) if body is not None else ():
            pattern, block = first_child(clause), clause.child_by_field_name("consequence")
            name: Node | None = None
            while pattern is not None and pattern.type in ("case_pattern", "as_pattern"):
                name = pattern.named_child(pattern.named_child_count - 1) if pattern.type == "as_pattern" else name
                pattern = first_child(pattern)
            if pattern is None or block is None or pattern.type != "class_pattern":
                continue
            of = first_child(pattern)
            if of is not None:
                self.flow.add_known(subject, Test(block.start_byte, block.end_byte, of, scope))
                if name is not None and name.type == "identifier":
                    self._target(Target(name, scope, "instance", of, block.start_byte + 1))

    def _walrus(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        owner = scope.enclosing(FILE, CLASS, FUNCTION) or scope
        self.walruses.append((node, owner))
        if name is not None:
            self._bind(name, owner, node.end_byte)

    def _bind(self, node: Node, scope: Scope, byte: int | None = None) -> None:
        """Bind every name of a target in ``scope``; from ``byte`` on it has a new value."""
        for target in flat_targets(node):
            if target.type == "identifier":
                name = self.source.text(target)
                scope.bound.add(name)
                if byte is not None:
                    self.flow.write(scope, name, byte)

    def _declare(self, node: Node, scope: Scope, kind: str) -> None:
        for name in named_children(node):
            scope.outer_names[self.source.text(name)] = kind

    def _yield(self, node: Node, scope: Scope) -> None:
        owner = scope.enclosing(FILE, CLASS, FUNCTION)
        if owner is not None and owner in self.functions:
            self.functions[owner].generator = True
            value = first_child(node)
            if value is not None:
                kind = "delegate" if any(child.type == "from" for child in node.children) else "yield"
                self.results.append((kind, value, scope))


def flat_targets(node: Node) -> list[Node]:
    """Return the names, attributes and subscripts that a target of any nesting consists of."""
    if node.type == "identifier":
        return [node]
    found: list[Node] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.type in _CONTAINERS:
            waiting.extend(reversed(named_children(current)))
        else:
            found.append(current)
    return found


def _type_names(brackets: Node, source: Source) -> list[str]:
    """Return the names that the type parameters of a function bind."""
    names: list[str] = []
    for child in named_children(brackets):
        inner: Node | None = child
        while inner is not None and inner.type != "identifier":
            inner = first_child(inner)
        if inner is not None:
            names.append(source.text(inner))
    return names
