"""Does a context hold what one must read, however the place was named?"""

import re

import pytest

from mcp_server.errors import BadQuery, PathOutsideRoot, UnknownSymbol
from mcp_server.tokens import count


def section(text: str, heading: str) -> list[str]:
    lines = text.split("\n")
    assert heading in lines, text
    rest = lines[lines.index(heading) + 1 :]
    return rest[: next((n for n, line in enumerate(rest) if line.startswith(("## ", "("))), len(rest))]


@pytest.mark.parametrize(
    "target",
    ["Cart.total", "shop.cart.Cart.total", "shop/cart.py:34", "./shop/cart.py:34", "shop/cart.py:Cart.total",
     "shop/cart.py:33-35", "shop/cart.py:total", "Cart::total"],
)  # fmt: skip
def test_the_definition_comes_first_however_it_is_named(context, snapshot, target):
    text = context(target).text
    symbol = snapshot.symbols_dotted("Cart.total", 1)[0]
    header, first, *_ = text.split("\n")
    lines = f"shop/cart.py:{symbol.line_start}-{symbol.line_end}"
    assert re.fullmatch(rf"{lines}@[0-9a-f]{{8}} method shop\.cart\.Cart\.total", header)
    assert first == "    def total(self) -> Money:"
    assert "return Money(net) + tax_of(net)" in text


def test_what_it_stands_in_and_inherits_is_named(context):
    lines = section(context("Cart.total").text, "## defined in / inherits")
    assert lines[0].startswith("shop/cart.py:")
    assert lines[0].endswith("class Cart(Stored)")
    assert lines[1].startswith("shop/base.py:")


def test_only_imports_that_it_uses_are_named(context):
    assert section(context("Cart.total").text, "## imports it uses") == [
        "from decimal import Decimal as Money",
        "from shop.tax import tax_of",
    ]


def test_what_it_calls_is_named_with_its_signature_and_what_it_says(context):
    lines = section(context("Cart.total").text, "## calls")
    assert next(line for line in lines if "tax_of" in line).endswith(
        "def tax_of(net)  # Return the tax on a net price."
    )


def test_callers_come_with_the_calling_line_and_tests_apart(context):
    text = context("Cart.total").text
    callers = section(text, "## called by")
    assert any(line.endswith("Cart.add: return self.total()") for line in callers)
    assert not any("tests/" in line for line in callers)
    (test,) = section(text, "## tests that call or reach it")
    assert test.startswith("tests/test_cart.py:")
    assert test.endswith("test_total_of_a_cart: assert cart.total() == 0")


def test_calls_with_unknown_target_are_named(context):
    assert "unknown target: hook" in context("Cart.add").text
    assert "unknown target" not in context("Cart.total").text.replace("item.price", "")


def test_a_class_is_outlined_when_it_is_too_large(context):
    whole = context("Cart").text
    assert "net = sum(item.price for item in self.goods)" in whole
    outlined = context("Cart", budget=330).text
    assert "net = sum" not in outlined
    assert "def total(self) -> Money  # :" in outlined
    assert '"""Goods on their way to the till."""' in outlined


def test_a_class_names_what_inherits_it(context):
    (line,) = section(context("Stored").text, "## inherited by")
    assert line.endswith("class Cart(Stored)")


def test_a_file_is_outlined_with_its_lines(context):
    head, *lines = context("shop/loops.py").text.split("\n")
    assert head == "shop/loops.py python, 34 lines, 9 definitions"
    assert lines[0] == ":1-2 def ping(n)"
    assert len(lines) == 9
    nested = context("shop/cart.py").text
    assert "\n  :" in nested
    assert "\n:8 LIMIT = 40" in nested


def test_a_file_without_definitions_is_shown(context):
    assert "SELECT name FROM goods" in context("sql/report.sql").text
    assert "the page of one customer" in context("app/[id]/page.txt").text
    assert context("odd/empty.py").text.startswith("odd/empty.py python, 0 lines")


def test_a_line_outside_of_definitions_is_shown_with_those_around_it(context):
    text = context("shop/cart.py:3").text
    assert text.split("\n")[0].startswith("shop/cart.py:1-")
    assert "from decimal import Decimal as Money" in text
    small = context("odd/lines.txt:150", budget=60)
    assert "needle number 149" in small.text
    assert small.data["start"] <= 150 <= small.data["end"]


def test_a_range_shows_its_lines(context):
    answer = context("shop/long.py:20-40")
    assert answer.text.split("\n")[0] == "shop/long.py:20-40"
    assert "rates[17]" in answer.text
    assert "rates[16]" not in answer.text
    assert "rates[38]" not in answer.text


def test_a_range_may_end_behind_the_file(context):
    assert context("shop/long.py:150-999").text.split("\n")[0] == "shop/long.py:150-153"


@pytest.mark.parametrize("lines", ["0", "154", "9999", "20-10", "999999999"])
def test_a_line_that_the_file_does_not_have_is_refused(context, lines):
    with pytest.raises(BadQuery, match="has 153 lines") as error:
        context(f"shop/long.py:{lines}")
    assert error.value.hint


OUTSIDE_PLACES = ["../outside.py:1", "shop/../../outside.py:secret", "/etc/passwd:1", "C:\\a\\b.py:1"]


# call_graph takes a path only with a line or a name.
@pytest.mark.parametrize(
    ("tool", "target"),
    [
        *(("context", target) for target in ["../outside.py", "/etc/passwd", *OUTSIDE_PLACES]),
        *(("calls", target) for target in OUTSIDE_PLACES),
    ],
)
def test_a_path_outside_the_root_is_refused(request, tool, target):
    with pytest.raises(PathOutsideRoot) as error:
        request.getfixturevalue(tool)(target)
    assert "relative to the root" in error.value.hint


@pytest.mark.parametrize("target", ["link.py", "link.py:1", "link.py:secret", "secret"])
def test_what_a_link_leads_to_is_not_seen(context, target):
    with pytest.raises(UnknownSymbol):
        context(target)


def test_words_with_a_slash_are_a_task_and_no_path(context):
    assert "shop/cart.py" in context("/checkout of a cart fails").text


def test_a_file_that_is_not_there_names_those_called_like_it(context):
    with pytest.raises(UnknownSymbol, match=r"no file lib/cart\.py") as error:
        context("lib/cart.py:3")
    assert error.value.hint == "did you mean: shop/cart.py"


def test_a_folder_names_its_files(context):
    with pytest.raises(UnknownSymbol, match="shop is a folder of 7 indexed files") as error:
        context("shop/")
    assert "shop/cart.py" in error.value.hint


def test_a_task_in_words_shows_definitions_and_names_the_next_places(context):
    answer = context("sum up what the goods cost with tax")
    assert "net = sum(item.price for item in self.goods)" in answer.text
    assert len(answer.data["symbols"]) == 3
    assert section(answer.text, "## see also")
    assert "cursor=" not in answer.text


def test_a_task_in_a_small_budget_is_about_one_definition(context):
    answer = context("sum up what the goods cost with tax", budget=300)
    assert len(answer.data["symbols"]) == 1


def test_a_task_can_be_limited_to_a_path(context):
    text = context("keep goods in a file", path="billing").text
    assert "def send(" in text
    assert all(line.startswith("billing/") for line in re.findall(r"^\S+\.py:\d.*", text, re.MULTILINE))
    assert "nothing found" in context("keep goods", path="no/such").text


def test_no_target_is_refused(context):
    with pytest.raises(BadQuery):
        context("  ")


def test_more_budget_shows_the_source_of_what_is_called(context):
    large, small = context("Cart.total", budget=4_000), context("Cart.total", budget=200)
    assert "return net * rate()" in large.text
    assert "return net * rate()" not in small.text
    assert count(small.text) <= 200
