"""Is a flowchart one that Mermaid takes, whatever the names in it, and does it say what it leaves out?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.retrieval.mermaid import Arrow, Box, escaped, flowchart
from mcp_server.tokens import count

# The part of Mermaid's grammar that is used: declared nodes, edges between declared nodes, comments.
LABEL = r'"(?:[^"\n#%`<>;\[\]{}|\\]|#\d+;|<br/>)*"'
NODE = rf"n\d+(?:\[{LABEL}\])?"
LINE = re.compile(rf"(?:{NODE}|{NODE} (?:-->|-\.->)(?:\|{LABEL}\|)? {NODE}|%% [^\n%]*)")


def is_valid(text):
    first, *lines = text.split("\n")
    declared = set()
    for line in lines:
        assert LINE.fullmatch(line), line
        if not line.startswith("%%"):
            declared |= set(re.findall(r"(?<![\w#])(n\d+)\[", line))
            unlabelled = re.sub(r'"[^"]*"', "", line)
            assert set(re.findall(r"n\d+", unlabelled)) <= declared, line
    return first == "flowchart LR"


@pytest.mark.parametrize(
    ("symbol", "arguments"),
    [
        ("drive", {"depth": 3}),
        ("drive", {"direction": "impact"}),
        ("maybe", {"include_possible": True}),
        ("Neon.light", {}),
        ("tick", {"depth": 5}),
        ("write", {"to": "fold"}),
        ("ask", {"to": "answer"}),
        ("town/ring/", {}),
        ("town/ring/west.py", {"depth": 2}),
        ("tests/test_post.py", {"to": "town/lamp.py"}),
    ],
    ids=str,
)
def test_every_question_can_be_drawn(ask, symbol, arguments):
    text = ask(symbol, format="mermaid", **arguments).text
    assert is_valid(text)
    assert ask(symbol, **arguments).data == ask(symbol, format="mermaid", **arguments).data


def test_an_arrow_leads_from_the_caller_to_the_called(ask):
    text = ask("shine", direction="callers", format="mermaid").text
    (called,) = re.findall(r'(n\d+)\["shine<br/>town/road\.py:9"\]', text)
    assert re.search(rf'^n\d+\["drive<br/>town/road\.py:4"\] -->\|"local .*:5"\| {called}$', text, re.MULTILINE)


def test_possible_edges_are_dotted(ask):
    assert len(re.findall(r"-\.->", ask("maybe", direction="callees", format="mermaid").text)) == 2


def test_what_is_unknown_stands_in_a_comment(ask):
    text = ask("ask", direction="callees", format="mermaid").text
    assert "%% callees of ask: none found, but 1 call site may be" in text
    assert "%% unresolved calls in it: 1 parameter" in text


def test_edges_that_do_not_fit_are_counted(ask):
    whole = ask("knot_0", format="mermaid", direction="callees", budget=12_000).text
    small = ask("knot_0", format="mermaid", direction="callees", budget=400).text
    left_out = re.search(r"%% (\d+) edges left out: raise budget_tokens$", small)
    assert left_out
    assert whole.count("-->") == small.count("-->") + int(left_out[1])


@given(st.text(max_size=80))
def test_no_label_can_break_out_of_its_quotes(label):
    text = flowchart([Box(0, (label, label))], [Arrow(Box(0, ("a",)), Box(1, (label,)), label)], [label], 12_000)
    assert is_valid(text)


@pytest.mark.parametrize(
    "hostile", ['x"]; click n0 call()', "%%{init: {}}%%", "`**md**`", "<b>x</b>", "a#quot;b", "end"]
)
def test_what_means_something_to_mermaid_is_shown_as_text(hostile):
    shown = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), escaped(hostile))
    assert shown == hostile
    assert not set(escaped(hostile)) & set('"%`<>[]{}')


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.text(max_size=30)), max_size=40),
    st.integers(50, 600),
)
def test_a_flowchart_stays_within_its_budget(edges, budget):
    boxes = [Box(n, (f"box {n}",)) for n in range(21)]
    arrows = [Arrow(boxes[a], boxes[b], label) for a, b, label in edges]
    text = flowchart(boxes[:1], arrows, ["a note"], budget)
    assert count(text) <= budget
    assert is_valid(text)
