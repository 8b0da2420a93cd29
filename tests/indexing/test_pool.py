"""Do worker processes give what this process gives, and survive each other?"""

import os
import pickle
import select
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from mcp_server.config import IndexOptions
from mcp_server.indexing import pool as pools
from mcp_server.indexing.pool import PARSER_DIED, Pool
from mcp_server.indexing.walk import BINARY, VANISHED, walk
from mcp_server.indexing.worker import Task, Touched, parse
from stores.facts import ParsedFile, Skip

OPTIONS = replace(IndexOptions(), workers=2)


def tasks_of(root: Path) -> list[Task]:
    return [Task(file.path, file.size, file.changed_ns, None) for file in walk(root, OPTIONS).files]


@pytest.fixture
def root(tree):
    files = {f"m{i}.py": f"def f{i}(x={i}):\n    return g(x)\n" for i in range(160)}
    return tree({**files, "a.md": "# A\n", "b.txt": b"\0", "\u00e9.py": "class \u00c9: ..."})


def test_workers_give_the_same_results_in_the_same_order_as_this_process(root):
    tasks = tasks_of(root)
    (root / "m7.py").unlink()
    with Pool(root, OPTIONS, parallel=True) as many, Pool(root, OPTIONS, parallel=False) as here:
        found = list(many.parse(tasks))
        assert found == list(here.parse(tasks)) == [parse(root, task, OPTIONS) for task in tasks]
    assert [result.path for result in found] == [task.path for task in tasks]
    assert {r.path: r.reason for r in found if isinstance(r, Skip)} == {"b.txt": BINARY, "m7.py": VANISHED}


def test_a_file_whose_content_is_known_is_only_touched(root):
    task = tasks_of(root)[0]
    known = parse(root, task, OPTIONS).content_hash
    os.utime(root / task.path, ns=(5, 5))
    touched = Touched(task.path, task.size, (root / task.path).stat().st_ctime_ns)
    assert parse(root, replace(task, known_hash=known), OPTIONS) == touched


@pytest.mark.parametrize("every", [1, 2, 7, 40])
@pytest.mark.parametrize("parallel", [True, False])
def test_results_that_are_known_keep_their_turn(every, parallel, root):
    tasks = tasks_of(root)
    results = [parse(root, task, OPTIONS) for task in tasks]
    known = {task.path: result for task, result in list(zip(tasks, results, strict=True))[::every]}
    with Pool(root, OPTIONS, parallel=parallel) as pool:
        assert list(pool.parse(tasks, lambda task: known.get(task.path))) == results
        assert (pool.peak_bytes > 0) == (parallel and every > 1)


def test_known_results_are_asked_for_as_they_are_needed(root):
    tasks, asked = tasks_of(root), []

    def known(task):
        asked.append(task)
        return parse(root, task, OPTIONS)

    with Pool(root, replace(OPTIONS, portion_files=4), parallel=True) as pool:
        next(pool.parse(tasks, known))
    assert len(asked) <= 4 * OPTIONS.portions_ahead * OPTIONS.workers + 1 < len(tasks)


def kill(processes: list[int]) -> None:
    for process in processes:
        os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("taken", [1, 20])
def test_killed_workers_cost_no_file(root, taken):
    tasks = tasks_of(root)
    with Pool(root, OPTIONS, parallel=True) as pool:
        results = pool.parse(tasks)
        found = list(islice(results, taken))
        kill(pool.processes())
        found += results
    assert [result.path for result in found] == [task.path for task in tasks]
    assert all(isinstance(result, ParsedFile) for result in found if result.path != "b.txt")
    assert not any(result.facts.problems for result in found if isinstance(result, ParsedFile))


def test_an_interrupt_from_the_keyboard_is_left_to_the_process_that_indexes(root):
    tasks = tasks_of(root)
    with Pool(root, OPTIONS, parallel=True) as pool:
        results = pool.parse(tasks)
        found = list(islice(results, 1))
        before = pool.processes(with_server=True)
        for process in before:
            os.kill(process, signal.SIGINT)
        found += results
        assert pool.processes(with_server=True)[0] == before[0]
    assert [result.path for result in found] == [task.path for task in tasks]


def test_a_killed_fork_server_costs_no_file(root):
    tasks = tasks_of(root)
    with Pool(root, replace(OPTIONS, worker_growth_bytes=1), parallel=True) as pool:
        results = pool.parse(tasks)
        found = list(islice(results, 1))
        pool._server._process.kill()
        pool._server._process.wait()
        kill(pool.processes())
        found += results
    assert [result.path for result in found] == [task.path for task in tasks]
    assert all(isinstance(result, ParsedFile) for result in found if result.path != "b.txt")


def test_a_pool_that_is_left_early_ends_its_workers(root):
    with Pool(root, OPTIONS, parallel=True) as pool:
        next(pool.parse(tasks_of(root)))
        workers = [os.pidfd_open(process) for process in pool.processes()]
        assert workers
    for worker in workers:
        assert select.select([worker], [], [], 0)[0]
        os.close(worker)


def test_few_small_files_are_parsed_in_this_process_and_large_ones_in_a_worker(tree):
    root = tree({"small.py": "x = 1\n", "large.py": "# word\n" * 20_000})
    with Pool(root, OPTIONS, parallel=False) as pool:
        results = pool.parse(tasks_of(root))
        assert isinstance(next(results), ParsedFile)
        assert len(pool.processes()) == 1
        assert isinstance(next(results), ParsedFile)


def test_a_small_file_that_grew_after_the_walk_is_parsed_in_a_worker(tree):
    root = tree({"a.py": "x = 1\n"})
    tasks = tasks_of(root)
    (root / "a.py").write_text("# word\n" * 20_000)
    with Pool(root, OPTIONS, parallel=False) as pool:
        (result,) = pool.parse(tasks)
        assert pool.processes()
    assert result.size == 140_000


def problem_of(result: object) -> str:
    assert isinstance(result, ParsedFile)
    assert (result.facts.symbols, result.facts.calls) == ((), ())
    assert result.chunks
    (problem,) = result.facts.problems
    return problem.message


# A worker needs about 40 MB to begin with, and a file of this size over 100 MB to be parsed.
TIGHT = replace(OPTIONS, parse_memory_bytes=90_000_000)


@pytest.fixture
def greedy(tree):
    """A file that is well-formed and needs much memory, amid files that need little."""
    call = "f(" * 40 + ")" * 40 + "\n"
    files = {f"m{i}.py": "def f():\n    return g()\n" for i in range(40)}
    return tree({**files, "m20.py": call * (900_000 // len(call))})


def test_a_file_that_takes_too_much_memory_is_taken_as_text_and_costs_no_other_file(greedy):
    tasks = tasks_of(greedy)
    with Pool(greedy, TIGHT, parallel=True) as pool:
        found = {result.path: result for result in pool.parse(tasks)}
    assert list(found) == [task.path for task in tasks]
    assert problem_of(found.pop("m20.py")).startswith("not parsed, indexed as text: the parser ")
    assert all(len(result.facts.symbols) == 1 and not result.facts.problems for result in found.values())


def test_a_file_that_takes_too_much_processor_time_is_taken_as_text(greedy):
    with Pool(greedy, replace(OPTIONS, parse_cpu_seconds=1), parallel=False) as pool:
        found = {result.path: result for result in pool.parse(tasks_of(greedy))}
    assert "processor time" in problem_of(found["m20.py"])


def test_a_worker_that_gives_no_result_is_killed(greedy):
    with Pool(greedy, replace(OPTIONS, parse_seconds=0.01), parallel=True) as pool:
        found = list(pool.parse([task for task in tasks_of(greedy) if task.path == "m20.py"]))
    reason = f"{PARSER_DIED}: the parser gave no result within 0.01 s"
    assert found == [Skip("m20.py", reason, found[0].size, found[0].changed_ns)]


def test_workers_that_grew_are_replaced_and_the_fork_server_stays(root):
    with Pool(root, replace(OPTIONS, workers=1, worker_growth_bytes=-1), parallel=True) as pool:
        results = pool.parse(tasks_of(root))
        next(results)
        server = pool._server
        list(results)
        assert pool.processes() == []
        assert pool._server is server


def test_large_files_take_their_turns_and_keep_their_place(tree):
    root = tree({f"m{i}.py": f"x = {i}\n" * (200 if i % 3 == 0 else 1) for i in range(9)})
    tasks = tasks_of(root)
    with Pool(root, replace(OPTIONS, portion_bytes=1_000), parallel=True) as pool:
        assert [len(portion) for portion in pool._portions(tasks)] == [1, 2, 1, 2, 1, 2]
        assert [result.path for result in pool.parse(tasks)] == [task.path for task in tasks]


@pytest.mark.parametrize("value", [os.system, subprocess.Popen, Path("x"), IndexOptions()])
def test_a_worker_can_send_nothing_but_results(value):
    with pytest.raises(pickle.UnpicklingError, match="is no result"):
        pools._unpacked(pickle.dumps(value))


KILLED = """
import os, sys
from dataclasses import replace
from pathlib import Path
from mcp_server.config import IndexOptions
from mcp_server.indexing.pool import Pool
from mcp_server.indexing.worker import Task

if __name__ == "__main__":
    tasks = [Task(f"m{i}.py", 0, 0, None) for i in range(160)]
    pool = Pool(Path(sys.argv[1]), replace(IndexOptions(), workers=2), parallel=True)
    next(pool.parse(tasks))
    print(pool._server._process.pid, *pool.processes(), flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system does not say when a stranger's process ends")
@pytest.mark.parametrize("parallel", [True, False])
def test_a_mistake_of_this_program_is_named_with_its_place_and_logged(parallel, tree, caplog):
    root = tree({"a.py": "x = 1\n"})
    # Chunks cannot be counted against no number.
    with Pool(root, replace(OPTIONS, max_file_chunks=None), parallel=parallel) as pool:
        (result,) = pool.parse(tasks_of(root))
    assert result.reason.startswith(f"{PARSER_DIED}: TypeError in worker.py:")
    assert "a.py cannot be parsed: TypeError in worker.py:" in caplog.text
    assert "Traceback (most recent call last)" in caplog.text


def test_workers_end_when_the_process_that_started_them_is_killed(root, tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, script, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        processes = [os.pidfd_open(int(number)) for number in parent.stdout.readline().split()]
        parent.kill()
    assert len(processes) >= 2
    for process in processes:
        assert select.select([process], [], [], 20)[0], "a worker or the fork server outlived its parent"
        os.close(process)


def test_the_peak_of_the_workers_is_their_own(root):
    with Pool(root, OPTIONS, parallel=True) as pool:
        list(pool.parse(tasks_of(root)))
        assert 10e6 < pool.peak_bytes < 200e6
