"""Which definition does a document mean by a name?

Decided when it is asked, from all definitions of that name: what else has the name decides, so that nothing has to be
kept true when code changes.
"""

from collections.abc import Sequence
from typing import NamedTuple

# With more definitions of one name, which is meant is not asked: it takes long and is seldom told.
MAX_NAMESAKES = 200


class Named(NamedTuple):
    """A definition that may be meant; ``full_name`` is that of its module and within it."""

    id: int
    file_id: int
    full_name: str


def meant(text: str, named: Sequence[Named]) -> tuple[int, str] | None:
    """Return (symbol id, strategy) of the one definition that a name in a document means, None where it may be several.

    Args:
        text: the name, its parts joined by dots; the last one is the name of all in ``named``.
        named: all definitions of that name, by path and place.

    The strategies are "qualified_name", the end of only one full name, or the way to it with parts left out, as names
    that a package re-exports have (``django.db.models.QuerySet``); and "unique_name", a bare name that one definition
    has. Definitions with one full name in one file are one, the first.
    """
    parts = text.split(".")
    if len(parts) == 1:
        only = _only(named)
        return None if only is None else (only, "unique_name")
    exact = [each for each in named if each.full_name == text]
    ending = [each for each in named if f".{each.full_name}".endswith(f".{text}")]
    leading = [each for each in named if each.full_name.startswith(f"{parts[0]}.") and _is_on_way(parts, each)]
    found = _only(exact or ending or leading)
    return None if found is None else (found, "qualified_name")


def _only(named: Sequence[Named]) -> int | None:
    places = {(each.file_id, each.full_name) for each in named}
    return named[0].id if len(places) == 1 else None


def _is_on_way(parts: Sequence[str], named: Named) -> bool:
    """Say whether all parts are among those of the full name, in this order."""
    way = iter(named.full_name.split("."))
    return all(part in way for part in parts)
