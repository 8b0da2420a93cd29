"""Which imports are made when a file is loaded, and which wait or are for types alone?

A cycle matters where each file loads the next before it is whole. Imports inside of functions wait until those are
called (the facts say so); imports for the type checker are never made. Those are found in the text when asked for:
Python's ``if TYPE_CHECKING:`` and TypeScript's ``import type``.
"""

import re

from stores.index import Snapshot

_TYPES_ONLY = re.compile(
    r"^([ \t]*)if[ \t]+(?:\w+\.)?TYPE_CHECKING\b[^\n]*\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)*"
    r"|^[ \t]*(?:import|export)[ \t]+type\b[^;'\"]*",
    re.MULTILINE,
)
# Cheaper to look for; most files have neither.
_MAY_BE = re.compile(r"TYPE_CHECKING|(?:import|export)[ \t]+type\b")


class Loading:
    """What the files of one snapshot load; each text is read once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._types: dict[int, list[tuple[int, int]]] = {}

    def is_made(self, file_id: int, line: int) -> bool:
        """Say whether an import that is written at the outermost level of a file is made at run time."""
        if file_id not in self._types:
            self._types[file_id] = _for_types(self._snapshot.text(file_id))
        return not any(first <= line <= last for first, last in self._types[file_id])


def _for_types(text: str) -> list[tuple[int, int]]:
    """Return the first and last line of the parts of a text whose imports are for types alone."""
    found = []
    for match in _TYPES_ONLY.finditer(text) if _MAY_BE.search(text) else ():
        first = text.count("\n", 0, match.start()) + 1
        found.append((first, first + match[0].rstrip("\n").count("\n")))
    return found
