"""Does an index bear a full disk, many writers, many readers and the death of the one who leads?"""

import random
import select
import time
from contextlib import ExitStack
from pathlib import Path

from fault_disks import Disk
from fault_rounds import Attack
from fault_victims import Nursery, Victim, last

# Room left on a disk when it fills up: from none to about what one generation writes.
_SPARE_BYTES = 200_000
# No file may grow beyond so many bytes, when there is no disk to fill.
_FILE_BYTES = (1_000, 150_000)
# Generations that a leader gets to publish before it is killed.
_REIGN = (1, 4)


class Fills(Attack):
    """A disk that becomes full at a failpoint; without a disk, files that may not grow."""

    def __init__(self, nursery: Nursery, folder: Path, seed: int, disk: Disk | None = None) -> None:
        """Make the index on ``disk``, or in ``folder``, where only the size of files is limited."""
        super().__init__(nursery, disk.path / "index" if disk else folder, seed)
        self._disk = disk
        self.begin()
        self._points = self.points()

    def round(self, number: int) -> None:
        """Let a writer run out of room; answers stay right while there is none, and work goes on when there is."""
        rng = random.Random(f"{self.seed}:full:{number}")
        point = self._points[number % len(self._points)]
        what = f"full disk {number} (seed {self.seed})"
        options: dict = {"count": 4, "again": True}
        if self._disk:
            spare = rng.choice([0, rng.randint(0, _SPARE_BYTES)])
            options |= {**self.lead_to(point), "act": "fill", "mount": str(self._disk.path), "spare": spare}
            what += f" at {point}"
        else:
            options["file_limit"] = rng.randint(*_FILE_BYTES)
            what += f" with files of at most {options['file_limit']} bytes"
        tally = self.tally
        tally.rounds += 1
        with self.nursery.start("write", self.folder, seed=self.seed, **options) as victim:
            failed = self._until_full(victim)
            tally.struck += failed
            tally.where[point if self._disk else "file size"] += failed
            self.learn(victim.said)
            sound = self.check(f"{what}, while it is full", repair=False, degraded=True)
            if self._disk:
                self._disk.free()
            # The same writer goes on, where it can.
            victim.go()
            self.learn(victim.rest() if self._disk else victim.kill())
            raised = last(victim.said, "raised")
        if raised and not raised["clean"]:
            tally.stuck.append(f"{what}: {raised}")
        sound &= not raised or raised["clean"]
        sound &= self.check(what, repair=True)
        tally.survived += sound and failed

    def _until_full(self, victim: Victim) -> bool:
        """Wait for a failure; say whether there was one."""
        return victim.until("failed") is not None or last(victim.said, "raised") is not None


class Takeovers(Attack):
    """One leads, many wait for its place; the leader is killed again and again."""

    def __init__(self, nursery: Nursery, folder: Path, seed: int, servers: int) -> None:
        """Start as many processes as there are ``servers``, all of which want to write."""
        super().__init__(nursery, folder, seed)
        self.begin(1)
        self.seconds: list[float] = []
        self._stack = ExitStack()
        self._waiting = [self._candidate() for _ in range(servers)]
        self._leader = self._elected()

    def close(self) -> None:
        """End all of them."""
        self._stack.close()

    def _candidate(self) -> Victim:
        job = self.nursery.start("write", self.folder, seed=self.seed, count=10**6, lock_s=3600.0)
        return self._stack.enter_context(job)

    def _elected(self) -> Victim:
        """Wait until one of those who wait has published, and return it."""
        while True:
            ready, _, _ = select.select([each.fd for each in self._waiting], [], [], 60)
            if not ready:
                raise TimeoutError("nobody takes over")
            for each in self._waiting:
                if each.fd in ready and each.until("ack"):
                    self._waiting.remove(each)
                    return each

    def round(self, number: int) -> None:
        """Kill the leader and wait for the first generation of the next."""
        rng = random.Random(f"{self.seed}:takeover:{number}")
        for _ in range(rng.randint(*_REIGN)):
            self._leader.until("ack")
        killed = time.monotonic()
        self.learn(self._leader.kill())
        self._waiting.append(self._candidate())
        self._leader = self._elected()
        first = next(event for event in self._leader.said if event["event"] == "ack")
        self.seconds.append(first["at"] - killed)
        self.tally.rounds += 1
        self.tally.struck += 1
        sound = self.check(f"takeover {number} (seed {self.seed})", repair=False, alive=True)
        self.tally.survived += sound


class Crowd(Attack):
    """Many processes that ask while another writes."""

    def run(self, readers: int, queries: int) -> int:
        """Let each of ``readers`` ask ``queries`` times; return how many generations were published meanwhile."""
        self.begin()
        with ExitStack() as stack:
            asking = [
                stack.enter_context(self.nursery.start("query", self.folder, seed=self.seed, count=queries))
                for _ in range(readers)
            ]
            for each in asking:
                each.until("ready")
            writer = stack.enter_context(self.nursery.start("write", self.folder, seed=self.seed, count=10**6))
            writer.until("ack")
            for each in asking:
                each.go()
            for each in asking:
                events = each.rest()
                seen = [event for event in events if event["event"] == "checked"]
                self.tally.rounds += len(seen)
                self.tally.checks += len(seen)
                self.tally.wrong += [line for event in seen for line in event["wrong"]]
                if last(events, "done") is None:
                    self.tally.stuck.append(f"a reader ended with {events[-1:]}")
            events = self.learn(writer.kill())
            return sum(event["event"] == "ack" for event in events)


class Contest(Attack):
    """Several writers at once, each of which publishes when it gets the lock."""

    def run(self, writers: int, generations: int) -> None:
        """Let each of ``writers`` publish; what one published, no other may overwrite."""
        with ExitStack() as stack:
            for _ in range(generations):
                racing = [
                    stack.enter_context(self.nursery.start("write", self.folder, seed=self.seed, count=1, lock_s=60.0))
                    for _ in range(writers)
                ]
                acks = [event for each in racing for event in self.learn(each.rest()) if event["event"] == "ack"]
                self.tally.rounds += 1
                numbers = sorted(ack["generation"] for ack in acks)
                if numbers != list(range(self.acknowledged - writers + 1, self.acknowledged + 1)):
                    self.tally.lost.append(f"{writers} writers published {numbers}")
        self.check("after a contest", repair=True)
