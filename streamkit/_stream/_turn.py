"""One turn of a conversation: reads its Stream in batches, runs the tools that it calls, and writes its messages."""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import AsyncGenerator, Container, Sequence
from typing import TYPE_CHECKING

import msgspec

from ..chunk import Chunk
from ..errors import ConfigurationError, MalformedError, StoppedError, StreamError, TruncatedError
from ..log import StartPosition
from ..messages import Message, Messages
from ..operators._base.tool_runs import ToolRuns
from ..operators._base.tool_store import with_side_calls
from ..origin import TOOL_INDEX, Origin
from ..rebuilder import Rebuilder
from ..runtime import call_soon, running_loop
from ..tool import (
    ToolCall,
    ToolCallValidator,
    ToolResult,
    ToolUpdate,
    TypedToolCall,
    arguments_error,
    unknown_result,
    was_cut,
)
from ._approval import Approval
from ._call import Call
from ._stream import Stream

if TYPE_CHECKING:
    from ..response import Response

_BATCH = 64  # chunks that are read at a time


class TurnReader:
    """A pulling reader of one call's log, on the call's own loop: the call pauses while nobody asks for a batch."""

    def __init__(self, call: Call) -> None:
        self.position = 0
        self._call = call
        self._log = call.log
        self._loop = asyncio.get_running_loop()
        self._more = asyncio.Event()
        self._active = True
        self._log.add_reader(self)
        call.find_start("replay", self._start)

    def _start(self, at: StartPosition) -> None:
        self.position = at.position

    def wake(self) -> None:
        """There is more to read, or the end has come; callable from any thread."""
        if running_loop() is self._loop:
            self._more.set()
        else:
            call_soon(self._loop, self._more.set)

    async def batch(self) -> list[Chunk]:
        """Return the next chunks; an empty list at the end.

        Raises:
            StreamError: The error that ended the call.
        """
        log = self._log
        while not (found := log.read(self.position, _BATCH)):
            if log.end is not None:
                self.leave()
                if log.end.error is not None:
                    raise log.end.error.with_traceback(None)
                return []
            self._more.clear()
            await self._more.wait()
        self.position += len(found)
        if log.paused is not None:
            log.paused()
        return found

    def leave(self) -> None:
        """Read no more."""
        if self._active:
            self._active = False
            self._log.remove_reader(self)
            self._call.leave()


class KeptMessage(Rebuilder):
    """The message of a turn whose events are not kept."""

    __slots__ = ("_message",)

    def __init__(self, message: dict[str, object]) -> None:
        self._message = message

    def next_turn(self, response: object) -> dict[str, object]:
        return self._message


class Turn:
    """One turn: the Stream of its call, and the runs of the tools that it calls.

    Args:
        number: Number of the turn, from 0.
        stream: The unsent Stream of the turn's call.
        chunks_before: Number of the conversation's chunks before the turn.
        calls_before: Number of the tool calls of all turns before.
        ids_before: The provider's ids of the answers before.
        keeps: True if the events of the turn stay in memory after its end.
        calls: The validator of the turn's tool calls.
        runs: The runs of its tools.
        approval: What is asked before a tool runs.
        ends_on_failure: True if a tool that fails ends the conversation.
    """

    def __init__(
        self,
        number: int,
        stream: Stream,
        *,
        chunks_before: int,
        calls_before: int,
        ids_before: Container[str | None],
        keeps: bool,
        calls: ToolCallValidator,
        runs: ToolRuns,
        approval: Approval,
        ends_on_failure: bool,
    ) -> None:
        self.number = number
        self.stream = stream
        self.has_run_tools = False
        """True once a tool has been begun."""
        self.over = False
        """True once no more tools run: what has no result by then gets none."""
        self.answers = 1
        """The number of the turn's answers, of which all but the last do not fit (``reask=``)."""
        self.chunks_before = chunks_before
        self._calls_before, self._ids_before = calls_before, ids_before
        self._keeps, self._calls = keeps, calls
        self._runs = runs
        self._approval = approval
        self._ends_on_failure = ends_on_failure
        self._waiting: list[ToolCall] = []
        self._started: dict[object, int] = {}  # the indexes of the calls whose tools have been begun
        self._starting: asyncio.Task[None] | None = None
        self._results: dict[int, ToolResult] = {}
        self._result_counts: list[int] = []  # the number of the conversation's chunks, at each result in their order
        self._call, _ = stream._join()  # pyright: ignore[reportPrivateUsage] - one idea in two files
        self._call.logs_end = False  # the conversation logs its end once
        runs.charge = self._call.tool_results.charge
        self._reader = TurnReader(self._call)
        self._origin: Origin | None = None
        self._response: Response | None = None
        self._message: Message | None = None

    async def read(self) -> list[Chunk]:
        """Return the next chunks of the turn, with their origin; an empty list at the end.

        Raises:
            StreamError: The error that ended the turn.
        """
        batch = await self._reader.batch()
        for chunk in batch:
            if chunk.index == 0:
                self._name_answer(chunk.id)
                for call in self._calls.feed(chunk):
                    if isinstance(call, TypedToolCall) and call.tool.pure and not self._approval.asks:
                        self._start(call)
                    else:
                        self._waiting.append(call)
            elif chunk.index == TOOL_INDEX:
                self._runs.response_id = None  # the answer is void, and another one follows
        return [self._placed(chunk) for chunk in batch]

    def _name_answer(self, answer_id: str | None) -> None:
        """Make the tools' idempotency keys from the first id of the answer; some servers give every answer one id."""
        if self._runs.response_id is None and answer_id is not None:
            again = answer_id in self._ids_before
            self._runs.response_id = f"{answer_id}, turn {self.number}" if again else answer_id

    def _placed(self, chunk: Chunk) -> Chunk:
        inner = chunk.origin  # of a turn whose answer is asked for again until it fits
        attempt = None if inner is None else inner.attempt
        if self._origin is None or attempt != self._origin.attempt:
            self.answers = 1 + (attempt or 0)
            self._origin = Origin(self.number, model="/".join(self._call.answering), attempt=attempt)
            chunk = msgspec.structs.replace(chunk, plain=False)
        if inner is not None and inner.result is not None:
            return chunk.with_origin(msgspec.structs.replace(self._origin, result=inner.result))
        if chunk.tool_calls and self._calls_before:
            deltas = (msgspec.structs.replace(d, index=d.index + self._calls_before) for d in chunk.tool_calls)
            chunk = msgspec.structs.replace(chunk, tool_calls=tuple(deltas))
        return chunk.with_origin(self._origin)

    @property
    def saw_content(self) -> bool:
        """Whether content of the turn has arrived."""
        return self._call.saw_content

    @property
    def response(self) -> Response:
        """The Response of the turn."""
        if self._response is None:
            return self.stream.response
        return with_side_calls(self._response, self._call.tool_results)

    def response_at(self, moment: int) -> Response:
        """Return the Response of the turn at an earlier moment.

        Args:
            moment: The number of the conversation's chunks at that moment.
        """
        count = moment - self.chunks_before
        return self.response if count >= self._call.log.length else self._call.response_at(count)

    @property
    def request_id(self) -> str | None:
        """The provider's id of the turn's request."""
        return self._call.request_id

    @property
    def parsed(self) -> tuple[object, Exception | None] | None:
        """The value of the ``response_model`` and the error of parsing it; None before the end."""
        return self._call.parsed

    @property
    def answering(self) -> tuple[str, str]:
        """The provider and the model that were asked last."""
        return self._call.answering

    @property
    def provider(self) -> str:
        """The provider that has answered."""
        return self.answering[0]

    def end(self) -> None:
        """Keep the Response of a turn that has come to its end."""
        response = self.stream.response
        self._message = message = _message_of(response)
        if not self._keeps:
            response.attach_rebuilder(KeptMessage(message) if isinstance(message, dict) else Rebuilder())
        self._response = response

    # Tools -----------------------------------------------------------------------------------------

    async def run_tools(self) -> AsyncGenerator[tuple[ToolResult | None, Chunk]]:
        """Run the tools at the end of the turn; yield what they show, and the results in the order of the calls.

        What ends the conversation ends this at once, while other tools still run.
        """
        self._starting = starting = asyncio.create_task(self._start_all())
        due = [call.index for call in self.response.tool_calls]
        results: dict[int, ToolResult] = {}
        async for event in self._runs:
            if isinstance(event, ToolUpdate):
                if event.kind != "started":
                    yield None, self._update_chunk(event)
                continue
            if self._approval.failed:
                return
            results[event.call.index] = event
            if self._ends_on_failure and event.state == "failed":
                due.insert(0, event.call.index)
            while due and due[0] in results:
                result = results[due.pop(0)]
                self.take_result(result)
                yield result, self._result_chunk(result)
        await starting

    async def _start_all(self) -> None:
        try:
            await self._start_waiting()
        finally:
            self._runs.finish()

    async def _start_waiting(self) -> None:
        """Start the calls that wait, one after the other as they are approved; say why others are not run."""
        unread = {call.index: call for call in self.response.tool_calls if not call.complete}
        for call, error in self._calls.flush():
            unread.pop(call.index, None)
            self._runs.put(ToolResult(call, error=error, state="not_run"))
        for call in self._waiting:
            if not isinstance(call, TypedToolCall):
                error = arguments_error(call, f"{call.name!r} cannot be run here.")
                self._runs.put(ToolResult(call, error=error, state="not_run"))
            elif not (call.tool.pure or self._calls.ended):
                why = f"{call.name!r} was not run: the answer did not come to its end, or was cut."
                self._runs.put(ToolResult(call, error=TruncatedError(why), state="not_run"))
            else:
                approved = await self._approval.before(call)
                if isinstance(approved, ToolResult):
                    self._runs.put(approved)
                else:
                    self._start(approved)
        for call in unread.values():
            self._runs.put(ToolResult(call, error=TruncatedError(f"{call.name!r} was cut."), state="not_run"))

    def _start(self, call: TypedToolCall) -> None:
        identity = call.id or call.index, call.name, call.arguments_text
        if identity in self._started:  # the same call once more: it runs at most once
            why = f"{call.name!r} was not run again: another call has the same id and arguments."
            self._runs.put(ToolResult(call, error=StreamError(why), state="not_run"))
            return
        self._started[identity] = call.index
        self.has_run_tools = True
        self._runs.start(call)

    def take_result(self, result: ToolResult) -> None:
        """Take the result of a tool that was run elsewhere, such as a recorded one.

        Args:
            result: The result.
        """
        self._results[result.call.index] = result

    def _id_of(self, call: ToolCall) -> str:
        return call.id or f"{self.number}-{call.index}"

    def _result_chunk(self, result: ToolResult) -> Chunk:
        """Return the chunk of a result."""
        origin = Origin(self.number, tool_call_id=self._id_of(result.call), result=result)
        return Chunk(content=result.text, index=TOOL_INDEX).with_origin(origin)

    def _update_chunk(self, update: ToolUpdate) -> Chunk:
        """Return the chunk of what a running tool shows."""
        call_id = self._id_of(update.call)
        if update.chunk is None:
            origin = Origin(self.number, tool_call_id=call_id, result=update)
            return Chunk(content=update.text, index=TOOL_INDEX).with_origin(origin)
        inner = update.chunk.origin or Origin()
        nested = msgspec.structs.replace(update.chunk, index=TOOL_INDEX, plain=False)
        return nested.with_origin(msgspec.structs.replace(inner, path=(call_id, *inner.path)))

    def cancel(self) -> None:
        """Stop the call; callable from any thread. The tools are stopped by ``aclose``, which follows."""
        self.over = True
        self._runs.hold()
        self.stream.stop()

    async def aclose(self) -> None:
        """Stop the call and the tools, and wait until the call is closed and blocking tools have had their grace."""
        self.over = True
        self._reader.leave()
        self.stream.stop()
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        for result in await self._runs.stop():
            self._results.setdefault(result.call.index, result)
        await self._call.closed.wait()

    # Messages --------------------------------------------------------------------------------------

    @property
    def tool_times(self) -> dict[int, tuple[float, float | None]]:
        """The start and the end of the tools' runs, on the loop's clock, by the index of the call."""
        return self._runs.times

    def note_result(self, count: int) -> None:
        """Note that the next result has become a chunk.

        Args:
            count: The number of the conversation's chunks, with that one.
        """
        self._result_counts.append(count)

    def results(self, *, moment: int | None = None) -> list[ToolResult]:
        """Return a result for every complete call of the turn, in order; while tools run, those that are known.

        Args:
            moment: The number of the conversation's chunks at an earlier moment; None for now.
        """
        if moment is not None:
            return list(self._results.values())[: bisect.bisect_right(self._result_counts, moment)]
        if self.response.answer_message is not None:
            return []  # its call is the answer
        calls = [call for call in self.response.tool_calls if call.complete]
        found = [self._results.get(call.index) or self._unfinished(call) for call in calls]
        return [each for each in found if each is not None]

    def _unfinished(self, call: ToolCall) -> ToolResult | None:
        """Return the result of a call that has none: None as long as it may still get one."""
        if not self.over:
            return None
        if call.index in self._started.values():
            why = f"{call.name!r} ran when the conversation was stopped: its end is not known."
            return ToolResult(call, error=StoppedError(why), state="unknown")
        if any(call.id == each.call.id for each in self._results.values() if call.id is not None):
            return ToolResult(call, error=StreamError(f"{call.name!r} was not run again."), state="not_run")
        why = f"{call.name!r} was not run: the conversation ended before."
        return ToolResult(call, error=TruncatedError(why), state="not_run")

    def messages(self, provider: str | None = None, *, moment: int | None = None) -> list[Message]:
        """Return the message of the assistant and those of the tools; none if there was no answer.

        Args:
            provider: The provider that gets them; None for the one that has answered.
            moment: The number of the conversation's chunks at an earlier moment; None for now.
        """
        response = self.response if moment is None else self.response_at(moment)
        if not _has_answer(response):
            return self._unread(response, alone=True)
        if (given := response.answer_message) is not None:
            return [given]
        if provider is not None and provider != self.provider:
            message: Message = response.common_message_param
        elif response is self._response and self._message is not None:
            message = self._message
        else:
            message = _message_of(response)
        results = {each.call.index: each for each in self.results(moment=moment)}
        calls = [call for call in response.tool_calls if call.complete]
        answers = self._answers([results.get(call.index) or unknown_result(call) for call in calls])
        return [message, *answers, *self._unread(response)]

    def _unread(self, response: Response, *, alone: bool = False) -> list[Message]:
        """Return what is wrong with calls whose arguments are no JSON, which no provider takes back as calls.

        Args:
            response: The Response of the turn.
            alone: True if the answer has nothing else.
        """
        if response.state != "complete" or was_cut(response.finish_reasons or ()):
            return []
        calls = [call for call in response.tool_calls if not call.complete]
        wrong = [self._results[call.index].text for call in calls if call.index in self._results]
        if not wrong:
            return []
        written = "\n".join(f"{call.name}({call.arguments_text})" for call in calls)
        return [*([Messages.Assistant(written)] if alone else []), Messages.User("\n".join(wrong))]

    def _answers(self, results: Sequence[ToolResult]) -> list[Message]:
        found: list[Message] = []
        for each in results:
            try:
                found += self.response.tool_message_params([each])
            except ConfigurationError:  # an output that cannot answer its call, which has been raised to the user
                found += self.response.tool_message_params([ToolResult(each.call, error=StreamError("no result"))])
        return found


def _message_of(response: Response) -> Message:
    """Return the answer as a message in the provider's own form; in the neutral one if an event is of odd types."""
    try:
        return response.message_param
    except MalformedError:
        return response.common_message_param


def _has_answer(response: Response) -> bool:
    """Whether a turn has anything that a provider takes back: thinking alone is refused, and so is an empty answer."""
    known = response.content or response.refusal or response.audio_transcript or response.server_tools
    return bool(known) or any(call.complete for call in response.tool_calls)
