"""Does a name mean the definition that was asked for, and never another?"""

import re
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.errors import BadQuery, RequestError, UnknownSymbol
from mcp_server.retrieval.symbols import MAX_CANDIDATES, MAX_NAME_CHARS, candidates, normalise, unknown


@pytest.fixture
def found(snapshot):
    return lambda name, path=None: [f"{s.path}:{s.qualified_name}" for s in candidates(snapshot, name, path)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("checkout", "shop/cart.py:checkout"),
        ("Cart.total", "shop/cart.py:Cart.total"),
        ("cart.Cart.total", "shop/cart.py:Cart.total"),
        ("shop.cart.Cart.total", "shop/cart.py:Cart.total"),
        ("Cart::total", "shop/cart.py:Cart.total"),
        ("Cart#total", "shop/cart.py:Cart.total"),
        ("Cart->total", "shop/cart.py:Cart.total"),
        ("shop/cart/Cart", "shop/cart.py:Cart"),
        ("checkout()", "shop/cart.py:checkout"),
        ("checkout(cart, x=1)", "shop/cart.py:checkout"),
        ("`checkout`", "shop/cart.py:checkout"),
        ("CHECKOUT", "shop/cart.py:checkout"),
        ("cart.TOTAL", "shop/cart.py:Cart.total"),
        ("LIMIT", "shop/cart.py:LIMIT"),
        ("owner_name", "shop/cart.py:Cart.owner_name"),
        ("tax_of", "shop/tax.py:tax_of"),
        ("rate", "shop/tax.py:rate"),
    ],
)
def test_a_name_can_be_written_in_several_ways(found, name, expected):
    assert found(name) == [expected]


def test_of_overloads_the_implementation_is_meant(snapshot):
    (symbol,) = candidates(snapshot, "tax_of")
    assert symbol.docstring == "Return the tax on a net price."


def test_of_a_property_the_getter_is_meant(snapshot):
    (symbol,) = candidates(snapshot, "owner_name")
    assert "value" not in symbol.signature


def test_a_stub_alone_is_meant_when_it_is_asked_for(found):
    assert found("rate", "tax.pyi") == ["shop/tax.pyi:rate"]


def test_several_definitions_are_all_candidates(found):
    assert found("send") == ["billing/api.py:send", "billing/mail.py:send"]
    assert found("save") == ["billing/api.py:save", "shop/base.py:Stored.save"]


def test_a_path_decides_between_candidates(found):
    assert found("send", "billing/mail.py") == ["billing/mail.py:send"]
    assert found("save", "shop/") == ["shop/base.py:Stored.save"]
    assert found("send", "shop") == []


@pytest.mark.parametrize("name", ["chekout", "Cart.checkout", "Diary.save", "Cart.key", "tota", "secret"])
def test_a_name_that_nothing_has_finds_nothing(found, name):
    assert found(name) == []


@pytest.mark.parametrize("tool", ["context", "calls"])
@pytest.mark.parametrize(("name", "near"), [("chekout", "checkout"), ("Cart.totl", "total"), ("remembr", "remember")])
def test_an_unknown_symbol_names_the_nearest(request, tool, name, near):
    with pytest.raises(UnknownSymbol) as error:
        request.getfixturevalue(tool)(name)
    assert name in str(error.value)
    assert near in error.value.hint


@pytest.mark.parametrize("tool", ["context", "calls"])
def test_of_an_attribute_that_methods_set_the_places_are_told(request, tool):
    with pytest.raises(UnknownSymbol) as error:
        request.getfixturevalue(tool)("Cart.goods")
    place = re.search(r"set at (shop/cart\.py:\d+);", error.value.hint)[1]
    assert "self.goods = []" in request.getfixturevalue("context")(place).text


def test_no_nearest_name_is_invented(snapshot):
    error = unknown(snapshot, "zzqqxxww", "shop/")
    assert "in shop/" in str(error)
    assert "nearest" not in error.hint
    assert "search_code" in error.hint


@pytest.mark.parametrize("tool", ["context", "calls"])
def test_an_ambiguous_name_is_answered_with_every_candidate_and_no_other_symbol(request, tool):
    answer = request.getfixturevalue(tool)("save")
    first, *rest = answer.text.split("\n")
    assert first == "2 definitions are called 'save'; ask again with one of these names, or add path:"
    assert [line.split(" ")[0] for line in rest] == ["billing.api.save", "shop.base.Stored.save"]
    assert [c["path"] for c in answer.data["candidates"]] == ["billing/api.py", "shop/base.py"]


@pytest.mark.parametrize("tool", ["context", "calls"])
def test_each_candidate_can_be_asked_for_as_it_was_named(request, tool):
    ask = request.getfixturevalue(tool)
    for line in ask("save").text.split("\n")[1:]:
        assert ask(line.split(" ")[0]).data["symbol"] == line.split(" ")[0]


@pytest.mark.parametrize("name", ["", " ", "()", "..", "``"])
def test_no_name_is_no_symbol(name):
    with pytest.raises(BadQuery) as error:
        normalise(name)
    assert error.value.hint


def test_a_name_has_a_longest_length():
    assert normalise("x" * MAX_NAME_CHARS)
    with pytest.raises(BadQuery, match="301 characters"):
        normalise("x" * (MAX_NAME_CHARS + 1))


@given(name=st.text(max_size=60), path=st.one_of(st.none(), st.text(max_size=20)))
def test_any_text_is_answered_or_refused(context, calls, name, path):
    for ask in (context, calls):
        try:
            answer = ask(name, path=path)
        except RequestError as error:
            said = error.hint
        else:
            said = answer.text
        assert said


def test_a_path_finds_one_of_more_definitions_than_are_looked_at_without(tree, home):
    files = {
        f"p{n:03}.py": "def get():\n    ...\nclass Box:\n    def open(self): ...\n" for n in range(MAX_CANDIDATES + 9)
    }
    with closing(App(load(tree(files), {"TRISTORE_HOME": str(home)}))) as app:
        app.index()
        last = f"p{MAX_CANDIDATES + 8:03}.py"
        with app._index.snapshot() as snapshot:
            for name in ("get", "GET", "Box.open", "box.OPEN"):
                assert [s.path for s in candidates(snapshot, name, last)] == [last]


def test_a_name_that_stands_elsewhere_is_said_to(snapshot):
    error = unknown(snapshot, "checkout", "billing")
    assert str(error) == "no symbol 'checkout' is indexed in billing"
    assert error.hint == "it is defined in: shop/cart.py"
