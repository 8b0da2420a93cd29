"""Are the places that a text names found in it?"""

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


def test_the_frames_of_other_languages_are_read():
    assert frames("    at Cart.total (/srv/app/cart.js:10:15)") == (Frame("/srv/app/cart.js", 10, "total"),)
    assert frames("    at async run (src/run.ts:3:1)") == (Frame("src/run.ts", 3, "run"),)
    assert frames("\tat com.shop.Cart.total(Cart.java:42)") == (Frame("Cart.java", 42, "total"),)
    assert frames("\t/srv/app/cart.go:31 +0x1d") == (Frame("/srv/app/cart.go", 31),)
    assert frames("   at src/cart.rs:8:5") == (Frame("src/cart.rs", 8),)
    assert frames("  --> src/cart.rs:8:5") == (Frame("src/cart.rs", 8),)


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
