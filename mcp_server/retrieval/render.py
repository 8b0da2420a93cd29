"""What does the model read?

Plain text: one header line ``path:start-end kind name`` per passage, then the code as it is in the file. Control
and bidirectional characters of file text are shown escaped, so that a file cannot disguise what it says.
"""

import re

from stores.facts import display_path
from stores.lookups import ChunkRow, SymbolRow

# Everything below is invisible or reorders text: C0/C1 controls but tab and newline, zero-width and bidi marks.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# A form of a passage that still says what it is: this many lines from its beginning.
_HEAD_LINES = 12
_SIGNATURE_CHARS = 240


def clean(text: str) -> str:
    r"""Return file text without trailing blank lines, hidden characters escaped; ``\r\n`` becomes ``\n``."""
    return _HIDDEN.sub(lambda m: f"\\u{ord(m[0]):04x}", text.replace("\r\n", "\n")).rstrip()


def location(path: str, start: int, end: int) -> str:
    """Return ``path:start-end``, or ``path:line`` for a single line."""
    return f"{display_path(path)}:{start}" + (f"-{end}" if end != start else "")


def chunk_header(chunk: ChunkRow, start: int | None = None, end: int | None = None) -> str:
    """Return the header line of a passage: where it is and which definition it belongs to."""
    where = location(chunk.path, start or chunk.line_start, end or chunk.line_end)
    return f"{where} {chunk.symbol_kind} {chunk.qualified_name}" if chunk.qualified_name else where


def signature(symbol: SymbolRow) -> str:
    """Return a definition's signature on one line, bounded."""
    text = clean(" ".join(symbol.signature.split()))
    return text if len(text) <= _SIGNATURE_CHARS else text[: _SIGNATURE_CHARS - 1] + "…"


def symbol_line(symbol: SymbolRow) -> str:
    """Return ``path:start-end signature`` with the class a method belongs to."""
    owner, _, _ = symbol.qualified_name.rpartition(".")
    prefix = f"{owner}: " if owner else ""
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
    if outline and outline not in header:
        found.append(f"{header}\n{outline} …")
    found.append(header)
    return tuple(dict.fromkeys(found))
