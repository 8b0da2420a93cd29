"""What can go wrong with an index?

StoreError          base; carries ``hint``, the next step in words
  IndexMissing      nothing is indexed here yet
  IndexOutdated     written by another schema, extractor or model version
  IndexBusy         another process holds the writer lock
  IndexCorrupt      a store contradicts what was published
    IndexEmpty      the relations hold no tables
  SnapshotGone      the generation was swept while it was being read
"""

from collections.abc import Iterator
from contextlib import contextmanager


class StoreError(Exception):
    """Something is wrong with an index; ``hint`` says what to do next."""

    hint = "run `tristore doctor`"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint

    def __reduce__(self) -> tuple[type["StoreError"], tuple[str, str]]:
        return type(self), (str(self), self.hint)


class IndexMissing(StoreError):
    """Nothing is indexed here yet."""

    hint = "run `tristore index`"


class IndexOutdated(StoreError):
    """The index was written by another schema, extractor or model version."""

    hint = "run `tristore index`: it rebuilds what is outdated"


BUSY = "another process is writing this index"


class IndexBusy(StoreError):
    """Another process is writing this index."""

    hint = "try again when the other process has finished; reading works meanwhile"


class IndexCorrupt(StoreError):
    """A store contradicts what was published."""

    hint = "run `tristore index`: it repairs or rebuilds the index"


class IndexEmpty(IndexCorrupt):
    """The relations hold no tables: they were emptied, or their making was cut short."""


class SnapshotGone(StoreError):
    """The generation being read was swept away."""

    hint = "try again"


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn whatever the library below raises, its panics included, into ``IndexCorrupt``: "``what`` failed"."""
    try:
        yield
    except (StoreError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic is no Exception
        raise IndexCorrupt(f"{what} failed: {error}") from error
