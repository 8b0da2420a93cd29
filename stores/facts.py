"""What do we know about code?

The vocabulary of the program: plain immutable data that a worker process extracts, the stores keep and
retrieval reads. Lines are 1-based, columns and byte offsets are 0-based offsets into the UTF-8 text,
``*_end`` lines are inclusive and ``*_end`` bytes exclusive. ``scope`` and ``parent`` are positions in
``FileFacts.symbols``; ``MODULE`` (-1) stands for the file itself.

Paths are relative to the indexed root, with ``/`` between parts, as ``str`` with undecodable bytes
escaped by ``os.fsdecode`` (surrogateescape); ``display_path`` makes them printable.

Expressions (``Expr``) are a small language-neutral tree of nested tuples, JSON-serialisable. What is called, read
and named:
    ("name", scope, text, *n)     a name bound in ``scope`` (a symbol index, or MODULE) of this file; with numbers only
                                  those of its assignments whose ``version`` they give reach this place
    ("parameter", scope, text)    a name bound as a parameter of ``scope``
    ("free", text)                a name not bound in this file (it may come from a wildcard import or the package)
    ("builtin", text)             a free name that the language defines itself
    ("implicit", scope, text)     a bare name in the class symbol ``scope``: a member of it, of its bases or of a class
                                  around it where one has that name, else as ("free", text)
    ("self", scope)               an instance of the class symbol ``scope`` (the receiver of a method)
    ("class", scope)              the class symbol ``scope`` itself (``cls`` in a class method)
    ("super", scope)              the bases of the class symbol ``scope``
    ("definition", scope)         the symbol ``scope`` itself
    ("attribute", expr, text)     a member of a value
    ("call", expr, *arguments)    the result of a call; arguments as in ``Call.arguments``, may be left out
    ("subscript", expr, *key)     an element of a value, at ``key`` where the key says which
    ("union", expr, ...)          one of several values
    ("lambda", expr, *types)      a function without a name whose result is ``expr``; among types: of its parameters
    ("handed", expr, n, m, *type) what the callee ``expr`` hands to parameter m of the function that is its argument n;
                                  ``type`` is what the result of the call is declared to be
    ("other",)                    anything else
Values that are written down, and what statements do with values:
    ("literal", type, *text)      a literal of the named built-in type; its text where it may serve as a key
    ("items", type, expr, ...)    a collection of these elements in this order ("list", "tuple", "set")
    ("mapping", type, pair, ...)  a collection by key; a pair is (key, value), its key ("other",) when not constant
    ("each", type, expr)          a collection all of whose elements (values, in a mapping) are ``expr``
    ("element", expr)             what iterating over a value gives
    ("enter", expr)               what a context manager hands to its block
    ("await", expr)               what awaiting a value gives
    ("sent", scope)               what is sent to the generator function ``scope`` (``x = yield y``)
    ("operator", text, a, b)      the result of a binary operator that may be overloaded
    ("made", type)                the type itself, not an object that has its name (Scala's ``new Rope``)
    ("instance", type)            an object of the type that the type expression says (an annotation, ``except E as e``)
    ("narrowed", expr, type)      ``expr`` where a test has shown that it is of ``type``
Only among arguments and elements:
    ("keyword", text, expr)       an argument given by name
    ("reference", expr)           an argument whose variable itself is handed over (C#'s ref and out)
    ("splat", expr)               all elements of a value
    ("keywords", expr)            all entries of a mapping
Type expressions are expressions, too: ("subscript", List, T), ("subscript", Dict, ("items", "tuple", K, V)),
("union", A, B), ("literal", "None"), ("literal", "str", "Forward").

Names of a region inside a scope (a comprehension, a block, a lambda's parameters) that hide nothing of the scope but
belong to themselves carry ``#n``, the number of the region in the scope: ``x#2``.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

MODULE = -1

Expr: TypeAlias = tuple[Any, ...]

_T = TypeVar("_T")


def _made_fast(*, frozen: bool, slots: bool) -> Callable[[type[_T]], type[_T]]:
    """Return ``dataclass`` for facts: only mypy sees that they are frozen, and a flat ``__reduce__``.

    A run makes millions of facts. The check of frozen ones at run time takes three quarters of making one, and the
    default ``__reduce__`` twice the time of this one between processes.
    """

    def decorate(cls: type[_T]) -> type[_T]:
        made = dataclass(slots=slots, unsafe_hash=frozen)(cls)
        values = attrgetter(*(f.name for f in fields(made)))  # type: ignore[arg-type]

        def reduce(self: _T) -> tuple[Callable[..., _T], tuple[Any, ...]]:
            return made, values(self)

        made.__reduce__ = reduce  # type: ignore[assignment]
        return made

    return decorate


if TYPE_CHECKING:
    from dataclasses import dataclass as _fact
else:
    _fact = _made_fast


_LABELLED = "labelled "


def labelled(label: str) -> str:
    """Return the kind of a parameter whose argument is given by the name ``label``."""
    return _LABELLED + label


def label_of(kind: str) -> str:
    """Return the name by which an argument is given for a parameter of this kind, "" where the kind has none."""
    return kind.removeprefix(_LABELLED) if kind.startswith(_LABELLED) else ""


@_fact(frozen=True, slots=True)
class Parameter:
    """One parameter of a callable.

    ``kind`` is positional-only, positional, keyword-only, variadic, keyword-variadic, reference for one that takes a
    variable itself, or "labelled x" where an argument is given by a name that is not the parameter's own. ``type`` is
    the annotation and ``value`` the default as expressions.
    """

    name: str
    kind: str
    annotation: str | None = None
    default: str | None = None
    type: Expr | None = None
    value: Expr | None = None


@_fact(frozen=True, slots=True)
class Symbol:
    """One definition.

    ``qualified_name`` is relative to the module (``QuerySet.filter``); ``byte_start`` and ``line_start``
    include decorators, ``name_line`` and ``name_column`` point at the name. ``bases`` holds
    (source text, expression) of each base class. ``flags`` may hold async, generator, static, class, abstract,
    case (a class that is made by a call of its name, beside what else that name runs);
    "unbound" where the name is not bound in ``parent`` itself: a function in a block, a method of an object literal.
    ``decorations`` are the ``decorators`` as expressions, the outermost first; ``result`` is the annotation ``returns``
    as an expression. A symbol of kind "impl" adds members to a type that is defined elsewhere: its first base is that
    type, the others are what it implements, its name is the type's.
    """

    name: str
    qualified_name: str
    kind: str
    parent: int
    line_start: int
    line_end: int
    byte_start: int
    byte_end: int
    name_line: int
    name_column: int
    signature: str
    docstring: str | None = None
    decorators: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    type_parameters: tuple[str, ...] = ()
    returns: str | None = None
    bases: tuple[tuple[str, Expr], ...] = ()
    flags: tuple[str, ...] = ()
    decorations: tuple[Expr, ...] = ()
    result: Expr | None = None


@_fact(frozen=True, slots=True)
class Import:
    """One imported name.

    ``import a.b`` binds ``alias`` "a" to module "a.b" with ``name`` None; ``import a.b as c`` binds "c";
    ``from ..a import b as c`` has module "a", level 2, name "b", alias "c"; a wildcard has name "*" and alias None.
    ``whole`` tells ``import a.b as b`` (the module a.b) from ``import a.b`` (its top package, under its first name).
    """

    scope: int
    module: str
    level: int
    name: str | None
    alias: str | None
    line: int
    whole: bool = False


@_fact(frozen=True, slots=True)
class Call:
    """One call site: ``line`` and ``column`` of the callee's last identifier, the callee's source and expression.

    ``arguments`` are expressions in the order of the text, some wrapped in ("keyword", name, expr), ("splat", expr)
    or ("keywords", expr).
    """

    scope: int
    line: int
    column: int
    text: str
    callee: Expr
    arguments: tuple[Expr, ...] = ()


@_fact(frozen=True, slots=True)
class Assignment:
    """A value given to a target: a ("name", ...) in ``scope`` or an ("attribute", ...) of something.

    The target ("element", E) adds an element to the collection E, ("subscript", E, key) puts one at a key. ``type`` is
    the annotation as an expression. ``version`` numbers the assignments of one name in one scope from 1 where their
    order matters (see ("name", ...)); 0 reaches every place.
    """

    scope: int
    target: Expr
    value: Expr
    annotation: str | None
    line: int
    type: Expr | None = None
    version: int = 0


@_fact(frozen=True, slots=True)
class Result:
    """What a function hands out: ``kind`` is return, yield, or delegate (``yield from``) of the callable ``scope``."""

    scope: int
    kind: str
    value: Expr


@_fact(frozen=True, slots=True)
class Mention:
    """A name that a document writes as code: its parts joined by dots, and the first line with it in its section."""

    scope: int
    line: int
    text: str


@_fact(frozen=True, slots=True)
class Problem:
    """Something in a file that could not be understood."""

    line: int
    message: str


@_fact(frozen=True, slots=True)
class Boundary:
    """A line at which a statement starts: a place where a chunk may begin; ``depth`` 0 is the outermost level."""

    line: int
    depth: int


@_fact(frozen=True, slots=True)
class FileFacts:
    """Everything one file says about itself; ``module`` is its importable name ("django.db.models") or ""."""

    language: str
    module: str
    symbols: tuple[Symbol, ...] = ()
    imports: tuple[Import, ...] = ()
    calls: tuple[Call, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    problems: tuple[Problem, ...] = ()
    results: tuple[Result, ...] = ()
    mentions: tuple[Mention, ...] = ()


@_fact(frozen=True, slots=True)
class Chunk:
    """A run of whole lines of one file: the unit of search. Chunks of a file tile it without gap or overlap.

    ``symbol`` is the innermost definition that holds the whole chunk. ``kinds`` are the kinds of that definition and
    of those that begin in the chunk, sorted, with spaces between ("module" where there is none, "section" for prose,
    "window" for plain text). ``tokens`` counts the chunk's text.
    """

    symbol: int
    kinds: str
    line_start: int
    line_end: int
    byte_start: int
    byte_end: int
    tokens: int


@_fact(frozen=True, slots=True)
class ParsedFile:
    """One file as a worker returns it: its identity on disk, its text, its facts, its chunks."""

    path: str
    size: int
    changed_ns: int
    content_hash: bytes
    text: str
    facts: FileFacts
    chunks: tuple[Chunk, ...]
    lines: int = 0


@_fact(frozen=True, slots=True)
class Skip:
    """A file or folder that was not indexed, and why.

    ``size`` and ``changed_ns`` are those of a file that had to be read to know that; -1 for what its name decides.
    """

    path: str
    reason: str
    size: int = -1
    changed_ns: int = -1


@_fact(frozen=True, slots=True)
class Edge:
    """A resolved call site: ``strategy`` says how the target was found, ``confidence`` how often that way is right."""

    call_id: int
    target_id: int
    strategy: str
    confidence: float


def tuples(value: Any) -> Any:
    """Return ``value`` with a tuple for every list in it: JSON gives lists where an ``Expr`` has tuples."""
    return tuple([tuples(item) if type(item) is list else item for item in value]) if type(value) is list else value


def with_arity(name: str, count: int) -> str:
    """Return the name that a type with parameters is bound by where types of one name differ in their number."""
    return f"{name}`{count}"


def plain(name: str) -> str:
    """Return a name without the number of type parameters that ``with_arity`` added."""
    return name.partition("`")[0]


def display_path(path: str) -> str:
    r"""Return ``path`` printable: bytes that are not UTF-8 as ``\xNN``, control characters escaped."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
