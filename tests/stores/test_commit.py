"""Do three stores change as one, whatever happens to the process or the files?"""

import random
import shutil
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import BOOSTS, IDENTITY, SOURCE, batch, contents, link, vector_of

from stores import opening, vectors
from stores.errors import IndexBusy, IndexCorrupt, IndexMissing, IndexOutdated, StoreError
from stores.facts import Skip
from stores.index import Identity, Index
from stores.relations import Relations

HERE = Path(__file__).parent
FAILPOINTS = ("after_intent", "after_fulltext", "after_exact", "before_publish", "after_publish")


def shown(index):
    with index.snapshot() as snapshot:
        return contents(snapshot)


def state(index):
    relations = Relations.open(index.folder / opening.RELATIONS, writable=False)
    try:
        return relations.state()
    finally:
        relations.close()


def scratch(tmp_path, files):
    """What an index made at once from ``files`` shows."""
    index = Index(tmp_path, b"/root")
    with index.writer(IDENTITY) as writer:
        writer.apply(batch(files), link)
    try:
        return shown(index)
    finally:
        index.close()
        shutil.rmtree(tmp_path)


lines = st.sampled_from(
    ["class A", "class B", "  def f(x)", "  def g(x, y)", "def h()", "  call f", "call A", "    call self.g",
     "import a", "set v", "  set w", "bad", "zero", "words of text", ""]
)  # fmt: skip
sources = st.lists(lines, max_size=12).map("\n".join)
paths = st.sampled_from(["a.toy", "b.toy", "p/a.toy", "p/q.toy"])
steps = st.lists(st.dictionaries(paths, st.none() | sources, min_size=1, max_size=3), min_size=1, max_size=5)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.booleans())
def test_changing_an_index_equals_making_it_anew(tmp_path, steps, reopen):
    shutil.rmtree(tmp_path / "step", ignore_errors=True)
    index = Index(tmp_path / "step", b"/root")
    files = {}
    for group in [steps] if not reopen else [[step] for step in steps]:
        with index.writer(IDENTITY) as writer:
            assert writer.healed == []
            for step in group:
                changed = {path: source for path, source in step.items() if source is not None}
                removed = [path for path, source in step.items() if source is None]
                writer.apply(batch(changed, removed), link)
                files = {p: s for p, s in {**files, **changed}.items() if p not in removed}
    assert shown(index) == scratch(tmp_path / "fresh", files)
    index.close()


def test_renaming_a_file_equals_making_it_anew(index, write, tmp_path):
    write(batch({"a.toy": SOURCE, "b.toy": "call main\n"}), batch({"c.toy": SOURCE}, ["a.toy"]), link=link)
    assert shown(index) == scratch(tmp_path / "fresh", {"b.toy": "call main\n", "c.toy": SOURCE})


def run_child(index, script):
    """Run ``script`` in a new process that may die of it; return its exit status."""
    code = f"import sys; sys.path[:0] = [{str(HERE)!r}, {str(HERE.parents[1])!r}]\n" + textwrap.dedent(script)
    return subprocess.run([sys.executable, "-c", code, str(index.folder)], check=False, timeout=60).returncode


KILL = """
    import os, signal, sys
    from pathlib import Path
    from store_samples import IDENTITY, SOURCE, batch, link
    from stores import opening, vectors
    from stores.index import Index

    vectors._WORTH_COMPACTING = 3

    def die(name):
        if name == {point!r}:
            os.kill(os.getpid(), signal.SIGKILL)

    index = Index(Path(sys.argv[1]), b"/root")
    with index.writer(IDENTITY) as writer:
        opening.failpoint = die
        {what}
"""


@pytest.mark.parametrize("point", FAILPOINTS)
def test_a_kill_leaves_the_old_or_the_new_generation(index, write, tmp_path, point):
    old = {"a.toy": SOURCE, "b.toy": "call main\n", "c.toy": "def gone()\n"}
    write(batch(old), batch({"b.toy": "call main\ntext\n"}), batch({"b.toy": old["b.toy"]}), link=link)
    changes = "writer.apply(batch({'a.toy': 'def other()\\n', 'd.toy': SOURCE}, ['c.toy']), link)"
    assert run_child(index, KILL.format(point=point, what=changes)) == -9
    published = point == "after_publish"
    new = {"a.toy": "def other()\n", "b.toy": old["b.toy"], "d.toy": SOURCE}
    before_repair = shown(index)
    assert before_repair == scratch(tmp_path / "fresh", new if published else old)
    burned = state(index).next_chunk_id
    assert write() == []
    assert shown(index) == before_repair
    assert state(index).intent is None
    assert state(index).generation == 3 + published
    write(batch({"e.toy": SOURCE}), link=link)
    with index.snapshot() as snapshot:
        assert min(c.id for c in snapshot.chunks_in(snapshot.file("e.toy").id)) >= burned
    expected = {**(new if published else old), "e.toy": SOURCE}
    assert shown(index) == scratch(tmp_path / "fresh", expected)


def test_a_kill_while_putting_right_is_put_right(index, write, tmp_path):
    write(batch({"a.toy": SOURCE}), batch({"a.toy": SOURCE + "more\n"}), link=link)
    what = "writer.apply(batch({'z.toy': SOURCE}), link)"
    assert run_child(index, KILL.format(point="after_exact", what=what)) == -9
    again = KILL.replace("index = Index", "opening.failpoint = die\n    index = Index").format(
        point="recover_mid", what="pass"
    )
    assert run_child(index, again) == -9
    write()
    assert shown(index) == scratch(tmp_path / "fresh", {"a.toy": SOURCE + "more\n"})


def test_a_kill_while_compacting_loses_nothing(index, write, tmp_path):
    what = "[(writer.apply(batch({'a.toy': SOURCE + f'text {n}'}), link), writer.settle()) for n in range(5)]"
    assert run_child(index, KILL.format(point="compact_mid", what=what)) == -9
    generation = state(index).generation
    expected = scratch(tmp_path / "fresh", {"a.toy": SOURCE + f"text {generation - 1}"})
    assert shown(index) == expected
    write()
    assert shown(index) == expected
    assert state(index).generation == generation


def test_compaction_merges_and_readers_of_before_go_on(index, monkeypatch):
    monkeypatch.setattr(vectors, "_WORTH_COMPACTING", 3)
    with index.writer(IDENTITY) as writer:
        for n in range(6):
            writer.apply(batch({f"f{n % 3}.toy": f"words {n}\n" + SOURCE}), link)
            with index.snapshot() as before:
                seen = contents(before)
                writer.settle()
                assert contents(before) == seen
            assert shown(index) == seen
        writer.finish({"started": 5.0, "files": 3})
    with index.snapshot() as snapshot:
        assert snapshot.runs(5)[0].report == {"started": 5.0, "files": 3}
        assert not any(snapshot.verify().values())


@pytest.mark.parametrize("point", [*FAILPOINTS[:4]])
def test_a_failed_write_leaves_the_old_generation_and_the_next_works(index, tmp_path, monkeypatch, point):
    def fail(name):
        if name == point:
            raise StoreError("no")

    with index.writer(IDENTITY) as writer:
        writer.apply(batch({"a.toy": SOURCE}), link)
        monkeypatch.setattr(opening, "failpoint", fail)
        with pytest.raises(StoreError):
            writer.apply(batch({"b.toy": SOURCE}), link)
        monkeypatch.undo()
        assert shown(index) == scratch(tmp_path / "fresh", {"a.toy": SOURCE})
        assert writer.apply(batch({"c.toy": SOURCE}), link) == 2
    assert shown(index) == scratch(tmp_path / "fresh", {"a.toy": SOURCE, "c.toy": SOURCE})


def test_a_link_that_fails_publishes_nothing(index):
    def wrong(relations):
        raise KeyError("wrong")

    with index.writer(IDENTITY) as writer:
        writer.apply(batch({"a.toy": SOURCE}), link)
        with pytest.raises(KeyError):
            writer.apply(batch({"b.toy": SOURCE}), wrong)
        assert writer.generation == 1


def test_a_torn_manifest_is_dropped(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    before = shown(index)
    versions = index.folder / "vectors.0" / "chunks.lance" / "_versions"
    version = state(index).vectors_version
    (versions / f"{2**64 - 2 - version}.manifest").write_bytes(b"")
    assert write(batch({"b.toy": SOURCE}), batch({}, ["b.toy"])) == ["vectors: dropped 1 unpublished versions"]
    assert shown(index) == before


def test_a_torn_manifest_is_dropped_though_nothing_is_left_to_settle(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    versions = index.folder / "vectors.0" / "chunks.lance" / "_versions"
    version = state(index).vectors_version
    # As after a power cut while small pieces were merged: the name reached the disk, the content did not.
    (versions / f"{2**64 - 2 - version}.manifest").write_bytes(b"")
    index.close()
    assert write() == ["vectors: dropped 1 unpublished versions"]
    with index.snapshot() as snapshot:
        assert not any(snapshot.verify().values())


def damaged(folder, how, seed):
    """Damage one file of ``folder`` that is not empty, chosen by ``seed``."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size and not p.name.endswith(".lock"))
    path = random.Random(seed).choice(files)
    data = path.read_bytes()
    if how == "delete":
        path.unlink()
    else:
        path.write_bytes({"cut": data[: len(data) // 2], "zero": bytes(len(data)), "empty": b""}[how])


@pytest.mark.parametrize("how", ["delete", "cut", "zero", "empty"])
@pytest.mark.parametrize("store", ["fulltext", "exact", "vectors"])
def test_a_damaged_store_never_answers_wrongly_and_is_healed(index, write, store, how):
    write(batch({"a.toy": SOURCE, "b.toy": SOURCE}), link=link)
    before = shown(index)
    for seed in range(2):
        damaged(index.folder / f"{store}.{getattr(state(index), store + '_epoch')}", how, seed)
        write(verify=True)
        index.close()
        assert shown(index) == before
        with index.snapshot() as snapshot:
            assert not any(snapshot.verify().values())


@pytest.mark.parametrize(("store", "leg"), [("fulltext", "fulltext"), ("exact", "vectors")])
def test_a_lost_store_is_named_to_readers_and_rebuilt_by_a_writer(index, write, store, leg):
    write(batch({"a.toy": SOURCE}), link=link)
    before = shown(index)
    index.close()
    shutil.rmtree(index.folder / f"{store}.0")
    with index.snapshot() as snapshot:
        found = (snapshot.fulltext({"shape": 1.0}, BOOSTS, 5), snapshot.nearest(vector_of("x"), 5))
        assert snapshot.degraded == (leg,)
        assert [bool(hits) for hits in found] == [leg != "fulltext", leg != "vectors"]
        assert snapshot.symbols_named("Shape", 1)
    assert any(line.startswith(f"{store}: rebuilt") for line in write())
    assert shown(index) == before
    assert not (index.folder / f"{store}.0").exists()


def test_vanished_relations_are_an_error_and_not_an_empty_index(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    index.close()
    for suffix in ("", "-wal", "-shm"):
        (index.folder / (opening.RELATIONS + suffix)).unlink(missing_ok=True)
    with pytest.raises(IndexCorrupt, match="vanished"), index.snapshot():
        pass
    with pytest.raises(IndexCorrupt, match="vanished"):
        write()
    write(batch({"a.toy": SOURCE}), rebuild=True)
    assert shown(index)["counts"]["files"] == 1


def test_emptied_relations_are_an_error_and_not_an_empty_index(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    index.close()
    (index.folder / opening.RELATIONS).write_bytes(b"")
    with pytest.raises(IndexCorrupt), index.snapshot():
        pass
    with pytest.raises(IndexCorrupt, match="vanished"):
        write()
    write(batch({"a.toy": SOURCE}), rebuild=True)
    assert shown(index)["counts"]["files"] == 1


def test_damaged_relations_are_told_to_readers_and_a_writer_starts_over(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    index.close()
    (index.folder / opening.RELATIONS).write_bytes(b"nothing of a database" * 1000)
    with pytest.raises(IndexCorrupt), index.snapshot():
        pass
    healed = write(batch({"b.toy": SOURCE}))
    assert healed[0].startswith("started over")
    with index.snapshot() as snapshot:
        assert [f.path for f in snapshot.files()] == ["b.toy"]


def test_a_changed_row_is_found_by_its_checksum(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    relations = Relations.open(index.folder / opening.RELATIONS)
    relations.execute("UPDATE chunks SET line_start = line_start + 1 WHERE id = 2")
    relations.close()
    with index.snapshot() as snapshot:
        assert snapshot.damage() == ["a.toy: checksum"]


def test_another_schema_version_is_outdated_for_readers_and_starts_over_for_a_writer(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    index.close()
    relations = Relations.open(index.folder / opening.RELATIONS)
    relations.execute("PRAGMA user_version = 999")
    relations.close()
    with pytest.raises(IndexOutdated), index.snapshot():
        pass
    assert "started over" in write(batch({"b.toy": SOURCE}))[0]
    assert shown(index)["counts"]["files"] == 1


def test_another_identity_starts_over_and_keeps_the_vectors_it_can(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    burned = state(index).next_chunk_id
    hashes = batch({"a.toy": SOURCE}).vectors.keys()
    other = Identity("toy 2", IDENTITY.model, IDENTITY.dimensions)
    with index.snapshot() as before:
        with index.writer(other) as writer:
            assert writer.known_files() == {}
            assert writer.cached_vectors(hashes).keys() == hashes
        assert before.counts()["files"] == 1
    with index.snapshot() as snapshot:
        assert (snapshot.counts()["files"], snapshot.complete, snapshot.generation) == (0, False, 2)
    write(batch({"b.toy": SOURCE}), identity=other)
    with index.snapshot() as snapshot:
        assert min(c.id for c in snapshot.chunks_in(snapshot.file("b.toy").id)) >= burned
        assert snapshot.nearest(vector_of("x"), 1)


def test_another_model_starts_over_with_vectors_of_its_size(index, write):
    write(batch({"a.toy": SOURCE}), link=link)
    with index.writer(Identity("toy 1", "other", 3)) as writer:
        assert writer.cached_vectors(batch({"a.toy": SOURCE}).vectors) == {}


def test_a_second_writer_is_told_to_wait(index, write):
    other = Index(index.folder, b"/root")
    with index.writer(IDENTITY), pytest.raises(IndexBusy), other.writer(IDENTITY, wait_s=0.05):
        pass
    write()


def test_nothing_indexed_is_missing(index, write):
    assert not index.exists()
    with pytest.raises(IndexMissing), index.snapshot():
        pass
    write()
    with pytest.raises(IndexMissing), index.snapshot():
        pass
    write(batch())
    with index.snapshot() as snapshot:
        assert snapshot.counts()["files"] == 0
    with pytest.raises(IndexMissing), Index(index.folder, b"/other").snapshot():
        pass


def test_a_snapshot_does_not_see_what_comes_later(index):
    with index.writer(IDENTITY) as writer:
        writer.apply(batch({f"f{n}.toy": SOURCE for n in range(3)}), link)
        with index.snapshot() as before:
            seen = contents(before)
            for n in range(6):
                writer.apply(batch({"f0.toy": f"other {n}\n"}, ["f1.toy"]), link)
            assert contents(before) == seen
            with index.snapshot() as after:
                assert after.generation == before.generation + 6


def test_readers_during_writing_see_one_generation(index, write):
    """Each generation n holds one file f whose every chunk says n, in all three stores."""

    def source(n):
        return "\n".join([f"mark{n}"] * 9)

    write(batch({"f.toy": source(0)}))
    done, wrong, seen = threading.Event(), [], set()

    def read():
        while not done.is_set():
            with index.snapshot() as snapshot:
                n = snapshot.generation - 1
                file = snapshot.file("f.toy")
                ids = {c.id for c in snapshot.chunks_in(file.id)}
                text = {i for i, _ in snapshot.fulltext({f"mark{n}": 1.0}, BOOSTS, 9)}
                near = {i for i, _ in snapshot.nearest(vector_of(f"mark{n}\n" * 3), 9)}
                seen.add(n)
                if snapshot.text(file.id) != source(n) or text != ids or near != ids or snapshot.degraded:
                    wrong.append((n, ids, text, near, snapshot.degraded))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        write(*[batch({"f.toy": source(n)}) for n in range(1, 30)])
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert len(seen) > 3


def test_flags_touches_and_skips_are_published(index, write):
    write(batch({"a.toy": SOURCE}, complete=False, linked=False, files_expected=9, skips=(Skip("x", "large"),)))
    with index.snapshot() as snapshot:
        assert (snapshot.complete, snapshot.linked, snapshot.files_expected) == (False, False, 9)
        assert snapshot.skips(5) == [Skip("x", "large")]
    write(batch(touched=(("a.toy", 5, 77), ("never.toy", 1, 1))))
    with index.snapshot() as snapshot:
        assert (snapshot.file("a.toy").size, snapshot.file("a.toy").changed_ns) == (5, 77)
        assert snapshot.complete
        assert snapshot.skips(5) == [Skip("x", "large")]


def test_reading_relations_and_words_does_not_load_lancedb(index, write):
    write(batch({"a.toy": SOURCE}))
    script = """
        import sys
        from pathlib import Path
        from store_samples import BOOSTS
        from stores.index import Index
        sys.modules["lancedb"] = None
        with Index(Path(sys.argv[1]), b"/root").snapshot() as snapshot:
            assert snapshot.fulltext({"shape": 1.0}, BOOSTS, 5) and snapshot.degraded == ()
        assert "pyarrow" not in sys.modules
    """
    assert run_child(index, script) == 0
