"""A recorded answer, played to whoever reads a body, blocking or async, to its recorded end or to a fault."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import ModuleType
from typing import Any, NoReturn, TypeAlias

from .._recording import End, Fault, Fin, Moment, Plan, Raise, Reset, Send, Until, Wait, play
from .._recording._damage import damaged

Refuse: TypeAlias = Callable[[str], NoReturn]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded call.

    Args:
        name: The name of its file.
        request: The description of the request, see ``HttpRequest.describe``.
        status: The HTTP status; None if nothing was answered.
        headers: The headers of the answer.
        reads: Of each read: the seconds since the request was sent, and the bytes.
        end: ``"whole"``, ``"left"`` if the reader left before the end, or the class of the exception that ended it.
        reason: The text of that exception.
        api: The wire format; None if it is not known.
        faults: The faults that its answer gets.
    """

    name: str
    request: Mapping[str, Any]
    status: int | None
    headers: Mapping[str, str]
    reads: Sequence[tuple[float, bytes]]
    end: str
    reason: str = ""
    api: str | None = None
    faults: Sequence[Fault] = ()


class Answer:
    """What a reader gets of a recorded call: the recorded answer, or one with faults.

    Args:
        recorded: The recorded call.
        library: The module whose exceptions the reader knows.
        speed: The factor by which it is faster than recorded; ``math.inf`` plays without pauses.
        refuse: A function that raises for a reader that reads on where the recorded one had left.

    Raises:
        ConfigurationError: The answer cannot have such a fault.
        Exception: The exception of the library, if there was no answer.
    """

    def __init__(self, recorded: Recorded, library: ModuleType, *, speed: float, refuse: Refuse) -> None:
        self.speed = speed
        """The factor by which it is faster than recorded."""
        self._recorded = recorded
        self._library = library
        self._refuse = refuse
        self._damaged = None
        if recorded.faults:
            self._damaged = damaged(recorded.reads, recorded.faults, api=recorded.api or "openai.chat")
        plan = Plan() if self._damaged is None else self._damaged.plan
        if plan.unanswered:
            raise self._error("unanswered", "the connection was closed without an answer")
        if recorded.status is None:
            raise self._error(recorded.end, recorded.reason)
        self._latency = plan.latency
        self.status = recorded.status if plan.status == 200 else plan.status
        """The HTTP status."""
        self.headers = {**recorded.headers, **_headers_of(plan)}
        """The headers."""

    def moments(self) -> Iterator[Moment]:
        """Yield what happens: reads at their times, and the end."""
        yield Wait(self._latency)
        found = self._damaged
        if found is not None:
            yield from chain(found.moments, play(found.plan) if found.ended else ())
        else:
            for seconds, data in self._recorded.reads:
                yield Until(seconds)
                yield Send(data)
        if found is not None and found.ended:
            return
        if self._recorded.end == "left":
            self._refuse(
                f"{self._recorded.name} ends here, because its reader left when it was recorded: this one reads on. "
                "Record it anew: --streamkit-record=rewrite."
            )
        if self._recorded.end != "whole":
            yield Raise(self._error(self._recorded.end, self._recorded.reason))

    def ended(self, moment: Moment) -> None:
        """Raise what an end means in the library of the reader; do nothing for the end of a whole body."""
        if isinstance(moment, Raise):
            raise moment.error
        if isinstance(moment, Reset):
            raise self._error("reset", "the connection was reset by the peer")
        if isinstance(moment, Fin):
            raise self._error("lost", "the peer closed the connection without completing the body")

    def refuse_silence(self) -> NoReturn:
        """Raise for a blocking reader that would wait for ever."""
        self._refuse("This answer falls silent for ever, by a fault, and its blocking reader has no timeout.")

    def timed_out(self) -> Exception:
        """Return the library's exception for a reader that has waited too long."""
        return self._error("timeout", "the answer is silent")

    def _error(self, name: str, reason: str) -> Exception:
        """Return the exception of a name; the library may be another one than that which has recorded."""
        found: Any = getattr(self._library, name, None)
        if not (isinstance(found, type) and issubclass(found, Exception)):
            kind = "timeout" if "timeout" in name.lower() else name
            kind = kind if kind in _ERRORS else "lost" if self._recorded.status else "unreached"
            found = next(cls for each in _ERRORS[kind] if (cls := getattr(self._library, each, None)) is not None)
        return found(reason)


# Of each end: the exception in httpx and httpx2, and the one in aiohttp.
_ERRORS = {
    "timeout": ("ReadTimeout", "SocketTimeoutError"),
    "lost": ("RemoteProtocolError", "ClientPayloadError"),
    "reset": ("ReadError", "ClientOSError"),
    "unanswered": ("RemoteProtocolError", "ServerDisconnectedError"),
    "unreached": ("ConnectError", "ClientConnectionError"),
}


def _headers_of(plan: Plan) -> dict[str, str]:
    """Return the headers of a fault, but for the content type that every plan has."""
    return {name: value for name, value in plan.headers if (name, value) != ("content-type", "text/event-stream")}


class Body:
    """The body of an answer that is played.

    Args:
        answer: The answer.
        longest: The seconds of silence after which the reader gives up; None for never.
    """

    def __init__(self, answer: Answer, longest: float | None = None) -> None:
        self._answer = answer
        self._longest = math.inf if longest is None else longest
        self._clock: Callable[[], float] = time.monotonic
        self._steps = self._play()  # of all iterators: an SDK reads the rest by a second one
        self._closed = False

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        for step in self._steps:
            if isinstance(step, bytes):
                return step
            if step == math.inf:
                self._answer.refuse_silence()
            threading.Event().wait(step)
        raise StopIteration

    def __aiter__(self) -> Body:
        self._clock = asyncio.get_running_loop().time
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(0)  # other tasks of the loop get their turn
        for step in self._steps:
            if isinstance(step, bytes):
                return step
            if step == math.inf:
                await asyncio.Event().wait()  # until its reader gives up
            await asyncio.sleep(step)
        raise StopAsyncIteration

    def _play(self) -> Iterator[float | bytes]:
        """Yield the bytes, and the seconds to wait before the next ones."""
        began = self._clock()
        for moment in self._answer.moments():
            if self._closed:
                return
            if isinstance(moment, Send):
                if moment.data:
                    yield moment.data
            elif isinstance(moment, (Until, Wait)):
                seconds = moment.seconds
                if isinstance(moment, Until):
                    seconds = began + seconds / self._answer.speed - self._clock()
                else:
                    began += seconds
                if seconds > self._longest:
                    yield self._longest
                    raise self._answer.timed_out()
                if seconds > 0:
                    yield seconds
            else:
                self._answer.ended(moment)
                if isinstance(moment, End):
                    return

    def close(self) -> None:
        """Stop playing."""
        self._closed = True

    async def aclose(self) -> None:
        """Stop playing."""
        self._closed = True


@cache
def body_class(library: ModuleType) -> type[Body]:
    """Return the body as a subclass of the stream classes of httpx or httpx2, which these demand."""
    return type("RecordedBody", (Body, library.SyncByteStream, library.AsyncByteStream), {})
