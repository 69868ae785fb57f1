"""Budgets: a search uses no more than it may, and what is running when that is used up is closed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_event, chat_events

from .scripts import all_closed, hangs, in_virtual_time, says, search, searched


async def timed(candidates: Any, **options: Any) -> tuple[sk.SearchResult, float]:
    found = await searched(candidates, **options)
    return found, round(asyncio.get_running_loop().time(), 3)


def endless(script: Script) -> Iterator[sk.Stream]:
    return (script.stream() for _ in itertools.count())


@pytest.mark.parametrize("calls", [1, 7, 32])
def test_no_more_requests_are_sent_than_may_be(calls: int) -> None:
    script = says("Io", after=1)
    found = search(endless(script), calls=calls, concurrency=4)
    assert (script.opened, found.ledger.calls, found.ended_by) == (calls, calls, "budget")
    assert found.ledger.count("rejected") == calls


def test_calls_that_are_sent_again_count_too() -> None:
    script = Script([sk.RateLimited("slow down", retry_after=1)])
    found = search(endless(script), calls=10, concurrency=4, retries=2)
    assert (script.opened, found.ledger.calls, found.ended_by) == (10, 10, "budget")
    assert all(row.calls <= 3 for row in found.ledger)


def test_candidates_that_need_no_request_cost_none_of_the_calls() -> None:
    def broken() -> sk.Stream:
        raise sk.ConfigurationError("not this one")

    async def work() -> sk.SearchResult:
        known = says("Io").stream()
        await known
        candidates = [known, broken, says("Titan").stream(), known, says("Europa").stream()]
        return await searched(candidates, calls=2, concurrency=1)

    found = in_virtual_time(work)
    assert (found.winner, found.ledger.calls) == (4, 2)


def test_as_many_candidates_as_calls_are_no_lack_of_calls() -> None:
    assert search([says("Io").stream() for _ in range(3)], calls=3).ended_by == "exhausted"


def test_a_time_that_is_over_ends_it_whatever_the_candidates_do() -> None:
    scripts = [hangs("Io"), hangs(), says("Titan"), hangs()]
    found, seconds = in_virtual_time(
        lambda: timed([each.stream() for each in scripts], budget=sk.Budget(seconds=5), concurrency=2)
    )
    assert (found.ended_by, seconds, all_closed(scripts)) == ("budget", 5.0, True)
    assert [row.verdict for row in found.ledger] == ["stopped", "stopped"]
    assert found.ledger[0].state == "stopped"


def test_a_time_that_is_over_ends_the_wait_for_a_slow_source() -> None:
    async def source() -> Any:
        yield says("Io").stream()
        await asyncio.sleep(1000)

    assert in_virtual_time(lambda: timed(source(), budget=sk.Budget(seconds=3)))[1] == 3.0


def test_a_time_that_is_over_ends_the_reading_of_what_was_accepted() -> None:
    slow = says("Europa", " is", " cold", every=2)
    found, seconds = in_virtual_time(lambda: timed([slow.stream()], budget=sk.Budget(seconds=5), finish=True))
    assert (found.ended_by, seconds) == ("accepted", 5.0)
    assert found.response is not None
    assert (found.response.content, found.response.state) == ("Europa is", "stopped")


def test_one_budget_of_time_is_shared_by_searches_behind_each_other() -> None:
    budget = sk.Budget(seconds=5)

    async def work() -> float:
        for _ in range(2):
            await searched([hangs().stream()], budget=budget)
        return asyncio.get_running_loop().time()

    assert round(in_virtual_time(work), 3) == 5.0


def test_tokens_that_are_used_up_end_it() -> None:
    word = chat_event({"content": "words and words and words "})
    script = Script([step for _ in range(100) for step in (1.0, word)])
    found = search(endless(script), budget=sk.Budget(200), concurrency=4)
    assert found.ended_by == "budget"
    assert 200 <= found.ledger.output_tokens <= 200 + 4 * 10
    assert {row.verdict for row in found.ledger} == {"stopped"}
    assert found.ledger.usage is not None and found.ledger.usage.source == "estimated"


def test_a_silent_candidate_does_not_outlive_the_tokens() -> None:
    scripts = [hangs("Io"), *(says("x" * 100, after=1) for _ in range(9))]
    found, seconds = in_virtual_time(
        lambda: timed([each.stream() for each in scripts], budget=sk.Budget(chars=500), concurrency=2)
    )
    assert (found.ended_by, found.ledger[0].verdict) == ("budget", "stopped")
    assert seconds == 5.0


def test_what_the_providers_report_counts_instead_of_the_estimate() -> None:
    reported = {"prompt_tokens": 1, "completion_tokens": 100, "total_tokens": 101}
    script = Script(
        [*chat_events("Io", usage=False, done=False), chat_event(None, usage=reported), b"data: [DONE]\n\n"]
    )
    found = search(endless(script), budget=sk.Budget(950), concurrency=1)
    assert (script.opened, found.ledger.output_tokens) == (10, 1000)


def test_reading_on_what_was_accepted_costs_of_the_budget_too() -> None:
    script = says("Europa", *["and so on"] * 50, every=1)
    found = search([script.stream()], budget=sk.Budget(chars=60), finish=True)
    assert found.response is not None
    assert (found.ended_by, found.response.state) == ("accepted", "stopped")
    assert 60 <= len(found.response.content) < 80


def test_a_budget_that_is_used_up_does_not_wait_for_what_is_being_read_on() -> None:
    scripts = [Script([*says("Europa").steps[:4], None]), says("x" * 100, after=5)]
    candidates = [script.stream() for script in scripts]
    found, seconds = in_virtual_time(
        lambda: timed(candidates, budget=sk.Budget(chars=50), finish=True, keep=2, concurrency=2)
    )
    assert (found.ended_by, found.winner, seconds) == ("budget", 0, 5.0)
    assert found.response is not None
    assert (found.response.content, found.response.state) == ("Europa", "stopped")


def test_dollars_that_are_used_up_end_it() -> None:
    pytest.importorskip("genai_prices")
    reported = {"prompt_tokens": 0, "completion_tokens": 1000, "total_tokens": 1000}
    events = [each.replace(b"scripted-1", b"gpt-4o") for each in chat_events("Io", usage=False, done=False)]
    usage = chat_event(None, usage=reported).replace(b"scripted-1", b"gpt-4o")
    script = Script([*events, usage, b"data: [DONE]\n\n"])
    found = search(endless(script), budget=sk.Budget(cost=0.095), concurrency=1)
    assert (script.opened, found.ledger.cost) == (10, pytest.approx(0.1))
    assert "10 rejected; 10 calls" in str(found.ledger) and "$0.1" in str(found.ledger)


def test_dollars_of_a_model_without_a_price_are_an_error_and_no_failure_of_the_candidate() -> None:
    pytest.importorskip("genai_prices")
    with pytest.raises(sk.ConfigurationError, match="knows no price"):
        search([says("Io").stream()], budget=sk.Budget(cost=1))
