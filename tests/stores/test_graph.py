"""Are the relations beside calls those that the sources have?"""

import pytest

from mcp_server.app import App
from mcp_server.config import load

FILES = {
    "base.py": "class Base:\n    def go(self): ...\n    async def wait(self): ...\nclass Leaf: ...\n",
    "child.py": "from base import Base, Leaf\nimport base\nimport json\nclass Child(Base):\n    def go(self): Leaf()\n"
    "def run(b: Base):\n    b.go()\n    b.wait()\n    Child()\n    run(b)\n",
}


@pytest.fixture
def snapshot(tree, home):
    app = App(load(tree(FILES), {"TRISTORE_HOME": str(home)}))
    app.index()
    with app._index.snapshot() as found:
        yield found
    app.close()


def named(snapshot, name):
    return snapshot.symbols_dotted(name, 1)[0].id


def test_a_method_that_stands_in_for_another_is_known_from_both_sides(snapshot):
    base, child = named(snapshot, "Base.go"), named(snapshot, "Child.go")
    assert snapshot.overridden(child) == [base]
    assert snapshot.overriding(base) == [child]


def test_an_import_leads_to_its_file_or_outside(snapshot):
    files = {f.id: f.path for f in snapshot.files()}
    found = [(files[d.source], files[d.target], d.imports, d.line, d.outermost) for d in snapshot.file_dependencies()]
    assert found == [("child.py", "base.py", 3, 1, (1, 2))]


def test_an_edge_says_how_it_calls(snapshot):
    calls = snapshot.calls_in(snapshot.file("child.py").id)
    assert {(e.target.qualified_name, e.kind) for _, edges in calls for e in edges} == {
        ("Leaf", "constructor"),
        ("Base.go", "virtual"),
        ("Base.wait", "async"),
        ("Child", "constructor"),
        ("run", "direct"),
    }


def test_who_makes_an_object_of_a_class_is_known(snapshot):
    assert snapshot.instantiating(named(snapshot, "Leaf")) == [named(snapshot, "Child.go")]


def test_what_a_symbol_uses_and_what_names_it_is_known_with_its_file(snapshot):
    files = {f.id: f.path for f in snapshot.files()}
    run, child = named(snapshot, "run"), named(snapshot, "Child")
    found = {(snapshot.symbol(other).qualified_name, files[file]) for _, other, file in snapshot.uses((run,), 0.5)}
    assert found == {
        ("Base", "base.py"),
        ("Base.go", "base.py"),
        ("Base.wait", "base.py"),
        ("Child", "child.py"),
        ("run", "child.py"),
    }
    base = named(snapshot, "Base")
    assert [(seed, other) for seed, other, _ in snapshot.uses((child,), 0.5)] == [(child, base)]
    assert {other for _, other, _ in snapshot.named_by((base,))} == {child, run}


def test_places_that_use_a_symbol_are_counted_up_to_a_bound(snapshot):
    base, leaf, run = (named(snapshot, name) for name in ("Base", "Leaf", "run"))
    assert snapshot.use_counts((base, leaf, run), 10) == {base: 2, leaf: 1, run: 1}
    assert snapshot.use_counts((base,), 0) == {base: 0}
