"""How much memory does a server give back when nobody asks, and what does the next call cost?

    python benchmarks/idle.py ROOT [--questions 30]

ROOT is any folder of Python code; it is indexed first, into a temporary folder. The server is a process of its own,
that rests a second after the last call instead of minutes. Memory is the proportional set size (PSS: pages shared with
other processes count in part) in MB: after the handshake, after the questions, at rest, and after one more question;
the milliseconds of that one stand beside the median of the questions.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from index_speed import machine, measured
from serving import HANDSHAKE, SEED, Host

REST_AFTER_S = 1
# Longer than the rest takes to begin; the least PSS of this time is what is printed.
WATCHED_S = 5.0
WORDS = ("parse", "request", "error", "value", "open file", "connection", "index", "name of the user", "test", "cache")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--questions", type=int, default=30)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    if not root.is_dir():
        sys.exit(f"{arguments.root} is not a folder")
    draw = random.Random(SEED)
    with tempfile.TemporaryDirectory() as scratch:
        measured(root, Path(scratch), None)
        with Host(root, Path(scratch), {"TRISTORE_IDLE_AFTER_S": str(REST_AFTER_S)}) as host:
            host.ask("initialize", HANDSHAKE)
            host.initialized()
            began = pss_mb(host)
            took = [asked(host, f"{draw.choice(WORDS)} {draw.choice(WORDS)}") for _ in range(arguments.questions)]
            busy = pss_mb(host)
            deadline = time.monotonic() + REST_AFTER_S + WATCHED_S
            rest = busy
            while time.monotonic() < deadline:
                time.sleep(0.1)
                rest = min(rest, pss_mb(host))
            again = asked(host, "the first question after the rest")
            after = pss_mb(host)
    print(machine())
    print(
        f"PSS in MB: after the handshake {began:.0f}, after {len(took)} questions {busy:.0f}, at rest {rest:.0f}, "
        f"after one more {after:.0f}"
    )
    print(f"milliseconds: a question {statistics.median(took):.0f}, the first after the rest {again:.0f}")


def asked(host: Host, question: str) -> float:
    started = time.perf_counter()
    host.call("search_code", {"query": question})
    return (time.perf_counter() - started) * 1_000


def pss_mb(host: Host) -> float:
    """Return the proportional set size; 0 where /proc does not exist."""
    try:
        rollup = Path(f"/proc/{host.process.pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(rollup.partition("\nPss:")[2].split()[0]) / 1_000


if __name__ == "__main__":
    main()
