"""``ToolRuns``: the events of each call in order, a bound on what waits, and a stop that says how each call ended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import streamkit as sk
from streamkit.operators._base.tool_runs import ToolRuns
from streamkit.testing import run_in_virtual_time
from streamkit.tool import TypedToolCall
from tests.operators.look import SAFETY

Event = sk.ToolUpdate | sk.ToolResult


def call_of(function: Callable[..., Any], index: int = 0, arguments: str = "{}") -> TypedToolCall:
    call = sk.ToolCall(f"call_{index}", function.__name__, index, None, arguments, complete=True)
    call = sk.ToolCall(call.id, call.name, index, {}, arguments, complete=True)
    return sk.as_tool(function).read(call)


def shown(event: Event) -> Any:
    if isinstance(event, sk.ToolResult):
        return event.state, event.output if event.error is None else event.text
    return event.kind, event.text


async def events_of(*functions: Callable[..., Any], **options: Any) -> list[Event]:
    runs = ToolRuns(**options)
    for index, function in enumerate(functions):
        runs.start(call_of(function, index))
    runs.finish()
    async with asyncio.timeout(SAFETY):
        return [event async for event in runs]


def slices() -> Iterator[str]:
    yield "Eu"
    yield "ropa"


async def async_slices() -> AsyncIterator[str]:
    for each in slices():
        yield each


def returning() -> Iterator[str]:
    yield "looking"
    return {"days": 3.6}


async def streaming() -> sk.Stream:
    return sk.from_async(async_slices())


def flowing() -> sk.Flow[str]:
    return sk.from_async(async_slices()).text()


def plain(context: sk.ToolContext) -> int:
    context.progress(1, total=2, message="half")
    return 7


OUTPUTS = [("started", ""), ("output", "Eu"), ("output", "ropa"), ("done", "Europa")]
EVENTS: list[tuple[Callable[..., Any], list[Any]]] = [
    (slices, OUTPUTS),
    (async_slices, OUTPUTS),
    (flowing, OUTPUTS),
    (streaming, [("started", ""), ("chunk", "Eu"), ("chunk", "ropa"), ("done", "Europa")]),
    (returning, [("started", ""), ("output", "looking"), ("done", {"days": 3.6})]),
    (plain, [("started", ""), ("progress", "half"), ("done", 7)]),
]


@pytest.mark.parametrize(("function", "events"), EVENTS)
async def test_the_events_of_a_call_come_in_order_and_the_result_last(
    function: Callable[..., Any], events: list[Any]
) -> None:
    assert [shown(each) for each in await events_of(function)] == events


async def test_events_of_different_calls_mix_and_each_calls_are_in_order() -> None:
    functions = [function for function, _ in EVENTS]
    found = await events_of(*functions)
    for index, (_, events) in enumerate(EVENTS):
        assert [shown(each) for each in found if each.call.index == index] == events


def test_so_many_run_at_a_time_and_results_come_as_tools_end() -> None:
    async def long() -> None:
        await asyncio.sleep(3)

    async def short() -> None:
        await asyncio.sleep(1)

    found = run_in_virtual_time(events_of(long, short, short, concurrency=2))
    assert [each.call.index for each in found if isinstance(each, sk.ToolResult)] == [1, 2, 0]


def test_a_tool_that_yields_waits_for_its_reader() -> None:
    made = 0

    async def many() -> AsyncIterator[int]:
        nonlocal made
        for number in range(1000):
            made += 1
            yield number

    async def main() -> None:
        runs = ToolRuns()
        runs.start(call_of(many))
        runs.finish()
        await anext(runs)
        await asyncio.sleep(1)
        assert made <= 65
        assert len([each async for each in runs if isinstance(each, sk.ToolUpdate)]) == made == 1000

    run_in_virtual_time(main())


async def test_the_newest_progress_is_kept_of_what_nobody_has_read() -> None:
    async def busy(context: sk.ToolContext) -> None:
        for number in range(1000):
            context.progress(number)

    runs = ToolRuns()
    runs.start(call_of(busy))
    runs.finish()
    for _ in range(20):
        await asyncio.sleep(0)
    found = [each async for each in runs]
    assert [each.progress for each in found if isinstance(each, sk.ToolUpdate)] == [None, sk.ToolProgress(999)]


# Stopping -----------------------------------------------------------------------------------------


class Held:
    """Tools that wait until they are released."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go = threading.Event()
        self.ended = threading.Event()

    async def hold(self) -> None:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()

    def block(self) -> str:
        self.began.set()
        assert self.go.wait(SAFETY)
        self.ended.set()
        return "late"

    def steps(self) -> Iterator[str]:
        try:
            yield "one"
            self.began.set()
            yield "two"
            assert self.go.wait(SAFETY)
            yield "three"
        finally:
            self.ended.set()

    def heedful(self, context: sk.ToolContext) -> str:
        self.began.set()
        assert context.wait(SAFETY)
        context.raise_if_cancelled()
        return "never"

    def saved(self, context: sk.ToolContext) -> str:
        self.began.set()
        assert context.wait(SAFETY)
        return "saved"


async def stopped(function: Callable[..., Any], held: Held, *, grace: float = SAFETY) -> list[tuple[str, str | None]]:
    runs = ToolRuns(grace=grace, concurrency=1)
    runs.start(call_of(function, 0))
    runs.start(call_of(slices, 1))
    while not held.began.is_set():
        await asyncio.sleep(0.001)
    results = await runs.stop()
    assert [event async for event in runs] == []
    return [(each.call.name, each.state) for each in results]


@pytest.mark.parametrize(
    ("name", "state"), [("hold", "cancelled"), ("heedful", "cancelled"), ("saved", "done"), ("block", "unknown")]
)
async def test_a_stop_says_what_became_of_each_call(name: str, state: str) -> None:
    held = Held()
    grace = 0.01 if name == "block" else SAFETY
    found = await stopped(getattr(held, name), held, grace=grace)
    assert found == [(name, state), ("slices", "not_run")]
    held.go.set()


async def test_a_stop_waits_for_a_sync_tool_that_ends_within_the_grace() -> None:
    held = Held()
    asyncio.get_running_loop().call_later(0.05, held.go.set)
    assert (await stopped(held.block, held))[0] == ("block", "done")
    assert held.ended.is_set()


async def test_a_stop_closes_a_generator_so_that_its_finally_has_run() -> None:
    held = Held()
    asyncio.get_running_loop().call_later(0.05, held.go.set)  # after the stop has begun
    assert (await stopped(held.steps, held))[0] == ("steps", "cancelled")
    assert held.ended.is_set()


async def test_what_was_started_and_has_not_begun_is_not_run() -> None:
    ran: list[str] = []

    async def look() -> None:
        ran.append("look")

    runs = ToolRuns()
    runs.start(call_of(look))
    (result,) = await runs.stop()
    await asyncio.sleep(0)
    runs.start(call_of(look))
    await asyncio.sleep(0)
    assert (result.state, ran) == ("not_run", [])


async def test_a_stop_returns_the_results_that_nobody_has_read() -> None:
    async def look() -> str:
        return "Io"

    runs = ToolRuns()
    runs.start(call_of(look, 1))
    runs.put(sk.ToolResult(sk.ToolCall("call_0", "look", 0), error=LookupError("refused"), state="not_run"))
    for _ in range(10):
        await asyncio.sleep(0)
    assert [(each.call.index, each.state) for each in await runs.stop()] == [(0, "not_run"), (1, "done")]


async def test_a_stop_wakes_the_reader_that_waits() -> None:
    runs = ToolRuns()
    runs.start(call_of(Held().hold))
    assert await anext(runs)
    waiting = asyncio.ensure_future(anext(runs, None))
    await asyncio.sleep(0)
    await runs.stop()
    async with asyncio.timeout(SAFETY):
        assert await waiting is None


def test_an_async_tool_that_refuses_to_end_is_left_after_the_grace() -> None:
    async def stubborn() -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                continue

    async def main() -> tuple[str | None, float]:
        runs = ToolRuns(grace=5)
        runs.start(call_of(stubborn))
        await anext(runs)
        await asyncio.sleep(0)
        (result,) = await runs.stop()
        return result.state, asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == ("unknown", 5)
