"""What does the comment above a definition say?"""

import inspect
import re
from collections.abc import Iterable

from tree_sitter import Node

from mcp_server.languages.extract import Source

# A table of data is sometimes written as a comment; what matters is at its start.
_LONGEST = 20_000
_MOST_LINES = 400

_OPENING = re.compile(r"\A(?:/\*[*!]?<?|--\[=*\[|=begin)")
_CLOSING = re.compile(r"(?:\*+/|--\]=*\]|\]=*\]|=end)\s*\Z")
_MARGIN = re.compile(r"^[ \t]*(?:\*(?!/)|///?[!<]?|--+|#+!?) ?", re.MULTILINE)
_STARS = re.compile(r"^[ \t]*\*(?!/) ?", re.MULTILINE)


class Comments:
    """The comments of one file that stand alone on their lines."""

    def __init__(self, source: Source, nodes: Iterable[Node], wanted: re.Pattern[str]) -> None:
        """Keep ``nodes`` whose text matches ``wanted``, by the line on which they end."""
        self._source = source
        self._wanted = wanted
        self._by_last_line = {source.last_line(node): node for node in nodes if source.first_on_line(node.start_byte)}

    def above(self, line: int) -> str | None:
        """Return the text of the comments that end directly above ``line``, without comment marks."""
        texts: list[str] = []
        size = 0
        while (node := self._by_last_line.get(line - 1)) is not None and len(texts) < _MOST_LINES and size < _LONGEST:
            start = node.start_byte
            text = self._source.slice(start, min(node.end_byte, start + _LONGEST)).rstrip()
            if not self._wanted.match(text):
                break
            texts.append(_cleaned(text))
            size += len(text)
            line = self._source.line(start)
        return inspect.cleandoc("\n".join(reversed(texts))) or None


def _cleaned(text: str) -> str:
    if _OPENING.match(text):
        text = _CLOSING.sub("", _OPENING.sub("", text))
        return inspect.cleandoc(_STARS.sub("", text)).strip()
    return _MARGIN.sub("", text)
