"""A small indexed repository, and clients of both protocol eras connected to a server over it."""

import shutil
from pathlib import Path

import pytest
from mcp import Client

from mcp_server.app import App
from mcp_server.config import load
from mcp_server.server import create_server

POLYGLOT = Path(__file__).resolve().parents[2] / "examples" / "polyglot"


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def surface_settings(tmp_path_factory, session_home):
    """Settings of the indexed example repository; indexed once, because no test here changes it."""
    root = tmp_path_factory.mktemp("surface") / "linklet"
    shutil.copytree(POLYGLOT, root)
    (root / "scripts").mkdir()
    # A second definition of a name that the service has.
    (root / "scripts" / "check.py").write_text("def redirect(url):\n    return url\n")
    settings = load(root, {"TRISTORE_HOME": str(session_home)})
    app = App(settings)
    app.index()
    app.close()
    return settings


@pytest.fixture
def app(surface_settings):
    app = App(surface_settings)
    yield app
    app.close()


@pytest.fixture(params=["auto", "legacy"], ids=["2026-07-28", "2025-11-25"])
async def client(request, app, surface_settings):
    async with Client(create_server(app, surface_settings), mode=request.param) as client:
        yield client


@pytest.fixture
def ask(client):
    """Call a tool; return its text and whether it is an error."""

    async def ask(tool, **arguments):
        result = await client.call_tool(tool, arguments)
        assert result.structured_content is None
        return "\n".join(block.text for block in result.content), bool(result.is_error)

    return ask
