"""Neither events nor errors nor escapes bring back what ``redact`` and ``guard`` have taken out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit import wire
from streamkit.operators import patterns
from streamkit.origin import Origin

SECRET = "sk-1234"
KEY = re.compile(r"sk-\w+")


def has_no_key(text: str, before: str) -> bool:
    return "sk-" not in text


async def has_no_key_later(text: str, before: str) -> bool:
    return "sk-" not in text


HIDING: list[Any] = [
    ops.redact(KEY),
    ops.guard(has_no_key, on_trip="replace"),
    ops.guard(has_no_key_later, on_trip="replace"),
]


def decoded(api: str, *events: dict[str, Any], choices: int = 1) -> list[sk.Chunk]:
    decoder = wire.decoder(api, choices=choices)
    found = decoder.feed(b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events))
    return [*found, *decoder.finish()]


def chat(*texts: str, reason: str | None = None) -> dict[str, Any]:
    choices = [{"index": at, "delta": {"content": text}, "finish_reason": reason} for at, text in enumerate(texts)]
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}


def response_events(text: str) -> list[dict[str, Any]]:
    item = {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    position: dict[str, Any] = {"output_index": 0, "content_index": 0, "item_id": "m"}
    return [
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "response.output_text.delta", **position, "delta": text},
        {"type": "response.output_text.done", **position, "text": text},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [item]}},
    ]


def seen(chunks: list[sk.Chunk], operator: Any) -> str:
    found: list[sk.Chunk] = list(sk.flow(rx.from_iterable(chunks)).pipe(operator))
    assert [chunk.finish_reasons for chunk in found if chunk.finish_reasons]
    return "".join(f"{chunk!r}{chunk.payload!r}" for chunk in found)


@pytest.mark.parametrize("operator", HIDING, ids=["redact", "guard", "guard-async"])
def test_the_event_of_one_choice_does_not_show_the_text_of_the_next(operator: Any) -> None:
    events = chat("", ""), chat("Io. ", "a "), chat("Io. ", f"{SECRET}. "), chat("", "", reason="stop")
    text = seen(decoded("openai.chat", *events, choices=2), operator)
    assert SECRET not in text
    assert "Io. " in text


@pytest.mark.parametrize("operator", HIDING, ids=["redact", "guard", "guard-async"])
def test_a_later_event_does_not_repeat_what_was_taken_out(operator: Any) -> None:
    assert SECRET not in seen(decoded("openai.responses", *response_events(f"The key is {SECRET}. ")), operator)


@pytest.mark.parametrize("operator", HIDING, ids=["redact", "guard", "guard-async"])
def test_events_stay_where_nothing_was_taken_out(operator: Any) -> None:
    chunks = decoded("openai.responses", *response_events("Io. "))
    found: list[sk.Chunk] = list(sk.flow(rx.from_iterable(chunks)).pipe(operator))
    assert found[-1].raw["type"] == "response.completed"


@pytest.mark.parametrize("operator", HIDING, ids=["redact", "guard", "guard-async"])
def test_the_event_of_a_whole_answer_does_not_show_it(operator: Any) -> None:
    body = {
        "type": "message",
        "role": "assistant",
        "stop_reason": "end_turn",
        "content": [{"type": "redacted_thinking", "data": "x"}, {"type": "text", "text": f"The key is {SECRET}."}],
    }
    whole = sk.wire.whole("anthropic.messages", json.dumps(body).encode())
    assert whole.content.endswith(SECRET + ".")
    api = "anthropic.messages:whole"
    chunks = [
        sk.Chunk(redacted_thinking="x", payload=json.dumps(body).encode(), api=api),
        sk.Chunk(content=f"The key is {SECRET}.", payload=json.dumps(body).encode(), api=api, finish_reasons=["stop"]),
    ]
    assert SECRET not in seen(chunks, operator)


def test_an_event_with_a_whole_call_does_not_show_its_arguments() -> None:
    action: dict[str, Any] = {"type": "exec", "command": ["echo", SECRET], "env": {}}
    item: dict[str, Any] = {
        "type": "local_shell_call",
        "id": "1",
        "call_id": "1",
        "status": "completed",
        "action": action,
    }
    ended: dict[str, Any] = {
        "type": "response.completed",
        "response": {"id": "r", "status": "completed", "output": [item]},
    }
    events = {"type": "response.output_item.done", "output_index": 0, "item": item}, ended
    assert SECRET not in seen(decoded("openai.responses", *events), HIDING[0])


@pytest.mark.parametrize("operator", HIDING, ids=["redact", "guard", "guard-async"])
def test_an_error_of_the_source_does_not_have_what_was_taken_out(operator: Any) -> None:
    chunks = [sk.Chunk(content=f"Io. {SECRET}. "), sk.Chunk(content="Europa")]
    error = sk.TruncatedError("cut", partial=_partial(chunks))
    flow = sk.flow(rx.concat(rx.from_iterable(chunks), rx.throw(error))).pipe(operator)
    with pytest.raises(sk.TruncatedError, match="cut") as raised:
        list(flow)
    assert raised.value.partial is None
    assert error.partial is not None
    with pytest.raises(sk.TruncatedError) as raised:
        flow.pipe(ops.to_response()).run()
    assert raised.value.partial is not None
    assert SECRET not in raised.value.partial.content
    assert raised.value.partial.content.endswith("Europa")


def _partial(chunks: list[sk.Chunk]) -> sk.Response:
    return sk.flow(rx.from_iterable(chunks)).pipe(ops.to_response()).run()


@pytest.mark.parametrize("operator", HIDING, ids=["redact", "guard", "guard-async"])
def test_an_error_stays_as_it_is_where_nothing_was_taken_out(operator: Any) -> None:
    error = sk.TruncatedError("cut", partial=_partial([sk.Chunk(content="Io")]))
    with pytest.raises(sk.TruncatedError) as raised:
        list(sk.flow(rx.concat(rx.of(sk.Chunk(content="Io")), rx.throw(error))).pipe(operator))
    assert raised.value is error


def redacted_arguments(value: Any, pattern: Any, size: int, replacement: str = "…") -> str:
    text = json.dumps(value)
    cut = [text[at : at + size] for at in range(0, len(text), size)]
    chunks = [sk.Chunk(tool_calls=(sk.ToolCallDelta(arguments=each),)) for each in cut]
    flow = sk.flow(rx.from_iterable([*chunks, sk.Chunk(finish_reasons=["tool_calls"])]))
    found: list[sk.Chunk] = list(flow.pipe(ops.redact(pattern, replacement)))
    return "".join(call.arguments for chunk in found for call in chunk.tool_calls)


@pytest.mark.parametrize("size", [1, 2, 5, 1_000])
@pytest.mark.parametrize(
    ("text", "pattern", "left"),
    [
        (f"the key\n{'sk-' + 'a' * 30}\nbye", patterns.API_KEY, "the key\n…\nbye"),
        ("to\nio@example.org", patterns.EMAIL, "to\n…"),
        ('say "pw" twice: \\"pw\\"', '"pw"', 'say … twice: \\"pw\\"'),
        ("a\\b\nc\\", re.compile(r"\\b\n"), "a…c\\"),
        ("key\n\n12", re.compile(r"\n{2}\d+"), "key…"),
        ("é\t😀", "é", "…\t😀"),
    ],
    ids=["key", "address", "quotes", "backslash", "newlines", "pair"],
)
def test_a_search_sees_the_text_of_arguments_and_they_stay_json(text: str, pattern: Any, left: str, size: int) -> None:
    assert json.loads(redacted_arguments({"a": text, "n": [1, "x\n"]}, pattern, size)) == {"a": left, "n": [1, "x\n"]}


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_arguments_stay_as_they_were_written_behind_what_was_dropped(size: int) -> None:
    value = {"a": "\nsk-" + "a" * 3_000 + '\n"é', "b": "\\n"}
    assert json.loads(redacted_arguments(value, KEY, size)) == {"a": '\n…\n"é', "b": "\\n"}
    assert redacted_arguments(value, "nothing", size) == json.dumps(value)


def test_every_turn_and_tool_of_a_conversation_is_a_text_of_its_own() -> None:
    one, two = Origin(path=("a",), tool_call_id="a"), Origin(path=("b",), tool_call_id="b")
    chunks = [
        sk.Chunk(content="the sk-", index=-1).with_origin(one),
        sk.Chunk(content="Io ", index=-1).with_origin(two),
        sk.Chunk(content="1234", index=-1).with_origin(one),
    ]
    found: list[sk.Chunk] = list(sk.flow(rx.from_iterable(chunks)).pipe(ops.redact(KEY, "…")))
    assert [(chunk.content, chunk.origin) for chunk in found if chunk.content] == [
        ("the ", one),
        ("Io ", two),
        ("…", one),
    ]
