"""A take: one answer that is being recorded, read by read with its times, as the tap of its HTTP library sees it."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..errors import LimitExceeded
from ._request import HttpRequest

_LARGEST = 1 << 26  # bytes of one answer

# What an answer's headers may name beside its account and its cookies.
_KEPT = ("content-type", "retry-after", "retry-after-ms", "x-should-retry", "request-id", "x-request-id")


class Take:
    """One request and what came of it.

    Args:
        request: The request.
        number: The number of the request in its test, from 1.
    """

    def __init__(self, request: HttpRequest, number: int) -> None:
        self.request = request
        self.number = number
        self.status: int | None = None
        """The HTTP status; None while nothing was answered."""
        self.headers: dict[str, str] = {}
        """The headers that are kept."""
        self.reads: list[tuple[float, bytes]] = []
        """Of each read: the seconds since the request was sent, and the bytes."""
        self.end: str | None = None
        """None while it lasts; then ``"whole"``, ``"left"`` by its reader, or the class of an exception."""
        self.reason = ""
        """The text of that exception."""
        self.started = datetime.now(UTC)
        """The date and the time of the request."""
        self._began = time.monotonic()
        self._inflate: Any = None
        self._size = 0

    @property
    def seconds(self) -> float:
        """The seconds from the request to the last read."""
        return self.reads[-1][0] if self.reads else 0.0

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Note that an answer has begun.

        Raises:
            LimitExceeded: The body's encoding is none that can be recorded.
        """
        self.status = status
        self.headers = {name: headers[name] for name in _KEPT if name in headers}
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("gzip", "x-gzip", "deflate"):
            self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        elif encoding not in ("", "identity"):
            raise LimitExceeded(f"An answer with content-encoding: {encoding} cannot be recorded.")

    def add(self, data: bytes) -> bytes:
        """Note bytes that have been read, and return them.

        Raises:
            LimitExceeded: The answer is too large for a recording.
        """
        plain = data if self._inflate is None else self._inflate.decompress(data, _LARGEST)
        self._size += len(plain)
        if self._size > _LARGEST:
            raise LimitExceeded(f"An answer of more than {_LARGEST} bytes is not recorded.")
        if plain:
            self.reads.append((time.monotonic() - self._began, plain))
        return data

    def finish(self, error: BaseException) -> None:
        """Note what ended the body, or the request; do nothing the second time.

        Args:
            error: The exception; that of an iterator's end is the end of the body.
        """
        if self.end is not None:
            return
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            self.end = "whole"
        elif isinstance(error, (asyncio.CancelledError, GeneratorExit)):
            self.end = "left"
        else:
            self.end, self.reason = type(error).__name__, str(error)

    def leave(self) -> None:
        """Note that the reader has left before the end; do nothing if there was an end."""
        if self.end is None:
            self.end = "left"
