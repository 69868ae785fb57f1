"""The bodies of answers, while they are recorded and when they are played."""

import asyncio
import gzip
from types import ModuleType
from typing import NoReturn

import aiohttp
import httpx
import httpx2
import pytest

from streamkit._tap._playing import Body, Recorded, body_class, raise_end
from streamkit._tap._request import HttpRequest
from streamkit._tap._take import Take
from streamkit.errors import LimitExceeded
from streamkit.testing import run_in_virtual_time

READS = ((1.0, b"Io, "), (4.0, b"Europa"))


def recorded(end: str = "whole", status: int | None = 200) -> Recorded:
    return Recorded("moons.jsonl", {}, status, {}, READS, end, "a reason")


def refuse(message: str) -> NoReturn:
    raise AssertionError(message)


def take() -> Take:
    return Take(HttpRequest("POST", "http://a/v1", {}, b""), 0)


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 4.0), (2.0, 2.0), (float("inf"), 0.0)])
def test_a_body_is_played_at_its_pace(speed: float, seconds: float) -> None:
    async def read() -> tuple[bytes, float]:
        data = b"".join([each async for each in Body(recorded(), httpx, speed, refuse)])
        return data, asyncio.get_running_loop().time()

    assert run_in_virtual_time(read()) == (b"Io, Europa", seconds)


def test_a_blocking_reader_gets_the_same() -> None:
    assert b"".join(Body(recorded(), httpx, float("inf"), refuse)) == b"Io, Europa"


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_body_that_is_closed_ends(library: ModuleType) -> None:
    body = iter(body_class(library)(recorded(), library, float("inf"), refuse))
    assert next(body) == b"Io, "
    body.close()
    assert list(body) == []


@pytest.mark.parametrize(
    ("library", "end", "status", "error"),
    [
        (httpx, "ReadTimeout", 200, httpx.ReadTimeout),
        (httpx2, "ReadError", 200, httpx2.ReadError),
        (httpx, "ClientPayloadError", 200, httpx.RemoteProtocolError),
        (httpx, "SocketTimeoutError", 200, httpx.ReadTimeout),
        (aiohttp, "ReadTimeout", 200, aiohttp.SocketTimeoutError),
        (aiohttp, "RemoteProtocolError", 200, aiohttp.ClientPayloadError),
        (aiohttp, "ConnectError", None, aiohttp.ClientConnectionError),
    ],
)
def test_the_end_is_the_error_of_the_library_that_reads(
    library: ModuleType, end: str, status: int | None, error: type[Exception]
) -> None:
    with pytest.raises(error, match="a reason"):
        raise_end(recorded(end, status), library)


def test_a_compressed_answer_is_recorded_plain() -> None:
    found = take()
    found.answered(200, {"content-encoding": "gzip"})
    data = gzip.compress(b"Io, Europa")
    assert b"".join(found.add(data[at : at + 5]) for at in range(0, len(data), 5)) == data
    assert b"".join(each for _, each in found.reads) == b"Io, Europa"


def test_what_cannot_be_recorded_is_an_error() -> None:
    with pytest.raises(LimitExceeded, match="content-encoding: br"):
        take().answered(200, {"content-encoding": "br"})
    found = take()
    found.answered(200, {"content-encoding": "gzip"})
    bomb = gzip.compress(bytes(1 << 27))
    with pytest.raises(LimitExceeded, match="bytes is not recorded"):
        for at in range(0, len(bomb), 1 << 12):
            found.add(bomb[at : at + (1 << 12)])


def test_the_account_and_the_cookies_of_an_answer_are_not_kept() -> None:
    found = take()
    found.answered(200, {"set-cookie": "a", "openai-organization": "org", "x-request-id": "r", "retry-after": "1"})
    assert found.headers == {"x-request-id": "r", "retry-after": "1"}
