"""What does TypeScript allow that its grammar cannot read?

A type of an interface's member on the line before a call signature swallows the signature (``get: T`` and then
``<U>(of: U): V``); words of variance (``interface Box<out T>``) and ``export type * from "…"`` are unknown. One such
place can cost all that follows in the file. What is written here says the same to the grammar, byte for byte where it
was: a semicolon in the indentation, and spaces.
"""

import re

# A line that may begin with a call signature, and the white space of its indentation.
_SIGNATURE = re.compile(
    rb"^[ \t]*([ \t])(?=<(?:const\s+|[ \t]*\n\s{0,400})?[A-Za-z_$][^()\n;]{0,200}[>,\n])", re.MULTILINE
)
# What ends a member that no semicolon ends.
_ENDS_MEMBER = re.compile(rb"""(?:[\w\])}"'`]|(?<!=)>)\Z""")
_TRAILING_COMMENT = re.compile(rb"\s(?://.*|/\*[^*]*\*/)\Z")
_COMMENTS = (b"//", b"/*", b"*")
# Lines of a comment above a signature that are looked over.
_MOST_COMMENT_LINES = 200
# In a list of type parameters: ``in``, ``out`` or both before a name and what may follow that.
_VARIANCE = re.compile(
    rb"((?:[<,]|\*/|//[^\n]{0,400}\n)\s{0,400})((?:in\s+)?out|in)(?=\s+[A-Za-z_$][\w$]*\s*(?:\bextends\b|[=,>]))"
)
_TYPES_OF = re.compile(rb"^(\s*export\s+)(type)(?=\s*\*)", re.MULTILINE)


def read_by_grammar(data: bytes) -> bytes:
    """Return the text of a TypeScript file as the grammar can read more of it; every byte stays in its place."""
    missing = [match.start(1) for match in _SIGNATURE.finditer(data) if _is_unended(data, match.start())]
    if missing:
        ended = bytearray(data)
        for at in missing:
            ended[at : at + 1] = b";"
        data = bytes(ended)
    data = _VARIANCE.sub(_blanked, data)
    return _TYPES_OF.sub(_blanked, data)


def _is_unended(data: bytes, start: int) -> bool:
    """Say whether what stands above the line at ``start``, comments aside, may be a member without a semicolon."""
    for _ in range(_MOST_COMMENT_LINES):
        end = start - 1
        if end < 0:
            return False
        start = data.rfind(b"\n", 0, end) + 1
        line = _TRAILING_COMMENT.sub(b"", data[start:end].strip())
        if line and not line.startswith(_COMMENTS):
            return _ENDS_MEMBER.search(line) is not None
    return False


def _blanked(match: re.Match[bytes]) -> bytes:
    return match[1] + b" " * len(match[2])
