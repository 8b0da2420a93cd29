"""How are several repositories answered as one? Each root keeps its own index; answers are merged, paths prefixed.

A root's prefix is the name of its folder, with as much of the folders above as tells it from the others. A search
ranks each root by itself and fuses the ranks. A context or a call graph belongs to one root: the prefix of a path says
which, a name is looked for in all of them. Roots do not call each other.
"""

import re
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from mcp_server import tokens
from mcp_server.app import Answer, App, Progress
from mcp_server.config import Settings
from mcp_server.errors import BudgetTooSmall, ConfigError, RequestError
from mcp_server.retrieval import answers, pages, search
from mcp_server.retrieval.budget import MIN_BUDGET

# More than these are better asked apart: each has a watcher, open stores and a share of every answer.
MAX_ROOTS = 16


class Roots:
    """Several roots, ready to answer as one; its methods are those of ``App`` that a tool may use."""

    def __init__(self, settings: Sequence[Settings]) -> None:
        """Prepare to answer about each of these roots; the options of the first hold for merged answers.

        Raises:
            ConfigError: a root is named twice, one lies in another, or there are too many.
        """
        if len(settings) > MAX_ROOTS:
            raise ConfigError(f"{len(settings)} roots are too many; name at most {MAX_ROOTS} with --path")
        self._options = settings[0].retrieval
        self._apps = dict(zip(prefixes([each.root for each in settings]), map(App, settings), strict=True))

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What the paths of each root begin with."""
        return tuple(self._apps)

    def warm(self) -> None:
        """Do what makes the first request slow, for each root."""
        self._each(App.warm)

    def keep(self) -> None:
        """Keep each index true in the background from now on."""
        self._each(App.keep)

    def close(self) -> None:
        """Stop background work; returns at once and needs no event loop."""
        with ExitStack() as stack:
            for app in self._apps.values():
                stack.callback(app.close)

    def is_indexed(self) -> bool:
        """Say whether there is a complete index of every root."""
        return all(app.is_indexed() for app in self._apps.values())

    def index(self, progress: Callable[[Progress], None] | None = None) -> None:
        """Bring each index up to date in the foreground."""
        self._each(lambda app: app.index(progress))

    def progress(self) -> Progress | None:
        """Return how far an index run under way is, None when there is none."""
        return next((p for p in (app.progress() for app in self._apps.values()) if p is not None), None)

    def status(self) -> Answer:
        """Return what is indexed of each root."""
        found = {prefix: app.status() for prefix, app in self._apps.items()}
        text = "\n\n".join(f"{prefix}/\n{answer.text}" for prefix, answer in found.items())
        return Answer(text, {"roots": {prefix: answer.data for prefix, answer in found.items()}}, tokens.count(text))

    def file_text(self, path: str) -> str:
        """Return the text of an indexed file as it is on disk.

        Raises:
            RequestError: no root has such a file.
        """
        refused: dict[str, RequestError] = {}
        for prefix, inner in self._aimed(path):
            try:
                return self._apps[prefix].file_text(inner or "")
            except RequestError as error:
                refused[prefix] = error
        raise _told(refused)

    def search(
        self,
        query: str,
        *,
        path: str | None = None,
        limit: int | None = None,
        budget_tokens: int | None = None,
        cursor: str | None = None,
        cancelled: threading.Event | None = None,
        **filters: Any,
    ) -> Answer:
        """Return ranked code of all roots; the arguments are those of ``App.search``.

        Raises:
            RequestError: no root can answer this.
        """
        request = search.Request(query, path, limit=limit, budget_tokens=budget_tokens, cursor=cursor, **filters)
        answers.check_search(request, self._options)
        most = pages.limit_of(request, self._options)
        start = pages.offset(request)
        found: dict[str, Answer] = {}
        refused: dict[str, RequestError] = {}
        for prefix, inner in self._aimed(path):
            asked = replace(request, query=_below(prefix, query), path=inner, cursor=None)
            try:
                found[prefix] = self._apps[prefix].ranked(asked, answers.Best(start + most, prefix), cancelled)
            except RequestError as error:
                refused[prefix] = error
        if not found:
            raise next(iter(refused.values()))
        generation = zlib.crc32(repr([(p, a.data.get("generation")) for p, a in found.items()]).encode())
        pages.offset(request, generation)
        listing = pages.Listing(
            generation,
            pages.fused(
                {prefix: answer.data.get("shown", []) for prefix, answer in found.items()},
                start,
                most,
                [prefix for prefix, answer in found.items() if answer.data.get("guessed")],
            ),
            start,
            sum(answer.data.get("total", 0) for answer in found.values()),
            [*_notes(found), *(f"{prefix}: {error}" for prefix, error in refused.items())],
            _nothing(found),
        )
        text, data = pages.fitted(listing, request, self._options)
        return Answer(text, {**data, "generation": generation, "pending": _pending(found)}, tokens.count(text))

    def context(
        self,
        target: str,
        *,
        path: str | None = None,
        budget_tokens: int | None = None,
        seen: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Answer:
        """Return what one must read about a place, a symbol or a task, from the roots that know it."""

        def ask(app: App, prefix: str, inner: tuple[str, str | None], budget: int) -> Answer:
            have = [_below(prefix, each) for each in seen]
            return app.context(inner[0], path=inner[1], budget_tokens=budget, seen=have, cancelled=cancelled)

        return self._of_some(target, path, budget_tokens, ask)

    def call_graph(
        self, symbol: str, *, path: str | None = None, budget_tokens: int | None = None, **options: Any
    ) -> Answer:
        """Return the calls around a symbol, in the roots that know it; the options are those of ``App.call_graph``."""

        def ask(app: App, prefix: str, inner: tuple[str, str | None], budget: int) -> Answer:
            own: dict[str, Any] = {k: _below(prefix, v) if isinstance(v, str) else v for k, v in options.items()}
            return app.call_graph(inner[0], path=inner[1], budget_tokens=budget, **own)

        return self._of_some(symbol, path, budget_tokens, ask)

    def _of_some(
        self,
        target: str,
        path: str | None,
        budget_tokens: int | None,
        ask: Callable[[App, str, tuple[str, str | None], int], Answer],
    ) -> Answer:
        """Return the answer of the one root that knows the target, or those of several, each with its share."""
        budget = answers.checked_budget(budget_tokens, self._options)
        asked = [(prefix, inner) for prefix, inner in self._aimed(path) if self._may_hold(prefix, target)]
        heads = {prefix: f"# in {prefix}/ (paths below are relative to it)" for prefix, _ in asked}

        def answer(prefix: str, inner: str | None, room: int) -> Answer:
            own = room - tokens.count(heads[prefix]) - 2  # the ends of the lines
            if own < MIN_BUDGET:
                raise BudgetTooSmall(f"{budget} tokens hold no answer of {len(asked)} roots", "name one in path")
            return ask(self._apps[prefix], prefix, (_below(prefix, target), inner), own)

        found: dict[str, Answer] = {}
        refused: dict[str, RequestError] = {}
        for prefix, inner in asked:
            try:
                found[prefix] = answer(prefix, inner, budget // len(asked))
            except RequestError as error:
                refused[prefix] = error
        if not found:
            raise _told(refused)
        if len(found) == 1 and len(asked) > 1:
            only = next(iter(found))
            found = {only: answer(only, dict(asked)[only], budget)}
        text = "\n".join(f"{heads[prefix]}\n{each.text}" for prefix, each in found.items())
        data = {"roots": {prefix: each.data for prefix, each in found.items()}, "pending": _pending(found)}
        return Answer(text, {**data, "notes": _notes(found)}, tokens.count(text))

    def _may_hold(self, prefix: str, target: str) -> bool:
        """Say whether a target can be of this root: one that begins with another's prefix is not."""
        named = [other for other in self._apps if target.startswith(f"{other}/")]
        return not named or max(named, key=len) == prefix

    def _aimed(self, path: str | None) -> list[tuple[str, str | None]]:
        """Return the roots that a path filter leaves, each with what is left of the filter."""
        wanted = (path or "").strip().replace("\\", "/").removeprefix("./")
        if not wanted:
            return [(prefix, None) for prefix in self._apps]
        named = [prefix for prefix in self._apps if wanted.rstrip("/") == prefix or wanted.startswith(f"{prefix}/")]
        if not named:
            return [(prefix, path) for prefix in self._apps]
        prefix = max(named, key=len)
        return [(prefix, wanted[len(prefix) :].strip("/") or None)]

    def _each(self, work: Callable[[App], object]) -> None:
        for app in self._apps.values():
            work(app)


def prefixes(roots: Sequence[Path]) -> list[str]:
    """Return what the paths of each root begin with: the fewest last parts of its path that no other root ends in.

    Raises:
        ConfigError: a root is named twice, or lies in another.
    """
    for root in roots:
        if sum(other == root for other in roots) > 1:
            raise ConfigError(f"{root} is named twice; name each root once with --path")
        around = next((other for other in roots if other in root.parents), None)
        if around is not None:
            raise ConfigError(f"{root} lies in {around}; name only the outer one with --path")
    return [_prefix(root, [other for other in roots if other != root]) for root in roots]


def _prefix(root: Path, others: Sequence[Path]) -> str:
    for count in range(1, len(root.parts)):
        if all(other.parts[-count:] != root.parts[-count:] for other in others):
            return "/".join(root.parts[-count:])
    return "/".join(root.parts[1:])


def _below(prefix: str, text: str) -> str:
    """Return a text in which the paths of this root are relative to it, as its index knows them."""
    return re.sub(rf"(?<![\w./-]){re.escape(prefix)}/(?=[\w.])", "", text)


def _told(refused: Mapping[str, RequestError]) -> RequestError:
    """Return the one error that stands for all roots; each root's hint keeps its name."""
    first = next(iter(refused.values()))
    hints = [f"{prefix}: {error.hint}" for prefix, error in refused.items() if error.hint]
    return type(first)(str(first), first.hint if len(refused) == 1 else "; ".join(hints))


def _nothing(found: Mapping[str, Answer]) -> str:
    """Return why there can be no hit, "" if there could be one: where no root is indexed, "none" would be wrong."""
    ready = [answer for answer in found.values() if "shown" in answer.data]
    if not ready:
        return "no root can be searched yet; see the notes"
    reasons = [answer.data["nothing"] for answer in ready]
    return reasons[0] if all(reasons) else ""


def _notes(found: Mapping[str, Answer]) -> list[str]:
    return [f"{prefix}: {note}" for prefix, answer in found.items() for note in answer.data.get("notes", [])]


def _pending(found: Mapping[str, Answer]) -> list[str]:
    return [f"{prefix}/{path}" for prefix, answer in found.items() for path in answer.data.get("pending", [])]
