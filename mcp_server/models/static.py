"""What does the built-in model make of a text?

Every identifier part of the vocabulary has a vector (int8 row x one scale); a text is the sum over its *distinct*
parts, scaled to length 1.
"""

import json
import mmap
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mcp_server.errors import ConfigError
from stores.words import parts, runs

MODEL_FOLDER = Path(__file__).parent
CARD = "MODEL.json"
TABLE = "table.int8.safetensors"
VOCABULARY = "vocab.txt"

# Of a safetensors file.
_HEADER_LENGTH = 8

# Raised when the way from text to row numbers changes: vectors of other rules are not comparable.
RULES_VERSION = 1

# As in training: later pieces of a longer text are not looked at (a chunk has about 100 distinct ones).
_MAX_PIECES = 512
# Longer parts are hashes and encoded data; as the tokenizer the model was trained with, give them no vector.
_MAX_PART_CHARS = 40
# 1,024 chunks touch about 8,000 rows (8 MB as float32) and give 1 MB of vectors: larger blocks are not faster.
_BLOCK_TEXTS = 1_024
# 8,192 parts are a megabyte and hold nine in ten of Django 5.2; eight times as many saved no time.
_PART_CACHE = 1 << 13

Floats = NDArray[np.float32]


class StaticEmbedder:
    """The built-in model. Safe to use from several threads at once: after loading, nothing but caches changes."""

    embeds_words = True

    def __init__(self, folder: Path = MODEL_FOLDER) -> None:
        """Load and check the data files.

        Raises:
            ConfigError: a file is missing or is not the one that ``MODEL.json`` names.
        """
        card = read_card(folder)
        table = _checked(folder, TABLE, card)
        names = bytes(_checked(folder, VOCABULARY, card)).decode("ascii").split()
        self._rows: NDArray[np.int8] = _tensor(table, "q", np.int8)
        self._scales: Floats = _tensor(table, "scale", np.float16).astype(np.float32)
        if len(names) != len(self._rows):
            raise ConfigError(f"{folder} holds {len(names)} words but {len(self._rows)} vectors; reinstall tristore")
        self._pieces = _piece_finder({name: row for row, name in enumerate(names)})
        self.dimensions = int(self._rows.shape[1])
        self.id = card_id(card)

    def embed_documents(self, texts: Sequence[str]) -> Floats:
        """Return one vector per text; of length 1, or zero where the text has no known word."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), _BLOCK_TEXTS):
            block = texts[start : start + _BLOCK_TEXTS]
            vectors[start : start + len(block)] = self._embed([self._ids(text) for text in block])
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> Floats:
        """Return the same as ``embed_documents``: the model has one table for both sides."""
        return self.embed_documents(texts)

    def close(self) -> None:
        """Do nothing: the memory goes with the object."""

    def _ids(self, text: str) -> list[int]:
        distinct = dict.fromkeys(chain.from_iterable(map(parts, dict.fromkeys(runs(text)))))
        return list(chain.from_iterable(map(self._pieces, distinct)))[:_MAX_PIECES]

    def _embed(self, ids: Sequence[Sequence[int]]) -> Floats:
        flat = np.fromiter(chain.from_iterable(ids), np.int32)
        # Only the rows in use become float32; the whole table would stay resident at four times its size.
        used, positions = np.unique(flat, return_inverse=True)
        rows = self._rows[used] * self._scales[used]
        sums = np.zeros((len(ids), self.dimensions), np.float32)
        end = 0
        for vector, row in zip(sums, ids, strict=True):
            start, end = end, end + len(row)
            np.add.reduce(rows[positions[start:end]], axis=0, out=vector)
        return normalized(sums)


def normalized(vectors: Floats) -> Floats:
    """Return ``vectors`` scaled to length 1; zero rows stay zero."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    unit: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def read_card(folder: Path = MODEL_FOLDER) -> dict[str, Any]:
    """Return the model card: name, version, and the digest of every data file."""
    card: dict[str, Any] = json.loads(_read(folder / CARD))
    return card


def card_id(card: dict[str, Any]) -> str:
    """Return the name under which vectors are stored: two models, or two sets of rules, never share one."""
    digests = (card["sha256"][TABLE], card["sha256"][VOCABULARY], str(RULES_VERSION))
    return f"{card['name']}@{card['version']}#{sha256(' '.join(digests).encode()).hexdigest()[:12]}"


def _checked(folder: Path, name: str, card: dict[str, Any]) -> mmap.mmap:
    """Return a data file as it lies on the disk: all processes that use the model share its pages."""
    path = folder / name
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if sha256(data).hexdigest() != card["sha256"].get(name):
        raise ConfigError(f"the model file {path} is damaged (its sha256 differs); reinstall tristore")
    return data


def _tensor(table: mmap.mmap, name: str, kind: type[np.generic]) -> NDArray[Any]:
    """Return one tensor of a safetensors file in place; that format's own library copies it.

    The format: the length of the header in 8 bytes, the header as JSON, the tensors at the offsets that it gives.
    """
    start = _HEADER_LENGTH + int.from_bytes(table[:_HEADER_LENGTH], "little")
    header = json.loads(table[_HEADER_LENGTH:start])[name]
    first, last = header["data_offsets"]
    size = np.dtype(kind).itemsize
    return np.frombuffer(table, kind, (last - first) // size, start + first).reshape(header["shape"])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError | ValueError) -> ConfigError:
    cause = getattr(error, "strerror", None) or error
    return ConfigError(f"the model file {path} cannot be read ({cause}); reinstall tristore")


def _piece_finder(rows: dict[str, int]) -> Callable[[str], tuple[int, ...]]:
    """Return a function from a part to the rows of its pieces: greedy, longest match first (WordPiece)."""

    @lru_cache(maxsize=_PART_CACHE)
    def pieces(part: str) -> tuple[int, ...]:
        if part in rows:
            return (rows[part],)
        if len(part) > _MAX_PART_CHARS:
            return ()
        found: list[int] = []
        start = 0
        while start < len(part):
            prefix = "##" if start else ""
            ends = range(len(part), start, -1)
            end = next((end for end in ends if prefix + part[start:end] in rows), start)
            if end == start:
                return ()
            found.append(rows[prefix + part[start:end]])
            start = end
        return tuple(found)

    return pieces
