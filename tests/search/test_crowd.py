"""The crowd: what is told at the same moment comes in order, and nobody is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from streamkit._search._task_pool import TaskPool

from .scripts import in_virtual_time

Tell = Callable[[str], None]


async def says_after(seconds: float, word: str, tell: Tell, *, closes: float = 0.0) -> None:
    await asyncio.sleep(seconds)
    tell(word)
    await asyncio.sleep(closes)


async def fails_after(seconds: float, tell: Tell) -> None:
    await asyncio.sleep(seconds)
    raise LookupError(f"after {seconds}")


async def ends_slowly(seconds: float, ended: list[float], tell: Tell) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(seconds)
        ended.append(asyncio.get_running_loop().time())


def test_what_is_told_at_the_same_moment_comes_in_the_order_of_the_indices() -> None:
    async def work() -> list[list[str]]:
        async with TaskPool[str]() as crowd:
            for index, (seconds, word) in enumerate([(2, "c"), (1, "b"), (2, "d"), (1, "a")]):
                crowd.start(9 - index, partial(says_after, seconds, word))
            told = list[list[str]]()
            while crowd.undecided:
                told.append(await crowd.some())
        return [each for each in told if each]  # also when one has ended, some() returns

    assert in_virtual_time(work) == [["a", "b"], ["d", "c"]]


def test_who_has_told_may_run_on_and_is_no_longer_undecided() -> None:
    async def work() -> None:
        async with TaskPool[str]() as crowd:
            crowd.start(0, partial(says_after, 1, "a", closes=5))
            assert await crowd.some() == ["a"]
            assert (len(crowd), crowd.undecided) == (1, 0)
            assert await crowd.some() == []  # it has ended
            assert (len(crowd), asyncio.get_running_loop().time()) == (0, 6.0)

    in_virtual_time(work)


def test_waiting_may_be_bounded() -> None:
    async def work() -> tuple[list[str], float]:
        async with TaskPool[str]() as crowd:
            crowd.start(0, partial(says_after, 100, "a"))
            told = await crowd.some(within=3)
            await crowd.leave()
            await crowd.gone()
        return told, asyncio.get_running_loop().time()

    assert in_virtual_time(work) == ([], 3.0)


def test_leaving_does_not_wait_and_gone_does() -> None:
    ended: list[float] = []

    async def work() -> None:
        clock = asyncio.get_running_loop().time
        async with TaskPool[str]() as crowd:
            crowd.start(0, partial(ends_slowly, 7, ended))
            await asyncio.sleep(1)
            await crowd.leave()
            assert clock() == 1.0
        assert (clock(), ended) == (1.0, [])
        await crowd.gone()
        assert ended == [8.0]

    in_virtual_time(work)


def test_narrowing_cancels_all_but_some_and_waits_for_those() -> None:
    ended: list[float] = []

    async def work() -> float:
        async with TaskPool[str]() as crowd:
            crowd.start(0, partial(says_after, 1, "a", closes=5))
            crowd.start(1, partial(ends_slowly, 0, ended))
            await crowd.some()
            await crowd.narrow([0])
            await crowd.leave()
        return asyncio.get_running_loop().time()

    assert (in_virtual_time(work), ended) == (6.0, [1.0])


@pytest.mark.parametrize("how", ["work", "caller", "cancelled"])
def test_whatever_goes_wrong_all_have_ended_when_the_block_is_left(how: str) -> None:
    ended: list[float] = []

    async def crowded() -> None:
        async with TaskPool[str]() as crowd:
            for index in range(3):
                crowd.start(index, partial(ends_slowly, 2, ended))
            if how == "work":
                crowd.start(7, partial(fails_after, 1))
                crowd.start(5, partial(fails_after, 1))
            await crowd.some(within=1 if how == "caller" else None)
            raise LookupError("the caller's own")

    async def work() -> None:
        running = asyncio.ensure_future(crowded())
        await asyncio.sleep(0 if how != "cancelled" else 1)
        if how == "cancelled":
            running.cancel()
        with pytest.raises(asyncio.CancelledError if how == "cancelled" else LookupError):
            await running
        assert ended == [3.0] * 3

    in_virtual_time(work)


def test_what_fails_when_it_is_no_longer_wanted_is_told_to_the_loop() -> None:
    async def bad(tell: Tell) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError("too late to matter")

    async def main() -> list[Any]:
        complaints: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told["exception"]))
        async with TaskPool[str]() as crowd:
            crowd.start(0, bad)
            await asyncio.sleep(0)
            await crowd.leave()
            await crowd.gone()
        return complaints

    assert [str(each) for each in asyncio.run(main())] == ["too late to matter"]


def test_who_fails_after_it_was_decided_is_heard_by_whoever_waits_for_it() -> None:
    async def bad(tell: Tell) -> None:
        tell("a")
        await asyncio.sleep(1)
        raise LookupError("while it ended")

    async def work() -> None:
        async with TaskPool[str]() as crowd:
            crowd.start(0, bad)
            assert await crowd.some() == ["a"]
            await crowd.narrow([0])
            await crowd.leave()

    with pytest.raises(LookupError, match="while it ended"):
        in_virtual_time(work)
