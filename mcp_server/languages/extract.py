"""How is text parsed, and what is found in every tree?

The part of extraction that is the same for all languages with a grammar: a lazy parser and query, the text
as bytes with its lines, the boundaries of statements, the problems of broken code.
"""

import re
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import resources
from itertools import accumulate, pairwise, starmap
from typing import NamedTuple

import tree_sitter
from tree_sitter import Node, Query, QueryCursor

from stores.facts import Boundary, Problem

# One broken line often gives many errors; more than this tell a reader nothing new.
MAX_PROBLEMS = 20

# How much of the offending text a problem quotes.
_QUOTED = 40

# Errors looked at in one file; garbage has one per token.
_MOST_ERRORS = 2_000

# tree-sitter's query cursor takes quadratic time in two cases that only garbage reaches: very deep trees (50,000
# chained calls: 51 s, and 0.01 s with this depth), and errors with very many children (100,000 brackets: 12 s).
_DEEPEST = 5_000
_HOPELESS = 10_000

# Definitions of one broken file that are parsed alone.
_MOST_PIECES = 2_000

# How many times longer than its text in one line a node may be in the source.
_WHITE_SPACE = 8

_OPENED_BY = {b")": b"(", b"]": b"[", b"}": b"{"}
_CLOSED_BY = frozenset(_OPENED_BY.values())
# A closing bracket is matched this far back: in garbage none may ever match.
_MOST_OPEN = 100

Captures = dict[str, list[Node]]


class Parsed(NamedTuple):
    """The nodes our query names, by capture name, and what is wrong with the text."""

    captures: Captures
    problems: tuple[Problem, ...]


class Grammar:
    """A grammar and our query for it, loaded at first use; safe to share between threads."""

    def __init__(
        self,
        load: Callable[[], object],
        query: str | tuple[str, ...],
        recovery: "Recovery",
        spelled: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Prepare to load a grammar.

        Args:
            load: gives the grammar, as its wheel does; called when the first text is parsed.
            query: our query file, or several that make one query, beside this module.
            recovery: what to look for where the text is too broken to be parsed as a whole.
            spelled: gives the text as the grammar can read more of it, byte for byte where it was.
        """
        self._load = load
        self._query_files = (query,) if isinstance(query, str) else query
        self._recovery = recovery
        self._spelled = spelled
        self._local = threading.local()

    @cached_property
    def _language(self) -> tree_sitter.Language:
        return tree_sitter.Language(self._load())

    @cached_property
    def _query(self) -> Query:
        folder = resources.files(__package__)
        return Query(self._language, "".join(folder.joinpath(name).read_text("utf-8") for name in self._query_files))

    def parse(self, source: "Source") -> Parsed:
        """Return what our query finds in ``source``, and its syntax errors.

        Parsers are kept one per thread, as they cannot be shared.
        """
        root = self.tree(source)
        errors = _errors(root) if root.has_error else []
        problems = _problems(errors, source)
        if any(node.child_count > _HOPELESS for node in errors):
            return Parsed({}, problems)
        captures = self._captures(root)
        if errors:
            captures = max(captures, self._piecewise(source), key=_definitions)
        return Parsed(captures, problems)

    def tree(self, source: "Source") -> Node:
        """Return the root of the tree of ``source``, errors and all."""
        parser = getattr(self._local, "parser", None)
        if parser is None:
            parser = self._local.parser = tree_sitter.Parser(self._language)
        return parser.parse(self._spelled(source.data) if self._spelled else source.data).root_node

    def _captures(self, root: Node) -> Captures:
        cursor = QueryCursor(self._query)
        cursor.set_max_start_depth(_DEEPEST)
        return cursor.captures(root)

    def _piecewise(self, source: "Source") -> Captures:
        """Parse each outermost definition alone: an open bracket then hides no more than its own definition."""
        starts = [match.start() for match in self._recovery.outermost.finditer(source.data)][:_MOST_PIECES]
        found: Captures = {}
        for start, end in pairwise(sorted({0, *starts, len(source.data)})):
            root = self._parse_ranges(source, [(start, end)])
            if root.has_error:
                root = self._parse_ranges(source, self._recovery.without_open_bracket(source.data, start, end))
            if not any(node.child_count > _HOPELESS for node in (_errors(root) if root.has_error else ())):
                for name, nodes in self._captures(root).items():
                    found.setdefault(name, []).extend(nodes)
        return found

    def _parse_ranges(self, source: "Source", ranges: list[tuple[int, int]]) -> Node:
        included = [tree_sitter.Range(source.point(start), source.point(end), start, end) for start, end in ranges]
        return tree_sitter.Parser(self._language, included_ranges=included).parse(source.data).root_node


class Recovery(NamedTuple):
    """How to find the readable parts of broken text: all patterns are for bytes.

    ``outermost`` matches where a definition at the margin starts, ``inner`` the line of an indented one;
    ``tokens`` matches whole strings and comments, and single brackets.
    """

    outermost: re.Pattern[bytes]
    inner: re.Pattern[bytes]
    tokens: re.Pattern[bytes]

    def without_open_bracket(self, data: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Return the ranges that are left of ``data[start:end]`` without what a bracket never closed may hide.

        That is the text from the line of the bracket to the next indented definition.
        """
        opened: list[re.Match[bytes]] = []
        hiding: list[int] = []
        for match in self.tokens.finditer(data, start, end):
            if match[0] in _CLOSED_BY:
                opened.append(match)
            elif match[0] in _OPENED_BY and (closed := _last(opened, _OPENED_BY[match[0]])) is not None:
                hiding.extend(each.start() for each in opened[closed + 1 :])
                del opened[closed:]
        hiding.extend(each.start() for each in opened)
        if not hiding:
            return [(start, end)]
        first = min(hiding)
        line = max(start, data.rfind(b"\n", start, first) + 1)
        following = self.inner.search(data, first, end)
        after = following.start() if following else end
        return [each for each in ((start, line), (after, end)) if each[0] < each[1]] or [(start, end)]


def _last(opened: list[re.Match[bytes]], bracket: bytes) -> int | None:
    """Return the position of the last ``bracket`` among the latest of those that are open."""
    for position in range(len(opened) - 1, max(-1, len(opened) - _MOST_OPEN), -1):
        if opened[position][0] == bracket:
            return position
    return None


def _definitions(captures: Captures) -> tuple[int, int]:
    """Return how many definitions were seen, and how many of them without an error in them."""
    found = [node for name, nodes in captures.items() if name.startswith("def.") for node in nodes]
    return len(found), sum(not node.has_error for node in found)


def _errors(root: Node) -> list[Node]:
    """Return the nodes that are errors or missing, looking only where there are errors."""
    found: list[Node] = []
    waiting = [root]
    while waiting and len(found) < _MOST_ERRORS:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        waiting.extend(child for child in reversed(node.children) if child.has_error)
    return found


def _problems(errors: list[Node], source: "Source") -> tuple[Problem, ...]:
    """Return the syntax errors, one per line, at most ``MAX_PROBLEMS``."""
    found: dict[int, str] = {}
    for node in errors:
        near = source.brief(node, _QUOTED)
        message = f"syntax error: missing {node.type!r}" if node.is_missing else f"syntax error near {near!r}"
        found.setdefault(source.line(node.start_byte), message)
    return tuple(Problem(line, message) for line, message in sorted(found.items())[:MAX_PROBLEMS])


class Source:
    """The text of one file as bytes, with the positions of its lines."""

    def __init__(self, text: str) -> None:
        """Encode ``text``; lone surrogates are kept, so that any text can be taken."""
        self.data = text.encode("utf-8", "surrogatepass")
        # Nearly all source is ASCII: then bytes and characters are the same, and slicing the text is free.
        self._ascii_text = text if len(self.data) == len(text) else None
        *lines, _ = self.data.split(b"\n")
        self.starts = list(accumulate([len(line) + 1 for line in lines], initial=0))

    def slice(self, start: int, end: int) -> str:
        """Return the text between two bytes."""
        if self._ascii_text is not None:
            return self._ascii_text[start:end]
        return self.data[start:end].decode("utf-8", "replace")

    def text(self, node: Node) -> str:
        """Return the text of ``node``."""
        if self._ascii_text is not None:
            return self._ascii_text[node.start_byte : node.end_byte]
        return self.slice(node.start_byte, node.end_byte)

    def brief(self, node: Node, limit: int) -> str:
        """Return the text of ``node`` in one line, cut at ``limit`` characters."""
        start, end = node.start_byte, node.end_byte
        # Indentation may take most of the text; copying all of a long text for every call in it would be quadratic.
        return one_line(self.slice(start, min(end, start + _WHITE_SPACE * limit)), limit)

    def line(self, byte: int) -> int:
        """Return the 1-based line that holds ``byte``."""
        return bisect_right(self.starts, byte)

    def last_line(self, node: Node) -> int:
        """Return the last line on which ``node`` has text."""
        return bisect_right(self.starts, max(node.start_byte, node.end_byte - 1))

    def column(self, byte: int) -> int:
        """Return the 0-based byte column of ``byte`` in its line."""
        return byte - self.starts[bisect_right(self.starts, byte) - 1]

    def place(self, byte: int) -> tuple[int, int]:
        """Return the 1-based line and the 0-based column of ``byte``."""
        line = bisect_right(self.starts, byte)
        return line, byte - self.starts[line - 1]

    def point(self, byte: int) -> tuple[int, int]:
        """Return the 0-based line and column of ``byte``."""
        line = bisect_right(self.starts, byte) - 1
        return line, byte - self.starts[line]

    def first_on_line(self, byte: int) -> bool:
        """Tell whether nothing but white space comes before ``byte`` on its line."""
        return not self.data[self.starts[bisect_right(self.starts, byte) - 1] : byte].strip()


def boundaries(source: Source, captures: Captures) -> tuple[Boundary, ...]:
    """Return where statements start and how deep they lie, with the comments directly above attached.

    Uses the captures ``statement``, ``block``, ``body`` (a block all of whose children are statements), ``comment`` and
    ``attached`` (attributes written above what they belong to); a run of comments that belongs to no statement is a
    boundary of its own.
    """
    comment_lines = {
        line: node
        for node in (*captures.get("comment", ()), *captures.get("attached", ()))
        if source.first_on_line(node.start_byte)
        for line in range(source.line(node.start_byte), source.last_line(node) + 1)
    }
    # The first line of the run of comments that each of them belongs to.
    runs: dict[int, int] = {}
    for line in sorted(comment_lines):
        runs[line] = runs.get(line - 1, line)
    depths: dict[int, int] = {}
    for line, depth in _statements(source, captures):
        line = runs.get(line - 1, line)
        if depth < depths.get(line, depth + 1):
            depths[line] = depth
    lone = [line for line in comment_lines if line - 1 not in comment_lines and line not in depths]
    depth_of_column = _depth_of_column(source, depths) if lone else None
    for line in lone:
        depths[line] = depth_of_column(source.column(comment_lines[line].start_byte)) if depth_of_column else 0
    return tuple(starmap(Boundary, sorted(depths.items())))


def _statements(source: Source, captures: Captures) -> Iterator[tuple[int, int]]:
    """Yield (line, number of enclosing blocks) for each statement, in the order of the text."""
    bodies = captures.get("body", ())
    blocks = (*bodies, *captures.get("block", ()))
    starts = [child.start_byte for body in bodies for child in body.named_children if not child.is_error]
    starts += [node.start_byte for node in captures.get("statement", ())]
    starts.sort()
    end = len(source.data) + 1
    lines, opened, closed = (
        [*source.starts, end],
        [*sorted([node.start_byte for node in blocks]), end],
        [*sorted([node.end_byte for node in blocks]), end],
    )
    line = before = after = 0
    for start in starts:
        while lines[line] <= start:
            line += 1
        while opened[before] <= start:
            before += 1
        while closed[after] <= start:
            after += 1
        yield line, before - after


def _depth_of_column(source: Source, depths: dict[int, int]) -> Callable[[int], int]:
    """Return a function that guesses the depth of a lone comment from its column."""
    known: dict[int, int] = {}
    for line, depth in depths.items():
        start = source.starts[line - 1]
        end = source.starts[line] if line < len(source.starts) else len(source.data)
        text = source.data[start:end]
        known.setdefault(len(text) - len(text.lstrip()), depth)
    deepest = max(known.values(), default=0)
    return lambda column: known.get(column, 0 if column == 0 else deepest)


def named_children(node: Node) -> list[Node]:
    """Return the named children of ``node`` that are not comments."""
    return [child for child in node.named_children if child.type != "comment"]


def first_child(node: Node | None, *, named: bool = True) -> Node | None:
    """Return the first child of ``node``, if there is one."""
    if node is None or not (node.named_child_count if named else node.child_count):
        return None
    return node.named_child(0) if named else node.child(0)


def one_line(text: str, limit: int) -> str:
    """Return ``text`` with white space collapsed, cut at ``limit`` characters."""
    collapsed = " ".join(text.split())
    return collapsed if len(collapsed) <= limit else collapsed[: limit - 1] + "…"


# What is looked up by its place and not swept.
_NOT_SWEPT = frozenset({"statement", "block", "body", "comment", "attached"})

_Event = tuple[int, int, int, int, str, str, Node]


def in_order(captures: Captures) -> list[_Event]:
    """Return the captured nodes by position, outer ones first."""
    events: list[_Event] = []
    for capture, nodes in captures.items():
        if capture in _NOT_SWEPT or capture.startswith("_"):
            continue
        what, _, kind = capture.partition(".")
        opens = 0 if what in ("def", "scope") else 1
        for node in nodes:
            # A name bound by `let` is not yet known in its own value.
            start = max(node.start_byte, node.end_byte - 1) if capture == "bind.later" else node.start_byte
            events.append((start, -node.end_byte, opens, len(events), what, kind, node))
    events.sort()
    return events
