"""Which lines does a citation, a diff or a stack trace mean?

A citation is ``path:start-end@hash8``: the hash is of the lines as they were shown, so that a later question can be
told whether they have changed, or where they have moved.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

from mcp_server.errors import PathOutsideRoot
from mcp_server.retrieval.mentions import frames
from mcp_server.retrieval.render import clean, location
from stores.facts import display_path
from stores.index import Snapshot
from stores.lookups import FileRow, SymbolRow

# Places of one diff or trace that are looked at.
MAX_PLACES = 20
HASH_CHARS = 8
# Blocks of a file that are compared with a citation whose lines have moved.
_MAX_MOVED_LINES = 20_000

_AT_LINE = re.compile(r"^(?P<path>.+?):(?P<line>\d{1,9})(?:-(?P<end>\d{1,9}))?(?:@(?P<hash>[0-9a-f]{8}))?$", re.ASCII)
_DIFF_FILE = re.compile(r"^(?:---|\+\+\+) (?:[ab]/)?([^\t\n]+)")
_HUNK = re.compile(r"^@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file as they were named; ``digest`` is "" when the name carries none."""

    path: str
    start: int
    end: int
    digest: str = ""


def place(target: str) -> Place | None:
    """Return the place if ``target`` has the form path:line, path:start-end or path:start-end@hash8."""
    found = _AT_LINE.match(target.strip())
    if found is None:
        return None
    start = int(found["line"])
    path = found["path"].replace("\\", "/").removeprefix("./")
    return Place(path, start, int(found["end"] or start), found["hash"] or "")


def indexed_file(snapshot: Snapshot, path: str) -> FileRow | None:
    """Return the indexed file that ``path`` names: a path relative to the root, or the only one that ends with it.

    Raises:
        PathOutsideRoot: it leaves the root.
    """
    cleaned = path.strip().replace("\\", "/").removeprefix("./")
    if any(c.isspace() for c in cleaned) or "/" not in cleaned:
        return snapshot.file(cleaned) if cleaned else None
    if cleaned.startswith("/") or ".." in cleaned.split("/") or re.match(r"[A-Za-z]:/", cleaned):
        raise PathOutsideRoot(f"{display_path(path)} is not below the root", "give a path relative to the root")
    return snapshot.file(cleaned)


def citation(snapshot: Snapshot, path: str, file_id: int, start: int, end: int) -> str:
    """Return ``path:start-end@hash8`` for lines of a file."""
    return f"{location(path, start, max(end, start + 1))}@{digest(snapshot.lines(file_id, start, end))}"


def digest(text: str) -> str:
    """Return the hash of lines as they are shown."""
    return blake2b(clean(text).encode("utf-8", "replace"), digest_size=HASH_CHARS // 2).hexdigest()


def current(snapshot: Snapshot, file: FileRow, cited: Place) -> tuple[Place, str]:
    """Return where the cited lines are now, and what there is to say about it ("" when nothing has changed)."""
    if not cited.digest or digest(snapshot.lines(file.id, cited.start, cited.end)) == cited.digest:
        return cited, ""
    lines = snapshot.text(file.id).split("\n")
    height = cited.end - cited.start + 1
    starts = range(1, min(len(lines), _MAX_MOVED_LINES) - height + 2)
    for start in sorted(starts, key=lambda line: abs(line - cited.start)):
        if digest("\n".join(lines[start - 1 : start - 1 + height])) == cited.digest:
            moved = Place(cited.path, start, start + height - 1, cited.digest)
            said = f"the cited lines have moved to {location(file.path, moved.start, moved.end)}"
            return moved, said
    return cited, f"the code at {location(file.path, cited.start, cited.end)} has changed since it was cited"


def pointed(snapshot: Snapshot, text: str) -> list[tuple[FileRow, int]]:
    """Return the indexed (file, line) places that a pasted diff or stack trace names, the most telling first."""
    if "\n" not in text:
        return []
    found: dict[tuple[int, int], tuple[FileRow, int]] = {}
    for path, line in (*_hunks(snapshot, text), *((frame.path, frame.line) for frame in frames(text))):
        for file in snapshot.files_ending(path, 1):
            if 1 <= line <= file.lines:
                found.setdefault((file.id, line), (file, line))
    return list(found.values())[:MAX_PLACES]


def definitions(snapshot: Snapshot, places: list[tuple[FileRow, int]]) -> list[tuple[SymbolRow, int]]:
    """Return the innermost definitions that hold these places, each once, with the first of the lines."""
    found: dict[int, tuple[SymbolRow, int]] = {}
    for file, line in places:
        symbol = snapshot.symbol_at(file.id, line)
        if symbol is not None:
            found.setdefault(symbol.id, (symbol, line))
    return list(found.values())


def _hunks(snapshot: Snapshot, text: str) -> list[tuple[str, int]]:
    """Return (path, line) of the first changed line of each hunk, counted in the file as it is indexed."""
    found: list[tuple[str, int]] = []
    path, old, new, open_hunk = "", 0, 0, False
    for line in text.split("\n"):
        named = _DIFF_FILE.match(line)
        hunk = _HUNK.match(line)
        if named and not open_hunk:
            path = named[1].strip() if named[1].strip() != "/dev/null" else path
        elif hunk and path:
            old, new, open_hunk = int(hunk[1]), int(hunk[2]), True
        elif open_hunk and line[:1] in ("+", "-"):
            found.append((path, new if _applied(snapshot, path, new, line) else old))
            open_hunk = False
        elif open_hunk and line[:1] in (" ", ""):
            old, new = old + 1, new + 1
        else:
            open_hunk = False
    return found


def _applied(snapshot: Snapshot, path: str, line: int, change: str) -> bool:
    """Say whether a diff's added line stands where the diff puts it: then the file is the one after the change."""
    if change[0] != "+":
        return False
    return any(snapshot.lines(f.id, line, line) == change[1:] for f in snapshot.files_ending(path, 1))


def seen_ranges(seen: tuple[str, ...]) -> list[Place]:
    """Return the places that a client says it has; what is no place is left out."""
    return [found for found in (place(each) for each in seen) if found is not None]


def is_seen(snapshot: Snapshot, ranges: list[Place], path: str, start: int, end: int) -> bool:
    """Say whether a client has these lines, as they are now."""
    shown = display_path(path)
    for have in ranges:
        if have.path in (path, shown) and have.start <= start and end <= have.end:
            file = snapshot.file(path)
            same = file is not None and digest(snapshot.lines(file.id, have.start, have.end)) == have.digest
            if same or not have.digest:
                return True
    return False
