"""`ops.fan_out`: share and replay done right, for any Observable."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as rxops
from reactivex.disposable import Disposable
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit import settings
from streamkit.testing import Script, chat_event, chat_events

on_next, on_completed, on_error = ReactiveTest.on_next, ReactiveTest.on_completed, ReactiveTest.on_error


class Source:
    """A source that a test drives, and how often it was subscribed to and left."""

    def __init__(self) -> None:
        self.subscribed = self.left = 0
        self.observer: Any = None

    def observable(self) -> Observable[Any]:
        def subscribe(observer: Any, _: Any) -> Disposable:
            self.subscribed += 1
            self.observer = observer
            return Disposable(self._leave)

        return Observable(subscribe)

    def _leave(self) -> None:
        self.left += 1


class Reader:
    """What one subscriber got."""

    def __init__(self, source: Observable[Any], *, fails_at: object = ...) -> None:
        self.seen: list[Any] = []
        self._fails_at = fails_at
        self.subscription = source.subscribe(self._take, self.seen.append, lambda: self.seen.append("end"))

    def _take(self, value: Any) -> None:
        self.seen.append(value)
        if value == self._fails_at:
            raise ValueError("mine")


def test_two_subscribers_are_one_subscription_and_a_late_one_replays() -> None:
    source = Source()
    shared = source.observable().pipe(ops.fan_out())
    first = Reader(shared)
    source.observer.on_next(1)
    second = Reader(shared)
    source.observer.on_next(2)
    source.observer.on_completed()
    late = Reader(shared)
    assert (first.seen, second.seen, late.seen, source.subscribed) == ([1, 2, "end"], [1, 2, "end"], [1, 2, "end"], 1)


def test_one_that_raises_gets_its_own_error_and_the_others_go_on() -> None:
    source = Source()
    shared = source.observable().pipe(ops.fan_out())
    broken, sound = Reader(shared, fails_at=1), Reader(shared)
    for value in (1, 2):
        source.observer.on_next(value)
    source.observer.on_completed()
    assert ([str(each) for each in broken.seen], sound.seen) == (["1", "mine"], [1, 2, "end"])


def test_an_error_is_replayed_and_the_source_is_not_subscribed_again() -> None:
    source = Source()
    shared = source.observable().pipe(ops.fan_out())
    Reader(shared)
    source.observer.on_next(1)
    wrong = OSError("gone")
    source.observer.on_error(wrong)
    assert (Reader(shared).seen, source.subscribed) == ([1, wrong], 1)


def test_a_source_that_failed_before_its_first_element_is_subscribed_again() -> None:
    source = Source()
    shared = source.observable().pipe(ops.fan_out())
    Reader(shared)
    source.observer.on_error(OSError("gone"))
    reader = Reader(shared)
    source.observer.on_next(1)
    assert (reader.seen, source.subscribed) == ([1], 2)


def test_when_the_last_one_leaves_the_source_is_left_and_what_came_stays() -> None:
    source = Source()
    shared = source.observable().pipe(ops.fan_out())
    first, second = Reader(shared), Reader(shared)
    source.observer.on_next(1)
    first.subscription.dispose()
    assert source.left == 0
    second.subscription.dispose()
    late = Reader(shared)
    assert (source.left, source.subscribed, late.seen[0], type(late.seen[1])) == (1, 1, 1, sk.StoppedError)


def test_finish_lets_the_source_go_on_without_anybody() -> None:
    source = Source()
    shared = source.observable().pipe(ops.fan_out(leave="finish"))
    Reader(shared).subscription.dispose()
    source.observer.on_next(1)
    source.observer.on_completed()
    assert Reader(shared).seen == [1, "end"]


def test_grace_waits_on_the_scheduler_that_was_given() -> None:
    scheduler = TestScheduler()
    source = scheduler.create_hot_observable(on_next(250, "a"), on_next(900, "b"))
    shared = source.pipe(ops.fan_out(leave=sk.grace(100)))
    scheduler.start(lambda: shared, disposed=300)
    assert [each.unsubscribe for each in source.subscriptions] == [400]


@pytest.mark.parametrize(
    ("late", "seen"), [("fold", ["abc", "d"]), (sk.tail(1), ["c", "d"]), ("live", ["d"]), ("replay", [*"abcd"])]
)
def test_how_one_joins_late(late: Any, seen: list[str]) -> None:
    source = Source()
    shared = source.observable().pipe(ops.fan_out(late=late))
    Reader(shared)
    for value in "abc":
        source.observer.on_next(value)
    reader = Reader(shared)
    source.observer.on_next("d")
    assert reader.seen == seen


def test_what_cannot_be_folded_is_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="keep='all'"):
        ops.fan_out(late="fold", keep=3)


async def test_a_slow_pulling_reader_holds_a_stream_back_through_it() -> None:
    script = Script([chat_event({"content": "w"})] * 3000)
    shared = script.stream().pipe(ops.text(), ops.fan_out())
    iterator = aiter(shared)
    await anext(iterator)
    sent = -1
    while sent != script.sent:
        sent = script.sent
        for _ in range(20):
            await asyncio.sleep(0)
    assert script.sent <= 3 * settings.CAPS.ahead
    await iterator.aclose()
    assert script.closed == 1


async def test_words_counted_once_and_read_by_two_loops() -> None:
    script = Script(chat_events("Io ", "Europa ", "Titan"))
    counted: list[str] = []
    shared = script.stream().pipe(ops.text(), rxops.do_action(counted.append), ops.fan_out())

    async def read() -> list[str]:
        return [text async for text in shared]

    both = await asyncio.gather(read(), read())
    assert both == [["Io ", "Europa ", "Titan"]] * 2
    assert (counted, script.opened) == (["Io ", "Europa ", "Titan"], 1)


def test_a_sync_loop_over_a_shared_flow_may_break_and_that_closes_the_call() -> None:
    script = Script([*chat_events("Io", "Europa")[:3], None])
    shared = script.stream().pipe(ops.text(), ops.fan_out())
    for text in shared:
        assert text == "Io"
        break
    while not script.closed:
        pass
    assert script.opened == 1


def test_without_a_loop_a_late_reader_catches_up_with_any_number_of_elements() -> None:
    shared = rx.from_iterable(range(100_000)).pipe(ops.fan_out())
    first, late = list[int](), list[int]()
    shared.subscribe(first.append)
    shared.subscribe(late.append)
    assert first == late == list(range(100_000))
