"""``drain_for_usage``: a stopped call is read on in silence, to learn what it used."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import (
    FaultServer,
    Script,
    anthropic_events,
    assert_closed,
    chat_event,
    chat_events,
    plan,
    run_in_virtual_time,
)

DRAIN = sk.Timeouts(drain_for_usage=5)
WORDS = ["The ", "moon ", "Europa ", "may ", "hold ", "life."]


async def until_moon(stream: sk.Stream) -> str:
    return await stream.pipe(ops.text(), ops.until("moon"), ops.join())


@pytest.mark.parametrize(
    ("events", "options"),
    [(chat_events(*WORDS), {}), (anthropic_events(*WORDS), {"api": "anthropic.messages", "vendor": "anthropic"})],
)
async def test_the_usage_is_the_providers_and_the_answer_is_what_was_delivered(events: Any, options: Any) -> None:
    script = Script(events)
    stream = script.stream(timeouts=DRAIN, max_tokens=100, **options)
    assert await until_moon(stream) == "The moon"
    response = stream.response
    assert (response.state, response.content, response.finish_reasons) == ("stopped", "The moon ", None)
    assert (response.input_tokens, response.output_tokens, script.closed) == (7, len(WORDS), 1)
    assert response.usage is not None and response.usage.source == "provider"
    assert response.saved is not None and response.saved.output_tokens == 0  # it was all generated


async def test_subscribers_hear_at_once_that_it_is_over_and_nothing_more() -> None:
    script = Script([*chat_events(*WORDS)[:3], 0.05, *chat_events(*WORDS)[3:]])
    stream = script.stream(timeouts=DRAIN)
    seen: list[Any] = []
    over = asyncio.Event()
    stream.pipe(ops.text(), ops.until("moon")).subscribe(seen.append, on_completed=over.set)
    await over.wait()
    assert (stream.state, stream.open, script.closed) == ("stopped", True, 0)
    assert stream.usage is not None and stream.usage.source == "estimated"
    while stream.open:
        await asyncio.sleep(0)
    assert (seen, stream.usage.source, script.closed) == (["The ", "moon"], "provider", 1)
    with pytest.raises(sk.StoppedError):
        async for chunk, _ in stream:
            seen.append(chunk.content)
    assert "".join(seen[2:]) == "The moon "


def test_its_time_is_bounded_and_what_nobody_saw_is_in_the_estimate() -> None:
    async def main() -> None:
        endless = [
            *chat_events("The ", "moon")[:3],
            *(each for _ in range(2000) for each in (0.01, chat_event({"content": " x"}))),
        ]
        script = Script(endless)
        stream = script.stream(timeouts=DRAIN)
        assert await until_moon(stream) == "The moon"
        assert asyncio.get_running_loop().time() == pytest.approx(5, abs=0.02)
        assert (stream.content, script.closed) == ("The moon", 1)
        assert stream.usage is not None and stream.usage.output_tokens is not None
        assert (stream.usage.source, stream.usage.output_tokens > 100) == ("estimated", True)

    run_in_virtual_time(main())


@pytest.mark.parametrize("how", ["aclose", "stop"])
def test_stopping_by_hand_closes_at_once_also_while_it_drains(how: str) -> None:
    async def main() -> None:
        script = Script([*chat_events(*WORDS)[:3], None])
        for draining in (True, False):
            stream = script.stream(timeouts=sk.Timeouts(drain_for_usage=50))
            async with assert_closed(stream):
                subscription = stream.subscribe(on_error=lambda _: None)
                while stream.content != "The moon ":
                    await asyncio.sleep(0)
                if draining:
                    subscription.dispose()
                    await asyncio.sleep(1)
                    assert (stream.state, stream.open) == ("stopped", True)
                stream.stop() if how == "stop" else await stream.aclose()
                while stream.open:
                    await asyncio.sleep(0)
        assert asyncio.get_running_loop().time() < 5

    run_in_virtual_time(main())


async def test_a_call_whose_answer_has_not_begun_is_closed_at_once() -> None:
    stream = Script([None]).stream(timeouts=DRAIN)
    async with assert_closed(stream):
        stream.subscribe().dispose()


async def test_a_pump_that_waits_for_a_slow_reader_reads_on_when_that_leaves() -> None:
    script = Script([*(chat_event({"content": "x"}) for _ in range(1000)), *chat_events("x")])
    stream = script.stream(timeouts=DRAIN)
    reader = aiter(stream)
    await anext(reader)
    for _ in range(1000):
        await asyncio.sleep(0)
    assert script.sent < 400
    await reader.aclose()
    assert (stream.output_tokens, script.closed, script.sent) == (1, 1, len(script.steps))


async def test_an_error_behind_the_stop_is_nobodys_and_the_estimate_stands() -> None:
    script = Script([*chat_events(*WORDS)[:3], 0.01, sk.TransportError("gone")])
    stream = script.stream(timeouts=DRAIN)
    assert await until_moon(stream) == "The moon"
    assert stream.usage is not None
    assert (stream.state, stream.usage.source, script.closed) == ("stopped", "estimated", 1)


async def test_the_end_is_logged_once_and_with_the_usage() -> None:
    structlog.configure()
    with capture_logs() as logged:
        await until_moon(Script(chat_events(*WORDS)).stream(timeouts=DRAIN))
    (ended,) = [each for each in logged if each["event"] == "stream_ended"]
    assert (ended["state"], ended["output_tokens"], ended["chunks"]) == ("stopped", len(WORDS), 3)


@pytest.mark.sdk
async def test_over_a_real_socket_it_closes_when_it_knows() -> None:
    events = chat_events(*["word "] * 50)
    with FaultServer(plan("none", events, every=0.001)) as server:
        stream = sk.stream(
            "openai/gpt-5-mini", "?", base_url=server.base_url + "/v1", api_key="test-key", timeouts=DRAIN
        )
        assert await stream.pipe(ops.text(), ops.limit(chars=20), ops.join()) == "word " * 4
        await asyncio.to_thread(server.wait_for, lambda: server.exchanges[0].finished)
    assert stream.usage is not None and not stream.open
    assert (stream.output_tokens, stream.usage.source) == (50, "provider")
    assert 20 <= len(stream.content) < 100  # one read may have brought more than the text that was waited for


@pytest.mark.sdk
async def test_over_a_real_socket_its_time_is_kept_too() -> None:
    with FaultServer(plan("none", [chat_event({"content": "word "})] * 3000, every=0.002)) as server:
        stream = sk.stream(
            "openai/gpt-5-mini",
            "?",
            base_url=server.base_url + "/v1",
            api_key="test-key",
            timeouts=sk.Timeouts(drain_for_usage=0.1),
        )
        assert await stream.pipe(ops.text(), ops.limit(chars=20), ops.join()) == "word " * 4
        (exchange,) = await server.until_closed(1)
    assert not exchange.finished and exchange.events_sent < 200
    assert stream.usage is not None and stream.usage.source == "estimated"
