"""Does a search find, page, filter and explain, whatever is asked?"""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcp_server.app import App
from mcp_server.config import RetrievalOptions, load
from mcp_server.errors import BadQuery
from mcp_server.retrieval import answers
from mcp_server.retrieval.query import STOP_WORDS
from mcp_server.retrieval.search import Request
from stores.index import Index
from stores.opening import Identity


def places(answer) -> list[tuple[str, int]]:
    return [(hit["path"], hit["start"]) for hit in answer.data["hits"]]


@given(query=st.text(max_size=200), mode=st.sampled_from(["auto", "keyword", "semantic", "exact"]))
@example("\x00", "auto")
@example("\ud800 cart", "auto")
@example('"', "auto")
@example("::", "auto")
@example("(", "keyword")
@example("AND OR NOT", "keyword")
@example("body:cart^2 *", "keyword")
@example("'''", "auto")
@example(" ".join(sorted(STOP_WORDS)), "auto")
@example("🦄", "auto")
@example("cart " * 4_000, "auto")
@example("x" * 20_000, "auto")
@example("/" * 9_999, "auto")
@example("a." * 9_999, "auto")
def test_any_text_is_a_valid_query(search, query, mode):
    if not query.encode("utf-8", "replace").strip():
        with pytest.raises(BadQuery, match="empty"):
            search(query, mode=mode)
        return
    try:
        answer = search(query, mode=mode)
    except BadQuery:
        assert not query.strip()
        return
    assert answer.text
    assert answer.text.encode()


@given(pattern=st.one_of(st.text(max_size=30), st.text("()[]{}*+?|\\^$.a1,", max_size=20)))
@example("(" * 400 + ")" * 400)
@example("(?:(?:a{1000}){1000}){1000}")
@example("a{99999999999999}")
@example("x" * 5_000)
@example("(?P<a>x)(?P<a>")
def test_any_pattern_is_answered_or_refused(search, pattern):
    try:
        answer = search(pattern, mode="regex", path="shop/cart.py")
    except BadQuery as error:
        said = error.hint
    else:
        said = answer.text
    assert said


@pytest.mark.parametrize("query", ["", "   \n", "\t"])
def test_an_empty_query_is_refused(search, query):
    with pytest.raises(BadQuery, match="empty"):
        search(query)


def test_a_query_may_have_20000_characters_and_no_more(search):
    assert search("x" * 20_000).text
    with pytest.raises(BadQuery, match="20,001 characters"):
        search("x" * 20_001)


@pytest.mark.parametrize("mode", ["auto", "keyword", "semantic", "exact", "regex"])
def test_every_mode_finds_a_name(search, mode):
    assert "shop/cart.py" in search("checkout", mode=mode).text


def test_an_unknown_mode_names_the_modes(search):
    with pytest.raises(BadQuery) as error:
        search("a", mode="fuzzy")
    assert "semantic" in error.value.hint


@pytest.mark.parametrize("limit", [0, -1, 51])
def test_a_limit_out_of_range_names_the_range(search, limit):
    with pytest.raises(BadQuery) as error:
        search("a", limit=limit)
    assert "1 to 50" in error.value.hint


# Pages


@given(
    query=st.sampled_from(["goods cart", "Cart", "needle", "tax", '"goods"']),
    pages=st.lists(st.tuples(st.integers(1, 50), st.integers(60, 3_000)), min_size=1, max_size=5),
)
def test_pages_neither_repeat_nor_skip(search, query, pages):
    everything = search(query, limit=50, budget_tokens=12_000)
    assert everything.data["cursor"] is None
    seen, cursor = [], None
    for turn in range(100):
        limit, budget = pages[min(turn, len(pages) - 1)]
        answer = search(query, limit=limit, budget_tokens=budget, cursor=cursor)
        seen += places(answer)
        assert answer.data["left_out"] == len(everything.data["hits"]) - len(seen)
        cursor = answer.data["cursor"]
        if cursor is None:
            break
        assert f"cursor={cursor}" in answer.text
    if answer.data["left_out"]:
        assert "none fits; raise budget_tokens" in answer.text
    assert seen == places(everything)[: len(seen)]
    assert answer.data["left_out"] or seen == places(everything)


def test_the_last_page_has_no_cursor_and_what_is_beyond_it_is_said(search):
    first = search("needle", limit=1)
    assert first.data["cursor"]
    last = search("needle", limit=50, cursor=first.data["cursor"], budget_tokens=12_000)
    assert last.data["cursor"] is None
    assert "more; next page" not in last.text
    generation, _, digest = first.data["cursor"].split("-")
    assert "no more results" in search("needle", cursor=f"{generation}-999-{digest}").text


@pytest.mark.parametrize(
    "cursor", ["x", "1-2", "1-2-3-4", "\u0663-1-00000000", "-1-1-00000000", "1-1-zzzzzzzz", "\ud800"]
)
def test_a_cursor_that_is_not_ours_is_refused(search, cursor):
    with pytest.raises(BadQuery) as error:
        search("goods", cursor=cursor)
    assert "without cursor" in error.value.hint


@pytest.mark.parametrize("other", [{"query": "tax"}, {"path": "shop"}, {"language": "python"}, {"mode": "keyword"}])
def test_a_cursor_of_another_search_is_refused(search, other):
    cursor = search("goods", limit=1).data["cursor"]
    with pytest.raises(BadQuery, match="another search"):
        search(**{"query": "goods", **other, "cursor": cursor})


def test_a_cursor_of_an_earlier_index_is_refused(search):
    generation, offset, digest = search("goods", limit=1).data["cursor"].split("-")
    with pytest.raises(BadQuery, match="changed"):
        search("goods", cursor=f"{int(generation) - 1}-{offset}-{digest}")


# Exact text and patterns


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the cart holds too many goods, remove one first", "shop/cart.py"),
        ("# What a customer wants to buy.", "shop/cart.py"),
        ("WHERE sold > 0", "sql/report.sql"),
        ("the page of one customer", "app/[id]/page.txt"),
        ("too many goods, rem", "shop/cart.py"),
        ("first = a\n    return", "odd/crlf.py"),
        ("needle number 299", "odd/lines.txt"),
        ("(net) + tax_of(", "shop/cart.py"),
    ],
)
def test_exact_text_is_found_wherever_it_stands(search, text, place):
    for answer in (search(text, mode="exact"), search(f'"{text}"')):
        assert {hit["path"] for hit in answer.data["hits"]} == {place}
        assert re.search(rf"^{re.escape(place)}:\d", answer.text, re.MULTILINE)


def test_the_matching_line_is_shown_with_its_number(search):
    answer = search("too many goods", mode="exact")
    line = (answer.text.split("\n"))[1]
    number, _, text = line.partition(": ")
    assert text == 'raise CartFull("the cart holds too many goods, remove one first")'
    assert answer.data["hits"][0]["start"] <= int(number) <= answer.data["hits"][0]["end"]


def test_matching_lines_that_are_not_shown_are_counted(search):
    answer = search("needle", mode="exact", limit=1)
    hit = answer.data["hits"][0]
    assert f"… {hit['end'] - hit['start'] + 1 - 8} more matching lines here" in answer.text


def test_nothing_exact_is_said_with_the_next_step(search):
    answer = search("THE CART HOLDS", mode="exact")
    assert answer.data["hits"] == []
    assert "no result for 'THE CART HOLDS'" in answer.text
    assert "mode=keyword" in answer.text


def test_a_pattern_is_found_line_by_line(search):
    answer = search(r"^def (left|right)\(", mode="regex")
    assert {hit["path"] for hit in answer.data["hits"]} == {"shop/loops.py"}
    assert "def left(n):" in answer.text
    assert "def right(n):" in answer.text


@pytest.mark.parametrize("pattern", ["(", "[a", "a**", "(?P<x", "\\"])
def test_an_invalid_pattern_is_refused_with_the_next_step(search, pattern):
    with pytest.raises(BadQuery, match="not a valid regular expression") as error:
        search(pattern, mode="regex")
    assert "mode=exact" in error.value.hint


def test_a_pattern_that_backtracks_without_end_is_stopped_and_the_answer_says_so(search):
    answer = search("(a+)+$", mode="regex", path="odd/a.txt")
    assert "search stopped early" in answer.text


def test_a_pattern_that_matches_everywhere_names_each_line_once(search):
    answer = search("x*", mode="regex", path="odd/lines.txt", limit=50)
    assert sum(int(hit["score"]) for hit in answer.data["hits"]) >= 300
    assert sum(int(hit["score"]) for hit in answer.data["hits"]) <= 301


# Filters


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("shop/", {"shop/cart.py", "shop/tax.py"}),
        ("shop", {"shop/cart.py", "shop/tax.py"}),
        ("./shop//", {"shop/cart.py", "shop/tax.py"}),
        ("shop/cart.py", {"shop/cart.py"}),
        ("cart.py", {"shop/cart.py"}),
        ("**/ca*.py", {"shop/cart.py"}),
        ("*.sql", {"sql/report.sql"}),
        ("app/[id]", {"app/[id]/page.txt"}),
        ("billing/", {"billing/api.py"}),
    ],
)
def test_a_path_is_a_folder_a_file_or_a_pattern(search, path, files):
    found = {hit["path"] for hit in search("cart tax goods checkout customer", path=path, limit=50).data["hits"]}
    assert files <= found
    folder = path.strip("./").split("/")[0]
    if folder in ("shop", "billing"):
        assert all(f.startswith(folder) for f in found)


@pytest.mark.parametrize("mode", ["auto", "exact", "regex"])
def test_filters_hold_in_every_mode(search, mode):
    assert {h["path"] for h in search("goods", mode=mode, language="SQL").data["hits"]} <= {"sql/report.sql"}
    methods = search("goods", mode=mode, kind="Method").data["hits"]
    assert "method" in {h["kind"] for h in methods}
    assert not {h["path"] for h in methods} & {"sql/report.sql", "docs/guide.md"}
    assert {h["path"] for h in search("goods", mode=mode, path="docs").data["hits"]} == {"docs/guide.md"}


@pytest.mark.parametrize("path", ["no/such", "../outside.py", "/etc/passwd", "link.py", "\ud800", "!shop", "*" * 2_000])
def test_a_path_that_means_nothing_is_said(search, path):
    answer = search("goods", path=path)
    assert answer.data["hits"] == []
    assert "no indexed file matches path=" in answer.text


def test_an_unknown_language_lists_the_known_ones(search):
    with pytest.raises(BadQuery) as error:
        search("goods", language="klingon")
    assert "python" in error.value.hint


def test_an_unknown_kind_lists_the_known_ones(search):
    with pytest.raises(BadQuery) as error:
        search("goods", kind="poem")
    assert "class, " in error.value.hint
    assert "section" in error.value.hint


def test_the_same_question_gets_the_same_answer(search):
    assert search("goods cart") == search("goods cart")


def test_explain_shows_the_rank_in_each_list(search):
    answer = search("Cart", explain=True, limit=1)
    why = re.search(r'^why: .*"ranks": \{([^}]*)\}', answer.text, re.MULTILINE)
    assert why
    assert "keyword" in set(re.findall(r'"(\w+)": \d', why[1]))
    assert '"defines": "Cart"' in answer.text
    assert '"matches": 1' in search('"cart holds too many"', explain=True).text
    assert "why:" not in search("Cart", limit=1).text


def test_the_header_and_the_data_name_the_first_and_last_line_shown(search, snapshot):
    for query in ("compute value", "Cart", "rate", "guide", "tax_of"):
        answer = search(query, limit=50, budget_tokens=12_000)
        for hit in answer.data["hits"]:
            header, *shown = hit["text"].split("\n")
            assert re.search(r":(\d+)", header)[1] == str(hit["start"])
            if not shown or shown[-1].endswith(("more lines", "…")):
                continue
            lines = snapshot.text(snapshot.file(hit["path"]).id).split("\n") if "\\" not in hit["text"] else None
            if lines:
                assert shown[0].strip()
                assert shown[0] == lines[hit["start"] - 1].rstrip()
                assert shown[-1] == lines[hit["end"] - 1].rstrip()


def test_a_definition_of_the_name_comes_first_and_tests_last(search):
    found = [hit["path"] for hit in search("Cart total", limit=50, budget_tokens=12_000).data["hits"]]
    assert found[0] == "shop/cart.py"
    assert found.index("tests/test_cart.py") > found.index("shop/cart.py")


def test_a_word_that_stands_nowhere_is_not_passed_off_as_found(search):
    answer = search("zzqxv")
    assert "no indexed text holds 'zzqxv'" in answer.text.splitlines()[0]
    assert answer.data["notes"]
    assert "no indexed text" not in search("zzqxv", mode="semantic").text


def test_an_index_that_is_made_anew_does_not_say_that_nothing_is_there(tmp_path, embedder):
    index = Index(tmp_path / "index", b"/somewhere")
    for program in ("older", "newer"):
        with index.writer(Identity(program, embedder.id, embedder.dimensions)):
            pass
    with index.snapshot() as snapshot:
        text = answers.search(snapshot, embedder, Request("anything"), RetrievalOptions(), []).text
    index.close()
    assert "no file of this root is indexed yet; ask again" in text
    assert "left out" not in text


def test_a_root_without_a_single_file_says_so(tmp_path):
    (tmp_path / "root").mkdir()
    app = App(load(tmp_path / "root", {"TRISTORE_HOME": str(tmp_path / "home")}))
    app.index()
    assert "no file of this root is indexed" in app.search("anything").text
    app.close()
