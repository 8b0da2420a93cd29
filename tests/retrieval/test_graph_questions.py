"""Are the larger questions about a graph answered: paths, impact, dependencies, cycles, and all that is unknown?"""

import re
from itertools import pairwise

import pytest
from graph_town import NET

from mcp_server.errors import BadQuery, UnknownSymbol


def names(answer, number=0):
    return [s["symbol"].rpartition(".")[2] for s in answer.data["paths"][number]["symbols"]]


# --- paths ------------------------------------------------------------------------------------------------


def test_the_shortest_path_names_every_call_with_its_line(ask):
    answer = ask("Letter.send", to="shine")
    assert names(answer) == ["send", "deliver", "drive", "shine"]
    assert answer.text.startswith("shortest path from Letter.send to shine: 3 calls\n")
    assert re.search(r"^  > :9 calls town/post\.py:21-22 deliver \[local \S+\]$", answer.text, re.MULTILINE)


def test_all_shortest_paths_are_counted_and_come_in_the_order_of_their_places(ask):
    answer = ask("either", to="last")
    assert [names(answer, n) for n in range(2)] == [["either", "first", "last"], ["either", "second", "last"]]
    assert answer.data["paths_in_all"] == 2
    assert "2 of this length" in answer.text


def test_a_path_goes_through_the_constructor_that_a_class_inherits(ask):
    answer = ask("write", to="fold")
    assert names(answer) == ["write", "__init__", "fold"]
    assert answer.data["paths"][0]["steps"][0]["through"] == "town.post.Parcel"
    assert "calls Parcel, runs town/post.py:5-6 Letter.__init__" in answer.text


def test_a_path_through_a_method_that_may_run_instead_says_so(ask):
    answer = ask("shine", to="buzz")
    assert names(answer) == ["shine", "light", "buzz"]
    assert answer.data["paths"][0]["certainty"] == "instead"
    assert "only through what may run" in answer.text
    assert "calls Lamp.light, may run instead" in answer.text


def test_super_runs_what_it_names_and_nothing_instead(ask):
    assert not ask("Neon.light", to="whisper", direction="callees").data["paths"]


def test_possible_edges_are_followed_only_when_asked(ask):
    without = ask("maybe", to="Candle.flicker")
    assert not without.data["paths"]
    assert "include_possible" in without.text
    answer = ask("maybe", to="Candle.flicker", include_possible=True)
    assert answer.data["paths"][0]["certainty"] == "possible"
    assert "only over edges that are possible by name" in answer.text
    assert "possible]" in answer.text


def test_a_path_the_other_way_is_found_and_said_to_be_that(ask):
    answer = ask("shine", to="Letter.send")
    assert "no path found from shine to Letter.send among known edges" in answer.text
    assert "shortest path from Letter.send to shine: 3 calls" in answer.text
    assert not ask("shine", to="Letter.send", direction="callees").data["paths"]
    assert ask("shine", to="Letter.send", direction="callers").data["paths"]


def test_no_path_is_not_said_to_be_none_while_calls_on_the_way_are_unresolved(ask):
    answer = ask("ask", to="answer", direction="callees")
    assert answer.data["paths"] == []
    assert "no path found from ask to answer among known edges" in answer.text
    assert "1 unresolved site on the way (1 parameter)" in answer.text
    assert "town/road.py:14 passenger.answer [parameter]" in answer.text
    assert answer.data["in_vain"][0]["exhausted"]


def test_where_nothing_is_open_that_is_said(ask):
    assert "no unresolved sites on the way" in ask("whisper", to="fold", direction="callees").text


def test_a_depth_bounds_the_path(ask):
    assert "given up" in ask("Letter.send", to="shine", depth=2, direction="callees").text
    assert ask("Letter.send", to="shine", depth=3, direction="callees").data["paths"]


def test_a_class_begins_a_path_in_its_members_and_ends_one_in_its_constructor(ask):
    assert names(ask("Letter", to="drive")) == ["send", "deliver", "drive"]
    assert names(ask("write", to="Letter"))[0] == "write"


def test_an_ambiguous_end_is_answered_with_its_candidates(ask):
    answer = ask("maybe", to="flicker")
    assert {c["symbol"] for c in answer.data["candidates"]} == {"town.lamp.Lamp.flicker", "town.lamp.Candle.flicker"}
    assert "as to" in answer.text


def test_an_unknown_end_names_the_nearest(ask):
    with pytest.raises(UnknownSymbol) as error:
        ask("maybe", to="deliverr")
    assert "deliver" in error.value.hint


@pytest.mark.parametrize(
    ("symbol", "arguments", "said"),
    [
        ("fold", {"to": "fold"}, "fold itself"),
        ("fold", {"to": "town/"}, "file or folder"),
        ("town/", {"to": "fold"}, "is a symbol"),
        ("town/", {"to": "town/ring/"}, "in it"),
        ("fold", {"to": "write", "direction": "impact"}, "impact"),
        ("fold", {"format": "svg"}, "svg"),
        ("fold", {"depth": 6}, "out of range"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_next_step(ask, symbol, arguments, said):
    with pytest.raises(BadQuery) as error:
        ask(symbol, **arguments)
    assert said in str(error.value)
    assert error.value.hint


def test_paths_in_a_net_are_as_short_as_a_plain_search_finds_them(ask):
    for start in ("knot_0", "knot_5", "knot_31", "knot_77"):
        steps, level = {start: 0}, [start]
        while level:
            level = [t for n in level for t in NET[n] if t not in steps and not steps.update({t: steps[n] + 1})]
        for end in list(NET)[::9]:
            if end == start:
                continue
            answer = ask(start, to=end, direction="callees")
            found = [len(path["steps"]) for path in answer.data["paths"]]
            assert set(found) == ({steps[end]} if end in steps else set())
            for path in answer.data["paths"]:
                way = [s["symbol"].rpartition(".")[2] for s in path["symbols"]]
                assert all(b in NET[a] for a, b in pairwise(way))


# --- trees ------------------------------------------------------------------------------------------------


def test_who_calls_a_class_calls_its_constructor(ask):
    answer = ask("Letter.__init__", direction="callers")
    callers = {e["symbol"]: e["kind"] for e in answer.data["callers"]["edges"]}
    assert callers == {"town.post.write": "constructor", "tests.test_post.test_a_letter": "constructor"}


def test_a_class_leads_to_the_constructor_that_it_runs(ask):
    (edge,) = ask("Parcel", direction="callees").data["callees"]["edges"]
    assert (edge["symbol"], edge["kind"]) == ("town.post.Letter.__init__", "runs")


def test_overriding_methods_are_shown_apart_from_both_sides(ask):
    assert "overridden by (may run instead): town/lamp.py:10 Neon.light" in ask("Lamp.light").text
    answer = ask("Neon.light", direction="callers")
    assert "overrides: town/lamp.py:2 Lamp.light" in answer.text
    assert answer.data["callers"]["edges"] == []
    assert [e["symbol"] for e in answer.data["callers"]["instead"]] == ["town.road.shine"]
    assert "none found, but 1 call site may be" in answer.text
    assert "may run it, as they call what it overrides: 1" in answer.text


def test_kinds_of_edges_are_shown_and_super_is_not_virtual(ask):
    assert "virtual] (or 1 override)" in ask("shine", direction="callees").text
    assert "constructor]" in ask("drive", direction="callees").text
    (edge,) = [e for e in ask("Neon.light").data["callees"]["edges"] if e["strategy"] == "super"]
    assert edge["kind"] == "direct"


def test_who_hands_a_function_on_is_told_and_is_no_caller(ask):
    answer = ask("sign")
    assert answer.data["callers"]["edges"] == []
    assert "callers of sign: none found, but it is handed on in 1 place" in answer.text
    assert "named, not called: 1 callback" in answer.text
    assert re.search(r"^  town/desk\.py:17 office \[local callback\]$", answer.text, re.MULTILINE)
    assert [n["kind"] for n in ask("office").data["callees"]["named"]] == ["callback"]
    assert "sealed [local decorator]" in ask("stamp", direction="callers").text
    assert "1 type" in ask("Letter", direction="callers").text


def test_a_path_and_an_impact_go_through_what_is_handed_on(ask):
    answer = ask("office", to="sign")
    (step,) = answer.data["paths"][0]["steps"]
    assert (step["kind"], step["confidence"]) == ("callback", None)
    assert answer.data["paths"][0]["certainty"] == "instead"
    assert "hands on town/desk.py:8-9 sign [local callback]" in answer.text
    assert reached(ask("sign", direction="impact")) == {"office": 1}
    assert reached(ask("stamp", direction="impact")) == {"sealed": 1}
    assert "-.->" in ask("sign", direction="impact", format="mermaid").text


def test_direct_and_mutual_recursion_are_told_apart(ask):
    assert "recursion: calls itself" in ask("again").text
    answer = ask("tick")
    assert "recursion: tick > tock > tick, 2 symbols call one another" in answer.text
    assert answer.data["recursion"]["cycle"] == ["town.road.tick", "town.road.tock"]
    assert "recursion" not in ask("fold").text
    callees = {e["symbol"]: e["circle"] for e in ask("tock", direction="callees").data["callees"]["edges"]}
    assert callees == {"town.road.tick": "others", "town.road.again": "itself"}


def test_possible_edges_are_part_of_the_tree_when_asked_and_marked(ask):
    answer = ask("maybe", direction="callees", include_possible=True)
    assert {e["symbol"] for e in answer.data["callees"]["edges"]} == {
        "town.lamp.Lamp.flicker",
        "town.lamp.Candle.flicker",
    }
    assert all(e["possible"] for e in answer.data["callees"]["edges"])
    assert "2 of them possible" in answer.text
    assert answer.data["callees"]["possible"] == []


# --- impact -----------------------------------------------------------------------------------------------


def reached(answer, kind="code"):
    return {(r["symbol"] or r["path"]).rpartition(".")[2]: r["distance"] for r in answer.data["impact"][kind]}


def test_impact_follows_callers_of_callers_and_names_the_tests_nearest_first(ask):
    answer = ask("drive", direction="impact", depth=3)
    assert reached(answer) == {"deliver": 1, "helper": 1, "send": 2}
    assert reached(answer, "reaching_tests") == {"test_driving": 2, "test_a_letter": 3}
    assert "impact of drive within 3 calls: 3 symbols in 2 files, 2 tests in 1 file" in answer.text
    assert answer.text.index("test_driving") < answer.text.index("test_a_letter")


def test_impact_ends_at_its_depth(ask):
    assert reached(ask("drive", direction="impact", depth=1)) == {"deliver": 1, "helper": 1}


def test_a_method_that_stands_in_for_another_is_reached_by_its_callers(ask):
    assert reached(ask("Neon.light", direction="impact", depth=1)) == {"shine": 1}
    assert "shine [type .98 virtual] may run instead" in ask("Neon.light", direction="impact").text


def test_a_class_changes_with_its_members_and_a_function_with_what_hands_it_out(ask):
    answer = ask("Letter", direction="impact", depth=1)
    assert reached(answer) == {"write": 1}
    assert reached(answer, "reaching_tests") == {"test_a_letter": 1}
    assert answer.data["impact"]["changed"] == 3
    assert {"hum": 1, "buzz": 1}.items() <= reached(ask("whisper", direction="impact")).items()


def test_nothing_known_is_not_nothing(ask):
    answer = ask("answer", direction="impact")
    assert "nothing is known to reach it" in answer.text
    assert "unknown: unresolved calls of this name: 1 parameter" in answer.text
    assert "unknown" not in ask("go", direction="impact", depth=1).text


# --- files and folders ------------------------------------------------------------------------------------


def test_a_file_says_what_it_uses_and_what_uses_it(ask):
    answer = ask("town/road.py")
    found = answer.data["dependencies"]
    assert [(d["path"], d["imports"], d["calls"]) for d in found["uses"]] == [("town/lamp.py", 1, 2)]
    assert [d["path"] for d in found["used_by"]] == ["town/post.py", "tests/test_post.py"]
    assert "import cycles: none" in answer.text


def test_depth_reaches_files_further_on(ask):
    found = ask("town/post.py", direction="callees", depth=2).data["dependencies"]
    assert {d["path"]: d["distance"] for d in found["uses"]} == {"town/road.py": 1, "town/lamp.py": 2}
    found = ask("town/lamp.py", direction="impact").data["dependencies"]
    assert {d["path"]: d["distance"] for d in found["used_by"]} == {
        "town/road.py": 1,
        "town/post.py": 2,
        "tests/test_post.py": 2,
        "town/desk.py": 3,
    }


def test_an_import_cycle_is_shown_and_an_import_inside_a_function_told(ask):
    answer = ask("town/ring/west.py")
    (cycle,) = answer.data["dependencies"]["cycles"]
    assert [step["path"].rpartition("/")[2] for step in cycle["around"]] == ["west.py", "south.py", "east.py"]
    assert (cycle["members"], cycle["at_load"], cycle["deferred"]) == (3, 0, True)
    assert "import cycle: 3 members, none by imports that are made at load" in answer.text
    assert "imports of no one file of this root: os 1" in answer.text


def test_imports_for_types_alone_make_no_cycle_at_load(ask):
    (cycle,) = ask("town/kinds/a.py").data["dependencies"]["cycles"]
    assert (cycle["members"], cycle["at_load"], cycle["deferred"]) == (2, 0, True)
    (cycle,) = ask("town/kinds/one.ts").data["dependencies"]["cycles"]
    assert (cycle["members"], cycle["at_load"], cycle["deferred"]) == (3, 2, False)


def test_a_folder_is_one_and_its_inner_cycles_are_named(ask):
    answer = ask("town/ring")
    found = answer.data["dependencies"]
    assert (found["path"], found["files"], found["uses"], found["used_by"]) == ("town/ring/", 4, [], [])
    assert [c["members"] for c in found["cycles_inside"]] == [3]
    assert "uses: none among the imports and calls that are resolved" in answer.text
    assert ask("town.ring").data["dependencies"]["path"] == "town/ring/"
    assert [c["members"] for c in ask(".").data["dependencies"]["cycles_inside"]] == [12, 3, 3, 2]


def test_a_path_of_imports_leads_from_file_to_file(ask):
    answer = ask("tests/test_post.py", to="town/lamp.py")
    assert [p["path"] for p in answer.data["imports"]] == ["tests/test_post.py", "town/road.py", "town/lamp.py"]
    assert "  town/road.py:1 imports" in answer.text
    assert "no path of imports from town/ring/ to tests/" in ask("town/ring/", to="tests/").text


def test_a_path_that_is_not_there_names_the_nearest(ask):
    with pytest.raises(UnknownSymbol) as error:
        ask("city/road.py")
    assert "town/road.py" in error.value.hint
