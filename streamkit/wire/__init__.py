"""The wires: bytes of a provider's stream into chunks, without any I/O.

The names are those of the formats, not of the vendors: ``vendor`` picks the row of ``quirks.QUIRKS``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..chunk import Chunk
from ..errors import ConfigurationError, StreamError
from ..fold import Fold
from ..settings import CAPS, SentinelEnds
from .anthropic.decoder import AnthropicDecoder
from .bedrock.decoder import ConverseDecoder
from .bedrock.invoke import InvokeDecoder
from .cohere.decoder import CohereDecoder
from .cohere.decoder_v1 import CohereV1Decoder
from .decoder import Decoder
from .delegating import DelegatingDecoder
from .event_decoder import EventDecoder
from .gemini.decoder import GeminiDecoder
from .ollama.decoder import OllamaChatDecoder, OllamaGenerateDecoder
from .openai_chat.decoder import ChatDecoder, CompletionsDecoder
from .openai_responses.decoder import ResponsesDecoder
from .quirks import DEFAULT, QUIRKS
from .rebuild import EventSource

if TYPE_CHECKING:
    from ..response import Response


__all__ = ["APIS", "Api", "Decoder", "DelegatingDecoder", "FoldingDecoder", "decoder", "open_decoder", "reduce"]


@dataclass(frozen=True, slots=True)
class Api:
    """One wire format.

    Args:
        vendor: Whose it is, unless the caller says otherwise.
        decoder: What reads it.
        sdk: Where the SDK's class for one event is built, as ``module:callable``.
    """

    vendor: str
    decoder: type[EventDecoder] | type[InvokeDecoder] = ChatDecoder
    sdk: str | None = "openai.types.chat:ChatCompletionChunk.construct"


_RESPONSES = "streamkit.providers.openai_responses:sdk_event"

APIS: dict[str, Api] = {
    "anthropic.messages": Api("anthropic", AnthropicDecoder, "streamkit.providers.anthropic:sdk_event"),
    "azure.inference": Api("azure"),
    "azure.openai.chat": Api("azure"),
    "azure.openai.responses": Api("azure", ResponsesDecoder, _RESPONSES),
    "bedrock.converse": Api("bedrock", ConverseDecoder, "streamkit.providers.bedrock:sdk_event"),
    "bedrock.invoke": Api("bedrock", InvokeDecoder, "streamkit.providers.anthropic:sdk_event"),
    "cohere.v1.chat": Api("cohere", CohereV1Decoder, "streamkit.providers.cohere:sdk_event_v1"),
    "cohere.v2.chat": Api("cohere", CohereDecoder, "streamkit.providers.cohere:sdk_event"),
    "deepseek.chat": Api("deepseek"),
    "gemini.generate_content": Api("google", GeminiDecoder, "streamkit.providers.google:sdk_event"),
    "groq.chat": Api("groq", sdk="streamkit.providers.groq:sdk_event"),
    "mistral.chat": Api("mistral", sdk="streamkit.providers.mistral:sdk_event"),
    "ollama.chat": Api("ollama", OllamaChatDecoder, "streamkit.providers.ollama:sdk_event"),
    "ollama.generate": Api("ollama", OllamaGenerateDecoder, "streamkit.providers.ollama:sdk_generate_event"),
    "openai.chat": Api("openai"),
    "openai.completions": Api("openai", CompletionsDecoder, "openai.types:Completion.construct"),
    "openai.responses": Api("openai", ResponsesDecoder, _RESPONSES),
    "openai_compatible.chat": Api("openai-compatible"),
    "openai_compatible.responses": Api("openai-compatible", ResponsesDecoder, _RESPONSES),
    "openrouter.chat": Api("openrouter"),
    "openrouter.responses": Api("openrouter", ResponsesDecoder, _RESPONSES),
    "xai.chat": Api("xai"),
    "xai.responses": Api("xai", ResponsesDecoder, _RESPONSES),
}


def open_decoder(
    api: str,
    *,
    vendor: str | None = None,
    choices: int = 1,
    provider: str | None = None,
    sdk: str | None = None,
    cap: int = CAPS.event,
    sentinel_ends: SentinelEnds | None = None,
) -> Decoder:
    """Make the bare decoder of a format, for a reader that folds by itself.

    Args:
        api: The format's name.
        vendor: Whose server speaks.
        choices: How many answers the request asked for; others that come are decoded too.
        provider: The name that chunks and errors bear; the vendor's if not given.
        sdk: Where the SDK's class for an event is built, if not where the format's is.
        cap: Bytes that one event may have.
        sentinel_ends: The choices whose end ``[DONE]`` alone proves; None leaves that to the vendor's row.

    Raises:
        ConfigurationError: There is no such format, or it has no sentinel.
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
        if not issubclass(row.decoder, ChatDecoder):
            raise ConfigurationError(f"sentinel_ends={sentinel_ends!r}: answers in {api} have no [DONE] to end by.")
        quirks = replace(quirks, sentinel_ends=sentinel_ends)
    sdk = sdk or row.sdk
    return row.decoder(provider=provider or vendor, quirks=quirks, choices=choices, sdk=sdk, cap=cap)


class FoldingDecoder:
    """A decoder that also folds what it decodes, so that its error carries the partial Response."""

    def __init__(self, decoder: Decoder) -> None:
        self.rest: list[Chunk] = []
        """What the end of the body has completed: ``finish`` returns it, or raises and leaves it to be read here."""
        self._decoder = decoder
        self._fold = Fold()

    @property
    def error(self) -> StreamError | None:
        """What ended the answer, once something has; ``partial`` is attached."""
        error = self._decoder.error
        if error is not None and error.partial is None:
            error.partial = self._fold.response("failed")
        return error

    @property
    def ended(self) -> bool:
        """Whether the provider has proven the end."""
        return self._decoder.ended

    @property
    def response(self) -> Response:
        """What has been decoded so far."""
        ended = "complete" if self._decoder.proven else "unknown"
        return self._fold.response("failed" if self._decoder.error else ended if self._decoder.closed else "streaming")

    def feed(self, data: bytes) -> list[Chunk]:
        """Take the next bytes and return the chunks that they complete; never raises on input.

        Args:
            data: The next bytes, cut anywhere.
        """
        chunks = self._decoder.feed(data)
        self._fold.add(chunks)
        return chunks

    def finish(self) -> list[Chunk]:
        """Take the end of the body and return what it completes.

        Raises:
            StreamError: The answer is not whole; ``partial`` holds what came, and ``rest`` what this call decoded.
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
            data: All bytes of it.

        Raises:
            StreamError: The answer is not whole.
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
    api: str, vendor: str | None = None, choices: int = 1, *, sentinel_ends: SentinelEnds | None = None
) -> FoldingDecoder:
    r"""Make a decoder for the bytes of one answer.

    Args:
        api: The format's name, one of ``APIS``.
        vendor: Whose server speaks; picks the row of the quirk table.
        choices: How many answers the request asked for.
        sentinel_ends: The choices whose end ``[DONE]`` alone proves, for a server that gives no finish reason:
            ``"none"``, ``"above 0"`` or ``"all"``.

    Raises:
        ConfigurationError: There is no such format, or it has no sentinel.

    >>> chat = decoder("openai.chat")
    >>> [chunk.content for chunk in chat.feed(b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n')]
    ['Hi']
    """
    return FoldingDecoder(open_decoder(api, vendor=vendor, choices=choices, sentinel_ends=sentinel_ends))


def reduce(api: str, data: bytes, vendor: str | None = None) -> Response:
    """Decode a whole body into its Response.

    Args:
        api: The format's name.
        data: All bytes of the body.
        vendor: Whose server speaks.

    Raises:
        StreamError: The answer is not whole; ``partial`` holds what came.
        ConfigurationError: There is no such format.
    """
    return decoder(api, vendor).reduce(data)
