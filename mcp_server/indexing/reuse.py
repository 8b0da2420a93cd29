"""What need not be parsed or embedded again?

A run asks the cache that all roots share (``stores.seen``) before it parses and embeds, and tells it afterwards. A
file is only read here when one of its path and size was seen; it is known when its content is, too. Facts depend on
the code that extracts them, so its text (``versions``) is part of what the cache is asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mcp_server.config import Settings
from mcp_server.indexing import worker
from mcp_server.indexing.versions import facts
from mcp_server.indexing.walk import Source
from mcp_server.indexing.worker import NOT_PARSED, Result, Task
from stores.facts import ParsedFile
from stores.index import Identity
from stores.seen import Limits, Seen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Reuse:
    """What one run takes from the cache and gives to it.

    ``files`` and ``vectors`` count what was taken; ``problem`` says why nothing more could be, "" when all is well.
    """

    def __init__(self, settings: Settings, identity: Identity, *, ask: bool = True) -> None:
        """Prepare; the cache is opened when first used.

        Args:
            settings: ``settings.index.seen`` says whether there is a cache at all.
            identity: of the index that is made; its model is what the vectors depend on.
            ask: whether to take anything from the cache; it is told what is found in any case.
        """
        self._settings = settings
        # Not the whole program: facts outlive a change of what is made of them.
        self._identity = replace(identity, extractor=facts(settings))
        self._ask = ask
        self._opened: Seen | None = None
        self._candidates: set[str] = set()
        # What came from the cache and need not be told to it, until it has been published.
        self._taken: set[str] = set()
        self._taken_vectors: set[bytes] = set()
        self.files = 0
        self.vectors = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            self._opened.close()

    @property
    def problem(self) -> str:
        """What went wrong with the cache, "" when nothing did."""
        return self._opened.problem if self._opened is not None else ""

    def unknown(self, tasks: Sequence[Task]) -> int:
        """Return how many of ``tasks`` have to be parsed, as no file of their path and size was seen."""
        seen = self._seen()
        self._candidates.clear()
        if seen is not None and self._ask:
            places = seen.places((task.path, task.size) for task in tasks)
            self._candidates.update(task.path for task, known in zip(tasks, places, strict=True) if known)
        return len(tasks) - len(self._candidates)

    def result(self, task: Task) -> Result | None:
        """Return what parsing the file would give, or None when that is not known."""
        seen = self._seen()
        if seen is None or task.path not in self._candidates:
            return None
        source = worker.read(self._settings.root, task, self._settings.index)
        if not isinstance(source, Source):
            return source
        parsed = seen.file(task.path, source.content_hash)
        if parsed is None:
            return None
        self.files += 1
        self._taken.add(task.path)
        return replace(parsed, text=source.text, size=source.size, changed_ns=source.changed_ns)

    def known_vectors(self, hashes: Iterable[bytes]) -> "dict[bytes, NDArray[np.float32]]":
        """Return the vectors known for these embed hashes."""
        seen = self._seen()
        if seen is None or not self._ask:
            return {}
        found = seen.vectors(hashes)
        self.vectors += len(found)
        self._taken_vectors.update(found)
        return found

    def keep(self, files: Iterable[ParsedFile], vectors: "Mapping[bytes, NDArray[np.floating]]") -> None:
        """Remember the facts and vectors of a portion that did not come from here."""
        seen = self._seen()
        if seen is None:
            return
        paths = {parsed.path: parsed for parsed in files}
        parsed = (parsed for path, parsed in paths.items() if path not in self._taken and _lasts(parsed))
        fresh = {key: vector for key, vector in vectors.items() if key not in self._taken_vectors}
        seen.add(parsed, fresh)
        self._taken.difference_update(paths)
        self._taken_vectors.clear()

    def collect(self) -> None:
        """Hold the cache to its limits."""
        if self._opened is not None:
            self._opened.collect()

    def _seen(self) -> Seen | None:
        options = self._settings.index
        if self._opened is None and options.seen:
            limits = Limits(options.seen_mb * 1_000_000, options.seen_days)
            self._opened = Seen(self._settings.home, self._identity, limits)
        return self._opened


def _lasts(parsed: ParsedFile) -> bool:
    """Say whether another run would find the same: not where the parser ran out of time or memory."""
    return not any(problem.message.startswith(NOT_PARSED) for problem in parsed.facts.problems)
