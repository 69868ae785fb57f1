"""The protocols of a log, of its readers, and of a store from which other processes read logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from typing_extensions import TypeVar

from ..chunk import Chunk
from ..errors import StreamError

T = TypeVar("T", default=Chunk)

P_co = TypeVar("P_co", covariant=True)

IfExists: TypeAlias = Literal["error", "attach", "replace"]


@dataclass(frozen=True, slots=True)
class End:
    """The end of a log: complete, or with an error."""

    error: StreamError | None = None


class Reader(Protocol):
    """A reader with a position in the log, which is woken when there are more chunks."""

    position: int

    def wake(self) -> None:
        """Note that there are more chunks, or that the log has ended."""
        ...


class Live(Protocol):
    """A cursor that is up to date, whose subscriber the log calls directly."""

    position: int

    def fail(self, error: BaseException) -> None:
        """End this subscription with an error that the subscriber has raised."""
        ...

    def finish(self) -> None:
        """Deliver the log's end."""
        ...


class Log(Protocol[T]):
    """The chunks of a call in order, and the end of the call."""

    end: End | None

    @property
    def length(self) -> int:
        """The number of chunks that have been appended."""
        ...

    @property
    def first(self) -> int:
        """The position of the first chunk that is kept."""
        ...

    def append(self, batch: list[T], *, size: int, at: float) -> None:
        """Append chunks that arrived together.

        Args:
            batch: The chunks.
            size: The bytes of the body that the chunks were decoded from.
            at: The time of arrival, in seconds of the loop's clock.
        """
        ...

    def close(self, end: End) -> None:
        """Append the end; nothing follows."""
        ...

    def read(self, position: int, limit: int) -> list[T]:
        """Return up to ``limit`` chunks from a position on.

        Raises:
            StreamGap: The chunks are no longer kept.
        """
        ...

    def arrived(self, position: int) -> float:
        """Return the time when a chunk arrived, in seconds of the loop's clock."""
        ...

    def add_reader(self, reader: Reader) -> None:
        """Wake this reader from now on when there are more chunks."""
        ...

    def remove_reader(self, reader: Reader) -> None:
        """Wake this reader no more."""
        ...


class Store(Protocol[P_co]):
    """A place where streams are published."""

    def publish(self, source: Any, id: str, *, if_exists: IfExists) -> P_co:  # noqa: A002 - the name of the public option
        """Begin to publish, and return the publication.

        Args:
            source: A Stream, or a Flow of chunks or texts.
            id: The id to publish under.
            if_exists: What to do if there is a stream of this id.
        """
        ...
