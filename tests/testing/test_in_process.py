"""The transport without sockets is, for the libraries and the SDK, a provider."""

import asyncio
import math
import selectors
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import httpx
import openai
import pytest

from streamkit.testing import FAULTS, FaultTransport, Plan, plan
from streamkit.testing.faults import Forever, Send, Wait
from streamkit.testing.in_process import Plans, Request

pytestmark = pytest.mark.anyio

LIBRARIES = [import_module(name) for name in ("httpx", "httpx2") if find_spec(name)]
URL = "http://provider/v1/chat/completions"


EVENTS = (
    b'data: {"choices":[{"delta":{"content":"one "}}]}\n\n',
    b'data: {"choices":[{"delta":{"content":"two "}}]}\n\n',
    b'data: {"choices":[{"delta":{"content":"three "}}]}\n\n',
    b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
    b"data: [DONE]\n\n",
)


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.__name__)
def http(request: pytest.FixtureRequest) -> Any:
    return request.param


async def read(http: Any, plans: Plans) -> bytes:
    async with http.AsyncClient(transport=FaultTransport(plans)) as client:
        response = await client.post(URL, json={})
        return response.content


async def test_a_sound_stream_arrives_event_by_event(http: Any) -> None:
    transport = FaultTransport(plan("none", EVENTS))
    async with http.AsyncClient(transport=transport) as client, client.stream("POST", URL) as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert [data async for data in response.aiter_raw()] == list(EVENTS)


async def test_a_cut_is_a_clean_end(http: Any) -> None:
    assert await read(http, plan("cut", EVENTS)) == b"".join(EVENTS[:2])


@pytest.mark.parametrize(("fault", "error"), [("reset", "ReadError"), ("fin", "RemoteProtocolError")])
async def test_a_broken_connection_is_the_librarys_error(http: Any, fault: str, error: str) -> None:
    with pytest.raises(getattr(http, error)):
        await read(http, plan(fault, EVENTS))


async def test_a_fin_ends_a_close_delimited_body(http: Any) -> None:
    assert await read(http, plan("fin", EVENTS, framing="close")) == b"".join(EVENTS[:2])


async def test_the_reader_unpacks_the_content(http: Any) -> None:
    assert len(await read(http, plan("gzip_bomb", size=1 << 20))) == len(b"data: ") + (1 << 20)


async def test_requests_are_recorded(http: Any) -> None:
    transport = FaultTransport(plan("none"))
    async with http.AsyncClient(transport=transport) as client:
        await client.post(URL + "?beta=1", json={"stream": True}, headers={"X-Key": "k"})
    (request,) = transport.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions?beta=1")
    assert request.headers["x-key"] == "k"
    assert request.json() == {"stream": True}


async def test_plans_are_taken_in_order_and_the_last_one_repeats(http: Any) -> None:
    async with http.AsyncClient(transport=FaultTransport([plan("server_error"), plan("none")])) as client:
        assert [(await client.get(URL)).status_code for _ in range(3)] == [500, 200, 200]


async def test_a_function_plans_by_the_request(http: Any) -> None:
    def answer(request: Request) -> Plan:
        return Plan(steps=(Send(request.path.encode()),))

    assert await read(http, answer) == b"/v1/chat/completions"


async def test_leaving_early_closes_the_stream(http: Any) -> None:
    transport = FaultTransport(plan("none", EVENTS))
    async with http.AsyncClient(transport=transport) as client, client.stream("GET", URL) as response:
        await anext(response.aiter_raw())
        assert transport.exchanges[0].closed_by_client_at is None
    (exchange,) = transport.exchanges
    assert exchange.closed_by_client_at is not None
    assert (exchange.events_sent, exchange.bytes_sent, exchange.finished) == (1, len(EVENTS[0]), False)


async def test_leaving_before_the_status_line_is_seen_too(http: Any) -> None:
    transport = FaultTransport(Plan(latency=math.inf))
    async with http.AsyncClient(transport=transport) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get(URL), timeout=0.001)
    assert transport.exchanges[0].closed_by_client_at is not None


async def test_a_stream_read_to_its_end_is_finished_and_closed(http: Any) -> None:
    transport = FaultTransport(plan("none", EVENTS))
    async with http.AsyncClient(transport=transport) as client:
        await client.get(URL)
    (exchange,) = transport.exchanges
    assert exchange.finished
    assert exchange.events_sent == len(EVENTS)
    assert exchange.closed_by_client_at is not None


async def test_closing_wakes_the_one_who_waits_for_bytes(http: Any) -> None:
    transport = FaultTransport(plan("stall"))
    async with http.AsyncClient(transport=transport, timeout=None) as client, client.stream("GET", URL) as response:
        reading = asyncio.ensure_future(response.aread())
        await asyncio.wait([reading], timeout=0.001)
        await response.stream.aclose()
        with pytest.raises(http.ReadError):
            await reading


async def test_an_endless_plan_leaves_others_their_turn(http: Any) -> None:
    endless = Plan(steps=(Forever(b"a", every=0),))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await read(http, endless)


class _LeapingSelector(selectors.SelectSelector):
    """A selector to which waiting costs nothing but a number."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0
        return super().select(0)


class _LeapingLoop(asyncio.SelectorEventLoop):
    """A loop on which an hour is over at once."""

    def __init__(self) -> None:
        self.leaping = _LeapingSelector()
        super().__init__(self.leaping)

    def time(self) -> float:
        return self.leaping.now


def seconds_on_a_leaping_loop(http: Any, *plans: Plan) -> float:
    """How long the responses take, as the loop's clock has it."""

    async def measure() -> float:
        await read(http, plans)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=_LeapingLoop) as runner:
        return runner.run(measure())


def test_waits_take_the_loops_time_and_no_other(http: Any) -> None:
    assert seconds_on_a_leaping_loop(http, Plan(steps=(Wait(2), Send(b"a"), Wait(1)))) == pytest.approx(3, abs=0.1)
    assert seconds_on_a_leaping_loop(http, plan("latency", EVENTS, delay=4)) == pytest.approx(4, abs=0.1)
    assert seconds_on_a_leaping_loop(http, plan("none", EVENTS, every=1)) == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("silent", [plan("stall", EVENTS), plan("latency", delay=6), Plan(latency=math.inf)])
def test_a_silence_longer_than_the_read_timeout_is_the_librarys_error(http: Any, silent: Plan) -> None:
    with pytest.raises(http.ReadTimeout):
        seconds_on_a_leaping_loop(http, silent)


def test_keep_alives_reset_the_read_timeout(http: Any) -> None:
    async def measure() -> None:
        async with asyncio.timeout(60):
            await read(http, plan("keep_alives", delay=1))

    with asyncio.Runner(loop_factory=_LeapingLoop) as runner, pytest.raises(TimeoutError):
        runner.run(measure())


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_can_be_played(http: Any, fault: str) -> None:
    async def play() -> None:
        async with asyncio.timeout(60):
            await read(http, plan(fault, EVENTS, size=65536))

    with asyncio.Runner(loop_factory=_LeapingLoop) as runner, suppress(http.HTTPError, TimeoutError):
        runner.run(play())


def test_no_plan_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no plan"):
        FaultTransport([])


async def ask(transport: FaultTransport) -> str:
    """Ask with the SDK, on its own HTTP library."""
    http_client = openai.DefaultAsyncHttpxClient(transport=transport)
    async with openai.AsyncOpenAI(api_key="test", max_retries=0, http_client=http_client) as client:
        stream = await client.chat.completions.create(model="m", messages=[], stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


@pytest.mark.sdk
async def test_the_sdk_reads_a_sound_stream_and_leaves() -> None:
    transport = FaultTransport(plan("none", EVENTS))
    assert await ask(transport) == "one two three "
    assert transport.exchanges[0].closed_by_client_at is not None


@pytest.mark.sdk
async def test_the_sdk_takes_a_cut_stream_for_a_sound_one() -> None:
    assert await ask(FaultTransport(plan("cut", EVENTS))) == "one two "


@pytest.mark.sdk
async def test_the_sdk_reports_a_refusal_as_its_own_error() -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        await ask(FaultTransport(plan("rate_limited")))
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"] == "1"


@pytest.mark.sdk
@pytest.mark.parametrize("fault", ["reset", "fin"])
async def test_the_sdk_meets_a_broken_connection(fault: str) -> None:
    broken = (openai.APIConnectionError, httpx.TransportError)  # openai 3 wraps what openai 2 lets through
    with pytest.raises(broken):
        await ask(FaultTransport(plan(fault, EVENTS)))
