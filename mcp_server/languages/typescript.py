"""How does TypeScript, with or without JSX, become facts?

TypeScript is JavaScript with types: see ``javascript.py``. Files with JSX have a grammar of their own, because
``<T>x`` is a cast in one and an element in the other.
"""

from mcp_server.languages.extract import Grammar
from mcp_server.languages.javascript import RECOVERY, RESOLUTION
from mcp_server.languages.javascript_facts import facts_of, module_name
from mcp_server.languages.javascript_names import BUILTIN_MEMBERS
from mcp_server.languages.language import Language
from mcp_server.languages.typescript_spelling import read_by_grammar
from stores.facts import FileFacts


def _load() -> object:
    import tree_sitter_typescript  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_typescript.language_typescript()


def _load_jsx() -> object:
    import tree_sitter_typescript  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_typescript.language_tsx()


_QUERY = ("javascript.scm", "typescript.scm")
_GRAMMAR = Grammar(_load, _QUERY, RECOVERY, read_by_grammar)
_JSX_GRAMMAR = Grammar(_load_jsx, (*_QUERY, "jsx.scm"), RECOVERY, read_by_grammar)


def extract(path: str, text: str) -> FileFacts:
    """Return the facts of a TypeScript file."""
    return facts_of("typescript", path, text, _JSX_GRAMMAR if path.lower().endswith(".tsx") else _GRAMMAR)


TYPESCRIPT = Language(
    "typescript",
    extract,
    suffixes=(".ts", ".tsx", ".mts", ".cts"),
    interpreters=("ts-node", "tsx"),
    module_name=module_name,
    builtin_members=BUILTIN_MEMBERS,
    resolution=RESOLUTION,
)
