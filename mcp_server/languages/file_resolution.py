"""Which file does an include, a ``require`` or a ``source`` name?

For languages whose imports are paths: C and C++ (`#include`), shell (`source`, see ``shell_resolution``), Ruby
(`require`), PHP (`require`; its namespaces are in ``php_resolution``), Lua (`require` with dots for slashes). Relative
names start at the importing file; others are looked for from every folder of the root, the nearest first.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from mcp_server.languages.resolution import Module, Resolution, SourceFile

# Files of one name that are looked at.
_MOST_FILES = 64


class Files:
    """The files of one root that a family of languages can name."""

    def __init__(
        self,
        languages: frozenset[str],
        suffixes: tuple[str, ...],
        separator: str,
        files: Iterable[SourceFile],
        _read: Callable[[str], str | None],
    ) -> None:
        """Take all files of the root.

        Args:
            languages: the languages whose files can be named.
            suffixes: what a name may leave out.
            separator: what stands between the parts of a name.
            files: all files of the root.
        """
        self._suffixes = suffixes
        self._separator = separator
        self._paths: dict[str, int] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        # By folder, name and level: every free name of a file leads through all that the file includes.
        self._found: dict[tuple[str, str, int], Module | None] = {}
        for file in files:
            if file.language in languages:
                self._paths[file.path] = file.id
                self._by_name[file.path.rpartition("/")[2]].append(file.path)

    def find(self, importer: str, module: str, level: int) -> Module | None:
        """Return the file that ``module`` names; level 1 starts at the importing file."""
        key = (importer.rpartition("/")[0], module, level)
        if key not in self._found:
            self._found[key] = self.looked_for(*key)
        return self._found[key]

    def looked_for(self, folder: str, module: str, level: int) -> Module | None:
        """Return the file that ``module`` names for files in ``folder``."""
        wanted = module.replace(self._separator, "/").removeprefix("./") if module else ""
        for suffix in ("", *self._suffixes):
            found = self._beside(folder, wanted + suffix)
            if found is None and not (level and wanted.startswith("../")):
                found = self._anywhere(folder, wanted + suffix)
            if found is not None:
                return Module((found,), (self._paths[found],))
        return None

    def _beside(self, folder: str, wanted: str) -> str | None:
        parts = folder.split("/") if folder else []
        for part in wanted.split("/"):
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        path = "/".join(parts)
        return path if path in self._paths else None

    def _anywhere(self, folder: str, wanted: str) -> str | None:
        return min(self.named(wanted), key=lambda path: (-shared_folders(path, folder), len(path), path), default=None)

    def named(self, wanted: str) -> list[str]:
        """Return the paths that end with the path ``wanted``."""
        same = self._by_name.get(wanted.rpartition("/")[2], ())[:_MOST_FILES]
        return [path for path in same if path == wanted or path.endswith(f"/{wanted}")]

    def child(self, module: Module, name: str) -> Module | None:  # noqa: ARG002 - files hold no files
        """Return None."""
        return None

    def first(self, importer: str, module: str) -> Module | None:  # noqa: ARG002
        """Return None."""
        return None

    def around(self, importer: str) -> Sequence[Module]:  # noqa: ARG002
        """Return nothing."""
        return ()


def shared_folders(path: str, folder: str) -> int:
    """Return how many folders a path has in common with a folder, from the root on."""
    one, other = path.split("/"), folder.split("/")
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def file_resolution(languages: str, suffixes: tuple[str, ...] = (), separator: str = "/") -> Resolution:
    """Return the resolution of languages whose imports are paths of files."""
    return Resolution(
        imports=partial(Files, frozenset(languages.split()), suffixes, separator),
        overloads=True,
        nested_modules=False,
        open_namespaces=True,
    )
