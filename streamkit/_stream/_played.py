"""A recorded conversation, and recorded answers that did not fit, as the connections of one call over one log."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from .._recording import Playback, Reads, RecordedEnd, Recording, recorded_error
from ..chunk import Chunk
from ..errors import TruncatedError
from ..origin import TOOL_INDEX, Origin, Void
from ..providers import CallSpec, Request
from ..providers._recorded import RecordedRequest
from ..settings import Keep, Timeouts
from ..tool import ToolRegistry, ToolResult
from ._conversation import Conversation, ConversationOptions, ConversationPlan, ConversationRequest, Plan
from ._options import CallOptions, Record
from ._reask import Reasking, ReaskPlan
from ._stream import Stream


@dataclass(frozen=True, slots=True)
class Opening:
    """The options of a Stream that plays a recording.

    Args:
        timeouts: The clocks of each call.
        keep: The part of the chunks that the log keeps.
        options: The options that were given for the call itself.
        record: What the call is recorded to.
    """

    timeouts: Timeouts | None
    keep: Keep = "all"
    options: CallOptions | None = None
    record: Record | None = None

    @property
    def inner(self) -> Opening:
        """The options of a call inside of a conversation, which is recorded where that is."""
        return Opening(self.timeouts, options=self.options, record=False)

    def stream(self, request: RecordedRequest) -> Stream:
        """Make the Stream of a single call.

        Args:
            request: The request.
        """
        return Stream(request, timeouts=self.timeouts, keep=self.keep, options=self.options, record=self.record)

    def stream_of(self, plan: Plan, request: RecordedRequest) -> Stream:
        """Make the Stream of several calls; of the clocks, ``first`` and ``between`` are those of each call.

        Args:
            plan: What is played.
            request: The request of the first call.
        """
        clocks = replace(self.timeouts or Timeouts(), first=None, between=None)
        # The checker wants an attribute where a property is, which keeps the limits from what is above the calls.
        whole = cast("Request", ConversationRequest(plan, request.ask, request.provider))
        return Stream(whole, timeouts=clocks, keep=self.keep, options=self.options, record=self.record)


@dataclass(frozen=True, slots=True)
class PlayedConversationPlan:
    """What is played of a conversation.

    Args:
        request: The request of its first call.
        recording: The recording.
        streams: Functions that make the unsent Streams of the turns.
        keeps: True if the events of all turns stay in memory.
    """

    request: RecordedRequest
    recording: Recording
    streams: Sequence[Callable[[], Stream]]
    keeps: bool

    def begin(self, ask: CallSpec) -> PlayedConversation:
        """Return the connection of the conversation.

        Args:
            ask: The call.
        """
        return PlayedConversation(self, ask)


class PlayedConversation(Conversation):
    """A conversation whose turns and results of tools are recorded; no tool is run.

    Args:
        played: What is played.
        ask: The call.
    """

    def __init__(self, played: PlayedConversationPlan, ask: CallSpec) -> None:
        plan = ConversationPlan(
            lambda _, turns: played.streams[len(turns)](),
            ConversationOptions(),
            played.request.provider,
            keeps=played.keeps,
        )
        super().__init__(plan, ask)
        self._registry = ToolRegistry(())  # so that no tool is ever begun
        self._recording = played.recording
        self._clock = Playback((), speed=played.request.speed)

    async def _run(self) -> AsyncGenerator[bytes]:
        """Play one turn after the other, with the results in between, and the end.

        Raises:
            StreamError: The error of a turn, or of the conversation.
        """
        recording = self._recording
        for calls in recording.turns if recording.calls else ():
            await self._clock.until(calls[0].header.sent / 1000)
            turn = self._begin()
            while batch := await self._next(turn):
                yield self.decoder.put(batch, content=turn.number > 0 or turn.saw_content)
            turn.end()
            for seconds, chunk in calls[-1].between:
                result = chunk.origin and chunk.origin.result if isinstance(chunk, Chunk) else None
                if not isinstance(chunk, Chunk) or isinstance(result, Void):
                    continue  # the turn itself says that an answer is void
                await self._clock.until(seconds)
                data = self.decoder.put([chunk], content=True)
                if isinstance(result, ToolResult):
                    turn.take_result(result)
                    turn.note_result(self.decoder.count)
                yield data
        for turn in self.turns:
            turn.over = True
        end = recording.end
        if end is None:
            raise TruncatedError("The recording breaks off before its end.")
        await self._clock.until(end.ms / 1000)
        if end.state in ("failed", "stopped"):
            raise recorded_error(end)
        self.decoder.end_is_proven = all(each.response.state == "complete" for each in self.turns)


@dataclass(frozen=True, slots=True)
class PlayedAnswersPlan:
    """What is played of a call that was asked again until its answer fit.

    Args:
        request: The request of its first call.
        streams: Functions that make the unsent Streams of the answers.
        voids: Of each answer what the call said about it, if that is recorded.
        end: The end of the call, if it is recorded by itself.
        keeps: True if the events of all answers stay in memory.
    """

    request: RecordedRequest
    streams: Sequence[Callable[[], Stream]]
    voids: Sequence[Reads]
    end: RecordedEnd | None
    keeps: bool

    def begin(self, ask: CallSpec) -> PlayedAnswers:
        """Return the connection of the answers.

        Args:
            ask: The call.
        """
        return PlayedAnswers(self, ask)


class PlayedAnswers(Reasking):
    """Recorded answers to one question, of which the last one is the answer.

    Args:
        played: What is played.
        ask: The call.
    """

    def __init__(self, played: PlayedAnswersPlan, ask: CallSpec) -> None:
        most = len(played.streams) - 1
        super().__init__(ReaskPlan(lambda _, before: played.streams[len(before)](), most, keeps=played.keeps), ask)
        self._end = played.end
        self._voids = [_void(reads, number) for number, reads in enumerate(played.voids[:-1])]

    async def _run(self) -> AsyncGenerator[bytes]:
        """Play one answer after the other.

        Raises:
            StreamError: The error of an answer.
        """
        for void in (*self._voids, None):
            attempt = self._begin()
            while batch := await self._next(attempt):
                yield self.decoder.put(batch, content=attempt.number > 0 or attempt.saw_content)
            attempt.end()
            if void is not None:
                yield self._put_void(attempt, void)
        if self._end is not None and self._end.state in ("failed", "stopped"):
            raise recorded_error(self._end)
        self.decoder.end_as(self.attempts[-1].response)


def _void(reads: Reads, number: int) -> Chunk:
    """Return the chunk that says that everything of an answer is void, and begins the next one."""
    recorded = [each.origin.result for _, each in reads if isinstance(each, Chunk) and each.origin is not None]
    reason = next((each for each in recorded if isinstance(each, Void)), Void(number, "The answer does not fit."))
    return Chunk(index=TOOL_INDEX).with_origin(Origin(attempt=number + 1, result=reason))
