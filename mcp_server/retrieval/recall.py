"""Which chunks could answer? Three stores, three ranked lists."""

from collections.abc import Collection
from dataclasses import dataclass

from mcp_server.embedding import Embedder
from mcp_server.retrieval.query import Query
from stores.index import Snapshot
from stores.lookups import SymbolRow

# How much a hit in each field of the text index counts. The name a thing was given says most, its body least.
# A plateau: half or one and a half of any of them changes NDCG@10 by less than .005 on 215 open questions
# (benchmarks/retrieval.py --sweep).
BOOSTS = {"name": 3.0, "qualified": 1.5, "path": 1.5, "signature": 1.2, "docstring": 1.2, "body": 1.0}
# Definitions of one queried name that are considered; names like "get" have hundreds.
MAX_DEFINITIONS = 30
# Weak names (plain words of a question) are only looked up when they are rare: "filter" names too much to help.
MAX_WEAK_DEFINITIONS = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the index is searched; None means all."""

    file_ids: frozenset[int] | None = None
    kinds: Collection[str] | None = None

    def admits(self, file_id: int, kinds: str) -> bool:
        """Say whether a chunk of this file and these kinds is in scope."""
        of_kind = self.kinds is None or any(kind in self.kinds for kind in kinds.split())
        return of_kind and (self.file_ids is None or file_id in self.file_ids)


@dataclass(frozen=True, slots=True)
class Recalled:
    """The ranked lists by name, and which symbols the query names: symbol id -> was it written as code."""

    lists: dict[str, list[int]]
    named: dict[int, bool]


def recall(snapshot: Snapshot, embedder: Embedder | None, query: Query, scope: Scope, count: int) -> Recalled:
    """Return up to ``count`` chunks from each store, best first; ``embedder`` None leaves the vectors out."""
    keyword = snapshot.fulltext(query.terms, BOOSTS, count, file_ids=scope.file_ids, kinds=scope.kinds)
    lists = {"keyword": [chunk_id for chunk_id, _ in keyword]}
    if embedder is not None:
        vector = embedder.embed_queries([query.text])[0]
        nearest = snapshot.nearest(vector, count, file_ids=scope.file_ids, kinds=scope.kinds) if vector.any() else []
        lists["semantic"] = [chunk_id for chunk_id, _ in nearest]
    named = _named_symbols(snapshot, query)
    lists["symbols"] = _chunks_of(snapshot, named, scope)
    return Recalled(lists, {symbol.id: strong for symbol, strong in named})


def _named_symbols(snapshot: Snapshot, query: Query) -> list[tuple[SymbolRow, bool]]:
    """Return the symbols that the query names, best first."""
    found: dict[int, tuple[SymbolRow, bool]] = {}
    for name in query.names:
        strong = name in query.strong
        limit = MAX_DEFINITIONS if strong else MAX_WEAK_DEFINITIONS
        symbols = snapshot.symbols_dotted(name, limit + 1) if "." in name else snapshot.symbols_named(name, limit + 1)
        if not symbols and strong:
            last = name.rsplit(".", 1)[-1]
            symbols = snapshot.symbols_named(last, limit) or snapshot.symbols_folded(last.lower(), limit)
        if not symbols and query.kind == "identifier":
            symbols = snapshot.symbols_starting(name, limit)
        if len(symbols) <= limit or strong:
            for symbol in sorted(symbols[:limit], key=_likely):
                found.setdefault(symbol.id, (symbol, strong))
    return list(found.values())


def _likely(symbol: SymbolRow) -> tuple[int, int, str, int]:
    """Order definitions of one name: types before functions before values, larger ones first."""
    order = {"class": 0, "interface": 0, "function": 1, "method": 2, "property": 2, "section": 5}
    return order.get(symbol.kind, 4), symbol.line_start - symbol.line_end, symbol.path, symbol.line_start


def _chunks_of(snapshot: Snapshot, named: list[tuple[SymbolRow, bool]], scope: Scope) -> list[int]:
    ids: dict[int, None] = {}
    for symbol, _ in named:
        chunk = snapshot.chunk_at(symbol.file_id, symbol.name_line)
        if chunk is not None and scope.admits(chunk.file_id, chunk.kinds):
            ids.setdefault(chunk.id)
    return list(ids)
