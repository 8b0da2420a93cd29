"""Are cycles those that the definition says: members that reach each other?"""

from graph_town import NET
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.retrieval.cycles import around, components, recursion

GRAPHS = st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), max_size=10)


def reachable(graph, start):
    """All that ``start`` leads to by one step or more."""
    found, waiting = set(), list(graph.get(start, ()))
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(graph.get(node, ()))
    return found


@given(GRAPHS)
def test_members_of_a_component_reach_each_other_and_no_one_else_does(graph):
    nodes = {*graph, *(t for targets in graph.values() for t in targets)}
    reach = {node: reachable(graph, node) for node in nodes}
    expected = {frozenset({a} | {b for b in nodes if b in reach[a] and a in reach[b]}) for a in nodes}
    found = components(graph)
    assert {frozenset(c) for c in found} == expected
    assert all(c == sorted(c) for c in found)
    assert sum(map(len, found)) == len(nodes)


def test_a_chain_of_thousands_needs_no_stack():
    graph = {n: [n + 1] for n in range(20_000)} | {20_000: [0]}
    assert [len(c) for c in components(graph)] == [20_001]


@given(GRAPHS, st.integers(0, 9))
def test_a_way_around_is_a_shortest_one_through_others(graph, node):
    way = around(graph, node)
    others = {n: [t for t in targets if not (n == t == node)] for n, targets in graph.items()}
    if not way:
        assert node not in reachable(others, node)
        return
    assert way[0] == node
    assert len(set(way)) == len(way) > 1
    assert all(b in graph[a] for a, b in zip(way, (*way[1:], node), strict=True))
    level, steps = {node}, 0
    while node not in level or not steps:
        level, steps = {t for n in level for t in others.get(n, ())}, steps + 1
    assert steps == len(way)


def test_whether_a_function_of_a_net_runs_itself_is_known_exactly(town):
    for name, called in list(NET.items())[::5]:
        symbol = town.symbols_named(name, 1)[0]
        found = recursion(town, symbol.id)
        members = {n for n in NET if n in reachable(NET, name) and name in reachable(NET, n)} | {name}
        assert found.known
        assert {town.symbol(i).name for i in found.members} == members
        assert found.direct == (name in called)
        assert bool(found.around) == (len(members) > 1)
