"""Does a call graph say who calls whom, and keep "none" apart from "unknown"?"""

import os
import re
from contextlib import closing
from dataclasses import replace

import pytest

from mcp_server.app import App
from mcp_server.config import RetrievalOptions, load
from mcp_server.errors import BadQuery, UnknownSymbol
from mcp_server.indexing.indexer import Indexer
from mcp_server.retrieval import answers
from mcp_server.retrieval.calls import Calls
from stores.index import Index


def edges(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.startswith("  ")]


def test_callers_come_with_their_place_and_how_they_were_found(calls):
    text = calls("checkout", "callers").text
    assert text.split("\n")[1] == "callers of checkout: 1 direct, 1 call site"
    assert re.fullmatch(r"  billing/api\.py:5 send \[import(_\w+)? \.99\]", edges(text)[0])


def test_callees_come_with_their_definition_and_the_calling_lines(calls):
    answer = calls("Cart.total", "callees")
    (edge,) = [e for e in answer.data["callees"]["edges"] if e["symbol"].endswith("tax_of")]
    assert edge["path"] == "shop/tax.py"
    assert [site["path"] for site in edge["sites"]] == ["shop/cart.py"]
    assert "callers" not in answer.data


def test_both_directions_are_one_answer(calls):
    text = calls("Cart.total").text
    assert "callers of Cart.total" in text
    assert "callees of Cart.total" in text


def test_module_level_calls_are_callers(calls):
    assert "(module level)" in calls("billing.api.save", "callers").text


def test_callers_and_callees_are_inverse(calls):
    forth = {e["symbol"] for e in calls("both", "callees").data["callees"]["edges"]}
    for name in forth:
        assert "shop.loops.both" in {e["symbol"] for e in calls(name, "callers").data["callers"]["edges"]}


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_cycle_is_marked_once_and_ends(calls, depth):
    text = calls("ping", "callees", depth).text
    assert text.count("(recursion)") == (depth > 1)
    assert len(edges(text)) == min(depth, 2)


@pytest.mark.parametrize("direction", ["callers", "callees"])
def test_a_function_that_calls_itself_is_marked(calls, direction):
    text = calls("itself", direction, 3).text
    assert len(edges(text)) == 1
    assert "(recursion)" in text


def test_what_is_reached_twice_is_expanded_once_and_is_no_recursion(calls):
    text = calls("both", "callees", 5).text
    assert "(recursion)" not in text
    assert text.count(" shared ") == 2
    assert text.count(" rare ") == 1
    assert text.count("(expanded elsewhere)") == 1


def test_depth_follows_calls(calls):
    assert " rare " not in calls("both", "callees", 2).text
    assert " rare " in calls("both", "callees", 3).text
    assert "    billing/api.py" in calls("Cart.total", "callers", 3).text


def test_edges_by_name_only_are_listed_apart(calls):
    answer = calls("greet", "callees")
    assert answer.data["callees"]["edges"] == []
    assert {e["symbol"] for e in answer.data["callees"]["possible"]} == {
        "billing.memory.Elephant.remember",
        "billing.memory.Diary.remember",
    }
    assert "callees of greet: none found, but 1 call site may be" in answer.text
    assert "possible, by name only: 2" in answer.text


def test_a_symbol_that_may_be_called_is_not_called_uncalled(calls):
    text = calls("Diary.remember", "callers").text
    assert "none found, but 1 call site may be" in text
    assert "none in this root" not in text


def test_unresolved_calls_are_counted_with_the_reason(calls):
    answer = calls("lonely", "callees")
    assert answer.data["callees"]["unresolved"] == {"parameter": 1}
    assert "unresolved calls in it: 1 parameter" in answer.text
    assert re.search(r"^  shop/loops\.py:34 callback$", answer.text, re.MULTILINE)


def test_none_is_said_only_when_nothing_is_open(calls):
    assert "callees of rare: none in this root" in calls("rare", "callees").text
    assert "callers of greet: none in this root" in calls("greet", "callers").text
    assert "none in this root" not in calls("lonely", "callees").text


def test_calls_that_are_not_linked_yet_are_unknown(shop, tmp_path, embedder):
    class Stop(Exception):
        pass

    settings = replace(shop, home=tmp_path, index=replace(shop.index, batch_files=4))
    index = Index(settings.index_folder, os.fsencode(settings.root))

    def stop_before_linking(progress):
        if progress.stage == "link":
            raise Stop

    with pytest.raises(Stop):
        Indexer(index, embedder, settings).run(stop_before_linking)
    with index.snapshot() as snapshot:
        assert not snapshot.linked
        answer = answers.call_graph(snapshot, Calls("rare"), RetrievalOptions(), [])
        assert answer.text.startswith("note: calls are not linked yet")
        assert "callers of rare: unknown until calls are linked" in answer.text
        assert "none in this root" not in answer.text
        around = answers.context(snapshot, embedder, answers.About("rare", None), RetrievalOptions(), [])
        assert around.text.startswith("note: calls are not linked yet")
        assert around.text.count("not linked") == 1


@pytest.mark.parametrize("symbol", ["shop/loops.py:2", "shop/loops.py:ping", "./shop/loops.py:1", "ping()"])
def test_a_place_can_be_named_in_several_ways(calls, symbol):
    assert calls(symbol).data["symbol"] == "shop.loops.ping"


def test_a_line_outside_of_definitions_is_no_symbol(calls):
    with pytest.raises(UnknownSymbol) as error:
        calls("shop/cart.py:2")
    assert "get_context" in error.value.hint


@pytest.mark.parametrize(
    ("arguments", "said"), [({"depth": 0}, "1 to 5"), ({"depth": 6}, "1 to 5"), ({"direction": "up"}, "callers")]
)
def test_arguments_out_of_range_name_the_range(calls, arguments, said):
    with pytest.raises(BadQuery) as error:
        calls("ping", **arguments)
    assert said in error.value.hint


def test_nodes_that_do_not_fit_are_counted(calls):
    full = calls("both", "callees", 5)
    small = calls("both", "callees", 5, budget=95).text
    more = re.search(r"… (\d+) more callees", small)
    assert more, small
    shown = [line for line in edges(small) if "[" in line]
    assert len(shown) + int(more[1]) == len([line for line in edges(full.text) if "[" in line])


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("b.js", "function f(x) { x.refresh() }\n", "none in this root"),
        ("b.py", "def f(x):\n    x.refresh()\n", "none found, but 1 call site may be"),
    ],
)
def test_only_code_that_can_call_a_definition_leaves_its_callers_open(tree, home, path, text, said):
    root = tree({"a.py": "def refresh(): ...\n", path: text})
    with closing(App(load(root, {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        assert f"callers of refresh: {said}" in app.call_graph("refresh", direction="callers").text


@pytest.mark.parametrize("direction", ["callers", "impact"])
@pytest.mark.parametrize("name", ["Box.size", "LIMIT"])
def test_what_is_read_is_not_said_to_be_unused(tree, home, name, direction):
    source = """
    LIMIT = 3


    class Box:
        @property
        def size(self):
            return LIMIT


    def grow(box: Box):
        return box.size
    """
    with closing(App(load(tree({"a.py": source}), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        text = app.call_graph(name, direction=direction).text
        assert "what reads it is not recorded" in text
        assert "none in this root" not in text


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("a.c", "static int on(int a) { return a; }\nstruct ops o = {\n  .open = on };\n", [3]),
        ("a.c", "int on(int a) { return a; }\n// on is for others\n/* on */\n", []),
        ("a.go", "package a\nfunc on() {}\nvar all = []func(){on}\n", [3]),
        ("A.java", "class A { static int on(int x) { return x; }\n IntUnaryOperator f = A::on; }\n", [2]),
        ("a.py", "def on(): ...\nclass On:\n    def on(self): ...\n\n\nall = 'on'\n", [6]),
    ],
)
def test_what_nothing_calls_is_unused_only_where_its_name_stands_nowhere_else(tree, home, path, text, lines):
    with closing(App(load(tree({path: text}), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        answer = app.call_graph(f"{path}:on" if path != "a.py" else "a.on", direction="callers")
        places = ", ".join(f"{path}:{line}" for line in lines)
        said = f"none found, but its name stands in 1 other place: {places}" if lines else "none in this root"
        assert answer.text.splitlines()[-1].endswith(said)
        assert answer.data["callers"]["elsewhere"] == [[path, line] for line in lines]


def test_a_name_in_a_configuration_is_a_use_and_in_prose_it_is_none(tree, home):
    files = {"kit.py": "def begin(): ...\n", "setup.toml": 'run = "kit:begin"\n', "README.md": "To begin, read on.\n"}
    with closing(App(load(tree(files), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        text = app.call_graph("begin", direction="callers").text
        assert text.endswith("none found, but its name stands in 1 other place: setup.toml:1")


JAVA = """class Door {
    void open() { open(1); }
    void open(int width) {}
    void open(String key) {}
    void both(Door door) { door.open("k"); door.open(2); }
}
"""


def test_callers_of_a_name_with_overloads_are_told_for_each_of_them(tree, home):
    with closing(App(load(tree({"Door.java": JAVA}), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        answer = app.call_graph("Door.open", direction="callers")
        assert answer.text.startswith("3 definitions in Door.java are called 'Door.open'; path:line asks for one")
        callers = {each["start"]: len(each["callers"]["edges"]) for each in answer.data["candidates"]}
        assert callers == {2: 0, 3: 2, 4: 1}
        alone = app.call_graph("Door.java:4", direction="callers")
        assert [edge["symbol"] for edge in alone.data["callers"]["edges"]] == ["Door.both"]
        assert "path:line asks for one" in app.call_graph("Door.open", direction="impact").text
        assert "path:line asks for one" in app.call_graph("Door.both", to="Door.open").text
        assert "one of 3 definitions of this name here, path:line asks for another: :2, :3" in app.context("open").text


def test_a_prototype_and_its_function_are_one_definition(tree, home):
    files = {"a.h": "int open(int a);\n", "a.c": '#include "a.h"\nint open(int a) { return a; }\n'}
    files |= {"b.c": '#include "a.h"\nint run(void) { return open(1); }\n'}
    with closing(App(load(tree(files), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        answer = app.call_graph("open", direction="callers")
        assert answer.data["path"] == "a.c"
        assert [edge["path"] for edge in answer.data["callers"]["edges"]] == ["b.c"]
        assert app.call_graph("open", path="*.h").data["path"] == "a.h"


@pytest.mark.parametrize(
    ("path", "text", "several"),
    [
        ("a.swift", "class Door {\n  func open(a: Int) {}\n  func open(b: String) {}\n}\n", True),
        ("a.kt", "class Door {\n  fun open(a: Int) {}\n  fun open(b: String) {}\n}\n", True),
        ("a.py", "class Door:\n    def open(self, a): ...\n    def open(self, b): ...\n", False),
    ],
)
def test_only_where_a_definition_replaces_none_of_its_name_there_are_several(tree, home, path, text, several):
    with closing(App(load(tree({path: text}), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        assert app.call_graph("Door.open", direction="callers").text.startswith("2 definitions") is several


def test_of_overloads_that_labels_tell_apart_none_is_said_to_be_called(tree, home):
    swift = """
    class Door {
        func open(_ key: String) {}
        func open(_ width: Int) {}
        func shut() {}
        func both() { open("a"); shut() }
    }
    """
    with closing(App(load(tree({"Door.swift": swift}), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        found = app.call_graph("both", direction="callees").data["callees"]
        assert [edge["symbol"] for edge in found["edges"]] == ["Door.shut"]
        assert [edge["strategy"] for edge in found["possible"]] == ["overload", "overload"]


def test_a_bare_name_in_kotlin_may_be_a_member_of_what_a_literal_is_run_with(tree, home):
    files = {
        "app/Site.kt": "package app\nclass Site { fun serve(path: String) {} }\n",
        "test/Use.kt": 'package test\nimport kotlin.test.*\nfun use() { site { serve("/"); assertTrue(true) } }\n',
    }
    with closing(App(load(tree(files), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        callees = app.call_graph("use", direction="callees").data["callees"]
        assert [edge["symbol"] for edge in callees["possible"]] == ["app.Site.serve"]
        assert callees["unresolved"] == {"external": 2, "unknown receiver": 1}
        assert "none in this root" not in app.call_graph("Site.serve", direction="callers").text


def test_a_function_beside_an_extension_of_its_name_is_not_said_to_be_called_in_a_literal(tree, home):
    files = {
        "lib/Scope.kt": "package lib\nclass Scope\nfun Scope.launch(by: Int) {}\nfun launch(by: Int) {}\n",
        "lib/Plain.kt": "package lib\nfun plain() {}\n",
        "app/Use.kt": "package app\nimport lib.*\nfun use() { scoped { launch(1); plain() } }\n",
    }
    with closing(App(load(tree(files), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        callees = app.call_graph("use", direction="callees").data["callees"]
        assert [edge["symbol"] for edge in callees["edges"]] == ["lib.plain"]
        assert sorted(edge["symbol"] for edge in callees["possible"]) == ["lib.Scope.launch", "lib.launch"]
