"""How far is an index, what is in it, and is all well with it? The figures of ``status`` and ``doctor``."""

import platform
from collections import Counter
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from typing import Any

from mcp_server import __version__
from mcp_server.config import Settings
from stores.errors import StoreError
from stores.facts import display_path
from stores.index import Index, Snapshot
from stores.opening import store_sizes

_PACKAGES = ("mcp", "lancedb", "tantivy", "pyarrow", "tree-sitter", "tree-sitter-python", "numpy")
# Entries of a list that status gives as data, and that it shows as text.
LISTED = 10_000
_SHOWN = 5
# Runs that status tells of; the index keeps more.
_RUNS = 5


def status_data(snapshot: Snapshot, settings: Settings) -> dict[str, Any]:
    """Return what is indexed, how complete it is, what was left out, and what the last runs did."""
    runs = snapshot.runs(_RUNS)
    return {
        "root": display_path(str(settings.root)),
        "generation": snapshot.generation,
        "complete": snapshot.complete,
        "linked": snapshot.linked,
        "lancedb_lag": snapshot.vectors_lag,
        "files_expected": snapshot.files_expected,
        "model": snapshot.model,
        "counts": snapshot.counts(),
        "megabytes": {store: round(size / 1e6, 1) for store, size in store_sizes(settings.index_folder).items()},
        "languages": snapshot.languages(),
        "left_out": dict(Counter(s.reason.partition(" to ")[0] for s in snapshot.skips()).most_common()),
        "left_out_paths": [f"{display_path(s.path)}: {s.reason}" for s in snapshot.skips(LISTED)],
        "problems": [f"{display_path(path)}:{p.line}: {p.message}" for path, p in snapshot.problems(LISTED)],
        "last_run": runs[0].report if runs else None,
        "earlier_runs": [_in_short(run.report) for run in runs[1:]],
    }


def _in_short(report: dict[str, Any]) -> dict[str, Any]:
    names = ("started", "seconds", "added", "changed", "removed", "generation", "healed")
    return {name: report[name] for name in names if report.get(name)}


def doctor_data(index: Index, settings: Settings) -> dict[str, Any]:
    """Return every setting with its source, the versions in use, and whether the stores agree."""
    data: dict[str, Any] = {
        "tristore": __version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "settings": _setting_rows(settings),
        "index_folder": str(settings.index_folder),
    }
    try:
        with index.snapshot() as snapshot:
            stores = snapshot.verify()
        data["stores"] = {store: wrong or ["sound"] for store, wrong in stores.items()}
        if any(stores.values()):
            data["next"] = "run `tristore doctor --repair`"
    except StoreError as error:
        data["stores"] = {"error": str(error), "next": error.hint}
    return data


def _setting_rows(settings: Settings) -> dict[str, str]:
    rows: dict[str, str] = {}

    def add(part: Any) -> None:
        for each in fields(part):
            value = getattr(part, each.name)
            if is_dataclass(value):
                add(value)
            elif each.name != "sources":
                rows[each.name] = f"{value} ({settings.sources.get(each.name, 'default')})"

    add(settings)
    return rows


def listed(data: dict[str, Any]) -> str:
    """Return nested data as indented lines."""
    lines: list[str] = []

    def add(name: str, value: Any, depth: int) -> None:
        pad = "  " * depth
        if isinstance(value, dict):
            lines.append(f"{pad}{name}:")
            for key, item in value.items():
                add(str(key), item, depth + 1)
        elif isinstance(value, list):
            lines.append(f"{pad}{name}: {len(value) or 'none'}")
            lines.extend(f"{pad}  {item}" for item in value[:_SHOWN])
            if len(value) > _SHOWN:
                lines.append(f"{pad}  … {len(value) - _SHOWN} more: --json lists all")
        else:
            lines.append(f"{pad}{name}: {'none' if value is None else value}")

    for key, item in data.items():
        add(key, item, 0)
    return "\n".join(lines)
