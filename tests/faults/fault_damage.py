"""Is a damaged file noticed, and is it mended?

One file of a sound index is cut, emptied, zeroed, changed in a bit or in many, lengthened, exchanged or deleted.
Readers must answer rightly, or say what failed; a writer must mend it, or start over and say so.
"""

import random
import re
import shutil
from collections import Counter, defaultdict
from pathlib import Path

from fault_rounds import Attack
from fault_victims import Nursery, last

WAYS = ("cut", "empty", "zero", "bit", "bits", "longer", "delete")
_MANY_BITS = 64
_BLOCK = 4096
# Generations of the sound index.
_GENERATIONS = 12


def damage(path: Path, way: str, rng: random.Random) -> None:
    """Damage one file that is not empty in one of ``WAYS``."""
    data = bytearray(path.read_bytes())
    if way == "delete":
        path.unlink()
        return
    if way == "cut":
        del data[rng.randrange(len(data)) :]
    elif way == "empty":
        data.clear()
    elif way == "zero":
        start = rng.randrange(len(data)) // _BLOCK * _BLOCK
        data[start : start + _BLOCK] = bytes(len(data[start : start + _BLOCK]))
    elif way == "longer":
        data += rng.randbytes(rng.randint(1, _BLOCK))
    else:
        for _ in range(1 if way == "bit" else _MANY_BITS):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


class Damages(Attack):
    """Copies of one index, each with one damaged file."""

    def __init__(self, nursery: Nursery, folder: Path, seed: int) -> None:
        """Make the index twice: closed in order, and killed, so that the write-ahead log of SQLite is full."""
        super().__init__(nursery, folder / "closed", seed)
        self._copy, self._spare = folder / "damaged", folder / "spare"
        self.outcomes: Counter[tuple[str, str, str]] = Counter()
        self._groups: defaultdict[str, list[Path]] = defaultdict(list)
        for name, nth in (("closed", 0), ("killed", _GENERATIONS)):
            options = {"count": _GENERATIONS, "point": "after_publish", "nth": nth}
            self.learn(nursery.run("write", folder / name, seed=seed, **options))
            for path in sorted((folder / name).rglob("*")):
                if path.is_file() and path.stat().st_size and not path.name.endswith("lock"):
                    self._groups[group(path.relative_to(folder / name))].append(path)
        self.acknowledged = _GENERATIONS

    def groups(self) -> list[str]:
        """Return the kinds of files there are, as "store: ending"."""
        return sorted(self._groups)

    def round(self, number: int) -> None:
        """Damage one file of a fresh copy; read it, repair it, read it again."""
        rng = random.Random(f"{self.seed}:damage:{number}")
        kinds = self.groups()
        kind = kinds[number % len(kinds)]
        way = WAYS[number // len(kinds) % len(WAYS)]
        victim = rng.choice(self._groups[kind])
        sound = next(folder for folder in victim.parents if folder.name in ("closed", "killed"))
        path = victim.relative_to(sound)
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(sound, self._copy)
        damage(self._copy / path, way, rng)
        what = f"damage {number} (seed {self.seed}): {way} {path} ({sound.name})"
        before = len(self.tally.failures)
        self.tally.rounds += 1
        self.tally.struck += 1
        read = self._read(what)
        # A writer that does not suspect anything goes on with it; one that does verifies it.
        if rng.random() < 0.5 and self._goes_on():
            self._read(f"{what}, one generation later")
        self.outcomes[kind, read, self._mend(what)] += 1
        self.acknowledged = _GENERATIONS
        self.tally.survived += len(self.tally.failures) == before

    def _goes_on(self) -> bool:
        """Publish one more generation; False when the writer refuses or starts over, as the next one then says too."""
        shutil.copytree(self._copy, self._spare)
        events = self.nursery.run("write", self._copy, seed=self.seed, count=1)
        opened = last(events, "open")
        if opened and last(events, "ack") and not started_over(opened):
            self.learn(events)
            shutil.rmtree(self._spare)
            return True
        shutil.rmtree(self._copy)
        self._spare.rename(self._copy)
        return False

    def _read(self, what: str) -> str:
        """Read the copy as it is; return what readers make of it."""
        self.tally.checks += 1
        events = self.nursery.run("check", self._copy, seed=self.seed, degraded=True)
        checked, raised = last(events, "checked"), last(events, "raised")
        if checked is None:
            if raised is None or not raised["clean"]:
                self.tally.stuck.append(f"{what}: {raised or 'the reader crashed'}")
            return f"refused ({raised['kind']})" if raised else "crashed"
        if checked["generation"] != self.acknowledged:
            self.tally.lost.append(f"{what}: generation {checked['generation']}")
            return "another generation"
        if not checked["wrong"]:
            found = "right, and told by verify" if checked["told"] else "right"
            return f"degraded in {checked['degraded']}, else right" if checked["degraded"] else found
        if not checked["told"]:
            self.tally.wrong += [f"{what}: {line}, and verify is silent" for line in checked["wrong"][:2]]
        return "wrong, and told by verify" if checked["told"] else "wrong"

    def _mend(self, what: str) -> str:
        """Let a writer verify the copy and read it again; return what came of it."""
        self.tally.checks += 1
        events = self.nursery.run("check", self._copy, seed=self.seed, repair=True, verify=True)
        opened, checked, raised = (last(events, name) for name in ("open", "checked", "raised"))
        if opened and started_over(opened):
            return "started over, and said so"
        if raised and raised["kind"] == "IndexCorrupt" and "vanished" in raised["text"]:
            return "refused, and said so"
        if checked is None:
            self.tally.stuck.append(f"{what}: {raised or 'the writer crashed'}")
            return "failed"
        if checked["generation"] != self.acknowledged:
            self.tally.lost.append(f"{what}: generation {checked['generation']} after repair")
            return "lost"
        self.tally.wrong += [f"{what}: after repair: {line}" for line in checked["wrong"][:2]]
        healed = "healed" if opened and opened["healed"] else "nothing to heal"
        return "wrong after repair" if checked["wrong"] else healed


def started_over(opened: dict) -> bool:
    """Say whether a writer emptied the index because the relations were damaged."""
    return any(line.startswith("started over") for line in opened["healed"])


def group(path: Path) -> str:
    """Return the kind of a file: its store, and its name or what it ends in."""
    store = re.sub(r"\.\d+$", "", path.parts[0]) if len(path.parts) > 1 else "relations"
    known = store in ("relations", "exact") or path.suffix == ".json"
    return f"{store}: {path.name if known else path.suffix}"
