"""The bodies of answers, while they are recorded and when they are played."""

import asyncio
import gzip
import math
from types import ModuleType
from typing import NoReturn

import httpx
import pytest

from streamkit._tap._httpx import TapedBody
from streamkit._tap._playing import Answer, Body, Recorded, body_class
from streamkit._tap._request import HttpRequest
from streamkit._tap._take import Take
from streamkit.errors import LimitExceeded
from streamkit.testing import run_in_virtual_time

READS = ((1.0, b"Io, "), (4.0, b"Europa"))


def recorded(end: str = "whole", status: int | None = 200) -> Recorded:
    return Recorded("moons.jsonl", {}, status, {}, READS, end, "a reason")


def refuse(message: str) -> NoReturn:
    raise AssertionError(message)


def body(found: Recorded, library: ModuleType = httpx, *, speed: float = math.inf) -> Body:
    answer = Answer(found, library, speed=speed, refuse=refuse)
    return body_class(library)(answer) if hasattr(library, "AsyncByteStream") else Body(answer)


def take() -> Take:
    return Take(HttpRequest("POST", "http://a/v1", {}, b""), 0)


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 4.0), (2.0, 2.0), (math.inf, 0.0)])
def test_a_body_is_played_at_its_pace(speed: float, seconds: float) -> None:
    async def read() -> tuple[bytes, float]:
        data = b"".join([each async for each in body(recorded(), speed=speed)])
        return data, asyncio.get_running_loop().time()

    assert run_in_virtual_time(read()) == (b"Io, Europa", seconds)


def test_a_blocking_reader_gets_the_same() -> None:
    assert b"".join(body(recorded())) == b"Io, Europa"


def test_a_second_iterator_gets_the_rest() -> None:
    found = body(recorded())
    assert next(iter(found)) == b"Io, "
    assert list(iter(found)) == [b"Europa"]
    found = take()
    whole = TapedBody(iter([b"Io, ", b"Europa"]), found)
    assert next(iter(whole)) == b"Io, "
    assert list(iter(whole)) == [b"Europa"]
    assert (len(found.reads), found.end) == (2, "whole")


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_body_that_is_closed_ends(library: str) -> None:
    found = iter(body(recorded(), pytest.importorskip(library)))
    assert next(found) == b"Io, "
    found.close()
    assert next(found, None) is None


@pytest.mark.parametrize(
    ("library", "end", "status", "error"),
    [
        ("httpx", "ReadTimeout", 200, "ReadTimeout"),
        ("httpx2", "ReadError", 200, "ReadError"),
        ("httpx", "ClientPayloadError", 200, "RemoteProtocolError"),
        ("httpx", "SocketTimeoutError", 200, "ReadTimeout"),
        ("aiohttp", "ReadTimeout", 200, "SocketTimeoutError"),
        ("aiohttp", "RemoteProtocolError", 200, "ClientPayloadError"),
        ("aiohttp", "ConnectError", None, "ClientConnectionError"),
    ],
)
def test_the_end_is_the_error_of_the_library_that_reads(library: str, end: str, status: int | None, error: str) -> None:
    module = pytest.importorskip(library)
    with pytest.raises(getattr(module, error), match="a reason"):
        list(body(recorded(end, status), module))


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
