"""Where exactly does this text or pattern stand?

Exact and regex search over the stored text of files, newest answer to "where does this message come from". An
exact search reads only files that hold its words; a pattern reads all, within a time limit.
"""

import re
import time
from bisect import bisect_right
from dataclasses import dataclass

import regex

from mcp_server.errors import BadQuery
from mcp_server.retrieval.query import Query
from mcp_server.retrieval.scope import Scope
from stores.index import Snapshot
from stores.lookups import ChunkRow
from stores.words import index_terms

# A pattern that backtracks without end is stopped here, per file and per search.
FILE_TIMEOUT_S = 0.5
SEARCH_TIMEOUT_S = 5.0
MAX_MATCHES = 500
# Longer patterns are not written by hand; compiling takes time too, and no limit can stop it.
MAX_PATTERN_CHARS = 1_000
# Counted repetitions are written out when a pattern is compiled: 20 characters can take all memory there is.
MAX_PATTERN_SIZE = 3_000_000
_COUNTED = re.compile(r"\{\s*([0-9]{0,9})\s*(?:,\s*([0-9]{0,9}))?")
# Chunks that hold all words of an exact query; more say that its words say nothing, and all files are read.
_EXACT_CANDIDATES = 5_000
_WHOLE_WORD = re.compile(r"(?<=\W)\w+(?=\W)")


@dataclass(frozen=True, slots=True)
class Match:
    """A chunk that holds the text or pattern, and the 1-based lines where it does."""

    chunk: ChunkRow
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scanned:
    """Matches in order of path and line; ``stopped`` says why there may be more."""

    matches: tuple[Match, ...]
    stopped: str = ""


def scan(snapshot: Snapshot, query: Query, scope: Scope) -> Scanned:
    """Return the chunks that hold the query's literal text or pattern.

    Raises:
        BadQuery: the pattern is not a valid regular expression.
    """
    pattern = _pattern(query)
    deadline = time.monotonic() + SEARCH_TIMEOUT_S
    found: dict[int, tuple[ChunkRow, list[int]]] = {}
    stopped = ""
    for file_id in _files(snapshot, query, scope):
        if time.monotonic() > deadline or len(found) >= MAX_MATCHES:
            stopped = "time limit reached" if len(found) < MAX_MATCHES else f"first {MAX_MATCHES} places"
            break
        try:
            _scan_file(snapshot, file_id, pattern, scope, found)
        except TimeoutError:
            stopped = "the pattern took too long on some files"
    matches = (Match(chunk, tuple(lines)) for chunk, lines in found.values())
    return Scanned(tuple(sorted(matches, key=lambda m: (m.chunk.path, m.chunk.line_start))), stopped)


def _files(snapshot: Snapshot, query: Query, scope: Scope) -> list[int]:
    """Return the files to read: for an exact text of one line those with a chunk that holds all its whole words."""
    if query.kind == "exact" and "\n" not in query.literal:
        # Words at the ends of the text may be cut off in the middle.
        whole = [m[0] for m in _WHOLE_WORD.finditer(query.literal)]
        held = snapshot.holding({term for word in whole for term in index_terms(word)}, _EXACT_CANDIDATES)
        if held is not None:
            chunks = snapshot.chunks(held).values()
            return sorted({c.file_id for c in chunks if scope.admits(c.file_id, c.kinds)})
    return [f.id for f in snapshot.files() if scope.file_ids is None or f.id in scope.file_ids]


def _pattern(query: Query) -> "regex.Pattern[str]":
    if query.kind == "exact":
        # What an agent read as lines may end in CRLF in the file.
        return regex.compile(regex.escape(query.literal).replace("\\\n", "\r?\n"), regex.MULTILINE)
    hint = "escape special characters, or use mode=exact"
    if len(query.literal) > MAX_PATTERN_CHARS:
        raise BadQuery(f"a pattern of {len(query.literal):,} characters", f"give at most {MAX_PATTERN_CHARS:,}")
    if _size(query.literal) > MAX_PATTERN_SIZE:
        raise BadQuery("the pattern's counted repetitions multiply to too many", "use + or * instead of large counts")
    try:
        return regex.compile(query.literal, regex.MULTILINE)
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise BadQuery(f"not a valid regular expression: {error}", hint) from None


def _size(pattern: str) -> int:
    """Return a bound of what ``pattern`` compiles to: its length times all its counted repetitions."""
    size = len(pattern)
    for low, high in _COUNTED.findall(pattern):
        size *= max(int(low or 1), int(high or 1), 1)
        if size > MAX_PATTERN_SIZE:
            break
    return size


def _scan_file(
    snapshot: Snapshot,
    file_id: int,
    pattern: "regex.Pattern[str]",
    scope: Scope,
    found: dict[int, tuple[ChunkRow, list[int]]],
) -> None:
    text = snapshot.text(file_id)
    chunks: list[ChunkRow] | None = None
    position, line, end = 0, 1, -1
    for match in pattern.finditer(text, timeout=FILE_TIMEOUT_S):
        if match.start() <= end:  # a line is named once, however often it matches
            continue
        line += text.count("\n", position, match.start())
        position = match.start()
        end = text.find("\n", position)
        end = len(text) if end < 0 else end - 1
        if chunks is None:
            chunks = snapshot.chunks_in(file_id)
        at = bisect_right(chunks, line, key=lambda c: c.line_start) - 1
        chunk = chunks[at] if at >= 0 and line <= chunks[at].line_end else None
        if chunk is None or not scope.admits(file_id, chunk.kinds):
            continue
        lines = found.setdefault(chunk.id, (chunk, []))[1]
        if line not in lines[-1:]:
            lines.append(line)
        if len(found) >= MAX_MATCHES:
            return
