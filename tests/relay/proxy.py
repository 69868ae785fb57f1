"""A proxy in front of a Redis that loses answers: the server has done the work, and the client is not told."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator

_SHARE = 0.08  # of the answers


class LossyProxy:
    """Passes everything on, and cuts a connection in place of some answers."""

    def __init__(self, target: int, *, seed: int) -> None:
        self.port = 0
        self.lost = 0
        self._target = target
        self._random = random.Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[LossyProxy]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._pass_on(reader, writer)
        writer.close()
        self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self._target)
        sending = asyncio.ensure_future(self._copy(reader, back_writer))
        try:
            while data := await back_reader.read(65_536):
                if self._random.random() < _SHARE:
                    self.lost += 1
                    break
                writer.write(data)
                await writer.drain()
        finally:
            sending.cancel()
            back_writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
