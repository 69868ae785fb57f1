"""``limit``: stop when a budget of tokens, characters, seconds or dollars is used up."""

from __future__ import annotations

import sys
from typing import Any, assert_type, cast

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as rxops
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, regroup, run_in_virtual_time
from streamkit.usage.tokens import weigh

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed
FAMILY = "👨‍👩‍👧"


def limited(*elements: Any, **bounds: Any) -> list[Any]:
    return sk.flow(rx.of(*elements)).pipe(ops.limit(**bounds), rxops.to_list()).run()


def chunk(content: str = "", **fields: Any) -> sk.Chunk:
    return sk.Chunk(content=content, model="gpt-4o", provider="openai", **fields)


def text_of(chunks: list[sk.Chunk]) -> str:
    return "".join(each.content for each in chunks)


def test_the_limit_of_characters_is_exact_and_cuts_the_last_text() -> None:
    assert limited("Euro", "pa", " Titan", chars=6) == ["Euro", "pa"]
    assert limited("Euro", "pa Titan", chars=7) == ["Euro", "pa "]
    assert limited("Euro", "pa", chars=100) == ["Euro", "pa"]


@pytest.mark.parametrize(
    ("chars", "expected"), [(2, "Io"), (3, "Io"), (6, "Io"), (7, "Io" + FAMILY), (8, "Io" + FAMILY + "!")]
)
def test_a_character_of_several_code_points_passes_whole_or_not_at_all(chars: int, expected: str) -> None:
    assert "".join(limited(f"Io{FAMILY}!?", chars=chars)) == expected
    assert "".join(limited(*f"Io{FAMILY}!?", chars=chars)) == expected


@given(st.text("aé木👍🏽‍\u0301\u200d🪐\n", max_size=40), st.integers(1, 40), st.integers(0, 2**32))
def test_the_limit_of_characters_does_not_depend_on_the_chunking(text: str, chars: int, seed: int) -> None:
    whole = "".join(limited(text, chars=chars))
    assert whole == "".join(limited(*regroup([text], seed=seed), chars=chars))
    assert len(whole) <= chars and text.startswith(whole)


def test_characters_are_those_of_the_answer_and_not_of_other_choices_or_of_thinking() -> None:
    given_chunks = [chunk(thinking="x" * 99), chunk("y" * 99, index=1), chunk("Europa"), chunk("!")]
    assert [(each.index, each.content) for each in limited(*given_chunks, chars=6)][-1] == (0, "Europa")


def test_tokens_are_estimated_if_none_are_reported() -> None:
    words = [chunk("word ") for _ in range(100)]
    emitted = text_of(limited(*words, tokens=20))
    assert weigh(emitted[:-1]).likely < 2000 <= weigh(emitted).likely


def test_thinking_and_tool_calls_and_other_answers_count_too() -> None:
    call = (sk.ToolCallDelta(name="look_up", arguments='{"moon": "Europa"}'),)
    long = "word " * 40
    for first in (chunk(thinking=long), chunk(long, index=1), chunk(tool_calls=call * 8)):
        assert limited(first, chunk("Io"), tokens=20) == [first]


def test_what_the_provider_reports_counts_instead_of_the_estimate() -> None:
    chunks = [chunk("word " * 99, usage=sk.Usage(7, at)) for at in range(1, 20)]
    assert limited(*chunks, tokens=5) == chunks[:5]
    chunks = [chunk("w", usage=sk.Usage(7, 100)), chunk("x")]
    assert limited(*chunks, tokens=5) == chunks[:1]


def test_thinking_that_the_provider_counts_beside_the_answer_counts() -> None:
    chunks = [chunk("w", usage=sk.Usage(7, at, reasoning_tokens=100, total_tokens=107 + at)) for at in range(1, 20)]
    assert limited(*chunks, tokens=105) == chunks[:5]


def test_a_chunk_with_a_report_is_cut_by_its_characters_only() -> None:
    chunks = [chunk("word " * 9, usage=sk.Usage(7, 1))]
    assert text_of(limited(*chunks, tokens=5, chars=30)) == "word " * 6


def test_an_end_without_a_model_or_text_needs_no_price() -> None:
    end = sk.Chunk(finish_reasons=["stop"], usage=sk.Usage(1, 1))
    assert limited(end, cost=1) == [end]


def test_what_came_since_the_report_is_estimated() -> None:
    emitted = limited(chunk(usage=sk.Usage(7, 10)), *(chunk("word ") for _ in range(50)), tokens=20)
    assert 990 <= weigh(text_of(emitted)).likely <= 1030


def test_dollars_follow_the_price_of_the_model() -> None:
    words = [chunk("word ") for _ in range(400)]  # 0.98 tokens each, 10 dollars a million
    assert len(limited(*words, cost=0.0001)) == 11
    assert len(limited(*words, cost=0.0001, model="openai/gpt-4o-mini")) == pytest.approx(170, abs=2)


def test_the_prompt_is_paid_once_it_is_reported() -> None:
    words = [chunk(usage=sk.Usage(30, 0)), *(chunk("word ") for _ in range(400))]  # 2.5 dollars a million
    assert len(limited(*words, cost=0.0001)) == 4


def test_a_model_without_a_price_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(sk.ConfigurationError, match="no price of openai/nobody's: give model="):
        limited(sk.Chunk(content="Io", model="nobody's", provider="openai"), cost=1)
    with pytest.raises(sk.ConfigurationError, match="model without a name"):
        limited(sk.Chunk(content="Io"), cost=1)
    with pytest.raises(sk.ConfigurationError, match="no price of openai/nobody's"):
        ops.limit(cost=1, model="openai/nobody's")


def test_a_chunk_without_usage_needs_no_price() -> None:
    assert len(limited(sk.Chunk(), chunk("Io"), cost=1)) == 2


def test_without_the_price_table_dollars_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    with pytest.raises(sk.ConfigurationError, match="pip install 'genai-prices"):
        ops.limit(cost=1)
    assert limited("Io", chars=1) == ["I"]


def test_seconds_go_by_the_scheduler_from_the_subscription_on() -> None:
    scheduler = TestScheduler()
    source = scheduler.create_hot_observable(on_next(210, "Eu"), on_next(220, "ro"), on_next(240, "pa"))
    result = scheduler.start(lambda: source.pipe(ops.limit(seconds=30)))
    assert result.messages == [on_next(210, "Eu"), on_next(220, "ro"), on_completed(230)]
    assert [(each.subscribe, each.unsubscribe) for each in source.subscriptions] == [(200, 230)]


def test_what_was_held_back_comes_when_the_time_is_over() -> None:
    scheduler = TestScheduler()
    source = scheduler.create_hot_observable(on_next(210, "木"))
    result = scheduler.start(lambda: source.pipe(ops.limit(chars=1, seconds=30)))
    assert result.messages == [on_next(230, "木"), on_completed(230)]


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        ({"chars": 9}, "limit(chars=9)"),
        ({"tokens": 3}, "limit(tokens=3)"),
        ({"chars": 99, "seconds": 5}, "limit(seconds=5)"),
    ],
)
def test_a_call_that_it_stops_says_which_bound_it_was(bounds: Any, reason: str) -> None:
    async def main() -> None:
        script = Script([*chat_events("Io, Europa", " und Titan")[:3], None])
        stream = script.stream()
        await stream.pipe(ops.limit(**bounds)).last()
        assert (stream.state, stream.response.stopped_by, script.closed) == ("stopped", reason, 1)

    run_in_virtual_time(main())


async def test_text_that_was_held_back_comes_with_the_finish_reason() -> None:
    events = [chat_event({"content": "木"}), chat_event({}, finish="stop"), b"data: [DONE]\n\n"]
    chunks = [each async for each in Script(events).stream().pipe(ops.limit(chars=2))]
    assert [(each.content, each.finish_reasons) for each in chunks] == [("", None), ("木", ["stop"])]


def test_plain_texts_have_no_tokens_to_count() -> None:
    for bounds in ({"tokens": 5}, {"cost": 1}):
        with pytest.raises(sk.ConfigurationError, match=r"put limit before text\(\)"):
            limited("Io", **bounds)


@pytest.mark.parametrize(
    "bounds",
    [{}, {"tokens": 0}, {"tokens": 1.5}, {"chars": True}, {"seconds": -1}, {"cost": float("nan")}, {"chars": "9"}],
)
def test_what_is_no_bound_is_refused_at_once(bounds: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"above 0|needs a bound"):
        ops.limit(**bounds)


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.limit(500)), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.limit(sk.Budget(cost=1)), ops.text()), sk.Flow[str])
    assert_type(stream.pipe(ops.text(), ops.limit(chars=100), ops.join()), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.limit(chars=1)), Observable[str])
    assert repr(sk.Budget(500, cost=0.5)) == "Budget(tokens=500, cost=0.5)"


def test_elements_that_cannot_be_counted_are_refused_by_name() -> None:
    chars, seconds = cast("Any", ops.limit(chars=3)), cast("Any", ops.limit(seconds=900))  # the types refuse lists
    batches = Script(chat_events("Io, ", "Europa")).stream().pipe(ops.text(), ops.batch(2))
    with pytest.raises(sk.ConfigurationError, match="list came"):
        batches.pipe(chars).to_list().run()
    again = Script(chat_events("Io, ", "Europa")).stream()
    assert again.pipe(ops.text(), ops.batch(2), seconds).to_list().run() == [["Io, ", "Europa"]]
