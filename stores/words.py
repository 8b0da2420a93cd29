"""Which words does an identifier hold?

The one splitter of the program: the text index, the embedding model and the query use it, so that
``getUserName``, ``get_user_name`` and "user name" meet. A *run* is a maximal sequence of letters and
digits; a run's *parts* are its camelCase and letter/digit pieces in lower case.
"""

import re
from functools import lru_cache

_RUN = re.compile(r"[^\W_]+")
# ASCII text, which is nearly all code, is split three times as fast by turning all that is not a letter or digit
# into spaces; the two ways agree (tests/stores).
_SPACED = "".join(c if c.isalnum() else " " for c in map(chr, range(128)))
_SPACED_WORDS = "".join(c if c.isalnum() or c == "_" else " " for c in map(chr, range(128)))
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")

# 8,192 words are a megabyte and hold 14 of 15 of Django 5.2; eight times as many saved no time.
_CACHE_SIZE = 1 << 13


def runs(text: str) -> list[str]:
    """Return the runs of letters and digits of ``text``, in order, as written."""
    return text.translate(_SPACED).split() if text.isascii() else _RUN.findall(text)


@lru_cache(maxsize=_CACHE_SIZE)
def parts(run: str) -> tuple[str, ...]:
    """Return the lower-case parts of one run; a run with non-ASCII letters is one part."""
    return tuple(part.lower() for part in _PART.findall(run)) if run.isascii() else (run.lower(),)


def words(text: str) -> list[str]:
    """Return the lower-case parts of every run of ``text``, in order, with repetitions."""
    return [part for run in runs(text) for part in parts(run)]


def identifiers(text: str) -> list[str]:
    """Return the identifiers of ``text`` (letters, digits, underscores; no leading digit), as written."""
    return _IDENTIFIER.findall(text)


def index_terms(text: str) -> list[str]:
    """Return the terms under which ``text`` is found: parts of every run, and whole identifiers in lower case.

    An identifier that is a single part is given once: ``getUserName`` gives ``get user name getusername``,
    ``name`` gives ``name``.
    """
    return index_text(text).split()


def index_text(text: str) -> str:
    """Return ``index_terms`` with blanks between them, which is how the text index takes them."""
    identifiers_found = text.translate(_SPACED_WORDS).split() if text.isascii() else re.findall(r"\w+", text)
    return " ".join(map(_index_text, identifiers_found))


@lru_cache(maxsize=_CACHE_SIZE)
def _index_text(identifier: str) -> str:
    found = words(identifier)
    return " ".join([*found, identifier.lower()] if len(found) > 1 else found)
