"""What does an index survive: kills, power cuts, full disks, damaged files, the death of the one who leads?

    python benchmarks/faults.py [--kills N] [--kinds K,K] [--cuts N] [--full N] [--damages N] [--takeovers N]
                                [--servers N] [--queries N] [--seed S] [--folder FOLDER] [--show N]

Each figure is counted in this run; 0 leaves an attack out. What a round tries is a function of the seed and its number,
so that a failure, which names both, can be tried again; only kills and cuts at an instant also depend on the machine.
Answers are compared with an oracle that knows every generation: relations, hits of words, all similarities of vectors.

Power cuts and full disks are real ones of file systems in image files, which takes root, loop devices and the tools
of ext4 and xfs; kills at system calls take strace. What this machine cannot show is named and not counted.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from index_speed import ROOT, machine

sys.path[:0] = [str(ROOT / "tests" / "faults"), str(ROOT / "tests" / "stores"), str(ROOT)]

from fault_damage import Damages  # noqa: E402  the tests' folder is put in the path above
from fault_disks import Disk, Unavailable  # noqa: E402
from fault_pressure import Crowd, Fills, Takeovers  # noqa: E402
from fault_rounds import Attack, Cuts, Kills, Tally  # noqa: E402
from fault_victims import Nursery  # noqa: E402

READERS = 8
KINDS = {"failpoint": "a failpoint", "call": "a system call", "instant": "an instant"}


class Run:
    """One run of all attacks that were asked for, and what it has found."""

    def __init__(self, nursery: Nursery, folder: Path, arguments: argparse.Namespace) -> None:
        self.nursery = nursery
        self.folder = folder
        self.arguments = arguments
        self.tallies: list[Tally] = []

    def rounds(self, attack: Attack, name: str, steps: Iterable[Callable[[], object]]) -> None:
        """Do the rounds of one attack and print what came of them."""
        started = time.monotonic()
        try:
            for step in steps:
                step()
        except Unavailable as why:
            print(f"{name}: not tried: {why}", flush=True)
            return
        tally = attack.tally
        self.tallies.append(tally)
        print(f"{name}: survived {tally.survived} of {tally.struck}", end="")
        print(f" ({tally.checks:,} comparisons, {time.monotonic() - started:.0f} s)")
        for label, counts in (("where", tally.where), ("healed", tally.healed)):
            told = ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))
            print(f"  {label}: {told}" if told else f"  {label}: nothing", flush=True)
        if tally.opening_s:
            openings = sorted(tally.opening_s)
            p95 = openings[int(len(openings) * 0.95)]
            print(f"  opening for writing: p50 {statistics.median(openings):.3f} s, p95 {p95:.3f} s", flush=True)
        for line in tally.failures[: self.arguments.show]:
            print(f"  FAILED {line}", flush=True)

    def kills(self) -> None:
        """Kill writers at failpoints, at system calls and at instants."""
        kinds = self.arguments.kinds.split(",")
        count = -(-self.arguments.kills // len(kinds))
        for kind in kinds if count else ():
            attack = Kills(self.nursery, self.folder / f"kills-{kind}", self.arguments.seed)
            steps = (lambda n=n, a=attack, k=kind: a.round(n, k) for n in numbers(attack, count))
            self.rounds(attack, f"kill -9 at {KINDS[kind]}", steps)
            attack.close()

    def cuts(self) -> None:
        """Cut the power of both kinds of file systems."""
        for kind in ("ext4", "xfs") if self.arguments.cuts else ():
            try:
                with Disk(kind, self.folder / f"cuts-{kind}") as disk:
                    attack = Cuts(self.nursery, disk, self.arguments.seed)
                    steps = (lambda n=n, a=attack: a.round(n) for n in range(self.arguments.cuts // 2))
                    self.rounds(attack, f"power cut on {kind}", steps)
            except Unavailable as why:
                print(f"power cut on {kind}: not tried: {why}", flush=True)

    def full(self) -> None:
        """Fill a disk; limit the size of files."""
        if not self.arguments.full:
            return
        try:
            with Disk("ext4", self.folder / "full") as disk:
                attack = Fills(self.nursery, self.folder, self.arguments.seed, disk)
                steps = (lambda n=n: attack.round(n) for n in numbers(attack, self.arguments.full))
                self.rounds(attack, "full disk", steps)
        except Unavailable as why:
            print(f"full disk: not tried: {why}", flush=True)
        limited = Fills(self.nursery, self.folder / "limited", self.arguments.seed)
        steps = (lambda n=n: limited.round(n) for n in numbers(limited, -(-self.arguments.full // 2)))
        self.rounds(limited, "files that may not grow", steps)

    def damages(self) -> None:
        """Damage one file at a time."""
        if not self.arguments.damages:
            return
        attack = Damages(self.nursery, self.folder / "damages", self.arguments.seed)
        steps = (lambda n=n: attack.round(n) for n in range(self.arguments.damages))
        self.rounds(attack, "damaged file", steps)
        for (kind, read, mended), count in sorted(attack.outcomes.items()):
            print(f"  {count:4} {kind}: a reader was {read}, a writer: {mended}")

    def takeovers(self) -> None:
        """Kill the leader again and again."""
        if not self.arguments.takeovers:
            return
        servers = self.arguments.servers
        attack = Takeovers(self.nursery, self.folder / "takeovers", self.arguments.seed, servers)
        steps = (lambda n=n: attack.round(n) for n in range(self.arguments.takeovers))
        self.rounds(attack, f"leader killed among {servers} processes", steps)
        attack.close()
        times = sorted(attack.seconds)
        if times:
            print(f"  from the kill to the next generation: p50 {statistics.median(times):.2f} s", end="")
            print(f", longest {times[-1]:.2f} s", flush=True)

    def crowd(self) -> None:
        """Ask from many processes while one writes."""
        if not self.arguments.queries:
            return
        attack = Crowd(self.nursery, self.folder / "crowd", self.arguments.seed)
        published = attack.run(READERS, self.arguments.queries)
        self.tallies.append(attack.tally)
        wrong = len(attack.tally.failures)
        print(f"{READERS} processes x {self.arguments.queries} questions while one wrote: ", end="")
        print(f"{attack.tally.rounds} answered, {wrong} wrong, {published} generations published meanwhile", flush=True)

    def total(self) -> bool:
        """Print the sums; return whether nothing failed."""
        wrong = sum(len(tally.wrong) for tally in self.tallies)
        lost = sum(len(tally.lost) for tally in self.tallies)
        stuck = sum(len(tally.stuck) for tally in self.tallies)
        checks = sum(tally.checks for tally in self.tallies)
        print(f"all: {checks:,} comparisons, wrong answers {wrong}, lost {lost}, not usable afterwards {stuck}")
        return not wrong + lost + stuck


def numbers(attack: Attack, wanted: int) -> Iterable[int]:
    """Count rounds until ``wanted`` have struck: a fault that was meant for a step not taken is not counted."""
    number = 0
    while attack.tally.struck < wanted and number < 3 * wanted:
        yield number
        number += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1500)
    parser.add_argument("--kinds", default=",".join(Kills.KINDS), help="of kills: failpoint, call, instant")
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--full", type=int, default=40)
    parser.add_argument("--damages", type=int, default=500)
    parser.add_argument("--takeovers", type=int, default=40)
    parser.add_argument("--servers", type=int, default=32)
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the indexes and images are made; a temporary folder")
    parser.add_argument("--show", type=int, default=20, help="failures shown of each attack")
    arguments = parser.parse_args()
    print(machine())
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder, Nursery() as nursery:
        run = Run(nursery, Path(folder), arguments)
        for attack in (run.kills, run.cuts, run.full, run.damages, run.takeovers, run.crowd):
            attack()
        sound = run.total()
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
