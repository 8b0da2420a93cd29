"""What does clang bind the calls of C and C++ sources to?

``pip install libclang`` has the library and its Python binding. Every source file is parsed as a translation unit of
its own; what one unit only declares is looked for among the definitions of all. Calls in templates that depend on their
arguments, operators, and variables that are made without naming a constructor are no part of it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

SUFFIXES = {".c", ".cc", ".cpp", ".cxx"}


def sites(root: Path, flags: list[str]) -> Iterator[tuple[str, int, int, tuple[str, str, int] | None]]:
    """Yield (path, line, column, target or None) of every call below ``root`` that clang can bind.

    Args:
        root: the folder of the sources.
        flags: as for the compiler: where headers are (those of a compiler, too, which the library does not bring).
    """
    from clang.cindex import CursorKind, Index

    index = Index.create()
    sources = [path for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES]
    units = [index.parse(str(path), args=flags) for path in sources]
    definitions: dict[str, Any] = {}
    calls = []
    for unit in units:
        for cursor in unit.cursor.walk_preorder():
            if cursor.is_definition() and _path(cursor, root):
                definitions.setdefault(cursor.get_usr(), cursor)
            if cursor.kind == CursorKind.CALL_EXPR and _path(cursor, root):
                calls.append(cursor)
    texts: dict[str, list[bytes]] = {}
    for cursor in calls:
        path, reached = _path(cursor, root), _template_of(cursor.referenced)
        if reached is None or path is None:
            continue
        name = cursor.spelling.partition("<")[0]
        at = _callee(cursor, name).location
        lines = texts.setdefault(path, (root / path).read_bytes().split(b"\n"))
        if _path(_callee(cursor, name), root) != path or not _stands(lines[at.line - 1], at.column - 1, name):
            continue
        if reached.kind == CursorKind.CONSTRUCTOR:
            reached = reached.semantic_parent
        elif reached.kind in (CursorKind.VAR_DECL, CursorKind.PARM_DECL, CursorKind.FIELD_DECL):
            continue  # a pointer to a function
        found = definitions.get(reached.get_usr(), reached)
        to = _path(found, root)
        yield path, at.line, at.column - 1, (to, found.spelling, found.location.line) if to else None


def _path(cursor: Any, root: Path) -> str | None:
    """Return where a cursor is, None if that is not below the root."""
    file = cursor.location.file
    path = Path(file.name).resolve() if file is not None else None
    return path.relative_to(root).as_posix() if path is not None and path.is_relative_to(root) else None


def _template_of(cursor: Any) -> Any:
    """Return the template that a function was made of, or the function."""
    from clang.cindex import conf

    if cursor is None:
        return None
    template = conf.lib.clang_getSpecializedCursorTemplate(cursor)
    return template or cursor


def _callee(cursor: Any, name: str) -> Any:
    """Return the part of a call that names what is called."""
    from clang.cindex import CursorKind

    named = (CursorKind.MEMBER_REF_EXPR, CursorKind.DECL_REF_EXPR)
    inner = next(cursor.get_children(), None)
    while inner is not None and inner.kind not in named and inner.kind == CursorKind.UNEXPOSED_EXPR:
        inner = next(inner.get_children(), None)
    return inner if inner is not None and inner.kind in named and inner.spelling.partition("<")[0] == name else cursor


def _stands(line: bytes, column: int, name: str) -> bool:
    return line[column : column + len(name.encode())] == name.encode()
