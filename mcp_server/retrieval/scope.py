"""Which part of the index is searched? The filters of a request and of its text as one set of files and kinds."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from mcp_server.errors import BadQuery
from mcp_server.history import blob_id, blobs
from mcp_server.patterns import path_filter
from mcp_server.retrieval.paths import is_test
from mcp_server.retrieval.query import Filter, plain
from stores.index import Snapshot

TESTS = ("with", "without", "only")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the index is searched; None means all. What holds a kind that is shut out is no part of it."""

    file_ids: frozenset[int] | None = None
    kinds: Collection[str] | None = None
    shut_out: frozenset[str] = frozenset()

    def admits(self, file_id: int, kinds: str) -> bool:
        """Say whether a chunk of this file and these kinds is in scope."""
        held = set(kinds.split())
        of_kind = (self.kinds is None or not held.isdisjoint(self.kinds)) and held.isdisjoint(self.shut_out)
        return of_kind and (self.file_ids is None or file_id in self.file_ids)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a request: each of its own arguments, and those of the query's text."""

    path: str | None = None
    language: str | None = None
    kind: str | None = None
    tests: str = "with"
    changed_since: str | None = None
    filters: tuple[Filter, ...] = ()

    def all(self) -> list[Filter]:
        """Return the filters of both places."""
        own = (("path", self.path), ("language", self.language), ("kind", self.kind))
        return [Filter(field, value, wanted=True) for field, value in own if value] + list(self.filters)

    def said(self) -> str:
        """Return the filters in words."""
        words = [f"{'' if f.wanted else '-'}{f.field}={plain(f.value)!r}" for f in self.all()]
        words += [f"tests={self.tests!r}"] if self.tests != "with" else []
        return ", ".join([*words, f"changed_since={self.changed_since!r}"] if self.changed_since else words)


def scope_of(snapshot: Snapshot, wanted: Wanted) -> Scope:
    """Return the files and chunk kinds that a search is limited to.

    Filters of one field widen each other, those of different fields narrow; a filter with a dash shuts out. A path is a
    folder, a file or a pattern, relative to the root (``patterns.path_filter``). Git is only asked for
    ``changed_since``.

    Raises:
        BadQuery: a filter names a language, kind or revision that does not exist.
    """
    if wanted.tests not in TESTS:
        raise BadQuery(f"unknown tests={wanted.tests!r}", f"give one of {', '.join(TESTS)}")
    filters = wanted.all()
    for each in filters:
        _check(snapshot, each)
    kinds = frozenset(f.value.lower() for f in filters if f.field == "kind" and f.wanted)
    shut_out = frozenset(f.value.lower() for f in filters if f.field == "kind" and not f.wanted)
    tests = _tests(wanted.tests)
    accepts = [a for a in (_paths(filters), _languages(filters), tests) if a is not None]
    file_ids = None
    if accepts or wanted.changed_since:
        files = [f for f in snapshot.files() if all(accept(f.path, f.language) for accept in accepts)]
        if wanted.changed_since:
            before = blobs(snapshot.root, wanted.changed_since)
            files = [f for f in files if _differs(snapshot, f.id, before.get(f.path))]
        file_ids = frozenset(f.id for f in files)
    return Scope(file_ids, kinds or None, shut_out)


def _check(snapshot: Snapshot, each: Filter) -> None:
    value = each.value.lower()
    if each.field == "language" and value not in (languages := snapshot.languages()):
        known = ", ".join(sorted(languages)) or "none yet"
        raise BadQuery(f"no indexed file is in language {plain(each.value)!r}", f"languages here: {known}")
    if each.field == "kind" and not snapshot.has_kind(value):
        known = ", ".join(snapshot.kinds()) or "none yet"
        raise BadQuery(f"nothing indexed is of kind {plain(each.value)!r}", f"kinds here: {known}")


Accept = Callable[[str, str], bool]


def _paths(filters: Iterable[Filter]) -> Accept | None:
    wanted = [path_filter(f.value) for f in filters if f.field == "path" and f.wanted]
    unwanted = [path_filter(f.value) for f in filters if f.field == "path" and not f.wanted]
    inside = [accept for accept in wanted if accept is not None] if None not in wanted else []
    if not inside and not unwanted:
        return None

    def accept(path: str, _language: str) -> bool:
        if inside and not any(each(path) for each in inside):
            return False
        return not any(each is None or each(path) for each in unwanted)

    return accept


def _languages(filters: Iterable[Filter]) -> Accept | None:
    wanted = {f.value.lower() for f in filters if f.field == "language" and f.wanted}
    unwanted = {f.value.lower() for f in filters if f.field == "language" and not f.wanted}
    if not wanted and not unwanted:
        return None
    return lambda _path, language: (not wanted or language in wanted) and language not in unwanted


def _tests(tests: str) -> Accept | None:
    if tests == "with":
        return None
    return lambda path, _language: is_test(path) is (tests == "only")


def _differs(snapshot: Snapshot, file_id: int, before: str | None) -> bool:
    """Say whether a file is new or other than git had it."""
    return before is None or blob_id(snapshot.stored_bytes(file_id), before) != before
