"""A countdown: one span of time for several waits, and no mistaking somebody else's timeout for its own."""

from __future__ import annotations

import asyncio

import pytest

from streamkit.runtime import Countdown, TimeIsUpError, loop_time, pause
from streamkit.testing import run_in_virtual_time


async def after(seconds: float) -> str:
    await pause(seconds)
    return "done"


def test_all_waits_share_its_time() -> None:
    async def main() -> float:
        clock = Countdown(10)
        assert await clock.wait(after(6)) == "done"
        with pytest.raises(TimeIsUpError):
            await clock.wait(after(6))
        return loop_time()

    assert run_in_virtual_time(main()) == pytest.approx(10, abs=0.01)


def test_without_a_number_it_never_runs_out() -> None:
    assert run_in_virtual_time(Countdown(None).wait(after(1e6))) == "done"


def test_a_timeout_and_a_cancellation_from_inside_pass_as_they_are() -> None:
    async def broken(error: BaseException) -> None:
        raise error

    async def main() -> None:
        for error in (TimeoutError("the socket's own"), asyncio.CancelledError()):
            with pytest.raises(type(error)):
                await Countdown(10).wait(broken(error))

    run_in_virtual_time(main())
