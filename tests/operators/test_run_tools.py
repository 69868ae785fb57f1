"""``run_tools``: what a model calls is run when that is safe, so much at a time, and every call has its result."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any, assert_type

import pytest
import reactivex as rx
from pydantic import BaseModel
from reactivex import Observable
from reactivex.disposable import Disposable
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_tool_events, run_in_virtual_time

NAME: ContextVar[str] = ContextVar("name", default="nobody")


def double(a: int) -> int:
    return 2 * a


async def wait(a: float) -> float:
    await asyncio.sleep(a)
    return a


class Look(BaseModel):
    moon: str

    async def call(self) -> str:
        return f"looking at {self.moon}"


def requested(*calls: tuple[str, str], **options: Any) -> sk.Stream:
    return Script(chat_tool_events(*calls, **options)).stream()


def waits(*seconds: float) -> sk.Stream:
    return requested(*(("wait", f'{{"a": {each}}}') for each in seconds))


async def results(stream: sk.Stream, *tools: Any, **options: Any) -> list[sk.ToolResult]:
    made: Any = ops.run_tools(*tools, **options)
    return [each async for each in stream.pipe(made)]


def outcomes(found: list[sk.ToolResult]) -> list[Any]:
    return [type(each.error).__name__ if each.error else each.output for each in found]


async def test_functions_async_functions_and_models_are_run() -> None:
    stream = requested(("double", '{"a": 2}'), ("wait", '{"a": 0}'), ("Look", '{"moon": "Io"}'))
    found = await results(stream, double, wait, Look)
    assert outcomes(found) == [4, 0, "looking at Io"]
    assert [each.call.id for each in found] == ["call_0", "call_1", "call_2"]
    assert_type(stream.pipe(ops.run_tools(double)), sk.Flow[sk.ToolResult])


def test_sync_code_does_the_same() -> None:
    stream = requested(("double", '{"a": 2}'), ("wait", '{"a": 0}'))
    assert outcomes(list(stream.pipe(ops.run_tools(double, wait)))) == [4, 0]


def test_results_come_in_the_order_of_the_calls_and_say_how_long_each_took() -> None:
    async def main() -> tuple[list[sk.ToolResult], float]:
        return await results(waits(3, 1, 2), wait), asyncio.get_running_loop().time()

    found, time = run_in_virtual_time(main())
    assert (outcomes(found), [each.seconds for each in found], time) == ([3, 1, 2], [3, 1, 2], 3)


@pytest.mark.parametrize(("concurrency", "seconds"), [(1, 10), (2, 5), (8, 1), (100, 1)])
def test_so_many_run_at_a_time(concurrency: int, seconds: float) -> None:
    async def main() -> float:
        assert outcomes(await results(waits(*[1.0] * 10), wait, concurrency=concurrency)) == [1.0] * 10
        return asyncio.get_running_loop().time()

    expected = {1: 10, 2: 5, 8: 2, 100: 1}[concurrency]
    assert run_in_virtual_time(main()) == expected


async def test_a_tool_that_fails_does_not_cost_the_others_their_results() -> None:
    def fail(a: int) -> int:
        raise LookupError(f"no {a}")

    async def give_up(a: int) -> int:
        raise asyncio.CancelledError

    async def time_out(a: int) -> int:
        raise TimeoutError("the tool's own")

    stream = requested(*((name, '{"a": 1}') for name in ("double", "fail", "give_up", "time_out", "double")))
    found = await results(stream, double, fail, give_up, time_out)
    assert outcomes(found) == [2, "LookupError", "RuntimeError", "TimeoutError", 2]
    assert (found[1].text, found[3].text) == ("LookupError: no 1", "TimeoutError: the tool's own")


async def test_a_call_that_does_not_fit_has_its_error_as_its_result() -> None:
    stream = requested(("double", '{"a": "x"}'), ("fly", "{}"), ("double", '{"a": NaN}'), ("double", '{"a": 1}'))
    found = await results(stream, double)
    assert outcomes(found) == ["ToolArgumentsError", "ToolArgumentsError", "ToolArgumentsError", 2]
    assert [each.call.id for each in found] == ["call_0", "call_1", "call_2", "call_3"]
    assert "a: Input should be a valid integer" in found[0].text
    assert stream.tool_message_params(found)[3] == {
        "role": "tool",
        "tool_call_id": "call_3",
        "name": "double",
        "content": "2",
    }


def test_each_has_so_much_time() -> None:
    found = run_in_virtual_time(results(waits(1, 5, 2), wait, timeout=3))
    assert outcomes(found) == [1, "TimeoutError", 2]
    assert (found[1].text, found[1].seconds) == ("TimeoutError: it took longer than 3 s", 3)


async def test_sync_tools_run_beside_the_loop_and_all_in_the_subscribers_context() -> None:
    def here() -> tuple[str, bool]:
        return NAME.get(), threading.current_thread() is threading.main_thread()

    async def there() -> tuple[str, bool]:
        return NAME.get(), threading.current_thread() is threading.main_thread()

    flow = requested(("here", "{}"), ("there", "{}")).pipe(ops.run_tools(here, there))
    NAME.set("the subscriber")
    assert [each.output async for each in flow] == [("the subscriber", False), ("the subscriber", True)]


async def test_the_context_is_the_subscribers_wherever_the_chunks_come_from() -> None:
    def here() -> str:
        return NAME.get()

    def subscribe(observer: Any, scheduler: Any) -> Any:
        def emit() -> None:
            observer.on_next(sk.Chunk(tool_calls=(sk.ToolCallDelta(0, "a", "here"),), finish_reasons=["stop"]))
            observer.on_completed()

        asyncio.get_running_loop().call_soon(emit, context=Context())
        return Disposable()

    NAME.set("the subscriber")
    result = await sk.flow(Observable[sk.Chunk](subscribe)).pipe(ops.run_tools(here)).last()
    assert result.output == "the subscriber"


# Without a stream, without a loop -----------------------------------------------------------------

CHUNKS = [
    sk.Chunk(tool_calls=(sk.ToolCallDelta(0, "a", "wait", '{"a": 0}', complete=True),)),
    sk.Chunk(tool_calls=(sk.ToolCallDelta(1, "b", "double", '{"a": 2}'),)),
    sk.Chunk(finish_reasons=["stop"]),
]


@pytest.mark.parametrize("pure", [False, True])
def test_where_no_loop_runs_the_thread_waits_and_emits_by_itself(pure: bool) -> None:
    threads: list[threading.Thread] = []
    tools = [sk.as_tool(each, pure=pure) for each in (wait, double)]
    found: list[Any] = []

    def on_next(result: sk.ToolResult) -> None:
        found.append(result.output)
        threads.append(threading.current_thread())

    rx.from_iterable(CHUNKS).pipe(ops.run_tools(*tools)).subscribe(on_next)
    assert (found, set(threads)) == ([0, 4], {threading.current_thread()})


def test_in_a_test_schedulers_time_results_come_with_the_end() -> None:
    scheduler = TestScheduler()
    signals = [ReactiveTest.on_next(210 + 10 * at, each) for at, each in enumerate(CHUNKS)]
    source = scheduler.create_hot_observable(*signals, ReactiveTest.on_completed(250))
    messages: list[Any] = [*scheduler.start(lambda: source.pipe(ops.run_tools(wait, double))).messages]
    assert [(each.time, each.value.kind) for each in messages] == [(250, "N"), (250, "N"), (250, "C")]


async def test_on_a_loop_they_run_on_it_and_the_source_may_end_first() -> None:
    found, over = list[Any](), asyncio.Event()
    source: Observable[sk.ToolResult] = rx.from_iterable(CHUNKS).pipe(ops.run_tools(wait, double))
    source.subscribe(lambda each: found.append(each.output), found.append, over.set)
    assert found == []
    await over.wait()
    assert found == [0, 4]


async def test_a_subscriber_that_raises_gets_its_own_error_once_and_nothing_more() -> None:
    found: list[Any] = []
    ended = asyncio.Event()

    def raise_it(result: sk.ToolResult) -> None:
        found.append(result.output)
        raise ValueError("mine")

    def on_error(error: Exception) -> None:
        found.append(str(error))
        ended.set()

    rx.from_iterable(CHUNKS).pipe(ops.run_tools(wait, double)).subscribe(raise_it, on_error, ended.set)
    await ended.wait()
    assert found == [0, "mine"]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (ops.run_tools, "takes the tools to run"),
        (lambda: ops.run_tools({"name": "own", "parameters": {}}), "takes the tools to run"),
        (lambda: ops.run_tools(double, double), "Two tools are named"),
        (lambda: ops.run_tools(5), "takes the tools to run"),
        (lambda: ops.run_tools(double, concurrency=0), "concurrency=0"),
        (lambda: ops.run_tools(double, timeout=0), "timeout=0"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(make: Callable[[], object], says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        make()
