"""Text in, vector out: which model, and what must every model keep to?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mcp_server.breaker import Breaker, Unavailable
from mcp_server.config import BUILT_IN_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into vectors whose inner product is their nearness in meaning. Safe to use from several threads."""

    id: str
    """Name, version and digest: vectors of two different ids must never be compared."""

    dimensions: int

    embeds_words: bool
    """Whether hundreds of single words may be embedded for one answer: a table does it in a millisecond."""

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array (texts, dimensions); rows have length 1, or are zero for a text without words."""

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the same for queries, with the model's query prompt where it has one."""

    def close(self) -> None:
        """Release what the model holds; calling it twice does no harm."""


def open_embedder(model: str) -> Embedder:
    """Return the embedder of that name.

    Args:
        model: ``tristore-static`` for the built-in model; else the name of a sentence-transformers model on this
            machine, or its folder as a path that starts with ``/``, ``.`` or ``~``.

    Raises:
        ModelUnavailable: the model, or the package it needs, is not on this machine.
        ConfigError: the built-in model is damaged.
    """
    # Imported here because numpy and the table take 0.1 s, which a server must not spend before it can answer.
    if model == BUILT_IN_MODEL:
        from mcp_server.models.static import StaticEmbedder  # noqa: PLC0415

        return StaticEmbedder()
    from mcp_server.models.sentence import SentenceTransformerEmbedder  # noqa: PLC0415

    return SentenceTransformerEmbedder(model)


def id_prefix(model: str) -> str:
    """Return how the ``id`` of the model of that name begins, without loading it."""
    if model == BUILT_IN_MODEL:
        return f"{model}@"
    is_folder = model.startswith((".", "~")) or Path(model).is_absolute()
    return f"st:{Path(model).expanduser().resolve().name if is_folder else model}#"


class GuardedEmbedder:
    """One question's way to a model in another process: it never fails, and waits no longer than a deadline.

    Where the model does not answer, the vectors are zero, which is near to nothing, ``trouble`` says why, and it is not
    asked for this question again.
    """

    def __init__(self, opened: Callable[[], Embedder], breaker: Breaker, deadline_s: float) -> None:
        """Ask what ``opened`` returns, which may have to be loaded first, through ``breaker``."""
        self._opened = opened
        self._breaker = breaker
        self._deadline_s = deadline_s
        self.id = ""
        self.dimensions = 1
        self.embeds_words = False
        self.trouble = ""

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return what the model makes of documents, however long it takes and whatever it raises."""
        return self._opened().embed_documents(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of queries; zeros, of any length, where the model does not answer."""
        import numpy as np  # noqa: PLC0415 (see above)

        if not self.trouble:
            try:
                return self._breaker.call(lambda: self._opened().embed_queries(texts), self._deadline_s)
            except Unavailable as error:
                self.trouble = str(error)
        return np.zeros((len(texts), self.dimensions), np.float32)

    def close(self) -> None:
        """Do nothing: the model is closed by who opened it."""
