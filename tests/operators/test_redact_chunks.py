"""`redact` on chunks: no field, no event and nothing folded behind it has what was removed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import reactivex as rx

import streamkit as sk
from streamkit import codec, wire
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events
from tests.wire.wires import WIRES

KEY = re.compile(r"sk-\w+")


def redact(*chunks: sk.Chunk, pattern: Any = KEY, **options: Any) -> list[sk.Chunk]:
    return list(sk.flow(rx.of(*chunks)).pipe(ops.redact(pattern, "…", **options)))


def call(arguments: str, index: int = 0, **fields: Any) -> sk.Chunk:
    return sk.Chunk(tool_calls=(sk.ToolCallDelta(index, arguments=arguments, **fields),))


@pytest.mark.parametrize("field", ["content", "thinking", "refusal", "audio_transcript", "tool_plan"])
def test_every_text_of_a_chunk_is_redacted(field: str) -> None:
    name = "transcript" if field == "audio_transcript" else field
    texts: list[dict[str, Any]] = [{field: text} for text in ("a sk-", "12", " b")]
    given = [sk.Chunk(**each) for each in texts]
    assert [getattr(chunk, field) for chunk in redact(*given)] == ["a ", "", "… b"]
    assert "".join(getattr(chunk, field) for chunk in redact(*given, fields=[name])) == "a … b"
    other = "thinking" if name == "content" else "content"
    assert redact(*given, fields=[other]) == given


def test_a_chunk_of_which_nothing_is_left_is_not_emitted() -> None:
    given = [sk.Chunk(content=text, plain=True) for text in ("a sk-", "12", " b")]
    assert [chunk.content for chunk in redact(*given)] == ["a ", "… b"]


def test_choices_and_fields_are_texts_of_their_own() -> None:
    given = [
        sk.Chunk(content="sk-", thinking="s"),
        sk.Chunk(content="k-1 ", index=1),
        sk.Chunk(content="1.", thinking="k-2."),
    ]
    found = redact(*given)
    assert [(chunk.index, chunk.content, chunk.thinking) for chunk in found] == [
        *((0, "", ""), (1, "k-1 ", ""), (0, "….", "….")),
    ]


def test_what_is_held_comes_with_the_finish_reason_or_at_the_end() -> None:
    given = [sk.Chunk(content="a sk-", thinking="sk"), sk.Chunk(finish_reasons=["stop"])]
    assert [(chunk.content, chunk.thinking, chunk.finish_reasons) for chunk in redact(*given)] == [
        *(("a ", "", None), ("sk-", "sk", ["stop"])),
    ]
    assert [(chunk.index, chunk.content) for chunk in redact(given[0], sk.Chunk(content="s", index=1))] == [
        *((0, "a "), (1, ""), (0, "sk-"), (1, "s")),
    ]


def test_arguments_of_tools_stay_json() -> None:
    given = [call('{"to": "sk-', id="1", name="send"), call('12", "n": 1}'), sk.Chunk(finish_reasons=["tool_calls"])]
    found = list(sk.flow(rx.of(*given)).pipe(ops.redact(KEY, 'a "secret"\n'), ops.to_response()))
    assert found[0].tool_calls[0].arguments == {"to": 'a "secret"\n', "n": 1}


def test_escapes_in_arguments_hide_nothing() -> None:
    text = json.dumps({"to": "ïo@example.org/👩‍🚀", "q": 'a"\\u0040\n'}).replace("@", "\\u0040").replace("/", "\\/")
    for size in (1, 3, 100):
        cut = [text[at : at + size] for at in range(0, len(text), size)]
        given = [call(each) for each in cut]
        passed = "".join(chunk.tool_calls[0].arguments for chunk in redact(*given, pattern="ïo@example.org/👩‍🚀"))
        assert json.loads(passed) == {"to": "…", "q": 'a"\\u0040\n'}


def test_the_rest_of_a_call_comes_before_the_next_one_begins() -> None:
    given = [call("sk-1", name="a"), call("{}", 1, name="b", complete=True), call("s", 2), call("k", 2, complete=True)]
    assert [[(each.index, each.arguments) for each in chunk.tool_calls] for chunk in redact(*given)] == [
        *([(0, "")], [(0, "…"), (1, "{}")], [(2, "")], [(2, "sk")]),
    ]


def test_a_changed_chunk_has_no_event_and_an_unchanged_one_keeps_its_own() -> None:
    first, changed, plain, last = redact(
        sk.Chunk(content="a ", payload=b'{"a": 1}', api="openai.chat", plain=True),
        sk.Chunk(content="sk-1 ", payload=b'{"b": "sk-1"}', api="openai.chat", plain=True, id="1"),
        sk.Chunk(content="c", payload=b'{"c": 1}', api="openai.chat", plain=True),
        sk.Chunk(finish_reasons=["stop"], payload=b'{"all": "a sk-1 c"}', api="openai.chat"),
    )
    assert (first.raw, changed.raw, changed.chunk, changed.id, plain.raw) == ({"a": 1}, {}, {}, "1", {"c": 1})
    assert (last.raw, last.finish_reasons) == ({}, ["stop"])


def test_an_event_that_comes_while_text_is_held_may_repeat_it() -> None:
    held = sk.Chunk(content="a sk-1")
    assert redact(held, sk.Chunk(payload=b'{"all": "a sk-1"}'))[1].raw == {}
    assert redact(sk.Chunk(content="a"), sk.Chunk(payload=b'{"all": "a"}'))[1].raw == {"all": "a"}


@pytest.mark.parametrize("api", WIRES)
def test_no_event_of_any_wire_has_what_was_removed(api: str) -> None:
    decoder = wire.decoder(api)
    chunks = [*decoder.feed(b"".join(WIRES[api].events)), *decoder.finish()]
    found = redact(*chunks, pattern="Io")
    written = b"".join(map(codec.encode, found))
    assert "".join(chunk.content for chunk in found) == "…"
    assert b"Io" not in written and all("Io" not in json.dumps(chunk.raw) for chunk in found)
    assert not {"I", "o", "Io"} & set(re.findall(r'"(I|o|Io)"', "".join(json.dumps(chunk.raw) for chunk in found)))


def responses_events() -> bytes:
    def event(kind: str, **fields: Any) -> bytes:
        return b"data: " + json.dumps({"type": kind, **fields}).encode() + b"\n\n"

    part: dict[str, Any] = {"type": "output_text", "text": "It is sk-12.", "annotations": []}
    item: dict[str, Any] = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [part]}
    at: dict[str, Any] = {"item_id": "m", "output_index": 0, "content_index": 0}
    whole: dict[str, Any] = {"id": "r", "model": "gpt", "status": "completed", "output": [item]}
    return b"".join(
        [
            event("response.created", response={"id": "r", "model": "gpt", "status": "in_progress", "output": []}),
            event("response.output_item.added", output_index=0, item={**item, "status": "in_progress", "content": []}),
            event("response.output_text.delta", delta="It is sk", **at),
            event("response.output_text.delta", delta="-12.", **at),
            event("response.output_text.done", text="It is sk-12.", **at),
            event("response.output_item.done", output_index=0, item=item),
            event("response.completed", response=whole),
        ]
    )


def test_nothing_that_is_folded_behind_it_has_what_was_removed() -> None:
    decoder = wire.decoder("openai.responses")
    chunks = [*decoder.feed(responses_events()), *decoder.finish()]
    assert "sk-12" in json.dumps(chunks[-1].raw)
    (response,) = list(sk.flow(rx.of(*chunks)).pipe(ops.redact(KEY, "…"), ops.to_response()))
    assert (response.content, response.state) == ("It is ….", "complete")
    assert "sk-" not in str(response.response) + json.dumps(response.message_param) + response.model_dump_json()
    events = list(sk.flow(rx.of(*chunks)).pipe(ops.redact(KEY, "…"), ops.events()))
    assert "sk-" not in repr(events)


async def test_the_log_and_the_response_of_the_stream_stay_the_providers() -> None:
    stream = Script(chat_events("It is sk", "-12.")).stream()
    text = await stream.pipe(ops.redact(KEY, "…"), ops.text(), ops.join())
    assert (text, stream.response.content) == ("It is ….", "It is sk-12.")


async def test_probabilities_and_usage_of_a_changed_chunk() -> None:
    logprobs: dict[str, Any] = {"content": [{"token": "sk-1", "logprob": -0.5, "top_logprobs": []}]}
    events = [chat_event({"content": "sk-1"}), chat_event({"content": " "}, finish="stop")]
    payload = json.loads(events[0].removeprefix(b"data: "))
    payload["choices"][0]["logprobs"] = logprobs
    first = b"data: " + json.dumps(payload).encode() + b"\n\n"
    stream = Script([first, events[1], b"data: [DONE]\n\n"]).stream()
    response = await stream.pipe(ops.redact(KEY, "…"), ops.to_response())
    assert (response.content, response.logprobs) == ("… ", [])
