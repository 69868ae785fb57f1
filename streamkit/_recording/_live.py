"""A recording while it is made: what the calls of one Stream read, on its way into one file.

A call adds what it reads to a queue, on its event loop; the writer's thread scrubs the reads and writes the lines. A
recording that is kept only under a condition stays in the queue until it is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..chunk import Chunk
from ..errors import StreamError
from ..scrub import Scrubber
from ._file import RecordingFile
from ._format import Header, RecordedEnd, chunk_line, end_line, error_fields, header_line, read_line
from ._scrub import ReadScrubber
from ._writer import WRITER, Writer

EACH = 160

"""Bytes of memory that a read takes beside its data."""

_SLAB = 4096  # bytes of memory that are reserved at a time

_COUNTS = len(',"blanked":000000,"scrubbed":000000')  # what a header may grow by when more of the answer is known


@dataclass(frozen=True, slots=True)
class Opened:
    """A call that begins.

    Args:
        describe: A function that returns the header of the call and its secrets; the writer's thread calls it.
        sent: The time at which the call was sent, in seconds of its loop's clock.
        prompts: True if the prompt may be written.
    """

    describe: Callable[[], tuple[Header, Scrubber]]
    sent: float
    prompts: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a call.

    Args:
        end: The end, without the time and the error.
        at: The time of the end, in seconds of the loop's clock.
        error: The error; None if there was none.
    """

    end: RecordedEnd
    at: float
    error: StreamError | None


@dataclass(slots=True)
class _Section:
    """The lines of one call, while they are written.

    Args:
        header: The header.
        at: The position of its line in the file.
        scrubber: What scrubs the reads.
        counts: The numbers of fields and secrets that the line in the file has.
    """

    header: Header
    at: int
    scrubber: ReadScrubber
    counts: tuple[int, int] = (0, 0)

    def line(self) -> bytes:
        """Return the line of the header, with room for larger numbers."""
        self.counts = blanked, scrubbed = self.scrubber.blanked, self.scrubber.scrubbed
        plain = header_line(self.header)
        found = header_line(replace(self.header, blanked=blanked, scrubbed=scrubbed))
        return self.scrubber.line(found[:-1].ljust(len(plain) - 1 + _COUNTS) + b"\n", error=False)


class Share:
    """What one answer may take: of its file, and of the memory of all recordings.

    Args:
        live: The recording.
        max_bytes: Bytes of the answer that are recorded.
    """

    def __init__(self, live: LiveRecording, max_bytes: int) -> None:
        self.live = live
        self.left = max_bytes
        """Bytes that are still recorded; -1 once something was left out, or the answer is over."""
        self.room = 0
        """Bytes of reserved memory that are free."""
        self.left_out = 0
        """Bytes that are not recorded."""

    def has_room(self, size: int) -> bool:
        """Reserve memory for a read; return False if it is left out, as everything behind it then is.

        Args:
            size: Bytes that it takes.
        """
        slab = max(_SLAB, size)
        if self.left < 0 or not self.live.reserve(slab):
            self.left = -1
            return False
        self.room += slab
        return True

    def add(self, at: float, chunk: Chunk) -> None:
        """Add a chunk, if there is room for it.

        Args:
            at: The time, in seconds of the loop's clock.
            chunk: The chunk.
        """
        live = self.live
        size = EACH + len(chunk.payload or b"") + len(chunk.content)
        if self.left >= size and (self.room >= size or self.has_room(size)):
            self.left -= size
            self.room -= size
            live.queue.append((at, chunk, size))
            if not live.queued:
                live.wake()
        else:
            self.left = -1
            self.left_out += size


class LiveRecording:
    """One file while it is made.

    Args:
        make_file: A function that makes the file for a header; it raises an OSError if that fails.
        report: A function of the error of a recording that cannot be written, called once, in the writer's thread.
        keeps: True to hold everything in memory until ``keep`` or ``drop`` is called.
        writer: The writer.
    """

    def __init__(
        self,
        make_file: Callable[[Header], RecordingFile],
        report: Callable[[Exception], None],
        *,
        keeps: bool = False,
        writer: Writer = WRITER,
    ) -> None:
        self.queue = deque[Any]()
        """What has not been written: calls that begin, reads with their times, and ends."""
        self.queued = keeps
        """True if the writer knows of the queue, or need not know of it yet."""
        self.reserved = 0
        """Bytes of memory that were reserved for reads so far; changed by the calls only."""
        self.began: float | None = None
        """The time at which the first call was sent, in seconds of its loop's clock."""
        self._started = datetime.now(UTC)  # until that time is known
        self._writer = writer
        self._make_file = make_file
        self._report = report
        self._file: RecordingFile | None = None
        self._broken = False
        self._released = 0
        self._length = 0
        self._section: _Section | None = None
        self._outer: _Section | None = None  # of a conversation, whose turns come in between

    def reserve(self, size: int) -> bool:
        """Reserve memory for reads; return False if all recordings of the process have too much of it."""
        if not self._writer.reserve(size):
            return False
        self.reserved += size
        return True

    def put(self, item: Opened | Ended) -> None:
        """Add the beginning or the end of a call."""
        if isinstance(item, Opened) and self.began is None:
            self.began, self._started = item.sent, datetime.now(UTC)
        self.queue.append(item)
        if not self.queued:
            self.wake()

    def wake(self) -> None:
        """Have the writer's thread write what has come."""
        self.queued = True
        self._writer.put(self._write)

    def finish(self) -> None:
        """Have everything written, also what was held in memory, and give the memory back."""
        self.queued = True
        self._writer.put(self._finish)

    def drop(self) -> None:
        """Forget what was held in memory."""
        self.queue.clear()
        self._give_back(self.reserved - self._released)

    # In the writer's thread ------------------------------------------------------------------------

    @property
    def _zero(self) -> float:
        return self.began or 0.0

    def _finish(self) -> None:
        self._write()
        self._give_back(self.reserved - self._released)

    def _write(self) -> None:
        self.queued = False  # first: what is added from now on wakes the writer again
        try:
            self._write_queue()
        except Exception as error:  # an object of another package may fail to say what it is
            self._fail(error)

    def _write_queue(self) -> None:
        lines: list[bytes] = []
        reads: list[Any] = []
        while self.queue:
            item = self.queue.popleft()
            if isinstance(item, tuple):
                reads.append(item)
            else:
                lines += self._read_lines(reads)
                reads = []
                self._append(lines)
                lines = [self._begin(item) if isinstance(item, Opened) else self._end(item)]
        self._append([*lines, *self._read_lines(reads)])

    def _begin(self, opened: Opened) -> bytes:
        header, secrets = opened.describe()
        sent = (opened.sent - self._zero) * 1000
        header = replace(header, sent=round(sent, 3))
        if self._file is None and not self._broken:
            header = replace(header, started=self._started.isoformat(timespec="milliseconds"))
            self._open(header)
        scrubber = ReadScrubber(
            secrets, api=header.api, whole=header.kind == "chunks" or not header.stream, prompts=opened.prompts
        )
        self._section = _Section(header, self._length, scrubber)
        if header.conversation or header.reask:
            self._outer = self._section
        return self._section.line()

    def _read_lines(self, reads: list[Any]) -> list[bytes]:
        """Return the lines of reads; those whose events are not whole yet wait."""
        section = self._section
        if section is None or not reads:
            return []
        if section.header.kind == "chunks":
            return [self._chunk_line(section, at, chunk, size) for at, chunk, size in reads]
        return self._lines(section.scrubber.feed(reads))

    def _lines(self, reads: list[tuple[float, bytes]]) -> list[bytes]:
        self._give_back(sum([len(data) + EACH for _, data in reads]))
        return [read_line((at - self._zero) * 1000, data) for at, data in reads]

    def _chunk_line(self, section: _Section, at: float, chunk: Chunk, size: int) -> bytes:
        self._give_back(size)
        scrubber = section.scrubber
        return scrubber.line(chunk_line((at - self._zero) * 1000, scrubber.chunk(chunk)), error=False)

    def _end(self, ended: Ended) -> bytes:
        section = self._section
        assert section is not None
        rest = self._lines(section.scrubber.flush())
        error = None if ended.error is None else error_fields(ended.error)
        ms = round((ended.at - self._zero) * 1000, 3)
        line = end_line(replace(ended.end, ms=ms, error=error))
        line = section.scrubber.line(line, error=True)
        self._append([*rest, line])
        self._section = self._outer
        return b""

    def _give_back(self, size: int) -> None:
        size = min(size, self.reserved - self._released)
        self._released += size
        self._writer.release(size)

    # The file --------------------------------------------------------------------------------------

    def _open(self, header: Header) -> None:
        try:
            self._file = self._make_file(header)
        except OSError as error:
            self._fail(error)

    def _append(self, lines: list[bytes]) -> None:
        """Append lines, and write the header anew if its numbers have changed."""
        data, section = b"".join(lines), self._section
        if not data or self._file is None or self._broken:
            return
        try:
            self._file.append(data)
            self._length += len(data)
            if section is not None and section.counts != (section.scrubber.blanked, section.scrubber.scrubbed):
                self._file.write_at(section.at, section.line())
        except OSError as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._broken:
            self._broken = True
            self._report(error)
