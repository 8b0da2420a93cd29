"""Where is a file cut into the pieces that search finds?

Chunks are runs of whole lines that tile the file. They follow its definitions: one function, one chunk. What
is too big is cut at the shallowest boundary near the middle; what is tiny joins its neighbours of the same
parent. Blank lines and comments go with what follows them.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from stores.facts import MODULE, Chunk, FileFacts

# Below this a definition is too small to be a result of its own: a one-line function or a constant.
TINY = 40

# A class or section of at most this part of the limit stays whole although it has several methods of real size.
_WHOLE_SHARE = 4

# Symbols of these kinds are statements, not places that hold others.
_STATEMENT_KINDS = frozenset({"constant", "variable", "field", "type"})

# Symbols that are cut between their members; all others are cut at their statements.
_CONTAINER_KINDS = frozenset(
    {"class", "section", "interface", "trait", "struct", "enum", "module", "namespace", "object", "impl"}
)

# Containers nested deeper than this are cut at their statements.
_DEEPEST = 50

# A cut should leave at least this share of the tokens on each side: first choice, second choice.
_MARGINS = (0.25, 0.08)

# How far from the middle, as a share of the tokens, a cut may move to be one level of depth shallower.
_DEPTH_WORTH = 0.25

# In text without any boundary a cut goes where the indentation is low: one level is worth this share of the tokens.
_INDENT_WORTH = 0.01

_COMMENT_STARTS = ("#", "//", "/*", "*", "--", ";", "%", "<!--")


def chunk_file(text: str, facts: FileFacts, limit: int, count: Callable[[str], int]) -> tuple[Chunk, ...]:
    """Return the chunks of a file, in order.

    Args:
        text: the whole file.
        facts: what was extracted from exactly this text.
        limit: the most tokens a chunk may have; only a single line can have more.
        count: counts the tokens of a text; counts of lines, with their ends, must add up.
    """
    return _Chunker(text, facts, limit, count).run() if text else ()


@dataclass(slots=True)
class _Node:
    """A definition as lines ``start`` to ``end``, with its comments; ``children`` only if it is cut between them."""

    index: int
    start: int
    end: int
    children: "list[_Node]"


@dataclass(slots=True)
class _Piece:
    """Lines that may become a chunk. ``whole`` is the definition it consists of, if it is one."""

    start: int
    end: int
    tokens: int
    whole: int = MODULE
    joins: bool = True  # may share a chunk with a neighbour
    comment: bool = False  # holds nothing but comments and blank lines


class _Chunker:
    """Cuts one file. Lines are counted from 0 here and ranges are half-open."""

    def __init__(self, text: str, facts: FileFacts, limit: int, count: Callable[[str], int]) -> None:
        *lines, last = text.split("\n")
        self._lines = [f"{line}\n" for line in lines] + ([last] if last else [])
        self._facts = facts
        self._limit = max(1, limit)
        # A third of the lines of a file are in it more than once.
        costs = {line: count(line) for line in set(self._lines)}
        self._costs = list(accumulate(map(costs.__getitem__, self._lines), initial=0))
        self._blank = [not line.strip() for line in self._lines]
        sizes = map(len, self._lines) if text.isascii() else map(_size, self._lines)
        self._bytes = list(accumulate(sizes, initial=0))
        self._name_lines = sorted((symbol.name_line, symbol.kind) for symbol in facts.symbols)
        self._is_prose = any(symbol.kind == "section" for symbol in facts.symbols)
        self._depths = {self._above_blanks(b.line - 1): b.depth for b in reversed(facts.boundaries)}
        self._cuts = sorted(self._depths)
        boundaries = [boundary.line - 1 for boundary in facts.boundaries]
        starts = [self._with_comments(symbol.line_start - 1, boundaries) for symbol in facts.symbols]
        self._starts = list(accumulate(starts, max))

    def run(self) -> tuple[Chunk, ...]:
        """Return the chunks of the file."""
        total = len(self._lines)
        pieces = self._pieces(0, total, self._tree())
        return tuple(chunk for piece in pieces for chunk in self._chunks(piece))

    def _tokens(self, start: int, end: int) -> int:
        return self._costs[end] - self._costs[start]

    def _above_blanks(self, line: int) -> int:
        """Return the first of the blank lines directly above ``line``, or ``line``."""
        while line > 0 and self._blank[line - 1]:
            line -= 1
        return line

    def _is_comment(self, line: int) -> bool:
        return self._blank[line] or self._lines[line].lstrip().startswith(_COMMENT_STARTS)

    def _with_comments(self, line: int, boundaries: list[int]) -> int:
        """Return the line at which the comments attached to the definition at ``line`` start."""
        at = bisect_right(boundaries, line) - 1
        start = boundaries[at] if at >= 0 else line
        return start if start < line and all(map(self._is_comment, range(start, line))) else line

    def _tree(self) -> list[_Node]:
        """Return the outermost definitions, those that are cut between their members with their members."""
        roots: list[_Node] = []
        open_nodes: list[_Node] = []
        for index, symbol in enumerate(self._facts.symbols):
            if symbol.kind in _STATEMENT_KINDS:
                continue
            first, end = symbol.line_start - 1, symbol.line_end
            while open_nodes and open_nodes[-1].end <= first:
                open_nodes.pop()
            if open_nodes and not self._is_container(open_nodes):
                continue
            parent = open_nodes[-1] if open_nodes else None
            siblings = parent.children if parent else roots
            lowest = max(siblings[-1].end if siblings else 0, parent.start if parent else 0)
            end = min(end, parent.end if parent else len(self._lines))
            while end - 1 > first and self._blank[end - 1]:
                end -= 1
            if first >= lowest and end > first:
                start = max(self._above_blanks(self._starts[index]), lowest)
                node = _Node(index, min(start, first), end, [])
                siblings.append(node)
                open_nodes.append(node)
        return roots

    def _is_container(self, open_nodes: list[_Node]) -> bool:
        return len(open_nodes) < _DEEPEST and self._facts.symbols[open_nodes[-1].index].kind in _CONTAINER_KINDS

    def _pieces(self, start: int, end: int, nodes: list[_Node]) -> list[_Piece]:
        """Return what the lines of one parent are cut into, tiny neighbours joined."""
        pieces: list[_Piece] = []
        position = start
        for node in nodes:
            pieces.extend(self._between(position, node.start))
            pieces.extend(self._definition(node))
            position = node.end
        pieces.extend(self._between(position, end))
        return self._joined(_comments_forward(pieces, self._limit))

    def _between(self, start: int, end: int) -> list[_Piece]:
        """Return the lines between definitions; without any definition, the blocks at the margin."""
        if start >= end:
            return []
        if self._facts.symbols or self._facts.module:
            comment = not self._is_prose and all(map(self._is_comment, range(start, end)))
            return [_Piece(start, end, self._tokens(start, end), comment=comment or all(self._blank[start:end]))]
        outermost = [line for line in self._cuts if self._depths[line] == 0 and start < line < end]
        found = []
        for first, last in pairwise([start, *outermost, end]):
            tokens = self._tokens(first, last)
            found.append(_Piece(first, last, tokens, joins=tokens < TINY or not outermost))
        return found

    def _definition(self, node: _Node) -> list[_Piece]:
        """Return a definition as one piece, or a big container as its members."""
        tokens = self._tokens(node.start, node.end)
        if not node.children or self._stays_whole(node, tokens):
            return [_Piece(node.start, node.end, tokens, node.index, joins=tokens < TINY)]
        members = self._pieces(node.start, node.end, node.children)
        for member in members:
            member.joins = False
        return members

    def _stays_whole(self, node: _Node, tokens: int) -> bool:
        if self._is_prose or tokens <= self._limit // _WHOLE_SHARE:
            return tokens <= self._limit
        if tokens > self._limit:
            return False
        return sum(self._tokens(child.start, child.end) >= TINY for child in node.children) < 2

    def _joined(self, pieces: list[_Piece]) -> list[_Piece]:
        """Join neighbours that may share a chunk, while they fit."""
        found: list[_Piece] = []
        for piece in pieces:
            last = found[-1] if found else None
            if last and last.joins and piece.joins and last.tokens + piece.tokens <= self._limit:
                found[-1] = _Piece(last.start, piece.end, last.tokens + piece.tokens)
            else:
                found.append(piece)
        return found

    def _chunks(self, piece: _Piece) -> list[Chunk]:
        tokens = self._tokens(piece.start, piece.end)
        if tokens <= self._limit:
            return [self._chunk(piece.start, piece.end, tokens, piece.whole)]
        return [self._chunk(start, end, tokens) for start, end, tokens in self._split(piece.start, piece.end)]

    def _split(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """Return (start, end, tokens) of the parts of lines that hold too many tokens."""
        found: list[tuple[int, int, int]] = []
        waiting = [(start, end)]
        while waiting:
            first, last = waiting.pop()
            tokens = self._tokens(first, last)
            if last - first == 1 or tokens <= self._limit:
                found.append((first, last, tokens))
                continue
            cut = self._cut(first, last)
            waiting += [(cut, last), (first, cut)]
        return found

    def _cut(self, first: int, last: int) -> int:
        """Return the best line to cut between ``first`` and ``last``, which holds at least two lines."""
        costs = self._costs
        low, high = costs[first], costs[last]
        total = max(high - low, 1)
        parts = max(2, math.ceil(total / self._limit))
        target = low + total * (parts // 2) / parts

        def distance(line: int) -> float:
            return abs(costs[line] - target) / total

        for margin in _MARGINS:
            left = bisect_left(costs, low + margin * total, first + 1, last)
            right = bisect_right(costs, high - margin * total, first + 1, last)
            cuts = self._cuts[bisect_left(self._cuts, left) : bisect_left(self._cuts, right)]
            if cuts:
                return min(cuts, key=lambda line: (distance(line) + _DEPTH_WORTH * self._depths[line], line))
        left = bisect_left(costs, low + _MARGINS[0] * total, first + 1, last)
        right = bisect_right(costs, high - _MARGINS[0] * total, first + 1, last)
        lines = range(left, right) or (min(max(left, first + 1), last - 1),)
        return min(lines, key=lambda line: (distance(line) + _INDENT_WORTH * self._indent(line), line))

    def _indent(self, line: int) -> int:
        text = self._lines[line]
        return min(len(text) - len(text.lstrip()), _DEEPEST)

    def _chunk(self, start: int, end: int, tokens: int, whole: int = MODULE) -> Chunk:
        symbol = whole if whole != MODULE else self._innermost(start, end)
        return Chunk(
            symbol, self._kinds(symbol, start, end), start + 1, end, self._bytes[start], self._bytes[end], tokens
        )

    def _kinds(self, symbol: int, start: int, end: int) -> str:
        found = {self._facts.symbols[symbol].kind} if symbol != MODULE else set()
        first = bisect_left(self._name_lines, (start + 1,))
        last = bisect_left(self._name_lines, (end + 1,))
        found.update(kind for _, kind in self._name_lines[first:last])
        if found:
            return " ".join(sorted(found))
        return "section" if self._is_prose else "module" if self._facts.module or self._facts.symbols else "window"

    def _innermost(self, start: int, end: int) -> int:
        """Return the innermost symbol that holds all lines with text of a range."""
        while start < end - 1 and self._blank[start]:
            start += 1
        while end - 1 > start and self._blank[end - 1]:
            end -= 1
        symbol = bisect_right(self._starts, start) - 1
        while symbol != MODULE and self._facts.symbols[symbol].line_end < end:
            symbol = self._facts.symbols[symbol].parent
        return symbol


def _size(line: str) -> int:
    return len(line.encode("utf-8", "surrogatepass"))


def _comments_forward(pieces: list[_Piece], limit: int) -> list[_Piece]:
    """Give comments and blank lines to the piece after them, at the end to the one before."""
    found: list[_Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and last.comment and last.tokens + piece.tokens <= limit:
            found[-1] = replace(piece, start=last.start, tokens=last.tokens + piece.tokens)
        else:
            found.append(piece)
    if len(found) > 1 and found[-1].comment and found[-2].tokens + found[-1].tokens <= limit:
        last = found.pop()
        found[-1] = replace(found[-1], end=last.end, tokens=found[-1].tokens + last.tokens)
    return found
