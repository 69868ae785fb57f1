"""What LiteLLM has opened: the provider's own bytes where they can be reached, else LiteLLM's chunks.

Which of the two, and in which wire, is known when the answer begins. The connection says so in its first
bytes, a comment of the event stream that is only for the decoder.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ..chunk import Chunk
from ..runtime import OpenSocket
from ..settings import CAPS, SentinelEnds
from ..transport import HttpConnection, raw_body, socket_of
from ..wire import Decoder, DelegatingDecoder, open_decoder

_SDK = "streamkit.providers.litellm:sdk_event"

_LINE = re.compile(rb": litellm (\S+) (\S+) (tapped|told)\n\n")

_WIRES = {"/chat/completions": "openai_compatible.chat", "/messages": "anthropic.messages"}


@dataclass(frozen=True, slots=True)
class Route:
    """How an answer comes.

    Args:
        api: Its wire.
        vendor: Who answers, by LiteLLM's name.
        tapped: Whether these are the provider's own bytes, which can prove the end.
    """

    api: str
    vendor: str
    tapped: bool

    @property
    def line(self) -> bytes:
        """The comment that tells the decoder."""
        return f": litellm {self.api} {self.vendor} {'tapped' if self.tapped else 'told'}\n\n".encode()


def wire_of(response: Any) -> str | None:
    """Name the wire of an HTTP response, if it is one whose bytes we read in LiteLLM's place."""
    path = response.request.url.path
    return next((api for end, api in _WIRES.items() if path.endswith(end)), None)


class RoutedDecoder(DelegatingDecoder):
    """The decoder of a route that is told by the first bytes.

    Args:
        choices: How many answers are asked for.
        cap: Bytes that one event may have.
        sentinel_ends: As in ``open_decoder``; a wire without a sentinel, and LiteLLM's own ``[DONE]``, know none.
    """

    proof: ClassVar[str] = (
        "that of the wire, where the bytes can be reached; else nothing, since LiteLLM makes up what is missing: "
        "the state is `unknown`"
    )
    """What proves the end, in words."""
    after: ClassVar[str] = "that of the wire"
    """What may follow the proof."""

    def __init__(self, *, choices: int = 1, cap: int = CAPS.event, sentinel_ends: SentinelEnds | None = None) -> None:
        super().__init__()
        self._choices = choices
        self._cap = cap
        self._sentinel_ends: SentinelEnds | None = sentinel_ends
        self._inner: Decoder | None = None
        self._begun = b""

    def feed(self, data: bytes) -> list[Chunk]:
        """Take the next bytes and return the chunks that they complete."""
        if self._inner is None:
            self._begun += data
            line = _LINE.match(self._begun)
            if line is None:
                return []
            api, vendor, how = (each.decode() for each in line.groups())
            self.proven = how == "tapped"
            self._open(api, vendor)
            data = self._begun[line.end() :]
        return [] if self._inner is None else self._follow(self._inner, self._inner.feed(data))

    def finish(self) -> list[Chunk]:
        """Take the end of the body; afterwards either ``ended`` or ``error`` is set."""
        inner = self._inner or self._open("openai_compatible.chat", "litellm")
        return self._follow(inner, inner.finish())

    def _open(self, api: str, vendor: str) -> Decoder:
        chat = api == "openai_compatible.chat"
        self._inner = open_decoder(
            api,
            vendor=vendor,
            choices=self._choices,
            provider="litellm",
            sdk=_SDK if chat else None,
            cap=self._cap,
            sentinel_ends=self._sentinel_ends if chat and self.proven else None,
        )
        return self._inner


class Tapped(HttpConnection):
    """An answer of which we read the bytes in LiteLLM's place.

    Args:
        route: How it comes.
        response: The HTTP library's response, its body unread.
        opened: What LiteLLM returned; kept so that nothing of it is collected meanwhile.
    """

    def __init__(self, route: Route, response: Any, opened: Any) -> None:
        headers = response.headers
        super().__init__(response, request_id=headers.get("x-request-id") or headers.get("request-id"))
        self._route = route
        self._opened = opened

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._route.line
        async for data in raw_body(self._response):
            yield data


class Told:
    """An answer that LiteLLM reads and tells in its own chunks.

    Args:
        route: How it comes.
        opened: LiteLLM's stream.
        response: The HTTP library's response under it, where that can be reached.
    """

    request_id: str | None = None

    def __init__(self, route: Route, opened: Any, response: Any) -> None:
        self._route = route
        self._opened = opened
        self._response = response
        self._socket = OpenSocket(None) if response is None else socket_of(response)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._route.line
        one: str | None = None
        async for chunk in self._opened:
            told: str = chunk.model_dump_json(exclude_unset=True, exclude_none=True)
            one = one or chunk.id
            if one and chunk.id and chunk.id != one:  # some routes make up an id for each chunk: it is one answer
                told = told.replace(chunk.id, one, 1)
            yield f"data: {told}\n\n".encode()
        yield b"data: [DONE]\n\n"

    def shut_down(self) -> None:
        """Cut the connection at once, from any thread, where it can be reached."""
        self._socket.shut_down()

    async def aclose(self) -> None:
        """Close everything that can be reached: LiteLLM's own close closes nothing with most providers."""
        for each in (self._response, getattr(self._opened, "completion_stream", None), self._opened):
            close = getattr(each, "aclose", None) or getattr(each, "close", None)
            if callable(close):
                with contextlib.suppress(Exception):
                    done = close()
                    if inspect.isawaitable(done):
                        await done
