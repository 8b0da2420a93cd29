"""Of which program, with which settings, is an index made?

Nothing is migrated: an index made by another program is made anew. That program is known by its text and by the
versions of its grammars, so that no release can forget to say that it finds other facts.
"""

import json
from collections.abc import Iterable
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import stores
from mcp_server.config import Settings
from mcp_server.embedding import Embedder
from mcp_server.languages import GRAMMARS
from stores.index import Identity

_OURS = Path(__file__).parents[1]
_STORES = Path(stores.__file__).parent
# All that turns a file's bytes into facts and chunks, but for the libraries.
_EXTRACTORS = ("indexing/*.py", "languages/*", "confinement.py", "tokens.py", "models/tokens.txt")
_FACTS = ("facts.py", "packing.py")
# What turns facts into the rest of an index.
_LINKERS = ("indexing/calibration.json",)


def extractor_files() -> list[Path]:
    """Return the files of this program that facts and chunks depend on."""
    return _files(_EXTRACTORS, _FACTS)


def _files(ours: Iterable[str], theirs: Iterable[str]) -> list[Path]:
    found = [*(p for name in ours for p in _OURS.glob(name)), *(p for name in theirs for p in _STORES.glob(name))]
    return sorted(path for path in found if path.is_file())


def _digest(paths: Iterable[Path]) -> str:
    digest = blake2b(digest_size=16)
    for path in paths:
        digest.update(blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


# Taken when the program starts: what its files say later is not what runs here.
_EXTRACTOR = _digest(extractor_files())
_PROGRAM = _digest(_files((*_EXTRACTORS, *_LINKERS), ("*.py",)))


def facts(settings: Settings) -> str:
    """Return what the facts and chunks of a file depend on besides the file."""
    options = settings.index
    parts = {
        "extractor": _EXTRACTOR,
        "grammars": {name: version(name) for name in GRAMMARS},
        "chunk_tokens": options.chunk_tokens,
        "max_file_bytes": options.max_file_bytes,
        "max_line_bytes": options.max_line_bytes,
        "max_file_chunks": options.max_file_chunks,
        "parse": [options.parse_cpu_seconds, options.parse_memory_bytes],
    }
    return json.dumps(parts, sort_keys=True)


def extractor(settings: Settings) -> str:
    """Return what an index depends on besides the files and the model."""
    return f"{facts(settings)} {_PROGRAM}"


def identity(settings: Settings, embedder: Embedder) -> Identity:
    """Return what an index depends on besides the files; another identity means another index."""
    return Identity(extractor(settings), embedder.id, embedder.dimensions)
