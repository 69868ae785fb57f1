"""Canaries of private names of reactivex that classes of streamkit inherit."""

from __future__ import annotations

import asyncio
from typing import Any

import reactivex as rx
from reactivex.scheduler.eventloop import AsyncIOScheduler


def test_an_observable_is_subscribed_to_by_the_method_that_stream_overrides() -> None:
    observers: list[object] = []

    class Own(rx.Observable[Any]):
        def _subscribe_core(self, observer: Any, scheduler: Any = None) -> Any:
            observers.append(observer)

    Own().subscribe()
    assert len(observers) == 1


async def test_a_scheduler_of_reactivex_has_its_loop_where_loop_scheduler_reads_it() -> None:
    loop = asyncio.get_running_loop()
    scheduler: Any = AsyncIOScheduler(loop)
    assert scheduler._loop is loop
