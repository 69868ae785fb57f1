"""A recorded answer, played to whoever reads a body: blocking or async, at once or at its pace, to its recorded end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, NoReturn


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
    """

    name: str
    request: Mapping[str, Any]
    status: int | None
    headers: Mapping[str, str]
    reads: Sequence[tuple[float, bytes]]
    end: str
    reason: str = ""


class Body:
    """The body of one answer that is played.

    Args:
        recorded: The recorded call.
        library: The module whose exceptions its reader knows.
        speed: The factor by which it is faster than recorded; ``math.inf`` plays without pauses.
        refuse: A function that raises for a reader that reads on where the recorded one had left.
    """

    def __init__(
        self, recorded: Recorded, library: ModuleType, speed: float, refuse: Callable[[str], NoReturn]
    ) -> None:
        self._recorded = recorded
        self._library = library
        self._speed = speed
        self._refuse = refuse
        self._reads = iter(recorded.reads)
        self._began = 0.0
        self._closed = False

    def __iter__(self) -> Body:
        self._began = time.monotonic()
        return self

    def __next__(self) -> bytes:
        at, data = self._next(StopIteration)
        pause = at / self._speed - (time.monotonic() - self._began)
        if pause > 0:
            threading.Event().wait(pause)
        return data

    def __aiter__(self) -> Body:
        self._began = asyncio.get_running_loop().time()
        return self

    async def __anext__(self) -> bytes:
        at, data = self._next(StopAsyncIteration)
        # At least one turn of the loop for its other tasks.
        await asyncio.sleep(max(0.0, at / self._speed - (asyncio.get_running_loop().time() - self._began)))
        return data

    def _next(self, end: type[Exception]) -> tuple[float, bytes]:
        found = None if self._closed else next(self._reads, None)
        if found is not None:
            return found
        if self._recorded.end == "left" and not self._closed:
            self._refuse(
                f"{self._recorded.name} ends here, because its reader left when it was recorded: this one reads on. "
                "Record it anew: --streamkit-record=rewrite."
            )
        if not self._closed:
            raise_end(self._recorded, self._library)
        raise end

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


def raise_end(recorded: Recorded, library: ModuleType) -> None:
    """Raise the exception that ended a recorded call, as the HTTP library of the replay has it; else do nothing.

    Args:
        recorded: The recorded call.
        library: The module ``httpx``, ``httpx2`` or ``aiohttp``.
    """
    if recorded.end in ("whole", "left"):
        return
    found: Any = getattr(library, recorded.end, None)
    if not (isinstance(found, type) and issubclass(found, Exception)):
        kind = "timeout" if "timeout" in recorded.end.lower() else "lost" if recorded.status else "unreached"
        found = next(cls for name in _ERRORS[kind] if (cls := getattr(library, name, None)) is not None)
    raise found(recorded.reason)


# What stands in for an exception of another library: the name in httpx and httpx2, and the name in aiohttp.
_ERRORS = {
    "timeout": ("ReadTimeout", "SocketTimeoutError"),
    "lost": ("RemoteProtocolError", "ClientPayloadError"),
    "unreached": ("ConnectError", "ClientConnectionError"),
}
