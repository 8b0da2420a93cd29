"""What does the model read?

Plain text: one header line ``path:start-end kind name`` per passage, then the code as it is in the file. Control
and bidirectional characters of file text are shown escaped, so that a file cannot disguise what it says.
"""

import re
from dataclasses import dataclass

from stores.facts import display_path
from stores.lookups import ChunkRow, SymbolRow

# Everything below is invisible or reorders text: C0/C1 controls but tab and newline, soft hyphens, blank letters,
# zero-width, bidi and line separator marks, tag characters and the variation selectors that can spell hidden text.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
# A form of a passage that still says what it is: this many lines from its beginning.
_HEAD_LINES = 12
_SIGNATURE_CHARS = 240
# Names are short; titles of prose are names too and may be anything.
_NAME_CHARS = 160


@dataclass(frozen=True, slots=True)
class Passage:
    """The text of a chunk without the blank lines around it, and the lines it stands on."""

    text: str
    start: int
    end: int


def clean(text: str) -> str:
    r"""Return file text without trailing blank lines, hidden characters escaped; ``\r\n`` becomes ``\n``."""
    return _HIDDEN.sub(_escaped, text.replace("\r\n", "\n").removesuffix("\r")).rstrip()


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def cut(text: str, chars: int) -> str:
    """Return cleaned text on one line, with an ellipsis if it has more than ``chars`` characters."""
    line = " ".join(clean(text[: 4 * chars]).split("\n"))
    return line if len(line) <= chars and len(text) <= 4 * chars else line[: chars - 1] + "…"


def passage(chunk: ChunkRow, text: str) -> Passage:
    """Return what is shown of ``chunk``, whose text is ``text``."""
    lines = text.removesuffix("\n").split("\n")
    filled = [number for number, line in enumerate(lines) if line.strip()] or [0]
    first, last = filled[0], filled[-1]
    return Passage("\n".join(lines[first : last + 1]), chunk.line_start + first, chunk.line_start + last)


def location(path: str, start: int, end: int) -> str:
    """Return ``path:start-end``, or ``path:line`` for a single line."""
    return f"{display_path(path)}:{start}" + (f"-{end}" if end != start else "")


def chunk_header(chunk: ChunkRow, start: int, end: int) -> str:
    """Return the header line of a passage: where it is and which definition it belongs to."""
    where = location(chunk.path, start, end)
    return f"{where} {chunk.symbol_kind} {name(chunk.qualified_name)}" if chunk.qualified_name else where


def name(text: str) -> str:
    """Return a symbol's name, bounded."""
    return cut(text, _NAME_CHARS)


def signature(symbol: SymbolRow) -> str:
    """Return a definition's signature on one line, bounded."""
    return cut(" ".join(symbol.signature.split()), _SIGNATURE_CHARS)


def symbol_line(symbol: SymbolRow) -> str:
    """Return ``path:start-end signature`` with the class a method belongs to."""
    owner, _, _ = symbol.qualified_name.rpartition(".")
    prefix = f"{name(owner)}: " if owner else ""
    return f"{location(symbol.path, symbol.line_start, symbol.line_end)} {prefix}{signature(symbol)}"


def summary(docstring: str | None) -> str:
    """Return the first sentence of a docstring on one line, "" if there is none."""
    if not docstring:
        return ""
    first = " ".join(clean(docstring).split("\n\n")[0].split())
    sentence = re.match(r".{1,160}?[.!?](?=\s|$)", first)
    return sentence[0] if sentence else first[:160]


def forms(header: str, text: str, outline: str = "") -> tuple[str, ...]:
    """Return the forms of a passage: whole, its first lines, its outline (signature), its header alone."""
    body = clean(text)
    lines = body.split("\n")
    found = [f"{header}\n{body}"]
    if len(lines) > _HEAD_LINES + 2:
        found.append(f"{header}\n" + "\n".join(lines[:_HEAD_LINES]) + f"\n… {len(lines) - _HEAD_LINES} more lines")
    said = cut(" ".join(outline.split()), _SIGNATURE_CHARS)
    if said and said not in header:
        found.append(f"{header}\n{said} …")
    found.append(header)
    return tuple(dict.fromkeys(found))
