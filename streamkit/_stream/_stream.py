"""A Stream: an Observable over the log of one provider call, opened when the first subscriber comes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Generic, cast

from reactivex import abc
from reactivex.scheduler import CurrentThreadScheduler, ImmediateScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler
from typing_extensions import TypeVar

from ..chunk import Chunk
from ..errors import StoppedError
from ..flow import PairIterator, Piped, SyncPairIterator, refuse_inside_loop
from ..log import Cursor
from ..providers import Request
from ..runtime import Soon, call_soon, home_loop, own_context, wait_for
from ..settings import Keep, Timeouts, checked_keep
from ..source import Call
from ._arrived import Arrived

if TYPE_CHECKING:
    from ..response import Response

S = TypeVar("S", default=Any)

_OWN_LOOP = (AsyncIOScheduler, CurrentThreadScheduler, ImmediateScheduler)


class Stream(Arrived, Piped[Chunk[S]], Generic[S]):
    """One provider call as an Observable of chunks; nothing is sent before the first subscriber.

    All subscribers read the same log from its start. When the last one leaves, the call is stopped.

    Args:
        request: The call.
        timeouts: Its clocks.
        keep: What its log keeps: ``"all"`` or a number of chunks.
    """

    def __init__(self, request: Request, *, timeouts: Timeouts | None = None, keep: Keep = "all") -> None:
        super().__init__()
        self._request = request
        self._timeouts = timeouts or Timeouts()
        self._keep: Keep = checked_keep(keep)
        self._context = own_context()
        self._call: Call | None = None
        self._guard = threading.Lock()

    # Doors -----------------------------------------------------------------------------------------

    @property
    def stream(self) -> Stream[S]:
        """This stream."""
        return self

    def _subscribe_core(
        self, observer: abc.ObserverBase[Chunk[S]], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        call, home = self._join()
        soon, direct = _place(scheduler, home, call.loop)
        cursor = Cursor(
            call.log,
            cast("abc.ObserverBase[Chunk]", observer),
            soon=soon,
            direct=direct,
            left=call.leave,
            settled=call.settled,
            report=lambda error: _report(call.loop, error),
        )
        cursor.start()
        return cast("abc.DisposableBase", cursor)

    def __aiter__(self) -> PairIterator[S]:
        call, _ = self._join()
        return PairIterator(call.log, call.leave, call.settled)

    def __iter__(self) -> SyncPairIterator[S]:
        refuse_inside_loop("A 'for' loop")
        call, _ = self._join()
        return SyncPairIterator(call.log, call.leave, call.settled, call.loop)

    def __await__(self) -> Generator[Any, None, Response]:
        return self._whole().__await__()

    def run(self) -> Response:
        """Block until the end and return the whole call as one Response.

        Raises:
            ConfigurationError: An event loop runs on this thread.
            StreamError: What ended it; a stopped stream gives its Response.
        """
        refuse_inside_loop("run()")
        return wait_for(self._whole, home_loop())

    async def _whole(self) -> Response:
        call, _ = self._join()
        call.log.count_push(1)
        try:
            await call.log.ended.wait()
        except asyncio.CancelledError:
            call.leave()
            await call.settled()
            raise
        finally:
            call.log.count_push(-1)
        call.leave()
        error = call.log.end.error if call.log.end else None
        if error is not None and not isinstance(error, StoppedError):
            raise error.with_traceback(None)
        return call.response

    def _join(self) -> tuple[Call, asyncio.AbstractEventLoop]:
        """Become a subscriber of the one call, and start it if this is the first."""
        home = home_loop()
        with self._guard:
            call = self._call
            fresh = call is None or call.replaceable
            if call is None or fresh:
                call = self._call = Call(
                    self._request, timeouts=self._timeouts, keep=self._keep, loop=home, context=self._context.copy()
                )
            call.join()
            if fresh:
                call.start()
        return call, home

    def again(self) -> Stream[S]:
        """Make an unsent Stream of the same request: the only other way to pay."""
        return Stream(self._request, timeouts=self._timeouts, keep=self._keep)

    # Stopping --------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop the call for all its subscribers; any thread, returns at once."""
        if self._call is not None:
            self._call.stop("stop()")

    async def aclose(self) -> None:
        """Stop the call for all its subscribers and return when its connection is closed."""
        if self._call is not None:
            self._call.stop("aclose()")
            await self._call.closed.wait()

    def close(self) -> None:
        """Do what ``aclose`` does, from sync code."""
        refuse_inside_loop("close()")
        wait_for(self.aclose, home_loop())

    def wait(self) -> None:
        """Block until the call has ended and is closed, without being a subscriber."""
        refuse_inside_loop("wait()")
        if self._call is not None:
            wait_for(self._call.closed.wait, home_loop())

    async def __aenter__(self) -> Stream[S]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __enter__(self) -> Stream[S]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _place(
    scheduler: abc.SchedulerBase | None, home: asyncio.AbstractEventLoop, call_loop: asyncio.AbstractEventLoop
) -> tuple[Soon, bool]:
    """Say where a subscriber is served: on its own loop, or on the scheduler that it was given."""
    if scheduler is None or isinstance(scheduler, _OWN_LOOP):
        return (lambda action: call_soon(home, action)), home is call_loop

    def soon(action: Callable[[], None]) -> None:
        scheduler.schedule(lambda _scheduler, _state: action())

    return soon, False


def _report(loop: asyncio.AbstractEventLoop, error: Exception) -> None:
    """Tell the loop's owner of an error that no subscriber took; a stop is nothing to tell."""
    if isinstance(error, StoppedError) or loop.is_closed():
        return
    message = "A streamkit subscriber has no on_error for this error."
    loop.call_exception_handler({"message": message, "exception": error})
