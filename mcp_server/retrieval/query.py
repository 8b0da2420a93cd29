"""What was asked?

Any text is a valid query. Its kind decides how much each list of results counts; its names are looked up as
symbols; its words, less the ones that say nothing, are looked up in the text index.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from mcp_server.errors import BadQuery
from stores.words import index_terms, runs, words

Mode: TypeAlias = Literal["auto", "keyword", "semantic", "exact", "regex"]
Kind: TypeAlias = Literal["identifier", "path", "words", "exact", "regex"]
MODES: tuple[Mode, ...] = ("auto", "keyword", "semantic", "exact", "regex")

# Words of questions, not of code. They are left out of the text search of a question (a query made of nothing
# else keeps them) and never looked up as symbol names.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an and any are as at be been being but by can could did do does doing done for from had has have having how i
        if in into is it its just me my of on or our out please shall should show so some such than that the their them
        then there these they this those to us via was we were what when where whether which while who whom whose why
        will with within without would you your implemented implementation implements code find located used using
        happens happen work works
        """,
    )
)
# Longer queries (pasted issues) are cut to this many distinct terms, the first ones: titles come first.
MAX_TERMS = 64
MAX_NAMES = 16
# File names are no longer than this on any disk.
MAX_NAME_CHARS = 256
# Terms of the part after the first line count less: in an issue the title says what the body repeats at length.
BODY_WEIGHT = 0.35

_DOTTED = re.compile(r"[^\W\d]\w*(?:(?:\.|::|#|->|/)[^\W\d]\w*)*")
_CODE_NAME = re.compile(r"(?:[^\W\d]\w*(?:\.|::|#|->))+[^\W\d]\w*|[^\W\d]\w*")
# Words that may be paths; each is looked at by itself, for one expression that finds paths takes squared time.
_PATH_WORD = re.compile(r"[\w@.+~/\\-]+")
_FILE_NAME = re.compile(r"[\w@+~-]+\.[A-Za-z]{1,6}")
_SUFFIX = re.compile(
    r"\.(?:py|pyi|js|jsx|ts|tsx|mjs|cjs|java|go|rs|c|h|cc|cpp|hpp|cs|rb|php|kt|scala|swift|lua|sh|md|rst|toml|ya?ml|json|sql|html|css)$"
)


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart.

    ``terms`` maps each term of the text index to its weight, ``names`` are dotted names to look up as symbols
    (``strong`` ones were written as code), ``paths`` are file names or paths it mentions, ``literal`` the text of
    an exact or regex query.
    """

    text: str
    kind: Kind
    terms: dict[str, float]
    names: tuple[str, ...]
    strong: frozenset[str]
    paths: tuple[str, ...]
    words: frozenset[str]
    literal: str = ""


def plain(text: str) -> str:
    """Return ``text`` as the stores can take it: half a character (a lone surrogate) becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def parse(text: str, mode: Mode, max_chars: int) -> Query:
    """Take a query apart.

    Raises:
        BadQuery: it is empty or longer than ``max_chars`` characters.
    """
    stripped = plain(text).strip()
    if not stripped:
        raise BadQuery("the query is empty", "say what to find: a question, a name, a path or quoted text")
    if len(stripped) > max_chars:
        raise BadQuery(f"the query has {len(stripped):,} characters, at most {max_chars:,} are read", "shorten it")
    quoted = len(stripped) > 2 and stripped[0] == stripped[-1] and stripped[0] in "\"'`" and stripped[1:-1].strip()
    paths = _paths(stripped)
    names, strong = _names(stripped)
    kind = _kind(stripped, mode, bool(quoted), paths)
    literal = stripped[1:-1] if quoted and mode in ("auto", "exact") else stripped
    return Query(
        text=stripped,
        kind=kind,
        terms=_terms(stripped),
        names=names,
        strong=strong,
        paths=paths[:MAX_NAMES],
        words=frozenset(words(stripped)) - STOP_WORDS,
        literal=literal if kind in ("exact", "regex") else "",
    )


def _kind(text: str, mode: Mode, quoted: bool, paths: tuple[str, ...]) -> Kind:  # noqa: FBT001
    if mode in ("exact", "regex"):
        return mode
    if quoted and mode == "auto":
        return "exact"
    bare = text.rstrip("()").strip()
    if paths and paths[0] == text.replace("\\", "/"):
        return "path"
    if _DOTTED.fullmatch(bare) and not any(c.isspace() for c in bare):
        return "identifier"
    return "words"


def _paths(text: str) -> tuple[str, ...]:
    """Return the file names and paths that a query mentions."""
    found: dict[str, None] = {}
    for word in _PATH_WORD.findall(text):
        path = word.replace("\\", "/").strip("/").rstrip(".")
        is_name = len(path) < MAX_NAME_CHARS and _FILE_NAME.fullmatch(path) and _SUFFIX.search(path)
        if is_name or ("/" in path and all(path.split("/"))):
            found.setdefault(path)
    return tuple(found)


def _terms(text: str) -> dict[str, float]:
    """Return the weighted terms of a query for the text index."""
    title, _, body = text.partition("\n")
    terms: dict[str, float] = {}
    for part, weight in ((title, 1.0), (body, BODY_WEIGHT)):
        for term in index_terms(part):
            if term not in STOP_WORDS and len(terms) < MAX_TERMS:
                terms.setdefault(term, weight)
    return terms or dict.fromkeys(index_terms(text)[:MAX_TERMS], 1.0)


def _names(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return names to look up as symbols, and those of them that were written as code."""
    found: dict[str, bool] = {}
    for token in _CODE_NAME.findall(text):
        name = re.sub(r"::|#|->", ".", token)
        written_as_code = _looks_like_code(name) or f"`{token}`" in text or f"{token}(" in text
        if name.lower() in STOP_WORDS or len(name) < 2 or (name.isdigit()):
            continue
        found[name] = found.get(name, False) or written_as_code
    if len(runs(text)) == 1 and found:
        found = dict.fromkeys(found, True)
    strong = [n for n, code in found.items() if code]
    weak = [n for n, code in found.items() if not code]
    return tuple((strong + weak)[:MAX_NAMES]), frozenset(strong[:MAX_NAMES])


def _looks_like_code(name: str) -> bool:
    last = name.rsplit(".", 1)[-1]
    return (
        "." in name
        or "_" in name.strip("_")
        or name.startswith("_")
        or any(a.islower() and b.isupper() for a, b in pairwise(last))
        or any(c.isdigit() for c in last)
        or (len(last) > 2 and last.isupper())
    )
