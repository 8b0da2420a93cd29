"""What does one file say?

Path -> text -> facts -> chunks, for one file, with nothing but the file itself. Runs in worker processes, which
therefore reach no store; in small runs it is called directly.
"""

import resource
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from mcp_server import tokens
from mcp_server.config import IndexOptions
from mcp_server.indexing import walk
from mcp_server.indexing.chunk import chunk_file
from mcp_server.indexing.walk import Source
from mcp_server.languages import language_of
from stores.facts import ParsedFile, Skip


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read, with its size and time as the walk saw them.

    ``known_hash`` is the content hash that the index has for it, None when it is new.
    """

    path: str
    size: int
    mtime_ns: int
    known_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Touched:
    """A file whose size or time changed but whose content is what the index already has."""

    path: str
    size: int
    mtime_ns: int


def read(root: Path, task: Task, options: IndexOptions) -> Source | Touched | Skip:
    """Return the text of one file, or why there is nothing to parse. Never raises for what is on disk."""
    source = walk.read(root, task.path, options)
    if isinstance(source, Skip):
        # One that vanished may come back as it was, and is then to be read.
        return source if source.reason == walk.VANISHED else replace(source, size=task.size, mtime_ns=task.mtime_ns)
    if source.content_hash == task.known_hash:
        return Touched(task.path, source.size, source.mtime_ns)
    return source


def parse(root: Path, task: Task, options: IndexOptions) -> ParsedFile | Touched | Skip:
    """Return the facts and chunks of one file, or why there are none. Never raises for what a file contains."""
    source = read(root, task, options)
    if not isinstance(source, Source):
        return source
    language = language_of(task.path, source.text[:200].partition("\n")[0])
    if language is None:
        return Skip(task.path, walk.UNSUPPORTED, task.size, task.mtime_ns)
    facts = language.extract(task.path, source.text)
    return ParsedFile(
        path=task.path,
        size=source.size,
        mtime_ns=source.mtime_ns,
        content_hash=source.content_hash,
        text=source.text,
        facts=facts,
        chunks=chunk_file(source.text, facts, options.chunk_tokens, tokens.count),
        lines=source.text.count("\n") + (not source.text.endswith("\n") and bool(source.text)),
    )


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


def parse_many(root: Path, tasks: list[Task], options: IndexOptions) -> list[ParsedFile | Touched | Skip]:
    """Parse several files: one message between processes instead of one each."""
    return [parse(root, task, options) for task in tasks]
