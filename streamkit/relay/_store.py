"""Where streams are stored in a Redis: their keys, the work of each loop, and a look at a stored stream."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import msgspec

from ..errors import ConfigurationError, LogUnavailable, StreamError, StreamNotFound
from ..transport import client_here
from ._hub import ClientSource, Hub
from ._reader import PAUSES
from ._scripts import CANCEL, LOOK

_LONGEST_ID = 512

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Keys:
    """The three keys of a stream; their common part in braces keeps them in one slot of a cluster.

    Args:
        base: The part that they have in common.
    """

    base: str

    @property
    def all(self) -> tuple[str, str, str]:
        """The log, the head and the lease, in the order of the scripts."""
        return f"{self.base}:log", f"{self.base}:head", f"{self.base}:lease"


@dataclass(frozen=True, slots=True)
class Look:
    """What ``LOOK`` has found.

    Args:
        exists: Whether the server has anything of the stream.
        last: The number of the last chunk.
        ended: Whether the end is stored.
        about: What the stream is about: the provider, the model, and the seconds of the lease.
        state: The state of the end; empty without one.
        owner: The token of the producer, in hexadecimal digits; empty if the server has lost it.
        lease: Seconds until the producer's lease is over; below 0 if it is.
        expires: Seconds until the stream is forgotten; None if it is kept.
    """

    exists: bool
    last: int
    ended: bool
    about: dict[str, Any]
    state: str
    owner: str
    lease: float
    expires: float | None


class RedisStore:
    """Where streams are stored in a Redis; ``RedisLog`` documents the arguments."""

    def __init__(
        self,
        client: str | Callable[[], Any] | Any,
        *,
        prefix: str = "sk",
        ttl: float = 3600,
        lease: float = 10,
        raw: bool = False,
    ) -> None:
        for name, value in (("ttl", ttl), ("lease", lease)):
            if not _is_time(value):
                raise ConfigurationError(f"{name}={value!r}: give a number of seconds above 0.")
        if ttl < 2 * lease:
            raise ConfigurationError(
                f"ttl={ttl!r} is shorter than two leases of {lease!r} s: a stream would be forgotten before anybody "
                "notices that its producer is lost."
            )
        if not prefix or set(prefix) & set("{}\n"):
            raise ConfigurationError(f"prefix={prefix!r}: give a text without braces.")
        self.prefix = prefix
        self.ttl = ttl
        self.lease = lease
        self.raw = raw
        self.outage = max(30.0, 2 * lease)
        """Seconds for which a server that cannot be reached is tried again."""
        self._source = ClientSource(client)

    def __repr__(self) -> str:
        return f"RedisLog(prefix={self.prefix!r}, ttl={self.ttl!r}, lease={self.lease!r})"  # the address has a password

    async def cancel(self, id: str, *, by: str = "cancel()") -> bool:  # noqa: A002
        """Ask the producer of a stream to stop; the readers get all until then, and the end.

        Args:
            id: The id under which it was published.
            by: The reason, for ``stopped_by``.

        Returns:
            True if the producer is asked; False if the stream has ended already.

        Raises:
            StreamNotFound: There is no such stream, or no longer.
            LogUnavailable: The server cannot be reached.
        """
        hub = await self.hub()
        answer = await self.run(hub, CANCEL, (self.keys(id).all[1],), by, hub.channel, id)
        if answer == "unknown":
            raise not_found(id)
        return answer == "told"

    def keys(self, id: str) -> Keys:  # noqa: A002
        """Return the keys of a stream.

        Raises:
            ConfigurationError: The id is no text, is empty or very long, or has braces or line breaks.
        """
        given = cast("object", id)
        if not (isinstance(given, str) and given) or len(given) > _LONGEST_ID or set(given) & set("{}\r\n"):
            raise ConfigurationError(
                f"The id {given!r} cannot name a stream: give a text of 1 to {_LONGEST_ID} characters without braces "
                "and line breaks."
            )
        return Keys(f"{self.prefix}:{{{given}}}")

    async def hub(self) -> Hub:
        """Return what the running loop needs of this Redis."""
        loop = asyncio.get_running_loop()

        def build() -> Hub:
            client = self._source.client(loop)
            return Hub(client, owned=self._source.makes, prefix=self.prefix, outage=self.outage)

        return await client_here(("redis", self), build)

    async def reach(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Do something with the server, and try again while it cannot be reached.

        Args:
            attempt: A function that does it, which may be done twice.

        Raises:
            LogUnavailable: The server could not be reached for too long, or has refused.
        """
        loop = asyncio.get_running_loop()
        since = loop.time()
        for pause in itertools.chain(PAUSES, itertools.repeat(PAUSES[-1])):
            try:
                return await attempt()
            except Exception as error:
                if not _may_pass(error) or loop.time() - since > self.outage:
                    raise unavailable(error) from error
            await asyncio.sleep(pause)
        raise AssertionError("the pauses have no end")

    async def run(self, hub: Hub, script: Any, keys: tuple[str, ...], *args: Any) -> Any:
        """Run a script once, and return its answer as text or numbers.

        Raises:
            LogUnavailable: The server cannot be reached.
        """
        try:
            return plain(await hub.writer.run(script, keys, *args))
        except Exception as error:
            raise unavailable(error) from error

    async def look(self, id: str) -> Look:  # noqa: A002
        """Look at a stream without reading it.

        Raises:
            LogUnavailable: The server cannot be reached.
        """
        hub = await self.hub()
        answer = await self.reach(lambda: hub.writer.run(LOOK, self.keys(id).all))
        exists, last, kind, about, state, lease, expires, owner = answer
        return Look(
            exists=int(exists) > 0,
            last=int(last or 0),
            ended=plain(kind) == "1",
            about=msgspec.json.decode(about) if about else {},
            state=plain(state) or "",
            owner=plain(owner),
            lease=int(lease) / 1000,
            expires=None if int(expires) < 0 else int(expires) / 1000,
        )


def plain(value: Any) -> Any:
    """Return an answer with its bytes as text; the clients of some users do that themselves."""
    if isinstance(value, list):
        return [plain(each) for each in cast("list[Any]", value)]
    return value.decode() if isinstance(value, bytes) else value


def _may_pass(error: Exception) -> bool:
    """Whether an error of redis-py's is one of the connection, or of a server that starts."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & {"ConnectionError", "TimeoutError", "BusyLoadingError", "ReadOnlyError", "OSError"})


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0.01 <= value < math.inf


def not_found(id: str) -> StreamNotFound:  # noqa: A002
    """Return the error for an id that the server does not know."""
    return StreamNotFound(f"There is no stream {id!r}: it was not published yet, or its time is over.")


def unavailable(error: Exception) -> StreamError:
    """Return the error for an exception of redis-py's."""
    if isinstance(error, StreamError):
        return error
    return LogUnavailable(f"Redis has not answered: {type(error).__name__}: {error}")
