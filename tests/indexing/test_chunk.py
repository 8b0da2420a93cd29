"""Do chunks tile a file along its definitions?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.indexing.chunk import TINY, chunk_file
from mcp_server.languages import language_of
from stores.facts import MODULE, Chunk, FileFacts

BODY = "    value = compute(alpha, beta, gamma, delta)\n"
LINES = st.sampled_from(
    [
        "",
        "x = 1",
        "# comment",
        "@decorator",
        "def f(a):",
        "class A:",
        "    def m(self):",
        "        return call(1, 2, 3)",
        "    pass",
        "if x:",
        "# Title",
        "## Part",
        "```",
        "some words of prose in a line",
        "é = '\U0001d4b3'",
        "\x0c",
        "    \r",
    ]
)
PATHS = ["a.py", "a.md", "a.rst", "a.js", "a.ts", "a.go", "a.txt", "a.json"]


def count(text: str) -> int:
    return len(text.split())


def chunks(text: str, path: str = "a.py", limit: int = 200) -> tuple[tuple[Chunk, ...], FileFacts]:
    facts = language_of(path).extract(path, text)
    return chunk_file(text, facts, limit, count), facts


def shown(text: str, path: str = "a.py", limit: int = 200) -> list[tuple[str, str, int, int]]:
    found, facts = chunks(text, path, limit)
    return [
        (c.kinds, facts.symbols[c.symbol].qualified_name if c.symbol != MODULE else "", c.line_start, c.line_end)
        for c in found
    ]


def function(name: str, lines: int = 10, indent: str = "", first: str = "a") -> str:
    return f"{indent}def {name}({first}):\n" + f"{indent}{BODY}" * lines


@pytest.mark.parametrize("path", PATHS)
@given(lines=st.lists(LINES, max_size=60), end=st.sampled_from(["", "\n"]), limit=st.integers(1, 60))
def test_chunks_tile_the_file_and_keep_the_limit(path: str, lines: list[str], end: str, limit: int):
    text = "\n".join(lines) + end
    found, facts = chunks(text, path, limit)
    data = text.encode()
    assert b"".join(data[c.byte_start : c.byte_end] for c in found) == data
    assert [c.byte_start for c in found] == [0, *(c.byte_end for c in found)][: len(found)]
    for chunk in found:
        part = data[chunk.byte_start : chunk.byte_end]
        assert part
        assert chunk.tokens == count(part.decode())
        assert chunk.tokens <= limit or chunk.line_start == chunk.line_end
        assert data[: chunk.byte_start].count(b"\n") == chunk.line_start - 1
        assert part.rstrip(b"\n").count(b"\n") <= chunk.line_end - chunk.line_start
        assert MODULE <= chunk.symbol < len(facts.symbols)
    assert chunk_file(text, facts, limit, count) == found


@given(text=st.text(), limit=st.integers(1, 10))
def test_any_text_can_be_cut(text: str, limit: int):
    for path in PATHS:
        found, _ = chunks(text, path, limit)
        assert "".join(text.encode()[c.byte_start : c.byte_end].decode() for c in found) == text


def test_an_empty_file_has_no_chunk():
    assert chunks("") == ((), FileFacts("python", "a"))


def test_one_line_over_the_limit_stays_whole():
    assert shown("x = [" + "1, " * 500 + "]\n") == [("variable", "x", 1, 1)]


def test_every_function_of_real_size_is_one_chunk_with_its_decorators_and_comments():
    text = "import a\n\n\n" + function("f") + "\n\n# about g\n@decorator\n" + function("g") + "\n"
    assert shown(text) == [("module", "", 1, 1), ("function", "f", 2, 14), ("function", "g", 15, 30)]


def test_a_comment_after_a_blank_line_still_goes_with_what_follows():
    text = function("f") + "\n# ---- part two ----\n\n" + function("g")
    assert shown(text) == [("function", "f", 1, 11), ("function", "g", 12, 25)]


def test_a_small_class_stays_whole():
    text = "class A:\n    x = 1\n\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
    assert shown(text) == [("class field method", "A", 1, 8)]


def test_a_large_class_is_its_header_and_its_methods():
    text = (
        'class A:\n    """Doc."""\n\n    x = 1\n\n' + function("f", indent="    ") + "\n" + function("g", indent="    ")
    )
    assert shown(text) == [("class field", "A", 1, 4), ("method", "A.f", 5, 16), ("method", "A.g", 17, 28)]


def test_a_large_function_is_cut_at_its_statements():
    block = "    if value:\n" + f"    {BODY}" * 4
    text = "def f(a):\n" + block * 12
    found = shown(text, limit=100)
    assert {(kind, name) for kind, name, _, _ in found} == {("function", "f")}
    assert all((start - 2) % 5 == 0 for _, _, start, _ in found[1:])


def test_tiny_neighbours_share_a_chunk_and_real_functions_do_not():
    tiny = "".join(f"def t{i}(): return {i}\n" for i in range(5))
    assert shown(tiny + function("f") + function("g")) == [
        ("function", "", 1, 5),
        ("function", "f", 6, 16),
        ("function", "g", 17, 27),
    ]
    assert count(function("f")) >= TINY


def test_a_lone_constant_between_functions_is_its_own_result():
    text = function("f") + "\n# How long.\nTIMEOUT = 30\n\n" + function("g")
    assert ("constant", "TIMEOUT", 12, 14) in shown(text)


def test_sections_of_a_document_are_chunks_when_it_is_too_long():
    words = "word " * 60 + "\n\n"
    text = "intro\n\n# A\n\n" + words + "## B\n\n" + words + "## C\n\n" + words
    assert [(kind, name) for kind, name, _, _ in shown(text, "a.md", 100)] == [
        ("section", ""),
        ("section", "A"),
        ("section", "A > B"),
        ("section", "A > C"),
    ]


def test_blocks_at_the_margin_are_chunks_of_unparsed_source():
    block = "function f() {\n" + "  go(a, b, c, d, e, f, g)\n" * 10 + "\n  done()\n}\n"
    found = shown(block + "\n" + block + "\n" + block, "a.dart")
    assert found == [("window", "", 1, 14), ("window", "", 15, 29), ("window", "", 30, 44)]


def test_paragraphs_of_plain_text_share_chunks():
    text = "some words here\n\n" * 100
    found, _ = chunks(text, "a.txt", 100)
    assert len(found) <= 5


def test_a_table_of_data_without_statements_is_cut_by_lines():
    text = "TABLE = [\n" + "    1, 2, 3, 4,\n" * 500 + "]\n"
    found = shown(text, limit=100)
    assert len(found) > 20
    assert {(kind, name) for kind, name, _, _ in found} == {("constant", "TABLE")}


def test_a_megabyte_takes_few_counts():
    counted = 0

    def counting(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return count(text)

    text = function("f", 20_000)
    facts = language_of("a.py").extract("a.py", text)
    assert chunk_file(text, facts, 200, counting)
    assert counted <= 6 * len(text)


def test_a_chunk_names_every_kind_of_definition_that_begins_in_it():
    text = "import a\n\nLIMIT = 3\n\n\ndef f():\n    return a\n"
    assert shown(text) == [("constant function", "", 1, 7)]
