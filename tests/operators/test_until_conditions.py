"""``until`` with conditions: quick ones, async ones that hold the source, and wrong ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Subject  # noqa: TID251 - a hot source that a test can push into

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, assert_closed, chat_event, chat_events


async def is_europa(fragment: str) -> bool:
    await asyncio.sleep(0.001 if fragment == "Io" else 0)
    return fragment == "Europa"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


class IsEuropa:
    async def __call__(self, fragment: str) -> bool:
        return await is_europa(fragment)


async def named(name: str, fragment: str) -> bool:
    return fragment == name


async def dividing(fragment: str) -> bool:
    return 1 / len(fragment) > 1


@pytest.mark.parametrize("condition", [is_europa, IsEuropa(), partial(named, "Europa")])
async def test_an_async_condition_runs_in_order_and_each_element_waits_for_its_result(
    condition: Callable[[str], Any],
) -> None:
    fragments = sk.flow(rx.of("Io", "Titan", "Europa", "Rhea"))
    assert [fragment async for fragment in fragments.pipe(ops.until(condition))] == ["Io", "Titan", "Europa"]
    assert [fragment async for fragment in fragments.pipe(ops.until(condition, inclusive=False))] == ["Io", "Titan"]


def test_an_async_condition_works_from_sync_code_and_if_never_true() -> None:
    assert list(sk.flow(rx.of("Io", "Titan")).pipe(ops.until(is_europa))) == ["Io", "Titan"]
    assert list(sk.flow(rx.of("Io", "Europa", "Titan")).pipe(ops.until(is_europa))) == ["Io", "Europa"]


async def test_an_error_of_the_source_comes_behind_what_was_held() -> None:
    seen: list[Any] = []
    wrong = ValueError("the source's own")
    source = rx.concat(rx.of("Io", "Titan"), rx.throw(wrong))
    source.pipe(ops.until(is_europa)).subscribe(seen.append, seen.append)
    await until(lambda: len(seen) >= 3)
    assert seen == ["Io", "Titan", wrong]


async def test_an_async_condition_that_raises_is_an_error_of_this_subscriber_and_leaves_the_source() -> None:
    source, seen = Subject[str](), list[Any]()
    source.pipe(ops.until(dividing)).subscribe(seen.append, seen.append)
    for fragment in ("Io", "", "Titan"):
        source.on_next(fragment)
    await until(lambda: len(seen) >= 2)
    assert (seen[0], type(seen[1]), len(seen), source.observers) == ("Io", ZeroDivisionError, 2, [])


async def test_a_subscriber_that_raises_behind_it_gets_its_own_error() -> None:
    seen: list[Any] = []

    def refuse(_: str) -> None:
        raise KeyError("mine")

    rx.of("Io").pipe(ops.until(is_europa)).subscribe(refuse, seen.append)
    await until(lambda: bool(seen))
    assert [type(each) for each in seen] == [KeyError]


async def test_no_condition_runs_after_dispose() -> None:
    seen: list[str] = []

    async def never(fragment: str) -> bool:
        seen.append(fragment)
        await asyncio.Event().wait()
        return True

    async with assert_closed():
        subscription = rx.of("Io", "Titan").pipe(ops.until(never)).subscribe(print)
        await until(lambda: bool(seen))
        subscription.dispose()
    assert seen == ["Io"]


@pytest.mark.parametrize("pulling", [True, False])
async def test_the_source_waits_while_an_async_condition_runs(pulling: bool) -> None:
    script = Script([*(chat_event({"content": "x"}) for _ in range(2000)), *chat_events("x")])
    stream = script.stream()
    over, ahead = asyncio.Event(), list[int]()

    async def slowly(chunk: sk.Chunk) -> bool:
        await asyncio.sleep(0)
        ahead.append(script.sent - len(ahead))
        return len(ahead) == 700

    flow = stream.pipe(ops.until(slowly))
    if pulling:
        assert len([chunk async for chunk in flow]) == 700
    else:
        flow.subscribe(on_completed=over.set)
        await over.wait()
    assert max(ahead) <= 300  # 256 chunks that the pump reads ahead, and what one read holds
    assert stream.response.stopped_by == "until(slowly)"


async def test_a_slow_reader_behind_it_holds_the_source_too() -> None:
    script = Script(chat_events(*["x"] * 2000))

    async def no(_: sk.Chunk) -> bool:
        return False

    reader = aiter(script.stream().pipe(ops.until(no)))
    await anext(reader)
    for _ in range(2000):
        await asyncio.sleep(0)
    assert script.sent < 600
    assert len([chunk async for chunk in reader]) == 2003 - 1


async def test_a_call_that_an_async_condition_stops_is_closed_and_says_so() -> None:
    script = Script([*chat_events("Io", "Europa")[:3], None])
    stream = script.stream()
    async with assert_closed(stream):
        assert await stream.pipe(ops.text(), ops.until(is_europa), ops.join()) == "IoEuropa"
    assert (stream.state, stream.response.stopped_by) == ("stopped", "until(is_europa)")


def test_a_plain_function_that_returns_an_awaitable_is_refused_when_it_does() -> None:
    def condition(fragment: str) -> Any:
        return is_europa(fragment)

    with pytest.raises(sk.ConfigurationError, match=r"until\(condition\).*give the async function itself"):
        list(sk.flow(rx.of("Io")).pipe(ops.until(condition)))


def test_a_condition_has_no_text_match() -> None:
    with pytest.raises(sk.ConfigurationError, match="a condition sees what it meets"):
        ops.until(lambda fragment: fragment == "Io", on_match=print)


def test_the_checker_takes_async_conditions() -> None:
    async def condition(chunk: sk.Chunk) -> bool:
        return chunk.index == 1

    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.until(condition)), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.until(is_europa), ops.join()), sk.Flow[str])
