"""Is a row that changed by itself noticed, whatever table it is in?"""

import pytest
from store_samples import SOURCE, batch, link

from stores import linking, opening, seals
from stores.relations import Relations


def tables(relations):
    return {row[0] for row in relations.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}


@pytest.fixture
def relations(index, write):
    write(
        batch(
            {"a.toy": SOURCE, "b.toy": "class Other\n  def x(self)\n    call main\n    give total\nname Shape.area\n"}
        ),
        link=link,
    )
    index.close()
    relations = Relations.open(index.folder / opening.RELATIONS)
    yield relations
    relations.close()


def test_every_table_is_sealed_or_has_a_reason_not_to_be(relations):
    sealed = set()
    for links in (False, True):
        sealed |= {
            t for t in tables(relations) for sql in seals._queries(relations, links=links) if f" FROM {t} " in sql
        }
    assert sealed | seals.UNSEALED >= tables(relations)
    assert not sealed & seals.UNSEALED


def test_what_was_written_is_sound(relations):
    assert list(seals.broken_seals(relations, linked=True)) == []


def columns(relations):
    for table in sorted(tables(relations) - seals.UNSEALED):
        for _, column, kind, *_ in list(relations.rows(f"PRAGMA table_info({table})")):
            yield table, column, kind


def test_a_change_of_any_column_breaks_the_seal_of_the_file(relations):
    changed = 0
    relations.execute("PRAGMA foreign_keys = OFF")
    relations.execute("PRAGMA ignore_check_constraints = ON")
    for table, column, kind in list(columns(relations)):
        if (table, column) in seals._LOOSE_COLUMNS:
            continue
        other = {"INTEGER": f'coalesce("{column}", 0) + 1000', "REAL": f'"{column}" / 2'}.get(
            kind, f"""CAST(coalesce("{column}", '') || 'x' AS {kind})"""
        )
        relations.execute("BEGIN")
        one = (
            ""
            if table in ("edges", "overrides", "parameters", "bases")
            else f"WHERE rowid = (SELECT max(rowid) FROM {table})"
        )
        rows = relations.execute(f'UPDATE {table} SET "{column}" = {other} {one}')
        assert rows, f"the sample has no row of {table}"
        assert list(seals.broken_seals(relations, linked=True)), (table, column)
        relations.execute("ROLLBACK")
        changed += 1
    assert changed > 40


def test_a_file_that_is_touched_keeps_its_seal(relations):
    relations.touch_file("a.toy", 7, 8)
    assert list(seals.broken_seals(relations, linked=True)) == []


def test_linking_again_renews_the_seal_of_what_was_found(relations):
    file_id = linking.file_id(relations, b"b.toy")
    calls = [(None, call.id) for call in linking.calls(relations, file_id)]
    linking.write_edges(relations, file_id, [], [("unknown name", call_id) for _, call_id in calls])
    linking.seal(relations, [file_id])
    assert list(seals.broken_seals(relations, linked=True)) == []
    relations.execute("DELETE FROM seals")
    assert sorted(seals.broken_seals(relations, linked=False)) == [b"a.toy", b"b.toy"]
