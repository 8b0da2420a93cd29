"""Which file does an import name?"""

import pytest

from mcp_server.languages.python_modules import Modules
from mcp_server.languages.resolution import SourceFile


def found(paths: list[str], importer: str, dotted: str, level: int = 0) -> str | None:
    """The path that an import means, "folder/" for a namespace package."""
    files = [SourceFile(number, path, "python") for number, path in enumerate(sorted(paths))]
    module = Modules(files).find(importer, dotted, level)
    if module is None:
        return None
    return "/".join(module.parts) + "/" if not module.file_ids else sorted(paths)[module.file_ids[0]]


@pytest.mark.parametrize(
    ("importer", "dotted", "level", "path"),
    [
        ("main.py", "pkg", 0, "pkg/__init__.py"),
        ("main.py", "pkg.a", 0, "pkg/a.py"),
        ("main.py", "pkg.none", 0, None),
        ("main.py", "a", 0, None),
        ("pkg/a.py", "a", 0, None),
        ("pkg/a.py", "pkg.sub.b", 0, "pkg/sub/b.py"),
        ("pkg/a.py", "", 1, "pkg/__init__.py"),
        ("pkg/a.py", "sub", 1, "pkg/sub/"),
        ("pkg/sub/b.py", "a", 2, "pkg/a.py"),
        ("pkg/sub/b.py", "", 2, "pkg/__init__.py"),
        ("pkg/sub/b.py", "a", 1, None),
        ("pkg/sub/b.py", "main", 3, "main.py"),
        ("pkg/sub/b.py", "main", 4, None),
        ("pkg/__init__.py", "a", 1, "pkg/a.py"),
        ("tests/x/test_a.py", "pkg.a", 0, "pkg/a.py"),
    ],
)
def test_packages_and_relative_imports(importer, dotted, level, path):
    paths = ["main.py", "pkg/__init__.py", "pkg/a.py", "pkg/sub/b.py", "tests/x/test_a.py"]
    assert found(paths, importer, dotted, level) == path


@pytest.mark.parametrize(
    ("paths", "importer", "dotted", "path"),
    [
        # a package wins over a module, a source over its stub, a stub over nothing
        (["p.py", "p/__init__.py"], "m.py", "p", "p/__init__.py"),
        (["p.py", "p.pyi"], "m.py", "p", "p.py"),
        (["p.pyi"], "m.py", "p", "p.pyi"),
        # source roots, and the nearest of several
        (["src/p/__init__.py"], "tests/t.py", "p", "src/p/__init__.py"),
        (["one/src/p/a.py", "two/src/p/a.py"], "two/tests/t.py", "p.a", "two/src/p/a.py"),
        (["one/p/__init__.py", "two/p/__init__.py", "two/q.py"], "two/q.py", "p", "two/p/__init__.py"),
        (["deep/in/p/__init__.py"], "m.py", "p", "deep/in/p/__init__.py"),
        # a stand-in below tests is no package of the code outside
        (["tests/fixtures/p/__init__.py"], "src/m.py", "p", None),
        (["tests/fixtures/p/__init__.py"], "tests/fixtures/m.py", "p", "tests/fixtures/p/__init__.py"),
        # names of the standard library are only found beside a script
        (["types.py", "pkg/__init__.py"], "pkg/m.py", "types", None),
        (["types.py"], "script.py", "types", "types.py"),
        (["src/json/__init__.py"], "m.py", "json", None),
        (["pkg/__init__.py", "pkg/types.py"], "pkg/m.py", "types", None),
        # a script finds its neighbours, a stranger does not
        (["tools/steps.py"], "tools/build.py", "steps", "tools/steps.py"),
        (["tools/steps.py"], "other/build.py", "steps", None),
        (["a/b/c.py"], "m.py", "a.b", "a/b/"),
        (["notes.txt"], "m.py", "notes", None),
        ([], "m.py", "p", None),
    ],
)
def test_the_file_that_python_would_most_likely_take(paths, importer, dotted, path):
    assert found(paths, importer, dotted) == path


def test_a_root_that_is_a_package_itself_has_relative_imports():
    assert found(["__init__.py", "a.py", "sub/b.py"], "sub/b.py", "a", 2) == "a.py"
    assert found(["__init__.py", "a.py"], "a.py", "", 1) == "__init__.py"
