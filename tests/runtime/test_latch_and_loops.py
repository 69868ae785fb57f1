"""Deadlines, latches, gates, loops, threads, and coroutines that a cancellation does not interrupt."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from unittest.mock import Mock

import pytest
from reactivex.disposable import Disposable

from streamkit.runtime import (
    GATE,
    STOPPED_BY,
    Gate,
    Latch,
    call_soon,
    context_without_gate,
    current_or_background_loop,
    dispose_because,
    running_loop,
    shielded,
    to_thread,
    wait_for,
)
from tests.programs import SAFETY

NAME: ContextVar[str] = ContextVar("name", default="nobody")


# Signals ------------------------------------------------------------------------------------------


async def test_a_signal_wakes_all_who_wait_on_whichever_loop_and_those_who_come_late() -> None:
    signal, woken = Latch(), list[str]()

    async def wait(name: str) -> None:
        await signal.wait()
        woken.append(name)

    elsewhere = threading.Thread(target=lambda: asyncio.run(wait("elsewhere")))
    elsewhere.start()
    waiting = [asyncio.ensure_future(wait("here")) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert woken == [] and not signal.happened
    threading.Thread(target=signal.set).start()
    await asyncio.gather(*waiting)
    await asyncio.to_thread(elsewhere.join)
    signal.set()
    await asyncio.wait_for(wait("late"), SAFETY)
    assert (sorted(woken), signal.happened) == (["elsewhere", "here", "here", "here", "late"], True)


async def test_who_gives_up_waiting_is_forgotten() -> None:
    signal = Latch()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await signal.wait()
    signal.set()
    await signal.wait()


# Gates --------------------------------------------------------------------------------------------


class Source:
    """A gated source."""

    def __init__(self) -> None:
        self.woken = 0
        self.gone = Latch()

    def wake(self) -> None:
        self.woken += 1

    async def wait_left(self) -> None:
        await self.gone.wait()


async def test_opening_a_gate_wakes_its_sources_and_leaving_waits_for_all_of_them() -> None:
    gate, sources = Gate(pulls=True), [Source(), Source()]
    for source in sources:
        gate.add_source(source)
    gate.full = True
    gate.open()
    assert ([source.woken for source in sources], gate.full) == ([1, 1], False)
    leaving = asyncio.ensure_future(gate.wait_left())
    sources[0].gone.set()
    await asyncio.sleep(0.005)
    assert not leaving.done()
    sources[1].gone.set()
    await leaving


def test_a_pump_takes_over_its_makers_context_but_not_the_gate() -> None:
    NAME.set("maker")
    token = GATE.set(Gate(pulls=True))
    context = context_without_gate()
    GATE.reset(token)
    NAME.set("somebody else")
    assert (context.run(NAME.get), context.run(GATE.get)) == ("maker", None)


def test_a_reason_is_there_while_the_subscription_is_disposed_and_gone_after_it() -> None:
    reasons: list[str | None] = []
    dispose_because(Disposable(lambda: reasons.append(STOPPED_BY.get())), "until('Io')")
    with pytest.raises(ZeroDivisionError):
        dispose_because(Disposable(Mock(side_effect=ZeroDivisionError)), "limit(5)")
    assert (reasons, STOPPED_BY.get()) == (["until('Io')"], None)


# Loops and threads --------------------------------------------------------------------------------


async def test_here_is_home_and_elsewhere_the_shared_loop_is() -> None:
    assert current_or_background_loop() is running_loop() is asyncio.get_running_loop()
    shared = await to_thread(current_or_background_loop)
    assert shared is not asyncio.get_running_loop() and shared is await to_thread(current_or_background_loop)


def test_an_action_for_a_closed_loop_is_nothing() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    call_soon(loop, lambda: pytest.fail("it ran"))


async def test_an_action_runs_in_a_later_turn_whoever_asks() -> None:
    loop, done = asyncio.get_running_loop(), list[int]()
    call_soon(loop, lambda: done.append(1))
    assert done == []
    await to_thread(lambda: call_soon(loop, lambda: done.append(2)))
    while len(done) < 2:
        await asyncio.sleep(0)
    assert done == [1, 2]


async def test_a_worker_has_its_callers_context() -> None:
    NAME.set("caller")
    assert await to_thread(NAME.get) == "caller"


def test_waiting_for_another_loop_gives_its_result_or_its_exception() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    async def fail() -> None:
        raise ZeroDivisionError

    assert wait_for(answer, current_or_background_loop()) == 42
    with pytest.raises(ZeroDivisionError):
        wait_for(fail, current_or_background_loop())


# What must not be torn ----------------------------------------------------------------------------


async def test_shielded_work_ends_before_the_cancellation_passes_however_often_it_comes() -> None:
    ended: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.02)
        ended.append("work")

    task = asyncio.ensure_future(shielded(work()))
    for _ in range(3):
        await asyncio.sleep(0.002)
        task.cancel("why")
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert (ended, caught.value.args) == (["work"], ("why",))


async def test_an_exception_of_shielded_work_passes() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await shielded(fail())
