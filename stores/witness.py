"""Have the relations lost a generation that was published?

SQLite takes its write-ahead log up to the first damaged page and silently forgets what comes after. So the number of
the last published generation is also noted in a file of its own, after publishing: it is never ahead of relations that
are sound. It is not flushed, since to be behind, after a loss of power, does no harm.
"""

import os
import zlib
from contextlib import suppress
from pathlib import Path

from stores.errors import IndexCorrupt
from stores.relations import State

_FILE = "published"
_NUMBER_BYTES = 8


def note_published(folder: Path, generation: int) -> None:
    """Note that ``generation`` was published; on a full disk it stays at an earlier one."""
    number = generation.to_bytes(_NUMBER_BYTES, "little")
    with suppress(OSError):
        descriptor = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, number + zlib.crc32(number).to_bytes(4, "little"), 0)
        finally:
            os.close(descriptor)


def noted_generation(folder: Path) -> int:
    """Return the generation noted last, 0 when there is none or the file is damaged."""
    try:
        data = (folder / _FILE).read_bytes()
    except OSError:
        return 0
    number, crc = data[:_NUMBER_BYTES], data[_NUMBER_BYTES:]
    sound = crc == zlib.crc32(number).to_bytes(4, "little")
    return int.from_bytes(number, "little") if sound else 0


def check_generation(noted: int, state: State | None) -> None:
    """Compare the relations with what was noted before they were read.

    Raises:
        IndexCorrupt: They hold an earlier generation.
    """
    if state is not None and state.generation < noted:
        raise IndexCorrupt(f"the relations are damaged: they hold generation {state.generation} of {noted}")


def forget_published(folder: Path) -> None:
    """Note that nothing is published any more."""
    (folder / _FILE).unlink(missing_ok=True)
