"""Does an error of the linker cost one file its links, and is it told?

Facts that no extractor gives stand for the mistake that nobody has found yet.
"""

import random
import re
from collections import defaultdict
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_cases import Case, contents

from mcp_server.indexing.relink import link
from mcp_server.indexing.reuse import Reuse
from mcp_server.indexing.versions import identity
from mcp_server.indexing.worker import Task, attempt
from mcp_server.languages import language_of
from stores import seals
from stores.facts import FileFacts, ParsedFile
from stores.relations import Relations
from tests import annotated

TESTS = Path(__file__).parents[1]
BAD = "import good\nfrom good import *\nclass Child(Base):\n    def go(self): self.stay(), good.run()\nh = run\n"
GOOD = "class Base:\n    def go(self): ...\n    def stay(self): ...\ndef run(): Base().go()\n"
USER = "from bad import Child\nfrom good import run\nChild().go(), run()\n"
# A symbol that the file has not.
NOWHERE = ("self", 999)


def broken(facts: FileFacts) -> FileFacts:
    """The facts with the last call on an object of a class that is not there."""
    *calls, last = facts.calls
    return replace(facts, calls=(*calls, replace(last, callee=("attribute", NOWHERE, "run"))))


def store(relations: Relations, files: dict[str, str], *bad: str) -> None:
    for path, text in files.items():
        facts = language_of(path).extract(path, text)
        facts = broken(facts) if path in bad else facts
        digest = sha256(text.encode()).digest()
        parsed = ParsedFile(path, len(text), 0, digest, text, facts, (), text.count("\n"))
        seals.seal_facts(relations, [relations.replace_file(parsed, (), (), 1)])


def linked(relations: Relations, files: dict[str, str], *bad: str, everything: bool = False) -> int:
    with relations.atomic():
        store(relations, files, *bad)
        return link(relations, None if everything else list(files))


def edges(relations: Relations) -> set[tuple[str, str]]:
    rows = relations.rows("""SELECT f.path, s.full_name FROM edges e JOIN calls c ON c.id = e.call_id
        JOIN files f ON f.id = c.file_id JOIN symbols s ON s.id = e.target_id""")
    return {(path.decode(), name) for path, name in rows}


@pytest.fixture
def relations():
    opened = Relations.open()
    yield opened
    opened.close()


def test_a_file_that_cannot_be_linked_costs_no_other_file_its_links(relations):
    assert linked(relations, {"bad.py": BAD, "good.py": GOOD, "user.py": USER}, "bad.py", everything=True) == 1
    of_user = {("user.py", "bad.Child"), ("user.py", "bad.Child.go"), ("user.py", "good.run")}
    assert edges(relations) == {("good.py", "good.Base"), ("good.py", "good.Base.go"), *of_user}
    assert list(relations.rows("SELECT DISTINCT unresolved FROM calls WHERE file_id = 1")) == [("not linked",)]
    assert relations.value("SELECT count(target_id) FROM bases") == 0
    assert relations.value("SELECT count(target_id) FROM imports WHERE file_id = 1") == 0
    assert list(seals.broken_seals(relations, linked=True)) == []


def test_a_file_that_could_be_linked_before_keeps_none_of_its_links_when_it_cannot(relations):
    files = {"bad.py": BAD, "good.py": GOOD}
    assert linked(relations, files, everything=True) == 0
    assert ("bad.py", "good.run") in edges(relations)
    assert linked(relations, {"bad.py": BAD}, "bad.py") == 1
    fresh = Relations.open()
    assert linked(fresh, files, "bad.py", everything=True) == 1
    assert contents(relations) == contents(fresh)
    fresh.close()


def test_a_file_that_could_not_be_linked_is_tried_again_at_any_change(relations):
    linked(relations, {"bad.py": BAD, "good.py": GOOD}, "bad.py", everything=True)
    with relations.atomic():  # as if the mistake had been mended
        relations.execute("""UPDATE calls SET callee = '["free", "none"]' WHERE callee LIKE '%999%'""")
    assert linked(relations, {"other.py": "x = 1\n"}) == 0
    assert ("bad.py", "good.Base.stay") in edges(relations)
    assert relations.value("SELECT count(*) FROM linked WHERE problem <> ''") == 0


def test_a_file_that_could_not_be_linked_and_goes_is_forgotten(relations):
    linked(relations, {"bad.py": BAD, "good.py": GOOD, "user.py": "def f(x): x.lonely()\n"}, everything=True)
    linked(relations, {"bad.py": BAD.replace("go(", "lonely(")}, "bad.py")
    assert ("user.py", "bad.Child.lonely") in edges(relations)
    with relations.atomic():
        relations.remove_file("bad.py", 2)
        assert link(relations, ["bad.py"]) == 0
    assert list(relations.rows("SELECT unresolved FROM calls WHERE name = 'lonely'")) == [("parameter",)]


def test_a_run_reports_the_files_that_it_could_not_link_and_answers_say_so(tmp_path, caplog):
    case = Case(tmp_path, {"bad.py": BAD, "good.py": GOOD, "user.py": USER})
    # Facts that were seen before are taken as they are.
    task = Task("bad.py", len(BAD), 0, None)
    parsed = attempt(case.root, task, case.app._settings.index)
    wanted = identity(case.app._settings, case.app._embedder())
    with Reuse(case.app._settings, wanted) as cache:
        cache.keep([replace(parsed, facts=broken(parsed.facts))], {})
    report = case.app.index()
    assert (report["reused_files"], report["problems"], report["counts"]["problems"]) == (1, 1, 1)
    (problem,) = case.app.status().data["problems"]
    assert re.fullmatch(
        r"bad\.py:1: not linked, so what it calls, imports and inherits is unknown: KeyError in \w+\.py:\d+", problem
    )
    (record,) = caplog.records
    assert problem.partition(": ")[2] in record.getMessage()
    assert record.exc_info[0] is KeyError
    answer = case.app.call_graph("good.run")
    assert "what bad.py calls, imports and inherits is unknown" in answer.text
    assert "user.py" in answer.text
    assert "1 not linked" in answer.text
    assert "bad.py calls, imports and inherits is unknown" in case.app.context("good.run").text
    case.app.close()


def sources() -> dict[str, list[tuple[str, str]]]:
    """The sources of the other tests, by language."""
    found = defaultdict(list)
    for file in [*TESTS.glob("calls/*.txt"), *TESTS.glob("languages/*/*.txt")]:
        for source in annotated.read(file.read_text("utf-8")):
            if language := language_of(source.path):
                found[language.name].append((source.path, source.text))
    return found


SOURCES = sources()
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
ODD = ["self", "this", "super", "class", "import", "constructor", "private", *"(){}[]<>=@*.:$\"'", "é", ""]


def half_edited(text: str, other: str, chance: random.Random) -> str:
    """A source with words left out, moved, doubled, and taken from another."""
    words = TOKEN.findall(text)
    strange = TOKEN.findall(other)
    for _ in range(chance.randint(1, 6)):
        if not words:
            break
        at, size = chance.randrange(len(words)), chance.choice([1, 1, 2, 8, 30])
        start = chance.randrange(len(strange) + 1)
        taken = [[], words[at : at + size] * 2, strange[start : start + size], [chance.choice(ODD)]]
        words[at : at + size] = chance.choice(taken)
    return "".join(words)


@pytest.mark.parametrize(
    ("path", "text"), [("a.ts", "{constructor(private m{}\n"), ("A.java", "enum L{W{{}}\u00e9")], ids=["a.ts", "A.java"]
)
def test_half_edited_sources_that_could_not_be_linked_once_can_be_linked(relations, path, text):
    assert linked(relations, {path: text}, everything=True) == 0


@settings(max_examples=60)
@given(st.sampled_from(sorted(SOURCES)), st.randoms(use_true_random=False))
def test_half_edited_sources_of_any_language_can_be_linked(language, chance):
    check_linkable(language, chance)


@pytest.mark.slow
@settings(max_examples=5_000)
@given(st.sampled_from(sorted(SOURCES)), st.randoms(use_true_random=False))
def test_many_more_half_edited_sources_of_any_language_can_be_linked(language, chance):
    check_linkable(language, chance)


def check_linkable(language: str, chance: random.Random) -> None:
    known = SOURCES[language]
    chosen = [chance.choice(known) for _ in range(chance.randint(1, 4))]
    files = {path: half_edited(text, chance.choice(known)[1], chance) for path, text in chosen}
    opened = Relations.open()
    try:
        linked(opened, files, everything=True)
        problems = list(opened.rows("SELECT problem FROM linked WHERE problem <> ''"))
        assert problems == [], files
    finally:
        opened.close()
