"""Whatever events of Anthropic and Cohere come: no decoder raises, and no short way is seen."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamkit import codec
from tests.wire import formats
from tests.wire.formats import PING, STOP
from tests.wire.outcome import data, outcome
from tests.wire.short_way import assert_same

NAMES = [
    *("index", "delta", "message", "content", "content_block", "id", "model", "text", "thinking", "signature"),
    *("data", "partial_json", "citation", "citations", "input", "name", "usage", "input_tokens"),
    *("output_tokens", "cache_read_input_tokens", "output_tokens_details", "thinking_tokens", "stop_reason"),
    *("tool_calls", "tool_plan", "function", "arguments", "finish_reason", "tokens", "billed_units"),
    *("cached_tokens", "role", "request_id"),
]
TYPES = [
    *("message_start", "message_delta", "message_stop", "content_block_start", "content_block_delta"),
    *("content_block_stop", "ping", "error", "text_delta", "thinking_delta", "signature_delta"),
    *("input_json_delta", "citations_delta", "text", "thinking", "redacted_thinking", "tool_use"),
    *("message-start", "message-end", "content-start", "content-delta", "content-end", "tool-plan-delta"),
    *("tool-call-start", "tool-call-delta", "tool-call-end", "citation-start", "citation-end"),
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from([1.5, float("inf"), float("nan"), "", "a", "{}", "\ud83d", "ERROR"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
)
INDEXES = st.integers(0, 2) | VALUES
BLOCKS = st.fixed_dictionaries({"type": st.sampled_from(TYPES) | VALUES}, optional=dict.fromkeys(NAMES, VALUES))
MESSAGES = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES | BLOCKS))
DELTAS = st.fixed_dictionaries({"message": MESSAGES | VALUES}, optional=dict.fromkeys(NAMES, VALUES)) | BLOCKS
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | VALUES},
    optional={
        **dict.fromkeys(NAMES, VALUES),
        "index": INDEXES,
        "delta": DELTAS | VALUES,
        "content_block": BLOCKS | VALUES,
        "message": MESSAGES | VALUES,
    },
)


@pytest.mark.parametrize("api", ["anthropic.messages", "cohere.v2.chat"])
@given(events=st.lists(EVENTS, max_size=6))
@example(events=[{"type": "content_block_start", "index": 2**70, "content_block": {"type": ["tool_use"]}}])
@example(events=[{"type": "message_delta", "delta": {"stop_reason": "x"}, "usage": {"input_tokens": float("inf")}}])
@example(events=[{"type": "tool-call-start", "delta": {"message": {"tool_calls": {"id": 3, "function": "f"}}}}])
def test_odd_types_in_any_field_never_raise_and_are_never_passed_on(api: str, events: list[Any]) -> None:
    result = outcome(map(data, events), api=api)
    for value in (result.response, *result.chunks):
        assert codec.encode(codec.decode(codec.encode(value))) == codec.encode(value)


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


def told(index: int, text: str) -> bytes:
    return formats.says(text, index)


NUMBERS = st.integers(0, 2)
ANTHROPIC = st.lists(
    st.one_of(
        several(formats.text, NUMBERS),
        several(formats.arguments, NUMBERS),
        several(thought, NUMBERS),
        st.builds(formats.start, NUMBERS, st.sampled_from(["text", "tool_use", "server_tool_use"])).map(lambda x: [x]),
        NUMBERS.map(lambda number: [formats.stop(number)]),
        st.sampled_from([[PING], [formats.end()], [STOP], [formats.begin(output_tokens=1)]]),
    ),
    max_size=10,
).map(lambda groups: [formats.start(0), *chain.from_iterable(groups)])
COHERE = st.lists(
    st.one_of(
        several(told, NUMBERS),
        several(formats.call, NUMBERS),
        several(planned),
        st.builds(formats.begin_call, NUMBERS, st.sampled_from(["a", "b"])).map(lambda event: [event]),
        NUMBERS.map(lambda number: [formats.event("tool-call-end", index=number)]),
        st.sampled_from([[formats.message_end()]]),
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
    pieces = [body[start:stop] for start, stop in pairwise(edges)]
    assert outcome(pieces, api=api).seen == outcome([body], api=api).seen
