"""What a reader that lags is given: neighbours joined, only the newest pieces, or an error."""

from __future__ import annotations

from typing import Generic

from typing_extensions import TypeVar

from ..chunk import Chunk
from ..errors import SlowSubscriber
from ..subscription import SubscriptionOptions
from ..text.joining import coalesced, is_delta
from .memory import MemoryLog

T = TypeVar("T", default=Chunk)


class OverflowPolicy(Generic[T]):
    """A reader's policy for when it lags; one that waits (``pause``) needs none.

    Args:
        reading: Its options.
    """

    __slots__ = ("_bound", "_keeps", "_policy")

    def __init__(self, options: SubscriptionOptions) -> None:
        self._policy = options.overflow
        self._bound = options.max_lag
        self._keeps = 1 if options.overflow == "latest" else self._bound

    def take(self, log: MemoryLog[T], position: int) -> tuple[list[T], int]:
        """Return what the reader is given next, and where it stands then.

        Args:
            log: What it reads.
            position: Where it stands.

        Raises:
            SlowSubscriber: It lags, and wants to know.
            StreamGap: What it has missed is no longer kept, and was more than pieces that it would have dropped.
        """
        behind = log.length - position
        if behind <= self._bound:
            batch = log.read(position, behind)
        elif self._policy == "coalesce":
            batch = coalesced(log.read(position, behind))
        elif self._policy == "error":
            raise SlowSubscriber(f"This subscriber lags by {behind} chunks, and its bound is {self._bound}.")
        else:
            batch = self._newest(log.read(log.skip_to(position), behind))
        return batch, position + behind

    def _newest(self, batch: list[T]) -> list[T]:
        older = len(batch) - self._keeps
        return [each for each in batch[: max(0, older)] if not is_delta(each)] + batch[max(0, older) :]
