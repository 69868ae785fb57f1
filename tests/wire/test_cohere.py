"""Decoding of Cohere's events, and when the last one proves the end."""

from __future__ import annotations

from typing import Any

import pytest

from streamkit import wire
from streamkit.chunk import Usage
from streamkit.errors import MalformedError, ProviderError, TruncatedError
from streamkit.tool import ToolCall, ToolCalls
from tests.wire.formats import begin_call, call, event, message_end, part, says
from tests.wire.outcome import DONE, Outcome, data, outcome
from tests.wire.short_way import parses

API = "cohere.v2.chat"
BEGIN = event("message-start", id="c1", delta={"message": {"role": "assistant", "content": [], "tool_plan": ""}})
CALL_END = event("tool-call-end", index=0)


def read(*events: bytes) -> Outcome:
    return outcome(events, api=API)


def answer(*events: bytes, reason: str = "COMPLETE") -> Outcome:
    result = read(BEGIN, *events, message_end(reason), DONE)
    assert (result.error, result.notes, result.response.finish_reasons) == (None, [], [reason])
    return result


def calls(*events: bytes, reason: str = "TOOL_CALL") -> list[tuple[str | None, str, Any]]:
    found = answer(*events, reason=reason).response.tool_calls
    return [(call.id, call.name, call.arguments) for call in found if call.complete]


def test_the_first_event_names_the_answer_and_none_the_model() -> None:
    result = answer(says("Io"))
    assert (result.chunks[0].id, result.response.id, result.response.model) == ("c1", "c1", None)


def test_thinking_and_text_are_blocks_with_numbers() -> None:
    thinking = [part("content-delta", 0, content={"thinking": each}) for each in "hm"]
    result = answer(
        *(
            part("content-start", 0, content={"type": "thinking", "thinking": ""}),
            *thinking,
            event("content-end", index=0),
        ),
        *(part("content-start", 1, content={"type": "text", "text": "I"}), says("o", 1), event("content-end", index=1)),
    )
    assert (result.response.thinking, result.response.content) == ("hm", "Io")
    assert [chunk.block for chunk in result.chunks] == [None, 0, 0, 0, 0, 1, 1, 1, None]


def test_the_plan_stands_apart_from_the_text() -> None:
    result = answer(*(part("tool-plan-delta", None, tool_plan=each) for each in ("I will", " look.")))
    assert (result.response.tool_plan, result.response.content) == ("I will look.", "")
    assert [chunk.tool_plan for chunk in result.chunks[1:3]] == ["I will", " look."]


@pytest.mark.parametrize("many", [False, True])
def test_sources_come_one_by_one_or_in_a_list(many: bool) -> None:
    source: dict[str, Any] = {"start": 0, "end": 2, "text": "Io", "sources": []}
    citation = part("citation-start", 0, citations=[source, source] if many else source)
    result = answer(says("Io"), citation, event("citation-end", index=0))
    assert result.response.citations == ((source, source) if many else (source,))


def test_a_tool_call_is_closed_at_its_end() -> None:
    events = [begin_call(0, "t1"), *(call(0, each) for each in '{"x": 1}'), CALL_END]
    assert calls(*events) == [("t1", "look_up", {"x": 1})]
    for count in range(1, len(events)):
        assert handed_out(*events[:count]) == []
    assert handed_out(*events) == [ToolCall("t1", "look_up", 0, {"x": 1}, '{"x": 1}', complete=True)]


def handed_out(*events: bytes) -> list[ToolCall]:
    """Hand out the calls that are complete, although the answer is not."""
    found = ToolCalls()
    for chunk in read(BEGIN, *events).chunks:
        found.feed(chunk)
    return found.completed()


def test_calls_are_kept_apart_by_index_and_numbered_by_their_start() -> None:
    ends = [event("tool-call-end", index=at) for at in (5, 3)]
    turns = [begin_call(3, "a", "f"), begin_call(5, "b", "g"), call(3, '{"x":'), call(5, '{"y":'), call(3, "1}")]
    found = answer(*turns, call(5, "2}"), *ends, reason="TOOL_CALL").response.tool_calls
    assert [(each.index, each.id, each.name, each.arguments) for each in found] == [
        *((0, "a", "f", {"x": 1}), (1, "b", "g", {"y": 2}))
    ]


def test_another_id_at_the_same_index_is_another_call() -> None:
    one, other = [begin_call(0, "a"), call(0, "{}"), CALL_END], [begin_call(0, "b"), call(0, '{"x": 1}'), CALL_END]
    assert calls(*one, *other) == [("a", "look_up", {}), ("b", "look_up", {"x": 1})]


def test_events_without_an_index_are_about_the_last_call() -> None:
    def unnumbered(kind: str, **function: str) -> bytes:
        return part(kind, None, tool_calls={"id": "t1", "function": function})

    first = unnumbered("tool-call-start", name="look_up", arguments="{")
    assert calls(first, unnumbered("tool-call-delta", arguments="}"), event("tool-call-end")) == [("t1", "look_up", {})]


def test_a_call_may_come_in_a_list_of_one() -> None:
    function = {"name": "look_up", "arguments": '{"x": 1}'}
    assert calls(part("tool-call-start", 0, tool_calls=[{"id": "t1", "function": function}]), CALL_END) == [
        ("t1", "look_up", {"x": 1})
    ]


@pytest.mark.parametrize(("reason", "complete"), [("TOOL_CALL", True), ("COMPLETE", True), ("MAX_TOKENS", False)])
def test_no_arguments_at_all_are_an_empty_object_unless_they_were_cut(reason: str, complete: bool) -> None:
    assert calls(begin_call(0, "t1"), CALL_END, reason=reason) == [("t1", "look_up", {})] * complete
    assert calls(begin_call(0, "t1"), call(0, '{"x": '), CALL_END, reason=reason) == []


@pytest.mark.parametrize(
    "events",
    [
        [call(0, "{}")],
        [begin_call(0, "t1"), call(1, "{}")],
        [begin_call(0, "t1"), call(0, "{}"), CALL_END, call(0, "{}")],
        [begin_call(0, "t1"), begin_call(0, "t1")],
    ],
)
def test_deltas_of_a_call_that_is_not_open_are_malformed(events: list[bytes]) -> None:
    assert isinstance(read(BEGIN, *events, message_end()).error, MalformedError)


def test_tokens_are_those_used_and_not_those_billed() -> None:
    raw = {
        "billed_units": {"input_tokens": 1.0, "output_tokens": 2.0},
        "tokens": {"input_tokens": 506.0, "output_tokens": 20.0, "reasoning_tokens": 5.0},
        "cached_tokens": 480.0,
    }
    usage = read(BEGIN, message_end(usage=raw)).response.usage
    assert usage == Usage(input_tokens=506, output_tokens=20, cached_tokens=480, reasoning_tokens=5, raw=raw)
    assert usage is not None and isinstance(usage.input_tokens, int)
    billed = read(BEGIN, message_end(usage={"billed_units": {"input_tokens": 1}})).response.usage
    assert billed == Usage(raw={"billed_units": {"input_tokens": 1}})


@pytest.mark.parametrize("usage", [None, {}, [], "no", 3])
def test_usage_that_says_nothing_is_none(usage: object) -> None:
    result = read(BEGIN, message_end(usage=usage))
    assert (result.response.usage, result.error) == (None, None)


REASONS = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}


@pytest.mark.parametrize("reason", REASONS)
def test_any_other_reason_than_an_error_is_the_end_and_the_sentinel(reason: str) -> None:
    assert answer(says("Io"), reason=reason).response.common_finish_reasons == [REASONS[reason]]
    decoder = wire.open_decoder(API)
    decoder.feed(BEGIN + message_end(reason))
    assert (decoder.finish_seen, decoder.done) == (True, True)


@pytest.mark.parametrize("fields", [{"error": "no such tool", "error_type": "INVALID_TOOL_GENERATION"}, {}])
def test_the_reason_error_is_an_error_with_its_text(fields: dict[str, str]) -> None:
    result = read(BEGIN, says("Io"), message_end("ERROR", **fields, usage={}), DONE)
    assert isinstance(result.error, ProviderError)
    assert result.error.message == fields.get("error", "The provider ended the answer with an error.")
    assert (result.error.code, result.error.retryable) == (fields.get("error_type"), True)
    assert (result.response.content, result.response.finish_reasons) == ("Io", ["ERROR"])


@pytest.mark.parametrize("reason", [None, "", 0, ["COMPLETE"]])
def test_an_end_without_a_reason_is_none(reason: Any) -> None:
    result = read(BEGIN, says("Io"), message_end(reason), DONE)
    assert isinstance(result.error, TruncatedError)
    assert "message-end came without a finish reason" in str(result.error)


def test_what_follows_the_end_is_dropped_and_noted() -> None:
    result = read(BEGIN, says("I"), says("o"), message_end(), says("!"), message_end("ERROR"))
    assert (result.response.content, result.error, result.notes) == ("Io", None, ["after_sentinel_dropped"])


def test_content_and_the_reason_count_as_movement_and_nothing_else() -> None:
    decoder = wire.open_decoder(API)
    moving = [part("content-start"), says("I"), says("o"), says("!"), event("content-end", index=0), begin_call(0, "a")]
    moving += [part("tool-plan-delta", None, tool_plan="x"), part("citation-start", citations={}), message_end()]
    for each in [BEGIN, data({"type": "debug", "prompt": "x"}), *(x for one in moving for x in (one, b": \n\n"))]:
        decoder.saw_content = False
        decoder.feed(each)
        assert decoder.saw_content is (each in moving), each


def test_most_deltas_take_the_short_way() -> None:
    for event_in_call in (
        says("x"),
        part("content-delta", 0, content={"thinking": "x"}),
        part("tool-plan-delta", None, tool_plan="x"),
        call(0, "x"),
    ):
        assert list(parses([begin_call(0, "a"), *[event_in_call] * 5, CALL_END, *[says("y")] * 4], api=API)) == [
            *(1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0)
        ]
