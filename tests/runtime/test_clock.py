"""Time: deadlines, the scheduler that is handed to operators, and virtual time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
import reactivex as rx
from reactivex import operators as rxops

from streamkit.runtime import Deadline, LoopScheduler, to_thread
from streamkit.testing import run_in_virtual_time
from tests.programs import SAFETY

# Deadlines ----------------------------------------------------------------------------------------


def expiry(*steps: tuple[float, Callable[[Deadline], object]], seconds: float | None = 10) -> list[float]:
    """Set a deadline, do things to it at given times, and return when it expired."""

    async def main() -> list[float]:
        loop, expired = asyncio.get_running_loop(), list[float]()
        deadline = Deadline(loop, lambda: expired.append(loop.time()))
        deadline.set(seconds)
        for at, action in steps:
            await asyncio.sleep(at - loop.time())
            action(deadline)
        await asyncio.sleep(1000)
        return expired

    return run_in_virtual_time(main())


def touch(deadline: Deadline) -> None:
    deadline.last = asyncio.get_running_loop().time()


def test_a_deadline_expires_once() -> None:
    assert expiry() == [10]


def test_a_deadline_that_is_touched_counts_from_there() -> None:
    assert expiry((4, touch), (9, touch)) == [19]


def test_a_deadline_that_is_set_again_has_its_new_length() -> None:
    assert expiry((4, lambda deadline: deadline.set(2))) == [6]


def test_a_deadline_of_none_and_one_that_was_cancelled_never_expire() -> None:
    assert (
        expiry(seconds=None) == expiry((4, Deadline.cancel)) == expiry((4, lambda deadline: deadline.set(None))) == []
    )


@pytest.mark.parametrize(("back", "expires"), [(7, 12), (11, 16), (500, 505)])
def test_a_paused_deadline_goes_on_with_exactly_what_was_left(back: float, expires: float) -> None:
    assert expiry((5, Deadline.pause), (back, Deadline.resume)) == [expires]


def test_a_paused_deadline_that_was_cancelled_meanwhile_stays_so() -> None:
    assert expiry((5, Deadline.pause), (6, Deadline.cancel), (7, Deadline.resume)) == []


def test_resuming_what_was_not_paused_changes_nothing() -> None:
    assert expiry((5, Deadline.resume)) == [10]


# The scheduler ------------------------------------------------------------------------------------


async def test_immediate_work_is_done_at_once_and_in_order() -> None:
    done: list[int] = []
    scheduler = LoopScheduler(asyncio.get_running_loop())
    rx.of(1, 2).pipe(rxops.flat_map(lambda n: rx.of(n, n * 10))).subscribe(done.append, scheduler=scheduler)
    assert done == [1, 10, 2, 20]


def test_timers_run_on_the_loops_own_clock() -> None:
    async def main() -> list[float]:
        loop, times = asyncio.get_running_loop(), list[float]()
        source = rx.concat(rx.timer(60), rx.interval(30).pipe(rxops.take(2)))
        source.subscribe(lambda _: times.append(loop.time()), scheduler=LoopScheduler(loop))
        await asyncio.sleep(1000)
        return times

    assert run_in_virtual_time(main()) == pytest.approx([60, 90, 120])


async def test_a_timer_that_another_thread_sets_wakes_the_loop_and_runs_there() -> None:
    loop, fired = asyncio.get_running_loop(), asyncio.Event()
    threads: list[str] = []

    def fire(*_: object) -> None:
        threads.append(threading.current_thread().name)
        fired.set()

    scheduler = LoopScheduler(loop)
    threading.Thread(target=lambda: scheduler.schedule_relative(0.01, fire)).start()
    began = loop.time()
    await asyncio.wait_for(fired.wait(), SAFETY)
    assert loop.time() - began < SAFETY / 2  # not only when the loop wakes up for another reason
    assert threads == [threading.current_thread().name]


async def test_a_timer_can_be_called_off(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, timers, fire = asyncio.get_running_loop(), list[asyncio.TimerHandle](), Mock()
    set_timer = loop.call_at

    def call_at(*arguments: Any, **given: Any) -> asyncio.TimerHandle:
        timers.append(set_timer(*arguments, **given))
        return timers[-1]

    monkeypatch.setattr(loop, "call_at", call_at)
    scheduler = LoopScheduler(loop)
    ours = scheduler.schedule_relative(SAFETY, fire)
    another_threads = await to_thread(lambda: scheduler.schedule_relative(SAFETY, fire))
    while sum(timer.when() > loop.time() + SAFETY / 2 for timer in timers) < 2:
        await asyncio.sleep(0)
    ours.dispose()
    another_threads.dispose()
    while not all(timer.cancelled() for timer in timers):
        await asyncio.sleep(0)
    fire.assert_not_called()


# Virtual time -------------------------------------------------------------------------------------


def test_virtual_time_jumps_from_timer_to_timer_in_order() -> None:
    async def main() -> list[tuple[str, float]]:
        loop, log = asyncio.get_running_loop(), list[tuple[str, float]]()

        async def sleep(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            log.append((name, loop.time()))

        await asyncio.gather(sleep("a day", 86_400), sleep("an hour", 3600), sleep("now", 0))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await asyncio.Event().wait()
        return [*log, ("timeout", loop.time())]

    began = time.monotonic()
    found = run_in_virtual_time(main())
    assert found == [("now", 0), ("an hour", 3600), ("a day", 86_400), ("timeout", 86_460)]
    assert time.monotonic() - began < SAFETY


def test_worker_threads_work_in_virtual_time() -> None:
    async def main() -> tuple[str, float]:
        return await asyncio.to_thread(lambda: "done"), asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == ("done", 0)
