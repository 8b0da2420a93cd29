"""How are many files parsed at once without holding many?

Worker processes are spawned, never forked: LanceDB's threads do not survive a fork. Results come back in the
order of the tasks, and only a bounded number of portions is under way.
"""

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from mcp_server.config import IndexOptions
from mcp_server.indexing.worker import Task, Touched, parse_many
from stores.facts import ParsedFile, Skip

Result: TypeAlias = ParsedFile | Touched | Skip

# Files per message: large enough to hide the cost of a message, small enough to keep all workers busy.
_PORTION = 16
# Portions under way per worker: one being parsed, one waiting, one being collected.
_AHEAD = 3
PARSER_DIED = "parser died"


class Pool:
    """Parses files in worker processes when there are many of them, else in this process."""

    def __init__(self, root: Path, options: IndexOptions, *, parallel: bool) -> None:
        self._root = root
        self._options = options
        self._workers = self._start() if parallel and options.workers > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._workers is not None:
            self._workers.shutdown(wait=True, cancel_futures=True)

    def parse(self, tasks: list[Task]) -> Iterator[Result]:
        """Yield the result of every task, in order."""
        portions = deque(tasks[i : i + _PORTION] for i in range(0, len(tasks), _PORTION))
        under_way: deque[tuple[list[Task], Future[list[Result]]]] = deque()
        while portions or under_way:
            if self._workers is None:
                yield from parse_many(self._root, portions.popleft(), self._options)
                continue
            while portions and len(under_way) < _AHEAD * self._options.workers:
                portion = portions.popleft()
                under_way.append((portion, self._workers.submit(parse_many, self._root, portion, self._options)))
            portion, future = under_way.popleft()
            try:
                yield from future.result()
            except BrokenProcessPool:
                lost = [portion, *(p for p, _ in under_way)]
                under_way.clear()
                yield from (self._alone(task) for tasks_lost in lost for task in tasks_lost)
                self._workers = self._start()

    def _alone(self, task: Task) -> Result:
        """Parse one file of a portion whose worker died: it is either the file that killed it or a bystander."""
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as single:
            try:
                return single.submit(parse_many, self._root, [task], self._options).result()[0]
            except BrokenProcessPool:
                return Skip(task.path, PARSER_DIED, task.size, task.mtime_ns)

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._options.workers, mp_context=multiprocessing.get_context("spawn"))
