"""ConverseStream: blocks without a start event, tools, and usage that comes after the stop reason."""

from __future__ import annotations

import base64
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit import wire
from streamkit.errors import TruncatedError
from streamkit.testing import aws_frame, bedrock_events, rechunk
from tests.wire.converse import API, BEGIN, META, TEXT, arguments, call, delta, end, read, start, stop
from tests.wire.outcome import Outcome, outcome


def tools(result: Outcome) -> list[tuple[str | None, str, Any, bool]]:
    return [(each.id, each.name, each.arguments, each.complete) for each in result.response.tool_calls]


def test_an_answer_with_its_end_is_complete_with_its_usage() -> None:
    result = read(*TEXT)
    assert (result.response.content, result.error, result.notes) == ("Io", None, [])
    usage = result.response.usage
    assert usage is not None and (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (7, 2, 9)
    assert result.response.finish_reasons == ["end_turn"]


def test_cut_after_any_frame_it_is_an_error_with_what_came() -> None:
    for count in range(len(TEXT) - 2):
        for last in (b"", TEXT[count][:-3]):
            with pytest.raises(TruncatedError) as caught:
                wire.decoder(API).reduce(b"".join([*TEXT[:count], last]))
            assert caught.value.partial is not None and "Io".startswith(caught.value.partial.content)


def test_metadata_alone_proves_nothing_and_its_loss_is_only_noted() -> None:
    assert isinstance(read(*TEXT[:-2], META).error, TruncatedError)
    assert read(*TEXT[:-1]).error is None and read(*TEXT[:-1]).notes == ["sentinel_missing"]


def test_thinking_comes_with_its_signature_and_what_only_the_provider_can_read() -> None:
    result = read(
        BEGIN,
        delta(0, reasoningContent={"text": "Let "}),
        delta(0, reasoningContent={"text": "me"}),
        delta(0, reasoningContent={"signature": "sig"}),
        stop(0),
        delta(1, reasoningContent={"redactedContent": "c2VjcmV0"}),
        stop(1),
        delta(2, text="Io"),
        stop(2),
        end(),
        META,
    )
    response = result.response
    assert (response.thinking, response.signature, response.redacted_thinking) == ("Let me", "sig", ("c2VjcmV0",))
    assert (response.content, [chunk.block for chunk in result.chunks if chunk.content]) == ("Io", [2])


def test_tools_in_a_row_and_in_turns_are_kept_apart() -> None:
    first, second = (
        [call(1, "a"), arguments(1, '{"n":'), arguments(1, "1}"), stop(1)],
        [
            call(2, "b"),
            arguments(2, '{"n":'),
            arguments(2, "2}"),
            stop(2),
        ],
    )
    turns = [event for pair in zip(first, second, strict=True) for event in pair]
    for order in ([*first, *second], turns):
        result = read(BEGIN, delta(0, text="Io"), stop(0), *order, end("tool_use"), META)
        assert tools(result) == [("a", "look_up", {"n": 1}, True), ("b", "look_up", {"n": 2}, True)]
        assert result.error is None


def test_a_tool_without_arguments_is_whole_once_more_has_come() -> None:
    result = read(BEGIN, call(0, "a"), stop(0), call(1, "b"), arguments(1, ""), stop(1), end("tool_use"), META)
    assert tools(result) == [("a", "look_up", {}, True), ("b", "look_up", {}, True)]
    cut = read(BEGIN, call(0, "a"), stop(0), call(1, "b"), stop(1))
    assert tools(cut) == [("a", "look_up", {}, True), ("b", "look_up", None, False)]
    limited = read(BEGIN, call(0, "a"), stop(0), end("max_tokens"), META)
    assert tools(limited) == [("a", "look_up", None, False)]


def test_the_servers_own_tools_are_no_calls_of_the_client() -> None:
    result = read(
        BEGIN,
        call(0, "s", "nova_code_interpreter", type="server_tool_use"),
        arguments(0, '{"snippet":"1+1"}'),
        stop(0),
        start(1, toolResult={"toolUseId": "s", "status": "success"}),
        delta(1, toolResult=[{"json": {"stdOut": "2"}}]),
        stop(1),
        call(2, "c", "final", type="tool_use"),
        arguments(2, "{}"),
        stop(2),
        end("tool_use"),
        META,
    )
    assert tools(result) == [("c", "final", {}, True)]
    assert result.chunks[2].raw["contentBlockDelta"]["delta"] == {"toolUse": {"input": '{"snippet":"1+1"}'}}


def test_citations_and_images_are_collected() -> None:
    data = base64.b64encode(b"GIF89a").decode()
    result = read(
        BEGIN,
        delta(0, citation={"title": "facts"}),
        delta(0, text="Io"),
        stop(0),
        start(1, image={"format": "gif"}),
        delta(1, image={"source": {"bytes": data[:4]}}),
        delta(1, image={"source": {"bytes": data[4:]}}),
        stop(1),
        delta(2, image={"source": {"s3Location": {"uri": "s3://bucket/moon.png"}}}),
        stop(2),
        end(),
        META,
    )
    assert result.response.citations == ({"title": "facts"},)
    pictures = [(each.data, each.media_type, each.url) for each in result.response.images]
    assert pictures == [(b"GIF89a", "image/gif", None), (b"", "image/png", "s3://bucket/moon.png")]


@pytest.mark.parametrize(
    ("reason", "common"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("tool_use", "tool_calls"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("model_context_window_exceeded", "length"),
    ],
)
def test_the_stop_reason_is_kept_in_its_own_words_and_in_common_ones(reason: str, common: str) -> None:
    response = read(BEGIN, delta(0, text="Io"), stop(0), end(reason), META).response
    assert (response.finish_reasons, response.common_finish_reasons) == ([reason], [common])


def test_cached_tokens_and_the_routed_model_are_read() -> None:
    meta = {
        "usage": {"inputTokens": 7, "outputTokens": 2, "cacheReadInputTokens": 5},
        "trace": {"promptRouter": {"invokedModelId": "nova"}},
    }
    response = read(*TEXT[:-1], aws_frame("metadata", meta)).response
    assert (response.cached_tokens, response.model) == (5, "nova")


LONG = [
    BEGIN,
    *(delta(0, reasoningContent={"text": f"thought {n} "}) for n in range(6)),
    stop(0),
    *(
        aws_frame("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": f'"wörd" {n}'}, "p": "abcdef"[:n]})
        for n in range(6)
    ),
    stop(1),
    call(2, "a"),
    *(arguments(2, event) for event in ('{"moon":', ' "Eu', "ropa", '"}')),
    stop(2),
    end("tool_use"),
    META,
]


@given(st.lists(st.integers(0, 4000), max_size=20))
def test_any_split_of_the_bytes_gives_the_same(cuts: list[int]) -> None:
    body = b"".join(LONG)
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    whole = outcome([body], api=API)
    assert outcome([body[start:stop] for start, stop in pairwise(edges)], api=API).seen == whole.seen
    assert outcome(rechunk(body, size=1), api=API).seen == whole.seen
    assert whole.response.content == "".join(f'"wörd" {n}' for n in range(6))
    assert whole.response.tool_calls[0].arguments == {"moon": "Europa"}


def test_the_short_way_is_taken_past_the_padding() -> None:
    decoder = wire.open_decoder(API)
    chunks = [chunk for each in bedrock_events("one", "two", "three", "four") for chunk in decoder.feed(each)]
    assert [chunk.content for chunk in chunks if chunk.plain] == ["three", "four"]
