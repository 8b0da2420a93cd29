"""Which paths does a path filter mean, and how long can it take?"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.patterns import path_filter

PATHS = [
    "shop/cart.py",
    "shop/deep/cart.py",
    "cart.py",
    "lib/shop/tax.py",
    "sql/report.sql",
    "report.sql",
    "app/[id]/page.tsx",
    "app/i/page.tsx",
    "we ird/a.py",
    "caf\udce9/a.py",
]
MEANT = [
    ("shop", {"shop/cart.py", "shop/deep/cart.py", "lib/shop/tax.py"}),
    ("shop/", {"shop/cart.py", "shop/deep/cart.py", "lib/shop/tax.py"}),
    ("/shop", {"shop/cart.py", "shop/deep/cart.py"}),
    ("./shop/deep", {"shop/deep/cart.py"}),
    ("shop\\deep", {"shop/deep/cart.py"}),
    ("shop//deep//", {"shop/deep/cart.py"}),
    (" shop/deep ", {"shop/deep/cart.py"}),
    ("cart.py", {"shop/cart.py", "shop/deep/cart.py", "cart.py"}),
    ("/cart.py", {"cart.py"}),
    ("shop/cart.py", {"shop/cart.py"}),
    ("*.sql", {"sql/report.sql", "report.sql"}),
    ("**/*.sql", {"sql/report.sql", "report.sql"}),
    ("sql/*.sql", {"sql/report.sql"}),
    ("shop/**", {"shop/cart.py", "shop/deep/cart.py"}),
    ("shop/*", {"shop/cart.py", "shop/deep/cart.py"}),
    ("**/deep/**/*.py", {"shop/deep/cart.py"}),
    ("*/cart.py", {"shop/cart.py"}),
    ("c?rt.py", {"shop/cart.py", "shop/deep/cart.py", "cart.py"}),
    ("[sx]hop/cart.py", {"shop/cart.py"}),
    ("app/[id]", {"app/[id]/page.tsx", "app/i/page.tsx"}),
    ("we ird", {"we ird/a.py"}),
    ("caf\udce9", {"caf\udce9/a.py"}),
    ("caf*", {"caf\udce9/a.py"}),
    ("../shop", set()),
    ("!shop", set()),
    ("sho", set()),
    ("shop/cart", set()),
    ("shop/[", set()),
    ("\ud800", set()),
    ("a" * 2_000, set()),
]


@pytest.mark.parametrize(("wanted", "meant"), MEANT)
def test_a_filter_means_these_paths(wanted, meant):
    accept = path_filter(wanted)
    assert {path for path in PATHS if accept(path)} == meant


@pytest.mark.parametrize("wanted", ["", ".", "./", "/", " "])
def test_the_root_means_everything(wanted):
    assert path_filter(wanted) is None


@given(path=st.text(st.characters(exclude_characters="\\\x00", exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_a_path_always_means_itself_and_what_is_below_it(path):
    clean = "/".join(part for part in path.strip().split("/") if part not in ("", "."))
    if clean:
        accept = path_filter("/" + clean)
        assert accept(clean)
        assert accept(clean + "/below.py")


@given(st.text(max_size=40))
def test_any_text_is_a_filter(wanted):
    accept = path_filter(wanted)
    assert accept is None or accept("shop/cart.py") in (True, False)


@pytest.mark.parametrize(
    "wanted", ["*a" * 40 + "b", "**/a/" * 40 + "b", "*" * 900, "**/" * 300 + "b", "?*" * 400 + "b"]
)
def test_no_filter_takes_long(wanted):
    accept = path_filter(wanted)
    paths = ["a" * 200, "a/" * 100 + "a", "ab/" * 60]
    started = time.process_time()
    found = [accept(path) for path in paths]
    assert time.process_time() - started < 1.0
    assert len(found) == 3
