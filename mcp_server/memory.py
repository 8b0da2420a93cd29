"""How does a process give memory back to the system: one that rests, and one that has done a part of its work?"""

import ctypes
import gc
import sys


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
