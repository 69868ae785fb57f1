"""What a stream can tell of its call at any time: before it is sent, while it arrives, after its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..asked import Asked, Question
from ..chunk import FinishReason, Usage
from ..fold import Fold
from ..log import MemoryLog
from ..messages import BaseMessageParam
from ..providers import Ask, Request
from ..source import Call, Once
from ..tool import CallingTools, ToolCall

if TYPE_CHECKING:
    from ..response import Response, State


class Arrived(Asked, CallingTools):
    """The properties of a stream, all read from its request and its call."""

    _once: Once

    @property
    def _request(self) -> Request:
        return self._once.request

    @property
    def _call(self) -> Call | None:
        return self._once.call

    @property
    def response(self) -> Response:
        """The fold of what has arrived, valid at any time."""
        if self._call is not None:
            return self._call.response
        return Fold().response()

    @property
    def log(self) -> MemoryLog | None:
        """The log of the call; None before it is sent."""
        return None if self._call is None else self._call.log

    @property
    def state(self) -> State:
        """``streaming`` (also before it is sent), ``complete``, ``stopped``, ``failed`` or ``unknown``."""
        return "streaming" if self._call is None else self._call.state

    @property
    def sent(self) -> bool:
        """Whether its request has been sent: there was a subscriber, and it was its turn under its limits."""
        return self._call is not None and self._call.sent

    @property
    def refused(self) -> bool:
        """Whether the call failed before its first content, so that the next subscriber sends it once more."""
        return self._call is not None and self._call.replaceable

    @property
    def open(self) -> bool:
        """Whether the call has been sent and its connection is not closed yet."""
        return self._call is not None and self._call.running

    @property
    def content(self) -> str:
        """The text so far."""
        return "" if self._call is None else self._call.fold.content

    @property
    def thinking(self) -> str:
        """The reasoning text so far."""
        return self.response.thinking

    @property
    def finish_reasons(self) -> list[str] | None:
        """Why it ended, in the provider's words."""
        return self.response.finish_reasons

    @property
    def common_finish_reasons(self) -> list[FinishReason] | None:
        """Why it ended, in the four common words."""
        return self.response.common_finish_reasons

    @property
    def model(self) -> str:
        """The model that answers; the one that was asked for until it has answered."""
        return (self._call.fold.model if self._call else None) or self._request.ask.model

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self._request.provider

    @property
    def id(self) -> str | None:
        """The provider's id of the answer."""
        return self._call.fold.id if self._call else None

    @property
    def usage(self) -> Usage | None:
        """Tokens of the call so far, where the provider has told."""
        return self.response.usage

    @property
    def common_usage(self) -> Usage | None:
        """The same as ``usage``, which is common to all providers."""
        return self.usage

    @property
    def cost_metadata(self) -> Usage | None:
        """What the cost is made of: the same as ``usage``."""
        return self.usage

    @property
    def audio_id(self) -> str | None:
        """The id by which a next turn names the sound of this answer; None where the provider gives none."""
        return self.response.audio_id

    @property
    def input_tokens(self) -> int | None:
        """Tokens of the prompt."""
        return self.response.input_tokens

    @property
    def output_tokens(self) -> int | None:
        """Tokens of the answer."""
        return self.response.output_tokens

    @property
    def cached_tokens(self) -> int | None:
        """Prompt tokens read from the provider's cache."""
        return self.response.cached_tokens

    @property
    def cost(self) -> float | None:
        """What the call cost so far, in US dollars, as ``Response.cost``."""
        return self.response.cost

    def _question(self) -> Question:
        call = self._call
        return self.asked.question(call and call.started, call and call.ended)

    @property
    def asked(self) -> Ask:
        """The call as it was written: model, messages, tools, parameters."""
        return self._request.ask

    @property
    def message_param(self) -> dict[str, Any]:
        """The answer as the assistant message of a next turn."""
        return self.response.message_param

    @property
    def common_message_param(self) -> BaseMessageParam:
        """The answer as a message for any provider's next turn."""
        return self.response.common_message_param

    def construct_call_response(self) -> Response:
        """Return the Response of what has arrived."""
        return self.response

    @property
    def tools(self) -> list[ToolCall]:
        """The whole calls of the answer, each as its tool takes it.

        Raises:
            ToolArgumentsError: One does not fit; ``response.tool_calls`` has them all, as they came.
        """
        return self.response.tools
