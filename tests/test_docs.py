"""Are the documents true?"""

import re
from pathlib import Path

import anyio
import pytest
from mcp import Client

from mcp_server.app import App
from mcp_server.config import ENVIRONMENT, load
from mcp_server.server import create_server

CHECKOUT = Path(__file__).parent.parent
README = CHECKOUT / "README.md"
BEGIN, END = "<!-- tools: generated from the live schema by tests/test_docs.py -->", "<!-- end of tools -->"


def tool_table(root: Path, home: Path) -> str:
    """Return the tools as a Markdown table, made from what a host gets."""
    settings = load(root, {"TRISTORE_HOME": str(home)})

    async def listed():
        async with Client(create_server(App(settings), settings)) as client:
            return (await client.list_tools()).tools

    rows = ["| Tool | Arguments | What it is for |", "| --- | --- | --- |"]
    for tool in anyio.run(listed):
        required = tool.input_schema.get("required", [])
        names = [f"`{name}`" if name in required else f"`{name}`?" for name in tool.input_schema["properties"]]
        rows.append(f"| `{tool.name}` | {', '.join(names)} | {tool.description} |")
    return "\n".join(rows)


def test_the_tool_table_of_the_readme_is_the_live_schema(tmp_path):
    text = README.read_text(encoding="utf-8")
    found = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip()
    assert found == tool_table(tmp_path, tmp_path / "home"), "paste the right-hand side between the two comments"


def test_the_readme_is_of_a_readable_length():
    assert 120 <= len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_the_readme_names_every_environment_variable():
    text = README.read_text(encoding="utf-8")
    assert [name for name in ENVIRONMENT if name not in text] == []


@pytest.mark.parametrize("document", sorted(CHECKOUT.glob("*.md")) + sorted(CHECKOUT.glob("docs/*.md")), ids=str)
def test_links_between_documents_lead_somewhere(document):
    targets = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    assert [t for t in targets if not (document.parent / t).exists()] == []


def test_every_module_that_the_architecture_names_exists():
    text = (CHECKOUT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`([a-z_/]+\.(?:py|sql|md|toml))`", text))
    present = {p.name for p in CHECKOUT.rglob("*") if ".venv" not in p.parts}
    assert [n for n in names if n.rsplit("/", 1)[-1] not in present] == []
