"""What can a host attach without a tool?"""

import pytest
from mcp import MCPError

pytestmark = pytest.mark.anyio


async def test_the_status_says_what_is_indexed(client):
    result = await client.read_resource("code://status")
    assert "files" in result.contents[0].text


async def test_an_indexed_file_can_be_read(client, surface_settings):
    result = await client.read_resource("code://file/shortener/codes.py")
    assert result.contents[0].text == (surface_settings.root / "shortener/codes.py").read_text()


@pytest.mark.parametrize("path", ["shortener/none.py", "../secret", "%2e%2e/secret", "/etc/passwd", ".git/config"])
async def test_nothing_else_can_be_read(client, surface_settings, path):
    (surface_settings.root.parent / "secret").write_text("secret")
    with pytest.raises(MCPError) as refused:
        await client.read_resource(f"code://file/{path}")
    assert str(surface_settings.root) not in str(refused.value)


async def test_the_prompts_use_the_tools(client):
    prompts = {prompt.name for prompt in (await client.list_prompts()).prompts}
    assert prompts == {"explain_symbol", "plan_change"}
    explain = await client.get_prompt("explain_symbol", {"symbol": "Shortener"})
    assert "get_context" in explain.messages[0].content.text
    plan = await client.get_prompt("plan_change", {"change": "let links live for a year"})
    assert "let links live for a year" in plan.messages[0].content.text
