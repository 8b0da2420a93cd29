"""What does a name mean where blocks nest?

Lexical blocks of languages with classes, functions and blocks that have names of their own. What a bare name
means is looked up from the innermost block outwards; a class on the way may have it from a base that only the
linker knows, which is then asked.
"""

from dataclasses import dataclass, field
from typing import Any

from stores.facts import MODULE, Expr

FILE = "file"
NAMESPACE = "namespace"
CLASS = "class"
FUNCTION = "function"
REGION = "region"

# What a bare name is looked up as.
VALUE = "value"
CALLEE = "callee"
A_TYPE = "type"

# What a name is in its block.
VARIABLE = "variable"
PARAMETER = "parameter"
MEMBER = "member"
TYPE = "type"

# Blocks nested deeper share the names of the block around them; people stop at a dozen.
MAX_DEPTH = 100


@dataclass(slots=True, eq=False)
class Block:
    """One block. ``index`` is the symbol it belongs to; ``label`` tells its names from those of other blocks there.

    ``names`` and ``callables`` say what each name is here; a name may be in both where a language has
    namespaces of its own for functions. ``inherits`` holds for a class with members that are not written in it,
    ``extended`` is the node of the class it extends.
    """

    kind: str
    index: int = MODULE
    parent: "Block | None" = None
    label: str = ""
    names: dict[str, str] = field(default_factory=dict)
    callables: set[str] = field(default_factory=set)
    inherits: bool = False
    extended: Any = None
    depth: int = 0
    known: dict[tuple[str, str], Expr] = field(default_factory=dict)

    def enclosing(self, *kinds: str) -> "Block | None":
        """Return this block or the nearest around it that is of one of ``kinds``."""
        block: Block | None = self
        while block is not None and block.kind not in kinds:
            block = block.parent
        return block

    def resolve(self, name: str, want: str, free: Expr, *, variables_called: bool, bare_members: bool) -> Expr:
        """Return what ``name`` means in this block.

        Args:
            name: the bare name.
            want: VALUE, CALLEE or A_TYPE.
            free: what it means if nothing in this file binds it.
            variables_called: whether a call may go to a variable.
            bare_members: whether members of a class are visible without a receiver.
        """
        if (name, want) in self.known:
            return self.known[name, want]
        owner: Block | None = None
        found: Expr | None = None
        block: Block | None = self
        while block is not None and found is None:
            if block.kind != CLASS or bare_members or block.names.get(name) == TYPE:
                found = block.meaning(name, want, variables_called=variables_called)
                if found is None and block.kind == CLASS and block.inherits and owner is None:
                    owner = block
                elif found is not None and owner is not None and block.kind == CLASS:
                    found = None
                    break
            block = block.parent
        if found is None and owner is not None and bare_members:
            found = ("implicit", owner.index, name)
        self.known[name, want] = found or free
        return self.known[name, want]

    def meaning(self, name: str, want: str, *, variables_called: bool) -> Expr | None:
        """Return what ``name`` means if it is bound in this very block."""
        role = self._role(name, want, variables_called=variables_called)
        if role is None:
            return None
        if role == MEMBER:
            return ("attribute", ("self", self.index), name)
        if role == PARAMETER:
            return ("parameter", self.index, name + self.label)
        return ("name", self.index, name + self.label)

    def _role(self, name: str, want: str, *, variables_called: bool) -> str | None:
        role = self.names.get(name)
        if want == A_TYPE:
            return role if role == TYPE else None
        if name in self.callables and (want == CALLEE or (role is None and variables_called)):
            return MEMBER if self.kind == CLASS else VARIABLE
        return role if want != CALLEE or variables_called or role == TYPE else None
