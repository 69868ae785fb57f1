"""What becomes of a call when its last reader leaves: it stops, it finishes, or it waits for another one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_events, run_in_virtual_time

SLOW: list[Any] = [step for event in chat_events(*"Europa") for step in (1.0, event)]


async def left_after_one(stream: sk.Stream, **options: Any) -> None:
    iterator = aiter(stream.fan_out(**options))
    await anext(iterator)
    await iterator.aclose()


def test_stop_is_the_default() -> None:
    async def main() -> str:
        stream = Script(SLOW).stream()
        await left_after_one(stream)
        return stream.state

    assert run_in_virtual_time(main()) == "stopped"


def test_finish_reads_the_call_to_its_end_without_anybody() -> None:
    async def main() -> tuple[str, str]:
        stream = Script(SLOW).stream()
        await left_after_one(stream, leave="finish")
        await asyncio.sleep(30)
        return stream.state, stream.content

    assert run_in_virtual_time(main()) == ("complete", "Europa")


@pytest.mark.parametrize(("wait", "state"), [(1.5, "streaming"), (2.5, "stopped")])
def test_grace_waits_that_long(wait: float, state: str) -> None:
    async def main() -> tuple[str, str | None]:
        stream = Script(SLOW).stream()
        await left_after_one(stream, leave=sk.grace(2))
        await asyncio.sleep(wait)
        found = stream.state
        await stream.aclose()
        return found, stream.response.stopped_by

    assert run_in_virtual_time(main())[0] == state


def test_who_comes_back_in_time_goes_on_reading_the_same_call() -> None:
    async def main() -> tuple[str, int]:
        script = Script(SLOW)
        stream = script.stream()
        for _ in range(3):
            await left_after_one(stream, leave=sk.grace(2))
            await asyncio.sleep(1.5)
        return (await stream).content, script.opened

    assert run_in_virtual_time(main()) == ("Europa", 1)


def test_the_longest_lived_leave_setting_of_all_readers_counts() -> None:
    async def main() -> str:
        stream = Script(SLOW).stream()
        await left_after_one(stream.fan_out(leave="finish"))
        await left_after_one(stream)
        await asyncio.sleep(30)
        return stream.state

    assert run_in_virtual_time(main()) == "complete"


@pytest.mark.parametrize("leave", ["finish", sk.grace(60)])
async def test_stop_ends_it_for_all_whatever_was_wished(leave: Any) -> None:
    script = Script([*chat_events("a")[:2], None])
    stream = script.stream()
    errors: list[Exception] = []
    for _ in range(3):
        stream.subscribe(on_error=errors.append, leave=leave)
    await anext(aiter(stream.fan_out(leave=leave)))
    await stream.aclose()
    assert (script.closed, stream.state, [type(error) for error in errors]) == (1, "stopped", [sk.StoppedError] * 3)


async def test_an_abandoned_call_that_shall_finish_is_not_collected() -> None:
    script = Script([0.01, *chat_events("a")])
    await left_after_one(script.stream(), leave="finish")
    while not script.closed:
        await asyncio.sleep(0)
    assert script.sent == len(script.steps)


def test_a_sync_loop_that_breaks_can_let_the_call_finish() -> None:
    stream = Script([*chat_events("a", "b")[:2], 0.01, *chat_events("c")]).stream()
    for _ in stream.fan_out(leave="finish"):
        break
    stream.wait()
    assert stream.state == "complete"
