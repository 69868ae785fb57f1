"""The clients of our own requests, one for each HTTP library, and a request of no provider."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.util import find_spec

import pytest

from streamkit.transport import HttpAnswer, direct_client
from tests.packages import missing

_ABSENT = {"aiohttp": frozenset[str](), "httpx2": frozenset({"aiohttp"}), "httpx": frozenset({"aiohttp", "httpx2"})}


LIBRARIES = tuple(_ABSENT)
"""The libraries of our own requests, the one that is taken first before the others."""


def use(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the libraries that are taken before this one."""

    def found(each: str) -> object:
        return None if each in _ABSENT[library] else find_spec(each)

    monkeypatch.setattr(importlib.import_module("streamkit.transport._libraries"), "find_spec", found)


def only_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the libraries that are taken before httpx."""
    use("httpx", monkeypatch)


@pytest.fixture(params=list(_ABSENT))
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the library that our own requests use."""
    if reason := missing(request.param):
        pytest.skip(reason)
    use(request.param, monkeypatch)
    return request.param


async def send(url: str, content: bytes = b"{}", headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """Send a request by the client of its address."""
    client = await direct_client(url)
    return await client.post(url, headers={"accept-encoding": "identity", **(headers or {})}, content=content)


async def read(answer: HttpAnswer) -> bytes:
    """Read the body to its end, and close the answer."""
    try:
        return b"".join([data async for data in answer])
    finally:
        await answer.aclose()


async def fetch(url: str) -> bytes:
    """Send a request and read the whole answer."""
    return await read(await send(url))
