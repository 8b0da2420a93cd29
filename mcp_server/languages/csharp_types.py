"""What does C# say of the types of its own library?

What their values are passed as (the implicit conversions of C# 7.3, section 10.2, and the supertypes that System,
System.IO and System.Collections declare), and what members give whose name means the same throughout them. Overloads
are told apart by it.
"""

_FRACTIONS = ("float", "double", "decimal")
_WIDER: dict[str, tuple[str, ...]] = {
    "sbyte": ("short", "int", "long", *_FRACTIONS),
    "byte": ("short", "ushort", "int", "uint", "long", "ulong", *_FRACTIONS),
    "short": ("int", "long", *_FRACTIONS),
    "ushort": ("int", "uint", "long", "ulong", *_FRACTIONS),
    "int": ("long", *_FRACTIONS),
    "uint": ("long", "ulong", *_FRACTIONS),
    "long": _FRACTIONS,
    "ulong": _FRACTIONS,
    "char": ("ushort", "int", "uint", "long", "ulong", *_FRACTIONS),
    "float": ("double",),
    "double": (),
    "decimal": (),
    "bool": (),
    **dict.fromkeys(("DateTime", "DateTimeOffset", "TimeSpan", "Guid", "BigInteger", "IntPtr"), ()),
}
# Values without identity; with a question mark they may be null, and are types of their own.
PLAIN_TYPES = frozenset(_WIDER)
_COMPARED = ("IComparable", "IConvertible", "IFormattable", "ValueType")
_FINAL: dict[str, tuple[str, ...]] = {
    **{name: (f"{name}?", *wider, *(f"{each}?" for each in wider), *_COMPARED) for name, wider in _WIDER.items()},
    **{f"{name}?": tuple(f"{each}?" for each in wider) for name, wider in _WIDER.items()},
    "string": ("IEnumerable", "IComparable", "IConvertible", "ICloneable"),
    "StringBuilder": (),
    "void": (),
}
SEALED_TYPES = frozenset(_FINAL)

_SEQUENCE = ("ICollection", "IReadOnlyCollection", "IEnumerable")
_MEMBER = ("MemberInfo", "ICustomAttributeProvider")

# The nearest first.
CONVERSIONS: dict[str, tuple[str, ...]] = {
    **_FINAL,
    **dict.fromkeys(("List", "Collection", "ReadOnlyCollection"), ("IList", "IReadOnlyList", *_SEQUENCE)),
    **dict.fromkeys(("IList", "IReadOnlyList", "ISet"), _SEQUENCE),
    **dict.fromkeys(("HashSet", "SortedSet"), ("ISet", *_SEQUENCE)),
    **dict.fromkeys(("Dictionary", "SortedDictionary"), ("IDictionary", "IReadOnlyDictionary", *_SEQUENCE)),
    **dict.fromkeys(("IDictionary", "IReadOnlyDictionary", "Queue", "Stack"), _SEQUENCE),
    **dict.fromkeys(("ICollection", "IReadOnlyCollection"), ("IEnumerable",)),
    **dict.fromkeys(("MemoryStream", "FileStream", "BufferedStream", "NetworkStream"), ("Stream", "IDisposable")),
    **dict.fromkeys(("StringReader", "StreamReader"), ("TextReader", "IDisposable")),
    **dict.fromkeys(("StringWriter", "StreamWriter"), ("TextWriter", "IDisposable")),
    **dict.fromkeys(("Stream", "TextReader", "TextWriter", "BinaryReader", "BinaryWriter"), ("IDisposable",)),
    **dict.fromkeys(("MethodInfo", "ConstructorInfo"), ("MethodBase", *_MEMBER)),
    **dict.fromkeys(("MethodBase", "PropertyInfo", "FieldInfo", "EventInfo", "Type"), _MEMBER),
    **dict.fromkeys(("CultureInfo", "NumberFormatInfo", "DateTimeFormatInfo"), ("IFormatProvider",)),
    **dict.fromkeys(("IEnumerable", "IEnumerator", "Exception", "MemberInfo", "Encoding", "Uri", "Assembly"), ()),
}

_CONVERTED = {
    **{"short": "Int16", "long": "Int64", "ushort": "UInt16", "uint": "UInt32", "ulong": "UInt64", "byte": "Byte"},
    **{"sbyte": "SByte", "float": "Single", "double": "Double", "decimal": "Decimal", "char": "Char"},
}
_GIVEN = {
    "string": """ToString Substring Trim TrimStart TrimEnd Replace ToLower ToUpper ToLowerInvariant ToUpperInvariant
    PadLeft PadRight Remove GetString ReadLine ReadToEnd""",
    "bool": """ToBoolean Equals Contains StartsWith EndsWith IsNullOrEmpty IsNullOrWhiteSpace Any All TryGetValue
    ContainsKey MoveNext""",
    "int": "ToInt32 Length Count IndexOf LastIndexOf IndexOfAny GetHashCode CompareTo",
    **{name: f"To{compiled}" for name, compiled in _CONVERTED.items()},
    "char[]": "ToCharArray",
    "byte[]": "GetBytes",
    "string[]": "Split",
    "Type": "GetType",
    "=": "Clone",
}
RESULTS = {member: given for given, members in _GIVEN.items() for member in members.split()}
