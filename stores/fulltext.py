"""Which chunks hold these words?

A Tantivy index of chunks and the only module that knows Tantivy. Every text is split by ``stores.words`` before
it is stored, so that a term of a query is looked up as it is and any text is a valid query.
"""

import json
import math
import os
import tempfile
import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeAlias

import tantivy

from stores.errors import IndexCorrupt, StoreError, translated
from stores.words import index_text

# The signature and the documentation of a definition are in its text: searched apart, they earned nothing
# (benchmarks/README.md).
FIELDS = ("name", "path", "body")

# The smallest heap that Tantivy accepts; memory must not grow with the repository.
_HEAP_BYTES = 15_000_000

# What a segment consists of, by the end of the file names; a file of deletes may be added.
_SEGMENT_PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
# Read at once while checksums are compared: a merged segment can have hundreds of megabytes.
_READ_BYTES = 1 << 20
_FOOTER_MAGIC = (1337).to_bytes(4, "little")

# Hits with equal scores at the end of a list are fetched until the list is certain, or this many times the limit.
_TIE_GROWTH = 16

# What English puts behind a stem. What they spell is checked by its stem; a walk through all terms takes 20 ms.
_ENDINGS = (
    *("", "s", "es", "e", "ed", "ing", "er", "ers", "or", "ors", "ion", "ions", "ation", "ations", "ator", "ators"),
    *("ate", "ated", "ates", "ating", "able", "ment", "ments", "ize", "izes", "ized", "izer", "izing", "ization"),
    *("y", "ies", "ied", "ity", "al", "ally", "ance", "ence", "ent", "ive", "ly"),
)

# Ten repositories hold 30,000 distinct words; names of files and definitions, which are what is stemmed, fewer.
_STEMS_KEPT = 1 << 15


# Size and time of each file of the committed segments.
Files: TypeAlias = Mapping[Path, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Document:
    """One chunk as it is written, its texts not yet split; ``path`` is printable."""

    id: int
    generation: int
    file_id: int
    kinds: str
    name: str
    path: str
    body: str


class FulltextWriter:
    """The one writer of a text index; changes are seen by readers after ``commit``."""

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        """Open the index in ``folder``, or create it when it is not there and ``create`` is set.

        Raises:
            IndexCorrupt: The folder holds something that cannot be opened, or is not there.
        """
        if not create and not folder.exists():
            raise IndexCorrupt("the text index is gone")
        folder.mkdir(parents=True, exist_ok=True)
        with translated("the text index"):
            self._index = tantivy.Index(_schema(), path=str(folder))
            self._index.config_reader("manual", 0)
            self._writer: tantivy.IndexWriter | None = self._index.writer(_HEAP_BYTES, 1)
            # A killed commit leaves a file of deletes behind, on whose name the same commit would fail when repeated.
            self._writer.garbage_collect_files()

    def add(self, documents: Iterable[Document]) -> None:
        """Add chunks; their ids must not be there yet."""
        writer = self._open_writer()
        with translated("the text index"):
            for source in documents:
                document = tantivy.Document()
                document.add_integer("id", source.id)
                document.add_integer("generation", source.generation)
                document.add_integer("file_id", source.file_id)
                document.add_text("kinds", source.kinds)
                for field in FIELDS:
                    text = getattr(source, field)
                    if text:
                        document.add_text(field, index_text(text))
                writer.add_document(document)

    def delete(self, ids: Iterable[int]) -> None:
        """Delete chunks; an unknown id is nothing to do."""
        writer = self._open_writer()
        with translated("the text index"):
            for chunk_id in ids:
                writer.delete_documents_by_term("id", chunk_id)

    def delete_generation(self, generation: int) -> None:
        """Delete every chunk that was written for one generation."""
        with translated("the text index"):
            self._open_writer().delete_documents_by_term("generation", generation)

    def commit(self) -> None:
        """Make the changes durable, and visible to readers that reload."""
        with translated("the text index"):
            self._open_writer().commit()

    def count(self) -> int:
        """Return how many chunks are committed."""
        with translated("the text index"):
            self._index.reload()
            return int(self._index.searcher().num_docs)

    def ids(self) -> "array[int]":
        """Return the ids of all committed chunks, ascending."""
        with translated("the text index"):
            self._index.reload()
            return FulltextReader(self._index, {}).ids()

    def close(self) -> None:
        """Give the index back; changes that were not committed are lost."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with translated("the text index"):
                writer.wait_merging_threads()

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise StoreError("the text index is closed")
        return self._writer


class FulltextReader:
    """One committed state of a text index; later commits do not change it. Any thread may search."""

    def __init__(self, index: tantivy.Index, files: Files) -> None:
        """Read the state that ``index`` has loaded last, from these ``files``, which are sound."""
        self._index = index
        self._searcher = index.searcher()
        self.files = files

    @classmethod
    def open(cls, folder: Path) -> "FulltextReader":
        """Open what is committed in ``folder`` now.

        Raises:
            IndexCorrupt: There is no index, or it is damaged.
        """
        with translated("the text index"), _lockable(folder) as lockable:
            index = tantivy.Index.open(str(lockable))
            index.config_reader("manual", 0)
            return cls(index, sound_files(folder, {}))

    def reloaded(self, folder: Path) -> "FulltextReader":
        """Return a reader of what is committed in the same ``folder`` now.

        Raises:
            IndexCorrupt: It is damaged.
        """
        if not os.access(folder, os.W_OK):
            return self.open(folder)
        with translated("the text index"):
            self._index.reload()
            return FulltextReader(self._index, sound_files(folder, self.files))

    def _look(self) -> None:
        """Has a file changed? Tantivy maps its files, and to touch a page that a file has lost is fatal."""
        for path, stamp in self.files.items():
            # One that is gone was merged into another; its pages are there as long as they are mapped.
            with suppress(FileNotFoundError):
                if _stamp(path) != stamp and not _is_sound(path):
                    raise IndexCorrupt(f"the text index is damaged: {path.name} has changed")

    def ids(self) -> "array[int]":
        """Return the ids of all chunks, ascending."""
        with translated("the text index"):
            self._look()
            count = self._searcher.num_docs
            if not count:
                return array("q")
            hits = self._searcher.search(tantivy.Query.all_query(), count, count=False).hits
            return array("q", sorted(int(i or 0) for i in self._values([address for _, address in hits])))

    def chunk_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """Return in how many chunks each term stands, in their text or path."""
        with translated("the text index"):
            count = self._searcher.doc_freq
            return {t: max(count("body", t), count("path", t)) if _encodable(t) else 0 for t in terms}

    def forms(self, word: str, most: int) -> list[str]:
        """Return other forms of a lower-case English word that stand in some chunk's text, the commonest first."""
        root = stem(word)
        made = {root + ending for ending in _ENDINGS} - {word}
        counts = self.chunk_counts(form for form in made if stem(form) == root)
        return sorted((form for form, count in counts.items() if count), key=lambda f: (-counts[f], f))[:most]

    def holding(self, terms: Iterable[str], limit: int) -> list[int]:
        """Return the ids of chunks whose text holds all of ``terms``; more than ``limit`` are cut off."""
        with translated("the text index"):
            schema = self._index.schema
            wanted = [tantivy.Query.term_query(schema, "body", t, index_option="freq") for t in sorted(set(terms))]
            every = tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in wanted])
            hits = self._searcher.search(tantivy.Query.const_score_query(every, 1.0), limit, count=False).hits
            return sorted(int(i or 0) for i in self._values([address for _, address in hits]))

    def has_kind(self, kind: str) -> bool:
        """Say whether some chunk is of this kind."""
        with translated("the text index"):
            return _encodable(kind) and self._searcher.doc_freq("kinds", kind) > 0

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the inverse document frequency of each term, as BM25 counts it."""
        counts, size = self.chunk_counts(terms), int(self._searcher.num_docs)
        return {term: math.log(1 + (size - count + 0.5) / (count + 0.5)) for term, count in counts.items()}

    def search(
        self,
        terms: Mapping[str, float],
        boosts: Mapping[str, float],
        limit: int,
        file_ids: Collection[int] | None = None,
        kinds: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        """Return (chunk id, BM25 score) of the best ``limit`` chunks, best first, equal scores by id.

        Args:
            terms: Weight of each term; terms are taken as they are, as ``words.index_terms`` gives them.
            boosts: Weight of each of ``FIELDS`` that is searched.
            limit: Most hits wanted.
            file_ids: Only chunks of these files, or None for all.
            kinds: Only chunks of these kinds, or None for all.

        Raises:
            IndexCorrupt: The index is damaged.
        """
        empty = (file_ids is not None and not file_ids) or (kinds is not None and not kinds)
        if limit <= 0 or empty:
            return []
        with translated("the text index"):
            self._look()
            query = self._query(terms, boosts, file_ids, kinds)
            return [] if query is None else self._best(query, limit)

    def _query(
        self,
        terms: Mapping[str, float],
        boosts: Mapping[str, float],
        file_ids: Collection[int] | None,
        kinds: Collection[str] | None,
    ) -> tantivy.Query | None:
        schema = self._index.schema
        wanted = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(schema, field, term, index_option="freq"), weight * boost
                ),
            )
            for term, weight in sorted(terms.items())
            for field, boost in boosts.items()
            if weight * boost > 0 and _encodable(term)
        ]
        if not wanted:
            return None
        query = tantivy.Query.boolean_query(wanted)
        filters: list[tantivy.Query] = []
        if file_ids is not None:
            filters.append(tantivy.Query.term_set_query(schema, "file_id", sorted(file_ids)))
        if kinds is not None:
            filters.append(tantivy.Query.term_set_query(schema, "kinds", sorted(filter(_encodable, kinds))))
        if not filters:
            return query
        # A filter decides and does not score.
        silent = [(tantivy.Occur.Must, tantivy.Query.const_score_query(f, 0.0)) for f in filters]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *silent])

    def _best(self, query: tantivy.Query, limit: int) -> list[tuple[int, float]]:
        fetch = limit + 1
        while True:
            hits = self._searcher.search(query, fetch, count=False).hits
            certain = len(hits) < fetch or hits[-1][0] < hits[limit - 1][0]
            if certain or fetch >= limit * _TIE_GROWTH:
                break
            fetch *= 2
        ids = self._values([address for _, address in hits])
        found = [(int(i or 0), float(score)) for i, (score, _) in zip(ids, hits, strict=True)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def _values(self, addresses: list[tantivy.DocAddress]) -> list[int | float | bool | None]:
        return self._searcher.fast_field_values("id", addresses)


@lru_cache(maxsize=_STEMS_KEPT)
def stem(word: str) -> str:
    """Return the stem of a lower-case English word (Porter's second algorithm): "validated" gives "valid"."""
    found = _stemmer().analyze(word)
    return found[0] if found else word


@cache
def _stemmer() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.stemmer("english")).build()


@contextmanager
def _lockable(folder: Path) -> Iterator[Path]:
    """Give the folder, or one with links to its files where nothing can be written: Tantivy locks what it opens."""
    if os.access(folder, os.W_OK):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="tristore-") as scratch:
        for path in folder.iterdir():
            if not path.name.endswith(".lock"):
                (Path(scratch) / path.name).symlink_to(path.absolute())
        yield Path(scratch)


def sound_files(folder: Path, known: Files) -> dict[Path, tuple[int, int]]:
    """Return size and time of the files of the committed segments, if all are sound.

    Tantivy ends each file with a checksum that it does not look at when it opens the file. Files never change, so
    those that look as in ``known`` are not read again.

    Raises:
        IndexCorrupt: A file is missing, or contradicts its checksum.
    """
    found: dict[Path, tuple[int, int]] = {}
    for name in _segment_files(folder):
        path = folder / name
        try:
            stamp = _stamp(path)
            if known.get(path) != stamp and not _is_sound(path):
                raise IndexCorrupt(f"the text index is damaged: {name} contradicts its checksum")
        except FileNotFoundError:
            if name in _segment_files(folder):  # not merged away in between
                raise IndexCorrupt(f"the text index is damaged: {name} is gone") from None
            continue
        found[path] = stamp
    return found


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _segment_files(folder: Path) -> list[str]:
    try:
        segments = json.loads((folder / "meta.json").read_bytes())["segments"]
        names = []
        for segment in segments:
            stem = segment["segment_id"].replace("-", "")
            names += [f"{stem}.{part}" for part in _SEGMENT_PARTS]
            if segment["deletes"]:
                names.append(f"{stem}.{segment['deletes']['opstamp']}.del")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexCorrupt(f"the text index is damaged: meta.json: {error!r}") from error
    return names


def _is_sound(path: Path) -> bool:
    """Compare a file with its footer: JSON with the body's CRC-32, its length, and a magic number."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        end = file.read()
        body = size - 8 - int.from_bytes(end[:4], "little")
        if end[4:] != _FOOTER_MAGIC or body < 0:
            return False
        file.seek(body)
        try:
            expected = json.loads(file.read()[:-8])["crc"]
        except (ValueError, KeyError, TypeError):
            return False
        file.seek(0)
        crc = 0
        for start in range(0, body, _READ_BYTES):
            crc = zlib.crc32(file.read(min(_READ_BYTES, body - start)), crc)
    return bool(crc == expected)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in ("id", "generation", "file_id"):
        builder.add_integer_field(field, stored=field != "file_id", indexed=True, fast=True)
    builder.add_text_field("kinds", tokenizer_name="whitespace", index_option="basic")
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _encodable(term: str) -> bool:
    try:
        return bool(term.encode())
    except UnicodeEncodeError:
        return False
