"""The second path through an event gives the very chunks of the full parse, whatever is wrong with the event."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.second_path import Raw, Twice, seen, taken, written


def chat(delta: dict[str, Any], /, **choice: Any) -> dict[str, Any]:
    """Write an event of chat completions as OpenAI does."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "usage": None}
    return {**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None, **choice}]}


def called(arguments: str = "", /, **fields: Any) -> dict[str, Any]:
    """Write a delta of a tool call as chat completions have it."""
    names = {key: fields.pop(key) for key in ("name",) if key in fields}
    return {"tool_calls": [{"index": 0, **fields, "type": "function", "function": {**names, "arguments": arguments}}]}


USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9, "prompt_tokens_details": {"cached_tokens": 1}}
CHAT: list[list[dict[str, Any]]] = [
    [
        chat({"role": "assistant", "content": "", "refusal": None, "annotations": []}),
        chat({"content": "Io"}),
        chat({"content": " \u00fc"}, content_filter_results={}),
        {**chat({"content": "s"}), "usage": USAGE},
        chat({"reasoning_content": "hm", "content": None}),
        chat({}, finish_reason="stop"),
        {**chat({}), "choices": [], "usage": USAGE},
    ],
    [
        chat({"role": "assistant", "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}),
        chat({"content": [{"type": "text", "text": "Io"}, {"type": "reference", "reference_ids": [1]}]}),
        chat({"reasoning": "hm", "content": "Io", "refusal": "no"}),
        chat(called(id="a", name="look_up")),
        chat(called('{"moon":')),
        chat(called(' "Io"}', index=1, id="b")),
        chat({"content": None}, finish_reason="tool_calls"),
    ],
    [
        {**chat({"role": "assistant", "content": ""}), "x_groq": {"id": "r"}},
        chat({"content": "Io"}, index=1, logprobs={"content": [{"token": "Io", "logprob": -0.1}]}),
        chat({"content": "a"}),
        chat({"content": "b"}, index=1, finish_reason="length"),
        {**chat({}, finish_reason="stop"), "x_groq": {"usage": USAGE}},
    ],
]


def block(kind: str, number: int = 0, /, **fields: Any) -> dict[str, Any]:
    """Write an event about a block of Anthropic's."""
    return {"type": f"content_block_{kind}", "index": number, **fields}


def grown(kind: str, number: int = 0, /, **fields: Any) -> dict[str, Any]:
    """Write a delta of a block of Anthropic's."""
    return block("delta", number, delta={"type": kind, **fields})


ANTHROPIC: list[list[dict[str, Any]]] = [
    [
        {"type": "message_start", "message": {"id": "m_1", "model": "m", "usage": {"input_tokens": 7}}},
        block("start", content_block={"type": "thinking", "thinking": "", "signature": ""}),
        {"type": "ping"},
        grown("thinking_delta", thinking="hm"),
        grown("signature_delta", signature="c2ln"),
        block("stop"),
        block("start", 1, content_block={"type": "text", "text": ""}),
        grown("text_delta", 1, text="Io"),
        grown("citations_delta", 1, citation={"cited_text": "Io"}),
        block("stop", 1),
        block("start", 2, content_block={"type": "tool_use", "id": "t", "name": "look_up", "input": {}}),
        grown("input_json_delta", 2, partial_json='{"moon":'),
        grown("input_json_delta", 2, partial_json=' "Io"}'),
        block("stop", 2),
        block("start", 3, content_block={"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}),
        grown("input_json_delta", 3, partial_json="{}"),
        block("stop", 3),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ]
]


def parts(*given: dict[str, Any], **candidate: Any) -> dict[str, Any]:
    """Write an event of Gemini's."""
    content = {"content": {"parts": list(given), "role": "model"}, "index": 0, **candidate}
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 2, "totalTokenCount": 9}
    return {"candidates": [content], "usageMetadata": usage, "modelVersion": "m", "responseId": "r"}


def partly(*values: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Write a part with a tool call that goes on."""
    return {"functionCall": {**fields, "partialArgs": list(values), "willContinue": True}}


GEMINI: list[list[dict[str, Any]]] = [
    [
        parts({"text": "hm", "thought": True}),
        parts({"text": "Io", "thoughtSignature": "c2ln"}, {"text": "s"}),
        parts({"functionCall": {"name": "look_up", "args": {"moon": "\u00fc"}, "id": "1"}, "thoughtSignature": "c2ln"}),
        parts({"functionCall": {"name": "a"}}, {"functionCall": {"name": "b", "args": {}}}),
        parts({"text": ""}, finishReason="STOP", groundingMetadata={}),
        {"usageMetadata": {"trafficType": "ON_DEMAND"}, "candidates": [{"finishReason": "STOP"}]},
    ],
    [
        parts(partly(name="look_up")),
        parts(partly({"jsonPath": "$.moon", "stringValue": "I"})),
        parts(partly({"jsonPath": "$.moon", "stringValue": "o"}, {"jsonPath": "$.at", "numberValue": 1.5})),
        parts({"functionCall": {}}),
        parts({"executableCode": {"code": "1"}}, finishReason="STOP"),
        parts({"codeExecutionResult": {"output": "1"}}),
        parts({"text": "Io"}, finishReason="STOP", citationMetadata={"citations": [{"uri": "u"}]}),
    ],
]


def ollama(at: int, /, **message: Any) -> dict[str, Any]:
    """Write a line of Ollama's chat."""
    return {"model": "m", "created_at": f"{at}", "message": {"role": "assistant", **message}, "done": False}


OLLAMA: list[list[dict[str, Any]]] = [
    [
        ollama(1, content="", thinking="hm"),
        ollama(2, content="Io"),
        ollama(3, content="", tool_calls=[{"function": {"name": "a", "arguments": {}}}]),
        ollama(4, content="s", images=[]),
        {"model": "m", "message": {"content": ""}, "done": True, "done_reason": "stop", "eval_count": 2},
    ]
]
GENERATE: list[list[dict[str, Any]]] = [
    [
        {"model": "m", "created_at": "1", "response": "Io", "done": False},
        {"model": "m", "created_at": "2", "response": "", "thinking": "hm", "done": False},
        {"model": "m", "created_at": "3", "response": "s", "done": False},
        {"model": "m", "response": "", "done": True, "done_reason": "stop", "eval_count": 2},
    ]
]


def part(kind: str, number: int, /, **fields: Any) -> dict[str, Any]:
    """Write an event of the Responses API about a text, each with another id of the item, as Copilot does."""
    item = {"item_id": f"i{number}", "output_index": 0, "content_index": 0}
    return {"type": f"response.{kind}", "sequence_number": number, **item, **fields}


def call(kind: str, number: int, /, **fields: Any) -> dict[str, Any]:
    """Write an event of the Responses API about the arguments of a tool."""
    name = f"response.function_call_arguments.{kind}"
    return {"type": name, "sequence_number": number, "item_id": f"i{number}", "output_index": 1, **fields}


TOOL = {"type": "function_call", "id": "f", "call_id": "c", "name": "look_up"}
RESPONSES: list[list[dict[str, Any]]] = [
    [
        {"type": "response.created", "sequence_number": 0, "response": {"id": "r", "model": "m", "usage": None}},
        {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": {"type": "message"}},
        *(part("output_text.delta", at, delta=text) for at, text in enumerate(("Io", " is", " \u00fc", ""), 2)),
        part("output_text.annotation.added", 6, annotation={"type": "url_citation"}),
        *(part("output_text.delta", at, delta="s") for at in (7, 8, 9)),
        part("output_text.done", 10, text="Io is \u00fcsss!"),
        *(part("output_text.delta", at, delta="t") for at in (11, 12)),
        {"type": "response.output_item.added", "sequence_number": 13, "output_index": 1, "item": TOOL},
        *(call("delta", at, delta=text) for at, text in enumerate(("{", '"a"', ": 1", "}"), 14)),
        call("done", 18, arguments='{"a": 1}'),
        {
            "type": "response.completed",
            "sequence_number": 19,
            "response": {"id": "r", "status": "completed", "output": [], "usage": {"input_tokens": 7}},
        },
    ],
    [
        *(part("reasoning_text.delta", at, delta="hm") for at in range(4)),
        *(part("refusal.delta", at, delta="no", content_index=1) for at in range(4, 8)),
        {"type": "response.completed", "response": {"status": "completed"}},
    ],
]


def data(event: bytes) -> bytes:
    """Frame an event of an event stream."""
    return b"data: " + event + b"\n\n"


def line(event: bytes) -> bytes:
    """Frame a line."""
    return event + b"\n"


STREAMS: dict[str, tuple[list[list[dict[str, Any]]], Callable[[bytes], bytes]]] = {
    "openai.chat": (CHAT, data),
    "anthropic.messages": (ANTHROPIC, data),
    "gemini.generate_content": (GEMINI, data),
    "openai.responses": (RESPONSES, data),
    "ollama.chat": (OLLAMA, line),
    "ollama.generate": (GENERATE, line),
}
DEEP = Raw(b"[" * 150 + b"]" * 150)
OTHERS: list[object] = [
    *(None, True, False, 0, 1, 7, -1, 0.0, 1.0, -1.5, 2**53, 2**70, "", "Io", "error", "stop", "ping"),
    *([], {}, [None], ["a"], [{}], [[]], {"a": 1}, [{"type": "text", "text": "a"}], {"usage": {"total_tokens": 1.0}}),
    *(DEEP, {"": DEEP}, Raw(b"NaN"), Raw(b"1e999"), Raw(b"-0"), Raw(b"1E1"), Raw(b"01"), Raw(b" 1 ")),
    *(Raw(rb'"\ud800"'), Raw(rb'"\ud83e\ude90"'), Raw(rb'"\u00fc"'), Raw(rb'"\x"'), Raw(b'"\xff"'), Raw(b'"\x01"')),
    *(Raw(b'"\xed\xa0\x80"'), Raw('"\ufffd"'.encode()), Raw(b"tru"), Raw(b"")),
]
NAMES = [
    *("sequence_number", "output_index", "content_index", "summary_index", "item_id", "status"),
    *("error", "type", "object", "usage", "x_groq", "citations", "choices"),
    *("index", "finish_reason", "logprobs", "content_filter_results", "delta", "content", "reasoning"),
    *("refusal", "tool_calls", "function_call", "audio", "annotations", "images", "executed_tools"),
    *("id", "model", "extra_content", "arguments", "candidates", "finishReason", "groundingMetadata"),
    *(
        "citationMetadata",
        "promptFeedback",
        "usageMetadata",
        "thought",
        "thoughtSignature",
        "functionCall",
        "partialArgs",
    ),
    *("willContinue", "executableCode", "inlineData", "args", "name", "message", "done"),
    *("image", "response", "thinking", "content_block", "signature", "partial_json", "brand_new"),
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the path of every value inside an event."""
    found: Any = value
    for key, inner in found.items() if isinstance(value, dict) else enumerate(found if isinstance(value, list) else ()):
        yield (*path, key)
        yield from paths(inner, (*path, key))


def change(draw: st.DrawFn, event: dict[str, Any]) -> None:
    """Change one thing in an event: leave it out, double, reorder or replace it, or add another."""
    found = list(paths(event))
    if not found:
        return
    *outer, key = draw(st.sampled_from(found))
    inside: Any = event
    for each in outer:
        inside = inside[each]
    other = copy.deepcopy(draw(st.sampled_from(OTHERS)))
    kind = draw(st.sampled_from(["leave out", "replace", "replace", "add", "first", "last", "reorder", "double"]))
    if kind == "leave out":
        del inside[key]
    elif kind == "replace" or isinstance(inside, list):
        inside[key] = other
    elif kind == "add":
        inside[draw(st.sampled_from(NAMES))] = other
    elif kind == "reorder":
        items = draw(st.permutations(list(inside.items())))
        inside.clear()
        inside.update(items)
    else:
        value = inside[key]
        pair = {"first": (other, value), "last": (value, other), "double": (value, value)}[kind]
        inside[key] = value if isinstance(value, Twice) else Twice(*pair)


@st.composite
def mutants(draw: st.DrawFn, api: str) -> list[bytes]:
    """Change some things in one or more events of a stream."""
    streams, frame = STREAMS[api]
    events = copy.deepcopy(draw(st.sampled_from(streams)))
    for _ in range(draw(st.integers(1, 3))):
        change(draw, events[draw(st.integers(0, len(events) - 1))])
    order = draw(st.sampled_from([None, None, "double", "swap"]))
    at = draw(st.integers(0, len(events) - 2))
    if order is not None:
        events[at : at + 2] = [events[at]] * 2 if order == "double" else [events[at + 1], events[at]]
    return [frame(written(event)) for event in events]


@pytest.mark.parametrize("api", STREAMS)
def test_the_second_path_gives_the_chunks_of_the_full_parse_whatever_an_event_is(api: str) -> None:
    @given(mutants(api), st.integers(1, 2))
    def holds(events: list[bytes], choices: int) -> None:
        call = {"api": api, "choices": choices}
        assert seen(events, second=True, **call) == seen(events, second=False, **call)

    holds()


@pytest.mark.parametrize("api", STREAMS)
def test_most_events_of_these_streams_take_the_second_path(api: str) -> None:
    streams, frame = STREAMS[api]
    for events in streams:
        second, full = taken([frame(written(event)) for event in events], api=api)
        assert second > (full if api != "openai.responses" else 3), (second, full)
