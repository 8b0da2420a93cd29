"""What may the one who writes do to an index?"""

import json
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from stores.commit import ANN_ROWS, Batch, Stores
from stores.facts import Skip
from stores.lookups import FileRow, Lookups
from stores.relations import Relations, State, row_crc

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Reports of past runs that are kept.
_RUNS_KEPT = 100


class Writer:
    """The one who writes; ``healed`` says what had to be put right when the index was opened."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @property
    def healed(self) -> list[str]:
        """What was rebuilt, dropped or started over, and why."""
        return self._stores.healed

    @property
    def generation(self) -> int:
        """The generation that was published last; 0 for a new index."""
        return self._stores.state().generation

    @property
    def state(self) -> State:
        """The published state."""
        return self._stores.state()

    def known_files(self) -> dict[str, FileRow]:
        """Return the indexed files by path."""
        return {file.path: file for file in Lookups(self._stores.relations).files()}

    def known_skips(self) -> dict[str, Skip]:
        """Return what was not indexed by path."""
        return {skip.path: skip for skip in Lookups(self._stores.relations).skips()}

    def cached_vectors(self, hashes: Iterable[bytes]) -> "dict[bytes, NDArray[np.float32]]":
        """Return the vectors known for these embed hashes."""
        return self._stores.cached_vectors(hashes)

    def apply(self, batch: Batch, link: Callable[[Relations], None] | None = None) -> int:
        """Publish ``batch`` as the next generation and return its number.

        ``link`` runs on the relations after the batch's facts are written and before anyone sees them.

        Raises:
            ValueError: A path is changed twice, or a vector is missing, not finite or of another length.
            StoreError: A store failed, and nothing was published; another ``apply`` may be tried.
        """
        return self._stores.write(batch, link)

    def settle(self, ann_rows: int = ANN_ROWS) -> bool:
        """Bring the LanceDB table to the published generation; return whether there was anything to do.

        The first call in a process takes seconds: it imports LanceDB. ``ann_rows`` is the number of rows from which
        an approximate index is made, and kept if it finds nearly all that an exact search finds.

        Raises:
            StoreError: The table cannot be written; everything else goes on without it.
        """
        return self._stores.settle(ann_rows)

    INSERT_RUN = "INSERT INTO runs (started, report, crc) VALUES (?, ?, ?)"
    DELETE_RUNS = "DELETE FROM runs WHERE id <= (SELECT max(id) FROM runs) - ?"

    def finish(self, report: dict[str, Any]) -> None:
        """Record a run and tidy up: ``report`` is JSON-serialisable, its "started" is in seconds since the epoch."""
        relations = self._stores.relations
        with relations.atomic():
            row = float(report.get("started", time.time())), json.dumps(report)
            relations.execute(self.INSERT_RUN, *row, row_crc(row))
            relations.execute(self.DELETE_RUNS, _RUNS_KEPT)
        self._stores.tidy()
