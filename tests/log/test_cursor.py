"""Cursors: a push subscriber's place in a log."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex.observer import Observer

import streamkit as sk
from streamkit.log import Cursor, End, MemoryLog
from streamkit.runtime import GATE, Gate
from streamkit.testing import Script, chat_events


def chunks(*texts: object) -> list[sk.Chunk]:
    return [sk.Chunk(content=str(text)) for text in texts]


def append(log: MemoryLog, *texts: object, at: float = 0.0) -> None:
    log.append(chunks(*texts), size=len(texts), at=at)


class SubscriptionOptions:
    """A cursor whose turns are taken when a test says so, and what it has been given."""

    def __init__(self, log: MemoryLog, *, direct: bool = True, on_next: Callable[[str], None] | None = None) -> None:
        self.seen: list[str] = []
        self.ends: list[Exception | None] = []
        self.reported: list[Exception] = []
        self.left = 0
        self.turns: deque[Callable[[], None]] = deque()
        self._on_next = on_next
        self.on_end: Callable[[], object] = lambda: None
        self.cursor = Cursor(
            log,
            Observer(self._take, self._end, lambda: self._end(None)),
            soon=self.turns.append,
            direct=direct,
            on_leave=self._leave,
            wait_left=self._wait_left,
            report=self.reported.append,
        )
        self.cursor.start()

    def _take(self, chunk: sk.Chunk) -> None:
        self.seen.append(chunk.content)
        if self._on_next is not None:
            self._on_next(chunk.content)

    def _end(self, error: Exception | None) -> None:
        self.ends.append(error)
        self.on_end()

    def _leave(self) -> None:
        self.left += 1

    async def _wait_left(self) -> None: ...

    def run(self, turns: int = 1000) -> int:
        """Take turns until there are none, and count them."""
        taken = 0
        while self.turns and taken < turns:
            self.turns.popleft()()
            taken += 1
        return taken


def test_the_first_end_is_kept_and_reaches_later_readers() -> None:
    log = MemoryLog()
    append(log, "a")
    log.close(End())
    log.close(End(sk.TruncatedError("late")))
    assert log.end == End() and log.ended.happened
    reading = SubscriptionOptions(log)
    reading.run()
    assert (reading.seen, reading.ends, reading.left) == (["a"], [None], 1)


def test_a_cursor_starts_in_a_later_turn_and_catches_up_in_turns() -> None:
    log = MemoryLog()
    append(log, *range(1000))
    reading = SubscriptionOptions(log)
    assert reading.seen == []
    assert reading.run(1) == 1 and 0 < len(reading.seen) < 1000
    reading.run()
    assert reading.seen == [str(at) for at in range(1000)]


@pytest.mark.parametrize("direct", [True, False])
def test_a_cursor_that_is_up_to_date_is_called_directly_only_on_the_logs_own_loop(direct: bool) -> None:
    log = MemoryLog()
    reading = SubscriptionOptions(log, direct=direct)
    reading.run()
    append(log, "a")
    assert (reading.seen == ["a"], bool(reading.turns)) == (direct, not direct)
    log.close(End())
    assert (reading.ends == [None]) is direct
    reading.run()
    assert (reading.seen, reading.ends, reading.left) == (["a"], [None], 1)


def test_a_gap_is_the_readers_own_error() -> None:
    log = MemoryLog(keep=1)
    late, live = SubscriptionOptions(log, direct=False), SubscriptionOptions(log)
    live.run()
    append(log, "a")
    append(log, "b")
    late.run()
    assert (live.seen, live.ends) == (["a", "b"], [])
    assert (late.seen, [type(end) for end in late.ends], late.left) == ([], [sk.StreamGap], 1)


def test_disposing_twice_leaves_once_and_lets_no_turn_deliver() -> None:
    log = MemoryLog()
    append(log, "a")
    reading = SubscriptionOptions(log)
    reading.cursor.dispose()
    reading.cursor.dispose()
    reading.run()
    assert (reading.seen, reading.ends, reading.left, log.push_readers) == ([], [], 1, 0)


def test_a_handler_that_raises_is_reported() -> None:
    log = MemoryLog()
    reading = SubscriptionOptions(log)
    wrong = ZeroDivisionError("in the handler")
    reading.on_end = Mock(side_effect=wrong)
    reading.cursor.fail(ValueError("its own"))
    assert (reading.reported, reading.left) == ([wrong], 1)


def test_an_end_handler_may_dispose_another_subscriber_and_all_others_get_the_end() -> None:
    log = MemoryLog()
    readings = [SubscriptionOptions(log) for _ in range(4)]
    for reading in readings:
        reading.run()
    readings[0].on_end = readings[1].cursor.dispose
    pulling = Mock(position=0)
    log.add_reader(pulling)
    log.close(End())
    assert [reading.ends for reading in readings[1:]] == [[], [None], [None]]
    pulling.wake.assert_called_once()
    assert log.ended.happened


def test_a_full_gate_takes_no_turns_until_it_opens() -> None:
    log, gate = MemoryLog(), Gate(pulls=True)
    token = GATE.set(gate)
    reading = SubscriptionOptions(log, on_next=lambda _: setattr(gate, "full", True))
    GATE.reset(token)
    append(log, *"abc")
    reading.run()
    assert (reading.seen, bool(reading.turns), log.push_readers) == (["a"], False, 0)
    append(log, "d")
    assert not reading.turns
    gate.open()
    reading.run()
    assert reading.seen == ["a", "b"]


async def test_leaving_while_a_chunk_is_delivered_lets_no_more_reach_who_left() -> None:
    stream = Script([*chat_events(*"abc")[:1], 0.001, *chat_events(*"abc")[1:]]).stream()
    seen: list[str] = []
    stream.subscribe(lambda chunk: second.dispose() if chunk.content == "b" else None)
    second = stream.subscribe(lambda chunk: seen.append(chunk.content))
    await stream
    assert "".join(seen) == "a"


async def test_who_subscribes_while_a_chunk_is_delivered_gets_everything_once() -> None:
    stream = Script([*chat_events(*"abc")[:1], 0.001, *chat_events(*"abc")[1:]]).stream()
    seen: list[str] = []

    def on_next(chunk: sk.Chunk) -> None:
        if chunk.content == "b":
            stream.subscribe(lambda each: seen.append(each.content), on_completed=lambda: seen.append("."))

    stream.subscribe(on_next)
    await stream
    while stream.open or "." not in seen:
        await asyncio.sleep(0)
    assert "".join(seen) == "abc."


ACTIONS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 40)),
    st.tuples(st.sampled_from(["direct", "elsewhere"]), st.just(0)),
    st.tuples(st.sampled_from(["turn", "dispose"]), st.integers(0, 5)),
)


@given(st.lists(ACTIONS, max_size=40), st.booleans())
def test_whatever_happens_every_cursor_reads_the_log_in_order_and_hears_one_end(
    actions: list[tuple[str, int]], fails: bool
) -> None:
    log = MemoryLog()
    readings: list[SubscriptionOptions] = []
    gone: set[int] = set()
    for name, number in actions:
        if name == "append":
            append(log, *range(log.length, log.length + number))
        elif name in ("direct", "elsewhere"):
            readings.append(SubscriptionOptions(log, direct=name == "direct"))
        elif number < len(readings):
            readings[number].run(1) if name == "turn" else readings[number].cursor.dispose()
            gone |= {number} if name == "dispose" else set()
    error = sk.TruncatedError("cut") if fails else None
    log.close(End(error))
    everything = [str(at) for at in range(log.length)]
    for at, reading in enumerate(readings):
        reading.run()
        if at in gone:
            assert reading.seen == everything[: len(reading.seen)] and reading.ends == []
        else:
            assert (reading.seen, reading.ends) == (everything, [error])
        assert reading.left == 1
    assert log.push_readers == 0
