"""What does git remember about the files of a root?

Two questions are asked of a ``git`` program, if there is one: which blobs a revision has, and which files were changed
together. Both read objects only. Nothing that a hostile configuration names is run: no hook, filter, pager, signature
check or transport takes part in them.
"""

import hashlib
import os
import re
import subprocess
from collections import Counter
from pathlib import Path

from mcp_server.config import process_environment
from mcp_server.errors import BadQuery

# A revision by name, tag, hash, date or ancestry; what begins with a dash would be an option.
_REVISION = re.compile(r"[\w@][\w@./{}^~:+ -]{0,200}")
# Commits that are looked at for files that change together, and files of a commit that says something: a larger one is
# a rename or a reformatting.
_COMMITS = 200
_MOST_FILES = 30
# A file that changed with another this often was not there by chance.
_FEWEST_TIMES = 2
_DEADLINE_S = 10.0
_HINT_DEADLINE_S = 1.0


def blobs(root: Path, revision: str) -> dict[str, str]:
    """Return the object id of every file below ``root`` at ``revision``, by path relative to the root.

    Raises:
        BadQuery: git does not know the revision, or there is no git.
    """
    hint = "give a branch, tag or commit of this repository, e.g. main or HEAD~3"
    if not _REVISION.fullmatch(revision):
        raise BadQuery(f"{revision[:80]!r} is no git revision", hint)
    output = _git(root, _DEADLINE_S, "ls-tree", "-r", "-z", "--end-of-options", revision)
    if output is None:
        raise BadQuery(f"git does not know {revision!r} here", hint)
    found = {}
    for entry in output.split(b"\0"):
        meta, tab, path = entry.partition(b"\t")
        if tab:
            found[os.fsdecode(path)] = meta.split()[2].decode("ascii")
    return found


def blob_id(data: bytes, like: str) -> str:
    """Return git's object id of a file's bytes, by the hash that the id ``like`` was made with."""
    digest = hashlib.sha256() if len(like) > 40 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


def changed_with(root: Path, path: str, most: int) -> list[tuple[str, int]]:
    """Return (path, times) of the files that changed in commits together with ``path``, oftenest first."""
    output = _git(
        root,
        _HINT_DEADLINE_S,
        *("-c", "log.showSignature=false", "log", f"--max-count={_COMMITS}", "--format=%x00", "--name-only"),
        *("--no-renames", "--relative", "-z", "--full-diff", "--", path),
    )
    counts: Counter[str] = Counter()
    for commit in (output or b"").split(b"\0\0"):
        files = {os.fsdecode(name.strip(b"\n")) for name in commit.split(b"\0")} - {""}
        if len(files) <= _MOST_FILES:
            counts.update(files - {path})
    often = [(name, times) for name, times in counts.items() if times >= _FEWEST_TIMES]
    return sorted(often, key=lambda each: (-each[1], each[0]))[:most]


def _git(root: Path, deadline_s: float, *arguments: str) -> bytes | None:
    """Return what git prints, None if it fails, is not there or takes too long."""
    command = ["git", "-C", str(root), "--no-pager", "--literal-pathspecs", *arguments]
    # No object is fetched from elsewhere, no lock taken, no question asked.
    closed = {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
    try:
        done = subprocess.run(  # noqa: S603 (fixed words and a checked revision)
            command, capture_output=True, check=False, timeout=deadline_s, stdin=subprocess.DEVNULL,
            env={**_environment(), **closed},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _environment() -> dict[str, str]:
    """Return the little that git needs: a host's GIT_DIR would answer for another repository."""
    return {name: value for name, value in process_environment().items() if not name.startswith("GIT_")}
