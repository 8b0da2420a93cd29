"""How does JavaScript, with or without JSX, become facts?

The work is shared with TypeScript: ``javascript_sweep`` finds the scopes, ``javascript_facts`` makes the facts.
"""

import re

from mcp_server.languages.extract import Grammar, Recovery
from mcp_server.languages.javascript_bindings import TYPE_PARAMETER
from mcp_server.languages.javascript_facts import facts_of, module_name
from mcp_server.languages.javascript_modules import CONFIGS, Files
from mcp_server.languages.javascript_names import BUILTIN_MEMBERS
from mcp_server.languages.language import Language
from mcp_server.languages.resolution import Resolution
from stores.facts import FileFacts


def _load() -> object:
    import tree_sitter_javascript  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_javascript.language()


_DEFINITION = rb"(?:async[ \t]+function|function|class|interface|namespace|enum|const|let|var|type)\b"
RECOVERY = Recovery(
    outermost=re.compile(rb"^(?:export[ \t]+)?(?:default[ \t]+)?(?:declare[ \t]+|abstract[ \t]+)?" + _DEFINITION, re.M),
    inner=re.compile(rb"^[ \t]+(?:(?:static|async|get|set|public|private|protected)[ \t]+)*[\w$#]+[ \t]*\(", re.M),
    tokens=re.compile(
        rb'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\[\s\S]|[^`\\])*`|//[^\n]*|/\*[\s\S]*?\*/|[()\[\]{}]'
    ),
)
_GRAMMAR = Grammar(_load, ("javascript.scm", "javascript_fields.scm", "jsx.scm"), RECOVERY)


RESOLUTION = Resolution(
    imports=Files,
    config_names=CONFIGS,
    members_by_key=True,
    iterated=("[Symbol.iterator]",),
    types={
        **dict.fromkeys(("Array", "ReadonlyArray", "Set", "ReadonlySet", "Iterable", "IterableIterator"), "elements"),
        **dict.fromkeys(("Iterator", "AsyncIterable", "AsyncIterator", "Generator", "AsyncGenerator"), "elements"),
        **dict.fromkeys(("Map", "ReadonlyMap", "WeakMap", "Record"), "values"),
        **dict.fromkeys(("Promise", "PromiseLike", "Awaited"), "awaited"),
        **dict.fromkeys(("Partial", "Required", "Readonly", "NonNullable", "Omit", "Pick", "Extract"), "argument"),
        **dict.fromkeys(("Exclude", "WeakRef", "NoInfer"), "argument"),
        "tuple": "tuple",
    },
    functions={TYPE_PARAMETER: "type variable"},
    members={
        **dict.fromkeys(("at", "find", "findLast", "get", "pop", "shift"), "value"),
        **dict.fromkeys(("concat", "filter", "flat", "reverse", "slice", "sort", "splice", "values"), "collection"),
        **dict.fromkeys(("toReversed", "toSorted", "toSpliced"), "collection"),
        "keys": "keys",
        "entries": "pairs",
    },
)


def extract(path: str, text: str) -> FileFacts:
    """Return the facts of a JavaScript file."""
    return facts_of("javascript", path, text, _GRAMMAR)


JAVASCRIPT = Language(
    "javascript",
    extract,
    suffixes=(".js", ".jsx", ".mjs", ".cjs"),
    file_names=("jakefile",),
    interpreters=("node", "deno", "bun"),
    module_name=module_name,
    builtin_members=BUILTIN_MEMBERS,
    resolution=RESOLUTION,
)
