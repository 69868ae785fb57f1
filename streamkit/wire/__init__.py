"""Wire formats: decoders that turn the bytes of a provider's stream into chunks, without any I/O.

A format is named by its API; ``vendor`` selects the row of ``quirks.QUIRKS``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import msgspec

from ..chunk import Chunk
from ..errors import ConfigurationError, StreamError
from ..fold import Fold
from ..settings import CAPS, SentinelEnds, ThinkingTags
from .decoder import Decoder, DelegatingDecoder, Options
from .format import Format
from .formats import APIS, EventSource
from .quirks import DEFAULT, QUIRKS

if TYPE_CHECKING:
    from ..response import Response


__all__ = ["APIS", "Api", "Decoder", "FoldingDecoder", "Format", "decoder", "open_decoder", "reduce", "whole"]

# Names of an older version.
Api = Format
HandingDecoder = DelegatingDecoder


def open_decoder(
    api: str,
    *,
    vendor: str | None = None,
    choices: int = 1,
    provider: str | None = None,
    cap: int = CAPS.event,
    sentinel_ends: SentinelEnds | None = None,
    stop: Sequence[str] = (),
    thinking_tags: ThinkingTags | None = None,
    whole: bool = False,
) -> Decoder:
    """Create the plain decoder of a format, for a reader that folds the chunks.

    Args:
        api: The name of the wire API, one of ``APIS``.
        vendor: The vendor whose quirks apply; by default that of the API.
        choices: The number of requested answers; additional answers are decoded too.
        provider: The provider's name in chunks and errors; by default the vendor's.
        cap: Largest size of one event, or of a whole body, in bytes.
        sentinel_ends: The choices whose end ``[DONE]`` alone proves; None for those in the vendor's row.
        stop: Texts at which the answer ends, of a call; they matter only where the format's requests have none.
        thinking_tags: The tags between which the server sends thinking as text; None for those in the vendor's row.
        whole: True for an answer without streaming.

    Raises:
        ConfigurationError: There is no such format, or it has no sentinel; or ``thinking_tags`` has no names.
    """
    row = APIS.get(api)
    if row is None:
        near = difflib.get_close_matches(api, APIS, n=3, cutoff=0.4) or sorted(APIS)
        raise ConfigurationError(f"There is no wire format {api!r}; near it: {', '.join(near)}.")
    if choices < 1:
        raise ConfigurationError(f"choices={choices}: ask for at least one.")
    vendor = vendor or row.vendor
    quirks = QUIRKS.get(vendor, DEFAULT)
    if sentinel_ends is not None:
        if not row.sentinel:
            raise ConfigurationError(f"sentinel_ends={sentinel_ends!r}: answers in {api} have no [DONE] to end by.")
        quirks = replace(quirks, sentinel_ends=sentinel_ends)
    options: Options = {"provider": provider or vendor, "quirks": quirks, "choices": choices, "api": api, "cap": cap}
    opened: Decoder = _whole_decoder(row, options) if whole else row.decoder(**options)
    tags = quirks.thinking_tags if thinking_tags is None else thinking_tags
    if tags:
        from .thinking_tags import ThinkingTagDecoder, as_tags

        opened = ThinkingTagDecoder(opened, as_tags(tags))
    if stop and not row.takes_stop:
        from .stop_strings import StopStringDecoder

        opened = StopStringDecoder(opened, stop, choices=choices)
    cast("Any", opened).opened_as = api, vendor, choices, options["provider"]  # for who writes the bytes down
    return opened


def _whole_decoder(row: Format, options: Options) -> Decoder:
    from .whole_body import WholeDecoder

    return WholeDecoder(row, **options)


class FoldingDecoder:
    """A decoder that also folds the chunks, so that an error has the partial Response."""

    def __init__(self, decoder: Decoder) -> None:
        self.rest: list[Chunk] = []
        """The chunks of the end of the body, which ``finish`` returns; they can be read here if it raises."""
        self._decoder = decoder
        self._fold = Fold()

    @property
    def error(self) -> StreamError | None:
        """The error that ended the answer, with ``partial``; None if there is none."""
        error = self._decoder.error
        if error is not None and error.partial is None:
            error.partial = self._fold.response("failed")
        return error

    @property
    def ended(self) -> bool:
        """True if the provider has proven the end."""
        return self._decoder.finish_seen

    @property
    def response(self) -> Response:
        """The Response of everything decoded so far."""
        ended = "complete" if self._decoder.end_is_proven else "unknown"
        return self._fold.response("failed" if self._decoder.error else ended if self._decoder.done else "streaming")

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete; never raises on input.

        Args:
            data: The next bytes, cut anywhere.
        """
        chunks = self._decoder.feed(data)
        self._fold.add(chunks)
        return chunks

    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks.

        Raises:
            StreamError: The answer is incomplete; ``partial`` is its Response, and ``rest`` has the last chunks.
        """
        chunks = self._decoder.finish()
        self.rest += chunks
        self._fold.add(chunks)
        if self.error is not None:
            raise self.error
        return chunks

    def reduce(self, data: bytes) -> Response:
        """Decode a whole body.

        Args:
            data: All bytes of the body.

        Raises:
            StreamError: The answer is incomplete.
        """
        chunks = self.feed(data)
        try:
            chunks += self.finish()
        except StreamError as error:
            chunks += self.rest
            if error.partial is not None:
                error.partial = error.partial.attach_rebuilder(EventSource(lambda: chunks))
            raise
        return self.response.attach_rebuilder(EventSource(lambda: chunks))


def decoder(
    api: str,
    vendor: str | None = None,
    choices: int = 1,
    *,
    sentinel_ends: SentinelEnds | None = None,
    thinking_tags: ThinkingTags | None = None,
) -> FoldingDecoder:
    r"""Create a decoder for the bytes of one answer.

    Args:
        api: The name of the wire API, one of ``APIS``.
        vendor: The vendor whose quirks apply; by default that of the API.
        choices: The number of requested answers.
        sentinel_ends: The choices whose end ``[DONE]`` alone proves, for a server that gives no finish reason:
            ``"none"``, ``"above 0"`` or ``"all"``.
        thinking_tags: The tags between which the server sends thinking as text, such as ``"think"``.

    Raises:
        ConfigurationError: There is no such format, or it has no sentinel.

    >>> chat = decoder("openai.chat")
    >>> [chunk.content for chunk in chat.feed(b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n')]
    ['Hi']
    """
    return FoldingDecoder(
        open_decoder(api, vendor=vendor, choices=choices, sentinel_ends=sentinel_ends, thinking_tags=thinking_tags)
    )


def reduce(api: str, data: bytes, vendor: str | None = None) -> Response:
    """Decode a whole body into a Response.

    Args:
        api: The name of the wire API, one of ``APIS``.
        data: All bytes of the body.
        vendor: The vendor whose quirks apply; by default that of the API.

    Raises:
        StreamError: The answer is incomplete; ``partial`` is its Response.
        ConfigurationError: There is no such format.
    """
    return decoder(api, vendor).reduce(data)


def whole(api: str, data: bytes | str | Mapping[str, Any], vendor: str | None = None) -> Response:
    """Decode the body of an answer that came without streaming.

    Args:
        api: The name of the wire API, one of ``APIS``.
        data: The body, or the JSON object in it.
        vendor: The vendor whose quirks apply; by default that of the API.

    Raises:
        StreamError: The answer is cut, or an error; ``partial`` is the Response of what could be read.
        ConfigurationError: There is no such format.

    >>> body = '{"choices": [{"message": {"content": "Io"}, "finish_reason": "stop"}]}'
    >>> whole("openai.chat", body).content
    'Io'
    """
    body = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else msgspec.json.encode(data)
    return FoldingDecoder(open_decoder(api, vendor=vendor, cap=len(body) + 1, whole=True)).reduce(body)
