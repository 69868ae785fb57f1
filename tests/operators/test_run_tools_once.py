"""``run_tools`` runs a tool once for each Stream, call id and function, for any number of subscribers anywhere."""

from __future__ import annotations

import asyncio
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_tool_events
from tests.operators.look import CALL, SAFETY, Look, both, outputs, until


@both
async def test_a_flow_that_is_read_twice_runs_its_tool_once(is_async: bool) -> None:
    look, script = Look(), Script(chat_tool_events(CALL))
    flow = script.stream().pipe(ops.run_tools(look.tool(is_async=is_async)))
    first = await flow.first()
    assert (await outputs(flow), (await flow.first()).seconds) == (["Io"], first.seconds)
    assert (look.runs, script.opened) == (1, 1)


async def test_two_flows_of_one_stream_run_the_same_function_once_and_another_of_its_name_too() -> None:
    look, other, stream = Look(), Look(), Script(chat_tool_events(CALL)).stream()
    for _ in range(2):
        assert await outputs(stream.pipe(ops.run_tools(look.look))) == ["Io"]
        assert await outputs(stream.fan_out(late="fold").pipe(ops.run_tools(look.look))) == ["Io"]
        assert await outputs(stream.pipe(ops.run_tools(other.look))) == ["Io"]
    assert (look.runs, other.runs) == (1, 1)


def test_sync_doors_run_it_once_too() -> None:
    look, stream = Look(), Script(chat_tool_events(CALL)).stream()
    flow = stream.pipe(ops.run_tools(look.look))
    assert [flow.last().run().output, *(each.output for each in flow)] == ["Io", "Io"]
    assert (stream.pipe(ops.run_tools(look.look)).last().run().output, look.runs) == ("Io", 1)


@both
async def test_two_subscribers_at_once_share_the_one_run(is_async: bool) -> None:
    look = Look(held=True)
    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.tool(is_async=is_async)))
    readers = [asyncio.ensure_future(outputs(flow)) for _ in range(3)]
    await until(look.began)
    look.go.set()
    assert (await asyncio.gather(*readers), look.runs) == ([["Io"]] * 3, 1)


@both
async def test_subscribers_on_two_loops_share_it_too(is_async: bool) -> None:
    look = Look(held=True)
    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.tool(is_async=is_async)))
    here = asyncio.ensure_future(outputs(flow))
    await until(look.began)
    there = asyncio.ensure_future(asyncio.to_thread(flow.last().run))
    look.go.set()
    assert (await here, (await there).output, look.runs) == (["Io"], "Io", 1)


async def test_on_purpose_it_runs_again_and_its_last_result_is_kept() -> None:
    look, stream = Look(), Script(chat_tool_events(CALL)).stream()
    again = stream.pipe(ops.run_tools(look.look, rerun=True))
    assert [await outputs(again), await outputs(again), look.runs] == [["Io"], ["Io"], 2]
    await outputs(stream.pipe(ops.run_tools(look.look)))
    assert look.runs == 2


async def test_an_unsent_stream_of_the_same_request_runs_it_again() -> None:
    look, stream = Look(), Script(chat_tool_events(CALL)).stream()
    for each in (stream, stream.again()):
        await outputs(each.pipe(ops.run_tools(look.look)))
    assert look.runs == 2


# Leaving ------------------------------------------------------------------------------------------


async def left_half_way(look: Look, flow: Any) -> None:
    reader = asyncio.ensure_future(outputs(flow))
    await until(look.began)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader


async def test_a_run_that_was_cancelled_half_way_is_not_kept() -> None:
    look = Look(held=True)
    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.tool(is_async=True)))
    await left_half_way(look, flow)
    look.go.set()
    assert (await outputs(flow), look.runs, look.cancelled) == (["Io"], 2, 1)


async def test_a_worker_thread_that_nothing_can_cancel_is_waited_for_and_not_run_beside_itself() -> None:
    look = Look(held=True)
    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.look))
    await left_half_way(look, flow)
    later = asyncio.ensure_future(outputs(flow))
    look.go.set()
    assert (await later, look.runs) == (["Io"], 1)


def test_a_thread_that_outlives_its_loop_still_gives_its_result() -> None:
    look = Look(held=True)
    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.look))
    asyncio.run(left_half_way(look, flow))
    look.go.set()
    assert (flow.last().run().output, look.runs) == ("Io", 1)


@both
async def test_the_run_goes_on_for_those_who_stay(is_async: bool) -> None:
    look = Look(held=True)
    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.tool(is_async=is_async)))
    stays = asyncio.ensure_future(outputs(flow))
    await left_half_way(look, flow)
    look.go.set()
    assert (await stays, look.runs, look.cancelled) == (["Io"], 1, 0)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_that_is_closed_over_a_run_leaves_nobody_waiting() -> None:
    look, loop = Look(held=True), asyncio.new_event_loop()
    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.tool(is_async=True)))

    async def begin() -> asyncio.Task[Any]:
        reader = asyncio.ensure_future(outputs(flow))
        await until(look.began)
        return reader

    held = loop.run_until_complete(begin())
    loop.close()
    look.go.set()
    assert (flow.last().run().output, look.runs) == ("Io", 2)
    del held


# Forks --------------------------------------------------------------------------------------------


@pytest.fixture
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking while there are threads
        yield


def in_child(work: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        passed = False
        try:
            passed = work()
        finally:
            os._exit(not passed)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.usefixtures("quiet")
def test_a_forked_child_has_the_results_and_runs_nothing_again() -> None:
    look = Look()
    flow = Script(chat_tool_events(CALL)).stream().pipe(ops.run_tools(look.look))
    asyncio.run(outputs(flow))
    assert in_child(lambda: (asyncio.run(outputs(flow)), look.runs) == (["Io"], 1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.usefixtures("quiet")
def test_a_run_that_a_fork_has_split_is_not_begun_again_in_the_child() -> None:
    look = Look(held=True)
    stream = Script(chat_tool_events(CALL)).stream()
    stream.run()
    flow = stream.pipe(ops.run_tools(look.look))
    running = threading.Thread(target=flow.last().run)
    running.start()
    assert look.began.wait(SAFETY)

    def child() -> bool:
        async def main() -> sk.ToolResult:
            async with asyncio.timeout(SAFETY):
                return await flow.last()

        return isinstance(asyncio.run(main()).error, sk.ProducerLost) and look.runs == 1

    split = in_child(child)
    look.go.set()
    running.join(SAFETY)
    assert (split, look.runs) == (True, 1)
