"""How does a process give memory back to the system: one that rests, and one that has done a part of its work?"""

import ctypes
import gc
import sys

# From <malloc.h>.
_MMAP_THRESHOLD = -3
# Blocks that C's allocator takes from the system one by one, and gives back as soon as they are freed.
_LARGE_BYTES = 1 << 20


def return_large_blocks() -> None:
    """Let every large block go back to the system when it is freed; to be called when a process starts.

    Left alone, the GNU C library raises the size that counts as large with each such block, up to 32 MB (mallopt(3)),
    and keeps what is smaller: the arrays of a commit or a search then leave holes as large as they were
    (benchmarks/memory.py).
    """
    try:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
    except (OSError, AttributeError):
        return  # only the GNU C library has it


def give_back() -> None:
    """Free what nothing refers to, and return free pages to the system.

    Python's and C's allocators keep what is freed for later; without this a server that once answered stays as large
    as it was then. pyarrow's pool is asked only if pyarrow is loaded.
    """
    gc.collect()
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None:
        pyarrow.default_memory_pool().release_unused()
    trim()


def trim() -> None:
    """Return the pages that C's allocator keeps for later to the system; costs milliseconds."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return  # only the GNU C library has it
    trim(0)
