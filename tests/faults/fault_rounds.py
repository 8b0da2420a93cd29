"""Does an index survive this fault?

Each attack is a class whose ``round`` strikes once and compares what is left with the oracle; a ``Tally`` keeps the
counts. Which fault a round tries is a function of the seed and the round's number; a kill at an instant of the clock
falls where the machine is by then.
"""

import os
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from fault_disks import Disk, Unavailable
from fault_jobs import cut_power
from fault_victims import Nursery, Victim, last

# One clean run of a victim takes about so long on a calm machine; kills at an instant fall into twice this time.
_LIFE_S = 0.5
# Generations that a victim wants to publish; it tidies up in between.
_GENERATIONS = 6
# System calls that change a disk or name a file, and how many of each a victim makes at least in one thread.
_CALLS = {
    "write,pwrite64,writev": 60,
    "rename,renameat,renameat2,link,linkat": 12,
    "unlink,unlinkat,rmdir": 12,
    "fsync,fdatasync": 30,
    "openat": 80,
    "ftruncate,fallocate": 4,
    "mkdir,mkdirat": 3,
}
_STORES = ("fulltext", "exact", "vectors")
# What has to be lost, or asked for, before a writer meets these failpoints.
_LOST = {"fulltext_rebuilt": "fulltext", "exact_rebuilt": "exact", "vectors_rebuilt": "vectors"}
_ASKED = {"ann_built": {"ann_rows": 1}}


@dataclass
class Tally:
    """What came of the rounds; ``wrong`` and ``lost`` are the failures, in words."""

    rounds: int = 0
    struck: int = 0
    survived: int = 0
    checks: int = 0
    where: Counter[str] = field(default_factory=Counter)
    healed: Counter[str] = field(default_factory=Counter)
    opening_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """Everything that must not happen."""
        return [*self.wrong, *self.lost, *self.stuck]


def lose(folder: Path, stores: Iterable[str]) -> None:
    """Delete derived stores of an index."""
    for path in (path for store in stores for path in folder.glob(f"{store}.*")):
        shutil.rmtree(path)


class Attack:
    """An index under attack, with what it has promised so far."""

    def __init__(self, nursery: Nursery, folder: Path, seed: int) -> None:
        """Attack an index in ``folder``, which must not be there yet."""
        self.nursery = nursery
        self.folder = folder
        self.seed = seed
        self.tally = Tally()
        # The generation that was acknowledged last; one more may have been published.
        self.acknowledged = 0
        # Whether a derived store was taken away and no writer has opened the index since.
        self._wounded = False

    def points(self) -> list[str]:
        """Return the failpoints that a writer meets, found out with an index of its own."""
        folder = self.folder.with_name("points")
        events = []
        for lost in ((), _STORES):
            lose(folder, lost)
            options = {"count": _GENERATIONS, "point": "", "ann_rows": 1}
            events += self.nursery.run("write", folder, seed=self.seed, **options)
        shutil.rmtree(folder)
        return list(dict.fromkeys(event["point"] for event in events if event["event"] == "met"))

    def lead_to(self, point: str) -> dict:
        """Make the index so that a writer meets ``point``; return the options that it needs as well."""
        if point in _LOST:
            lose(self.folder, [_LOST[point]])
            self._wounded = True
        return {"point": point, **_ASKED.get(point, {})}

    def begin(self, generations: int = _GENERATIONS) -> None:
        """Make the index, with some generations in it."""
        self.learn(self.nursery.run("write", self.folder, seed=self.seed, count=generations))

    def learn(self, events: list[dict]) -> list[dict]:
        """Take note of what a victim acknowledged and how it opened the index."""
        for event in events:
            if event["event"] == "ack":
                self.acknowledged = max(self.acknowledged, event["generation"])
            if event["event"] == "open":
                self._wounded = False
                self.tally.opening_s.append(event["seconds"])
                self.tally.healed.update(line.split(",")[0].split(" unpublished")[0] for line in event["healed"])
        return events

    def judge(self, what: str, events: list[dict], *, alive: bool = False) -> bool:
        """Compare one check with what must be so; note and return whether it held. A writer may be ``alive``."""
        before = len(self.tally.failures)
        checked, raised = last(events, "checked"), last(events, "raised")
        self.tally.checks += 1
        if checked is None and raised and raised["kind"] == "IndexMissing":
            checked = {"generation": 0, "wrong": []}
        if checked is None:
            self.tally.stuck.append(f"{what}: {raised or 'it crashed'}")
        else:
            self.tally.wrong += [f"{what}: {line}" for line in checked["wrong"]]
            generation = checked["generation"]
            if generation < self.acknowledged:
                self.tally.lost.append(f"{what}: generation {generation}, {self.acknowledged} was acknowledged")
            if generation > self.acknowledged + 1 and not alive:
                self.tally.wrong.append(f"{what}: generation {generation} was never begun")
            self.acknowledged = max(self.acknowledged, generation)
        return len(self.tally.failures) == before

    def check(self, what: str, *, repair: bool, degraded: bool = False, alive: bool = False) -> bool:
        """Check in a new process; with ``repair``, after opening for writing."""
        events = self.nursery.run("check", self.folder, seed=self.seed, repair=repair, degraded=degraded)
        return self.judge(f"{what}, {'repaired' if repair else 'as it was left'}", self.learn(events), alive=alive)


class Kills(Attack):
    """``kill -9`` at failpoints, system calls and instants, of writers that open, write, tidy up, heal, take over."""

    KINDS = ("failpoint", "call", "instant")

    def __init__(self, nursery: Nursery, folder: Path, seed: int) -> None:
        """Make the index, learn which failpoints there are, and start a reader that stays."""
        super().__init__(nursery, folder, seed)
        self.begin()
        self._points = self.points()
        self._follower = nursery.start("follow", folder, seed=seed)
        self._follower.until("ready")

    def close(self) -> None:
        """End the reader."""
        self._follower.__exit__()

    def round(self, number: int, kind: str) -> None:
        """Kill one writer, and look at what it left from three sides."""
        rng = random.Random(f"{self.seed}:{kind}:{number}")
        what = f"kill {number} (seed {self.seed}, {kind})"
        if rng.random() < 0.15:
            lose(self.folder, [rng.choice(_STORES)])
            self._wounded = True
        where = {"failpoint": self._at_failpoint, "call": self._at_call, "instant": self._at_instant}[kind](rng, number)
        tally = self.tally
        tally.rounds += 1
        if where is None:
            return
        tally.struck += 1
        # Until a writer has opened it, a store may be missing, and readers have to say so.
        wounded = self._wounded
        tally.where[where + (", healing" if wounded else "")] += 1
        what += f" {where}"
        self._follower.go()
        seen = self._follower.until("checked")
        sound = wounded or self.judge(f"{what}, by the reader that stayed", [seen] if seen else [])
        sound &= self.check(what, repair=False, degraded=wounded)
        # Sometimes the next victim has to open what this one left.
        if rng.random() < 0.7:
            sound &= self.check(what, repair=True)
        tally.survived += sound

    def _start(self, rng: random.Random, **options: object) -> Victim:
        count = rng.randint(1, _GENERATIONS)
        return self.nursery.start("write", self.folder, seed=self.seed, count=count, **options)

    def _ended(self, victim: Victim, where: str) -> str | None:
        """Return where it was killed, None when it had ended by itself."""
        events = self.learn(victim.kill())
        raised = last(events, "raised")
        if raised:
            self.tally.stuck.append(f"{where}: {raised}")
        return None if raised or last(events, "done") else where

    def _at_failpoint(self, rng: random.Random, number: int) -> str | None:
        point = self._points[number % len(self._points)]
        once = point in _LOST or point in _ASKED
        with self._start(rng, **self.lead_to(point), nth=1 if once else rng.choice([1, 1, 2])) as victim:
            victim.rest()
            return self._ended(victim, point)

    def _at_call(self, rng: random.Random, number: int) -> str | None:
        del number
        calls = rng.choice(sorted(_CALLS))
        nth = rng.randint(1, _CALLS[calls])
        with ExitStack() as stack:
            victim = stack.enter_context(self._start(rng, held=True))
            victim.until("ready")
            tracer = stack.enter_context(traced(victim.pid, calls, nth))
            victim.go()
            victim.rest()
            tracer.kill()
            return self._ended(victim, f"call {calls.split(',')[0]}")

    def _at_instant(self, rng: random.Random, number: int) -> str | None:
        del number
        with self._start(rng) as victim:
            victim.live(rng.choice([0.1, 1, 2]) * rng.random() * _LIFE_S)
            where = "while opening" if last(victim.said, "open") is None else "while writing"
            return self._ended(victim, where)


def traced(pid: int, calls: str, nth: int) -> "subprocess.Popen[str]":
    """Have ``strace`` kill a process at its ``nth`` call of a kind; return the tracer when it is attached.

    Raises:
        Unavailable: It is not installed, or may not trace.
    """
    if shutil.which("strace") is None:
        raise Unavailable("strace is not installed")
    command = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}"]
    command += ["-e", f"inject={calls}:signal=KILL:when={nth}", "-p", str(pid)]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    told = tracer.stderr.readline()
    if "attached" not in told:
        tracer.kill()
        tracer.wait()
        raise Unavailable(f"strace may not trace here: {told.strip()}")
    return tracer


class Cuts(Attack):
    """Power cuts: the file system under the index is shut down without a flush, and mounted again."""

    def __init__(self, nursery: Nursery, disk: Disk, seed: int) -> None:
        """Make the index on ``disk``."""
        super().__init__(nursery, disk.path / "index", seed)
        self._disk = disk
        self.begin()
        self._points = self.points()

    def round(self, number: int) -> None:
        """Cut the power while a writer works, start again and look."""
        rng = random.Random(f"{self.seed}:cut:{number}")
        if rng.random() < 0.1:
            # What is made first must be there after a cut as well.
            shutil.rmtree(self.folder)
            self.acknowledged = 0
        at_point = number % 2 == 0
        point = self._points[number // 2 % len(self._points)] if at_point else None
        where = f"at {point}" if point else "at an instant"
        count = rng.randint(1, _GENERATIONS)
        options = {**self.lead_to(point), "act": "cut", "mount": str(self._disk.path)} if point else {}
        with self.nursery.start("write", self.folder, seed=self.seed, count=count, **options) as victim:
            if point:
                victim.rest()
            else:
                victim.live(rng.choice([0.2, 1, 2]) * rng.random() * _LIFE_S)
            if last(victim.said, "struck") is None:
                self._let_another_flush(rng)
                cut_power(self._disk.path)
            self.learn(victim.kill())
        self._disk.again()
        what = f"cut {number} (seed {self.seed}) {where}"
        self.tally.rounds += 1
        self.tally.struck += 1
        self.tally.where[where] += 1
        sound = self.check(what, repair=False, degraded=True)
        if rng.random() < 0.7:
            sound &= self.check(what, repair=True)
        self.tally.survived += sound

    def _let_another_flush(self, rng: random.Random) -> None:
        """Be another program on this disk that flushes: the journal then holds names of files without their data."""
        if rng.random() < 0.5:
            with (self._disk.path / "other").open("wb") as file:
                file.write(b"x")
                file.flush()
                os.fsync(file.fileno())
