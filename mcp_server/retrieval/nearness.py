"""How near in meaning is the name of a file to a question?

Late interaction (Khattab and Zaharia, ColBERT, SIGIR 2020) over the few words of a path: each word of the question
takes its nearest word of the name, and counts by how much it says. "reply" finds ``response.rb``. The built-in table
gives a vector to 300 words in .6 ms; models that need a millisecond for each are not asked.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np

from mcp_server.embedding import Embedder


def nearness(
    embedder: Embedder | None, rarity: Mapping[str, float], names: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Return for each path, 0 to 1, how near the words of its name are to the question's; nothing without a table.

    Args:
        embedder: the model of the index.
        rarity: how much each word of the question says.
        names: the words of each path's file name and folder.
    """
    asked = sorted(word for word, weight in rarity.items() if weight > 0)
    known = sorted({word for words in names.values() for word in words})
    if embedder is None or not embedder.embeds_words or not asked or not known:
        return {}
    weights = np.array([rarity[word] for word in asked], np.float32)
    vectors = embedder.embed_documents([*asked, *known])
    likeness = np.clip(vectors[: len(asked)] @ vectors[len(asked) :].T, 0.0, 1.0)
    column = {word: at for at, word in enumerate(known)}
    paths = [path for path, words in names.items() if words]
    columns = [[column[word] for word in names[path]] for path in paths]
    # One pass over the words of all paths; reduceat takes the best of each path's stretch.
    starts = np.cumsum([0, *map(len, columns[:-1])])
    best = np.maximum.reduceat(likeness[:, list(chain.from_iterable(columns))], starts, axis=1)
    return dict(zip(paths, (weights @ best / weights.sum()).tolist(), strict=True))
