"""Which code does a document write of?

Names in code spans, in the roles and directives of reStructuredText (https://www.sphinx-doc.org/en/master/usage/domains/)
and qualified names that are written as calls. A bare word in a code span is a name only if no plain word could be
written so (``QuerySet``, ``get_or_create``, ``run()``), since ``name`` and ``filter`` are code of everyone.
"""

import re
from collections.abc import Iterator, Sequence

from stores.facts import MODULE, Mention, Symbol

# Names kept of one document: a generated index of a whole API says nothing about any of it.
MAX_MENTIONS = 5_000
# Longer lines are no prose.
_MAX_LINE = 2_000

_NAME = r"[A-Za-z_]\w*(?:(?:\.|::|\#)[A-Za-z_]\w*)*"
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?![`_])")
_WRITTEN = re.compile(rf"(?P<name>{_NAME})(?P<call>\(.*\))?")
_CALLED = re.compile(rf"(?<![\w.:/`-])({_NAME})\(\)")
_ROLE = re.compile(
    r":(?:[a-z]+:)?(func|meth|class|exc|attr|data|const|obj|function|method|property|type|any|struct|macro|member)"
    r":`(?:[^`<\n]*<)?([^`<>\n]+)>?`"
)
_DIRECTIVE = re.compile(
    r"^\s*\.\. (?:[a-z]+:)?(?:auto)?(function|class|method|attribute|exception|data|property|staticmethod|classmethod"
    rf"|decorator|struct|macro|type):: +(?:async +|class +)?({_NAME})"
)
# What these name is no plain word; an attribute may be called anything that the text around it says.
_CALLABLE = frozenset(
    {"func", "function", "meth", "method", "class", "exc", "exception", "staticmethod", "classmethod", "decorator"}
)
_OTHER_ROLE = re.compile(r":[\w:+-]+:`[^`\n]*`")
_PARTS = re.compile(r"\.|::|\#")
# A fence of Markdown: what is in it is code, not prose about code.
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def markdown_mentions(lines: Sequence[str], sections: Sequence[Symbol]) -> tuple[Mention, ...]:
    """Return the names in the code spans of a Markdown document, each once in a section."""
    return _mentions(_outside_fences(lines), sections, roles=False)


def rst_mentions(lines: Sequence[str], sections: Sequence[Symbol]) -> tuple[Mention, ...]:
    """Return the names in roles, directives and literals of a reStructuredText document, each once in a section."""
    return _mentions(enumerate(lines, 1), sections, roles=True)


def _outside_fences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            yield number, line


def _mentions(lines: Iterator[tuple[int, str]], sections: Sequence[Symbol], *, roles: bool) -> tuple[Mention, ...]:
    starts = {section.line_start: position for position, section in enumerate(sections)}
    found: dict[tuple[int, str], Mention] = {}
    first, scope = 1, MODULE
    for number, line in lines:
        for at in range(first, number + 1):
            scope = starts.get(at, scope)
        first = number + 1
        if len(line) > _MAX_LINE or ("`" not in line and "()" not in line and "::" not in line):
            continue
        for text in _names(line, roles=roles):
            found.setdefault((scope, text), Mention(scope, number, text))
        if len(found) >= MAX_MENTIONS:
            break
    return tuple(found.values())[:MAX_MENTIONS]


def _names(line: str, *, roles: bool) -> Iterator[str]:
    """Yield the names that a line writes as code, their parts joined by dots."""
    if roles:
        if directive := _DIRECTIVE.match(line):
            if directive[1] in _CALLABLE or not _is_plain(directive[2]):
                yield _joined(directive[2])
            return
        for role in _ROLE.finditer(line):
            written = _WRITTEN.fullmatch(role[2].strip().lstrip("~!."))
            if written and (role[1] in _CALLABLE or not _is_plain(written["name"])):
                yield _joined(written["name"])
        line = _OTHER_ROLE.sub(" ", line)
    for span in _SPAN.finditer(line):
        written = _WRITTEN.fullmatch(span[2].strip())
        if written and (written["call"] or not _is_plain(written["name"])):
            yield _joined(written["name"])
    for called in _CALLED.finditer(_SPAN.sub(" ", line)):
        if len(_PARTS.split(called[1])) > 1:
            yield _joined(called[1])


def _joined(name: str) -> str:
    return ".".join(_PARTS.split(name))


def _is_plain(name: str) -> bool:
    """Say whether a name could be a word of prose: one part, of small letters only or of capitals only."""
    return name.isalpha() and (name.islower() or name.isupper())
