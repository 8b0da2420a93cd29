"""Which sources were made to break a parser, by their depth, their density or their size?"""

import random
from collections.abc import Callable


def filled(size: int, *parts: str) -> str:
    """The parts, each repeated as often as they fit into ``size`` together."""
    times = size // sum(map(len, parts))
    return "".join(part * times for part in parts)


ROW = "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,\n"
# name: makes a source of about a given size
SOURCES: dict[str, Callable[[int], str]] = {
    "brackets.py": lambda size: "x = " + filled(size, "(\n", ")\n"),
    "open_brackets.py": lambda size: filled(size, "[\n"),
    "curly.c": lambda size: "void f(){\n" + filled(size, "{\n", "}\n") + "}",
    "brackets.json": lambda size: filled(size, "[\n", "]\n"),
    "templates.cpp": lambda size: filled(size, "a<\n"),
    "literal.py": lambda size: "x = [\n" + filled(size, ROW) + "]\n",
    "literal.go": lambda size: "package p\nvar x = []int{\n" + filled(size, ROW) + "}\n",
    "elif.py": lambda size: "if a:\n pass\n" + filled(size, "elif b:\n pass\n"),
    "attributes.py": lambda size: "x = a" + filled(size, "\\\n.b()"),
    "nested.py": lambda size: "\n".join("    " * depth + "def f():" for depth in range(int((size // 4) ** 0.5))),
    "open_string.py": lambda size: 's = """' + filled(size, "a\n"),
    "sums.py": lambda size: "x = 1" + filled(size, " +\\\n1"),
    "noise.py": lambda size: "".join(random.Random(1).choices("()[]{}:=\"'#\n ab.,@\\", k=size)),
    "headings.md": lambda size: filled(size, "# a\n"),
    "quotes.md": lambda size: filled(size, "> " * 60 + "\n"),
    "comments.py": lambda size: filled(size, "# a\n"),
    "empty_lines.py": lambda size: "\n" * size,
    "spaces.py": lambda size: filled(size, " " * 999 + "\n"),
    "accents.py": lambda size: filled(size // 8, "é = \U0001f600\n"),
}
