"""What do names and values of Java mean beyond their file?

A file belongs to the package that it names (https://docs.oracle.com/javase/specs/jls/se21/html/jls-7.html), wherever it
lies: Kotlin's custom is to leave out the folders that all packages have in common. Kotlin and Scala, which see the same
packages, share this.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from mcp_server.languages.java_types import CONVERSIONS, PLAIN_TYPES, RESULTS, SEALED_TYPES
from mcp_server.languages.resolution import Module, Resolution, SourceFile

_LANGUAGES = frozenset({"java", "kotlin", "scala"})


class Packages:
    """The packages of one root."""

    def __init__(self, files: Iterable[SourceFile], _read: Callable[[str], str | None]) -> None:
        """Take all files of the root."""
        self._own: dict[str, tuple[str, ...]] = {}
        self._members: dict[tuple[str, ...], list[SourceFile]] = defaultdict(list)
        for file in files:
            if file.language in _LANGUAGES:
                self._own[file.path] = tuple(file.module.split(".")) if file.module else ()
                self._members[self._own[file.path]].append(file)
        self._around = {parts[:depth] for parts in self._members for depth in range(1, len(parts))}
        # Of Scala's files: what is in the outermost package is seen, and names start in every package around.
        self._nested = {file.path for files in self._members.values() for file in files if file.language == "scala"}
        self._found: dict[tuple[str, tuple[str, ...]], Module | None] = {}

    def find(self, importer: str, module: str, level: int) -> Module | None:  # noqa: ARG002 - Java has no levels
        """Return the package ``module``; of Java files of one name that which is nearest to the importer."""
        if not module:
            return None
        folder, wanted = importer.rpartition("/")[0], tuple(module.split("."))
        own = self._own.get(importer, ()) if importer in self._nested else ()
        starts = (own[:depth] for depth in range(len(own) + 1))
        return next((found for start in starts if (found := self._package(folder, (*start, *wanted)))), None)

    def _package(self, folder: str, wanted: tuple[str, ...]) -> Module | None:
        key = (folder, wanted)
        if key not in self._found:
            self._found[key] = self._looked_for(folder, wanted)
        return self._found[key]

    def _looked_for(self, folder: str, wanted: tuple[str, ...]) -> Module | None:
        if wanted not in self._members and wanted not in self._around:
            return None
        near = folder.split("/")
        found = sorted(self._members.get(wanted, ()), key=lambda f: (-_shared(f.path.split("/"), near), f.path))
        # A class may be there more than once: shaded, or for several platforms. Files of Kotlin add up.
        files = {f.path.rpartition("/")[2] if f.language == "java" else f.path: f.id for f in reversed(found)}
        return Module(wanted, tuple(reversed(files.values())))

    def child(self, module: Module, name: str) -> Module | None:
        """Return the package ``name`` inside a package."""
        return self._package("", (*module.parts, name))

    def first(self, importer: str, module: str) -> Module | None:  # noqa: ARG002
        """Return None: an import binds its last name."""
        return None

    def around(self, importer: str) -> Sequence[Module]:
        """Return the package of the importer; where it names none, the files beside it that name none."""
        own, folder = self._own.get(importer, ()), importer.rpartition("/")[0]
        if own:
            package = self._package(folder, own)
            outermost = (Module(()),) if importer in self._nested else ()
            return outermost if package is None else (package, *outermost)
        beside = [file.id for file in self._members[()] if file.path.rpartition("/")[0] == folder]
        return (Module(tuple(folder.split("/")), tuple(beside)),)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many parts two paths have in common at their start."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


_ELEMENTS = """List ArrayList LinkedList Collection Set HashSet LinkedHashSet TreeSet SortedSet NavigableSet EnumSet
Iterable Iterator ListIterator Stream Optional Queue Deque ArrayDeque PriorityQueue BlockingQueue Vector Stack Array
Supplier Provider Callable Future CompletableFuture ThreadLocal AtomicReference WeakReference SoftReference Lazy
ImmutableList ImmutableSet CopyOnWriteArrayList Spliterator Sequence MutableList MutableSet Seq IndexedSeq Option
Try"""
_VALUES = """Map HashMap LinkedHashMap TreeMap SortedMap NavigableMap ConcurrentMap ConcurrentHashMap EnumMap
WeakHashMap IdentityHashMap ImmutableMap MutableMap"""
_VALUE = """get getFirst getLast first last next previous poll pollFirst pollLast peek peekFirst peekLast pop element
remove removeFirst removeLast orElse orElseGet orElseThrow getOrDefault computeIfAbsent computeIfPresent compute merge
put putIfAbsent findFirst findAny min max call join elementAt head single firstOrNull lastOrNull getOrElse"""
_SAME = """values stream parallelStream filter sorted distinct limit skip peek iterator listIterator subList toList
reversed sequential parallel headSet tailSet subSet asList tail take drop takeWhile dropWhile copy"""

# Members of the types of java.lang and java.util: too common to say which type is meant.
BUILTIN_MEMBERS = frozenset(
    f"""{_VALUE} {_SAME} add addAll addFirst addLast append apply accept test run close clear clone collect compareTo
    contains containsKey containsValue containsAll count delete descendingIterator ensureCapacity entrySet equals exists
    flatMap flush forEach format getBytes getClass getKey getMessage getName getValue hashCode hasNext indexOf
    insert intValue isEmpty isPresent ifPresent keySet lastIndexOf length lines longValue map mapToInt mapToObj matches
    name nextInt noneMatch notify notifyAll of offer ordinal parse print printf println push putAll read readLine
    removeAll removeIf repeat replace replaceAll reset retainAll reverse set setLength size sort split start
    startsWith endsWith strip substring sum toArray toCharArray toLowerCase toString toUpperCase trim valueOf wait
    write charAt concat intern then thenApply thenAccept thenCompose doubleValue booleanValue anyMatch allMatch
    reduce build""".split()
)

RESOLUTION = Resolution(
    imports=Packages,
    private_imports=True,
    declared_modules=True,
    separate_members=True,
    # Types are declared: a receiver that has none of this root has one of elsewhere.
    guesses=False,
    overloads=True,
    conversions=CONVERSIONS,
    sealed_types=SEALED_TYPES,
    plain_types=PLAIN_TYPES,
    joined="String",
    results=RESULTS,
    types={
        **dict.fromkeys(_ELEMENTS.split(), "elements"),
        **dict.fromkeys(_VALUES.split(), "values"),
        "Class": "type",
    },
    members={
        **dict.fromkeys(_SAME.split(), "collection"),
        **dict.fromkeys(_VALUE.split(), "value"),
        "keySet": "keys",
        "entrySet": "pairs",
    },
)
