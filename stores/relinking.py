"""Which links does a change concern?

How each file was when its edges were last made, and what others reach of it. Like ``linking`` it is used inside the
publish transaction.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple

from stores.linking import IS_LINKABLE, IS_METHOD, MEMBER_KINDS, last_name
from stores.relations import Relations

_IS_LINKED = "SELECT EXISTS (SELECT 1 FROM linked JOIN files ON files.id = linked.file_id)"
_SHOWS_OTHERS = """SELECT l.file_id, l.members, f.id IS NULL FROM linked l LEFT JOIN files f ON f.id = l.file_id
    WHERE f.id IS NULL OR f.surface <> l.surface OR l.problem <> '' ORDER BY l.file_id"""
_NEVER_LINKED = "SELECT id FROM files WHERE NOT EXISTS (SELECT 1 FROM linked WHERE file_id = files.id) ORDER BY id"
_READS = "SELECT file_id, reads FROM linked JOIN files ON files.id = linked.file_id"
_FORGET_GONE = "DELETE FROM linked WHERE file_id NOT IN (SELECT id FROM files)"
_SET_LINKED = """INSERT OR REPLACE INTO linked (file_id, surface, members, reads, problem)
    SELECT id, surface, ?, ?, ? FROM files WHERE id = ?"""
_IS_PART = """s.flags LIKE '%"partial"%'"""
_FILE_MEMBERS = f"""SELECT CASE WHEN s.kind = 'method' THEN s.name WHEN {_IS_PART} THEN 'impl ' || s.name
    ELSE s.kind || ' ' || s.name END FROM symbols s LEFT JOIN symbols p ON p.id = s.parent_id
    WHERE s.file_id = ? AND (s.kind IN ('impl', 'method') OR ({IS_LINKABLE}) OR {_IS_PART})
    ORDER BY 1"""  # noqa: S608  own text
_FILE_EMBEDS = """SELECT b.text FROM symbols s JOIN bases b ON b.symbol_id = s.id
    WHERE s.file_id = ? AND s.kind = 'struct' ORDER BY s.position, b.position"""
_TYPES_NAMED = """SELECT DISTINCT file_id FROM symbols WHERE name IN (SELECT value FROM json_each(?1))
    AND kind IN (SELECT value FROM json_each(?2))"""
_DECLARED = """SELECT DISTINCT file_id FROM symbols WHERE name IN (SELECT value FROM json_each(?))
    AND flags LIKE '%"declaration"%'"""


class Link(NamedTuple):
    """How a file was when it was last linked: its ``file_members``, and whether it is gone."""

    file_id: int
    members: tuple[str, ...]
    gone: bool


def is_linked(relations: Relations) -> bool:
    """Say whether any file that is there was ever linked."""
    return bool(relations.value(_IS_LINKED))


def changed_links(relations: Relations) -> Iterator[Link]:
    """Yield the files that show something else than when they were last linked, could not be linked, or are gone."""
    for file_id, members, gone in relations.rows(_SHOWS_OTHERS):
        yield Link(file_id, tuple(json.loads(members)), bool(gone))


def never_linked(relations: Relations) -> list[int]:
    """Return the files that were never linked."""
    return [file_id for (file_id,) in relations.rows(_NEVER_LINKED)]


def readers(relations: Relations, shown: Set[int]) -> Iterator[int]:
    """Yield the files whose edges were made from what any of the files ``shown`` showed."""
    for file_id, reads in relations.rows(_READS) if shown else ():
        if not shown.isdisjoint(array("q", reads)):
            yield file_id


def set_link(
    relations: Relations, file_id: int, reads: Iterable[int], problem: str = "", module: str | None = None
) -> None:
    """Record that the edges of a file were made from what it and the files ``reads`` show now, or why there are none.

    With a ``problem`` the file is linked again at the next change, whatever that concerns. ``module`` is the one that
    the file belongs to because it says so.
    """
    members = json.dumps(file_members(relations, file_id) + ([] if module is None else [f"module {module}"]))
    relations.execute(_SET_LINKED, members, array("q", sorted(reads)).tobytes(), problem, file_id)


def file_members(relations: Relations, file_id: int) -> list[str]:
    """Return what a file defines that others reach without importing it, one as often as it is there.

    "m" for a method, "function f", "impl T" for what adds members to a type T or is a part of it, and "embeds T" for a
    struct that has the members of T.
    """
    embedded = [f"embeds {last_name(text)}" for (text,) in relations.rows(_FILE_EMBEDS, file_id)]
    return [name for (name,) in relations.rows(_FILE_MEMBERS, file_id)] + embedded


def defining(relations: Relations, types: Iterable[str], functions: Iterable[str]) -> set[int]:
    """Return the files that define types of these names, or only declare functions of these."""
    kinds = json.dumps(sorted(MEMBER_KINDS - {"impl"}))
    found = {file_id for (file_id,) in relations.rows(_TYPES_NAMED, json.dumps(sorted(types)), kinds)}
    return found | {file_id for (file_id,) in relations.rows(_DECLARED, json.dumps(sorted(functions)))}


def forget_gone(relations: Relations) -> None:
    """Forget how files were linked that are no longer there."""
    relations.execute(_FORGET_GONE)


_IMPORTERS = (
    """SELECT DISTINCT file_id FROM imports WHERE name = ?1 OR module = ?1 OR instr(module, ?1) ORDER BY file_id"""
)


def importers(relations: Relations, part: str) -> list[int]:
    """Return the files with an import that has ``part`` in its text."""
    return [file_id for (file_id,) in relations.rows(_IMPORTERS, part)]


_MENTIONING = """SELECT id FROM files f WHERE language IN (SELECT value FROM json_each(?2)) AND (
    EXISTS (SELECT 1 FROM calls WHERE file_id = f.id AND (instr(callee, ?1) OR instr(arguments, ?1)))
    OR EXISTS (SELECT 1 FROM assignments WHERE file_id = f.id AND (instr(value, ?1) OR instr(target, ?1)))
    OR EXISTS (SELECT 1 FROM results WHERE file_id = f.id AND instr(value, ?1))
    OR EXISTS (SELECT 1 FROM symbols s JOIN bases b ON b.symbol_id = s.id WHERE s.file_id = f.id AND instr(b.expr, ?1))
    OR EXISTS (SELECT 1 FROM symbols s JOIN parameters p ON p.symbol_id = s.id
        WHERE s.file_id = f.id AND instr(p.value, ?1)))"""


def mentioning(relations: Relations, names: Iterable[str], languages: Iterable[str]) -> set[int]:
    """Return the files in ``languages`` with an expression that has one of ``names`` in it."""
    within = json.dumps(sorted(languages))
    return {file_id for name in names for (file_id,) in relations.rows(_MENTIONING, json.dumps(name), within)}


_CALLERS_BY_NAME = """SELECT DISTINCT c.file_id FROM calls c LEFT JOIN edges e ON e.call_id = c.id
    WHERE c.name IN (SELECT value FROM json_each(?))
    AND (c.unresolved IS NOT NULL OR e.strategy IS NULL
        OR e.strategy IN ('unique_name', 'candidate', 'import', 'overload'))"""


def callers_by_name(relations: Relations, names: Iterable[str]) -> list[int]:
    """Return the files with a call of one of ``names`` that only the name may tell where it goes."""
    return [file_id for (file_id,) in relations.rows(_CALLERS_BY_NAME, json.dumps(sorted(names)))]


_WITH_METHODS = f"""SELECT DISTINCT s.file_id FROM symbols s JOIN symbols p ON p.id = s.parent_id
    JOIN files f ON f.id = s.file_id WHERE s.name IN (SELECT value FROM json_each(?1)) AND {IS_METHOD}
    AND f.language IN (SELECT value FROM json_each(?2))"""  # noqa: S608  own text


def files_with_methods(relations: Relations, names: Iterable[str], languages: Iterable[str]) -> set[int]:
    """Return the files in ``languages`` that define a method of one of ``names``."""
    wanted = json.dumps(sorted(names)), json.dumps(sorted(languages))
    return {file_id for (file_id,) in relations.rows(_WITH_METHODS, *wanted)}
