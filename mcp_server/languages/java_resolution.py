"""What do names and values of Java mean beyond their file?

Packages by the folders that hold them (https://docs.oracle.com/javase/specs/jls/se21/html/jls-7.html): the package
``a.b`` is every folder that ends with ``a/b``. Kotlin and Scala, which see the same packages, share this.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from mcp_server.languages.java_types import CONVERSIONS, PLAIN_TYPES, RESULTS, SEALED_TYPES
from mcp_server.languages.resolution import Module, Resolution, SourceFile

_LANGUAGES = frozenset({"java", "kotlin", "scala"})
# Folders below which packages begin, as Maven, Gradle, sbt and Bazel have them.
_ROOTS = frozenset({"java", "javatests", "kotlin", "scala", "src"})
# Folders of one package that are taken together.
_MOST_FOLDERS = 64


class Packages:
    """The packages of one root."""

    def __init__(self, files: Iterable[SourceFile], _read: Callable[[str], str | None]) -> None:
        """Take all files of the root."""
        self._folders: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
        for file in files:
            if file.language in _LANGUAGES:
                *folder, name = file.path.split("/")
                self._folders[tuple(folder)].append((name, file.id))
        self._by_last: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for found in self._folders:
            for depth in range(1, len(found) + 1):
                prefix = found[:depth]
                if prefix not in self._by_last[prefix[-1]]:
                    self._by_last[prefix[-1]].append(prefix)
        self._found: dict[tuple[tuple[str, ...], tuple[str, ...]], Module | None] = {}

    def find(self, importer: str, module: str, level: int) -> Module | None:  # noqa: ARG002 - Java has no levels
        """Return the package ``module``; of files of the same name that which is nearest to the importer."""
        return self._package(tuple(importer.split("/")[:-1]), tuple(module.split("."))) if module else None

    def _package(self, folder: tuple[str, ...], wanted: tuple[str, ...]) -> Module | None:
        key = (folder, wanted)
        if key not in self._found:
            ends = [each for each in self._by_last.get(wanted[-1], ()) if each[-len(wanted) :] == wanted]
            ends.sort(key=lambda each: (-_shared(each, folder), each))
            files: dict[str, int] = {}
            for each in ends[:_MOST_FOLDERS]:
                for name, file_id in self._folders.get(each, ()):
                    files.setdefault(name, file_id)
            self._found[key] = Module(wanted, tuple(files.values())) if ends else None
        return self._found[key]

    def child(self, module: Module, name: str) -> Module | None:
        """Return the package ``name`` inside a package."""
        return self._package((), (*module.parts, name))

    def first(self, importer: str, module: str) -> Module | None:  # noqa: ARG002
        """Return None: an import binds its last name."""
        return None

    def around(self, importer: str) -> Sequence[Module]:
        """Return the package of the importer."""
        folder = tuple(importer.split("/")[:-1])
        begins = max((place + 1 for place, part in enumerate(folder) if part in _ROOTS), default=0)
        package = self._package(folder, folder[begins:]) if folder[begins:] else None
        if package is not None:
            return (package,)
        return (Module(folder, tuple(file_id for _, file_id in self._folders.get(folder, ()))),)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
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
