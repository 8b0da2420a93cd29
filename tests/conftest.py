"""Which ground do all tests stand on?"""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import settings

# No deadline: a busy machine is not a failure. 60 examples keep the whole run in seconds.
settings.register_profile("tristore", deadline=None, max_examples=60)
settings.load_profile("tristore")

Tree = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture(scope="session")
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def home(session_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all indexes; no test touches the user's own, nor hangs on the user's configuration of git."""
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(session_home / "gitconfig"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(session_home / "config"))
    monkeypatch.setenv("TRISTORE_HOME", str(session_home))
    monkeypatch.delenv("CLAUDE_PROJECT_DIR", raising=False)
    return session_home


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write files below a fresh folder and return it; called again, it adds to the same folder."""
    root = tmp_path / "tree"

    def write(files: Mapping[str, str | bytes]) -> Path:
        root.mkdir(exist_ok=True)
        for path, content in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
        return root

    return write
