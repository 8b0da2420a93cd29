"""Is the index kept true while nobody asks, and is memory given back when nobody has asked for a while?"""

import os
import time

import pytest

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.errors import RequestError
from mcp_server.indexing import keep, refresh, watch

# Generous, because a loaded machine is slow.
PATIENCE_S = 60.0


def wait_until(done):
    deadline = time.monotonic() + PATIENCE_S
    while not (found := done()):
        assert time.monotonic() < deadline
    return found


@pytest.fixture
def kept(tree, tmp_path):
    """Open an App that serves a root of three files, and wait until it leads."""
    opened = []
    tree({"a.py": "def alpha(): beta()\n", "b.py": "def beta(): ...\n", "docs/c.md": "# Gamma\n\nray\n"})

    def open_app(*, leads: bool = True, **options) -> App:
        app = App(load(tree({}), {"TRISTORE_HOME": str(tmp_path / "home")}, {"first_wait_s": 60.0, **options}))
        opened.append(app)
        app.search("alpha")
        app.keep()
        if leads:
            wait_until(lambda: app._leadership.leads and app._leadership.leader().watcher != "starting")
        return app

    yield open_app
    for app in opened:
        app.close()
        wait_until(lambda: not app._keeper._thread.is_alive())  # noqa: B023


def indexed(app: App, name: str) -> bool:
    with app._index.snapshot() as snapshot:
        return bool(snapshot.symbols_named(name, 1))


def test_an_edit_is_in_the_next_answer_also_while_looks_are_spared(kept, tree):
    app = kept()
    disk = app._refresher._disk
    for number in range(6):
        wait_until(lambda: disk.guarded or disk._events_again > 0)
        tree(
            {"b.py": f"def beta{number}(): ...\n"}
            if number % 2
            else {f"new/n{number}.py": f"def beta{number}(): ...\n"}
        )
        assert f"def beta{number}" in app.search(f"beta{number}").text


def test_an_edit_is_indexed_though_nobody_asks(kept, tree):
    app = kept()
    tree({"b.py": "def altered(): ...\n"})
    wait_until(lambda: indexed(app, "altered") and not indexed(app, "beta"))
    tree({"new/deep/d.py": "def delta(): ...\n"})
    wait_until(lambda: indexed(app, "delta"))
    tree({"new/deep/d.py": "def epsilon(): ...\n"})
    wait_until(lambda: indexed(app, "epsilon"))
    (tree({}) / "new/deep/d.py").unlink()
    wait_until(lambda: not indexed(app, "epsilon"))


def test_many_edits_are_indexed_though_nobody_asks(kept, tree):
    app = kept(inline_files=5)
    tree({f"many/n{number}.py": f"def n{number}(): ...\n" for number in range(12)})
    wait_until(lambda: all(indexed(app, f"n{number}") for number in range(12)))


def test_what_happened_before_it_was_watched_is_found(kept, tree):
    app = kept()
    app.close()
    wait_until(lambda: not app._keeper._thread.is_alive())
    tree({"b.py": "def unseen(): ...\n"})
    again = kept()
    wait_until(lambda: indexed(again, "unseen"))


def test_a_root_that_goes_and_comes_back_is_watched_again(kept, tree):
    app = kept()
    root = tree({})
    root.rename(root.parent / "away")
    (root.parent / "away/b.py").write_text("def meanwhile(): ...\n")
    (root.parent / "away").rename(root)
    wait_until(lambda: indexed(app, "meanwhile"))
    tree({"b.py": "def afterwards(): ...\n"})
    wait_until(lambda: indexed(app, "afterwards"))


def test_nothing_is_indexed_before_anybody_asks(tree, tmp_path):
    app = App(load(tree({"a.py": ""}), {"TRISTORE_HOME": str(tmp_path / "home")}))
    app.keep()
    app._keeper._stop.wait(2 * keep.TRY_S)
    app.close()
    wait_until(lambda: not app._keeper._thread.is_alive())
    assert not (tmp_path / "home").exists()


def test_a_second_server_follows_the_first_and_then_leads(kept, tree):
    first, second = kept(), kept(leads=False)
    assert not second._leadership.leads
    tree({"a.py": "def altered(): ...\n"})
    assert "def altered" in second.search("altered").text
    first.close()
    wait_until(lambda: second._leadership.leads)
    tree({"a.py": "def again(): ...\n"})
    wait_until(lambda: indexed(second, "again"))


def test_where_changes_are_not_told_they_are_noticed_at_the_next_call(kept, tree, monkeypatch):
    monkeypatch.setattr(watch, "_REMOTE", (*watch._REMOTE, "ext4", "xfs", "btrfs", "overlay", "tmpfs", "zfs"))
    app = kept()
    leader = app.status().data["leader"]
    assert leader["watching"] is False
    assert "does not tell what other machines change" in leader["watcher"]
    assert "noticed at the next call" in app.status().text
    tree({"b.py": "def altered(): ...\n"})
    assert "def altered" in app.search("altered").text


def test_status_says_who_leads_and_what_is_pending(kept, tree):
    app = kept()
    data = app.status().data
    assert data["leader"] == {
        "pid": os.getpid(),
        "since": data["leader"]["since"],
        "watching": True,
        "watcher": "on, 2 folders",
    }
    assert abs(data["leader"]["since"] - time.time()) < 2 * PATIENCE_S
    assert data["pending"] == []
    app.close()
    wait_until(lambda: not app._keeper._thread.is_alive())
    tree({"b.py": "def altered(): ...\n"})
    after = app.status()
    assert after.data["leader"] is None
    assert after.data["pending"] == ["b.py"]
    assert "leader: none" in after.text
    assert "pending: 1" in after.text


# --- rest -------------------------------------------------------------------------------------------------------


def test_after_a_while_without_a_call_nothing_is_held_and_the_next_call_works_as_before(kept, tree):
    app = kept(idle_after_s=1)
    before = app.search("alpha").text
    wait_until(lambda: app._opened is None and app._index._handles is None and app._refresher.walked() is None)
    assert app.search("alpha").text == before
    assert app._opened is not None
    wait_until(lambda: app._opened is None)
    tree({"b.py": "def altered(): ...\n"})
    wait_until(lambda: indexed(app, "altered"))
    assert "def altered" in app.search("altered").text


# --- what is shown is what is on disk ---------------------------------------------------------------------------


def test_a_resource_is_the_file_as_it_is_on_disk(kept, tree):
    app = kept(leads=False)
    tree({"b.py": "def altered(): ...\n"})
    assert app.file_text("b.py") == "def altered(): ...\n"
    with app._index.snapshot() as snapshot, app._index.writer(snapshot.identity):
        tree({"b.py": "def while_written(): ...\n"})
        assert app.file_text("b.py") == "def while_written(): ...\n"
        tree({"b.py": b"\0" * 100})
        with pytest.raises(RequestError, match="is not text any more"):
            app.file_text("b.py")


def test_a_file_saved_while_it_is_shown_is_shown_again_or_named(kept, tree):
    app = kept(leads=False)
    written = []

    def save(rendered):
        """Save a file between the look at the disk and the end of the answer."""
        if len(written) < saves:
            written.append(tree({"a.py": f"def alpha(): return {len(written)}\n"}))
        return rendered

    real = app._refresher.differing
    app._refresher.differing = lambda *arguments: real(*(save(each) for each in arguments))
    saves = 1
    assert "return 0" in app.search("alpha").text
    saves = 100
    answer = app.search("alpha")
    assert answer.data["pending"] == ["a.py"]
    assert "changed on disk" in answer.text


def test_settings_that_make_another_index_make_it_anew(kept, tree, tmp_path):
    tree({"long.py": "\n".join(f"value_{number} = {number}" for number in range(400))})
    environment = {"TRISTORE_HOME": str(tmp_path / "home")}
    app = App(load(tree({}), environment, {"first_wait_s": 60.0}))
    app.search("alpha")
    chunks = app.status().data["counts"]["chunks"]
    # As a newer version does; the setting that the child process takes from the environment is one of these, too.
    other = App(load(tree({}), {**environment, "TRISTORE_MAX_FILE_BYTES": "100"}, {"next_wait_s": 60.0}))
    other.search("alpha")
    assert other.status().data["counts"]["chunks"] < chunks
    for each in (app, other):
        each.close()


def test_settings_of_who_does_not_lead_change_nothing(kept, tree, tmp_path):
    app = kept()
    generation = app.search("alpha").data["generation"]
    environment = {"TRISTORE_HOME": str(tmp_path / "home"), "TRISTORE_MAX_FILE_BYTES": "5"}
    other = App(load(tree({}), environment))
    answer = other.search("alpha")
    assert answer.data["hits"]
    assert "kept by a server of another version or with other settings" in answer.text
    assert app.search("alpha").data["generation"] == generation
    other.close()


def lag(app: App) -> int:
    with app._index.snapshot() as snapshot:
        return snapshot.vectors_lag


def last_report(app: App) -> dict[str, object]:
    with app._index.snapshot() as snapshot:
        return snapshot.runs(1)[0].report


def test_lancedb_follows_some_time_after_the_last_edit(kept, tree, monkeypatch):
    monkeypatch.setattr(keep, "_SETTLE_AFTER_S", 0.2)
    app = kept()
    tree({"b.py": "def altered(): ...\n"})
    wait_until(lambda: indexed(app, "altered"))
    wait_until(lambda: lag(app) == 0)


@pytest.mark.parametrize(("every_s", "compared"), [(-1.0, True), (refresh._VERIFY_EVERY_S, False)])
def test_all_rows_are_compared_when_the_last_time_is_long_ago(kept, tree, monkeypatch, every_s, compared):
    monkeypatch.setattr(refresh, "_VERIFY_EVERY_S", every_s)
    app = kept(leads=False)
    tree({"b.py": "def altered(): ...\n"})
    wait_until(lambda: app.search("altered").data["hits"] and lag(app) > 0)
    app._refresher.settle()
    wait_until(lambda: lag(app) == 0 and not app._refresher.background.progress())
    assert bool(last_report(app)["verified"]) is compared
