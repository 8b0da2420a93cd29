"""Where is a name bound?

Lexical scopes of one file, for languages with nested scopes. A scope knows the symbol it belongs to, the
names bound in it and its parent; ``resolve`` turns the text of a name into an expression.
"""

from dataclasses import dataclass, field

from stores.facts import MODULE, Expr

# The kinds of scope. Names of a class are not visible in what is nested in it; a region only hides names.
FILE = "file"
CLASS = "class"
FUNCTION = "function"
REGION = "region"


@dataclass(slots=True, eq=False)
class Definition:
    """The symbol a scope belongs to; its place in the facts is known only when all symbols are."""

    index: int = MODULE
    regions: int = 0  # how many nameless scopes it holds


@dataclass(slots=True, eq=False)
class Scope:
    """One lexical scope.

    ``receiver`` is (name, "self" or "class", class) where a parameter is the receiver; ``suffix`` ("#2") marks the
    names of a scope that belongs to the same symbol as the scope around it.
    """

    kind: str
    definition: Definition
    parent: "Scope | None" = None
    bound: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    outer_names: dict[str, str] = field(default_factory=dict)  # declared global (FILE) or nonlocal (FUNCTION)
    receiver: tuple[str, str, Definition] | None = None
    known: dict[str, Expr | None] = field(default_factory=dict)
    suffix: str = ""

    def nameless(self, kind: str = REGION) -> "Scope":
        """Return a new scope in this one, of the same definition, whose names are its own: ``x`` is ``x#2`` there."""
        self.definition.regions += 1
        return Scope(kind, self.definition, self, suffix=f"#{self.definition.regions}")

    @property
    def index(self) -> int:
        """Return the symbol this scope belongs to."""
        return self.definition.index

    def enclosing(self, *kinds: str) -> "Scope | None":
        """Return this scope or the nearest around it that is of one of ``kinds``."""
        scope: Scope | None = self
        while scope is not None and scope.kind not in kinds:
            scope = scope.parent
        return scope

    def class_definition(self) -> Definition | None:
        """Return the innermost class around this scope."""
        scope = self.enclosing(CLASS)
        return scope.definition if scope else None

    def settle(self) -> None:
        """Move names declared global or nonlocal to the scope they belong to; call once, when all are bound."""
        for name, kind in self.outer_names.items():
            if name in self.bound:
                owner = self.owner(name, kind)
                if owner is not self:
                    self.bound.discard(name)
                    owner.bound.add(name)

    def owner(self, name: str, kind: str) -> "Scope":
        """Return the scope that a name declared global or nonlocal here belongs to."""
        scope: Scope | None = self
        if kind == FILE:
            while scope is not None and scope.parent is not None:
                scope = scope.parent
        else:
            scope = self.parent
            while scope is not None and not (
                scope.kind == FUNCTION and (name in scope.bound or name in scope.parameters)
            ):
                scope = scope.parent
        return scope or self

    def resolve(self, name: str) -> Expr | None:
        """Return what ``name`` means when used in this scope, or None if this file does not bind it."""
        if name in self.known:
            return self.known[name]
        scope: Scope | None = self
        transparent = True  # only regions so far: the names of a class are still visible
        found: Expr | None = None
        while scope is not None:
            if scope.kind != CLASS or transparent:
                declared = scope.outer_names.get(name)
                if declared:
                    found = scope.owner(name, declared).meaning(name)
                    break
                if name in scope.bound or name in scope.parameters:
                    found = scope.meaning(name)
                    break
            transparent = transparent and scope.kind == REGION
            scope = scope.parent
        self.known[name] = found
        return found

    def meaning(self, name: str) -> Expr | None:
        """Return what ``name`` means if it is bound in this very scope."""
        if name in self.bound:
            return ("name", self.index, name + self.suffix)
        if name in self.parameters:
            if self.receiver and self.receiver[0] == name:
                return (self.receiver[1], self.receiver[2].index)
            return ("parameter", self.index, name + self.suffix)
        return None
