"""The recording of one attempt: it stands between the pump and the decoder, and takes what passes."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol, cast

from .._recording import (
    EACH,
    Ended,
    Header,
    LiveRecording,
    Opened,
    RecordedEnd,
    Share,
    plain_params,
    prompt_text,
    request_hash,
)
from ..chunk import Chunk
from ..errors import StreamError
from ..origin import TOOL_INDEX
from ..providers import Request, request_body, scrubber_of, shown_name, without_keys
from ..scrub import Scrubber
from ..settings import Tag

if TYPE_CHECKING:
    from ..response import State


class Decoding(Protocol):
    """What the pump feeds a body to."""

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete."""
        ...

    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks."""
        ...


class Sender(Protocol):
    """The part of the pump that a recording depends on."""

    request: Request
    calls: int
    resent: int


class AttemptRecording(Share):
    """Records one attempt. What is done for each read is in ``feed`` of the taps, and is one call of Python.

    Args:
        live: The recording.
        pump: The pump, which sends the request.
        clock: A function that returns the time of the call's loop in seconds.
        max_bytes: Bytes of the answer that are recorded.
        prompts: True if the prompt is written.
        turn: The number of the turn in a conversation.
        attempt: The number of attempts of the same call that have failed before.
    """

    def __init__(
        self,
        live: LiveRecording,
        pump: Sender,
        clock: Callable[[], float],
        *,
        max_bytes: int,
        prompts: bool,
        turn: int,
        attempt: int,
    ) -> None:
        super().__init__(live, max_bytes)
        self.clock = clock
        self._pump = pump
        self._request = pump.request
        self._prompts = prompts
        self._turn = turn
        self._attempt = attempt
        self._sent = clock()
        self._is_open = self._is_answered = self._is_conversation = self._is_reask = False
        self._wire: tuple[str, str, int, str] | None = None
        self._status: int | None = None
        self._content_type: str | None = None
        self._request_id: str | None = None

    def tap(self, connection: object, decoder: Decoding) -> Decoding:
        """Return what is fed in place of the decoder.

        Args:
            connection: The connection, whose answer has begun.
            decoder: The decoder of the answer.
        """
        self._is_answered = True
        self._status = getattr(connection, "status_code", None)
        self._request_id = getattr(connection, "request_id", None)
        headers: Mapping[str, str] = getattr(connection, "headers", None) or {}
        self._content_type = headers.get("content-type")
        turns = getattr(connection, "conversation", None)
        self._is_reask = getattr(turns, "is_reask", False)
        self._is_conversation = turns is not None and not self._is_reask
        if getattr(decoder, "opened_as", ()) is None:
            return _LateTap(self, decoder)
        return self.tap_decoder(decoder)

    def tap_decoder(self, decoder: Decoding) -> Decoding:
        """Add the header to the file, and return what is fed in place of the decoder.

        Args:
            decoder: The decoder, which knows by now which bytes it reads, if any.
        """
        self._wire = getattr(decoder, "opened_as", None)
        self._open()
        if self._wire is None:
            return cast("Any", _ChunkTap(self, decoder, of_tools=self._is_conversation or self._is_reask))
        return cast("Any", _ByteTap(self, decoder))  # whose functions are attributes: the checker wants methods

    def _open(self) -> None:
        self._is_open = True
        self.live.put(Opened(self._describe, self._sent, self._prompts))

    def end(self, state: State, error: StreamError | None, *, stopped_by: str | None = None) -> None:
        """Add the end to the file; what passes later is not recorded.

        Args:
            state: The state of the Response.
            error: The error that ended the attempt.
            stopped_by: What has stopped it.
        """
        self.left = -1
        if not self._is_open:
            self._status = None if error is None else error.status
            self._request_id = self._request_id or (error and error.request_id)
            self._open()
        pump = self._pump
        end = RecordedEnd(
            state="unknown" if state == "streaming" else state,
            ms=0,  # written from the time beside
            stopped_by=stopped_by,
            calls=pump.calls,
            resent=pump.resent,
            left_out=self.left_out,
        )
        self.live.put(Ended(end, self.clock(), error))

    # In the writer's thread ------------------------------------------------------------------------

    def _describe(self) -> tuple[Header, Scrubber]:
        request, ask = self._request, self._request.ask
        body = None
        with contextlib.suppress(
            Exception
        ):  # what a provider of another package may raise is no reason to write nothing
            body = request_body(request.provider, ask)
        wire = self._wire if self._is_answered else getattr(request.decoder(), "opened_as", None)
        api, vendor, choices, name = wire or (None, None, 1, request.provider)
        tags = ask.thinking_tags
        header = Header(
            kind="chunks" if api is None else "bytes",
            provider=request.provider,
            provider_in_chunks=None if name == request.provider else name,
            model=ask.model,
            api=api,
            vendor=vendor,
            choices=choices,
            stream=ask.stream,
            status=self._status,
            content_type=self._content_type,
            request_id=shown_name(request, self._request_id),
            request=None if body is None else request_hash(api or request.provider, body),
            params=plain_params(ask.params),
            prompts=(prompt_text(ask.messages[-1]),) if self._prompts and ask.messages else None,
            body=without_keys(body) if self._prompts else None,
            sentinel_ends=ask.sentinel_ends,
            thinking_tags=tags if tags is None or isinstance(tags, str) else tuple(_as_tag(each) for each in tags),
            conversation=self._is_conversation,
            reask=self._is_reask,
            turn=self._turn,
            attempt=self._attempt,
            versions=_versions(),
        )
        return header, scrubber_of(request)


def _as_tag(tag: Tag) -> str | tuple[str, str]:
    return tag if isinstance(tag, str) else (tag[0], tag[1])


@cache
def _versions() -> dict[str, str]:
    return {"streamkit": version("streamkit"), "python": platform.python_version()}


class _ByteTap:
    """Takes the bytes that a decoder is fed with; another tap may stand before it."""

    __slots__ = ("feed", "finish", "opened_as")

    def __init__(self, attempt: AttemptRecording, decoder: Decoding) -> None:
        live, clock, decode = attempt.live, attempt.clock, decoder.feed
        put = live.queue.append
        self.finish = decoder.finish
        self.opened_as: tuple[str, str, int] | None = getattr(decoder, "opened_as", None)

        def feed(data: bytes) -> list[Chunk]:
            size = len(data)
            if attempt.left >= size and (attempt.room >= size + EACH or attempt.has_room(size + EACH)):
                attempt.left -= size
                attempt.room -= size + EACH
                put((clock(), data))
                if not live.queued:
                    live.wake()
            else:
                attempt.left = -1
                attempt.left_out += size
            return decode(data)

        self.feed = feed


class _ChunkTap:
    """Takes the chunks that a decoder returns, of a source that has no bytes of a provider.

    Args:
        attempt: The recording.
        decoder: The decoder.
        of_tools: True to take those of tools only: of a conversation, whose turns record the others themselves.
    """

    __slots__ = ("feed", "finish")

    def __init__(self, attempt: AttemptRecording, decoder: Decoding, *, of_tools: bool = False) -> None:
        add, clock = attempt.add, attempt.clock

        def take(decode: Callable[..., list[Chunk]], *data: bytes) -> list[Chunk]:
            chunks = decode(*data)
            for chunk in chunks:
                if not of_tools or chunk.index == TOOL_INDEX:
                    add(clock(), chunk)
            return chunks

        self.feed = partial(take, decoder.feed)
        self.finish = partial(take, decoder.finish)


class _LateTap:
    """Takes bytes or chunks, as the decoder knows when it has read the first bytes, which are none of the body."""

    __slots__ = ("_attempt", "_decoder", "_tap")

    def __init__(self, attempt: AttemptRecording, decoder: Decoding) -> None:
        self._attempt = attempt
        self._decoder = decoder
        self._tap: Decoding | None = None

    @property
    def opened_as(self) -> tuple[str, str, int] | None:
        """The format, the vendor and the choices of the bytes, once the decoder knows them."""
        return getattr(self._decoder, "opened_as", None)

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete."""
        if self._tap is not None:
            return self._tap.feed(data)
        chunks = self._decoder.feed(data)
        self._tap = self._attempt.tap_decoder(self._decoder)
        return chunks

    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks."""
        return (self._tap or self._attempt.tap_decoder(self._decoder)).finish()
