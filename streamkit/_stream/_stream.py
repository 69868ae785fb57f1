"""A Stream: an Observable over the log of one provider call, which the first subscriber sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypedDict, Unpack, cast

from reactivex import abc
from typing_extensions import TypeVar

from .._flow import Flow, PairIterator, PipeMixin, SyncPairIterator, refuse_inside_loop
from ..chunk import Chunk, F_co, FinishReason, Usage, UsageMixin
from ..errors import StoppedError, StreamError
from ..fold import Fold
from ..log import Cursor, MemoryLog, delivery, is_ending
from ..messages import BaseMessageParam
from ..operators import audio, transcript
from ..providers import CallSpec, Request
from ..question import RequestInfo, RequestInfoMixin
from ..runtime import HANDED, asyncio_loop, background_loop, refuse_blocked, running_loop, wait_for
from ..runtime.logging import warning
from ..settings import Keep, Timeouts, validate_keep
from ..subscription import Late, Leave, Overflow, SubscriptionOptions
from ..tool import CallingTools, ToolCall
from ._call import Call, SharedCall
from ._options import NO_OPTIONS, CallOptions, context_options
from ._retry_policy import RetryPolicy

if TYPE_CHECKING:
    from ..response import Response, State


# The types of a provider's objects: an event, a tool call, the whole answer, and the word for why a choice ended.
S = TypeVar("S", default=Any)

K = TypeVar("K", default=ToolCall)

R_co = TypeVar("R_co", covariant=True, default=Any)


class StreamState(UsageMixin, RequestInfoMixin, CallingTools, Generic[R_co, F_co]):
    """The properties of a stream, all read from the request and the call."""

    _shared: SharedCall

    @property
    def _request(self) -> Request:
        return self._shared.request

    @property
    def _call(self) -> Call | None:
        return self._shared.call

    @property
    def response(self) -> Response[Any, R_co, F_co]:
        """The Response of everything that has arrived so far; valid at any time."""
        found: Any = Fold().response(calls=0) if self._call is None else self._call.response
        return found

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

    def construct_call_response(self) -> Response[Any, R_co, F_co]:
        """Return the Response of everything that has arrived."""
        return self.response

    @property
    def tools(self) -> list[ToolCall]:
        """The complete tool calls of the answer, with validated arguments.

        Raises:
            ToolArgumentsError: The arguments of a call do not fit; ``response.tool_calls`` has all calls as they came.
        """
        return self.response.tools


# The defaults are immutable: one object serves every call.
_TIMEOUTS, _READER_OPTIONS = Timeouts(), SubscriptionOptions()


class ReaderOptions(TypedDict, total=False):
    """The options of a reader; see ``Stream.fan_out``."""

    late: Late
    overflow: Overflow
    bound: int | None
    leave: Leave
    partial_tools: bool


class Stream(StreamState[R_co, F_co], PipeMixin[Chunk[S, F_co]], Generic[S, K, R_co, F_co]):
    """One provider call as an Observable of chunks; nothing is sent before the first subscriber.

    All subscribers read the same log from its start. When the last one leaves, the call is stopped.

    Args:
        request: The request of the call.
        timeouts: The clocks of the call, in seconds without content.
        keep: ``"all"``, or the number of the last chunks that the log keeps.
        options: The options that were given for this call itself, without those of a context.
    """

    def __init__(
        self,
        request: Request,
        *,
        timeouts: Timeouts | None = None,
        keep: Keep = "all",
        options: CallOptions | None = None,
    ) -> None:
        super().__init__()
        self._options = options or NO_OPTIONS
        kept = keep if keep == "all" else validate_keep(keep)
        self._shared = SharedCall(request, timeouts=timeouts or _TIMEOUTS, keep=kept)
        self._reader_options = _READER_OPTIONS

    # Doors -----------------------------------------------------------------------------------------

    @property
    def stream(self) -> Stream[S, K, R_co, F_co]:
        """This stream."""
        return self

    def _subscribe_core(
        self, observer: abc.ObserverBase[Chunk[S, F_co]], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        call, home = self._join()
        if (handed := HANDED.get()) is not None:
            handed.give(call.tool_results)
        if is_ending(call.log) and call.state == "failed":
            _note_replay(self._shared, call)
        leave: Callable[[], None] = call.leave
        try:
            soon, direct = delivery(scheduler, home, call.loop)
            cursor = Cursor(
                call.log,
                cast("abc.ObserverBase[Chunk]", observer),
                options=self._reader_options,
                soon=soon,
                direct=direct,
                on_leave=call.leave,
                wait_left=call.wait_left,
                report=lambda error: _report(call.loop, error),
            )
            leave = cursor.dispose
            call.find_start(self._reader_options.late, cursor.start)
        except BaseException:  # the stack may end here, under a long chain of operators
            leave()
            raise
        return cast("abc.DisposableBase", cursor)

    def subscribe(
        self,
        on_next: abc.ObserverBase[Chunk[S, F_co]] | Callable[[Chunk[S, F_co]], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        on_completed: Callable[[], None] | None = None,
        *,
        scheduler: abc.SchedulerBase | None = None,
        **options: Unpack[ReaderOptions],
    ) -> abc.DisposableBase:
        """Subscribe as to any Observable.

        Args:
            on_next: A function that is called with each chunk; or an observer.
            on_error: A function that is called once if the stream ends with an error.
            on_completed: A function that is called once if the stream is complete.
            scheduler: The scheduler that calls them; by default the running loop.
            reading: ``late``, ``overflow``, ``bound`` and ``leave``, as in ``fan_out``.

        Raises:
            ConfigurationError: An option is unknown, or its value is.
        """
        source = self.fan_out(**options) if options else self
        return super(Stream, source).subscribe(on_next, on_error, on_completed, scheduler=scheduler)

    def fan_out(self, **options: Unpack[ReaderOptions]) -> Stream[S, K, R_co, F_co]:
        """Return a view of this same call whose readers (loops, operators, subscribers) have other options.

        Args:
            reading: The options, of which each that is not given stays as it is.

                ``late``: the earlier chunks that a new reader gets: ``"replay"`` (all of them, the default),
                ``"fold"`` (all as one chunk), ``sk.tail(n)`` (the last n chunks) or ``"live"`` (none).

                ``overflow``: the policy for a reader that lags: ``"pause"`` (the call waits for its fastest reader,
                the default), ``"coalesce"`` (neighbouring deltas are merged; nothing is lost), ``"latest"`` or
                ``"drop_oldest"`` (older deltas of text, thinking and audio are dropped), or ``"error"``
                (the reader ends in ``SlowSubscriber``).

                ``bound``: the chunks that a reader may lag before the policy applies; by default 1 for ``coalesce``
                and ``latest``, else 256.

                ``leave``: the fate of the call when its last reader leaves: ``"stop"`` (the default), ``"finish"`` or
                ``sk.grace(seconds)``. If readers disagree, the longest-lived setting wins; ``stop()`` and ``close()``
                end the call for all readers, whatever the setting.

                ``partial_tools``: True if a loop of pairs also gets each tool call while it grows.

        Raises:
            ConfigurationError: An option is unknown, or its value is.

        >>> from streamkit.testing import Script, chat_events
        >>> stream = Script(chat_events("Io, ", "Europa")).stream()
        >>> _ = stream.run()
        >>> [chunk.content for chunk, _ in stream.fan_out(late="fold")]
        ['Io, Europa']
        """
        view = copy(self)
        view._reader_options = replace(self._reader_options, **options)
        return view

    def split_audio(self, *, choice: int = 0) -> tuple[Flow[str], Flow[bytes]]:
        r"""Return two flows of this one call: the transcript of a spoken answer, and the audio.

        Both flows read the call's log from its start, each at its own pace, together or one after the other.

        Args:
            choice: The index of the choice, if the answer has several.

        >>> from streamkit.testing import Script, chat_event
        >>> pieces = [{"transcript": "Io"}, {"data": "AAAA"}]
        >>> script = Script([*(chat_event({"audio": piece}) for piece in pieces), b"data: [DONE]\n\n"])
        >>> transcript, audio = script.stream().split_audio()
        >>> transcript.run(), audio.run()
        ('Io', b'\x00\x00\x00')
        """
        return self.pipe(transcript(choice=choice)), self.pipe(audio(choice=choice))

    def __aiter__(self) -> PairIterator[Chunk[S, F_co], K]:
        asyncio_loop()  # before anything is sent
        call, _ = self._join()
        return PairIterator(call, self._reader_options)

    def __iter__(self) -> SyncPairIterator[Chunk[S, F_co], K]:
        refuse_inside_loop("A 'for' loop")
        with background_loop() as loop:
            call, _ = self._join(loop=loop)
            return SyncPairIterator(call, self._reader_options)

    def __await__(self) -> Generator[Any, None, Response[Any, R_co, F_co]]:
        return self._whole().__await__()

    def run(self) -> Response[Any, R_co, F_co]:
        """Block until the end and return the whole call as one Response.

        Raises:
            ConfigurationError: An event loop runs on this thread.
            StreamError: The error that ended the call, or a ``MalformedError`` if the answer does not fit the
                ``response_model``; a stopped stream returns its Response instead.
        """
        refuse_inside_loop("run()")
        return wait_for(self._whole)

    async def _whole(self) -> Response[Any, R_co, F_co]:
        asyncio_loop()  # before anything is sent
        call, _ = self._join(reads=False)
        call.wait_for_end(1)
        try:
            await call.log.ended.wait()
        except asyncio.CancelledError:
            call.leave()
            await call.wait_left()
            raise
        finally:
            call.wait_for_end(-1)
        call.leave()
        error = call.log.end.error if call.log.end else None
        if error is not None and not isinstance(error, StoppedError):
            raise error.with_traceback(None)
        whole: Any = call.response
        if call.parsed is not None:
            _raise_unparsed(call.parsed[1], whole)
        return whole

    def _join(
        self, *, reads: bool = True, loop: asyncio.AbstractEventLoop | None = None
    ) -> tuple[Call, asyncio.AbstractEventLoop]:
        options = self._reader_options
        return self._shared.join(0.0 if options.leave == "stop" else options.linger_seconds, reads=reads, loop=loop)

    def _retried(self, policy: RetryPolicy) -> Stream[S, K, R_co, F_co]:
        """Make an unsent Stream of the same request, with a policy for another attempt if the first one fails."""
        fresh = self.again()
        first = fresh._shared.attempt()
        fresh._shared = SharedCall(
            first.request, timeouts=fresh._shared.timeouts, keep=fresh._shared.keep, retries=(policy, *first.retries)
        )
        return fresh

    def again(self) -> Stream[S, K, R_co, F_co]:
        """Make an unsent Stream of the same request, for a new, paid call.

        An option that this call itself does not set comes from the ``sk.context`` that is open here.
        """
        fresh, options = copy(self), self._options.over(context_options())
        fresh._shared = self._shared.again(options.on(self._shared.request.ask), options.timeouts)
        return fresh

    # Stopping --------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop the call for all subscribers; callable from any thread, returns at once."""
        if self._call is not None:
            self._call.stop("stop()")

    async def aclose(self) -> None:
        """Stop the call for all subscribers and return when the connection is closed."""
        if self._call is not None:
            refuse_blocked(self._call.loop)
            self._call.stop("aclose()")
            await self._call.closed.wait()

    def close(self) -> None:
        """Do what ``aclose`` does, from sync code."""
        refuse_inside_loop("close()", "'await stream.aclose()'")
        wait_for(self.aclose)

    def wait(self) -> None:
        """Block until the call has ended and is closed, without subscribing."""
        refuse_inside_loop("wait()", "'await stream.wait_closed()'")
        wait_for(self.wait_closed)

    async def wait_closed(self) -> None:
        """Wait until the call has ended and is closed, without subscribing."""
        if self._call is not None:
            refuse_blocked(self._call.loop)
            await self._call.closed.wait()

    async def __aenter__(self) -> Stream[S, K, R_co, F_co]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __enter__(self) -> Stream[S, K, R_co, F_co]:
        refuse_inside_loop("Leaving 'with'", "'async with'")
        if self._call is not None:
            refuse_blocked(self._call.loop, running_loop())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _raise_unparsed(error: Exception | None, whole: Response) -> None:
    """Raise the error of an answer that does not fit its ``response_model``; the error carries the whole answer."""
    if error is None:
        return
    if isinstance(error, StreamError):
        error.partial = whole
    raise error.with_traceback(None)


def _note_replay(shared: SharedCall, call: Call) -> None:
    """Warn once that an operator subscribes again to a failed call, which replays the same failure."""
    if not shared.replay_noted:
        shared.replay_noted = True
        warning(
            "failed_stream_replayed",
            stream=call.stream_id,
            provider=shared.request.provider,
            hint="subscribing again, as reactivex's retry does, replays the failed call and sends nothing: "
            "sk.retry(stream) makes new calls",
        )


def _report(loop: asyncio.AbstractEventLoop, error: Exception) -> None:
    """Pass an error that no subscriber handles to the loop's exception handler; ignore a stop."""
    if isinstance(error, StoppedError) or loop.is_closed():
        return
    message = "A streamkit subscriber has no on_error for this error."
    loop.call_exception_handler({"message": message, "exception": error})
