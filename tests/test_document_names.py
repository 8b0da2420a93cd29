"""Which names does a document write as code?"""

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.languages import language_of
from mcp_server.languages.mentions import MAX_MENTIONS


def mentions(path: str, text: str) -> list[tuple[str, int, str]]:
    facts = language_of(path).extract(path, text)
    names = ["", *(symbol.name for symbol in facts.symbols)]
    return [(names[m.scope + 1], m.line, m.text) for m in facts.mentions]


MARKDOWN = """\
Use `QuerySet` and ``get_or_create``, `name` or `GET` or `some words`.

# First

Call `run()` or `shop.Cart.total(x, y=1)`, then `Cart::total` and [`Store#close`](url).
Again `QuerySet`, and `QuerySet` once more; models.Model.save() and e.g. main() without marks.

```python
`NotThis` and_not.this()
```

## Second

`QuerySet`: see `x + y`, `./path/to.py`, `--flag`, `Café.naïve`.
"""
RST = """\
Title
=====

A :class:`~django.db.models.QuerySet`, :py:meth:`.filter`, :func:`run`, :attr:`name`; :ref:`QuerySet`.
See :class:`the cart <shop.Cart>`, ``Cart.total()``, `Store_`_ and ``plain``.

.. py:method:: Cart.add(item, *, count=1)
.. class:: Basket
.. note:: Nothing_here
.. attribute:: size
.. attribute:: max_size
"""


def test_markdown_names_code_in_spans_outside_of_fences():
    assert mentions("a.md", MARKDOWN) == [
        ("", 1, "QuerySet"),
        ("", 1, "get_or_create"),
        ("First", 5, "run"),
        ("First", 5, "shop.Cart.total"),
        ("First", 5, "Cart.total"),
        ("First", 5, "Store.close"),
        ("First", 6, "QuerySet"),
        ("First", 6, "models.Model.save"),
        ("Second", 14, "QuerySet"),
        ("Second", 14, "Café.naïve"),
    ]


def test_restructured_text_names_code_in_roles_directives_and_literals():
    found = [
        ("Title", 4, "django.db.models.QuerySet"),
        ("Title", 4, "filter"),
        ("Title", 4, "run"),
        ("Title", 5, "shop.Cart"),
    ]
    found += [("Title", 5, "Cart.total"), ("Title", 7, "Cart.add"), ("Title", 8, "Basket"), ("Title", 11, "max_size")]
    assert mentions("a.rst", RST) == found
    assert [(line, text) for _, line, text in mentions("a.txt", RST)] == [(line, text) for _, line, text in found]


def test_a_document_that_lists_a_whole_api_is_cut():
    assert len(mentions("a.md", "".join(f"`Name{n}`\n" for n in range(2 * MAX_MENTIONS)))) == MAX_MENTIONS


@given(st.text(alphabet="`:~.()<>#_=a AB\n", max_size=200))
def test_any_text_has_mentions_of_its_own_lines(text):
    for path in ("a.md", "a.rst", "a.txt"):
        for _, line, name in mentions(path, text):
            assert name.rpartition(".")[2] in text.split("\n")[line - 1]
