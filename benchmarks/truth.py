"""What does a compiler, or a run, say that each call of a package reaches?

    python benchmarks/truth.py java ROOT --package commons-lang3 --version 3.12.0 --out static-java-commons-lang3.json
    python benchmarks/truth.py --help                                                # every language, and its needs

Writes a truth file for ``benchmarks/callgraph.py``: facts only, positions and names, no source text. The witness of
each language is its own compiler or run time, never this project's parser, so that a call which the project does not
even see counts as missed:

    c, cpp       libclang (``truth_clang.py``; ``pip install libclang``); takes the flags for clang after ``--with``
    csharp       the Mono compiler's instructions and symbols (``truth_csharp.py``); flags for mcs after ``--with``
    java         javac's syntax trees with what it bound (``JavaCalls.java``); takes a class path after ``--with``
    javascript,  the TypeScript compiler (``JavaScriptCalls.cjs``); takes the folder where ``npm install typescript@5
    typescript   @types/node`` was run after ``--with``; what it takes for ``any`` is left out
    rust         rustc's MIR (``truth_rust.py``); takes the flags for rustc after ``--with``

A call is *internal* when what it is bound to is declared in ROOT, *external* when the compiler knows that it is not,
and left out when the compiler could not bind it. A class stands for its constructors. The truth is what is declared: a
call through an interface or a base class goes to the method of that interface or class, and where methods are
overloaded only the right one counts.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))
import truth_clang
import truth_csharp
import truth_rust

INTERNAL, EXTERNAL = "I", "E"
COLUMNS = "[line(1-based), byte column(0-based), caller (not told), I=internal E=external, [definition ids], witnesses]"


class Site(NamedTuple):
    """One call: where the last identifier of its callee is, and where what it reaches is declared, if in the root."""

    path: str
    line: int
    column: int
    target: tuple[str, str, int] | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=sorted(WITNESSES))
    parser.add_argument("root", type=Path)
    parser.add_argument("--package", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--with", nargs=argparse.REMAINDER, default=[], dest="arguments", help="what the compiler is given"
    )
    given = parser.parse_args()
    sites = WITNESSES[given.language](given.root.resolve(), given.arguments)
    truth = as_truth(given.package, given.version, given.language, sites)
    given.out.write_text(json.dumps(truth, separators=(",", ":")), "utf-8")
    print(f"{given.out.name}: {truth['counts']}")


def as_truth(package: str, version: str, language: str, sites: Iterable[Site]) -> dict[str, Any]:
    """Return a truth file; sites at one place that do not agree are left out."""
    at: dict[tuple[str, int, int], set[tuple[str, str, int] | None]] = defaultdict(set)
    for site in sites:
        at[site.path, site.line, site.column].add(site.target)
    numbers: dict[tuple[str, str, int], int] = {}
    rows: dict[str, list[list[Any]]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for (path, line, column), targets in sorted(at.items()):
        [target, *others] = targets
        if others:
            counts["disputed"] += 1
        elif target is None:
            counts["external"] += 1
            rows[path].append([line, column, "", EXTERNAL])
        else:
            counts["internal"] += 1
            rows[path].append([line, column, "", INTERNAL, [numbers.setdefault(target, len(numbers))], 1])
    return {
        "package": package,
        "version": version,
        "language": language,
        "kind": "static-compiler",
        "counts": dict(counts),
        "columns": COLUMNS,
        "defs": list(numbers),
        "sites": rows,
    }


def java(root: Path, classpath: list[str]) -> Iterator[Site]:
    """Yield what javac binds; ``classpath`` may name the jars that the sources need."""
    return printed("java", "JavaCalls.java", root, classpath)


def javascript(root: Path, beside: list[str]) -> Iterator[Site]:
    """Yield what the TypeScript compiler binds; ``beside`` is the folder with its ``node_modules``."""
    return printed("node", "JavaScriptCalls.cjs", root, beside)


def printed(runs: str, program: str, root: Path, arguments: list[str]) -> Iterator[Site]:
    """Yield the sites that a program beside this one prints, one a line."""
    command = [runs, str(Path(__file__).with_name(program)), str(root), *arguments]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    for row in lines.splitlines():
        path, line, column, kind, *target = row.split("\t")
        declared = (target[0], target[1], int(target[2])) if kind == INTERNAL else None
        yield Site(path, int(line), int(column), declared)


def rust(root: Path, flags: list[str]) -> Iterator[Site]:
    """Yield what rustc binds; ``flags`` say the edition and the features of the crate."""
    return (Site(*row) for row in truth_rust.sites(root, flags))


def clang(root: Path, flags: list[str]) -> Iterator[Site]:
    """Yield what clang binds; ``flags`` say where headers are."""
    return (Site(*row) for row in truth_clang.sites(root, flags))


def csharp(root: Path, flags: list[str]) -> Iterator[Site]:
    """Yield what the Mono compiler binds; ``flags`` name symbols and libraries."""
    return (Site(*row) for row in truth_csharp.sites(root, flags))


WITNESSES = {
    "c": clang,
    "cpp": clang,
    "csharp": csharp,
    "java": java,
    "javascript": javascript,
    "rust": rust,
    "typescript": javascript,
}


if __name__ == "__main__":
    sys.exit(main())
