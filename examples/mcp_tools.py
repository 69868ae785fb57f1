"""Tools of an MCP server: the server runs as a process of its own, over stdio, and the model calls its tools. Offline.

This file is the server as well. With a key: leave the scripted provider out, write "openai/gpt-5-mini" as the model,
and give the command of any MCP server. pip install 'streamkit[mcp]' installs the package `mcp`.
"""

import asyncio
import sys

from mcp import Client, StdioServerParameters
from mcp.server import MCPServer

import streamkit as sk
from streamkit.testing import ScriptedProvider, chat_events, chat_tool_events

server = MCPServer("moons", log_level="ERROR")


@server.tool()
def orbit(moon: str) -> dict[str, float]:
    """Look up how many days a moon takes for its orbit."""
    return {"days": {"Io": 1.8, "Europa": 3.6}[moon]}


def time_at(city: str) -> str:
    """Look up the time in a city; this tool is a function of our own."""
    return f"It is noon in {city}."


turns = [
    chat_tool_events(("moons_orbit", '{"moon": "Io"}'), ("time_at", '{"city": "Pisa"}')),
    chat_events("Io takes 1.8 days, ", "and it is noon."),
]
sk.register_provider("scripted-mcp", ScriptedProvider(*turns, name="scripted-mcp"))


async def main() -> None:
    parameters = StdioServerParameters(command=sys.executable, args=[__file__, "serve"])
    async with Client(parameters) as session:
        moons = await sk.mcp_tools(session, prefix="moons_", timeout=30)
        print("the server has:", ", ".join(tool.name for tool in moons))
        conversation = sk.converse("scripted-mcp/small", "How long does Io take?", tools=[time_at, moons])
        async for text in conversation.text():
            print(text, end="", flush=True)
        print()
        for result in conversation.response.tool_results:
            print(result.call.name, "->", result.text.replace("\n", " "))


if sys.argv[1:] == ["serve"]:
    server.run()
else:
    asyncio.run(main())
