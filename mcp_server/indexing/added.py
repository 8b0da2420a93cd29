"""Which functions that are added to types does a file see?

Kotlin's extension functions (Kotlin specification, "Extension functions"): those of the own package, and those that the
file imports by name or with all of their package. One of a type parameter (``fun <T : Base> T.f()``) is added to every
type that the parameter may be; which these are is not looked into where the type has no such member.
"""

from typing import TYPE_CHECKING

from mcp_server.indexing.values import Definition
from stores import linking
from stores.facts import MODULE
from stores.linking import LinkFile, Names
from stores.relations import Relations

if TYPE_CHECKING:
    from mcp_server.indexing.outcomes import Outcomes


def is_seen(inference: "Outcomes", function: Definition, target: LinkFile, names: Names, own: LinkFile) -> bool:
    """Say whether a file sees a function; only one that is added to a type from outside may not be."""
    if target.id == own.id or not _is_added(inference, function):
        return True
    return target.module in _modules(inference.symbol(*function).name, names, own)


def of_parameters(
    inference: "Outcomes", relations: Relations, name: str, names: Names, own: LinkFile
) -> list[Definition]:
    """Return the functions called ``name`` that a file sees and that are added to whatever a type parameter is."""
    modules = sorted(_modules(name, names, own))
    found = [Definition(*row) for module in modules for row in linking.added(relations, name, module, own.language)]
    return [each for each in found if _is_added(inference, each) and _is_of_parameter(inference, each)]


def _modules(name: str, names: Names, own: LinkFile) -> set[str]:
    """Return the packages whose functions called ``name`` a file sees."""
    imported = (each.module for each in names.bindings.get((MODULE, name), ()) if each.member == name)
    return {own.module, *(module for module in imported if module), *(module for module, _ in names.wildcards)}


def _is_added(inference: "Outcomes", function: Definition) -> bool:
    """Say whether a function is added to a type outside of all types."""
    parent = inference.symbol(*function).parent
    if parent == MODULE:
        return False
    owner = inference.symbol(function.file_id, parent)
    return owner.kind == "impl" and owner.parent == MODULE


def _is_of_parameter(inference: "Outcomes", function: Definition) -> bool:
    owner = inference.symbol(function.file_id, inference.symbol(*function).parent)
    return owner.name in inference.type_parameters(function)
