"""Is a search limited to what was asked for, and shown as it was asked for?"""

import subprocess

import pytest

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.errors import BadQuery
from stores.facts import display_path


def paths(rendered) -> set[str]:
    return {hit["path"] for hit in rendered.data["hits"]}


def test_filters_in_the_text_do_what_arguments_do(search):
    for text, arguments in (
        ("cart path:shop/", {"path": "shop/"}),
        ("cart lang:markdown", {"language": "markdown"}),
        ("cart kind:class", {"kind": "class"}),
    ):
        assert search(text).data["hits"] == search("cart", **arguments).data["hits"] != []


def test_a_dash_shuts_out(search):
    assert "tests/test_cart.py" in paths(search("total of a cart", limit=50))
    assert "tests/test_cart.py" not in paths(search("total of a cart -path:tests", limit=50))
    assert "docs/guide.md" not in paths(search("cart -lang:markdown", limit=50))
    assert all(hit["kind"] != "class" for hit in search("cart -kind:class", limit=50).data["hits"])


def test_filters_of_one_field_widen_and_of_different_fields_narrow(search):
    found = paths(search("cart path:docs path:billing", limit=50))
    assert found
    assert all(path.startswith(("docs/", "billing/")) for path in found)
    assert paths(search("cart path:docs lang:markdown", limit=50)) == {"docs/guide.md"}


def test_tests_can_be_left_out_or_asked_for_alone(search):
    assert "tests/test_cart.py" not in paths(search("total of a cart", tests="without", limit=50))
    assert paths(search("total of a cart", tests="only", limit=50)) == {"tests/test_cart.py"}
    with pytest.raises(BadQuery, match="tests='maybe'"):
        search("cart", tests="maybe")


def test_an_unknown_filter_value_is_told_with_the_known_ones(search):
    for text, known in (("cart lang:cobol", "python"), ("cart kind:spaceship", "class")):
        with pytest.raises(BadQuery) as error:
            search(text)
        assert known in error.value.hint


def test_filters_that_nothing_meets_are_named(search):
    assert "-path='shop'" in search("cart path:shop -path:shop").text


def test_a_concise_answer_is_a_line_a_result_under_its_file(search):
    rendered = search("cart", detail="concise", limit=50)
    lines = rendered.text.splitlines()
    headings = [line for line in lines if not line.startswith((" ", "(", "note:"))]
    assert len(headings) == len(set(headings))
    assert set(headings) == {display_path(path) for path in paths(rendered)}
    assert any(line.startswith("  :") and "class Cart" in line for line in lines)
    assert len(rendered.text) < len(search("cart", limit=50, budget_tokens=12_000).text)
    with pytest.raises(BadQuery, match="unknown detail"):
        search("cart", detail="brief")


def test_a_concise_exact_search_shows_the_matching_line(search):
    assert "too many goods" in search('"cart holds too many"', detail="concise").text


def test_quoted_text_that_stands_nowhere_falls_back_to_its_words_and_says_so(search):
    rendered = search('"cart of the till"')
    assert "shop/cart.py" in rendered.text
    assert "no file holds the quoted text" in rendered.text
    assert search("cart of the till", mode="exact").data["hits"] == []


def test_a_misspelled_name_is_taken_for_the_nearest_and_the_answer_says_so(search):
    rendered = search("chekout")
    assert rendered.data["hits"][0]["symbol"] == "checkout"
    assert "nothing is called 'chekout'" in rendered.text


def test_a_stack_trace_leads_to_its_innermost_place(search):
    trace = (
        'it failed\n  File "/srv/shop/api.py", line 3, in send\n  File "/srv/shop/cart.py", line 27, in add\nCartFull'
    )
    assert search(trace).data["hits"][0]["symbol"] == "Cart.add"


def test_another_form_of_a_word_finds_it(search):
    assert "shop/tax.py" in paths(search("taxes returned"))


def git(root, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, session_home):
    root = tmp_path / "repo"
    root.mkdir()
    (root / "kept.py").write_text("def kept_goods():\n    return 1\n")
    (root / "edited.py").write_text("def edited_goods():\n    return 1\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    (root / "edited.py").write_text("def edited_goods():\n    return 2\n")
    (root / "added.py").write_text("def added_goods():\n    return 3\n")
    app = App(load(root, {"TRISTORE_HOME": str(session_home)}))
    app.index()
    yield app
    app.close()


def test_only_what_changed_since_a_revision_is_searched(repository):
    found = {hit["path"] for hit in repository.search("goods", changed_since="HEAD").data["hits"]}
    assert found == {"edited.py", "added.py"}


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=x", "HEAD; rm -rf /", ""])
def test_a_revision_that_git_does_not_know_is_refused(repository, revision):
    if not revision:
        assert len(repository.search("goods", changed_since=revision).data["hits"]) == 3
        return
    with pytest.raises(BadQuery, match=r"revision|does not know"):
        repository.search("goods", changed_since=revision)
