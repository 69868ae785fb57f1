"""Decoding of Ollama's lines, of `chat` and of `generate`, and when one of them proves the end."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streamkit.chunk import Image
from streamkit.errors import MalformedError, ProviderError, TruncatedError
from streamkit.testing import ollama_line, ollama_lines
from streamkit.tool import ToolCall, ToolCalls
from streamkit.wire import open_decoder
from tests.wire.outcome import Outcome, outcome
from tests.wire.short_way import parses

CHAT, GENERATE = "ollama.chat", "ollama.generate"
END = ollama_line(done=True, done_reason="stop", prompt_eval_count=7, eval_count=2, eval_duration=9)
PNG = base64.b64encode(b"\x89PNG").decode()


def read(*lines: bytes, api: str = CHAT) -> Outcome:
    return outcome(lines, api=api)


def line(**fields: Any) -> bytes:
    return json.dumps({"model": "m", "created_at": "now", "done": False, **fields}).encode() + b"\n"


def call(name: str, arguments: object = None, /, **fields: Any) -> dict[str, Any]:
    function = {"name": name, **({} if arguments is None else {"arguments": arguments})}
    return {**fields, "function": function}


def test_a_chat_says_text_and_thinking() -> None:
    result = read(ollama_line({"thinking": "Hm."}), ollama_line({"content": "I"}), ollama_line({"content": "o"}), END)
    response = result.response
    assert (response.thinking, response.content, response.model) == ("Hm.", "Io", "scripted-1")
    assert (response.finish_reasons, result.error, result.notes) == (["stop"], None, [])
    assert (response.id, response.provider) == (None, "ollama")


def test_the_last_line_has_the_usage_and_the_durations() -> None:
    usage = read(*ollama_lines("Io")[:-1], END).response.usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (7, 2)
    assert usage.raw == {"prompt_eval_count": 7, "eval_count": 2, "eval_duration": 9}


@pytest.mark.parametrize("reason", ["stop", "length", "load", "brand_new"])
def test_done_is_the_end_whatever_its_reason(reason: str) -> None:
    response = read(*ollama_lines("Io", reason=reason)).response
    assert (response.state, response.finish_reasons) == ("complete", [reason])


def test_done_without_a_reason_is_the_end_too() -> None:
    response = read(ollama_line({"content": "Io"}), ollama_line(done=True)).response
    assert (response.state, response.content, response.finish_reasons, response.usage) == ("complete", "Io", None, None)


@pytest.mark.parametrize("done", [False, None, "true", 1])
def test_nothing_else_is(done: object) -> None:
    result = read(ollama_line({"content": "Io"}, done=done, done_reason="stop"))
    assert isinstance(result.error, TruncatedError)
    assert "without a line that says done" in result.error.message


def test_text_and_calls_may_come_with_the_last_line() -> None:
    response = read(ollama_line({"content": "Io", "tool_calls": [call("f", {"n": 1})]}, done=True)).response
    assert (response.content, response.tool_calls[0].arguments) == ("Io", {"n": 1})


def test_calls_come_whole_and_are_handed_out_with_their_line() -> None:
    lines = [
        ollama_line({"tool_calls": [call("f", {"n": 1}, id="c1"), call("g", {})]}),
        ollama_line({"tool_calls": [{"function": {"index": 0, "name": "h"}}]}),  # some versions number every call 0
    ]
    found = ToolCalls()
    result = read(*lines, END)
    found.feed(result.chunks[0])
    assert found.completed() == [
        ToolCall("c1", "f", 0, {"n": 1}, '{"n": 1}', complete=True),
        ToolCall(None, "g", 1, {}, "{}", complete=True),
    ]
    assert [(each.name, each.arguments) for each in result.response.tool_calls] == [
        ("f", {"n": 1}),
        ("g", {}),
        ("h", {}),
    ]


def test_generate_has_its_answer_at_the_top_level_of_the_line() -> None:
    lines = [line(thinking="Hm.", response=""), line(response="I"), line(response="o")]
    end = line(response="", done=True, done_reason="length", context=[1, 2], prompt_eval_count=7, eval_count=2)
    response = read(*lines, end, api=GENERATE).response
    assert (response.thinking, response.content, response.finish_reasons) == ("Hm.", "Io", ["length"])
    assert (response.input_tokens, response.output_tokens) == (7, 2)
    assert isinstance(read(*lines, api=GENERATE).error, TruncatedError)


def test_pictures_come_decoded() -> None:
    picture = Image(b"\x89PNG")
    assert read(line(image=PNG), line(done=True), api=GENERATE).chunks[0].images == (picture,)
    assert read(ollama_line({"images": [PNG, PNG]}), END).chunks[0].images == (picture, picture)
    assert isinstance(read(ollama_line({"images": ["§"]}), END).error, MalformedError)


def test_an_error_line_ends_it_with_what_came() -> None:
    result = read(ollama_line({"content": "Io"}), b'{"error":"The model runner has stopped."}\n')
    assert isinstance(result.error, ProviderError)
    assert (result.error.message, result.response.content) == ("The model runner has stopped.", "Io")
    assert result.error.retryable


def test_lines_behind_the_end_are_dropped() -> None:
    result = read(*ollama_lines("Io"), ollama_line({"content": "late"}), b'{"error":"late"}\n')
    assert (result.response.content, result.error, result.notes) == ("Io", None, ["after_sentinel_dropped"])


def test_only_content_counts_as_such() -> None:
    decoder = open_decoder(CHAT)
    moving = [
        ollama_line({"content": "I"}),
        ollama_line({"thinking": "h"}),
        ollama_line({"tool_calls": [call("f")]}),
        END,
    ]
    for each in [ollama_line(), line(), line(completed=1, total=4), b"\n", *moving]:
        decoder.saw_content = False
        decoder.feed(each)
        assert decoder.saw_content is (each in moving), each


def test_lines_that_bear_no_time_of_their_own_take_the_short_way() -> None:
    same = [ollama_line({"content": "x"})] * 4
    assert list(parses([*same, *[ollama_line({"thinking": "x"})] * 3, END], api=CHAT)) == [1, 1, 0, 0, 1, 0, 0, 1]
    assert list(parses([line(response="x")] * 3, api=GENERATE)) == [1, 1, 0]
    assert list(parses(ollama_lines(*"abcdef"), api=CHAT)) == [1] * 7
