"""Do pasted diffs, stack traces and citations lead to the code they mean, and is nothing shown that is known?"""

import re

import pytest

from mcp_server.app import App
from mcp_server.config import load

TRACE = """Traceback (most recent call last):
  File "/srv/app/billing/api.py", line 5, in send
    return checkout(invoice)
  File "/srv/app/shop/cart.py", line 34, in total
    net = sum(item.price for item in self.goods)
TypeError: no price"""

DIFF = """diff --git a/shop/tax.py b/shop/tax.py
--- a/shop/tax.py
+++ b/shop/tax.py
@@ -13,4 +13,4 @@ def tax_of(net):


 def rate():
-    return 19
+    return 21
"""


def citation(text: str) -> str:
    return re.match(r"\S+:\d+-\d+@[0-9a-f]{8}", text)[0]


def test_a_stack_trace_shows_its_innermost_definition_first(context):
    rendered = context(TRACE, budget=4_000)
    assert [s["symbol"] for s in rendered.data["symbols"]] == ["shop.cart.Cart.total", "billing.api.send"]
    assert rendered.text.index("Cart.total") < rendered.text.index("billing.api.send")


def test_a_stack_trace_is_none_the_less_one_for_being_long(context):
    foreign = "".join(
        f'  File "/usr/lib/python3/queue{n}.py", line {n}, in get\n    item = self._get()\n' for n in range(20)
    )
    first, rest = TRACE.split("\n", 1)
    rendered = context(f"{first}\n{foreign}{rest}", budget=4_000)
    assert [s["symbol"] for s in rendered.data["symbols"]] == ["shop.cart.Cart.total", "billing.api.send"]


def test_a_task_with_a_long_remark_in_parentheses_is_a_task(context):
    rendered = context("checkout(" + "what is in the cart is paid and " * 12)
    assert "shop.cart.checkout" in [s["symbol"] for s in rendered.data["symbols"]]


def test_of_a_definition_that_is_too_long_the_line_that_failed_is_shown(context):
    frame = '  File "/srv/app/shop/long.py", line 120, in invoice\n    total = total + rates[117]\nIndexError'
    shown = context(f"Traceback (most recent call last):\n{frame}", budget=400).text
    assert "def invoice(amount, rates):" in shown
    assert "rates[117]" in shown
    assert "rates[0]" not in shown


def test_a_diff_shows_the_definitions_it_changes(context):
    rendered = context(DIFF)
    assert [s["symbol"] for s in rendered.data["symbols"]] == ["shop.tax.rate"]


def test_a_trace_through_foreign_code_is_a_task_in_words(context):
    rendered = context('it failed\n  File "/usr/lib/python3/ssl.py", line 3, in read\nthe cart holds no goods')
    assert "Cart" in rendered.text


def test_several_definitions_show_nothing_twice(context):
    text = context(TRACE, budget=6_000).text
    assert text.count('def total(self) -> Money:\n        """Sum up') == 1


def test_a_citation_is_accepted_back(context):
    first = context("Cart.total")
    again = context(citation(first.text))
    assert again.text == first.text
    assert first.data["citation"] == citation(first.text)


def test_what_the_client_has_seen_is_left_out(context):
    full = context("Cart.total")
    have = context("tax_of").data["citation"]
    assert "tax_of" in full.data["sections"]["calls"][0]
    brief = context("Cart.total", seen=(have, full.data["citation"]))
    assert "(seen)" in brief.text.splitlines()[0]
    assert "Sum up what the goods cost" not in brief.text
    assert not any("def tax_of" in line for line in brief.data["sections"].get("calls", []))


def test_a_citation_of_other_code_hides_nothing(context):
    cited = context("Cart.total").data["citation"]
    stale = cited[:-8] + "00000000"
    assert context("Cart.total", seen=(stale, "no place at all")).text == context("Cart.total").text


def test_documentation_and_what_stands_beside_a_definition_are_named(context):
    text = context("checkout", budget=4_000).text
    assert "## beside it" in text
    assert re.search(r"Cart :\d+", text)


def test_tests_that_reach_it_through_others_are_named(context):
    lines = context("tax_of", path="shop/tax.py", budget=4_000).data["sections"]["tests that call or reach it"]
    assert any("test_total_of_a_cart through Cart.total" in line for line in lines)


@pytest.fixture
def moving(tmp_path, session_home):
    root = tmp_path / "repo"
    root.mkdir()
    file = root / "a.py"
    file.write_text("def first():\n    return 1\n\n\ndef second():\n    return first()\n")
    (root / "guide.md").write_text("# Guide\n\nCall `second()` when the first is done.\n")
    app = App(load(root, {"TRISTORE_HOME": str(session_home), "TRISTORE_WORKERS": "1"}))
    app.index()
    yield app, file
    app.close()


def test_a_citation_says_where_its_code_has_moved_and_that_it_has_changed(moving):
    app, file = moving
    cited = app.context("second").data["citation"]
    file.write_text("# more\n" * 9 + file.read_text())
    app.index()
    moved = app.context(cited)
    assert "have moved to a.py:14-15" in moved.text
    assert "return first()" in moved.text
    file.write_text(file.read_text().replace("return first()", "return 2"))
    app.index()
    assert "has changed since it was cited" in app.context(cited).text


def test_documentation_that_names_a_definition_is_listed(moving):
    assert any("guide.md" in line for line in moving[0].context("second").data["sections"]["documented in"])


def test_the_same_question_is_answered_from_memory_until_the_code_changes(moving):
    app, file = moving
    first = app.search("second")
    assert app.search("second").data["hits"] is first.data["hits"]
    file.write_text(file.read_text() + "\n\ndef second_more():\n    return 3\n")
    app.index()
    assert "second_more" in app.search("second").text
