"""What do small files with known facts look like?

``parse`` reads a toy language: one statement a line (``class X``, ``def f(a, b)``, ``call x.y``, ``import m``,
``give x``, ``set x``, ``bad``, anything else is text), indented by its depth. Chunks are runs of three lines.
"""

from hashlib import sha256
from itertools import islice

import numpy as np

from stores import relinking
from stores.facts import (
    MODULE,
    Assignment,
    Call,
    Chunk,
    FileFacts,
    Import,
    Mention,
    Parameter,
    ParsedFile,
    Problem,
    Result,
    Symbol,
)
from stores.index import Batch, FileChange, Identity
from stores.seals import seal_links

DIMENSIONS = 8
IDENTITY = Identity(extractor="toy 1", model="toy", dimensions=DIMENSIONS)
BOOSTS = {"name": 3.0, "path": 1.0, "body": 1.0}

SOURCE = """import os
class Shape
  def area(self, scale)
    call self.side
    set total
  def side(self)
    a line of body words
def main()
  call Shape
  call area
bad
zero
zero
zero
zero
"""


def parse(path, source, changed_ns=1):
    data = source.encode("utf-8", "surrogateescape")
    symbols, calls, imports, assignments, problems, results, mentions = [], [], [], [], [], [], []
    stack, starts, offset = [], [], 0
    for number, line in enumerate(source.split("\n"), 1):
        depth = (len(line) - len(line.lstrip(" "))) // 2
        if line.strip():
            stack = [(d, s) for d, s in stack if d < depth]
        scope = stack[-1][1] if stack else MODULE
        word, _, rest = line.strip().partition(" ")
        if word in ("class", "def") and rest:
            symbols.append(_symbol(symbols, scope, word, rest, number, offset, len(line)))
            stack.append((depth, len(symbols) - 1))
        elif word == "call" and rest:
            calls.append(Call(scope, number, 2 * depth, rest, ("free", rest), (("literal", "int"),)))
        elif word == "import" and rest:
            imports.append(Import(scope, rest, 0, None, rest, number))
        elif word == "set" and rest:
            value, typed = ("literal", "int"), ("builtin", "int")
            assignments.append(Assignment(scope, ("name", scope, rest), value, None, number, typed, 1))
        elif word == "give" and rest:
            results.append(Result(scope, "return", ("name", scope, rest)))
        elif word == "name" and rest:
            mentions.append(Mention(scope, number, rest))
        elif word == "bad":
            problems.append(Problem(number, "bad line"))
        starts.append((offset, stack[-1][1] if stack else MODULE))
        offset += len(line.encode("utf-8", "surrogateescape")) + 1
    facts = FileFacts(
        "toy", path.removesuffix(".toy").replace("/", "."), tuple(symbols), tuple(imports), tuple(calls),
        tuple(assignments), (), tuple(problems), tuple(results), tuple(mentions),
    )  # fmt: skip
    chunks = _chunks(starts, len(data), symbols)
    return ParsedFile(path, len(data), changed_ns, sha256(data).digest(), source, facts, chunks, len(starts))


def _symbol(symbols, scope, word, rest, number, offset, length):
    name, _, inside = rest.partition("(")
    parameters = tuple(Parameter(p.strip(), "positional") for p in inside.rstrip(")").split(",") if p.strip())
    parent = symbols[scope].qualified_name + "." if scope != MODULE else ""
    return Symbol(
        name, parent + name, "class" if word == "class" else "function", scope, number, number + 1, offset,
        offset + length, number, 4, f"{word} {rest}", f"about {name}", ("decorated",), parameters, ("T",), "int",
        (("Base", ("free", "Base")),) if word == "class" else (), ("static",),
        (("free", "decorated"),), ("builtin", "int"),
    )  # fmt: skip


def _chunks(starts, size, symbols):
    chunks = []
    for first in range(0, len(starts), 3):
        last = min(first + 3, len(starts))
        end = starts[last][0] if last < len(starts) else size
        scope = starts[first][1]
        kind = symbols[scope].kind if scope != MODULE else "module"
        chunks.append(Chunk(scope, kind, first + 1, last, starts[first][0], end, last - first))
    return tuple(chunks)


def vector_of(text):
    if text.strip("\n") and set(text.split()) == {"zero"}:
        return np.zeros(DIMENSIONS, np.float32)
    seed = int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:4], "little")
    return np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)


def change(parsed):
    data = parsed.text.encode("utf-8", "surrogateescape")
    texts = [data[c.byte_start : c.byte_end].decode("utf-8", "replace") for c in parsed.chunks]
    hashes = tuple(sha256(t.encode()).digest() for t in texts)
    return FileChange(parsed, hashes), dict(zip(hashes, map(vector_of, texts), strict=True))


def batch(changed=None, removed=(), **more):
    """``changed`` is {path: source}."""
    changes, vectors = [], {}
    for path, source in (changed or {}).items():
        one, found = change(parse(path, source))
        changes.append(one)
        vectors |= found
    more = {"complete": True, "linked": True, "files_expected": len(changes), **more}
    return Batch(changed=tuple(changes), removed=tuple(removed), vectors=vectors, **more)


LINK = """INSERT INTO edges (call_id, target_id, strategy, confidence)
    SELECT c.id, s.id, 'name', 0.5 FROM calls c JOIN symbols s ON s.name = c.name"""

REFER = """INSERT INTO symbol_references (file_id, source_id, target_id, kind, line, strategy)
    SELECT file_id, id, id, 'type', name_line, 'name' FROM symbols WHERE kind = 'class'"""


def link(relations):
    """Every call to every symbol of that name, so that edges are a function of the facts."""
    relations.execute("DELETE FROM edges")
    relations.execute("UPDATE calls SET unresolved = 'unknown'")
    relations.execute(LINK)
    relations.execute("UPDATE calls SET unresolved = NULL WHERE id IN (SELECT call_id FROM edges)")
    relations.execute("DELETE FROM overrides")
    relations.execute("INSERT INTO overrides SELECT min(id), max(id) FROM symbols HAVING count(*) > 1")
    relations.execute("DELETE FROM symbol_references")
    relations.execute(REFER)
    file_ids = [row[0] for row in list(relations.rows("SELECT id FROM files"))]
    for file_id in file_ids:
        relinking.set_link(relations, file_id, [file_id])
    relinking.forget_gone(relations)
    seal_links(relations, file_ids)


def contents(snapshot):
    """Everything that a snapshot shows, without ids: equal for equal files."""
    seen = {"counts": snapshot.counts(), "files": [], "calls": []}
    for file in snapshot.files():
        chunks = [
            (c.kinds, c.line_start, c.line_end, c.byte_start, c.byte_end, c.tokens, c.embed_hash, c.qualified_name)
            for c in snapshot.chunks_in(file.id)
        ]
        symbols = [
            (s.position, s.full_name, s.kind, s.signature, s.docstring, s.decorators, s.flags, s.line_start,
             [m.position for m in snapshot.members(s.id)], snapshot.parameters(s.id), snapshot.bases(s.id))
            for s in snapshot.symbols_in(file.id)
        ]  # fmt: skip
        seen["files"].append(
            (file.path, file.module, file.size, file.lines, file.content_hash, file.surface, snapshot.text(file.id),
             chunks, symbols, snapshot.imports_of(file.id))
        )  # fmt: skip
    for call, edges in snapshot.export_calls():
        targets = sorted((e.target.path, e.target.position) for e in edges)
        seen["calls"].append((call.path, call.line, call.text, call.name, call.caller, call.unresolved, targets))
    seen["problems"] = snapshot.problems(1000)
    seen["fulltext"] = _spans(snapshot, snapshot.fulltext(dict.fromkeys(_words(snapshot), 1.0), BOOSTS, 10_000))
    seen["vectors"] = _spans(snapshot, snapshot.nearest(vector_of("a"), 10_000))
    seen["top"] = _spans(snapshot, snapshot.nearest(vector_of("a"), 3))
    assert snapshot.degraded == ()
    return seen


def _words(snapshot):
    return {f.path.split("/")[-1].split(".")[0] for f in snapshot.files()} | {"toy"}


def _spans(snapshot, hits):
    rows = snapshot.chunks([i for i, _ in hits])
    assert len(rows) == len(hits)
    return sorted((rows[i].path, rows[i].line_start) for i, _ in hits)


def first(iterable):
    return next(islice(iterable, 1), None)
