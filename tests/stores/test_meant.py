"""Does a name in a document mean the definition that its writer meant, or none?"""

import pytest

from stores.mentions import Named, meant

QUERY = Named(1, 1, "django.db.models.query.QuerySet")
OTHER = Named(2, 2, "tests.fakes.QuerySet")
FIRST = Named(3, 3, "shop.Cart.total")
SETTER = Named(4, 3, "shop.Cart.total")
BARE = Named(5, 4, "total")


@pytest.mark.parametrize(
    ("text", "named", "wanted"),
    [
        ("QuerySet", [QUERY], (1, "unique_name")),
        ("QuerySet", [QUERY, OTHER], None),
        ("QuerySet", [], None),
        ("query.QuerySet", [QUERY, OTHER], (1, "qualified_name")),
        ("django.db.models.QuerySet", [QUERY, OTHER], (1, "qualified_name")),
        ("sqlalchemy.QuerySet", [QUERY], None),
        ("models.query", [], None),
        ("Cart.total", [FIRST, SETTER, BARE], (3, "qualified_name")),
        ("total", [FIRST, SETTER], (3, "unique_name")),
        ("total", [FIRST, BARE], None),
        ("art.total", [FIRST], None),
    ],
)
def test_a_name_means_one_definition_or_none(text, named, wanted):
    assert meant(text, named) == wanted


def test_a_whole_name_wins_over_the_end_of_another():
    inner, outer = Named(1, 1, "a.b.run"), Named(2, 2, "x.a.b.run")
    assert meant("a.b.run", [inner, outer]) == (1, "qualified_name")
    assert meant("b.run", [inner, outer]) is None
