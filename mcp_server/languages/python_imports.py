"""What does a Python import statement bind?"""

from collections.abc import Iterator

from tree_sitter import Node

from mcp_server.languages.extract import Source
from stores.facts import MODULE, Import


def module_imports(node: Node, source: Source) -> Iterator[Import]:
    """Yield the imports of ``import a.b, c as d``."""
    line = source.line(node.start_byte)
    for child in node.children_by_field_name("name"):
        name, alias = _name_and_alias(child, source)
        if name:
            yield Import(MODULE, name, 0, None, alias or name.partition(".")[0], line, alias is not None)


def from_imports(node: Node, source: Source) -> Iterator[Import]:
    """Yield the imports of ``from ..a import b as c, d`` or ``from a import *``."""
    line = source.line(node.start_byte)
    module, level = _module_and_level(node.child_by_field_name("module_name"), source)
    if any(child.type == "wildcard_import" for child in node.children):
        yield Import(MODULE, module, level, "*", None, line)
    for child in node.children_by_field_name("name"):
        name, alias = _name_and_alias(child, source)
        if name:
            yield Import(MODULE, module, level, name, alias or name, source.line(child.start_byte))


def _name_and_alias(node: Node, source: Source) -> tuple[str, str | None]:
    if node.type != "aliased_import":
        return _dotted(source.text(node)), None
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    return (_dotted(source.text(name)) if name else "", source.text(alias) if alias else None)


def _module_and_level(node: Node | None, source: Source) -> tuple[str, int]:
    text = _dotted(source.text(node)) if node else ""
    module = text.lstrip(".")
    return module, len(text) - len(module)


def _dotted(text: str) -> str:
    """Return a dotted name without the white space Python allows around its dots."""
    return "".join(text.replace("\\", "").split())
