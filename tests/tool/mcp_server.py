"""A server of the Model Context Protocol for tests: over stdio, or over streamable HTTP on the port that is given."""

from __future__ import annotations

import asyncio
import os
import sys

from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Image
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel

server = MCPServer("moons", log_level="ERROR")

PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


class Orbit(BaseModel):
    """An orbit."""

    days: float


@server.tool()
def get_orbit(moon: str, exact: bool = False) -> Orbit:
    """Look up how long a moon takes around its planet."""
    if moon == "X":
        raise ToolError("no moon X")
    return Orbit(days=1.769 if exact else 1.8)


@server.tool()
async def survey(moons: int, context: Context) -> str:
    """Look at moons, one by one."""
    for seen in range(moons):
        await context.report_progress(seen + 1, moons, f"moon {seen + 1}")
    return f"saw {moons}"


@server.tool()
def picture() -> list[Image | str]:
    """Take a picture."""
    return ["A pixel:", Image(data=PIXEL, format="gif")]


@server.tool()
async def sleep() -> str:
    """Sleep for ever."""
    await asyncio.Event().wait()
    return "never"


@server.tool(name="look.up")
def look_up() -> str:
    """Look something up."""
    return "found"


@server.tool()
def die() -> str:
    """End the server."""
    os._exit(3)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run()
