"""Is a file still the one that was read?

Its stamp says so: the time of its last change. A file system's clock ticks, and two writes of one tick have one stamp;
so a file that changed within the last tick is read only when the tick is over, and a write that comes later shows
(git's "racy" problem, Documentation/technical/racy-git; git compares such files byte by byte instead).
"""

import os
import threading
import time

# Linux stamps with the time of the last timer interrupt, 1 to 10 ms ago (CONFIG_HZ 1000 to 100).
TICK_NS = 20_000_000
# FAT keeps every other second, HFS+ and old ext3 whole ones: their stamps have no fraction.
COARSE_TICK_NS = 2_000_000_000
_MOST_TICKS = 5
_SECOND_NS = 1_000_000_000


def changed_ns(status: os.stat_result) -> int:
    """Return when a file or folder last changed, in nanoseconds since the epoch: its ctime.

    Whatever sets the mtime back (``cp -p``, ``tar``, ``touch -r``) sets the ctime to now, as a write does.
    """
    return status.st_ctime_ns


def settled(handle: int) -> os.stat_result:
    """Return the status of an open file or folder, with a time that the next change to it will not leave as it is.

    Waits for the end of the tick in which it last changed: nearly always none of the time, at most a tick; a few for
    what changes all the time, which is then taken as it is.
    """
    status = os.fstat(handle)
    for _ in range(_MOST_TICKS):
        if not _wait_out(changed_ns(status)):
            break
        earlier, status = status, os.fstat(handle)
        if changed_ns(status) == changed_ns(earlier):
            break
    return status


def _wait_out(changed: int) -> bool:
    tick = TICK_NS if changed % _SECOND_NS else COARSE_TICK_NS
    left = changed + tick - time.time_ns()
    # More than a tick is left when a clock was set back: nothing that is written now gets that time.
    if not 0 < left <= tick:
        return False
    threading.Event().wait(left / _SECOND_NS)
    return True
