"""``sk.ToolContext``: hidden from the model, given to any form of tool, and cancelled with the run."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import ToolContext as Renamed
from streamkit import operators as ops
from streamkit.testing import Script, chat_tool_events, run_in_virtual_time
from tests.operators.look import SAFETY


def function(moon: str, context: sk.ToolContext) -> str:
    return f"{moon} {context.call_id}"


def with_default(moon: str, context: sk.ToolContext | None = None) -> str:
    return f"{moon} {context.call_id if context else 'no context'}"


def renamed(context: Renamed, moon: str) -> str:
    return f"{moon} {context.call_id}"


def private(moon: str, _context: sk.ToolContext) -> str:
    return f"{moon} {_context.call_id}"


def annotated(moon: str, *, context: Annotated[sk.ToolContext, "not of the model's"]) -> str:
    return f"{moon} {context.call_id}"


def positional(moon: str, context: sk.ToolContext, /) -> str:
    return f"{moon} {context.call_id}"


async def coroutine(moon: str, context: sk.ToolContext) -> str:
    return f"{moon} {context.call_id}"


def generator(moon: str, context: sk.ToolContext) -> Iterator[str]:
    yield moon
    yield f" {context.call_id}"


async def async_generator(moon: str, context: sk.ToolContext) -> AsyncIterator[str]:
    yield f"{moon} {context.call_id}"


def bound(planet: str, moon: str, context: sk.ToolContext) -> str:
    return f"{moon} {context.call_id}"


class Telescope:
    def look(self, moon: str, context: sk.ToolContext) -> str:
        return f"{moon} {context.call_id}"

    def __call__(self, moon: str, context: sk.ToolContext) -> str:
        return f"{moon} {context.call_id}"


class Look(BaseModel):
    moon: str

    def call(self, context: sk.ToolContext) -> str:
        return f"{self.moon} {context.call_id}"


class LookLong(BaseModel):
    moon: str

    async def call(self, context: sk.ToolContext) -> AsyncIterator[str]:
        yield f"{self.moon} {context.call_id}"


FORMS: list[Any] = [
    *(function, with_default, renamed, private, annotated, positional, coroutine, generator, async_generator),
    *(functools.partial(bound, "Jupiter"), Telescope().look, Telescope(), Look, LookLong),
]


def requested(name: str, arguments: str = '{"moon": "Io"}') -> sk.Stream:
    return Script(chat_tool_events((name, arguments))).stream()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: sk.as_tool(form).name)
async def test_any_form_of_a_tool_gets_it_and_the_model_does_not_see_it(form: Any) -> None:
    tool = sk.as_tool(form)
    assert list(tool.parameters["properties"]) == ["moon"]
    (result,) = [each async for each in requested(tool.name).pipe(ops.run_tools(form))]
    assert (result.output, result.call.args) == ("Io call_0", {"moon": "Io"})


def test_a_call_by_hand_gets_one_that_nobody_cancels() -> None:
    stream = Script(chat_tool_events(("function", '{"moon": "Io"}'))).stream(tools=[function])
    assert [tool.call() for _, tool in stream if tool] == ["Io call_0"]
    context = sk.ToolContext()
    context.progress(1)
    context.raise_if_cancelled()
    assert (context.cancelled, context.deadline, context.remaining, context.wait(0)) == (False, None, None, False)


def keys_of(*streams: sk.Stream) -> list[str]:
    keys: list[str] = []

    def note(moon: str, context: sk.ToolContext) -> None:
        keys.append(context.key)

    for stream in streams:
        list(stream.pipe(ops.run_tools(note, rerun=True)))
    return keys


def test_the_key_is_that_of_the_call_however_often_it_runs() -> None:
    first, other = requested("note"), requested("note", '{"moon": "Europa"}')
    same, again, another = keys_of(first, first, other)
    assert same == again != another


def test_an_answer_without_an_id_has_keys_of_its_own() -> None:
    def stream() -> sk.Stream:
        delta = sk.ToolCallDelta(id="call_0", name="note", arguments='{"moon": "Io"}', complete=True)
        return sk.from_async([sk.Chunk(tool_calls=(delta,)), sk.Chunk(finish_reasons=["stop"])])

    first = stream()
    one, again, two = keys_of(first, first, stream())
    assert one == again != two


def test_the_deadline_is_that_of_the_timeout() -> None:
    found: list[Any] = []

    async def dig(context: sk.ToolContext) -> None:
        found.append((context.deadline, context.remaining))
        await asyncio.sleep(2)
        found.append(context.remaining)

    async def main() -> None:
        await requested("dig", "{}").pipe(ops.run_tools(dig, timeout=5)).last()

    run_in_virtual_time(main())
    assert found == [(5.0, 5.0), 3.0]


async def test_an_async_tool_cannot_block_its_loop_by_waiting() -> None:
    async def dig(context: sk.ToolContext) -> None:
        context.wait(1)

    result = await requested("dig", "{}").pipe(ops.run_tools(dig)).last()
    assert isinstance(result.error, sk.ConfigurationError) and "asyncio.sleep" in result.text


class Dig:
    """A sync tool that waits until it is cancelled."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.ended = threading.Event()
        self.runs = 0
        self.raises = True

    def dig(self, context: sk.ToolContext) -> str:
        self.runs += 1
        self.began.set()
        try:
            if self.runs == 1:
                assert context.wait(SAFETY)
                if self.raises:
                    context.raise_if_cancelled()
            return f"run {self.runs}"
        finally:
            self.ended.set()


@pytest.mark.parametrize(("raises", "output"), [(True, "run 2"), (False, "run 1")])
async def test_leaving_cancels_a_sync_tool_and_what_it_returns_then_is_kept(raises: bool, output: str) -> None:
    dig = Dig()
    dig.raises = raises
    flow = requested("dig", "{}").pipe(ops.run_tools(dig.dig))
    leaving = flow.subscribe(lambda result: None)
    assert await asyncio.to_thread(dig.began.wait, SAFETY)
    leaving.dispose()
    assert await asyncio.to_thread(dig.ended.wait, SAFETY)
    assert [each.output async for each in flow] == [output]


async def test_a_timeout_cancels_a_sync_tool() -> None:
    dig = Dig()
    (result,) = [each async for each in requested("dig", "{}").pipe(ops.run_tools(dig.dig, timeout=0.05))]
    assert isinstance(result.error, TimeoutError)
    assert await asyncio.to_thread(dig.ended.wait, SAFETY)


async def test_progress_after_the_end_is_dropped() -> None:
    contexts: list[sk.ToolContext] = []

    def dig(context: sk.ToolContext) -> None:
        context.progress(1)
        contexts.append(context)

    events = [each async for each in requested("dig", "{}").pipe(ops.run_tools(dig, updates=True))]
    contexts[0].progress(2)
    await asyncio.sleep(0)
    assert [getattr(each, "kind", "result") for each in events] == ["started", "progress", "result"]


def test_a_wrong_annotation_says_so() -> None:
    def dig(context: sk.Nothing) -> None: ...

    with pytest.raises(sk.ConfigurationError, match="has a type that cannot be read"):
        sk.as_tool(dig).fields()
