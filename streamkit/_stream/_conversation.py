"""A conversation as the connection of one call: one Stream a turn, tools in between, all chunks into one log."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from ..chunk import Chunk
from ..errors import ConfigurationError, LimitExceeded, StreamError
from ..messages import Message
from ..operators._base.tool_runs import ToolRuns
from ..providers import CallSpec, Connection, map_error
from ..tool import Tool, ToolCallValidator, ToolRegistry, ToolResult, was_cut
from ..usage.sums import added
from ..wire.decoder import DelegatingDecoder
from ._approval import Approval, OnTool
from ._conversing import Conversing
from ._lifecycle import Lifecycle
from ._recorded import CallRecording
from ._retry_policy import FailedAttempts
from ._stream import Stream
from ._turn import Turn

if TYPE_CHECKING:
    from ..response import Response

OnToolError: TypeAlias = Literal["send", "raise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOptions:
    """The options of a conversation that a single call does not have; see ``sk.converse``."""

    max_turns: int = 10
    on_tool: OnTool | None = None
    on_tool_error: OnToolError = "send"
    approval_timeout: float | None = 600.0
    tool_timeout: float | None = None
    tool_concurrency: int = 8
    grace: float = 5.0


@dataclass(frozen=True, slots=True)
class ConversationPlan:
    """Everything that stays the same in all turns.

    Args:
        open_turn: A function that makes the unsent Stream of a turn, of the call and of the turns before.
        options: The options of the conversation.
        provider: The name of the provider that is asked first, whose form the history has.
        keeps: True if the events of all turns stay in memory.
    """

    open_turn: Callable[[CallSpec, Sequence[Turn]], Stream]
    options: ConversationOptions
    provider: str
    keeps: bool

    def begin(self, ask: CallSpec) -> Conversation:
        """Return the connection of a new conversation.

        Args:
            ask: The call of a turn.
        """
        return Conversation(self, ask)


class Plan(Protocol):
    """What stays the same in all turns, of which a conversation or the answers to one call are made."""

    def begin(self, ask: CallSpec) -> Connection:
        """Return a new connection.

        Args:
            ask: The call of a turn.
        """
        ...


class ConversationDecoder(DelegatingDecoder):
    """The decoder of a conversation, which is given chunks that are decoded already."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        """The number of chunks so far."""
        self.stop_sequence: str | None = None
        self._waiting: list[Chunk] = []

    def put(self, chunks: list[Chunk], *, content: bool) -> bytes:
        """Take chunks, and return bytes of their size for the pump to feed.

        Args:
            chunks: The next chunks of the conversation.
            content: True if content has arrived.
        """
        self._waiting += chunks
        self.count += len(chunks)
        self.saw_content = self.saw_content or content
        return bytes(sum(len(chunk.payload or b"") for chunk in chunks))

    def feed(self, data: bytes) -> list[Chunk]:
        chunks, self._waiting = self._waiting, []
        return chunks

    def end_as(self, response: Response) -> None:
        """End as a turn has ended: complete, without a proof, or by a stop string that streamkit itself has found.

        Args:
            response: The turn's Response.
        """
        self.end_is_proven = response.state == "complete"
        self.stop_sequence = response.stop_sequence if response.state == "stopped" else None

    def finish(self) -> list[Chunk]:
        self.done = True
        self.finish_seen = self.stop_sequence is None
        return []


class ConversationRequest:
    """The request of a conversation: to open it sends nothing, since each turn sends its own.

    Args:
        plan: What stays the same in all turns.
        ask: The call as it was asked; its limits are those of each turn.
        provider: The provider's name.
    """

    def __init__(self, plan: Plan, ask: CallSpec, provider: str) -> None:
        self.provider = provider
        self._plan = plan
        self._of_turns = ask
        self._ask = replace(ask, limits=None, cache=None)

    @property
    def ask(self) -> CallSpec:
        """The call as it was asked, without limits and cache, which are those of each turn."""
        return self._ask

    @ask.setter
    def ask(self, ask: CallSpec) -> None:
        limits = self._of_turns.limits if ask.limits is None else ask.limits
        cache = self._of_turns.cache if ask.cache is None else ask.cache
        self._of_turns = replace(ask, limits=limits, cache=cache)
        self._ask = replace(ask, limits=None, cache=None)

    def decoder(self) -> ConversationDecoder:
        return ConversationDecoder()

    def load(self) -> None:
        """Nothing needs to be imported: each turn imports what it needs."""

    async def open(self) -> Connection:
        return self._plan.begin(self._of_turns)

    def error(self, error: Exception) -> StreamError:
        return map_error(error, provider=self.provider)


class Conversation:
    """The running conversation, as the connection that the pump reads.

    Args:
        plan: What stays the same in all turns.
        ask: The call of a turn.
    """

    def __init__(self, plan: ConversationPlan, ask: CallSpec) -> None:
        self.decoder = ConversationDecoder()
        self.turns: list[Turn] = []
        self.recording: CallRecording | None = None
        """The recording of the whole conversation; None if it is not recorded."""
        self._plan = plan
        self._options = plan.options
        self._ask = ask
        self._registry = ToolRegistry(ask.tools)
        # Without tools of the user a call is the answer itself, of a provider that gives a response_model by a tool.
        self._has_tools = any(isinstance(each, Tool) for each in ask.tools)
        self.life = Lifecycle()
        self._failure: StreamError | None = None
        self._steps = self._run()
        self._cut = False

    @property
    def conversation(self) -> Conversing:
        """This conversation."""
        return self

    @property
    def request_id(self) -> str | None:
        """The provider's id of the last turn's request."""
        return self.turns[-1].request_id if self.turns else None

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._steps

    async def _run(self) -> AsyncGenerator[bytes]:
        """Read one turn after the other, and run the tools in between.

        Raises:
            StreamError: The error of a turn, or of the conversation.
        """
        while True:
            turn = self._begin()
            while batch := await self._next(turn):
                yield self.decoder.put(batch, content=turn.number > 0 or turn.saw_content)
            turn.end()
            if not turn.response.tool_calls or not self._has_tools:
                turn.over = True
                break
            self._check_turns_left(turn)
            async for result, chunk in turn.run_tools():
                data = self.decoder.put([chunk], content=True)
                if result is not None:
                    turn.note_result(self.decoder.count)
                yield data
                self._check_failure(result)
            self._check_failure(None)
            if was_cut(turn.response.finish_reasons or ()):
                break
        self.decoder.end_is_proven = all(each.response.state == "complete" for each in self.turns)

    async def _next(self, turn: Turn) -> list[Chunk]:
        try:
            return await turn.read()
        except StreamError as error:
            turn.over = True
            error.partial = None  # that of the turn; the conversation's has all turns
            raise

    def _begin(self) -> Turn:
        stream = self._plan.open_turn(self._ask, self.turns)
        # A turn belongs into the file of the conversation, and not into one of its own.
        record_to = None if self.recording is None else self.recording.turn(len(self.turns))
        stream._shared.record_to = record_to  # pyright: ignore[reportPrivateUsage] - one idea in two files
        options = self._options

        turn = Turn(
            len(self.turns),
            stream,
            chunks_before=self.decoder.count,
            calls_before=sum(len(each.response.tool_calls) for each in self.turns),
            ids_before={each.response.id for each in self.turns},
            keeps=self._plan.keeps,
            calls=ToolCallValidator(self._registry),
            runs=ToolRuns(
                concurrency=options.tool_concurrency,
                timeout=options.tool_timeout,
                grace=options.grace,
                may_stop=lambda: self.life.stop_pending,
            ),
            approval=Approval(options.on_tool, seconds=options.approval_timeout, fail=self._fail),
            ends_on_failure=options.on_tool_error == "raise",
        )
        self.turns.append(turn)
        if self._cut:
            turn.cancel()
        return turn

    def _check_turns_left(self, turn: Turn) -> None:
        most = self._options.max_turns
        if sum(each.answers for each in self.turns) >= most and not was_cut(turn.response.finish_reasons or ()):
            turn.over = True
            raise LimitExceeded(f"The model calls tools after {most} turns (max_turns): these tools are not run.")

    def _fail(self, error: StreamError) -> None:
        self._failure = self._failure or error

    def _check_failure(self, result: ToolResult | None) -> None:
        """Raise the error that ends the conversation, if ``on_tool`` or a tool has failed."""
        if self._failure is not None:
            raise self._failure
        # A call that does not fit, or is refused, goes back to the model.
        if self._options.on_tool_error == "raise" and result is not None and result.state == "failed":
            failed = StreamError(f"The tool {result.call.name!r} failed: {result.text}", retryable=False)
            raise failed from result.error

    def shut_down(self) -> None:
        """Stop the running turn and its tools; callable from any thread."""
        self._cut = True
        for turn in self.turns[-1:]:
            turn.cancel()

    async def aclose(self) -> None:
        """Close the running turn, and wait for blocking tools at most as long as the options say."""
        await self._steps.aclose()
        for turn in self.turns[-1:]:
            await turn.aclose()

    # What the call asks ----------------------------------------------------------------------------

    @property
    def turn_count(self) -> int:
        """The number of turns that have begun."""
        return len(self.turns)

    @property
    def answering(self) -> tuple[str, str] | None:
        """The provider and the model that were asked last; None before the first turn."""
        return self.turns[-1].answering if self.turns else None

    @property
    def has_run_tools(self) -> bool:
        """Whether a tool has been begun, so that nothing may be sent again."""
        return any(turn.has_run_tools for turn in self.turns)

    @property
    def parsed(self) -> tuple[Any, Exception | None] | None:
        """The value of the ``response_model`` in the last turn, and the error of parsing it."""
        return self.turns[-1].parsed if self.turns else None

    def combined(self, response: Response, failed: FailedAttempts, moment: int | None) -> Response:
        """Return the Response of the conversation.

        Args:
            response: The fold's Response of all chunks.
            failed: The failed attempts of the whole conversation, before this one.
            moment: The number of the conversation's chunks at an earlier moment; None for now.
        """
        begun = [each for each in self.turns if moment is None or not each.number or each.chunks_before < moment]
        turns = [turn.response if moment is None else turn.response_at(moment) for turn in begun]
        last = turns[-1] if turns else response
        used = [part.usage for turn in turns for part in (turn, *turn.side_calls)]
        combined = response.model_copy(
            update={
                "turns": turns,
                "usage": reduce(added, used, failed.usage),
                "last_usage": None,
                "calls": failed.calls + sum(each.calls for each in turns),
                "resent": failed.resent + sum(each.resent for each in turns),
                "attempts": [*failed.responses, *(attempt for each in turns for attempt in each.attempts)],
                "saved": last.saved,
            }
        )
        return combined.attach_record(_Record(tuple(begun), self._plan.provider, moment))

    def attached(self, response: Response) -> Response:
        """Return the Response: the turns have attached what they know."""
        return response


@dataclass(frozen=True, slots=True)
class _Record:
    """What the turns have added to the messages.

    Args:
        turns: The turns so far.
        provider: The name of the provider that takes the messages.
        moment: The number of the conversation's chunks at an earlier moment; None for now.
    """

    turns: tuple[Turn, ...]
    provider: str
    moment: int | None

    def added_messages(self) -> list[Message]:
        """Return the messages of the assistant and of tools, in order; none of a turn that no result can answer."""
        found: list[Message] = []
        for turn in self.turns:
            with contextlib.suppress(ConfigurationError):  # which has ended the conversation
                found += turn.messages(self.provider, moment=self.moment)
        return found

    def tool_results(self) -> list[ToolResult]:
        """Return the results of tools, in order."""
        return [result for turn in self.turns for result in turn.results(moment=self.moment)]

    def __eq__(self, other: object) -> bool:
        return hasattr(other, "added_messages")

    __hash__ = None  # pyright: ignore[reportAssignmentType] - as every class with an __eq__ of its own
