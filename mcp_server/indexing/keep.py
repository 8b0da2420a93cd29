"""Who looks after an index while nobody asks?

One thread of each serving process. Where its process leads, it watches the root and brings the index up to date after
each burst of changes; elsewhere it stands ready to lead. When nobody has asked for a while it gives memory back.
"""

import logging
import math
import threading
import time
from collections.abc import Callable

from mcp_server.config import ServerOptions, Settings
from mcp_server.errors import ConfigError
from mcp_server.indexing.lead import Leadership
from mcp_server.indexing.refresh import Refresher
from mcp_server.indexing.watch import Watch
from stores.errors import StoreError

# A dead leader is succeeded this soon, and the half second is shared by all who try.
TRY_S = 0.5
# After a look that events started, as much again is left to others three times, but no edit waits longer than this.
_PAUSES, _LONGEST_PAUSE_S = 3, 0.5
# A watcher that could not be started is tried again after this: limits are raised, and other programs end.
_WATCH_AGAIN_S = 60.0
# So long after the last change LanceDB follows, in a process that takes seconds of a core: once for a burst of edits.
_SETTLE_AFTER_S = 60.0
_LOG = logging.getLogger("tristore")


class Keeper:
    """Keeps the index of one root for as long as a process serves it."""

    def __init__(
        self, leadership: Leadership, settings: Settings, refresher: Refresher, rest: Callable[[], None]
    ) -> None:
        """Name who keeps what; ``rest`` gives memory back."""
        self._leadership = leadership
        self._root = settings.root
        self._options: ServerOptions = settings.server
        self._refresher = refresher
        self._rest = rest
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tristore-keeper", daemon=True)
        self._watch: Watch | None = None
        self._untold = True
        self._settle_at = math.inf
        self._earliest = self._watch_again = 0.0
        self._asked = time.monotonic()
        self._resting = False

    def start(self) -> None:
        """Begin, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End soon; another process may lead then. Does not wait, for a host that ends a server does not either."""
        self._stop.set()

    def asked(self) -> None:
        """Note that somebody asked just now."""
        self._asked = time.monotonic()
        self._resting = False

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._tried_round()
                if not self._resting and time.monotonic() - self._asked > self._options.idle_after_s:
                    self._resting = True
                    self._rest()
        finally:
            self._close_watch()
            self._leadership.leave()

    def _tried_round(self) -> None:
        try:
            self._round()
        except (StoreError, ConfigError, OSError) as error:
            # Whoever asks is told in the answer; this thread only tries again.
            _LOG.debug("keeping the index failed: %s", error)
            self._untold = True
            self._stop.wait(TRY_S)

    def _round(self) -> None:
        """Do what there is to do, then wait for more, half a second at most."""
        if not self._leadership.take():
            self._close_watch()
            self._untold = True
            self._stop.wait(TRY_S)
            return
        # Who asks is spared a look by these (disk.py); where nobody asks, nobody needs them.
        due = not self._resting and self._refresher.look_due()
        if (self._untold or due) and time.monotonic() >= self._earliest:
            self._bring_up_to_date(told=self._untold)
        if time.monotonic() >= self._settle_at:
            self._settle_at = math.inf
            self._refresher.settle()
        if self._watch is not None:
            self._untold |= self._wait_for_events(self._watch)
        else:
            self._stop.wait(TRY_S)
            self._untold |= time.monotonic() >= self._watch_again

    def _wait_for_events(self, watch: Watch) -> bool:
        try:
            return watch.wait()
        except OSError as error:
            self._not_watching(error)
            return True

    def _bring_up_to_date(self, *, told: bool) -> None:
        began = time.monotonic()
        # Not done while a background run is under way: the next round looks again.
        self._untold = not self._refresher.update()
        now = time.monotonic()
        settle_at = now + _SETTLE_AFTER_S
        self._settle_at = settle_at if told else min(self._settle_at, settle_at)
        if self._resting:
            # What the look needed is given back, too, when it is quiet again.
            self.asked()
        self._earliest = now + min(_LONGEST_PAUSE_S, (now - began) * _PAUSES)
        self._follow_folders()

    def _follow_folders(self) -> None:
        """Watch the folders that there are now. What happens until they are watched is looked for once more."""
        walk = self._refresher.walked()
        if walk is None or (self._watch is not None and self._watch.covers(walk)):
            return
        if self._watch is None and time.monotonic() < self._watch_again:
            return
        self._close_watch()
        try:
            self._watch = Watch(self._root, walk, self._stop)
        except OSError as error:
            self._not_watching(error)
            return
        self._untold = True
        self._leadership.watching(f"on, {len(self._watch.folders):,} folders", running=True)

    def _not_watching(self, why: OSError) -> None:
        self._close_watch()
        self._watch_again = time.monotonic() + _WATCH_AGAIN_S
        self._leadership.watching(f"off ({why}); changes are noticed at the next call", running=False)

    def _close_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
