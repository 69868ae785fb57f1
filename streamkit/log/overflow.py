"""The overflow policy of a reader that lags: merge neighbouring deltas, drop older ones, or end with an error."""

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
    """The overflow policy of one reader; ``pause`` needs none, since the call waits then.

    Args:
        options: The reader's options.
    """

    __slots__ = ("_bound", "_keeps", "_policy")

    def __init__(self, options: SubscriptionOptions) -> None:
        self._policy = options.overflow
        self._bound = options.max_lag
        self._keeps = 1 if options.overflow == "latest" else self._bound

    def take(self, log: MemoryLog[T], position: int) -> tuple[list[T], int]:
        """Return the chunks to deliver next, and the reader's new position.

        Args:
            log: The log that the reader reads.
            position: The reader's position in the log.

        Raises:
            SlowSubscriber: The reader lags, and its policy is ``error``.
            StreamGap: A chunk that must not be dropped is no longer kept.
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
