"""What can an expression stand for?

The values that the linker reasons with: definitions of this root, objects of its classes, collections and modules, and
what lies outside. Plain tuples, because millions are made and compared.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from mcp_server.languages.resolution import Module
from stores.facts import Expr


class Definition(NamedTuple):
    """A symbol: a function, a class, a method."""

    file_id: int
    position: int


class Instance(NamedTuple):
    """An object of a class of this root; ``own`` where it is the receiver of the method that is looked at.

    ``arguments`` are the types it has for the type parameters of its class, and the file that they are written in.
    """

    cls: Definition
    own: bool = False
    arguments: tuple[int, tuple[Expr, ...]] | None = None


class OwnClass(NamedTuple):
    """The class of the receiver of the method that is looked at: ``cls`` or a class derived from it."""

    cls: Definition
    tag: str = "class"


class Super(NamedTuple):
    """What ``super()`` gives inside a class of this root, for a receiver."""

    cls: Definition
    receiver: Instance | OwnClass


class Bound(NamedTuple):
    """A method taken from an object or a class: the receiver is its first argument."""

    function: Definition
    receiver: "Value"


class Lambda(NamedTuple):
    """A function without a name: ``expr`` is its result, ``types`` are those of its parameters where known."""

    file_id: int
    expr: Expr
    types: tuple[Expr, ...] = ()


class Written(NamedTuple):
    """A collection as its display or comprehension says."""

    file_id: int
    expr: Expr
    tag: str = "written"


class Typed(NamedTuple):
    """A collection of which only the type is known, as a type expression with its role and arguments."""

    file_id: int
    role: str
    arguments: tuple[Expr, ...]


class Alias(NamedTuple):
    """A type that is written as an expression and given a name: ``Text = Union[str, "Rope"]``."""

    file_id: int
    expr: Expr
    tag: str = "alias"


class Filled(NamedTuple):
    """A collection in a variable or attribute, as what is put into it says; ``expr`` names the variable."""

    file_id: int
    expr: Expr
    tag: str = "filled"


class Generated(NamedTuple):
    """What a generator function gives."""

    function: Definition
    receiver: "Value | None"
    tag: str = "generated"


class Row(NamedTuple):
    """A tuple of known parts; ``repeated`` makes it a collection of such tuples."""

    parts: tuple[tuple["Value", ...], ...]
    repeated: bool


class Taken(NamedTuple):
    """A member of a collection or of a function: what it does is known when it is called."""

    value: "Value"
    name: str


class TypeVariable(NamedTuple):
    """A type parameter, by the file and the name that binds it, with the values its bound allows."""

    file_id: int
    name: str
    bound: tuple["Value", ...]


class Outside(NamedTuple):
    """Something that is not in this root: ``why`` is the reason kept with the call, ``name`` its last name.

    What a function outside gave has the name ``GIVEN``: it may be called, and then nobody knows what runs.
    """

    why: str
    name: str = ""


Value: TypeAlias = (
    Definition
    | Instance
    | OwnClass
    | Super
    | Bound
    | Lambda
    | Written
    | Typed
    | Alias
    | Filled
    | Generated
    | Row
    | Taken
    | TypeVariable
    | Module
    | Outside
)
Values: TypeAlias = tuple[Value, ...]

GIVEN = "()"
EXTERNAL = Outside("external")
BUILT_IN = Outside("builtin")
PARAMETER = Outside("parameter")
RECEIVER = Outside("unknown receiver")
NAME = Outside("unknown name")
MEMBER = Outside("unknown member")
# Not a member of the class or its bases here: inherited from a base outside, or assigned to the object.
INHERITED = Outside("inherited")


def distinct(values: Sequence[Value]) -> Values:
    """Return ``values`` without repetitions, in their order."""
    return tuple(values) if len(values) < 2 else tuple(dict.fromkeys(values))


def is_known(value: Value) -> bool:
    """Say whether a value is of this root."""
    return not isinstance(value, Outside)
