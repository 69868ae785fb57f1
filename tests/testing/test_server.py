"""The fault server is a real one: what clients get is on the wire, and what clients do is seen."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

import httpx
import openai
import psutil
import pytest

from streamkit.testing import FAULTS, FaultServer, Plan, plan
from streamkit.testing.faults import Forever, Repeat
from streamkit.testing.in_process import Request
from tests.timing import soon

EVENTS = (b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n", b"data: [DONE]\n\n")
ASK = b"POST /v1/chat HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n{}"
CHAT = tuple(b'data: {"choices":[{"delta":{"content":"%d"}}]}\n\n' % n for n in range(4))
ENDLESS = Plan(steps=(Forever(EVENTS[0], every=0.001),))


@contextmanager
def connected(server: FaultServer, ask: bytes = ASK) -> Generator[socket.socket]:
    with socket.create_connection(("127.0.0.1", int(server.base_url.rpartition(":")[2])), timeout=5) as client:
        client.sendall(ask)
        yield client


def read_until(client: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end) and (data := client.recv(65536)):
        received += data
    return received


def get(server: FaultServer, path: str = "/") -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.get(server.base_url + path)


def test_a_response_is_chunked_event_by_event() -> None:
    with FaultServer(plan("none", EVENTS[:2])) as server, connected(server) as client:
        assert read_until(client, b"0\r\n\r\n") == (
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            b"9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n"
        )


def test_a_connection_stays_open_after_a_clean_end() -> None:
    with FaultServer(plan("none", EVENTS)) as server, connected(server) as client:
        for _ in range(3):
            read_until(client, b"0\r\n\r\n")
            client.sendall(ASK)
        server.wait_for(lambda: len(server.requests) == 4)
        assert server.open_connections == 1


@pytest.mark.parametrize("who", ["plan", "client"])
def test_a_connection_is_closed_where_one_side_asks_for_it(who: str) -> None:
    closing = plan("none", EVENTS, headers={"connection": "close"} if who == "plan" else None)
    ask = ASK.replace(b"Host: test", b"Connection: close") if who == "client" else ASK
    with FaultServer(closing) as server, connected(server, ask) as client:
        assert b"connection: close" in read_until(client, b"0\r\n\r\n")
        assert client.recv(1) == b""


def test_a_body_can_end_with_its_connection() -> None:
    with FaultServer(plan("cut", EVENTS, framing="close")) as server, connected(server) as client:
        head, body = read_until(client, EVENTS[1]).split(b"\r\n\r\n")
        assert b"chunked" not in head
        assert body == EVENTS[0] + EVENTS[1]
        assert client.recv(1) == b""


@pytest.mark.parametrize(("fault", "error"), [("reset", httpx.ReadError), ("fin", httpx.RemoteProtocolError)])
def test_a_broken_connection_breaks_after_the_events(fault: str, error: type[Exception]) -> None:
    received: list[bytes] = []
    with (
        FaultServer(plan(fault, EVENTS)) as server,
        httpx.stream("GET", server.base_url, trust_env=False) as response,
        pytest.raises(error),
    ):
        received.extend(response.iter_raw())
    assert b"".join(received) == EVENTS[0] + EVENTS[1]


def test_a_reset_is_a_reset() -> None:
    with FaultServer(plan("reset")) as server, connected(server) as client, pytest.raises(ConnectionResetError):
        read_until(client, b"never")


def test_requests_are_recorded_whole() -> None:
    with FaultServer(plan("none")) as server, httpx.Client(trust_env=False) as client:
        client.post(server.base_url + "/v1/chat?beta=1", json={"stream": True}, headers={"X-Key": "k"})
        (request,) = server.requests
        assert (request.method, request.path, request.headers["x-key"]) == ("POST", "/v1/chat?beta=1", "k")
        assert request.json() == {"stream": True}


def test_a_chunked_request_is_read_whole() -> None:
    with FaultServer(plan("none")) as server, httpx.Client(trust_env=False) as client:
        client.post(server.base_url, content=iter([b"ab", b"c" * 70000]))
        client.post(server.base_url, content=iter([b"d"]))
        assert [len(request.body) for request in server.requests] == [70002, 1]


def test_plans_are_taken_in_order_and_the_last_one_repeats() -> None:
    with FaultServer([plan("overloaded"), plan("rate_limited"), plan("none")]) as server:
        assert [get(server).status_code for _ in range(4)] == [529, 429, 200, 200]


def test_a_function_plans_by_the_request() -> None:
    def answer(request: Request) -> Plan:
        return plan("unauthorized" if request.path == "/secret" else "none")

    with FaultServer(answer) as server:
        assert [get(server, path).status_code for path in ("/secret", "/")] == [401, 200]


def test_what_the_function_raises_comes_out_at_the_end() -> None:
    def answer(request: Request) -> Plan:
        pytest.fail(f"not {request.path}")

    with (
        pytest.raises(pytest.fail.Exception, match="not /v1/chat"),
        FaultServer(answer) as server,
        connected(server) as client,
    ):
        assert client.recv(1) == b""


STOPS: dict[str, Plan] = {
    "a stall": plan("stall", EVENTS),
    "a late first byte": Plan(latency=60),
    "keep-alives": plan("keep_alives", EVENTS, delay=60),
    "an endless stream": ENDLESS,
    "a flood": Plan(steps=(Forever(bytes(4096), every=0),)),
}


@pytest.mark.parametrize("going_on", STOPS)
def test_the_client_is_seen_to_leave_at_once(going_on: str) -> None:
    def leave() -> float:
        with FaultServer(STOPS[going_on]) as server, connected(server) as client:
            server.wait_for(lambda: len(server.requests) == 1)
            client.close()
            closed_at = time.monotonic()
            (exchange,) = server.wait_closed()
            assert exchange.closed_by_client_at is not None
            assert not exchange.finished
            return exchange.closed_by_client_at - closed_at

    assert soon(leave, seconds=0.1)


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def shut_down(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("leave", [reset, shut_down])
def test_a_client_is_seen_to_leave_however_it_does(leave: Callable[[socket.socket], None]) -> None:
    with FaultServer(plan("stall")) as server, connected(server) as client:
        server.wait_for(lambda: len(server.requests) == 1)
        leave(client)
        server.wait_closed()


def test_a_client_that_left_after_the_end_is_on_record_when_the_server_is_gone() -> None:
    with FaultServer(plan("none", EVENTS)) as server:
        get(server)
    assert server.exchanges[0].finished
    assert server.exchanges[0].closed_by_client_at is not None


def test_a_server_that_leaves_first_sees_no_client_leave() -> None:
    with FaultServer(plan("fin", EVENTS)) as server, connected(server) as client:
        read_until(client, b"2\n\n\r\n")
        assert client.recv(1) == b""
        server.wait_for(lambda: server.open_connections == 0)
        assert server.exchanges[0].closed_by_client_at is None


def test_nothing_is_sent_after_the_client_has_left() -> None:
    with FaultServer(ENDLESS) as server, connected(server) as client:
        server.wait_for(lambda: bool(server.exchanges) and server.exchanges[0].events_sent >= 5)
        client.close()
        sent = (exchange := server.wait_closed()[0]).events_sent
        server.wait_for(lambda: server.open_connections == 0)
        assert exchange.events_sent == sent
        assert exchange.bytes_sent == sent * len(EVENTS[0])


def test_a_client_that_does_not_read_holds_the_server_up() -> None:
    flood = Plan(steps=(Repeat(bytes(65536), times=10_000),))
    with FaultServer(flood) as server, connected(server) as client:
        client.recv(1)
        with pytest.raises(TimeoutError):
            server.wait_for(lambda: server.exchanges[0].finished, timeout=0.05)
        client.close()
        assert server.wait_closed()[0].events_sent < 10_000


def test_waiting_for_a_client_that_stays_times_out() -> None:
    with FaultServer(plan("stall")) as server, connected(server):
        server.wait_for(lambda: server.open_connections == 1)
        with pytest.raises(TimeoutError, match="1 connections"):
            server.wait_closed(timeout=0.001)


async def test_an_async_test_can_await_the_close() -> None:
    with FaultServer(ENDLESS) as server:
        async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", server.base_url) as response:
            await anext(response.aiter_raw())
        await server.until_closed()


def test_events_come_at_their_pace() -> None:
    with FaultServer(plan("none", EVENTS * 5, every=0.002)) as server:
        get(server)
        assert time.monotonic() - server.exchanges[0].started >= 19 * 0.002 - 0.001  # a timer may fire a tick early


def test_latency_delays_the_status_line() -> None:
    with FaultServer(plan("latency", delay=0.02)) as server, connected(server) as client:
        client.recv(1)
        assert time.monotonic() - server.exchanges[0].started > 0.019


def test_a_redirect_leads_to_another_host() -> None:
    with FaultServer(plan("none"), host="localhost") as other:
        redirect = plan("redirect", location=other.base_url)
        with FaultServer(redirect) as server:
            assert httpx.get(server.base_url, trust_env=False, follow_redirects=True).url.host == "localhost"


def test_a_bomb_unpacks_in_the_client() -> None:
    with FaultServer(plan("gzip_bomb", size=1 << 22)) as server:
        assert len(get(server).content) > 1 << 22
        assert server.exchanges[0].bytes_sent < 1 << 14


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_can_be_served_and_left(fault: str) -> None:
    with FaultServer(plan(fault, CHAT, size=65536)) as server:
        with connected(server) as client:
            assert client.recv(65536).startswith(b"" if fault == "no_answer" else b"HTTP/1.1 ")
        server.wait_for(lambda: server.open_connections == 0)


async def test_many_clients_are_served_at_once() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        with FaultServer(plan("none", EVENTS, every=0.001)) as server:
            responses = await asyncio.gather(*(client.get(server.base_url) for _ in range(100)))
    assert {response.content for response in responses} == {b"".join(EVENTS)}


def test_leaving_ends_everything() -> None:
    before = (psutil.Process().num_fds(), threading.active_count())
    with ExitStack() as clients, FaultServer([plan("none"), plan("stall"), ENDLESS]) as server:
        for _ in range(3):
            clients.enter_context(connected(server))
        server.wait_for(lambda: len(server.requests) == 3)
    assert (psutil.Process().num_fds(), threading.active_count()) == before


async def ask(server: FaultServer) -> str:
    async with openai.AsyncOpenAI(base_url=server.base_url, api_key="test", max_retries=0) as client:
        stream = await client.chat.completions.create(model="m", messages=[], stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


@pytest.mark.sdk
@pytest.mark.parametrize(("fault", "text"), [("none", "0123"), ("drip", "0123"), ("slow_bytes", "0123"), ("cut", "01")])
async def test_the_sdk_reads_what_ends_well(fault: str, text: str) -> None:
    with FaultServer(plan(fault, CHAT)) as server:
        assert await ask(server) == text
        assert server.requests[0].json()["stream"] is True


@pytest.mark.sdk
async def test_the_sdk_reports_a_refusal_as_its_own_error() -> None:
    with FaultServer(plan("rate_limited")) as server, pytest.raises(openai.RateLimitError) as caught:
        await ask(server)
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"] == "1"


@pytest.mark.sdk
@pytest.mark.parametrize("fault", ["reset", "fin"])
async def test_the_sdk_meets_a_broken_connection(fault: str) -> None:
    broken = (openai.APIConnectionError, httpx.TransportError)  # openai 3 wraps what openai 2 lets through
    with FaultServer(plan(fault, CHAT)) as server, pytest.raises(broken):
        await ask(server)
