"""Which files does ``source`` of a shell script run?

A path that is written out names one file. Mostly it begins with a variable, as what is installed elsewhere must:
then the end that is written out is looked for in the root, and where two files have it equally near, neither is meant.
A loop over ``lib/*.sh`` runs all of them (POSIX.1-2017, Shell Command Language, 2.13).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from mcp_server.languages.file_resolution import Files, shared_folders
from mcp_server.languages.resolution import Module, Resolution, SourceFile

# What stands for the variable that a path begins with.
VARIABLE = "$/"
# Files that one pattern runs.
_MOST_MATCHED = 256


class Sourced(Files):
    """The shell scripts of one root."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[str], str | None]) -> None:
        """Take all files of the root."""
        found = [file for file in files if file.language == "shell"]
        super().__init__(frozenset({"shell"}), (), "/", found, read)
        self._ids = {file.path: file.id for file in found}
        self._inside: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._ids):
            self._inside[path.rpartition("/")[0]].append(path)

    def looked_for(self, folder: str, module: str, level: int) -> Module | None:
        """Return the files that a path names, or the end of one, or a pattern."""
        wanted = module.removeprefix(VARIABLE).removeprefix("./").lstrip("/")
        if "*" in wanted:
            return self._matched(folder, wanted)
        if not module.startswith(VARIABLE):
            return super().looked_for(folder, module.lstrip("/"), level)
        return self._only(self._nearest(folder, self.named(wanted)))

    def _matched(self, folder: str, wanted: str) -> Module | None:
        where, _, pattern = wanted.rpartition("/")
        if "*" in where:
            return None
        ends = [each for each in self._inside if each == where or each.endswith(f"/{where}") or not where]
        chosen = self._nearest(folder, [each for each in ends if where or each == folder])
        if len(chosen) != 1:
            return None
        files = [path for path in self._inside[chosen[0]] if fnmatchcase(path.rpartition("/")[2], pattern)]
        return Module((chosen[0], pattern), tuple(self._ids[path] for path in files[:_MOST_MATCHED])) if files else None

    @staticmethod
    def _nearest(folder: str, paths: Sequence[str]) -> list[str]:
        most = max((shared_folders(path, folder) for path in paths), default=0)
        return [path for path in paths if shared_folders(path, folder) == most]

    def _only(self, paths: Sequence[str]) -> Module | None:
        return Module((paths[0],), (self._ids[paths[0]],)) if len(paths) == 1 else None


RESOLUTION = Resolution(
    imports=Sourced,
    overloads=True,
    nested_modules=False,
    open_namespaces=True,
)
