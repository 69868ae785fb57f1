"""``sk.mcp_tools`` with a real server over stdio and over streamable HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.lowlevel import Server
from mcp.types import ListToolsResult, PaginatedRequestParams
from mcp.types import Tool as McpTool

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events, chat_tool_events
from tests.tool.mcp_server import server

SERVER = Path(__file__).with_name("mcp_server.py")


@asynccontextmanager
async def over_stdio() -> AsyncGenerator[ClientSession]:
    parameters = StdioServerParameters(command=sys.executable, args=[str(SERVER)])
    async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


@asynccontextmanager
async def over_http() -> AsyncGenerator[ClientSession]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SERVER), str(port), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _listening(port)
        async with (
            streamable_http_client(f"http://127.0.0.1:{port}/mcp") as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            yield session
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return


def calling(name: str, arguments: str = "{}") -> Script:
    return Script(chat_tool_events((name, arguments)))


async def run(tools: list[Any], name: str, arguments: str = "{}", **options: Any) -> sk.ToolResult:
    stream = calling(name, arguments).stream(tools=[tools])
    [result] = [each async for each in stream.pipe(ops.run_tools(*tools, **options))]
    assert isinstance(result, sk.ToolResult)
    return result


async def _use(opened: Any, found: list[Any]) -> None:
    async with opened() as session:
        tools = await sk.mcp_tools(session, timeout=60)
        found.append(await run(tools, "get_orbit", '{"moon": "Io"}'))
        stream = calling("survey", '{"moons": 2}').stream(tools=tools)
        found.append([each async for each in stream.pipe(ops.run_tools(*tools, updates=True))])
        found.append(await run(tools, "die"))
        found.append(await run(tools, "look_up"))


@pytest.mark.parametrize("opened", [over_stdio, over_http])
async def test_a_server_in_another_process(opened: Any) -> None:
    found: list[Any] = []
    with contextlib.suppress(BaseExceptionGroup):  # of the transport, whose server has gone
        await _use(opened, found)
    orbit, events, lost, *later = found  # over HTTP the transport cancels who uses it
    assert isinstance(orbit.output, sk.MCPResult)
    assert orbit.output.structured == {"days": 1.8}
    assert '"days": 1.8' in orbit.text
    progress = [each.progress for each in events if isinstance(each, sk.ToolUpdate) and each.progress]
    assert progress == [sk.ToolProgress(1, 2, "moon 1"), sk.ToolProgress(2, 2, "moon 2")]
    assert events[-1].text == "saw 2"
    assert isinstance(lost.error, sk.TransportError)
    assert "may or may not have run" in lost.text
    assert all(isinstance(each.error, sk.TransportError) for each in later)


async def test_what_a_server_returns_and_reports() -> None:
    async with Client(server) as session:
        tools = await sk.mcp_tools(session)
        failed = await run(tools, "get_orbit", '{"moon": "X"}')
        refused = await run(tools, "get_orbit", '{"planet": 3}')
        pictured = await run(tools, "picture")
        renamed = await run(tools, "look_up")
        listed = (await session.list_tools()).tools
    assert failed.state == "failed"
    assert "no moon X" in failed.text
    assert refused.state == "failed"
    assert "moon" in refused.text
    assert pictured.text.startswith("A pixel:\n[image, image/gif, ")
    assert pictured.output.images[0].data.startswith(b"GIF89a")
    assert renamed.text == "found"  # the server calls it look.up
    assert [each.parameters for each in tools] == [each.input_schema for each in listed]
    assert tools[0].fields(strict=True)["parameters"] == listed[0].input_schema
    assert "strict" not in tools[0].fields(strict=True)


async def test_tools_of_a_server_stand_beside_others_and_must_not_collide() -> None:
    def get_orbit(moon: str) -> str:
        return moon

    async with Client(server) as session:
        with pytest.raises(sk.ConfigurationError, match=r"Two tools are named 'get_orbit'.*prefix='files_'"):
            Script(chat_events("Io")).stream(tools=[get_orbit, await sk.mcp_tools(session)])
        tools = await sk.mcp_tools(session, prefix="moons_")
        response = await Script(chat_events("Io")).stream(tools=[get_orbit, tools, *()])
        assert response.content == "Io"
        assert (await run(tools, "moons_look_up")).text == "found"
        assert (await run([sk.as_tool(tools[4], name="find")], "find")).text == "found"


async def test_a_tool_that_never_answers_ends_by_its_timeout() -> None:
    async with Client(server) as session:
        result = await run(await sk.mcp_tools(session, timeout=0.2), "sleep")
        assert isinstance(result.error, TimeoutError)
        later = await run(await sk.mcp_tools(session), "sleep", timeout=0.2)
        assert isinstance(later.error, TimeoutError)
        assert (await run(await sk.mcp_tools(session), "look_up")).text == "found"


async def test_a_session_that_was_closed_is_an_error_that_says_so() -> None:
    async with Client(server) as session:
        tools = await sk.mcp_tools(session)
    result = await run(tools, "look_up")
    assert isinstance(result.error, sk.TransportError)


async def test_a_tool_is_called_from_another_thread() -> None:
    async with Client(server) as session:
        tools = await sk.mcp_tools(session)

        def work() -> list[Any]:
            stream = calling("get_orbit", '{"moon": "Io"}').stream(tools=tools)
            return list(stream.pipe(ops.run_tools(*tools)))

        [result] = await asyncio.to_thread(work)
        assert result.output.structured == {"days": 1.8}


async def test_a_session_is_needed_and_the_extra_is_named() -> None:
    with pytest.raises(sk.ConfigurationError, match=r"streamkit\[mcp\]"):
        await sk.mcp_tools("files")
    async with Client(server) as session:
        with pytest.raises(sk.ConfigurationError, match="prefix"):
            await sk.mcp_tools(session, prefix="a b")
        with pytest.raises(sk.ConfigurationError, match="timeout"):
            await sk.mcp_tools(session, timeout=0)


@pytest.mark.parametrize("opened", ["client", "session"])
async def test_the_tools_of_all_pages_are_listed(opened: str) -> None:
    cursors: list[str | None] = []

    async def on_list_tools(_: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
        cursor = params.cursor if params is not None else None
        cursors.append(cursor)
        page = int(cursor or 0)
        tools = [McpTool(name=f"tool_{2 * page + at}", input_schema={"type": "object"}) for at in range(2)]
        return ListToolsResult(tools=tools, next_cursor=str(page + 1) if page < 2 else None)

    async with Client(Server("paged", on_list_tools=on_list_tools)) as client:
        cursors.clear()  # those of the client itself
        tools = await sk.mcp_tools(client if opened == "client" else client.session)
    assert [tool.name for tool in tools] == [f"tool_{number}" for number in range(6)]
    assert cursors == [None, "1", "2"]


async def test_what_is_raised_inside_of_the_block_of_a_client_leaves_it_in_a_group() -> None:
    with pytest.raises(BaseExceptionGroup) as caught:
        async with Client(server) as session:
            tools = await sk.mcp_tools(session)
            stream = calling("look_up").stream(tools=tools)
            with pytest.raises(sk.StreamError):  # here it is what it is
                await Script(chat_events("Io", finish=None)).stream()
            await stream
            await Script(chat_events("Io", finish=None)).stream()
    found = caught.value.subgroup(sk.TruncatedError)
    assert found is not None
    while isinstance(error := found.exceptions[0], BaseExceptionGroup):
        found = error
    assert isinstance(error, sk.TruncatedError) and error.partial is not None
