"""What must the program know about a language?

One ``Language`` value per language. Everything in it is pure: text goes in, facts come out; the walk, the
linker and the tools ask these values and know no language by name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mcp_server.languages.resolution import Resolution
from stores.facts import FileFacts

_SOURCE_ROOT = "src"


@dataclass(frozen=True, slots=True)
class Language:
    """One language: which files are written in it, and how their text becomes facts.

    Attributes:
        name: the lower-case name shown to users and kept in ``FileFacts.language``.
        extract: turns (path, text) into facts; never raises, whatever the text.
        kind: "code" (parsed), "source" (code kept as plain text for now), "prose" or "data".
        suffixes: endings of file names, with the dot, in lower case.
        file_names: whole file names, in lower case; they win over suffixes.
        interpreters: programs of a ``#!`` line that run this language, without version.
        module_name: turns a path into the name other files import, "" where the language has none.
        builtin_members: names of members of the language's own types: too common to say which type is meant.
        resolution: how names and values behave across files.
    """

    name: str
    extract: Callable[[str, str], FileFacts]
    kind: str = "code"
    suffixes: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    module_name: Callable[[str], str] = field(default=lambda _path: "")
    builtin_members: frozenset[str] = frozenset()
    resolution: Resolution = field(default_factory=Resolution)


def file_name(path: str) -> str:
    """Return the last part of ``path``."""
    return path.rsplit("/", 1)[-1]


def dotted_module_name(path: str, package_stem: str = "__init__") -> str:
    """Return the importable name of ``path``: no suffix, dots for slashes, from below the last ``src`` folder.

    ``packages/x/src/foo/a.py`` is ``foo.a``; ``foo/__init__.py`` is ``foo``.
    """
    *folders, name = path.split("/")
    if _SOURCE_ROOT in folders:
        folders = folders[len(folders) - folders[::-1].index(_SOURCE_ROOT) :]
    stem = name.rpartition(".")[0] or name
    parts = [part for part in folders if part not in ("", ".")]
    return ".".join(parts if stem == package_stem else [*parts, stem])
