"""What a notebook shows of a Stream: its text, state, tokens and time to first content, updated while it is read."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
import time
from collections import deque
from contextvars import Context
from typing import TYPE_CHECKING, Any, Protocol

from ..chunk import Chunk
from ..fold import Fold
from ..log import MemoryLog
from ..providers import Request, shown_name
from ..runtime import after, call_soon
from ..text.display import last_part, plain_bundle, status_line, token_count

if TYPE_CHECKING:
    from ..response import Response

_PAUSE = 0.1  # seconds between two updates of a display

_HANDLES = 8  # displays of one stream that are updated, the newest ones

_EARLY = 256  # chunks among which the first content is looked for


class Shown(Protocol):
    """The part of a call that is shown."""

    loop: asyncio.AbstractEventLoop
    log: MemoryLog
    fold: Fold
    started: float
    stopped_by: str | None
    display: StreamDisplay | None

    @property
    def state(self) -> str:
        """The state, such as ``complete``."""
        ...

    @property
    def request(self) -> Request:
        """The request of the call."""
        ...

    @property
    def sent(self) -> bool:
        """Whether the request has been sent."""
        ...

    @property
    def running(self) -> bool:
        """Whether the call is not closed yet."""
        ...

    @property
    def response(self) -> Response:
        """The Response of everything that has arrived."""
        ...


class StreamDisplay:
    """The places in notebooks where a stream is shown, which grow while the call runs."""

    def __init__(self) -> None:
        self._handles: deque[Any] = deque(maxlen=_HANDLES)
        self._call: Shown | None = None
        self._shown: tuple[int, str, bool, bool] | None = None

    def add(self, handle: Any) -> None:
        """Update one more display, by IPython's handle of it."""
        self._handles.append(handle)

    def follow(self, call: Shown) -> None:
        """Update the displays until a call is closed; callable from any thread."""
        if self._call is not call:
            self._call, call.display = call, self
            call_soon(call.loop, lambda: self._tick(call))

    def update(self) -> None:
        """Show what has changed since the last update."""
        call = self._call
        if call is None:
            return
        now = (call.fold.count, call.state, call.sent, call.state == "failed" and call.log.end is not None)
        if now != self._shown:
            self._shown = now
            with contextlib.suppress(Exception):  # whatever fails here, the call goes on
                shown = mimebundle(call.request, call)
                for handle in self._handles:
                    # Without context variables: in the call's, the kernel finds the cell that has made the stream.
                    Context().run(handle.update, shown, raw=True)

    def _tick(self, call: Shown) -> None:
        if self._call is not call:
            return
        self.update()
        if call.running:
            after(call.loop, _PAUSE, lambda: self._tick(call))
        else:
            self._call = call.display = None


def mimebundle(request: Request, call: Shown | None) -> dict[str, str]:
    """Return what a notebook shows of a stream, by MIME type; nothing is sent.

    Args:
        request: The request of the stream.
        call: The call; None before the first subscriber.
    """
    model = f"{request.provider}/{shown_name(request, (call.fold.model if call else None) or request.ask.model)}"
    if call is None:
        return plain_bundle("", status_line([model, "not sent"]))
    response = call.response
    usage = response.usage
    tokens = (
        ""
        if usage is None
        else token_count(usage.input_tokens, usage.output_tokens, estimated=usage.source == "estimated")
    )
    parts = [model, _state(call), tokens, _first_content(call)]
    return plain_bundle(last_part(response.content), status_line(parts))


def show(request: Request, call: Shown | None, display: StreamDisplay | None) -> StreamDisplay:
    """Show a stream in the notebook whose kernel runs here, in a display that can be updated.

    Args:
        request: The request of the stream.
        call: The call; None before the first subscriber.
        display: The displays of the stream so far; None for the first one.

    Raises:
        NotImplementedError: No kernel runs here, or the call is over: IPython shows the MIME bundle then.
    """
    ipython: Any = sys.modules.get("IPython")
    if ipython is None or not hasattr(ipython.get_ipython(), "kernel") or not (call is None or call.running):
        raise NotImplementedError
    found = display or StreamDisplay()
    found.add(importlib.import_module("IPython.display").display(mimebundle(request, call), raw=True, display_id=True))
    return found


def _state(call: Shown) -> str:
    if not call.sent and call.state == "streaming":
        return "waiting to be sent"
    if call.state == "stopped" and call.stopped_by:
        return f"stopped by {call.stopped_by}"
    error = call.log.end and call.log.end.error
    return f"failed: {type(error).__name__}: {error}" if error is not None and call.state == "failed" else call.state


def _first_content(call: Shown) -> str:
    """Return a phrase for the seconds from the start of the call to its first content; empty if there is none."""
    log = call.log
    if log.first or not log.length:  # the first chunks are not kept
        return ""
    position = next((at for at, chunk in enumerate(log.read(0, _EARLY)) if _is_content(chunk)), None)
    if position is None:
        return ""
    ago = call.loop.time() - log.arrived(position)
    return f"first content after {max(0.0, time.time() - ago - call.started):.2f} s"


def _is_content(chunk: Chunk) -> bool:
    return bool(chunk.content or chunk.thinking or chunk.refusal or chunk.tool_calls or chunk.audio or chunk.images)
