"""Do worker processes give what this process gives, and survive each other?"""

import os
import select
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from mcp_server.config import IndexOptions
from mcp_server.indexing.pool import PARSER_DIED, Pool
from mcp_server.indexing.walk import BINARY, VANISHED, walk
from mcp_server.indexing.worker import Task, Touched, parse
from stores.facts import ParsedFile, Skip

OPTIONS = replace(IndexOptions(), workers=2)


def tasks_of(root: Path) -> list[Task]:
    return [Task(file.path, file.size, file.mtime_ns, None) for file in walk(root, OPTIONS).files]


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


@pytest.mark.parametrize("taken", [1, 20])
def test_killed_workers_cost_no_file(root, taken):
    tasks = tasks_of(root)
    with Pool(root, OPTIONS, parallel=True) as pool:
        results = pool.parse(tasks)
        found = list(islice(results, taken))
        for worker in list(pool._workers._processes.values()):
            worker.kill()
            worker.join()
        found += results
    assert [result.path for result in found] == [task.path for task in tasks]
    assert all(isinstance(result, ParsedFile) for result in found if result.path != "b.txt")
    assert PARSER_DIED not in {result.reason for result in found if isinstance(result, Skip)}


def test_a_pool_that_is_left_early_ends_its_workers(root):
    with Pool(root, OPTIONS, parallel=True) as pool:
        next(pool.parse(tasks_of(root)))
        workers = list(pool._workers._processes.values())
    assert [worker.is_alive() for worker in workers] == [False] * len(workers)


def test_few_files_are_parsed_in_this_process(root):
    with Pool(root, OPTIONS, parallel=False) as pool:
        assert pool._workers is None
    with Pool(root, replace(OPTIONS, workers=1), parallel=True) as pool:
        assert pool._workers is None


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
    print(*pool._workers._processes, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system does not say when a stranger's process ends")
def test_workers_end_when_the_process_that_started_them_is_killed(root, tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, script, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        workers = [os.pidfd_open(int(number)) for number in parent.stdout.readline().split()]
        parent.kill()
    assert len(workers) == 2
    for worker in workers:
        assert select.select([worker], [], [], 20)[0], "a worker outlived its parent"
        os.close(worker)


def test_the_peak_of_the_workers_is_their_own(root):
    with Pool(root, OPTIONS, parallel=True) as pool:
        list(pool.parse(tasks_of(root)))
        assert 10e6 < pool.peak_bytes < 200e6
