"""Law 10: a tool value is handed out at its own end, and only if it is whole."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_event

DONE = b"data: [DONE]\n\n"


def delta(index: int, arguments: str, *, start: bool = False) -> bytes:
    call: dict[str, Any] = {"index": index, "function": {"arguments": arguments}}
    if start:
        call |= {"id": f"call_{index}", "type": "function"}
        call["function"]["name"] = f"tool_{index}"
    return chat_event({"tool_calls": [call]})


async def tools(*events: bytes) -> list[tuple[int, str | None, Any]]:
    """Which tool came with which chunk."""
    pairs = [pair async for pair in Script(events).stream()]
    return [(at, tool.id, tool.arguments) for at, (_, tool) in enumerate(pairs) if tool]


async def test_a_call_comes_with_the_finish_reason_and_not_with_its_last_fragment() -> None:
    events = [delta(0, '{"moon": ', start=True), delta(0, '"Io"}'), chat_event({}, finish="tool_calls"), DONE]
    assert await tools(*events) == [(2, "call_0", {"moon": "Io"})]


async def test_a_call_comes_when_the_next_one_starts() -> None:
    events = [delta(0, '{"a":1}', start=True), delta(1, '{"b":2}', start=True), chat_event({}, finish="stop"), DONE]
    assert await tools(*events) == [(1, "call_0", {"a": 1}), (2, "call_1", {"b": 2})]


async def test_interleaved_calls_are_kept_apart() -> None:
    deltas = [delta(0, '{"a":', start=True), delta(1, '{"b":', start=True), delta(0, "1}"), delta(1, "2}")]
    assert [args for *_, args in await tools(*deltas, chat_event({}, finish="tool_calls"), DONE)] == [
        {"a": 1},
        {"b": 2},
    ]


async def test_a_call_without_arguments_is_a_call() -> None:
    assert await tools(delta(0, "", start=True), chat_event({}, finish="tool_calls"), DONE) == [(1, "call_0", {})]


@pytest.mark.parametrize("cut", range(len('{"path": "/srv/data/old"}')))
async def test_a_call_that_the_length_has_cut_is_never_handed_out(cut: int) -> None:
    events = [delta(0, '{"path": "/srv/data/old"}'[:cut] or " ", start=True), chat_event({}, finish="length"), DONE]
    assert await tools(*events) == []


async def test_a_call_of_a_cut_stream_is_kept_in_the_partial_but_is_not_complete() -> None:
    stream = Script([delta(0, '{"path": "/srv"}', start=True)]).stream()
    given: list[object] = []
    with pytest.raises(sk.TruncatedError) as caught:
        async for _, tool in stream:
            given.append(tool)
    assert given == [None]
    assert caught.value.partial is not None
    (call,) = caught.value.partial.tool_calls
    assert (call.arguments, call.complete) == ({"path": "/srv"}, False)
    assert "tool_calls" not in caught.value.partial.message_param


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1, "a": 2}', '{"a": 1e999}', '{"a": 1} x'])
async def test_json_that_is_not_strict_is_never_handed_out(text: str) -> None:
    assert await tools(delta(0, text, start=True), chat_event({}, finish="tool_calls"), DONE) == []
