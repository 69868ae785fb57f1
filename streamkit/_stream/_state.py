"""The properties of a stream, all read from its request and its call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, cast

from typing_extensions import TypeVar

from ..chunk import F_co, FinishReason, Usage, UsageMixin
from ..errors import ConfigurationError, StreamGap
from ..fold import Fold
from ..log import MemoryLog
from ..messages import BaseMessageParam
from ..providers import CallSpec, Request
from ..question import RequestInfo, RequestInfoMixin
from ..tool import CallingTools, ToolCall
from ._call import Call
from ._shared_call import SharedCall

if TYPE_CHECKING:
    from ..response import Response, State


R_co = TypeVar("R_co", covariant=True, default=Any)

M_co = TypeVar("M_co", covariant=True, default=Any)


class StreamState(UsageMixin, RequestInfoMixin, CallingTools, Generic[R_co, F_co, M_co]):
    """The properties of a stream, all read from the request and the call."""

    _shared: SharedCall

    @property
    def _request(self) -> Request:
        return self._shared.request

    @property
    def _call(self) -> Call | None:
        return self._shared.call

    @property
    def response(self) -> Response[M_co, R_co, F_co]:
        """The Response of everything that has arrived so far; valid at any time."""
        found: Any = Fold().response(calls=0) if self._call is None else self._call.response
        return found

    def at(self, count: int) -> Response[M_co, R_co, F_co]:
        """Return the Response of the moment when a number of chunks had arrived.

        Its state is ``streaming``; with all chunks it is ``response``, with the state of now. A conversation has the
        turns, results and history of that moment. The first question folds all chunks before the moment; every later
        one 255 at most.

        Args:
            count: The number of chunks, from 0 to as many as have arrived.

        Raises:
            StreamGap: The log does not keep all chunks.
            ConfigurationError: There are not so many chunks.

        >>> from streamkit.testing import Script, chat_events
        >>> stream = Script(chat_events("Io", ", Europa")).stream()
        >>> stream.run().content, stream.at(2).content, stream.at(2).state
        ('Io, Europa', 'Io', 'streaming')
        """
        given = cast("object", count)
        self._check_keeps_all("at")
        most = 0 if self._call is None else self._call.log.length
        if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= most:
            raise ConfigurationError(f"at({given!r}): {most} chunks have arrived; give a number from 0 to {most}.")
        if self._call is None or given == most:
            return self.response
        found: Any = self._call.response_at(given)
        return found

    def at_time(self, seconds: float) -> Response[M_co, R_co, F_co]:
        """Return the Response of an earlier time, as ``at`` does; after the end it is ``response``.

        Args:
            seconds: Seconds since the call's start, 0 or more. The call starts with its first reader.

        Raises:
            StreamGap: The log does not keep all chunks.
            ConfigurationError: The number is negative, or no number.

        >>> from streamkit.testing import Script, chat_events
        >>> stream = Script(chat_events("Io", ", Europa")).stream()
        >>> stream.run().content, stream.at_time(0).content, stream.at_time(60).content
        ('Io, Europa', '', 'Io, Europa')
        """
        given = cast("object", seconds)
        self._check_keeps_all("at_time")
        if not isinstance(given, (int, float)) or isinstance(given, bool) or not given >= 0:
            raise ConfigurationError(f"at_time({given!r}): give seconds since the call's start, 0 or more.")
        count = None if self._call is None else self._call.count_at(given)
        if self._call is None or count is None:
            return self.response
        found: Any = self._call.response_at(count)
        return found

    def _check_keeps_all(self, name: str) -> None:
        if self._shared.keep != "all":
            raise StreamGap(
                f'stream.{name}() needs all chunks, and this stream keeps {self._shared.keep}: make it with keep="all".'
            )

    @property
    def log(self) -> MemoryLog | None:
        """The log of the call; None before the first subscriber."""
        return None if self._call is None else self._call.log

    @property
    def state(self) -> State:
        """``streaming`` (also before the first subscriber), ``complete``, ``stopped``, ``failed`` or ``unknown``."""
        return "streaming" if self._call is None else self._call.state

    @property
    def sent(self) -> bool:
        """Whether the request has been sent: there was a subscriber, and the call had a turn under the limits."""
        return self._call is not None and self._call.sent

    @property
    def failed_before_content(self) -> bool:
        """Whether the call failed before the first content, so that the next subscriber sends a new one."""
        return self._call is not None and self._call.replaceable

    @property
    def refused(self) -> bool:
        """The older name of ``failed_before_content``."""
        return self.failed_before_content

    @property
    def open(self) -> bool:
        """Whether the call has begun and the connection is not closed yet."""
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
    def finish_reasons(self) -> list[F_co] | None:
        """The finish reasons, in the provider's words."""
        return self.response.finish_reasons

    @property
    def common_finish_reasons(self) -> list[FinishReason] | None:
        """The finish reasons, in the four common words."""
        return self.response.common_finish_reasons

    @property
    def model(self) -> str:
        """The name of the model that answers; until the answer begins, the name that was requested."""
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
        """The tokens of the call so far, as the provider reports them, or an estimate."""
        return self.response.usage

    @property
    def audio_id(self) -> str | None:
        """The id of the answer's audio, for the next turn; None if the provider gives none."""
        return self.response.audio_id

    @property
    def cost(self) -> float | None:
        """The cost of the call so far, in US dollars, as ``Response.cost``."""
        return self.response.cost

    @property
    def cost_reason(self) -> str | None:
        """A sentence that says why ``cost`` is None; None if the cost is known."""
        return self.response.cost_reason

    def _request_info(self) -> RequestInfo:
        call = self._call
        return self._request.ask.question(call and call.started, call and call.ended)

    @property
    def request(self) -> CallSpec:
        """The request as the caller wrote it: model, messages, tools and parameters."""
        return self._request.ask

    @property
    def asked(self) -> CallSpec:
        """The older name of ``request``."""
        return self._request.ask

    @property
    def message_param(self) -> dict[str, Any]:
        """The answer as the assistant message of a next turn."""
        return self.response.message_param

    @property
    def common_message_param(self) -> BaseMessageParam:
        """The answer as a message for any provider's next turn."""
        return self.response.common_message_param

    def construct_call_response(self) -> Response[M_co, R_co, F_co]:
        """Return the Response of everything that has arrived."""
        return self.response

    @property
    def tools(self) -> list[ToolCall]:
        """The complete tool calls of the answer, with validated arguments.

        Raises:
            ToolArgumentsError: The arguments of a call do not fit; ``response.tool_calls`` has all calls as they came.
        """
        return self.response.tools
