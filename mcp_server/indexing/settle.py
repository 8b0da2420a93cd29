"""How is LanceDB brought up to date without the memory of what came before it?

Its import alone takes over 100 MB. A process that has made an index and has nothing else to do therefore lets another
program take its place: this one, which does nothing but settle (``docs/commit-protocol.md``).
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from mcp_server.config import Settings, child_environment, load, process_environment
from stores.errors import IndexBusy, StoreError
from stores.index import Index
from stores.opening import VECTORS, derived_folders

# Takes a program, its arguments and its environment, and does not come back: ``os.execve``.
Become = Callable[[str, list[str], dict[str, str]], None]


def lags(index: Index) -> bool:
    """Say whether LanceDB is behind the published generation, or gone."""
    with index.snapshot() as snapshot:
        return snapshot.vectors_lag > 0 or all(path.stem != VECTORS for path in derived_folders(index.folder))


def take_place(settings: Settings, become: Become) -> None:
    """Let the process be replaced by the one that settles the index of ``settings``."""
    # -P: the working directory may hold a folder called mcp_server, and its code is not ours to run.
    command = [sys.executable, "-P", "-m", __name__, str(settings.root)]
    become(sys.executable, command, child_environment(settings))


def main(root: Path) -> int:
    """Settle the index of ``root`` and return the exit code, 3 when a store failed."""
    settings = load(root, process_environment())
    index = Index(settings.index_folder, os.fsencode(settings.root))
    try:
        with index.snapshot() as snapshot:
            identity = snapshot.identity
        with index.writer(identity) as writer:
            writer.settle()
    except IndexBusy:
        return 0  # who writes now settles, too
    except StoreError as error:
        sys.stderr.write(f"tristore: {error}. {error.hint[0].upper()}{error.hint[1:]}.\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
