"""The log of a call: appending, keeping, reading, and waking readers."""

from __future__ import annotations

import pytest

import streamkit as sk
from streamkit import settings
from streamkit.log import End, MemoryLog


def chunks(*texts: object) -> list[sk.Chunk]:
    return [sk.Chunk(content=str(text)) for text in texts]


def append(log: MemoryLog, *texts: object, at: float = 0.0) -> None:
    log.append(chunks(*texts), size=len(texts), at=at)


class Woken:
    """A pulling reader that counts how often it was woken."""

    position = 0
    times = 0

    def wake(self) -> None:
        self.times += 1


def test_what_was_appended_is_read_at_any_position_by_anybody() -> None:
    log = MemoryLog()
    append(log, "a", "b")
    append(log, "c")
    assert [[chunk.content for chunk in log.read(at, 2)] for at in range(4)] == [["a", "b"], ["b", "c"], ["c"], []]
    assert log.length == 3


def test_every_chunk_has_the_time_at_which_its_batch_came() -> None:
    log = MemoryLog()
    append(log, "a", "b", at=1.5)
    append(log, "c", at=2.5)
    append(log, "d", "e", at=4.0)
    assert [log.arrived(at) for at in range(5)] == [1.5, 1.5, 2.5, 4.0, 4.0]


def test_the_times_of_a_log_that_forgets_are_still_those_of_its_chunks() -> None:
    log = MemoryLog(keep=2)
    for at in range(10):
        append(log, at, at=at * 1.0)
    assert [log.arrived(at) for at in (8, 9)] == [8.0, 9.0]


@pytest.mark.parametrize("caps", [settings.Caps(chunks=3), settings.Caps(log=3)])
def test_a_full_log_refuses_the_whole_batch(caps: settings.Caps) -> None:
    log = MemoryLog(caps=caps)
    append(log, "a", "b")
    with pytest.raises(sk.LimitExceeded, match="2 chunks"):
        append(log, "c", "d")
    assert (log.length, [chunk.content for chunk in log.read(0, 9)]) == (2, ["a", "b"])


@pytest.mark.parametrize("keep", [0, 1, 5, 300])
def test_a_log_that_keeps_n_has_the_last_n_and_not_many_more(keep: int) -> None:
    log = MemoryLog(keep)
    for at in range(1000):
        append(log, at)
        assert len(log.read(max(0, log.length - keep), 2000)) == min(keep, log.length)
    with pytest.raises(sk.StreamGap, match=r"Chunks 0 to \d+ are no longer kept"):
        log.read(0, 1)
    first = next(at for at in range(1001) if _is_kept(log, at))
    assert 1000 - first <= max(keep, min(2 * keep, 600))


def _is_kept(log: MemoryLog, position: int) -> bool:
    try:
        log.read(position, 1)
    except sk.StreamGap:
        return False
    return True


def test_who_reads_is_woken_by_a_batch_and_by_the_end_and_not_after_leaving() -> None:
    log, first, second = MemoryLog(), Woken(), Woken()
    log.add_reader(first)
    log.add_reader(second)
    append(log, "a", "b")
    log.remove_reader(second)
    log.close(End())
    assert (first.times, second.times) == (2, 1)


def test_the_lag_of_a_log_is_that_of_its_fastest_pulling_reader() -> None:
    log, slow, fast = MemoryLog(), Woken(), Woken()
    append(log, *range(10))
    assert log.behind() == 0
    fast.position = 7
    log.add_reader(slow)
    log.add_reader(fast)
    assert log.behind() == 3
    log.count_push(1)
    assert log.behind() == 0
