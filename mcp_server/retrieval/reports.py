"""How are chains of calls, impact and dependencies shown?

Counts first, then a line each, the most relevant first; what the budget does not hold is counted at the end of a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from mcp_server import tokens
from mcp_server.retrieval import render
from mcp_server.retrieval.budget import fit
from mcp_server.retrieval.chains import MAX_LOOKED_AT, Chain, Chains
from mcp_server.retrieval.dependencies import MAX_FILES, Cycle, Dependencies, Neighbour, Place
from mcp_server.retrieval.drawing import READ, READ_KINDS, counted, heading, mark, reasons
from mcp_server.retrieval.impact import Impact, Reached
from mcp_server.retrieval.steps import HANDED, SURE, Step
from mcp_server.retrieval.symbols import symbol_data
from stores.facts import display_path
from stores.lookups import SymbolRow

SHOWN_OUTSIDE = 12
SHOWN_AROUND = 6
# Shares of an answer that what is next to the question has, against one for each thing further on.
_NEAR_WEIGHT = 4
_TESTS_WEIGHT = 2
# Rows of a list that an answer has as data; its counts are of all.
MAX_ROWS = 300
_MORE_CALLS = "calls of it: raise budget_tokens"


@dataclass(frozen=True, slots=True)
class Section:
    """A title and its lines; ``left_out`` names what is counted when not all fit; ``weight``: its share of the room."""

    title: str
    lines: Sequence[str] = ()
    left_out: str = ""
    weight: int = 1

    def more(self, number: int) -> str:
        """Return the line that counts what is left out."""
        return f"… {number} more {self.left_out}"


def sections(blocks: Sequence[Section], budget: int) -> str:
    """Return the sections as text within ``budget`` tokens: every title, then lines, each section its share."""
    room = budget - sum(tokens.count(b.title) + 1 + (_more_cost(b) if b.lines else 0) for b in blocks)
    needs = [sum(tokens.count(line) + 1 for line in b.lines) for b in blocks]
    shares = [0] * len(blocks)
    # What needs least of its share is served first: what it leaves goes to the others.
    order = sorted((i for i, b in enumerate(blocks) if b.lines), key=lambda i: needs[i] / blocks[i].weight)
    weights = sum(blocks[i].weight for i in order)
    for i in order:
        shares[i] = min(needs[i], max(0, room) * blocks[i].weight // weights)
        room -= shares[i]
        weights -= blocks[i].weight
    texts = [line for b, share in zip(blocks, shares, strict=True) for line in (b.title, *_lines(b, share))]
    return fit("\n".join(texts), budget)


def _more_cost(block: Section) -> int:
    return tokens.count(block.more(len(block.lines))) + 1


def _lines(block: Section, room: int) -> list[str]:
    shown = 0
    for line in block.lines:
        room -= tokens.count(line) + 1
        if room < 0:
            break
        shown += 1
    left = len(block.lines) - shown
    return [*block.lines[:shown], *([block.more(left)] if left else [])]


# --- chains of calls ----------------------------------------------------------------------------------------


def chains_text(found: list[Chains], names: dict[int, SymbolRow], budget: int, *, linked: bool, possible: bool) -> str:
    """Return the chains that were found, else what was looked at in vain in each direction."""
    if not linked:
        return fit(f"paths {_between(found[0])}: unknown until calls are linked", budget)
    hit = found[-1]
    if not hit.chains:
        further = [] if possible else [Section("include_possible also looks at edges that are possible by name")]
        return sections([*(_vain(each) for each in found), *further], budget)
    blocks = [Section(_chain_title(hit), _chain_lines(hit.chains[0], names), _MORE_CALLS)]
    blocks += [Section("or", _chain_lines(chain, names), _MORE_CALLS) for chain in hit.chains[1:]]
    if hit.total > len(hit.chains):
        blocks.append(Section(f"… {hit.total - len(hit.chains):,} more of this length"))
    return sections([*(_vain(each, brief=True) for each in found[:-1]), *blocks], budget)


def chains_notes(found: list[Chains], *, linked: bool) -> list[str]:
    """Return in words which chains were found, and what was looked at in vain."""
    if not linked:
        return [f"paths {_between(found[0])}: unknown until calls are linked"]
    return [_chain_title(each) if each.chains else _vain(each).title for each in found]


def _chain_title(hit: Chains) -> str:
    how = {
        "sure": "",
        "instead": ", only through what may run: a method instead of the called one, or a function that is handed on",
        "possible": ", only over edges that are possible by name",
    }[hit.certainty]
    several = f", {hit.total:,} of this length" if hit.total > 1 else ""
    return f"shortest path {_between(hit)}: {counted(len(hit.chains[0].steps), 'call')}{several}{how}"


def _between(found: Chains) -> str:
    return f"from {render.name(found.source.qualified_name)} to {render.name(found.target.qualified_name)}"


def _chain_lines(chain: Chain, names: dict[int, SymbolRow]) -> list[str]:
    first = chain.symbols[0]
    lines = [f"  {render.location(first.path, first.line_start, first.line_end)} {render.name(first.qualified_name)}"]
    for step, symbol in zip(chain.steps, chain.symbols[1:], strict=True):
        where = render.location(symbol.path, symbol.line_start, symbol.line_end)
        lines.append(
            f"  > :{_sites(step)} {_says(step, names)} {where} {render.name(symbol.qualified_name)} {_how(step)}"
        )
    return lines


def _sites(step: Step) -> str:
    return f"{step.arc.line}" + (f"+{step.arc.sites - 1}" if step.arc.sites > 1 else "")


def _says(step: Step, names: dict[int, SymbolRow]) -> str:
    if step.through is None:
        return HANDED.get(step.arc.kind, "calls")
    through = render.name(names[step.through].qualified_name) if step.through in names else "?"
    return f"calls {through}, may run instead" if step.instead else f"calls {through}, runs"


def _how(step: Step) -> str:
    return mark(step.arc.strategy, step.arc.confidence, step.arc.kind)


def _vain(found: Chains, *, brief: bool = False) -> Section:
    """Say that no chain is known, and what may hide one."""
    looked = {
        "source": f"all {counted(found.looked_at, 'symbol')} it is known to reach were looked at",
        "target": f"all {counted(found.looked_at, 'symbol')} known to reach it were looked at",
        "": f"given up after {counted(found.looked_at, 'symbol')} (bounds: {MAX_LOOKED_AT:,}, and the depth)",
    }[found.exhausted]
    total = sum(found.unresolved.values())
    open_calls = f"{counted(total, 'unresolved site')} on the way ({reasons(found.unresolved)})"
    known = f"no path found {_between(found)} among known edges"
    title = f"{known}; {looked}; {open_calls if total else 'no unresolved sites on the way'}"
    sites = [f"  {display_path(s.path)}:{s.line} {render.cut(s.text, 80)} [{s.unresolved}]" for s in found.open_sites]
    return Section(title, [] if brief else sites, "of them may call it")


def chains_data(found: list[Chains], names: dict[int, SymbolRow]) -> dict[str, Any]:
    """Return chains as plain data: those found, and what was looked at in vain."""
    return {
        "paths": [
            {
                "certainty": each.certainty,
                "symbols": [symbol_data(s) for s in chain.symbols],
                "steps": [_step_data(step, names) for step in chain.steps],
            }
            for each in found
            for chain in each.chains
        ],
        "paths_in_all": max(each.total for each in found),
        "in_vain": [
            {
                "source": each.source.full_name,
                "target": each.target.full_name,
                "looked_at": each.looked_at,
                "exhausted": each.exhausted,
                "unresolved": each.unresolved,
                "open_sites": [{"path": display_path(s.path), "line": s.line} for s in each.open_sites],
            }
            for each in found
            if not each.chains
        ],
    }


def _measured(step: Step) -> float | None:
    """Return how often a step is right; None where that was not measured."""
    return None if step.arc.kind in HANDED else step.arc.confidence


def _step_data(step: Step, names: dict[int, SymbolRow]) -> dict[str, Any]:
    through = names.get(step.through) if step.through is not None else None
    return {
        "line": step.arc.line,
        "sites": step.arc.sites,
        "kind": step.arc.kind,
        "through": through.full_name if through else None,
        "instead": step.instead,
        "strategy": step.arc.strategy,
        "confidence": _measured(step),
        "possible": step.arc.confidence < SURE,
    }


# --- impact -------------------------------------------------------------------------------------------------


def impact_text(found: Impact, budget: int, *, linked: bool) -> str:
    """Return what reaches a symbol: counts, code by distance, tests, and what is not known."""
    title, *unknown = impact_notes(found, linked=linked)
    blocks = [Section(heading(found.symbol, budget // 4)), Section(title)]
    if not linked:
        return sections(blocks, budget)
    for distance, group in groupby(found.code, key=lambda r: r.distance):
        rows = [_reached_line(r) for r in group]
        weight = max(1, _NEAR_WEIGHT // distance)
        blocks.append(Section(f"{counted(distance, 'call')} away: {len(rows)}", rows, "at this distance", weight))
    if found.tests:
        rows = [_reached_line(r, far=True) for r in found.tests]
        said = f"tests that reach it, the nearest first: {len(rows)}"
        blocks.append(Section(said, rows, "tests: raise budget_tokens", _TESTS_WEIGHT))
    return sections([*blocks, *(Section(said) for said in unknown)], budget)


def impact_notes(found: Impact, *, linked: bool) -> list[str]:
    """Return the counts of an impact in words, and what is not known of it."""
    of = f"impact of {render.name(found.symbol.qualified_name)}"
    if not linked:
        return [f"{of}: unknown until calls are linked"]
    unknown = [f"unresolved calls of this name: {reasons(found.unresolved)}"] if found.unresolved else []
    if found.unresolved_on_way:
        unknown.append(f"{counted(found.unresolved_on_way, 'unresolved call')} of the names on the way")
    return [_impact_title(of, found), *([f"unknown: {'; '.join(unknown)}"] if unknown else [])]


def _impact_title(of: str, found: Impact) -> str:
    within = f"within {counted(found.depth, 'call')}"
    members = f" with the {found.changed - 1:,} defined in it" if found.changed > 1 else ""
    more = f" (the first {len(found.code) + len(found.tests):,} looked at; more reach it)" if found.truncated else ""
    if not found.code and not found.tests:
        read = f"; {READ}" if found.symbol.kind in READ_KINDS else ""
        return f"{of}{members}: nothing is known to reach it {within}{read}" + (
            "; see what is unknown" if found.unresolved or found.unresolved_on_way else ""
        )
    files = counted(len({r.path for r in found.code}), "file")
    tests = f"{counted(len(found.tests), 'test')} in {counted(len({r.path for r in found.tests}), 'file')}"
    reached = tests if found.tests else "no test known"
    return f"{of}{members} {within}: {counted(len(found.code), 'symbol')} in {files}, {reached}{more}"


def _reached_line(reached: Reached, *, far: bool = False) -> str:
    name = render.name(reached.symbol.qualified_name) if reached.symbol else "(module level)"
    by = f"by {render.name(reached.through.qualified_name)}" if reached.distance > 1 and reached.through else ""
    distance = counted(reached.distance, "call") if far else ""
    instead = "may run instead" if reached.step.through is not None and reached.step.instead else ""
    said = ", ".join(filter(None, (" ".join(filter(None, (distance, by))), instead)))
    where = f"{display_path(reached.path)}:{_sites(reached.step)}"
    return f"  {where} {name} {_how(reached.step)}" + (f" {said}" if said else "")


def impact_data(found: Impact) -> dict[str, Any]:
    """Return what reaches a symbol as plain data."""
    return {
        **symbol_data(found.symbol),
        "impact": {
            "depth": found.depth,
            "changed": found.changed,
            "symbols": len(found.code),
            "files": len({r.path for r in found.code}),
            "tests": len(found.tests),
            "truncated": found.truncated,
            "code": [_reached_data(r) for r in found.code[:MAX_ROWS]],
            "reaching_tests": [_reached_data(r) for r in found.tests[:MAX_ROWS]],
            "unresolved": found.unresolved,
            "unresolved_on_way": found.unresolved_on_way,
        },
    }


def _reached_data(reached: Reached) -> dict[str, Any]:
    return {
        "symbol": reached.symbol.full_name if reached.symbol else None,
        "path": display_path(reached.path),
        "line": reached.step.arc.line,
        "distance": reached.distance,
        "by": reached.through.full_name if reached.through else None,
        "instead": reached.step.instead,
        "kind": reached.step.arc.kind,
        "strategy": reached.step.arc.strategy,
        "confidence": _measured(reached.step),
    }


# --- dependencies -------------------------------------------------------------------------------------------


def dependencies_text(found: Dependencies, wanted: tuple[str, ...], budget: int, *, linked: bool) -> str:
    """Return what a file or folder needs and what needs it, and the cycles it is part of."""
    what = "folder" if found.path.endswith("/") else "file"
    files = f", {counted(found.files, 'file')}" if what == "folder" else ""
    head = f"{display_path(found.path)}  {what}{files}"
    if not linked:
        return fit(f"{head}\ndependencies: unknown until imports and calls are linked", budget)
    blocks = [Section(head)]
    if found.truncated:
        blocks.append(Section(f"more is further on: only the first {MAX_FILES:,} files were followed"))
    for way, near in (("uses", found.uses), ("used by", found.used_by)):
        if way in wanted:
            blocks.append(_near(way, near, what))
    for title, circles in (("import cycle", found.cycles), ("import cycles among its files", found.inside)):
        rows = [_cycle_line(c) for c in circles]
        if rows:
            left_out = "cycles: raise budget_tokens"
            blocks.append(Section(f"{title}: {_cycle_counts(circles)}", rows, left_out))
    if not found.cycles and not found.inside:
        blocks.append(Section("import cycles: none among the imports that are resolved"))
    if "uses" in wanted and (found.outside or found.open_imports):
        shown = [f"{render.cut(module, 60)} {times}" for module, times in found.outside[:SHOWN_OUTSIDE]]
        more = f", … {len(found.outside) - SHOWN_OUTSIDE} more" if len(found.outside) > SHOWN_OUTSIDE else ""
        lost = f"; {counted(found.open_imports, 'relative import')} without a known file" if found.open_imports else ""
        text = f"imports of no one file of this root: {', '.join(shown)}{more}{lost}"
        blocks.append(Section(text))
    return sections(blocks, budget)


def _near(way: str, near: list[Neighbour], what: str) -> Section:
    direct = [n for n in near if n.distance == 1]
    if not near:
        return Section(f"{way}: none among the imports and calls that are resolved")
    units = counted(len(direct), what)
    further = f", {len(near) - len(direct)} more further on" if len(near) > len(direct) else ""
    imports, calls = sum(n.imports for n in direct), sum(n.calls for n in direct)
    title = f"{way}: {units} ({counted(imports, 'import')}, {counted(calls, 'call')}){further}"
    return Section(title, [_neighbour_line(n) for n in near], f"{what}s: raise budget_tokens", _NEAR_WEIGHT)


def _neighbour_line(near: Neighbour) -> str:
    said = [counted(near.imports, "import")] if near.imports else []
    said += [counted(near.calls, "call")] if near.calls else []
    said += [counted(near.files, "file")] if near.files > 1 else []
    said += ["inside functions only"] if near.deferred else []
    said += [f"{near.distance} steps away"] if near.distance > 1 else []
    return f"  {display_path(near.path)} ({', '.join(said)})"


def _cycle_counts(circles: list[Cycle]) -> str:
    if len(circles) > 1:
        return f"{len(circles)}, the largest of {_members(circles[0])}"
    return _members(circles[0])


def _members(cycle: Cycle) -> str:
    late = f", {cycle.at_load or 'none'} by imports that are made at load" if cycle.at_load < cycle.members else ""
    return f"{cycle.members} members{late}"


def _cycle_line(cycle: Cycle) -> str:
    steps = [place_text(unit, place) for unit, place in zip(cycle.around, cycle.places, strict=True)]
    hidden = len(steps) - SHOWN_AROUND
    shown = [*steps[:SHOWN_AROUND], *([f"… {hidden} more"] if hidden > 0 else []), display_path(cycle.around[0])]
    deferred = " (not all made at load: inside a function, or for types)" if cycle.deferred else ""
    size = f" ({cycle.members} members)" if cycle.members > len(steps) else ""
    return f"  {' > '.join(shown)}{size}{deferred}"


def place_text(unit: str, place: Place) -> str:
    """Return a file with the line that imports the next, or a folder with that of its file."""
    where = f"{display_path(place[0])}:{place[1]}"
    return where if unit == place[0] else f"{display_path(unit)} ({where})"


def _step_of(unit: str, place: Place) -> dict[str, Any]:
    own = {} if unit == place[0] else {"folder": display_path(unit)}
    return {**own, "path": display_path(place[0]), "line": place[1]}


def dependencies_data(found: Dependencies, wanted: tuple[str, ...]) -> dict[str, Any]:
    """Return dependencies as plain data."""

    def rows(near: list[Neighbour]) -> list[dict[str, Any]]:
        return [
            {
                "path": display_path(n.path),
                "imports": n.imports,
                "calls": n.calls,
                "files": n.files,
                "line": n.line,
                "deferred": n.deferred,
                "distance": n.distance,
            }
            for n in near[:MAX_ROWS]
        ]

    def circles(cycles: list[Cycle]) -> list[dict[str, Any]]:
        return [
            {
                "around": [_step_of(unit, place) for unit, place in zip(c.around, c.places, strict=True)],
                "members": c.members,
                "at_load": c.at_load,
                "deferred": c.deferred,
            }
            for c in cycles[:MAX_ROWS]
        ]

    near = {"uses": found.uses, "used by": found.used_by}
    return {
        "dependencies": {
            "path": display_path(found.path),
            "files": found.files,
            **{way.replace(" ", "_"): rows(near[way]) for way in wanted},
            "cycles": circles(found.cycles),
            "cycles_inside": circles(found.inside),
            "outside": [{"module": module, "imports": times} for module, times in found.outside],
            "open_imports": found.open_imports,
            "truncated": found.truncated,
        }
    }
