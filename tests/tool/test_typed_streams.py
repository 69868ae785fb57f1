"""A call with functions or models as tools emits calls that can be run; an invalid one raises at the end."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator
from typing import Any, assert_type

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import codec
from streamkit.testing import Script, chat_event, chat_tool_events
from streamkit.tool import TypedToolCall

DONE = b"data: [DONE]\n\n"


def add(a: int, b: int = 1) -> int:
    return a + b


class Look(BaseModel):
    moon: str

    def call(self) -> str:
        return f"looking at {self.moon}"


def stream_of(*calls: tuple[str, str], tools: Any = (add, Look), **options: Any) -> sk.Stream:
    return Script(chat_tool_events(*calls, **options)).stream(tools=list(tools))


async def pairs(stream: sk.Stream) -> list[tuple[sk.Chunk, sk.ToolCall | None]]:
    return [pair async for pair in stream]


async def test_the_loop_hands_out_each_call_as_what_it_calls_takes_it() -> None:
    stream = stream_of(("add", '{"a": 2}'), ("Look", '{"moon": "Io"}'), ("add", '{"a": 2, "b": 3}'))
    tools = [tool for _, tool in await pairs(stream) if tool]
    assert [tool.args for tool in tools] == [{"a": 2, "b": 1}, {"moon": "Io"}, {"a": 2, "b": 3}]
    assert [tool.call() for tool in tools] == [3, "looking at Io", 5]
    first = tools[0]
    assert isinstance(first, sk.ToolCall) and isinstance(first, TypedToolCall)
    assert (first.id, first.name, first.index, first.complete, first.delta) == ("call_0", "add", 0, True, None)
    assert first.tool_call == sk.ToolCall("call_0", "add", 0, {"a": 2}, '{"a": 2}', complete=True)
    assert first != first.tool_call == pickle.loads(pickle.dumps(first))


def test_the_sync_loop_does_so_too_and_the_checker_knows_it() -> None:
    for _, tool in stream_of(("add", '{"a": 2}')):
        assert_type(tool, sk.ToolCall | None)
        if tool:
            assert tool.call() == 3


def test_an_answer_has_its_calls_typed_and_as_they_came() -> None:
    stream = stream_of(("add", '{"a": 2}'))
    response = stream.run()
    assert [tool.call() for tool in response.tools] == [3]
    assert [tool.args for tool in stream.tools] == [{"a": 2, "b": 1}]
    assert response.tool_calls == (response.tools[0].tool_call,)
    assert response.choices[0].tool_calls == response.tool_calls


async def test_an_invalid_call_raises_after_everything_that_came() -> None:
    stream = stream_of(("add", '{"a": 1}'), ("add", '{"a": "x"}'), ("add", '{"a": 3}'))
    found: list[sk.Chunk | int] = []
    with pytest.raises(sk.ToolArgumentsError) as caught:
        async for chunk, tool in stream:
            found += [chunk] if tool is None else [chunk, tool.call()]
    error = caught.value
    assert stream.log is not None and stream.state == "complete"
    assert [each for each in found if isinstance(each, sk.Chunk)] == stream.log.read(0, 100)
    assert [each for each in found if isinstance(each, int)] == [2, 4]
    assert (error.id, error.name, error.index, error.arguments_text) == ("call_1", "add", 1, '{"a": "x"}')
    assert error.partial is not None and error.partial.state == "complete"
    assert [call.complete for call in error.partial.tool_calls] == [True] * 3


async def test_the_loop_ends_after_it_has_raised() -> None:
    pairs_of = aiter(stream_of(("fly", "{}")))
    with pytest.raises(sk.ToolArgumentsError, match="none of this call's tools: Look, add"):
        while True:
            await anext(pairs_of)
    with pytest.raises(StopAsyncIteration):
        await anext(pairs_of)


async def test_a_cut_answer_raises_only_that_it_was_cut() -> None:
    stream = stream_of(("add", '{"a": "x"}'), finish=None, done=False)
    with pytest.raises(sk.TruncatedError):
        await pairs(stream)


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1', '{"a": 1, "a": 2}', "[1]", "1", '"a"'])
async def test_arguments_that_are_no_whole_object_raise_too(text: str) -> None:
    with pytest.raises(sk.ToolArgumentsError) as caught:
        await pairs(stream_of(("add", text)))
    assert caught.value.arguments_text == text
    response = caught.value.partial
    assert response is not None
    with pytest.raises(sk.ToolArgumentsError):
        _ = response.tools


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_what_was_cut_is_no_mistake_of_the_models(reason: str) -> None:
    stream = stream_of(("add", '{"a": 1}'), ("add", '{"a": '), finish=reason)
    assert [tool.args for _, tool in await pairs(stream) if tool] == [{"a": 1, "b": 1}]
    assert [tool.args for tool in stream.tools] == [{"a": 1, "b": 1}]


async def test_a_prefix_of_an_answer_has_the_calls_that_are_whole() -> None:
    stream = stream_of(("add", '{"a": 1}'), ("add", '{"a": 2}'))
    seen = [len(stream.response.tools) async for _ in stream]
    assert seen[0] == 0 and seen[-1] == 2 and seen == sorted(seen)


async def test_tools_given_as_dicts_stay_as_they_came() -> None:
    own = {"name": "own", "parameters": {"type": "object"}}
    for tools in ([own], [own, add], []):
        stream = stream_of(("own", '{"x": 1}'), ("own", '{"x": NaN}'), tools=tools)
        assert [tool for _, tool in await pairs(stream) if tool] == list(stream.response.tool_calls[:1])
        assert stream.tools == [sk.ToolCall("call_0", "own", 0, {"x": 1}, '{"x": 1}', complete=True)]


async def test_several_tools_of_one_event_come_one_by_one() -> None:
    calls = [
        {"index": at, "id": f"call_{at}", "function": {"name": "add", "arguments": f'{{"a": {at}}}'}} for at in (0, 1)
    ]
    stream = Script([chat_event({"tool_calls": calls}), chat_event({}, finish="stop"), DONE]).stream(tools=[add])
    assert [tool.call() for _, tool in await pairs(stream) if tool] == [1, 2]


async def test_another_choice_of_the_answer_is_not_the_loops() -> None:
    def event(index: int) -> bytes:
        call = {"index": 0, "id": f"c{index}", "function": {"name": "add", "arguments": f'{{"a": {index}}}'}}
        return chat_event({"tool_calls": [call]}, finish="tool_calls", index=index)

    stream = Script([event(1), event(0), DONE]).stream(tools=[add], n=2)
    assert [tool.call() for _, tool in await pairs(stream) if tool] == [1]


def test_functions_stay_behind_when_an_answer_travels() -> None:
    def local(a: int) -> int:
        return a

    response = stream_of(("local", '{"a": 1}'), tools=[local]).run()
    again = pickle.loads(pickle.dumps(response))
    assert again == response and again.tools == list(response.tool_calls)
    assert codec.decode(codec.encode(response)) == response


def test_an_error_travels_with_what_came() -> None:
    with pytest.raises(sk.ToolArgumentsError) as caught:
        list(stream_of(("add", '{"a": "x"}')))
    error = caught.value
    for again in (pickle.loads(pickle.dumps(error)), codec.decode(codec.encode(error))):
        assert isinstance(again, sk.ToolArgumentsError)
        assert (str(again), again.details, again.partial) == (str(error), error.details, error.partial)


def test_a_foreign_stream_takes_tools() -> None:
    async def chunks() -> AsyncIterator[sk.Chunk]:
        yield sk.Chunk(tool_calls=(sk.ToolCallDelta(0, "call_0", "add", '{"a": 2}'),))
        yield sk.Chunk(finish_reasons=["tool_calls"])

    assert [tool.call() for tool in sk.from_async(chunks(), tools=[add]).run().tools] == [3]


def test_another_turn_of_the_same_request_knows_the_tools() -> None:
    stream = stream_of(("add", '{"a": 2}'))
    assert stream.again().run().tools[0].call() == 3
