"""The short way through an event gives the very chunk that a full parse gives."""

from __future__ import annotations

import json
from typing import Any, cast

from hypothesis import example, given
from hypothesis import strategies as st

from streamkit.chunk import Chunk
from streamkit.testing import chat_event
from streamkit.wire.fast_path import Template
from streamkit.wire.openai_chat.decoder import ChatDecoder
from tests.wire.outcome import data
from tests.wire.short_way import assert_same, parses

TEXTS = st.sampled_from(
    ["", "a", "b", '"', "\\", '\\"', '","content":"', '{"delta":', "\n", "Ü", "🪐", "stop", "obfuscation", "m1"]
)
ANY = TEXTS | st.text(max_size=4)
PADDING = st.sampled_from(
    [{}, {"obfuscation": ""}, {"obfuscation": "aB3"}, {"obfuscation": "x" * 20}, {"obfuscation": '"}'}]
)


@st.composite
def deltas(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["content", "content", "thinking", "both", "call", "fragment", "unnumbered", "other"]))
    text = draw(ANY)
    if kind == "call":
        call_id, name = draw(st.sampled_from(["c1", "c2", ""])), draw(st.sampled_from(["f", "g", ""]))
        return {"tool_calls": [{"index": 0, "id": call_id, "function": {"name": name, "arguments": text}}]}
    if kind in ("fragment", "unnumbered"):
        index = {"index": draw(st.integers(0, 1))} if kind == "fragment" else {}
        return {"tool_calls": [{**index, "function": {"arguments": text}}]}
    return {
        "content": {"content": text},
        "thinking": {"content": None, draw(st.sampled_from(["reasoning", "reasoning_content"])): text},
        "both": {"content": draw(ANY), "reasoning": text, "reasoning_content": draw(ANY)},
        "other": {"content": text, "refusal": draw(ANY), "tool_calls": [{"index": 0, "function": {"arguments": ""}}]},
    }[kind]


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    shared = draw(
        st.sampled_from([{}, {"id": "a"}, {"message": {"content": "a"}}, {"usage": None}, {"note": "content"}])
    )
    found: list[bytes] = []
    for _ in range(draw(st.integers(1, 12))):
        event: dict[str, Any] = {**shared, "model": draw(st.sampled_from(["m1", "m1", "m1", "m2"]))}
        delta = draw(deltas())
        reason = draw(st.sampled_from([None] * 8 + ["", "stop"]))
        event["choices"] = [{"index": draw(st.sampled_from([0, 0, 0, 0, 1])), "delta": delta, "finish_reason": reason}]
        event |= draw(PADDING)
        found += [data(json.dumps(event, separators=separators, ensure_ascii=draw(st.booleans())))] * draw(
            st.integers(1, 2)
        )
    return found


@given(streams())
@example([data({"choices": [{"delta": {"reasoning_content": text, "reasoning": "a"}}]}) for text in ("a", "", "b")])
@example([data({"choices": [{"delta": {"content": text, "tool_calls": [{"index": 0}]}}]}) for text in ("a", "b")])
@example([data(f'{{"message":{{"content":"a"}},"choices":[{{"delta":{{"content": "{x}"}}}}]}}') for x in "ab"])
@example([data({"message": {"content": x}, "choices": [{"delta": {"content": "a"}}]}) for x in "abc"])
def test_with_and_without_it_the_chunks_are_the_same(events: list[bytes]) -> None:
    assert_same(events)


@given(st.lists(ANY, min_size=3, max_size=9), PADDING, st.sampled_from(["content", "reasoning", "reasoning_content"]))
def test_a_stream_of_one_kind_is_the_same(texts: list[str], padding: dict[str, str], name: str) -> None:
    assert_same([chat_event({name: text}, **cast("dict[str, Any]", padding)) for text in texts])


@given(st.data())
def test_an_event_that_was_damaged_is_the_same(data: st.DataObject) -> None:
    """Leave out, double or change a few bytes in the midst of an event that would fit."""
    event = chat_event({"content": "Io"}, obfuscation="aB3")
    start, stop = sorted(data.draw(st.tuples(*[st.integers(6, len(event) - 2)] * 2)))
    damage = data.draw(st.sampled_from([b"", b'"', b"\\", b"\xff", b"}", event[start:stop] * 2]))
    assert_same([event, event, event[:start] + damage + event[stop:], event])


def test_most_events_of_a_stream_take_the_short_way() -> None:
    for delta in ({"content": "x"}, {"reasoning": "x"}, {"tool_calls": [{"index": 0, "function": {"arguments": "x"}}]}):
        assert list(parses([chat_event(delta, obfuscation="ab" * n) for n in range(9)])) == [1, 1] + [0] * 7


def test_it_gives_up_after_three_events_in_a_row_that_did_not_fit() -> None:
    changing = [chat_event({"content": "x"}, created=n) for n in range(9)]
    decoder = Template(ChatDecoder.strings)
    for event in changing:
        decoder.learn(event[6:-2], Chunk(content="x"))
    assert decoder.misses == 3
    same = [chat_event({"content": "x"})] * 3
    assert list(parses([*changing[:2], *same * 2, *changing[2:4], *same])) == [1, 1, 1, *[0] * 5, 1, 1, 1, 0, 0]
    assert list(parses([*changing[:4], *same])) == [1] * 7


def test_it_forgets_when_the_answer_ends() -> None:
    text = chat_event({"content": "x"})
    assert list(parses([text, text, text, chat_event({}, finish="stop"), text, text])) == [1, 1, 0, 1, 1, 1]
