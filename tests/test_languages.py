"""Do the languages say what is in the text?"""

import ast
import gc
import json
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.languages import LANGUAGES, language_of
from mcp_server.languages.python import PYTHON
from mcp_server.languages.typescript_spelling import read_by_grammar
from stores.facts import MODULE, FileFacts
from tests import annotated

DATA = Path(__file__).parent / "languages"
SOURCES = [
    pytest.param(source, id=f"{file.parent.name}/{file.stem}:{source.path}")
    for file in sorted(DATA.glob("[a-z]*/*.*"))
    for source in annotated.read(file.read_text("utf-8"))
]
PIECES = """
def class lambda async await f x self ( ) [ ] { } : , = := . @ * ** -> import from as global nonlocal match case type
return yield if else for in while try except with del # ''' \"\"\" ' " f' \\ \t é \U0001d4b3 \ufeff \x00 \r - === ```
~~~
"""
CURLY = """
public static class interface enum struct impl trait fn func fun function namespace package import use using include
extends implements new this self super let var val mut <? <?php -> :: ?. !! #include #define template typename operator
void int String local end do then module include attr ; < > & | && switch when { } => => // /* */ $x @x #[derive
"""
CURLY_PIECES = """
function => const let var class interface enum namespace export default import from { } ( ) [ ] < > => ? . ; , = : @ `
${ / // /* */ this super new await async static get set #p "s" 's' module.exports require("m") exports.x
a.prototype.b func
package type struct map[string]T chan <- := ... * & go defer range switch case fallthrough return 1 é
"""
FRAGMENTS = st.sampled_from(
    [*PIECES.split(), *CURLY.split(), *CURLY_PIECES.split(), "\t", "\r", "\n", "\n    ", "\n        ", " "]
)
TEXTS = st.one_of(
    st.text(), st.lists(FRAGMENTS, max_size=60).map(" ".join), st.lists(FRAGMENTS, max_size=60).map("".join)
)
BLOCKS = ["java", "rs", "c", "cpp", "cs", "kt", "scala", "swift", "php", "rb", "lua", "sh"]
PATHS = [
    "a.py",
    "a.md",
    "a.rst",
    "a.js",
    "a.ts",
    "a.tsx",
    "a.go",
    "a.txt",
    "a.yaml",
    *(f"a.{suffix}" for suffix in BLOCKS),
]


def python(text: str, path: str = "a.py") -> FileFacts:
    return PYTHON.extract(path, text)


@pytest.mark.parametrize("source", SOURCES)
def test_annotated_sources_mean_what_their_comments_claim(source: annotated.Annotated):
    language = language_of(source.path)
    found = list(annotated.shown(language.extract(source.path, source.text)))
    if "problem" in source.kinds:
        lines = {claim.split()[1] for claim in found if claim.startswith("problem")}
        assert lines & {claim.split()[1] for claim in source.claims if claim.startswith("problem")}
    kinds = source.kinds - {"problem"}
    claims = [claim for claim in source.claims if claim.split()[0] in kinds]
    assert sorted(claims) == sorted(claim for claim in found if claim.split()[0] in kinds)


@pytest.mark.parametrize("path", PATHS)
@given(text=TEXTS)
def test_any_text_gives_facts_that_lie_within_it(path: str, text: str):
    facts = language_of(path).extract(path, text)
    data, lines = text.encode(), text.count("\n") + 1
    for index, symbol in enumerate(facts.symbols):
        assert 0 <= symbol.byte_start <= symbol.byte_end <= len(data)
        assert 1 <= symbol.line_start <= symbol.name_line <= symbol.line_end <= lines
        assert MODULE <= symbol.parent < index
    for position in (*facts.imports, *facts.calls, *facts.assignments, *facts.boundaries, *facts.problems):
        assert 1 <= position.line <= lines
    starts = [symbol.byte_start for symbol in facts.symbols]
    assert starts == sorted(starts)
    assert json.loads(json.dumps([call.callee for call in facts.calls])) is not None
    assert pickle.loads(pickle.dumps(facts)) == facts


@given(text=TEXTS)
def test_a_call_points_at_the_last_name_of_its_callee(text: str):
    lines = text.encode().split(b"\n")
    for call in python(text).calls:
        rest = lines[call.line - 1][call.column :].decode()
        last = call.text.rpartition(".")[2].strip()
        assert last.isidentifier() <= rest.startswith(last)


@pytest.mark.parametrize("package", [json, ast, pickle, subprocess])
def test_calls_are_where_the_python_parser_sees_them(package):
    text = Path(package.__file__).read_text("utf-8")
    expected = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
            expected.append((node.func.lineno, node.func.col_offset))
        elif isinstance(node, ast.Call):
            expected.append((node.func.end_lineno, node.func.end_col_offset - len(node.func.attr.encode())))
    assert sorted((call.line, call.column) for call in python(text).calls) == sorted(expected)


def nested_calls(count: int) -> str:
    text = "1"
    for number in range(count):
        text = f"f{number}({text})"
    return text


def test_a_call_deep_in_others_is_read_as_if_it_stood_alone():
    text = nested_calls(9)
    for nested in (f"x = {text}\n", f"def g():\n    return {text}\n", f"x.y({text})\n"):
        inner = [call for call in python(nested).calls if call.text != "x.y"]
        assert len(inner) == 9
        for call in inner:
            alone = python(text[text.index(call.text) :].replace(")", "", 8 - int(call.text[1:]))).calls[0]
            assert (call.callee, call.arguments) == (alone.callee, alone.arguments)


def test_a_value_is_followed_as_deep_into_calls_where_its_calls_were_read_before():
    # Bases are read before any call is, values afterwards.
    for count in range(9):
        text = nested_calls(count)
        ((_, base),) = python(f"class A({text}): ...\n").symbols[0].bases
        assert python(f"x = {text}\n").assignments[0].value == base


def test_a_call_in_an_annotation_is_read_as_a_type_and_as_a_call():
    facts = python('def g(a: f("T")): ...\n')
    assert facts.calls[0].arguments == (("literal", "str", "T"),)
    assert facts.symbols[0].parameters[0].type == ("call", ("free", "f"), ("free", "T"))


def test_a_comprehension_that_is_the_body_of_a_lambda_knows_its_parameter():
    (call,) = python("f = lambda c: [x for x in g(c)]\n").calls
    assert call.arguments == (("parameter", MODULE, "c#1"),)


@pytest.mark.parametrize(
    ("source", "signature"),
    [
        (
            "def f(a, /, b: int = 3, *c: int, d=g(), **e) -> x[int]: ...",
            "def f(a, /, b: int = 3, *c: int, d=g(), **e) -> x[int]",
        ),
        ("async def f(\n    a,  # why\n    *, b,\n): ...", "async def f(a, *, b)"),
        ("def f[T: int](x: T, /): ...", "def f[T: int](x: T, /)"),
        ("class A[T](B[T],\n   metaclass=M): ...", "class A[T](B[T], metaclass=M)"),
        ("class A: ...", "class A"),
        ("TIMEOUT: int = 30", "TIMEOUT: int = 30"),
        ("X = [\n    1,\n    2,\n]", "X = [ 1, 2, ]"),
        ("type A = list[int]", "type A = list[int]"),
    ],
)
def test_a_signature_is_one_line(source: str, signature: str):
    assert python(source).symbols[0].signature == signature


def test_a_value_in_a_signature_is_cut():
    assert len(python(f"X = '{'a' * 1000}'").symbols[0].signature) < 100


def test_docstrings_are_cleaned():
    assert (
        python('def f():\n    """One.\n\n        Two.\n    Three.\n    """').symbols[0].docstring
        == "One.\n\n    Two.\nThree."
    )
    assert python("def f():\n    # why\n    'a' 'b'\n").symbols[0].docstring == "ab"
    assert python("def f():\n    f'{x}' + 'a'\n").symbols[0].docstring is None


def test_a_definition_starts_with_its_decorators():
    symbol = python("x = 1\n@a.b\n@c(1)\ndef f(): ...\n").symbols[1]
    assert (symbol.line_start, symbol.name_line, symbol.decorators) == (2, 4, ("a.b", "c(1)"))


def test_bases_are_text_and_expression_without_keywords():
    symbol = python("class A(b.C, D[int], k=1, **kw): ...").symbols[0]
    assert symbol.bases == (
        ("b.C", ("attribute", ("free", "b"), "C")),
        ("D[int]", ("subscript", ("free", "D"), ("builtin", "int"))),
    )


def test_comments_directly_above_belong_to_the_statement_below():
    facts = python("import a\n\n# one\n# two\n@d\ndef f():\n    # in\n    x\n\n# lone\n\ny\n")
    assert [(b.line, b.depth) for b in facts.boundaries] == [(1, 0), (3, 0), (7, 1), (10, 0), (12, 0)]


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("packages/x/src/foo/a.py", "foo.a"),
        ("src/src/a.py", "a"),
        ("foo/__init__.py", "foo"),
        ("foo/a.pyi", "foo.a"),
        ("__init__.py", ""),
        ("setup.py", "setup"),
    ],
)
def test_a_module_is_named_as_it_is_imported(path: str, module: str):
    assert PYTHON.module_name(path) == module


def test_syntax_errors_are_told_and_bounded():
    assert python("x = (\n").problems
    assert len(python("def f(:\n) = 3 $\n" * 200).problems) <= 20


@pytest.mark.parametrize(
    "text",
    [
        "interface A {\n  get: T\n  <U>(of: U): V\n  // or\n  <\n    U,\n  >(of: U, at: U): V\n}\n",
        "interface A {\n  get(): T;\n\n  /** Of. */\n  <U>(of: U): V;\n}\n",
        "interface Box<\n  // both\n  in out T,\n  out U = T,\n  in V extends U = U\n> {}\nclass A<out T> {}\n",
        'export type * from "./a";\nexport type * as b from "./b";\n',
    ],
)
@pytest.mark.parametrize("path", ["a.ts", "a.tsx"])
def test_what_the_grammar_of_typescript_cannot_read_costs_nothing_that_follows(path: str, text: str):
    language = language_of(path)
    assert language is not None
    facts = language.extract(path, text + "function after() {}\n")
    assert not facts.problems
    after = facts.symbols[-1]
    assert (after.name, after.line_start) == ("after", text.count("\n") + 1)


@pytest.mark.parametrize(
    "text", ["const small = a.length\n  < b.length\n", "const f = <T,>(a: T) =>\n  <U,>(b: U) => a;\n"]
)
def test_what_the_grammar_of_typescript_can_read_stays(text: str):
    assert read_by_grammar(text.encode()) == text.encode()


@pytest.mark.parametrize(
    ("path", "text", "called"),
    [
        (
            "a.rs",
            "fn f() -> R { let a = try!(read(1)); if !try!(fill()) { g() } Ok(try!(h())) }",
            ["read", "fill", "g", "h"],
        ),
        ("a.swift", "func f() { g(()); return .success(h(())) }", ["g", "h"]),
        ("a.sh", "f() {\n  for arg do\n    g\n  done\n  h\n}\n", ["g", "h"]),
    ],
)
def test_old_and_rare_forms_cost_no_call(path: str, text: str, called: list[str]):
    language = language_of(path)
    assert language is not None
    facts = language.extract(path, text)
    assert not facts.problems
    assert {call.callee[-1] for call in facts.calls} >= set(called)


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.c", "LIB_STATIC LIB_enum LIB_code(size_t code) { return code; }", "LIB_code"),
        ("a.c", "lib_inline my_size\nlib_read(my_file *file) { return 0; }", "lib_read"),
        ("a.c", "static INLINE Object*\nget_list(int a) { return 0; }", "get_list"),
        ("a.h", '#ifdef __cplusplus\nextern "C" { /* C */\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif\n', "f"),
        ("a.cpp", "class A {\n  lib_inline lib::code add(int a) noexcept { return a; }\n};", "add"),
        ("a.cpp", "lib_inline simd8<bool> must_be(const simd8<uint8_t> a) { return a; }", "must_be"),
    ],
)
def test_a_macro_before_a_definition_costs_neither_its_name_nor_its_type(path: str, text: str, name: str):
    language = language_of(path)
    assert language is not None
    facts = language.extract(path, text)
    assert not facts.problems
    assert facts.symbols[-1].name == name
    assert not (facts.symbols[-1].returns or "").lower().startswith(("lib_inline", "lib_static", "inline"))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "f" + "()" * 50_000,
        "a" + ".b()" * 50_000,
        "a = " * 50_000 + "1",
        "lambda: " * 20_000 + "0",
        "x = " + " or ".join(["a"] * 50_000),
        "[" * 5_000 + "x" + " for x in y]" * 5_000,
        "class A(B,\n" * 5_000,
        "\n".join("    " * i + f"def f{i}():" for i in range(300)) + " pass",
    ],
    ids=lambda text: text[:12],
)
def test_deep_and_broken_code_is_no_trouble(text: str):
    facts = python(text)
    assert json.dumps([call.callee for call in facts.calls])


@pytest.mark.parametrize("path", ["a.js", "a.ts", "a.tsx", "a.go"])
@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000,
        "{" * 50_000,
        "f" + "()" * 20_000,
        "a" + ".b()" * 20_000,
        "x = " + "a || " * 20_000 + "b",
        "let x: " + "A | " * 20_000 + "B = 1",
        "f(" * 10_000 + ")" * 10_000,
        "x => " * 10_000 + "x",
        "function f(){" * 3_000 + "}" * 3_000,
        "func f() {" * 3_000 + "}" * 3_000,
        "const a = " + "[" * 20_000 + "]" * 20_000,
        "const a = " + "{a:" * 10_000 + "1" + "}" * 10_000,
        "const data = [" + "{a: 1, b: 'x', c: [1, 2]}," * 40_000 + "];",
        "package p\nvar data = []T{" + "{1, 2, {3}}," * 60_000 + "}",
        "var s = `" + "x" * 2_000_000 + "`",
        "<html><body><script>function f() { g() }</script></body></html>\n" * 500,
        "#if A\n{\n" * 20_000 + "#else\n}\n#endif\n" * 20_000,
        "!function(){" + "var a=b(c),d=function(e){return e.f(a)};" * 5_000 + "}();",
    ],
    ids=lambda text: text[:12],
)
def test_deep_broken_and_generated_code_with_curly_brackets_is_no_trouble(path: str, text: str):
    started = time.process_time()
    assert isinstance(language_of(path).extract(path, text), FileFacts)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("path", "first_line", "language"),
    [
        ("a/b.PY", "", "python"),
        ("bin/tool", "#!/usr/bin/env -S python3.11 -u", "python"),
        ("bin/tool", "#!/bin/bash", "shell"),
        ("bin/tool", "hello", None),
        ("README.md", "", "markdown"),
        ("LICENSE", "", "text"),
        ("Dockerfile.dev", "", "dockerfile"),
        ("CMakeLists.txt", "", "cmake"),
        ("requirements.txt", "", "requirements"),
        (".gitignore", "", "ignore"),
        (".env", "", None),
        (".env.example", "", "env"),
        ("a.tsx", "", "typescript"),
        ("a.test.js", "", "javascript"),
        ("image.png", "", None),
        ("", "", None),
    ],
)
def test_a_file_is_in_the_language_its_name_says(path: str, first_line: str, language: str | None):
    found = language_of(path, first_line)
    assert (found.name if found else None) == language


def test_no_two_languages_claim_the_same_file():
    for claims in (
        [language.name for language in LANGUAGES],
        [suffix for language in LANGUAGES for suffix in language.suffixes],
        [name for language in LANGUAGES for name in language.file_names],
        [program for language in LANGUAGES for program in language.interpreters],
    ):
        assert {claim for claim in claims if claims.count(claim) > 1} == set()


def test_importing_the_languages_loads_no_grammar():
    code = "import mcp_server.languages, sys; sys.exit(any(name.startswith('tree_sitter_') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# What a test source of every parsed language must show, but for what the language does not have.
CASES = {
    "definitions": lambda facts: facts.symbols,
    "methods": lambda facts: any(symbol.kind == "method" for symbol in facts.symbols),
    "nested": lambda facts: any(symbol.parent != MODULE for symbol in facts.symbols),
    "calls": lambda facts: facts.calls,
    "imports": lambda facts: facts.imports,
    "inheritance": lambda facts: any(symbol.bases for symbol in facts.symbols if symbol.kind != "impl"),
    "broken code": lambda facts: facts.problems,
}
LACKS: dict[str, set[str]] = {
    "c": {"methods", "inheritance"},
    "lua": {"inheritance"},
    "shell": {"methods", "inheritance"},
}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each.kind == "code"], ids=lambda each: each.name)
def test_every_parsed_language_is_tested_in_every_case(language):
    sources = [
        source
        for file in sorted(DATA.glob(f"{language.name}/*.*"))
        for source in annotated.read(file.read_text("utf-8"))
        if source.claims
    ]
    seen = {
        case for source in sources for case, shows in CASES.items() if shows(language.extract(source.path, source.text))
    }
    assert set(CASES) - seen == LACKS.get(language.name, set())


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_file_was_read_with_goes_without_a_search_for_garbage(source: annotated.Annotated):
    extract = language_of(source.path).extract
    extract(source.path, source.text)  # what is made once, at first use, may leave something
    gc.collect()
    gc.disable()
    try:
        extract(source.path, source.text)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_threads_can_extract_at_the_same_time():
    text = Path(ast.__file__).read_text("utf-8")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: python(text), range(8)))
    assert all(facts == found[0] for facts in found)


def test_markdown_sections_nest_and_fences_hide_headings():
    text = "---\ntitle: x\n---\n# A #\n\ntext\n\n```\n# no\n```\n## B\n\nC\n---\n\n| a |\n---\n# D\n"
    facts = language_of("a.md").extract("a.md", text)
    assert [(s.qualified_name, s.parent, s.line_start, s.line_end) for s in facts.symbols] == [
        ("A", MODULE, 4, 17),
        ("A > B", 0, 11, 12),
        ("A > C", 0, 13, 17),
        ("D", MODULE, 18, 18),
    ]
    assert facts.symbols[0].signature == "# A #"


def test_underlined_titles_of_rst_nest_by_first_use():
    text = "=====\nTitle\n=====\n\nOne\n---\n\ntext\n\nSub\n~~~\n\nTwo\n---\n"
    facts = language_of("a.rst").extract("a.rst", text)
    assert [s.qualified_name for s in facts.symbols] == ["Title", "Title > One", "Title > One > Sub", "Title > Two"]


def test_unparsed_source_may_be_cut_where_a_block_starts_at_the_margin():
    text = "import x\n\nfunction a() {\n\n  b()\n}\n\nfunction c() {\n}\n"
    facts = language_of("a.dart").extract("a.dart", text)
    assert facts.language == "dart"
    assert [b.line for b in facts.boundaries if b.depth == 0] == [1, 3, 8]
