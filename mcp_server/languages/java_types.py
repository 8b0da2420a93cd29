"""What does Java say of the types of its own library?

What their values are passed as (JLS 5.1.2, 5.1.7, and the supertypes that java.lang, java.util and java.io declare),
and what members give whose name means the same throughout them. Overloads are told apart by it.
"""

_COMPARED = ("Comparable", "Serializable")
_BOXED = {"byte": "Byte", "short": "Short", "int": "Integer", "long": "Long", "float": "Float", "double": "Double"}
_WIDER = tuple(_BOXED)
_TEXT = ("CharSequence", "Appendable", *_COMPARED)

_FINAL: dict[str, tuple[str, ...]] = {
    **{name: (*_WIDER[at + 1 :], boxed, "Number", *_COMPARED) for at, (name, boxed) in enumerate(_BOXED.items())},
    **{boxed: ("Number", *_COMPARED, name, *_WIDER[at + 1 :]) for at, (name, boxed) in enumerate(_BOXED.items())},
    "char": (*_WIDER[2:], "Character", *_COMPARED),
    "Character": (*_COMPARED, "char", *_WIDER[2:]),
    "boolean": ("Boolean", *_COMPARED),
    "Boolean": (*_COMPARED, "boolean"),
    "String": ("CharSequence", *_COMPARED),
    "StringBuilder": _TEXT,
    "StringBuffer": _TEXT,
    "Class": ("GenericDeclaration", "Type", "AnnotatedElement", "Serializable"),
    "void": (),
}
PLAIN_TYPES = frozenset({*_WIDER, "char", "boolean"})
SEALED_TYPES = frozenset(_FINAL)

_COLLECTION = ("Collection", "Iterable")

# The nearest first.
CONVERSIONS: dict[str, tuple[str, ...]] = {
    **_FINAL,
    "Collection": ("Iterable",),
    **dict.fromkeys(("List", "Set", "Queue"), _COLLECTION),
    **dict.fromkeys(("ArrayList", "LinkedList", "Vector", "AbstractList"), ("List", *_COLLECTION)),
    **dict.fromkeys(("HashSet", "LinkedHashSet", "TreeSet", "SortedSet", "EnumSet"), ("Set", *_COLLECTION)),
    "Deque": ("Queue", *_COLLECTION),
    "ArrayDeque": ("Deque", "Queue", *_COLLECTION),
    **dict.fromkeys(("HashMap", "LinkedHashMap", "TreeMap", "ConcurrentHashMap", "EnumMap"), ("Map",)),
    **dict.fromkeys(("Map", "Iterable", "CharSequence", "Comparable", "Calendar", "Date", "Locale", "TimeZone"), ()),
    "Iterator": (),
    "ListIterator": ("Iterator",),
    "GregorianCalendar": ("Calendar",),
    **dict.fromkeys(("StringReader", "BufferedReader", "InputStreamReader", "FileReader"), ("Reader",)),
    **dict.fromkeys(("FileInputStream", "ByteArrayInputStream", "BufferedInputStream"), ("InputStream",)),
    **dict.fromkeys(("Reader", "Writer", "InputStream", "OutputStream", "File", "URL", "URI", "Path"), ()),
}

_GIVEN = {
    "String": """toString substring toLowerCase toUpperCase trim strip concat repeat replaceAll format getName
    getSimpleName getCanonicalName getMessage displayName""",
    "boolean": """equals equalsIgnoreCase isEmpty contains containsKey containsValue startsWith endsWith hasNext
    isPresent booleanValue matches isInstance isArray isInterface isPrimitive isAssignableFrom""",
    "int": "length size indexOf lastIndexOf hashCode ordinal intValue compareTo parseInt",
    "long": "longValue parseLong",
    "double": "doubleValue parseDouble",
    "float": "floatValue parseFloat",
    "char": "charAt charValue",
    "char[]": "toCharArray",
    "byte[]": "getBytes",
    "String[]": "split",
    "Class": "getClass",
    "Iterator": "iterator",
    "List": "asList",
    "Set": "keySet entrySet",
    "=": "valueOf clone",
}
RESULTS = {member: given for given, members in _GIVEN.items() for member in members.split()}
