"""D01 to D10: what was found wrong in the software that this package follows, by number; here it is right."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Script, anthropic_events, chat_event, chat_events, gemini_event, plan

from .scripted import DONE, called, delta


@pytest.mark.sdk
async def test_d01_leaving_a_loop_early_closes_the_connection() -> None:
    with FaultServer(plan("stall", chat_events("Du", "ne"), at=2)) as server:

        @sk.call("openai/m", base_url=f"{server.base_url}/v1", api_key="k")
        async def ask() -> str:
            return "?"

        stream = await ask()
        async for chunk, _ in stream:
            if chunk.content:
                break
        gc.collect()
        await server.until_closed()
    assert stream.state == "stopped"


@pytest.mark.sdk
def test_d01_leaving_a_sync_loop_early_does_too() -> None:
    with FaultServer(plan("stall", chat_events("Du", "ne"), at=2)) as server:

        @sk.call("openai/m", base_url=f"{server.base_url}/v1", api_key="k")
        def ask() -> str:
            return "?"

        stream = ask()
        for chunk, _ in stream:
            if chunk.content:
                break
        gc.collect()
        stream.wait()

        async def seen() -> None:
            await server.until_closed()

        asyncio.run(seen())
    assert (stream.state, stream.open) == ("stopped", False)


async def test_d02_what_came_before_a_stop_is_there_with_its_usage() -> None:
    stream = Script([*chat_events("Du", "ne ", "and on")[:4], None]).stream("Recommend a book")
    async for chunk, _ in stream:
        if chunk.content == "ne ":
            break
    await stream.wait_closed()
    response = stream.construct_call_response()
    assert (response.state, response.content[:4]) == ("stopped", "Dune")
    assert response.usage is not None and response.usage.source == "estimated" and response.usage.low
    assert response.message_param == {"role": "assistant", "content": response.content}


def test_d02_what_came_before_an_error_is_there() -> None:
    stream = Script([*chat_events("Du", "ne")[:3], OSError("gone")]).stream("Recommend a book")
    with pytest.raises(sk.TransportError):
        stream.run()
    assert (stream.content, stream.response.state) == ("Dune", "failed")
    assert stream.message_param == {"role": "assistant", "content": "Dune"}
    assert stream.construct_call_response().content == "Dune"


def test_d03_parallel_calls_are_complete_in_every_order_of_deltas() -> None:
    io, deep = ("look_up", {"moon": "Io"}), ("dig", {"depth": 2})
    both = chat_event({"tool_calls": [delta(0, "look_up", '{"moon": "Io"}'), delta(1, "dig", '{"depth": 2}')]})
    finish = chat_event({}, finish="tool_calls")
    assert called(both, finish, DONE) == [io, deep]
    turns = [
        delta(0, "look_up", '{"moon"'),
        delta(1, "dig", '{"dep'),
        delta(0, None, ': "Io"}'),
        delta(1, None, 'th": 2}'),
    ]
    assert called(*(chat_event({"tool_calls": [each]}) for each in turns), finish, DONE) == [io, deep]
    last = chat_event({"tool_calls": [delta(0, "look_up", '{"moon": "Io"}')]}, finish="tool_calls")
    assert called(last, DONE) == [io]
    unnumbered = [
        chat_event({"tool_calls": [delta(0, "look_up")]}),
        chat_event({"tool_calls": [delta(1, "dig", "{}")]}),
    ]
    assert called(*unnumbered, finish, DONE) == [("look_up", {"moon": "all"}), ("dig", {"depth": 1})]


@pytest.mark.sdk
def test_d04_the_users_stream_options_are_kept() -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:

        @sk.call(
            "openai/m",
            call_params={"stream_options": {"include_obfuscation": False}},
            base_url=f"{server.base_url}/v1",
            api_key="k",
        )
        def ask() -> str:
            return "?"

        assert ask().run().usage is not None
        assert server.requests[0].json()["stream_options"] == {"include_usage": True, "include_obfuscation": False}


def test_d05_a_client_given_for_one_call_is_for_that_call_only() -> None:
    import openai

    client = openai.AsyncOpenAI(api_key="k")

    @sk.call("openai/m")
    def ask(**config: Any) -> dict[str, Any]:
        return {"messages": "?", **config}

    assert ask(client=client).request.client is client
    assert ask().request.client is None


def test_d06_a_finish_reason_outlives_the_usage_that_follows_it() -> None:
    stream = Script(chat_events("Io", finish="length")).stream()
    response = stream.run()
    assert (response.finish_reasons, response.common_finish_reasons, stream.finish_reasons) == (
        ["length"],
        ["length"],
        ["length"],
    )
    assert response.usage is not None


def test_d07_usage_is_the_reported_one_and_not_a_sum() -> None:
    used = [{"promptTokenCount": 100, "candidatesTokenCount": at, "totalTokenCount": 100 + at} for at in (1, 2, 3)]
    events = [gemini_event("a", usageMetadata=each) for each in used[:2]]
    events.append(gemini_event("c", finish="STOP", usageMetadata=used[2]))
    response = Script(events).stream(api="gemini.generate_content", vendor="google").run()
    assert (response.input_tokens, response.output_tokens) == (100, 3)
    response = Script(anthropic_events("a", "b", "c")).stream(api="anthropic.messages", vendor="anthropic").run()
    assert (response.input_tokens, response.output_tokens) == (7, 3)


def test_d08_anthropics_stop_reason_is_read() -> None:
    events = anthropic_events("Io", reason="max_tokens")
    response = Script(events).stream(api="anthropic.messages", vendor="anthropic").run()
    assert (response.finish_reasons, response.common_finish_reasons) == (["max_tokens"], ["length"])


def test_d09_reading_again_reads_the_same() -> None:
    script = Script(chat_events("Du", "ne"))
    stream = script.stream()
    first = [chunk.content for chunk, _ in stream]
    assert [chunk.content for chunk, _ in stream] == first
    assert (stream.content, stream.message_param["content"], script.opened) == ("Dune", "Dune", 1)


async def test_d10_async_streams_have_times() -> None:
    stream = Script([0.01, *chat_events("Io")]).stream()
    assert (stream.start_time, stream.end_time) == (None, None)
    response = await stream
    assert stream.start_time and stream.end_time and stream.start_time < stream.end_time
    assert (response.start_time, response.end_time) == (stream.start_time, stream.end_time)
