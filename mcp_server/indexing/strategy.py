"""By which way is it known what an expression stands for?

The strategies whose precision ``benchmarks/callgraph.py`` counts: bare names (local, import), members (module_member,
class_member, self, super), inferred types (constructor, type), and functions called like members (extension;
extension_name where the type of the receiver is not known).
"""

from collections.abc import Iterator

from mcp_server.indexing.infer import Inference
from mcp_server.indexing.values import Definition, Instance, OwnClass, Super, Value, is_known
from mcp_server.languages.resolution import Module
from stores.facts import Expr
from stores.linking import Names

# Those by which a function is called as if it were a member.
EXTENSIONS = frozenset({"extension", "extension_name"})
_LEXICAL = frozenset({"name", "free", "definition", "implicit"})


def found(inference: Inference, expr: Expr, names: Names) -> Iterator[tuple[Value, str]]:
    """Yield what an expression of a file may stand for, each value with the strategy that found it."""
    if expr[0] == "made":
        meant = inference.evaluate(expr, names)
        yield from ((value, how) for value, how in found(inference, expr[1], names) if value in meant)
        return
    if expr[0] != "attribute":
        for value in inference.evaluate(expr, names):
            yield value, _how_named(expr, value, names)
        return
    receivers = inference.receiving(inference.evaluate(expr[1], names), names)
    if expr[:3] in names.elements:
        yield from ((value, "type") for value in inference.evaluate(expr, names))
        return
    members = [(v, base) for base in receivers for v in inference.member_of(base, expr[2], names)]
    if not any(is_known(value) for value, _ in members):
        extensions = inference.extensions(expr, receivers, names)
        if extensions:
            how = "extension" if inference.receiver_type(expr, names) else "extension_name"
            yield from ((value, how) for value in extensions)
            return
    for value, base in members:
        yield value, _how(inference, expr[1], base, names)


def _how_named(expr: Expr, value: Value, names: Names) -> str:
    if isinstance(value, Instance):
        return "constructor" if expr[0] == "call" else "type"
    if expr[0] not in _LEXICAL or not isinstance(value, Definition):
        return "self" if expr[0] == "class" else "type"
    return "local" if value.file_id == names.file_id else "import"


def _how(inference: Inference, receiver: Expr, base: Value, names: Names) -> str:
    if isinstance(base, Super):
        return "super"
    if isinstance(base, Module):
        return "module_member"
    if receiver[0] in ("self", "class"):
        return "self"
    if isinstance(base, Definition):
        return "class_member"
    made = inference.evaluate(receiver[1], names) if receiver[0] == "call" else ()
    built = isinstance(base, Instance) and (base.cls in made or OwnClass(base.cls) in made)
    return "constructor" if built else "type"
