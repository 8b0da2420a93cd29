"""Which sections does a document have?

Markdown (ATX and setext headings, fences respected) and reStructuredText (underlined titles). A section is
a symbol; it runs until the next heading of its own or a higher level.
"""

import re
from dataclasses import replace
from typing import NamedTuple

from mcp_server.languages.language import Language
from mcp_server.languages.mentions import markdown_mentions, rst_mentions
from stores.facts import MODULE, Boundary, FileFacts, Symbol

# Text blocks inside a section; deeper than any heading (six levels), so that headings are cut first.
_BLOCK_DEPTH = 7

# Lines inside a fence or an indented block: cut only when nothing else is left.
_INNER_DEPTH = 9

# Longer heading lines are cut; nobody writes such titles on purpose.
_LONGEST_TITLE = 200

_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_NOT_PARAGRAPH = re.compile(r"^(?: {4}|\t| {0,3}(?:[>|#]|[-*+][ \t]|\d+[.)][ \t]))")
_RULE = re.compile(r"^([!-/:-@\[-`{-~])\1{2,}$")
_FRONT_MATTER = "---"


class _Heading(NamedTuple):
    """A heading: ``line`` is its first line (0-based), ``title_line`` the one that holds the title."""

    line: int
    level: int
    title: str
    title_line: int


def _markdown(_path: str, text: str) -> FileFacts:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    headings, blocks = _scan_markdown(lines)
    facts = _facts("markdown", text, lines, headings, blocks)
    return replace(facts, mentions=markdown_mentions(lines, facts.symbols))


def _rst(_path: str, text: str) -> FileFacts:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    headings = _scan_rst(lines)
    facts = _facts("rst", text, lines, headings, _blocks(lines))
    return replace(facts, mentions=rst_mentions(lines, facts.symbols))


def _scan_markdown(lines: list[str]) -> tuple[list[_Heading], list[Boundary]]:
    """Return the headings of a Markdown document, and where blocks of text start."""
    headings: list[_Heading] = []
    blocks: list[Boundary] = []
    fence = ""
    start = _front_matter_end(lines)
    blank = True
    for number in range(start, len(lines)):
        line = lines[number]
        opener = _FENCE.match(line)
        if fence:
            blocks.append(Boundary(number + 1, _INNER_DEPTH))
            if opener and opener[1].startswith(fence) and not opener[2].strip():
                fence = ""
            continue
        if opener and not (opener[1][0] == "`" and "`" in opener[2]):
            fence = opener[1]
        elif heading := _markdown_heading(lines, number, start):
            headings.append(heading)
        if line.strip() and blank:
            blocks.append(Boundary(number + 1, _BLOCK_DEPTH + (line[0] in " \t")))
        blank = not line.strip()
    return headings, blocks


def _markdown_heading(lines: list[str], number: int, start: int) -> _Heading | None:
    """Return the heading that is complete at line ``number``, if there is one."""
    if atx := _ATX.match(lines[number]):
        return _Heading(number, len(atx[1]), _title(atx[2] or ""), number)
    setext = _SETEXT.match(lines[number])
    above = lines[number - 1] if number > start else ""
    if setext and above.strip() and not _NOT_PARAGRAPH.match(above) and not _SETEXT.match(above):
        return _Heading(number - 1, 1 if setext[1][0] == "=" else 2, _title(above), number - 1)
    return None


def _front_matter_end(lines: list[str]) -> int:
    """Return the number of lines of YAML front matter at the start of a document."""
    if lines and lines[0].rstrip() == _FRONT_MATTER:
        for number, line in enumerate(lines[1:], 1):
            if line.rstrip() == _FRONT_MATTER:
                return number + 1
    return 0


def _scan_rst(lines: list[str]) -> list[_Heading]:
    """Return the underlined titles; a style's level is the order in which the styles first appear."""
    headings: list[_Heading] = []
    styles: list[str] = []
    last = -1
    for number in range(1, len(lines)):
        rule = _RULE.match(lines[number].rstrip())
        title = lines[number - 1]
        if not rule or number - 1 <= last or not title.strip() or _RULE.match(title.strip()):
            continue
        overlined = number >= 2 and number - 2 > last and lines[number - 2].rstrip() == lines[number].rstrip()
        if len(lines[number].rstrip()) < len(title.strip()) or (title[0] in " \t" and not overlined):
            continue
        if not overlined and number >= 2 and lines[number - 2].strip():
            continue
        style = rule[1] * (2 if overlined else 1)
        if style not in styles:
            styles.append(style)
        headings.append(
            _Heading(number - 2 if overlined else number - 1, styles.index(style) + 1, _title(title), number - 1)
        )
        last = number
    return headings


def _blocks(lines: list[str]) -> list[Boundary]:
    """Return where blocks of text start: after blank lines, indented ones deeper."""
    return [
        Boundary(number + 1, _INNER_DEPTH if line[0] in " \t" else _BLOCK_DEPTH)
        for number, line in enumerate(lines)
        if line.strip() and (number == 0 or not lines[number - 1].strip())
    ]


def _title(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_TITLE]


def _facts(language: str, text: str, lines: list[str], headings: list[_Heading], blocks: list[Boundary]) -> FileFacts:
    starts = _line_starts(text)
    total = _line_count(text)
    symbols: list[Symbol] = []
    open_sections: list[int] = []  # positions in ``headings``
    ends = _section_ends(headings, total)
    for position, heading in enumerate(headings):
        while open_sections and headings[open_sections[-1]].level >= heading.level:
            open_sections.pop()
        parent = open_sections[-1] if open_sections else MODULE
        path = [*(headings[i].title for i in open_sections), heading.title]
        first, last = heading.line, ends[position]
        indent = len(lines[heading.title_line]) - len(lines[heading.title_line].lstrip("# \t"))
        symbols.append(
            Symbol(
                name=heading.title,
                qualified_name=" > ".join(path),
                kind="section",
                parent=parent,
                line_start=first + 1,
                line_end=last,
                byte_start=starts[first],
                byte_end=starts[last],
                name_line=heading.title_line + 1,
                name_column=indent,
                signature=_title(lines[heading.title_line]),
            )
        )
        open_sections.append(position)
    depths = {boundary.line: boundary.depth for boundary in blocks}
    for heading in headings:
        depths[heading.line + 1] = heading.level - 1
    boundaries = tuple(Boundary(line, depth) for line, depth in sorted(depths.items()))
    return FileFacts(language, "", symbols=tuple(symbols), boundaries=boundaries)


def _section_ends(headings: list[_Heading], total: int) -> list[int]:
    """Return for each heading the number of the last line of its section."""
    ends = [total] * len(headings)
    unfinished: list[int] = []
    for position, heading in enumerate(headings):
        while unfinished and headings[unfinished[-1]].level >= heading.level:
            ends[unfinished.pop()] = heading.line
        unfinished.append(position)
    return ends


def _line_count(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n") and bool(text))


def _line_starts(text: str) -> list[int]:
    """Return the byte at which each line starts, and the total at the end."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line.encode("utf-8", "surrogatepass")) + 1)
    starts[-1] -= 1
    if text.endswith("\n"):
        starts.pop()
    return starts


MARKDOWN = Language("markdown", _markdown, kind="prose", suffixes=(".md", ".markdown", ".mdown", ".mdx", ".mkd"))
RST = Language("rst", _rst, kind="prose", suffixes=(".rst", ".rest"))
