"""The interface of a log: what a store for other processes implements too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from typing_extensions import TypeVar

from ..chunk import Chunk
from ..errors import StreamError

T = TypeVar("T", default=Chunk)


@dataclass(frozen=True, slots=True)
class End:
    """How a log ended: completely, or with an error."""

    error: StreamError | None = None


class Reader(Protocol):
    """Somebody who reads the log at a position of their own and is told when there is more."""

    position: int

    def wake(self) -> None:
        """There is more to read, or the end has come."""
        ...


class Live(Protocol):
    """A subscriber that is called directly while it is up to date."""

    position: int

    def fail(self, error: BaseException) -> None:
        """End with an error of this subscriber's own."""
        ...

    def finish(self) -> None:
        """Deliver the log's end."""
        ...


class Log(Protocol[T]):
    """A call's chunks in order, and its end; what a store for other processes implements too."""

    end: End | None

    @property
    def length(self) -> int:
        """How many chunks have been appended."""
        ...

    @property
    def first(self) -> int:
        """Where what is kept begins."""
        ...

    def append(self, batch: list[T], *, size: int, at: float) -> None:
        """Add chunks that arrived together.

        Args:
            batch: The chunks.
            size: Bytes that they came in.
            at: Seconds on the call's clock.
        """
        ...

    def close(self, end: End) -> None:
        """Add the end; nothing comes after it."""
        ...

    def read(self, position: int, limit: int) -> list[T]:
        """Return up to ``limit`` chunks from a position on.

        Raises:
            StreamGap: They are no longer kept.
        """
        ...

    def arrived(self, position: int) -> float:
        """When a chunk arrived, in seconds on the call's clock."""
        ...

    def add_reader(self, reader: Reader) -> None:
        """Wake a reader from now on when there is more."""
        ...

    def remove_reader(self, reader: Reader) -> None:
        """Wake it no more."""
        ...
