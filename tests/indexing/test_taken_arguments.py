"""Does a function take the arguments of a call where Python itself says so?"""

from inspect import Parameter, Signature

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.indexing.arguments import takes
from stores.linking import LinkParameter

KINDS = {
    "positional-only": Parameter.POSITIONAL_ONLY,
    "positional": Parameter.POSITIONAL_OR_KEYWORD,
    "variadic": Parameter.VAR_POSITIONAL,
    "keyword-only": Parameter.KEYWORD_ONLY,
    "keyword-variadic": Parameter.VAR_KEYWORD,
}
A_VALUE = ("literal", "int", "1")


@st.composite
def functions(draw):
    """Draw parameters in an order that Python allows, as the index has them and as Python has them."""
    counts = [(kind, draw(st.integers(0, 1 if "variadic" in kind else 2))) for kind in KINDS]
    ours, theirs, optional = [], [], False
    for kind, count in counts:
        for _ in range(count):
            name = "abcdefgh"[len(ours)]
            by_position = kind in ("positional-only", "positional")
            default = "variadic" not in kind and (draw(st.booleans()) or (by_position and optional))
            optional = optional or (by_position and default)
            ours.append(LinkParameter(name, kind, None, '["literal","int"]' if default else None))
            theirs.append(Parameter(name, KINDS[kind], default=1 if default else Parameter.empty))
    made = {}
    exec(f"def function{Signature(theirs)}: ...", made)
    return ours, made["function"]


def accepts(function, placed, named):
    try:
        function(*[1] * placed, **dict.fromkeys(named, 1))
    except TypeError:
        return False
    return True


def written(placed, named):
    return [A_VALUE] * placed + [("keyword", name, A_VALUE) for name in named]


@given(functions(), st.integers(0, 5), st.sets(st.sampled_from("abcdefghz"), max_size=4))
def test_arguments_that_are_written_out_are_taken_as_python_takes_them(function, placed, named):
    ours, theirs = function
    assert takes(ours, written(placed, named)) == accepts(theirs, placed, named)


@given(functions(), st.integers(0, 3), st.sets(st.sampled_from("abcdz"), max_size=3), st.integers(0, 4))
def test_what_is_unpacked_may_be_any_number_of_arguments(function, placed, named, more):
    ours, theirs = function
    if accepts(theirs, placed + more, named):
        assert takes(ours, [*written(placed, named), ("splat", A_VALUE)])
