"""A small repository whose graph has every shape: chains, classes, overrides, cycles, tests, and what is unknown."""

from random import Random

FILES = {
    "town/__init__.py": "",
    "town/post.py": """
        from town.road import drive


        class Letter:
            def __init__(self, text):
                self.text = fold(text)

            def send(self):
                return deliver(self)


        class Parcel(Letter):
            def weigh(self):
                return 1


        def fold(text):
            return text


        def deliver(letter):
            return drive(letter)


        def write():
            return Parcel("hello")


        def either():
            first()
            second()


        def first():
            return last()


        def second():
            return last()


        def last():
            return 0
        """,
    "town/road.py": """
        from town.lamp import Lamp


        def drive(load):
            shine(Lamp())
            return load


        def shine(lamp: Lamp):
            return lamp.light()


        def ask(passenger):
            return passenger.answer()


        def maybe(stranger):
            stranger.flicker()


        def again(n):
            return again(n - 1)


        def tick(n):
            return tock(n)


        def tock(n):
            return tick(n) or again(n)
        """,
    "town/lamp.py": """
        class Lamp:
            def light(self):
                return "on"

            def flicker(self):
                return "off"


        class Neon(Lamp):
            def light(self):
                return buzz() + super().light()


        class Candle:
            def flicker(self):
                return "out"


        def buzz():
            def hum():
                return whisper()

            return hum


        def whisper():
            return "z"


        def answer():
            return 1
        """,
    "town/desk.py": """
        from town.post import Letter


        def stamp(function):
            return function


        def sign():
            return 1


        def run(work):
            return work


        def office():
            return run(sign)


        @stamp
        def sealed(letter: Letter):
            return letter
        """,
    "town/ring/__init__.py": "from town.ring import east\n",
    "town/ring/east.py": "from town.ring import west\n\n\ndef go():\n    return west.come()\n",
    "town/ring/west.py": "import os\nfrom town.ring.south import rest\n\n\ndef come():\n    return rest()\n",
    "town/ring/south.py": (
        "def rest():\n    from town.ring.east import go\n\n    return go\n\n\ndef unrelated():\n    return 1\n"
    ),
    "town/kinds/a.py": "from town.kinds.b import b\n\n\ndef a():\n    return b()\n",
    "town/kinds/b.py": """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:

            from town.kinds.a import a


        def b():
            return 1
        """,
    "town/kinds/one.ts": "import { two } from './two';\nexport interface One { two: typeof two }\n",
    "town/kinds/two.ts": "import { one } from './one';\nimport { three } from './three';\nexport const two = 2;\n",
    "town/kinds/three.ts": "import type {\n  One,\n} from './one';\nexport const three = 3;\n",
    "notes.md": '# A "quoted" <b>title</b> & back\\slash\n\nIt is long, see `town.desk.sealed`.\n',
    "tests/test_post.py": """
        from town.post import Letter, fold
        from town.road import drive


        def helper():
            return drive(None)


        def test_folding():
            assert fold("a") == "a"


        def test_driving():
            assert helper() is None


        def test_a_letter():
            assert Letter("a").send()
        """,
}

# Functions in a net, and the calls among them: enough for cycles, long ways, and answers that no budget holds.
NET_SIZE = 120
_random = Random(4)
NET: dict[str, list[str]] = {
    f"knot_{n}": sorted({f"knot_{_random.randrange(NET_SIZE)}" for _ in range(_random.randrange(3))})
    for n in range(NET_SIZE)
}
# The busiest of all calls, and is called by, a third of the others.
NET["knot_0"] = [f"knot_{n}" for n in range(1, NET_SIZE, 3)]
for _n in range(2, NET_SIZE, 3):
    NET[f"knot_{_n}"].append("knot_0")


def net_files() -> dict[str, str]:
    """Return the net as twelve files that import each other's functions where they call them."""
    files = {f"net/part_{part}.py": "" for part in range(12)}
    for name, called in NET.items():
        lines = [f"def {name}():"]
        for other in called:
            if _part(other) != _part(name):
                lines.append(f"    from net.part_{_part(other)} import {other}")
            lines.append(f"    {other}()")
        files[f"net/part_{_part(name)}.py"] += "\n".join([*lines, "    return 'net'", "", ""]) + "\n"
    return {"net/__init__.py": "", **files}


def _part(name: str) -> int:
    return int(name.rpartition("_")[2]) % 12
