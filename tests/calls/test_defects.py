"""D01 to D17: what was found wrong in the software that this package follows, by number; here it is right."""

from __future__ import annotations

import gc
import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, field_validator

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import (
    FaultServer,
    Script,
    anthropic_events,
    chat_event,
    chat_events,
    chat_tool_events,
    gemini_event,
    plan,
)

from .scripted import named

DONE = b"data: [DONE]\n\n"


def look_up(moon: str = "all") -> str:
    return moon


def dig(depth: int = 1) -> int:
    return depth


def called(*events: bytes, api: str = "openai.chat", vendor: str = "openai") -> list[Any]:
    stream = Script(events).stream(api=api, vendor=vendor, tools=[look_up, dig])
    return [(tool.name, tool.args) for _, tool in stream if tool]


def delta(at: int, name: str | None = None, arguments: str = "") -> dict[str, Any]:
    began = {} if name is None else {"id": f"call_{at}", "type": "function"}
    return {"index": at, **began, "function": {**({} if name is None else {"name": name}), "arguments": arguments}}


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


def test_d02_what_came_before_a_stop_or_an_error_is_there() -> None:
    stream = Script([*chat_events("Du", "ne")[:3], OSError("gone")]).stream("Recommend a book")
    with pytest.raises(sk.TransportError):
        stream.run()
    assert (stream.content, stream.response.state) == ("Dune", "failed")
    assert stream.message_param == {"role": "assistant", "content": "Dune"}
    assert stream.construct_call_response().content == "Dune"


def test_d03_parallel_calls_are_all_there_however_they_are_told() -> None:
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
    bare = [chat_event({"tool_calls": [delta(0, "look_up")]}), chat_event({"tool_calls": [delta(1, "dig", "{}")]})]
    assert called(*bare, finish, DONE) == [("look_up", {"moon": "all"}), ("dig", {"depth": 1})]


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

    assert ask(client=client).asked.client is client
    assert ask().asked.client is None


def test_d06_a_finish_reason_outlives_the_usage_that_follows_it() -> None:
    stream = Script(chat_events("Io", finish="length")).stream()
    response = stream.run()
    assert (response.finish_reasons, response.common_finish_reasons, stream.finish_reasons) == (
        ["length"],
        ["length"],
        ["length"],
    )
    assert response.usage is not None


def test_d07_usage_is_what_was_told_and_not_a_sum() -> None:
    used = [{"promptTokenCount": 100, "candidatesTokenCount": at, "totalTokenCount": 100 + at} for at in (1, 2, 3)]
    events = [gemini_event("a", usageMetadata=each) for each in used[:2]]
    events.append(gemini_event("c", finish="STOP", usageMetadata=used[2]))
    response = Script(events).stream(api="gemini.generate_content", vendor="google").run()
    assert (response.input_tokens, response.output_tokens) == (100, 3)
    told = Script(anthropic_events("a", "b", "c")).stream(api="anthropic.messages", vendor="anthropic").run()
    assert (told.input_tokens, told.output_tokens) == (7, 3)


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


def test_d11_a_call_without_arguments_and_the_second_of_two_are_handed_out() -> None:
    block: dict[str, Any] = {"type": "tool_use", "id": "t", "name": "look_up", "input": {}}
    second: dict[str, Any] = {**block, "id": "u", "name": "dig"}
    piece = {"type": "input_json_delta", "partial_json": '{"depth": 2}'}
    events = [
        named("message_start", message={"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 1}}),
        named("content_block_start", index=0, content_block=block),
        named("content_block_stop", index=0),
        named("content_block_start", index=1, content_block=second),
        named("content_block_delta", index=1, delta=piece),
        named("content_block_stop", index=1),
        named("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 9}),
        named("message_stop"),
    ]
    wanted = [("look_up", {"moon": "all"}), ("dig", {"depth": 2})]
    assert called(*events, api="anthropic.messages", vendor="anthropic") == wanted


def test_d12_every_part_of_an_event_counts_once() -> None:
    event = gemini_event("Z", "Y", finish="STOP", usageMetadata={"promptTokenCount": 100, "candidatesTokenCount": 2})
    response = Script([event]).stream(api="gemini.generate_content", vendor="google").run()
    assert response.content == "ZY"
    calls: list[dict[str, Any]] = [{"functionCall": {"name": name, "args": {}}} for name in ("look_up", "dig")]
    used = {"promptTokenCount": 100, "candidatesTokenCount": 2}
    script = Script([gemini_event("Z", *calls, finish="STOP", usageMetadata=used)])
    stream = script.stream(api="gemini.generate_content", vendor="google", tools=[look_up, dig])
    pairs = list(stream)
    assert "".join(chunk.content for chunk, _ in pairs) == "Z"
    assert [tool.name for _, tool in pairs if tool] == ["look_up", "dig"]
    assert stream.input_tokens == 100


def test_d13_groqs_usage_is_read_and_an_event_without_choices_is_none() -> None:
    empty = b'data: {"id":"1","model":"m","choices":[]}\n\n'
    told = json.dumps({"choices": [], "x_groq": {"id": "r", "usage": {"prompt_tokens": 7, "completion_tokens": 2}}})
    events = [empty, chat_event({"content": "Io"}), chat_event({}, finish="stop"), f"data: {told}\n\n".encode(), DONE]
    response = Script(events).stream(api="groq.chat", vendor="groq", tools=[look_up]).run()
    assert (response.content, response.output_tokens) == ("Io", 2)


class Book(BaseModel):
    title: Annotated[str, Field(min_length=4)]
    pages: int

    @field_validator("title")
    @classmethod
    def _ends_well(cls, title: str) -> str:
        assert title.endswith("e")
        return title


def test_d14_validators_see_whole_values_only_and_a_second_call_is_no_part_of_the_first() -> None:
    flow = Script(chat_events('{"title": "D', "un", 'e", "pages": 412}')).stream().pipe(ops.partial(Book))
    assert [each.title for each in flow][-1] == "Dune"
    calls = chat_tool_events(("answer", '{"title": "Dune", "pages": 1}'), ("answer", '{"title": "Cube", "pages": 2}'))
    assert Script(calls).stream().pipe(ops.partial(Book)).run().title == "Dune"


def test_d15_partial_tools_leave_the_message_as_it_is() -> None:
    script = Script(chat_tool_events(("look_up", '{"moon": "Io"}')))
    stream = script.stream(tools=[look_up]).fan_out(partial_tools=True)
    found: list[Any] = [tool for _, tool in stream if tool]
    assert [isinstance(each, sk.PartialToolCall) for each in found] == [True, True, False]
    assert len(stream.message_param["tool_calls"]) == 1


def test_d16_partial_objects_cost_no_more_the_longer_the_answer_is() -> None:
    reads = [_steps(count) for count in (100, 400)]
    assert reads[1] < 6 * reads[0]  # 4 times the text; read anew for each piece it would be 16 times


def _steps(count: int) -> int:
    """Count the calls that Python makes while a list of so many pieces is read."""
    import sys

    pieces = ['{"titles": [', *(['"Dune",'] * count), '"Dune"]}']
    made = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event == "call"

    class Shelf(BaseModel):
        titles: list[str]

    stream = sk.flow(__import__("reactivex").from_iterable(pieces)).pipe(ops.partial(Shelf))
    sys.setprofile(note)
    try:
        stream.subscribe()
    finally:
        sys.setprofile(None)
    return made


async def test_d17_a_silent_call_ends_and_a_stream_can_be_stopped_shared_replayed_and_transformed() -> None:
    with pytest.raises(sk.StalledError):
        await Script([None]).stream(timeouts=sk.Timeouts(first=0.01))
    script = Script([*chat_events("Io, ", "Europa")[:3], None])
    stream = script.stream()
    words: list[str] = []
    stream.pipe(ops.text(), ops.words()).subscribe(words.append, lambda _: None)
    async for chunk, _ in stream:
        if chunk.content == "Europa":
            stream.stop()
            break
    await stream.wait_closed()
    assert (await stream).content == "Io, Europa"
    assert (script.opened, stream.state, words[:1]) == (1, "stopped", ["Io, "])
