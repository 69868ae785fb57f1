"""The store of logs that live in this process."""

from __future__ import annotations

from ..settings import Keep
from ._memory import MemoryLog


class MemoryLogStore:
    """Logs in memory, by id.

    >>> import asyncio
    >>> store = MemoryLogStore()
    >>> asyncio.run(store.open("a")) is asyncio.run(store.open("a"))
    True
    """

    def __init__(self) -> None:
        self._logs: dict[str, MemoryLog] = {}

    async def open(self, id: str, *, keep: Keep = "all") -> MemoryLog:  # noqa: A002 - the field's own word
        """Return the log of this id, new if there is none.

        Args:
            id: The stream's id.
            keep: What a new log keeps.
        """
        if id not in self._logs:
            self._logs[id] = MemoryLog(keep)
        return self._logs[id]
