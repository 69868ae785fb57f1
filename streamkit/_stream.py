"""A Stream: an Observable over the log of one provider call, opened when the first subscriber comes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, Generic, cast

from reactivex import abc
from reactivex.scheduler import CurrentThreadScheduler, ImmediateScheduler
from reactivex.scheduler.eventloop import AsyncIOScheduler
from typing_extensions import TypeVar

from .chunk import Chunk, Usage
from .errors import ConfigurationError, StoppedError
from .flow import PairIterator, Piped, SyncPairIterator, refuse_inside_loop
from .log import Cursor, MemoryLog
from .messages import Message, Prompt, as_messages
from .providers import Ask, Request, find
from .runtime import Soon, call_soon, home_loop, own_context, wait_for
from .settings import Keep, Timeouts, checked_keep
from .source import Call
from .tool import ToolCall

if TYPE_CHECKING:
    from .response import Response, State

S = TypeVar("S", default=Any)

_OWN_LOOP = (AsyncIOScheduler, CurrentThreadScheduler, ImmediateScheduler)


class Stream(Piped[Chunk[S]], Generic[S]):
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
        self._keep = checked_keep(keep)
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

    def __aiter__(self) -> PairIterator:
        call, _ = self._join()
        return PairIterator(call.log, call.leave, call.settled)

    def __iter__(self) -> SyncPairIterator:
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

    # What has arrived ------------------------------------------------------------------------------

    @property
    def response(self) -> Response:
        """The fold of what has arrived, valid at any time."""
        if self._call is not None:
            return self._call.response
        from .fold import Fold

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
    def start_time(self) -> float | None:
        """When it was sent, in milliseconds since 1970."""
        return self._call.started * 1000 if self._call else None

    @property
    def end_time(self) -> float | None:
        """When it ended, in milliseconds since 1970."""
        return self._call.ended * 1000 if self._call and self._call.ended else None

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was asked."""
        return self._request.ask.messages

    @property
    def user_message_param(self) -> Message | None:
        """The last message, if it was the user's."""
        last = self.messages[-1]
        role = last.get("role") if isinstance(last, dict) else last.role
        return last if role == "user" else None

    @property
    def message_param(self) -> dict[str, Any]:
        """The answer as the assistant message of a next turn."""
        return self.response.message_param

    def construct_call_response(self) -> Response:
        """Return the Response of what has arrived."""
        return self.response

    def tool_message_params(self, outputs: Iterable[tuple[ToolCall, object]]) -> list[dict[str, Any]]:
        """Make the messages that answer tool calls in a next turn.

        Args:
            outputs: Each call and what its tool returned.
        """
        return [
            {"role": "tool", "tool_call_id": call.id, "name": call.name, "content": _as_text(output)}
            for call, output in outputs
        ]


def stream(
    model: str,
    prompt: Prompt,
    *,
    tools: Iterable[Any] = (),
    client: Any = None,
    api_key: str | Callable[[], Any] | None = None,
    base_url: str | None = None,
    timeouts: Timeouts | None = None,
    keep: Keep = "all",
    **params: Any,
) -> Stream:
    """Make a Stream of a provider call; nothing is sent before the first subscriber.

    Args:
        model: ``provider/model``.
        prompt: A text, a message, or a list of messages.
        tools: Tools in the provider's own form.
        client: The SDK's own client, instead of one of ours.
        api_key: The key, or something that returns one (async too), instead of the environment's.
        base_url: Where to send it, instead of the provider's own address.
        timeouts: The call's clocks, in seconds of content.
        keep: What the log keeps: ``"all"``, or how many of the last chunks.
        params: Everything else goes to the provider.

    Raises:
        ConfigurationError: What can be known now is wrong: the model string, a message, a number, the client.

    >>> stream("openai/gpt-5-mini", "Which moons may hold life?").state
    'streaming'
    """
    provider, name = find(model)
    if timeouts is not None and not isinstance(cast("object", timeouts), Timeouts):
        raise ConfigurationError(f"timeouts={timeouts!r}: give sk.Timeouts(first=…, between=…, total=…) in seconds.")
    ask = Ask(
        model=name,
        messages=as_messages(prompt),
        tools=tuple(tools),
        client=client,
        api_key=api_key,
        base_url=base_url,
        params=params,
    )
    return Stream(provider.request(ask), timeouts=timeouts, keep=keep)


def _place(
    scheduler: abc.SchedulerBase | None, home: asyncio.AbstractEventLoop, call_loop: asyncio.AbstractEventLoop
) -> tuple[Soon, bool]:
    """Say where a subscriber is served: on its own loop, or on the scheduler that it was given."""
    if scheduler is None or isinstance(scheduler, _OWN_LOOP):
        return (lambda action: call_soon(home, action)), home is call_loop
    return (lambda action: scheduler.schedule(lambda *_: action())), False


def _report(loop: asyncio.AbstractEventLoop, error: Exception) -> None:
    """Tell the loop's owner of an error that no subscriber took; a stop is nothing to tell."""
    if isinstance(error, StoppedError) or loop.is_closed():
        return
    loop.call_exception_handler({"message": "A streamkit subscriber has no on_error for this error.", "exception": error})


def _as_text(output: object) -> str:
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False, default=str)

