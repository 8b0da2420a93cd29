"""Does the code that one would open first come first?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.retrieval.fuse import Candidate
from mcp_server.retrieval.query import parse
from mcp_server.retrieval.rerank import is_test, rerank
from stores.lookups import ChunkRow

PATHS = [
    "shop/cart.py",
    "tests/test_cart.py",
    "shop/compat.py",
    "shop/__init__.py",
    "shop/cart.pyi",
    "README.md",
    "a.json",
]


def chunk(number: int, path: str = "shop/other.py", name: str | None = None, line: int = 1) -> ChunkRow:
    language = {"md": "markdown", "json": "json"}.get(path.rsplit(".")[-1], "python")
    file_id = sum(map(ord, path))
    return ChunkRow(
        number, file_id, number if name else None, "function", line, line + 9, 0, 100, 50, b"", 0, 1, path, language,
        name, name, "function" if name else None, f"def {name}()" if name else None,
    )  # fmt: skip


def ranked(chunks: list[ChunkRow], text: str, named: dict[int, bool] | None = None) -> list[int]:
    candidates = [Candidate(c.id, 1 / (61 + n), {"keyword": n + 1}) for n, c in enumerate(chunks)]
    found = rerank(candidates, {c.id: c for c in chunks}, parse(text, "auto", 1_000), named or {})
    return [r.chunk.id for r in found]


def test_a_definition_of_the_name_comes_before_what_only_mentions_it():
    chunks = [chunk(n, f"shop/m{n}.py") for n in range(1, 9)] + [chunk(9, "shop/deep.py", "checkout")]
    assert ranked(chunks, "checkout", {9: True})[0] == 9
    assert ranked(chunks, "how does `checkout` work", {9: True})[0] == 9


def test_tests_come_after_sources_unless_they_are_asked_for():
    chunks = [chunk(1, "tests/test_cart.py"), chunk(2, "shop/cart.py")]
    assert ranked(chunks, "sum of goods") == [2, 1]
    assert ranked(chunks, "test of the sum of goods") == [1, 2]


@pytest.mark.parametrize("path", ["shop/compat.py", "examples/cart.py", "shop/cart.pyi", "docs/cart.md", "cart.json"])
def test_what_repeats_or_describes_code_comes_after_code(path):
    assert ranked([chunk(1, path), chunk(2, "shop/sums.py")], "sum of goods") == [2, 1]


def test_further_chunks_of_a_file_give_way_to_other_files():
    chunks = [chunk(n, "shop/one.py", line=20 * n) for n in range(1, 4)] + [chunk(4, "shop/two.py")]
    assert ranked(chunks, "sum of goods").index(4) < 3


def test_a_file_that_is_called_like_the_question_is_lifted():
    chunks = [chunk(1, "shop/sums.py"), chunk(2, "shop/invoice.py")]
    assert ranked(chunks, "print an invoice") == [2, 1]


def test_a_mentioned_path_is_lifted():
    chunks = [chunk(1, "shop/sums.py"), chunk(2, "shop/till.py")]
    assert ranked(chunks, "what does shop/till.py do") == [2, 1]


@given(
    rows=st.lists(st.tuples(st.sampled_from(PATHS), st.booleans()), max_size=12),
    text=st.sampled_from(["cart", "sum of goods", "test of cart", "shop/cart.py", "readme"]),
)
def test_same_input_same_output_and_nothing_is_lost(rows, text):
    chunks = [chunk(n, path, "cart" if named else None, line=10 * n + 1) for n, (path, named) in enumerate(rows, 1)]
    named = {c.id: True for c in chunks if c.name}
    found = ranked(chunks, text, named)
    assert sorted(found) == sorted(c.id for c in chunks)
    assert found == ranked(chunks, text, named)


def test_ties_go_by_path_and_line():
    chunks = [chunk(1, "b.py"), chunk(2, "a.py"), replace(chunk(3, "c.py"), line_start=5)]
    candidates = [Candidate(c.id, 0.5, {"keyword": 1}) for c in chunks]
    found = rerank(candidates, {c.id: c for c in chunks}, parse("goods", "auto", 100), {})
    assert [r.chunk.path for r in found] == ["a.py", "b.py", "c.py"]


def test_a_candidate_without_a_row_is_dropped():
    found = rerank([Candidate(1, 0.5), Candidate(2, 0.4)], {2: chunk(2)}, parse("goods", "auto", 100), {})
    assert [r.chunk.id for r in found] == [2]
    assert rerank([Candidate(1, 0.5)], {}, parse("goods", "auto", 100), {}) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_cart.py", True),
        ("shop/test_cart.py", True),
        ("shop/cart_test.go", True),
        ("web/cart.spec.ts", True),
        ("conftest.py", True),
        ("shop/contest.py", False),
        ("shop/latest.py", False),
        ("shop/testimony.py", False),
    ],
)
def test_tests_are_known_by_their_paths(path, expected):
    assert is_test(path) is expected
