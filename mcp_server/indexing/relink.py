"""Which files have to be linked again after some have changed?

Those with new facts, those whose edges were made from what a changed file shows, and those whose imports a new or
removed file may satisfy. When a method came or went, also those with calls that only a method's name decides, and
those with methods that may be an interface's by their name.
"""

import os
from collections import Counter
from collections.abc import Iterable, Set

from mcp_server.indexing.link import Linker, declared_module
from mcp_server.languages import LANGUAGES, language_of
from stores import linking, relinking
from stores.linking import LinkFile
from stores.relations import Relations
from stores.relinking import Link

# Files that an importer reads besides the code: when one comes, goes or changes, all imports may mean something else.
_CONFIG_NAMES = frozenset(name for language in LANGUAGES for name in language.resolution.config_names)

# Files that make a folder something else for imports by being there.
_PACKAGE_NAMES = frozenset(name for language in LANGUAGES for name in language.resolution.package_names)

# What imports of all files of a folder have in their text (shell: `lib/*.sh`).
_PATTERN = "/*"

# Languages whose types are seen everywhere by their names alone.
_OPEN = frozenset(language.name for language in LANGUAGES if language.resolution.open_types)

# Languages whose names start at a package that nothing imports.
_QUALIFIED = frozenset(language.name for language in LANGUAGES if language.resolution.companions)

# Languages whose types stand in for interfaces that they do not name.
_STRUCTURAL = frozenset(language.name for language in LANGUAGES if language.resolution.structural)


def link(relations: Relations, changed: Iterable[str] | None) -> int:
    """Make the edges true again after ``changed`` paths got new facts or went; None links every file.

    Returns how many files could not be linked, which ``linked.problem`` names.
    """
    files = {f.id: f for f in linking.files(relations)}
    wanted: Set[int] = files.keys() if changed is None else _affected(relations, files, frozenset(changed))
    failed = Linker(relations, files).link(file_id for file_id in files if file_id in wanted)
    relinking.forget_gone(relations)
    return failed


def _affected(relations: Relations, files: dict[int, LinkFile], paths: frozenset[str]) -> Set[int]:
    if not relinking.is_linked(relations) or any(_name(path) in _CONFIG_NAMES for path in paths):
        return files.keys()
    links = list(relinking.changed_links(relations))
    added = [files[file_id] for file_id in relinking.never_linked(relations)]
    found = {path: linking.file_id(relations, os.fsencode(path)) for path in paths}
    own = {file_id for file_id in found.values() if file_id is not None}
    moved = {file.path for file in added} | {path for path, file_id in found.items() if file_id is None}
    changes = _changed_members(relations, files, links, added)
    # What an import names depends on which files there are: those it may concern count as changed, as do those with
    # a type that something elsewhere adds members to, or with the declaration of a function.
    shown = {link.file_id for link in links} | _importing(relations, files, moved)
    shown |= relinking.defining(relations, changes["impl"] | changes["embeds"], changes["function"])
    shown |= relinking.mentioning(relations, sorted(changes["impl"]), _OPEN)
    parts = {module.rpartition(".")[2] for module in changes["module"]}
    shown |= relinking.mentioning(relations, sorted(parts), _QUALIFIED)
    by_name: set[int] = set()
    for module in sorted(changes["module"]):
        # Who looked into the module, who sees it because it is around him, and who imports it.
        inside = [file for file in files.values() if _is_within(declared_module(file), module)]
        shown |= {file.id for file in inside if declared_module(file) == module}
        by_name |= {file.id for file in inside}
        by_name.update(relinking.importers(relations, module.rpartition(".")[2]) if module else ())
    if changes["method"]:
        by_name.update(relinking.callers_by_name(relations, changes["method"]))
        by_name |= relinking.files_with_methods(relations, changes["method"], _STRUCTURAL)
    readers = set(relinking.readers(relations, shown))
    return own | {file.id for file in added} | readers | by_name | (shown & files.keys())


def _importing(relations: Relations, files: dict[int, LinkFile], moved: Set[str]) -> set[int]:
    """Return the files whose imports may name another file after these came or went, and those beside them."""
    if not moved:
        return set()
    lasting = {folder for file in files.values() if file.path not in moved for folder in _folders(file.path)}
    parts = {_PATTERN}
    around: set[int] = set()
    for path in moved:
        folder = path.rpartition("/")[0]
        around |= {f.id for f in files.values() if f.path.rpartition("/")[0] == folder}
        language = language_of(path)
        if language is not None and language.resolution.wide_modules:
            around |= {f.id for f in files.values() if f.language == language.name}
        # A folder that comes or goes with its file can itself be imported.
        made = [each for each in _folders(path) if each == folder or each not in lasting]
        parts |= {_stem(path), *map(_stem, made)}
        if _name(path) in _PACKAGE_NAMES:
            inside = [f for f in files.values() if not folder or f.path.startswith(f"{folder}/")]
            around |= {f.id for f in inside}
            parts |= {_stem(each) for f in inside for each in (f.path, *_folders(f.path))}
    return around | {file_id for part in sorted(parts - {""}) for file_id in relinking.importers(relations, part)}


def _folders(path: str) -> list[str]:
    """Return the folders that a path lies in, the innermost first."""
    found = []
    while path := path.rpartition("/")[0]:
        found.append(path)
    return found


def _stem(path: str) -> str:
    """Return the last part of a path up to its first dot."""
    return path.rpartition("/")[2].partition(".")[0]


def _changed_members(
    relations: Relations, files: dict[int, LinkFile], links: list[Link], added: list[LinkFile]
) -> dict[str, set[str]]:
    """Return the names that fewer or more members have now, by kind: method, function, impl, embeds, module."""
    changed: set[str] = {name for file in added for name in relinking.file_members(relations, file.id)}
    changed |= {f"module {module}" for file in added if (module := declared_module(file)) is not None}
    for link in links:
        before = Counter(link.members)
        now = Counter(() if link.gone else relinking.file_members(relations, link.file_id))
        module = None if link.gone else declared_module(files[link.file_id])
        now.update(() if module is None else [f"module {module}"])
        changed |= (before - now).keys() | (now - before).keys()
    found: dict[str, set[str]] = {kind: set() for kind in ("method", "function", "impl", "embeds", "module")}
    for member in changed:
        kind, _, name = member.rpartition(" ")
        found[kind or "method"].add(name)
    return found


def _is_within(module: str | None, around: str) -> bool:
    """Say whether a module is another or inside it."""
    return module is not None and (not around or module == around or module.startswith(f"{around}."))


def _name(path: str) -> str:
    return path.rpartition("/")[2].lower()
