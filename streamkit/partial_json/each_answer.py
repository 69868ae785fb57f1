"""EachAnswer: an extractor for each answer of a conversation, of which only the last one's error counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..origin import Origin, Void
from .extractor import Extractor


class EachAnswer:
    """A machine that reads texts, the chunks of a call, or those of a conversation answer by answer.

    An answer of a conversation may be followed by another one, so an answer that is broken or invalid ends nothing
    before the source does.

    Args:
        make: Function that makes the extractor of one answer.
        name: The operator as its user wrote it, for error messages.
        voids: True to emit the ``Void`` of an answer that is asked for again; False to emit an empty value in its
            place, if the extractor has one; None to refuse such answers.
    """

    def __init__(self, make: Callable[[], Extractor], *, name: str, voids: bool | None = False) -> None:
        self.done = False
        """True once no more input is needed: the source can be disposed."""
        self._make = make
        self._name = name
        self._voids = voids
        self._extractor = make()
        self._feed = self._extractor.feed
        self._answer: tuple[int, int | None] | None = None

    @property
    def error(self) -> Exception | None:
        """The exception that has ended the extraction; None otherwise."""
        return self._extractor.error

    def feed(self, item: str | Chunk) -> list[Any]:
        """Take the next element; return the values to emit."""
        found: list[Any] = []
        if type(item) is not Chunk and isinstance(item, Chunk) and (origin := item.origin) is not None:
            found = self._enter(origin, item.index)
        found += self._feed(item)
        extractor = self._extractor
        self.done = extractor.done and (self._answer is None or extractor.error is None)
        return found

    def flush(self) -> list[Any]:
        """Return the values that can still be emitted once the source is complete."""
        return self._extractor.flush()

    def _enter(self, origin: Origin, index: int) -> list[Any]:
        """Begin an answer if a conversation's chunk is the first of one; return what says that the one before is void.

        Raises:
            ConfigurationError: The answer may turn out to be void, and nothing would say so.
        """
        before = self._answer
        if origin.answer == before or not origin.names_answer(index):
            return []
        if self._voids is None and origin.attempt is not None:
            raise ConfigurationError(
                f"{self._name} emits parts of an answer that may turn out not to fit, and is asked for again (reask=): "
                "give voids=True, and drop what came before each sk.Void."
            )
        self._answer = origin.answer
        if before is None:
            return []
        found: list[Any] = []
        if before[0] == origin.turn:
            void = origin.result if isinstance(origin.result, Void) else Void(before[1] or 0, "")
            found = [void] if self._voids else self._extractor.emptied()
        self._extractor = self._make()
        self._feed = self._extractor.feed
        return found
