"""What do the caret comments in an annotated source say?

A data file holds one or more sources, each under a header ``#--- path: x.py ---#``. A comment line of carets
speaks about the line above it, at the column of its first caret (``#<`` means column 0), and is not part of
the source:

    def area(self):
    #   ^^^^ def method Circle.area
        return scale(self.r)
        #      ^^^^^ call Circle.area -> :scale

Expressions are written short: ``:x`` a name of the module, ``f:x`` of ``f``, ``f(x)`` its parameter, ``?x`` a
free name, ``!x`` a builtin, ``self[C]``, ``class[C]``, ``super[C]``, ``E.x``, ``E()``, ``E[]``, ``(E | E)``,
``C?x`` a bare name in class ``C``, ``<str>`` a literal or a collection, ``_`` anything else; ``:x@1@2`` where
only some assignments reach, ``*E`` an element, ``enter E``, ``await E``, ``new E``, ``definition[C]``, ``lambda E``,
``(E is T)``, ``(E + E)``. A source with one claim of a kind must claim all of that kind.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from stores.facts import MODULE, Expr, FileFacts

_HEADER = re.compile(r"^#--- path: (\S+) ---#$")
_CLAIM = re.compile(r"^(\s*)#(?:(<)|(\s*)\^+)\s+(def|call|import|assign|problem)\b\s*(.*)$")


@dataclass
class Annotated:
    """One source and its claims as "KIND LINE:COLUMN TEXT", or "KIND LINE TEXT" where no column matters."""

    path: str
    lines: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def kinds(self) -> set[str]:
        return {claim.split()[0] for claim in self.claims}


def read(text: str) -> list[Annotated]:
    """Return the sources of a data file."""
    sources: list[Annotated] = []
    for line in text.splitlines():
        if header := _HEADER.match(line):
            sources.append(Annotated(header[1]))
        elif claim := _CLAIM.match(line):
            indent, first, gap, kind, rest = claim.groups()
            column = 0 if first else len(indent) + 1 + len(gap)
            at = f"{len(sources[-1].lines)}:{column}" if kind in ("def", "call") else str(len(sources[-1].lines))
            sources[-1].claims.append(f"{kind} {at} {rest}".rstrip())
        elif sources:
            sources[-1].lines.append(line)
    return sources


def shown(facts: FileFacts) -> Iterator[str]:
    """Yield everything ``facts`` say in the form of claims."""
    for symbol in facts.symbols:
        flags = f" [{', '.join(symbol.flags)}]" if symbol.flags else ""
        at = f"{symbol.name_line}:{symbol.name_column}"
        yield f"def {at} {symbol.kind} {symbol.qualified_name}{flags}"
    for call in facts.calls:
        yield f"call {call.line}:{call.column} {scope(facts, call.scope)} -> {show(facts, call.callee)}"
    for found in facts.imports:
        module = "." * found.level + found.module
        name = "" if found.name is None else f":{found.name}"
        alias = "" if found.alias is None else f" as {found.alias}"
        yield f"import {found.line} {scope(facts, found.scope)} {module}{name}{alias}"
    for given in facts.assignments:
        typed = "" if given.annotation is None else f": {given.annotation}"
        yield f"assign {given.line} {show(facts, given.target)}{typed} = {show(facts, given.value)}"
    for problem in facts.problems:
        yield f"problem {problem.line} {problem.message}"


def scope(facts: FileFacts, index: int) -> str:
    return "module" if index == MODULE else facts.symbols[index].qualified_name


def show(facts: FileFacts, expr: Expr) -> str:
    """Return an expression in the short form."""
    where = (
        scope(facts, expr[1]).replace("module", "", expr[1] == MODULE)
        if len(expr) > 1 and isinstance(expr[1], int)
        else ""
    )
    forms = {
        "name": lambda: "@".join((f"{where}:{expr[2]}", *map(str, expr[3:]))),
        "parameter": lambda: f"{where}({expr[2]})",
        "free": lambda: f"?{expr[1]}",
        "builtin": lambda: f"!{expr[1]}",
        "attribute": lambda: f"{show(facts, expr[1])}.{expr[2]}",
        "call": lambda: f"{show(facts, expr[1])}()",
        "subscript": lambda: f"{show(facts, expr[1])}[]",
        "union": lambda: f"({' | '.join(show(facts, each) for each in expr[1:])})",
        "implicit": lambda: f"{where}?{expr[2]}",
        "literal": lambda: f"<{expr[1]}>",
        "items": lambda: f"<{expr[1]}>",
        "mapping": lambda: f"<{expr[1]}>",
        "each": lambda: f"<{expr[1]}>",
        "element": lambda: f"*{show(facts, expr[1])}",
        "enter": lambda: f"enter {show(facts, expr[1])}",
        "await": lambda: f"await {show(facts, expr[1])}",
        "made": lambda: f"type {show(facts, expr[1])}",
        "instance": lambda: f"new {show(facts, expr[1])}",
        "lambda": lambda: f"lambda {show(facts, expr[1])}",
        "narrowed": lambda: f"({show(facts, expr[1])} is {show(facts, expr[2])})",
        "operator": lambda: f"({show(facts, expr[2])} {expr[1]} {show(facts, expr[3])})",
        "other": lambda: "_",
    }
    return forms[expr[0]]() if expr[0] in forms else f"{expr[0]}[{where}]"
