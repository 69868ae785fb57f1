"""Limits shared by several loops: one that has died, or stands still, holds nobody up; and what they cost to keep."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

import streamkit as sk
from streamkit.runtime import Limits
from streamkit.testing import Script, chat_events, run_in_virtual_time

SAFETY = 30


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop of its own, which nobody ends as asyncio.run would."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def turn(limits: Limits) -> None:
    """Take a turn on a loop of its own and give it back."""

    async def main() -> None:
        async with asyncio.timeout(SAFETY):
            limits.leave(await limits.enter())

    asyncio.run(main())


def begin(loop: asyncio.AbstractEventLoop, limits: Limits, *, calls: int) -> list[asyncio.Task[Any]]:
    """Let calls ask for a turn on a loop, and leave them where they are."""

    async def main() -> list[asyncio.Task[Any]]:
        tasks = [asyncio.ensure_future(limits.enter()) for _ in range(calls)]
        for _ in range(5):
            await asyncio.sleep(0)
        return tasks

    return loop.run_until_complete(main())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_who_waits_on_a_loop_that_was_closed_holds_nobody_up(loop: asyncio.AbstractEventLoop) -> None:
    limits = Limits(concurrency=1)
    open_call, waiting = begin(loop, limits, calls=2)
    limits.leave(open_call.result())
    loop.close()
    turn(limits)
    assert limits.open == 0
    del waiting


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_turn_that_a_closed_loop_has_never_given_back_is_free(loop: asyncio.AbstractEventLoop) -> None:
    limits = Limits(concurrency=1)
    held = begin(loop, limits, calls=1)[0].result()
    loop.close()
    turn(limits)
    limits.leave(held)
    assert limits.open == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_who_waits_behind_a_loop_that_dies_later_gets_his_turn(loop: asyncio.AbstractEventLoop) -> None:
    limits = Limits(concurrency=1)
    tasks = begin(loop, limits, calls=2)
    behind = threading.Thread(target=turn, args=(limits,))
    behind.start()
    while len(limits._queue) < 2:  # pyright: ignore[reportPrivateUsage] - until both wait, which no public name shows
        threading.Event().wait(0.001)
    loop.close()  # over the call that is open and the one that waits: nobody gives a turn back
    behind.join(SAFETY)
    assert (behind.is_alive(), limits.open) == (False, 0)
    del tasks


def test_a_loop_that_stands_still_is_passed_over_and_goes_on_when_it_runs_again(
    loop: asyncio.AbstractEventLoop,
) -> None:
    limits = Limits(concurrency=1)
    open_call, waiting = begin(loop, limits, calls=2)
    limits.leave(open_call.result())
    turn(limits)
    limits.leave(loop.run_until_complete(asyncio.wait_for(waiting, SAFETY)))
    assert limits.open == 0


@pytest.mark.parametrize("retry_after", [100.0, 86_400.0])
@pytest.mark.parametrize("recover", ["retry", "fallback"])
def test_a_retry_after_of_any_size_holds_neither_the_next_candidate_nor_the_others(
    recover: str, retry_after: float
) -> None:
    async def main() -> tuple[str, float]:
        limits, loop = Limits(concurrency=8), asyncio.get_running_loop()
        refused = Script([sk.RateLimited("quota", retry_after=retry_after)]).stream(limits=limits)
        answers = Script(chat_events("Io"))
        if recover == "retry":
            with pytest.raises(sk.RateLimited):
                await sk.retry(refused, attempts=2)
        else:
            assert (await sk.fallback(refused, answers.stream(limits=limits))).content == "Io"
        return (await answers.stream(limits=limits)).content, loop.time()

    content, seconds = run_in_virtual_time(main())
    assert content == "Io"
    assert seconds <= 250 if retry_after <= 120 else seconds < 1


def test_many_calls_within_a_minute_are_counted_and_not_added_up_again() -> None:
    class Counted(deque[Any]):
        """What was sent, which counts how many of them are looked at."""

        looked_at = 0

        def __iter__(self) -> Iterator[Any]:
            for each in super().__iter__():
                Counted.looked_at += 1
                yield each

    async def main() -> None:
        limits = Limits(tpm=10**9)
        limits._sent = Counted()  # pyright: ignore[reportPrivateUsage] - counts reads of the window, which is internal
        for _ in range(2_000):
            limits.leave(await limits.enter(10), 20)
        assert limits._minute_tokens == 40_000  # pyright: ignore[reportPrivateUsage] - no public name shows it

    asyncio.run(main())
    assert Counted.looked_at <= 4_000


def test_the_sum_of_a_minute_stays_right_while_calls_come_and_go() -> None:
    async def main() -> list[float]:
        limits, clock = Limits(tpm=100), asyncio.get_running_loop()
        at: list[float] = []
        for thought, cost in ((40, 10), (90, 100), (1, 1), (99, 99)):
            lease = await limits.enter(thought)
            at.append(round(clock.time()))
            limits.leave(lease, cost)
            await asyncio.sleep(10)
        return at

    first, *others = run_in_virtual_time(main())
    assert [each - first for each in others] == [10, 70, 80]
