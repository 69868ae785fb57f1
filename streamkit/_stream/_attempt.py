"""One answer to a call with ``reask=``: read in batches, checked against its type, and written as messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from pydantic import ValidationError

from ..chunk import Chunk
from ..errors import MalformedError
from ..messages import BaseMessageParam, Message, Messages
from ..origin import TOOL_INDEX, Origin, Void
from ..partial_json.extractor import describe_errors
from ..tool import was_cut
from ._stream import Stream
from ._turn import KeptMessage, TurnReader

if TYPE_CHECKING:
    from ..response import Response

_MOST = 20  # errors that the model is told of

_AGAIN = "The answer does not fit. {error} Give the whole answer again, corrected, as one JSON object and nothing else."

_CALL_AGAIN = "The answer does not fit. {error} Call the tool again, with the whole answer corrected."


class AnswerAttempt:
    """One answer to a call that asks again until the answer fits its type.

    Args:
        number: Number of the answer, from 0.
        stream: The unsent Stream of its call.
        chunks_before: Number of the chunks of all answers before.
        keeps: True if the events of the answer stay in memory after its end.
    """

    def __init__(self, number: int, stream: Stream, *, chunks_before: int, keeps: bool) -> None:
        self.number = number
        self.stream = stream
        self.chunks_before = chunks_before
        self.void_at: int | None = None
        """Number of the chunks of all answers with the one that says that this answer is void."""
        self._keeps = keeps
        self._call, _ = stream._join()  # pyright: ignore[reportPrivateUsage] - one idea in two files
        self._call.logs_end = False  # the call that asks again logs the end of all
        self._reader = TurnReader(self._call)
        self._origin = Origin(attempt=number)
        self._begun = False
        self._response: Response | None = None
        self._message: dict[str, object] | None = None

    async def read(self) -> list[Chunk]:
        """Return the next chunks of the answer, with their origin; an empty list at the end.

        Raises:
            StreamError: The error that ended the answer.
        """
        return [self._with_origin(chunk) for chunk in await self._reader.batch()]

    def _with_origin(self, chunk: Chunk) -> Chunk:
        if not self._begun:
            self._begun = True
            chunk = msgspec.structs.replace(chunk, plain=False)  # so that a fold sees where the answer begins
        return chunk.with_origin(self._origin)

    @property
    def saw_content(self) -> bool:
        """Whether content of the answer has arrived."""
        return self._call.saw_content

    @property
    def response(self) -> Response:
        """The Response of the answer."""
        return self.stream.response if self._response is None else self._response

    def response_at(self, moment: int) -> Response:
        """Return the Response of the answer at an earlier moment.

        Args:
            moment: The number of the chunks of all answers at that moment.
        """
        count = moment - self.chunks_before
        return self.response if count >= self._call.log.length else self._call.response_at(count)

    @property
    def request_id(self) -> str | None:
        """The provider's id of the answer's request."""
        return self._call.request_id

    @property
    def answering(self) -> tuple[str, str]:
        """The provider and the model that were asked."""
        return self._call.answering

    @property
    def parsed(self) -> tuple[Any, Exception | None] | None:
        """The value of the ``response_model`` and the error of parsing it; None before the end."""
        return self._call.parsed

    def end(self) -> None:
        """Keep the Response of an answer that has come to its end."""
        response = self.stream.response
        if not self._keeps:
            self._message = response.message_param
            response.attach_rebuilder(KeptMessage(self._message))
        self._response = response

    def cancel(self) -> None:
        """Stop the call; callable from any thread."""
        self.stream.stop()

    async def aclose(self) -> None:
        """Stop the call, and wait until it is closed."""
        self._reader.leave()
        self.stream.stop()
        await self._call.closed.wait()

    # What does not fit -----------------------------------------------------------------------------

    def misfit(self) -> MalformedError | None:
        """Return the error of an answer that is whole and does not fit its type, which another answer may do.

        An answer that was cut, filtered or refused is not whole, and one that calls a tool is none.
        """
        error, response, parser = self.parsed and self.parsed[1], self.response, self.stream.request.answer
        if not isinstance(error, MalformedError) or parser is None or (parser.text_only and response.tool_calls):
            return None
        reasons = response.finish_reasons or ()
        # Where LiteLLM hides the bytes, its finish reason is all that says that the answer is whole.
        whole = response.state == "complete" or (response.state == "unknown" and bool(reasons))
        return error if whole and not response.refusal and not was_cut(reasons) else None

    def void(self, error: MalformedError) -> Chunk:
        """Return the chunk that says that everything of this answer is void, and begins the next one."""
        origin = Origin(attempt=self.number + 1, result=Void(self.number, self._sentence(error)))
        return Chunk(index=TOOL_INDEX).with_origin(origin)

    def messages(self, provider: str) -> list[Message]:
        """Return the answer and what does not fit in it, as messages; none if there was no answer.

        Args:
            provider: The provider that gets them.
        """
        error = self.misfit()
        if error is None:
            return []
        response, why, own = self.response, self._sentence(error), provider == self.stream.provider
        whole = [call for call in response.tool_calls if call.complete]
        if whole and own:
            results = response.tool_message_params([(call, _CALL_AGAIN.format(error=why)) for call in whole])
            return [self._own_message(), *results]
        # Arguments that are no JSON cannot go back as a call, and another provider may have no such tool.
        arguments = "".join(call.arguments_text for call in response.tool_calls)
        if not (arguments or response.content):
            return []
        message = self._own_message() if own and not arguments else Messages.Assistant(arguments or response.content)
        return [message, Messages.User(_AGAIN.format(error=why))]

    def _sentence(self, error: MalformedError) -> str:
        """Return what does not fit, without the name of the option that says so."""
        if isinstance(error.__cause__, ValidationError):
            return f"{describe_errors(error.__cause__, most=_MOST)}."
        parser = self.stream.request.answer
        why = error.message if parser is None else error.message.removeprefix(f"{parser.name}: ")
        return f"{why[:1].upper()}{why[1:]}"

    def _own_message(self) -> dict[str, object] | BaseMessageParam:
        return self._message or self.response.message_param
