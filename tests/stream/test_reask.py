"""``reask=``: a model is asked again until its answer fits the type, over one log."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError, field_validator

import streamkit as sk
from streamkit import codec
from streamkit import operators as ops
from streamkit._recording import WRITER
from streamkit.origin import TOOL_INDEX
from streamkit.testing import (
    FaultServer,
    Script,
    chat_event,
    chat_events,
    chat_tool_events,
    plan,
    run_in_virtual_time,
    whole_body,
)
from tests.stream.conversing import provider, roles


class Moon(BaseModel):
    name: str
    radius: int


WRONG = chat_events('{"name": "Io", ', '"radius": "large"}')
RIGHT = chat_events('{"name": "Io", ', '"radius": 1821}')
PROSE = chat_events("Io is a moon.")
CUT = chat_events('{"name": "Io", ', finish=None, done=False)
IO = Moon(name="Io", radius=1821)
LARGE = "radius: Input should be a valid integer, unable to parse string as an integer"


def ask(*scripts: Any, reask: int = 2, **options: Any) -> tuple[sk.Stream[Any, Any, Any, Any, Moon], Any]:
    model, scripted = provider(*scripts)
    return sk.stream(model, "Which moon?", response_model=Moon, reask=reask, **options), scripted


def test_an_answer_that_fits_is_the_only_one() -> None:
    stream, scripted = ask(RIGHT)
    response = stream.run()
    assert (response.parsed, response.calls, response.attempts) == (IO, 1, [])
    assert len(scripted.requests) == 1


def test_the_last_answer_is_the_response_and_the_others_are_its_attempts() -> None:
    stream, scripted = ask(WRONG, PROSE, RIGHT)
    response = stream.run()
    assert (response.parsed, response.state, response.finish_reasons) == (IO, "complete", ["stop"])
    assert response.content == stream.content == '{"name": "Io", "radius": 1821}'
    assert [each.content for each in response.attempts] == ['{"name": "Io", "radius": "large"}', "Io is a moon."]
    assert (response.calls, len(scripted.requests), response.turns) == (3, 3, [])
    assert roles(response.history) == ["user", "assistant"]
    assert response.message_param == {"role": "assistant", "content": response.content}
    assert response.messages == (sk.Messages.User("Which moon?"),)


def test_usage_and_cost_are_the_sum_and_each_answer_has_its_own() -> None:
    stream, _ = ask(WRONG, RIGHT)
    response = stream.run()
    assert response.usage == sk.Usage(14, 4, total_tokens=18)
    assert [each.output_tokens for each in response.attempts] == [2]
    assert response.last_usage is not None
    assert response.last_usage.output_tokens == 2


def test_the_model_reads_what_does_not_fit_and_every_answer_before() -> None:
    stream, scripted = ask(WRONG, PROSE, RIGHT)
    stream.run()
    first, second, third = (each.messages for each in scripted.requests)
    assert (roles(first), roles(second)) == (["user"], ["user", "assistant", "user"])
    assert roles(third) == ["user", "assistant", "user", "assistant", "user"]
    assert second[1] == {"role": "assistant", "content": '{"name": "Io", "radius": "large"}'}
    again = "Give the whole answer again, corrected, as one JSON object and nothing else."
    assert second[2].content == f"The answer does not fit. {LARGE}. {again}"
    assert third[4].content.startswith("The answer does not fit. Nothing in it is the JSON that is wanted. Give")
    assert [each.params for each in scripted.requests] == [scripted.requests[0].params] * 3


def test_an_empty_answer_is_followed_by_the_same_request() -> None:
    stream, scripted = ask(chat_events(), RIGHT)
    assert stream.run().parsed == IO
    assert [roles(each.messages) for each in scripted.requests] == [["user"], ["user"]]


def test_no_answer_fits() -> None:
    stream, scripted = ask(WRONG, PROSE, WRONG)
    with pytest.raises(sk.ValidationFailed) as found:
        stream.run()
    error = found.value
    assert error.message == f"response_model(Moon): {LARGE}. None of 3 answers fits."
    assert [each.content for each in error.attempts] == [stream.content, "Io is a moon.", stream.content]
    assert isinstance(error.__cause__, ValidationError)
    assert error.partial is not None
    assert (error.partial.content, error.partial.calls, error.partial.state) == (stream.content, 3, "failed")
    assert [each.content for each in error.partial.attempts] == [stream.content, "Io is a moon."]
    assert error.partial.usage == sk.Usage(21, 5, total_tokens=26)
    assert (error.retryable, isinstance(error, sk.MalformedError), error.provider) == (False, True, stream.provider)
    assert len(scripted.requests) == 3


def test_the_error_of_a_call_survives_json_and_pickle() -> None:
    stream, _ = ask(WRONG, reask=1)
    with pytest.raises(sk.ValidationFailed) as found:
        stream.run()
    for read in (codec.decode(codec.encode(found.value)), pickle.loads(pickle.dumps(found.value))):
        assert isinstance(read, sk.ValidationFailed)
        assert [each.content for each in read.attempts] == [stream.content] * 2
        assert read.partial is not None
        assert read.partial.content == stream.content


def test_every_reader_gets_the_error_also_who_comes_late() -> None:
    stream, scripted = ask(WRONG, reask=1)
    for _ in range(2):
        with pytest.raises(sk.ValidationFailed):
            for _ in stream:
                pass
    with pytest.raises(sk.ValidationFailed):
        stream.run()
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("events", [chat_events('{"name": "Io"', finish=each) for each in ("length", "content_filter")])
def test_an_answer_that_was_cut_by_its_length_or_filtered_is_final(events: list[bytes]) -> None:
    stream, scripted = ask(events, RIGHT)
    with pytest.raises(sk.MalformedError) as found:
        stream.run()
    assert (type(found.value), len(scripted.requests)) == (sk.MalformedError, 1)


def test_a_refusal_is_final() -> None:
    refused = [chat_event({"refusal": "I will not."}), *chat_events()]
    stream, scripted = ask(refused, RIGHT)
    with pytest.raises(sk.MalformedError):
        stream.run()
    assert len(scripted.requests) == 1


def test_a_cut_second_answer_ends_with_everything_before() -> None:
    stream, scripted = ask(WRONG, CUT, RIGHT)
    with pytest.raises(sk.TruncatedError) as found:
        stream.run()
    partial = found.value.partial
    assert partial is not None
    assert (partial.content, partial.state, partial.calls) == ('{"name": "Io", ', "failed", 2)
    assert [each.content for each in partial.attempts] == ['{"name": "Io", "radius": "large"}']
    assert partial.usage is not None
    assert partial.usage.source == "estimated"
    assert len(scripted.requests) == 2


def test_a_refused_second_request_leaves_the_first_answer_among_the_attempts() -> None:
    stream, _ = ask(WRONG, Script([sk.RateLimited("slow down", status=429)]))
    with pytest.raises(sk.RateLimited) as found:
        stream.run()
    partial = found.value.partial
    assert partial is not None
    assert (partial.content, [each.finish_reasons for each in partial.attempts]) == ("", [["stop"]])
    assert (partial.calls, partial.output_tokens) == (2, 2)


def test_a_users_own_exception_is_raised_at_once() -> None:
    class Odd(BaseModel):
        name: str

        @field_validator("name")
        @classmethod
        def fail(cls, name: str) -> str:
            raise LookupError(name)

    model, scripted = provider(chat_events('{"name": "Io"}'))
    with pytest.raises(LookupError, match="Io"):
        sk.stream(model, "?", response_model=Odd, reask=2).run()
    assert len(scripted.requests) == 1


def test_every_error_is_sent_up_to_a_bound() -> None:
    class Many(BaseModel):
        moons: list[int]

    model, scripted = provider(chat_events('{"moons": [', ", ".join('"Io"' for _ in range(30)), "]}"), RIGHT)
    with pytest.raises(sk.ValidationFailed):
        sk.stream(model, "?", response_model=Many, reask=1).run()
    text = str(scripted.requests[1].messages[-1])
    assert (text.count("moons."), "and 10 more" in text) == (20, True)


def test_readers_see_every_answer_and_where_each_begins() -> None:
    stream, _ = ask(WRONG, RIGHT)
    chunks = [chunk for chunk, _ in stream]
    assert [chunk.origin.attempt for chunk in chunks if chunk.origin and chunk.content] == [0, 0, 1, 1]
    [void] = [chunk for chunk in chunks if chunk.index == TOOL_INDEX]
    assert void.origin is not None
    assert void.origin.result == sk.Void(0, f"{LARGE}.")
    assert [chunk for chunk, _ in stream] == chunks


def test_a_late_reader_of_the_fold_gets_the_last_answer() -> None:
    stream, _ = ask(WRONG, RIGHT)
    stream.run()
    late = [chunk for chunk, _ in stream.fan_out(late="fold")]
    assert "".join(chunk.content for chunk in late) == stream.content
    folded = stream.pipe(ops.to_response()).run()
    assert (folded.content, folded.usage) == (stream.content, stream.usage)


def test_an_earlier_moment_has_the_answer_of_that_moment() -> None:
    stream, _ = ask(WRONG, RIGHT)
    chunks = [chunk for chunk, _ in stream]
    void = next(at for at, chunk in enumerate(chunks) if chunk.index == TOOL_INDEX)
    wrong = '{"name": "Io", "radius": "large"}'
    moments = [stream.at(count) for count in (void, void + 1, len(chunks) - 1)]
    assert [each.content for each in moments] == [wrong, "", stream.content]
    assert [[attempt.content for attempt in each.attempts] for each in moments] == [[], [wrong], [wrong]]


async def test_the_response_and_the_news_agree_at_any_chunk() -> None:
    stream, _ = ask(WRONG, PROSE, RIGHT)
    seen: list[tuple[int, str]] = []

    def on_next(chunk: sk.Chunk) -> None:
        if chunk.index == TOOL_INDEX:
            seen.append((len(stream.response.attempts), stream.response.content))

    stream.subscribe(on_next, leave="finish")
    await stream
    assert seen == [(1, ""), (2, "")]


async def test_nothing_is_sent_behind_a_stop_at_the_news() -> None:
    stream, scripted = ask(WRONG, RIGHT)

    def on_next(chunk: sk.Chunk) -> None:
        if chunk.index == TOOL_INDEX:
            stream.stop()

    stream.subscribe(on_next, lambda error: None)
    await stream.wait_closed()
    assert (stream.state, len(scripted.requests), stream.response.calls) == ("stopped", 1, 1)
    assert [each.content for each in stream.response.attempts] == ['{"name": "Io", "radius": "large"}']


def test_a_stop_in_the_second_answer_keeps_what_arrived() -> None:
    async def main() -> tuple[sk.Response, Any]:
        model, scripted = provider(WRONG, Script([*RIGHT[:2], None]))
        stream = sk.stream(model, "?", response_model=Moon, reask=2)
        async for chunk, _ in stream:
            if chunk.content and chunk.origin and chunk.origin.attempt:
                break
        await stream.wait_closed()
        return stream.response, scripted

    response, scripted = run_in_virtual_time(main())
    assert (response.state, response.content) == ("stopped", '{"name": "Io", ')
    assert [each.content for each in response.attempts] == ['{"name": "Io", "radius": "large"}']
    assert [script.closed for script in scripted.scripts] == [1, 1]


def test_a_stop_between_two_answers_sends_nothing_more() -> None:
    async def main() -> tuple[sk.Stream, Any]:
        stream, scripted = ask(WRONG, RIGHT)
        async for chunk, _ in stream:
            if chunk.index == TOOL_INDEX:
                break
        await stream.wait_closed()
        return stream, scripted

    stream, scripted = run_in_virtual_time(main())
    assert (stream.state, stream.content) == ("stopped", "")
    assert [each.content for each in stream.response.attempts] == ['{"name": "Io", "radius": "large"}']
    assert sum(script.opened for script in scripted.scripts) == sum(script.closed for script in scripted.scripts)


def test_a_clock_holds_for_each_answer_and_the_total_for_all() -> None:
    slow = [3.0, *WRONG[:-1], 3.0, WRONG[-1]]

    async def run(timeouts: sk.Timeouts) -> str:
        model, _ = provider(slow, [3.0, *RIGHT])
        stream = sk.stream(model, "?", response_model=Moon, reask=2, timeouts=timeouts)
        try:
            return (await stream).content
        except sk.StalledError as error:
            return error.message

    assert "1821" in run_in_virtual_time(run(sk.Timeouts(first=4, between=4)))
    assert "first" in run_in_virtual_time(run(sk.Timeouts(first=2)))
    assert "total" in run_in_virtual_time(run(sk.Timeouts(total=5)))


def test_again_is_a_new_call_that_asks_again_too() -> None:
    stream, scripted = ask(WRONG, RIGHT, WRONG, RIGHT)
    assert stream.run().parsed == stream.again().run().parsed == IO
    assert len(scripted.requests) == 4


def test_each_answer_takes_its_own_turn_under_the_limits() -> None:
    limits = sk.Limits(concurrency=1)
    stream, _ = ask(WRONG, RIGHT, limits=limits)
    assert stream.run().parsed == IO


def test_answers_without_streaming() -> None:
    bodies = [[whole_body(WRONG)], [whole_body(RIGHT)]]
    stream, _ = ask(*bodies, stream=False)
    response = stream.run()
    assert (response.parsed, response.calls) == (IO, 2)


def test_a_log_that_keeps_little_has_the_response_all_the_same() -> None:
    stream, _ = ask(WRONG, RIGHT, keep=1)
    response = stream.run()
    assert (response.parsed, response.calls) == (IO, 2)
    assert response.message_param == {"role": "assistant", "content": response.content}
    assert response.attempts[0].message_param["content"] == '{"name": "Io", "radius": "large"}'


def test_a_tool_that_is_called_instead_is_no_answer() -> None:
    def orbit(moon: str) -> str:
        return moon

    stream, scripted = ask(chat_tool_events(("orbit", '{"moon": "Io"}')), tools=[orbit])
    response = stream.run()
    assert (response.parsed, [call.args for call in response.tools]) == (None, [{"moon": "Io"}])
    assert len(scripted.requests) == 1
    assert [result.output for result in stream.pipe(ops.run_tools(orbit)).to_list().run()] == ["Io"]


@pytest.mark.parametrize("value", [-1, True, False, 1.5, "2", None])
def test_a_wrong_number_says_what_to_give(value: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"reask=.*whole number"):
        sk.stream("openai/m", "?", response_model=Moon, reask=value)


def test_reask_needs_a_type_and_one_answer() -> None:
    with pytest.raises(sk.ConfigurationError, match=r"reask=2.*give response_model="):
        sk.stream("openai/m", "?", reask=2)
    with pytest.raises(sk.ConfigurationError, match="n=2"):
        sk.stream("openai/m", "?", response_model=Moon, reask=2, n=2)
    with pytest.raises(sk.ConfigurationError, match="drain_for_usage"):
        sk.stream("openai/m", "?", response_model=Moon, reask=2, timeouts=sk.Timeouts(drain_for_usage=1.0))
    with pytest.raises(sk.ConfigurationError, match="beside the parameters"):
        sk.call("openai/m", call_params={"reask": 2})
    assert sk.stream("openai/m", "?", reask=0).state == "streaming"


def test_nothing_is_sent_before_the_first_reader_and_once_for_all() -> None:
    async def main() -> int:
        stream, scripted = ask(WRONG, RIGHT)
        assert (stream.sent, scripted.requests) == (False, [])
        await asyncio.gather(stream, *(flow for _ in range(2) if (flow := stream.pipe(ops.partial(Moon)))))
        return len(scripted.requests)

    assert run_in_virtual_time(main()) == 2


def test_a_connection_that_is_lost_without_streaming_is_an_error() -> None:
    stream, _ = ask([whole_body(WRONG)], Script([sk.TransportError("The connection is lost.")]), stream=False)
    with pytest.raises(sk.TransportError) as found:
        stream.run()
    assert found.value.partial is not None
    assert len(found.value.partial.attempts) == 1


def test_retry_begins_all_answers_anew_and_counts_each_once() -> None:
    async def main() -> list[tuple[int, int, str]]:
        model, _ = provider(WRONG, CUT, WRONG, RIGHT)
        stream = sk.retry(sk.stream(model, "?", response_model=Moon, reask=1), attempts=2, wait=10)
        task = asyncio.create_task(stream.wait_response())
        await asyncio.sleep(5)
        waiting = stream.response
        whole = await task
        return [(each.calls, len(each.attempts), each.content) for each in (waiting, whole)]

    assert run_in_virtual_time(main()) == [(2, 1, ""), (4, 2, '{"name": "Io", "radius": 1821}')]


def test_retry_does_not_begin_anew_once_a_reader_has_seen_an_answer() -> None:
    model, scripted = provider(WRONG, Script([sk.Overloaded("busy")]), RIGHT)
    stream = sk.retry(sk.stream(model, "?", response_model=Moon, reask=1), attempts=3, wait=0)
    with pytest.raises(sk.Overloaded):
        list(stream)
    assert len(scripted.requests) == 2


def test_none_of_the_answers_fits_is_no_reason_to_retry() -> None:
    model, scripted = provider(WRONG)
    with pytest.raises(sk.ValidationFailed):
        sk.retry(sk.stream(model, "?", response_model=Moon, reask=1), attempts=3, wait=0).run()
    assert len(scripted.requests) == 2


def test_an_answer_of_a_cache_is_no_call_and_costs_nothing(tmp_path: Path) -> None:
    cache = sk.Cache(tmp_path)
    options: dict[str, Any] = {"response_model": Moon, "reask": 1, "temperature": 0, "seed": 1, "cache": cache}
    with FaultServer([plan("none", each) for each in (WRONG, RIGHT, WRONG)]) as server:
        options |= {"api_key": "k", "base_url": f"{server.base_url}/v1"}
        first = sk.stream("openai/m", "Which moon?", **options).run()
        WRITER.flush()
        second = sk.stream("openai/m", "Which moon?", **options).run()
    assert (first.parsed, first.calls, first.cached) == (IO, 2, False)
    assert (second.parsed, second.calls, second.cached) == (IO, 1, True)
    assert [attempt.cached for attempt in second.attempts] == [False]
