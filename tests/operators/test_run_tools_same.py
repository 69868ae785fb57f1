"""``run_tools`` runs a tool once for each call: what makes two calls the same, and what may stand in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as stock

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_tool_events
from tests.operators.look import CALL, SAFETY, Look, outputs


def answer(*calls: tuple[str | None, int, str], choice: int = 0) -> list[sk.Chunk]:
    deltas = tuple(sk.ToolCallDelta(at, name, "look", text, complete=True) for name, at, text in calls)
    return [sk.Chunk(tool_calls=deltas, index=choice), sk.Chunk(finish_reasons=["tool_calls"], index=choice)]


def stream_of(chunks: list[sk.Chunk]) -> sk.Stream:
    async def source() -> AsyncIterator[sk.Chunk]:
        for chunk in chunks:
            yield chunk

    return sk.from_async(source())


IO, TITAN = '{"moon": "Io"}', '{"moon": "Titan"}'


@pytest.mark.parametrize(
    ("calls", "runs"),
    [
        ([("a", 0, IO), ("b", 1, IO)], 2),
        ([(None, 0, IO), (None, 1, IO)], 2),  # without an id it is the place that counts
        ([("a", 0, IO), ("a", 1, TITAN)], 2),  # some servers give all calls one id
        ([("a", 0, IO), ("a", 1, IO)], 1),
    ],
)
async def test_what_makes_two_calls_the_same(calls: list[tuple[str | None, int, str]], runs: int) -> None:
    look, stream = Look(), stream_of(answer(*calls))
    moons = ["Titan" if text == TITAN else "Io" for _, _, text in calls]
    for _ in range(2):
        results = [each async for each in stream.pipe(ops.run_tools(look.look))]
        assert ([each.output for each in results], [each.call.index for each in results]) == (moons, [0, 1])
    assert look.runs == runs


async def test_calls_without_an_id_are_those_of_their_choice() -> None:
    look, stream = Look(), stream_of([*answer((None, 0, IO)), *answer((None, 0, IO), choice=1)])
    for choice in (0, 1, 0, 1):
        assert await outputs(stream.pipe(ops.run_tools(look.look, choice=choice))) == ["Io"]
    assert look.runs == 2


async def test_a_tool_without_a_hash_is_known_by_what_it_is() -> None:
    class Unhashable(Look):
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, moon: str) -> str:
            return self.look(moon)

    tools, stream = [Unhashable(), Unhashable()], Script(chat_tool_events(CALL)).stream()
    for tool in (*tools, *tools):
        await outputs(stream.pipe(ops.run_tools(sk.as_tool(tool, name="look"))))
    assert [tool.runs for tool in tools] == [1, 1]


async def test_what_a_tool_raised_is_kept_as_well() -> None:
    runs = 0

    def look(moon: str) -> str:
        nonlocal runs
        runs += 1
        raise LookupError(moon)

    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look))
    assert [(await flow.last()).text, (await flow.last()).text, runs] == ["LookupError: Io"] * 2 + [1]


# What stands in between ---------------------------------------------------------------------------


async def test_a_flow_that_stock_retry_subscribes_to_again_runs_its_tool_once() -> None:
    look, failures = Look(), iter([True, False])

    def fail_once(_: object) -> None:
        if next(failures):
            raise OSError("the disk is full")

    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.look), stock.do_action(fail_once))
    assert [(await flow.pipe(stock.retry(2))).output, look.runs] == ["Io", 1]


BETWEEN: dict[str, Callable[..., Any]] = {
    "map": stock.map(lambda chunk: chunk),
    "fan_out": ops.fan_out(),
    "coalesce": ops.coalesce(),
    "observe_on": stock.delay(0.001),
    "concat": stock.start_with(sk.Chunk()),
    "catch": stock.catch(rx.empty()),
    "merge": stock.merge(rx.empty()),
}


@pytest.mark.parametrize("name", BETWEEN)
async def test_operators_between_the_stream_and_the_tools_change_nothing(name: str) -> None:
    look = Look()
    source = Script(chat_tool_events(CALL)).stream().pipe(BETWEEN[name])
    for _ in range(2):
        assert await outputs(source.pipe(ops.run_tools(look.look))) == ["Io"]
    assert look.runs == 1


@pytest.mark.parametrize("name", BETWEEN)
async def test_nor_do_they_for_who_subscribes_himself(name: str) -> None:
    look, found = Look(), list[Any]()
    flow = Script(chat_tool_events(CALL)).stream().pipe(BETWEEN[name], ops.run_tools(look.look))
    for at in (1, 2):
        over = asyncio.Event()
        flow.subscribe(found.append, found.append, over.set)
        async with asyncio.timeout(SAFETY):
            await over.wait()
        assert [each.output for each in found] == ["Io"] * at
    assert look.runs == 1


async def test_over_any_other_observable_each_subscription_runs() -> None:
    look = Look()
    flow = sk.flow(rx.from_iterable(answer(("a", 0, IO)))).pipe(ops.run_tools(look.look))
    assert [await outputs(flow), await outputs(flow), look.runs] == [["Io"], ["Io"], 2]


async def test_over_several_streams_together_nothing_is_kept() -> None:
    look, streams = Look(), [stream_of(answer(("a", 0, IO))), stream_of([sk.Chunk(content="Io")])]
    flow = sk.flow(rx.merge(*streams)).pipe(ops.run_tools(look.look))
    assert [await outputs(flow), await outputs(flow), look.runs] == [["Io"], ["Io"], 2]
