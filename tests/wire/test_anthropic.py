"""Decoding of Anthropic's events: blocks in any order, usage, errors, and events that are no content."""

from __future__ import annotations

from typing import Any

import pytest

from streamkit import wire
from streamkit.chunk import Usage
from streamkit.errors import MalformedError, Overloaded, ProviderError, RateLimited, TruncatedError
from streamkit.tool import ToolCall, ToolCalls
from tests.wire.formats import PING, STOP, arguments, begin, delta, end, event, start, stop, text
from tests.wire.outcome import Outcome, outcome
from tests.wire.short_way import parses

API = "anthropic.messages"
TOOL = start(0, "tool_use", id="t1", name="look_up", input={})


def read(*events: bytes) -> Outcome:
    return outcome(events, api=API)


def answer(*events: bytes, reason: str = "end_turn") -> Outcome:
    result = read(begin(input_tokens=3, output_tokens=1), *events, end(reason, output_tokens=9), STOP)
    assert (result.error, result.response.finish_reasons) == (None, [reason])
    return result


def calls(*events: bytes, reason: str = "tool_use") -> list[tuple[str | None, str, Any]]:
    found = answer(*events, reason=reason).response.tool_calls
    return [(call.id, call.name, call.arguments) for call in found if call.complete]


def test_the_first_event_names_the_answer() -> None:
    chunk, *_ = read(begin(input_tokens=3)).chunks
    assert (chunk.id, chunk.model, chunk.provider, chunk.input_tokens) == ("msg_1", "claude-1", "anthropic", 3)


def test_interleaved_blocks_are_kept_apart_by_their_numbers() -> None:
    result = answer(
        *(start(0, "thinking", thinking="", signature=""), delta(0, "thinking_delta", thinking="h")),
        *(start(1, text=""), text(1, "I"), delta(0, "thinking_delta", thinking="m")),
        *(text(1, "o"), stop(0), text(1, "!"), stop(1), start(2, text="and"), stop(2)),
    )
    assert (result.response.thinking, result.response.content) == ("hm", "Io!and")
    assert [chunk.block for chunk in result.chunks] == [None, 0, 0, 1, 1, 0, 1, 0, 1, 1, 2, 2, None, None]
    assert [(chunk.block, chunk.content) for chunk in result.chunks if chunk.content] == [
        *((1, "I"), (1, "o"), (1, "!"), (2, "and"))
    ]


def test_thinking_comes_with_its_signature() -> None:
    thinking = [delta(0, "thinking_delta", thinking=each) for each in "hm"]
    result = answer(
        start(0, "thinking", thinking=""), *thinking, delta(0, "signature_delta", signature="c2ln"), stop(0)
    )
    assert (result.response.thinking, result.response.signature) == ("hm", "c2ln")
    empty = answer(start(0, "thinking", thinking="", signature=""), delta(0, "signature_delta", signature="x"), stop(0))
    assert (empty.response.thinking, empty.response.signature) == ("", "x")


def test_thinking_that_only_the_provider_can_read_is_kept_block_by_block() -> None:
    result = answer(*(start(at, "redacted_thinking", data=data) + stop(at) for at, data in enumerate(("AAA", "BBB"))))
    assert [(chunk.block, chunk.redacted_thinking) for chunk in result.chunks if chunk.redacted_thinking] == [
        *((0, "AAA"), (1, "BBB"))
    ]
    assert (result.response.redacted_thinking, result.response.thinking) == (("AAA", "BBB"), "")
    assert result.response.signature is None


def test_a_tool_call_is_assembled_from_deltas_and_complete_at_its_block_stop() -> None:
    events = [TOOL, arguments(0, ""), *(arguments(0, each) for each in '{"x": 1}'), stop(0)]
    assert calls(*events) == [("t1", "look_up", {"x": 1})]
    for count in range(1, len(events)):
        assert handed_out(*events[:count]) == []
    assert handed_out(*events) == [ToolCall("t1", "look_up", 0, {"x": 1}, '{"x": 1}', complete=True)]


def handed_out(*events: bytes) -> list[ToolCall]:
    """Hand out the calls that are complete, although the answer is not."""
    found = ToolCalls()
    for chunk in read(begin(), *events).chunks:
        found.feed(chunk)
    return found.completed()


@pytest.mark.parametrize("fragments", [[], [""], ["", ""]])
def test_no_arguments_at_all_are_an_empty_object(fragments: list[str]) -> None:
    assert calls(TOOL, *(arguments(0, fragment) for fragment in fragments), stop(0)) == [("t1", "look_up", {})]
    more = start(1, "tool_use", id="t2", name="look_up", input={})
    assert handed_out(TOOL, stop(0), more) == [ToolCall("t1", "look_up", 0, {}, "", complete=True)]


def test_a_block_that_stops_without_arguments_is_no_call_if_the_answer_was_cut_there() -> None:
    assert handed_out(TOOL, stop(0), start(1)) == []
    assert calls(TOOL, arguments(0, ""), stop(0), reason="max_tokens") == []


def test_arguments_may_come_whole_with_the_start() -> None:
    whole = start(0, "tool_use", id="t1", name="look_up", input={"x": 1})
    assert calls(whole, stop(0)) == [("t1", "look_up", {"x": 1})]
    assert calls(whole, arguments(0, '{"x": 2}'), stop(0)) == [("t1", "look_up", {"x": 2})]


def test_interleaved_parallel_calls_are_numbered_by_their_start() -> None:
    result = answer(
        *(start(0, text=""), text(0, "Io"), stop(0)),
        *(start(1, "tool_use", id="a", name="f", input={}), start(2, "tool_use", id="b", name="g", input={})),
        *(arguments(1, '{"x":'), arguments(2, '{"y":'), arguments(1, "1}"), arguments(2, "2}"), stop(2), stop(1)),
        *(start(3, "tool_use", id="c", name="h"), stop(3)),
        reason="tool_use",
    )
    assert [(call.index, call.id, call.name, call.arguments) for call in result.response.tool_calls] == [
        *((0, "a", "f", {"x": 1}), (1, "b", "g", {"y": 2}), (2, "c", "h", {}))
    ]


@pytest.mark.parametrize("text", ["", "{", '{"x": 1', '{"x": [1, '])
def test_a_call_that_the_limit_cuts_is_never_complete(text: str) -> None:
    """Not even one without a character: its arguments may have been about to come."""
    assert calls(TOOL, arguments(0, text), stop(0), reason="max_tokens") == []
    assert handed_out(TOOL, arguments(0, text), stop(0)) == []


@pytest.mark.parametrize(
    "kind", ["server_tool_use", "mcp_tool_use", "web_search_tool_result", "compaction", "brand_new"]
)
def test_blocks_of_the_server_are_no_calls_and_no_text(kind: str) -> None:
    block = start(0, kind, id="s1", name="web_search", input={}, content=[{"type": "text", "text": "page"}])
    within = [] if kind == "brand_new" else [arguments(0, '{"query": "Io"}'), text(0, "page")]
    result = answer(block, *within, stop(0), start(1, text=""), text(1, "Io"), stop(1))
    assert (result.response.content, result.response.tool_calls) == ("Io", ())
    assert result.chunks[1].raw["content_block"]["name"] == "web_search"


def test_sources_are_kept_as_they_came() -> None:
    source = {"type": "char_location", "cited_text": "Io"}
    result = answer(
        start(0, text="", citations=[]), text(0, "Io"), delta(0, "citations_delta", citation=source), stop(0)
    )
    assert (result.response.citations, result.chunks[3].block) == ((source,), 0)
    assert answer(start(0, text="Io", citations=[source]), stop(0)).response.citations == (source,)


def test_later_usage_figures_replace_earlier_ones() -> None:
    first = begin(input_tokens=7, output_tokens=1, cache_read_input_tokens=5, cache_creation_input_tokens=2)
    result = read(first, end(output_tokens=9), STOP)
    raw = {"input_tokens": 7, "output_tokens": 9, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 2}
    usage = Usage(input_tokens=7, output_tokens=9, cached_tokens=5, raw=raw, cache_write_tokens=2)
    assert result.response.usage == usage
    assert [chunk.output_tokens for chunk in result.chunks] == [1, 9, None]
    later = read(first, end(None, input_tokens=8, output_tokens=3), end(input_tokens=70, output_tokens=9), STOP)
    assert (later.response.input_tokens, later.response.output_tokens) == (70, 9)
    kept = read(first, end(input_tokens=None, output_tokens=9), STOP)
    assert (kept.response.input_tokens, kept.response.cached_tokens) == (7, 5)


def test_thinking_tokens_stand_apart() -> None:
    figures: dict[str, Any] = {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 6}}
    usage = read(begin(input_tokens=3), end("end_turn", **figures)).response.usage
    assert usage is not None and (usage.output_tokens, usage.reasoning_tokens) == (9, 6)


@pytest.mark.parametrize("usage", [None, {}, [], "no", {"input_tokens": "many"}, {"service_tier": "standard"}])
def test_usage_that_says_nothing_is_none(usage: object) -> None:
    result = read(event("message_start", message={"usage": usage}), end(), STOP)
    assert (result.response.usage, result.error) == (None, None)


REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


@pytest.mark.parametrize("reason", REASONS)
def test_any_stop_reason_is_the_end(reason: str) -> None:
    assert answer(start(0), text(0, "Io"), stop(0), reason=reason).response.common_finish_reasons == [REASONS[reason]]
    assert read(begin(), end(reason)).notes == ["sentinel_missing"]


@pytest.mark.parametrize("reason", [None, "", 0, True, ["end_turn"], {"type": "end_turn"}])
def test_what_is_no_text_is_no_reason(reason: Any) -> None:
    result = read(begin(), start(0, text="Io"), stop(0), end(reason, output_tokens=2), STOP)
    assert isinstance(result.error, TruncatedError)
    assert "message_stop came without a stop reason" in str(result.error)
    assert result.response.output_tokens == 2


def test_content_after_the_reason_is_dropped_and_noted_once() -> None:
    block = [start(0, text=""), text(0, "I"), text(0, "o")]
    late = [text(0, "!"), stop(0), start(1, "tool_use", id="t1", name="f"), arguments(1, "{}"), start(0, text="again")]
    result = read(begin(), *block, end(), *late, STOP)
    assert (result.response.content, result.response.tool_calls, result.error) == ("Io", (), None)
    assert result.notes == ["content_after_end_dropped"]


@pytest.mark.parametrize(
    ("kind", "cls"),
    [("overloaded_error", Overloaded), ("rate_limit_error", RateLimited), ("api_error", ProviderError)],
)
def test_an_error_event_is_an_error_even_after_the_reason(kind: str, cls: type[ProviderError]) -> None:
    failure = event("error", error={"type": kind, "message": "late", "details": None}, request_id="req_1")
    for before in ([], [end()]):
        error = read(begin(), start(0, text="Io"), *before, failure, STOP).error
        assert error is not None and type(error) is cls
        assert (error.message, error.request_id, error.retryable) == ("late", "req_1", True)
    assert read(begin(), end(), STOP, failure).notes == ["after_sentinel_dropped"]


def test_only_blocks_and_the_reason_count_as_movement() -> None:
    decoder = wire.open_decoder(API)
    quiet = [begin(), PING, b": keep-alive\n\n", end(None, output_tokens=1), event("brand_new")]
    moving = [start(0), text(0, "I"), text(0, "o"), text(0, "!"), stop(0), start(1, "compaction"), stop(1), end()]
    for each in [begin(), PING, *(x for one in moving for x in (one, PING, b": \n\n"))]:
        decoder.saw_content = False
        decoder.feed(each)
        assert decoder.saw_content is (each in moving), each
    for each in quiet:
        decoder = wire.open_decoder(API)
        decoder.feed(each)
        assert not decoder.saw_content


def test_a_ping_is_no_chunk() -> None:
    assert [chunk.raw["type"] for chunk in read(PING, begin(), PING, end(), STOP).chunks] == [
        *("message_start", "message_delta", "message_stop")
    ]


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([start(0), start(0)], "block 0 starts after block 0"),
        ([start(0), stop(0), start(0)], "block 0 starts after block 0"),
        ([start(0), start(1), start(0)], "block 0 starts after block 1"),
        ([start(1), start(0)], "block 0 starts after block 1"),
        ([start(0), stop(0), stop(0)], "block 0 goes on after its stop"),
        ([start(0), text(0, "Io"), text(0, "Io"), stop(0), text(0, "Io")], "block 0 goes on after its stop"),
        ([TOOL, arguments(0, "{}"), stop(0), arguments(0, "{}")], "block 0 goes on after its stop"),
        ([start(0), arguments(0, "{}")], "no tool call"),
        ([arguments(0, "{}")], "no tool call"),
    ],
)
def test_numbers_that_cannot_be_are_malformed(events: list[bytes], why: str) -> None:
    """A block that comes twice or out of order is malformed: an event was doubled, lost or moved on the way."""
    error = read(begin(), *events, end(), STOP).error
    assert isinstance(error, MalformedError) and why in error.message


def test_text_of_a_block_that_was_not_announced_is_taken() -> None:
    result = answer(text(0, "I"), text(0, "o"), stop(0), start(1, text="!"), stop(1))
    assert (result.response.content, result.notes) == ("Io!", [])


def test_a_number_that_was_left_out_is_noted() -> None:
    assert answer(start(0), stop(0), start(2, text="Io"), stop(2)).notes == ["block_skipped"]


def test_an_event_without_a_number_is_about_the_last_block() -> None:
    unnumbered = event("content_block_delta", delta={"type": "text_delta", "text": "Io"})
    begun = event("content_block_start", content_block={"type": "text", "text": ""})
    result = answer(begun, unnumbered, unnumbered, event("content_block_stop"), begun, unnumbered, unnumbered)
    assert result.response.content == "Io" * 4
    assert [chunk.block for chunk in result.chunks[1:-2]] == [0, 0, 0, 0, 1, 1, 1]


def test_most_deltas_take_the_short_way_whatever_spaces_pad_them() -> None:
    def padded(event: bytes, spaces: int) -> bytes:
        return event[:-3] + b" " * spaces + event[-3:]

    for kind, field in [("text_delta", "text"), ("thinking_delta", "thinking"), ("input_json_delta", "partial_json")]:
        block = start(0, "tool_use", id="t1", name="f") if field == "partial_json" else start(0)
        deltas = [padded(delta(0, kind, **{field: "x"}), spaces) for spaces in (0, 3, 0, 1, 9)]
        assert list(parses([begin(), block, *deltas, stop(0), start(1)], api=API)) == [1, 1, 1, 1, 0, 0, 0, 1, 1]


def test_many_short_blocks_do_not_spoil_the_short_way() -> None:
    blocks = [x for at in range(5) for x in (start(at), text(at, "a"), stop(at))]
    assert list(parses([*blocks, start(5), *[text(5, "a")] * 3], api=API))[-4:] == [1, 1, 1, 0]
