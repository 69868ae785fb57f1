"""A connection that was kept and is lost without an answer: the request is sent once more, and never more than that."""

from __future__ import annotations

import importlib
import logging
import math
from collections.abc import Callable
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, plan
from streamkit.testing.faults import Fin, Reset, Send
from tests.providers.doors import DOORS, ask, every_door
from tests.transport.clients import only_httpx

pytestmark = pytest.mark.sdk

NO_ANSWER = plan("no_answer")
RESET = Plan(steps=(Reset(),), unanswered=True)


def sound(name: str, fault: str = "none") -> Plan:
    return plan(fault, DOORS[name].events("Io"))


async def answer(name: str, server: FaultServer, **given: Any) -> sk.Response:
    """Ask, and wait until the connection is back in its pool: the next call takes it."""
    stream = ask(name, server, **given)
    try:
        return await stream
    finally:
        await stream.wait_closed()


@pytest.fixture
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The HTTP library under the SDKs: aiohttp where it is installed, or what they bring themselves."""
    if request.param == "httpx":
        only_httpx(monkeypatch)


every_library = pytest.mark.parametrize("library", ["aiohttp", "httpx"], indirect=True)


@every_door
@every_library
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("lost", [NO_ANSWER, RESET], ids=["read-and-closed", "read-and-reset"])
async def test_a_request_that_a_kept_connection_has_lost_is_sent_once_more(name: str, lost: Plan) -> None:
    with FaultServer([sound(name), lost, sound(name)]) as server:
        first, second = await answer(name, server), await answer(name, server)
    assert [(each.content, each.state, each.resent) for each in (first, second)] == [
        ("Io", "complete", 0),
        ("Io", "complete", 1),
    ]
    assert len(server.requests) == 3
    assert server.requests[1].body == server.requests[2].body


@every_door
@every_library
@pytest.mark.usefixtures("library")
async def test_a_connection_that_is_reset_when_the_request_is_written_is_replaced(name: str) -> None:
    with FaultServer([sound(name, "idle_reset"), sound(name)]) as server:
        first, second = await answer(name, server), await answer(name, server)
    assert (first.resent, second.resent, second.state) == (0, 1, "complete")
    assert (first.calls, second.calls, second.attempts) == (1, 2, [])
    assert len(server.requests) == 2


@every_door
@every_library
@pytest.mark.usefixtures("library")
async def test_no_call_fails_where_a_server_closes_a_connection_that_it_promised_to_keep(name: str) -> None:
    with FaultServer(sound(name, "idle_fin")) as server:
        responses = [await answer(name, server) for _ in range(20)]
    assert {response.state for response in responses} == {"complete"}
    assert len(server.requests) == 20


@every_library
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", ["openai", "mistral"])
async def test_a_connection_that_has_ended_while_it_was_idle_is_not_taken(name: str) -> None:
    with FaultServer(sound(name, "idle_fin")) as server:
        for _ in range(5):
            assert (await answer(name, server)).resent == 0
            server.wait_for(lambda: server.open_connections == 0)  # the loop has no turn to see the end itself


@every_door
async def test_it_is_never_sent_a_third_time(name: str) -> None:
    with FaultServer([sound(name), NO_ANSWER, NO_ANSWER, sound(name)]) as server:
        await answer(name, server)
        with pytest.raises(sk.TransportError) as caught:
            await answer(name, server)
    assert caught.value.partial is not None
    assert caught.value.partial.resent == 1
    assert len(server.requests) == 3


@every_door
async def test_nothing_is_sent_again_on_a_new_connection(name: str) -> None:
    with FaultServer([NO_ANSWER, sound(name)]) as server, pytest.raises(sk.TransportError) as caught:
        await answer(name, server)
    assert caught.value.partial is not None
    assert caught.value.partial.resent == 0
    assert len(server.requests) == 1


@every_library
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", ["openai", "anthropic", "mistral"])
@pytest.mark.parametrize("lost", [Send(b"HTTP/1.1 20"), Send(b"HTTP/1.1 200 OK\r\ncontent-")])
async def test_nothing_is_sent_again_once_a_byte_of_an_answer_has_come(name: str, lost: Send) -> None:
    begun = Plan(steps=(lost, Fin()), unanswered=True)
    with FaultServer([sound(name), begun, sound(name)]) as server:
        await answer(name, server)
        with pytest.raises(sk.TransportError):
            await answer(name, server)
    assert len(server.requests) == 2


@every_library
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", ["openai", "mistral"])
async def test_nothing_is_sent_again_after_a_silence(name: str) -> None:
    with FaultServer([sound(name), Plan(latency=math.inf), sound(name)]) as server:
        await answer(name, server)
        with pytest.raises(sk.StalledError):
            await answer(name, server, timeouts=sk.Timeouts(first=0.2))
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", ["openai", "mistral"])
async def test_it_can_be_switched_off(name: str) -> None:
    with FaultServer([sound(name), NO_ANSWER, sound(name)]) as server:
        await answer(name, server)
        with pytest.raises(sk.TransportError, match="failed"):
            await answer(name, server, resend=False)
    assert len(server.requests) == 2


def of_openai(address: str) -> Any:
    openai: Any = importlib.import_module("openai")
    return openai.AsyncOpenAI(api_key="k", base_url=address + "/v1")


def of_httpx(_: str) -> Any:
    return importlib.import_module("httpx").AsyncClient(timeout=None)


@pytest.mark.parametrize(("name", "client_at"), [("openai", of_openai), ("mistral", of_httpx)])
async def test_nothing_is_sent_again_on_a_users_own_client(name: str, client_at: Callable[[str], Any]) -> None:
    with FaultServer([sound(name), NO_ANSWER, sound(name)]) as server:
        async with client_at(server.base_url) as client:
            await answer(name, server, client=client, api_key=None if name == "openai" else "k")
            with pytest.raises(sk.TransportError):
                await answer(name, server, client=client, api_key=None if name == "openai" else "k")
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", ["openai", "anthropic", "mistral"])
async def test_both_requests_bear_the_same_key_of_idempotency(name: str) -> None:
    with FaultServer([sound(name), NO_ANSWER, sound(name)]) as server:
        await answer(name, server)
        await answer(name, server, extra_headers={"Idempotency-Key": "7f3a"})
    assert [each.headers.get("idempotency-key") for each in server.requests] == [None, "7f3a", "7f3a"]


async def test_the_log_says_so_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with FaultServer([sound("openai"), NO_ANSWER, sound("openai")]) as server, caplog.at_level(logging.WARNING):
        await answer("openai", server)
        await answer("openai", server)
    assert [record.message for record in caplog.records if record.name == "streamkit"] == ["request_resent"]
