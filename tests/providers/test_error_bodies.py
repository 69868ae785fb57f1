"""An error's body: as much of it is read as is allowed, whatever the server sends, and the status always counts."""

from __future__ import annotations

import importlib
import json
import math
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan
from streamkit.testing.faults import Fin, Forever, Repeat, Send, Wait
from tests.providers.doors import KEY, ask, every_door, kind_of

pytestmark = pytest.mark.sdk

BLOCK = b"x" * 65536
SOCKETS = 64 * 2**20  # bytes that the sockets of both sides may hold, with much room


def failed(*steps: Any, encoding: str | None = None) -> Plan:
    headers = [("content-type", "application/json"), *([("content-encoding", encoding)] if encoding else [])]
    return Plan(500, tuple(headers), steps)


async def error_of(name: str, plan: Plan, **given: Any) -> sk.StreamError:
    with FaultServer(plan) as server, pytest.raises(sk.StreamError) as caught:
        await ask(name, server, **given)
    return caught.value


@every_door
async def test_a_body_without_an_end_is_left(name: str) -> None:
    with FaultServer(failed(Forever(BLOCK, every=0))) as server:
        with pytest.raises(sk.StreamError) as caught:
            await ask(name, server)
        (left,) = await server.until_closed()
    error = caught.value
    assert left.bytes_sent < SOCKETS
    assert (kind_of(error), error.status) == (sk.ProviderError, 500)


@every_door
async def test_a_body_that_falls_silent_ends_by_the_clock(name: str) -> None:
    error = await error_of(name, failed(Send(b"{"), Wait(math.inf)), timeouts=sk.Timeouts(first=0.3))
    assert isinstance(error, sk.StalledError)


@every_door
async def test_a_body_that_breaks_off_leaves_the_status(name: str) -> None:
    error = await error_of(name, failed(Send(b"{"), Fin()))
    assert (kind_of(error), error.status) == (sk.ProviderError, 500)


def refusal(text: str) -> bytes:
    return json.dumps({"message": text, "error": {"message": text}}).encode()


@every_door
async def test_a_body_that_was_compressed_unasked_is_read(name: str) -> None:
    error = await error_of(name, failed(Send(zlib.compress(refusal("No such moon."), wbits=31)), encoding="gzip"))
    assert error.message.startswith("No such moon.")


@every_door
async def test_an_encoding_that_is_not_ours_is_refused_by_name(name: str) -> None:
    error = await error_of(name, failed(Send(b"\x0b\x02\x80{}\x03"), encoding="br"))
    assert (kind_of(error), error.status) == (sk.ProviderError, 500)
    assert "'br'" in error.message


@cache
def bomb() -> bytes:
    """A quarter of a gibibyte in as many kibibytes."""
    gzip = zlib.compressobj(9, wbits=31)
    return b"".join([*(gzip.compress(b"\0" * 2**20) for _ in range(256)), gzip.flush()])


@every_door
async def test_a_bomb_is_not_unpacked(name: str) -> None:
    await error_of(name, failed(Send(refusal("first, to import"))))
    plan = failed(Send(bomb()), encoding="gzip")
    tracemalloc.start()
    try:
        error = await error_of(name, plan)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (kind_of(error), error.status) == (sk.ProviderError, 500)
    assert peak < 32 * 2**20


@every_door
async def test_the_bound_is_the_callers(name: str) -> None:
    long = refusal("a" * 200 + ".")
    assert (await error_of(name, failed(Send(long)))).message.startswith("aaaa")
    cut = await error_of(name, failed(Send(long)), caps=sk.Caps(error_body=100))
    assert cut.message.startswith("The provider answered with status 500")


def of_openai(server: FaultServer) -> Any:
    return importlib.import_module("openai").AsyncOpenAI(api_key=KEY, base_url=server.base_url)


def of_anthropic(server: FaultServer) -> Any:
    return importlib.import_module("anthropic").AsyncAnthropic(api_key=KEY, base_url=server.base_url)


def of_cohere(server: FaultServer) -> Any:
    return importlib.import_module("cohere").AsyncClientV2(KEY, base_url=server.base_url)


def of_httpx(_: FaultServer) -> Any:
    return importlib.import_module("httpx").AsyncClient(timeout=None)


@pytest.mark.parametrize(
    ("name", "client_of"),
    [("openai", of_openai), ("anthropic", of_anthropic), ("cohere", of_cohere), ("mistral", of_httpx)],
)
async def test_a_users_own_client_reads_no_more_of_an_error(name: str, client_of: Callable[[FaultServer], Any]) -> None:
    with FaultServer(failed(Repeat(BLOCK, 4096))) as server:
        async with client_of(server) as client:
            given: dict[str, Any] = {"base_url": server.base_url, "api_key": KEY} if name == "mistral" else {}
            with pytest.raises(sk.ProviderError) as caught:
                await sk.stream(f"{name}/m", "?", client=client, **given)
            assert caught.value.status == 500
            assert server.exchanges[0].bytes_sent < SOCKETS
            assert "Short" not in type(client).__name__
