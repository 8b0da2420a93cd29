"""Are the links of an index that was changed file by file those of one that is linked at once?

Relations in memory, without the other stores: so many orders of edits can be tried.
"""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_cases import contents

from mcp_server.indexing.relink import link
from mcp_server.languages import language_of
from stores import seals
from stores.facts import ParsedFile
from stores.relations import Relations

# What is assigned below is joined as it stands: a file is any of these parts in any order.
PYTHON = [
    "from b import *\n",
    "from b import Base, helper\n",
    "from pkg import Base as Root\n",
    "from pkg.kit import tool, Base\n",
    "import pkg.kit\n",
    "class Base:\n    made = 0\n    def go(self): self.stop()\n    def stop(self): ...\n",
    "class Base(Root):\n    def go(self, by=None): super().go()\n",
    "class Child(Base):\n    kind: Base\n    def stop(self): self.go(), self.made.go()\n"
    "    def __init__(self): self.made = make()\n",
    "def make() -> 'Base': return Base()\n",
    "def make():\n    chosen = Child()\n    return chosen\n",
    "def tool(f): return f\n",
    "def helper(x: Base): x.go(), run(tool), make().stop()\n",
    "def run(f, *, last=None): f()\nrun(helper, last=make().stop)\n",
    "@tool\ndef dressed(): isinstance(make(), Base)\n",
    "def seek(x): x.lonely(), x.stop(), x.made.go(), dressed()\n",
    "class Lonely:\n    def lonely(self, to: Child) -> Base: return to.made\n",
    "pkg.kit.tool(pkg.kit.Base().go)\n",
    "T = TypeVar('T')\nclass Box(Generic[T]):\n    item: T\n    def get(self) -> T: ...\nclass Own(Box[Base]): ...\n",
    "class Box(Base):\n    def __get__(self, of, owner=None) -> Base: ...\nclass Holder:\n    box: Box = Box()\n",
    "def opened(a: Box[Base], b: Own, c: Holder): a.get().go(), a.item.stop(), b.get().go(), c.box.go()\n",
]
TYPESCRIPT = [
    "import { Base, make } from './b';\n",
    "export * from './b';\n",
    "export class Base { go(): Base { return this } }\n",
    "import Base from './b';\n",
    "export default class Child extends Base { stop(b: Base) { this.go(); b.go(); run(done) } }\n",
    "export function make(): Base { return new Base() }\nexport function done() { make().go() }\n",
    "export function run(f: () => void) { f() }\n",
    "export class Box<T> { item: T; get(): T { return this.item } }\nexport class Own extends Box<Base> {}\n",
    "export function opened(a: Box<Base>, b: Own) { a.get().go(); b.item.go() }\n",
]
RUST = [
    "use crate::b::Base;\n",
    "pub struct Base;\n",
    "impl Base { pub fn go(&self) -> Base { self.stop(); make() } }\n",
    "impl Base { pub fn stop(&self) {} }\n",
    "pub trait Runs { fn run(&self) { self.go() } }\nimpl Runs for Base {}\n",
    "pub fn make() -> Base { Base }\npub fn done() { make().run(); make().go(); call(make) }\n",
]
C = [
    '#include "a.h"\n',
    '#include "b.h"\n',
    "struct base { int x; };\nint go(struct base *b);\n",
    "int stop(int a);\n",
    "int go(struct base *b) { return stop(1); }\n",
    "int stop(int a) { return a; }\nint run(void) { return go(0) + stop(2); }\n",
    "static int stop(int a) { return a; }\n",
]
CPP = [
    '#include "a.h"\n',
    "class Base { public: void go(); void stop() { go(); } };\n",
    "void Base::go() { stop(); run(); }\n",
    "void Base::stay() { go(); }\n",
    "void run();\n",
    "void run() { Base b; b.go(); b.stop(); }\n",
]
GO = [
    "package p\n",
    "type Goer interface { Go(n int) error }\n",
    "type Runner interface { Goer; Run() }\n",
    "type Runner interface { Run(); stop(Goer) }\n",
    "type Car struct { Motor; Wheels int }\ntype Truck struct { *Car }\n",
    "type Motor struct {}\n",
    "func (m *Motor) Go(n int) error { return nil }\n",
    "func (m Motor) Go(n string) error { return nil }\n",
    "func (c *Car) Run() { c.Go(1) }\n",
    "func (t Truck) Run() {}\nfunc (t Truck) stop(g Goer) { g.Go(2) }\n",
]
CSHARP = [
    "using N.Deep;\n",
    "namespace N;\n",
    "namespace N.Deep;\n",
    "public partial class Base { public Base Go() { return Stop(); } }\n",
    "public partial class Base : Root { public Base(int a) { } Base Stop() { Fly(); return new Base(1); } }\n",
    "public class Base<T> { public void Go(T t) { } }\n",
    "public class Root { public void Fly() { this.Far(1); } }\n",
    "static class Helping { public static Root Far(this Root r, int n) { return r; } }\n",
    "static class More { public static Base Far(this Root r, string s) { return new Base(2).Go(); } }\n",
    "class User { Base made; void Run(Root r) { made.Go().Fly(); r.Far(1).Fly(); new Base<int>().Go(1); } }\n",
]
KOTLIN = [
    "package p\n",
    "package q.r\n",
    "import q.r.*\n",
    "import p.Base\n",
    "open class Base { fun go() { stop() } }\n",
    "class Child : Base() { fun stay() { go() } }\n",
    "fun stop() {}\n",
    "fun Child.stop() {}\n",
    "import kotlin.test.*\nfun Base.tuned() {}\nfun used() { build { tuned(); stay(); go() } }\n",
    "import q.r.near\nfun Base.near(n: Int) {}\nfun <T : Base> T.near() {}\nfun at(b: Base) { b.near(); b.near(1) }\n",
    "fun made(): Base = Base()\nfun run() { made().go(); stop(); Child().stay() }\n",
]
# The first line of every file is the mark of PHP.
PHP = [
    "namespace P;\n",
    "namespace P\\Q;\n",
    "use P\\Base;\n",
    "use P\\Q\\{Base, Child};\n",
    "use P\\Q;\n",
    "require 'b.php';\n",
    "class Base { function go() { $this->stop(); helper(); } }\n",
    "class Child extends Base { function stay() { $this->go(); (new Base())->go(); } }\n",
    "function helper() { $made = new Child(); $made->stay(); Base::go(); }\n",
]
RUBY = [
    'require "b"\n',
    'require_relative "sub/c"\n',
    'require_relative "../a"\n',
    "def helper; Base.new.go; end\n",
    "def stop(by) = helper\n",
    "class Base\n  def go = stop(1)\nend\n",
    "module Net\n  class Child < Base\n    def run = go\n  end\nend\n",
    "class Net::Child\n  def self.fly = Base.new.go\n  def run = stop(2)\nend\n",
    "class Base\n  def stop(by) = Net::Child.fly\n  def self.go = new.go\nend\n",
    "module Net\n  def self.made = Net::Child.new\nend\nNet.made.run\nhelper\n",
]
SWIFT = [
    "import A\n",
    "import B\n",
    "class Base { func go() { stop(); helper() } }\n",
    "class Child: Base { func stay() { go() } }\n",
    "extension Base { func stop() { self.go() } }\n",
    "func helper() { Base().go(); made.stay() }\n",
    "let made = Child()\n",
]
SCALA = [
    "package p\n",
    "package q.r\n",
    "import q.r._\n",
    "import p.Base\n",
    "class Base(n: Int) { def go(): Base = new Base(1) }\n",
    "case class Base(n: Int) { def go(): Unit = Base.made() }\n",
    "object Base { def apply(s: String): Base = new Base(2)\n def made(): Base = Base(3) }\n",
    "import p.Base._\nobject Far { def fly = made().go() }\n",
    "class Child extends q.r.Base(1) { def stay() = { go(); r.Base.made() } }\n",
    "object Use { def run = Base(1).go()\n def stay(b: q.r.Base) = { b.go(); new p.Base(3).go(); Base.made() } }\n",
]
SHELL = [
    '. "$HERE/b.sh"\n',
    ". ./a.sh\n",
    ". sub/c.sh\n",
    'for each in "$HERE"/sub/*.sh; do . "$each"; done\n',
    "go() { stop; }\n",
    "stop() { run; }\n",
    "run() { go; }\nrun\n",
]
# What Package.swift may say: targets by name, and by path.
PACKAGE = ['.target(name: "A"),\n', '.target(name: "B", dependencies: ["A"]),\n', '.target(name: "A", path: "lib"),\n']
FAMILIES = [
    (["Package.swift", "lib/a.swift", "Sources/A/a.swift", "Sources/B/b.swift"], [*SWIFT, *PACKAGE]),
    (["a.php", "b.php", "x/a.php", "x/c.php"], PHP),
    (["a.kt", "b.kt", "x/a.kt", "x/c.kt"], KOTLIN),
    (["a.cs", "b.cs", "sub/c.cs"], CSHARP),
    (["a.rb", "b.rb", "sub/b.rb", "sub/c.rb"], RUBY),
    (["a.scala", "b.scala", "x/a.scala"], SCALA),
    (["a.sh", "b.sh", "sub/b.sh", "sub/c.sh", "sub/deep/b.sh"], SHELL),
    (["a.go", "b.go", "c.go", "sub/b.go"], GO),
    (["a.py", "b.py", "pkg/__init__.py", "pkg/kit.py", "pkg/deep/b.py"], PYTHON),
    (["a.ts", "b.ts", "lib/b.ts", "lib/index.ts"], TYPESCRIPT),
    (["a.h", "b.h", "a.c", "sub/b.c"], C),
    (["a.h", "a.cpp", "b.cpp"], CPP),
    (["src/lib.rs", "src/a.rs", "src/b.rs"], RUST),
]


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, str | None]]:
    """Draw what is written at each step: the text of each path that changes, None where the file goes."""
    paths, parts = draw(st.sampled_from(FAMILIES))
    begin = "<?php\n" if parts is PHP else ""
    text = st.lists(st.sampled_from(parts), max_size=6).map(lambda chosen: begin + "".join(chosen))
    first = st.fixed_dictionaries(dict.fromkeys(paths, text))
    step = st.dictionaries(st.sampled_from(paths), st.one_of(text, text, st.none()), min_size=1, max_size=2)
    return [draw(first), *draw(st.lists(step, min_size=1, max_size=6))]


def store(relations: Relations, changes: dict[str, str | None], *, everything: bool = False) -> None:
    """Store new texts and link what they concern, or everything."""
    with relations.atomic():
        replace(relations, changes)
        link(relations, None if everything else list(changes))


def replace(relations: Relations, changes: dict[str, str | None]) -> None:
    """Store new texts."""
    for path, text in changes.items():
        if text is None:
            relations.remove_file(path, 1)
            continue
        language = language_of(path)
        assert language is not None
        digest = sha256(text.encode()).digest()
        facts = language.extract(path, text)
        file_id = relations.replace_file(
            ParsedFile(path, len(text), 0, digest, text, facts, (), text.count("\n")), (), (), 1
        )
        seals.seal_facts(relations, [file_id])


def check(history: list[dict[str, str | None]]) -> None:
    """Store a history step by step, and what it comes to at once, and compare."""
    changed, fresh = Relations.open(), Relations.open()
    try:
        now: dict[str, str | None] = {}
        for number, changes in enumerate(history):
            store(changed, changes, everything=number == 0)
            now |= changes
        store(fresh, {path: text for path, text in now.items() if text is not None}, everything=True)
        found, wanted = contents(changed), contents(fresh)
        for table in wanted:
            assert found[table] == wanted[table], table
        assert list(seals.broken_seals(changed, linked=True)) == []
    finally:
        changed.close()
        fresh.close()


@settings(max_examples=100)
@given(histories())
def test_links_made_edit_by_edit_are_those_made_at_once(history):
    check(history)


@pytest.mark.slow
@settings(max_examples=3_000)
@given(histories())
def test_links_made_by_many_more_edits_are_those_made_at_once(history):
    check(history)


def test_a_body_edit_links_one_file():
    relations = Relations.open()
    many = {f"m{i}.py": f"from m{i - 1} import f{i - 1}\ndef f{i}(): f{i - 1}()\n" for i in range(1, 9)}
    store(relations, {"m0.py": "def f0(): ...\n", **many}, everything=True)
    relations.execute("DELETE FROM edges")
    store(relations, {"m4.py": "from m3 import f3\ndef f4():\n    x = 1\n    f3()\n"})
    assert relations.value("SELECT count(*) FROM edges") == 1
    relations.close()
