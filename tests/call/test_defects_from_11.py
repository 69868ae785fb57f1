"""D11 to D17: what was found wrong in the software that this package follows, by number; here it is right."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, field_validator, model_validator

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, aws_frame, chat_event, chat_events, chat_tool_events, gemini_event

from .scripted import DONE, called, delta, dig, look_up, named


def test_d11_a_call_without_arguments_and_the_second_of_two_are_handed_out() -> None:
    block: dict[str, Any] = {"type": "tool_use", "id": "t", "name": "look_up", "input": {}}
    second: dict[str, Any] = {**block, "id": "u", "name": "dig"}
    delta = {"type": "input_json_delta", "partial_json": '{"depth": 2}'}
    events = [
        named("message_start", message={"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 1}}),
        named("content_block_start", index=0, content_block=block),
        named("content_block_stop", index=0),
        named("content_block_start", index=1, content_block=second),
        named("content_block_delta", index=1, delta=delta),
        named("content_block_stop", index=1),
        named("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 9}),
        named("message_stop"),
    ]
    expected = [("look_up", {"moon": "all"}), ("dig", {"depth": 2})]
    assert called(*events, api="anthropic.messages", vendor="anthropic") == expected


def test_d11_bedrocks_first_of_two_calls_and_mistrals_second_in_one_event_are_handed_out() -> None:
    expected = [("look_up", {"moon": "Io"}), ("dig", {"depth": 2})]
    calls = [("look_up", '{"moon": "Io"}'), ("dig", '{"depth": 2}')]
    blocks: list[bytes] = []
    for at, (name, arguments) in enumerate(calls):
        start = {"toolUse": {"toolUseId": f"t{at}", "name": name}}
        blocks += [
            aws_frame("contentBlockStart", {"contentBlockIndex": at, "start": start}),
            aws_frame("contentBlockDelta", {"contentBlockIndex": at, "delta": {"toolUse": {"input": arguments}}}),
            aws_frame("contentBlockStop", {"contentBlockIndex": at}),
        ]
    events = [aws_frame("messageStart", {"role": "assistant"}), *blocks]
    events.append(aws_frame("messageStop", {"stopReason": "tool_use"}))
    assert called(*events, api="bedrock.converse", vendor="bedrock") == expected
    both = {"tool_calls": [delta(at, name, arguments) for at, (name, arguments) in enumerate(calls)]}
    assert called(chat_event(both, finish="tool_calls"), DONE, api="mistral.chat", vendor="mistral") == expected


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
    calls = json.dumps({"choices": [], "x_groq": {"id": "r", "usage": {"prompt_tokens": 7, "completion_tokens": 2}}})
    events = [empty, chat_event({"content": "Io"}), chat_event({}, finish="stop"), f"data: {calls}\n\n".encode(), DONE]
    response = Script(events).stream(api="groq.chat", vendor="groq", tools=[look_up]).run()
    assert (response.content, response.output_tokens) == ("Io", 2)
    azure = Script([empty, *chat_events("Io")]).stream(api="azure.openai.chat", vendor="azure", tools=[look_up])
    assert azure.run().content == "Io"


class Book(BaseModel):
    title: Annotated[str, Field(min_length=4)]
    pages: int

    @field_validator("title")
    @classmethod
    def _ends_well(cls, title: str) -> str:
        assert title.endswith("e")
        return title

    @model_validator(mode="after")
    def _whole(self) -> Book:
        assert self.title and self.pages
        return self


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
    assert reads[1] < 6 * reads[0]  # 4 times the text; read anew for each delta it would be 16 times


def _steps(count: int) -> int:
    """Count the Python calls while a list in this many deltas is read."""
    import sys

    fragments = ['{"titles": [', *(['"Dune",'] * count), '"Dune"]}']
    made = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event == "call"

    class Shelf(BaseModel):
        titles: list[str]

    stream = sk.flow(__import__("reactivex").from_iterable(fragments)).pipe(ops.partial(Shelf))
    sys.setprofile(note)
    try:
        stream.subscribe()
    finally:
        sys.setprofile(None)
    return made


async def test_d17_a_silent_call_ends_and_a_stream_can_be_stopped_shared_replayed_and_transformed() -> None:
    with pytest.raises(sk.StalledError):
        await Script([None]).stream(timeouts=sk.Timeouts(first=0.01))
    with pytest.raises(sk.StalledError) as caught:
        await Script([*chat_events("Io")[:2], None]).stream(timeouts=sk.Timeouts(between=0.01))
    assert caught.value.partial is not None and caught.value.partial.content == "Io"
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
