"""How are many files parsed at once without holding many?

Worker processes are spawned, never forked: LanceDB's threads do not survive a fork. Results come back in the
order of the tasks, and only a bounded number of portions is under way.
"""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from mcp_server.config import IndexOptions
from mcp_server.indexing.worker import Task, Touched, parse_many, peak_bytes
from stores.facts import ParsedFile, Skip

Result: TypeAlias = ParsedFile | Touched | Skip

# Files per message: large enough to hide the cost of a message, small enough to keep all workers busy.
_PORTION = 16
# Portions under way per worker: one being parsed, one waiting, one being collected.
_AHEAD = 3
PARSER_DIED = "parser died"


class Pool:
    """Parses files in worker processes when there are many of them, else in this process.

    ``peak_bytes`` is the largest size that a worker has had so far, 0 without workers.
    """

    def __init__(self, root: Path, options: IndexOptions, *, parallel: bool) -> None:
        self._root = root
        self._options = options
        self._workers = self._start(options.workers) if parallel and options.workers > 1 else None
        self.peak_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._workers is not None:
            self._workers.shutdown(wait=True, cancel_futures=True)

    def parse(self, items: Iterable[Task | Result]) -> Iterator[Result]:
        """Yield the result of every task, in order; what is a result already keeps its place among them."""
        waiting = iter(items)
        portions = iter(lambda: list(islice(waiting, _PORTION)), [])
        if self._workers is None:
            for portion in portions:
                yield from _in_turn(portion, parse_many(self._root, _tasks(portion), self._options))
            return
        under_way: deque[tuple[list[Task | Result], Future[tuple[list[Result], int]] | None]] = deque()
        while True:
            try:
                while len(under_way) < _AHEAD * self._options.workers and (portion := next(portions, [])):
                    # Before it is sent, so that it is not lost when there is nobody to send it to.
                    under_way.append((portion, None))
                    if tasks := _tasks(portion):
                        reply = self._workers.submit(_work, self._root, tasks, self._options)
                        under_way[-1] = (portion, reply)
                if not under_way:
                    return
                portion, first = under_way[0]
                results, peak = first.result() if first else ([], 0)
            except BrokenProcessPool:
                self._workers.shutdown()
                lost = [item for portion, _ in under_way for item in portion]
                under_way.clear()
                yield from self._one_by_one(lost)
                self._workers = self._start(self._options.workers)
                continue
            under_way.popleft()
            self.peak_bytes = max(self.peak_bytes, peak)
            yield from _in_turn(portion, results)

    def _one_by_one(self, items: list[Task | Result]) -> Iterator[Result]:
        """Parse the files that were under way when a worker died: one of them may have killed it, the rest are well."""
        single = self._start(1)
        try:
            for task in items:
                if not isinstance(task, Task):
                    yield task
                    continue
                try:
                    yield from single.submit(_work, self._root, [task], self._options).result()[0]
                except BrokenProcessPool:
                    yield Skip(task.path, PARSER_DIED, task.size, task.mtime_ns)
                    single.shutdown()
                    single = self._start(1)
        finally:
            single.shutdown()

    @staticmethod
    def _start(workers: int) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_with_parent)


def _tasks(portion: list[Task | Result]) -> list[Task]:
    return [item for item in portion if isinstance(item, Task)]


def _in_turn(portion: list[Task | Result], results: Iterable[Result]) -> Iterator[Result]:
    """Yield a portion with the result of each task in the task's place."""
    rest = iter(results)
    for item in portion:
        yield next(rest) if isinstance(item, Task) else item


def _work(root: Path, tasks: list[Task], options: IndexOptions) -> tuple[list[Result], int]:
    """Parse a portion in a worker; return its results and the largest size the worker has had, in bytes."""
    return parse_many(root, tasks, options), peak_bytes()


def _leave_with_parent() -> None:
    """End this worker when its parent is killed: its queue would never say so, because workers hold both its ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()


def _wait_for(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
