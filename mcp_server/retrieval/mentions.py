"""Which places of the repository does a text name?

File names and paths wherever they stand, and the frames of a stack trace in the forms of the common languages, the
one nearest to the error first.
"""

import re
from dataclasses import dataclass

# File names are no longer than this on any disk.
MAX_NAME_CHARS = 256
# Frames of one trace that are looked at, and characters of a text that are searched for them.
MAX_FRAMES = 12
_MAX_LINE_CHARS = 1_000

# Words that may be paths; each is looked at by itself, for one expression that finds paths takes squared time.
_PATH_WORD = re.compile(r"[\w@.+~/\\-]+")
_FILE_NAME = re.compile(r"[\w@+~-][\w@.+~-]*\.[A-Za-z]{1,6}")
_SUFFIX = re.compile(
    r"\.(?:py|pyi|js|jsx|ts|tsx|mjs|cjs|vue|svelte|java|go|rs|c|h|cc|cpp|hpp|cs|rb|php|kt|scala|swift|lua|ex|exs|hs|zig"
    r"|sh|bash|md|rst|toml|ya?ml|json|sql|html|css)$"
)
_NAME = r"[\w$.<>/@-]{1,200}"
_LINE = r"(?P<line>\d{1,7})"
_PATH = r"[\w@.+~/\\-]{1,400}"
_FRAMES = (
    # Python
    re.compile(rf'File "(?P<path>[^"\n]+)", line {_LINE}(?:, in (?P<function>{_NAME}))?'),
    # JavaScript, Java, Kotlin, Scala
    re.compile(
        rf"\bat (?:async |new )?(?P<function>{_NAME})(?: \[as [^]\n]{{1,200}}])? ?"
        rf"\((?P<path>[^()\s]+?):{_LINE}(?::\d+)?\)"
    ),
    # C#
    re.compile(rf"\bat (?P<function>{_NAME})\([^()\n]{{0,400}}\) in (?P<path>[^\n]{{1,400}}?):line {_LINE}"),
    # PHP; the function that it names is the one called there
    re.compile(rf"(?P<path>{_PATH}\.php)\({_LINE}\)"),
    re.compile(rf" in (?P<path>{_PATH}) on line {_LINE}"),
    # Swift, shells
    re.compile(rf"\bfile (?P<path>{_PATH}), line {_LINE}"),
    re.compile(rf"^(?P<path>{_PATH}\.(?:sh|bash)): (?:line )?{_LINE}:"),
    # Ruby, and what compilers and most others write
    re.compile(
        rf"(?:\bat |^\s*|-->\s*|\bfrom )(?P<path>{_PATH}\.[A-Za-z]{{1,6}}):{_LINE}\b"
        r"(?::in [`'](?:[\w:]{1,200}[#.])?(?P<function>\w{1,200}))?"
    ),
    re.compile(rf"(?<![\w@.+~/\\-])(?P<path>{_PATH}{_SUFFIX.pattern.removesuffix('$')}):{_LINE}\b"),
)
_PYTHON = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """A place that a stack trace names; ``function`` is "" where it names none."""

    path: str
    line: int
    function: str = ""


def file_names(text: str) -> tuple[str, ...]:
    """Return the file names and paths that a text mentions, each once, in order."""
    found: dict[str, None] = {}
    for word in _PATH_WORD.findall(text):
        path = word.replace("\\", "/").strip("/").rstrip(".")
        if is_file_name(path) or ("/" in path and all(path.split("/"))):
            found.setdefault(path)
    return tuple(found)


def is_file_name(text: str) -> bool:
    """Say whether a text without slashes is the name of a file of code or text."""
    return len(text) < MAX_NAME_CHARS and bool(_FILE_NAME.fullmatch(text) and _SUFFIX.search(text))


def frames(text: str) -> tuple[Frame, ...]:
    """Return the frames of the stack traces in a text, the innermost of each first."""
    found: list[Frame] = []
    python: list[Frame] = []
    for line in text.split("\n"):
        for number, form in enumerate(_FRAMES):
            match = form.search(line[:_MAX_LINE_CHARS])
            if match is None:
                continue
            named = match.groupdict().get("function") or ""
            frame = Frame(match["path"].replace("\\", "/"), int(match["line"]), re.split(r"[.$<>]+", named)[-1])
            (python if number == _PYTHON else found).append(frame)
            break
    # Python prints the innermost call last, the others print it first.
    return tuple(dict.fromkeys([*reversed(python), *found]))[:MAX_FRAMES]
