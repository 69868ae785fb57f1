"""Attempts that nobody has seen: a failure in mid-stream is retried until a cursor has been opened on the call."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import streamkit as sk
from streamkit import codec
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, anthropic_events, chat_events, plan, run_in_virtual_time
from streamkit.testing.faults import End, Fin, Plan, Reset, Send

BUSY = sk.Overloaded("busy")
ANSWER = chat_events("Euro", "pa")  # 7 tokens of the prompt, 2 of the answer
BEGUN = ANSWER[:2]
FAILURES: dict[str, tuple[list[Any], type[sk.StreamError]]] = {
    "cut": (BEGUN, sk.TruncatedError),
    "stalled": ([*BEGUN, None], sk.StalledError),
    "reset": ([*BEGUN, sk.TransportError("reset")], sk.TransportError),
    "overloaded": ([*BEGUN, BUSY], sk.Overloaded),
}
failures = pytest.mark.parametrize(("failing", "error"), FAILURES.values(), ids=FAILURES)


class Attempts:
    """A call that is retried, of which each attempt plays steps of its own; the last steps repeat."""

    def __init__(
        self, *attempts: Iterable[Any], retries: int = 3, wait: float = 0.0, on: Any = None, **more: Any
    ) -> None:
        self.rest = iter(attempts)
        self.script = Script(next(self.rest))
        self.wait = wait
        self.stream = sk.retry(self.script.stream(**more), attempts=retries, wait=self.next, on=on)

    def next(self, tried: int) -> float:
        self.script.steps = tuple(next(self.rest, self.script.steps))
        return self.wait

    @property
    def closed(self) -> bool:
        return self.script.opened == self.script.closed


@failures
def test_an_awaited_answer_that_fails_in_mid_stream_is_retried(failing: list[Any], error: Any) -> None:
    call = Attempts(failing, ANSWER)

    async def main() -> sk.Response:
        return await call.stream

    response = run_in_virtual_time(main())
    assert (response.content, response.state, response.calls) == ("Europa", "complete", 2)
    assert [(each.content, each.state, each.calls) for each in response.attempts] == [("Euro", "failed", 1)]
    assert (call.script.opened, call.closed) == (2, True)


@failures
def test_a_reader_gets_the_failure_and_nothing_is_retried(failing: list[Any], error: Any) -> None:
    async def looped(stream: sk.Stream) -> str:
        return "".join([chunk.content async for chunk, _ in stream])

    async def piped(stream: sk.Stream) -> object:
        return await stream.pipe(ops.text(), ops.join())

    async def subscribed(stream: sk.Stream) -> None:
        over = asyncio.get_running_loop().create_future()
        stream.subscribe(on_error=over.set_exception)
        await over

    for read in (looped, piped, subscribed):
        call = Attempts(failing, ANSWER)
        with pytest.raises(error) as caught:
            run_in_virtual_time(read(call.stream))
        assert caught.value.partial.content == "Euro"
        assert (call.script.opened, call.closed, call.stream.response.attempts) == (1, True, [])


@pytest.mark.parametrize("fault", ["cut", "reset"])
@pytest.mark.parametrize("door", ["run", "await"])
def test_over_real_sockets_too(fault: str, door: str) -> None:
    with FaultServer([plan(fault, ANSWER, at=2), plan("none", ANSWER)]) as server:
        stream = sk.stream("openai/m", "?", base_url=f"{server.base_url}/v1", api_key="test-key")
        stream = sk.retry(stream, wait=0)

        async def main() -> sk.Response:
            return await stream

        response = stream.run() if door == "run" else asyncio.run(main())
        assert (response.content, response.calls, len(server.requests)) == ("Europa", 2, 2)
        assert [each.content for each in response.attempts] == ["Euro"]


def test_over_real_sockets_a_loop_gets_the_failure() -> None:
    with FaultServer([plan("cut", ANSWER, at=2), plan("none", ANSWER)]) as server:
        stream = sk.stream("openai/m", "?", base_url=f"{server.base_url}/v1", api_key="test-key")
        with pytest.raises(sk.StreamError):
            list(sk.retry(stream, wait=0))
        assert len(server.requests) == 1


@pytest.mark.parametrize("end", [Fin(), Reset(), End()])
@pytest.mark.parametrize("door", [sk.Stream.run, list])
def test_a_body_without_streaming_is_retried_at_every_door(end: Any, door: Callable[[Any], object]) -> None:
    message = {"role": "assistant", "content": "Europa"}
    body = json.dumps({"id": "c", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    kind = (("content-type", "application/json"),)
    plans = [
        Plan(headers=kind, steps=(Send(body[:40].encode()), end)),
        Plan(headers=kind, steps=(Send(body.encode()),)),
    ]
    with FaultServer(plans) as server:
        stream = sk.stream("openai/m", "?", base_url=f"{server.base_url}/v1", api_key="test-key", stream=False)
        stream = sk.retry(stream, wait=0)
        door(stream)
        assert (stream.content, stream.response.calls, len(server.requests)) == ("Europa", 2, 2)


def test_a_fallback_goes_on_with_another_stream_in_mid_stream() -> None:
    first, second = Script(BEGUN), Script(anthropic_events("Io"))
    other = second.stream(api="anthropic.messages", vendor="anthropic")
    response = sk.fallback(first.stream(), other).run()
    assert (response.content, [each.content for each in response.attempts]) == ("Io", ["Euro"])
    assert (response.calls, first.opened, second.opened) == (2, 1, 1)


@pytest.mark.parametrize(("failing", "source"), [("anthropic", "partial"), ("chat", "estimated")])
def test_usage_is_the_sum_of_the_attempts_and_as_certain_as_the_least_certain_one(failing: str, source: str) -> None:
    scripts = {
        "anthropic": Script(anthropic_events("Euro", "pa")[:4]).stream(**ANTHROPIC),
        "chat": Script(BEGUN).stream(),
    }
    response = sk.fallback(scripts[failing], Script(ANSWER).stream()).run()
    usage, own, failed = response.usage, response.last_usage, response.attempts[0].usage
    assert usage is not None and own is not None and failed is not None
    assert (own.source, failed.source, usage.source) == ("provider", source, source)
    assert usage.output_tokens == (failed.output_tokens or 0) + (own.output_tokens or 0)
    assert usage.input_tokens == (failed.input_tokens or 0) + (own.input_tokens or 0)
    if source == "estimated":
        assert (usage.low, usage.high) == ((failed.low or 0) + 2, (failed.high or 0) + 2)


def test_an_answer_that_began_and_did_not_report_usage_makes_the_sum_less_certain() -> None:
    response = Attempts([b": hello\n\n"], ANSWER).stream.run()
    assert response.usage is not None and (response.usage.source, response.output_tokens) == ("partial", 2)
    response = Attempts([BUSY], ANSWER).stream.run()
    assert response.usage is not None and response.usage.source == "provider"


ANTHROPIC: dict[str, Any] = {"api": "anthropic.messages", "vendor": "anthropic"}


def test_the_cost_is_the_sum_of_the_attempts_or_unknown() -> None:
    pytest.importorskip("genai_prices")
    usage = sk.Usage(input_tokens=1000, output_tokens=100)
    known: dict[str, Any] = {"model": "gpt-4o", "provider": "openai"}
    failed = sk.Response(**known, usage=usage, state="failed")
    answer = sk.Response(**known, usage=sk.Usage(2000, 200), last_usage=usage, attempts=[failed])
    assert failed.cost and answer.cost == pytest.approx(2 * failed.cost)
    refused, unknown = sk.Response(state="failed"), sk.Response(usage=sk.Usage(output_tokens=3), state="failed")
    assert answer.model_copy(update={"attempts": [refused]}).cost == failed.cost
    assert answer.model_copy(update={"attempts": [failed, unknown]}).cost is None


def test_every_request_is_counted_and_the_attempts_survive_a_pickle_and_json() -> None:
    response = Attempts([BUSY], BEGUN, ANSWER).stream.run()
    assert (response.calls, [each.content for each in response.attempts]) == (3, ["", "Euro"])
    assert pickle.loads(pickle.dumps(response)) == response
    assert codec.decode(codec.encode(response)) == response
    assert sk.Response.model_validate(response.model_dump()) == response
    assert Script(ANSWER).stream().response.calls == 0


def test_the_last_failure_is_raised_with_what_its_attempt_had_and_with_the_others() -> None:
    call = Attempts(BEGUN, ANSWER[:3], retries=2)
    with pytest.raises(sk.TruncatedError) as caught:
        call.stream.run()
    partial = caught.value.partial
    assert partial is not None and (partial.content, partial.calls) == ("Europa", 2)
    assert [each.content for each in partial.attempts] == ["Euro"]
    with pytest.raises(sk.TruncatedError):
        call.stream.run()  # a failure after content is replayed
    assert call.script.opened == 2


def test_what_fails_at_last_before_its_content_is_a_new_call_for_the_next_reader() -> None:
    call = Attempts(BEGUN, [BUSY], retries=2)
    with pytest.raises(sk.Overloaded):
        call.stream.run()
    assert call.stream.failed_before_content
    call.script.steps = tuple(ANSWER)
    response = call.stream.run()
    assert (response.content, response.calls, call.script.opened) == ("Europa", 3, 3)
    assert [each.content for each in response.attempts] == ["Euro", ""]


def test_a_replaced_call_counts_those_before_it() -> None:
    script = Script([BUSY])
    stream = script.stream()
    with pytest.raises(sk.Overloaded):
        stream.run()
    script.steps = tuple(ANSWER)
    response = stream.run()
    assert (response.calls, [each.state for each in response.attempts]) == (2, ["failed"])


def test_policies_choose_the_errors_and_the_pause() -> None:
    async def seconds(stream: sk.Stream) -> float:
        await stream
        return asyncio.get_running_loop().time()

    refused = Attempts(BEGUN, ANSWER, on=sk.Overloaded)
    with pytest.raises(sk.TruncatedError):
        refused.stream.run()
    assert refused.script.opened == 1
    assert run_in_virtual_time(seconds(Attempts(BEGUN, ANSWER, wait=3.0).stream)) == pytest.approx(3, abs=0.1)
    script = Script([*BEGUN, sk.Overloaded("busy", retry_after=40)])
    stream = sk.fallback(sk.retry(script.stream(), attempts=2), Script(ANSWER).stream())
    assert run_in_virtual_time(seconds(stream)) == pytest.approx(40, abs=0.1)
    assert script.opened == 2


def test_the_first_and_the_next_content_have_their_time_in_each_attempt_and_all_together_one() -> None:
    async def main(*attempts: list[Any], total: float) -> tuple[type[Exception] | None, float, int]:
        call = Attempts(*attempts, retries=9, timeouts=sk.Timeouts(first=10, between=5, total=total))
        error = None
        try:
            await call.stream
        except sk.StreamError as raised:
            error = type(raised)
        return error, asyncio.get_running_loop().time(), call.script.opened

    error, seconds, opened = run_in_virtual_time(main([9.0, *BEGUN, None], [9.0, *ANSWER], total=30))
    assert (error, opened) == (None, 2) and seconds == pytest.approx(9 + 5 + 9, abs=0.1)
    error, seconds, opened = run_in_virtual_time(main([*BEGUN, None], total=22))
    assert (error, opened) == (sk.StalledError, 5) and seconds == pytest.approx(22, abs=0.1)


def test_a_fallback_has_its_own_clocks_for_content() -> None:
    async def main() -> float:
        first = Script([*BEGUN, None]).stream(timeouts=sk.Timeouts(between=5))
        second = Script([*BEGUN, 30.0, *ANSWER[2:]]).stream(timeouts=sk.Timeouts(between=60))
        await sk.fallback(first, second)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(35, abs=0.1)


def test_each_attempt_has_its_own_turn_under_limits() -> None:
    async def main() -> float:
        limits = sk.Limits(rpm=1, concurrency=1)
        stream = Attempts(BEGUN, ANSWER, limits=limits).stream
        assert (await stream).calls == 2
        await stream.wait_closed()
        assert limits.open == 0
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(60, abs=0.1)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0)


async def test_the_response_is_that_of_the_running_attempt() -> None:
    call = Attempts(BEGUN, [*chat_events("Io")[:2], None])
    waiting = asyncio.ensure_future(_awaited(call.stream))
    await until(lambda: call.stream.content == "Io")
    response = call.stream.response
    assert (response.content, response.state, response.calls) == ("Io", "streaming", 2)
    assert [each.content for each in response.attempts] == ["Euro"]
    call.stream.stop()
    stopped = await waiting
    assert (stopped.content, stopped.state, stopped.stopped_by) == ("Io", "stopped", "stop()")
    assert [each.content for each in stopped.attempts] == ["Euro"]
    await call.stream.wait_closed()
    assert call.closed


async def _awaited(stream: sk.Stream) -> sk.Response:
    return await stream


async def test_a_stop_before_content_keeps_what_the_attempt_had() -> None:
    call = Attempts([*anthropic_events("Io")[:1], None], **ANTHROPIC)
    waiting = asyncio.ensure_future(_awaited(call.stream))
    await until(lambda: call.stream.response.input_tokens)
    await call.stream.aclose()
    response = await waiting
    assert (response.state, response.content, response.input_tokens) == ("stopped", "", 7)


async def test_a_late_reader_gets_the_running_attempt_from_its_start_and_only_that() -> None:
    call = Attempts(BEGUN, [*chat_events("Io")[:2], 0.01, *chat_events("Io")[2:]])
    waiting = asyncio.ensure_future(_awaited(call.stream))
    await until(lambda: call.stream.content == "Io")
    assert "".join([chunk.content async for chunk, _ in call.stream]) == "Io"
    assert (await waiting).content == "Io"
    assert await call.stream.pipe(ops.text(), ops.join()) == "Io"


@failures
def test_once_a_late_reader_has_come_a_failure_reaches_all(failing: list[Any], error: Any) -> None:
    async def main() -> list[object]:
        call = Attempts(BEGUN, failing, ANSWER, retries=9)
        waiting = asyncio.ensure_future(_awaited(call.stream))
        await until(lambda: call.script.opened == 2 and call.stream.content)
        got = list[object]()
        call.stream.subscribe(lambda chunk: got.append(chunk.content), lambda error: got.append(type(error)))
        with pytest.raises(error):
            await waiting
        await call.stream.wait_closed()
        assert call.script.opened == 2
        return [each for each in got if each]

    assert run_in_virtual_time(main()) == ["Euro", error]


async def test_a_reader_that_has_left_has_seen_it() -> None:
    call = Attempts([*BEGUN, 0.01], ANSWER)
    waiting = asyncio.ensure_future(_awaited(call.stream))
    await until(lambda: call.stream.content)
    async for _ in call.stream:
        break
    with pytest.raises(sk.TruncatedError):
        await waiting
    assert call.script.opened == 1


async def test_a_reader_that_comes_between_two_attempts_reads_the_next_one() -> None:
    call = Attempts(BEGUN, ANSWER, wait=0.01)
    waiting = asyncio.ensure_future(_awaited(call.stream))
    await until(lambda: call.stream.response.attempts)
    assert "".join([chunk.content async for chunk, _ in call.stream]) == "Europa"
    assert (await waiting).calls == 2


async def test_a_reader_from_the_start_is_retried_before_content_only() -> None:
    call = Attempts([BUSY], BEGUN, ANSWER)
    with pytest.raises(sk.TruncatedError):
        [chunk async for chunk, _ in call.stream]
    assert (call.script.opened, call.stream.response.calls) == (2, 2)


@pytest.mark.parametrize("late", ["replay", "fold", "live", sk.tail(1)])
async def test_no_way_to_join_late_shows_a_failed_attempt(late: Any) -> None:
    call = Attempts(chat_events("Titan", finish=None), [0.01, *ANSWER])
    waiting = asyncio.ensure_future(_awaited(call.stream))
    await until(lambda: call.script.opened == 2)
    text = "".join([chunk.content async for chunk, _ in call.stream.fan_out(late=late)])
    assert (text, (await waiting).content) == ("Europa", "Europa")


class Turnstile:
    """A lock that lets somebody else through first, at the n-th time that it is taken."""

    def __init__(self, lock: Any, at: int, visit: Callable[[], None]) -> None:
        self.lock, self.at, self.visit = lock, at, visit

    def __enter__(self) -> None:
        self.at -= 1
        if self.at == 0:
            thread = threading.Thread(target=self.visit)
            thread.start()
            thread.join(30)
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


@pytest.mark.parametrize("at", range(1, 9))
async def test_a_reader_of_another_thread_sees_one_attempt_whenever_it_comes(at: int) -> None:
    call = Attempts(BEGUN, ANSWER)
    got, over = list[str](), threading.Event()
    waiting = asyncio.ensure_future(_awaited(call.stream))
    await asyncio.sleep(0)
    sent: Any = call.stream._call  # pyright: ignore[reportPrivateUsage] - the lock under which it is decided

    def visit() -> None:
        call.stream.subscribe(lambda chunk: got.append(chunk.content), lambda _: over.set(), over.set)

    sent._guard = Turnstile(sent._guard, at, visit)
    try:
        outcome = (await waiting).content
    except sk.TruncatedError:
        outcome = "Euro"
    if sent._guard.at <= 0:
        assert await asyncio.to_thread(over.wait, 30)
        assert "".join(got) == outcome
    assert call.script.opened == (1 if outcome == "Euro" else 2)


async def test_a_call_that_has_run_a_tool_is_not_retried() -> None:
    call = Attempts(BEGUN, ANSWER)
    waiting = asyncio.ensure_future(_awaited(call.stream))
    await asyncio.sleep(0)
    sent: Any = call.stream._call  # pyright: ignore[reportPrivateUsage] - where the results of tools are kept
    sent.tool_results._runs["call_1"] = "a run"
    with pytest.raises(sk.TruncatedError):
        await waiting
    assert call.script.opened == 1


def test_the_attempts_are_bounded_each_and_together() -> None:
    size = sum(map(len, BEGUN))
    call = Attempts(BEGUN, retries=100, caps=sk.Caps(log=5 * size))
    with pytest.raises(sk.LimitExceeded, match="attempts") as caught:
        call.stream.run()
    assert isinstance(caught.value.__cause__, sk.TruncatedError)
    assert call.script.opened == 6
    endless = [b": hello\n\n", *[chat_events("")[0]] * 50, None]
    with pytest.raises(sk.LimitExceeded):
        Attempts(endless, caps=sk.Caps(chunks=20)).stream.run()
    large = sk.fallback(Script(ANSWER).stream(caps=sk.Caps(text=4)), Script(chat_events("Io")).stream())
    assert (large.run().content, large.response.attempts[0].content) == ("Io", "Euro")
