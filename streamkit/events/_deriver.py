"""EventDeriver: derives the events of an answer from the chunks, choice by choice."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from ..chunk import Chunk, Usage
from ..errors import StreamError
from ..origin import TOOL_INDEX
from ..usage.sums import added
from ._answer import Error, Finish, UsageReport
from ._choice import ChoiceEvents
from ._event import Event
from ._text import TextDelta

_NO_TEXT = object()  # equals no number


class EventDeriver:
    """Derives events; one deriver serves one reading of one answer.

    Texts are not kept, and of a tool call only what is needed to parse its arguments.

    >>> deriver = EventDeriver()
    >>> for chunk in (Chunk(content="Io"), Chunk(finish_reasons=["stop"])):
    ...     print([event.kind for event in deriver.feed(chunk)])
    ['text_start', 'text_delta']
    []
    >>> [event.kind for event in deriver.flush()]
    ['text_end', 'finish']
    """

    done = False
    error = None

    __slots__ = ("_choices", "_id", "_model", "_number", "_text", "_usages")

    def __init__(self) -> None:
        self._choices: dict[int, ChoiceEvents] = {}
        self._text = ""
        """The id of the open text of choice 0."""
        self._number: object = _NO_TEXT
        """The provider's number of that text."""
        self._model: str | None = None
        self._id: str | None = None
        self._usages: dict[object, Usage] = {}
        """The last usage of each turn of a conversation, or of the one call."""

    def feed(self, chunk: Chunk) -> list[Event]:
        """Add the next chunk and return the new events."""
        if chunk.plain and chunk.block == self._number and (text := chunk.content):
            return [TextDelta(0, self._text, text)]
        if chunk.usage is not None:
            origin = chunk.origin
            self._usages[origin and (origin.path, origin.answer)] = chunk.usage
        if chunk.index == TOOL_INDEX:
            return []
        choice = self._choices.get(chunk.index)
        if choice is None:
            choice = self._choices[chunk.index] = ChoiceEvents(chunk.index)
        # As in a Response, the first id and model and the last usage count.
        self._model = self._model or chunk.model
        self._id = self._id or chunk.id
        found = choice.feed(chunk)
        if chunk.index == 0:
            self._text, self._number = choice.open_text or ("", _NO_TEXT)
        return found

    def flush(self) -> list[Event]:
        """End the answer, because the source completed; return the ends of the open blocks, usage and finish."""
        choices = [self._choices[at] for at in sorted(self._choices)]
        found = [event for choice in choices for event in choice.flush()]
        return [*found, *self._report(self._usage), *map(self._finish, choices)]

    def fail(self, error: Exception) -> list[Event]:
        """End the answer in an error; return usage, if any is known, and the error, which names the open blocks."""
        usage = self._usage
        usage = replace(usage, source="partial") if usage is not None else None
        if isinstance(error, StreamError) and error.partial is not None:
            usage = error.partial.usage or usage
        blocks = tuple(block for at in sorted(self._choices) for block in self._choices[at].open_blocks())
        return [*self._report(usage), Error(error, blocks, id=self._id)]

    @property
    def _usage(self) -> Usage | None:
        one, *others = self._usages.values() or [None]
        return reduce(added, others, one)

    def _report(self, usage: Usage | None) -> list[Event]:
        return [] if usage is None else [UsageReport(usage, id=self._id)]

    def _finish(self, choice: ChoiceEvents) -> Finish:
        reasons, common = choice.reasons, choice.common_reasons
        return Finish(choice.index, self._id, reasons, common, self._model, self._usage)
