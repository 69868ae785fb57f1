"""The task pool: simultaneous results come in order, and no task is left running."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from streamkit._search._task_pool import TaskPool

from .scripts import in_virtual_time

Report = Callable[[str], None]


async def reports_after(seconds: float, word: str, report: Report, *, closes: float = 0.0) -> None:
    await asyncio.sleep(seconds)
    report(word)
    await asyncio.sleep(closes)


async def fails_after(seconds: float, report: Report) -> None:
    await asyncio.sleep(seconds)
    raise LookupError(f"after {seconds}")


async def ends_slowly(seconds: float, ended: list[float], report: Report) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(seconds)
        ended.append(asyncio.get_running_loop().time())


def test_reports_of_the_same_moment_come_in_the_order_of_the_indices() -> None:
    async def work() -> list[list[str]]:
        async with TaskPool[str]() as pool:
            for index, (seconds, word) in enumerate([(2, "c"), (1, "b"), (2, "d"), (1, "a")]):
                pool.start(9 - index, partial(reports_after, seconds, word))
            reports = list[list[str]]()
            while pool.undecided:
                reports.append(await pool.next_reports())
        return [each for each in reports if each]  # also when one has ended, some() returns

    assert in_virtual_time(work) == [["a", "b"], ["d", "c"]]


def test_a_task_that_has_reported_may_run_on_and_is_no_longer_undecided() -> None:
    async def work() -> None:
        async with TaskPool[str]() as pool:
            pool.start(0, partial(reports_after, 1, "a", closes=5))
            assert await pool.next_reports() == ["a"]
            assert (len(pool), pool.undecided) == (1, 0)
            assert await pool.next_reports() == []  # it has ended
            assert (len(pool), asyncio.get_running_loop().time()) == (0, 6.0)

    in_virtual_time(work)


def test_waiting_may_be_bounded() -> None:
    async def work() -> tuple[list[str], float]:
        async with TaskPool[str]() as pool:
            pool.start(0, partial(reports_after, 100, "a"))
            reports = await pool.next_reports(within=3)
            await pool.cancel_all()
            await pool.wait_ended()
        return reports, asyncio.get_running_loop().time()

    assert in_virtual_time(work) == ([], 3.0)


def test_leaving_does_not_wait_and_gone_does() -> None:
    ended: list[float] = []

    async def work() -> None:
        clock = asyncio.get_running_loop().time
        async with TaskPool[str]() as pool:
            pool.start(0, partial(ends_slowly, 7, ended))
            await asyncio.sleep(1)
            await pool.cancel_all()
            assert clock() == 1.0
        assert (clock(), ended) == (1.0, [])
        await pool.wait_ended()
        assert ended == [8.0]

    in_virtual_time(work)


def test_narrowing_cancels_all_but_some_and_waits_for_those() -> None:
    ended: list[float] = []

    async def work() -> float:
        async with TaskPool[str]() as pool:
            pool.start(0, partial(reports_after, 1, "a", closes=5))
            pool.start(1, partial(ends_slowly, 0, ended))
            await pool.next_reports()
            await pool.cancel_except([0])
            await pool.cancel_all()
        return asyncio.get_running_loop().time()

    assert (in_virtual_time(work), ended) == (6.0, [1.0])


@pytest.mark.parametrize("how", ["work", "caller", "cancelled"])
def test_whatever_goes_wrong_all_have_ended_when_the_block_is_left(how: str) -> None:
    ended: list[float] = []

    async def crowded() -> None:
        async with TaskPool[str]() as pool:
            for index in range(3):
                pool.start(index, partial(ends_slowly, 2, ended))
            if how == "work":
                pool.start(7, partial(fails_after, 1))
                pool.start(5, partial(fails_after, 1))
            await pool.next_reports(within=1 if how == "caller" else None)
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


def test_a_failure_after_the_result_is_reported_to_the_loop() -> None:
    async def bad(report: Report) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError("too late to matter")

    async def main() -> list[Any]:
        complaints: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, reports: complaints.append(reports["exception"]))
        async with TaskPool[str]() as pool:
            pool.start(0, bad)
            await asyncio.sleep(0)
            await pool.cancel_all()
            await pool.wait_ended()
        return complaints

    assert [str(each) for each in asyncio.run(main())] == ["too late to matter"]


def test_who_fails_after_it_was_decided_is_heard_by_whoever_waits_for_it() -> None:
    async def bad(report: Report) -> None:
        report("a")
        await asyncio.sleep(1)
        raise LookupError("while it ended")

    async def work() -> None:
        async with TaskPool[str]() as pool:
            pool.start(0, bad)
            assert await pool.next_reports() == ["a"]
            await pool.cancel_except([0])
            await pool.cancel_all()

    with pytest.raises(LookupError, match="while it ended"):
        in_virtual_time(work)
