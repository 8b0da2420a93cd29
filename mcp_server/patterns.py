"""Which paths does a pattern mean?

Git's pattern language (its wildmatch with WM_PATHNAME) as regular expressions over bytes, for ignore files and for
path filters. Not pathspec: that matches whole paths, so that ``*`` with ``!src/`` keeps the folder ``src`` ignored,
and its expressions backtrack without bound: 12 bytes of a hostile pattern (``*a*a*a*a*a*b``) took it 5.6 s on one
name. Here every ``*`` but the last is an atomic group.
"""

import re
import string
from collections.abc import Callable, Iterator

# Longer patterns are no pattern that a person wrote.
MAX_PATTERN_BYTES = 1_000
# The expression that matches nothing.
NOTHING = b"(?!)"

_SLASH = ord("/")
_ANY = b"[^/]"
_STAR = b"*"
_CLASSES: dict[bytes, frozenset[int]] = {
    name: frozenset(members.encode("ascii"))
    for name, members in {
        b"alnum": string.ascii_letters + string.digits,
        b"alpha": string.ascii_letters,
        b"blank": " \t",
        b"cntrl": "".join(map(chr, [*range(32), 127])),
        b"digit": string.digits,
        b"graph": string.ascii_letters + string.digits + string.punctuation,
        b"lower": string.ascii_lowercase,
        b"print": string.ascii_letters + string.digits + string.punctuation + " ",
        b"punct": string.punctuation,
        b"space": string.whitespace,
        b"upper": string.ascii_uppercase,
        b"xdigit": string.hexdigits,
    }.items()
}


def path_filter(wanted: str) -> Callable[[str], bool] | None:
    """Return whether a path relative to the root is meant by ``wanted``; None when it means every path.

    ``wanted`` is a folder or a file ("src", "src/", "a/b.py") or a pattern ("*.py", "**/*.sql"). Without an inner
    slash it means a name anywhere below the root; a folder means all that is in it.
    """
    cleaned = re.sub(r"/+", "/", re.sub(r"^(\./+)+", "", wanted.strip().replace("\\", "/")))
    literal = cleaned.strip("/")
    if literal in ("", "."):
        return None
    by_name = "/" not in cleaned.rstrip("/")
    try:
        raw = literal.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character is in no path
        return lambda _: False
    source = NOTHING if len(raw) > MAX_PATTERN_BYTES else translate(raw, by_name=by_name)
    # The name itself first: "app/[id]/page.tsx" is a file, not a set of letters.
    either = b"(?:" + re.escape(raw) + b"|" + source + b")(?:/.*)?"
    regex = re.compile(b"(?:[^/]+/)*" + either if by_name else either, re.DOTALL)
    return lambda path: regex.fullmatch(path.encode("utf-8", "surrogateescape")) is not None


def translate(pattern: bytes, *, by_name: bool) -> bytes:
    """Return the expression of a pattern: of a name, or of a path with its slashes; ``NOTHING`` if it has none."""
    segments: list[list[bytes]] = [[]]
    for token in _tokens(pattern):
        if token == NOTHING:
            return NOTHING
        if token == b"/":
            segments.append([])
        else:
            segments[-1].append(token)
    if by_name:
        return _segment(segments[0])
    groups: list[list[bytes]] = [[]]
    for segment in segments:
        if len(segment) > 1 and set(segment) == {_STAR}:
            groups.append([])
        else:
            groups[-1].append(_segment(segment))
    first, *middle = groups
    if not middle:
        return b"/".join(first)
    last = middle.pop()
    source = b"".join(segment + b"/" for segment in first)
    source += b"".join(b"(?>(?:[^/]+/)*?" + b"/".join(group) + b"/)" for group in middle if group)
    return source + (b"(?:[^/]+/)*" + b"/".join(last) if last else b".+")


def _segment(tokens: list[bytes]) -> bytes:
    """Return the expression of one path part: what stands between two stars is taken where it first fits."""
    chunks = [b""]
    for token in tokens:
        if token == _STAR:
            chunks.append(b"")
        else:
            chunks[-1] += token
    first, *middle = chunks
    if not middle:
        return first
    last = middle.pop()
    return first + b"".join(b"(?>[^/]*?" + chunk + b")" for chunk in middle if chunk) + b"[^/]*" + last


def _tokens(pattern: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        at += 1
        if char == b"*":
            yield _STAR
        elif char == b"?":
            yield _ANY
        elif char == b"[":
            token, at = _bracket(pattern, at)
            yield token
        elif char == b"\\":
            yield re.escape(pattern[at : at + 1]) if at < len(pattern) else NOTHING
            at += 1
        else:
            yield re.escape(char)


def _bracket(pattern: bytes, at: int) -> tuple[bytes, int]:
    """Return the expression of the set that opens before ``at``, and where it ends; an unclosed set matches nothing."""
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    members: set[int] = set()
    previous: int | None = None
    start = at
    while at < len(pattern) and (at == start or pattern[at] != ord("]")):
        named = re.compile(rb"\[:([^\]]*):\]").match(pattern, at)
        if named:
            if named[1] not in _CLASSES:
                return NOTHING, len(pattern)
            members |= _CLASSES[named[1]]
            previous, at = None, named.end()
            continue
        ranged = pattern[at] == ord("-") and previous is not None and pattern[at + 1 : at + 2] not in (b"", b"]")
        at += ranged
        at += pattern[at] == ord("\\")
        if at >= len(pattern):
            return NOTHING, at
        low = previous if ranged and previous is not None else pattern[at]
        members.update(range(low, pattern[at] + 1))
        previous = None if ranged else pattern[at]
        at += 1
    if at >= len(pattern):
        return NOTHING, at
    allowed = (set(range(256)) - members if negated else members) - {_SLASH}
    source = b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(allowed)) + b"]" if allowed else NOTHING
    return source, at + 1
