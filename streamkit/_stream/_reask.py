"""``reask=``: a call that is asked again until its answer fits, as the connection of one call over one log."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

from ..chunk import Chunk
from ..errors import ConfigurationError, MalformedError, StreamError, ValidationFailed
from ..providers import CallSpec, Request
from ..settings import Keep, Timeouts
from ..usage.sums import added
from ._attempt import AnswerAttempt
from ._conversation import ConversationDecoder, ConversationRequest
from ._conversing import Conversing
from ._lifecycle import Lifecycle
from ._options import CallOptions, Record
from ._retry_policy import FailedAttempts
from ._stream import Stream

if TYPE_CHECKING:
    from ..response import Response
    from ._recorded import CallRecording


@dataclass(frozen=True, slots=True)
class ReaskPlan:
    """Everything that stays the same in all answers.

    Args:
        open_answer: A function that makes the unsent Stream of an answer, of the call and of the answers before, none
            of which fits.
        most: The number of times that the model is asked again.
        keeps: True if the events of all answers stay in memory.
    """

    open_answer: Callable[[CallSpec, Sequence[AnswerAttempt]], Stream]
    most: int
    keeps: bool

    def begin(self, ask: CallSpec) -> Reasking:
        """Return the connection of a new call.

        Args:
            ask: The call.
        """
        return Reasking(self, ask)


class Reasking:
    """The answers to one call, one after the other, as the connection that the pump reads.

    Args:
        plan: What stays the same in all answers.
        ask: The call.
    """

    has_run_tools = False
    """No tool is run between two answers."""
    is_reask = True
    """These are the answers to one question, and no turns."""
    turns: Sequence[Any] = ()
    """None: all answers are to one question, and the call's own log has them."""

    def __init__(self, plan: ReaskPlan, ask: CallSpec) -> None:
        self.decoder = ConversationDecoder()
        self.attempts: list[AnswerAttempt] = []
        self.recording: CallRecording | None = None
        """The recording of all answers; None if they are not recorded."""
        self._plan = plan
        self._ask = ask
        self._steps = self._run()
        self._cut = False
        self.life = Lifecycle()

    @property
    def conversation(self) -> Conversing:
        """These answers: a conversation about one question."""
        return self

    @property
    def request_id(self) -> str | None:
        """The provider's id of the last request."""
        return self.attempts[-1].request_id if self.attempts else None

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._steps

    async def _run(self) -> AsyncGenerator[bytes]:
        """Read one answer after the other, until one fits.

        Raises:
            StreamError: The error of an answer; or a ``ValidationFailed`` if none fits.
        """
        while True:
            attempt = self._begin()
            while batch := await self._next(attempt):
                yield self.decoder.put(batch, content=attempt.number > 0 or attempt.saw_content)
            attempt.end()
            if (error := attempt.misfit()) is None:
                break
            if attempt.number >= self._plan.most:
                raise self._failed(error)
            yield self._put_void(attempt, attempt.void(error))
        self.decoder.end_as(attempt.response)

    def _put_void(self, attempt: AnswerAttempt, void: Chunk) -> bytes:
        """Give the chunk that says that an answer is void to the decoder; return bytes of its size."""
        size = self.decoder.put([void], content=True)
        attempt.void_at = self.decoder.count
        return size

    async def _next(self, attempt: AnswerAttempt) -> list[Chunk]:
        try:
            return await attempt.read()
        except StreamError as error:
            error.partial = None  # that of the answer; the call's has the answers before too
            raise

    def _begin(self) -> AnswerAttempt:
        stream = self._plan.open_answer(self._ask, self.attempts)
        record_to = None if self.recording is None else self.recording.answer(len(self.attempts))
        stream._shared.record_to = record_to  # pyright: ignore[reportPrivateUsage] - one idea in two files
        count = self.decoder.count
        attempt = AnswerAttempt(len(self.attempts), stream, chunks_before=count, keeps=self._plan.keeps)
        self.attempts.append(attempt)
        if self._cut:
            attempt.cancel()
        return attempt

    def _failed(self, error: MalformedError) -> ValidationFailed:
        """Return the error of a call none of whose answers fits."""
        responses = [each.response for each in self.attempts]
        count = "This answer does not fit" if len(responses) == 1 else f"None of {len(responses)} answers fits"
        failed = ValidationFailed(f"{error.message.removesuffix('.')}. {count}.", attempts=responses)
        failed.__cause__ = error.__cause__
        return failed

    def shut_down(self) -> None:
        """Stop the running answer; callable from any thread."""
        self._cut = True
        for attempt in self.attempts[-1:]:
            attempt.cancel()

    async def aclose(self) -> None:
        """Close the running answer."""
        await self._steps.aclose()
        for attempt in self.attempts[-1:]:
            await attempt.aclose()

    # What the call asks ----------------------------------------------------------------------------

    @property
    def turn_count(self) -> int:
        """The number of answers that have begun."""
        return len(self.attempts)

    @property
    def answering(self) -> tuple[str, str] | None:
        """The provider and the model that were asked last."""
        return self.attempts[-1].answering if self.attempts else None

    @property
    def parsed(self) -> tuple[Any, Exception | None] | None:
        """The value of the ``response_model`` in the last answer, and the error of parsing it."""
        return self.attempts[-1].parsed if self.attempts else None

    def combined(self, response: Response, failed: FailedAttempts, moment: int | None) -> Response:
        """Return the Response of the call: the last answer, with the others among its attempts.

        Args:
            response: The fold's Response of all chunks.
            failed: The failed attempts of the whole call, before this one.
            moment: The number of the chunks at an earlier moment; None for now.
        """
        at = self.decoder.count if moment is None else moment
        begun = [each for each in self.attempts if not each.number or each.chunks_before <= at]
        void = [each.response for each in begun if each.void_at is not None and each.void_at <= at]
        if len(begun) > len(void):
            last = begun[-1].response if moment is None else begun[-1].response_at(moment)
        else:  # the next answer has not begun
            last = response.model_copy(update={"usage": None, "calls": 0, "resent": 0, "attempts": []})
        attempts = [*failed.responses, *void, *last.attempts]
        return response.model_copy(
            update={
                "usage": reduce(added, (each.usage for each in (*void, last)), failed.usage),
                "last_usage": (last.last_usage if last.attempts else last.usage) if attempts else None,
                "calls": failed.calls + sum(each.calls for each in (*void, last)),
                "resent": failed.resent + sum(each.resent for each in (*void, last)),
                "attempts": attempts,
                "saved": last.saved,
                "cached": last.cached,
            }
        )

    def attached(self, response: Response) -> Response:
        """Return the Response: the answers have nothing to attach."""
        return response


def with_answers(ask: CallSpec, before: Sequence[AnswerAttempt], provider: str) -> CallSpec:
    """Return a call whose messages also have the answers that do not fit, and what does not fit in each.

    Args:
        ask: The call.
        before: The answers so far.
        provider: The provider that gets the messages.
    """
    return replace(ask, messages=(*ask.messages, *(message for each in before for message in each.messages(provider))))


def reask_stream(
    plan: ReaskPlan,
    ask: CallSpec,
    provider: str,
    *,
    timeouts: Timeouts | None,
    keep: Keep = "all",
    options: CallOptions | None = None,
    record: Record | None = None,
) -> Stream:
    """Make the Stream of a plan.

    Args:
        plan: What stays the same in all answers.
        ask: The call.
        provider: The provider's name.
        timeouts: The clocks: ``first`` and ``between`` are those of each answer, and ``total`` that of all together.
        keep: The part of the chunks that the log keeps.
        options: The options that were given for the call itself.
        record: What the call is recorded to.

    Raises:
        ConfigurationError: The call asks for several answers, or its provider cannot do what it asks for.
    """
    clocks = timeouts or Timeouts()
    if ask.params.get("n") not in (None, 1):
        raise ConfigurationError(f"n={ask.params['n']!r}: reask= asks again about one answer; leave n out.")
    if clocks.drain_for_usage is not None:
        raise ConfigurationError("timeouts.drain_for_usage is for single calls: with reask= leave it out.")
    plan.open_answer(ask, ())  # raises at once what a provider cannot do
    # The checker wants an attribute where a property is, which keeps the limits from the call that asks again itself.
    request = cast("Request", ConversationRequest(plan, ask, provider))
    of_all = replace(clocks, first=None, between=None)
    return Stream(request, timeouts=of_all, keep=keep, options=options, record=record)
