"""Does the code that one would open first come first?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.retrieval.paths import is_test, path_facts
from mcp_server.retrieval.query import parse
from mcp_server.retrieval.recall import Recalled
from mcp_server.retrieval.rerank import Ranked, reasons, rerank
from mcp_server.retrieval.signals import gather
from stores.lookups import ChunkRow, SymbolRow
from stores.words import words

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


def symbol(of: ChunkRow) -> SymbolRow:
    name = of.name or ""
    return SymbolRow(
        of.id, of.file_id, 0, None, name, name, name, "function", of.line_start, of.line_end, 0, 100, of.line_start, 4,
        "", None, (), (), None, (), of.path, of.language,
    )  # fmt: skip


def answer(chunks: list[ChunkRow], text: str, named: dict[int, bool] | None = None) -> list[Ranked]:
    query = parse(text, "auto", 1_000)
    rows = {c.id: c for c in chunks}
    defining = {i: (symbol(rows[i]), strong) for i, strong in (named or {}).items()}
    keyword = [(c.id, 10.0 / (1 + n / 10)) for n, c in enumerate(chunks)]
    found = Recalled(keyword, [], defining, [], {})
    rarity = dict.fromkeys(query.words, 3.0)
    near = {c.path: 0.5 * bool(set(words(c.path)) & query.words) for c in chunks}
    return rerank(gather(found, rows, query, rarity, near, {c.file_id: 50 for c in chunks}), query)


def ranked(chunks: list[ChunkRow], text: str, named: dict[int, bool] | None = None) -> list[int]:
    return [r.chunk.id for r in answer(chunks, text, named)]


def test_a_definition_of_the_name_comes_before_what_only_mentions_it():
    chunks = [chunk(n, f"shop/m{n}.py") for n in range(1, 9)] + [chunk(9, "shop/deep.py", "checkout")]
    assert ranked(chunks, "checkout", {9: True})[0] == 9
    assert ranked(chunks, "how does `checkout` work", {9: True})[0] == 9


def test_tests_come_after_sources_unless_they_are_asked_for():
    chunks = [chunk(1, "tests/test_cart.py"), chunk(2, "shop/cart.py")]
    assert ranked(chunks, "sum of goods") == [2, 1]
    assert ranked(chunks, "test of the sum of goods") == [1, 2]


@pytest.mark.parametrize("path", ["shop/compat.py", "examples/cart.py", "build/cart.py", "docs/cart.md", "cart.json"])
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
    chunks = [chunk(1, "b.py"), chunk(2, "a.py"), chunk(3, "a.py", line=20)]
    found = Recalled([(c.id, 1.0) for c in chunks], [], {}, [], {})
    query = parse("goods", "auto", 100)
    files = gather(found, {c.id: c for c in chunks[:2]}, query, {}, {}, {})
    assert [r.chunk.path for r in rerank(files, query)] == ["a.py", "b.py"]


def test_a_chunk_without_a_row_is_dropped():
    found = Recalled([(1, 2.0), (2, 1.0)], [], {}, [], {})
    query = parse("goods", "auto", 100)
    assert [r.chunk.id for r in rerank(gather(found, {2: chunk(2)}, query, {}, {}, {}), query)] == [2]
    assert rerank(gather(found, {}, query, {}, {}, {}), query) == []


def test_a_place_that_is_pointed_at_comes_first():
    chunks = [chunk(1, "shop/sums.py"), chunk(2, "shop/other.py")]
    query = parse("sum of goods", "auto", 100)
    files = gather(Recalled([(1, 2.0), (2, 1.0)], [], {}, [2], {}), {c.id: c for c in chunks}, query, {}, {}, {})
    assert [r.chunk.id for r in rerank(files, query)] == [2, 1]


def test_the_reasons_of_the_best_chunk_add_up_to_its_score():
    text = "print an invoice"
    for each in answer([chunk(1, "shop/invoice.py", "invoice"), chunk(2), chunk(3)], text, {1: True}):
        assert sum(reasons(each, parse(text, "auto", 100)).values()) == pytest.approx(each.score, abs=0.01)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_cart.py", True),
        ("shop/test_cart.py", True),
        ("shop/cart_test.go", True),
        ("web/cart.spec.ts", True),
        ("conftest.py", True),
        ("src/CartTest.java", True),
        ("Src/App.Tests/Samples/Cart.cs", True),
        ("Tests/Helpers.swift", True),
        ("core/src/jvmTest/kotlin/Cart.kt", True),
        ("server/server-tests/Cart.kt", True),
        ("core/src/integration-test/java/Cart.java", True),
        ("shop/CartSpec.scala", True),
        ("lib/coroutines-test/Clock.kt", False),
        ("src/OpenApiSpec.ts", False),
        ("src/Contest.java", False),
        ("shop/contest.py", False),
        ("shop/latest.py", False),
        ("shop/testimony.py", False),
    ],
)
def test_tests_are_known_by_their_paths(path, expected):
    assert is_test(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("shop/extern/sums.py", True),
        ("pip/_vendor/sums.py", True),
        ("web/jquery-3.6.0.js", True),
        ("web/sums.min.js", True),
        ("web/jquery.js", False),
        ("shop/external/sums.py", False),
        ("docs/release-3.6.0.md", False),
    ],
)
def test_what_was_copied_in_or_made_is_known_by_its_path(path, expected):
    assert ("generated" in path_facts(path).kinds) is expected
