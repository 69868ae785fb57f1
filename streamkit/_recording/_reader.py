"""The reader of recordings: a file becomes its calls, each with its header, its reads and its end."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

import msgspec

from ..chunk import Chunk
from ..codec import decode
from ..errors import ConfigurationError
from ._format import FORMAT, Header, RecordedEnd
from ._writer import WRITER

Source: TypeAlias = "str | PathLike[str] | Traversable"

Reads: TypeAlias = tuple[tuple[float, bytes | Chunk], ...]
"""Pairs of the seconds since the first request was sent, and what was read."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call of a recording: an attempt, or a turn of a conversation.

    Args:
        header: What was known before the answer.
        reads: What was read, each with its seconds on the file's clock.
        end: The end as it was seen; None if the file breaks off before it.
        between: What a conversation added behind the call: the results of its tools.
    """

    header: Header
    reads: Reads
    end: RecordedEnd | None
    between: Reads = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording: what its readers saw, and the calls behind that.

    Of a call that was retried, ``header``, ``reads`` and ``end`` are those of the last attempt. Of a conversation they
    are its own: the reads are the results of tools, and ``calls`` has the turns.

    Args:
        header: What was known before the answer.
        reads: What was read, each with its seconds on the file's clock.
        end: The end as it was seen; None if the file breaks off before it.
        torn: True if the file breaks off, as it does when its writer was killed.
        calls: The calls in their order, each attempt and each turn by itself.
    """

    header: Header
    reads: Reads
    end: RecordedEnd | None
    torn: bool = False
    calls: tuple[RecordedCall, ...] = field(default=(), repr=False)

    @property
    def turns(self) -> list[list[RecordedCall]]:
        """The calls of each turn, of which all but the last are attempts that failed or did not fit."""
        calls = self.calls or (RecordedCall(self.header, self.reads, self.end),)
        return [list(calls) for _, calls in groupby(calls, key=lambda call: call.header.turn)]


def read_recording(source: Source) -> Recording:
    """Read a recording; a last line that was not written to its end is left out.

    Args:
        source: The path of the file.

    Raises:
        ConfigurationError: The file cannot be read, is no recording, or has an unknown version.
    """
    with _opened(source) as file:
        data = file.read()
    return parse_recording(data, name=str(source))


def read_header(source: Source) -> Header:
    """Read the first header of a recording, and nothing more.

    Args:
        source: The path of the file.

    Raises:
        ConfigurationError: The file cannot be read, is no recording, or has an unknown version.
    """
    with _opened(source) as lines:
        first = lines.readline()
    return parse_recording(first, name=str(source)).header


@contextlib.contextmanager
def _opened(source: Source) -> Generator[IO[bytes]]:
    """Open a file that has everything that this process has recorded so far."""
    WRITER.flush()
    file = Path(source) if isinstance(source, (str, PathLike)) else source
    try:
        with file.open("rb") as opened:
            yield opened
    except OSError as error:
        raise ConfigurationError(f"The recording {file} cannot be read: {error.strerror or error}.") from None


def parse_recording(data: bytes, *, name: str = "the recording") -> Recording:
    r"""Read the bytes of a recording.

    Args:
        data: The content of the file.
        name: The name of the file for errors.

    Raises:
        ConfigurationError: This is no recording, or it has an unknown version.

    >>> head = b'{"format":"streamkit.recording","version":1,"kind":"bytes","provider":"openai","model":"m"}\n'
    >>> found = parse_recording(head + b'[5,"Io"]\n[6,"Eur')
    >>> found.reads, found.torn
    (((0.005, b'Io'),), True)
    """
    *lines, rest = data.split(b"\n")
    version = _version(lines[0] if lines else rest, name)
    read = _READERS.get(version)
    if read is None:
        known = ", ".join(map(str, _READERS))
        raise ConfigurationError(
            f"{name} is a recording of version {version!r}; this streamkit reads version {known}: update streamkit."
        )
    return read(lines if lines else [rest], bool(rest) and bool(lines), name)


def _version(line: bytes, name: str) -> Any:
    try:
        head: object = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        head = None
    found = cast("dict[str, Any]", head) if isinstance(head, dict) else {}
    if found.get("format") != FORMAT:
        raise ConfigurationError(f'{name} is no recording: its first line is no header with "format": "{FORMAT}".')
    return found.get("version")


class _Calls:
    """The calls of a file while its lines are read."""

    def __init__(self) -> None:
        self.done: list[RecordedCall] = []
        self.outer: Header | None = None
        self.outer_reads: list[tuple[float, bytes | Chunk]] = []
        self.outer_end: RecordedEnd | None = None
        self._header: Header | None = None
        self._reads: list[tuple[float, bytes | Chunk]] = []

    def begin(self, header: Header) -> None:
        self.close(None)
        if header.conversation or header.reask:
            self.outer = header
        else:
            self._header, self._reads = header, []

    def read(self, seconds: float, value: bytes | Chunk) -> None:
        if self._header is not None:
            self._reads.append((seconds, value))
            return
        self.outer_reads.append((seconds, value))
        if self.done:
            last = self.done[-1]
            self.done[-1] = replace(last, between=(*last.between, (seconds, value)))

    def end(self, end: RecordedEnd) -> None:
        if self._header is not None:
            self.close(end)
        else:
            self.outer_end = end

    def close(self, end: RecordedEnd | None) -> None:
        if self._header is not None:
            self.done.append(RecordedCall(self._header, tuple(self._reads), end))
            self._header = None

    def recording(self, *, torn: bool) -> Recording:
        self.close(None)
        if self.outer is not None:
            header, reads, end = self.outer, tuple(self.outer_reads), self.outer_end
        else:
            last = self.done[-1]
            header, reads, end = last.header, last.reads, last.end
        return Recording(header, reads, end, torn or end is None, tuple(self.done))


def _read_version_1(lines: list[bytes], rest: bool, name: str) -> Recording:
    """Read the lines of version 1; a version that follows gets a function of its own.

    Args:
        lines: The lines that end.
        rest: True if another line follows that does not.
        name: The name of the file for errors.
    """
    calls = _Calls()
    for number, line in enumerate(lines, start=1):
        try:
            _add_line(calls, msgspec.json.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError, LookupError) as error:
            if number == len(lines) > 1 and not rest and isinstance(error, msgspec.DecodeError):
                rest = True  # the disk has the line's end, and not all of what is before it
                break
            raise ConfigurationError(f"{name} is no recording in line {number}: {error}.") from None
    return calls.recording(torn=rest)


def _add_line(calls: _Calls, line: Any) -> None:
    if isinstance(line, list):
        ms, found = cast("list[Any]", line)
        calls.read(float(ms) / 1000, _value(found))
    elif "end" in line:
        calls.end(msgspec.convert(line["end"], RecordedEnd))
    else:
        calls.begin(msgspec.convert(line, Header))


def _value(found: Any) -> bytes | Chunk:
    if isinstance(found, str):
        return found.encode()
    if "base64" in found:
        try:
            return base64.b64decode(found["base64"], validate=True)
        except binascii.Error as error:
            raise ValueError(f"base64 is damaged: {error}") from None
    chunk = decode(msgspec.json.encode(found))
    if not isinstance(chunk, Chunk):
        raise TypeError("a read is a text, base64 or a chunk")
    return chunk


_READERS: dict[int, Callable[[list[bytes], bool, str], Recording]] = {1: _read_version_1}
