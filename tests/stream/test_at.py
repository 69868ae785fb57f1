"""``stream.at`` and ``at_time``: the Response of an earlier moment, of any stream that keeps all chunks."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

import streamkit as sk
from streamkit.fold import Fold
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time
from tests.stream.conversing import ANSWER, Ran, calls, provider, roles

WORDS = ["Io", ", ", "Europa", ", ", "Titan"]


def test_each_moment_is_the_fold_of_the_chunks_before() -> None:
    stream = Script(chat_events(*WORDS)).stream()
    whole = stream.run()
    assert stream.log is not None
    chunks = stream.log.read(0, 100)
    for count in range(len(chunks)):
        fold = Fold()
        fold.add(chunks[:count])
        assert stream.at(count) == fold.response(request_id=whole.request_id, requested_model="scripted")
    assert stream.at(len(chunks)) == whole


def test_a_moment_is_that_of_an_open_stream_too() -> None:
    async def main() -> None:
        stream = Script([*chat_events(*WORDS)[:4], None]).stream()
        async for _ in stream:
            if stream.content == "Io, Europa":
                break
        assert [stream.at(count).content for count in range(5)] == ["", "", "Io", "Io, ", "Io, Europa"]
        assert {stream.at(count).state for count in range(5)} == {"streaming"}
        await stream.aclose()
        assert [stream.at(count).state for count in (3, 4)] == ["streaming", "stopped"]
        assert stream.at(3).end_time is None

    asyncio.run(main())


def test_usage_and_finish_reasons_are_those_of_the_moment() -> None:
    stream = Script(chat_events("Io")).stream(max_tokens=50)
    whole = stream.run()
    assert (stream.at(2).usage, stream.at(2).finish_reasons) == (None, None)
    assert (stream.at(3).usage, stream.at(3).finish_reasons) == (None, ["stop"])
    assert whole.output_tokens


def test_the_providers_own_object_is_rebuilt_of_the_events_before() -> None:
    stream = Script(chat_events("Io", ", Europa")).stream()
    stream.run()
    assert stream.at(2).message_param == {"role": "assistant", "content": "Io"}


@pytest.mark.sdk
@pytest.mark.parametrize("name", ["openai", "anthropic", "cohere"])
def test_a_replayed_stream_has_the_moments_of_its_chunks(name: str) -> None:
    stream = sk.stream(f"replay/{name}", "Which moons may hold life?", speed="max")
    whole = stream.run()
    assert stream.log is not None
    grown = [stream.at(count).content for count in range(stream.log.length + 1)]
    assert all(later.startswith(earlier) for earlier, later in pairwise(grown))
    assert grown[-1] == whole.content
    assert stream.at(stream.log.length) == whole


def test_an_unsent_stream_has_one_moment() -> None:
    stream = Script(chat_events("Io")).stream()
    assert stream.at(0).content == stream.at_time(3).content == ""
    with pytest.raises(sk.ConfigurationError, match=r"at\(1\): 0 chunks have arrived; give a number from 0 to 0\."):
        stream.at(1)
    assert not stream.sent


@pytest.mark.parametrize("wrong", [-1, 9, 1.5, True, "1"])
def test_a_number_of_chunks_that_have_not_arrived_is_an_error(wrong: Any) -> None:
    stream = Script(chat_events(*WORDS)).stream()
    stream.run()
    with pytest.raises(sk.ConfigurationError, match=r"8 chunks have arrived; give a number from 0 to 8\."):
        stream.at(wrong)


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), True, "1"])
def test_a_time_before_the_start_is_an_error(wrong: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="give seconds since the call's start, 0 or more"):
        Script(chat_events("Io")).stream().at_time(wrong)


def test_a_stream_that_forgets_chunks_has_no_earlier_moments() -> None:
    stream = Script(chat_events(*WORDS)).stream(keep=100)
    stream.run()
    for ask in (lambda: stream.at(1), lambda: stream.at_time(0)):
        with pytest.raises(sk.StreamGap, match='keeps 100: make it with keep="all"'):
            ask()


def test_a_time_is_counted_from_the_start_of_the_call() -> None:
    async def main() -> None:
        role, io, europa, finish, *rest = chat_events("Io", ", Europa")
        stream = Script([role, 2.0, io, 3.0, europa, finish, 1.0, *rest]).stream()
        await asyncio.sleep(50)
        whole = await stream
        contents = [stream.at_time(seconds).content for seconds in (0, 1.9, 2, 4.9, 5, 5.5)]
        assert contents == ["", "", "Io", "Io", "Io, Europa", "Io, Europa"]
        assert stream.at_time(5.5).state == "streaming"
        assert stream.at_time(6) == stream.at_time(10**9) == whole
        assert whole.state == "complete"

    run_in_virtual_time(main())


def test_the_attempts_before_are_part_of_every_moment() -> None:
    refused = sk.RateLimited("busy", retryable=True)
    model, _ = provider(Script([refused]), Script(chat_events("Io", ", Europa")))
    stream = sk.retry(sk.stream(model, "?"), wait=0.001)
    stream.run()
    assert (stream.at(2).content, stream.at(2).calls) == ("Io", 2)
    assert len(stream.at(2).attempts) == 1


def test_the_turns_of_a_conversation_are_those_of_the_moment() -> None:
    ran = Ran()
    model, _ = provider(calls("Io", "Europa", text="Let me see. "), calls("Titan"), ANSWER)
    stream = sk.converse(model, "How long?", tools=[ran.orbit])
    whole = stream.run()
    assert stream.log is not None
    chunks = stream.log.read(0, 100)
    for count in range(len(chunks)):
        moment, origins = stream.at(count), [chunk.origin for chunk in chunks[:count]]
        turns = {origin.turn for origin in origins if origin} or {0}
        assert len(moment.turns) == len(turns)
        assert moment.content == "".join(turn.content for turn in moment.turns)
        results = [origin.result for origin in origins if origin and origin.result is not None]
        assert moment.tool_results == results
        assert roles(moment.history) == roles(whole.history)[: len(moment.history)]
        assert moment.calls == len(turns)
    assert stream.at(len(chunks)) == whole
    assert stream.at(len(chunks)).history == whole.history
    assert len(chunks) > 8


def test_a_moment_of_a_turn_has_the_usage_of_the_turns_before() -> None:
    model, _ = provider(calls("Io"), ANSWER)
    stream = sk.converse(model, "How long?", tools=[Ran().orbit])
    stream.run()
    assert stream.log is not None
    first = next(at for at, chunk in enumerate(stream.log.read(0, 100)) if chunk.origin and chunk.origin.turn == 1)
    moment = stream.at(first + 1)
    assert [turn.state for turn in moment.turns] == ["complete", "streaming"]
    assert moment.output_tokens == 5
    assert moment.turns[1].usage is None


def test_a_moment_of_a_stream_with_tools_has_their_validated_arguments() -> None:
    def orbit(moon: str) -> str:
        """Look up how long a moon takes."""
        return moon

    stream = Script([*calls("Io")]).stream(tools=[orbit])
    stream.run()
    assert stream.log is not None
    last = stream.log.length - 1
    assert [tool.args for tool in stream.at(last).tools] == [{"moon": "Io"}]
    assert [call.complete for call in stream.at(2).tool_calls] == [False]


def test_a_choice_above_the_first_is_there_from_its_first_chunk() -> None:
    second = chat_event({"content": "Titan"}, index=1)
    stream = Script([chat_event({"content": "Io"}), second, *chat_events()]).stream()
    with pytest.raises(sk.StreamError):
        stream.run()
    assert [len(stream.at(count).choices) for count in (0, 1, 2)] == [1, 1, 2]
