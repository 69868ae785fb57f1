"""EventDeriver: derives the events of an answer from the chunks, choice by choice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..chunk import Chunk, Usage
from ..errors import StreamError
from ..origin import TOOL_INDEX, Origin, Void
from ..usage.turns import TurnUsages
from ._answer import Error, Finish, UsageReport
from ._choice import ChoiceEvents
from ._event import Event
from ._text import TextDelta
from ._tools import ToolBlocks
from ._turns import AnswerVoid, TurnEnd, TurnStart

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

    __slots__ = ("_choices", "_id", "_model", "_number", "_text", "_tools", "_turn", "_usages")

    def __init__(self) -> None:
        self._choices: dict[int, ChoiceEvents] = {}
        self._text = ""
        """The id of the open text of choice 0."""
        self._number: object = _NO_TEXT
        """The provider's number of that text."""
        self._model: str | None = None
        self._id: str | None = None
        self._usages = TurnUsages()
        self._turn: int | None = None
        """The turn of a conversation that has started and not ended."""
        self._tools: ToolBlocks | None = None
        """The blocks of the tools of that turn, once something has come from one."""

    def feed(self, chunk: Chunk) -> list[Event]:
        """Add the next chunk and return the new events."""
        if chunk.plain and chunk.block == self._number and (text := chunk.content):
            return [TextDelta(0, self._text, text)]
        found, origin = list[Event](), chunk.origin
        if origin is not None:
            self._enter(chunk, origin, found)
        if chunk.usage is not None:
            self._usages.put(chunk.usage, *((), None) if origin is None else (origin.path, origin.answer))
        if chunk.index == TOOL_INDEX:
            return found
        choice = self._choice(chunk.index)
        # As in a Response, the first id and model and the last usage count.
        self._model = self._model or chunk.model
        self._id = self._id or chunk.id
        found += choice.feed(chunk)
        if chunk.index == 0:
            self._text, self._number = choice.open_text or ("", _NO_TEXT)
        return found

    def flush(self) -> list[Event]:
        """End the answer, because the source completed; return the ends of the open blocks, usage and finish."""
        found = self._end_blocks(self._choices)
        choices = [self._choices[at] for at in sorted(self._choices)]
        usage = self._usages.total(None)
        found += self._end_turn()
        return [*found, *self._report(usage), *(self._finish(each, usage) for each in choices)]

    def fail(self, error: Exception) -> list[Event]:
        """End the answer in an error; return usage, if any is known, and the error, which names the open blocks."""
        usage = self._usages.total(None)
        usage = replace(usage, source="partial") if usage is not None else None
        if isinstance(error, StreamError) and error.partial is not None:
            usage = error.partial.usage or usage
        blocks = [block for at in sorted(self._choices) for block in self._choices[at].open_blocks()]
        blocks += [] if self._tools is None else self._tools.open_blocks()
        return [*self._report(usage), Error(error, tuple(blocks), id=self._id)]

    # Conversations ---------------------------------------------------------------------------------

    def _enter(self, chunk: Chunk, origin: Origin, found: list[Event]) -> None:
        """Take a chunk of a conversation: begin its turn, or return what it shows of a tool."""
        if not origin.names_answer(chunk.index):
            if self._tools is None:
                choice = self._choice(0)
                names = choice.call_names()
                found += self._end_blocks([0])
                self._tools = ToolBlocks(0, choice.next_id, EventDeriver, names)
            found += self._tools.feed(chunk, origin)
            if (ended := origin.ended_call) is not None:
                self._usages.end_call(ended)
        elif origin.runs_tools and origin.turn != self._turn:
            found += [*self._end_blocks(self._choices), *self._end_turn()]
            self._turn, self._model, self._id = origin.turn, None, None
            found.append(TurnStart(origin.turn, origin.model, id=chunk.id))
            for choice in self._choices.values():
                choice.begin_turn()
        elif isinstance(void := origin.result, Void):
            found += self._end_blocks(self._choices)
            found.append(AnswerVoid(void.attempt, void.error, id=self._id))
            self._model = self._id = None
            for choice in self._choices.values():
                choice.begin_turn()

    def _end_turn(self) -> list[Event]:
        """Return the end of the running turn, whose blocks have ended."""
        turn, self._turn = self._turn, None
        if turn is None:
            return []
        choice, usage = self._choice(0), self._usages.of_turn(turn)
        return [TurnEnd(turn, choice.reasons, choice.common_reasons, self._model, usage, id=self._id)]

    def _end_blocks(self, choices: Iterable[int]) -> list[Event]:
        found = [event for at in sorted(choices) for event in self._choice(at).end_blocks()]
        if self._tools is not None:
            found += self._tools.flush()
            self._tools = None
        self._text, self._number = "", _NO_TEXT
        return found

    def _choice(self, index: int) -> ChoiceEvents:
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = ChoiceEvents(index)
        return choice

    def _report(self, usage: Usage | None) -> list[Event]:
        return [] if usage is None else [UsageReport(usage, id=self._id)]

    def _finish(self, choice: ChoiceEvents, usage: Usage | None) -> Finish:
        reasons, common = choice.reasons, choice.common_reasons
        return Finish(choice.index, self._id, reasons, common, self._model, usage)
