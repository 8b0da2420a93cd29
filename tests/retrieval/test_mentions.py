"""Are the places that a text names found in it?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.retrieval.mentions import MAX_FRAMES, Frame, file_names, frames

PYTHON = """Traceback (most recent call last):
  File "/srv/app/shop/api.py", line 12, in view
    return checkout(cart)
  File "/srv/app/shop/cart.py", line 7, in Cart.total
ZeroDivisionError: division by zero"""


def test_python_names_the_innermost_call_last():
    assert frames(PYTHON) == (Frame("/srv/app/shop/cart.py", 7, "total"), Frame("/srv/app/shop/api.py", 12, "view"))


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("    at Cart.total (/srv/app/cart.js:10:15)", Frame("/srv/app/cart.js", 10, "total")),
        ("    at async run (src/run.ts:3:1)", Frame("src/run.ts", 3, "run")),
        ("    at new Cart (src/cart.ts:3:1)", Frame("src/cart.ts", 3, "Cart")),
        ("    at Layer.handle [as handle_request] (/srv/layer.js:95:5)", Frame("/srv/layer.js", 95, "handle")),
        ("    at /srv/app/index.js:284:15", Frame("/srv/app/index.js", 284)),
        ("    at file:///srv/app/index.mjs:284:15", Frame("///srv/app/index.mjs", 284)),
        ("\tat com.shop.Cart.total(Cart.java:42)", Frame("Cart.java", 42, "total")),
        ("\tat java.base@17.0.2/java.util.ArrayList.get(ArrayList.java:427)", Frame("ArrayList.java", 427, "get")),
        ("\tat app//com.shop.Cart$Till.total(Cart.kt:42)", Frame("Cart.kt", 42, "total")),
        ("   at Shop.Cart.Total(Item item, Int32 n) in C:\\src\\Cart.cs:line 42", Frame("C:/src/Cart.cs", 42, "Total")),
        ("\t/srv/app/cart.go:31 +0x1d", Frame("/srv/app/cart.go", 31)),
        ("   at src/cart.rs:8:5", Frame("src/cart.rs", 8)),
        ("  --> src/cart.rs:8:5", Frame("src/cart.rs", 8)),
        ("thread 'main' panicked at src/cart.rs:8:5:", Frame("src/cart.rs", 8)),
        ("app/cart.rb:7:in 'Shop::Cart#total': divided by 0 (ZeroDivisionError)", Frame("app/cart.rb", 7, "total")),
        ("\tfrom /srv/app/api.rb:12:in `view'", Frame("/srv/app/api.rb", 12, "view")),
        ("#0 /srv/app/api.php(12): Shop\\Cart->total()", Frame("/srv/app/api.php", 12)),
        ("  thrown in /srv/app/Cart.php on line 7", Frame("/srv/app/Cart.php", 7)),
        ("    #1 0x55d0 in total /src/cart.c:7:3", Frame("/src/cart.c", 7)),
        ("In file included from src/api.h:12,", Frame("src/api.h", 12)),
        ("lua: cart.lua:7: attempt to index a nil value", Frame("cart.lua", 7)),
        ("bin/shop.sh: line 12: tax: command not found", Frame("bin/shop.sh", 12)),
        ("Fatal error: no goods: file Shop/Cart.swift, line 7", Frame("Shop/Cart.swift", 7)),
    ],
)
def test_the_frames_of_other_languages_are_read(line, frame):
    assert frames(line) == (frame,)


def test_plain_text_has_no_frames():
    assert frames("the sum of goods at 10:30, see section 3:4") == ()


def test_file_names_and_paths_are_found_and_versions_are_not():
    text = "since v1.2 src/shop/cart.py and tax.py differ (see docs/, e.g. a/b or cart.test.ts)"
    assert file_names(text) == ("src/shop/cart.py", "tax.py", "a/b", "cart.test.ts")


@given(st.text(max_size=300))
def test_any_text_is_looked_through(text):
    found = frames(text)
    assert len(found) <= MAX_FRAMES
    assert all(frame.path and frame.line >= 0 for frame in found)
    assert len(set(file_names(text))) == len(file_names(text))
