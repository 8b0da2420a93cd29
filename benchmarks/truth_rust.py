"""What does rustc bind the calls of a crate to?

Its MIR says of every call what is called, by path or as ``<Type as Trait>::method``, and the span of the whole
expression; where things are declared is read from the tokens of the sources. A method of a trait is the one of the
``impl`` for the type where the type is known and the crate has one, else the one that the trait declares. Code that is
left out by ``cfg``, calls in the definitions of macros and constructors without a function (``Some(x)``) are no part
of it.
"""

import os
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>b?r(?P<hash>\#*)".*?"(?P=hash)|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])')"""
    r"""|(?P<life>'\w+)|(?P<word>\w+)|(?P<mark>::|->|=>|.)""",
    re.DOTALL,
)
_CALL = re.compile(r"^\s+_\d+ = (?P<callee>.+) -> (?:\[return|unwind|bb).*// scope \d+ at (?P<span>.+)$")
_SPAN = re.compile(r"^(.*?):(\d+):(\d+): (\d+):(\d+)$")
_OUTSIDE = frozenset({"std", "core", "alloc"})
_OPEN, _CLOSE = "([{", ")]}"


class Token(NamedTuple):
    """A token: its kind, its text and where it begins."""

    kind: str
    text: str
    at: int


class Block(NamedTuple):
    """What is in braces: its name in paths, and the type and the trait of an ``impl`` or ``trait``."""

    name: str
    of: str
    trait: str


class Declared(NamedTuple):
    """A function: where it is, the type and the trait of the block around it, the path to that, and its name."""

    path: str
    line: int
    of: str
    trait: str
    module: tuple[str, ...]
    name: str


def sites(root: Path, flags: list[str]) -> Iterator[tuple[str, int, int, tuple[str, str, int] | None]]:
    """Yield (path, line, column, target or None) of every call of the crate at ``root``/src/lib.rs."""
    sources = {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(root.rglob("src/**/*.rs"))}
    functions = [each for path, text in sources.items() for each in declared(path, text)]
    by_name = defaultdict(list)
    for function in functions:
        by_name[function.name].append(function)
    starts = {path: [0, *(m.end() for m in re.finditer("\n", text))] for path, text in sources.items()}
    macros = {path: list(macro_bodies(text)) for path, text in sources.items()}
    for line in mir(root, flags).splitlines():
        called, span = _CALL.match(line), None
        if called:
            span = _SPAN.match(called["span"])
        if called is None or span is None or span[1] not in sources:
            continue
        callee = called["callee"].replace("->", "  ")
        path = without_arguments(callee[: _end(callee)])
        name = path.rpartition("::")[2]
        text, begins = sources[span[1]], starts[span[1]]
        first, last = (begins[int(span[n]) - 1] + int(span[n + 1]) - 1 for n in (2, 4))
        at = called_at(text[first:last], name)
        if at is not None and not any(begin <= first < end for begin, end in macros[span[1]]):
            row = int(span[2]) + text[first : first + at].count("\n")
            column = len(text[begins[row - 1] : first + at].encode())
            with suppress(LookupError):
                yield span[1], row, column, target(path, name, by_name[name])


def mir(root: Path, flags: list[str]) -> str:
    """Return what rustc makes of a crate before it is optimised."""
    options = [
        "--crate-type=lib",
        "--emit=mir",
        "-Zmir-include-spans=on",
        "-Ztrim-diagnostic-paths=no",
        "-Zmir-opt-level=0",
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "crate.mir")
        subprocess.run(
            ["rustc", *options, "--cap-lints=allow", "--crate-name=scored", *flags, "src/lib.rs", "-o", str(made)],
            cwd=root,
            env={**os.environ, "RUSTC_BOOTSTRAP": "1"},
            check=True,
        )
        return made.read_text("utf-8")


def tokens(text: str) -> list[Token]:
    """Return the tokens of a source without comments and spaces."""
    found = ((m.lastgroup or "mark", m.group(), m.start()) for m in _TOKEN.finditer(text))
    return [Token("text" if kind == "hash" else kind, word, at) for kind, word, at in found if kind != "skip"]


def declared(path: str, text: str) -> Iterator[Declared]:
    """Yield the functions that a file declares."""
    parts = path.removesuffix(".rs").split("/")[1:]
    module = tuple(parts[:-1] if parts[-1] in ("mod", "lib", "main") else parts)
    found = tokens(text)
    around: list[Block] = []
    pending: Block | None = None
    for place, token in enumerate(found):
        follows = found[place + 1] if place + 1 < len(found) else token
        if token.text in ("impl", "trait", "mod") and token.kind == "word" and _begins(found, place):
            pending = _header(found, place)
        elif token.text == "fn" and follows.kind == "word":
            named = [block for block in around if block.name]
            owner = named[-1] if named and named[-1].of else Block("", "", "")
            inside = tuple(block.name for block in (named[:-1] if owner.of else named))
            line = text.count("\n", 0, follows.at) + 1
            yield Declared(path, line, owner.of, owner.trait, module + inside, follows.text)
            pending = Block(follows.text, "", "")
        elif token.text == "{":
            around.append(pending or Block("", "", ""))
            pending = None
        elif token.text == "}" and around:
            around.pop()
        elif token.text == ";":
            pending = None


def macro_bodies(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the definitions of macros begin and end: a call in one stands for as many as the macro is used."""
    found, depth, begin = tokens(text), 0, None
    for place, token in enumerate(found):
        if begin is None and token.text == "macro_rules":
            begin, depth = token.at, 0
        elif begin is not None and token.text in _OPEN + _CLOSE:
            depth += 1 if token.text in _OPEN else -1
            if not depth:
                yield begin, token.at
                begin = None
        elif begin is not None and token.text == ";" and not depth and found[place - 1].text in _CLOSE:
            begin = None


def _begins(found: list[Token], place: int) -> bool:
    """Say whether ``impl`` and the like begin an item, unlike in ``x: impl Trait``."""
    before = found[place - 1].text if place else "}"
    return before in ("}", "{", ";", "]", "pub", "unsafe", "default", ")")


def _header(found: list[Token], place: int) -> Block:
    """Return what the head of a block says."""
    kind, at = found[place].text, place + 1
    if kind == "mod":
        return Block(found[at].text, "", "")
    words: list[str] = []
    while at < len(found) and found[at].text not in ("{", ";", "where"):
        words.append(found[at].text)
        at += 1
    if kind == "trait":
        return Block(words[0], words[0], words[0])
    text = " ".join(words)
    if text.startswith("<"):
        text = text[_end(text, "<>") :]
    trait, _, of = text.rpartition(" for ")
    return Block(_last(of).lstrip("&"), _last(of), _last(trait) if trait else "")


def _last(text: str) -> str:
    """Return the last name of a type, with a mark where it is a reference to one."""
    plain = without_arguments(text.replace(" ", "").replace("&mut", "&"))
    plain = re.sub(r"'\w+", "", plain)
    return ("&" if plain.startswith("&") else "") + plain.lstrip("&!").removeprefix("dyn").rpartition("::")[2]


def without_arguments(path: str) -> str:
    """Return a path without its type arguments; ``<Type as Trait>::method`` keeps what it is about."""
    kept, depth = [], 0
    about = path.startswith("<") and not path.startswith("<impl")
    for place, char in enumerate(path):
        if char == "<" and not (about and place == 0):
            depth += 1
        elif char == ">" and depth:
            depth -= 1
        elif not depth:
            kept.append(char)
    return re.sub(r"(?:::)+", "::", "".join(kept)).removesuffix("::")


def _end(text: str, pair: str = "()") -> int:
    """Return where the arguments of the call ``text`` begin, or, for "<>", where what is in them ends."""
    depth = 0
    for place, char in enumerate(text):
        if pair == "()" and char == "(" and not depth:
            return place
        depth += (char in "<{[(") - (char in ">}])")
        if pair == "<>" and not depth:
            return place + 1
    return len(text)


def target(path: str, name: str, named: list[Declared]) -> tuple[str, str, int] | None:
    """Return the declaration that a path of the compiler means, None for one outside of the crate.

    Raises:
        LookupError: it may be one of several.
    """
    if path.startswith("<"):
        of, _, trait = path[1 : path.rindex(">")].rpartition(" as ")
        found = [each for each in named if each.trait == _last(trait) and each.of == _last(of)]
        if not found and trait.partition("::")[0] not in _OUTSIDE:
            found = [each for each in named if each.trait == each.of == _last(trait)]
        found = _nearest(found, trait.split("::")[:-1])
    else:
        scope = path.split("::")[:-1]
        found = [each for each in named if each.module == tuple(scope) and not each.of]
        owned = [each for each in named if scope and each.of == scope[-1] and (not each.trait or each.of == each.trait)]
        if not found and scope and scope[0] not in _OUTSIDE:
            found = _nearest(owned, scope[:-1])
        elif not found:
            found = [each for each in owned if each.module == tuple(scope[:-1])]
    if len(found) > 1:
        raise LookupError(path)
    return (found[0].path, ".".join(part for part in (found[0].of, name) if part), found[0].line) if found else None


def _nearest(found: list[Declared], module: list[str]) -> list[Declared]:
    """Return those in a module, all where none is."""
    return [each for each in found if each.module == tuple(module)] or found


def called_at(text: str, name: str) -> int | None:
    """Return where the name is that the call expression ``text`` ends with, None if it is no call of that name."""
    found = tokens(text)
    if not found or found[-1].text != ")":
        return None
    depth = 0
    for place in range(len(found) - 1, -1, -1):
        depth += (found[place].text in _CLOSE) - (found[place].text in _OPEN)
        if not depth:
            break
    place -= 1
    if place >= 0 and found[place].text == ">":
        while place >= 0 and not (found[place].text == "<" and found[place - 1].text == "::"):
            place -= 1
        place -= 2
    return found[place].at if place >= 0 and found[place].text == name else None
