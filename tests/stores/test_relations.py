"""Is every fact a row, and does every row keep its identity?"""

import zlib
from dataclasses import fields, replace

import pytest
from store_samples import SOURCE, change, parse

from stores.edges import Edges
from stores.errors import IndexCorrupt, IndexOutdated
from stores.facts import Assignment, Skip
from stores.lookups import Lookups
from stores.relations import Relations
from stores.rows import encode, last_name
from stores.surface import surface


@pytest.fixture
def relations():
    relations = Relations.open()
    yield relations
    relations.close()


def store(relations, path, source, first_chunk=1):
    one, _ = change(parse(path, source))
    ids = range(first_chunk, first_chunk + len(one.parsed.chunks))
    with relations.atomic():
        return relations.replace_file(one.parsed, ids, one.embed_hashes, 1), one


def test_every_parsed_row_is_stored_as_it_is(relations):
    source = SOURCE + "give total\n"
    file_id, one = store(relations, "p/a.toy", source)
    facts, parsed = one.parsed.facts, one.parsed
    rows = lambda sql: list(relations.rows(sql))  # noqa: E731
    assert rows("SELECT path, language, module, size, changed_ns, lines, content_hash FROM files") == [
        (b"p/a.toy", "toy", "p.a", parsed.size, 1, parsed.lines, parsed.content_hash)
    ]
    assert zlib.decompress(rows("SELECT text FROM contents")[0][0]).decode() == source
    stored = Lookups(relations).symbols_in(file_id)
    for position, (row, symbol) in enumerate(zip(stored, facts.symbols, strict=True)):
        assert row.position == position
        assert row.full_name == f"p.a.{symbol.qualified_name}"
        for name in {field.name for field in fields(symbol)} - {
            "parent",
            "parameters",
            "bases",
            "decorations",
            "result",
        }:
            assert getattr(row, name) == getattr(symbol, name), name
        assert row.parent_id == (None if symbol.parent < 0 else stored[symbol.parent].id)
        assert tuple(Lookups(relations).parameters(row.id)) == symbol.parameters
        assert tuple(text for text, _ in Lookups(relations).bases(row.id)) == tuple(text for text, _ in symbol.bases)
    assert tuple(Lookups(relations).imports_of(file_id)) == facts.imports
    calls = rows('SELECT scope, line, "column", text, callee, arguments FROM calls ORDER BY id')
    assert calls == [(c.scope, c.line, c.column, c.text, encode(c.callee), encode(c.arguments)) for c in facts.calls]
    assignments = rows("SELECT scope, target, value, annotation, line, version FROM assignments ORDER BY id")
    assert assignments == [
        (a.scope, encode(a.target), encode(a.value), a.annotation, a.line, a.version) for a in facts.assignments
    ]
    types = "SELECT type FROM assignments UNION ALL SELECT type FROM parameters UNION ALL SELECT result FROM symbols"
    assert sorted(t for (t,) in rows(types) if t) == sorted(
        encode(t)
        for t in (
            *(a.type for a in facts.assignments),
            *(p.type for s in facts.symbols for p in s.parameters),
            *(s.result for s in facts.symbols),
        )
        if t
    )
    assert rows("SELECT decorations FROM symbols ORDER BY position") == [
        (encode(s.decorations),) for s in facts.symbols
    ]
    assert rows("SELECT scope, line, text, name FROM mentions ORDER BY id") == [
        (m.scope, m.line, m.text, m.text.rpartition(".")[2]) for m in facts.mentions
    ]
    assert rows("SELECT scope, kind, value FROM results ORDER BY id") == [
        (r.scope, r.kind, encode(r.value)) for r in facts.results
    ]
    chunks = rows(
        "SELECT id, kinds, line_start, line_end, byte_start, byte_end, tokens, embed_hash FROM chunks ORDER BY id"
    )
    assert chunks == [
        (i, c.kinds, c.line_start, c.line_end, c.byte_start, c.byte_end, c.tokens, h)
        for i, (c, h) in enumerate(zip(parsed.chunks, one.embed_hashes, strict=True), 1)
    ]
    assert rows("SELECT line, message FROM problems") == [(11, "bad line")]


def test_a_symbol_keeps_its_id_when_its_file_changes(relations):
    file_id, _ = store(relations, "a.toy", SOURCE)
    before = {s.full_name: s.id for s in Lookups(relations).symbols_in(file_id)}
    changed = "def fresh()\n" + SOURCE.replace("  def side(self)\n", "")
    store(relations, "a.toy", changed, first_chunk=50)
    after = {s.full_name: s.id for s in Lookups(relations).symbols_in(file_id)}
    assert {n: i for n, i in after.items() if n in before} == {n: i for n, i in before.items() if n != "a.Shape.side"}
    assert after["a.fresh"] > max(before.values())
    assert [s.position for s in Lookups(relations).symbols_in(file_id)] == [0, 1, 2, 3]


def test_symbols_of_one_name_keep_their_ids_in_order(relations):
    file_id, _ = store(relations, "a.toy", "def f(a)\ndef f(b)\n")
    one, two = (s.id for s in Lookups(relations).symbols_in(file_id))
    store(relations, "a.toy", "text\ndef f(b)\ndef f(c)\ndef f(d)\n", first_chunk=50)
    ids = [s.id for s in Lookups(relations).symbols_in(file_id)]
    assert ids[:2] == [one, two]
    assert ids[2] > two


def test_a_nested_symbol_survives_when_its_parent_is_replaced(relations):
    file_id, _ = store(relations, "a.toy", "class A\n  def f()\n")
    inner = Lookups(relations).symbols_named("f", 1)[0].id
    # A.f stays, but is now in something of another kind.
    store(relations, "a.toy", "def A()\n  def f()\n", first_chunk=50)
    assert Lookups(relations).symbols_named("f", 1)[0].id == inner
    assert [s.kind for s in Lookups(relations).symbols_in(file_id)] == ["function", "function"]


def test_edges_from_other_files_survive_a_change_of_the_target(relations):
    store(relations, "a.toy", SOURCE)
    store(relations, "b.toy", "call main\n", first_chunk=50)
    target = Lookups(relations).symbols_named("main", 1)[0]
    with relations.atomic():
        relations.execute("INSERT INTO edges SELECT id, ?, 'name', 1.0 FROM calls WHERE text = 'main'", target.id)
    store(relations, "a.toy", "first\n" + SOURCE, first_chunk=100)
    assert [e.call.path for e in Edges(relations).callers(target.id, 9)] == ["b.toy"]
    store(relations, "a.toy", "nothing\n", first_chunk=200)
    assert Edges(relations).callers(target.id, 9) == []


def test_one_text_is_kept_once_and_goes_with_its_last_file(relations):
    store(relations, "a.toy", SOURCE)
    store(relations, "b.toy", SOURCE, first_chunk=50)
    count = lambda: relations.one("SELECT count(*) FROM contents")[0]  # noqa: E731
    assert count() == 1
    with relations.atomic():
        assert relations.remove_file("a.toy", 2)
        assert not relations.remove_file("never.toy", 2)
    assert count() == 1
    store(relations, "b.toy", "other\n", first_chunk=90)
    assert count() == 1
    assert Lookups(relations).text(Lookups(relations).file("b.toy").id) == "other\n"


def test_removing_a_file_leaves_nothing_but_tombs(relations):
    _, one = store(relations, "a.toy", SOURCE)
    with relations.atomic():
        relations.remove_file("a.toy", 2)
    tables = [row[0] for row in relations.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    left = {t: relations.one(f"SELECT count(*) FROM {t}")[0] for t in tables if not t.startswith("sqlite")}
    assert {t: n for t, n in left.items() if n} == dict.fromkeys(("tombs", "vector_tombs"), len(one.parsed.chunks))


def test_paths_and_texts_that_are_not_utf8_come_back(relations):
    path = "caf\udce9.toy"
    file_id, _ = store(relations, path, "call caf\udce9\n# \udce9 é\n")
    assert Lookups(relations).file(path).path == path
    assert Lookups(relations).lines(file_id, 2, 2) == "# \ufffd é"
    assert relations.one("SELECT text FROM calls") == ("caf?",)


def test_a_failed_transaction_leaves_nothing(relations):
    def write():
        with relations.atomic():
            relations.replace_skips([Skip("a", "large")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert Lookups(relations).skips(9) == []


def test_skips_replace_skips(relations):
    with relations.atomic():
        relations.replace_skips([Skip("b", "large"), Skip("a", "binary"), Skip("b", "larger")])
    assert Lookups(relations).skips(9) == [Skip("a", "binary"), Skip("b", "larger")]


def test_the_surface_ignores_bodies_and_lines_and_sees_the_rest():
    base = surface(parse("a.toy", SOURCE).facts)
    same = [
        SOURCE.replace("import os\n", "import os\n\n\n"),
        SOURCE.replace("call self.side", "call self.other"),
        SOURCE.replace("    set total\n", ""),
        SOURCE.replace("    set total\n", "    import json\n"),
    ]
    other = [
        SOURCE.replace("scale", "size"),
        SOURCE.replace("import os", "import io"),
        SOURCE.replace("def main()", "def start()"),
        SOURCE + "set total\n",
        SOURCE.replace("    set total\n", "    set total\n    give total\n"),
        SOURCE.replace("class Shape\n", "class Shape\n  set colour\n"),
    ]
    assert {surface(parse("a.toy", s).facts) for s in same} == {base}
    seen = {surface(parse("a.toy", s).facts) for s in other} | {surface(parse("b.toy", SOURCE).facts)}
    assert base not in seen
    assert len(seen) == len(other) + 1


def test_the_surface_sees_what_a_method_gives_its_instance():
    facts = parse("a.toy", SOURCE).facts
    given = Assignment(1, ("attribute", ("self", 0), "x"), ("literal", "int"), None, 5)
    assert surface(replace(facts, assignments=(*facts.assignments, given))) != surface(facts)


@pytest.mark.parametrize(
    ("text", "name"), [("f", "f"), ("self.objects.filter", "filter"), ("f(1)(2)", "f"), ("a['b'].é", "é"), ("(1)", "")]
)
def test_the_name_of_a_call_is_its_last_identifier(text, name):
    assert last_name(text) == name


def test_a_file_that_is_no_database_is_corrupt(tmp_path):
    path = tmp_path / "relations.db"
    path.write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(IndexCorrupt):
        Relations.open(path, writable=False)


def test_another_schema_version_is_outdated(tmp_path):
    path = tmp_path / "relations.db"
    relations = Relations.open(path)
    relations.execute("PRAGMA user_version = 999")
    relations.close()
    for writable in (False, True):
        with pytest.raises(IndexOutdated):
            Relations.open(path, writable=writable)
