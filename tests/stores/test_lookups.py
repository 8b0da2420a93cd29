"""Does reading give back what was written, in a fixed order?"""

import pytest
from store_samples import SOURCE, batch, link


@pytest.fixture
def snapshot(index, write):
    files = {
        "a.toy": SOURCE,
        "b/c.toy": SOURCE + "call nowhere\n",
        "d.toy": "def get_context()\n  call getUser\ndef Getter()\n",
    }
    write(batch(files), link=link)
    with index.snapshot() as snapshot:
        yield snapshot


def names(rows):
    return [row.full_name for row in rows]


def test_a_dotted_name_is_full_then_qualified_then_an_ending(snapshot):
    assert names(snapshot.symbols_dotted("a.Shape.area", 9)) == ["a.Shape.area"]
    assert names(snapshot.symbols_dotted("Shape.area", 9)) == ["a.Shape.area", "b.c.Shape.area"]
    assert names(snapshot.symbols_dotted("c.Shape", 9)) == ["b.c.Shape"]
    assert names(snapshot.symbols_dotted("c.Shap", 9)) == []
    assert names(snapshot.symbols_dotted("", 9)) == []


def test_names_are_found_exactly_folded_and_by_prefix(snapshot):
    assert names(snapshot.symbols_named("area", 9)) == ["a.Shape.area", "b.c.Shape.area"]
    assert names(snapshot.symbols_folded("shape", 1)) == ["a.Shape"]
    assert names(snapshot.symbols_starting("GET", 9)) == ["d.Getter", "d.get_context"]


@pytest.mark.parametrize(
    ("typo", "name"),
    [
        ("get_contxt", "get_context"),
        ("aera", "area"),
        ("Shpae", "Shape"),
        ("hSape", "Shape"),
        ("mian", "main"),
        ("_area", "area"),
    ],
)
def test_a_misspelled_name_finds_the_name(snapshot, typo, name):
    assert snapshot.names_like(typo, 3)[0] == name


def test_a_name_like_nothing_finds_nothing(snapshot):
    assert snapshot.names_like("", 3) == []
    assert snapshot.names_like("zzzzqqqq", 3) == []


def test_the_innermost_symbol_and_chunk_of_a_line_are_found(snapshot):
    file = snapshot.file("a.toy")
    assert snapshot.symbol_at(file.id, 3).qualified_name == "Shape.area"
    assert snapshot.symbol_at(file.id, 1) is None
    chunk = snapshot.chunk_at(file.id, 5)
    assert (chunk.line_start, chunk.qualified_name) == (4, "Shape.area")
    assert snapshot.chunk_text(chunk) == "    call self.side\n    set total\n  def side(self)\n"
    assert snapshot.chunk_at(file.id, 99) is None


def test_chunks_of_a_file_are_its_text(snapshot):
    for file in snapshot.files():
        assert "".join(map(snapshot.chunk_text, snapshot.chunks_in(file.id))) == snapshot.text(file.id)
    assert snapshot.lines(snapshot.file("a.toy").id, 2, 3) == "class Shape\n  def area(self, scale)"


def test_callers_and_callees_are_inverse(snapshot):
    down = {
        (e.call.id, e.target_id)
        for f in snapshot.files()
        for s in snapshot.symbols_in(f.id)
        for e in snapshot.callees(s.id, 99)
    }
    up = {
        (e.call.id, e.target_id)
        for f in snapshot.files()
        for s in snapshot.symbols_in(f.id)
        for e in snapshot.callers(s.id, 99)
    }
    assert down == up
    assert len(up) == snapshot.counts()["edges"]
    area = snapshot.symbols_dotted("a.Shape.area", 1)[0]
    assert snapshot.caller_count(area.id) == len(snapshot.callers(area.id, 99)) == 2
    assert snapshot.callee_count(area.id) == len(snapshot.callees(area.id, 99)) == 2
    assert all(e.target is not None and e.target.id == e.target_id for e in snapshot.callers(area.id, 99))


def test_unresolved_calls_are_kept_with_their_reason(snapshot):
    languages = {file.language for file in snapshot.files()}
    calls = snapshot.unresolved_named("nowhere", languages, 9)
    assert [(c.path, c.caller, c.caller_kind, c.unresolved) for c in calls] == [("b/c.toy", "", "module", "unknown")]
    assert snapshot.reasons_named(["nowhere"], languages) == {"unknown": 1}
    assert snapshot.unresolved_named("nowhere", {"klingon"}, 9) == []
    assert snapshot.reasons_named(["nowhere"], {"klingon"}) == {}
    owner = snapshot.symbols_named("get_context", 1)[0]
    assert [c.name for c in snapshot.unresolved_in(owner.id, 9)] == ["getUser"]


def test_the_export_has_every_call_once_in_order(snapshot):
    exported = list(snapshot.export_calls())
    assert len(exported) == snapshot.counts()["calls"]
    places = [(c.path, c.line, c.column) for c, _ in exported]
    assert places == sorted(places)
    assert sum(len(edges) for _, edges in exported) == snapshot.counts()["edges"]


def test_counts_and_languages(snapshot):
    assert snapshot.counts()["files"] == 3
    assert snapshot.languages() == {"toy": 3}
    assert [path for path, _ in snapshot.problems(9)] == ["a.toy", "b/c.toy"]
    assert len(snapshot.problems(1)) == 1


def test_members_bases_and_subclasses(snapshot):
    shape = snapshot.symbols_dotted("a.Shape", 1)[0]
    assert [m.name for m in snapshot.members(shape.id)] == ["area", "side"]
    assert snapshot.bases(shape.id) == [("Base", None)]
    assert snapshot.subclasses(shape.id) == []
    assert snapshot.symbol(shape.id) == shape
    assert snapshot.symbol(-5) is None
