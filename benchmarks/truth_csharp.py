"""What does the Mono compiler bind the calls of C# sources to?

The sources are compiled with symbols; ``CSharpCalls.cs`` reads, with Mono.Cecil, what each call instruction reaches and
at which line and column its expression is. Where things are declared is read from the tokens of the sources. A call
counts only if the name of what is called stands at its place: delegates, properties, operators and what the compiler
adds are no part of it, and neither is code that is left out by ``#if``.

    apt-get install mono-mcs libmono-cecil-cil libmono-compilerservices-symbolwriter4.0-cil
"""

import os
import re
import subprocess
import tempfile
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

_CECIL = Path("/usr/lib/mono-cecil")
_TOKEN = re.compile(
    r"""(?P<skip>^[ \t]*\#[^\n]*|\s+?(?=^[ \t]*\#)|\s+|//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<text>\$?@"(?:[^"]|"")*"|\$?"(?:\\.|[^"\\\n])*"|'(?:\\.[^']*|[^'\\])')"""
    r"""|(?P<word>@?\w+)|(?P<mark>=>|[=!<>]=|::|.)""",
    re.DOTALL | re.MULTILINE,
)
_TYPES = frozenset({"class", "struct", "interface", "enum"})
_OPEN, _CLOSE = "([{", ")]}"

Place = tuple[str, str, int]


class Token(NamedTuple):
    """A token: its kind, its text and where it begins."""

    kind: str
    text: str
    at: int


class Declared(NamedTuple):
    """A type ("" as ``name``) or a method: where it is, the types around it by name and arity, what it takes."""

    path: str
    line: int
    around: tuple[str, ...]
    name: str
    taken: tuple[str, ...]


class Source:
    """The text of a file, its tokens by place, and what it declares."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]
        found = ((m.lastgroup or "mark", m.group(), m.start()) for m in _TOKEN.finditer(text))
        self.tokens = [Token(*each) for each in found if each[0] != "skip"]
        self.by_place = {token.at: n for n, token in enumerate(self.tokens)}
        self.declared = list(_Scanner(self).declared())

    def line(self, at: int) -> int:
        """Return the line of a place, from 1."""
        return bisect_right(self.starts, at)

    def column(self, at: int) -> int:
        """Return the byte column of a place, from 0."""
        return len(self.text[self.starts[self.line(at) - 1] : at].encode())


def sites(root: Path, flags: list[str]) -> Iterator[tuple[str, int, int, Place | None]]:
    """Yield (path, line, column, target or None) of every call of the sources below ``root``; ``flags`` are for mcs."""
    paths = sorted(root.rglob("*.cs"))
    sources = {
        str(path): Source(path.relative_to(root).as_posix(), path.read_text("utf-8-sig", "replace")) for path in paths
    }
    rows = [line.split("\t") for line in _calls(paths, flags).splitlines()]
    places = _places([row[1:] for row in rows if row[0] == "D"], sources)
    for _, path, line, column, how, name, token in (row for row in rows if row[0] == "C"):
        source = sources.get(path)
        at = None if source is None else _called_at(source, int(line), int(column), how, name)
        if source is not None and at is not None and (token == "0" or places[token] is not None):
            yield source.path, source.line(at), source.column(at), None if token == "0" else places[token]


def _calls(paths: list[Path], flags: list[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        made, reader = f"{folder}/scored.dll", f"{folder}/reader.exe"
        options = ["-debug", "-optimize-", "-unsafe", "-langversion:latest", "-nowarn:0618,0612,1591,0169,0649,0414"]
        subprocess.run(["mcs", *options, "-target:library", f"-out:{made}", *flags, *map(str, paths)], check=True)
        libraries = [f"-r:{_CECIL}/Mono.Cecil.dll", "-r:Mono.CompilerServices.SymbolWriter.dll"]
        program = str(Path(__file__).with_name("CSharpCalls.cs"))
        subprocess.run(["mcs", *libraries, f"-out:{reader}", program], check=True)
        environment = {**os.environ, "MONO_PATH": str(_CECIL)}
        run = subprocess.run(["mono", reader, made], check=True, stdout=subprocess.PIPE, text=True, env=environment)
        return run.stdout


def _called_at(source: Source, line: int, column: int, how: str, name: str) -> int | None:
    """Return where the last name of a callee is, None where what is written there is something else."""
    if not 0 < line <= len(source.starts):
        return None
    place = source.by_place.get(source.starts[line - 1] + column - 1)
    if place is None:
        return None
    token, follows = source.tokens[place], source.tokens[place + 1 : place + 2]
    if how == "first":
        return token.at if token.text in ("base", "this") and follows and follows[0].text == "(" else None
    if how == "call":
        return token.at if token.text.lstrip("@") == name else None
    return _made_at(source.tokens[place + 1 :]) if token.text == "new" else None


def _made_at(tokens: list[Token]) -> int | None:
    """Return where the last name of the type in ``new A.B<C>(...)`` is."""
    last = None
    for token, follows in pairwise(tokens):
        if token.kind == "word":
            last = token.at
        if follows.text not in (".", "::") and token.kind == "word":
            return last if follows.text in ("(", "<", "{") else None
        if token.kind != "word" and token.text not in (".", "::"):
            return None
    return None


def _places(rows: list[list[str]], sources: dict[str, Source]) -> dict[str, Place | None]:
    """Return where each method is declared, by token; a constructor stands for its class."""
    types: dict[tuple[str, ...], list[Declared]] = defaultdict(list)
    methods: dict[tuple[tuple[str, ...], str], list[Declared]] = defaultdict(list)
    for each in (each for source in sources.values() for each in source.declared):
        if each.name:
            methods[each.around, each.name].append(each)
        else:
            types[each.around].append(each)
    found: dict[str, Place | None] = {}
    for token, owner, name, taken, path, line in rows:
        around = tuple(owner.replace("/", ".").split("."))
        file = sources[path].path if path in sources else ""
        if name == ".ctor":
            parts = types[around]
            parts = [part for part in parts if part.path == file] or parts
            declared: Declared | None = max(
                (p for p in parts if p.line <= int(line)), default=parts[0] if parts else None
            )
        else:
            declared = _method(methods[around, name], tuple(filter(None, taken.split(","))), file, int(line))
        names = ".".join(part.partition("`")[0] for part in around)
        found[token] = None if declared is None else (declared.path, f"{names}.{name}", declared.line)
    return found


def _method(named: list[Declared], taken: tuple[str, ...], file: str, line: int) -> Declared | None:
    """Return which of the methods of one name and type it is: by its body, else by what it takes."""
    before = [each for each in named if each.path == file and each.line <= line]
    if before:
        return max(before, key=lambda each: each.line)
    fitting = [each for each in named if len(each.taken) == len(taken)]
    if len(fitting) > 1:
        fitting = [each for each in fitting if all(map(_agree, each.taken, taken))]
    return fitting[0] if len(fitting) == 1 else None


_ALIASES = {
    **{"int": "Int32", "long": "Int64", "short": "Int16", "byte": "Byte", "uint": "UInt32", "ulong": "UInt64"},
    **{"ushort": "UInt16", "sbyte": "SByte", "bool": "Boolean", "char": "Char", "string": "String", "object": "Object"},
    **{"float": "Single", "double": "Double", "decimal": "Decimal"},
}


def _agree(written: str, compiled: str) -> bool:
    """Say whether a type as it is written ("int") is the compiled one ("Int32")."""
    plain, of = re.sub(r"`\d+", "", compiled.rstrip("&")), re.match(r"[^\[?*]*", written)
    if written.endswith("?"):
        return plain == "Nullable"
    name = of.group() if of else written
    return _ALIASES.get(name, name) + written[len(name) :] == plain


class _Scanner:
    """Reads what a file declares: namespaces and types are gone into, bodies of members are not."""

    def __init__(self, source: Source) -> None:
        self.source, self.tokens = source, source.tokens
        self.around: list[tuple[str, bool]] = []  # name, whether it is a type
        self.pending = ("", False)
        self.begins = 0  # where the present member begins

    def declared(self) -> Iterator[Declared]:
        """Yield the types and methods in the order of the text."""
        place = 0
        while place < len(self.tokens):
            text = self.tokens[place].text
            named = self.tokens[place + 1 : place + 2]
            if text == "namespace":
                place = self._namespace(place)
            elif text in _TYPES and named and named[0].kind == "word" and not self._in_body():
                name, after = _type_name(self.tokens, place + 1)
                yield Declared(self.source.path, self.source.line(named[0].at), (*self._names(), name), "", ())
                self.pending = (name, True)
                place = _first(self.tokens, after, "{") - 1
            elif text in ("{", "}", ";"):
                self._step(text)
                self.begins = place + 1
            elif self.around and self.around[-1][1]:
                if text == "(":
                    yield from self._method(place)
                place = self._past(place)
            place += 1

    def _in_body(self) -> bool:
        return bool(self.around) and self.around[-1] == ("", False)

    def _names(self) -> tuple[str, ...]:
        return tuple(part for name, _ in self.around for part in name.split(".") if part)

    def _namespace(self, place: int) -> int:
        end = next(n for n in range(place, len(self.tokens)) if self.tokens[n].text in "{;")
        self.pending = ("".join(each.text for each in self.tokens[place + 1 : end]), False)
        return end - 1

    def _step(self, text: str) -> None:
        if text == "{":
            self.around.append(self.pending)
        elif text == "}" and self.around:
            self.around.pop()
        self.pending = ("", False)

    def _past(self, place: int) -> int:
        """Return the last token of an attribute, a value or a body that begins at ``place``; else the place itself."""
        text, end = self.tokens[place].text, place
        if text == "delegate":
            end = _first(self.tokens, place, ";")
        elif text == "[" and place == self.begins:
            end = _closed(self.tokens, place)
        elif text in ("=", "=>"):
            end = _ended(self.tokens, place)
        elif text == "(":
            end = _body(self.tokens, _closed(self.tokens, place))
            end = _closed(self.tokens, end) if self.tokens[end].text == "{" else end
        if end != place:
            self.begins = end + 1
        return end

    def _method(self, place: int) -> Iterator[Declared]:
        named = _method_name(self.tokens, self.begins, place)
        if named is not None:
            taken = tuple(_taken(self.tokens[place + 1 : _closed(self.tokens, place)]))
            line = self.source.line(named.at)
            yield Declared(self.source.path, line, self._names(), named.text.lstrip("@"), taken)


def _type_name(tokens: list[Token], place: int) -> tuple[str, int]:
    """Return the name of a type as compiled ("List`1"), and the token after it."""
    name = tokens[place].text.lstrip("@")
    if tokens[place + 1].text != "<":
        return name, place + 1
    end = _closed(tokens, place + 1, "<>")
    arity = sum(each.text == "," for each in tokens[place + 1 : end]) + 1
    return f"{name}`{arity}", end + 1


def _method_name(tokens: list[Token], begins: int, place: int) -> Token | None:
    """Return the name before the parameters at ``place``, None where it is no method."""
    at = place - 1
    if tokens[at].text == ">":
        depth = 0
        while at > begins:
            depth += (tokens[at].text == ">") - (tokens[at].text == "<")
            at -= 1
            if not depth:
                break
    named = tokens[at].kind == "word" and at >= begins
    explicit = at > begins and tokens[at - 1].text == "."
    return tokens[at] if named and not explicit and tokens[at - 1].text not in ("operator", "~") else None


def _taken(tokens: list[Token]) -> Iterator[str]:
    """Yield the last name of the type of each parameter."""
    depth, part = 0, list[Token]()
    for token in [*tokens, Token("mark", ",", -1)]:
        if token.text == "," and not depth:
            words = _parameter(part)
            if words:
                yield words
            part = []
            continue
        depth += (token.text in "<([{") - (token.text in ">)]}")
        part.append(token)


def _parameter(tokens: list[Token]) -> str:
    """Return the last name of the type of a parameter, with its brackets and its question mark."""
    plain: list[str] = []
    depth = 0
    for token in tokens:
        if token.text == "=" and not depth:
            break
        # Neither attributes nor the arguments of types.
        opens = token.text == "<" or (token.text == "[" and not plain)
        closes = token.text == ">" or (token.text == "]" and not plain)
        depth += opens
        if not depth and token.text not in ("ref", "out", "in", "params", "this"):
            plain.append(token.text)
        depth -= closes
    return "".join(plain[:-1]).rpartition(".")[2]


def _first(tokens: list[Token], place: int, text: str) -> int:
    """Return the next token that is ``text``, else the last."""
    return next((n for n in range(place, len(tokens)) if tokens[n].text == text), len(tokens) - 1)


def _closed(tokens: list[Token], place: int, pair: str = "") -> int:
    """Return the token that closes what the one at ``place`` opens."""
    opens, closes = pair or (_OPEN, _CLOSE)
    depth = 0
    for n in range(place, len(tokens)):
        depth += (tokens[n].text in opens) - (tokens[n].text in closes)
        if not depth:
            return n
    return len(tokens) - 1


def _ended(tokens: list[Token], place: int) -> int:
    """Return the semicolon, or the comma between fields, that ends what begins at ``place``."""
    depth = 0
    for n in range(place, len(tokens)):
        depth += (tokens[n].text in _OPEN) - (tokens[n].text in _CLOSE)
        if not depth and tokens[n].text == ";":
            return n
        if depth < 0:
            return n - 1
    return len(tokens) - 1


def _body(tokens: list[Token], place: int) -> int:
    """Return where the body of a method begins, or the semicolon that stands for one."""
    depth = 0
    for n in range(place + 1, len(tokens)):
        if not depth and tokens[n].text == "=>":
            return _ended(tokens, n)
        if not depth and tokens[n].text in "{;":
            return n
        depth += (tokens[n].text in "([") - (tokens[n].text in ")]")
    return len(tokens) - 1
