"""``run_tools`` runs nothing that was cut, nothing with side effects before the end, and nothing after it was left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex.operators import take

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_tool_events, run_in_virtual_time


class Ran:
    """A tool that notes when it ran."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def look(self, moon: str) -> str:
        self.times.append(asyncio.get_running_loop().time())
        return moon


def played(ran: Ran, *, pure: bool, finish: str | None = "tool_calls", wait: float = 5) -> list[Any]:
    """Let the answer pause between two calls; return the results, and the error if there was one."""
    calls = [("look", '{"moon": "Io"}'), ("look", '{"moon": "Titan"}')]
    *events, end, done = chat_tool_events(*calls, finish=finish or "")
    stream = Script([*events, wait, *([end, done] if finish else [])]).stream()
    found: list[Any] = []

    async def main() -> None:
        try:
            async for each in stream.pipe(ops.run_tools(sk.as_tool(ran.look, pure=pure))):
                found.append(each.error or each.output)
        except sk.StreamError as error:
            found.append(error)

    run_in_virtual_time(main())
    return [each if isinstance(each, str) else type(each).__name__ for each in found]


@pytest.mark.parametrize(("pure", "times"), [(False, [5, 5]), (True, [0, 5])])
def test_only_what_has_no_side_effects_runs_before_the_end(pure: bool, times: list[float]) -> None:
    ran = Ran()
    assert (played(ran, pure=pure), ran.times) == (["Io", "Titan"], times)


def test_results_come_as_soon_as_those_of_earlier_calls_have() -> None:
    ran, times = Ran(), list[float]()
    *events, end, done = chat_tool_events(*[("look", '{"moon": "Io"}')] * 3)

    async def main() -> None:
        stream = Script([*events, 5.0, end, done]).stream()
        async for _ in stream.pipe(ops.run_tools(sk.as_tool(ran.look, pure=True))):
            times.append(asyncio.get_running_loop().time())

    run_in_virtual_time(main())
    assert times == [0, 0, 5]


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_nothing_with_side_effects_runs_after_an_answer_that_was_cut(finish: str) -> None:
    ran = Ran()
    assert (played(ran, pure=False, finish=finish), ran.times) == (["TruncatedError", "TruncatedError"], [])
    assert (played(ran, pure=True, finish=finish), ran.times) == (["Io", "Titan"], [0, 5])


def test_nothing_with_side_effects_runs_after_a_stream_that_broke() -> None:
    ran = Ran()
    assert (played(ran, pure=False, finish=None), ran.times) == (["TruncatedError"], [])


TEXT = '{"moon": "Europa"}'


@pytest.mark.parametrize("finish", ["length", None])
@pytest.mark.parametrize("cut", range(len(TEXT)))
def test_arguments_cut_anywhere_are_never_run(cut: int, finish: str | None) -> None:
    ran = Ran()
    stream = Script(chat_tool_events(("look", TEXT[:cut]), finish=finish)).stream()
    found: list[Any] = []
    stream.pipe(ops.run_tools(sk.as_tool(ran.look, pure=True))).subscribe(found.append, lambda error: None)
    stream.wait()
    assert (ran.times, found) == ([], [])


async def test_what_was_left_before_the_answers_end_is_not_run_and_says_so() -> None:
    ran = Ran()
    stream = Script(chat_tool_events(("look", '{"moon": "Io"}'), ("look", '{"moon": "Titan"}'))).stream()
    found = [each async for each in stream.pipe(ops.until_tool(), ops.run_tools(ran.look))]
    assert ([type(each.error) for each in found], ran.times) == ([sk.TruncatedError], [])
    assert "'look' was not run: the answer did not come to its end" in found[0].text


# Leaving ------------------------------------------------------------------------------------------


async def disposed(leave: Callable[[Callable[[], None]], None]) -> tuple[list[str], list[Any]]:
    """Run a tool until it waits, leave, and return what became of it and what was emitted."""
    notes, found, running = list[str](), list[Any](), asyncio.Event()

    async def hang() -> None:
        try:
            running.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            notes.append("cancelled")
            raise

    chunks = [
        sk.Chunk(tool_calls=tuple(sk.ToolCallDelta(at, str(at), "hang", "{}", complete=True) for at in range(3))),
        sk.Chunk(finish_reasons=["stop"]),
    ]
    flow = rx.from_iterable(chunks).pipe(ops.run_tools(hang, concurrency=2))
    subscription = flow.subscribe(found.append, found.append, lambda: found.append("end"))
    await running.wait()
    leave(subscription.dispose)
    while len(notes) < 2:
        await asyncio.sleep(0)
    return notes, found


async def test_disposing_cancels_what_runs_and_starts_nothing_more() -> None:
    assert await disposed(lambda dispose: dispose()) == (["cancelled"] * 2, [])


async def test_who_leaves_with_the_first_result_has_nothing_more_run() -> None:
    ran = Ran()
    stream = Script(chat_tool_events(("fly", "{}"), ("look", '{"moon": "Io"}'))).stream()
    first = await stream.pipe(ops.run_tools(ran.look), take(1))
    for _ in range(10):
        await asyncio.sleep(0)
    assert (first.call.name, ran.times) == ("fly", [])


async def test_disposing_from_another_thread_does_too() -> None:
    def leave(dispose: Callable[[], None]) -> None:
        thread = threading.Thread(target=dispose)
        thread.start()
        thread.join()

    assert await disposed(leave) == (["cancelled"] * 2, [])


def test_an_error_of_the_source_cancels_what_runs_already() -> None:
    cancelled: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append("hang")

    async def main() -> None:
        stream = Script([*chat_tool_events(("hang", "{}"), ("hang", "{}"), finish=None, done=False), 1.0]).stream()
        with pytest.raises(sk.TruncatedError):
            await stream.pipe(ops.run_tools(sk.as_tool(hang, pure=True))).last()
        await asyncio.sleep(0)

    run_in_virtual_time(main())
    assert cancelled == ["hang"]


@pytest.mark.parametrize("blocking", [True, False])
@pytest.mark.parametrize("wrong", [StopIteration(1), SystemExit(3), LookupError("no moon")], ids=repr)
async def test_whatever_a_tool_raises_is_the_error_of_its_own_result(wrong: BaseException, blocking: bool) -> None:
    def fail() -> str:
        raise wrong

    async def fail_later() -> str:
        raise wrong

    def look() -> str:
        return "Io"

    tool = sk.as_tool(fail if blocking else fail_later, name="fail")
    stream = Script(chat_tool_events(("fail", "{}"), ("look", "{}"))).stream()
    async with asyncio.timeout(10):
        first, second = [each async for each in stream.pipe(ops.run_tools(tool, look))]
    assert repr(wrong) in (repr(first.error), repr(getattr(first.error, "__cause__", None)))
    assert second.output == "Io"


def test_what_comes_behind_the_end_of_a_call_does_not_change_it() -> None:
    def look(moon: str) -> str:
        return moon

    delta = sk.ToolCallDelta(id="a", name="look", arguments='{"moon": "Io"}', complete=True)
    chunks = [sk.Chunk(tool_calls=(delta,)), sk.Chunk(tool_calls=(delta,)), sk.Chunk(finish_reasons=["tool_calls"])]
    found: list[Any] = []
    rx.from_iterable(chunks).pipe(ops.tool_calls(look)).subscribe(found.append, found.append)
    rx.from_iterable(chunks).pipe(ops.run_tools(look)).subscribe(found.append, found.append)
    rx.from_iterable(chunks).pipe(ops.to_response()).subscribe(found.append, found.append)
    call, result, response = found
    assert (call.args, result.output, response.tool_calls[0].arguments) == ({"moon": "Io"}, "Io", {"moon": "Io"})
