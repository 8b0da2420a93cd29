"""What does one file say?

Path -> text -> facts -> chunks, for one file, with nothing but the file itself. Runs in worker processes, which
therefore reach no store; small files of small runs are parsed by a direct call.
"""

import resource
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from mcp_server import tokens
from mcp_server.config import IndexOptions
from mcp_server.indexing import walk
from mcp_server.indexing.chunk import chunk_file
from mcp_server.indexing.failure import place
from mcp_server.indexing.walk import Source
from mcp_server.languages import language_of
from mcp_server.languages.text import source_facts
from stores.facts import Chunk, FileFacts, ParsedFile, Problem, Skip

# How the problem of a file begins that may well be parsed another time, with more memory or on a calmer machine.
NOT_PARSED = "not parsed, indexed as text"
OUT_OF_MEMORY = "the parser ran out of the memory it may use"
# Of an unexpected error's text; it may quote the file.
_CAUSE_CHARS = 200
# Of its traceback, the end: the innermost twenty calls or so.
_TRACE_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read, with its size and time as the walk saw them.

    ``known_hash`` is the content hash that the index has for it, None when it is new. ``plain`` is why the file is
    not to be parsed but taken as text, "" when it is to be parsed.
    """

    path: str
    size: int
    changed_ns: int
    known_hash: bytes | None
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """A file whose size or time changed but whose content is what the index already has."""

    path: str
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that could not be parsed, though it was read: the cause in a reader's words, one line.

    ``trace`` is the traceback of an error of this program, for the log; "" where it is none.
    """

    cause: str
    trace: str = ""


Result: TypeAlias = ParsedFile | Touched | Skip


def attempt(root: Path, task: Task, options: IndexOptions) -> Result | Failed:
    """Return what ``parse`` does, or what went wrong in it: one file must not end a run."""
    try:
        return parse(root, task, options)
    except MemoryError:
        return Failed(OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 (whatever it is, the file is taken as text and the cause reported)
        cause = " ".join(f"{place(error)}: {error}".split())
        return Failed(cause[:_CAUSE_CHARS], "".join(traceback.format_exception(error))[-_TRACE_CHARS:])


def read(root: Path, task: Task, options: IndexOptions) -> Source | Touched | Skip:
    """Return the text of one file, or why there is nothing to parse. Never raises for what is on disk."""
    source = walk.read(root, task.path, options)
    if isinstance(source, Skip):
        # One that vanished may come back as it was, and is then to be read.
        return source if source.reason == walk.VANISHED else replace(source, size=task.size, changed_ns=task.changed_ns)
    if source.content_hash == task.known_hash:
        return Touched(task.path, source.size, source.changed_ns)
    return source


def parse(root: Path, task: Task, options: IndexOptions) -> Result:
    """Return the facts and chunks of one file, or why there are none. Never raises for what a file contains."""
    source = read(root, task, options)
    if not isinstance(source, Source):
        return source
    language = language_of(task.path, source.text[:200].partition("\n")[0])
    if language is None:
        return Skip(task.path, walk.UNSUPPORTED, task.size, task.changed_ns)
    facts = _as_text(language.name, source.text, task.plain) if task.plain else language.extract(task.path, source.text)
    facts, chunks = _chunked(source.text, facts, options)
    return ParsedFile(
        path=task.path,
        size=source.size,
        changed_ns=source.changed_ns,
        content_hash=source.content_hash,
        text=source.text,
        facts=facts,
        chunks=chunks,
        lines=source.text.count("\n") + (not source.text.endswith("\n") and bool(source.text)),
    )


def _as_text(language: str, text: str, cause: str) -> FileFacts:
    facts = source_facts(language, text)
    return replace(facts, problems=(Problem(1, f"{NOT_PARSED}: {cause}"),))


def _chunked(text: str, facts: FileFacts, options: IndexOptions) -> tuple[FileFacts, tuple[Chunk, ...]]:
    """Return the chunks of a file, larger ones than usual where there would be too many, and the facts with a note."""
    limit = options.chunk_tokens
    chunks = chunk_file(text, facts, limit, tokens.count)
    while len(chunks) > options.max_file_chunks:
        limit *= 2
        chunks = chunk_file(text, facts, limit, tokens.count)
    if limit > options.chunk_tokens:
        note = f"over {options.max_file_chunks} chunks of {options.chunk_tokens} tokens; cut into chunks of {limit}"
        facts = replace(facts, problems=(*facts.problems, Problem(1, note)))
    return facts, chunks


def resident_bytes() -> int:
    """Return the resident size of this process now, 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        return 0


def peak_bytes() -> int:
    """Return the largest resident size this process has had so far."""
    try:
        # Not ru_maxrss, which on Linux starts at the size of the process that spawned this one.
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        # ru_maxrss is in KiB but for macOS, where it is in bytes
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
