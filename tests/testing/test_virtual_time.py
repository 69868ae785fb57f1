"""A loop whose clock jumps: threads take no time on it."""

from __future__ import annotations

import asyncio
import threading

from streamkit.testing import run_in_virtual_time


def test_a_worker_thread_takes_no_time_although_a_timer_is_set() -> None:
    work = threading.Event()

    async def main() -> float:
        threading.Timer(0.05, work.set).start()
        async with asyncio.timeout(60):
            await asyncio.to_thread(work.wait)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == 0
