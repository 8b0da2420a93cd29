"""Which chunks could answer? Three stores, ranked lists with their scores, and the places that the query names."""

from collections.abc import Callable
from dataclasses import dataclass

from mcp_server.embedding import Embedder
from mcp_server.retrieval.query import Mode, Query
from mcp_server.retrieval.scope import Scope
from stores.index import Snapshot
from stores.lookups import SymbolRow

# How much a hit in each field of the text index counts. The text of a chunk holds its name, signature and docstring;
# names in paths and definitions are weighed by signals of their own. Chosen by benchmarks/fit_ranking.py among eighteen
# settings on repositories that were left out of the fit: benchmarks/README.md.
BOOSTS = {"name": 0.5, "path": 0.5, "body": 1.0}
# Definitions of one queried name that are considered; names like "get" have hundreds.
MAX_DEFINITIONS = 30
# Weak names (plain words of a question) are only looked up when they are rare: "filter" names too much to help.
MAX_WEAK_DEFINITIONS = 3
# Other forms of a plain word count so much as the word itself; shorter words have forms that are other words.
FORM_WEIGHT = 0.3
MAX_FORMS = 6
SHORTEST_FORMED = 4
# Names that a misspelled one is taken for, and files of one mentioned name.
MAX_ALIKE = 3
MAX_FILES_NAMED = 5
# Chunks of a mentioned file that are considered.
MAX_CHUNKS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the stores found.

    ``keyword`` and ``semantic`` are (chunk id, score), best first. ``defining`` maps a chunk that holds the definition
    of a queried name to the name's symbol and whether the query writes it as code. ``pointed`` are chunks at the
    places that the query names, best first. ``taken_for`` maps a misspelled name to those it was taken for.
    """

    keyword: list[tuple[int, float]]
    semantic: list[tuple[int, float]]
    defining: dict[int, tuple[SymbolRow, bool]]
    pointed: list[int]
    taken_for: dict[str, list[str]]

    def chunk_ids(self) -> set[int]:
        """Return every chunk that was found."""
        return {i for i, _ in self.keyword} | {i for i, _ in self.semantic} | set(self.defining) | set(self.pointed)


def recall(
    snapshot: Snapshot, embedder: Embedder | None, query: Query, scope: Scope, count: int, *, mode: Mode = "auto"
) -> Recalled:
    """Return up to ``count`` chunks from each store, best first.

    ``mode`` "keyword", or no embedder, leaves the vectors out; "semantic" leaves everything else out.
    """
    nearest: Callable[[], list[tuple[int, float]]] = list
    if embedder is not None and mode != "keyword":
        vector = embedder.embed_queries([query.meaning])[0]
        if vector.any():
            nearest = snapshot.nearest_begun(vector, count, file_ids=scope.file_ids, kinds=scope.kinds)
    if mode == "semantic":
        return Recalled([], nearest(), {}, [], {})
    terms = _with_forms(snapshot, query)
    keyword = snapshot.fulltext(terms, BOOSTS, count, file_ids=scope.file_ids, kinds=scope.kinds)
    named, taken_for = _named_symbols(snapshot, query)
    defining, pointed = _defining(snapshot, named, scope), _pointed(snapshot, query, scope)
    return Recalled(keyword, nearest(), defining, pointed, taken_for)


def _with_forms(snapshot: Snapshot, query: Query) -> dict[str, float]:
    """Return the query's terms and, at a lower weight, other forms of its plain words: code says "redirect"."""
    terms = dict(query.terms)
    if query.kind not in ("words", "report"):
        return terms
    for word in sorted(query.words & set(terms)):
        if len(word) >= SHORTEST_FORMED and word.isalpha():
            for form in snapshot.forms(word, MAX_FORMS):
                terms.setdefault(form, FORM_WEIGHT * terms[word])
    return terms


def _named_symbols(snapshot: Snapshot, query: Query) -> tuple[list[tuple[SymbolRow, bool]], dict[str, list[str]]]:
    """Return the symbols that the query names, best first, and what a misspelled name was taken for."""
    found: dict[int, tuple[SymbolRow, bool]] = {}
    taken_for: dict[str, list[str]] = {}
    for name in query.names:
        strong = name in query.strong
        limit = MAX_DEFINITIONS if strong else MAX_WEAK_DEFINITIONS
        symbols = snapshot.symbols_dotted(name, limit + 1) if "." in name else snapshot.symbols_named(name, limit + 1)
        if not symbols and strong:
            last = name.rsplit(".", 1)[-1]
            symbols = snapshot.symbols_named(last, limit) or snapshot.symbols_folded(last.lower(), limit)
        if not symbols and query.kind == "identifier":
            symbols = snapshot.symbols_starting(name, limit)
        if not symbols and query.kind == "identifier":
            taken_for[name] = snapshot.names_like(name.rsplit(".", 1)[-1], MAX_ALIKE)
            symbols = [s for near in taken_for[name] for s in snapshot.symbols_named(near, limit)]
        if len(symbols) <= limit or strong:
            for symbol in sorted(symbols[:limit], key=_likely):
                found.setdefault(symbol.id, (symbol, strong))
    return list(found.values()), {name: near for name, near in taken_for.items() if near}


def _likely(symbol: SymbolRow) -> tuple[int, int, str, int]:
    """Order definitions of one name: types before functions before values, larger ones first."""
    order = {"class": 0, "interface": 0, "function": 1, "method": 2, "property": 2, "section": 5}
    return order.get(symbol.kind, 4), symbol.line_start - symbol.line_end, symbol.path, symbol.line_start


def _defining(
    snapshot: Snapshot, named: list[tuple[SymbolRow, bool]], scope: Scope
) -> dict[int, tuple[SymbolRow, bool]]:
    found: dict[int, tuple[SymbolRow, bool]] = {}
    for symbol, strong in named:
        chunk = snapshot.chunk_at(symbol.file_id, symbol.name_line)
        if chunk is not None and scope.admits(chunk.file_id, chunk.kinds):
            found.setdefault(chunk.id, (symbol, strong))
    return found


def _pointed(snapshot: Snapshot, query: Query, scope: Scope) -> list[int]:
    """Return the chunks at the places that the query names: frames of a trace first, then files."""
    found: dict[int, None] = {}
    for frame in query.frames:
        for file in snapshot.files_ending(frame.path, 1):
            chunk = snapshot.chunk_at(file.id, frame.line)
            if chunk is not None and scope.admits(chunk.file_id, chunk.kinds):
                found.setdefault(chunk.id)
    for path in query.paths:
        for file in snapshot.files_ending(path, MAX_FILES_NAMED):
            held = snapshot.fulltext(query.terms, BOOSTS, MAX_CHUNKS_NAMED, file_ids=(file.id,), kinds=scope.kinds)
            if scope.file_ids is None or file.id in scope.file_ids:
                found.update(dict.fromkeys(chunk_id for chunk_id, _ in held))
    return list(found)
