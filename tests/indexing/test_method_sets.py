"""Does a method stand in for those of the interfaces that its type has all methods of, and for no others?"""

import pytest

from mcp_server.app import App
from mcp_server.config import load

MODULE = "module example.com/app\n\ngo 1.21\n"


@pytest.fixture
def app(tree, home):
    opened = []

    def app(**sources: str) -> App:
        """Index Go files by their names without the suffix; two underscores stand for a folder."""
        files = {f"{name.replace('__', '/')}.go": text for name, text in sources.items()}
        opened.append(App(load(tree({"go.mod": MODULE, **files}), {"TRISTORE_HOME": str(home)})))
        opened[-1].index()
        return opened[-1]

    yield app
    for each in opened:
        each.close()


@pytest.fixture
def stands_in(app):
    def stands_in(**sources: str) -> set[str]:
        """Return "Type.method for Interface.method" of all that is recorded."""
        with app(**sources)._index.snapshot() as snapshot:
            links = [link for file in snapshot.files() for link in snapshot.links(file.id, "overrides")]
            symbols = snapshot.symbols({end for link in links for end in (link.source, link.target)})
        return {f"{symbols[link.source].qualified_name} for {symbols[link.target].qualified_name}" for link in links}

    return stands_in


def test_a_type_with_all_methods_of_an_interface_stands_in_for_it(stands_in):
    assert stands_in(
        a="package p\ntype Duck interface { Walk(n int) error; Talk() string }\n",
        b="package p\ntype Real struct{}\nfunc (r *Real) Walk(steps int) error { return nil }\n",
        c='package p\nfunc (r Real) Talk() string { return "" }\n',
        d="package p\ntype Mute struct{}\nfunc (m Mute) Walk(n int) error { return nil }\n",
    ) == {"Real.Walk for Duck.Walk", "Real.Talk for Duck.Talk"}


def test_parameters_and_results_tell_methods_of_one_name_apart(stands_in):
    assert stands_in(
        a=(
            'package p\nimport v1 "example.com/api/v1"\n'
            "type Taker interface { Take([]byte, ...*v1.Pod) (int, error) }\n"
            "type Right struct{}\nfunc (Right) Take(data []byte, pods ...*v1.Pod) (n int, err error) { return }\n"
            "type Count struct{}\nfunc (Count) Take(data []byte) (n int, err error) { return }\n"
            "type Several struct{}\nfunc (Several) Take(data []byte, pods *v1.Pod) (n int, err error) { return }\n"
            "type Element struct{}\nfunc (Element) Take(data []string, pods ...*v1.Pod) (n int, err error) { return }\n"
            "type Result struct{}\nfunc (Result) Take(data []byte, pods ...*v1.Pod) int { return 0 }\n"
        ),
        b=(
            'package p\nimport v1 "example.com/api/v1beta1"\n'
            "type Package struct{}\nfunc (Package) Take(data []byte, pods ...*v1.Pod) (n int, err error) { return }\n"
        ),
    ) == {"Right.Take for Taker.Take"}


def test_what_is_not_known_of_a_type_tells_nothing_apart(stands_in):
    assert stands_in(
        a="package p\ntype Box[T any] interface { Put(value T, how any) rune }\ntype Alias = Real\n",
        b="package p\ntype Ints struct{}\nfunc (Ints) Put(value int, how interface{}) int32 { return 0 }\n",
        c="package p\ntype Real struct{}\ntype Gets interface { Get() Alias }\n"
        "func (Ints) Get() Real { return Real{} }\n",
    ) == {"Ints.Put for Box.Put", "Ints.Get for Gets.Get"}


def test_methods_of_embedded_types_and_interfaces_count(stands_in):
    assert stands_in(
        a="package p\ntype Opener interface { Open() }\ntype Door interface { Opener; Close() }\n",
        wood__b="package wood\ntype Hinge struct{}\nfunc (h *Hinge) Open() {}\ntype Lid struct { *Hinge }\n",
        c=(
            'package p\nimport "example.com/app/wood"\ntype Gate struct { wood.Lid }\nfunc (Gate) Close() {}\n'
            "type Wall struct{}\nfunc (Wall) Close() {}\n"
        ),
    ) == {"Hinge.Open for Opener.Open", "Gate.Close for Door.Close"}


def test_a_type_stands_in_through_what_embeds_it_only_with_what_that_has(stands_in):
    assert stands_in(
        a="package p\ntype Both interface { One(); Two() }\ntype Half struct{}\nfunc (Half) One() {}\n",
        b="package p\ntype Whole struct { Half }\nfunc (Whole) Two() {}\n",
        c="package p\ntype Other struct { Half }\nfunc (Other) One() {}\n",
    ) == {"Half.One for Both.One", "Whole.Two for Both.Two"}


def test_a_method_in_lower_case_belongs_to_its_package(stands_in):
    source = "type T struct{}\nfunc (T) run() {}\nfunc (T) Stop() {}\n"
    assert stands_in(
        a=f"package p\ntype Goer interface {{ run() }}\ntype Mixed interface {{ run(); Stop() }}\n{source}",
        sub__b=f"package sub\n{source.replace('T ', 'Sub ').replace('(T)', '(Sub)')}",
    ) == {"T.run for Goer.run", "T.run for Mixed.run", "T.Stop for Mixed.Stop"}


def test_of_an_interface_that_is_in_part_outside_one_method_says_too_little(stands_in):
    assert stands_in(
        a='package p\nimport "io"\ntype One interface { io.Reader; Close() }\n',
        b='package p\nimport "io"\ntype Two interface { io.Reader; Close(); Name() string }\n',
        c='package p\ntype File struct{}\nfunc (*File) Close() {}\nfunc (*File) Name() string { return "" }\n',
    ) == {"File.Close for Two.Close", "File.Name for Two.Name"}


def test_a_method_hides_that_of_an_embedded_struct_and_does_not_stand_in_for_it(stands_in):
    assert not stands_in(
        a="package p\ntype Inner struct{}\nfunc (Inner) Go() {}\n",
        b="package p\ntype Outer struct { Inner }\nfunc (Outer) Go() {}\n",
    )


def test_a_call_of_an_interface_says_what_may_run_instead(app):
    opened = app(
        a="package p\ntype Payer interface { Pay(n int) }\nfunc settle(p Payer) { p.Pay(1) }\n",
        b="package p\ntype Cash struct{}\nfunc (c *Cash) Pay(n int) {}\n",
    )
    (edge,) = opened.call_graph("settle", direction="callees").data["callees"]["edges"]
    assert (edge["symbol"].rpartition(".")[0].endswith("Payer"), edge["kind"]) == (True, "virtual")
    assert "may run instead): b.go:3 Cash.Pay" in opened.call_graph("Payer.Pay").text


def test_methods_that_belong_to_no_type_stand_in_for_nothing(stands_in):
    source = """
    package app

    var x interface{ M() }

    type Stringer interface{ String() string }

    func () foo() {}
    func ([]int) String() string { return "" }
    func (*) String() string { return "" }
    """
    assert stands_in(a=source) == set()


def test_a_function_is_found_by_the_name_of_its_package(app):
    opened = app(net__http__server="package http\n\nfunc ListenAndServe() {}\n", other="package app\n")
    for name in ("http.ListenAndServe", "net/http.ListenAndServe", "ListenAndServe"):
        assert "net/http/server.go:3" in opened.context(name).text
