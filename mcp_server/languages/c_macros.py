"""Which macros stand where C and C++ have no word?

``class LIB_API Name {``, ``int CALLING name(...)``, ``LIB_EXPORT void name(...)``, ``LIB_DEPRECATED("why")``,
``f() LIB_NOEXCEPT;`` and ``LIB_BEGIN_NAMESPACE`` on a line of its own: what the preprocessor puts there says how a
thing is linked, or where it is, and a grammar that does not know the macro takes the whole definition for something
else. ``int name OF((int))`` has its parameters in a macro, so that they can be left out. Such words, by custom in
capital letters, are overwritten with spaces, so that all else stays where it was. So are small ones where a type and a
name follow (``lib_inline size name(...)``), and the bracket of an ``extern "C"`` that is for C++ alone.
"""

import re

# Lines are longer in generated code only; what stands before a name fits in this.
_BEFORE = rb"[\w:<>,*& \t]{0,80}?"
_TYPE = re.compile(
    rb"\b((?:class|struct|union)\s+)([A-Z][A-Z0-9_]{2,}(?:\([^()\n]{0,80}\))?)"
    rb"(?=\s+[A-Za-z_]\w*\s*(?:final\s*)?(?::(?!:)|\{))"
)
_EXPLAINED = re.compile(
    rb'^([ \t]*)([A-Z][A-Z0-9]*_[A-Z0-9_]+[ \t]*\([ \t]*"[^"\n]{0,200}"[ \t]*\))(?=\s+[A-Za-z_])', re.MULTILINE
)
_BETWEEN = re.compile(
    rb"^([ \t]*[A-Za-z_]" + _BEFORE + rb"[ \t*&])([A-Z][A-Z0-9_]{2,})(?=[ \t]+[*&]{0,2}[\w:~]+[ \t]*\()", re.MULTILINE
)
_LEADING = re.compile(
    rb"^([ \t]*(?:template[ \t]*<[^\n{};]{0,200}>[ \t]*)?)([A-Z][A-Z0-9]*_[A-Z0-9_]+)"
    rb"(?=[ \t]+[a-z_]" + _BEFORE + rb"[ \t*&]+[\w:~]+[ \t]*\()",
    re.MULTILINE,
)
_AFTER = re.compile(rb"(\)[ \t]*(?:const[ \t]*)?)([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?=[ \t]*;)")
# A prototype: a type, a name, and a macro around the list of parameters.
_PROTOTYPE = re.compile(
    rb"^([ \t]*[A-Za-z_][\w* \t]{0,80}?[ \t*](?!return\b)[A-Za-z_]\w{0,80}\s{1,40})([A-Z_][A-Z0-9_]{0,40}[ \t]*\()"
    rb"(\([^;{}]{0,2000}?\))([ \t]*\))(?=[ \t]*;)",
    re.MULTILINE,
)
# A word on a line of its own, between declarations: what comes next begins a line of its own, too.
_ALONE = re.compile(
    rb"^([ \t]*)([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?=[ \t]*(?://[^\n]*)?\n\s{0,200}(?:[a-z#/~]|\[\[|\Z))", re.MULTILINE
)
# ``extern "C" {`` for C++ alone, and its end: the bracket is open on one way through the conditions only.
_GUARDED = re.compile(
    rb"^([ \t]*#[ \t]*if(?:def)?[ \t(]+(?:defined[ \t(]+)?__cplusplus\b[^\n]*\n[^{}]{0,400}?)"
    rb'(extern[ \t]+"C"[ \t]*\{|\})(?=[^\n{}]*\n[^{}]{0,400}?[ \t]*#[ \t]*endif)',
    re.MULTILINE,
)
# What may stand before such a word, at its end and as its last line: a declaration, or what is none.
_ENDED = (b";", b"{", b"}", b":", b"*/")
_NO_CODE = re.compile(rb"#|//|[A-Z][A-Z0-9_]*(?:[ \t]*//[^\n]*)?\Z")
_NEAR = 400
# Words that are no type: a word in capitals after these alone is one.
_NO_TYPE = frozenset(
    b"""static extern inline const volatile virtual explicit friend constexpr register typename typedef delete
    template using""".split()
)
_STATEMENTS = frozenset(b"return else new throw case goto".split())
# Three words before a parenthesis, a macro, a type and a name: C has no other word there that is none of these.
_KEYWORDS = (
    b"alignas auto bool break case catch char char16_t char32_t char8_t class co_await co_return co_yield concept "
    b"const consteval constexpr constinit continue decltype default define delete do double elif else enum explicit "
    b"export extern final float for friend goto if ifdef ifndef inline int long module mutable namespace new operator "
    b"override private protected public register requires restrict return short signed sizeof static static_assert "
    b"struct switch template this thread_local throw try typedef typename union unsigned using virtual void volatile "
    b"wchar_t while"
)
_WORD = rb"(?!(?:" + b"|".join(_KEYWORDS.split()) + rb")\b)[A-Za-z_]\w{0,80}"
_NAME = _WORD + rb"(?:::~?" + _WORD + rb"){0,4}"
_SPECIFIER = re.compile(
    rb"^([ \t]*(?:(?:static|inline|extern|constexpr|virtual|friend|explicit)[ \t]+){0,4})(" + _WORD + rb")"
    rb"(?=[ \t]+(?:const[ \t]+)?(?:" + _NAME + rb"(?:<[^;{}()]{0,80}>)?"
    rb"|(?:unsigned[ \t]+|long[ \t]+)?(?:char|int|long|double|float|bool|void|unsigned))"
    rb"[ \t*&]*[ \t\n*&]" + _NAME + rb"[ \t]*\()",
    re.MULTILINE,
)


def without_macros(data: bytes) -> bytes:
    """Return a source in which macros that only mark a definition are spaces."""
    guards = [found[2] for found in _GUARDED.finditer(data)]
    if guards and guards.count(b"}") * 2 == len(guards):
        data = _GUARDED.sub(_blank, data)
    if b"((" in data:
        data = _PROTOTYPE.sub(_unwrapped, data)
    for pattern in (_TYPE, _EXPLAINED, _AFTER):
        data = pattern.sub(_blank, data)
    data = _ALONE.sub(lambda found: _blank(found) if _is_between(found) else found[0], data)
    data = _BETWEEN.sub(lambda found: _blank(found) if _has_type(found[1]) else found[0], data)
    data = _LEADING.sub(_blank, data)
    return _SPECIFIER.sub(_blank, data)


def _blank(found: re.Match[bytes]) -> bytes:
    return found[1] + re.sub(rb"[^\n]", b" ", found[2])


def _is_between(found: re.Match[bytes]) -> bool:
    """Say whether what stands before a word is whole."""
    before = found.string[max(0, found.start() - _NEAR) : found.start()].rstrip()
    return not before or before.endswith(_ENDED) or bool(_NO_CODE.match(before.rpartition(b"\n")[2].strip()))


def _unwrapped(found: re.Match[bytes]) -> bytes:
    return found[1] + b" " * len(found[2]) + found[3] + b" " * len(found[4])


def _has_type(before: bytes) -> bool:
    words = re.findall(rb"\w+", before)
    return words[0] not in _STATEMENTS and not _NO_TYPE.issuperset(words)
