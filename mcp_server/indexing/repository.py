"""Which of git's ignore rules for a root lie outside of it, or in its git folder?

Git asks, after the ``.gitignore`` files below the root: those of the folders above up to the top of the repository,
``info/exclude`` of the git folder, and the user's own excludes file (``core.excludesFile``). These are the only files
outside a root that are opened, all read-only, of bounded size, and for nothing but their patterns.

Where the user's excludes file lies is asked of git, outside of any repository, so that no configuration or code that
came with a repository has a say; ``core.excludesFile`` in a repository's own configuration is therefore not obeyed.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mcp_server import confinement
from mcp_server.config import process_environment
from mcp_server.indexing.ignore import MAX_IGNORE_BYTES, Rules, compile_rules
from mcp_server.stamp import changed_ns

GIT_IGNORE = ".gitignore"
# Paths have at most 4,096 bytes on Linux.
_MAX_POINTER_BYTES = 8_192
_POINTER = re.compile(rb"gitdir: ([^\n]+)\n*")
# Folders between a root and the top of its repository.
_MAX_ABOVE = 50
_GIT_SECONDS = 5
# What says where git's configuration is; with the same values the answer is not asked for again.
_VARIABLES = ("HOME", "PATH", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")


@dataclass(frozen=True, slots=True)
class Outer:
    """Rules from outside the root's tree, innermost first.

    ``above`` are those for the repository that the root lies in, ``user`` the user's own for every repository.
    ``files`` maps the files they are from, as paths relative to the root, to their ``changed_ns``, -1 where none is.
    """

    above: tuple[Rules, ...]
    user: tuple[Rules, ...]
    files: dict[str, int]


def outer_rules(root: Path) -> Outer:
    """Return the rules for ``root`` that lie outside of it; what lies below its own ``.git`` is the walk's to read."""
    files: dict[str, int] = {}
    above: list[Rules] = []
    top = _top(root)
    if top is not None:
        for folder in root.parents[: len(root.parts) - len(top.parts)]:
            above += _rules(folder / GIT_IGNORE, root, folder, files)
        git = _git_folder(top)
        if git.parent != root:
            above += _rules(git / "info/exclude", root, top, files)
    excludes = user_excludes(process_environment())
    user = _rules(excludes, root, root, files, follow=True) if excludes else []
    return Outer(tuple(above + user) if top else (), tuple(user), files)


def _top(root: Path) -> Path | None:
    """Return the top folder of the repository that ``root`` lies in."""
    for folder in (root, *root.parents[:_MAX_ABOVE]):
        if os.path.lexists(folder / ".git"):
            return folder
    return None


def _git_folder(top: Path) -> Path:
    """Return the git folder that the work trees of a repository share."""
    folder = top / ".git"
    if pointer := _POINTER.fullmatch(_read(folder, _MAX_POINTER_BYTES)[1]):
        folder = top / os.fsdecode(pointer[1])
        common = _read(folder / "commondir", _MAX_POINTER_BYTES)[1].rstrip(b"\n")
        folder = folder / os.fsdecode(common) if common else folder
    return folder


def user_excludes(environ: Mapping[str, str]) -> Path | None:
    """Return the user's own excludes file, which need not be there; None when there can be none."""
    return _user_excludes(tuple((name, environ[name]) for name in _VARIABLES if name in environ))


@lru_cache(maxsize=8)
def _user_excludes(variables: tuple[tuple[str, str], ...]) -> Path | None:
    environ = dict(variables)
    command = ["config", "--includes", "--type=path", "--get", "core.excludesFile"]
    # No repository: not the one at hand, and none that a variable names.
    isolated = {**environ, "GIT_CEILING_DIRECTORIES": "/", "GIT_DIR": os.devnull}
    git = shutil.which("git", path=environ.get("PATH"))
    configured = b""
    if git is not None and Path(git).is_absolute():
        try:
            asked = subprocess.run(  # noqa: S603 (git, with fixed arguments)
                [git, *command], cwd="/", env=isolated, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=_GIT_SECONDS, check=False,
            )  # fmt: skip
            configured = asked.stdout.rstrip(b"\n") if asked.returncode == 0 else b""
        except (OSError, subprocess.SubprocessError):
            configured = b""
    if configured:
        return Path("/") / os.fsdecode(configured)
    home, folder = environ.get("HOME"), environ.get("XDG_CONFIG_HOME")
    if folder or home:
        return Path("/", folder or f"{home}/.config", "git/ignore")
    return None


def _rules(path: Path, root: Path, folder: Path, files: dict[str, int], *, follow: bool = False) -> list[Rules]:
    """Return the rules of the file at ``path``, which rules ``folder``, the root or a folder above it."""
    # Named by what a link leads to: that is what changes.
    path = path.resolve() if follow else path
    changed, content = _read(path, MAX_IGNORE_BYTES, follow=follow)
    files[os.path.relpath(path, root)] = changed
    below = os.fsencode(root.relative_to(folder).as_posix()) + b"/" if folder != root else b""
    rules = compile_rules(content, b"", above=below)
    return [rules] if rules else []


def _read(path: Path, limit: int, *, follow: bool = False) -> tuple[int, bytes]:
    """Return a regular file's ``changed_ns`` and bytes; (-1, b"") when there is none to be read."""
    try:
        at = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
        try:
            status, content = confinement.read_descriptor(at, os.fspath(path), limit)
        finally:
            os.close(at)
    except (OSError, ValueError):  # ValueError: a NUL in a path that a file told
        return -1, b""
    return changed_ns(status), content
