"""The common finish reason of an answer that calls tools is ``tool_calls`` on every wire."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from streamkit import codec, wire
from streamkit.chunk import Chunk
from streamkit.errors import StreamError
from streamkit.testing import chat_event
from tests.wire.outcome import DONE, Outcome, data, delta, outcome
from tests.wire.responses import CREATED, called, called_out, over, sent

CALL: dict[str, Any] = {"name": "look_up", "args": {}}
_PART = {"content": {"parts": [{"functionCall": CALL}]}}


def line(event: object) -> bytes:
    return json.dumps(event).encode() + b"\n"


def ollama(reason: str) -> list[bytes]:
    message: dict[str, Any] = {"tool_calls": [{"function": {"name": "look_up", "arguments": {}}}]}
    return [line({"message": message}), line({"done": True, "done_reason": reason})]


def responses(status: str) -> list[bytes]:
    return sent(CREATED, called(0), called_out(0, "{}"), over(status))


def gemini(reason: str) -> list[bytes]:
    return [data({"candidates": [_PART]}), data({"candidates": [{"finishReason": reason}]})]


def gemini_at_once(reason: str) -> list[bytes]:
    return [data({"candidates": [{**_PART, "finishReason": reason}]})]


def chat(reason: str) -> list[bytes]:
    call = delta({"index": 0, "id": "c"}, name="look_up", arguments="{}")
    return [chat_event(call), chat_event({}, finish=reason), DONE]


CASES = [
    ("ollama.chat", ollama("stop"), ollama("length")),
    ("openai.responses", responses("completed"), responses("incomplete")),
    ("gemini.generate_content", gemini("STOP"), gemini("MAX_TOKENS")),
    ("gemini.generate_content", gemini_at_once("STOP"), gemini_at_once("MAX_TOKENS")),
    ("openai.chat", chat("stop"), chat("length")),
    ("openai.chat", chat("tool_calls"), chat("length")),
]


def last(result: Outcome) -> Chunk:
    return [chunk for chunk in result.chunks if chunk.finish_reasons][-1]


@pytest.mark.parametrize(("api", "whole", "cut"), CASES)
def test_an_answer_that_calls_tools_says_so_and_one_that_is_cut_says_that(
    api: str, whole: list[bytes], cut: list[bytes]
) -> None:
    for events, common in ((whole, "tool_calls"), (cut, "length")):
        result = outcome(events, api=api)
        assert result.error is None
        assert (result.response.common_finish_reasons, last(result).common_finish_reasons) == ([common], [common])
    assert outcome(whole, api=api).response.finish_reasons == last(outcome(whole, api=api)).finish_reasons


def test_each_choice_says_it_of_itself() -> None:
    call = delta({"index": 0, "id": "c"}, name="look_up", arguments="{}")
    events = [chat_event({"content": "Io"}, finish="stop"), chat_event(call, index=1)]
    result = outcome([*events, chat_event({}, index=1, finish="stop"), DONE], choices=2)
    assert [choice.common_finish_reasons for choice in result.response.choices] == [["stop"], ["tool_calls"]]
    ends = [chunk.common_finish_reasons for chunk in result.chunks if chunk.finish_reasons]
    assert ends == [["stop"], ["tool_calls"]]


def test_a_chunk_that_travels_still_says_so() -> None:
    chunk = last(outcome(responses("completed"), api="openai.responses"))
    pickled: Chunk = pickle.loads(pickle.dumps(chunk))
    for copied in (codec.decode(codec.encode(chunk)), pickled):
        assert type(copied) is Chunk and copied == chunk
        assert (copied.finish_reasons, copied.common_finish_reasons) == (["completed"], ["tool_calls"])
    assert chunk.model_dump()["finish_reasons"] == ["completed"]


def test_every_recorded_answer_that_calls_tools_says_so(wire_dir: Path) -> None:
    seen = 0
    for text in (wire_dir / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        found = json.loads(text)
        if not found["expect"]["tools"] or len(found["expect"].get("choices", [1])) > 1:
            continue
        try:
            response = wire.reduce(found["api"], (wire_dir / found["file"]).read_bytes(), found["provider"])
        except StreamError:
            continue
        assert response.common_finish_reasons in (["tool_calls"], ["length"]), found["file"]
        seen += response.common_finish_reasons == ["tool_calls"]
    assert seen > 20
