"""Which words does an identifier hold?

The one splitter of the program: the text index, the embedding model and the query use it, so that
``getUserName``, ``get_user_name`` and "user name" meet. A *run* is a maximal sequence of letters and
digits; a run's *parts* are its camelCase and letter/digit pieces in lower case.
"""

import re
from functools import lru_cache

_RUN = re.compile(r"[^\W_]+")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")

# 262,144 distinct runs are about 40 MB; a 20,000-chunk corpus of ten repositories holds 39,000 runs.
_CACHE_SIZE = 1 << 18


def runs(text: str) -> list[str]:
    """Return the runs of letters and digits of ``text``, in order, as written."""
    return _RUN.findall(text)


@lru_cache(maxsize=_CACHE_SIZE)
def parts(run: str) -> tuple[str, ...]:
    """Return the lower-case parts of one run; a run with non-ASCII letters is one part."""
    return tuple(part.lower() for part in _PART.findall(run)) if run.isascii() else (run.lower(),)


def words(text: str) -> list[str]:
    """Return the lower-case parts of every run of ``text``, in order, with repetitions."""
    return [part for run in _RUN.findall(text) for part in parts(run)]


def identifiers(text: str) -> list[str]:
    """Return the identifiers of ``text`` (letters, digits, underscores; no leading digit), as written."""
    return _IDENTIFIER.findall(text)


def index_terms(text: str) -> list[str]:
    """Return the terms under which ``text`` is found: parts of every run, and whole identifiers in lower case.

    An identifier that is a single part is given once: ``getUserName`` gives ``get user name getusername``,
    ``name`` gives ``name``.
    """
    terms: list[str] = []
    for identifier in re.findall(r"\w+", text):
        found = [part for run in _RUN.findall(identifier) for part in parts(run)]
        terms.extend(found)
        if len(found) > 1:
            terms.append(identifier.lower())
    return terms
