"""Does an answer know the files as they are at the moment of the call?"""

import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcp_server.app import Answer, App
from mcp_server.config import load
from mcp_server.errors import ConfigError, RequestError
from stores.errors import IndexCorrupt
from stores.index import Identity

# The next look at the disk is never skipped, and the first index is always waited for.
OPTIONS = {"freshness_s": 1e-9, "first_wait_s": 60.0}


@pytest.fixture
def open_app(tmp_path):
    """Open an App on a root; each has its own home unless another App's is given."""
    opened: list[App] = []

    def make(root: Path, **options) -> App:
        settings = load(root, {"TRISTORE_HOME": str(tmp_path / "home")}, {**OPTIONS, **options})
        opened.append(App(settings))
        return opened[-1]

    yield make
    for app in opened:
        app.close()


@pytest.fixture
def app(open_app, tree):
    """An App on an indexed root of three files."""
    files = {"a.py": "def alpha(): beta()\n", "b.py": "def beta(): ...\n", "docs/c.md": "# Gamma\n\nray\n"}
    app = open_app(tree(files))
    app.index()
    return app


def paths(answer: Answer) -> list[str]:
    return sorted({hit["path"] for hit in answer.data["hits"]})


def found(app: App, name: str) -> list[str]:
    """Where a name is found; an answer says nothing of pending files."""
    answer = app.search(name)
    assert answer.data["pending"] == []
    assert not [note for note in answer.data["notes"] if "on disk" in note or "being made" in note]
    return [path for path in paths(answer) if name in app.file_text(path)]


def test_the_next_search_sees_an_edit(app, tree):
    tree({"a.py": "def altered(): ...\n"})
    assert found(app, "altered") == ["a.py"]
    assert found(app, "alpha") == []


def test_the_next_search_sees_that_a_file_is_gone(app, tree):
    (tree({}) / "b.py").unlink()
    assert found(app, "beta") == ["a.py"]
    with pytest.raises(RequestError):
        app.file_text("b.py")


def test_the_next_search_sees_a_new_name_of_a_file(app, tree):
    root = tree({})
    (root / "b.py").rename(root / "moved.py")
    assert found(app, "def beta") == ["moved.py"]


def test_the_next_search_sees_files_in_new_folders(app, tree):
    tree({"new/deep/d.py": "def delta(): ...\n"})
    assert found(app, "delta") == ["new/deep/d.py"]
    tree({"new/deep/e.py": "def epsilon(): delta()\n", "other/f.md": "epsilon\n"})
    assert found(app, "epsilon") == ["new/deep/e.py", "other/f.md"]


def test_the_next_search_obeys_a_new_ignore_file(app, tree):
    tree({".gitignore": "docs/\n"})
    assert found(app, "ray") == []
    tree({".gitignore": "a.py\n"})
    assert found(app, "ray") == ["docs/c.md"]
    assert found(app, "alpha") == []


def test_the_next_call_graph_sees_an_edit_elsewhere(app, tree):
    tree({"a.py": "from b import beta\ndef alpha(): beta()\n"})
    assert "alpha" in app.call_graph("beta", direction="callers").text
    tree({"b.py": "def beta2(): ...\n"})
    with pytest.raises(RequestError):
        app.call_graph("beta", direction="callers")


def test_a_quiet_disk_costs_no_generation(app):
    before = app.search("alpha").data["generation"]
    assert app.search("alpha").data["generation"] == before


def test_a_call_that_shares_the_look_of_another_still_names_the_changed_file_that_it_shows(open_app, app, tree):
    patient = open_app(tree({}), freshness_s=1e9)
    assert found(patient, "alpha") == ["a.py"]
    tree({"a.py": "def altered(): ...\n"})
    answer = patient.search("alpha")
    assert "a.py" in paths(answer)
    assert answer.data["pending"] == ["a.py"]
    assert "changed on disk, not indexed yet; answers show them as they were: a.py" in answer.text
    assert found(app, "altered") == ["a.py"]


def test_many_changed_files_are_named_at_once_and_found_later(open_app, tree):
    root = tree({"a.py": "def alpha(): ...\n"})
    app = open_app(root, inline_files=5)
    app.index()
    tree({f"new{i}.py": f"def fresh{i}(): ...\n" for i in range(12)})
    first = app.search("alpha")
    assert paths(first) == ["a.py"]
    assert first.data["pending"] == sorted(f"new{i}.py" for i in range(12))
    assert "changed on disk, being indexed" in first.text
    assert "new0.py" in first.text
    assert "and 4 more" in first.text
    assert app._refresher.background.wait(60)
    assert found(app, "fresh11") == ["new11.py"]


def test_the_first_call_indexes_in_the_background_and_says_so(open_app, tree):
    app = open_app(tree({"a.py": "def alpha(): ...\n"}), first_wait_s=1e-9)
    answer = app.search("alpha")
    assert answer.data["complete"] is False
    assert "being made" in answer.text
    assert "ask again" in answer.text
    assert app.progress() is not None
    assert app._refresher.background.wait(60)
    assert found(app, "alpha") == ["a.py"]


def test_the_first_calls_that_wait_are_answered_whole(open_app, tree):
    app = open_app(tree({"a.py": "def alpha(): ...\n"}), freshness_s=60.0)
    assert found(app, "alpha") == ["a.py"]
    assert found(app, "alpha") == ["a.py"]


def test_a_failing_first_index_is_told(open_app, tree):
    app = open_app(tree({"a.py": "def alpha(): ...\n"}))
    (app._index.folder / "writer.lock").mkdir(parents=True)
    answer = app.search("alpha")
    assert answer.data["complete"] is False
    assert "indexing failed" in answer.text


def test_a_root_that_is_gone_is_an_error_and_no_empty_index(app, tree):
    root = tree({})
    root.rename(root.parent / "elsewhere")
    with pytest.raises(ConfigError, match="cannot be read"):
        app.search("alpha")
    (root.parent / "elsewhere").rename(root)
    assert found(app, "alpha") == ["a.py"]


def test_a_cancelled_call_names_what_it_did_not_index(app, tree):
    tree({"new.py": "def fresh(): ...\n"})
    cancelled = threading.Event()
    cancelled.set()
    answer = app.search("alpha", cancelled=cancelled)
    assert answer.data["pending"] == ["new.py"]
    assert "not indexed yet" in answer.text
    assert found(app, "fresh") == ["new.py"]


def test_many_threads_see_the_same_edit(app, tree):
    tree({"new.py": "def fresh(): ...\n"})
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: app.search("fresh"), range(8)))
    assert [paths(answer)[:1] for answer in answers] == [paths(answers[0])[:1]] * 8
    assert {answer.data["generation"] for answer in answers} == {2}


# --- several processes' worth of Apps ---------------------------------------------------------------------------


def test_two_apps_on_one_root_see_the_same(app, open_app, tree):
    other = open_app(tree({}))
    assert found(other, "alpha") == ["a.py"]
    tree({"a.py": "def altered(): ...\n"})
    assert found(app, "altered") == found(other, "altered") == ["a.py"]
    assert app.search("altered").data["generation"] == other.search("altered").data["generation"] == 2


def test_an_answer_does_not_wait_for_another_writer(app, tree):
    tree({"new.py": "def fresh(): ...\n"})
    with app._index.snapshot() as snapshot:
        identity: Identity = snapshot.identity
    with app._index.writer(identity):
        answer = app.search("alpha")
    assert "being indexed by another process" in answer.text
    assert answer.data["pending"] == ["new.py"]
    assert found(app, "fresh") == ["new.py"]


# --- damage -----------------------------------------------------------------------------------------------------


def test_an_index_deleted_while_it_is_open_is_made_again(app):
    assert found(app, "alpha") == ["a.py"]
    shutil.rmtree(app._index.folder)
    assert found(app, "alpha") == ["a.py"]
    assert app.search("alpha").data["generation"] == 1


@pytest.mark.parametrize("opened_before", [True, False])
def test_garbage_in_the_relations_is_replaced(opened_before, app, open_app, tree):
    broken = app if opened_before else open_app(tree({}))
    if opened_before:
        assert found(broken, "alpha") == ["a.py"]
    folder = app._index.folder
    for file in folder.glob("relations.db*"):
        file.write_bytes(os.urandom(50_000))
    assert found(broken, "alpha") == ["a.py"]
    check_sound(broken)
    assert "started over" in str(broken.status().data["last_run"]["healed"])


@pytest.mark.parametrize(("store", "leg"), [("fulltext", "fulltext"), ("exact", "vectors"), ("vectors", None)])
def test_a_store_that_is_gone_is_named_and_made_again(store, leg, app, open_app, tree):
    for folder in app._index.folder.glob(f"{store}.*"):
        shutil.rmtree(folder)
    fresh = open_app(tree({}))
    answer = fresh.search("what does alpha do")
    assert ("degraded" in answer.text) == (f"degraded: the {leg} store did not answer" in answer.text) == bool(leg)
    report = fresh.index()
    assert any(healed.startswith(store) for healed in report["healed"])
    assert "degraded" not in fresh.search("what does alpha do").text
    check_sound(fresh)


def test_relations_that_are_gone_are_an_error_with_a_way_out(app, open_app, tree):
    for file in app._index.folder.glob("relations.db*"):
        file.unlink()
    fresh = open_app(tree({}))
    assert "indexing failed: tristore: the relations have vanished" in fresh.search("alpha").text
    with pytest.raises(IndexCorrupt, match="vanished"):
        fresh.index()
    fresh.index(rebuild=True)
    assert found(fresh, "alpha") == ["a.py"]


def check_sound(app: App) -> None:
    with app._index.snapshot() as snapshot:
        assert not any(snapshot.verify().values())
