"""What one event loop needs of one Redis: a client, a writer, the readers, and the requests to stop."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import weakref
from collections.abc import Callable
from typing import Any

from ..errors import ConfigurationError
from ._reader import ReadLoop
from ._writer import Writer

_WAIT = 1.0  # seconds that one look at the channel of stops waits

_PAUSE = 0.1  # seconds before the channel of stops is listened to again, after the server was lost


class Hub:
    """The work of one event loop with one Redis.

    Args:
        client: The asyncio client of redis-py.
        owned: True if the client is closed with the loop, False if it is the user's own.
        prefix: The prefix of all keys.
        outage: Seconds for which the server may be unreachable.
    """

    def __init__(self, client: Any, *, owned: bool, prefix: str, outage: float) -> None:
        self.client = client
        self._owned = owned
        self._prefix = prefix
        self._outage = outage
        self._slots: Callable[[str], int] | None = getattr(client, "keyslot", None)  # only a cluster has them
        self.writer = Writer(client, pipelines=self._slots is None)
        self._readers: dict[int, ReadLoop] = {}
        self._stops: dict[str, Callable[[str], None]] = {}
        self._listening: asyncio.Task[None] | None = None

    @property
    def channel(self) -> str:
        """The channel of requests to stop."""
        return f"{self._prefix}:stop"

    def reader(self, key: str) -> ReadLoop:
        """Return the reader of a stream: one for all streams, and one a slot of a cluster."""
        slot = 0 if self._slots is None else self._slots(key)
        if slot not in self._readers:
            wake = f"{key}:wake" if self._slots is not None else f"{self._prefix}:wake"
            self._readers[slot] = ReadLoop(self.client, wake, outage=self._outage, block=self._block())
        return self._readers[slot]

    def _block(self) -> float:
        """Return the seconds that a read may wait: a client takes a longer silence of the server for an error."""
        pool = getattr(self.client, "connection_pool", None)
        settings: dict[str, Any] = getattr(pool, "connection_kwargs", {})
        return (settings.get("socket_timeout") or 5.0) / 2

    async def listen(self, stream_id: str, stop: Callable[[str], None]) -> None:
        """Call a function when somebody asks for a stop of a stream; return once that is heard.

        Args:
            stream_id: The id of the stream.
            stop: A function that gets the reason.
        """
        self._stops[stream_id] = stop
        if self._listening is None:
            heard = asyncio.Event()
            self._listening = asyncio.get_running_loop().create_task(self._listen(heard))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WAIT):  # wait_for would lose a cancellation that comes with the event
                    await heard.wait()

    def listen_no_more(self, stream_id: str) -> None:
        """Forget a stream, whose producer has ended."""
        self._stops.pop(stream_id, None)
        if not self._stops and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self, heard: asyncio.Event) -> None:
        own_task = asyncio.current_task()
        while self._listening is own_task:  # redis-py may lose a cancellation
            with contextlib.suppress(Exception):  # the flag in the head is read with every append, too
                async with self.client.pubsub() as channel:
                    await channel.subscribe(self.channel)
                    while self._listening is own_task:
                        message = await channel.get_message(timeout=_WAIT)
                        heard.set()
                        if message is not None and message["type"] == "message":
                            self._take(_text(message["data"]))
            await asyncio.sleep(_PAUSE)

    def _take(self, message: str) -> None:
        stream_id, _, by = message.partition("\n")
        if (stop := self._stops.get(stream_id)) is not None:
            stop(by)

    async def __aexit__(self, *_: object) -> None:
        """End what runs, and close the client with its loop."""
        for reader in self._readers.values():
            reader.close()
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None
        if self._owned:
            await self.client.aclose()


class ClientSource:
    """Where a loop gets its client from: an address or a function make one a loop, a client is of one loop.

    Args:
        given: An address, a function that returns a client, or a client.

    Raises:
        ConfigurationError: It is none of these.
    """

    def __init__(self, given: Any) -> None:
        self._given = given
        self._owner: weakref.ref[asyncio.AbstractEventLoop] | None = None
        if isinstance(given, str):
            if "://" not in given:
                raise ConfigurationError(f"{given!r} is no address of a Redis: write redis://localhost:6379.")
        elif hasattr(given, "execute_command"):
            if not inspect.iscoroutinefunction(given.execute_command):
                raise ConfigurationError("This client of Redis blocks: give one of redis.asyncio, or an address.")
        elif not callable(given):
            raise ConfigurationError(
                f"{given!r}: give an address, a client of redis.asyncio, or a function that makes one."
            )

    @property
    def makes(self) -> bool:
        """Whether a client is made for each loop."""
        return isinstance(self._given, str) or not hasattr(self._given, "execute_command")

    def client(self, loop: asyncio.AbstractEventLoop) -> Any:
        """Return the client for a loop; called in a worker thread.

        Raises:
            ConfigurationError: redis-py is missing, or the user's client is bound to another loop.
        """
        if isinstance(self._given, str):
            return _from_address(self._given)
        if self.makes:
            return self._given()
        if self._owner is None:
            self._owner = weakref.ref(loop)
        if self._owner() is not loop:
            raise ConfigurationError(
                "This client of Redis has its connections on another event loop (sync calls share one of their own): "
                "give RedisLog an address, or a function that makes a client."
            )
        return self._given


def _from_address(address: str) -> Any:
    try:
        redis = importlib.import_module("redis.asyncio")
        backoff = importlib.import_module("redis.backoff").ExponentialBackoff(cap=0.2, base=0.02)
        retry = importlib.import_module("redis.asyncio.retry").Retry(backoff, 2)
    except ImportError as missing:
        raise ConfigurationError('A log over Redis needs redis-py: pip install "streamkit[redis]".') from missing
    return redis.from_url(address, retry=retry)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, (bytes, bytearray)) else str(value)
