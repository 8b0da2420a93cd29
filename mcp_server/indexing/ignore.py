"""Which paths does git leave out?

Ignore files compiled to regular expressions over bytes, asked about one entry of a folder at a time, as git does
(its wildmatch with WM_PATHNAME; the tests compare with git itself). Not pathspec: that matches whole paths, so
that ``*`` with ``!src/`` keeps the folder ``src`` ignored, and its expressions backtrack without bound: 12 bytes of
a hostile pattern (``*a*a*a*a*a*b``) took it 5.6 s on one name. Here every ``*`` but the last is an atomic group.
"""

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

# Ten times what hand-made ignore files hold; what is beyond is not looked at.
MAX_IGNORE_BYTES = 256 * 1024
_MAX_LINES = 5_000
_MAX_PATTERN_BYTES = 1_000

_SLASH = ord("/")
_ANY = b"[^/]"
_STAR = b"*"
_NOTHING = b"(?!)"
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


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file; ``by_name`` matches the last part of a path, otherwise the path below the file."""

    regex: re.Pattern[bytes]
    ignored: bool
    folders_only: bool
    by_name: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """One ignore file: its rules, last line first, and one expression per kind that no uninteresting entry matches."""

    prefix: int
    rules: tuple[Rule, ...]
    names: re.Pattern[bytes]
    paths: re.Pattern[bytes]

    def verdict(self, path: bytes, name: bytes, *, is_folder: bool) -> bool | None:
        """Return True for ignored, False for explicitly not ignored, None where this file says nothing."""
        below = path[self.prefix :]
        if not (self.names.fullmatch(name) or self.paths.fullmatch(below)):
            return None
        for rule in self.rules:
            if (is_folder or not rule.folders_only) and rule.regex.fullmatch(name if rule.by_name else below):
                return rule.ignored
        return None


def compile_rules(content: bytes, folder: bytes) -> Rules | None:
    """Return the rules of an ignore file that lies in ``folder`` (b"" is the root); None when it has none."""
    rules: list[Rule] = []
    sources: dict[bool, list[bytes]] = {True: [], False: []}
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:_MAX_LINES]:
        pattern = _without_trailing_spaces(line.removesuffix(b"\r"))
        if not pattern or pattern.startswith(b"#") or len(pattern) > _MAX_PATTERN_BYTES:
            continue
        ignored = not pattern.startswith(b"!")
        pattern = pattern if ignored else pattern[1:]
        folders_only = pattern.endswith(b"/")
        pattern = pattern.removesuffix(b"/")
        by_name = b"/" not in pattern
        source = _translate(pattern.removeprefix(b"/"), by_name=by_name)
        if pattern and source != _NOTHING:
            sources[by_name].append(source)
            rules.append(Rule(re.compile(source, re.DOTALL), ignored, folders_only, by_name))
    if not rules:
        return None
    names, paths = (re.compile(b"|".join(sources[kind]) or _NOTHING, re.DOTALL) for kind in (True, False))
    return Rules(len(folder) + 1 if folder else 0, tuple(reversed(rules)), names, paths)


def _without_trailing_spaces(line: bytes) -> bytes:
    bare = line.rstrip(b" ")
    backslashes = len(bare) - len(bare.rstrip(b"\\"))
    return bare + b" " if backslashes % 2 and len(bare) < len(line) else bare


def _translate(pattern: bytes, *, by_name: bool) -> bytes:
    segments: list[list[bytes]] = [[]]
    for token in _tokens(pattern):
        if token == _NOTHING:
            return _NOTHING
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
            yield re.escape(pattern[at : at + 1]) if at < len(pattern) else _NOTHING
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
                return _NOTHING, len(pattern)
            members |= _CLASSES[named[1]]
            previous, at = None, named.end()
            continue
        ranged = pattern[at] == ord("-") and previous is not None and pattern[at + 1 : at + 2] not in (b"", b"]")
        at += ranged
        at += pattern[at] == ord("\\")
        if at >= len(pattern):
            return _NOTHING, at
        low = previous if ranged and previous is not None else pattern[at]
        members.update(range(low, pattern[at] + 1))
        previous = None if ranged else pattern[at]
        at += 1
    if at >= len(pattern):
        return _NOTHING, at
    allowed = (set(range(256)) - members if negated else members) - {_SLASH}
    source = b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(allowed)) + b"]" if allowed else _NOTHING
    return source, at + 1
