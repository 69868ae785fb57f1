"""The events of a conversation: its turns, what its tools show and return, and the streams inside of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import streamkit as sk
from streamkit import codec, events
from streamkit import operators as ops
from streamkit.events import Event
from streamkit.testing import FaultServer, Script, chat_events, chat_tool_events, plan
from tests.events.reading import check_blocks, check_order, derive
from tests.stream.conversing import ANSWER, Ran, calls, provider


def orbit(moon: str, context: sk.ToolContext) -> Iterator[str]:
    context.progress(1, total=2, message="looking")
    yield f"{moon}: "
    yield "1.8 days"


def ask(moon: str) -> sk.Stream:
    return Script(chat_events("in", "ner")).stream(moon)


def conversation(*turns: Any, tools: Any = (orbit, ask), **options: Any) -> sk.Stream:
    model, _ = provider(*turns)
    return sk.converse(model, "?", tools=tools, **options)


def events_of(stream: sk.Stream) -> list[Event]:
    return list(stream.pipe(ops.events()))


def kinds(found: list[Event]) -> list[str]:
    return [event.kind for event in found]


def test_each_turn_has_a_start_and_an_end_behind_the_results_of_its_tools() -> None:
    found = events_of(conversation(calls("Io", text="So: "), calls("Titan"), ANSWER, tools=[Ran().orbit]))
    marks = [each for each in found if isinstance(each, events.TurnStart | events.TurnEnd | events.ToolOutputEnd)]
    assert kinds([*marks]) == [*(["turn_start", "tool_output_end", "turn_end"] * 2), "turn_start", "turn_end"]
    ends = [each for each in found if isinstance(each, events.TurnEnd)]
    assert [(each.turn, each.common_finish_reasons, each.usage and each.usage.output_tokens) for each in ends] == [
        *((0, ["tool_calls"], 5), (1, ["tool_calls"], 5), (2, ["stop"], 2))
    ]
    assert kinds(found)[-2:] == ["usage", "finish"]
    assert isinstance(finish := found[-1], events.Finish)
    assert (finish.finish_reasons, finish.usage and finish.usage.output_tokens) == (["stop"], 12)
    assert (check_blocks(found), check_order(found)) == ([], None)


def test_a_tool_shows_its_parts_its_progress_and_its_result() -> None:
    found = events_of(conversation(calls("Io"), ANSWER))
    shown = [each for each in found if each.kind.startswith("tool_output")]
    block = "0-1"
    *parts, end = shown
    assert parts == [
        events.ToolOutputStart(0, block, "call_0", "orbit"),
        events.ToolOutputProgress(0, block, sk.ToolProgress(1, 2, "looking")),
        events.ToolOutputDelta(0, block, "Io: ", "Io: "),
        events.ToolOutputDelta(0, block, "1.8 days", "1.8 days"),
    ]
    assert isinstance(end, events.ToolOutputEnd) and end.result is not None
    assert (end.id, end.result.text, end.result.state) == (block, "Io: 1.8 days", "done")


def test_the_stream_inside_of_a_tool_has_events_of_its_own() -> None:
    found = events_of(conversation(calls("Io", name="ask"), calls("Io", name="ask"), ANSWER))
    inner = [each.event for each in found if isinstance(each, events.ToolOutputEvent)]
    one = ["text_start", "text_delta", "text_delta", "text_end", "usage", "finish"]
    assert kinds(inner) == one + one  # both calls have the same id
    assert {each.name for each in found if isinstance(each, events.ToolOutputStart)} == {"ask"}
    assert check_blocks(inner[:6]) == check_blocks(inner[6:]) == check_blocks(found) == []


def test_a_conversation_inside_of_a_tool_has_its_turns_and_tools() -> None:
    def explore(moon: str) -> sk.Stream:
        return conversation(calls("Io", name="ask"), ANSWER)

    found = events_of(conversation(calls("Io", name="explore"), ANSWER, tools=[explore]))
    inner = [each.event for each in found if isinstance(each, events.ToolOutputEvent)]
    assert [kind for kind in kinds(inner) if kind.startswith("turn")] == ["turn_start", "turn_end"] * 2
    innermost = [each.event for each in inner if isinstance(each, events.ToolOutputEvent)]
    assert kinds(innermost) == ["text_start", "text_delta", "text_delta", "text_end", "usage", "finish"]
    (end,) = [each for each in inner if isinstance(each, events.ToolOutputEnd)]
    assert end.result is not None and end.result.output == "inner"
    assert check_blocks(inner) == []


def test_a_tool_that_fails_ends_its_stream_and_its_block_and_the_conversation_goes_on() -> None:
    def broken(moon: str) -> sk.Stream:
        return Script(chat_events("in", "ner")[:2]).stream(moon)

    found = events_of(conversation(calls("Io", name="broken"), ANSWER, tools=[broken]))
    inner = [each.event for each in found if isinstance(each, events.ToolOutputEvent)]
    assert kinds(inner)[-1] == "error"
    (end,) = [each for each in found if isinstance(each, events.ToolOutputEnd)]
    assert end.result is not None and isinstance(end.result.error, sk.TruncatedError)
    assert kinds(found)[-1] == "finish"


def test_a_call_that_is_not_run_has_a_result_that_says_why() -> None:
    wrong = chat_tool_events(("orbit", '{"planet": "Io"}'), ("fly", "{}"))
    found = events_of(conversation(wrong, ANSWER))
    states = [each.result.state for each in found if isinstance(each, events.ToolOutputEnd) and each.result]
    assert states == ["not_run", "not_run"]


def test_a_turn_that_is_cut_has_no_end() -> None:
    stream = conversation(calls("Io"), ANSWER[:2], tools=[Ran().orbit])
    chunks: list[sk.Chunk] = []
    with pytest.raises(sk.TruncatedError) as cut:
        chunks.extend(chunk for chunk, _ in stream)
    found = derive(chunks, cut.value)
    assert [each.turn for each in found if isinstance(each, events.TurnEnd)] == [0]
    assert isinstance(error := found[-1], events.Error)
    assert list(error.blocks) == check_blocks(found) == [error.blocks[0]]


def test_an_error_while_a_tool_runs_names_the_block_of_the_tool() -> None:
    chunks = [chunk for chunk, _ in conversation(calls("Io"), ANSWER)]
    first_part = next(at for at, chunk in enumerate(chunks) if chunk.index < 0) + 1
    found = derive(chunks[:first_part], sk.StoppedError("stopped"))
    assert isinstance(error := found[-1], events.Error)
    assert list(error.blocks) == check_blocks(found) == ["0-1"]
    ended = derive(chunks[:first_part])  # an operator in front had enough
    assert kinds(ended)[-4:] == ["tool_output_end", "turn_end", "usage", "finish"]
    assert check_blocks(ended) == []


def test_events_of_what_was_written_as_json_are_the_same() -> None:
    chunks = [chunk for chunk, _ in conversation(calls("Io", text="So: "), calls("Io", name="ask"), ANSWER)]
    again: list[Any] = [codec.decode(codec.encode(chunk)) for chunk in chunks]
    assert kinds(derive(again)) == kinds(derive(chunks))


def test_a_late_reader_who_gets_everything_as_one_chunk_gets_the_sums() -> None:
    stream = conversation(calls("Io", name="ask"), ANSWER)
    stream.run()
    found = events_of(stream.fan_out(late="fold"))
    assert isinstance(finish := found[-1], events.Finish)
    assert finish.usage == stream.response.usage
    assert "tool_output_start" not in kinds(found)


def test_an_answer_that_is_void_ends_its_blocks_and_says_so() -> None:
    model, _ = provider(chat_events('{"value": ', '"Io"}'), chat_events('{"value": ', "1}"))
    found = events_of(sk.stream(model, "?", response_model=int, reask=1))
    assert kinds(found) == [
        *("text_start", "text_delta", "text_delta", "text_end", "answer_void"),
        *("text_start", "text_delta", "text_delta", "text_end", "usage", "finish"),
    ]
    assert isinstance(void := found[4], events.AnswerVoid)
    assert (void.attempt, void.error[:13]) == (0, "value: Input ")
    assert (check_blocks(found), check_order(found)) == ([], None)


def test_a_void_answer_by_a_tool_and_within_a_turn() -> None:
    wrong, right = (chat_tool_events(("answer", f'{{"value": {each}}}')) for each in ('"Io"', "1"))
    with FaultServer([plan("none", wrong), plan("none", right)]) as server:
        options: dict[str, Any] = {"api_key": "k", "base_url": f"{server.base_url}/v1", "response_model": int}
        found = events_of(sk.converse("deepseek/m", "?", reask=1, **options))
    assert [kind for kind in kinds(found) if not kind.endswith("delta")] == [
        *("turn_start", "tool_input_start", "tool_input_end", "answer_void"),
        *("tool_input_start", "tool_input_end", "turn_end", "finish"),
    ]
    assert (check_blocks(found), check_order(found)) == ([], None)
