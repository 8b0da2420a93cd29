"""How are facts written down?

Any frozen dataclass of ``facts`` as bytes and back, exactly. What to write follows from the type hints alone, so that
a new field needs nothing here: a dataclass is the row of its fields, and many of one kind are columns, which are read
twice as fast as rows and pack better. The bytes are JSON, compressed: whoever can write into the user's cache folder
can make wrong facts with them but, unlike with a pickle, not run code.
"""

import json
import typing
import zlib
from collections.abc import Callable
from dataclasses import Field, fields, is_dataclass
from functools import cache
from hashlib import blake2b
from itertools import starmap
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import orjson

from stores.facts import tuples

# Level 1 is what relations use for texts, for the same reason.
_COMPRESSION = 1
_SHAPE_BYTES = 16
# What JSON gives back as it was given.
_PLAIN = (str, int, float, bool, NoneType)

# A blank, which both would skip, in front of what only Python's own library reads as it was.
_NOT_ORJSON = b" "

_T = TypeVar("_T")
_Turn: TypeAlias = Callable[[Any], Any]


class _Coder(NamedTuple):
    """How one type is written and read; None where JSON does it alone."""

    write: _Turn | None
    read: _Turn | None


def pack(value: Any) -> bytes:
    """Return the frozen dataclass ``value`` as bytes.

    Raises:
        TypeError: a field's type is none that can be written down.
    """
    kind: Any = type(value)
    write = _coder(kind).write
    assert write is not None
    return zlib.compress(_encoded(write(value)), _COMPRESSION)


def unpack(kind: type[_T], packed: bytes) -> _T:
    """Return the value of the dataclass ``kind`` that was packed.

    Raises:
        ValueError: ``packed`` is not what ``pack`` made of a value of this kind and shape.
    """
    hint: Any = kind
    read = _coder(hint).read
    assert read is not None
    try:
        return cast(_T, read(_decoded(zlib.decompress(packed))))
    except (zlib.error, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError(f"no {kind.__name__} was packed here: {error}") from error


def _encoded(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # Paths and texts may hold lone surrogates, which stand for bytes that are not UTF-8: not orjson's to write, nor
        # are integers of over 64 bits.
        return _NOT_ORJSON + json.dumps(value).encode()


def _decoded(data: bytes) -> Any:
    return json.loads(data) if data.startswith(_NOT_ORJSON) else orjson.loads(data)


@cache
def shape(kind: type) -> bytes:
    """Return a digest of all that a packed value of ``kind`` depends on: the fields and types within it, in order."""
    seen: dict[type, str] = {}

    def describe(hint: Any) -> None:
        if is_dataclass(hint) and isinstance(hint, type) and hint not in seen:
            hints = typing.get_type_hints(hint)
            seen[hint] = f"{hint.__name__}({', '.join(f'{f.name}: {hints[f.name]}' for f in fields(hint))})"
            for name in hints:
                describe(hints[name])
        for part in typing.get_args(hint):
            describe(part)

    describe(kind)
    return blake2b("\n".join(seen.values()).encode(), digest_size=_SHAPE_BYTES).digest()


@cache
def _coder(hint: Any) -> _Coder:
    if hint in _PLAIN or hint is None or typing.get_origin(hint) is typing.Literal:
        return _Coder(None, None)
    if hint is Any:
        # Facts hold tuples and no lists, so every array was a tuple.
        return _Coder(None, tuples)
    if hint is bytes:
        return _Coder(lambda value: value.decode("latin-1"), lambda text: text.encode("latin-1"))
    if isinstance(hint, type) and is_dataclass(hint):
        return _of_dataclass(hint)
    parts = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return _of_many(parts[0]) if parts[1:] == (...,) else _of_tuple(parts)
    if isinstance(hint, UnionType) or typing.get_origin(hint) is typing.Union:
        return _of_union(hint, parts)
    raise TypeError(f"{hint} cannot be written down; packing.py knows tuples, dataclasses, bytes and plain values")


def _of_union(hint: Any, parts: tuple[Any, ...]) -> _Coder:
    coders = [_coder(part) for part in parts if part is not NoneType]
    if len(coders) == 1:
        write, read = coders[0]
        return _Coder(write and _unless_none(write), read and _unless_none(read))
    if any(coder.write or coder.read for coder in coders):
        raise TypeError(f"{hint} cannot be written down: nothing would say which of the types a value had")
    return _Coder(None, None)


def _unless_none(turn: _Turn) -> _Turn:
    return lambda value: None if value is None else turn(value)


def _of_tuple(parts: tuple[Any, ...]) -> _Coder:
    """Return the coder of a tuple with one type for each place."""
    coders = [_coder(part) for part in parts]
    write, read = _row([coder.write for coder in coders]), _row([coder.read for coder in coders])
    return _Coder(write, (lambda row: tuple(read(row))) if read else tuple)


def _of_many(part: Any) -> _Coder:
    """Return the coder of a tuple of any length."""
    if isinstance(part, type) and is_dataclass(part):
        return _of_columns(part)
    write, read = _coder(part)
    return _Coder(
        None if write is None else lambda values: [write(value) for value in values],
        tuple if read is None else lambda items: tuple([read(item) for item in items]),
    )


def _of_dataclass(kind: type) -> _Coder:
    # The coders of the fields are made when first used, as a dataclass may hold its own kind.
    @cache
    def turns() -> tuple[_Turn | None, _Turn | None]:
        coders = _field_coders(kind)
        return _row([coder.write for coder in coders]), _row([coder.read for coder in coders])

    values = _values_of(kind)

    def write(value: Any) -> Any:
        turn = turns()[0]
        return turn(values(value)) if turn else values(value)

    def read(row: Any) -> Any:
        turn = turns()[1]
        return kind(*(turn(row) if turn else row))

    return _Coder(write, read)


def _of_columns(kind: type) -> _Coder:
    """Return the coder of a tuple of one dataclass: one list for each field."""
    values = _values_of(kind)
    coders = cache(lambda: _field_coders(kind))

    def write(many: Any) -> list[Any]:
        columns = zip(*map(values, many), strict=True)
        return [
            [coder.write(item) for item in column] if coder.write else column
            for coder, column in zip(coders(), columns, strict=False)
        ]

    def read(columns: Any) -> tuple[Any, ...]:
        if not columns:
            return ()
        turned = [
            [coder.read(item) for item in column] if coder.read else column
            for coder, column in zip(coders(), columns, strict=True)
        ]
        return tuple(starmap(kind, zip(*turned, strict=True)))

    return _Coder(write, read)


def _row(turns: list[_Turn | None]) -> _Turn | None:
    """Return what turns each place of a row by its own turn; None when there is nothing to turn."""
    work = [(place, turn) for place, turn in enumerate(turns) if turn is not None]
    if not work:
        return None

    def turned(row: Any) -> list[Any]:
        found = list(row)
        if len(found) != len(turns):
            raise ValueError(f"a row of {len(found)} for {len(turns)} fields")
        for place, turn in work:
            found[place] = turn(found[place])
        return found

    return turned


def _field_coders(kind: type) -> list[_Coder]:
    hints = typing.get_type_hints(kind)
    return [_coder(hints[field.name]) for field in _fields(kind)]


def _fields(kind: type) -> tuple[Field[Any], ...]:
    found = fields(kind)
    if not found or not all(field.init and not field.kw_only for field in found):
        raise TypeError(f"{kind.__name__} cannot be written down: it is not made from all of its fields in order")
    return found


def _values_of(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    """Return what gives the fields of a value as a tuple."""
    names = [field.name for field in _fields(kind)]
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda value: (only(value),)
    return cast(Callable[[Any], tuple[Any, ...]], attrgetter(*names))
