"""What do names and values of Rust mean beyond their file?

Crates and modules by the files that hold them (https://doc.rust-lang.org/reference/items/modules.html, Cargo's
layout https://doc.rust-lang.org/cargo/guide/project-layout.html): ``a/b.rs`` and ``a/b/mod.rs`` are the module a::b of
the crate whose root is beside. Crates of the same root are known by the names in their ``Cargo.toml``.
"""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from mcp_server.languages.resolution import Module, Resolution, SourceFile

_ROOT_FILES = frozenset({"lib.rs", "main.rs", "build.rs"})
# Folders of a package in which every file is a crate of its own.
_CRATE_FOLDERS = frozenset({"tests", "examples", "benches", "bin"})


class Crates:
    """The crates of one root and their modules; a module is known by its crate's root folder or file and its path."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[str], str | None]) -> None:
        """Take all files of the root and a function that gives the text of one."""
        files = list(files)
        paths = {file.path for file in files}
        self._modules: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._of_file: dict[str, tuple[str, ...]] = {}
        for file in files:
            if file.language == "rust":
                parts = _parts(file.path, paths)
                self._of_file[file.path] = parts
                self._modules[parts].append(file.id)
        self._crates: dict[str, tuple[str, ...]] = {}
        for path in sorted(path for path in paths if path == "Cargo.toml" or path.endswith("/Cargo.toml")):
            self._add(path, read(path) or "")

    def _add(self, path: str, text: str) -> None:
        try:
            manifest = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return
        package, library = manifest.get("package"), manifest.get("lib")
        name = library.get("name") if isinstance(library, dict) else None
        name = name or (package.get("name") if isinstance(package, dict) else None)
        root = (path.removesuffix("Cargo.toml") + "src",)
        if isinstance(name, str) and root in self._modules:
            self._crates.setdefault(name.replace("-", "_"), root)

    def _at(self, parts: tuple[str, ...]) -> Module | None:
        return Module(parts, tuple(self._modules[parts])) if parts in self._modules else None

    def find(self, importer: str, module: str, level: int) -> Module | None:  # noqa: ARG002 - paths say it all
        """Return the module that a path means at the outermost level of the file at ``importer``."""
        own = self._of_file.get(importer)
        if own is None:
            return None
        first, *rest = module.split("::")
        if first == "crate":
            parts = own[:1]
        elif first == "self":
            parts = own
        elif first == "super":
            parts = own[:-1]
        elif (*own, first) in self._modules:
            parts = (*own, first)
        elif first in self._crates:
            parts = self._crates[first]
        else:
            return None
        for name in rest:
            parts = parts[:-1] if name == "super" else (*parts, name)
        return self._at(parts) if parts else None

    def child(self, module: Module, name: str) -> Module | None:
        """Return the module ``name`` inside a module."""
        return self._at((*module.parts, name))

    def first(self, importer: str, module: str) -> Module | None:
        """Return the module that the first name of a path means."""
        return self.find(importer, module.partition("::")[0], 0)

    def around(self, importer: str) -> Sequence[Module]:  # noqa: ARG002
        """Return nothing: Rust sees only what it names."""
        return ()


def _parts(path: str, paths: set[str]) -> tuple[str, ...]:
    """Return what identifies the module in the file at ``path``: its crate and its path in it."""
    *folder, name = path.split("/")
    places = [i for i, part in enumerate(folder) if part == "src"]
    if places and "bin" not in folder[places[-1] + 1 : places[-1] + 2]:
        root = places[-1] + 1
        inside = folder[root:]
    elif name in _ROOT_FILES or (folder and folder[-1] in _CRATE_FOLDERS):
        return (path,)
    else:
        # `tests/common/mod.rs` belongs to the crates beside its folder; which of them, nothing says.
        root = next((i for i in range(len(folder), 0, -1) if _is_root("/".join(folder[:i]), paths)), len(folder))
        inside = folder[root:]
    crate = "/".join(folder[:root])
    if name in _ROOT_FILES and not inside:
        return (crate,)
    return (crate, *inside) if name == "mod.rs" else (crate, *inside, name.removesuffix(".rs"))


def _is_root(folder: str, paths: set[str]) -> bool:
    return any(f"{folder}/{name}" in paths for name in ("lib.rs", "main.rs"))


_ARGUMENT = """Box Rc Arc Option Result Ref RefMut RefCell Cell Mutex RwLock MutexGuard RwLockReadGuard RwLockWriteGuard
Cow Pin Weak OnceCell OnceLock LazyLock Lazy NonNull ManuallyDrop Reverse Wrapping Poll"""
_ELEMENTS = "Vec VecDeque LinkedList HashSet BTreeSet BinaryHeap Iter IterMut IntoIter Array Iterator IntoIterator"
_VALUE = "get get_mut first last pop next unwrap peek nth remove pop_front pop_back entry or_insert or_default min max"
_SAME = "iter iter_mut into_iter values values_mut into_values drain clone to_vec rev skip take filter collect"

RESOLUTION = Resolution(
    imports=Crates,
    config_names=frozenset({"cargo.toml"}),
    separate_members=True,
    types={
        **dict.fromkeys(_ARGUMENT.split(), "argument"),
        **dict.fromkeys(_ELEMENTS.split(), "elements"),
        "HashMap": "values",
        "BTreeMap": "values",
        "IndexMap": "values",
    },
    functions={"Some": "argument", "Ok": "argument", "new": "argument"},
    members={**dict.fromkeys(_SAME.split(), "collection"), **dict.fromkeys(_VALUE.split(), "value")},
)
