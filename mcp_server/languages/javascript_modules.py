"""Which file does a JavaScript or TypeScript import name?

Node's resolution (https://nodejs.org/api/esm.html#resolution-algorithm, https://nodejs.org/api/modules.html) as far as
the files of the root tell, and TypeScript's ``paths`` and ``baseUrl`` (https://www.typescriptlang.org/tsconfig): a
relative name is a file or folder, with any suffix or the source instead of what is built from it; a bare name is a
package of the root (a workspace), or stands in ``paths`` or below ``baseUrl``.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from mcp_server.languages.resolution import Module, SourceFile

CONFIGS = frozenset({"package.json", "tsconfig.json", "jsconfig.json", "tsconfig.base.json"})

_LANGUAGES = frozenset({"javascript", "typescript"})
_SUFFIXES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs", ".d.mts", ".d.cts", ".json")
# What a name with the suffix of what is built from it means among the sources, in the order they are tried.
_SOURCES = {
    ".js": (".ts", ".tsx", ".js", ".jsx", ".d.ts"),
    ".jsx": (".tsx", ".jsx", ".d.ts"),
    ".mjs": (".mts", ".mjs", ".d.mts"),
    ".cjs": (".cts", ".cjs", ".d.cts"),
}
# Folders that hold what is built, and where its sources are instead.
_BUILT = re.compile(r"^(?:dist|lib|build|out|esm|cjs)(?:/(?:esm|cjs|src|types|browser|node))?/")
_CONDITIONS = ("source", "development", "import", "module", "require", "node", "default", "types")
# Entries of the exports of a package, and configurations that extend one another, that are followed.
_MOST_EXPORTS = 500
_MOST_EXTENDED = 8
_COMMENTS = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*[\s\S]*?\*/')
_TRAILING = re.compile(r'("(?:\\.|[^"\\\n])*")|,(?=\s*[}\]])')
# What a module is when it is loaded whole, by another name that CommonJS and ES modules have for it.
_WHOLE = frozenset({"module.exports", "default"})


class _Paths(NamedTuple):
    """What one ``tsconfig.json`` says: where bare names start, and patterns with their replacements."""

    base: str | None
    patterns: tuple[tuple[str, tuple[str, ...]], ...]


class Files:
    """The JavaScript and TypeScript modules of one root."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[str], str | None]) -> None:
        """Take all files of the root, and what reads ``package.json`` and ``tsconfig.json``."""
        self._read = read
        self._modules: dict[str, Module] = {}
        self._packages: dict[str, str] = {}
        self._paths: dict[str, _Paths] = {}
        self._manifests: dict[str, dict[str, Any]] = {}
        for file in sorted(files, key=lambda file: file.path):
            folder, _, name = file.path.rpartition("/")
            if file.language in _LANGUAGES:
                self._modules[file.path] = Module((file.path,), (file.id,))
            elif name == "package.json":
                self._manifests[folder] = _parsed(read(file.path))
            elif name in CONFIGS and (name != "tsconfig.base.json") and folder not in self._paths:
                self._paths[folder] = self._configured(file.path)
        for folder, manifest in self._manifests.items():
            if isinstance(named := manifest.get("name"), str):
                self._packages.setdefault(named, folder)
        self._found: dict[tuple[str, str], Module | None] = {}

    def find(self, importer: str, module: str, level: int) -> Module | None:  # noqa: ARG002
        """Return the module that ``module`` names in the file ``importer``, None when it is outside the root."""
        folder = importer.rpartition("/")[0]
        if (folder, module) not in self._found:
            self._found[folder, module] = self._find(folder, module)
        return self._found[folder, module]

    def _find(self, folder: str, module: str) -> Module | None:
        if module.startswith(".") or module.startswith("/"):
            return self._at(_joined(folder, module))
        for around in _upwards(folder):
            if module.startswith("#") and around in self._manifests:
                return self._exported(around, self._manifests[around].get("imports"), module)
            if around in self._paths:
                found = self._mapped(self._paths[around], module)
                if found is not None:
                    return found
                break
        return self._packaged(module)

    def _mapped(self, paths: _Paths, module: str) -> Module | None:
        """Return what ``paths`` and ``baseUrl`` make of a bare name."""
        for pattern, replacements in paths.patterns:
            before, star, after = pattern.partition("*")
            fits = module.startswith(before) and module.endswith(after) if star else module == pattern
            if fits and len(module) >= len(before) + len(after):
                middle = module[len(before) : len(module) - len(after)] if star else ""
                for replacement in replacements:
                    found = self._at(replacement.replace("*", middle))
                    if found is not None:
                        return found
        return self._at(_joined(paths.base, module)) if paths.base is not None else None

    def _packaged(self, module: str) -> Module | None:
        """Return what a bare name is among the packages of the root."""
        parts = module.split("/")
        depth = 2 if module.startswith("@") else 1
        name, below = "/".join(parts[:depth]), "/".join(parts[depth:])
        folder = self._packages.get(name)
        if folder is None:
            return None
        manifest = self._manifests[folder]
        exported = self._exported(folder, manifest.get("exports"), f"./{below}" if below else ".")
        if exported is not None:
            return exported
        if below:
            return self._at(_joined(folder, below)) or self._at(_joined(folder, f"src/{below}"))
        entries = [manifest.get(key) for key in ("source", "module", "main", "types", "typings")]
        for entry in (*(each for each in entries if isinstance(each, str)), "index", "src/index"):
            found = self._built(folder, entry)
            if found is not None:
                return found
        return None

    def _exported(self, folder: str, exports: object, wanted: str) -> Module | None:
        """Return what the ``exports`` or ``imports`` of a package say about a name."""
        if isinstance(exports, dict) and not any(key.startswith((".", "#")) for key in exports):
            exports = {".": exports}
        if isinstance(exports, (str, list)):
            exports = {".": exports}
        for pattern, target in list(exports.items())[:_MOST_EXPORTS] if isinstance(exports, dict) else ():
            before, star, after = pattern.partition("*")
            if pattern != wanted and not (star and wanted.startswith(before) and wanted.endswith(after)):
                continue
            middle = wanted[len(before) : len(wanted) - len(after)] if star else ""
            for path in _targets(target, 0):
                found = self._built(folder, path.replace("*", middle))
                if found is not None:
                    return found
        return None

    def _built(self, folder: str, entry: str) -> Module | None:
        """Return the file of an entry point, or the source it is built from."""
        path = posixpath.normpath(entry)
        found = self._at(_joined(folder, path))
        if found is not None:
            return found
        source = _BUILT.sub("src/", path)
        return self._at(_joined(folder, source)) if source != path else None

    def _at(self, path: str | None) -> Module | None:
        """Return the module at a path without its suffix, with another one, or of a folder."""
        if path is None:
            return None
        stem, dot, suffix = path.rpartition(".")
        tried = [stem + other for other in _SOURCES.get(f".{suffix}", ())] if dot else []
        for candidate in (*tried, path, *(path + other for other in _SUFFIXES)):
            if candidate in self._modules:
                return self._modules[candidate]
        manifest = self._manifests.get(path)
        entries = [manifest.get(key) for key in ("module", "main", "types")] if manifest is not None and path else []
        for entry in (*entries, "index"):
            target = _joined(path, entry) if isinstance(entry, str) else None
            for candidate in (target, *(f"{target}{other}" for other in _SUFFIXES)) if target is not None else ():
                if candidate in self._modules:
                    return self._modules[candidate]
        return None

    def _configured(self, path: str) -> _Paths:
        """Return what a configuration and those it extends say; the first that says something wins."""
        base: str | None = None
        patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()
        current: str | None = path
        for _ in range(_MOST_EXTENDED):
            if current is None:
                break
            folder, config = current.rpartition("/")[0], _parsed(self._read(current))
            options = config.get("compilerOptions")
            options = options if isinstance(options, dict) else {}
            own = options.get("baseUrl")
            own = _joined(folder, own) if isinstance(own, str) else None
            given = options.get("paths")
            if isinstance(given, dict) and not patterns:
                patterns = tuple(_replacements(given, own if own is not None else folder))
            base = own if base is None else base
            extended = config.get("extends")
            extended = extended[0] if isinstance(extended, list) and extended else extended
            if not isinstance(extended, str) or not extended.startswith("."):
                break
            current = _joined(folder, extended if extended.endswith(".json") else f"{extended}.json")
        return _Paths(base, patterns)

    def child(self, module: Module, name: str) -> Module | None:
        """Return the module itself where it is loaded whole: it says nothing else about what it exports."""
        return module if name in _WHOLE else None

    def first(self, importer: str, module: str) -> Module | None:
        """Return the module."""
        return self.find(importer, module, 0)

    def around(self, importer: str) -> Sequence[Module]:  # noqa: ARG002
        """Return nothing: a module sees what it imports."""
        return ()


def _parsed(text: str | None) -> dict[str, Any]:
    """Return a configuration with comments and trailing commas, {} for what is no object."""
    plain = _TRAILING.sub(lambda m: m[1] or "", _COMMENTS.sub(lambda m: m[1] or "", text or ""))
    try:
        found = json.loads(plain)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _replacements(paths: dict[str, Any], base: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the patterns of ``paths``, the most specific first, as TypeScript tries them."""
    for pattern in sorted(paths, key=lambda each: (-len(each.partition("*")[0]), each)):
        targets = paths[pattern]
        if isinstance(targets, list):
            joined = (_joined(base, target) for target in targets if isinstance(target, str))
            yield pattern, tuple(target for target in joined if target is not None)


def _targets(target: object, depth: int) -> Iterator[str]:
    """Yield the files that a conditional export may mean, sources first."""
    if isinstance(target, str):
        yield target
    elif isinstance(target, list) and depth < _MOST_EXTENDED:
        for each in target:
            yield from _targets(each, depth + 1)
    elif isinstance(target, dict) and depth < _MOST_EXTENDED:
        for condition in sorted(target, key=lambda name: _CONDITIONS.index(name) if name in _CONDITIONS else -1):
            yield from _targets(target[condition], depth + 1)


def _joined(folder: str | None, path: str) -> str | None:
    """Return a path relative to the root, None for one outside of it."""
    joined = posixpath.normpath(posixpath.join(folder or "", path.lstrip("/") or "."))
    return None if joined.startswith("..") else "" if joined == "." else joined


def _upwards(folder: str) -> Iterator[str]:
    """Yield a folder and those around it."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""
