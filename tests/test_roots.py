"""Are several roots answered as one, each from its own index?"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client

from mcp_server import cli, tokens
from mcp_server.config import load
from mcp_server.errors import BadQuery, BudgetTooSmall, ConfigError, RequestError, UnknownSymbol
from mcp_server.retrieval.budget import Item
from mcp_server.retrieval.pages import Shown, fused
from mcp_server.roots import MAX_ROOTS, Roots, prefixes
from mcp_server.server import create_server

API = {
    "shop/orders.py": '''
        def place_order(cart):
            """Place an order for everything in the cart."""
            return charge_card(cart)

        def charge_card(cart):
            """Charge the card of a customer."""
            return cart
    ''',
    "shop/shared.py": "def retry_request():\n    return 1\n",
}
WEB = {
    "pages/checkout.py": '''
        def render_checkout(cart):
            """Show the cart and a button that places the order."""
            return submit_order(cart)

        def submit_order(cart):
            """Send an order of the cart to the server."""
            return cart
    ''',
    "shop/shared.py": "def retry_request():\n    return 2\n",
}


def _write(folder: Path, files: dict[str, str]) -> Path:
    from textwrap import dedent

    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(dedent(text))
    return folder


@pytest.fixture
def roots(tmp_path, home):
    folders = [_write(tmp_path / "api", API), _write(tmp_path / "web", WEB)]
    opened = Roots([load(folder, {"TRISTORE_HOME": str(home)}) for folder in folders])
    yield opened
    opened.close()


def _paths(answer):
    return [hit["path"] for hit in answer.data["hits"]]


def test_a_search_finds_code_of_all_roots_under_prefixed_paths(roots):
    answer = roots.search("order of a cart")
    assert {"api/shop/orders.py", "web/pages/checkout.py"} <= set(_paths(answer))
    assert "api/shop/orders.py:" in answer.text
    assert "web/pages/checkout.py:" in answer.text


def test_what_a_root_ranks_first_comes_before_what_any_ranks_second(roots):
    first_two = _paths(roots.search("order of a cart"))[:2]
    assert {path.split("/")[0] for path in first_two} == {"api", "web"}


@pytest.mark.parametrize("path", ["api", "api/", "./api", "api/shop"])
def test_a_path_filter_with_a_prefix_leaves_that_root(roots, path):
    found = _paths(roots.search("order of a cart", path=path))
    assert found
    assert all(each.startswith("api/shop/") for each in found)


def test_a_path_filter_without_a_prefix_holds_in_every_root(roots):
    assert set(_paths(roots.search("retry request", path="shop/shared.py"))) == {
        "api/shop/shared.py",
        "web/shop/shared.py",
    }


def test_a_filter_in_the_text_of_a_query_may_have_a_prefix(roots):
    assert set(_paths(roots.search("path:web/shop retry request"))) == {"web/shop/shared.py"}


def test_pages_follow_one_another_without_gap_or_repeat(roots):
    whole = [(hit["path"], hit["start"]) for hit in roots.search("order cart retry", limit=50).data["hits"]]
    seen, cursor = [], None
    while True:
        answer = roots.search("order cart retry", limit=1, cursor=cursor)
        seen += [(hit["path"], hit["start"]) for hit in answer.data["hits"]]
        cursor = answer.data["cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len(set(seen)) == len(seen) > 2


def test_a_cursor_is_stale_when_any_root_has_changed(roots, tmp_path):
    cursor = roots.search("order cart retry", limit=1).data["cursor"]
    (tmp_path / "web/pages/new.py").write_text("def order_again():\n    return 0\n")
    with pytest.raises(BadQuery, match="has changed"):
        roots.search("order cart retry", limit=1, cursor=cursor)


def test_an_edit_in_any_root_is_in_the_next_answer(roots, tmp_path):
    roots.search("order")
    (tmp_path / "web/pages/checkout.py").write_text("def brand_new_name():\n    return 1\n")
    assert _paths(roots.search("brand_new_name"))[0] == "web/pages/checkout.py"


@given(budget=st.integers(50, 900))
def test_no_answer_exceeds_its_budget(shared_roots, budget):
    for ask in (
        lambda: shared_roots.search("order of a cart", budget_tokens=budget),
        lambda: shared_roots.context("retry_request", budget_tokens=budget),
        lambda: shared_roots.call_graph("charge_card", budget_tokens=budget),
    ):
        try:
            assert tokens.count(ask().text) <= budget
        except BudgetTooSmall:
            assert budget < 200


@pytest.fixture(scope="module")
def shared_roots(tmp_path_factory):
    base = tmp_path_factory.mktemp("several")
    folders = [_write(base / "api", API), _write(base / "web", WEB)]
    opened = Roots([load(folder, {"TRISTORE_HOME": str(base / "home")}) for folder in folders])
    yield opened
    opened.close()


def test_the_context_of_a_name_comes_from_the_root_that_has_it(roots):
    answer = roots.context("charge_card")
    assert answer.text.startswith("# in api/")
    assert "def charge_card(cart)" in answer.text
    assert list(answer.data["roots"]) == ["api"]


def test_a_name_that_several_roots_have_is_answered_for_each(roots):
    answer = roots.context("retry_request")
    assert "return 1" in answer.text
    assert "return 2" in answer.text
    assert list(answer.data["roots"]) == ["api", "web"]


@pytest.mark.parametrize("target", ["web/shop/shared.py", "web/shop/shared.py:1"])
def test_a_target_with_a_prefix_is_of_that_root(roots, target):
    assert list(roots.context(target).data["roots"]) == ["web"]


def test_a_citation_that_was_given_is_taken_back(roots):
    answer = roots.context("web/shop/shared.py:1-2")
    assert "return 2" in answer.text
    assert "return 2" not in roots.context("web/shop/shared.py:1", seen=["web/shop/shared.py:1-2"]).text


def test_the_callers_of_a_name_are_those_of_its_root(roots):
    answer = roots.call_graph("submit_order", direction="callers")
    assert "render_checkout" in answer.text
    assert answer.text.startswith("# in web/")


def test_a_name_that_no_root_has_is_refused_with_the_nearest_of_each(roots):
    with pytest.raises(UnknownSymbol) as refused:
        roots.context("charge_kard")
    assert "api:" in refused.value.hint
    assert "web:" in refused.value.hint


def test_the_text_of_a_file_is_read_by_its_prefixed_path(roots):
    roots.search("order")
    assert "return 2" in roots.file_text("web/shop/shared.py")
    with pytest.raises(RequestError):
        roots.file_text("web/../api/shop/shared.py")


def test_a_filter_that_one_root_cannot_have_does_not_hide_the_others(roots, tmp_path):
    (tmp_path / "web/pages/run.js").write_text("function startCheckout() { return 1 }\n")
    answer = roots.search("start checkout", language="javascript")
    assert _paths(answer) == ["web/pages/run.js"]
    assert any(note.startswith("api: ") for note in answer.data["notes"])


def test_what_no_root_can_answer_is_an_error(roots):
    with pytest.raises(BadQuery):
        roots.search("order", language="klingon")


def test_status_names_every_root(roots):
    roots.search("order")
    answer = roots.status()
    assert set(answer.data["roots"]) == {"api", "web"}
    assert "api/" in answer.text


def test_folders_of_one_name_are_told_apart_by_what_is_above_them():
    named = prefixes([Path("/a/x/src"), Path("/b/y/src"), Path("/c/lib")])
    assert named == ["x/src", "y/src", "lib"]


@pytest.mark.parametrize(
    "roots_given", [["/a/x", "/a/x"], ["/a/x", "/a/x/y"], ["/a/x/y", "/a/x"]], ids=["twice", "inner", "outer"]
)
def test_roots_that_hold_one_another_are_refused(roots_given):
    with pytest.raises(ConfigError, match="--path"):
        prefixes([Path(root) for root in roots_given])


def test_more_roots_than_can_be_served_are_refused(tmp_path, home):
    folders = [tmp_path / f"r{n}" for n in range(MAX_ROOTS + 1)]
    for folder in folders:
        folder.mkdir()
    with pytest.raises(ConfigError, match="too many"):
        Roots([load(folder, {"TRISTORE_HOME": str(home)}) for folder in folders])


@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.floats(0, 1), max_size=5)), st.integers(1, 4))
def test_fused_pages_hold_every_hit_once_and_each_root_in_its_own_order(ranked, limit):
    listings = {
        root: [Shown(Item((f"{root}{at}",)), {"score": score}) for at, score in enumerate(scores)]
        for root, scores in ranked.items()
    }
    total = sum(map(len, listings.values()))
    pages = [fused(listings, start, limit) for start in range(0, total, limit)]
    texts = [hit.item.forms[0] for page in pages for hit in page]
    assert sorted(texts) == sorted(hit.item.forms[0] for hits in listings.values() for hit in hits)
    for root, hits in listings.items():
        assert [t for t in texts if t[0] == root] == [hit.item.forms[0] for hit in hits]


@pytest.mark.anyio
async def test_a_server_of_several_roots_says_how_its_paths_begin_and_answers_over_all(tmp_path, home):
    folders = [_write(tmp_path / "api", API), _write(tmp_path / "web", WEB)]
    settings = [load(folder, {"TRISTORE_HOME": str(home)}) for folder in folders]
    async with Client(create_server(Roots(settings), settings[0])) as client:
        assert "api/, web/" in client.instructions
        answer = await client.call_tool("search_code", {"query": "submit_order"})
        assert answer.content[0].text.startswith("web/pages/checkout.py:")
        read = await client.read_resource("code://file/api/shop/shared.py")
        assert "return 1" in read.contents[0].text


@pytest.fixture
def anyio_backend():
    return "asyncio"


def test_the_command_line_searches_several_roots(tmp_path, capsys):
    named = [
        word for name, files in (("api", API), ("web", WEB)) for word in ("--path", str(_write(tmp_path / name, files)))
    ]
    assert cli.main(["search", *named, "submit_order"]) == cli.OK
    assert capsys.readouterr().out.startswith("web/pages/checkout.py:")
    assert cli.main(["calls", *named, "submit_order", "--direction", "callers"]) == cli.OK
    assert "render_checkout" in capsys.readouterr().out


def test_a_command_for_one_root_refuses_several(tmp_path, capsys):
    named = ["--path", str(_write(tmp_path / "api", API)), "--path", str(_write(tmp_path / "web", WEB))]
    assert cli.main(["index", *named]) == cli.USAGE_ERROR
    assert "one root" in capsys.readouterr().err
