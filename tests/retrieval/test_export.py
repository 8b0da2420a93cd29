"""Is what is exported what the sources have, in forms that other programs read?"""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from mcp_server.errors import BadQuery
from mcp_server.retrieval.export import RELATIONS, WHAT, lines, relation_rows

NAMESPACE = "{http://graphml.graphdrawing.org/xmlns}"
QUOTED = r'"(?:[^"\\\n]|\\\\|\\")*"'
VALUES = rf"\[\w+={QUOTED}(?:, \w+=(?:{QUOTED}|dashed))*\]"
DOT_LINE = re.compile(rf"  f\d+(?:s\d+)?(?: -> f\d+(?:s\d+)?)? {VALUES};")


def ends(rows, relation):
    return {
        ((r["source"]["symbol"] or r["source"]["path"]), r["target"] and (r["target"]["symbol"] or r["target"]["path"]))
        for r in rows
        if r["relation"] == relation and not r["source"]["path"].startswith("net/")
    }


@pytest.fixture(scope="module")
def rows(town):
    return list(relation_rows(town))


def test_every_relation_has_rows(rows):
    assert {row["relation"] for row in rows} == set(RELATIONS)


def test_files_contain_symbols_and_symbols_contain_others(rows):
    found = ends(rows, "contains")
    assert {("town/lamp.py", "town.lamp.Lamp"), ("town.lamp.Lamp", "town.lamp.Lamp.light")} <= found
    assert ("town/lamp.py", "town.lamp.Lamp.light") not in found


def test_imports_are_resolved_or_kept_as_they_are_written(rows):
    found = ends(rows, "imports")
    assert {("tests/test_post.py", "town/post.py"), ("town/ring/west.py", None)} <= found
    (outside,) = [r for r in rows if r["relation"] == "imports" and r.get("module") == "os"]
    assert (outside["resolved"], outside["target"], outside["line"]) == (False, None, 1)
    (deferred,) = [r for r in rows if r["relation"] == "imports" and r["source"]["symbol"] == "town.ring.south.rest"]
    assert deferred["target"]["path"] == "town/ring/east.py"


def test_classes_methods_and_objects_are_related(rows):
    assert ends(rows, "inherits") == {("town.post.Parcel", "town.post.Letter"), ("town.lamp.Neon", "town.lamp.Lamp")}
    assert ends(rows, "overrides") == {("town.lamp.Neon.light", "town.lamp.Lamp.light")}
    assert ends(rows, "instantiates") == {
        ("town.post.write", "town.post.Parcel"),
        ("town.road.drive", "town.lamp.Lamp"),
        ("tests.test_post.test_a_letter", "town.post.Letter"),
    }


def test_what_is_named_without_a_call_is_related(rows):
    found = {(r["kind"], r["source"]["symbol"], r["target"]["symbol"]) for r in rows if r["relation"] == "references"}
    assert {
        ("callback", "town.desk.office", "town.desk.sign"),
        ("decorator", "town.desk.sealed", "town.desk.stamp"),
        ("type", "town.desk.sealed", "town.post.Letter"),
    } <= found
    ((_, target),) = ends(rows, "mentions")
    assert target == "town.desk.sealed"


def test_tests_are_related_to_what_they_reach_through_others(rows):
    found = {(r["source"]["symbol"], r["target"]["symbol"]): r["calls"] for r in rows if r["relation"] == "tests"}
    assert found["tests.test_post.test_folding", "town.post.fold"] == 1
    assert found["tests.test_post.test_driving", "town.road.drive"] == 2
    assert found["tests.test_post.test_driving", "town.road.shine"] == 3
    assert ("tests.test_post.test_driving", "tests.test_post.helper") not in found
    assert {source for source, _ in found} == {
        "tests.test_post.test_folding",
        "tests.test_post.test_driving",
        "tests.test_post.test_a_letter",
    }


def test_only_what_is_asked_for_is_written(town):
    found = [json.loads(line) for line in lines(town, "relations", only=["overrides"])]
    assert [row["relation"] for row in found] == ["overrides"]


@pytest.mark.parametrize("what", WHAT)
def test_graphml_is_read_back_with_both_ends_of_every_edge(town, what):
    graph = ElementTree.fromstring("\n".join(lines(town, what, "graphml"))).find(f"{NAMESPACE}graph")
    nodes = [node.get("id") for node in graph.findall(f"{NAMESPACE}node")]
    edges = graph.findall(f"{NAMESPACE}edge")
    assert len(set(nodes)) == len(nodes)
    assert {end for edge in edges for end in (edge.get("source"), edge.get("target"))} <= set(nodes)
    labels = {n.get("id"): n.find(f"{NAMESPACE}data").text for n in graph.findall(f"{NAMESPACE}node")}
    drawn = {(labels[e.get("source")], labels[e.get("target")]) for e in edges}
    wanted = {"calls": ("drive", "shine"), "relations": ("Parcel", "Letter")}
    assert wanted[what] in drawn


@pytest.mark.parametrize("what", WHAT)
def test_dot_has_the_nodes_and_edges_of_graphml(town, what):
    first, *body, last = lines(town, what, "dot")
    assert (first, last) == (f"digraph {what} {{", "}")
    assert [line for line in body if not DOT_LINE.fullmatch(line)] == []
    as_xml = list(lines(town, what, "graphml"))
    assert sum(" -> " in line for line in body) == sum("<edge " in line for line in as_xml)
    assert sum(" -> " not in line for line in body) == sum("<node " in line for line in as_xml)


def test_names_with_the_marks_of_a_form_come_back_whole(town):
    title = 'A "quoted" <b>title</b> & back\\slash'
    graph = ElementTree.fromstring("\n".join(lines(town, "relations", "graphml")))
    assert title in [data.text for data in graph.iter(f"{NAMESPACE}data")]
    assert 'label="A \\"quoted\\" <b>title</b> & back\\\\slash"' in "\n".join(lines(town, "relations", "dot"))
    assert title in [json.loads(line)["target"]["symbol"] for line in lines(town, "relations", only=["contains"])]


def test_possible_calls_are_dashed(town):
    dashed = [line for line in lines(town, "calls", "dot") if "style=dashed" in line]
    assert len(dashed) == 2


@pytest.mark.parametrize(
    "arguments", [("love",), ("calls", "svg"), ("relations", "dot", ["love"]), ("calls", "dot", ["imports"])]
)
def test_what_cannot_be_exported_is_refused_with_what_can(town, arguments):
    with pytest.raises(BadQuery) as error:
        lines(town, *arguments)
    assert error.value.hint
