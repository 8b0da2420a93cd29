"""What can be said about text that we do not parse?

Plain text, configuration, and source code of languages without a grammar here: no symbols, only the lines
at which a chunk may begin. Source code is cut where a block starts at the margin after a blank line.
"""

from mcp_server.languages.mentions import rst_mentions
from stores.facts import Boundary, FileFacts

# Deeper blocks are told apart by indentation; beyond this they are all equally bad places to cut.
_DEEPEST = 6

_TAB_WIDTH = 4

# A line at the margin that starts with one of these goes on with what was before it.
_CLOSERS = (")", "]", "}", "end", "else", "elif", "catch", "finally", "then", "esac", "fi", "done")


def source_facts(language: str, text: str) -> FileFacts:
    """Return the facts of source code we do not parse: boundaries at the margin after a blank line, then deeper."""
    return FileFacts(language, "", boundaries=_boundaries(text, outermost=0))


def text_facts(language: str, text: str) -> FileFacts:
    """Return the facts of prose or configuration: every block after a blank line may start a chunk.

    No boundary has depth 0: blocks of prose are parts of one whole, to be packed together. Plain text names code as
    reStructuredText does, which much of it is.
    """
    mentions = rst_mentions(text.split("\n"), ()) if language == "text" else ()
    return FileFacts(language, "", boundaries=_boundaries(text, outermost=1), mentions=mentions)


def _boundaries(text: str, outermost: int) -> tuple[Boundary, ...]:
    found: list[Boundary] = []
    after_blank = True
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not stripped:
            after_blank = True
            continue
        if not stripped.startswith(_CLOSERS):
            depth = min(_indent(line), _DEEPEST) + outermost
            # A line at the margin without a blank line before it is a worse place than one with it.
            found.append(Boundary(number, depth if after_blank else depth + 1 + (depth > outermost)))
        after_blank = False
    return tuple(found)


def _indent(line: str) -> int:
    """Return how many levels ``line`` is indented."""
    margin = line[: len(line) - len(line.lstrip())]
    return (margin.count("\t") * _TAB_WIDTH + len(margin) - margin.count("\t") + _TAB_WIDTH - 1) // _TAB_WIDTH
