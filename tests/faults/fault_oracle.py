"""What must an index show after each generation?

The files of a generation are a function of a seed and its number, so what every store has to answer is known without
asking any store: facts come from the toy parser, edges and nearest neighbours are computed here by brute force.
"""

import random
from collections import defaultdict

import numpy as np
from store_samples import BOOSTS, DIMENSIONS, batch, parse, vector_of

from stores.facts import Skip
from stores.index import Batch, Snapshot
from stores.rows import last_name

PATHS = [f"{folder}{name}.toy" for folder in ("", "pkg/") for name in "abcde"]
NAMES = ["area", "side", "Shape", "Base", "main"]
# Lines of one chunk of the toy language.
CHUNK_LINES = 3
# Two float16 vectors and a rounding to six decimals lie between a similarity computed here and one from a store.
CLOSE = 2e-5


class Oracle:
    """The files of every generation for one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._states: list[dict[str, str]] = [{}]

    def files(self, generation: int) -> dict[str, str]:
        """Return {path: source} of a generation."""
        while len(self._states) <= generation:
            before = self._states[-1]
            changed, removed = self._step(len(self._states), before)
            kept = {path: source for path, source in before.items() if path not in removed}
            self._states.append({**kept, **changed})
        return self._states[generation]

    def batch(self, generation: int) -> Batch:
        """Return what leads from the generation before to this one."""
        before, after = self.files(generation - 1), self.files(generation)
        changed = {path: source for path, source in after.items() if before.get(path) != source}
        skips = (Skip(f"skip{generation}", "large"),)
        return batch(changed, before.keys() - after.keys(), files_expected=len(after), skips=skips)

    def _step(self, generation: int, before: dict[str, str]) -> tuple[dict[str, str], set[str]]:
        rng = random.Random(f"{self._seed}:{generation}")
        paths = rng.sample(PATHS, rng.randint(1, 3))
        changed = {path: _source(rng, f"g{generation}n{number}") for number, path in enumerate(paths)}
        spare = sorted(before.keys() - changed.keys())
        removed = {rng.choice(spare)} if len(spare) > 3 and rng.random() < 0.4 else set()
        return changed, removed


def _source(rng: random.Random, mark: str) -> str:
    """Return a source: each chunk holds a word of its own, but for one of zeros and one that files share."""
    lines = [f"import {rng.choice('abcde')}"]
    for number in range(rng.randint(2, 5)):
        word = rng.choice([f"call {rng.choice(NAMES)}", f"set v{number}", "bad", "some words"])
        head = rng.choice(["class {}", "def {}(x, y)", "def {}()"]).format(rng.choice(NAMES))
        lines += [head, f"  {word}", f"  words {mark}c{number}"]
    body = lines[: len(lines) // CHUNK_LINES * CHUNK_LINES]
    return "\n".join([*body, *["words shared by files"] * CHUNK_LINES, *["zero"] * CHUNK_LINES])


def mismatches(snapshot: Snapshot, oracle: Oracle, *, whole: bool = True, degraded: bool = False) -> list[str]:
    """Return how the answers of ``snapshot`` differ from those of its generation, [] when they are the same.

    Args:
        snapshot: What is asked.
        oracle: What knows better.
        whole: Also let the index compare its stores: nothing may be left over from a crash.
        degraded: A store may have failed and found nothing, if the snapshot says so.
    """
    files = oracle.files(snapshot.generation)
    parsed = {path: parse(path, source) for path, source in files.items()}
    wrong = _relations(snapshot, parsed)
    spans = {(c.path, c.line_start): c.id for f in snapshot.files() for c in snapshot.chunks_in(f.id)}
    names = {number: span for span, number in spans.items()}
    words = _words(snapshot, oracle, parsed, names)
    near = _neighbours(snapshot, parsed, names)
    if snapshot.degraded and not degraded:
        wrong.append(f"degraded: {snapshot.degraded}")
    wrong += [] if "fulltext" in snapshot.degraded else words
    wrong += [] if "vectors" in snapshot.degraded else near
    if whole:
        wrong += [f"verify: {store}: {told}" for store, told in snapshot.verify().items() if told]
    return [f"generation {snapshot.generation}: {line}" for line in wrong]


def _relations(snapshot: Snapshot, parsed: dict) -> list[str]:
    seen, wanted = _seen(snapshot), _wanted(parsed)
    wrong = [f"files {sorted(seen)} for {sorted(wanted)}"] if seen.keys() != wanted.keys() else []
    for path in seen.keys() & wanted.keys():
        wrong += [
            f"{path}: {part} {seen[path].get(part)!r} for {wanted[path][part]!r}"
            for part in wanted[path]
            if seen[path].get(part) != wanted[path][part]
        ]
    skips = [skip.path for skip in snapshot.skips()]
    return wrong + ([] if skips == [f"skip{snapshot.generation}"] else [f"skips {skips}"])


def _seen(snapshot: Snapshot) -> dict[str, dict]:
    calls = defaultdict(list)
    for call, edges in snapshot.export_calls():
        targets = sorted((edge.target.path, edge.target.position) for edge in edges)
        calls[call.path].append((call.line, call.column, call.text, call.caller, call.unresolved, targets))
    seen = {}
    for file in snapshot.files():
        symbols = snapshot.symbols_in(file.id)
        seen[file.path] = {
            "file": (file.module, file.size, file.changed_ns, file.lines, file.content_hash),
            "text": snapshot.text(file.id),
            "chunks": [
                (c.kinds, c.line_start, c.line_end, c.byte_start, c.byte_end, c.tokens, c.qualified_name)
                for c in snapshot.chunks_in(file.id)
            ],
            "symbols": [
                (s.name, s.qualified_name, s.full_name, s.kind, s.line_start, s.signature, s.docstring, s.decorators,
                 s.flags, tuple(snapshot.parameters(s.id)), [text for text, _ in snapshot.bases(s.id)])
                for s in symbols
            ],
            "found": all(s.id in {f.id for f in snapshot.symbols_named(s.name, 1000)} for s in symbols),
            "imports": snapshot.imports_of(file.id),
            "calls": sorted(calls[file.path]),
        }  # fmt: skip
    for path, problem in snapshot.problems(1000):
        seen.setdefault(path, {}).setdefault("problems", []).append(problem)
    return seen


def _wanted(parsed: dict) -> dict[str, dict]:
    targets = defaultdict(list)
    for path, file in parsed.items():
        for position, symbol in enumerate(file.facts.symbols):
            targets[symbol.name].append((path, position))
    wanted = {}
    for path, file in parsed.items():
        names = [symbol.qualified_name for symbol in file.facts.symbols]
        module = file.facts.module
        calls = [
            (c.line, c.column, c.text, names[c.scope] if c.scope >= 0 else "",
             None if targets[last_name(c.text)] else "unknown", sorted(targets[last_name(c.text)]))
            for c in file.facts.calls
        ]  # fmt: skip
        wanted[path] = {
            "file": (module, file.size, file.changed_ns, file.lines, file.content_hash),
            "text": file.text,
            "chunks": [
                (c.kinds, c.line_start, c.line_end, c.byte_start, c.byte_end, c.tokens,
                 names[c.symbol] if c.symbol >= 0 else None)
                for c in file.chunks
            ],
            "symbols": [
                (s.name, s.qualified_name, f"{module}.{s.qualified_name}", s.kind, s.line_start, s.signature,
                 s.docstring, s.decorators, s.flags, s.parameters, [text for text, _ in s.bases])
                for s in file.facts.symbols
            ],
            "found": True,
            "imports": list(file.facts.imports),
            "calls": sorted(calls),
        }  # fmt: skip
        if file.facts.problems:
            wanted[path]["problems"] = list(file.facts.problems)
    return wanted


def _chunk_texts(parsed: dict) -> dict[tuple[str, int], str]:
    return {
        (path, chunk.line_start): file.text.encode()[chunk.byte_start : chunk.byte_end].decode()
        for path, file in parsed.items()
        for chunk in file.chunks
    }


def _words(snapshot: Snapshot, oracle: Oracle, parsed: dict, names: dict) -> list[str]:
    """Ask for the own word of every chunk there is, of some that are gone, and for one that stands in most."""
    holds = defaultdict(set)
    for span, text in _chunk_texts(parsed).items():
        for word in text.split():
            holds[word].add(span)
    marks = {word for word in holds if word.startswith("g")}
    gone = {
        word
        for back in range(max(0, snapshot.generation - 2), snapshot.generation + 2)
        for source in oracle.files(back).values()
        for word in source.split()
        if word.startswith("g")
    }
    wrong = []
    for word in sorted({*marks, *gone, "words", "zero"}):
        hits = snapshot.fulltext({word: 1.0}, {"body": BOOSTS["body"]}, 1000)
        found = sorted(names.get(number, ("unknown", number)) for number, _ in hits)
        if found != sorted(holds[word]):
            wrong.append(f"word {word} found in {found}, it is in {sorted(holds[word])}")
    return wrong


def _neighbours(snapshot: Snapshot, parsed: dict, names: dict) -> list[str]:
    """Compare the similarity of every chunk to some vectors, and the order in which they come."""
    vectors = {
        span: vector_of(text).astype(np.float16).astype(np.float32)
        for span, text in _chunk_texts(parsed).items()
        if vector_of(text).any()
    }
    if not vectors:
        return []
    matrix = np.stack(list(vectors.values()))
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    rng = np.random.default_rng(snapshot.generation)
    queries = [*matrix[rng.choice(len(matrix), min(3, len(matrix)), replace=False)], rng.standard_normal(DIMENSIONS)]
    wrong = []
    for query in queries:
        unit = (query / np.linalg.norm(query)).astype(np.float32)
        wanted = dict(zip(vectors, (matrix @ unit).tolist(), strict=True))
        hits = [(names.get(i, ("unknown", i)), score) for i, score in snapshot.nearest(unit, 10_000)]
        first = snapshot.nearest(unit, 1)
        scores = [score for _, score in hits]
        if dict(hits).keys() != wanted.keys() or len(hits) != len(wanted):
            wrong.append(f"{len(hits)} neighbours, not those {len(wanted)} that there are")
        elif any(abs(score - wanted[span]) > CLOSE for span, score in hits) or scores != sorted(scores, reverse=True):
            wrong.append("similarities or their order are not those of the vectors")
        elif not first or abs(wanted[names[first[0][0]]] - max(wanted.values())) > CLOSE:
            wrong.append("the nearest is not the nearest")
    return wrong
