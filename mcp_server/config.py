"""Which settings are in force, and why these defaults?

The only module that reads the environment. ``load`` is pure: it is given the environment. Order:
defaults < environment < command line. Every setting is one field with its unit in its name.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import platformdirs

from mcp_server.errors import ConfigError

BUILT_IN_MODEL = "tristore-static"


def _within(low: float, high: float, default: float) -> Any:
    """Return a field for a number that may be set from ``low`` to ``high``; beyond, it is a slip of the pen."""
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True)
class IndexOptions:
    """What is indexed, and in which portions. What a limit leaves out is a skip or a problem with its reason."""

    # The list of files is the one thing that is held whole, so this bounds memory and the time of a look at the disk.
    # Linux 6.1 has 79,000 files; more than this is several repositories, each better its own root.
    max_files: int = _within(1, 5_000_000, 200_000)
    # All of Linux is 1.3 GB of text.
    max_total_bytes: int = _within(1, 1_000_000_000_000, 4_000_000_000)
    # Folders with more entries hold data; listing and sorting one takes memory for every entry.
    max_folder_entries: int = _within(1, 1_000_000, 100_000)
    # Hand-made trees stay under 30; the bound ends trees that were made to be endless.
    max_depth: int = _within(1, 1_000, 250)

    # Larger files are data or generated code, and parsing them takes seconds; Django 5.2 has none.
    max_file_bytes: int = _within(1, 16_000_000, 1_000_000)
    # Minified code has such lines; hand-written code does not.
    max_line_bytes: int = _within(1, 16_000_000, 20_000)
    # A chunk that fits an answer among others, and a whole function nearly always
    # (nine in ten functions of the surveyed code bases are under 36 lines).
    chunk_tokens: int = _within(32, 8_000, 400)
    # A batch is one commit. Bounded so that memory does not grow with the repository.
    # More take more memory and hardly less time: see peak MB and seconds of benchmarks/index_speed.py.
    batch_files: int = _within(1, 10_000, 256)
    batch_chunks: int = _within(1, 100_000, 2_048)
    # Files parsed in worker processes above this count; below it starting them costs more than it saves.
    parallel_files: int = _within(0, 1_000_000, 200)
    # Larger files are parsed in a worker process even when there are few: hostile text takes a thousand times its size
    # in memory, and seconds, and the serving process has neither to give away (benchmarks/hostile.py).
    inline_file_bytes: int = _within(0, 1_000_000, 32_000)
    # One message to a worker: enough to hide its cost, little enough to keep all workers busy.
    portion_files: int = _within(1, 1_000, 16)
    portion_bytes: int = _within(1, 16_000_000, 256_000)
    # Portions under way per worker: one being parsed, one waiting, one being collected.
    portions_ahead: int = _within(1, 100, 3)
    # A file that takes more processor time is given up as code and indexed as text; benchmarks/hostile.py shows what
    # the densest sources of the largest size take.
    parse_cpu_seconds: int = _within(1, 3_600, 20)
    # The same in wall time, for a worker that waits: a busy machine has to give the processor time within it.
    parse_seconds: float = _within(0.01, 36_000, 120.0)
    # Memory that a worker may write to; what needs more is indexed as text (benchmarks/hostile.py).
    parse_memory_bytes: int = _within(64_000_000, 64_000_000_000, 512_000_000)
    # A worker that has grown by so much since its first file is replaced. A new one costs milliseconds: with 6 MB, 12
    # and 24 the processor time was the same, the memory of two workers 49, 57 and 63 MB (benchmarks/hostile.py).
    worker_growth_bytes: int = _within(0, 64_000_000_000, 8_000_000)
    # A file of the largest size has 2,500 when every byte is a token; more are cut into larger chunks.
    max_file_chunks: int = _within(1, 1_000_000, 5_000)
    # More than two wait for the one process that writes, and take memory (benchmarks/index_speed.py --workers).
    workers: int = field(default_factory=lambda: max(1, min(2, os.cpu_count() or 1)), metadata={"low": 1, "high": 128})
    # Facts and vectors are shared between the roots of a user; without, each root is parsed and embedded anew.
    seen: bool = True
    # Bytes (10^6) of them on disk; benchmarks/index_speed.py prints what a repository adds.
    seen_mb: int = _within(1, 1_000_000, 1_000)
    # A branch or a repository that nobody looked at for two months may cost its parsing once more.
    seen_days: int = _within(1, 10_000, 60)


@dataclass(frozen=True)
class RetrievalOptions:
    """How much is looked at, and how much is answered."""

    # About 8,000 characters: what hosts show whole and an agent reads without regret.
    budget_tokens: int = _within(1, 12_000, 2_500)
    max_budget_tokens: int = 12_000
    limit: int = _within(1, 50, 10)
    max_limit: int = 50
    # From each store. With the repositories of each question left out of the fit, NDCG@10 of whole repositories by
    # title is .760 with 150, .758 with 200, .756 with 300, of semble's questions .898, .899, .897 (fit_ranking.py
    # --candidates); half as many take half the time of ranking.
    candidates: int = 150
    max_query_chars: int = 20_000


@dataclass(frozen=True)
class ServerOptions:
    """How the server speaks."""

    structured: bool = False
    # Claude Code spills results above 50,000 characters to a file.
    max_chars: int = 40_000
    # Change sets up to this many files are indexed before answering, larger ones in the background.
    inline_files: int = 20
    # The first call on a root without an index waits this long for it: small repositories are done by then, and
    # hosts wait longer for a call that reports progress.
    first_wait_s: float = 8.0
    # Later calls wait this long for a run to end: there is something to answer from by then.
    next_wait_s: float = 1.0
    # Calls closer together than this share one look at the disk. None do: an edit must be in the next answer, and a
    # look takes some microseconds a file (benchmarks/freshness.py).
    freshness_s: float = 0.0
    # Changes that the leader sees too are its work; after this the call does it
    # (benchmarks/freshness.py prints how long the leader takes).
    leader_wait_s: float = 1.0
    # A leader that did not do its work is not waited for during this, and a large change set not longer than this.
    leader_stuck_s: float = 15.0
    # A question waits this long for a model in another process, and is then answered without it. It is
    # a wait that a person bears; while the model is being loaded (5 to 30 s) questions do without.
    model_wait_s: float = 3.0
    # A call waits this long for a small change set to be indexed; larger than the time that twenty large files take,
    # and smaller than what hosts and people wait.
    inline_wait_s: float = 10.0
    # After this time without a call a server gives memory back; the next call takes a moment longer
    # (benchmarks/idle.py).
    idle_after_s: int = _within(1, 86_400, 300)
    threads: int = 4


@dataclass(frozen=True)
class Settings:
    """Everything one process needs to know; made once by ``load`` and passed on."""

    root: Path
    home: Path
    model: str = BUILT_IN_MODEL
    index: IndexOptions = field(default_factory=IndexOptions)
    retrieval: RetrievalOptions = field(default_factory=RetrievalOptions)
    server: ServerOptions = field(default_factory=ServerOptions)
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def index_folder(self) -> Path:
        """Folder of this root's index: one per root, named by its last part and a digest of the whole path."""
        digest = sha256(os.fsencode(self.root)).hexdigest()[:16]
        name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in self.root.name)[:40]
        return self.home / f"{name or 'root'}-{digest}"


# environment variable -> (part, field); the part "" is Settings itself
ENVIRONMENT: dict[str, tuple[str, str]] = {
    "TRISTORE_HOME": ("", "home"),
    "TRISTORE_MODEL": ("", "model"),
    "TRISTORE_MAX_FILES": ("index", "max_files"),
    "TRISTORE_MAX_FILE_BYTES": ("index", "max_file_bytes"),
    "TRISTORE_WORKERS": ("index", "workers"),
    "TRISTORE_SEEN": ("index", "seen"),
    "TRISTORE_SEEN_MB": ("index", "seen_mb"),
    "TRISTORE_BUDGET_TOKENS": ("retrieval", "budget_tokens"),
    "TRISTORE_LIMIT": ("retrieval", "limit"),
    "TRISTORE_IDLE_AFTER_S": ("server", "idle_after_s"),
}


_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def process_environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ  # noqa: TID251 (the one place)


def limit_threads() -> None:
    """Let numpy multiply in the thread that asks; to be called before anything imports numpy.

    Comparing a vector with all others is bound by memory, not by processors, and the idle threads of OpenBLAS spin:
    compare the CPU ms of benchmarks/serving.py with and without. What the user has set, holds.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 (the one place)


def load(root: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings in force for ``root``.

    Args:
        root: folder to index; None takes ``CLAUDE_PROJECT_DIR``, else the working directory.
        environ: environment variables (``ENVIRONMENT`` names those that count).
        overrides: values of the command line, by field name ("model", "structured", "workers", ...).

    Raises:
        ConfigError: a value is not of its field's kind, or the root is not a readable folder.
    """
    chosen = root or Path(environ.get("CLAUDE_PROJECT_DIR") or ".")
    settings = Settings(root=_folder(chosen), home=Path(platformdirs.user_cache_dir("tristore")))
    sources = {"root": "command line" if root else "environment or working directory"}
    for variable, (part, name) in ENVIRONMENT.items():
        if environ.get(variable):
            settings = _with(settings, part, name, environ[variable], variable)
            sources[name] = variable
    for name, value in (overrides or {}).items():
        if value is not None:
            settings = _with(settings, _part_of(settings, name), name, value, f"option {name}")
            sources[name] = "command line"
    return replace(settings, home=settings.home.expanduser().absolute(), sources=sources)


def _folder(root: Path) -> Path:
    try:
        resolved = root.expanduser().resolve(strict=True)
        if not resolved.is_dir():
            raise ConfigError(f"{root} is not a folder; name the folder of a repository with --path")
        with os.scandir(resolved) as entries:
            next(entries, None)
    except (FileNotFoundError, RuntimeError):
        raise ConfigError(f"{root} does not exist; name the folder of a repository with --path") from None
    except OSError as error:
        raise ConfigError(f"{root} cannot be read ({error.strerror}); check its permissions") from None
    return resolved


def _part_of(settings: Settings, name: str) -> str:
    for part in ("index", "retrieval", "server"):
        if any(f.name == name for f in fields(getattr(settings, part))):
            return part
    return ""


def _with(settings: Settings, part: str, name: str, value: Any, source: str) -> Settings:
    target: Any = getattr(settings, part) if part else settings
    current = getattr(target, name)
    try:
        converted = _converted(current, value)
    except (TypeError, ValueError, KeyError):
        wanted = "yes or no" if isinstance(current, bool) else f"a positive {type(current).__name__}"
        raise ConfigError(f"{source}={value!r} is not a valid {name}: {wanted}") from None
    limits = next(f.metadata for f in fields(target) if f.name == name)
    if limits and not limits["low"] <= converted <= limits["high"]:
        raise ConfigError(f"{source}={value!r} is out of range: {name} is from {limits['low']:,} to {limits['high']:,}")
    changed: Any = replace(target, **{name: converted})
    whole: Settings = replace(settings, **{part: changed}) if part else changed
    return whole


def _converted(current: Any, value: Any) -> Any:
    """Return ``value`` as the kind of setting that ``current`` is."""
    if isinstance(current, bool):
        return value if isinstance(value, bool) else _SWITCH[str(value).lower()]
    if isinstance(current, Path):
        return Path(value)
    number = type(current)(value)
    if isinstance(number, int | float) and number <= 0:
        raise ValueError
    return number


# For processes that do much and live short: the GNU C library otherwise keeps an arena for each thread, and freed
# blocks of up to 32 MB.
_SMALL_HEAP = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment for a process of ours that works on the same index with the same settings."""
    chosen = {
        variable: str(getattr(getattr(settings, part) if part else settings, name))
        for variable, (part, name) in ENVIRONMENT.items()
    }
    return {**_SMALL_HEAP, **process_environment(), **chosen}
