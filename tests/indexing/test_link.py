"""Does every call reach the definition that Python would call, and no other?"""

import re
import time
from pathlib import Path

import pytest

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.indexing.calibration import confidence
from mcp_server.indexing.hierarchy import MAX_ANCESTORS
from stores.edges import CallRow, EdgeRow
from tests import annotated

DATA = Path(__file__).parents[1] / "calls"
CLAIM = re.compile(r"^(\s*)#(?:(<)|(\s*)\^+)\s*calls (.*?)(?: by (\w+))?(?: \((.*)\))?$")


def claims(source: annotated.Annotated) -> dict[tuple[int, int], tuple[set[str], str | None, str | None]]:
    """Take the claims out of a source: (line, column) -> (targets, strategy or None, reason or None)."""
    found = {}
    lines, source.lines = source.lines, []
    for line in lines:
        if claim := CLAIM.match(line):
            indent, first, gap, targets, strategy, reason = claim.groups()
            at = (len(source.lines), 0 if first else len(indent) + 1 + len(gap))
            found[at] = (set(targets.replace("nothing", "").split()), strategy, reason)
        else:
            source.lines.append(line)
    return found


def indexed(root: Path, home: Path) -> list[tuple[CallRow, list[EdgeRow]]]:
    """Index ``root`` as the program does and return every call with its edges."""
    app = App(load(root, {"TRISTORE_HOME": str(home)}))
    app.index()
    with app._index.snapshot() as snapshot:
        calls = list(snapshot.export_calls())
    app.close()
    return calls


def targets_of(edges: list[EdgeRow]) -> str:
    return " ".join(sorted(f"{e.target.path}:{e.target.qualified_name}" for e in edges))


@pytest.mark.parametrize("file", sorted(DATA.glob("*.txt")), ids=lambda file: file.stem)
def test_calls_go_where_their_comments_claim(file: Path, tree, home):
    sources = annotated.read(file.read_text("utf-8"))
    claimed = {source.path: claims(source) for source in sources}
    root = tree({source.path: source.text for source in sources})
    wrong = []
    for call, edges in indexed(root, home):
        wanted = claimed[call.path].pop((call.line, call.column), None)
        if wanted is None and not edges:
            continue
        places = {f"{e.target.path}:{e.target.qualified_name}" for e in edges}
        lines = {f"{e.target.path}:{e.target.name_line}" for e in edges}
        strategies = {e.strategy for e in edges}
        where, strategy, reason = wanted or ({"an edge nobody claims"}, None, None)
        right = where in (places, lines) and strategies <= {strategy or min(strategies, default="")}
        if not right or (reason and reason != call.unresolved):
            wrong.append(f"{call.path}:{call.line} {call.text}: {sorted(places)} {strategies} {call.unresolved}")
    wrong += [f"{path}:{line}:{column} is no call" for path, left in claimed.items() for line, column in left]
    assert not wrong, "\n".join(wrong)


def test_every_edge_carries_the_confidence_of_its_strategy(tree, home):
    root = tree({"a.py": "class A:\n    def one(self): self.two()\n    def two(self): A().one()\ndef f(x): x.two()\n"})
    found = [(e.strategy, e.confidence) for _, edges in indexed(root, home) for e in edges]
    assert {how for how, _ in found} == {"self", "local", "constructor", "unique_name"}
    assert all(stated == confidence("python", how) for how, stated in found)


def test_a_call_has_an_edge_or_a_reason(tree, home):
    sources = [s for file in sorted(DATA.glob("*.txt")) for s in annotated.read(file.read_text("utf-8"))]
    root = tree({f"{number}/{source.path}": source.text for number, source in enumerate(sources)})
    for call, edges in indexed(root, home):
        certain = [e for e in edges if e.strategy != "candidate"]
        assert bool(certain) != (call.unresolved is not None), call


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("values", "def f(q):\n" + "".join(f"    q = q.step{i}()\n" for i in range(300))),
        ("tangle", "".join(f"a{i} = {' or '.join(f'a{j}' for j in range(12))}\na{i}()\n" for i in range(12))),
        ("unions", "".join(f"a{i} = a{i}.x or a{i + 1}.y or a{i + 2}\n" for i in range(60)) + "a0.go()\n"),
        ("bases", f"class A({', '.join(f'B{i}' for i in range(400))}):\n    def f(self): self.g()\n"),
    ],
)
def test_no_source_makes_linking_slow(what: str, source: str, tree, home):
    started = time.process_time()
    assert indexed(tree({"a.py": source}), home)
    assert time.process_time() - started < 5


def test_packages_whose_modules_all_star_import_each_other_are_linked_fast(tree, home):
    names = [f"m{i}" for i in range(12)]
    stars = "".join(f"from .{name} import *\n" for name in names)
    root = tree({f"p/{name}.py": f"{stars}def f_{name}(): f_{names[0]}(), missing()\n" for name in names})
    started = time.process_time()
    reached = {(call.text, targets_of(edges)) for call, edges in indexed(root, home)}
    assert reached == {("f_m0", "p/m0.py:f_m0"), ("missing", "")}
    assert time.process_time() - started < 5


def test_a_hierarchy_is_followed_far_but_not_forever(tree, home):
    depth = 10 * MAX_ANCESTORS
    # The deepest comes first, so that nothing is known of its bases yet.
    classes = [f"class C{i}(C{i - 1}):\n    def f{i}(self): self.f{max(i - 5, 0)}()\n" for i in range(depth, 0, -1)]
    root = tree({"a.py": "".join(classes) + "class C0:\n    def f0(self): ...\n"})
    assert all(len(edges) == 1 for _, edges in indexed(root, home))


def test_linking_again_in_any_order_gives_the_same_edges(tree, home):
    # What one file shows to others must not depend on which file is being linked.
    files = {
        "a.py": """\
            from b import Two
            def setup():
                global Base, made
                from c import Real
                Base, made = Real, Real()
            class One(Two): ...
            class Grown(Base):
                def go(self): self.real()
            """,
        "b.py": "from c import Three\nclass Two(Three):\n    def two(self): self.three()\n",
        "c.py": """\
            from a import One, Grown, made
            class Three(One):
                def three(self): self.two()
            class Real:
                def real(self): ...
            Grown().real()
            made.real()
            """,
    }
    root = tree(files)
    whole = [(c.path, c.line, c.text, targets_of(edges), c.unresolved) for c, edges in indexed(root, home)]
    for path in files:
        file = root / path
        file.write_text(file.read_text().replace("self.", "self .") + "# touched\n")
        again = [(c.path, c.line, c.text.replace(" ", ""), targets_of(e), c.unresolved) for c, e in indexed(root, home)]
        assert again == whole
