"""Retry and fallback: another call before the first content, the errors that lead to it, and the pause."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import (
    FaultServer,
    Script,
    anthropic_events,
    chat_event,
    chat_events,
    plan,
    run_in_virtual_time,
    whole_body,
)

from .scripted import named

BUSY = sk.Overloaded("busy")
START = chat_event({"role": "assistant", "content": ""})


def where(server: FaultServer) -> dict[str, Any]:
    return {"base_url": f"{server.base_url}/v1", "api_key": "test-key"}


def test_a_refused_call_is_sent_again_and_all_readers_see_one_stream() -> None:
    plans = [plan("rate_limited"), plan("error_event", chat_events("x"), at=0), plan("none", chat_events("Du", "ne"))]
    with FaultServer(plans) as server:
        stream = sk.retry(sk.stream("openai/m", "?", **where(server)), wait=0)
        assert [chunk.content for chunk, _ in stream if chunk.content] == ["Du", "ne"]
        assert (stream.run().content, stream.state, len(server.requests)) == ("Dune", "complete", 3)


def test_what_a_failed_attempt_had_sent_before_content_is_not_seen() -> None:
    with FaultServer([plan("reset", [START], at=1), plan("none", chat_events("Io"))]) as server:
        stream = sk.retry(sk.stream("openai/m", "?", **where(server)), wait=0)
        assert "".join(chunk.content for chunk, _ in stream) == "Io"
        assert len(server.requests) == 2


def test_after_the_first_content_a_reader_gets_the_error() -> None:
    with FaultServer(plan("cut", chat_events("Du", "ne"), at=2)) as server:
        stream = sk.retry(sk.stream("openai/m", "?", **where(server)), wait=0)
        with pytest.raises(sk.StreamError) as caught:
            list(stream)
        assert caught.value.partial is not None and caught.value.partial.content == "Du"
        assert len(server.requests) == 1


@pytest.mark.parametrize("wait", [-1, math.nan, math.inf, True, "1"])
def test_what_is_no_time_to_wait_is_refused_at_the_call(wait: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="wait="):
        sk.retry(Script([BUSY]).stream(), wait=wait)


def test_it_ends_with_the_last_error_after_so_many_attempts() -> None:
    script = Script([BUSY])
    waits: list[int] = []
    stream = sk.retry(script.stream(), attempts=3, wait=lambda tried: waits.append(tried) or 0)
    with pytest.raises(sk.Overloaded, match="busy") as caught:
        stream.run()
    assert (script.opened, script.closed, waits, stream.state) == (3, 3, [1, 2], "failed")
    assert caught.value.partial is not None
    again = stream.again()
    with pytest.raises(sk.Overloaded):
        again.run()
    assert script.opened == 6


def test_what_would_not_help_is_not_sent_again() -> None:
    script = Script([sk.BadRequest("no")])
    with pytest.raises(sk.BadRequest):
        sk.retry(script.stream(), wait=0).run()
    assert script.opened == 1
    with pytest.raises(sk.BadRequest):
        sk.retry(script.stream(), wait=0, attempts=2, on=sk.BadRequest).run()
    assert script.opened == 3
    with pytest.raises(sk.BadRequest):
        sk.retry(script.stream(), wait=0, on=lambda error: error.status == 500).run()
    assert script.opened == 4


def test_who_asks_for_more_than_two_minutes_is_not_waited_for_unless_the_caller_says_how_long() -> None:
    script = Script([sk.RateLimited("tomorrow", retry_after=86_400)])
    with pytest.raises(sk.RateLimited) as caught:
        sk.retry(script.stream()).run()
    assert (script.opened, caught.value.retry_after) == (1, 86_400)
    with pytest.raises(sk.RateLimited):
        sk.retry(script.stream(), wait=0).run()
    assert script.opened == 4


def test_nor_do_limits_hold_the_others_back_for_it() -> None:
    limits = sk.Limits(concurrency=8)

    async def main() -> float:
        begun = asyncio.get_running_loop().time()
        for seconds in (86_400, 60):
            with pytest.raises(sk.RateLimited):
                await Script([sk.RateLimited("later", retry_after=seconds)]).stream(limits=limits)
        await Script(chat_events("Io")).stream(limits=limits)
        return asyncio.get_running_loop().time() - begun

    assert run_in_virtual_time(main()) == pytest.approx(60, abs=1)


async def test_each_attempt_has_its_own_time_for_the_first_content() -> None:
    silent = Script([START, None])
    answers = Script(chat_events("Io"))
    stream = sk.fallback(silent.stream(timeouts=sk.Timeouts(first=0.05)), answers.stream())
    assert (await stream).content == "Io"
    assert (silent.opened, silent.closed) == (1, 1)


async def test_stopping_ends_the_attempts() -> None:
    script = Script([BUSY])
    stream = sk.retry(script.stream(), wait=60)
    seen: list[Any] = []
    stream.subscribe(seen.append, seen.append)
    while not script.opened:
        await asyncio.sleep(0)
    await stream.aclose()
    assert (stream.state, script.opened, [type(each) for each in seen]) == ("stopped", 1, [sk.StoppedError])


def test_limits_count_each_attempt_and_are_given_back() -> None:
    limits = sk.Limits(concurrency=1)
    script = Script([BUSY])
    with pytest.raises(sk.Overloaded):
        sk.retry(script.stream(limits=limits), wait=0).run()
    assert (script.opened, limits.open) == (3, 0)


async def waited(limits: sk.Limits, tokens: int) -> float:
    """Ask for a turn; return how many seconds that took."""
    start = asyncio.get_running_loop().time()
    await limits.enter(tokens)
    return asyncio.get_running_loop().time() - start


def test_each_attempt_counts_against_the_tokens_and_the_calls_of_a_minute() -> None:
    prompt = "word " * 300

    async def attempts(limits: sk.Limits) -> float:
        stream = sk.retry(Script([BUSY]).stream(prompt, limits=limits), attempts=3, wait=0)
        with pytest.raises(sk.Overloaded):
            await stream
        assert limits.open == 0
        return await waited(limits, stream.request.prompt_tokens)

    one = Script([]).stream(prompt).request.prompt_tokens
    assert run_in_virtual_time(attempts(sk.Limits(tpm=4 * one))) == 0
    assert run_in_virtual_time(attempts(sk.Limits(tpm=4 * one - 1))) == pytest.approx(60, abs=0.1)
    assert run_in_virtual_time(attempts(sk.Limits(rpm=3))) == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize("stopped", [False, True])
def test_what_the_attempt_that_answers_has_used_counts_too(stopped: bool) -> None:
    events = chat_events(*["word "] * 100)  # each a token, which the last event tells

    async def answered() -> float:
        limits = sk.Limits(tpm=110)
        answers = Script([*events[:101], None] if stopped else events)
        stream = sk.fallback(Script([BUSY]).stream(limits=limits), answers.stream(limits=limits))
        read = stream.pipe(ops.limit(chars=480)) if stopped else stream
        async for _ in read:
            pass
        await stream.wait_closed()
        return await waited(limits, 50)

    assert run_in_virtual_time(answered()) == pytest.approx(60, abs=0.1)


def test_prompt_figures_of_a_failed_attempt_are_no_part_of_the_next() -> None:
    began = named("message_start", message={"id": "m", "usage": {"input_tokens": 90, "output_tokens": 1}})

    async def answered(limits: sk.Limits) -> float:
        failing = Script([began, BUSY]).stream(api="anthropic.messages", vendor="anthropic", limits=limits)
        await sk.fallback(failing, Script(chat_events("Io", usage=False)).stream(limits=limits))
        return await waited(limits, 50)

    assert run_in_virtual_time(answered(sk.Limits(tpm=200))) == 0
    assert run_in_virtual_time(answered(sk.Limits(tpm=139))) == pytest.approx(60, abs=0.1)


def test_a_fallback_asks_another_provider() -> None:
    with FaultServer([plan("unauthorized"), plan("none", anthropic_events("Io"))]) as server:
        first = sk.stream("openai/m", "?", **where(server))
        second = sk.stream("anthropic/m", "?", base_url=server.base_url, api_key="k")
        stream = sk.fallback(first, second)
        response = stream.run()
    assert (response.content, stream.provider, response.input_tokens) == ("Io", "anthropic", 7)


def test_a_fallback_ends_with_the_last_error_and_never_hides_a_wrong_configuration() -> None:
    first, second = Script([BUSY]), Script([sk.RateLimited("slow")])
    with pytest.raises(sk.RateLimited):
        sk.fallback(first.stream(), second.stream()).run()
    with pytest.raises(sk.ConfigurationError, match="OPENAI_API_KEY"):
        sk.fallback(sk.stream("openai/m", "?"), second.stream()).run()
    assert (first.opened, second.opened) == (1, 1)


class Book(BaseModel):
    title: str


@pytest.mark.parametrize("stream", [True, False])
async def test_decorated_functions_are_retried_and_fall_back_with_the_same_arguments(stream: bool) -> None:
    answer = chat_events('{"title": "Dune"}')
    plans = [plan("overloaded"), plan("overloaded"), plan("none", answer if stream else [whole_body(answer)])]
    with FaultServer(plans) as server:

        @sk.call("openai/first", response_model=Book, stream=stream, **where(server))
        async def recommend(genre: str) -> str:
            return f"A {genre} book"

        reliable = sk.fallback(sk.retry(recommend, attempts=2, wait=0), sk.override(recommend, model="second"))
        made: Any = await reliable("fantasy")
        found = await made if stream else made.parsed
        assert found == Book(title="Dune")
        sent = [request.json() for request in server.requests]
    assert [each["model"] for each in sent] == ["first", "first", "second"]
    assert {each["messages"][0]["content"] for each in sent} == {"A fantasy book"}


def test_what_cannot_be_tried_again_is_refused() -> None:
    with pytest.raises(sk.ConfigurationError, match="attempts=0"):
        sk.retry(Script([]).stream(), attempts=0)
    with pytest.raises(sk.ConfigurationError, match="takes others"):
        sk.fallback(Script([]).stream())
    with pytest.raises(sk.ConfigurationError, match=r"sk\.call has decorated"):
        sk.retry(len)
    sent = Script(chat_events("Io")).stream()
    sent.run()
    with pytest.raises(sk.ConfigurationError, match=r"stream.again\(\)"):
        sk.retry(sent)
