"""Where blocks start and end: texts, calls, media, several choices, finish reasons, errors."""

from __future__ import annotations

import pickle
from typing import Any, assert_never, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit import events
from streamkit import operators as ops
from streamkit.events import Event
from tests.events.reading import check_blocks, check_order, coalesced, derive, recut, refold, summary

USAGE = sk.Usage(input_tokens=7, output_tokens=3)


def kinds(found: list[Event]) -> list[str]:
    return [event.kind for event in found]


def call(arguments: str = "", index: int = 0, *, name: str | None = None, complete: bool = False) -> sk.Chunk:
    return sk.Chunk(tool_calls=(sk.ToolCallDelta(index, name and f"call_{index}", name, arguments, complete),))


def finish(*reasons: str) -> sk.Chunk:
    return sk.Chunk(finish_reasons=list(reasons))


def test_a_text_is_a_start_its_deltas_and_an_end() -> None:
    chunks = [sk.Chunk(content="Io", model="m", id="a", usage=USAGE), sk.Chunk(content="!"), finish("stop")]
    assert derive(chunks) == [
        events.TextStart(0, "0-0"),
        events.TextDelta(0, "0-0", "Io"),
        events.TextDelta(0, "0-0", "!"),
        events.TextEnd(0, "0-0"),
        events.UsageReport(USAGE, id="a"),
        events.Finish(0, "a", ["stop"], ["stop"], "m", USAGE),
    ]


def test_a_block_ends_where_another_starts() -> None:
    chunks = [sk.Chunk(thinking="?"), sk.Chunk(content="a"), sk.Chunk(thinking="!"), sk.Chunk(content="b")]
    found = derive(chunks)
    check_order(found)
    starts = [(event.kind, event.id) for event in found if isinstance(event, events.BlockStart)]
    assert starts == [
        ("thinking_start", "0-0"),
        ("text_start", "0-1"),
        ("thinking_start", "0-2"),
        ("text_start", "0-3"),
    ]


def test_the_providers_block_numbers_part_one_text_from_the_next() -> None:
    found = derive([sk.Chunk(content="a", block=0), sk.Chunk(content="b", block=0), sk.Chunk(content="c", block=2)])
    assert [(event.id, event.text) for event in found if isinstance(event, events.TextDelta)] == [
        *(("0-0", "a"), ("0-0", "b"), ("0-1", "c"))
    ]


def test_the_fields_of_one_chunk_come_in_a_fixed_order() -> None:
    chunk = sk.Chunk(
        content="Io",
        thinking="?",
        refusal="no",
        tool_plan="plan",
        audio=b"\1",
        citations=({"url": "u"},),
        images=(sk.Image(url="u"),),
        tool_calls=(sk.ToolCallDelta(0, "c", "orbit", "{}", complete=True),),
        finish_reasons=["stop"],
    )
    found = derive([chunk])
    assert [kind.removesuffix("_start") for kind in kinds(found) if kind.endswith("_start")] == [
        *("thinking", "tool_plan", "text", "refusal", "audio", "tool_input", "image", "citation")
    ]
    assert check_blocks(found) == []


def test_a_signature_stands_at_the_end_of_what_it_signs() -> None:
    signed = [
        *(sk.Chunk(thinking="?", block=0), sk.Chunk(signature="s1", block=0), sk.Chunk(signature="s2", block=1)),
        *(sk.Chunk(content="Io", block=2, signature="s3"), sk.Chunk(signature="s4", block=2)),
    ]
    ends = [event for event in derive(signed) if isinstance(event, events.BlockEnd)]
    assert ends == [
        events.ThinkingEnd(0, "0-0", "s1"),
        events.ThinkingEnd(0, "0-1", "s2"),
        events.TextEnd(0, "0-2", "s3s4"),
    ]


def test_encrypted_thinking_is_a_block_without_text() -> None:
    found = derive([sk.Chunk(redacted_thinking="xyz")])
    assert found[:2] == [events.ThinkingStart(0, "0-0"), events.ThinkingEnd(0, "0-0", redacted="xyz")]


def test_a_citation_does_not_end_the_text_that_it_belongs_to() -> None:
    found = derive([sk.Chunk(content="a"), sk.Chunk(citations=("x",)), sk.Chunk(content="b")])
    assert kinds(found) == [
        *("text_start", "text_delta", "citation_start", "citation_delta", "citation_end", "text_delta", "text_end"),
        "finish",
    ]


def test_a_call_ends_with_its_arguments_when_the_provider_closes_it() -> None:
    found = derive([call(name="orbit"), call('{"moon": '), call('"Io"}'), call(complete=True)])[:-1]
    assert found == [
        events.ToolInputStart(0, "0-0", "call_0", "orbit"),
        events.ToolInputDelta(0, "0-0", '{"moon": '),
        events.ToolInputDelta(0, "0-0", '"Io"}'),
        events.ToolInputEnd(0, "0-0", "call_0", "orbit", {"moon": "Io"}),
    ]


def test_a_call_ends_before_the_next_one_starts() -> None:
    found = derive([call("{}", name="orbit"), call("{}", 1, name="orbit"), finish("tool_calls")])
    assert [(event.kind, event.id) for event in found if not isinstance(event, events.BlockDelta)] == [
        *(("tool_input_start", "0-0"), ("tool_input_end", "0-0"), ("tool_input_start", "0-1")),
        *(("tool_input_end", "0-1"), ("finish", None)),
    ]


def test_calls_interleave_where_the_provider_does() -> None:
    chunks = [call("[1", name="a"), call("[2", 1, name="b"), call("]"), call("]", 1), finish("stop")]
    found = derive(chunks)
    ends = [(event.name, event.arguments) for event in found if isinstance(event, events.ToolInputEnd)]
    assert (ends, check_blocks(found)) == ([("a", [1]), ("b", [2])], [])


def test_a_call_starts_once_its_name_is_known() -> None:
    delta = sk.ToolCallDelta(0, "call_0")
    found = derive([sk.Chunk(tool_calls=(delta,)), call("{"), call(name="orbit"), call("}", complete=True)])
    assert found[:2] == [
        events.ToolInputStart(0, "0-0", "call_0", "orbit"),
        events.ToolInputDelta(0, "0-0", "{"),
    ]


@pytest.mark.parametrize(("text", "reason"), [('{"moon": "I', "length"), ("{'moon'}", "tool_calls"), ("{NaN}", "stop")])
def test_arguments_that_are_not_whole_end_in_an_error_and_the_stream_goes_on(text: str, reason: str) -> None:
    found = derive([call(text, name="orbit"), sk.Chunk(content="Done."), finish(reason)])
    (wrong,) = [event for event in found if isinstance(event, events.ToolInputError)]
    assert (wrong.name, wrong.call_id, wrong.error.arguments_text) == ("orbit", "call_0", text)
    assert reason in str(wrong.error)
    assert (check_blocks(found), found[-1].kind) == ([], "finish")


def test_a_closed_call_that_is_no_json_ends_at_once() -> None:
    found = derive([call("{oops", name="orbit", complete=True), sk.Chunk(content="Done."), finish("stop")])
    assert kinds(found)[:4] == ["tool_input_start", "tool_input_delta", "tool_input_error", "text_start"]


@pytest.mark.parametrize(("text", "value"), [("", {}), ("null", None), ('"SELECT 1"', "SELECT 1"), ("12", 12)])
def test_a_closed_call_with_another_value_ends_with_that_value(text: str, value: object) -> None:
    found = derive([call(text, name="query", complete=True), finish("tool_calls")])
    assert [event.arguments for event in found if isinstance(event, events.ToolInputEnd)] == [value]
    assert check_blocks(found) == []


def test_a_call_that_has_ended_takes_no_more() -> None:
    found = derive([call("{}", name="a"), call("{}", 1, name="b"), call("\n"), finish("stop")])
    assert [event.text for event in found if isinstance(event, events.ToolInputDelta)] == ["{}", "{}"]


def test_choices_are_kept_apart_and_each_has_its_finish() -> None:
    chunks = [sk.Chunk(content=f"{at}", index=at % 2) for at in range(4)]
    found = derive([*chunks, sk.Chunk(finish_reasons=["length"], index=1), finish("stop"), sk.Chunk(usage=USAGE)])
    assert [(event.index, event.id) for event in found if isinstance(event, events.TextStart)] == [
        (0, "0-0"),
        (1, "1-0"),
    ]
    assert kinds(found)[-5:] == ["text_end", "text_end", "usage", "finish", "finish"]
    assert [
        (event.index, event.common_finish_reasons, event.usage) for event in found if isinstance(event, events.Finish)
    ] == [(0, ["stop"], USAGE), (1, ["length"], USAGE)]


def test_usage_is_set_and_never_added() -> None:
    figures = [sk.Usage(input_tokens=7, output_tokens=count) for count in (1, 5, 9)]
    found = derive([sk.Chunk(content="a", usage=each) for each in figures])
    assert [event.usage for event in found if isinstance(event, events.UsageReport)] == figures[-1:]


def test_an_error_names_the_open_blocks_and_ends_none() -> None:
    lost = sk.TransportError("lost")
    chunks = [
        sk.Chunk(content="Io", id="a"),
        sk.Chunk(content="Eu", index=1),
        call("{", name="orbit"),
        call("[", 1, name="b"),
    ]
    found = derive([*chunks, sk.Chunk(content="x", index=1)], lost)
    assert found[-1] == events.Error(lost, ("0-1", "0-2", "1-0"), id="a")
    assert check_blocks(found) == ["1-0", "0-1", "0-2"]
    assert not [event for event in found if isinstance(event, events.ToolInputError | events.Finish)]


@pytest.mark.parametrize("reason", ["failed", "error", "length", "stop"])
def test_an_error_behind_a_finish_reason_still_ends_no_block(reason: str) -> None:
    found = derive([sk.Chunk(content="Io"), finish(reason)], sk.ProviderError("overloaded"))
    assert kinds(found) == ["text_start", "text_delta", "error"]
    assert isinstance(last := found[-1], events.Error) and last.blocks == ("0-0",)


def test_usage_of_an_answer_that_was_cut_says_so() -> None:
    found = derive([sk.Chunk(content="Io", usage=USAGE)], sk.TruncatedError("cut"))
    assert [event.usage.source for event in found if isinstance(event, events.UsageReport)] == ["partial"]
    estimated = sk.Usage(output_tokens=1, source="estimated")
    partial = sk.Response(usage=estimated)
    found = derive([sk.Chunk(content="Io", usage=USAGE)], sk.TruncatedError("cut", partial=partial))
    assert [event.usage for event in found if isinstance(event, events.UsageReport)] == [estimated]


def test_an_answer_that_goes_on_after_a_finish_reason_starts_new_blocks() -> None:
    turns = [call("{}", name="a"), finish("tool_calls"), call('{"b": ', name="b"), call("1}"), finish("stop")]
    found = derive(turns)
    assert [event.arguments for event in found if isinstance(event, events.ToolInputEnd)] == [{}, {"b": 1}]
    assert check_blocks(found) == []


def test_no_chunks_have_no_events_but_the_error() -> None:
    lost = sk.TransportError("lost")
    assert (derive([]), derive([], lost)) == ([], [events.Error(lost)])


TEXTS = st.text("aé{}木", min_size=1, max_size=6)
CHUNKS = st.one_of(
    st.builds(sk.Chunk, content=TEXTS, index=st.integers(0, 1), block=st.none() | st.integers(0, 2)),
    st.builds(sk.Chunk, thinking=TEXTS, signature=st.none() | TEXTS, index=st.integers(0, 1)),
    st.builds(sk.Chunk, refusal=TEXTS, citations=st.just(("x",)), usage=st.none() | st.just(USAGE)),
    st.builds(sk.Chunk, audio=st.binary(max_size=4), audio_transcript=TEXTS),
    st.builds(sk.Chunk, images=st.just((sk.Image(url="u"),)), content=st.just("") | TEXTS),
    st.builds(
        call, st.sampled_from(["", "{", "}", "{}", '{"a": 1', "x"]), st.integers(0, 2), name=st.none() | st.just("t")
    ),
)


@given(st.lists(CHUNKS, max_size=12), st.sampled_from([None, "stop", "length"]), st.booleans(), st.integers(0, 2**32))
def test_the_cut_of_the_chunks_does_not_matter(
    chunks: list[sk.Chunk], reason: str | None, failing: bool, seed: int
) -> None:
    error = sk.TruncatedError("cut") if failing else None
    answer = [*chunks, *([finish(reason)] if reason else [])]
    found, cut = coalesced(derive(answer, error)), coalesced(derive(recut(answer, seed), error))
    assert [*map(plain, cut)] == [*map(plain, found)]
    opened = check_blocks(found)
    check_order(found)
    assert opened == [] or (
        failing and isinstance(last := found[-1], events.Error) and sorted(last.blocks) == sorted(opened)
    )


def plain(event: Event) -> object:
    return (event.id, event.error.arguments_text) if isinstance(event, events.ToolInputError) else event


@given(st.lists(CHUNKS, max_size=12).filter(lambda chunks: all(not chunk.tool_calls for chunk in chunks)))
def test_the_events_fold_back_to_the_response(chunks: list[sk.Chunk]) -> None:
    response = rx.from_iterable(chunks).pipe(ops.to_response()).run()
    folded = refold(derive(chunks))
    assert {at: each for at, each in folded.items() if each["content"]} == {
        each.index: summary(each) for each in response.choices if each.content
    }


def test_a_match_over_all_kinds_is_exhaustive_for_a_checker() -> None:
    def family(event: Event) -> str:
        match event:
            case events.BlockStart() | events.BlockDelta() | events.BlockEnd() | events.ToolInputError():
                assert_type(event.id, str)
                return "block"
            case events.TurnStart() | events.TurnEnd() | events.AnswerVoid():
                return "answer"
            case events.Finish() | events.UsageReport() | events.Error():
                return "answer"
            case _:
                assert_never(event)

    assert {family(event) for event in derive([sk.Chunk(content="Io")])} == {"block", "answer"}


def test_a_checker_narrows_by_kind() -> None:
    for event in derive([sk.Chunk(content="Io")]):
        if event.kind == "text_delta":
            assert_type(event, events.TextDelta)


def test_events_compare_pickle_and_do_not_change() -> None:
    for event in derive([sk.Chunk(content="Io", usage=USAGE), call("{", name="a"), finish("stop")]):
        if not isinstance(event, events.ToolInputError):
            assert pickle.loads(pickle.dumps(event)) == event
        with pytest.raises(AttributeError):
            setattr(event, "index", 9)  # noqa: B010 - the checker knows that it is frozen


def test_every_event_has_a_kind_of_its_own() -> None:
    classes: list[Any] = [getattr(events, name) for name in events.__all__ if name[-5:] in ("Start", "Delta", "rror")]
    own = {each.kind for each in classes if each not in (events.BlockStart, events.BlockDelta)}
    assert len(own) == len(classes) - 2
