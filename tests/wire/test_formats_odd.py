"""Whatever events of Anthropic and Cohere come: no decoder raises, and no short way is seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from streamkit import codec
from streamkit.wire.lenient_json import as_dict, as_list
from tests.wire import formats
from tests.wire.formats import PING, STOP
from tests.wire.outcome import data, outcome
from tests.wire.short_way import assert_same

TEXTS = st.sampled_from(["", "a", "b", '"', "\\", '"}', '"}}', "}", '","text":"', '{"type":', "\n", "Ü", "🪐", " }"])
ANY = TEXTS | st.text(max_size=3)


def several(make: Callable[..., bytes], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[list[bytes]]:
    """Write up to three events in a row that differ in their texts only."""
    return st.tuples(*arguments).flatmap(
        lambda fixed: st.lists(ANY, min_size=1, max_size=3).map(lambda texts: [make(*fixed, text) for text in texts])
    )


def thought(index: int, text: str) -> bytes:
    return formats.delta(index, "thinking_delta", thinking=text)


def planned(text: str) -> bytes:
    return formats.part("tool-plan-delta", None, tool_plan=text)


def text_block(index: int, text: str) -> bytes:
    return formats.says(text, index)


USED = {"tokens": {"input_tokens": 7.0, "output_tokens": 2.0}}
SOURCE = {"cited_text": "Io"}
NUMBERS = st.integers(0, 2)
ANTHROPIC = st.lists(
    st.one_of(
        several(formats.text, NUMBERS),
        several(formats.arguments, NUMBERS),
        several(thought, NUMBERS),
        st.builds(formats.start, NUMBERS, st.sampled_from(["text", "tool_use", "server_tool_use"])).map(lambda x: [x]),
        NUMBERS.map(lambda number: [formats.stop(number)]),
        NUMBERS.map(lambda number: [formats.delta(number, "citations_delta", citation=SOURCE)]),
        st.sampled_from([[PING], [formats.end()], [STOP], [formats.begin(output_tokens=1)]]),
    ),
    max_size=10,
).map(lambda groups: [formats.start(0), *chain.from_iterable(groups)])
COHERE = st.lists(
    st.one_of(
        several(text_block, NUMBERS),
        several(formats.call, NUMBERS),
        several(planned),
        st.builds(formats.begin_call, NUMBERS, st.sampled_from(["a", "b"])).map(lambda event: [event]),
        NUMBERS.map(lambda number: [formats.event("tool-call-end", index=number)]),
        st.sampled_from([[formats.part("citation-start", citations=SOURCE)], [formats.message_end(usage=USED)]]),
    ),
    max_size=10,
).map(lambda groups: list(chain.from_iterable(groups)))
STREAMS = st.tuples(st.just("anthropic.messages"), ANTHROPIC) | st.tuples(st.just("cohere.v2.chat"), COHERE)


@given(STREAMS, st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_with_and_without_the_template_the_chunks_are_the_same(stream: tuple[str, list[bytes]], pad: list[int]) -> None:
    api, events = stream
    spaces = [b" " * pad[at % len(pad)] for at in range(len(events))]
    assert_same([event[:-3] + space + event[-3:] for event, space in zip(events, spaces, strict=True)], api=api)


@given(STREAMS, st.data())
def test_an_event_that_was_damaged_is_the_same(stream: tuple[str, list[bytes]], draw: st.DataObject) -> None:
    """Leave out, double or change a few bytes in the midst of one event."""
    api, events = stream
    at = draw.draw(st.integers(0, max(len(events) - 1, 0)))
    for event in events[at : at + 1]:
        begin, end = sorted(draw.draw(st.tuples(*[st.integers(30, len(event) - 2)] * 2)))
        damage = draw.draw(st.sampled_from([b"", b'"', b"\\", b"\xff", b"}", b" ", event[begin:end] * 2]))
        assert_same([*events[:at], event, event[:begin] + damage + event[end:], event], api=api)


@given(STREAMS, st.lists(st.integers(0, 3000), max_size=20))
def test_any_split_of_the_bytes_gives_the_same(stream: tuple[str, list[bytes]], cuts: list[int]) -> None:
    api, body = stream[0], b"".join(stream[1])
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    fragments = [body[start:stop] for start, stop in pairwise(edges)]
    assert outcome(fragments, api=api).seen == outcome([body], api=api).seen


NAMES = ["type", "index", "text", "thinking", "id", "input", "arguments", "partial_json", "error", "input_tokens"]
LEAVES = st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([1.5, float("inf"), "", "{}", "\ud83d"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
)


def slots(value: Any) -> Iterator[tuple[Any, Any]]:
    """List every object or array within JSON, with each of its keys or numbers."""
    for key in [*as_dict(value)] or range(len(as_list(value))):
        yield value, key
        yield from slots(value[key])


@st.composite
def odd_streams(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """Replace a few fields, anywhere, by anything."""
    api, written = draw(STREAMS)
    events = [json.loads(event.partition(b"data: ")[2]) for event in written]
    for _ in range(draw(st.integers(1, 3)) if events else 0):
        holder, key = draw(st.sampled_from([slot for event in events for slot in slots(event)]))
        holder[key] = draw(VALUES)
    return api, events


@given(odd_streams())
@example(("anthropic.messages", [{"type": "content_block_start", "index": 2**70, "content_block": {"type": ["text"]}}]))
@example(("anthropic.messages", [{"type": "message_delta", "usage": {"input_tokens": float("inf")}, "delta": "x"}]))
@example(("cohere.v2.chat", [{"type": "tool-call-start", "delta": {"message": {"tool_calls": {"function": "f"}}}}]))
def test_odd_types_in_any_field_never_raise_and_are_never_passed_on(stream: tuple[str, list[Any]]) -> None:
    result = outcome(map(data, stream[1]), api=stream[0])
    for value in (result.response, *result.chunks):
        assert codec.encode(codec.decode(codec.encode(value))) == codec.encode(value)
