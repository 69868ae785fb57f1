"""Law 6: everything that a provider can make grow has a bound, whatever the log keeps."""

import asyncio
import base64
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from types import FrameType
from typing import Any, Literal

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events

MANY = 100


def _call(index: int, arguments: str, name: str | None = None) -> bytes:
    call: dict[str, object] = {"index": index, "function": {"arguments": arguments}}
    if name:
        call |= {"id": f"call-{index}", "function": {"name": name, "arguments": arguments}}
    return chat_event({"tool_calls": [call]})


def _events(name: str) -> list[bytes]:
    """Ten characters or bytes in each of a hundred events."""
    deltas: dict[str, dict[str, object]] = {
        "text": {"content": "0123456789"},
        "thinking": {"reasoning_content": "0123456789"},
        "audio": {"audio": {"data": base64.b64encode(b"0123456789").decode()}},
        "refusal": {"refusal": "0123456789"},
    }
    if name == "arguments":
        return [_call(0, '{"a": "', "orbit"), *[_call(0, "0123456789")] * MANY]
    return [chat_event(deltas[name])] * MANY


@pytest.mark.parametrize("keep", ["all", 0, 3])
@pytest.mark.parametrize(
    ("name", "cap"),
    [("text", "text"), ("refusal", "text"), ("thinking", "thinking"), ("audio", "audio"), ("arguments", "arguments")],
)
async def test_what_passes_a_cap_ends_in_limit_exceeded_with_everything_below_it(
    name: str, cap: str, keep: Literal["all"] | int
) -> None:
    stream = Script(_events(name)).stream(keep=keep, caps=sk.Caps(**{cap: 205}))
    seen: list[sk.Chunk] = []
    stream.subscribe(seen.append, lambda _: None)
    with pytest.raises(sk.LimitExceeded, match=rf"caps\.{cap}") as caught:
        await stream
    assert isinstance(caught.value.partial, sk.Response)
    assert 195 < _size(name, caught.value.partial) <= 205
    assert _size(name, stream.response) == _size(name, caught.value.partial)
    assert sum(len(chunk.content) for chunk in seen) == len(stream.content)
    assert not caught.value.retryable


def _size(name: str, response: sk.Response) -> int:
    if name == "arguments":
        return len(response.tool_calls[0].arguments_text)
    return len({"text": response.content}.get(name) or getattr(response, name))


async def test_images_are_bounded() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 400}}
    stream = Script([chat_event({"images": [picture]})] * 10).stream(vendor="openrouter", caps=sk.Caps(images=1000))
    with pytest.raises(sk.LimitExceeded, match=r"images are larger than 1000 bytes"):
        await stream
    assert len(stream.response.images) == 3


async def test_bytes_are_counted_not_characters() -> None:
    with pytest.raises(sk.LimitExceeded):
        await Script(chat_events("ä" * 60)).stream(caps=sk.Caps(text=100))
    response = await Script(chat_events("a" * 100)).stream(caps=sk.Caps(text=100))
    assert response.state == "complete"


async def test_all_choices_count_together() -> None:
    events = [chat_event({"content": "0123456789"}, index=at % 2) for at in range(40)]
    stream = Script(events).stream(n=2, caps=sk.Caps(text=100))
    with pytest.raises(sk.LimitExceeded):
        await stream
    assert [len(each.content) for each in stream.response.choices] == [50, 50]


async def test_tool_calls_are_bounded_in_one_event_and_in_many() -> None:
    calls = [{"index": at, "id": str(at), "function": {"name": "t", "arguments": "{}"}} for at in range(200)]
    for events in ([chat_event({"tool_calls": calls})], [_call(at, "{}", "t") for at in range(129)]):
        with pytest.raises(sk.LimitExceeded, match="128 tool calls"):
            await Script([*chat_events("Io")[:2], *events]).stream()
    whole = [_call(at, "{}", "t") for at in range(128)]
    response = await Script([*whole, *chat_events(finish="tool_calls")]).stream()
    assert len(response.tool_calls) == 128


async def test_a_chunk_whose_tool_call_has_a_large_number_is_refused() -> None:
    async def chunks() -> AsyncIterator[sk.Chunk]:
        yield sk.Chunk(tool_calls=(sk.ToolCallDelta(10**12, "a", "t", "{}"),))

    with pytest.raises(sk.LimitExceeded, match="128 tool calls"):
        await sk.from_async(chunks())


async def test_choices_beyond_the_request_are_bounded() -> None:
    with pytest.raises(sk.LimitExceeded, match="choices"):
        await Script([chat_event({"content": "x"}, index=at) for at in range(1000)]).stream(keep=1)


async def test_a_capped_call_is_closed_and_paid_once() -> None:
    script = Script([*_events("text"), None])
    stream = script.stream(caps=sk.Caps(text=50))
    with pytest.raises(sk.LimitExceeded):
        await stream
    with pytest.raises(sk.LimitExceeded):
        await stream
    await stream.wait_closed()
    assert (script.opened, script.closed) == (1, 1)


async def test_a_foreign_stream_is_bounded_too() -> None:
    async def texts() -> AsyncIterator[str]:
        for _ in range(MANY):
            yield "0123456789"
            await asyncio.sleep(0)

    with pytest.raises(sk.LimitExceeded):
        await sk.from_async(texts(), caps=sk.Caps(text=100))
    with sk.context(caps=sk.Caps(text=100)):
        stream = sk.from_async(texts())
    with pytest.raises(sk.LimitExceeded):
        await stream


async def test_what_is_read_after_a_stop_is_bounded_too() -> None:
    script = Script([*chat_events("Io")[:2], *_events("text"), None])
    stream = script.stream(timeouts=sk.Timeouts(drain_for_usage=3600), caps=sk.Caps(text=50))
    async for _ in stream:
        break
    await stream.wait_closed()
    assert stream.state == "stopped"


def _interleaved(count: int) -> Iterator[bytes]:
    for fragment in ('{"a": [', "{}", ', {"b": 1}', "]}"):
        for at in range(count):
            yield _call(at, fragment, None if fragment != '{"a": [' else "t")


def _consecutive(count: int) -> Iterator[bytes]:
    for at in range(count):
        yield _call(at, '{"a": ', "t")
        yield _call(at, "1}")


def _never_closed(count: int) -> Iterator[bytes]:
    yield _call(0, '{"a": 1, oops}', "t")
    for at in range(count):
        yield _call(1, '{"a": ["' if not at else "x", "t" if not at else None)


def _empty_objects(count: int) -> Iterator[bytes]:
    yield _call(0, '{"a": [{}', "t")
    yield _call(1, "{}", "t")
    for _ in range(count):
        yield _call(0, ",{}")


def _lines(body: list[bytes], tools: list[Any]) -> int:
    """Count the lines of Python that a call of ours runs."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        if "streamkit" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    async def read() -> None:
        stream = Script([b"".join(body)]).stream(tools=tools, caps=sk.Caps(tool_calls=16_000))
        seen: list[object] = []
        stream.pipe(ops.tool_calls()).subscribe(seen.append, seen.append)
        stream.pipe(ops.partial_tool_calls()).subscribe(seen.append, seen.append)
        with contextlib.suppress(sk.ToolArgumentsError):  # of a call that is never closed
            async for _ in stream:
                pass

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        asyncio.run(read())
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("make", [_interleaved, _consecutive, _never_closed, _empty_objects])
@pytest.mark.parametrize("typed", [False, True])
def test_many_calls_and_long_ones_cost_what_they_are_long(make: Callable[[int], Iterator[bytes]], typed: bool) -> None:
    def t(a: object = None) -> str:
        return json.dumps(a)

    ends = [chat_event({}, finish="tool_calls"), b"data: [DONE]\n\n"]
    few, many = (_lines([*make(count), *ends], [t] if typed else []) for count in (100, 400))
    assert many / few < 4**1.1
