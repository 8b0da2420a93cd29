"""Does an answer stay within its budget, whatever is asked, and say what it left out?"""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcp_server.errors import BadQuery, BudgetTooSmall, RequestError
from mcp_server.retrieval.budget import Item, fit, notes, pack, shortened
from mcp_server.tokens import count

BUDGETS = st.one_of(st.integers(50, 400), st.integers(50, 12_000))
NOTES = st.lists(st.sampled_from(["2 files are being indexed", "x" * 900, "🦄" * 200, "a\nb"]), max_size=3).map(tuple)
NOWHERE = ["LICENSE", "needle", "zero\u200bwidth"]
QUERIES = st.one_of(
    st.sampled_from(
        [
            "goods",
            "Cart",
            "checkout",
            "cart tax total",
            '"goods"',
            "🦄",
            "needle",
            "word",
            "tax.py",
            "zzzz" * 90,
            "🦄" * 99,
        ]
    ),
    st.text(min_size=1, max_size=80),
)
TARGETS = st.sampled_from(
    [
        "Cart",
        "save",
        "send",
        "checkout",
        "invoice",
        "Cart.total",
        "wide",
        "zero\u200bwidth",
        "remember",
        "shop/cart.py",
        "shop/cart.py:9",
        "shop/long.py",
        "shop/long.py:20",
        "shop/long.py:20-90",
        "odd/wide.py",
        "odd/wide.py:2",
        "odd/a.txt:1",
        "odd/a.txt",
        "docs/guide.md",
        "odd/empty.py",
        "docs/guide.md:5",
        "odd/lines.txt",
        "odd/lines.txt:150",
        "shop/tax.py:rate",
        "LIMIT",
        "odd/emoji.md",
        "billing/api.py:13",
        "LICENSE",
        "sum up what goods cost",
        "customer page",
        "needle",
        "🦄 🦄",
        "how are needles counted",
        "odd/bidi.py:2",
    ]
)
SYMBOLS = st.sampled_from(
    [
        "Cart",
        "Cart.total",
        "save",
        "send",
        "ping",
        "itself",
        "both",
        "remember",
        "wide",
        "invoice",
        "tax_of",
        "LIMIT",
        "nothing",
    ]
)


@given(query=QUERIES, budget=BUDGETS, limit=st.integers(1, 50), said=NOTES, explain=st.booleans())
def test_a_search_never_exceeds_its_budget(search, query, budget, limit, said, explain):
    try:
        answer = search(query, said, budget_tokens=budget, limit=limit, explain=explain)
    except BadQuery:
        return
    assert answer.text
    assert count(answer.text) <= budget
    assert len(answer.data["hits"]) <= limit


@given(pattern=st.sampled_from(["goods", "needle", "a+", "word", r"\w+", ".", "^"]), budget=BUDGETS, said=NOTES)
def test_a_search_for_a_pattern_never_exceeds_its_budget(search, pattern, budget, said):
    answer = search(pattern, said, mode="regex", budget_tokens=budget, limit=50)
    assert answer.text
    assert count(answer.text) <= budget


@given(target=TARGETS, budget=BUDGETS, said=NOTES)
@example(target="sum up what goods cost", budget=50, said=())
@example(target="customer page", budget=50, said=("x" * 900,))
def test_a_context_never_exceeds_its_budget(context, target, budget, said):
    try:
        answer = context(target, budget=budget, notes=said)
    except RequestError:
        assert target in NOWHERE
        return
    assert answer.text
    assert count(answer.text) <= budget


@given(
    symbol=SYMBOLS,
    budget=BUDGETS,
    said=NOTES,
    depth=st.integers(1, 5),
    direction=st.sampled_from(["callers", "callees", "both"]),
)
def test_a_call_graph_never_exceeds_its_budget(calls, symbol, budget, said, depth, direction):
    try:
        answer = calls(symbol, direction, depth, budget=budget, notes=said)
    except RequestError:
        assert symbol == "nothing"
        return
    assert answer.text
    assert count(answer.text) <= budget


NODES = st.sampled_from(
    [
        *("knot_0", "knot_1", "knot_40", "drive", "Lamp.light", "Letter", "maybe", "ask", "tick", "flicker"),
        *(".", "net/", "net/part_0.py", "town/ring/", "town/post.py"),
    ]
)


@given(
    symbol=NODES,
    to=st.one_of(st.none(), NODES),
    direction=st.sampled_from(["callers", "callees", "both", "impact"]),
    depth=st.one_of(st.none(), st.integers(1, 5)),
    possible=st.booleans(),
    form=st.sampled_from(["text", "mermaid"]),
    budget=BUDGETS,
    said=NOTES,
)
def test_no_question_about_a_graph_exceeds_its_budget(ask, symbol, to, direction, depth, possible, form, budget, said):
    try:
        answer = ask(
            symbol,
            to=to,
            direction=direction,
            depth=depth,
            include_possible=possible,
            format=form,
            budget=budget,
            notes=said,
        )
    except BadQuery:
        assert to
        return
    assert answer.text
    assert count(answer.text) <= budget


@pytest.mark.parametrize("tool", ["search", "context", "calls"])
def test_a_budget_that_holds_no_answer_is_refused_with_the_next_step(request, tool):
    ask = request.getfixturevalue(tool)
    with pytest.raises(BudgetTooSmall) as error:
        ask("Cart", **{"budget_tokens" if tool == "search" else "budget": 49})
    assert "50" in error.value.hint


def test_the_smallest_budget_still_names_a_place(search, context, calls):
    assert "shop/cart.py:" in search("Cart", budget_tokens=50).text
    assert "shop/cart.py:" in context("Cart", budget=50).text
    assert "shop/cart.py:" in calls("Cart.total", budget=50).text


def test_a_cut_answer_says_so(context, calls, search):
    assert "raise budget_tokens" in context("Cart", budget=120).text
    assert "raise budget_tokens" in calls("both", "callees", 3, budget=60).text
    assert "cursor=" in search("goods", budget_tokens=120).text


def test_a_definition_larger_than_the_budget_is_cut_and_the_rest_can_be_asked_for(context):
    text = context("invoice", budget=500).text
    rest = re.search(r"… \d+ more lines: (shop/long\.py:(\d+)-153)", text)
    assert rest, text
    assert f"rates[{int(rest[2]) - 4}]" in text
    following = context(rest[1], budget=12_000).text
    assert f"rates[{int(rest[2]) - 3}]" in following
    assert "return total" in following


def test_a_definition_with_little_around_it_may_fill_the_answer(context):
    whole = context("invoice", budget=12_000).text
    assert context("invoice", budget=count(whole) + 1).text == whole


def test_candidates_left_out_are_counted(calls):
    text = calls("remember", budget=55).text
    shown = len(re.findall(r"^billing\.memory\.", text, re.MULTILINE))
    assert shown < 2
    assert f"{2 - shown} more" in text or "cut" in text


FORMS = st.lists(st.text("ab \n", min_size=1, max_size=60), min_size=1, max_size=3).map(
    lambda forms: tuple(sorted(forms, key=count, reverse=True))
)


@given(forms=st.lists(FORMS, max_size=12), budget=st.integers(0, 120), share=st.sampled_from([0.5, 1.0]))
def test_packing_never_drops_a_higher_item_for_a_lower_one(forms, budget, share):
    items = [Item(f) for f in forms]
    packed = pack(items, budget, share=share)
    assert [p.position for p in packed.placed] == list(range(len(packed.placed)))
    assert packed.left_out == len(items) - len(packed.placed)
    text = "\n".join(p.text for p in packed.placed)
    assert not packed.placed or count(text) <= packed.tokens <= budget
    if packed.left_out:
        shortest = items[len(packed.placed)].forms[-1]
        assert packed.tokens + count(shortest) + 1 > budget


@given(text=st.text(max_size=400), budget=st.integers(0, 60))
def test_fit_and_shortened_keep_to_the_budget(text, budget):
    for kept in (fit(text, budget), shortened(text, budget)):
        assert count(kept) <= budget
    if count(text) <= budget:
        assert fit(text, budget) == text


def test_what_is_cut_says_that_it_is():
    assert fit("one two three\n" * 50, 40).endswith("… cut; raise budget_tokens")
    assert fit("word " * 100, 20).endswith("…")


def test_notes_take_at_most_a_third():
    text = notes(["first thing to know", "second " * 200], 120)
    assert text.startswith("note: first thing to know")
    assert count(text) <= 40
    assert notes([], 120) == ""
