"""A conversation whose answer is asked for again: a turn has one answer in the history, and each answer counts."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events
from tests.stream.conversing import Ran, calls, is_valid, provider, roles


class Orbit(BaseModel):
    days: float


WRONG = chat_events('{"days": ', '"many"}')
RIGHT = chat_events('{"days": ', "1.8}")


def ask(*scripts: Any, tools: Any = (), reask: int = 2, **options: Any) -> tuple[sk.Stream, Any]:
    model, scripted = provider(*scripts)
    return sk.converse(model, "How long?", tools=tools, response_model=Orbit, reask=reask, **options), scripted


def test_a_turn_has_one_answer_and_the_others_are_attempts() -> None:
    ran = Ran()
    stream, scripted = ask(calls("Io", text="Let me see. "), WRONG, RIGHT, tools=[ran.orbit])
    response = stream.run()
    assert (response.parsed, response.state, response.calls) == (Orbit(days=1.8), "complete", 3)
    assert response.content == stream.content == 'Let me see. {"days": 1.8}'
    assert [turn.content for turn in response.turns] == ["Let me see. ", '{"days": 1.8}']
    assert [attempt.content for attempt in response.attempts] == ['{"days": "many"}']
    assert (response.output_tokens, ran) == (5 + 2 + 2, ["Io"])
    assert roles(response.history) == ["user", "assistant", "tool", "assistant"]
    assert is_valid(response.history)
    assert roles(scripted.requests[2].messages) == ["user", "assistant", "tool", "assistant", "user"]


def test_chunks_say_which_turn_and_which_answer_they_are_of() -> None:
    ran = Ran()
    stream, _ = ask(calls("Io"), WRONG, RIGHT, tools=[ran.orbit])
    origins = [chunk.origin for chunk, _ in stream if chunk.origin and (chunk.content or chunk.origin.result)]
    shown = [(origin.turn, origin.attempt, type(origin.result).__name__) for origin in origins]
    assert shown == [
        (0, None, "ToolResult"),
        *[(1, 0, "NoneType")] * 2,
        (1, 1, "Void"),
        *[(1, 1, "NoneType")] * 2,
    ]
    assert {origin.model for origin in origins if origin.result is None} == {f"{stream.provider}/small"}


def test_the_fold_of_the_chunks_is_the_response() -> None:
    ran = Ran()
    stream, _ = ask(calls("Io", text="Let me see. "), WRONG, WRONG, RIGHT, tools=[ran.orbit])
    folded, response = stream.pipe(ops.to_response()).run(), stream.response
    assert (folded.content, folded.usage) == (response.content, response.usage)
    assert [call.arguments for call in folded.tool_calls] == [{"moon": "Io"}]
    assert stream.pipe(ops.partial(Orbit)).run() == Orbit(days=1.8)


def test_the_second_answer_may_call_a_tool() -> None:
    ran = Ran()
    stream, scripted = ask(WRONG, calls("Io"), WRONG, RIGHT, tools=[ran.orbit])
    response = stream.run()
    assert (response.parsed, ran, len(response.attempts)) == (Orbit(days=1.8), ["Io"], 2)
    assert [len(turn.tool_calls) for turn in response.turns] == [1, 0]
    assert roles(response.history) == ["user", "assistant", "tool", "assistant"]
    assert len(scripted.requests) == 4


def test_each_answer_counts_as_one_of_the_turns() -> None:
    ran = Ran()
    stream, scripted = ask(calls("Io"), WRONG, WRONG, RIGHT, tools=[ran.orbit], max_turns=3)
    with pytest.raises(sk.ValidationFailed, match="None of 2 answers fits") as found:
        stream.run()
    assert len(scripted.requests) == 3
    partial = found.value.partial
    assert partial is not None
    assert ([turn.content for turn in partial.turns], partial.calls) == (["", '{"days": "many"}'], 3)
    assert is_valid(partial.history)
    stream, scripted = ask(calls("Io"), WRONG, calls("Io"), tools=[ran.orbit], max_turns=3)
    with pytest.raises(sk.LimitExceeded):
        stream.run()
    assert len(scripted.requests) == 3


def test_without_a_turn_left_the_first_wrong_answer_is_the_last() -> None:
    stream, scripted = ask(WRONG, max_turns=1)
    with pytest.raises(sk.ValidationFailed, match="This answer does not fit"):
        stream.run()
    assert len(scripted.requests) == 1


def test_no_answer_fits() -> None:
    stream, _ = ask(WRONG, reask=1)
    with pytest.raises(sk.ValidationFailed) as found:
        list(stream)
    assert [each.content for each in found.value.attempts] == ['{"days": "many"}'] * 2
    assert stream.response.output_tokens == 4


def test_each_answer_is_tried_as_often_as_retry_says() -> None:
    busy = Script([sk.Overloaded("busy")])
    stream, scripted = ask(busy, WRONG, busy, RIGHT, retry={"attempts": 2, "wait": 0})
    response = stream.run()
    assert (response.parsed, response.calls, len(scripted.requests)) == (Orbit(days=1.8), 4, 4)
    assert [attempt.state for attempt in response.attempts] == ["complete", "failed"]
    assert [attempt.state for attempt in response.attempts[0].attempts] == ["failed"]


def test_another_provider_may_give_the_second_answer() -> None:
    model, first = provider(WRONG, Script([sk.Overloaded("busy")]))
    other, second = provider(RIGHT)
    response = sk.converse(model, "How long?", response_model=Orbit, reask=1, fallback=[other]).run()
    assert (response.parsed, len(first.requests), len(second.requests)) == (Orbit(days=1.8), 2, 1)
    messages = second.requests[0].messages
    assert roles(messages) == ["user", "assistant", "user"]
    assert messages[1] == sk.Messages.Assistant('{"days": "many"}')
    [turn] = response.turns
    assert (turn.content, roles(response.history)) == ('{"days": 1.8}', ["user", "assistant"])


def test_a_stop_in_the_second_answer() -> None:
    stream, _ = ask(WRONG, Script([*RIGHT[:2], None]))
    for chunk, _ in stream:
        if chunk.content and chunk.origin and chunk.origin.attempt == 1:
            break
    stream.wait()
    response = stream.response
    assert (response.state, response.content) == ("stopped", '{"days": ')
    assert [attempt.content for attempt in response.attempts] == ['{"days": "many"}']
    assert roles(response.history) == ["user", "assistant"]


def test_a_stream_that_asks_again_may_be_inside_of_a_tool() -> None:
    inner, _ = provider(WRONG, RIGHT)

    def measure(moon: str) -> sk.Stream:
        return sk.stream(inner, moon, response_model=Orbit, reask=1)

    model, _ = provider(calls("Io", name="measure"), chat_events("1.8 days."))
    stream = sk.converse(model, "How long?", tools=[measure])
    chunks = [chunk for chunk, _ in stream]
    response = stream.response
    [result] = response.tool_results
    assert (result.output, response.content) == (Orbit(days=1.8), "1.8 days.")
    inside = [chunk.origin for chunk in chunks if chunk.origin and chunk.origin.path]
    assert {origin.attempt for origin in inside} == {0, 1}
    assert stream.pipe(ops.to_response()).run().usage == response.usage


def test_it_needs_a_type_and_a_number() -> None:
    with pytest.raises(sk.ConfigurationError, match="give response_model="):
        sk.converse("openai/m", "?", reask=1)
    with pytest.raises(sk.ConfigurationError, match="whole number"):
        sk.converse("openai/m", "?", response_model=Orbit, reask=-1)
