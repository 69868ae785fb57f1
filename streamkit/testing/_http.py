"""The part of HTTP/1.1 that the fault server needs: reading requests, writing response heads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http.client import responses

from ._plan import Plan
from .in_process import Request


def head_of(plan: Plan, *, stays: bool) -> bytes:
    """Write the status line and the headers of a response."""
    headers = dict(plan.headers)
    if plan.framing == "chunked":
        headers["transfer-encoding"] = "chunked"
    if not stays:
        headers["connection"] = "close"
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {plan.status} {responses.get(plan.status, '')}", *lines, "", ""]).encode("latin-1")


async def read_request(stream: asyncio.StreamReader) -> Request:
    """Read one request, body included.

    Raises:
        asyncio.IncompleteReadError: The client left in the middle of a request.
    """
    head = (await stream.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if headers.get("transfer-encoding") == "chunked":
        return Request(method, path, headers, b"".join([chunk async for chunk in _chunks(stream)]))
    return Request(method, path, headers, await stream.readexactly(int(headers.get("content-length", 0))))


async def _chunks(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await stream.readline(), 16):
        yield (await stream.readexactly(size + 2))[:size]
    await stream.readline()
