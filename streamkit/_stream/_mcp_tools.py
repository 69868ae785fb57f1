"""``sk.mcp_tools``: the tools of an MCP server, called through the session that the caller has opened."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from ..errors import ConfigurationError, TransportError
from ..messages import ImagePart
from ..settings import is_positive
from ..tool import MCPResult, SchemaForm, Tool, ToolContext

T = TypeVar("T")

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")

_PREFIX = re.compile(r"[A-Za-z0-9_-]*")

_CLOSED = -32000  # JSON-RPC codes of the mcp package: the connection is closed

_TIMED_OUT = -32001


class MCPToolError(Exception):
    """The error that a tool of an MCP server has reported; its text goes to the model."""


def mcp_tools(
    session: Any, *, prefix: str = "", timeout: float | None = None
) -> Coroutine[Any, Any, list[Tool[..., Any]]]:
    """List the tools of an MCP server, for ``tools=[…]`` of a call and for ``ops.run_tools``.

    The session stays yours: you open it and close it, and it has to be open while tools run. The schemas are sent to
    the model as the server gives them, and the server validates the arguments. A tool may be called from any event
    loop and thread, as long as the loop of the session runs. Progress notifications are the progress of the tool.
    A result is an ``sk.MCPResult``; the model gets its text. An error that the server reports is the error of the tool.

    Args:
        session: An open, initialized ``mcp.ClientSession``, or an open ``mcp.Client``, of the package ``mcp``.
        prefix: Text before the name of each tool, of letters, digits, ``_`` and ``-``.
        timeout: Seconds for one call; None for the timeout of the session.

    Returns:
        A coroutine of the list, which may stand inside the list of ``tools=``.

    Raises:
        ConfigurationError: The session, the prefix or the timeout cannot be used.
        TransportError: The session is closed.

    >>> import streamkit as sk
    >>> sk.mcp_tools("files")
    Traceback (most recent call last):
    ...
    streamkit.errors.ConfigurationError: mcp_tools takes an open mcp.ClientSession or mcp.Client, not 'files'...
    """
    if not (callable(getattr(session, "call_tool", None)) and callable(getattr(session, "list_tools", None))):
        raise ConfigurationError(
            f"mcp_tools takes an open mcp.ClientSession or mcp.Client, not {session!r}: "
            "pip install 'streamkit[mcp]' has the package, and docs/tools.md shows how to open one."
        )
    if not isinstance(cast("object", prefix), str) or not _PREFIX.fullmatch(prefix):
        raise ConfigurationError(f"prefix={prefix!r}: use letters, digits, _ and -.")
    if not (timeout is None or is_positive(timeout)):
        raise ConfigurationError(f"timeout={timeout!r}: give seconds, above 0.")
    return _listed(session, prefix, timeout)


async def _listed(session: Any, prefix: str, seconds: float | None) -> list[Tool[..., Any]]:
    server = _Server(session, asyncio.get_running_loop(), seconds)
    return [_tool(server, each, prefix) for each in await server.list_tools()]


def _tool(server: _Server, declared: Any, prefix: str) -> Tool[..., Any]:
    async def call(arguments: dict[str, Any], context: ToolContext) -> MCPResult:
        return await server.call(declared.name, arguments, context)

    name = prefix + _NOT_IN_A_NAME.sub("_", declared.name)
    form = SchemaForm(name, declared.description or "", declared.input_schema, call)
    return Tool(cast("Callable[..., Any]", form), strict=False)  # a strict form would change the schema


class _Server:
    """One session, and the loop that it was opened on."""

    def __init__(self, session: Any, loop: asyncio.AbstractEventLoop, timeout: float | None) -> None:
        self._session = session
        self._loop = loop
        self._timeout = timeout

    async def list_tools(self) -> list[Any]:
        """Return the declarations of all tools, page by page."""
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self._checked("tools/list", self._page(cursor))
            found += page.tools
            cursor = page.next_cursor
            if not cursor:
                return found

    async def _page(self, cursor: str | None) -> Any:
        if cursor is None:
            return await self._session.list_tools()
        from mcp import Client
        from mcp.types import PaginatedRequestParams

        if isinstance(self._session, Client):
            return await self._session.list_tools(cursor=cursor)
        return await self._session.list_tools(params=PaginatedRequestParams(cursor=cursor))

    async def call(self, name: str, arguments: dict[str, Any], context: ToolContext) -> MCPResult:
        """Call a tool on the loop of the session, and return its result."""

        async def progress(done: float, total: float | None, message: str | None) -> None:
            context.progress(done, total=total, message=message or "")

        async def work() -> Any:
            return await self._session.call_tool(name, arguments, self._timeout, progress)

        return _result(await self._checked(name, self._on_loop(name, work)))

    async def _on_loop(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if asyncio.get_running_loop() is self._loop:
            return await work()
        if self._loop.is_closed():
            raise _lost(name)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), self._loop))

    async def _checked(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        from anyio import BrokenResourceError, ClosedResourceError
        from mcp import MCPError

        try:
            return await work
        except (BrokenResourceError, ClosedResourceError) as error:
            raise _lost(name) from error
        except RuntimeError as error:
            if "context manager" in str(error):  # a Client that has been closed has no error of its own
                raise _lost(name) from error
            raise
        except MCPError as error:
            if error.code == _CLOSED:
                raise _lost(name) from error
            if error.code == _TIMED_OUT:
                raise TimeoutError(f"The MCP server has not answered {name!r} in time.") from error
            raise MCPToolError(error.message) from error


def _lost(name: str) -> TransportError:
    return TransportError(
        f"The session of the MCP server is closed, so {name!r} may or may not have run: "
        "keep the session open until the tools have run, or open a new one and list its tools."
    )


def _result(given: Any) -> MCPResult:
    texts: list[str] = []
    images: list[ImagePart] = []
    for block in given.content:
        if block.type == "text":
            texts.append(block.text)
        elif block.type == "image":
            data = base64.b64decode(block.data)
            images.append(ImagePart(data, media_type=block.mime_type))
            texts.append(f"[image, {block.mime_type}, {len(data)} bytes]")
        else:
            texts.append(_described(block))
    found = MCPResult("\n".join(texts), given.structured_content, tuple(images), tuple(given.content))
    if given.is_error:
        raise MCPToolError(found.text or "The MCP server reported an error without a text.")
    if not given.content and given.structured_content is not None:
        from ..tool import as_text

        return MCPResult(as_text(found.structured), found.structured, found.images, found.content)
    return found


def _described(block: Any) -> str:
    """Return a text for a block that is no text: the text of a resource, or what and where the block is."""
    resource = getattr(block, "resource", None)
    text = getattr(resource, "text", None)
    if isinstance(text, str):
        return text
    address = getattr(resource if resource is not None else block, "uri", None)
    kind = getattr(block, "mime_type", None) or getattr(resource, "mime_type", None)
    return f"[{', '.join(str(each) for each in (block.type, address, kind) if each)}]"
