"""Is what a definition names without calling it found, in every language that says so?"""

import pytest
from index_cases import Case

from mcp_server.app import App
from mcp_server.config import load

PYTHON = {
    "kit.py": "class Rope: ...\nclass Knot(Exception): ...\nclass Box: ...\nclass Pair(Box): ...\n"
    "def traced(f): return f\ndef made(n): return traced\nclass Wrap: ...\n",
    "use.py": """\
from __future__ import annotations
import kit
from typing import Annotated, Generic, Literal, Optional, TypeVar, cast
from kit import Rope, Knot, traced, made

T = TypeVar("T")

def tie(a: Optional[Rope], *more: "kit.Box") -> dict[str, list[kit.Pair | None]]:
    held: Rope = a
    try:
        return isinstance(a, (kit.Box, str))
    except Knot as error:
        return cast(Rope, error)

class Chain(Generic[T], list[Rope]):
    mark: Literal["Rope"] = "Rope"
    note: Annotated[Rope, kit.Box]

@traced
@made(3)
def decorated(): ...

@kit.Wrap
class Wrapped: ...
""",
}
FOUND = {
    ("tie", "Rope", "type", 8, "import"),
    ("tie", "Box", "type", 8, "module_member"),
    ("tie", "Pair", "type", 8, "module_member"),
    ("tie", "Rope", "type", 9, "import"),
    ("tie", "Box", "type", 11, "module_member"),
    ("tie", "Knot", "type", 12, "import"),
    ("tie", "Rope", "type", 13, "import"),
    ("Chain", "Rope", "type", 15, "import"),
    ("Chain", "Rope", "type", 17, "import"),
    ("decorated", "traced", "decorator", 19, "import"),
    ("decorated", "made", "decorator", 19, "import"),
    ("Wrapped", "Wrap", "decorator", 23, "module_member"),
}

CALLBACKS = """\
from kit import other
import kit

def f(): ...
def g(hook, *, last): ...

class Button:
    def press(self): ...
    @staticmethod
    def plain(): ...
    def wire(self, bus, value):
        map(f, [])
        bus.connect(self.press, last=f)
        bus.on_click = self.press
        self.after = Button.plain
        bus.run(other, kit.other, value, value.press, f())
        g(f, last=kit)

g(Button().press, last=lambda: f())
TABLE = {"f": f, "all": [other, Button.plain]}
alias = f
g([f], last={})
"""
HANDED = {
    ("Button.wire", "f", 12, "local"),
    ("Button.wire", "Button.press", 13, "self"),
    ("Button.wire", "f", 13, "local"),
    ("Button.wire", "Button.press", 14, "self"),
    ("Button.wire", "Button.plain", 15, "class_member"),
    ("Button.wire", "other", 16, "import"),
    ("Button.wire", "other", 16, "module_member"),
    ("Button.wire", "f", 17, "local"),
    ("", "Button.press", 19, "constructor"),
    ("", "f", 20, "local"),
    ("", "other", 20, "import"),
    ("", "Button.plain", 20, "class_member"),
    ("", "f", 21, "local"),
    ("", "f", 22, "local"),
}


def references(root, home) -> list:
    app = App(load(root, {"TRISTORE_HOME": str(home)}))
    app.index()
    with app._index.snapshot() as snapshot:
        found = list(snapshot.export_references())
    app.close()
    return found


def told(found) -> set[tuple]:
    return {
        (r.source.qualified_name if r.source else "", r.target.qualified_name, r.kind, r.line, r.strategy)
        for r in found
    }


def test_types_and_decorators_of_python_are_found_where_they_are_named(tree, home):
    assert told(references(tree(PYTHON), home)) == FOUND


def test_a_function_that_is_passed_on_or_kept_is_a_callback_and_no_call(tree, home):
    root = tree({"kit.py": "def other(): ...\n", "use.py": CALLBACKS})
    assert {(a, b, line, how) for a, b, kind, line, how in told(references(root, home)) if kind == "callback"} == HANDED
    app = App(load(root, {"TRISTORE_HOME": str(home)}))
    with app._index.snapshot() as snapshot:
        called = {(call.line, e.target.name) for call, edges in snapshot.export_calls() for e in edges}
    app.close()
    assert called == {(16, "f"), (17, "g"), (19, "Button"), (19, "g"), (19, "f"), (22, "g")}


FIELDS = {
    "base.py": "class Base:\n    size = 0\n    @property\n    def name(self): ...\n",
    "use.py": "from base import Base\nclass Box(Base):\n    lid: bool = False\n    def close(self, other):\n"
    "        self.lid = True\n        self.size = 1\n        self.name, self.loose = 'a', 1\n        other.lid = True\n"
    "    @classmethod\n    def grow(cls):\n        cls.size += 1\n        cls.size = 2\n",
}


def test_a_field_is_written_where_its_class_or_one_below_assigns_to_it(tree, home):
    found = {(a, b, line, how) for a, b, kind, line, how in told(references(tree(FIELDS), home)) if kind == "write"}
    assert found == {
        ("Box.close", "Box.lid", 5, "self"),
        ("Box.close", "Base.size", 6, "self"),
        ("Box.close", "Base.name", 7, "self"),
        ("Box.grow", "Base.size", 12, "self"),
    }


LANGUAGES = {
    "a.ts": (
        "class Rope {}\ninterface Box { r: Rope }\nfunction tie(a: Rope | null, b: Array<Box>): Rope"
        "{ run(done); return a }\nfunction done() {}\nfunction run(f: () => void) { f() }\n",
        {("tie", "Rope", "type"), ("tie", "Box", "type"), ("tie", "done", "callback")},
    ),
    "a.js": (
        "function done() {}\nfunction run(button) { button.onclick = done; setTimeout(done, 5) }\n",
        {("run", "done", "callback")},
    ),
    "A.java": (
        "class Rope {}\nclass A { Rope tie(Rope a) { Rope held = a; return held; } }\n",
        {("A.tie", "Rope", "type")},
    ),
    "a.go": (
        "package a\ntype Rope struct{}\nfunc done() {}\nfunc run(f func()) { f() }\n"
        "func tie(a *Rope) Rope { run(done); return *a }\n",
        {("tie", "Rope", "type"), ("tie", "done", "callback")},
    ),
    "a.rs": (
        "struct Rope;\nfn done() {}\nfn run(f: fn()) { f() }\nfn tie(a: &Rope) -> Option<Rope> { run(done); None }\n",
        {("tie", "Rope", "type"), ("tie", "done", "callback")},
    ),
    "a.cs": ("class Rope {}\nclass A { Rope Tie(Rope a) { return a; } }\n", {("A.Tie", "Rope", "type")}),
    "a.cpp": (
        "struct Rope {};\nvoid done() {}\nvoid run(void (*f)()) { f(); }\nRope tie(Rope a) { run(done); return a; }\n",
        {("tie", "Rope", "type"), ("tie", "done", "callback")},
    ),
    "a.kt": ("class Rope\nfun tie(a: Rope): Rope { return a }\n", {("tie", "Rope", "type")}),
    "a.scala": ("class Rope\nobject A { def tie(a: Rope): Rope = a }\n", {("A.tie", "Rope", "type")}),
    "a.swift": ("class Rope {}\nfunc tie(a: Rope) -> Rope { return a }\n", {("tie", "Rope", "type")}),
    "a.php": ("<?php\nclass Rope {}\nfunction tie(Rope $a): Rope { return $a; }\n", {("tie", "Rope", "type")}),
    "b.ts": ("class A { end: number; tie(a) { this.end = a } }\n", {("A.tie", "A.end", "write")}),
    "b.php": ("<?php\nclass A { public $end; function tie($a) { $this->end = $a; } }\n", {("A.tie", "A.end", "write")}),
    "a.lua": ("local function done() end\nlocal function run()\n  pcall(done)\nend\n", {("run", "done", "callback")}),
}


@pytest.mark.parametrize("path", LANGUAGES)
def test_other_languages_name_types_and_hand_functions_on(path: str, tree, home):
    source, wanted = LANGUAGES[path]
    found = {(source, target, kind) for source, target, kind, *_ in told(references(tree({path: source}), home))}
    assert found >= wanted


def test_references_are_read_from_both_ends(tree, home):
    app = App(load(tree(PYTHON), {"TRISTORE_HOME": str(home)}))
    app.index()
    with app._index.snapshot() as snapshot:
        wrap, wrapped = (snapshot.symbols_dotted(name, 1)[0] for name in ("Wrap", "Wrapped"))
        to, of = snapshot.references_to(wrap.id, 10), snapshot.references_from(wrapped.id, 10)
        assert to == of
        assert [(r.path, r.source, r.target, r.kind) for r in to] == [("use.py", wrapped, wrap, "decorator")]
        assert snapshot.references_to(wrapped.id, 10) == []
        assert len(snapshot.references_from(snapshot.symbols_dotted("tie", 1)[0].id, 2)) == 2
    app.close()


CHANGES = {
    "the type moves": ("kit.py", "from far import Rope\nclass Knot(Exception): ...\n"),
    "the type is gone": ("kit.py", "def traced(f): return f\n"),
    "what stands at the place": ("use.py", "from kit import Knot\ndef tie(a: Knot): ...\n"),
}


@pytest.mark.parametrize(("path", "text"), CHANGES.values(), ids=CHANGES)
def test_a_change_moves_the_references_of_another_file(path: str, text: str, tmp_path):
    made = Case(tmp_path, {**PYTHON, "far.py": "class Rope: ...\n"})
    made.app.index()
    before = made.rows()["symbol_references"]
    made.write(path, text)
    made.app.index()
    made.check_equals_one_from_scratch()
    assert made.rows()["symbol_references"] != before
    made.app.close()


DOCUMENTED = {
    "shop/cart.py": "class Cart:\n    def total(self): ...\n    def add_item(self): ...\n",
    "shop/other.py": "class Other:\n    def total(self): ...\n",
    "README.md": "# Carts\n\nA `Cart` has `Cart.total()`, `add_item`, `total()` and `shop.Cart.add_item`.\n",
}


def test_a_document_that_names_a_definition_mentions_it_until_another_has_the_name(tmp_path):
    made = Case(tmp_path, DOCUMENTED)
    made.app.index()

    def mentioned() -> list[tuple]:
        with made.app._index.snapshot() as snapshot:
            found = [r for r in snapshot.export_references() if r.kind == "mention"]
            cart = snapshot.symbols_dotted("Cart", 1)[0]
            assert snapshot.mentions_of(cart.id, 5) == [r for r in found if r.target == cart]
            return [(r.path, r.source.name, r.target.qualified_name, r.line, r.strategy) for r in found]

    first = ("README.md", "Carts", "Cart.total", 3, "qualified_name")
    rest = [
        ("README.md", "Carts", "Cart.add_item", 3, "unique_name"),
        ("README.md", "Carts", "Cart.add_item", 3, "qualified_name"),
    ]
    assert mentioned() == [("README.md", "Carts", "Cart", 3, "unique_name"), first, *rest]
    made.write("shop/other.py", DOCUMENTED["shop/other.py"] + "class Cart: ...\n")
    made.app.index()
    assert mentioned() == [first, *rest]
    made.check_equals_one_from_scratch()
    made.app.close()
