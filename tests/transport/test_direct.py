"""Our own requests, over each HTTP library: what is sent, what is read, and which connection is taken."""

from __future__ import annotations

import asyncio
import importlib
import math
import threading
from typing import Any

import pytest

from streamkit.errors import MalformedError
from streamkit.testing import FaultServer, Plan, plan
from streamkit.testing.faults import Fin, Reset, Send, Wait
from streamkit.transport import Unanswered, attempt
from tests.transport.clients import fetch, library, read, send

__all__ = ["library"]

pytestmark = pytest.mark.usefixtures("library")

SOUND = plan("none", [b"data: Io\n\n"])
SILENT = Plan(steps=(Send(b"data: Io\n\n"), Wait(math.inf)))


async def test_the_library_that_is_there_is_used(library: str) -> None:
    with FaultServer(SOUND) as server:
        answer = await send(server.base_url)
        assert await read(answer) == b"data: Io\n\n"
        response: Any = getattr(answer, "_response")  # noqa: B009
    assert type(response).__module__.partition(".")[0] == library


async def test_a_connection_is_used_again_after_the_end_of_a_body() -> None:
    with FaultServer(SOUND) as server:
        for _ in range(10):
            await fetch(server.base_url)
        assert (len(server.requests), server.open_connections) == (10, 1)


async def test_a_connection_is_closed_when_its_body_was_not_read_to_the_end() -> None:
    with FaultServer(SILENT) as server:
        answer = await send(server.base_url)
        await answer.aclose()
        await server.until_closed()


async def test_a_socket_is_shut_down_from_any_thread_without_a_turn_of_the_loop() -> None:
    with FaultServer(SILENT) as server:
        answer = await send(server.base_url)
        thread = threading.Thread(target=answer.shut_down)
        thread.start()
        thread.join()
        server.wait_for(lambda: server.open_connections == 0)  # the loop has no turn
        await answer.aclose()


async def test_a_connection_that_another_request_has_by_now_is_not_shut_down() -> None:
    with FaultServer(SOUND) as server:
        first = await send(server.base_url)
        await read(first)
        second = await send(server.base_url)
        first.shut_down()
        assert await read(second) == b"data: Io\n\n"
        assert server.open_connections == 1


async def test_a_redirect_is_an_answer_and_no_second_request() -> None:
    to = Plan(307, (("location", "/elsewhere"),), ())
    with FaultServer(to) as server:
        answer = await send(server.base_url)
        await read(answer)
        assert (answer.status_code, len(server.requests)) == (307, 1)


async def test_no_cookie_is_kept() -> None:
    with FaultServer(Plan(200, (("set-cookie", "a=b"),), ())) as server:
        for _ in range(2):
            await fetch(server.base_url)
        assert ["cookie" in request.headers for request in server.requests] == [False, False]


async def test_a_request_goes_out_as_it_was_written() -> None:
    with FaultServer(SOUND) as server:
        path = "/v1/models/a%3Ab:c%2Fd?x=1%2B2&y=a+b&z=%C3%A9"
        answer = await send(server.base_url + path, b'{"a":"\xc3\xa9"}', {"authorization": "Bearer k"})
        await answer.aclose()
        (request,) = server.requests
    assert (request.method, request.path, request.body) == ("POST", path, b'{"a":"\xc3\xa9"}')
    assert request.headers["authorization"] == "Bearer k"


@pytest.mark.parametrize("lost", [plan("no_answer"), Plan(steps=(Reset(),), unanswered=True)], ids=["end", "reset"])
async def test_a_kept_connection_that_is_lost_without_an_answer_is_reported_and_not_sent_again(lost: Plan) -> None:
    with FaultServer([SOUND, lost, SOUND]) as server:
        await fetch(server.base_url)
        with attempt(), pytest.raises(Unanswered):
            await fetch(server.base_url)
        assert len(server.requests) == 2
        with attempt(fresh=True) as current:
            await fetch(server.base_url)
        assert not current.reused


async def test_an_unknown_encoding_is_refused() -> None:
    with FaultServer(Plan(200, (("content-encoding", "br"),), (Send(b"x"),))) as server:
        answer = await send(server.base_url)
        with pytest.raises(MalformedError, match="'br'"):
            await read(answer)


async def test_what_arrived_before_a_connection_broke_is_read_before_the_error() -> None:
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    broken = Plan(unanswered=True, steps=(Send(head + b"5\r\ndata:\r\n"), Fin()))
    with FaultServer(broken) as server:
        answer = await send(server.base_url)
        await asyncio.to_thread(server.wait_for, lambda: server.open_connections == 0)
        body = aiter(answer)
        assert await anext(body) == b"data:"
        with pytest.raises(Exception, match=r"(?i)complete"):
            await anext(body)
        await answer.aclose()


async def test_a_hundred_and_twenty_requests_are_open_at_once() -> None:
    with FaultServer(SILENT) as server:
        answers = await asyncio.gather(*(send(server.base_url) for _ in range(120)))
        assert server.open_connections == 120
        await asyncio.gather(*(answer.aclose() for answer in answers))
        await server.until_closed()


def test_the_client_is_closed_with_its_loop(library: str) -> None:
    importlib.import_module(library)
    with FaultServer(SOUND) as server:
        asyncio.run(fetch(server.base_url))
        server.wait_for(lambda: server.open_connections == 0)
