"""What does a file show to the others?

A digest over everything that the linking of another file may read here. It leaves out calls, line numbers and
docstrings, and of the values given inside functions those that nothing handed out depends on.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson

from stores.facts import MODULE, Assignment, Expr, FileFacts


def surface(facts: FileFacts) -> bytes:
    """Return the digest of what other files can see of ``facts``."""
    heads = [[(p.name, p.kind, p.annotation, p.type, p.value) for p in symbol.parameters] for symbol in facts.symbols]
    names = [(s.qualified_name, s.kind, s.flags, s.decorators, s.decorations) for s in facts.symbols]
    types = [(s.bases, s.returns, s.result, s.type_parameters) for s in facts.symbols]
    handed_out = [(r.scope, r.kind, r.value) for r in facts.results]
    needed = _needed(facts)
    imports = [
        (i.scope, i.module, i.level, i.name, i.alias, i.whole)
        for i in facts.imports
        if not _in_function(i.scope, facts) or i.alias is None or (i.scope, i.alias) in needed
    ]
    given = [
        (a.scope, a.target, a.value, a.annotation, a.type, a.version)
        for a in facts.assignments
        if not _is_local(a, facts) or tuple(a.target[1:3]) in needed
    ]
    seen = (facts.language, facts.module, names, heads, types, handed_out, imports, given)
    return sha256(orjson.dumps(seen)).digest()


def _is_local(assignment: Assignment, facts: FileFacts) -> bool:
    """Say whether an assignment is to a name in a function, or puts something into a collection that has one."""
    target = assignment.target
    if target[0] in ("element", "subscript") and isinstance(target[1], tuple):
        target = target[1]
    return target[0] == "name" and _in_function(target[1], facts)


def _in_function(scope: int, facts: FileFacts) -> bool:
    return scope != MODULE and facts.symbols[scope].kind in ("function", "method", "property")


def _needed(facts: FileFacts) -> set[tuple[int, str]]:
    """Return the (scope, name) of functions that what the file hands out is made of."""
    local: dict[tuple[int, str], list[Expr]] = {}
    waiting: list[Expr] = [result.value for result in facts.results]
    waiting += [expr for symbol in facts.symbols for expr in symbol.decorations]
    for assignment in facts.assignments:
        if _is_local(assignment, facts):
            target = assignment.target if assignment.target[0] == "name" else assignment.target[1]
            parts = [assignment.value, assignment.type or ()]
            local.setdefault((target[1], target[2]), []).extend(parts)
        else:
            waiting += [assignment.target, assignment.value]
    needed: set[tuple[int, str]] = set()
    while waiting:
        for scope, name in _names(waiting.pop()):
            if (scope, name) not in needed:
                needed.add((scope, name))
                waiting += local.get((scope, name), ())
    return needed


def _names(expr: Any) -> Iterator[tuple[int, str]]:
    """Yield the (scope, name) of all names in an expression, however deep."""
    waiting = [expr]
    while waiting:
        current = waiting.pop()
        if isinstance(current, tuple):
            if len(current) >= 3 and current[0] == "name" and isinstance(current[1], int):
                yield current[1], current[2]
            else:
                waiting += current
