"""What must the linker know about a language?

Facts say what a file's own names mean. What a name means in another file, and what values do, differs from language
to language: which file an import names, which names are visible without one, where members are looked for, which
members a call runs. One ``Resolution`` per language says it; the linker asks and knows no language by name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class SourceFile(NamedTuple):
    """A file of the root: its row id, its path relative to the root, its language, the name it gives its module."""

    id: int
    path: str
    language: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    """Something that an import can name: a file, a package of files, a folder.

    ``parts`` identify it in its language; ``file_ids`` are the files whose outermost names are its members: one for
    a Python module, all files of the folder for a Go package, none for a namespace package.
    """

    parts: tuple[str, ...]
    file_ids: tuple[int, ...] = ()


class Imports(Protocol):
    """The importable things of one root, as one language sees them."""

    def find(self, importer: str, module: str, level: int) -> Module | None:
        """Return what ``module`` of an ``Import`` means in the file at path ``importer``, None when it is outside."""
        ...

    def child(self, module: Module, name: str) -> Module | None:
        """Return the module ``name`` inside ``module`` (``import a`` and then ``a.b``), or None."""
        ...

    def first(self, importer: str, module: str) -> Module | None:
        """Return what the first name of a dotted ``module`` stands for (``import a.b`` binds ``a``), or None."""
        ...

    def around(self, importer: str) -> Sequence[Module]:
        """Return the modules whose names a file sees without importing them, nearest first (its Go package)."""
        ...


class NoImports:
    """A language without imports that name files."""

    def find(self, importer: str, module: str, level: int) -> Module | None:  # noqa: ARG002
        """Return None."""
        return None

    def child(self, module: Module, name: str) -> Module | None:  # noqa: ARG002
        """Return None."""
        return None

    def first(self, importer: str, module: str) -> Module | None:  # noqa: ARG002
        """Return None."""
        return None

    def around(self, importer: str) -> Sequence[Module]:  # noqa: ARG002
        """Return nothing."""
        return ()


# Makes the imports of a root from all its files, whatever their language, and a function that gives the text of a
# configuration file of the root ("go.mod"), or None.
MakeImports = Callable[[Iterable[SourceFile], Callable[[str], str | None]], Imports]


def no_imports(_files: Iterable[SourceFile], _read: Callable[[str], str | None]) -> Imports:
    """Make the imports of a language that has none."""
    return NoImports()


@dataclass(frozen=True, slots=True)
class Resolution:
    """How names and values behave in one language.

    Attributes:
        imports: makes the imports of a root; languages that import each other share the same function.
        config_names: file names, in lower case, that ``imports`` reads: when one changes, all files are linked again.
        package_names: file names, in lower case, that make a package of their folder: when one comes or goes, imports
            from and of what is in the folder may mean something else.
        exports: the name of a module's list of what a wildcard import brings ("__all__"); names that start with an
            underscore are not brought where there is none. "" where a wildcard import brings everything.
        order: how base classes are searched: "c3" (Python) or "depth-first" (the bases in order, each with its own).
        private_imports: whether what a file imports is no part of what others see of it.
        separate_members: whether a class may have a field and a method of one name.
        guesses: whether the only method of a name is what a call of an unknown receiver goes to; else it is listed as
            possible.
        checks_arguments: whether a call with more, fewer or other arguments than a function has parameters for is an
            error, so that a method that does not take them is not what is called.
        nested_modules: whether a module may hold others (``Imports.child``).
        wide_modules: whether files of other folders are seen without a word: one that comes or goes concerns them all.
        open_namespaces: whether what is in a namespace is found by its bare name where its file is imported.
        open_types: whether types are seen everywhere by their qualified names, without an import, and can be added to
            everywhere; a member of the class itself is then another than one of its objects (Ruby).
        structural: whether a type stands in for an interface by its methods alone, and methods in lower case belong to
            their package (Go).
        extensions: whether a function with the flag "extension" is called like a member of its first parameter.
        declared_modules: whether a file belongs to the module that it names, wherever it lies.
        literal_receivers: whether a function literal may run with a receiver, whose members its bare names may mean
            (Kotlin).
        companions: whether a name may mean a type and an object beside it, which runs ``apply`` when it is called
            (Scala).
        library: functions of the language's library: what only declares one is not of the root.
        overloads: whether several definitions of one name are told apart by the number and the types of arguments.
        any_arguments: whether the arguments of a call do not say which of several definitions of a name it reaches: any
            number may be given (Lua), or the last ones as one hash, or a block (Ruby).
        labels: whether overloads are told apart by the labels of their arguments alone (Swift); of several that take
            the same, a call is not known to reach any.
        conversions: what a type outside the root is passed as without a word, by its name, the nearest first.
        sealed_types: types that nothing extends: only what ``conversions`` says is passed as one.
        plain_types: types whose values are no objects (``int``): never null, and an array of them is of nothing else.
        joined: the type of what is joined with anything by an operator ("String").
        results: what a member of a type outside the root gives by its name; "=" what it is called on.
        constructors: members that are run when a class is called.
        called: members that are run when an object is called.
        described: members that give what is read where a class holds the object (``__get__``).
        entered: members that give what a context manager hands to its block.
        iterated: members that give an iterator, and ``following`` those that give an iterator's next element.
        indexed: members that give the element at a key.
        records: base classes, by their last name, whose objects are tuples of their fields in order.
        members_by_key: whether a member of an object is what it holds at the key of that name (JavaScript's objects).
        dynamic: members that answer for members that are not there (``__getattr__``).
        operators: the member that a binary operator calls on its left side.
        type_tests: functions of the language whose second argument is a type, or several (``isinstance``).
        types: what a generic type outside the root means by its last name: "argument" (``Optional[T]`` is T),
            "elements" (``List[T]``), "values" (``Dict[K, V]``), "tuple", "awaited" (``Awaitable[T]``), "last"
            (``Coroutine[Y, S, R]``), "union", "type" (``Type[T]``), "nothing" (``Literal["x"]``).
        functions: what a function outside the root does by its last name: "argument" (gives its first argument:
            decorators, copies), "second" (its second), "element" (an element of its first: ``next``), "collection"
            (a collection of the same elements: ``list``), "enumerated", "zipped", "mapped", "filtered", "cast",
            "member" (``getattr``), "type", "partial", "type variable", "factory".
        members: what a member of a collection gives by its name: "value" (``get``), "collection" (``copy``),
            "keys", "pairs" (``items``).
    """

    imports: MakeImports = no_imports
    config_names: frozenset[str] = frozenset()
    package_names: frozenset[str] = frozenset()
    exports: str = ""
    order: str = "depth-first"
    private_imports: bool = False
    separate_members: bool = False
    guesses: bool = True
    checks_arguments: bool = False
    nested_modules: bool = True
    wide_modules: bool = False
    open_namespaces: bool = False
    open_types: bool = False
    structural: bool = False
    extensions: bool = False
    declared_modules: bool = False
    library: frozenset[str] = frozenset()
    overloads: bool = False
    any_arguments: bool = False
    labels: bool = False
    literal_receivers: bool = False
    companions: bool = False
    conversions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sealed_types: frozenset[str] = frozenset()
    plain_types: frozenset[str] = frozenset()
    joined: str = ""
    results: Mapping[str, str] = field(default_factory=dict)
    constructors: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    described: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()
    iterated: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    indexed: tuple[str, ...] = ()
    records: frozenset[str] = frozenset()
    members_by_key: bool = False
    dynamic: tuple[str, ...] = ()
    operators: Mapping[str, str] = field(default_factory=dict)
    type_tests: frozenset[str] = frozenset()
    types: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
