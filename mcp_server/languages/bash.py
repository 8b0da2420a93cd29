"""How are Bash and other shells spelled?"""

import re
from collections.abc import Iterator
from typing import ClassVar

from tree_sitter import Node

from mcp_server.languages.extract import Grammar, Recovery, Source
from mcp_server.languages.language import Language
from mcp_server.languages.outline import extractor
from mcp_server.languages.shell_resolution import RESOLUTION, VARIABLE
from mcp_server.languages.syntax import ANY_COMMENT, Syntax, Variable, imported
from stores.facts import Import

_FUNCTION = rb"(?:function[ \t]+[\w:.-]+|[\w:.-]+[ \t]*\([ \t]*\))"
_RECOVERY = Recovery(
    outermost=re.compile(rb"^" + _FUNCTION, re.MULTILINE),
    inner=re.compile(rb"^[ \t]+" + _FUNCTION, re.MULTILINE),
    tokens=re.compile(rb'"(?:\\.|[^"\\])*"|\'[^\']*\'|#[^\n]*|[()\[\]{}]'),
)

_BUILTINS = """
. : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo enable
eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd
read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias
unset wait awk basename cat chmod chown cp curl cut date dirname find git grep head ls make mkdir mktemp mv python rm
sed seq sleep sort ssh sudo tail tar tee touch tr uname uniq wc wget xargs
"""


def _load() -> object:
    import tree_sitter_bash  # noqa: PLC0415 - the grammar is loaded when the first file needs it

    return tree_sitter_bash.language()


_EXPANSIONS = frozenset({"simple_expansion", "expansion", "command_substitution", "process_substitution"})
_NO_QUOTES = str.maketrans("", "", "'\"")
_LONGEST_PATH = 200
# Loops in loops whose variables make a path.
_DEEPEST_LOOP = 3


# A loop over the arguments: the grammar wants a semicolon there, which POSIX does not.
_ARGUMENTS = re.compile(rb"(\bfor[ \t]+\w+)[ \t](?=[ \t]*do\b)")


def _with_semicolons(data: bytes) -> bytes:
    return _ARGUMENTS.sub(rb"\1;", data)


class _Bash(Syntax):
    name = "shell"
    grammar = Grammar(_load, "bash.scm", _RECOVERY, _with_semicolons)
    identifiers = frozenset({"word"})
    calls = {"command": "name"}
    receivers: ClassVar[dict[str, str]] = {}
    builtins = frozenset(_BUILTINS.split())
    doc = ANY_COMMENT
    bare_members = False
    variables_called = False

    def arguments(self, node: Node) -> list[Node]:
        """Return the words after a command."""
        return node.children_by_field_name("argument")

    def callee(self, node: Node) -> tuple[Node | None, Node | None, Node | None]:
        """Return the command."""
        name = node.child_by_field_name("name")
        word = name.named_children[0] if name is not None and name.named_children else name
        return None, word, word

    def variables(self, node: Node) -> Iterator[Variable]:
        """Yield the name of an assignment."""
        name = node.child_by_field_name("name")
        if name is not None and name.type == "variable_name":
            yield Variable(name)

    def field_kind(self, variable: Variable, node: Node, source: Source) -> str:  # noqa: ARG002
        """Return "constant" or "variable"."""
        return "constant" if source.text(variable.name).isupper() else "variable"

    def imports(self, node: Node, source: Source) -> Iterator[Import]:
        """Yield the files that ``source file`` runs; level 1 is relative to this file."""
        arguments = self.arguments(node)
        for path in _sourced(arguments[0], source, 0) if arguments else ():
            yield imported(path, "*", None, source.line(node.start_byte), 1)


def _sourced(word: Node, source: Source, depth: int) -> Iterator[str]:
    """Yield the paths that a word may be; what is not written out before the last ``/`` is VARIABLE."""
    text = source.brief(word, _LONGEST_PATH)
    parts = [part for part in _inside(word) if part.type in _EXPANSIONS]
    if not parts:
        yield text.translate(_NO_QUOTES)
        return
    last = parts[-1]
    end = source.slice(last.end_byte, word.end_byte).translate(_NO_QUOTES)
    loop = _loop_over(last, source) if depth < _DEEPEST_LOOP and (not end or end.startswith("/")) else None
    if loop is not None and len(parts) == 1:
        for value in loop.children_by_field_name("value"):
            yield from (f"{path.rstrip('/')}{end}" for path in _sourced(value, source, depth + 1))
    else:
        yield VARIABLE + end[1:] if end.startswith("/") else text


def _inside(word: Node) -> list[Node]:
    """Return a word's parts, those of its quoted parts instead of these."""
    if word.type not in ("string", "concatenation"):
        return [word]
    return [part for child in word.named_children for part in _inside(child)]


def _loop_over(expansion: Node, source: Source) -> Node | None:
    """Return the loop around an expansion of the variable that it sets."""
    name = source.text(expansion).strip("${}")
    around = expansion.parent
    while around is not None:
        variable = around.child_by_field_name("variable") if around.type == "for_statement" else None
        if variable is not None and source.text(variable) == name:
            return around
        around = around.parent
    return None


SHELL = Language(
    "shell",
    extractor(_Bash()),
    suffixes=(".sh", ".bash", ".zsh", ".ksh", ".bats"),
    file_names=(".bashrc", ".bash_profile", ".profile", ".zshrc"),
    interpreters=("sh", "bash", "dash", "zsh", "ksh"),
    resolution=RESOLUTION,
)
