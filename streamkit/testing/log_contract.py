"""The contract of a log, as tests for a log that you write yourself."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from typing import Literal

import pytest

from ..chunk import Chunk
from ..errors import ProducerLost, StreamGap, TruncatedError
from ..log import End, Log

_TURNS = 10_000  # turns of the loop within which a log must show what was written


class Waking:
    """A reader that counts wake-ups."""

    position = 0
    times = 0

    def wake(self) -> None:
        """Count."""
        self.times += 1


class LogContract:
    """Tests of a log: subclass this under a name that begins with ``Test``, and override ``open``.

    A log that other processes read overrides ``reader`` too, which returns the reader's view; in memory
    both are one object.
    """

    async def open(self, keep: Literal["all"] | int = "all") -> Log:
        """Return a new log to write to.

        Args:
            keep: Number of chunks that the log keeps, or "all".
        """
        raise NotImplementedError

    async def reader(self, log: Log) -> Log:
        """Return another process's view of a log.

        Args:
            log: The log that ``open`` returned.
        """
        return log

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something has arrived at a reader.

        Args:
            condition: Predicate that is tried in every turn of the loop.
        """
        for _ in range(_TURNS):
            if condition():
                return
            await asyncio.sleep(0)
        raise AssertionError("the log does not show what was written")

    async def test_what_was_appended_is_read_in_order_from_any_position(self) -> None:
        """Chunks come back whole, by position, whatever the batches were."""
        log, reader = await self._both()
        await self._write(log, reader, "a", "b")
        await self._write(log, reader, "c")
        seen = [[chunk.content for chunk in reader.read(at, 2)] for at in range(4)]
        assert seen == [["a", "b"], ["b", "c"], ["c"], []]
        assert (reader.length, reader.first) == (3, 0)

    async def test_a_chunk_comes_back_with_all_that_it_says(self) -> None:
        """Every field arrives, bytes and the payload included."""
        log, reader = await self._both()
        chunk = Chunk(content="木星 🪐", audio=b"\x00\xff", finish_reasons=["stop"], payload=b'{"a": 1}', index=1)
        log.append([chunk], size=1, at=0.0)
        await self.until(lambda: reader.length == 1)
        assert reader.read(0, 1) == [chunk]

    async def test_a_new_log_is_empty_and_has_no_end(self) -> None:
        """Reading an empty log gives nothing."""
        _, reader = await self._both()
        assert (reader.length, reader.read(0, 9), reader.end) == (0, [], None)

    async def test_the_end_comes_once_and_stays(self) -> None:
        """A second end is ignored, and what was appended stays readable."""
        log, reader = await self._both()
        await self._write(log, reader, "a")
        log.close(End())
        log.close(End(TruncatedError("too late")))
        await self.until(lambda: reader.end is not None)
        assert (reader.end, [chunk.content for chunk in reader.read(0, 9)]) == (End(), ["a"])

    async def test_an_error_is_an_end_that_says_what_it_was(self) -> None:
        """The class, the message and the partial Response of the error arrive."""
        log, reader = await self._both()
        error = ProducerLost("gone", provider="openai")
        log.close(End(error))
        await self.until(lambda: reader.end is not None)
        found = reader.end.error if reader.end else None
        assert (type(found), str(found)) == (ProducerLost, "gone")
        assert pickle.loads(pickle.dumps(found)).provider == "openai"  # noqa: S301 - our own

    async def test_a_log_that_keeps_n_has_the_last_n_and_says_so_of_the_others(self) -> None:
        """A reader that needs older chunks gets StreamGap, never wrong chunks."""
        log, reader = await self._both(5)
        for at in range(100):
            await self._write(log, reader, str(at))
        assert [chunk.content for chunk in reader.read(95, 9)] == ["95", "96", "97", "98", "99"]
        assert reader.first > 0
        with pytest.raises(StreamGap):
            reader.read(0, 1)

    async def test_readers_are_woken_by_more_and_by_the_end_and_not_after_leaving(self) -> None:
        """A reader is woken only while registered."""
        log, reader = await self._both()
        stays, leaves = Waking(), Waking()
        reader.add_reader(stays)
        reader.add_reader(leaves)
        await self._write(log, reader, "a")
        await self.until(lambda: stays.times == leaves.times == 1)
        reader.remove_reader(leaves)
        log.close(End())
        await self.until(lambda: stays.times == 2)
        assert leaves.times == 1

    async def test_readers_at_different_places_disturb_nobody(self) -> None:
        """Every reader reads the same, whatever the others do."""
        log = await self.open()
        readers = [await self.reader(log) for _ in range(3)]
        for at in range(50):
            log.append([Chunk(content=str(at))], size=1, at=float(at))
        for number, each in enumerate(readers, 1):
            await self.until(lambda each=each: each.length == 50)
            read = [chunk.content for start in range(0, 50, number) for chunk in each.read(start, number)]
            assert read[:50] == [str(at) for at in range(50)]

    async def test_each_batch_has_its_time(self) -> None:
        """Arrival times are in seconds on the call's clock."""
        log, reader = await self._both()
        for at in (1.5, 2.5):
            log.append([Chunk(content="a"), Chunk(content="b")], size=2, at=at)
        await self.until(lambda: reader.length == 4)
        assert [reader.arrived(at) for at in range(4)] == [1.5, 1.5, 2.5, 2.5]

    async def _both(self, keep: Literal["all"] | int = "all") -> tuple[Log, Log]:
        log = await self.open(keep)
        return log, await self.reader(log)

    async def _write(self, log: Log, reader: Log, *texts: str) -> None:
        length = log.length + len(texts)
        log.append([Chunk(content=text) for text in texts], size=len(texts), at=0.0)
        await self.until(lambda: reader.length == length)
