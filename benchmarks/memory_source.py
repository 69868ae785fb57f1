"""A call that is answered from memory: what the log and the doors cost, without any HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import streamkit as sk
from streamkit.errors import StreamError
from streamkit.providers import CallSpec
from streamkit.wire import Decoder, open_decoder

from .plans import beginning, body


@dataclass(slots=True)
class Window:
    """The CPU seconds in which the reads between the first and the last were taken and delivered."""

    seconds: float = 0.0


class _Answer:
    """A body read by read, with one turn of the loop for each."""

    request_id: str | None = None

    def __init__(self, reads: list[bytes], window: Window) -> None:
        self._reads = reads
        self._window = window

    async def __aiter__(self) -> AsyncIterator[bytes]:
        first, *middle, last = self._reads
        yield first
        for _ in range(3):
            await asyncio.sleep(0)  # subscribers have taken the first and are up to date
        started = time.process_time()
        for data in middle:
            await asyncio.sleep(0)
            yield data
        self._window.seconds = time.process_time() - started
        yield last

    def shut_down(self) -> None:
        """There is no socket."""

    async def aclose(self) -> None:
        """There is nothing to close."""


class _Request:
    """A request that is answered with reads made before."""

    provider = "memory"

    def __init__(self, reads: list[bytes], window: Window) -> None:
        self.ask = CallSpec(model="memory", messages=({"role": "user", "content": "?"},))
        self._reads = reads
        self._window = window

    def decoder(self) -> Decoder:
        return open_decoder("openai.chat")

    def load(self) -> None:
        """There is no SDK."""

    async def open(self) -> _Answer:
        return _Answer(self._reads, self._window)

    def error(self, error: Exception) -> StreamError:
        return StreamError(str(error))


def reads_of(events: int, group: int) -> list[bytes]:
    """Write a text answer as the reads that bring it.

    Args:
        events: Number of events with text.
        group: Number of events in one read.
    """
    deltas, end = body("text", events)
    return [beginning(), *(b"".join(deltas[at : at + group]) for at in range(0, events, group)), end]


def memory_stream(reads: list[bytes], window: Window | None = None) -> sk.Stream:
    """Make a stream that is answered with these reads.

    Args:
        reads: Bytes of each read.
        window: Told what delivering them took.
    """
    return sk.Stream(_Request(reads, window or Window()))
