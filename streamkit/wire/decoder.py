"""The interface of wire decoders, the base of formats' decoders, and that of decoders that choose another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Protocol, TypedDict, Unpack

from ..chunk import Chunk
from ..errors import StreamError
from .quirks import Quirks


class Decoder(Protocol):
    """Turns the bytes of one answer into chunks, without any I/O.

    ``feed`` and ``finish`` never raise on input; they set ``error``.
    """

    error: StreamError | None
    """The error that ended the answer; None if there is none."""
    saw_content: bool
    """True if content has arrived since the reader last set this to False."""
    finish_seen: bool
    """True once the provider has sent the end of the answer; usage and the sentinel may still follow."""
    done: bool
    """True once no more input is needed."""
    end_is_proven: bool
    """True if an end that was seen is the provider's own, and not guessed by a library in between."""
    notes: list[tuple[str, dict[str, object]]]
    """Log events, as names and fields, which the reader logs and removes."""

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete."""
        ...

    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks; afterwards either ``finish_seen`` or ``error`` is set."""
        ...


class Options(TypedDict):
    """Arguments of a decoder.

    Args:
        provider: The provider's name in chunks and errors.
        quirks: The vendor's row.
        choices: The number of requested answers; formats with only one answer ignore it.
        api: The name of the wire API that chunks carry; None if no SDK has a class for the events.
        cap: Largest size of one event, in bytes.
    """

    provider: str
    quirks: Quirks
    choices: int
    api: str | None
    cap: int


class FormatDecoder(ABC):
    """Base of the decoders that a format names, which also read a whole answer. ``Decoder`` documents the rest."""

    proof: ClassVar[str]
    """The proof of the end, in words and with the names of the format."""
    after: ClassVar[str] = "nothing"
    """The events that may follow the proof, in words."""
    error: StreamError | None
    saw_content: bool
    finish_seen: bool
    done: bool
    end_is_proven: bool
    notes: list[tuple[str, dict[str, object]]]

    @abstractmethod
    def __init__(self, **options: Unpack[Options]) -> None: ...

    @abstractmethod
    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete."""

    @abstractmethod
    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks; afterwards either ``finish_seen`` or ``error`` is set."""

    @abstractmethod
    def read_answer(self, events: Iterable[dict[str, Any]], payload: bytes) -> list[Chunk]:
        """Read a whole answer, written as events; afterwards either ``finish_seen`` or ``error`` is set."""


class DelegatingDecoder:
    """Has the state of an inner decoder, which ``_follow`` copies."""

    error: StreamError | None = None
    saw_content: bool = False
    finish_seen: bool = False
    done: bool = False
    end_is_proven: bool = True

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, object]]] = []

    def _follow(self, inner: Decoder, chunks: list[Chunk]) -> list[Chunk]:
        """Copy the inner decoder's state (except ``end_is_proven``) and return its chunks."""
        self.error, self.finish_seen, self.done = inner.error, inner.finish_seen, inner.done
        self.saw_content = self.saw_content or inner.saw_content
        self.notes += inner.notes
        inner.saw_content = False
        inner.notes.clear()
        return chunks

    def _end_unproven(self) -> None:
        """End without an error although the provider has not proven the end."""
        self.error = None
        self.finish_seen, self.end_is_proven = True, False
