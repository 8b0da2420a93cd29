"""Is C# with lines for the preprocessor read as what is left without them?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.languages import language_of
from mcp_server.languages.csharp_directives import without_directives


def words(source: str) -> str:
    """What is left of a source, with single spaces."""
    return " ".join(without_directives(source.encode()).decode().split())


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("class A : B\n#if X\n, C\n#endif\n{ }", "class A : B , C { }"),
        ("#if X\nusing A;\n#else\nusing B;\n#endif\n", "using A; using B;"),
        ("#if X\nclass A : B {\n#else\nclass A {\n#endif\n}", "class A : B { }"),
        ("f();\n#if X\nif (a) b(); else\n#endif\nc();", "f(); if (a) b(); else c();"),
        ("int f()\n#if X\n{ a(); }\n#elif Y\n{ b(); }\n#else\n;\n#endif", "int f() { a(); }"),
        ("#if X\n#if Y\na();\n#endif\n#else\nb(\n#endif\n)", "a(); )"),
        ("#region Some { words\nf();\n#endregion\n#pragma warning\n", "f();"),
        ('s = "\n#if no";\n', 's = "'),
        ("// why\n#if X\na(\"}\");\n#else\nb('}');\n#endif", "// why a(\"}\"); b('}');"),
        ("#endif\n#else\n#if X\na", "a"),
    ],
)
def test_directives_are_blank_and_half_branches_are_left_out(source, left):
    assert words(source) == left


PIECES = [
    "#if A\n",
    "#elif B\n",
    "#else\n",
    "#endif\n",
    "#region\n",
    "{",
    "}",
    ";\n",
    '"',
    "@",
    "/*",
    "*/",
    "//",
    "é",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_all_else_stays_where_it_was(source):
    data = source.encode()
    made = without_directives(data)
    assert len(made) == len(data)
    assert [m.start() for m in re.finditer(b"\n", made)] == [m.start() for m in re.finditer(b"\n", data)]
    assert all(new in (old, b" "[0]) for new, old in zip(made, data, strict=True))


def test_branches_that_are_whole_are_all_found():
    source = "class A {\n#if X\n  void One() { }\n#else\n  void Two() { }\n#endif\n  void Three() { }\n}\n"
    facts = language_of("a.cs").extract("a.cs", source)
    assert [symbol.name for symbol in facts.symbols] == ["A", "One", "Two", "Three"]
    assert facts.problems == ()
