"""Do facts come back from bytes as they were, whatever fields they have?"""

import typing
import zlib
from dataclasses import dataclass, field, fields, is_dataclass, make_dataclass
from types import NoneType, UnionType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import SOURCE, parse

from stores import facts
from stores.facts import ParsedFile
from stores.packing import pack, shape, unpack

# All characters, lone surrogates too, and the numbers that JSON has.
TEXTS = st.text(st.characters(), max_size=12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = {str: TEXTS, int: st.integers(-(2**70), 2**70), float: FLOATS, bool: st.booleans()}
ANYTHING = st.recursive(
    st.one_of(st.none(), *PLAIN.values()), lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=8
)


def values_of(hint):
    """A strategy for the values that a type hint allows, made without the code under test."""
    parts = typing.get_args(hint)
    if hint is typing.Any:
        return ANYTHING
    if hint in PLAIN:
        return PLAIN[hint]
    if hint in (None, NoneType):
        return st.none()
    if hint is bytes:
        return st.binary(max_size=40)
    if is_dataclass(hint):
        return st.builds(hint, *(values_of(each) for each in typing.get_type_hints(hint).values()))
    if isinstance(hint, UnionType) or typing.get_origin(hint) is typing.Union:
        return st.one_of(*map(values_of, parts))
    assert typing.get_origin(hint) is tuple
    if parts[1:] == (...,):
        return st.lists(values_of(parts[0]), max_size=3).map(tuple)
    return st.tuples(*map(values_of, parts))


def every_dataclass():
    return [kind for kind in vars(facts).values() if isinstance(kind, type) and is_dataclass(kind)]


@given(st.data())
def test_every_file_comes_back_as_it_was(data):
    parsed = data.draw(values_of(ParsedFile))
    assert unpack(ParsedFile, pack(parsed)) == parsed


@pytest.mark.parametrize("kind", every_dataclass(), ids=lambda kind: kind.__name__)
@settings(max_examples=20)
@given(data=st.data())
def test_every_kind_of_fact_comes_back_with_the_types_it_had(kind, data):
    value = data.draw(values_of(kind))
    back = unpack(kind, pack(value))
    assert repr(back) == repr(value)


@dataclass(frozen=True)
class Leaf:
    only: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Tree:
    inner: "tuple[Tree, ...]" = ()
    leaf: Leaf | None = None
    pair: tuple[bytes, Leaf] | None = None
    choice: int | str | None = None
    word: typing.Literal["a", "b"] = "a"


@given(
    st.recursive(
        st.builds(
            Tree,
            leaf=values_of(Leaf | None),
            pair=values_of(tuple[bytes, Leaf] | None),
            choice=values_of(int | str | None),
        ),
        lambda inner: st.builds(Tree, st.lists(inner, max_size=2).map(tuple)),
    )
)
def test_dataclasses_within_dataclasses_come_back_as_they_were(tree):
    assert repr(unpack(Tree, pack(tree))) == repr(tree)


def made(name, *columns):
    return make_dataclass(name, columns, frozen=True)


def test_the_shape_says_when_packed_facts_are_of_another_kind():
    shapes = [
        shape(made("Fact", ("a", int), ("b", str))),
        shape(made("Fact", ("b", str), ("a", int))),
        shape(made("Fact", ("a", int), ("b", str), ("c", str))),
        shape(made("Fact", ("a", int), ("b", str | None))),
        shape(made("Fact", ("a", int), ("b", made("Inner", ("x", int))))),
        shape(made("Fact", ("a", int), ("b", made("Inner", ("x", str))))),
        shape(made("Fact", ("a", int), ("b", tuple[made("Inner", ("x", str)), ...]))),
    ]
    assert len(set(shapes)) == len(shapes)
    assert shape(made("Fact", ("a", int), ("b", str))) == shapes[0]


@pytest.mark.parametrize(
    "kind",
    [
        made("Lists", ("a", list[int])),
        made("Sets", ("a", frozenset[str])),
        made("Either", ("a", int | tuple[str, ...])),
        made("Named", ("a", int, field(kw_only=True))),
        made("Empty"),
    ],
    ids=lambda kind: kind.__name__,
)
def test_what_cannot_come_back_as_it_was_is_refused(kind):
    values = [(1,)] if kind.__name__ != "Empty" else []
    value = kind(**{each.name: given for each, given in zip(fields(kind), values, strict=True)})
    with pytest.raises(TypeError, match="cannot be written down"):
        pack(value)


@given(st.one_of(st.binary(max_size=30), ANYTHING.map(lambda value: zlib.compress(repr(value).encode()))))
def test_bytes_that_were_never_packed_are_refused(data):
    with pytest.raises(ValueError, match="no ParsedFile was packed"):
        unpack(ParsedFile, data)


@given(st.data())
def test_a_packed_file_of_another_kind_is_refused(data):
    packed = pack(parse("a.py", SOURCE))
    with pytest.raises(ValueError, match="no Leaf was packed"):
        unpack(Leaf, packed)
