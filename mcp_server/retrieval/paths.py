"""What does a path say by itself: which words, and what kind of place by the conventions of the field?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from stores.fulltext import stem
from stores.words import words

# 16,384 paths are about 10 MB; an answer looks at some hundred.
_PATHS_KEPT = 1 << 14

# Folders: also those of .NET (``App.Tests``), Gradle (``jvmTest``) and packages of tests (``server-tests``), but not
# those of tools for tests (``coroutines-test``).
_TEST = re.compile(
    r"(^|/)([Tt]ests?|testing|__tests__|specs?|e2e|testdata|fixtures?)(/|$)"
    r"|(^|/)((unit|integration)[_-]?tests?|[^/]*[.-][Tt]ests|[^/]*[a-z0-9]Tests?)/"
    r"|(^|/)(test_[^/]*|conftest\.py|[^/]*[._-](test|spec|tests)\.[a-z]+|[^/]*Tests?\.[a-z]+)$"
    r"|Specs?\.(scala|groovy|kt|swift|hs)$",
)
_SHIM = re.compile(
    r"(^|/)(_?compat\w*|legacy|deprecated|examples?|samples?|demos?|playgrounds?|benchmarks?|migrations)(/|\.|$)",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"(^|/)(dist|build|generated|gen|third[_-]?party|_?vendor(ed)?|extern|node_modules|bower_components)(/|$)"
    r"|\.min\.|_pb2?\.|\.pb\.|\.gen\.|[-.]v?\d+\.\d+(\.\d+)?[^/]*\.(js|css)$",
    re.IGNORECASE,
)
_FORMS = {"test": _TEST, "shim": _SHIM, "generated": _GENERATED}


@dataclass(frozen=True, slots=True)
class PathFacts:
    """What a path says by itself.

    ``name`` and ``folders`` are the stems of the file's name and of its folders, ``words`` those of the name and the
    innermost folder as they are, ``kinds`` what place it is.
    """

    name: frozenset[str]
    folders: frozenset[str]
    words: tuple[str, ...]
    kinds: frozenset[str]


def is_test(path: str) -> bool:
    """Say whether a path is that of a test, by the conventions of its name and folders."""
    return bool(_TEST.search(path))


@lru_cache(maxsize=_PATHS_KEPT)
def path_facts(path: str) -> PathFacts:
    """Return what a path says by itself."""
    folder, _, name = path.rpartition("/")
    bare = name.split(".")[0]
    kinds = frozenset(kind for kind, form in _FORMS.items() if form.search(path))
    near = (*words(bare), *words(folder.rpartition("/")[2]))
    return PathFacts(stems(words(bare)), stems(words(folder)), near, kinds)


def stems(found: Iterable[str]) -> frozenset[str]:
    """Return the stems of words."""
    return frozenset(map(stem, found))
