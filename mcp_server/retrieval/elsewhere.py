"""Where does a name stand of which no use is known?

What nothing calls where the linker sees it may be used all the same: in a table of functions, as the value of a field,
by its name in a template or a configuration. Before an answer says that nothing calls a definition, its name is looked
for in the code itself.
"""

import re
from dataclasses import dataclass

from mcp_server.languages import language_of, related
from stores.index import Snapshot
from stores.lookups import ChunkRow, SymbolRow
from stores.words import index_terms

# Chunks that hold the parts of the name; more say that it is a common word, and reading them would take long.
MAX_CHUNKS = 200
# Definitions of the same name whose lines are left out.
MAX_DEFINITIONS = 200
# How a line begins that is a comment in some language.
_COMMENT = re.compile(r"\s*(?:#(?!\w)|//|/\*|\*|--|<!--)")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Places (path, line) of a name that are no definition and no known call; ``known`` says whether all were found."""

    places: tuple[tuple[str, int], ...]
    known: bool


def named_elsewhere(snapshot: Snapshot, symbol: SymbolRow) -> Elsewhere:
    """Return where the name of ``symbol`` stands in data and in code that may mean it, but as a definition or call."""
    held = snapshot.holding(set(index_terms(symbol.name)), MAX_CHUNKS)
    if held is None:
        return Elsewhere((), known=False)
    callable_from = related(symbol.language)
    known = {(s.file_id, line) for s in snapshot.symbols_named(symbol.name, MAX_DEFINITIONS) for line in _head(s)}
    chunks = [chunk for chunk in snapshot.chunks(held).values() if _may_mean(chunk, callable_from)]
    known |= set(snapshot.call_places(symbol.name, {chunk.file_id for chunk in chunks}))
    word = re.compile(rf"(?<![\w$]){re.escape(symbol.name)}(?![\w$])")
    places: dict[tuple[str, int], None] = {}
    for chunk in chunks:
        for line, text in enumerate(snapshot.chunk_text(chunk).split("\n"), chunk.line_start):
            if (chunk.file_id, line) not in known and word.search(text) and not _COMMENT.match(text):
                places.setdefault((chunk.path, line))
    return Elsewhere(tuple(sorted(places)), known=True)


def _head(symbol: SymbolRow) -> range:
    """Return the lines of a definition in front of its body: decorators, name, parameters."""
    return range(symbol.line_start, symbol.name_line + symbol.signature.count("\n") + 1)


def _may_mean(chunk: ChunkRow, callable_from: frozenset[str]) -> bool:
    language = language_of(chunk.path)
    if language is None or language.kind == "prose":
        return False
    return language.kind != "code" or language.name in callable_from
