"""How many calls does the call graph resolve, and how many of them rightly?

    pip install --no-deps --target FOLDER/click click==8.5.1               # the version that the truth file names
    python benchmarks/callgraph.py --truth static-python-click.json --roots FOLDER
    python benchmarks/callgraph.py --truth *-python-*.json --roots FOLDER --traced FOLDER2 --calibrate

    npm pack zod@4.6.7                                                       # unpacked as FOLDER/zod
    python benchmarks/callgraph.py --truth static-typescript-zod.json --roots FOLDER
    apt-get download golang-1.19-src                                         # its folder go-1.19/src as FOLDER
    python benchmarks/callgraph.py --truth static-go-*.json --roots FOLDER

A truth file is JSON: for each call site of a package the definitions that at least two type checkers agree on
(``static-consensus``), the one that a compiler calls there (``compiler-static``: direct calls only), or those that were
executed there while the package's tests ran (``dynamic-trace``). The package is looked for in FOLDER/NAME,
FOLDER/NAME/src and FOLDER, and indexed into a temporary folder. Calls of function literals are left out of a compiler's
truth: they have no name to compare.

Recall: sites that go into the package and have a right target among ours. Precision: right targets among all of ours,
at the sites whose truth is known. Targets of a confidence of 0.5 or less ("possible" ones) count for neither;
--calibrate counts those, too, and writes what it counted per language and strategy to
mcp_server/indexing/calibration.json, from which confidences are made. In a trace a target is also right when the
executed method overrides it or is its inherited constructor, and precision is apparent: only executed sites count.
Traces are what measures the strategies that answer where type checkers know nothing. Give --calibrate all truth files
of a language at once.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from index_speed import machine

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.indexing import calibration
from mcp_server.indexing.calibration import confidence, interval
from mcp_server.retrieval.export import call_rows
from stores.index import Index, Snapshot

FLOOR = 0.51
# A truth file whose sites are mostly not there was made from another version.
MOST_ABSENT = 0.2
CONSTRUCTORS = ("__init__", "__new__")

Target: TypeAlias = dict[str, Any]
Truth: TypeAlias = tuple[str, str, int | None]
Place: TypeAlias = tuple[str, int, int]

# The package path in a compiler's names of what is in another package: ``(*net/http/internal.T).m``.
PACKAGE = re.compile(r"[\w./-]*/\w+\.")


@dataclass
class Score:
    """What was counted over the sites of one or more truth files."""

    language: str = "python"
    sites: int = 0
    inside: int = 0
    reached: int = 0
    absent: int = 0
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Score") -> None:
        """Count the sites of ``other``, too."""
        self.sites += other.sites
        self.inside += other.inside
        self.reached += other.reached
        self.absent += other.absent
        self.right.update(other.right)
        self.wrong.update(other.wrong)

    def line(self, name: str) -> str:
        """Return one line of the table."""
        right, wrong = (
            sum(v for k, v in c.items() if confidence(self.language, k) >= FLOOR) for c in (self.right, self.wrong)
        )
        precision, recall = right / max(1, right + wrong), self.reached / max(1, self.inside)
        numbers = f"{self.sites:>9,}{self.inside:>9,}{self.absent:>9,}{right:>9,}{wrong:>9,}"
        return f"{name:34}{numbers}{precision:>11.4f}{recall:>9.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", nargs="+", type=Path, required=True, metavar="FILE")
    parser.add_argument("--roots", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--traced", type=Path, metavar="FOLDER", help="where the versions are that were traced")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every wrong or missed site, too")
    arguments = parser.parse_args()
    scores: dict[str, Score] = {}
    counted: dict[tuple[str, str], Score] = defaultdict(Score)
    totals: dict[str, Score] = {}
    for path in arguments.truth:
        truth = json.loads(path.read_text("utf-8"))
        traced = truth["kind"] == "dynamic-trace"
        roots = arguments.traced if traced and arguments.traced else arguments.roots
        score = scored(truth, root_of(truth, roots), show=arguments.show)
        scores[f"{truth['package']} {truth['kind'].split('-')[0]}"] = score
        counted[score.language, "trace" if traced else "static"].add(score)
        totals.setdefault(score.language, Score(language=score.language)).add(score)
    print(machine())
    heads = ("sites", "inside", "unseen", "right", "wrong")
    print(f"{'':34}" + "".join(f"{head:>9}" for head in heads) + f"{'precision':>11}{'recall':>9}")
    for name, score in scores.items():
        print(score.line(name))
    for language, total in totals.items():
        print(total.line(f"total {language}"))
    for language, total in totals.items():
        print(f"\n{language}")
        show_strategies(total)
    if arguments.calibrate:
        calibrate(counted)


def show_strategies(score: Score) -> None:
    print(f"{'strategy':34}{'right':>9}{'wrong':>9}{'precision':>11}  95 % interval  stated")
    for name in sorted(score.right | score.wrong):
        right, wrong = score.right[name], score.wrong[name]
        low, high = interval(right, right + wrong)
        row = f"{name:34}{right:>9,}{wrong:>9,}{right / (right + wrong):>11.3f}"
        print(f"{row}  {low:.3f} - {high:.3f}{confidence(score.language, name):>8.2f}")


def calibrate(counted: dict[tuple[str, str], Score]) -> None:
    """Write the counts of the languages that were measured, in place of what was known of them."""
    file = Path(calibration.__file__).with_name(calibration.FILE)
    known = json.loads(file.read_text("utf-8"))
    for language in sorted({language for language, _ in counted}):
        static, trace = counted[language, "static"], counted[language, "trace"]
        before = known.get(language, {})
        known[language] = {
            name: {
                # What was not measured in this run stays as it was known.
                kind: [of.right[name], of.wrong[name]] if of.sites else before.get(name, {}).get(kind, [0, 0])
                for kind, of in (("static", static), ("trace", trace))
            }
            for name in sorted(
                static.right | static.wrong | trace.right | trace.wrong | Counter(dict.fromkeys(before, 1))
            )
        }
        # What no longer finds anything was not measured.
        known[language] = {name: of for name, of in known[language].items() if any(map(any, of.values()))}
    file.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", "utf-8")
    print(f"written: {file.name}")


def root_of(truth: dict[str, Any], roots: Path) -> Path:
    """Return the folder that holds the paths of a truth file."""
    name = truth["package"]
    paths = {site[0] for site in truth["sites"]} if isinstance(truth["sites"], list) else truth["sites"]
    for folder in (roots / name, roots / name / "src", roots):
        if all((folder / path).is_file() for path in paths):
            return folder
    sys.exit(f"{roots} holds no {name} with all files of its truth; install {truth['version']} into {roots / name}")


def scored(truth: dict[str, Any], root: Path, *, show: bool = False) -> Score:
    with tempfile.TemporaryDirectory() as home:
        settings = load(root, {"TRISTORE_HOME": home})
        app = App(settings)
        app.index()
        app.close()
        index = Index(settings.index_folder, os.fsencode(settings.root))
        with index.snapshot() as snapshot:
            calls = {(row["path"], row["line"], row["column"]): row for row in call_rows(snapshot)}
            above = ancestors(snapshot) if truth["kind"] == "dynamic-trace" else {}
        index.close()
    if truth["kind"] == "dynamic-trace":
        sites = list(traced_sites(truth, calls, above))
    else:
        sites = list(compiled_sites(truth, calls) if truth["kind"] == "compiler-static" else agreed_sites(truth))
    score = Score(language=truth.get("language", "python"), sites=len(sites))
    for place, truths in sites:
        found = calls.get(place)
        score.absent += found is None
        judge(score, truths, found["targets"] if found else [])
        if show:
            show_site(place, truths, found)
    if score.absent > MOST_ABSENT * score.sites:
        sys.exit(f"{score.absent} of {score.sites} sites of {truth['package']} are not there; not {truth['version']}?")
    return score


def judge(score: Score, truths: list[Truth], targets: list[Target]) -> None:
    """Count one site; no truths means that the call leaves the package, where every target is wrong."""
    reached = False
    for target in targets:
        good = any(same(truth, target) for truth in truths)
        (score.right if good else score.wrong)[target["strategy"]] += 1
        reached |= good and target["confidence"] >= FLOOR
    score.inside += bool(truths)
    score.reached += reached


def show_site(place: Place, truths: list[Truth], found: dict[str, Any] | None) -> None:
    """Print a site with a wrong target, or without the right one."""
    stated = [t for t in found["targets"] if t["confidence"] >= FLOOR] if found else []
    wrong = [t for t in stated if not any(same(truth, t) for truth in truths)]
    if wrong or (truths and not stated):
        said = ", ".join(f"{t['path']}:{t['line']} {t['symbol']} by {t['strategy']}" for t in wrong)
        reason = found["unresolved"] if found else "no such call"
        print(f"{'WRONG' if wrong else 'MISSED'} {':'.join(map(str, place))} {said or reason}; truth {truths}")


def same(truth: Truth, target: Target) -> bool:
    """Say whether a target is the definition that the truth names: the file, then the line or the qualified name."""
    path, name, line = truth
    if path and path != target["path"]:
        return False
    wanted, given = without_constructor(name), without_constructor(target["symbol"])
    if line == target["line"] or not wanted:
        return line == target["line"]
    return f".{wanted}".endswith(f".{given}") or f".{given}".endswith(f".{wanted}")


def without_constructor(name: str) -> str:
    """Return the class for its constructor."""
    owner, _, last = name.rpartition(".")
    return owner if owner and last in CONSTRUCTORS else name


def agreed_sites(truth: dict[str, Any]) -> Iterator[tuple[Place, list[Truth]]]:
    """Yield each site with its definitions; calls of variables and parameters have no truth and are left out."""
    # A compiler tells overloads apart: there the name alone does not make a target right.
    exact = truth["kind"] == "static-compiler"
    defs = [(path, "" if exact else name, line) for path, name, line in truth["defs"]]
    for path, rows in truth["sites"].items():
        for line, column, _, kind, *rest in rows:
            if kind != "V":
                yield (path, line, column), [defs[i] for i in rest[0]] if kind == "I" else []


def compiled_sites(truth: dict[str, Any], calls: dict[Place, Target]) -> Iterator[tuple[Place, list[Truth]]]:
    """Yield each site of a direct call, which is told by its opening parenthesis, with the name of what is called."""
    on_line: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    for (path, line, column), call in calls.items():
        on_line[path, line].append((column, tail(call["callee_text"])))
    for path, line, parenthesis, _, callee in truth["sites"]:
        if "$" in callee:
            continue
        name = PACKAGE.sub("", callee).translate(str.maketrans("", "", "(*)"))
        here = on_line[path, line]
        exact = [column for column, last in here if column + len(last.encode()) + 1 == parenthesis]
        named = [column for column, last in here if last == tail(name)]
        yield (path, line, (exact or named or [-1])[0]), [("", name, None)]


def traced_sites(
    truth: dict[str, Any], calls: dict[Place, Target], above: dict[str, set[str]]
) -> Iterator[tuple[Place, list[Truth]]]:
    """Yield each site with what was executed there, and those of our targets that it stands for.

    A row lists every function entered at the call, those of decorators and aliases, too: only those called as the
    site says, or a constructor or ``__call__``, are its own.
    """
    for path, rows in truth["sites"].items():
        for line, column, _, ids in rows:
            call = calls.get((path, line, column), {})
            last = call.get("callee_text", "").rpartition(".")[2]
            executed = [tuple(truth["defs"][i]) for i in ids]
            own = [d for d in executed if not last or tail(d[1]) in (last, *CONSTRUCTORS, "__call__")]
            related = [
                (target["path"], target["symbol"], target["line"])
                for target in call.get("targets", [])
                if any(stands_for(d[1], target["symbol"], above) for d in own)
            ]
            if own:
                yield (path, line, column), own + related


def stands_for(executed: str, target: str, above: dict[str, set[str]]) -> bool:
    """Say whether an executed method overrides ``target``, or is the constructor that the class ``target`` inherits."""
    owner, _, method = executed.rpartition(".")
    given = without_constructor(target)
    if method in (*CONSTRUCTORS, "__call__") and tail(owner) in above.get(tail(given), ()):
        return True
    return tail(given) == method and tail(given.rpartition(".")[0]) in above.get(tail(owner), ())


def tail(name: str) -> str:
    return name.rpartition(".")[2]


def ancestors(snapshot: Snapshot) -> dict[str, set[str]]:
    """Return the names of all bases, direct and further, by name of class, the class itself among them."""
    direct: dict[str, set[str]] = defaultdict(set)
    for file in snapshot.files():
        for symbol in snapshot.symbols_in(file.id):
            if symbol.kind == "class":
                direct[symbol.name] |= {tail(text.partition("[")[0]) for text, _ in snapshot.bases(symbol.id)}
    closed: dict[str, set[str]] = {}
    for name in direct:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting += direct.get(current, ())
        closed[name] = seen
    return closed


if __name__ == "__main__":
    main()
