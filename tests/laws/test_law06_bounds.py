"""Law 6: everything of ours is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit import settings
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time

MANY = 3000
ENDLESS = [chat_event({"content": "w"})] * MANY
AHEAD = settings.CAPS.ahead
GATE = 64


async def test_a_slow_pulling_reader_pauses_the_pump() -> None:
    script = Script(ENDLESS)
    stream = script.stream()
    iterator = aiter(stream)
    for _ in range(10):
        await anext(iterator)
    await _quiet(script)
    assert AHEAD <= script.sent <= 10 + AHEAD + 1
    await iterator.aclose()


async def test_the_fastest_pulling_reader_sets_the_pace() -> None:
    script = Script(ENDLESS)
    stream = script.stream()
    slow, fast = aiter(stream), aiter(stream)
    await anext(slow)
    for _ in range(1000):
        await anext(fast)
    await _quiet(script)
    assert 1000 + AHEAD // 2 <= script.sent <= 1000 + AHEAD + 1
    await fast.aclose()
    await slow.aclose()


@pytest.mark.parametrize("hurry", ["subscribe", "await"])
async def test_a_push_subscriber_or_a_waiter_keeps_it_going(hurry: str) -> None:
    script = Script([*ENDLESS, *chat_events()])
    stream = script.stream()
    iterator = aiter(stream)
    await anext(iterator)
    if hurry == "subscribe":
        stream.subscribe()
    await stream
    assert script.sent == len(script.steps)
    assert len([1 async for _ in iterator]) == MANY + 2


async def test_a_pump_that_waits_goes_on_when_a_push_subscriber_comes() -> None:
    script = Script([*ENDLESS, *chat_events()])
    iterator = aiter(stream := script.stream())
    await anext(iterator)
    await _quiet(script)
    assert script.sent < MANY
    assert (await stream).state == "complete"
    await iterator.aclose()


def _plain(stream: sk.Stream) -> Any:
    return stream.pipe(ops.text())


CHAINS: dict[str, Callable[[sk.Stream], sk.Flow[Any]]] = {
    "text": _plain,
    "take": lambda s: s.pipe(rxops.take(2000)),
    "take_until": lambda s: s.pipe(rxops.take_until(rx.never())),
    "merge": lambda s: s.pipe(rxops.merge(rx.never())),
    "flat_map": lambda s: s.pipe(rxops.flat_map(rx.of)),
    "concat_map": lambda s: s.pipe(rxops.concat_map(rx.of)),
    "retry": lambda s: s.pipe(rxops.retry(2)),
    "share": lambda s: s.pipe(rxops.share()),
    "pairwise": lambda s: s.pipe(rxops.pairwise()),
    "scan": lambda s: s.pipe(rxops.scan(lambda n, _: n + 1, 0)),
}


@pytest.mark.parametrize("name", CHAINS)
async def test_the_gate_reaches_the_source_through_stock_operators(name: str) -> None:
    script = Script(ENDLESS)
    iterator = aiter(CHAINS[name](script.stream()))
    for _ in range(100):
        await anext(iterator)
    await _quiet(script)
    assert script.sent <= 100 + GATE + AHEAD + 20
    await iterator.aclose()


async def test_a_gate_holds_back_one_readers_inner_subscriptions_and_nobody_elses() -> None:
    outer, inner = Script(chat_events(*"abc")), Script(ENDLESS)
    stream = outer.stream()
    plain = 0

    def count(_: object) -> None:
        nonlocal plain
        plain += 1

    stream.pipe(rxops.flat_map(lambda c: inner.stream() if c.content == "a" else rx.empty())).subscribe(
        count, lambda _: None
    )
    gated = aiter(stream.pipe(rxops.flat_map(lambda c: inner.stream() if c.content == "a" else rx.empty())))
    await anext(gated)
    await _quiet(inner)
    assert plain == MANY  # a push subscriber's own inner source runs freely
    assert MANY + GATE <= inner.sent <= MANY + GATE + AHEAD + 40
    await gated.aclose()


def test_all_clocks_stand_still_while_the_pump_is_paused() -> None:
    async def main() -> str:
        stream = Script([*ENDLESS[: AHEAD * 2], *chat_events()]).stream(
            timeouts=sk.Timeouts(first=1, between=1, total=5)
        )
        iterator = aiter(stream)
        await anext(iterator)
        await asyncio.sleep(60)
        async for _ in iterator:
            pass
        return stream.state

    assert run_in_virtual_time(main()) == "complete"


async def test_a_full_log_ends_in_limit_exceeded_with_everything_that_fitted() -> None:
    with pytest.raises(sk.LimitExceeded, match="keep=n"):
        await Script(ENDLESS).stream(caps=sk.Caps(chunks=10))


async def test_keep_n_holds_the_last_n_and_a_late_reader_gets_a_gap_and_no_second_call() -> None:
    script = Script(chat_events(*map(str, range(1000))))
    stream = script.stream(keep=5)
    response = await stream
    assert response.content == "".join(map(str, range(1000)))
    with pytest.raises(sk.StreamGap, match="no longer kept"):
        [chunk async for chunk, _ in stream]
    assert stream.log is not None and len(stream.log.read(stream.log.length - 5, 99)) == 5
    assert script.opened == 1


async def test_keep_nothing_still_delivers_live() -> None:
    stream = Script([0.001, *chat_events(*"Europa")]).stream(keep=0)
    seen: list[str] = []
    stream.subscribe(lambda chunk: seen.append(chunk.content))
    assert (await stream).content == "Europa"
    assert "".join(seen) == "Europa"


async def test_a_late_replay_gives_other_work_its_turns() -> None:
    stream = Script(chat_events(*map(str, range(2000)))).stream()
    await stream
    turns = 0
    seen: list[sk.Chunk] = []
    stream.subscribe(seen.append)
    while len(seen) < 2003:
        turns += 1
        await asyncio.sleep(0)
    assert turns >= 7


async def _quiet(script: Script) -> None:
    """Wait until the script is no longer read."""
    sent = -1
    while sent != script.sent:
        sent = script.sent
        for _ in range(300):
            await asyncio.sleep(0)


@pytest.mark.parametrize("ahead", [1, 2, 64, 100])
async def test_a_reader_that_has_paused_the_socket_gets_the_rest_however_little_is_read_ahead(ahead: int) -> None:
    script = Script(chat_events(*["word "] * 500))
    reader = aiter(script.stream(caps=sk.Caps(ahead=ahead)))
    await anext(reader)
    for _ in range(300):
        await asyncio.sleep(0)
    assert script.sent < 300
    assert sum([chunk.content == "word " async for chunk, _ in reader]) == 500
