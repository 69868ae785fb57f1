"""``stream=False``: operators, tools, clocks, retries and stops of an answer in one body."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events, chat_tool_events, run_in_virtual_time, whole_body

BODY = whole_body(chat_events("Europa ", "and Titan."))


class Moon(BaseModel):
    name: str


def orbit(moon: str) -> str:
    """Find where a moon is."""
    return f"around {moon}"


def test_operators_read_it_as_any_stream() -> None:
    script = Script([BODY])
    assert script.stream(stream=False).pipe(ops.text(), ops.until("and"), ops.join()).run() == "Europa and"
    assert list(script.stream(stream=False).pipe(ops.text(), ops.words())) == ["Europa ", "and ", "Titan."]
    named = Script([whole_body(chat_events('{"name": "Io"}'))])
    assert named.stream(stream=False).pipe(ops.text(), ops.partial(Moon)).run() == Moon(name="Io")


def test_tools_come_with_the_only_chunk_and_can_run() -> None:
    script = Script([whole_body(chat_tool_events(("orbit", '{"moon": "Io"}')))])
    stream = script.stream(tools=[orbit], stream=False)
    ((_, tool),) = list(stream)
    assert tool is not None and tool.call() == "around Io"
    assert stream.response.common_finish_reasons == ["tool_calls"]


def test_only_the_clocks_first_and_total_count() -> None:
    async def ask(timeouts: sk.Timeouts) -> sk.Response:
        return await Script([BODY[:20], 100.0, BODY[20:]]).stream(stream=False, timeouts=timeouts)

    slow = sk.Timeouts(first=200, between=1)
    assert run_in_virtual_time(ask(slow)).content == "Europa and Titan."
    for timeouts, clock in ((sk.Timeouts(first=50), "first"), (sk.Timeouts(total=50), "total")):
        with pytest.raises(sk.StalledError, match=f"timeouts.{clock}"):
            run_in_virtual_time(ask(timeouts))


async def test_whatever_failed_is_tried_again() -> None:
    unproven = whole_body(chat_events("Io")).replace(b'"stop"', b"null")
    for step in (BODY[:-9], unproven, b"", sk.TransportError("lost")):
        broken, sound = Script([step]), Script([BODY])
        stream = sk.fallback(broken.stream(stream=False), sound.stream(stream=False))
        assert (await stream).content == "Europa and Titan."
        assert [chunk.content async for chunk, _ in stream] == ["Europa and Titan."]
        assert (broken.opened, sound.opened) == (1, 1)


async def test_a_lost_connection_matters_only_if_something_is_missing() -> None:
    lost = sk.TransportError("lost")
    assert (await Script([BODY, lost]).stream(stream=False)).state == "complete"
    with pytest.raises(sk.TruncatedError) as caught:
        await Script([BODY[: BODY.index(b"Titan")], lost]).stream(stream=False)
    assert caught.value.partial is not None and caught.value.partial.content == "Europa and "
    with pytest.raises(sk.StalledError):
        await Script([BODY, sk.StalledError("silent")]).stream(stream=False)


async def test_a_stopped_body_has_nothing() -> None:
    script = Script([BODY[:40], None])
    stream = script.stream(stream=False)
    stream.subscribe()
    while script.sent < 2:
        await asyncio.sleep(0)
    await stream.aclose()
    assert (stream.state, stream.response.content, script.closed) == ("stopped", "", 1)


def test_the_caps_bound_it() -> None:
    with pytest.raises(sk.LimitExceeded, match="The body is larger than 50 bytes"):
        Script([BODY]).stream(stream=False, caps=sk.Caps(log=50)).run()
    with pytest.raises(sk.LimitExceeded):
        Script([BODY]).stream(stream=False, caps=sk.Caps(text=5)).run()


def test_the_option_is_a_truth_value() -> None:
    with pytest.raises(sk.ConfigurationError, match="stream='no': give True, or False"):
        sk.stream("openai/m", "?", stream="no")  # pyright: ignore[reportArgumentType]
