"""Law 14: in context."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import anyio
import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

REQUEST: ContextVar[str] = ContextVar("request", default="none")


async def test_the_pump_runs_in_the_context_of_the_call_that_made_it() -> None:
    REQUEST.set("made")
    stream = Script(chat_events("Io")).stream()
    REQUEST.set("subscribed")
    seen: list[str] = []
    stream.subscribe(lambda _: seen.append(REQUEST.get()))
    await stream
    assert set(seen) <= {"made", "subscribed"} and "made" in seen


async def test_a_reader_stays_in_a_context_of_its_own() -> None:
    REQUEST.set("mine")
    async for _ in Script(chat_events("Io")).stream().pipe(ops.text()):
        assert REQUEST.get() == "mine"


async def test_a_task_group_that_is_cancelled_closes_its_streams() -> None:
    script = Script([*chat_events("Eu")[:2], None])
    streams = [script.stream() for _ in range(5)]
    async with anyio.create_task_group() as group:
        for stream in streams:
            group.start_soon(_read, stream)
        while script.opened < 5:
            await anyio.sleep(0)
        group.cancel_scope.cancel()
    assert script.closed == 5
    assert {stream.state for stream in streams} == {"stopped"}


async def test_a_cancellation_passes_unchanged() -> None:
    task = asyncio.ensure_future(_read(Script([None]).stream()))
    await asyncio.sleep(0.005)
    task.cancel("why")
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.args == ("why",)


async def test_a_deadline_around_a_loop_ends_it() -> None:
    with anyio.move_on_after(0.01) as scope:
        await _read(Script([None]).stream())
    assert scope.cancelled_caught


async def _read(stream: sk.Stream) -> None:
    async for _ in stream:
        pass
