"""What a reader that lags is given, and that it slows nobody."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit import settings
from streamkit.log import MemoryLog
from streamkit.testing import Script, chat_event, chat_events

AHEAD = settings.CAPS.ahead
WORDS = [f"w{at} " for at in range(1000)]
LOSSLESS = ("coalesce",)
LOSSY = ("latest", "drop_oldest")


def call_events(arguments: str, *, between: str = "") -> list[bytes]:
    """Write the events of a tool call in deltas, with text between them."""
    begin = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": ""}}
    events = [chat_event({"tool_calls": [begin]})]
    for fragment in arguments:
        events.append(chat_event({"tool_calls": [{"index": 0, "function": {"arguments": fragment}}]}))
        events += [chat_event({"content": between})] * bool(between)
    return events


async def read_late(stream: sk.Stream, **options: Any) -> list[sk.Chunk]:
    """Begin to read, let the whole call arrive meanwhile, and read on."""
    iterator = aiter(stream.fan_out(**options))
    first, _ = await anext(iterator)
    await stream
    return [first, *[chunk async for chunk, _ in iterator]]


async def test_coalesce_joins_what_has_come_and_loses_nothing() -> None:
    stream = Script(chat_events(*WORDS)).stream()
    chunks = await read_late(stream, overflow="coalesce")
    assert "".join(chunk.content for chunk in chunks) == "".join(WORDS)
    assert len(chunks) < 10


async def test_coalesce_keeps_tools_reasons_and_usage_apart() -> None:
    events = [*call_events('{"moon": "Io"}', between="x"), *chat_events(finish="tool_calls")]
    stream = Script(events).stream()
    iterator = aiter(stream.fan_out(overflow="coalesce"))
    await anext(iterator)
    await stream
    pairs = [pair async for pair in iterator]
    assert [tool.arguments for _, tool in pairs if tool] == [{"moon": "Io"}]
    assert "".join(chunk.content for chunk, _ in pairs) == "x" * 14


@pytest.mark.parametrize("overflow", LOSSY)
async def test_a_lossy_reader_misses_only_deltas_and_gets_the_newest(overflow: Any) -> None:
    stream = Script(chat_events(*WORDS)).stream()
    chunks = await read_late(stream, overflow=overflow, bound=4)
    assert len([chunk for chunk in chunks if chunk.content]) <= 4
    assert [reason for chunk in chunks for reason in chunk.finish_reasons or ()] == ["stop"]
    assert [chunk.usage.output_tokens for chunk in chunks if chunk.usage] == [1000]


@pytest.mark.parametrize("overflow", LOSSY)
async def test_a_lossy_reader_never_gets_a_tool_call_with_a_hole(overflow: Any) -> None:
    text = json.dumps({"moon": "Io " * 40})
    stream = Script([*call_events(text, between="x"), *chat_events(finish="tool_calls")]).stream()
    iterator = aiter(stream.fan_out(overflow=overflow, bound=2))
    await anext(iterator)
    await stream
    assert [tool.arguments_text async for _, tool in iterator if tool] == [text]


async def test_error_ends_the_one_that_lags_and_nobody_else() -> None:
    stream = Script(chat_events(*WORDS)).stream()
    with pytest.raises(sk.SlowSubscriber, match="its bound is 100"):
        await read_late(stream, overflow="error", bound=100)
    assert (await stream).content == "".join(WORDS)


@pytest.mark.parametrize("overflow", ["coalesce", "latest", "drop_oldest", "error"])
async def test_a_reader_that_does_not_pause_never_holds_the_call_back(overflow: Any) -> None:
    script = Script(chat_events(*WORDS))
    stream = script.stream()
    iterator = aiter(stream.fan_out(overflow=overflow, bound=2000))
    await anext(iterator)
    while stream.state == "streaming":
        await asyncio.sleep(0)
    assert stream.state == "complete"
    await iterator.aclose()


@pytest.mark.parametrize("overflow", ["coalesce", "latest"])
async def test_a_flow_over_such_a_reader_holds_one_element_and_not_a_queue(overflow: Any) -> None:
    stream = Script(chat_events(*WORDS)).stream()
    iterator = aiter(stream.fan_out(overflow=overflow).pipe(ops.text()))
    first = await anext(iterator)
    await stream
    rest = [fragment async for fragment in iterator]
    assert len(rest) <= 3
    if overflow == "coalesce":
        assert first + "".join(rest) == "".join(WORDS)


async def test_a_paused_reader_slows_nobody_who_is_faster() -> None:
    script = Script([chat_event({"content": "w"})] * 3000)
    stream = script.stream()
    slow, fast = aiter(stream), aiter(stream)
    await anext(slow)
    for _ in range(1000):
        await anext(fast)
    assert 1000 <= script.sent <= 1000 + AHEAD + 1
    await fast.aclose()
    await slow.aclose()


async def test_an_endless_stream_that_keeps_nothing_stays_small_and_one_reader_gets_all() -> None:
    stream = Script([chat_event({"content": "w"})] * 5000).stream(keep=0)
    seen = 0
    largest = 0
    with pytest.raises(sk.TruncatedError):
        async for chunk, _ in stream:
            seen += len(chunk.content)
            assert stream.log is not None
            largest = max(largest, stream.log.length - stream.log.first)
    assert seen == 5000
    assert largest <= AHEAD + 2


async def test_with_keep_n_who_lags_past_it_behind_a_faster_one_gets_a_gap() -> None:
    stream = Script(chat_events(*WORDS)).stream(keep=10)
    slow = aiter(stream)
    await anext(slow)
    assert (await stream).content == "".join(WORDS)
    with pytest.raises(sk.StreamGap):
        [pair async for pair in slow]


async def test_a_lossy_reader_skips_forgotten_chunks_that_were_only_deltas() -> None:
    stream = Script(chat_events(*WORDS)).stream(keep=10)
    chunks = await read_late(stream, overflow="latest")
    assert [chunk.finish_reasons for chunk in chunks if chunk.finish_reasons] == [["stop"]]


async def test_a_lossy_reader_gets_a_gap_if_a_part_of_a_tool_call_is_forgotten() -> None:
    events = [*chat_events("a", "b")[:3], *call_events('{"moon": "Io"}'), *chat_events(*WORDS, finish="tool_calls")]
    stream = Script(events).stream(keep=10)
    iterator = aiter(stream.fan_out(overflow="latest"))
    await anext(iterator)
    await stream
    with pytest.raises(sk.StreamGap):
        [pair async for pair in iterator]


def test_the_times_of_a_log_that_forgets_do_not_grow() -> None:
    log = MemoryLog(keep=5)
    for at in range(10_000):
        log.append([sk.Chunk(content="w")], size=1, at=float(at))
    assert log.arrived(9_999) == 9_999.0
    assert len(log._times) < 1000  # pyright: ignore[reportPrivateUsage] - no public name shows its memory
