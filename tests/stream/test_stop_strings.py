"""`stop=` for a provider without stop strings: every way to read the stream ends there, and the call is stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Plan, Script, plan, responses_event, responses_events
from streamkit.testing.faults import Send, Wait
from tests.wire.responses import CREATED, Event, arguments, called, delta, sent

TEXTS = ("Io, ", "Europa. E", "ND of", " it")
LEFT = "Io, Europa. "
# The server goes on for an hour: who waits for more than the stop string does not end.
SILENT = Plan(steps=(*(Send(event) for event in responses_events(*TEXTS)[:8]), Wait(3600.0)))


def scripted(**options: Any) -> sk.Stream:
    return Script(responses_events(*TEXTS)).stream(api="openai.responses", stop="END", **options)


def live(server: FaultServer, **options: Any) -> sk.Stream:
    given: dict[str, Any] = {"base_url": server.base_url, "api_key": "test-key", "stop": ["nope", "END"], **options}
    return sk.stream("openai-responses/m", "?", **given)


async def test_the_call_is_stopped_at_once_and_the_response_says_why() -> None:
    with FaultServer(SILENT) as server:
        stream = live(server, max_tokens=100)
        response = await stream
        assert (response.content, response.state) == (LEFT, "stopped")
        assert (response.stopped_by, response.stop_sequence) == ("stop='END'", "END")
        assert response.finish_reasons is None and response.usage is not None
        assert response.usage.source == "estimated" and response.saved is not None
        (left,) = await server.until_closed()
        await stream.wait_closed()
        assert left.closed_by_client_at is not None and not stream.open
        (request,) = server.requests
        assert "stop" not in request.json()


def test_every_sync_way_to_read_it_ends_without_an_error() -> None:
    assert "".join(chunk.content for chunk, _ in scripted()) == LEFT
    assert scripted().run().content == LEFT
    assert "".join(scripted().text()) == LEFT
    assert scripted().pipe(ops.text(), ops.join()).run() == LEFT
    assert scripted().pipe(ops.to_response()).run().content == LEFT


async def test_every_async_way_to_read_it_ends_without_an_error() -> None:
    assert "".join([chunk.content async for chunk, _ in scripted()]) == LEFT
    assert (await scripted()).content == LEFT
    signals: list[str] = []
    stream = scripted()
    stream.subscribe(
        lambda chunk: signals.append(chunk.content), lambda _: signals.append("!"), lambda: signals.append(".")
    )
    await stream
    assert "".join(signals) == f"{LEFT}."


async def test_late_readers_get_the_same_and_nothing_is_sent_again() -> None:
    with FaultServer(SILENT) as server:
        stream = live(server)
        first = [chunk.content async for chunk, _ in stream]
        assert [chunk.content async for chunk, _ in stream] == first
        assert "".join([chunk.content async for chunk, _ in stream.fan_out(late="fold")]) == LEFT
        assert (await stream).stop_sequence == "END" and stream.response.calls == 1
        assert len(server.requests) == 1


async def test_without_the_stop_string_the_answer_is_complete() -> None:
    response = await Script(responses_events("Io", ", EN")).stream(api="openai.responses", stop="END")
    assert (response.content, response.state, response.stop_sequence) == ("Io, EN", "complete", None)
    assert response.finish_reasons == ["completed"]


async def test_retry_and_search_take_it_as_a_whole_answer() -> None:
    response = await sk.retry(scripted(), attempts=3)
    assert (response.content, response.calls, response.attempts) == (LEFT, 1, [])
    found = await sk.race([scripted()], accept=lambda response: "Europa" in response.content)
    assert found.response is not None and found.response.content == LEFT


async def test_a_decorated_call_takes_it_too() -> None:
    with FaultServer(SILENT) as server:

        @sk.call("openai-responses/m", base_url=server.base_url, api_key="test-key", stop="END")
        def ask() -> str:
            return "?"

        response = await ask()
        assert (response.content, response.stop_sequence) == (LEFT, "END")


class Moon(BaseModel):
    name: str


async def test_a_response_model_is_read_from_what_is_left() -> None:
    script_events = responses_events('{"name": "Io"}', "\nEND")
    with FaultServer(plan("none", script_events)) as server:
        response = await live(server, response_model=Moon)
    assert response.parsed == Moon(name="Io")


async def test_a_tool_call_before_it_is_given_and_never_run() -> None:
    ran: list[str] = []

    def look_up(moon: str) -> str:
        ran.append(moon)
        return "ice"

    events: list[Event] = [CREATED, called(0), arguments(0, '{"moon": "Io"}')]
    done = ("function_call_arguments.done", {"item_id": "item_0", "output_index": 0, "arguments": '{"moon": "Io"}'})
    script = Script([*sent(*events, done, delta("Io END more", index=1))])
    stream = script.stream(api="openai.responses", stop="END", tools=[look_up])
    results = await stream.pipe(ops.run_tools(look_up)).to_list()
    assert (await stream).stop_sequence == "END" and not ran and len(results) <= 1


async def test_the_next_turn_has_the_text_that_is_left() -> None:
    stream = scripted()
    response = await stream
    assert response.message_param["content"][0]["content"][0]["text"] == LEFT
    assert "END" not in str(response.response) and LEFT in str(response.response)


async def test_a_body_without_streaming_is_cut_and_its_usage_is_known() -> None:
    response = await Script([whole_body("Io END more")]).stream(api="openai.responses", stop="END", stream=False)
    assert (response.content, response.state, response.stop_sequence) == ("Io ", "stopped", "END")
    assert response.output_tokens == 1


def whole_body(text: str) -> bytes:
    event = json.loads(responses_events(text)[-1].decode().partition("data: ")[2])
    return json.dumps(event["response"]).encode()


@pytest.mark.parametrize("provider", ["openai-responses", "xai-responses", "openrouter-responses"])
async def test_it_works_on_every_provider_with_the_responses_api(provider: str) -> None:
    with FaultServer(SILENT) as server:
        response = await live_of(provider, server)
    assert (response.content, response.stop_sequence) == (LEFT, "END")


def live_of(provider: str, server: FaultServer) -> sk.Stream:
    return sk.stream(f"{provider}/m", "?", base_url=server.base_url, api_key="test-key", stop="END")


def test_an_event_behind_it_is_not_read() -> None:
    late = responses_event("error", 20, code="x", message="late")
    assert (
        Script([*responses_events(*TEXTS)[:8], late]).stream(api="openai.responses", stop="END").run().content == LEFT
    )
