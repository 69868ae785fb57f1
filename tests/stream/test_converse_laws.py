"""Conversations that go wrong: cut, stalled and refused anywhere, too many turns, and what retries may do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_events, chat_tool_events, run_in_virtual_time, whole_body
from tests.stream.conversing import ANSWER, Ran, calls, is_valid, provider, roles

FIRST = calls("Io", "Europa", text="Let me see.")
SECOND = calls("Titan")
TURNS = (FIRST, SECOND, ANSWER)
CLOCKS = sk.Timeouts(first=60, between=60)
# The events that may be missing behind the finish reason without a loss: usage and the sentinel.
PROVEN = 2


def _broken() -> list[Any]:
    """Return every place in every turn, but for those behind the proof of its end."""
    return [(turn, event) for turn, events in enumerate(TURNS) for event in range(len(events) - PROVEN)]


def _conversation(turn: int, script: Script) -> tuple[Ran, Any, sk.Stream]:
    ran = Ran()
    model, scripted = provider(*TURNS[:turn], script)
    return ran, scripted, sk.converse(model, "How long?", tools=[ran.orbit], timeouts=CLOCKS)


RUN_BEFORE = (0, 2, 3)  # tools, before each turn


@pytest.mark.parametrize(("turn", "event"), _broken())
def test_a_turn_that_is_cut_ends_the_conversation_with_everything_before(turn: int, event: int) -> None:
    ran, scripted, stream = _conversation(turn, Script(TURNS[turn][:event]))
    seen: list[str] = []
    with pytest.raises(sk.TruncatedError) as caught:
        seen.extend(chunk.content for chunk, _ in stream if chunk.index == 0)
    partial = caught.value.partial
    assert partial is not None
    assert len(ran) == RUN_BEFORE[turn]
    assert (partial.state, len(partial.turns), len(scripted.requests)) == ("failed", turn + 1, turn + 1)
    assert partial.content == "".join(seen)
    assert is_valid(partial.history)
    assert roles(partial.history)[: 1 + RUN_BEFORE[turn]] == roles(stream.response.history)[: 1 + RUN_BEFORE[turn]]


@pytest.mark.parametrize(("turn", "event"), _broken())
def test_a_turn_that_stalls_runs_none_of_its_tools(turn: int, event: int) -> None:
    async def main() -> None:
        script = Script([*TURNS[turn][:event], None])
        ran, scripted, stream = _conversation(turn, script)
        with pytest.raises(sk.StalledError) as caught:
            await stream
        assert caught.value.partial is not None
        assert is_valid(caught.value.partial.history)
        await stream.aclose()
        assert (len(ran), len(scripted.requests), script.closed) == (RUN_BEFORE[turn], turn + 1, 1)

    run_in_virtual_time(main())


@pytest.mark.parametrize("turn", range(3))
def test_a_turn_that_is_refused_ends_the_conversation(turn: int) -> None:
    ran, scripted, stream = _conversation(turn, Script([sk.Overloaded("busy")]))
    with pytest.raises(sk.Overloaded) as caught:
        stream.run()
    assert caught.value.partial is not None
    assert is_valid(caught.value.partial.history)
    assert roles(caught.value.partial.history)[-1] == ("user" if turn == 0 else "tool")
    assert (len(ran), len(scripted.requests)) == (RUN_BEFORE[turn], turn + 1)
    assert stream.failed_before_content is (turn == 0)


def test_the_history_of_a_cut_conversation_can_go_on() -> None:
    ran, scripted, stream = _conversation(1, Script(SECOND[: -PROVEN - 1]))
    with pytest.raises(sk.TruncatedError) as caught:
        stream.run()
    assert caught.value.partial is not None
    history = caught.value.partial.history
    scripted.scripts = [Script(ANSWER)]
    scripted.requests.clear()
    model = f"{scripted.name}/small"
    assert sk.converse(model, [*history, sk.Messages.User("Go on.")], tools=[ran.orbit]).run().state == "complete"


def test_too_many_turns_are_a_limit_and_their_tools_do_not_run() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io"))
    stream = sk.converse(model, "?", tools=[ran.orbit], max_turns=3)
    with pytest.raises(sk.LimitExceeded, match="max_turns") as caught:
        stream.run()
    partial = caught.value.partial
    assert partial is not None
    assert (len(ran), len(scripted.requests), len(partial.turns)) == (2, 3, 3)
    assert is_valid(partial.history)
    assert "was not run" in str(partial.history[-1])


def test_calls_that_the_length_limit_has_cut_do_not_run() -> None:
    ran = Ran()
    cut = chat_tool_events(("orbit", '{"moon": "Io"}'), ("orbit", '{"moon": "Eu'), finish="length")
    model, scripted = provider(cut, ANSWER)
    response = sk.converse(model, "?", tools=[ran.orbit]).run()
    assert (response.state, response.finish_reasons, ran, len(scripted.requests)) == ("complete", ["length"], [], 1)
    assert is_valid(response.history)


def test_wrong_arguments_and_unknown_tools_go_back_to_the_model() -> None:
    ran = Ran()
    wrong = chat_tool_events(("orbit", '{"planet": "Io"}'), ("fly", '{"to": "Io"}'), ("orbit", '{"moon": "Io"}'))
    model, scripted = provider(wrong, ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    tools = [tool for _, tool in stream if tool]
    assert [tool.args for tool in tools] == [{"moon": "Io"}]
    assert ran == ["Io"]
    answers = [str(message) for message in scripted.requests[1].messages[2:]]
    assert ["moon: Missing" in answers[0] or "moon" in answers[0], "none of this call's tools" in answers[1]] == [
        True,
        True,
    ]
    assert stream.response.tools[0].args == {"moon": "Io"}


def test_the_error_of_a_tool_goes_to_the_model_or_ends_the_conversation() -> None:
    def orbit(moon: str) -> str:
        raise LookupError(f"no moon {moon}")

    model, scripted = provider(calls("Io"), ANSWER)
    assert sk.converse(model, "?", tools=[orbit]).run().state == "complete"
    assert "LookupError: no moon Io" in str(scripted.requests[1].messages[-1])
    model, scripted = provider(calls("Io"), ANSWER)
    with pytest.raises(sk.StreamError, match="LookupError: no moon Io") as caught:
        sk.converse(model, "?", tools=[orbit], on_tool_error="raise").run()
    assert isinstance(caught.value.__cause__, LookupError)
    assert caught.value.partial is not None
    assert is_valid(caught.value.partial.history)
    assert len(scripted.requests) == 1


def test_each_turn_is_retried_before_its_content() -> None:
    ran = Ran()
    busy = [sk.Overloaded("busy")]
    model, scripted = provider(busy, calls("Io"), busy, busy, ANSWER)
    response = sk.converse(model, "?", tools=[ran.orbit], retry={"attempts": 3, "wait": 0}).run()
    assert (response.state, response.calls, len(scripted.requests), ran) == ("complete", 5, 5, ["Io"])
    assert [len(turn.attempts) for turn in response.turns] == [1, 2]
    assert len(response.attempts) == 3
    cut = chat_events("Io ta", finish=None, done=False)
    model, scripted = provider(calls("Io"), cut, ANSWER)
    with pytest.raises(sk.TruncatedError):
        sk.converse(model, "?", tools=[ran.orbit], retry=3).run()
    assert len(scripted.requests) == 2


def test_another_model_takes_over_a_turn_in_the_neutral_form() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), [sk.Overloaded("busy")])
    other, second = provider(ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit], fallback=[other])
    origins = {chunk.origin.model for chunk, _ in stream if chunk.origin}
    assert origins == {model, other, None}
    assert [getattr(each, "role", "tool") for each in second.requests[0].messages] == ["user", "assistant", "tool"]
    assert stream.response.content == "Io takes 1.8 days."
    model, _ = provider([sk.Overloaded("busy")])
    assert sk.converse(model, "?", fallback=[sk.stream(other, "ignored", temperature=0.5)]).run().state == "complete"
    assert second.requests[-1].params == {"temperature": 0.5}
    assert second.requests[-1].messages == (sk.Messages.User("?"),)


def test_limits_are_those_of_each_turn() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), ANSWER)
    limits = sk.Limits(concurrency=1)
    stream = sk.converse(model, "?", tools=[ran.orbit], limits=limits)
    assert stream.run().state == "complete"
    assert sk.converse(model, "?").again().run().state == "complete"


def test_the_total_clock_is_that_of_the_whole_conversation() -> None:
    async def main() -> None:
        ran: list[str] = []

        async def orbit(moon: str) -> str:
            ran.append(moon)
            return moon

        model, scripted = provider(ANSWER, Script([40.0, *calls("Io")]))
        await sk.converse(model, "?")  # what is imported in a thread would take virtual time
        stream = sk.converse(model, "?", tools=[orbit], timeouts=sk.Timeouts(total=100))
        with pytest.raises(sk.StalledError, match="total"):
            await stream
        assert (len(scripted.requests), ran) == (4, ["Io", "Io"])

    run_in_virtual_time(main())


def test_a_conversation_that_failed_counts_once_while_the_next_one_waits() -> None:
    async def main() -> list[tuple[int, int]]:
        model, _ = provider(Script(ANSWER[:2]), ANSWER)
        stream = sk.retry(sk.converse(model, "How long?"), attempts=2, wait=10)
        task = asyncio.create_task(stream.wait_response())
        await asyncio.sleep(5)
        waiting = stream.response
        whole = await task
        return [(each.calls, len(each.attempts)) for each in (waiting, whole)]

    assert run_in_virtual_time(main()) == [(1, 1), (2, 1)]


@pytest.mark.parametrize("turn", [0, 1])
def test_a_connection_that_is_lost_before_the_body_of_a_turn_ends_the_conversation(turn: int) -> None:
    ran = Ran()
    bodies = [[whole_body(FIRST)], [whole_body(ANSWER)]]
    model, _ = provider(*bodies[:turn], Script([sk.TransportError("The connection is lost.")]))
    with pytest.raises(sk.TransportError) as caught:
        sk.converse(model, "How long?", tools=[ran.orbit], stream=False).run()
    assert caught.value.partial is not None
    assert caught.value.partial.state == "failed"


def _opens(model: str, ran: Ran, *, other: str) -> list[sk.Stream]:
    """Return a conversation in each wrapping that may send a call again."""
    made = [sk.converse(model, "?", tools=[ran.orbit]) for _ in range(3)]
    anew = sk.converse(other, "?", tools=[ran.orbit])
    return [sk.retry(made[0], wait=0), sk.fallback(made[1], anew), sk.retry(sk.fallback(made[2], anew), wait=0)]


@pytest.mark.parametrize("wrapping", range(3))
@pytest.mark.parametrize("door", ["run", "loop"])
@pytest.mark.parametrize("script", [[sk.Overloaded("busy")], SECOND[:2], ANSWER[:2]], ids=["refused", "call", "text"])
def test_a_conversation_that_has_run_a_tool_is_never_sent_again(wrapping: int, door: str, script: Any) -> None:
    ran, other = Ran(), provider(FIRST, ANSWER)
    model, scripted = provider(calls("Io"), script)
    stream = _opens(model, ran, other=other[0])[wrapping]
    with pytest.raises(sk.StreamError) as caught:
        stream.run() if door == "run" else list(stream)
    assert (ran, len(scripted.requests), len(other[1].requests)) == (["Io"], 2, 0)
    assert caught.value.partial is not None
    assert is_valid(caught.value.partial.history)


@pytest.mark.parametrize("wrapping", range(3))
def test_one_that_has_run_none_is_sent_again_and_counted(wrapping: int) -> None:
    ran, other = Ran(), provider(calls("Titan"), ANSWER)
    model, _ = provider([sk.Overloaded("busy")], calls("Titan"), ANSWER)
    response = _opens(model, ran, other=other[0])[wrapping].run()
    assert (response.content, response.calls, ran) == ("Io takes 1.8 days.", 3, ["Titan"])
    assert len(response.attempts) == 1
    assert is_valid(response.history)
