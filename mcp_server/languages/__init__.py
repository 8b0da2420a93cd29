"""In which language is a file written?

The list of all languages, and the one question the rest of the program asks: ``language_of``.
Adding a language is one module, one query and one line here: see docs/adding-a-language.md.
"""

import re

from mcp_server.languages.bash import SHELL
from mcp_server.languages.cpp import CPP, C
from mcp_server.languages.csharp import CSHARP
from mcp_server.languages.go import GO
from mcp_server.languages.java import JAVA
from mcp_server.languages.javascript import JAVASCRIPT
from mcp_server.languages.kotlin import KOTLIN
from mcp_server.languages.language import Language, file_name
from mcp_server.languages.lua import LUA
from mcp_server.languages.markdown import MARKDOWN, RST
from mcp_server.languages.php import PHP
from mcp_server.languages.plain import SOURCE_LANGUAGES, TEXT_LANGUAGES
from mcp_server.languages.python import PYTHON
from mcp_server.languages.resolution import no_imports
from mcp_server.languages.ruby import RUBY
from mcp_server.languages.rust import RUST
from mcp_server.languages.scala import SCALA
from mcp_server.languages.swift import SWIFT
from mcp_server.languages.typescript import TYPESCRIPT

__all__ = ["GRAMMARS", "LANGUAGES", "Language", "language_named", "language_of", "related"]

LANGUAGES: tuple[Language, ...] = (
    PYTHON,
    JAVA,
    RUST,
    C,
    CPP,
    CSHARP,
    KOTLIN,
    SCALA,
    SWIFT,
    PHP,
    RUBY,
    LUA,
    SHELL,
    GO,
    JAVASCRIPT,
    TYPESCRIPT,
    MARKDOWN,
    RST,
    *SOURCE_LANGUAGES,
    *TEXT_LANGUAGES,
)

# The packages that parse: another version of one may find other facts.
GRAMMARS = (
    "tree-sitter",
    "tree-sitter-bash",
    "tree-sitter-c",
    "tree-sitter-c-sharp",
    "tree-sitter-cpp",
    "tree-sitter-go",
    "tree-sitter-java",
    "tree-sitter-javascript",
    "tree-sitter-kotlin",
    "tree-sitter-lua",
    "tree-sitter-php",
    "tree-sitter-python",
    "tree-sitter-ruby",
    "tree-sitter-rust",
    "tree-sitter-scala",
    "tree-sitter-swift",
    "tree-sitter-typescript",
)

_BY_NAME = {language.name: language for language in LANGUAGES}
_BY_SUFFIX = {suffix: language for language in LANGUAGES for suffix in language.suffixes}
_BY_FILE_NAME = {name: language for language in LANGUAGES for name in language.file_names}
_BY_INTERPRETER = {program: language for language in LANGUAGES for program in language.interpreters}

_SHEBANG = re.compile(r"^#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+)*(?:\S*/)?)?([A-Za-z][\w+-]*?)[\d.]*(?:\s|$)")


def language_of(path: str, first_line: str = "") -> Language | None:
    """Return the language of the file at ``path``, or None if we know none for it.

    The whole file name decides, then its longest known suffix, then the interpreter of a ``#!`` first line.
    """
    name = file_name(path).lower()
    if name in _BY_FILE_NAME:
        return _BY_FILE_NAME[name]
    dot = name.find(".")
    while dot != -1:
        if name[dot:] in _BY_SUFFIX:
            return _BY_SUFFIX[name[dot:]]
        dot = name.find(".", dot + 1)
    stem = name.split(".", 1)[0]
    if stem in ("dockerfile", "makefile", "requirements", "license", "licence"):
        return _BY_FILE_NAME.get(stem, _BY_NAME["requirements"])
    match = _SHEBANG.match(first_line)
    return _BY_INTERPRETER.get(match[1].lower()) if match else None


def language_named(name: str) -> Language | None:
    """Return the language called ``name``, as kept in the facts of a file."""
    return _BY_NAME.get(name)


def related(name: str) -> frozenset[str]:
    """Return the languages whose code can call that of the language called ``name``, itself among them."""
    own = _BY_NAME.get(name)
    if own is None or own.resolution.imports is no_imports:
        return frozenset({name})
    # Those share what can be imported.
    return frozenset(each.name for each in LANGUAGES if each.resolution.imports is own.resolution.imports)
