"""Which assignments, and which tests, hold at a place in a function?

Flow within one scope, read off positions and blocks without a control-flow graph: an assignment ends those before it
for every place that only it leads to; a test with ``isinstance`` holds where its outcome decided that the place is
reached. What is uncertain keeps all assignments and no test.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tree_sitter import Node

from mcp_server.languages.extract import Source, named_children
from mcp_server.languages.scopes import REGION, Scope

# Names given more values than this in one scope are tables or generated code.
_MOST_WRITES = 64
# Parents looked at between a test and the statement that it decides.
_MOST_PARENTS = 20

_LEAVES = frozenset({"return_statement", "raise_statement", "continue_statement", "break_statement"})


@dataclass(frozen=True, slots=True)
class Test:
    """``type``, read in ``scope``, is what something is known to be from byte ``start`` to ``end``."""

    start: int
    end: int
    type: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class _Write:
    """An assignment: the byte at which it has happened, and its number."""

    byte: int
    version: int


@dataclass(slots=True)
class Flow:
    """The assignments and tests of one file."""

    tested_members: set[str] = field(default_factory=set)
    _writes: dict[tuple[Scope, str], list[_Write]] = field(default_factory=lambda: defaultdict(list))
    _tests: dict[str, list[Test]] = field(default_factory=lambda: defaultdict(list))
    _starts: list[int] = field(default_factory=list)
    _blocks: list[tuple[int, int, bool, int]] = field(default_factory=list)  # start, end, is a loop, place of parent

    def take_blocks(self, blocks: Iterable[Node], loops: Iterable[Node]) -> None:
        """Take the blocks of the file; those of ``loops`` may be run again."""
        repeated = {node.start_byte for node in loops}
        open_blocks: list[int] = []
        for start, end in sorted((node.start_byte, node.end_byte) for node in blocks):
            while open_blocks and self._blocks[open_blocks[-1]][1] <= start:
                open_blocks.pop()
            self._blocks.append((start, end, start in repeated, open_blocks[-1] if open_blocks else -1))
            self._starts.append(start)
            open_blocks.append(len(self._blocks) - 1)

    def write(self, scope: Scope, name: str, byte: int) -> None:
        """Note that ``name`` has a new value in ``scope`` from ``byte`` on."""
        self._writes[scope, name].append(_Write(byte, 0))

    def number(self) -> None:
        """Number the assignments of each name in the order of the text; call once, when all are known."""
        numbered = {
            key: [_Write(byte, n) for n, byte in enumerate(sorted({w.byte for w in writes}), 1)]
            for key, writes in self._writes.items()
            if key[1] not in key[0].outer_names
        }
        self._writes = {key: w for key, w in numbered.items() if 1 < len(w) <= _MOST_WRITES}

    def version(self, scope: Scope, name: str, byte: int) -> int:
        """Return the number of the assignment that has happened at ``byte``, 0 where numbers do not matter."""
        return next((w.version for w in self._writes.get((_owner(scope), name), ()) if w.byte == byte), 0)

    def reaching(self, scope: Scope, name: str, byte: int) -> tuple[int, ...]:
        """Return the numbers of the assignments whose value ``name`` may have at ``byte``; () for all of them."""
        if not self._writes:
            return ()
        owner = _owner(scope)
        writes = self._writes.get((owner, name))
        if not writes:
            return ()
        before = [w for w in writes if w.byte <= byte]
        blocks = self._around(byte)
        last = next((w for w in reversed(before) if self._block_at(w.byte - 1) in blocks), None)
        since = last.byte if last else 0
        found = [w for w in before if w.byte >= since]
        for block in blocks:
            start, end, is_loop, _ = self._blocks[block] if block >= 0 else (0, 0, False, -1)
            if is_loop and since <= start:
                found += [w for w in writes if byte < w.byte <= end]
        versions = sorted({w.version for w in found})
        return () if len(versions) == len(writes) else tuple(versions)

    def _block_at(self, byte: int) -> int:
        place = bisect_right(self._starts, byte) - 1
        while place >= 0 and self._blocks[place][1] <= byte:
            place = self._blocks[place][3]
        return place

    def _around(self, byte: int) -> list[int]:
        """Return the blocks that hold ``byte``, innermost first, then -1 for the file."""
        found = [self._block_at(byte)]
        while found[-1] >= 0:
            found.append(self._blocks[found[-1]][3])
        return found

    def add_test(self, call: Node, scope: Scope, source: Source) -> None:
        """Take what ``isinstance(x, T)`` says about ``x``, and where."""
        brackets = call.child_by_field_name("arguments")
        arguments = named_children(brackets) if brackets else []
        if len(arguments) == 2 and arguments[0].type in ("identifier", "attribute"):
            for start, end in _decided_by(call):
                self.add_known(source.text(arguments[0]), Test(start, end, arguments[1], scope))

    def add_known(self, text: str, test: Test) -> None:
        """Take that the name or attribute ``text`` is of a type."""
        self._tests[text].append(test)
        if "." in text:
            self.tested_members.add(text.rpartition(".")[2].strip())

    def test(self, text: str, byte: int) -> Test | None:
        """Return the innermost test that holds for the name or attribute ``text`` at ``byte``."""
        if text not in self._tests:
            return None
        holding = [t for t in self._tests[text] if t.start <= byte < t.end and not self._rewritten(text, t, byte)]
        return min(holding, key=lambda t: t.end - t.start, default=None)

    def _rewritten(self, text: str, test: Test, byte: int) -> bool:
        writes = self._writes.get((_owner(test.scope), text), ())
        return any(test.start < w.byte <= byte for w in writes)


def _owner(scope: Scope) -> Scope:
    while scope.kind == REGION and scope.parent is not None:
        scope = scope.parent
    return scope


def _decided_by(test: Node) -> list[tuple[int, int]]:
    """Return the ranges of bytes that are only reached when ``test`` is true."""
    found: list[tuple[int, int]] = []
    node, positive = test, True
    for _ in range(_MOST_PARENTS):
        parent = node.parent
        if parent is None:
            return found
        if parent.type == "not_operator":
            positive = not positive
        elif parent.type == "boolean_operator":
            operator, right = parent.child_by_field_name("operator"), parent.child_by_field_name("right")
            if operator is None or right is None or (operator.type == "and") != positive:
                return found
            if right.id != node.id:
                found.append((right.start_byte, right.end_byte))
        elif parent.type != "parenthesized_expression":
            return found + _in_statement(parent, node, positive=positive)
        node = parent
    return found


def _in_statement(statement: Node, condition: Node, *, positive: bool) -> list[tuple[int, int]]:
    """Return the ranges of a statement or expression that its condition leads to."""
    kind = statement.type
    if kind in ("if_statement", "elif_clause", "while_statement"):
        return _of_branches(statement, condition, positive=positive)
    if kind == "conditional_expression":
        parts = named_children(statement)
        if len(parts) == 3 and parts[1].id == condition.id:
            part = parts[0 if positive else 2]
            return [(part.start_byte, part.end_byte)]
    if kind == "assert_statement" and positive:
        return _rest_of_block(statement)
    if kind == "if_clause" and positive and statement.parent is not None:
        return [(statement.parent.start_byte, statement.parent.end_byte)]
    return []


def _of_branches(statement: Node, condition: Node, *, positive: bool) -> list[tuple[int, int]]:
    tested = statement.child_by_field_name("condition")
    body = statement.child_by_field_name("consequence") or statement.child_by_field_name("body")
    if tested is None or tested.id != condition.id or body is None:
        return []
    if positive:
        return [(body.start_byte, body.end_byte)]
    if statement.type != "if_statement":
        return []
    others = statement.children_by_field_name("alternative")
    found = [(other.start_byte, other.end_byte) for other in others]
    last = named_children(body)[-1:]
    if last and last[0].type in _LEAVES and not others:
        found += _rest_of_block(statement)
    return found


def _rest_of_block(statement: Node) -> list[tuple[int, int]]:
    block = statement.parent
    return [(statement.end_byte, block.end_byte)] if block is not None else []
