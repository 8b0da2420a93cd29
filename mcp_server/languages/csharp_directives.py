"""What is left of C# when the preprocessor's lines are gone?

``#if`` may stand between any two tokens: in a list of bases, before an ``else``, around a ``case``. A grammar knows
some of these places and takes what is around the others for something else. So lines of directives are overwritten
with spaces, and all else stays where it was. Of the branches of an ``#if`` the first is kept, and those others that
are whole statements or members: what is half of one can only stand in place of the first.
"""

import re

_LINE = re.compile(rb"^[ \t]*#[ \t]*(\w+)[^\n]*", re.MULTILINE)
# Text in which brackets and semicolons mean nothing.
_TEXT = re.compile(
    rb"""//[^\n]*|/\*.*?\*/|\$?@"(?:[^"]|"")*"|\$?"(?:\\.|[^"\\\n])*"|'(?:\\[^\n][^'\n]{0,8}|[^'\\\n])'""", re.DOTALL
)
_NO_SPACE = re.compile(rb"[^\s]")
_OPENED_BY = {b"}": b"{", b")": b"(", b"]": b"["}
_BRACKET = re.compile(rb"[](){}[]")
# Directives in one another that are looked at, and how far before one: people write three, and a page of comments.
_DEEPEST, _NEAR = 16, 8_192
# What a statement or a member ends with, and what stands before one.
_ENDS, _BEFORE = frozenset(b";}"), frozenset(b";{}:]")


def without_directives(data: bytes) -> bytes:
    """Return a source whose lines for the preprocessor are spaces, as are branches that are not whole."""
    if not _LINE.search(data):
        return data
    made = bytearray(data)
    code = bytearray(_TEXT.sub(lambda found: b" " * len(found[0]), data))
    open_ifs: list[list[int]] = []  # where each branch begins and ends
    for line in list(_LINE.finditer(code)):
        word = line[1]
        _blank(made, code, line.start(), line.end())
        if word == b"if":
            open_ifs.append([line.start(), line.end()])
            del open_ifs[:-_DEEPEST]
        elif open_ifs and word in (b"elif", b"else", b"endif"):
            open_ifs[-1] += [line.start(), line.end()]
            if word == b"endif":
                before, *inside = open_ifs.pop()
                branches = list(zip(inside[::2], inside[1::2], strict=False))
                stands_alone = _follows_whole(code, before) and all(_is_whole(code[a:b]) for a, b in branches)
                for start, end in [] if stands_alone else branches[1:]:
                    _blank(made, code, start, end)
    return bytes(made)


def _blank(made: bytearray, code: bytearray, start: int, end: int) -> None:
    for text in (made, code):
        text[start:end] = _NO_SPACE.sub(b" ", text[start:end])


def _follows_whole(code: bytearray, at: int) -> bool:
    before = code[max(0, at - _NEAR) : at].rstrip()
    return not before or before[-1] in _BEFORE


def _is_whole(branch: bytearray) -> bool:
    """Say whether brackets match, and the last thing is the end of a statement or member."""
    text = branch.rstrip()
    waiting: list[bytes] = []
    for found in _BRACKET.finditer(text):
        bracket = found[0]
        if bracket in _OPENED_BY:
            if not waiting or waiting.pop() != _OPENED_BY[bracket]:
                return False
        else:
            waiting.append(bracket)
    return not waiting and (not text or text[-1] in _ENDS)
