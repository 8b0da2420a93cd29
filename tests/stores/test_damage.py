"""Is damage of the relations told, whatever it hits?"""

import shutil
import sqlite3

import pytest
from store_samples import IDENTITY, SOURCE, batch, link

from stores import opening
from stores.checks import check_relations
from stores.errors import IndexCorrupt, IndexMissing, StoreError
from stores.facts import Skip
from stores.index import Index
from stores.relations import Relations
from stores.witness import note_published, noted_generation

# What carries checksums of its own, beside the seals of the files.
TABLES = ["chunks", "contents", "vectors", "seals", "state"]
OTHER = {
    "INTEGER": "coalesce({0}, 0) + 1000",
    "TEXT": "coalesce({0}, '') || 'x'",
    "BLOB": "CAST('x' || {0} AS BLOB)",
}


@pytest.mark.parametrize("table", TABLES)
def test_a_value_that_changes_in_any_column_is_told(index, write, table):
    write(batch({"a.toy": SOURCE, "b.toy": "class Shape\n  call main\nbad\n"}), link=link)
    relations = Relations.open(index.folder / opening.RELATIONS)
    relations.execute("PRAGMA foreign_keys = OFF")
    relations.execute("PRAGMA ignore_check_constraints = ON")
    assert check_relations(relations) == []
    # A bit that flips on the disk runs no trigger.
    relations.execute("DROP TRIGGER state_moved")
    for row in list(relations.rows(f"PRAGMA table_info({table})")):
        column = f'"{row[1]}"'
        relations.execute("BEGIN IMMEDIATE")
        one = f"WHERE rowid = (SELECT max(rowid) FROM {table})"
        assert relations.execute(f"UPDATE {table} SET {column} = {OTHER[row[2]].format(column)} {one}") == 1
        assert check_relations(relations) != [], column
        relations.execute("ROLLBACK")
    relations.close()


@pytest.mark.parametrize("table", ["symbols", "calls", "edges", "bases", "parameters", "imports", "chunks", "problems"])
def test_a_row_that_vanishes_is_told(index, write, table):
    write(batch({"a.toy": SOURCE}), link=link)
    relations = Relations.open(index.folder / opening.RELATIONS)
    relations.execute("PRAGMA foreign_keys = OFF")
    key = {"edges": "call_id", "bases": "symbol_id", "parameters": "symbol_id"}.get(table, "rowid")
    assert relations.execute(f"DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table})") > 0
    assert check_relations(relations) != []
    relations.close()


@pytest.mark.parametrize("table", ["tombs", "vector_tombs"])
def test_a_chunk_that_is_there_is_never_removed_as_a_replaced_one(index, write, table):
    write(batch({"a.toy": SOURCE, "b.toy": SOURCE}))
    write(batch({"a.toy": SOURCE + "more\n"}), settle=False)
    relations = Relations.open(index.folder / opening.RELATIONS)
    (there,) = relations.one("SELECT min(id) FROM chunks")
    assert relations.execute(
        f"UPDATE {table} SET chunk_id = ? WHERE chunk_id = (SELECT max(chunk_id) FROM {table})", there
    )
    assert check_relations(relations) == ["1 chunks that are there and replaced"]
    assert write()[0].endswith("the relations are damaged: a chunk is there and replaced")
    assert check_relations(relations) == []
    relations.close()


def test_what_was_left_out_and_past_runs_are_told_as_they_were_written_or_not_at_all(index, write):
    write(batch({"a.toy": SOURCE}, skips=(Skip("x", "large"), Skip("y", "binary"))))
    with index.writer(IDENTITY) as writer:
        writer.finish({"started": 1.0, "files": 1})
        writer.finish({"started": 2.0, "files": 1})
    with index.snapshot() as snapshot:
        assert [len(snapshot.skips(9)), len(snapshot.runs(9))] == [2, 2]
    relations = Relations.open(index.folder / opening.RELATIONS)
    relations.execute("UPDATE skips SET reason = 'larger' WHERE path = CAST('x' AS BLOB)")
    relations.execute("UPDATE runs SET started = 7e9 WHERE started = 2.0")
    relations.close()
    with index.snapshot() as snapshot:
        assert snapshot.skips(9) == [Skip("y", "binary")]
        assert [run.started for run in snapshot.runs(9)] == [1.0]


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
