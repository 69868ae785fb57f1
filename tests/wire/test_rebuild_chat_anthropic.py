"""What other libraries lose of an answer when they rebuild it: here it is all there."""

from __future__ import annotations

import base64
import json
import pickle
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_event

pytestmark = pytest.mark.sdk
DONE = b"data: [DONE]\n\n"


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def delta(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def block(index: int, kind: str, *deltas: bytes, **fields: Any) -> list[bytes]:
    start = event("content_block_start", index=index, content_block={"type": kind, **fields})
    return [start, *deltas, event("content_block_stop", index=index)]


def anthropic(*blocks: list[bytes], reason: str | None = "end_turn") -> list[bytes]:
    opening: dict[str, Any] = {
        "id": "msg_1",
        "model": "m-1",
        "content": [],
        "usage": {"input_tokens": 9, "output_tokens": 1},
    }
    opening |= {"type": "message", "role": "assistant", "stop_reason": None, "stop_sequence": None}
    end = event("message_delta", delta={"stop_reason": reason, "stop_sequence": "###"}, usage={"output_tokens": 30})
    start = [event("message_start", message={**opening, "usage": {"input_tokens": 9, "cache_read_input_tokens": 4}})]
    return [*start, *(each for part in blocks for each in part), *([end, event("message_stop")] if reason else [])]


THINKING = block(0, "thinking", delta(0, "thinking_delta", thinking="Hm"), delta(0, "signature_delta", signature="s1"))
TEXT = block(1, "text", delta(1, "text_delta", text="Io"), delta(1, "citations_delta", citation={"type": "x"}), text="")
MORE = block(2, "thinking", delta(2, "thinking_delta", thinking="Ah"), delta(2, "signature_delta", signature="s2"))
SECRET = block(3, "redacted_thinking", data="xyz")
CALL = block(4, "tool_use", delta(4, "input_json_delta", partial_json='{"a": 1}'), id="t1", name="look", input={})
CUT = [event("content_block_start", index=5, content_block={"type": "tool_use", "id": "t2", "name": "x", "input": {}})]


async def test_anthropic_keeps_the_order_the_signatures_citations_and_the_stop_sequence() -> None:
    script = Script(anthropic(THINKING, TEXT, MORE, SECRET, CALL, reason="tool_use"))
    response = await script.stream(api="anthropic.messages", vendor="anthropic")
    message = response.response
    kinds = [part.type for part in message.content]
    assert kinds == ["thinking", "text", "thinking", "redacted_thinking", "tool_use"]
    assert [message.content[at].signature for at in (0, 2)] == ["s1", "s2"]
    assert (message.content[1].citations[0].type, message.content[4].input) == ("x", {"a": 1})
    assert (message.stop_reason, message.stop_sequence, message.usage.cache_read_input_tokens) == ("tool_use", "###", 4)
    assert [part["type"] for part in response.message_param["content"]] == kinds


async def test_a_next_turn_of_a_cut_answer_has_the_signed_thinking_and_no_open_call() -> None:
    script = Script([*anthropic(THINKING, TEXT, CALL, CUT, reason=None), None])
    stream = script.stream(api="anthropic.messages", vendor="anthropic")
    async for chunk, _ in stream:
        if chunk.block == 5:
            break
    param = stream.message_param
    assert [part["type"] for part in param["content"]] == ["thinking", "text", "tool_use"]
    assert all(part.get("id") != "t2" for part in param["content"])


async def test_unsigned_thinking_is_left_out_of_a_next_turn() -> None:
    cut = [THINKING[0], THINKING[1]]
    stream = Script([*anthropic(cut, reason=None), None]).stream(api="anthropic.messages", vendor="anthropic")
    async for chunk, _ in stream:
        if chunk.thinking:
            break
    assert stream.message_param["content"] == []
    assert stream.response.response.content[0].thinking == "Hm"


async def test_a_chat_completion_keeps_refusal_probabilities_fingerprint_and_choices() -> None:
    steps = [
        chat_event({"role": "assistant", "content": "", "refusal": None}, system_fingerprint="fp_1"),
        chat_event({"refusal": "I can"}),
        chat_event({"refusal": "not"}, finish="stop"),
        chat_event({"content": "Io"}, index=1),
        chat_event({}, index=1, finish="length"),
        chat_event(None, usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "extra": {"x": 1}}),
        DONE,
    ]
    step = json.loads(steps[3].removeprefix(b"data: "))
    step["choices"][0]["logprobs"] = {"content": [{"token": "Io", "logprob": -0.1, "top_logprobs": []}]}
    steps[3] = b"data: " + json.dumps(step).encode() + b"\n\n"
    completion = (await Script(steps).stream(n=2)).response
    assert (completion.object, completion.created, completion.system_fingerprint) == (
        *("chat.completion", 1700000000),
        "fp_1",
    )
    assert [choice.finish_reason for choice in completion.choices] == ["stop", "length"]
    assert completion.choices[0].message.refusal == "I cannot"
    assert completion.choices[1].logprobs.content[0].token == "Io"
    assert completion.usage.extra == {"x": 1}


async def test_a_chat_completion_keeps_sound_and_a_next_turn_names_it() -> None:
    sound = base64.b64encode(b"\x01\x00" * 4).decode()
    steps = [
        chat_event({"role": "assistant", "audio": {"id": "audio_1", "transcript": "Hel"}}),
        chat_event({"audio": {"transcript": "lo"}}),
        chat_event({"audio": {"data": sound}}),
        chat_event({"audio": {"expires_at": 99}}),
        DONE,
    ]
    response = await Script(steps).stream()
    audio = response.response.choices[0].message.audio
    assert (audio.id, audio.transcript, audio.data, audio.expires_at) == ("audio_1", "Hello", sound, 99)
    assert response.message_param == {"role": "assistant", "audio": {"id": "audio_1"}}


async def test_calls_of_a_chat_completion_stand_as_they_came() -> None:
    calls = [{"index": at, "id": f"c{at}", "function": {"name": "f", "arguments": '{"a":1}'}} for at in range(2)]
    response = await Script([chat_event({"tool_calls": calls}), chat_event({}, finish="tool_calls"), DONE]).stream()
    calls = response.response.choices[0].message.tool_calls
    assert [(call.id, call.function.arguments) for call in calls] == [("c0", '{"a":1}'), ("c1", '{"a":1}')]
    assert [call["id"] for call in response.message_param["tool_calls"]] == ["c0", "c1"]


async def test_where_the_events_are_gone_there_is_no_object_and_still_a_next_turn() -> None:
    events = [*anthropic(THINKING, TEXT, CALL, reason="tool_use")]
    stream = Script(events).stream(api="anthropic.messages", vendor="anthropic", keep=1)
    response = await stream
    assert response.response is None
    assert response.message_param["tool_calls"][0]["id"] == "t1"
    travelled = pickle.loads(pickle.dumps(await Script([chat_event({"content": "a"}, finish="stop"), DONE]).stream()))
    assert (travelled.response, travelled.message_param) == (None, {"role": "assistant", "content": "a"})


def test_before_anything_has_come_there_is_nothing_to_rebuild() -> None:
    stream = Script([]).stream()
    assert (stream.response.response, stream.message_param) == (None, {"role": "assistant", "content": ""})


async def test_an_unknown_block_stays_where_it_was() -> None:
    odd = block(0, "new_kind", delta(0, "new_delta", x=1), text="?", novelty={"a": 1})
    response = await Script(anthropic(odd)).stream(api="anthropic.messages", vendor="anthropic")
    assert response.response.content[0].novelty == {"a": 1}
    assert sk.Usage is type(response.usage)
