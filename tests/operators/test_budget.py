"""One ``Budget`` in several pipelines: each stops with its first chunk after it is used up, on whichever thread."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import reactivex as rx
from reactivex import Subject  # noqa: TID251 - a hot source that a test can push into
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, chat_event, plan, run_in_virtual_time

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed


def listen(source: rx.Observable[Any], budget: sk.Budget) -> list[Any]:
    seen: list[Any] = []
    source.pipe(ops.limit(budget)).subscribe(seen.append, seen.append, lambda: seen.append("end"))
    return seen


def test_streams_use_up_one_budget_together() -> None:
    budget, first, second = sk.Budget(chars=10), Subject[str](), Subject[str]()
    one, other = listen(first, budget), listen(second, budget)
    first.on_next("Io, ")
    second.on_next("Europa")
    assert (other, second.observers) == (["Europa", "end"], [])
    first.on_next("Titan")
    assert (one, first.observers, budget.exhausted, budget.spent) == (["Io, ", "end"], [], "chars", {"chars": 10})


def test_who_comes_when_it_is_used_up_asks_nobody() -> None:
    budget, script = sk.Budget(chars=2), Script([chat_event({"content": "Io"}), None])
    assert listen(rx.of("Io"), budget) == ["Io", "end"]
    assert list(script.stream().pipe(ops.text(), ops.limit(budget))) == []
    assert script.opened == 0


def test_seconds_run_from_the_first_subscription() -> None:
    scheduler, budget = TestScheduler(), sk.Budget(seconds=50)
    source = scheduler.create_hot_observable(on_next(210, "Io"), on_next(240, "Titan"), on_next(260, "Rhea"))
    early, late, too_late = (scheduler.create_observer() for _ in range(3))
    for time, observer in ((200, early), (230, late), (270, too_late)):
        scheduler.advance_to(time)
        source.pipe(ops.limit(budget)).subscribe(observer, scheduler=scheduler)
    scheduler.start()
    assert early.messages == [on_next(210, "Io"), on_next(240, "Titan"), on_completed(250)]
    assert late.messages == [on_next(240, "Titan"), on_completed(250)]
    assert too_late.messages == [on_completed(270)]


def test_seconds_of_streams_on_a_loop_end_together() -> None:
    async def main() -> None:
        budget = sk.Budget(seconds=10)
        first, second = (Script([chat_event({"content": "Io"}), None]).stream() for _ in range(2))
        ends: list[float] = []
        loop = asyncio.get_running_loop()
        first.pipe(ops.limit(budget)).subscribe(on_completed=lambda: ends.append(loop.time()))
        await asyncio.sleep(7)
        await second.pipe(ops.limit(budget)).last()
        assert (ends, loop.time()) == ([pytest.approx(10)], pytest.approx(10))
        assert second.response.stopped_by == "limit(Budget(seconds=10))"

    run_in_virtual_time(main())


def test_threads_may_spend_it_at_the_same_time() -> None:
    budget = sk.Budget(chars=1_000_000)

    def spend() -> None:
        for _ in range(20_000):
            budget.spend("chars", 1)

    threads = [threading.Thread(target=spend) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.spent == {"chars": 100_000}


@pytest.mark.sdk
async def test_fifty_calls_overshoot_a_shared_budget_by_no_more_than_a_chunk_each() -> None:
    budget = sk.Budget(1000)
    with FaultServer(plan("none", [chat_event({"content": "word "})] * 3000, every=0.002)) as server:
        stream = sk.stream("openai/gpt-5-mini", "?", base_url=server.base_url + "/v1", api_key="test-key")
        streams = [stream.again() for _ in range(50)]
        over: list[None] = []
        for each in streams:
            each.pipe(ops.limit(budget)).subscribe(on_completed=lambda: over.append(None))
        assert len(await server.until_closed(50, timeout=20)) == 50
        while len(over) < 50 or any(each.open for each in streams):
            await asyncio.sleep(0.001)
    assert {each.response.stopped_by for each in streams} == {"limit(Budget(tokens=1000))"}
    assert 1000 <= budget.spent["tokens"] <= 1050


def test_a_budget_that_is_given_is_all_the_bounds_there_are() -> None:
    with pytest.raises(sk.ConfigurationError, match="takes its bounds from the budget"):
        ops.limit(sk.Budget(5), chars=3)
    with pytest.raises(sk.ConfigurationError, match="needs a bound"):
        sk.Budget()
