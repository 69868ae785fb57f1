"""``sk.from_log``: a call that another process has made, as a Stream."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NoReturn, cast

from .._stream import CallOptions, Stream
from .._stream._typed import Answer
from ..errors import ConfigurationError
from ..providers import CallSpec
from ..runtime import call_soon, current_or_background_loop
from ..runtime.logging import warning
from ..settings import Caps, Keep, Timeouts
from ..tool import to_tools
from ._far import FarRequest
from ._store import RedisStore

_NO_CLOCKS = Timeouts(first=None, between=None, total=None)  # the producer has them; here its lease is the clock


def from_log(
    log: RedisStore,
    id: str,  # noqa: A002 - the public name
    *,
    tools: Iterable[Any] = (),
    response_model: Any = None,
    keep: Keep = "all",
    caps: Caps | None = None,
) -> FarStream:
    """Make a Stream of a call that was published to a log, by this process or any other.

    It is read from its first chunk, at any time as long as the log is kept. To leave it, or to close it, ends the
    reading in this process only; ``stop()`` asks the producer to stop, and what it had sent until then arrives.

    Args:
        log: The place of the log.
        id: The id under which it was published. An id is no credential: check first that the user may read it.
        tools: The tools that the model was given, so that its calls are parsed into their arguments.
        response_model: The type of the answer, where one was asked for: ``parsed`` is an instance of it.
        keep: ``"all"``, or the number of the last chunks that this process keeps.
        caps: The bounds on the size of the answer.

    Errors of reading: ``StreamNotFound`` (there is no such stream), ``ProducerLost`` (the producer has died, or another
    one has taken its place), ``StreamGap`` (the log was trimmed or lost), ``LogUnavailable`` (the server cannot be
    reached), and the error that has ended the producer's own call.

    Raises:
        ConfigurationError: The id or an option is invalid.

    >>> import streamkit as sk
    >>> log = sk.RedisLog("redis://localhost:6379")
    >>> from_log(log, "answer-7")
    <Stream redis/answer-7 unsent>
    """
    if not isinstance(cast("object", log), RedisStore):
        raise ConfigurationError(f"{log!r} is no log: give sk.RedisLog(…).")
    log.keys(id)  # raises for an id that cannot be one
    given = CallOptions(caps=caps)
    known = to_tools(tools)
    reader = None if response_model is None else Answer.of(response_model).reader(text_only=bool(known))
    ask = given.on(CallSpec(model=id, messages=(), tools=known, answer=reader))
    return FarStream(FarRequest(log, id, ask), timeouts=_NO_CLOCKS, keep=keep, options=given)


class FarStream(Stream):
    """A Stream whose call is another process's."""

    @property
    def stored_in(self) -> RedisStore:
        """The place of the log."""
        return self._far_request.log

    @property
    def _far_request(self) -> FarRequest:
        request: Any = self._shared.request
        return request

    def stop(self) -> None:
        """Ask the producer to stop; callable from any thread, returns at once. The readers get all until the end."""
        call, request = self._call, self._far_request
        loop = current_or_background_loop() if call is None else call.loop

        async def ask() -> None:
            try:
                await request.log.cancel(request.stream_id, by="stop()")
            except Exception as error:
                warning("stop_not_asked", stream=request.stream_id, error=type(error).__name__)

        def start() -> None:
            task = asyncio.ensure_future(ask())
            _asking.add(task)
            task.add_done_callback(_asking.discard)

        call_soon(loop, start)

    def again(self) -> FarStream:
        """Raise: a call of another process cannot be made again from here.

        Raises:
            ConfigurationError: Always.
        """
        self.refuse_copies()

    def refuse_copies(self) -> NoReturn:
        """Raise: a call of another process cannot be made again from here.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(
            "This stream is read from a log, so it cannot be asked again here: ask anew where the call was made, or "
            "read the same call once more with sk.from_log(log, id)."
        )


_asking: set[asyncio.Future[None]] = set()
