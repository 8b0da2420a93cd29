"""What does a running server or command hold? Index, embedder and settings, opened and closed once."""

import inspect
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from mcp_server import health, memory, tokens
from mcp_server.breaker import Breaker
from mcp_server.config import BUILT_IN_MODEL, Settings
from mcp_server.embedding import Embedder, GuardedEmbedder, open_embedder
from mcp_server.errors import BadQuery, ConfigError, PathOutsideRoot, RequestError
from mcp_server.indexing import settle as settling
from mcp_server.indexing import walk
from mcp_server.indexing.indexer import Indexer, Progress
from mcp_server.indexing.keep import Keeper
from mcp_server.indexing.lead import Leadership
from mcp_server.indexing.refresh import SHOWN_PENDING, Refresher, State, pending_note
from mcp_server.indexing.walk import Source
from mcp_server.retrieval import answers, export
from mcp_server.retrieval.answers import Rendered
from mcp_server.retrieval.calls import Calls
from mcp_server.retrieval.search import Request
from stores.errors import IndexCorrupt, StoreError
from stores.facts import display_path
from stores.index import Index, Snapshot

__all__ = ["Answer", "App", "Progress"]

_PACKAGES = ("mcp", "lancedb", "tantivy", "pyarrow", "tree-sitter", "tree-sitter-python", "numpy")
# Answers kept for a client that asks again; each is at most 40,000 characters.
_ANSWERS_KEPT = 64
# Entries of a list that status gives as data, and that it shows as text.
_LISTED = 10_000
_SHOWN = 5

T = TypeVar("T")
Make = Callable[[Snapshot, Embedder, list[str]], Rendered]


@dataclass(frozen=True)
class Answer:
    """What a tool returns: the text a model reads, the same as data, and the text's size in tokens."""

    text: str
    data: dict[str, Any] = field(default_factory=dict)
    tokens: int = 0


class App:
    """One root, ready to answer. Safe to use from several threads at once.

    Every request method raises ``RequestError`` (the caller's mistake), ``StoreError`` (the index) or nothing.
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare to answer about ``settings.root``; nothing slow happens before the first request."""
        self._settings = settings
        self._index = Index(settings.index_folder, os.fsencode(settings.root))
        self._lock = threading.Lock()
        self._opened: Embedder | None = None
        self._breaker = Breaker()
        self._closing = threading.Event()
        self._leadership = Leadership(settings.index_folder)
        self._refresher = Refresher(self._index, settings, self._embedder, self._leadership)
        self._keeper: Keeper | None = None
        self._foreground: Progress | None = None
        self._answers: OrderedDict[Hashable, Rendered] = OrderedDict()

    def warm(self) -> None:
        """Do what makes the first request slow: load the model, map the vectors, compare them with their checksums."""
        try:
            embedder = self._embedder()
            with self._index.snapshot() as snapshot:
                snapshot.nearest(embedder.embed_queries(["warm"])[0], 1)
        except (StoreError, ConfigError):
            return  # nothing is indexed yet, or it will be reported to the one who asks

    def keep(self) -> None:
        """Keep the index true in the background from now on, or stand ready to; for a process that serves."""
        self._keeper = Keeper(self._leadership, self._settings, self._refresher, self.rest)
        self._refresher.waits_for_leader = True
        self._keeper.start()

    def rest(self) -> None:
        """Give back the memory that the next request can make anew."""
        with self._lock:
            embedder, self._opened = self._opened, None
        if embedder is not None:
            embedder.close()
        self._index.close()
        self._refresher.forget()
        memory.give_back()

    def close(self) -> None:
        """Stop background work; returns at once and needs no event loop."""
        self._closing.set()
        if self._keeper is not None:
            self._keeper.stop()
        self._refresher.background.stop()
        if self._opened is not None:
            self._opened.close()

    def is_indexed(self) -> bool:
        """Say whether there is a complete index of this root."""
        try:
            with self._index.snapshot() as snapshot:
                return snapshot.complete
        except StoreError:
            return False

    def progress(self) -> Progress | None:
        """Return how far the index run under way is, None when there is none."""
        return self._foreground or self._refresher.background.progress()

    def search(  # noqa: PLR0913 (the tool's arguments)
        self,
        query: str,
        *,
        path: str | None = None,
        language: str | None = None,
        kind: str | None = None,
        limit: int | None = None,
        budget_tokens: int | None = None,
        mode: str = "auto",
        cursor: str | None = None,
        explain: bool = False,
        tests: str = "with",
        changed_since: str | None = None,
        detail: str = "detailed",
        cancelled: threading.Event | None = None,
    ) -> Answer:
        """Return ranked code for a question, a name, a path or quoted text; see the tool ``search_code``."""
        request = Request(
            query, path, language, kind, limit, budget_tokens, mode, cursor, explain, tests, changed_since, detail
        )
        answers.check_search(request, self._settings.retrieval)
        return self._answer(
            # Git's branches move without the index.
            None if changed_since else request,
            lambda s, e, notes: answers.search(s, e, request, self._settings.retrieval, notes),
            cancelled,
        )

    def ranked(self, request: Request, wanted: answers.Best, cancelled: threading.Event | None = None) -> Answer:
        """Return the best hits of this root for an answer of several roots; see ``answers.ranked``."""
        options = self._settings.retrieval
        return self._answer(None, lambda s, e, notes: answers.ranked(s, e, request, options, notes, wanted), cancelled)

    def context(
        self,
        target: str,
        *,
        path: str | None = None,
        budget_tokens: int | None = None,
        seen: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Answer:
        """Return what one must read about a symbol, a ``path:line``, a file or a task; see the tool ``get_context``."""
        options = replace(self._settings.retrieval, budget_tokens=self._budget(budget_tokens))
        asked = answers.About(target, path, tuple(seen))
        key = (asked, options.budget_tokens)
        return self._answer(key, lambda s, e, notes: answers.context(s, e, asked, options, notes), cancelled)

    def call_graph(  # noqa: PLR0913 (the tool's arguments)
        self,
        symbol: str,
        *,
        to: str | None = None,
        path: str | None = None,
        direction: str = "both",
        depth: int | None = None,
        include_possible: bool = False,
        format: str = "text",
        budget_tokens: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Answer:
        """Return who calls a symbol and whom it calls, or how it reaches another; see the tool ``call_graph``."""
        options = replace(self._settings.retrieval, budget_tokens=self._budget(budget_tokens))
        asked = Calls(symbol, to, path, direction, depth, include_possible, format)
        key = (asked, options.budget_tokens)
        return self._answer(key, lambda s, _, notes: answers.call_graph(s, asked, options, notes), cancelled)

    def file_text(self, path: str) -> str:
        """Return the text of an indexed file as it is on disk.

        Raises:
            RequestError: no such file is indexed.
        """
        cleaned = path.replace("\\", "/").removeprefix("./")
        if cleaned.startswith("/") or ".." in cleaned.split("/"):
            raise PathOutsideRoot(f"{display_path(path)} is not below the root", "give a path relative to the root")
        self._refresher.refresh()
        with self._index.snapshot() as snapshot:
            file = snapshot.file(cleaned)
            if file is None:
                raise RequestError(f"{display_path(path)} is not indexed", "search_code with path= finds indexed files")
            if not self._refresher.differing(snapshot, [cleaned]):
                return snapshot.text(file.id)
        # It changed and could not be indexed in time: what is shown is what is on disk.
        source = walk.read(self._settings.root, cleaned, self._settings.index)
        if isinstance(source, Source):
            return source.text
        raise RequestError(f"{display_path(path)} is not text any more ({source.reason})", "ask for another file")

    def index(
        self,
        progress: Callable[[Progress], None] | None = None,
        *,
        rebuild: bool = False,
        repair: bool = False,
        settle: bool = True,
    ) -> dict[str, Any]:
        """Bring the index up to date in the foreground; returns the run report (``indexer.RunReport`` as data).

        ``rebuild`` starts from nothing; ``repair`` compares the stores row by row first, and rebuilds what differs.
        Without ``settle`` LanceDB stays where it is, see ``lags``.
        """

        def follow(step: Progress) -> None:
            self._foreground = step
            if progress is not None:
                progress(step)

        try:
            indexer = Indexer(self._index, self._embedder(), self._settings)
            report = indexer.run(follow, cancelled=self._closing, rebuild=rebuild, verify=repair, settle=settle)
        finally:
            self._foreground = None
            self._refresher.forget()
        return report.as_dict()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    def lags(self) -> bool:
        """Say whether LanceDB is behind the other stores, or gone."""
        return settling.lags(self._index)

    def status(self) -> Answer:
        """Return what is indexed, how complete it is and what was left out."""
        with self._index.snapshot() as snapshot:
            data = health.status_data(snapshot, self._settings)
        progress = self.progress()
        data["indexing"] = asdict(progress) if progress is not None else None
        data["pending"] = [display_path(path) for path in self._refresher.pending()[: health.LISTED]]
        leader = self._leadership.leader()
        data["leader"] = asdict(leader) if leader is not None else None
        return _listed(data)

    def doctor(self, *, repair: bool = False) -> Answer:
        """Return every setting with its source, the versions in use, and whether the stores agree.

        With ``repair`` the stores are compared row by row first, and what differs is made again.
        """
        healed = self.index(repair=True)["healed"] if repair else []
        data = health.doctor_data(self._index, self._settings)
        return _listed({**data, **({"repaired": healed or ["nothing was wrong"]} if repair else {})})

    def export(self, what: str, form: str = "jsonl", only: Sequence[str] = ()) -> Iterator[str]:
        """Yield calls, or the relations beside them, as lines; the arguments are those of ``retrieval.export.lines``.

        Raises:
            BadQuery: there is no such thing to export.
        """
        self._require_complete()
        with self._index.snapshot() as snapshot:
            yield from export.lines(snapshot, what, form, only)

    def batch(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the hits of every row with a query, and the answer of every row with a symbol, from one generation.

        Raises:
            BadQuery: a row has neither, or an option that search, or ``call_graph``, does not have.
        """
        self._require_complete()
        embedder = self._embedder()
        with self._index.snapshot() as snapshot:
            for number, row in enumerate(rows, 1):
                found = self._batch_row(snapshot, embedder, row, number)
                yield {"id": row.get("id"), **found}

    def _batch_row(self, snapshot: Snapshot, embedder: Embedder, row: dict[str, Any], number: int) -> dict[str, Any]:
        options = self._settings.retrieval
        if "symbol" not in row:
            return answers.batch_row(snapshot, embedder, _batch_options(Request, "query", row, number), options)
        own = {k: v for k, v in row.items() if k != "budget_tokens"}
        budget = self._budget(row.get("budget_tokens"))
        asked = _batch_options(Calls, "symbol", own, number)
        return answers.batch_calls(snapshot, asked, replace(options, budget_tokens=budget))

    def _require_complete(self) -> None:
        """Make the index complete and fresh first: machines read the rows and no notes."""
        state = self._refresher.refresh()
        if not state.usable or state.notes:
            self.index()

    def _embedder(self) -> Embedder:
        with self._lock:
            if self._opened is None:
                self._opened = open_embedder(self._settings.model)
            return self._opened

    def _budget(self, budget_tokens: int | None) -> int:
        options = self._settings.retrieval
        return answers.checked_budget(budget_tokens, options)

    def _answer(self, asked: Hashable | None, make: Make, cancelled: threading.Event | None) -> Answer:
        """Return an answer of one generation; what was ``asked`` of it before is not made again (None: always)."""
        if self._keeper is not None:
            self._keeper.asked()
        try:
            return self._fresh_answer(asked, make, cancelled)
        except IndexCorrupt as error:
            self._refresher.heal()
            raise IndexCorrupt(str(error), "the index is being repaired; ask again in a few seconds") from error

    def _fresh_answer(self, asked: Hashable | None, make: Make, cancelled: threading.Event | None) -> Answer:
        state = self._refresher.refresh(cancelled)
        if not state.usable:
            return self._unusable(state)
        rendered, changed = self._rendered(asked, make, state)
        if set(changed) - set(state.pending):
            # A file was saved while it was being shown.
            state = self._refresher.refresh(cancelled)
            rendered, changed = self._rendered(asked, make, state)
        unnamed = [path for path in changed if path not in state.pending[:SHOWN_PENDING]]
        if unnamed:
            pending = tuple(dict.fromkeys([*changed, *state.pending]))
            state = replace(state, notes=[pending_note(pending)], pending=pending)
            rendered, _ = self._rendered(asked, make, state)
        data = {
            **rendered.data,
            "generation": rendered.generation,
            "notes": rendered.notes,
            "pending": list(state.pending),
        }
        return Answer(rendered.text, data, tokens.count(rendered.text))

    def _rendered(self, asked: Hashable | None, make: Make, state: State) -> tuple[Rendered, list[str]]:
        """Return an answer and which of the files in it are on disk no longer as it shows them."""
        embedder = self._asked_embedder()
        with self._index.snapshot() as snapshot:
            key = (asked, snapshot.generation, snapshot.linked, tuple(state.notes))
            with self._lock:
                rendered = self._answers.get(key) if asked is not None else None
            if rendered is None:
                rendered = make(snapshot, embedder, list(state.notes))
                trouble = isinstance(embedder, GuardedEmbedder) and embedder.trouble
                if trouble:
                    note = f"degraded: the embedding model did not answer ({trouble}); results come from words"
                    rendered = make(snapshot, embedder, [note, *state.notes])
                if asked is not None and not trouble and not snapshot.degraded:
                    self._keep(key, rendered)
            if snapshot.degraded:
                self._refresher.heal()
            return rendered, self._refresher.differing(snapshot, sorted(_paths(rendered.data)))

    def _keep(self, key: Hashable, rendered: Rendered) -> None:
        with self._lock:
            self._answers[key] = rendered
            while len(self._answers) > _ANSWERS_KEPT:
                self._answers.popitem(last=False)

    def _asked_embedder(self) -> Embedder:
        """Return what turns a question into a vector; a model in another process may not keep the answer waiting."""
        if self._settings.model == BUILT_IN_MODEL:
            return self._embedder()
        return GuardedEmbedder(self._embedder, self._breaker, self._settings.server.model_wait_s)

    @staticmethod
    def _unusable(state: State) -> Answer:
        text = "\n".join(state.notes)
        return Answer(text, {"notes": state.notes, "complete": False}, tokens.count(text))


def _paths(data: Any) -> set[str]:
    """Return every path that an answer names."""
    if isinstance(data, list):
        return set().union(*map(_paths, data))
    if not isinstance(data, dict):
        return set()
    own = {data["path"]} if isinstance(data.get("path"), str) else set()
    return own.union(*map(_paths, data.values()))


def _batch_options(made: Callable[..., T], first: str, row: dict[str, Any], number: int) -> T:
    """Return what a row of a batch asks for; ``first`` is the option that it must have."""
    options = {k: v for k, v in row.items() if k not in ("id", first)}
    allowed = set(inspect.signature(made).parameters) - {first}
    unknown = sorted(set(options) - allowed)
    if unknown or not isinstance(row.get(first), str):
        what = f"unknown option {unknown[0]!r}" if unknown else "no text under 'query' or 'symbol'"
        raise BadQuery(f"row {number}: {what}", f"a row has id, {first} and any of: {', '.join(sorted(allowed))}")
    return made(row[first], **options)


def _listed(data: dict[str, Any]) -> Answer:
    text = health.listed(data)
    return Answer(text, data, tokens.count(text))
