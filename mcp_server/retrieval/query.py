"""What was asked?

Any text is a valid query. Its kind decides which weights rank the results; its names are looked up as symbols, its
paths and stack frames as places; its words, less the ones that say nothing, are looked up in the text index. Filters
may stand among the words: ``path:src/ -path:tests lang:go kind:function``.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, TypeAlias

from mcp_server.errors import BadQuery
from mcp_server.retrieval.mentions import Frame, file_names, frames, is_file_name
from stores.words import index_terms, runs, words

Mode: TypeAlias = Literal["auto", "keyword", "semantic", "exact", "regex"]
Kind: TypeAlias = Literal["identifier", "path", "words", "report", "exact", "regex"]
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
# Longer queries (pasted reports) are cut to this many distinct terms: the title's, then code, then prose.
MAX_TERMS = 64
MAX_NAMES = 16
# A text of one line is a report from this length on; its first sentence is its title.
REPORT_CHARS = 300
# Terms of a report's body count less than its title's: the title says what the body repeats at length. What is written
# as code names the place more often than prose does. Whole issues of the open questions: benchmarks/retrieval.py.
CODE_WEIGHT = 0.5
PROSE_WEIGHT = 0.2

_DOTTED = re.compile(r"[^\W\d]\w*(?:(?:\.|::|#|->|/)[^\W\d]\w*)*")
_CODE_NAME = re.compile(r"(?:[^\W\d]\w*(?:\.|::|#|->))+[^\W\d]\w*|[^\W\d]\w*")
_FILTER = re.compile(r'(?<!\S)(-?)(path|file|language|lang|kind):(?:"([^"]*)"|([^\s"]+))(?!\S)', re.IGNORECASE)
_FILTER_FIELDS = {"path": "path", "file": "path", "language": "language", "lang": "language", "kind": "kind"}
# What a form asked for, not what the reporter said: headings, ticked boxes, comments; and links.
_FORM = re.compile(r"^\s*(?:#{1,6}\s|[-*] \[[ xX]\]|<!--|_No response_|\*\*[^*]{1,60}\*\*:?\s*$)")
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a query's text: ``field`` is path, language or kind; ``wanted`` False shuts out."""

    field: str
    value: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart.

    ``terms`` maps each term of the text index to its weight, ``names`` are dotted names to look up as symbols
    (``strong`` ones were written as code), ``paths`` are file names or paths it mentions, ``frames`` the places of a
    stack trace, ``meaning`` is what is embedded, ``literal`` the text of an exact or regex query.
    """

    text: str
    kind: Kind
    terms: dict[str, float]
    names: tuple[str, ...]
    strong: frozenset[str]
    paths: tuple[str, ...]
    words: frozenset[str]
    meaning: str
    frames: tuple[Frame, ...] = ()
    filters: tuple[Filter, ...] = field(default=())
    literal: str = ""


def plain(text: str) -> str:
    """Return ``text`` as the stores can take it: half a character (a lone surrogate) becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def parse(text: str, mode: Mode, max_chars: int) -> Query:
    """Take a query apart.

    Raises:
        BadQuery: it is empty, longer than ``max_chars`` characters, or nothing but filters.
    """
    stripped = plain(text).strip()
    if not stripped:
        raise BadQuery("the query is empty", "say what to find: a question, a name, a path or quoted text")
    if len(stripped) > max_chars:
        raise BadQuery(f"the query has {len(stripped):,} characters, at most {max_chars:,} are read", "shorten it")
    if mode in ("exact", "regex"):
        return _literal(stripped, mode, _unquoted(stripped) if mode == "exact" else stripped, ())
    asked, filters = _filtered(stripped)
    quoted = _unquoted(asked)
    if mode == "auto" and quoted != asked:
        return _literal(asked, "exact", quoted, filters)
    title, body = _title(asked)
    paths = file_names(asked)[:MAX_NAMES]
    trace = frames(asked)
    names, strong = _names(asked, title, trace)
    return Query(
        text=asked,
        kind=_kind(asked, body, paths),
        terms=_terms(title, body),
        names=names,
        strong=strong,
        paths=paths,
        words=_words(title),
        meaning=title,
        frames=trace,
        filters=filters,
    )


def _literal(text: str, kind: Kind, literal: str, filters: tuple[Filter, ...]) -> Query:
    names, strong = _names(text, text, ())
    return Query(
        text,
        kind,
        _terms(text, ""),
        names,
        strong,
        file_names(text)[:MAX_NAMES],
        _words(text),
        text,
        (),
        filters,
        literal,
    )


def _unquoted(text: str) -> str:
    quoted = len(text) > 2 and text[0] == text[-1] and text[0] in "\"'`" and text[1:-1].strip()
    return text[1:-1] if quoted else text


def _filtered(text: str) -> tuple[str, tuple[Filter, ...]]:
    """Return the text without its filters, and those; a text of several lines is pasted and has none."""
    if "\n" in text:
        return text, ()
    found = tuple(
        Filter(_FILTER_FIELDS[m[2].lower()], m[3] or m[4], not m[1]) for m in _FILTER.finditer(text) if m[3] or m[4]
    )
    if not found:
        return text, ()
    rest = " ".join(_FILTER.sub(" ", text).split())
    if not rest:
        raise BadQuery("the query has filters and nothing to find", "add a question, a name or words to them")
    return rest, found


def _title(text: str) -> tuple[str, str]:
    """Return the first line of a report (of one long line: its first sentence), and the rest."""
    title, _, body = text.partition("\n")
    if not body and len(title) >= REPORT_CHARS:
        sentence = re.match(r".{20,}?[.!?:](?=\s)", title)
        end = sentence.end() if sentence else REPORT_CHARS
        return title[:end].strip(), title[end:]
    return title.strip(), body


def _kind(text: str, body: str, paths: tuple[str, ...]) -> Kind:
    bare = text.rstrip("()").strip()
    if paths and paths[0] == text.replace("\\", "/"):
        return "path"
    if _DOTTED.fullmatch(bare) and not any(c.isspace() for c in bare):
        return "identifier"
    return "report" if body.strip() else "words"


def _words(title: str) -> frozenset[str]:
    return frozenset(words(title)) - STOP_WORDS


def _terms(title: str, body: str) -> dict[str, float]:
    """Return the weighted terms of a query for the text index."""
    terms: dict[str, float] = {}
    code, prose = _code_and_prose(body)
    for part, weight in ((title, 1.0), (code, CODE_WEIGHT), (prose, PROSE_WEIGHT)):
        for term in index_terms(part):
            if term not in STOP_WORDS and len(terms) < MAX_TERMS:
                terms.setdefault(term, weight)
    return terms or dict.fromkeys(index_terms(f"{title} {body}")[:MAX_TERMS], 1.0)


def _code_and_prose(body: str) -> tuple[str, str]:
    """Return the names of a report's body that are written as code, and its other text without the form's own lines."""
    if not body:
        return "", ""
    kept = " ".join(_LINK.sub(" ", line) for line in body.split("\n") if not _FORM.search(line))
    code = dict.fromkeys(token for token in _CODE_NAME.findall(kept) if _looks_like_code(token))
    return " ".join(code), kept


def _names(text: str, title: str, trace: tuple[Frame, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return names to look up as symbols, those of the title first, and those of them that were written as code."""
    found: dict[str, bool] = {}
    only = len(runs(text)) == 1
    for part in dict.fromkeys((title, text)):
        for token in _CODE_NAME.findall(part):
            name = re.sub(r"::|#|->", ".", token)
            if name.lower() in STOP_WORDS or len(name) < 2 or is_file_name(name):
                continue
            found[name] = found.get(name, False) or only or _looks_like_code(name) or _marked(token, text)
    strong = [n for n, code in found.items() if code]
    strong[:0] = [f.function for f in trace if f.function and f.function not in strong]
    weak = [n for n, code in found.items() if not code and n not in strong]
    names = tuple(dict.fromkeys((*strong, *weak)))[:MAX_NAMES]
    return names, frozenset(strong).intersection(names)


def _marked(token: str, text: str) -> bool:
    return f"`{token}`" in text or f"{token}(" in text


def _looks_like_code(name: str) -> bool:
    last = re.split(r"\.|::|#|->", name)[-1]
    return (
        last != name
        or "_" in name.strip("_")
        or name.startswith("_")
        or any(a.islower() and b.isupper() for a, b in pairwise(last))
        or any(c.isdigit() for c in last)
        or (len(last) > 2 and last.isupper())
    )
