"""What is defined, bound and used in a JavaScript or TypeScript file, and in which scope?

One pass over the nodes that ``javascript.scm`` and ``typescript.scm`` name. It builds the lexical scopes and collects
drafts; expressions are read later, when every name of every scope is known.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from mcp_server.languages import javascript_definitions as definitions
from mcp_server.languages.extract import Captures, Source, first_child, named_children
from mcp_server.languages.javascript_imports import Imported, imported_names, required_names
from mcp_server.languages.scopes import CLASS, FILE, FUNCTION, REGION, Definition, Scope
from mcp_server.languages.sweep import Draft, Region, Regions, sweep

FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
# What stands around a value without changing it.
_WRAPPERS = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"})
_MOST_WRAPPERS = 10
_MEMBERS = frozenset({"pair", "field_definition", "public_field_definition"})
# Methods that call their first argument with each element of their object.
_EACH = frozenset({"forEach", "map", "filter", "find", "findLast", "some", "every", "flatMap", "findIndex"})
# Arguments of one call that are looked at for functions.
_MOST_CALLBACKS = 8
_AWAITED = frozenset({"then"})
_LONGEST_OWNER = 200
_SIMPLE = re.compile(r"[\w$.]+")


@dataclass(slots=True, eq=False)
class Receiver:
    """What ``this`` is in a scope.

    ``kind`` is "self" or "class" of the definition ``owner``, "object" for the object literal ``node`` in ``scope``,
    "value" for the expression ``node`` in ``scope``, or "function" where only the caller knows.
    """

    kind: str
    owner: Definition | None = None
    node: Node | None = None
    scope: Scope | None = None


class Passed(NamedTuple):
    """Where a function without a name is an argument.

    ``how`` says how it gets its first parameter: as an "element" of ``of`` in ``scope``, as what "await" gives of it,
    or "" where the callee ``of``, called with it at ``position``, says it; ``call`` is the whole call.
    """

    of: Node
    scope: Scope
    position: int
    how: str
    call: Node


@dataclass(slots=True)
class Sweep:
    """What one pass over the captured nodes collects; nodes come with the scope they are in."""

    source: Source
    module: Scope = field(default_factory=lambda: Scope(FILE, Definition()))
    drafts: list[Draft] = field(default_factory=list)
    imports: list[tuple[Scope, Imported]] = field(default_factory=list)
    calls: list[tuple[Node, Scope]] = field(default_factory=list)
    declared: list[tuple[Node, Scope, Scope]] = field(default_factory=list)  # declarator, its scope, its names' scope
    assigned: list[tuple[Node, Scope]] = field(default_factory=list)
    fields: list[tuple[Node, Scope]] = field(default_factory=list)
    loops: list[tuple[Node, Scope]] = field(default_factory=list)
    exports: list[tuple[Node, Scope]] = field(default_factory=list)
    callables: list[tuple[Node, Scope, Draft | None]] = field(default_factory=list)  # with the scope inside
    type_parameters: list[tuple[Node, Scope]] = field(default_factory=list)
    heads: dict[Definition, Scope] = field(default_factory=dict)  # where bases and types of a definition are read
    returns: dict[Scope, list[tuple[Node, Scope]]] = field(default_factory=dict)
    by_node: dict[int, Draft] = field(default_factory=dict)  # functions and classes that are values, by first byte
    nameless: dict[int, Scope] = field(default_factory=dict)  # functions without a name, by first byte
    receivers: dict[Scope, Receiver] = field(default_factory=dict)
    passed: dict[int, Passed] = field(default_factory=dict)  # functions that are arguments, by first byte
    expected: dict[int, tuple[Node, Scope]] = field(default_factory=dict)  # declared types of values, by first byte
    built: set[str] = field(default_factory=set)  # names after ``new``
    prototyped: set[str] = field(default_factory=set)  # names before ``.prototype``
    _starts: dict[int, int] = field(default_factory=dict)
    _decorators: dict[int, tuple[Node, ...]] = field(default_factory=dict)
    _own_blocks: set[int] = field(default_factory=set)
    _hoisted: set[int] = field(default_factory=set)  # declarators of ``var``, by first byte
    _by_name: dict[str, Definition] = field(default_factory=dict)  # of the outermost scopes
    _this: dict[int, Receiver] = field(default_factory=dict)  # of functions attached to something, by first byte
    _open: set[Scope] = field(default_factory=set)  # the module and its namespaces: others see their variables
    _owners: dict[int, Definition] = field(default_factory=dict)  # of object literals, by first byte
    _objects: dict[Scope, Receiver] = field(default_factory=dict)  # what ``this`` is in methods of object literals
    _shapes: set[Scope] = field(default_factory=set)  # bodies of interfaces and object types

    def run(self, captures: Captures) -> None:
        """Visit every captured node, knowing the scope it is in."""
        handlers = {
            "def.function": self._function,
            "def.method": self._method,
            "def.class": self._class,
            "def.interface": self._interface,
            "def.type": self._type,
            "def.enum": self._enum,
            "def.namespace": self._namespace,
            "def.member": self._member,
            "scope.function": self._value,
            "scope.object": self._object,
            "scope.block": self._block,
            "decorated": self._decorated,
            "import": self._import,
            "export": self._export,
            "call": self._call,
            "declaration": self._declaration,
            "assign.declared": self._declarator,
            "assign": self._assignment,
            "return": self._return,
        }
        self._open.add(self.module)
        sweep(captures, self.module, handlers)
        for draft in self.drafts:
            if draft.kind == "function" and draft.name in self.prototyped and draft.scope in self._open:
                draft.kind = "class"  # a function with a prototype makes objects
            elif draft.kind == "method" and draft.qualifier is not None:
                if self.exports or draft.name in draft.scope.bound:
                    draft.flags += ("unbound",)  # only CommonJS exports what is put on an object
            elif draft.kind in ("function", "class") and draft.scope.suffix:
                draft.flags += ("unbound",)

    def _draft(self, node: Node, name: str, kind: str, scope: Scope, name_node: Node) -> Draft:
        draft = Draft(node, name, kind, scope, self._starts.pop(node.start_byte, node.start_byte), name_node)
        draft.decorators = self._decorators.pop(node.start_byte, ())
        self.drafts.append(draft)
        return draft

    def _function(self, node: Node, scope: Scope) -> Regions:
        name_node = node.child_by_field_name("name")
        if name_node is None:
            return ()
        draft = self._draft(node, self.source.text(name_node), "function", scope, name_node)
        scope.bound.add(draft.name)
        if scope in self._open:
            self._by_name.setdefault(draft.name, draft.definition)
        if node.type == "function_signature":
            draft.flags = ("overload",)
        return self._callable(node, draft, Scope(FUNCTION, draft.definition, scope))

    def _value(self, node: Node, scope: Scope) -> Regions:
        """Open a function that is a value: it has the name of what it is given to, else its own, else none."""
        draft = self.by_node.get(node.start_byte)
        name_node = node.child_by_field_name("name")
        if draft is None and name_node is not None:
            draft = self._draft(node, self.source.text(name_node), "function", scope, name_node)
            draft.flags = ("unbound",) if not scope.suffix else ()
            self.by_node[node.start_byte] = draft
        if draft is None:
            inner = scope.nameless(FUNCTION)
            self.nameless[node.start_byte] = inner
        else:
            inner = Scope(FUNCTION, draft.definition, scope)
            if name_node is not None:
                inner.bound.add(self.source.text(name_node))
        if node.start_byte in self._this:
            self.receivers[inner] = self._this[node.start_byte]
        return self._callable(node, draft, inner)

    def _callable(self, node: Node, draft: Draft | None, inner: Scope) -> Regions:
        """Open the region of a function: its type parameters, its parameters and its body."""
        body = node.child_by_field_name("body")
        if body is not None:
            self._own_blocks.add(body.start_byte)
        if node.type != "arrow_function" and inner not in self.receivers and inner.parent is not None:
            if inner.parent in self._objects:
                self.receivers[inner] = self._objects[inner.parent]
            elif inner.parent.kind != CLASS:
                self.receivers[inner] = Receiver("function", draft.definition if draft else None)
        self._bind_types(node, inner)
        for name, simple in definitions.parameter_names(node, self.source):
            known = draft is None and (simple == "typed" or node.start_byte in self.passed)
            (inner.bound if known or not simple else inner.parameters).add(name)
        if body is not None and body.type != "statement_block":
            self.returns[inner] = [(body, inner)]
        if draft is not None:
            draft.flags += definitions.function_flags(node)
            self.heads[draft.definition] = inner
        self.callables.append((node, inner, draft))
        return (Region(node.start_byte, node.end_byte, inner),)

    def _bind_types(self, node: Node, scope: Scope) -> None:
        brackets = node.child_by_field_name("type_parameters")
        for parameter in named_children(brackets) if brackets else ():
            name = parameter.child_by_field_name("name")
            if name is not None:
                scope.bound.add(self.source.text(name))
                self.type_parameters.append((parameter, scope))

    def _method(self, node: Node, scope: Scope) -> Regions:
        name_node = node.child_by_field_name("name")
        name = definitions.member_name(name_node, self.source)
        if name is None or name_node is None:
            return self._callable(node, None, scope.nameless(FUNCTION))
        draft = self._draft(node, name, definitions.method_kind(node), scope, name_node)
        draft.flags = (*definitions.member_flags(node), *(("unbound",) if scope in self._objects else ()))
        if node.type == "method_signature":
            in_class = scope.kind == CLASS and scope not in self._shapes
            draft.flags += ("overload",) if in_class else ("abstract",)
        self.by_node[node.start_byte] = draft
        inner = Scope(FUNCTION, draft.definition, scope)
        if "static" in draft.flags and scope in self.receivers:
            self.receivers[inner] = Receiver("class", self.receivers[scope].owner)
        return self._callable(node, draft, inner)

    def _class(self, node: Node, scope: Scope) -> Regions:
        draft = self.by_node.get(node.start_byte)
        name_node = node.child_by_field_name("name")
        own_name = name_node is not None and node.type == "class"
        if draft is None:
            name = self.source.text(name_node) if name_node is not None else "class"
            draft = self._draft(node, name, "class", scope, name_node or node)
            self.by_node[node.start_byte] = draft
            if node.type != "class":
                scope.bound.add(name)
        if definitions.has_keyword(node, "abstract") or node.type == "abstract_class_declaration":
            draft.flags += ("abstract",)
        outer = self._head(node, draft, scope)
        if own_name and name_node is not None and self.source.text(name_node) != draft.name:
            outer.bound.add(self.source.text(name_node))
        return self._body(node, draft, outer)

    def _head(self, node: Node, draft: Draft, scope: Scope) -> Scope:
        """Return the scope of the type parameters of a class, interface or type."""
        outer = scope.nameless(REGION)
        self._bind_types(node, outer)
        self.heads[draft.definition] = outer
        return outer

    def _body(self, node: Node, draft: Draft, outer: Scope) -> Regions:
        body = node.child_by_field_name("body")
        regions = [Region(node.start_byte, node.end_byte, outer)]
        if body is not None:
            inner = Scope(CLASS, draft.definition, outer)
            self.receivers[inner] = Receiver("self", draft.definition)
            regions.append(Region(body.start_byte, body.end_byte, inner))
        return tuple(regions)

    def _interface(self, node: Node, scope: Scope) -> Regions:
        return self._shape(node, node.child_by_field_name("body"), "interface", scope)

    def _type(self, node: Node, scope: Scope) -> Regions:
        return self._shape(node, node.child_by_field_name("value"), "type", scope)

    def _shape(self, node: Node, body: Node | None, kind: str, scope: Scope) -> Regions:
        name_node = node.child_by_field_name("name")
        if name_node is None:
            return ()
        draft = self._draft(node, self.source.text(name_node), kind, scope, name_node)
        scope.bound.add(draft.name)
        outer = self._head(node, draft, scope)
        if body is None:
            return (Region(node.start_byte, node.end_byte, outer),)
        inner = Scope(CLASS, draft.definition, outer)
        self._shapes.add(inner)
        self.receivers[inner] = Receiver("self", draft.definition)
        return (Region(node.start_byte, node.end_byte, outer), Region(body.start_byte, body.end_byte, inner))

    def _enum(self, node: Node, scope: Scope) -> Regions:
        name_node = node.child_by_field_name("name")
        if name_node is not None:
            draft = self._draft(node, self.source.text(name_node), "enum", scope, name_node)
            scope.bound.add(draft.name)
        return ()

    def _namespace(self, node: Node, scope: Scope) -> Regions:
        name_node, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name_node is None or body is None:
            return ()
        name = self.source.text(name_node).strip("\"'")
        draft = self._draft(node, name, "namespace", scope, name_node)
        scope.bound.add(name)
        self._own_blocks.add(body.start_byte)
        inner = Scope(FUNCTION, draft.definition, scope)
        self._open.add(inner)
        return (Region(body.start_byte, body.end_byte, inner),)

    def _member(self, node: Node, scope: Scope) -> Regions:
        """A field of a class, a property of an interface, or an entry of an object."""
        name_node = definitions.key_of(node)
        name = definitions.member_name(name_node, self.source)
        if name is None or name_node is None:
            return ()
        value = unwrapped(node.child_by_field_name("value")) if node.type in _MEMBERS else None
        is_function = value is not None and value.type in FUNCTIONS
        draft = self._draft(node, name, "method" if is_function else "field", scope, name_node)
        draft.flags = (*definitions.member_flags(node), *(("unbound",) if scope in self._objects else ()))
        if value is not None and value.type in (*FUNCTIONS, "class"):
            self.by_node[value.start_byte] = draft
        if node.type != "pair":
            self.fields.append((node, scope))
        if "static" in draft.flags and scope in self.receivers:
            static = Scope(CLASS, scope.definition, scope)
            self.receivers[static] = Receiver("class", self.receivers[scope].owner)
            return (Region(node.start_byte, node.end_byte, static),)
        return ()

    def _object(self, node: Node, scope: Scope) -> Regions:
        owner = self._owners.get(node.start_byte)
        inner = Scope(CLASS, owner, scope) if owner else Scope(CLASS, scope.definition, scope, suffix=scope.suffix)
        self._objects[inner] = Receiver("object", node=node, scope=scope)
        return (Region(node.start_byte, node.end_byte, inner),)

    def _block(self, node: Node, scope: Scope) -> Regions:
        if node.start_byte in self._own_blocks:
            return ()
        inner = scope.nameless(REGION)
        if node.type == "class_static_block" and scope in self.receivers:
            self.receivers[inner] = Receiver("class", self.receivers[scope].owner)
        elif node.type == "catch_clause":
            body, parameter = node.child_by_field_name("body"), node.child_by_field_name("parameter")
            self._own_blocks.update(each.start_byte for each in (body,) if each)
            self._bind(parameter, inner)
        elif node.type == "for_in_statement":
            kind = node.child_by_field_name("kind")
            left = node.child_by_field_name("left")
            if kind is not None:
                self._bind(left, self._home(scope) if self.source.text(kind) == "var" else inner)
            self.loops.append((node, inner))
        return (Region(node.start_byte, node.end_byte, inner),)

    def _bind(self, pattern: Node | None, scope: Scope) -> None:
        for name in definitions.pattern_names(pattern):
            scope.bound.add(self.source.text(name))

    @staticmethod
    def _home(scope: Scope) -> Scope:
        """Return the scope that a ``var`` in ``scope`` belongs to."""
        return scope.enclosing(FUNCTION, FILE) or scope

    def _declaration(self, node: Node, _scope: Scope) -> Regions:
        first = first_child(node)
        while first is not None and first.type != "variable_declarator":
            first = first.next_named_sibling
        if first is not None:
            self._starts[first.start_byte] = self._starts.pop(node.start_byte, node.start_byte)
            for child in node.named_children:
                if node.type == "variable_declaration":
                    self._hoisted.add(child.start_byte)
        return ()

    def _declarator(self, node: Node, scope: Scope) -> Regions:
        target, value = node.child_by_field_name("name"), unwrapped(node.child_by_field_name("value"))
        if target is None:
            return ()
        home = self._home(scope) if node.start_byte in self._hoisted else scope
        self._bind(target, home)
        needed = required_names(target, value, self.source) if value is not None else ()
        if needed:
            self.imports.extend((home, each) for each in needed)
            return ()
        self.declared.append((node, scope, home))
        declared = node.child_by_field_name("type")
        if declared is not None and value is not None:
            self.expected[value.start_byte] = (declared, home)
        if target.type == "identifier":
            self._named(node, target, value, home)
        return ()

    def _named(self, node: Node, target: Node, value: Node | None, home: Scope) -> None:
        """Make a symbol of a variable: one that holds a function or class, or one that other files can see."""
        name = self.source.text(target)
        kind = definitions.variable_kind(name, value.type if value is not None else "")
        if kind in ("function", "class") or home in self._open:
            draft = self._draft(node, name, kind, home, target)
            if value is not None and kind in ("function", "class"):
                self.by_node[value.start_byte] = draft
            elif value is not None and value.type == "object":
                self._owners[value.start_byte] = draft.definition
            if home in self._open:
                self._by_name.setdefault(name, draft.definition)

    def _assignment(self, node: Node, scope: Scope) -> Regions:
        left, right = node.child_by_field_name("left"), unwrapped(node.child_by_field_name("right"))
        self.assigned.append((node, scope))
        if left is None or right is None or right.type not in (*FUNCTIONS, "class"):
            return ()
        kind = "class" if right.type == "class" else "function"
        target = definitions.last_name(left)
        if target is None:
            return ()
        draft = Draft(node, self.source.text(target), kind, scope, node.start_byte, target)
        if left.type == "member_expression":
            self._attached(draft, left, right, scope)
        self.drafts.append(draft)
        self.by_node[right.start_byte] = draft
        return ()

    def _attached(self, draft: Draft, left: Node, right: Node, scope: Scope) -> None:
        """Name a function after the object it is attached to, which is its ``this``."""
        holder = left.child_by_field_name("object")
        text = self.source.brief(holder, _LONGEST_OWNER) if holder is not None else ""
        if text == "module":
            own = right.child_by_field_name("name")
            draft.name, draft.name_node = (self.source.text(own), own) if own else ("exports", draft.name_node)
        if text in ("module", "exports", "module.exports"):
            return
        draft.kind = "method" if draft.kind == "function" else draft.kind
        owner = text.removesuffix(".prototype")
        if owner != text:
            self.prototyped.add(owner)
            if owner in self._by_name:
                self._this[right.start_byte] = Receiver("self", self._by_name[owner])
        elif text != "this":
            self._this[right.start_byte] = Receiver("value", node=holder, scope=scope)
        if _SIMPLE.fullmatch(owner) and owner != "this":
            draft.qualifier = owner

    def _decorated(self, node: Node, _scope: Scope) -> Regions:
        start, earlier = self._starts.pop(node.start_byte, node.start_byte), self._decorators.pop(node.start_byte, ())
        following = node.next_named_sibling
        if following is not None:
            self._decorators[following.start_byte] = (*earlier, node)
            self._starts[following.start_byte] = min(start, self._starts.get(following.start_byte, start))
        return ()

    def _import(self, node: Node, scope: Scope) -> Regions:
        for found in imported_names(node, self.source):
            self.imports.append((scope, found))
            if found.alias is not None:
                scope.bound.add(found.alias)
        return ()

    def _export(self, node: Node, scope: Scope) -> Regions:
        self.exports.append((node, scope))
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        if declaration is not None:
            start = self._starts.get(declaration.start_byte, node.start_byte)
            self._starts[declaration.start_byte] = min(start, node.start_byte)
        elif value is not None and value.type in (*FUNCTIONS, "class"):
            name_node = value.child_by_field_name("name")
            name = self.source.text(name_node) if name_node else "default"
            draft = Draft(value, name, definitions.variable_kind("", value.type), scope, node.start_byte, value)
            draft.name_node = name_node or value
            scope.bound.add(name)
            self.drafts.append(draft)
            self.by_node[value.start_byte] = draft
        return ()

    def _call(self, node: Node, scope: Scope) -> Regions:
        self.calls.append((node, scope))
        callee, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        for position, each in enumerate(named_children(given)[:_MOST_CALLBACKS] if given is not None else ()):
            if each.type in FUNCTIONS and callee is not None:
                member = callee.child_by_field_name("property") if callee.type == "member_expression" else None
                of = callee.child_by_field_name("object") if member is not None and not position else None
                name = self.source.text(member) if member is not None and of is not None else ""
                how = "element" if name in _EACH else "await" if name in _AWAITED else ""
                self.passed[each.start_byte] = Passed(of if how and of else callee, scope, position, how, node)
        if node.type == "new_expression":
            made = node.child_by_field_name("constructor")
            if made is not None and made.type == "identifier":
                self.built.add(self.source.text(made))
        return ()

    def _return(self, node: Node, scope: Scope) -> Regions:
        function, value = scope.enclosing(FUNCTION), first_child(node)
        if function is not None and value is not None:
            self.returns.setdefault(function, []).append((value, scope))
        return ()


def unwrapped(node: Node | None) -> Node | None:
    """Return a value without parentheses and statements about its type."""
    for _ in range(_MOST_WRAPPERS):
        if node is None or node.type not in _WRAPPERS:
            return node
        node = first_child(node)
    return None
