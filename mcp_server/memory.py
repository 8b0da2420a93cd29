"""How does a process that rests give memory back to the system?"""

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
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return  # only the GNU C library has it
    trim(0)
