"""``sk.RedisLog``: where the logs of calls are kept, so that other processes can read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..log import IfExists
from ._publish import publish
from ._publisher import Publication
from ._store import RedisStore, not_found


@dataclass(frozen=True, slots=True)
class LogStatus:
    """The state of a stored stream.

    Args:
        state: ``streaming``, or the state in which it has ended: ``complete``, ``stopped``, ``failed`` or ``unknown``;
            ``lost`` if it has no end and its producer is gone.
        chunks: The number of chunks that are stored.
        provider: The provider's name.
        model: The model's name.
        expires: Seconds until the stream is forgotten, if nothing is appended; None if it is kept without end.
    """

    state: str
    chunks: int
    provider: str
    model: str
    expires: float | None


class RedisLog(RedisStore):
    """A place in Redis (or in Valkey) where calls are published, and from where any process can read them.

    Args:
        client: The address of the server (``redis://``, ``rediss://`` or ``unix://``); a client of ``redis.asyncio``,
            with your own TLS, access rules, Sentinel or Cluster, which belongs to one event loop; or a function that
            makes such a client, for several loops.
        prefix: The first part of all keys.
        ttl: Seconds after the last append for which a stream is kept.
        lease: Seconds without a sign of life after which a producer counts as lost.
        raw: True if the provider's own events are stored too, so that ``chunk.chunk`` and ``chunk.raw`` work for
            readers; a chunk of text then needs some hundred bytes instead of about ten.

    Raises:
        ConfigurationError: ``client`` is none of these, a number is not above 0, or ``ttl`` is shorter than two leases,
            so that a stream could be forgotten before the loss of its producer is noticed.

    >>> RedisLog("redis://localhost:6379", ttl=600)
    RedisLog(prefix='sk', ttl=600, lease=10)
    """

    async def status(self, id: str) -> LogStatus:  # noqa: A002 - the public name
        """Look at a stream.

        Args:
            id: The id under which it was published.

        Raises:
            StreamNotFound: There is no such stream, or no longer.
            LogUnavailable: The server cannot be reached.
        """
        found = await self.look(id)
        if not found.exists:
            raise not_found(id)
        state = found.state or ("streaming" if found.lease > 0 else "lost")
        about = found.about
        return LogStatus(state, found.last, about.get("provider", ""), about.get("model", ""), found.expires)

    def publish(self, source: Any, id: str, *, if_exists: IfExists = "error") -> Publication:  # noqa: A002
        """Begin to publish; see ``Stream.publish_to``.

        Args:
            source: A Stream, or a Flow of chunks or texts.
            id: The id to publish under.
            if_exists: What to do if there is a stream of this id.
        """
        return publish(self, source, id, if_exists=if_exists)
