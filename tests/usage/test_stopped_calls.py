"""What a stopped or failed call says: its usage as reported or estimated, the cost, and what was saved."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.codec import decode, encode
from streamkit.fold import Fold
from streamkit.testing import FaultServer, Script, anthropic_events, chat_event, chat_events, plan

WORDS = ["The ", "moon ", "Europa ", "may ", "hold ", "life."]
TEXT = "".join(WORDS)


def silent(events: list[bytes], many: int = 7) -> Script:
    """Send the first events and then nothing."""
    return Script([*events[:many], None])


async def stopped(script: Script, **params: Any) -> sk.Response:
    stream = script.stream(**params)
    await stream.pipe(ops.until("life")).last()
    return stream.response


async def test_a_call_stopped_before_its_usage_has_an_estimate_with_bounds() -> None:
    usage = (await stopped(silent(chat_events(*WORDS)))).usage
    assert usage is not None and usage.low is not None and usage.high is not None and usage.output_tokens is not None
    assert (usage.source, usage.input_tokens, usage.total_tokens) == ("estimated", None, None)
    assert usage.low <= 6 <= usage.output_tokens + 1 <= usage.high + 1 and usage.high <= 6 * 4


async def test_reported_prompt_tokens_stay_beside_the_estimate() -> None:
    response = await stopped(silent(anthropic_events(*WORDS), 8), api="anthropic.messages", vendor="anthropic")
    assert response.usage is not None
    assert (response.usage.source, response.usage.input_tokens) == ("estimated", 7)
    assert response.output_tokens is not None and response.output_tokens > 1  # the 1 that came with its beginning


async def test_partial_figures_stay_where_they_may_be_the_last() -> None:
    reported = {"prompt_tokens": 7, "completion_tokens": 6, "total_tokens": 13}
    usage = (await stopped(silent([chat_event({"content": TEXT}, usage=reported)]))).usage
    assert usage is not None
    assert (usage.source, usage.output_tokens, usage.total_tokens, usage.low) == ("partial", 6, 13, None)


async def test_figures_after_the_finish_reason_are_never_replaced() -> None:
    reported = {"prompt_tokens": 7, "completion_tokens": 1}
    events = [chat_event({"content": TEXT}), chat_event({}, finish="stop"), chat_event(None, usage=reported)]
    stream = Script([*events, None]).stream()
    async for _ in stream.pipe(ops.until(lambda chunk: chunk.usage is not None)):
        pass
    assert stream.usage is not None
    assert (stream.usage.source, stream.usage.output_tokens) == ("partial", 1)


async def test_a_call_that_fails_in_the_middle_is_estimated_too() -> None:
    with pytest.raises(sk.TruncatedError) as caught:
        await Script(chat_events(*WORDS, finish=None, usage=False)).stream()
    assert caught.value.partial is not None and caught.value.partial.usage is not None
    assert caught.value.partial.usage.source == "estimated"


async def test_a_call_of_which_nothing_came_used_nothing_that_is_known() -> None:
    stream = Script([None]).stream()
    async with stream:
        stream.subscribe(on_error=lambda _: None)
    assert (stream.state, stream.usage, stream.cost) == ("stopped", None, None)


@pytest.mark.parametrize("hidden", [{"thinking": "Hm."}, {"audio": b"\x00"}, {"redacted_thinking": "x"}])
def test_there_is_no_upper_bound_where_tokens_may_hide(hidden: dict[str, Any]) -> None:
    fold = Fold()
    fold.add([sk.Chunk(content=TEXT), sk.Chunk(**hidden)])
    usage = fold.response("stopped", requested_model="m").usage
    assert usage is not None and (usage.low, usage.high) == (usage.low, None) and usage.low


def test_tool_calls_and_every_choice_are_in_the_estimate() -> None:
    fold, call = Fold(), sk.ToolCallDelta(name="look_up", arguments='{"moon": "Europa"}')
    fold.add([sk.Chunk(content=TEXT), sk.Chunk(content=TEXT, index=1), sk.Chunk(tool_calls=(call,))])
    alone = Fold()
    alone.add([sk.Chunk(content=TEXT)])
    both, one = fold.response("failed", requested_model="m").usage, alone.response("failed", requested_model="m").usage
    assert both is not None and one is not None and both.output_tokens is not None and one.output_tokens is not None
    assert both.output_tokens > 2 * one.output_tokens


def test_while_it_streams_and_when_it_is_complete_nothing_is_estimated() -> None:
    fold = Fold()
    fold.add([sk.Chunk(content=TEXT)])
    assert [fold.response(state).usage for state in ("streaming", "complete", "unknown")] == [None] * 3


async def test_saved_is_what_the_request_allowed_less_what_came() -> None:
    response = await stopped(silent(chat_events(*WORDS)), max_tokens=100)
    assert response.usage is not None and response.usage.low is not None and response.saved is not None
    assert response.saved.output_tokens == 100 - response.usage.low
    assert (await stopped(silent(chat_events(*WORDS)), max_completion_tokens=100)).saved == response.saved


async def test_saved_counts_every_requested_choice() -> None:
    script = silent([chat_event({"content": TEXT}, index=at) for at in (1, 0)])
    response = await stopped(script, max_tokens=100, n=2)
    assert response.saved is not None and 150 < response.saved.output_tokens < 200


async def test_saved_is_none_without_max_tokens_or_without_a_stop() -> None:
    assert (await stopped(silent(chat_events(*WORDS)))).saved is None
    assert (await Script(chat_events(*WORDS)).stream(max_tokens=100)).saved is None


async def test_nothing_was_saved_by_a_stop_behind_the_finish_reason() -> None:
    script = silent([chat_event({"content": TEXT}), chat_event({}, finish="stop")])
    stream = script.stream(max_tokens=100)
    async for _ in stream.pipe(ops.until(lambda chunk: chunk.finish_reasons is not None)):
        pass
    assert stream.response.saved == sk.Saved(0, "scripted-1", "openai")


def response_of(usage: sk.Usage, **fields: Any) -> sk.Response:
    return sk.Response(usage=usage, model="gpt-4o-2024-08-06", provider="openai", **fields)


def test_the_cost_is_that_of_the_usage_and_none_where_that_or_the_price_is_not_known() -> None:
    assert response_of(sk.Usage(1000, 100)).cost == pytest.approx(0.0035)
    assert response_of(sk.Usage(1000, 100, source="estimated", low=50, high=200)).cost == pytest.approx(0.0035)
    assert response_of(sk.Usage(None, 100)).cost is None
    assert sk.Response(usage=sk.Usage(1, 1), model="scripted-1", provider="scripted").cost is None
    assert sk.Saved(1000, "gpt-4o", "openai").cost == pytest.approx(0.01)
    assert sk.Saved(1000).cost is None


async def test_a_stream_has_its_cost_too() -> None:
    reported = {"prompt_tokens": 1000, "completion_tokens": 100}
    events = [
        chat_event({"content": "Io"}, model="gpt-4o"),
        chat_event({}, finish="stop", usage=reported),
        b"data: [DONE]\n\n",
    ]
    stream = Script(events).stream()
    await stream
    assert stream.cost == stream.response.cost == pytest.approx(0.0035)


def test_a_stopped_response_travels_without_loss() -> None:
    usage = sk.Usage(7, 6, source="estimated", low=3, high=18)
    response = response_of(usage, state="stopped", stopped_by="until('life')", saved=sk.Saved(97, "gpt-4o", "openai"))
    assert decode(encode(response)) == pickle.loads(pickle.dumps(response)) == response


async def test_without_a_model_in_the_answer_the_requested_one_counts() -> None:
    events = [chat_event({"content": "life"}, model=None), None]
    assert (await stopped(Script(events))).model == "scripted"
    async with Script([None]).stream() as stream:
        stream.subscribe(on_error=lambda _: None)
    assert stream.response.model is None


@pytest.mark.sdk
async def test_over_a_real_socket_the_call_is_closed_at_the_bound_and_says_what_it_used() -> None:
    endless = [chat_event({"content": "word "})] * 3000
    with FaultServer(plan("none", endless, every=0.02)) as server:
        stream = sk.stream(
            "openai/gpt-5-mini", "?", base_url=server.base_url + "/v1", api_key="test-key", max_tokens=500
        )
        assert await stream.pipe(ops.text(), ops.limit(chars=50), ops.join()) == "word " * 10
        (exchange,) = await server.until_closed(1)
        assert exchange.events_sent <= 12 and not exchange.finished  # a busy machine closes a little later
    usage, saved = stream.usage, stream.response.saved
    assert stream.response.stopped_by == "limit(chars=50)"
    assert usage is not None and usage.low is not None and usage.high is not None and saved is not None
    assert (usage.source, usage.low <= 10 <= usage.high, saved.output_tokens) == ("estimated", True, 500 - usage.low)
