"""Which files have to be linked again after some have changed?

Those with new facts, those whose edges were made from what a changed file shows, those whose imports a new or removed
file may satisfy, and those with calls that only a method's name decides, when a method of that name came or went.
"""

from collections.abc import Iterable

from mcp_server.indexing.link import Linker
from mcp_server.languages import LANGUAGES
from stores import linking
from stores.linking import Link, LinkFile
from stores.relations import Relations

# Files that an importer reads besides the code: when one comes, goes or changes, all imports may mean something else.
_CONFIG_NAMES = frozenset(name for language in LANGUAGES for name in language.resolution.config_names)


def link(relations: Relations, changed: Iterable[str] | None) -> None:
    """Make the edges true again after ``changed`` paths got new facts or went; None links every file."""
    files = {f.id: f for f in linking.files(relations)}
    paths = None if changed is None else frozenset(changed)
    wanted = set(files) if paths is None else _affected(relations, files, paths)
    Linker(relations).link(file_id for file_id in files if file_id in wanted)
    linking.forget_gone(relations)


def _affected(relations: Relations, files: dict[int, LinkFile], paths: frozenset[str]) -> set[int]:
    links = {link.file_id: link for link in linking.links(relations)}
    gone = [link for link in links.values() if link.gone]
    added = [file for file in files.values() if file.id not in links]
    own = {file.id for file in files.values() if file.path in paths} | {file.id for file in added}
    if len(links) == len(gone) or any(_name(path) in _CONFIG_NAMES for path in paths):
        return set(files)
    shown = {link.file_id for link in links.values() if link.changed or link.gone}
    # What an import names depends on which files there are: those it may concern count as changed.
    shown |= {file_id for file in added for file_id in _importing(relations, files, file)}
    readers = {link.file_id for link in links.values() if not link.gone and not shown.isdisjoint(link.reads)}
    names = _changed_methods(relations, links, added)
    by_name = set(linking.callers_by_name(relations, names)) if names else set()
    return own | readers | by_name | (shown & files.keys())


def _importing(relations: Relations, files: dict[int, LinkFile], added: LinkFile) -> set[int]:
    """Return the files whose imports a new file may satisfy, and those that see it without importing it."""
    folder, _, name = added.path.rpartition("/")
    parts = {name.partition(".")[0], folder.rpartition("/")[2]} - {""}
    beside = {f.id for f in files.values() if f.path.rpartition("/")[0] == folder}
    return beside | {file_id for part in parts for file_id in linking.importers(relations, part)}


def _changed_methods(relations: Relations, links: dict[int, Link], added: list[LinkFile]) -> set[str]:
    """Return the names of methods that came or went."""
    names = {name for file in added for name in linking.file_methods(relations, file.id)}
    for link in links.values():
        if link.gone:
            names |= link.methods
        elif link.changed:
            names |= link.methods ^ set(linking.file_methods(relations, link.file_id))
    return names


def _name(path: str) -> str:
    return path.rpartition("/")[2].lower()
