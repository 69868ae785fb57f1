"""Whatever comes of Gemini, Ollama and Cohere's older chat: no decoder raises, and no short way is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from streamkit import codec
from streamkit.testing import gemini_array, gemini_event, ollama_line
from streamkit.wire.lenient_json import as_dict, as_list
from tests.wire.outcome import outcome
from tests.wire.short_way import assert_same
from tests.wire.test_cohere_v1 import END as COHERE_END
from tests.wire.test_cohere_v1 import part, text, whole
from tests.wire.test_gemini_calls import BEGIN, DONE, call, value

TEXTS = st.sampled_from(["", "a", "b", '"', "\\", '"}', '"}]', "}", '","text":"', '{"text":', "\n", "Ü", "🪐", " }"])
ANY = TEXTS | st.text(max_size=3)
PATHS = st.sampled_from(["$.a", "$.b", "$.a.b", "$[0]", "$", ""])
FINISH = st.sampled_from([None, None, None, "STOP", "MAX_TOKENS", ""])


def gemini_part(kind: str, content: str, path: str) -> dict[str, Any]:
    return {
        "text": {"text": content},
        "thought": {"text": content, "thought": True},
        "signed": {"text": content, "thoughtSignature": content},
        "call": call("f", args={"n": content}),
        "begin": BEGIN,
        "fragment": value(path, stringValue=content),
        "number": value(path, numberValue=1),
        "done": DONE,
        "blob": {"inlineData": {"mimeType": "image/png", "data": content}},
    }[kind]


KINDS = st.sampled_from(["text", "text", "thought", "signed", "call", "begin", "fragment", "number", "done", "blob"])
PARTS = st.lists(st.builds(gemini_part, KINDS, ANY, PATHS), max_size=2)


@st.composite
def gemini(draw: st.DrawFn) -> list[bytes]:
    found: list[bytes] = []
    for _ in range(draw(st.integers(0, 6))):
        parts, finish, index = draw(PARTS), draw(FINISH), draw(st.sampled_from([0, 0, 0, 1]))
        found += [gemini_event(*parts, finish=finish, index=index)] * draw(st.integers(1, 3))
    return found


def chat_lines(content: str, thinking: str, done: bool) -> list[bytes]:
    return [ollama_line({"content": content, "thinking": thinking}, done=done)]


OLLAMA = st.lists(
    st.one_of(
        st.tuples(ANY, st.just(""), st.just(False)).map(lambda each: chat_lines(*each) * 2),
        st.builds(chat_lines, ANY, TEXTS, st.booleans()),
        ANY.map(
            lambda content: [
                ollama_line({"tool_calls": [{"function": {"name": content, "arguments": {"n": content}}}]})
            ]
        ),
    ),
    max_size=6,
).map(lambda groups: list(chain.from_iterable(groups)))


def called(content: str, at: int) -> list[bytes]:
    return [part(index=at, name="f"), *[part(index=at, parameters=content)] * 2]


COHERE = st.lists(
    st.one_of(
        ANY.map(lambda content: [text(content)] * 3),
        ANY.map(lambda content: [part(content)] * 3),
        st.builds(called, ANY, st.integers(0, 1)),
        st.sampled_from([[whole(("f", {"n": 1}))], [COHERE_END]]),
    ),
    max_size=6,
).map(lambda groups: list(chain.from_iterable(groups)))
STREAMS = (
    st.tuples(st.just("gemini.generate_content"), gemini())
    | st.tuples(st.just("ollama.chat"), OLLAMA)
    | st.tuples(st.just("cohere.v1.chat"), COHERE)
)


@given(STREAMS)
def test_with_and_without_the_template_the_chunks_are_the_same(stream: tuple[str, list[bytes]]) -> None:
    api, events = stream
    assert_same(events, api=api)


@given(STREAMS, st.data())
def test_an_event_that_was_damaged_is_the_same(stream: tuple[str, list[bytes]], draw: st.DataObject) -> None:
    """Leave out, double or change a few bytes in the midst of one event."""
    api, events = stream
    at = draw.draw(st.integers(0, max(len(events) - 1, 0)))
    for event in events[at : at + 1]:
        begin, end = sorted(draw.draw(st.tuples(*[st.integers(8, len(event) - 5)] * 2)))
        damage = draw.draw(st.sampled_from([b"", b'"', b"\\", b"\xff", b"}", b" ", event[begin:end] * 2]))
        assert_same([*events[:at], event, event[:begin] + damage + event[end:], event], api=api)


@given(STREAMS, st.lists(st.integers(0, 3000), max_size=20))
def test_any_split_of_the_bytes_gives_the_same(stream: tuple[str, list[bytes]], cuts: list[int]) -> None:
    api, body = stream[0], b"".join(stream[1])
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    fragments = [body[start:stop] for start, stop in pairwise(edges)]
    assert outcome(fragments, api=api).seen == outcome([body], api=api).seen


@given(gemini())
def test_an_array_says_the_same_as_the_events(events: list[bytes]) -> None:
    as_events, as_array = (outcome(body, api="gemini.generate_content") for body in (events, gemini_array(*events)))
    assert as_array.response == as_events.response
    assert type(as_array.error) is type(as_events.error)


NAMES = ["text", "parts", "args", "name", "partialArgs", "jsonPath", "index", "error", "done", "message", "parameters"]
LEAVES = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([1.5, float("inf"), "", "{}", "\ud83d", 2**70])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
)


def slots(found: Any) -> Iterator[tuple[Any, Any]]:
    """List every object or array within JSON, with each of its keys or numbers."""
    for key in [*as_dict(found)] or range(len(as_list(found))):
        yield found, key
        yield from slots(found[key])


@st.composite
def odd_streams(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """Replace a few fields, anywhere, by anything."""
    api, written = draw(STREAMS)
    events = [json.loads(event.removeprefix(b"data: ")) for event in written]
    for _ in range(draw(st.integers(1, 3)) if events else 0):
        holder, key = draw(st.sampled_from([slot for event in events for slot in slots(event)]))
        holder[key] = draw(VALUES)
    return api, events


@given(odd_streams())
@example(("gemini.generate_content", [{"candidates": [{"index": 2**70, "content": {"parts": {"text": 1}}}]}]))
@example(("gemini.generate_content", [{"usageMetadata": {"promptTokenCount": float("inf")}, "candidates": "x"}]))
@example(
    (
        "gemini.generate_content",
        [{"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": 5}}]}}]}],
    )
)
@example(("gemini.generate_content", [{"error": {"details": [{"retryDelay": 5}, 6]}}]))
@example(("ollama.chat", [{"message": {"tool_calls": [{"function": "f"}, 3]}, "done": True, "eval_count": {}}]))
@example(("cohere.v1.chat", [{"event_type": "tool-calls-chunk", "tool_call_delta": {"index": 2**70, "name": ["f"]}}]))
def test_odd_types_in_any_field_never_raise_and_are_never_passed_on(stream: tuple[str, list[Any]]) -> None:
    result = outcome([b"data: " + json.dumps(event).encode() + b"\n\n" for event in stream[1]], api=stream[0])
    for found in (result.response, *result.chunks):
        assert codec.encode(codec.decode(codec.encode(found))) == codec.encode(found)
