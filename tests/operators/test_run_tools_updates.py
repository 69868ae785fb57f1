"""``run_tools`` over tools that yield or return a stream: the result, the updates, leaving, and threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, chat_events, chat_tool_events, plan, run_in_virtual_time
from tests.operators.look import SAFETY

NAME: ContextVar[str] = ContextVar("name", default="nobody")


class Moon(BaseModel):
    name: str


def requested(*names: str) -> sk.Stream:
    return Script(chat_tool_events(*((name, "{}") for name in names))).stream()


def shown(event: sk.ToolUpdate | sk.ToolResult) -> Any:
    if isinstance(event, sk.ToolResult):
        return event.error or event.output
    return event.kind, event.text


async def updates(stream: sk.Stream, *tools: Any) -> list[Any]:
    flow = stream.pipe(ops.run_tools(*tools, updates=True))
    assert_type(flow, sk.Flow[sk.ToolUpdate | sk.ToolResult])
    async with asyncio.timeout(SAFETY):
        return [shown(each) async for each in flow]


async def output(tool: Callable[[], Any], *, timeout: float | None = None) -> Any:  # noqa: ASYNC109
    name = sk.as_tool(tool).name
    flow = requested(name).pipe(ops.run_tools(tool, timeout=timeout))
    async with asyncio.timeout(SAFETY):
        (result,) = [each async for each in flow]
    return result.error or result.output


def tool_of(parts: list[Any], result: Any = None, *, is_async: bool = False) -> Any:
    def sync() -> Iterator[Any]:
        yield from parts
        return result

    async def asynchronous() -> AsyncIterator[Any]:
        for each in parts:
            yield each

    return sk.as_tool(asynchronous if is_async else sync, name="tool")


RESULTS: list[tuple[list[Any], Any]] = [
    (["Eu", "ropa"], "Europa"),
    ([b"Eu", b"ropa"], b"Europa"),
    ([1, 2], [1, 2]),
    (["a", 1], ["a", 1]),
    ([], None),
    ([sk.Chunk(content="Eu"), "ropa"], "Europa"),
]


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize(("parts", "result"), RESULTS)
async def test_the_parts_together_are_the_result(parts: list[Any], result: Any, is_async: bool) -> None:
    assert await output(tool_of(parts, is_async=is_async)) == result


async def test_what_a_generator_returns_is_the_result() -> None:
    assert await output(tool_of(["looking", " on"], {"days": 3.6})) == {"days": 3.6}


@given(st.lists(st.text(max_size=3), min_size=1, max_size=6), st.booleans())
def test_the_cut_of_the_parts_does_not_matter(parts: list[str], is_async: bool) -> None:
    assert asyncio.run(output(tool_of(parts, is_async=is_async))) == "".join(parts)


async def test_a_tool_that_returns_an_iterator_is_read_like_one_that_yields() -> None:
    def mapped() -> Any:
        return map(str, [1, 2])

    async def collected() -> Any:
        return mapped()

    assert (await output(mapped), await output(collected)) == ("12", "12")


# Streams inside of tools --------------------------------------------------------------------------


class Expert:
    """A tool that asks another model."""

    def __init__(self, *events: Any) -> None:
        self.script = Script(list(events) or chat_events("Eu", "ropa"))

    def stream(self) -> sk.Stream:
        return self.script.stream()

    async def async_stream(self) -> sk.Stream:
        return self.script.stream()

    def flow(self) -> sk.Flow[str]:
        return self.script.stream().pipe(ops.text())

    def one(self) -> sk.Flow[str]:
        return self.script.stream().pipe(ops.text(), ops.join())

    async def response(self) -> sk.Response:
        return await self.script.stream()

    def whole(self) -> sk.Response:
        return self.script.stream().run()

    def loop(self) -> sk.Stream:
        stream = self.script.stream()
        for _ in stream:
            pass
        return stream


NESTED = ["stream", "async_stream", "flow", "one", "response", "whole", "loop"]


@pytest.mark.parametrize("name", NESTED)
async def test_the_answer_of_a_stream_is_the_result_of_one_call(name: str) -> None:
    expert = Expert()
    assert await output(getattr(expert, name)) == "Europa"
    assert expert.script.opened == 1


@pytest.mark.parametrize(("texts", "result"), [(['{"name": ', '"Europa"}'], "Europa"), (["{}"], "StreamError")])
async def test_the_parsed_object_of_a_stream_is_the_result(texts: list[str], result: str) -> None:
    with FaultServer(plan("none", chat_events(*texts))) as server:
        address = f"{server.base_url}/v1"

        def ask() -> sk.Stream:
            return sk.stream("openai/m", "?", base_url=address, api_key="k", response_model=Moon)

        found = await output(ask)
    assert (found.name if isinstance(found, Moon) else isinstance(found, sk.StreamError) and "StreamError") == result
    assert len(server.requests) == 1


async def test_the_last_element_of_a_flow_of_partial_objects_is_the_result() -> None:
    answer = Script(chat_events('{"name": ', '"Europa"}'))
    assert await output(lambda_tool(lambda: answer.stream().pipe(ops.partial(Moon)))) == Moon(name="Europa")


def lambda_tool(target: Callable[[], Any]) -> Any:
    return sk.as_tool(target, name="tool")


async def test_chunks_of_a_stream_come_as_chunks_and_elements_of_a_flow_as_parts() -> None:
    assert await updates(requested("stream"), Expert().stream) == [
        *[("started", ""), *[("chunk", each) for each in ("", "Eu", "ropa", "", "")]],
        "Europa",
    ]
    assert await updates(requested("flow"), Expert().flow) == [
        *[("started", ""), ("output", "Eu"), ("output", "ropa")],
        "Europa",
    ]


async def test_a_stream_that_breaks_is_the_error_of_the_call_after_what_came() -> None:
    expert = Expert(*chat_events("Eu", "ropa")[:2])
    *_, error = await updates(requested("stream"), expert.stream)
    assert isinstance(error, sk.TruncatedError)


async def test_an_observable_without_a_loop_says_what_to_return() -> None:
    assert "return sk.flow(…)" in str(await output(lambda_tool(lambda: rx.of("Io"))))
    assert await output(lambda_tool(lambda: sk.flow(rx.of("Io")))) == "Io"


def test_leaving_the_outer_flow_stops_the_inner_call() -> None:
    expert = Expert(*chat_events("Eu"), 1000.0)
    expert.script = Script([*chat_events("Eu", "ropa")[:2], 1000.0])

    async def main() -> str:
        inner: list[sk.Stream] = []

        def ask() -> sk.Stream:
            inner.append(expert.script.stream())
            return inner[0]

        async for each in requested("ask").pipe(ops.run_tools(ask, updates=True)):
            if isinstance(each, sk.ToolUpdate) and each.text:
                break
        for _ in range(20):
            await asyncio.sleep(0)
        return inner[0].response.state

    assert run_in_virtual_time(main()) == "stopped"


# Updates ------------------------------------------------------------------------------------------


async def test_results_keep_the_order_of_the_calls_and_updates_come_before_their_own() -> None:
    done = asyncio.Event()

    async def slow() -> AsyncIterator[str]:
        yield "a"
        await done.wait()
        yield "b"

    async def fast() -> AsyncIterator[str]:
        yield "c"
        done.set()

    found = await updates(requested("slow", "fast"), slow, fast)
    assert [each for each in found if isinstance(each, str)] == ["ab", "c"]
    assert found.index(("output", "b")) < found.index("ab")


async def test_two_readers_at_once_share_a_run_and_each_gets_its_updates() -> None:
    runs = 0
    go = asyncio.Event()

    async def look() -> AsyncIterator[str]:
        nonlocal runs
        runs += 1
        await go.wait()
        yield "Eu"
        yield "ropa"

    stream = requested("look")
    reading = [asyncio.ensure_future(updates(stream, look)) for _ in range(2)]
    for _ in range(20):
        await asyncio.sleep(0)
    go.set()
    expected = [("started", ""), ("output", "Eu"), ("output", "ropa"), "Europa"]
    assert (await asyncio.gather(*reading), runs) == ([expected, expected], 1)
    assert await updates(stream, look) == ["Europa"]  # the result that is kept


async def test_a_slow_reader_makes_a_tool_that_yields_wait() -> None:
    made = 0

    def many() -> Iterator[int]:
        nonlocal made
        for number in range(500):
            made += 1
            yield number

    read = 0
    async for _ in requested("many").pipe(ops.run_tools(many, updates=True)):
        read += 1
        await asyncio.sleep(0)
        assert made <= read + 64 + 1
    assert (read, made) == (502, 500)


def test_sync_code_gets_the_updates_while_the_tool_runs() -> None:
    seen = threading.Event()

    def look() -> Iterator[str]:
        yield "Eu"
        assert seen.wait(SAFETY)
        yield "ropa"

    found: list[Any] = []
    for each in requested("look").pipe(ops.run_tools(look, updates=True)):
        found.append(shown(each))
        if found[-1] == ("output", "Eu"):
            seen.set()
    assert found == [("started", ""), ("output", "Eu"), ("output", "ropa"), "Europa"]


def test_where_no_loop_runs_the_updates_come_with_the_results() -> None:
    chunks = [
        sk.Chunk(tool_calls=(sk.ToolCallDelta(0, "a", "tool", "{}", complete=True),)),
        sk.Chunk(finish_reasons=["stop"]),
    ]
    found: list[Any] = []
    rx.from_iterable(chunks).pipe(ops.run_tools(tool_of(["Eu", "ropa"]), updates=True)).subscribe(
        lambda each: found.append(shown(each))
    )
    assert found == [("started", ""), ("output", "Eu"), ("output", "ropa"), "Europa"]


# Generators and their threads ---------------------------------------------------------------------


class Steps:
    """A generator that notes where it runs, and may block in a step."""

    def __init__(self, *, blocks: bool = False) -> None:
        self.threads: set[threading.Thread] = set()
        self.began = threading.Event()
        self.closed = threading.Event()
        self.go = threading.Event()
        self.names: list[str] = []
        if not blocks:
            self.go.set()

    def steps(self) -> Iterator[str]:
        try:
            for each in ("Eu", "ro", "pa"):
                self.threads.add(threading.current_thread())
                self.names.append(NAME.get())
                NAME.set("the tool")
                yield each
                self.began.set()
                assert self.go.wait(SAFETY)
        finally:
            self.closed.set()


async def test_a_generator_runs_in_one_thread_beside_the_loop_in_the_subscribers_context() -> None:
    steps = Steps()
    NAME.set("the subscriber")
    assert await output(steps.steps) == "Europa"
    (thread,) = steps.threads
    thread.join(SAFETY)
    assert thread is not threading.main_thread() and not thread.is_alive()
    assert (steps.names, NAME.get()) == (["the subscriber", "the tool", "the tool"], "the subscriber")


async def test_leaving_closes_a_generator_after_its_step_and_keeps_nothing_of_it() -> None:
    steps = Steps(blocks=True)
    flow = requested("steps").pipe(ops.run_tools(steps.steps))
    leaving = flow.subscribe(lambda result: None)
    assert await asyncio.to_thread(steps.began.wait, SAFETY)
    leaving.dispose()
    await asyncio.sleep(0)
    assert not steps.closed.is_set()  # nothing can end the step
    steps.go.set()
    assert await asyncio.to_thread(steps.closed.wait, SAFETY)
    assert [each.output async for each in flow] == ["Europa"]
    assert len(steps.threads) == 2
    for thread in steps.threads:
        await asyncio.to_thread(thread.join, SAFETY)
        assert not thread.is_alive()


async def test_a_timeout_ends_a_generator_at_once_and_closes_it_after_its_step() -> None:
    steps = Steps(blocks=True)
    assert isinstance(await output(steps.steps, timeout=0.05), TimeoutError)
    assert not steps.closed.is_set()
    steps.go.set()
    assert await asyncio.to_thread(steps.closed.wait, SAFETY)


def test_a_timeout_closes_an_async_generator() -> None:
    closed: list[bool] = []

    async def hang() -> AsyncIterator[str]:
        try:
            yield "Io"
            await asyncio.sleep(1000)
        finally:
            closed.append(True)

    assert isinstance(run_in_virtual_time(output(hang, timeout=3)), TimeoutError)
    assert closed == [True]


@pytest.mark.parametrize("wrong", [StopIteration(1), SystemExit(3), LookupError("no moon"), KeyboardInterrupt()])
@pytest.mark.parametrize("is_async", [True, False])
async def test_whatever_a_generator_raises_is_the_error_of_its_own_result(wrong: BaseException, is_async: bool) -> None:
    if is_async and isinstance(wrong, KeyboardInterrupt):
        pytest.skip("it ends the program, as in any task")

    def broken() -> Iterator[str]:
        yield "Eu"
        raise wrong

    async def async_broken() -> AsyncIterator[str]:
        yield "Eu"
        raise wrong

    tool = sk.as_tool(async_broken if is_async else broken, name="broken")
    started, part, error = await updates(requested("broken"), tool)
    assert (started, part) == (("started", ""), ("output", "Eu"))
    assert repr(wrong) in f"{error!r} {error.__cause__!r}"


async def test_a_subscriber_that_raises_at_an_update_ends_and_the_tool_is_cancelled() -> None:
    steps, found = Steps(), list[Any]()
    over = asyncio.Event()

    def raise_it(event: Any) -> None:
        found.append(shown(event))
        raise ValueError("raised")

    def on_error(error: Exception) -> None:
        found.append(str(error))
        over.set()

    requested("steps").pipe(ops.run_tools(steps.steps, updates=True)).subscribe(raise_it, on_error, over.set)
    await over.wait()
    assert found == [("started", ""), "raised"]
