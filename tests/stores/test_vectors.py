"""Does the LanceDB table follow, and do the mapped vectors answer without it?"""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from store_samples import BOOSTS, DIMENSIONS, IDENTITY, SOURCE, batch, contents, vector_of
from test_commit import KILL, run_child, shown, state

from stores import commit, exact, sketch, vectors
from stores.errors import IndexCorrupt
from stores.exact import ExactVectors, ExactWriter, VectorRow

SETTLING = ("settle_added", "settle_flushed", "settle_published")


def test_an_answer_is_the_same_before_and_after_the_table_has_followed(index, write):
    write(batch({"a.toy": SOURCE}), settle=False)
    with index.snapshot() as snapshot:
        before = contents(snapshot)
        assert snapshot.vectors_lag == 1
        assert not any(snapshot.verify().values())
    assert not (index.folder / "vectors.0").exists()
    write()
    assert shown(index) == before
    with index.snapshot() as snapshot:
        assert snapshot.vectors_lag == 0
        assert not any(snapshot.verify().values())


def test_to_write_and_to_search_needs_no_lancedb(index, write):
    script = """
        import sys
        from pathlib import Path
        from store_samples import IDENTITY, SOURCE, batch, vector_of
        from stores.index import Index
        sys.modules["lancedb"] = None
        index = Index(Path(sys.argv[1]), b"/root")
        with index.writer(IDENTITY) as writer:
            writer.apply(batch({"a.toy": SOURCE}))
            writer.apply(batch({"b.toy": SOURCE}, ["a.toy"]))
        with index.snapshot() as snapshot:
            assert snapshot.nearest(vector_of("x"), 3) and snapshot.degraded == ()
        assert "pyarrow" not in sys.modules
    """
    assert run_child(index, script) == 0


@pytest.mark.parametrize("point", SETTLING)
def test_a_kill_while_the_table_follows_is_made_good_by_the_next_run(index, write, point):
    write(batch({"a.toy": SOURCE, "b.toy": SOURCE}))
    write(batch({"a.toy": "other\n", "c.toy": SOURCE}, ["b.toy"]), settle=False)
    before = shown(index)
    assert run_child(index, KILL.format(point=point, what="writer.settle()")) == -9
    assert shown(index) == before
    healed = write()
    assert all("dropped" in line for line in healed)
    assert shown(index) == before
    with index.snapshot() as snapshot:
        assert not any(snapshot.verify().values())


def test_chunks_that_come_and_go_before_the_table_follows_never_reach_it(index, write):
    write(batch({"a.toy": SOURCE}))
    write(batch({"b.toy": SOURCE}), batch({"b.toy": "short\n"}), batch({}, ["b.toy"]), settle=False)
    write()
    with index.snapshot() as snapshot:
        assert not any(snapshot.verify().values())
        assert len(snapshot.nearest(vector_of("x"), 1000)) == snapshot.counts()["chunks"] - 1  # one is of zeros


def test_a_table_that_holds_other_chunks_is_rebuilt_when_it_follows(index, write):
    write(batch({"a.toy": SOURCE}))
    shutil.rmtree(index.folder / "vectors.0")
    with index.snapshot() as snapshot:
        assert snapshot.nearest(vector_of("x"), 3)
        assert snapshot.verify()["vectors"] == ["the vectors are gone"]
    assert write(batch({"b.toy": SOURCE})) == ["vectors: rebuilt, as the vectors are gone"]
    with index.snapshot() as snapshot:
        assert not any(snapshot.verify().values())


def test_rows_of_replaced_chunks_are_dropped_when_they_outnumber_the_others(index, monkeypatch):
    monkeypatch.setattr(commit, "_SPARE_ROWS", 4)
    with index.writer(IDENTITY) as writer:
        for n in range(5):
            writer.apply(batch({"a.toy": f"text {n}\n" + SOURCE}))
        rows, before = state(index).exact_rows, shown(index)
        writer.finish({})
    assert shown(index) == before
    assert state(index).exact_rows < rows / 2
    assert state(index).exact_epoch == 1
    with index.writer(IDENTITY):
        pass
    assert not (index.folder / "exact.0").exists()


def portions(count, fails_with=None):
    for n in range(count):
        yield [VectorRow(n, 1, 1, "def", vector_of(f"line {n}"))]
        if fails_with is not None:
            raise fails_with


def test_portions_become_one_version_and_one_file_of_the_table(tmp_path):
    table = vectors.VectorTable.create(tmp_path / "vectors", DIMENSIONS)
    before = table.version
    table.add(iter(()))
    assert table.version == before
    table.add(portions(40))
    assert table.version == before + 1
    assert list(table.ids()) == list(range(40))
    assert len(list((tmp_path / "vectors").glob("*/data/*"))) == 1


def test_what_goes_wrong_while_portions_are_made_is_told_as_it_is_and_adds_nothing(tmp_path):
    table = vectors.VectorTable.create(tmp_path / "vectors", DIMENSIONS)
    before = table.version
    with pytest.raises(IndexCorrupt, match="a stored vector is gone"):
        table.add(portions(3, IndexCorrupt("a stored vector is gone")))
    assert table.version == before
    assert not table.ids()
    table.add(portions(3))
    assert len(table.ids()) == 3


@pytest.mark.parametrize(("recall", "kept"), [(0.9, True), (1.1, False)])
def test_an_approximate_index_is_kept_only_if_it_finds_what_is_there(index, write, monkeypatch, recall, kept):
    monkeypatch.setattr(commit, "ANN_RECALL", recall)
    files = {f"f{n}.toy": "\n".join(f"line {n} {m}" for m in range(60)) for n in range(40)}
    with index.writer(IDENTITY) as writer:
        writer.apply(batch(files))
        writer.settle(ann_rows=500)
        assert bool(state(index).indexed_id) == kept
        writer.apply(batch({"new.toy": "something new\n", "f1.toy": "changed\n"}, ["f0.toy"]))
    query = vector_of("line 5 0\nline 5 1\nline 5 2\n")
    with index.snapshot() as snapshot:
        found = snapshot.nearest(query, 10)
        files = {f.id for f in snapshot.files()}
        exactly = snapshot.nearest(query, 10, file_ids=files)
        assert snapshot.degraded == ()
        assert len(found) == 10
        assert len({i for i, _ in found} & {i for i, _ in exactly}) >= 8
        newest = snapshot.nearest(vector_of("something new\n"), 1)
        assert snapshot.chunks([newest[0][0]])[newest[0][0]].path == "new.toy"
        shutil.rmtree(index.folder / "vectors.0")
    index.close()
    with index.snapshot() as snapshot:
        assert snapshot.nearest(query, 10) == exactly


def test_a_flipped_bit_in_the_text_index_is_noticed_while_it_is_in_use(index, write):
    write(batch({"a.toy": SOURCE}))
    with index.snapshot() as snapshot:
        assert snapshot.fulltext({"shape": 1.0}, BOOSTS, 5)
        for path in sorted((index.folder / "fulltext.0").glob("*.idx")):
            data = bytearray(path.read_bytes())
            data[len(data) // 3] ^= 4
            path.write_bytes(bytes(data))
        assert snapshot.fulltext({"shape": 1.0}, BOOSTS, 5) == []
        assert snapshot.degraded == ("fulltext",)
    index.close()
    with index.snapshot() as snapshot:
        assert snapshot.degraded == ("fulltext",)
    assert any(line.startswith("fulltext: rebuilt") for line in write())
    with index.snapshot() as snapshot:
        assert snapshot.fulltext({"shape": 1.0}, BOOSTS, 5)


@pytest.mark.parametrize("store", ["fulltext.0", "exact.0"])
def test_a_file_that_is_cut_while_it_is_mapped_kills_nobody(index, write, store):
    write(batch({f"f{n}.toy": SOURCE for n in range(400)}))
    script = f"""
        import os, sys
        from pathlib import Path
        from store_samples import BOOSTS, vector_of
        from stores.index import Index
        index = Index(Path(sys.argv[1]), b"/root")
        with index.snapshot() as snapshot:
            assert snapshot.fulltext({{"shape": 1.0}}, BOOSTS, 5) and snapshot.nearest(vector_of("x"), 5)
            for path in (index.folder / {store!r}).iterdir():
                if path.suffix not in (".json", ".lock"):
                    os.truncate(path, 0)
            snapshot.fulltext({{"shape": 1.0}}, BOOSTS, 5), snapshot.nearest(vector_of("x"), 5)
            assert len(snapshot.degraded) == 1
    """
    assert run_child(index, script) == 0


def test_a_row_that_contradicts_its_checksum_is_not_used(index, write):
    write(batch({"a.toy": SOURCE}))
    path = index.folder / "exact.0" / "vectors.f32"
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(bytes(data))
    with index.snapshot() as snapshot:
        assert snapshot.nearest(vector_of("x"), 5) == []
        assert snapshot.degraded == ("vectors",)
    assert "exact: rebuilt" in write(verify=True)[0]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_mapped_vectors_beyond_the_limit_go_back_to_the_kernel(tmp_path, monkeypatch):
    monkeypatch.setattr(exact, "_RESIDENT_BYTES", 1 << 20)
    writer = ExactWriter(tmp_path, 256, 0)
    rng = np.random.default_rng(1)
    for start in range(0, 40_000, 8_000):
        rows = rng.standard_normal((8_000, 256), np.float32)
        writer.append([VectorRow(start + n + 1, 1, 1, "function", row) for n, row in enumerate(rows)])
    writer.close()
    vectors = ExactVectors(tmp_path, 256, 40_000)
    near = vectors.search(rows[5], 3)
    assert near[0] == (32_006, 1.0)
    assert _resident(tmp_path / "vectors.f32") < 20 << 20


def _resident(path):
    """Bytes of ``path`` that are mapped into this process now."""
    size, here = 0, False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if "-" in line.split(" ")[0] and not line[0].isupper():
            here = line.endswith(os.fspath(path))
        elif here and line.startswith("Rss:"):
            size += int(line.split()[1]) * 1024
    return size


def test_the_nearest_are_found_whatever_the_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(exact, "_BLOCK_ROWS", 7)
    writer = ExactWriter(tmp_path, DIMENSIONS, 0)
    matrix = np.random.default_rng(2).standard_normal((50, DIMENSIONS)).astype(np.float32)
    writer.append([VectorRow(n + 1, 1, n % 3, "method" if n % 2 else "class", row) for n, row in enumerate(matrix)])
    writer.close()
    vectors = ExactVectors(tmp_path, DIMENSIONS, 50)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[9]))
    assert [i for i, _ in vectors.search(matrix[9], 5)] == [int(n) + 1 for n in order[:5]]
    chosen = [int(n) + 1 for n in order if n % 3 == 1 and n % 2 == 0][:4]
    assert [i for i, _ in vectors.search(matrix[9], 4, file_ids=[1], kinds=["class"])] == chosen
    assert [i for i, _ in vectors.search(matrix[9], 3, after_id=40)] == [int(n) + 1 for n in order if n >= 40][:3]


@pytest.fixture
def sketched(tmp_path, monkeypatch):
    """Vectors that differ in 60 directions and a little in all, as those of texts do, in a folder."""
    monkeypatch.setattr(exact, "_RESIDENT_BYTES", 1 << 20)
    rng = np.random.default_rng(4)
    matrix = rng.standard_normal((30_000, 60)) @ rng.standard_normal((60, 256)) + 2 * rng.standard_normal((30_000, 256))
    matrix = matrix.astype(np.float32)
    writer = ExactWriter(tmp_path, 256, 0)
    writer.append([VectorRow(n + 1, 1, n % 50, "class" if n % 2 else "method", row) for n, row in enumerate(matrix)])
    writer.close()
    return tmp_path, matrix


def test_a_sketch_misses_nothing_that_is_near(sketched):
    folder, matrix = sketched
    reader, flat = ExactVectors(folder, 256, 30_000), ExactVectors(folder, 256, 30_000, flat=True)
    assert reader.known.sketch is not None
    assert flat.known.sketch is None
    found = 0
    for query in matrix[::1_500] + matrix[1::1_500]:
        true = flat.search(query, 100)
        near = reader.search(query, 100)
        assert near[:10] == true[:10]
        found += len(set(near) & set(true))
    assert found >= 0.98 * 20 * 100


def test_a_sketch_keeps_to_filters_and_gives_as_many_as_there_are(sketched):
    folder, matrix = sketched
    reader, flat = ExactVectors(folder, 256, 30_000), ExactVectors(folder, 256, 30_000, flat=True)
    assert reader.search(matrix[7], 50, file_ids=[3, 9]) == flat.search(matrix[7], 50, file_ids=[3, 9])
    assert reader.search(matrix[7], 9, [3], ["class"], after_id=20_000) == flat.search(
        matrix[7], 9, [3], ["class"], after_id=20_000
    )
    assert reader.search(matrix[7], 40_000) == flat.search(matrix[7], 40_000)


def test_the_reader_of_the_next_generation_sketches_only_what_is_new(sketched, monkeypatch):
    folder, matrix = sketched
    first = ExactVectors(folder, 256, 20_000)
    turned = []
    extended = sketch.Sketch.extended
    monkeypatch.setattr(sketch.Sketch, "extended", lambda self, rows: turned.append(len(rows)) or extended(self, rows))
    known = first.known
    for rows in (20_001, 20_002, 30_000):
        reader = ExactVectors(folder, 256, rows, known=known)
        known = reader.known
        assert reader.search(matrix[rows - 1], 1) == [(rows, 1.0)]
    assert sum(turned) == 10_000
    assert ExactVectors(folder, 256, 500, known=known).search(matrix[3], 1) == [(4, 1.0)]


def test_a_file_that_is_cut_under_a_sketch_is_damage(sketched):
    folder, matrix = sketched
    reader = ExactVectors(folder, 256, 30_000)
    os.truncate(folder / "vectors.f32", 1_024_000)
    with pytest.raises(IndexCorrupt):
        reader.search(matrix[7], 5)


def test_damage_of_an_older_manifest_is_met_while_the_table_follows_and_made_good(index, write, monkeypatch):
    monkeypatch.setattr(vectors, "_WORTH_COMPACTING", 2)
    for n in range(4):
        write(batch({"a.toy": f"text {n}\n" + SOURCE}))
    versions = sorted((index.folder / "vectors.0" / "chunks.lance" / "_versions").glob("*.manifest"))
    for manifest in versions[1:]:
        manifest.write_bytes(b"\xff" * manifest.stat().st_size)
    healed = write(batch({"b.toy": SOURCE}))
    assert any(line.startswith("vectors: rebuilt") for line in healed)
    with index.snapshot() as snapshot:
        assert not any(snapshot.verify().values())
