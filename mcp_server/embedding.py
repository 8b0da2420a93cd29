"""Text in, vector out: which model, and what must every model keep to?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mcp_server.config import BUILT_IN_MODEL

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        ConfigError: the model, or the package it needs, is not on this machine.
    """
    # Imported here because numpy and scipy take 0.2 s, which a server must not spend before it can answer.
    if model == BUILT_IN_MODEL:
        from mcp_server.models.static import StaticEmbedder  # noqa: PLC0415

        return StaticEmbedder()
    from mcp_server.models.sentence import SentenceTransformerEmbedder  # noqa: PLC0415

    return SentenceTransformerEmbedder(model)
