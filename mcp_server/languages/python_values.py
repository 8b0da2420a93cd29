"""Which values do the names, attributes and collections of a Python file get?

Assignments of every kind (``=``, ``:=``, ``for``, ``with``, ``except``, ``case``, comprehensions, ``append``) and what
functions hand out, as facts.
"""

from tree_sitter import Node

from mcp_server.languages.extract import Source, first_child, named_children
from mcp_server.languages.python_expressions import OTHER, Expressions
from mcp_server.languages.python_sweep import Called, Sweep, Target, flat_targets
from mcp_server.languages.scopes import Scope
from stores.facts import Assignment, Expr, Result

_LONGEST_ANNOTATION = 400

# Targets of one chained assignment that are followed to its value.
_MOST_TARGETS = 20

_SEQUENCES = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list"})
_SPLATS = frozenset({"list_splat_pattern", "list_splat"})

# Members of collections that put their last argument into them, and those that put its elements.
_ADDING = frozenset({"append", "appendleft", "add", "insert", "put", "put_nowait", "push"})
_EXTENDING = frozenset({"extend", "extendleft"})
_KEYED = frozenset({"setdefault", "__setitem__"})
_FILLING = _ADDING | _EXTENDING | _KEYED | {"update"}
# A value that is only a number or text is called by nobody.
_UNCALLED = frozenset({"literal", "other"})


class Values:
    """Collects the assignments and results of one file."""

    def __init__(self, source: Source, expressions: Expressions, sweep: Sweep) -> None:
        self._source = source
        self._expressions = expressions
        self._sweep = sweep
        self._found: list[Assignment] = []

    def results(self) -> tuple[Result, ...]:
        """Return what functions hand out, in the order of the text."""
        return tuple(
            Result(scope.index, kind, value)
            for kind, node, scope in self._sweep.results
            if (value := self._expressions.read(node, scope))[0] not in _UNCALLED
        )

    def assignments(self) -> tuple[Assignment, ...]:
        """Return every value given to a name, an attribute or a collection, by line."""
        sweep = self._sweep
        for node, left, scope in sweep.assignments:
            self._assignment(node, left, scope)
        for node, scope in sweep.walruses:
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None:
                self._give(name, self._expressions.read(value, scope), scope, node.end_byte)
        for target in sweep.targets:
            self._bind(target)
        for call in sweep.calls:
            self._fill(call)
        self._reassigned_parameters()
        self._found.sort(key=lambda assignment: assignment.line)
        return tuple(self._found)

    def _assignment(self, node: Node, left: Node, scope: Scope) -> None:
        value = last_value(node)
        if left.type in _SEQUENCES:
            self._unpack(left, value, scope, node.end_byte)
            return
        expr = self._expressions.read(value, scope) if value else OTHER
        self._give(left, expr, scope, node.end_byte, node.child_by_field_name("type"))

    def _bind(self, target: Target) -> None:
        """Give the target of a loop, ``with``, ``except`` or ``case`` its value."""
        value: Expr = OTHER
        if target.value is not None and target.kind != "other":
            value = (target.kind, self._expressions.read(target.value, target.scope))
        node = target.node
        while node.type == "as_pattern_target" and (inner := first_child(node)) is not None:
            node = inner
        self._parts(node, value, target.scope, target.byte)

    def _unpack(self, left: Node, value: Node | None, scope: Scope, byte: int) -> None:
        """Give each name of a target its own part of ``value`` where that has the same shape."""
        targets = named_children(left)
        values = named_children(value) if value is not None and value.type in _SEQUENCES else []
        if len(targets) == len(values) and not any(part.type in _SPLATS for part in (*targets, *values)):
            for target, part in zip(targets, values, strict=True):
                self._parts(target, self._expressions.read(part, scope), scope, byte)
        else:
            self._parts(left, self._expressions.read(value, scope) if value else OTHER, scope, byte)

    def _parts(self, target: Node, value: Expr, scope: Scope, byte: int, depth: int = 0) -> None:
        """Give ``value`` to a target, or its elements to the parts of it."""
        parts = named_children(target) if target.type in _SEQUENCES and depth < _MOST_TARGETS else None
        if parts is None:
            for each in flat_targets(target):
                self._give(each, value if each.id == target.id else OTHER, scope, byte)
            return
        starred = False
        for position, part in enumerate(parts):
            if part.type in _SPLATS:
                starred = True
                inner = first_child(part)
                if inner is not None:
                    self._give(inner, value, scope, byte)
                continue
            key = () if starred or len(str(position)) > 2 else (("literal", "int", str(position)),)
            self._parts(part, OTHER if value == OTHER else ("subscript", value, *key), scope, byte, depth + 1)

    def _give(self, target: Node, value: Expr, scope: Scope, byte: int, annotation: Node | None = None) -> None:
        kind, version = target.type, 0
        if kind not in ("identifier", "attribute", "subscript"):
            return
        expr = self._expressions.target(target, scope)
        if kind == "subscript" and (expr[0] != "subscript" or value[0] in _UNCALLED):
            return
        if expr[0] == "narrowed":
            expr = expr[1]
        if expr[0] == "name":
            version = self._sweep.flow.version(scope, self._source.text(target), byte)
        elif expr[0] not in ("attribute", "subscript"):
            return
        text = self._source.brief(annotation, _LONGEST_ANNOTATION) if annotation else None
        declared = self._expressions.read_type(annotation, scope) if annotation else None
        line = self._source.line(target.start_byte)
        self._found.append(Assignment(scope.index, expr, value, text, line, declared, version))

    def _fill(self, call: Called) -> None:
        """Take ``x.append(value)`` for a value given to the elements of x."""
        node, function, member, scope = call
        if member is None or (name := self._source.text(member)) not in _FILLING:
            return
        of = function.child_by_field_name("object")
        if of is None or of.type not in ("identifier", "attribute"):
            return
        _, arguments = self._expressions.parts(node, function, scope)
        if not arguments or (value := arguments[-1])[0] in (*_UNCALLED, "keyword", "keywords"):
            return
        owner = self._expressions.target(of, scope)
        target: Expr = ("element", owner)
        if name in _EXTENDING:
            value = ("element", value)
        elif name in _KEYED:
            target = ("subscript", owner, arguments[0])
        elif name == "update":
            target, value = ("subscript", owner), ("subscript", value)
        if owner[0] in ("name", "attribute", "self"):
            line = self._source.line(node.start_byte)
            self._found.append(Assignment(scope.index, target, value, None, line))

    def _reassigned_parameters(self) -> None:
        """A parameter that is given another value is a name whose first value is the parameter."""
        for scope, draft in self._sweep.functions.items():
            body = draft.node.child_by_field_name("body")
            for parameter in draft.parameters if scope.bound and body is not None else ():
                if parameter.name in scope.bound and body is not None:
                    first: Expr = ("parameter", scope.index, parameter.name)
                    if scope.receiver and scope.receiver[0] == parameter.name:
                        first = (scope.receiver[1], scope.receiver[2].index)
                    line = self._source.line(draft.name_node.start_byte)
                    target = ("name", scope.index, parameter.name)
                    version = self._sweep.flow.version(scope, parameter.name, body.start_byte + 1)
                    self._found.append(Assignment(scope.index, target, first, None, line, None, version))


def last_value(assignment: Node) -> Node | None:
    """Return what an assignment assigns: in ``a = b = c`` the value of both is ``c``."""
    value = assignment.child_by_field_name("right")
    for _ in range(_MOST_TARGETS):
        if value is None or value.type != "assignment":
            return value
        value = value.child_by_field_name("right")
    return None
