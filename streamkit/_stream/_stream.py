"""A Stream: an Observable over the log of one provider call, which the first subscriber sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypedDict, Unpack, cast

from reactivex import abc
from typing_extensions import TypeVar

from .._flow import (
    Emitted,
    Flow,
    NumberedIterator,
    PairIterator,
    PipeMixin,
    SyncPairIterator,
    refuse_inside_loop,
    task_hint,
)
from ..chunk import Chunk, F_co
from ..errors import StoppedError, StreamError
from ..log import Cursor, IfExists, Store, delivery, is_ending
from ..operators import audio, text, transcript
from ..providers import Request
from ..runtime import HANDED, asyncio_loop, background_loop, refuse_blocked, running_loop, wait_for
from ..runtime.logging import warning
from ..settings import Keep, Timeouts, validate_keep
from ..subscription import Late, Leave, Overflow, SubscriptionOptions
from ..subscription import after as known_chunks
from ..tool import ToolCall
from ._call import Call
from ._display import mimebundle, show
from ._options import BLOCKS, NO_OPTIONS, CallOptions, Record, context_options
from ._retry_policy import RetryPolicy
from ._shared_call import SharedCall
from ._state import M_co, R_co, StreamState

if TYPE_CHECKING:
    from ..response import Response
    from ._recorded import RecordedTo


# The types of a provider's objects: an event and a tool call; ``R_co`` is the whole answer, ``M_co`` its ``parsed``.
S = TypeVar("S", default=Any)

K = TypeVar("K", default=ToolCall)

P = TypeVar("P")

# The defaults are immutable: one object serves every call.
_TIMEOUTS, _READER_OPTIONS = Timeouts(), SubscriptionOptions()


class ReaderOptions(TypedDict, total=False):
    """The options of a reader; see ``Stream.fan_out``."""

    late: Late
    overflow: Overflow
    bound: int | None
    leave: Leave
    partial_tools: bool


class Stream(StreamState[R_co, F_co, M_co], PipeMixin[Chunk[S, F_co]], Generic[S, K, R_co, F_co, M_co]):
    """One provider call as an Observable of chunks; nothing is sent before the first subscriber.

    All subscribers read the same log from its start. When the last one leaves, the call is stopped.

    Args:
        request: The request of the call.
        timeouts: The clocks of the call, in seconds without content.
        keep: ``"all"``, or the number of the last chunks that the log keeps.
        options: The options that were given for this call itself, without those of a context.
        record: What the call is recorded to; None for the open block of ``sk.recording``, False for nothing.
    """

    def __init__(
        self,
        request: Request,
        *,
        timeouts: Timeouts | None = None,
        keep: Keep = "all",
        options: CallOptions | None = None,
        record: Record | None = None,
    ) -> None:
        super().__init__()
        self._options = options or NO_OPTIONS
        kept = keep if keep == "all" else validate_keep(keep)
        record_to: Any = BLOCKS.innermost if record is None else _recorder(record)
        if self._options.record:
            self._options = replace(self._options, record=record_to)  # checked once, and the same one for `again()`
        self._shared = SharedCall(request, timeouts=timeouts or _TIMEOUTS, keep=kept, record_to=record_to)
        self._reader_options = _READER_OPTIONS

    def __repr__(self) -> str:
        hint = task_hint("a task takes stream.wait_response()")
        name, call = f"{self.provider}/{self._request.ask.model}", self._call
        if call is None:
            return f"<Stream {name} unsent{hint}>"
        return f"<Stream {name} {call.state}, {call.log.length} chunks, {len(self.content)} chars{hint}>"

    # Doors -----------------------------------------------------------------------------------------

    _emitted = Emitted("many", "chunks", "the stream")

    @property
    def stream(self) -> Stream[S, K, R_co, F_co, M_co]:
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

    def fan_out(self, **options: Unpack[ReaderOptions]) -> Stream[S, K, R_co, F_co, M_co]:
        """Return a view of this same call whose readers (loops, operators, subscribers) have other options.

        Args:
            reading: The options, of which each that is not given stays as it is.

                ``late``: the earlier chunks that a new reader gets: ``"replay"`` (all of them, the default),
                ``"fold"`` (all as one chunk), ``sk.tail(n)`` (the last n chunks), ``sk.after(n)`` (those behind the
                first n) or ``"live"`` (none).

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
        >>> list(transcript), list(audio)
        (['Io'], [b'\x00\x00\x00'])
        """
        return self.pipe(transcript(choice=choice)), self.pipe(audio(choice=choice))

    def text(self, *, choice: int = 0) -> Flow[str]:
        """Return a flow of the text alone, for ``for piece in stream.text()``.

        Args:
            choice: The index of the choice, if the answer has several.

        >>> from streamkit.testing import Script, chat_events
        >>> for piece in Script(chat_events("Io", ", Europa")).stream().text():
        ...     print(piece)
        Io
        , Europa
        """
        return self.pipe(text(choice=choice))

    def chunks(self) -> Flow[Chunk[S, F_co]]:
        """Return a flow of the chunks alone; a loop over the stream itself gives pairs of a chunk and a tool call.

        >>> from streamkit.testing import Script, chat_events
        >>> [chunk.content for chunk in Script(chat_events("Io", ", Europa")).stream().chunks() if chunk.content]
        ['Io', ', Europa']
        """
        return Flow(self, self, self._emitted)

    def read(self, after: int = 0) -> NumberedIterator[Chunk[S, F_co]]:
        """Return an async iterator of pairs (n, chunk), where n is the number of chunks that are known by then.

        A reader that keeps n goes on with ``read(after=n)``, after a pause or in another process that reads the same
        log (``sk.from_log``).

        Args:
            after: The number of chunks that are known already.

        Raises:
            ConfigurationError: ``after`` is no number of 0 or more, or no asyncio loop runs here.
            StreamGap: The log does not keep the chunks that follow (while it is read).

        >>> import asyncio
        >>> from streamkit.testing import Script, chat_events
        >>> async def main() -> None:
        ...     stream = Script(chat_events("Io", ", Europa")).stream()
        ...     print([n async for n, chunk in stream.read()])
        ...     print("".join([chunk.content async for n, chunk in stream.read(after=2)]))
        >>> asyncio.run(main())
        [1, 2, 3, 4, 5]
        , Europa
        """
        asyncio_loop()  # before anything is sent
        options = replace(self._reader_options, late=known_chunks(after), overflow="pause")
        call, _ = self._join()
        return NumberedIterator(call, options)

    def publish_to(self, log: Store[P], id: str, *, if_exists: IfExists = "error") -> P:  # noqa: A002 - the public name
        """Publish this call to a log that other processes read, and return at once; the publishing has its own task.

        Publishing reads the call, so it sends the request. It holds the call: readers that come and go do not stop it.

        Args:
            log: The place of the log, such as ``sk.RedisLog``.
            id: The id to publish under, of your choice. An id is no credential.
            if_exists: What to do if there is a stream of this id: ``"error"``; ``"attach"``, to read that one in place
                of this call, which is then never sent; or ``"replace"``, to take the place of a lost producer.

        Returns:
            The publication: await it for the Response when the end is stored; its ``ready()`` and ``stream`` tell when
            and what to read.

        Raises:
            ConfigurationError: The id cannot be one, or ``if_exists`` is none of these.
        """
        return log.publish(self, id, if_exists=if_exists)

    def __aiter__(self) -> PairIterator[Chunk[S, F_co], K]:
        asyncio_loop()  # before anything is sent
        call, _ = self._join()
        return PairIterator(call, self._reader_options)

    def __iter__(self) -> SyncPairIterator[Chunk[S, F_co], K]:
        refuse_inside_loop("A 'for' loop")
        with background_loop() as loop:
            call, _ = self._join(loop=loop)
            return SyncPairIterator(call, self._reader_options)

    def __await__(self) -> Generator[Any, None, Response[M_co, R_co, F_co]]:
        return self.wait_response().__await__()

    def run(self) -> Response[M_co, R_co, F_co]:
        """Block until the end and return the whole call as one Response.

        Raises:
            ConfigurationError: An event loop runs on this thread.
            StreamError: The error that ended the call, or a ``MalformedError`` if the answer does not fit the
                ``response_model``; a stopped stream returns its Response instead.
        """
        refuse_inside_loop("run()")
        return wait_for(self.wait_response)

    async def wait_response(self) -> Response[M_co, R_co, F_co]:
        """Wait for the end and return the whole call as one Response: ``await stream`` as a coroutine, for a task.

        Raises:
            StreamError: The error that ended the call; a stopped stream returns its Response instead.
        """
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

    def _retried(self, policy: RetryPolicy) -> Stream[S, K, R_co, F_co, M_co]:
        """Make an unsent Stream of the same request, with a policy for another attempt if the first one fails."""
        fresh = self.again()
        first = fresh._shared.attempt()
        fresh._shared = SharedCall(
            first.request,
            timeouts=fresh._shared.timeouts,
            keep=fresh._shared.keep,
            retries=(policy, *first.retries),
            record_to=fresh._shared.record_to,
        )
        return fresh

    def again(self) -> Stream[S, K, R_co, F_co, M_co]:
        """Make an unsent Stream of the same request, for a new, paid call.

        An option that this call itself does not set comes from the ``sk.context`` that is open here. Of a conversation
        it is a new one, which runs its tools again; with ``reask=`` the model is asked again as often as before.
        """
        fresh, options = copy(self), self._options.over(context_options())
        record_to = BLOCKS.innermost if options.record is None else _recorder(options.record)
        fresh._shared = self._shared.again(options.on(self._shared.request.ask), options.timeouts, record_to)
        return fresh

    def refuse_copies(self) -> None:
        """Raise if this call cannot be made again from here; a Stream of another process's call raises."""

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

    async def __aenter__(self) -> Stream[S, K, R_co, F_co, M_co]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what a notebook shows: the text, state, tokens and time to first content so far; nothing is sent."""
        return mimebundle(self._request, self._call)

    def _ipython_display_(self) -> None:
        """Show the stream in a notebook, where the display is updated while anybody reads; nothing is sent."""
        shared = self._shared
        shared.display = show(shared.request, shared.call, shared.display)
        if shared.call is not None:
            shared.display.follow(shared.call)

    def __enter__(self) -> Stream[S, K, R_co, F_co, M_co]:
        refuse_inside_loop("Leaving 'with'", "'async with'")
        if self._call is not None:
            refuse_blocked(self._call.loop, running_loop())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _recorder(record: Record) -> RecordedTo | None:
    """Return the recorder that a value of ``record=`` means, or None for False."""
    from ._recording import as_recorder  # which loads what recordings are made of

    return as_recorder(record) or None


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
