"""What do the import statements and ``require`` calls of JavaScript and TypeScript bind?

A module is named as it is written ("./util.js"). ``name`` "default" is the default export; a whole module has no name.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from mcp_server.languages.extract import Source, first_child, named_children

# What CommonJS loads: the value of ``module.exports``, the module itself where that is an object of names.
WHOLE = "module.exports"


class Imported(NamedTuple):
    """One imported name: as in ``stores.facts.Import``."""

    module: str
    name: str | None
    alias: str | None
    line: int


def imported_names(node: Node, source: Source) -> Iterator[Imported]:
    """Yield what an ``import_statement`` binds; a module imported for its effects binds nothing."""
    line, clause = source.line(node.start_byte), first_child(node)
    module = string_text(node.child_by_field_name("source"), source)
    if clause is not None and clause.type == "import_require_clause":
        name = first_child(clause)
        needed = string_text(clause.child_by_field_name("source"), source)
        if name is not None and needed is not None:
            yield Imported(needed, WHOLE, source.text(name), line)
        return
    if module is None:
        return
    if clause is None or clause.type != "import_clause":
        yield Imported(module, None, None, line)
        return
    for part in named_children(clause):
        if part.type == "identifier":
            yield Imported(module, "default", source.text(part), line)
        elif part.type == "namespace_import":
            name = first_child(part)
            yield Imported(module, None, source.text(name) if name else None, line)
        elif part.type == "named_imports":
            for specifier in named_children(part):
                yield from _specified(specifier, module, source)


def _specified(specifier: Node, module: str, source: Source) -> Iterator[Imported]:
    name, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
    if name is not None:
        text = _name(name, source)
        yield Imported(module, text, _name(alias, source) if alias else text, source.line(specifier.start_byte))


def exported_names(node: Node, source: Source) -> Iterator[Imported]:
    """Yield what an ``export_statement`` with a source hands on; ``export * from`` has the name "*" and no alias."""
    module, line = string_text(node.child_by_field_name("source"), source), source.line(node.start_byte)
    if module is None:
        return
    clause = next((child for child in node.named_children if child.type in ("export_clause", "namespace_export")), None)
    if clause is None:
        yield Imported(module, "*", None, line)
    elif clause.type == "namespace_export":
        name = first_child(clause)
        yield Imported(module, None, _name(name, source) if name else None, line)
    else:
        for specifier in named_children(clause):
            yield from _specified(specifier, module, source)


def renamed_exports(node: Node, source: Source) -> Iterator[tuple[Node, str]]:
    """Yield (local name, exported name) of ``export { a as b }``."""
    clause = next((child for child in node.named_children if child.type == "export_clause"), None)
    for specifier in named_children(clause) if clause is not None else ():
        name, alias = specifier.child_by_field_name("name"), specifier.child_by_field_name("alias")
        if name is not None:
            yield name, _name(alias or name, source)


def required_names(target: Node, value: Node, source: Source) -> tuple[Imported, ...]:
    """Return what ``const x = require("m")``, ``… = require("m").y`` or ``const {a, b: c} = require("m")`` binds."""
    line, name = source.line(target.start_byte), WHOLE
    if value.type == "member_expression":
        member, inner = value.child_by_field_name("property"), value.child_by_field_name("object")
        if member is None or inner is None or target.type != "identifier":
            return ()
        name, value = source.text(member), inner
    module = required_module(value, source)
    if module is None:
        return ()
    if target.type == "identifier":
        return (Imported(module, name, source.text(target), line),)
    found: list[Imported] = []
    for part in named_children(target) if target.type == "object_pattern" else ():
        key, alias = part.child_by_field_name("key"), part.child_by_field_name("value")
        if part.type == "shorthand_property_identifier_pattern":
            found.append(Imported(module, source.text(part), source.text(part), line))
        elif part.type == "pair_pattern" and key is not None and alias is not None and alias.type == "identifier":
            found.append(Imported(module, source.text(key), source.text(alias), line))
        else:
            return ()
    return tuple(found)


def required_module(node: Node, source: Source) -> str | None:
    """Return the module that ``require("m")`` or ``import("m")`` loads, None for anything else."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if node.type != "call_expression" or function is None or arguments is None:
        return None
    if function.type != "import" and source.text(function) != "require":
        return None
    given = named_children(arguments)
    return string_text(given[0], source) if len(given) == 1 else None


def string_text(node: Node | None, source: Source) -> str | None:
    """Return the text of a string literal, None for anything else."""
    if node is None or node.type != "string":
        return None
    return source.slice(node.start_byte + 1, max(node.start_byte + 1, node.end_byte - 1))


def _name(node: Node, source: Source) -> str:
    return string_text(node, source) or source.text(node)
