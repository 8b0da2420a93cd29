"""What do names and values of C# mean beyond their file?

A file sees the namespace it is in and those around it, then what its ``using`` directives bring (C# 7.3, section
14.3). A namespace is what the files say, not where they lie: all files that declare it are taken together.
"""

from collections.abc import Callable, Iterable, Sequence

from mcp_server.languages.csharp_types import CONVERSIONS, PLAIN_TYPES, RESULTS, SEALED_TYPES
from mcp_server.languages.namespaces import Declared
from mcp_server.languages.resolution import Module, Resolution, SourceFile


class Namespaces(Declared):
    """The namespaces of one root."""

    def __init__(self, files: Iterable[SourceFile], _read: Callable[[str], str | None]) -> None:
        """Take all files of the root."""
        super().__init__((file for file in files if file.language == "csharp"), ".")

    def find(self, importer: str, module: str, level: int) -> Module | None:  # noqa: ARG002 - C# has no levels
        """Return the namespace ``module``, which may lie in one around the importer."""
        wanted, own = self.parts(module), self.own(importer)
        found = (self.at((*own[:depth], *wanted)) for depth in range(len(own), -1, -1))
        return next((each for each in found if each is not None), None) if wanted else None

    def around(self, importer: str) -> Sequence[Module]:
        """Return the namespace of the importer and those around it."""
        own = self.own(importer)
        found = (self.at(own[:depth]) for depth in range(len(own), -1, -1))
        return tuple(each for each in found if each is not None)


_ELEMENTS = """List IList ICollection IEnumerable IEnumerator HashSet ISet SortedSet Queue Stack LinkedList Collection
ReadOnlyCollection IReadOnlyList IReadOnlyCollection ObservableCollection ConcurrentBag ConcurrentQueue ConcurrentStack
ImmutableArray ImmutableList IQueryable IOrderedEnumerable Array Lazy Nullable Span ReadOnlySpan Memory WeakReference
ThreadLocal AsyncLocal IAsyncEnumerable"""
_VALUES = """Dictionary IDictionary SortedDictionary SortedList ConcurrentDictionary IReadOnlyDictionary
ImmutableDictionary KeyedCollection"""
_VALUE = """First FirstOrDefault Last LastOrDefault Single SingleOrDefault ElementAt ElementAtOrDefault Peek Pop Dequeue
Max Min Current Value Find GetOrAdd AddOrUpdate"""
_SAME = """Where OrderBy OrderByDescending ThenBy ThenByDescending Skip SkipWhile Take TakeWhile Reverse Distinct ToList
ToArray Concat Union Except Intersect AsEnumerable GetEnumerator FindAll GetRange AsReadOnly Values AsQueryable Append
Prepend DefaultIfEmpty"""

_REFLECTION = """CreateInstance GetBaseDefinition GetConstructor GetConstructors GetCustomAttribute GetCustomAttributes
GetEvent GetEvents GetField GetFields GetGenericArguments GetGenericTypeDefinition GetGetMethod GetInterface
GetInterfaces GetMember GetMembers GetMethod GetMethods GetNestedType GetParameters GetProperties GetProperty
GetSetMethod IsAssignableFrom IsDefined IsInstanceOfType IsSubclassOf MakeGenericMethod MakeGenericType"""

# Members of the types of System, its collections and reflection: too common to say which type is meant.
BUILTIN_MEMBERS = frozenset(
    f"""{_VALUE} {_SAME} {_REFLECTION} Add AddRange Aggregate All Any Append Cast Clear Clone Close CompareTo Contains
    ContainsKey CopyTo Count Create Dispose EndsWith Enqueue Equals Exists Flush ForEach Format GetHashCode
    GetType GetValue GroupBy IndexOf Insert Invoke Join Keys LastIndexOf Length MoveNext OfType Parse Push Read
    ReadLine Remove RemoveAt Replace Select SelectMany SetValue Sort Split StartsWith Substring Sum ToDictionary
    ToLower ToString ToUpper Trim TryGetValue TryParse Write WriteLine""".split()
)

RESOLUTION = Resolution(
    imports=Namespaces,
    private_imports=True,
    extensions=True,
    declared_modules=True,
    # Types are declared: a receiver that has none of this root has one of elsewhere.
    guesses=False,
    overloads=True,
    conversions=CONVERSIONS,
    sealed_types=SEALED_TYPES,
    plain_types=PLAIN_TYPES,
    joined="string",
    results=RESULTS,
    types={
        **dict.fromkeys(_ELEMENTS.split(), "elements"),
        **dict.fromkeys(_VALUES.split(), "values"),
        **dict.fromkeys(("Task", "ValueTask"), "awaited"),
    },
    members={
        **dict.fromkeys(_SAME.split(), "collection"),
        **dict.fromkeys(_VALUE.split(), "value"),
        "Keys": "keys",
    },
)
