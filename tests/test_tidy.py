"""Is the code in the shape that the house rules ask for?"""

import ast
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("mcp_server", "stores")
FOLDERS = (*SOURCES, "tests", "examples", "benchmarks")
TOP_LEVEL = frozenset(
    [
        "pyproject.toml",
        *FOLDERS,
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
        "docs",
    ]
)
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70
# Names that say nothing about what is inside.
EMPTY_NAMES = frozenset(["utils", "util", "manager", "base", "core", "helpers", "helper", "common", "misc"])
# Run by name, not imported: python -m, the stdio entry point, a child process.
ENTRY_POINTS = frozenset(["mcp_server.__main__"])
# Put together here, so that this file is not its own finding.
PLACES = "|".join([r"/ho" + r"me/(?!somebody/)", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/", "/op" + "t/py"])
REGISTRIES = "|".join(
    ["files.pythonh" + "osted", "p" + "ypi.org/simple", "p" + "ypi/simple", "index-u" + "rl", "trusted-h" + "ost"]
)
MACHINES = re.compile(rf"(?<![\w.])(?:{PLACES})|{REGISTRIES}")


@cache
def listed() -> tuple[str, ...]:
    """Tracked files and untracked ones that git does not ignore; in a copy without git, all but dot folders."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        return tuple(sorted(path for path in answer.stdout.split("\0") if path and (ROOT / path).is_file()))
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(p.as_posix() for p in files if not p.parts[0].startswith(".") and "__pycache__" not in p.parts))


PYTHON = tuple(path for path in listed() if path.endswith(".py") and path.split("/")[0] in FOLDERS)
# Sample repositories are data: they look as repositories look.
OURS = tuple(path for path in PYTHON if not path.startswith(("examples/polyglot/", "tests/data/", "tests/languages/")))
MODULES = tuple(path for path in OURS if path.split("/")[0] in SOURCES)


@cache
def parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(path: str) -> set[tuple[str, str]]:
    """The (module, name) pairs that a file imports; name is "" for ``import module``."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "", alias.name) for alias in node.names}
    return found


def test_files_and_functions_fit_the_eye():
    long = [path for path in OURS if len((ROOT / path).read_text("utf-8").splitlines()) > MAX_FILE_LINES]
    long += [
        f"{path}:{node.lineno} {node.name}"
        for path in OURS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_every_module_says_which_question_it_answers():
    silent = [path for path in OURS if not says_its_question(path)]
    assert not silent, "\n".join(silent)


def says_its_question(path: str) -> bool:
    docstring = ast.get_docstring(parsed(path)) or ""
    if path.endswith("__init__.py"):
        return bool(docstring) or path not in MODULES
    return bool(docstring) if path not in MODULES else "?" in docstring.splitlines()[0] or "->" in docstring


def test_no_private_name_crosses_a_module():
    crossing = [
        f"{path}: {module}.{name}"
        for path in OURS
        for module, name in imported(path)
        if module.split(".")[0] in FOLDERS and any(is_private(part) for part in [*module.split("."), name])
    ]
    assert not crossing, "\n".join(crossing)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_names_say_what_is_inside_and_folders_stay_flat():
    for path in OURS:
        parts = path.removesuffix(".py").split("/")
        assert EMPTY_NAMES.isdisjoint(parts), path
        assert path not in MODULES or (len(parts) <= 3 and not any(a == b for a, b in pairwise(parts))), path


def test_every_module_is_used():
    names = {module_name(path) for path in MODULES}
    text = "".join((ROOT / path).read_text("utf-8") for path in MODULES)
    used = {full for path in MODULES for module, name in imported(path) for full in (module, f"{module}.{name}")}
    # Child processes run a module by its name or its file.
    run = {name for name in names if f'"{name}"' in text or f'"{name.rpartition(".")[2]}.py"' in text}
    packages = {module_name(path) for path in MODULES if path.endswith("__init__.py")}
    dead = names - used - run - packages - ENTRY_POINTS
    assert not dead, sorted(dead)


def test_the_top_level_holds_only_what_belongs_there():
    strangers = {top for path in listed() if not (top := path.split("/")[0]).startswith(".")} - TOP_LEVEL
    assert not strangers, sorted(strangers)


def test_nothing_names_a_machine_or_a_registry():
    found = []
    for path in listed():
        try:
            text = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) < 10_000 and MACHINES.search(line):
                found.append(f"{path}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "ruff", "check", "--no-cache", "."],
        ["-m", "ruff", "format", "--check", "--no-cache", "."],
        ["-m", "mypy"],
        ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    ],
    ids=["ruff", "format", "mypy", "imports"],
)
def test_the_checker_is_content(command):
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
