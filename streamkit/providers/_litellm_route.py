"""The route of an answer through LiteLLM: the provider's own bytes where they can be reached, else LiteLLM's chunks.

The route and the wire format are known when the answer begins. The connection writes them into its first bytes, a
comment of the event stream that only the decoder reads.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..chunk import Chunk
from ..settings import CAPS, SentinelEnds, ThinkingTags
from ..transport import HttpConnection, OpenSocket, raw_body, socket_of
from ..wire import Decoder, open_decoder
from ..wire.decoder import DelegatingDecoder

_LINE = re.compile(rb": litellm (\S+) (\S+) (raw|parsed)\n\n")

_WIRES = {"/chat/completions": "openai_compatible.chat", "/messages": "anthropic.messages"}


@dataclass(frozen=True, slots=True)
class Route:
    """The route of an answer.

    Args:
        api: The wire format.
        vendor: LiteLLM's name of the provider.
        raw: True if the bytes are the provider's own, which can prove the end.
    """

    api: str
    vendor: str
    raw: bool

    @property
    def line(self) -> bytes:
        """The route as a comment of the event stream, for the decoder."""
        return f": litellm {self.api} {self.vendor} {'raw' if self.raw else 'parsed'}\n\n".encode()


def wire_of(response: Any) -> str | None:
    """Return the wire format of an HTTP response, or None if only LiteLLM can read its bytes."""
    path = response.request.url.path
    return next((api for end, api in _WIRES.items() if path.endswith(end)), None)


class RoutedDecoder(DelegatingDecoder):
    """A decoder that reads the route from the first bytes, and then follows the decoder of that wire format.

    Args:
        choices: The number of requested answers.
        cap: The most bytes of one event.
        sentinel_ends: The option of ``open_decoder``; it has no effect on a format without a sentinel, and on
            LiteLLM's own ``[DONE]``.
        stop: The option of ``open_decoder``.
        thinking_tags: The option of ``open_decoder``.
        whole: True for an answer without streaming.
    """

    proof: ClassVar[str] = (
        "that of the wire, where the bytes can be reached; else nothing, since LiteLLM makes up what is missing: "
        "the state is `unknown`"
    )
    """The proof of the end, in words."""
    after: ClassVar[str] = "that of the wire"
    """The events that may follow the proof, in words."""

    def __init__(
        self,
        *,
        choices: int = 1,
        cap: int = CAPS.event,
        sentinel_ends: SentinelEnds | None = None,
        stop: Sequence[str] = (),
        thinking_tags: ThinkingTags | None = None,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self._whole = whole
        self._stop = stop
        self._thinking_tags: ThinkingTags | None = thinking_tags
        self._choices = choices
        self._cap = cap
        self._sentinel_ends: SentinelEnds | None = sentinel_ends
        self._inner: Decoder | None = None
        self._begun = b""
        self.opened_as: tuple[str, str, int, str] | None = None
        """The format, vendor, choices and name in chunks of the provider's own bytes; None if LiteLLM has read them."""

    def feed(self, data: bytes) -> list[Chunk]:
        """Decode the next bytes and return the chunks that they complete."""
        if self._inner is None:
            self._begun += data
            line = _LINE.match(self._begun)
            if line is None:
                return []
            api, vendor, how = (each.decode() for each in line.groups())
            self.end_is_proven = how == "raw"
            self._open(api, vendor)
            data = self._begun[line.end() :]
        return [] if self._inner is None else self._follow(self._inner, self._inner.feed(data))

    def finish(self) -> list[Chunk]:
        """Handle the end of the body; afterwards either ``finish_seen`` or ``error`` is set."""
        inner = self._inner or self._open("openai_compatible.chat", "litellm")
        return self._follow(inner, inner.finish())

    def _open(self, api: str, vendor: str) -> Decoder:
        chat = api == "openai_compatible.chat"
        self._inner = open_decoder(
            "litellm.chat" if chat else api,
            vendor=vendor,
            choices=self._choices,
            provider="litellm",
            cap=self._cap,
            sentinel_ends=self._sentinel_ends if chat and self.end_is_proven else None,
            stop=self._stop,
            thinking_tags=self._thinking_tags,
            whole=self._whole,
        )
        if self.end_is_proven:  # the bytes are the provider's
            self.opened_as = getattr(self._inner, "opened_as", None)
        return self._inner


class UnreadAnswer(BaseException):
    """An answer in one body, which leaves LiteLLM as a cancellation does, since LiteLLM would read the whole body.

    Args:
        response: The HTTP library's response, its body unread.
    """

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.response = response


class RawConnection(HttpConnection):
    """A connection that yields the provider's own bytes, which LiteLLM does not read.

    Args:
        route: The route of the answer.
        response: The HTTP library's response, its body unread.
        opened: LiteLLM's stream, which is kept from the garbage collector; None for an answer in one body.
    """

    def __init__(self, route: Route, response: Any, opened: Any = None) -> None:
        headers = response.headers
        super().__init__(response, request_id=headers.get("x-request-id") or headers.get("request-id"))
        self._route = route
        self._opened = opened

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._route.line
        async for data in raw_body(self._response):
            yield data


class ParsedConnection:
    """A connection that yields LiteLLM's own chunks, written as an event stream.

    Args:
        route: The route of the answer.
        opened: LiteLLM's stream.
        response: The HTTP library's response under the stream, where it can be reached.
    """

    request_id: str | None = None

    def __init__(self, route: Route, opened: Any, response: Any) -> None:
        self._route = route
        self._opened = opened
        self._response = response
        self._socket = OpenSocket(None) if response is None else socket_of(response)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._route.line
        first_id: str | None = None
        async for chunk in self._opened:
            data: str = chunk.model_dump_json(exclude_unset=True, exclude_none=True)
            first_id = first_id or chunk.id
            if first_id and chunk.id and chunk.id != first_id:  # some routes make up an id for each chunk of an answer
                data = data.replace(chunk.id, first_id, 1)
            yield f"data: {data}\n\n".encode()
        yield b"data: [DONE]\n\n"

    def shut_down(self) -> None:
        """Shut the socket down at once, from any thread, where it can be reached."""
        self._socket.shut_down()

    async def aclose(self) -> None:
        """Close every object that can be reached: LiteLLM's own close has no effect with most providers."""
        for each in (self._response, getattr(self._opened, "completion_stream", None), self._opened):
            close = getattr(each, "aclose", None) or getattr(each, "close", None)
            if callable(close):
                with contextlib.suppress(Exception):
                    done = close()
                    if inspect.isawaitable(done):
                        await done


class ParsedBody(ParsedConnection):
    """An answer in one body that LiteLLM has read into an object of its own, written as JSON."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._route.line
        yield self._opened.model_dump_json(exclude_none=True).encode()
