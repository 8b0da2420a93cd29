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


@dataclass(slots=True)
class Flow:
    """The assignments and tests of one file.

    ``varying`` are the names of which a place may tell more than their scope, known when all are numbered.
    """

    tested_members: set[str] = field(default_factory=set)
    varying: set[str] = field(default_factory=set)
    # The bytes at which the assignments of a name have happened.
    _writes: dict[tuple[Scope, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    _tests: dict[str, list[Test]] = field(default_factory=lambda: defaultdict(list))
    _starts: list[int] = field(default_factory=list)
    _blocks: list[tuple[int, int, bool, int]] = field(default_factory=list)  # start, end, is a loop, place of parent

    def take_blocks(self, blocks: Iterable[Node], loops: Iterable[Node]) -> None:
        """Take the blocks of the file; those of ``loops`` may be run again."""
        repeated = {node.start_byte for node in loops}
        open_blocks: list[int] = []
        for start, end in sorted([(node.start_byte, node.end_byte) for node in blocks]):
            while open_blocks and self._blocks[open_blocks[-1]][1] <= start:
                open_blocks.pop()
            self._blocks.append((start, end, start in repeated, open_blocks[-1] if open_blocks else -1))
            self._starts.append(start)
            open_blocks.append(len(self._blocks) - 1)

    def write(self, scope: Scope, name: str, byte: int) -> None:
        """Note that ``name`` has a new value in ``scope`` from ``byte`` on."""
        self._writes[scope, name].append(byte)

    def number(self) -> None:
        """Number the assignments of each name in the order of the text; call once, when all are known."""
        numbered: dict[tuple[Scope, str], list[int]] = {}
        for (scope, name), writes in self._writes.items():
            # Of most names there is one assignment.
            if len(writes) > 1 and name not in scope.outer_names and 1 < len(set(writes)) <= _MOST_WRITES:
                numbered[scope, name] = sorted(set(writes))
        self._writes = numbered
        self.varying = {name for _, name in numbered} | self._tests.keys()

    def version(self, scope: Scope, name: str, byte: int) -> int:
        """Return the number of the assignment that has happened at ``byte``, 0 where numbers do not matter."""
        writes = self._writes.get((_owner(scope), name), [])
        return writes.index(byte) + 1 if byte in writes else 0

    def reaching(self, scope: Scope, name: str, byte: int) -> tuple[int, ...]:
        """Return the numbers of the assignments whose value ``name`` may have at ``byte``; () for all of them."""
        writes = self._writes.get((_owner(scope), name))
        if not writes:
            return ()
        blocks = self._around(byte)
        before = bisect_right(writes, byte)
        last = next((n for n in range(before, 0, -1) if self._block_at(writes[n - 1] - 1) in blocks), 0)
        since = writes[last - 1] if last else 0
        found = set(range(max(last, 1), before + 1))
        for block in blocks:
            start, end, is_loop, _ = self._blocks[block] if block >= 0 else (0, 0, False, -1)
            if is_loop and since <= start:
                found.update(range(before + 1, bisect_right(writes, end) + 1))
        return () if len(found) == len(writes) else tuple(sorted(found))

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
        return any(test.start < write <= byte for write in writes)


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
