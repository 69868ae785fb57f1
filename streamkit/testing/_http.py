"""HTTP/1.1 as far as the fault server needs it: it reads requests, and writes the heads of answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http.client import responses

from ._plan import Plan
from .in_process import Request


def head_of(plan: Plan, *, stays: bool) -> bytes:
    """Write the status line and the headers of an answer.

    Args:
        plan: What is answered.
        stays: The connection may be used again.
    """
    headers = dict(plan.headers)
    if plan.framing == "chunked":
        headers["transfer-encoding"] = "chunked"
    if not stays:
        headers["connection"] = "close"
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {plan.status} {responses.get(plan.status, '')}", *lines, "", ""]).encode("latin-1")


async def read_request(stream: asyncio.StreamReader) -> Request:
    """Read one request with its body.

    Args:
        stream: What the client sends.

    Raises:
        asyncio.IncompleteReadError: It left in the midst of it.
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
