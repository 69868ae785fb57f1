"""Limits that calls share: turns in order, a minute that rolls, one brake for all, and nothing lost on the way."""

from __future__ import annotations

import asyncio
import os
import warnings
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.runtime import Limits
from streamkit.testing import Script, chat_events, run_in_virtual_time


async def sent_at(limits: Limits, calls: int, *, seconds: float = 0.0, tokens: int = 0) -> list[float]:
    """Make calls that take so long, all at once; return when each was let in."""
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def call() -> float:
        lease = await limits.enter(tokens)
        at = loop.time() - start
        await asyncio.sleep(seconds)
        limits.leave(lease)
        return round(at, 3)

    return await asyncio.gather(*(call() for _ in range(calls)))


@pytest.mark.parametrize(
    ("limits", "options", "expected"),
    [
        ({"concurrency": 2}, {"calls": 5, "seconds": 10}, [0, 0, 10, 10, 20]),
        ({"rpm": 2}, {"calls": 5}, [0, 0, 60, 60, 120]),
        ({"tpm": 100}, {"calls": 4, "tokens": 50}, [0, 0, 60, 60]),
        ({"tpm": 100}, {"calls": 3, "tokens": 500}, [0, 60, 120]),
        ({"concurrency": 1, "rpm": 2}, {"calls": 3, "seconds": 40}, [0, 40, 80]),
        ({}, {"calls": 3}, [0, 0, 0]),
    ],
)
def test_when_calls_are_let_in(limits: dict[str, int], options: dict[str, Any], expected: list[float]) -> None:
    assert run_in_virtual_time(sent_at(Limits(**limits), **options)) == expected


def test_what_a_call_has_cost_counts_instead_of_what_was_thought() -> None:
    async def main() -> float:
        limits = Limits(tpm=100)
        limits.leave(await limits.enter(10), 100)
        start = asyncio.get_running_loop().time()
        await limits.enter(10)
        return asyncio.get_running_loop().time() - start

    assert run_in_virtual_time(main()) == 60


def test_a_brake_holds_everybody_back() -> None:
    async def main() -> list[float]:
        limits = Limits()
        limits.brake(7, now=asyncio.get_running_loop().time())
        return await sent_at(limits, 3)

    assert run_in_virtual_time(main()) == [7, 7, 7]


def test_who_is_cancelled_while_waiting_holds_nobody_up() -> None:
    async def main() -> tuple[int, list[bool]]:
        limits = Limits(concurrency=1)
        held = await limits.enter()
        waiting = [asyncio.ensure_future(limits.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        waiting[2].cancel()
        await asyncio.sleep(0)
        limits.leave(held)
        await asyncio.wait(waiting)
        return limits.open, [each.cancelled() for each in waiting]

    assert run_in_virtual_time(main()) == (1, [True, False, True])


def test_loops_in_several_threads_share_them() -> None:
    limits = Limits(concurrency=3)
    most = 0

    async def calls() -> None:
        nonlocal most
        for _ in range(20):
            lease = await limits.enter()
            most = max(most, limits.open)
            while most < 3:  # until others have come, on however slow a machine
                await asyncio.sleep(0.001)
                most = max(most, limits.open)
            await asyncio.sleep(0.0005)
            limits.leave(lease)

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(asyncio.run, calls()) for _ in range(6)))

    asyncio.run(main())
    assert (most, limits.open) == (3, 0)


@pytest.mark.parametrize("wrong", [{"rpm": 0}, {"tpm": 1.5}, {"concurrency": True}])
def test_a_wrong_limit_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(sk.ConfigurationError, match="whole number above 0"):
        Limits(**wrong)


async def test_streams_that_share_limits_are_sent_in_turn_and_braked_by_a_refusal() -> None:
    limits = Limits(concurrency=2)
    script = Script([0.001, *chat_events("Io")])
    streams = [script.stream(limits=limits) for _ in range(6)]
    most = 0

    async def run(stream: sk.Stream) -> None:
        nonlocal most
        async for _ in stream:
            most = max(most, script.opened - script.closed, limits.open)

    await asyncio.gather(*map(run, streams))
    await asyncio.gather(*(stream.aclose() for stream in streams))
    assert (most, limits.open, {stream.state for stream in streams}) == (2, 0, {"complete"})


def test_a_refusal_with_retry_after_brakes_the_others() -> None:
    async def main() -> float:
        limits = Limits()
        refused = sk.RateLimited("slow down", retry_after=12)
        with pytest.raises(sk.RateLimited):
            await Script([refused]).stream(limits=limits)
        start = asyncio.get_running_loop().time()
        await Script(chat_events("Io")).stream(limits=limits)
        return asyncio.get_running_loop().time() - start

    assert 12 <= run_in_virtual_time(main()) < 12.1


async def test_a_stream_that_is_stopped_while_it_waits_is_never_sent_and_holds_nobody_up() -> None:
    limits = Limits(concurrency=1)
    held = await limits.enter()
    script = Script(chat_events("Io"))
    waiting, behind = script.stream(limits=limits), script.stream(limits=limits)
    waiting.subscribe(on_error=lambda _: None)
    later = asyncio.ensure_future(behind)
    await asyncio.sleep(0.01)
    await waiting.aclose()
    limits.leave(held)
    content = (await later).content
    await behind.aclose()
    assert (content, script.opened, waiting.state, limits.open) == ("Io", 1, "stopped", 0)


def test_what_was_stopped_before_its_usage_counts_by_estimate() -> None:
    async def main() -> float:
        limits = Limits(tpm=100)
        text = "word " * 80
        script = Script([*chat_events(text)[:2], None])
        async for _ in script.stream("?", limits=limits).pipe(ops.text(), ops.until("word")):
            pass
        start = asyncio.get_running_loop().time()
        await limits.enter(30)
        return asyncio.get_running_loop().time() - start

    assert run_in_virtual_time(main()) == pytest.approx(60, abs=0.1)


def test_a_loop_that_is_closed_over_a_live_call_gives_its_turn_back() -> None:
    limits = Limits(concurrency=1)
    stream = Script([*chat_events("Io")[:2], None]).stream(limits=limits)
    loop = asyncio.new_event_loop()

    async def read() -> object:
        iterator = aiter(stream)
        await anext(iterator)
        return iterator

    iterator = loop.run_until_complete(read())
    assert limits.open == 1
    loop.close()
    with pytest.warns(ResourceWarning, match="event loop was closed"):
        del iterator
    assert limits.open == 0
    assert Script(chat_events("Europa")).stream(limits=limits).run().content == "Europa"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_in_a_forked_child_the_calls_that_are_open_are_the_parents() -> None:
    limits = Limits(concurrency=1)

    async def enter() -> None:
        async with asyncio.timeout(5):
            await limits.enter()

    asyncio.run(enter())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking while there are threads
        child = os.fork()
    if child == 0:
        failed = True
        try:
            asyncio.run(enter())
            failed = limits.open != 1
        finally:
            os._exit(failed)
    assert (os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), limits.open) == (0, 1)
