"""Is damage of the relations told, whatever it hits?"""

import shutil
import sqlite3

import pytest
from store_samples import IDENTITY, SOURCE, batch, link

from stores import opening
from stores.checks import check_relations
from stores.errors import IndexCorrupt, IndexMissing, StoreError
from stores.index import Index
from stores.relations import Relations
from stores.witness import note_published, noted_generation

# Lost or wrong, these only make something be done again, or tell of runs.
FREE = {("files", "size"), ("files", "mtime_ns")}
PASSING = {"state", "skips", "runs", "tombs", "vector_tombs", "sqlite_sequence"}
OTHER = {
    "INTEGER": "coalesce({0}, 0) + 1000",
    "REAL": "{0} / 2",
    "TEXT": "coalesce({0}, '') || 'x'",
    "BLOB": "CAST({0} || 'x' AS BLOB)",
}


def columns(relations):
    """Every column of every table that holds facts, with its type."""
    for (table,) in list(relations.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")):
        for row in list(relations.rows(f"PRAGMA table_info({table})")):
            if table not in PASSING and (table, row[1]) not in FREE:
                yield table, row[1], row[2]


def test_a_value_that_changes_in_any_column_is_told(index, write):
    write(batch({"a.toy": SOURCE, "b.toy": "class Shape\n  call main\nbad\n"}), link=link)
    relations = Relations.open(index.folder / opening.RELATIONS)
    relations.execute("PRAGMA foreign_keys = OFF")
    relations.execute("PRAGMA ignore_check_constraints = ON")
    assert check_relations(relations) == []
    silent, tried = [], 0
    for table, column, kind in list(columns(relations)):
        relations.execute("BEGIN IMMEDIATE")
        changed = relations.execute(
            f'UPDATE {table} SET "{column}" = {OTHER[kind].format(chr(34) + column + chr(34))}'
            f' WHERE "{column}" = (SELECT max("{column}") FROM {table})'
            f' OR NOT EXISTS (SELECT 1 FROM {table} WHERE "{column}" IS NOT NULL)'
        )
        tried += changed > 0
        if changed < 1 or not check_relations(relations):
            silent.append((table, column, changed))
        relations.execute("ROLLBACK")
    relations.close()
    assert silent == []
    assert tried > 70


@pytest.mark.parametrize("table", ["symbols", "calls", "edges", "bases", "parameters", "imports", "chunks", "problems"])
def test_a_row_that_vanishes_is_told(index, write, table):
    write(batch({"a.toy": SOURCE}), link=link)
    relations = Relations.open(index.folder / opening.RELATIONS)
    relations.execute("PRAGMA foreign_keys = OFF")
    key = {"edges": "call_id", "bases": "symbol_id", "parameters": "symbol_id"}.get(table, "rowid")
    assert relations.execute(f"DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table})") > 0
    assert check_relations(relations) != []
    relations.close()


def test_links_to_a_symbol_that_went_are_no_damage(index, write):
    write(batch({"a.toy": SOURCE, "b.toy": "call main\ncall area\n"}), link=link)
    write(batch({"a.toy": "class Shape\n"}), batch({"c.toy": SOURCE}), batch(removed=["c.toy"]))
    with index.snapshot() as snapshot:
        assert snapshot.damage() == []


def test_a_write_ahead_log_that_lost_its_end_is_no_earlier_generation(index, write, tmp_path):
    write(batch({"a.toy": SOURCE}))
    with index.snapshot():
        # As long as somebody reads, the log is not taken into the file.
        write(batch({"a.toy": SOURCE + "more\n"}), batch({"b.toy": SOURCE}))
        shutil.copytree(index.folder, tmp_path / "copy")
    log = tmp_path / "copy" / "relations.db-wal"
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size * 3 // 4)
    copy = Index(tmp_path / "copy", b"/root")
    with pytest.raises(IndexCorrupt, match="generation"), copy.snapshot():
        pass
    with copy.writer(IDENTITY) as writer:
        assert "started over" in writer.healed[0]
    copy.close()


def test_a_note_that_is_gone_or_damaged_says_nothing(index, write):
    write(batch({"a.toy": SOURCE}))
    note = index.folder / "published"
    assert noted_generation(index.folder) == 1
    for content in (b"", b"\xff" * 12, b"\xff" * 8):
        note.write_bytes(content)
        assert noted_generation(index.folder) == 0
        with index.snapshot() as snapshot:
            assert snapshot.generation == 1
    note_published(index.folder, 2)
    with pytest.raises(IndexCorrupt), index.snapshot():
        pass


def test_relations_whose_making_was_cut_short_are_missing_and_not_damaged(index, write):
    index.folder.mkdir()
    made = sqlite3.connect(index.folder / opening.RELATIONS)
    made.execute("PRAGMA journal_mode = WAL")
    made.close()
    assert (index.folder / opening.RELATIONS).stat().st_size > 0
    with pytest.raises(IndexMissing), index.snapshot():
        pass
    assert write(batch({"a.toy": SOURCE})) == []


def test_a_text_index_that_is_being_made_again_is_not_an_empty_one(index, write, monkeypatch):
    write(batch({"a.toy": SOURCE}))
    index.close()
    shutil.rmtree(index.folder / "fulltext.0")

    def fail(name):
        if name == "fulltext_rebuilt":
            raise StoreError("no")

    monkeypatch.setattr(opening, "failpoint", fail)
    with pytest.raises(StoreError):
        write()
    with index.snapshot() as snapshot:
        assert snapshot.degraded == ("fulltext",)
    monkeypatch.undo()
    assert "fulltext: rebuilt" in write()[0]
    with index.snapshot() as snapshot:
        assert snapshot.degraded == ()
