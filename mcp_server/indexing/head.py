"""Has git moved the working tree since we last looked?

HEAD's commit and the stamp of git's index, read from the repository that holds the root; git itself is not run.
Source: gitrepository-layout(5), gitformat-index(5). In a worktree ``.git`` is a file that names the folder, and the
branches lie in the folder that ``commondir`` names. What is read decides only how thoroughly the disk is looked at.
"""

import os
import stat
from pathlib import Path

# HEAD, a loose ref, commondir and the file .git are one short line.
_LINE_BYTES = 4_096


def head(root: Path) -> tuple[str, ...]:
    """Return what changes whenever git checks out, commits, resets or stages; () where there is no git."""
    for folder in (root, *root.parents):
        found = _git_folder(folder / ".git")
        if found is not None:
            return _state(found)
    return ()


def _git_folder(entry: Path) -> Path | None:
    if entry.is_dir():
        return entry
    named = _line(entry).removeprefix("gitdir: ")
    return entry.parent / named if named and (entry.parent / named).is_dir() else None


def _state(git: Path) -> tuple[str, ...]:
    common = git / (_line(git / "commondir") or ".")
    at = _line(git / "HEAD")
    ref = at.removeprefix("ref: ")
    if ref == at:
        commit = at
    else:
        # Per-worktree refs lie beside HEAD, branches in the common folder; a packed branch has no file of its own,
        # and in the reftable format none has.
        packed = (_stamp(common / name) for name in ("packed-refs", "reftable/tables.list"))
        commit = _line(git / ref) or _line(common / ref) or " ".join(packed)
    return at, commit, _stamp(git / "index")


def _line(path: Path) -> str:
    """Return the text of a short regular file, "" where there is none."""
    try:
        # Not blocking, because what is called HEAD may be a pipe.
        at = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return ""
    try:
        return os.fsdecode(os.read(at, _LINE_BYTES)).strip() if stat.S_ISREG(os.fstat(at).st_mode) else ""
    except OSError:
        return ""
    finally:
        os.close(at)


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_ino}:{status.st_size}:{status.st_ctime_ns}"
