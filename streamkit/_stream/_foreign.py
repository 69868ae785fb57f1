"""``sk.from_async``: an SDK's own stream, or any iterator, as a Stream, with the best proof of the end."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from typing import Any, cast

import msgspec

from ..chunk import Chunk
from ..errors import ConfigurationError, StreamError
from ..providers import CallSpec, Connection, map_error
from ..runtime.iterators import ThreadIterator
from ..runtime.logging import warning
from ..settings import Caps, Keep, Timeouts
from ..tool import to_tools
from ..wire import Decoder, open_decoder
from ..wire.decoder import DelegatingDecoder
from ._options import CallOptions, Record, context_options
from ._stream import Stream

# The wire format of an SDK's events, by the package or the module of their class.
_APIS = {
    "openai": "openai.chat",
    "openai.types.completion": "openai.completions",
    "openai.types.responses": "openai.responses",
    "mistralai": "mistral.chat",
    "groq": "groq.chat",
    "litellm": "openai.chat",
    "anthropic": "anthropic.messages",
    "cohere": "cohere.v2.chat",
    "google": "gemini.generate_content",
    "ollama": "ollama.chat",
}
# The wire format by the end of the class's name, where a package has several formats.
_APIS_BY_CLASS = {"StreamedChatResponse": "cohere.v1.chat", "GenerateResponse": "ollama.generate"}
_GRACE = 0.2  # seconds that closing waits for the thread of a blocking iterator

# These SDKs invent a finish reason where the provider has sent none, so it proves nothing.
_INVENTS = frozenset({"litellm"})


def from_async(
    events: AsyncIterable[Any] | Iterable[Any],
    *,
    api: str | None = None,
    vendor: str | None = None,
    timeouts: Timeouts | None = None,
    caps: Caps | None = None,
    keep: Keep = "all",
    tools: Iterable[Any] = (),
    record: Record | None = None,
) -> Stream:
    """Make a Stream of an SDK's own stream, or of any iterator, async or not; the Stream can be opened once.

    The end is proven as far as possible: an SDK's events show the finish reasons, so a stream without them is cut.
    For texts, for chunks without a finish reason, and for an SDK that invents its reasons, the state is ``unknown``,
    never ``complete``.

    A blocking iterator, such as the stream of a sync SDK client, is read in a thread of its own, one event whenever one
    is needed: no event loop waits for it, and it is not read further ahead than an async one. A stop does not wait for
    an iterator that blocks: it is closed as soon as it returns its event, and until then its thread, which the end of
    the program does not wait for, is left.

    Args:
        events: The events of the ``openai``, ``anthropic``, ``cohere``, ``google.genai``, ``groq``,
            ``mistralai``, ``ollama`` or ``litellm`` SDK; dicts of such events or bytes of a body (both with
            ``api=``); texts; or chunks.
        api: The name of the wire format, if the events do not show it.
        vendor: The vendor of the server, if its answers differ from the wire format.
        timeouts: The call's clocks, in seconds without content.
        caps: The bounds on the size of the answer.
        keep: ``"all"``, or the number of the last chunks that the log keeps.
        tools: The tools that the model was given, so that its calls are parsed into their arguments.
        record: The path of a folder or a new file, or what ``sk.recording`` returns; the chunks are recorded.

    Raises:
        ConfigurationError: ``events`` is no iterator, or the wire format is unknown.

    >>> async def texts():
    ...     yield "Euro"
    ...     yield "pa"
    >>> response = from_async(texts()).run()
    >>> response.content, response.state
    ('Europa', 'unknown')
    >>> from_async(iter(["Euro", "pa"])).run().content
    'Europa'
    """
    _check(events)
    if api is not None:
        open_decoder(api, vendor=vendor)  # raises at once if the format is unknown
    given = CallOptions(timeouts=timeouts, caps=caps, record=record)
    options = given.over(context_options())
    ask = options.on(CallSpec(model="foreign", messages=(), tools=to_tools(tools)))
    request = _ForeignRequest(events, api, vendor, ask)
    return Stream(request, timeouts=options.timeouts, keep=keep, options=given, record=options.record)


class _ForeignRequest:
    """The request of a stream that is already open."""

    provider: str = "foreign"

    def __init__(
        self, events: AsyncIterable[Any] | Iterable[Any], api: str | None, vendor: str | None, ask: CallSpec
    ) -> None:
        self.ask = ask
        self._events = events
        self._decoder = _ForeignDecoder(api, vendor)
        self._opened = False

    def decoder(self) -> Decoder:
        return self._decoder

    def load(self) -> None:
        """Nothing needs to be imported."""

    async def open(self) -> Connection:
        if self._opened:
            raise ConfigurationError("A stream made by from_async can be read once; make a new one for a new call.")
        self._opened = True
        events = self._events
        if isinstance(events, AsyncIterable):
            return _ForeignConnection(events, self._decoder)
        return _BlockingConnection(ThreadIterator(events, daemon=True, name="streamkit-iterator"), self._decoder)

    def error(self, error: Exception) -> StreamError:
        return map_error(error, provider=self.provider)


class _ForeignConnection:
    """The user's iterator as a connection: items go straight to the decoder, and the pump gets their bytes."""

    request_id = None

    def __init__(self, events: AsyncIterable[Any], decoder: _ForeignDecoder) -> None:
        self._events = events
        self._decoder = decoder

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for item in self._events:
            yield self._decoder.as_bytes(item)

    def shut_down(self) -> None:
        """The iterator's socket is unknown here: the pump cancels its task and closes the iterator instead."""

    async def aclose(self) -> None:
        for name in ("aclose", "close"):
            close = getattr(self._events, name, None)
            if close is not None:
                done = close()
                if inspect.isawaitable(done):
                    await done
                return


class _BlockingConnection:
    """A blocking iterator of the user's, whose thread is waited for only for a moment."""

    request_id = None

    def __init__(self, events: ThreadIterator[Any], decoder: _ForeignDecoder) -> None:
        self._events = events
        self._decoder = decoder

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for item in self._events:
            yield self._decoder.as_bytes(item)

    def shut_down(self) -> None:
        """Let the thread close the iterator as soon as that does not block."""
        self._events.close()

    async def aclose(self) -> None:
        self._events.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await self._events.closed.wait()
        if not self._events.closed.happened:
            warning("iterator_blocks", hint="A stream of from_async has ended, and its iterator still blocks a thread.")


class _ForeignDecoder(DelegatingDecoder):
    """A decoder that decodes events by their wire format, and passes texts and chunks on as chunks."""

    def __init__(self, api: str | None, vendor: str | None) -> None:
        super().__init__()
        self._vendor = vendor
        self._inner: Decoder | None = None if api is None else open_decoder(api, vendor=vendor)
        self._waiting: list[Chunk] = []
        self._finished = False
        self._audio = False

    def as_bytes(self, item: Any) -> bytes:
        """Accept an item, and return the bytes for the pump to feed."""
        if isinstance(item, bytes):
            if self._inner is None:
                raise ConfigurationError("from_async of bytes needs to know their format: give api=….")
            return item
        if isinstance(item, (str, Chunk)):
            self._waiting.append(Chunk(content=item) if isinstance(item, str) else cast("Chunk", item))
            return b""
        root = cast("type[Any]", type(item)).__module__.partition(".")[0]
        if self._inner is None:
            api = _api_of(cast("type[Any]", type(item)))
            if api is None:
                raise ConfigurationError(
                    f"from_async cannot read {type(item).__name__}: give api=…, or texts or chunks."
                )
            self._inner = open_decoder(api, vendor=self._vendor or root)
        self.end_is_proven = self.end_is_proven and root not in _INVENTS
        if type(item).__name__ == "CompletionEvent":  # Mistral's SDK wraps the event
            item = item.data
        dump = getattr(item, "model_dump", None)
        event = dump(mode="json", by_alias=True, exclude_unset=True) if callable(dump) else item
        return b"data: " + msgspec.json.encode(event) + b"\n\n"

    def feed(self, data: bytes) -> list[Chunk]:
        chunks, self._waiting = self._waiting, []
        for chunk in chunks:
            self._finished = self._finished or chunk.finish_reasons is not None
        self.saw_content = self.saw_content or bool(chunks)
        if data and self._inner is not None:
            chunks += self._follow(self._inner, self._inner.feed(data))
        self._audio = self._audio or any(chunk.audio for chunk in chunks)
        return chunks

    def finish(self) -> list[Chunk]:
        if self._inner is None:
            self.end_is_proven = self._finished
            self.finish_seen = self.done = True
            return []
        # An SDK does not pass the sentinel on: the end of its iterator stands for it.
        chunks = self._inner.feed(b"data: [DONE]\n\n") if self._inner.finish_seen else []
        chunks += self._follow(self._inner, self._inner.finish())
        if self.error is not None and self._audio and not self._inner.finish_seen:
            self._end_unproven()  # an answer in audio never has a finish reason
        return chunks


def _api_of(cls: type) -> str | None:
    named = next((api for name, api in _APIS_BY_CLASS.items() if cls.__name__.endswith(name)), None)
    module = cls.__module__
    while named is None and module:
        named, module = _APIS.get(module), module.rpartition(".")[0]
    return named


def _check(events: object) -> None:
    if isinstance(events, (str, bytes, Mapping)) or not isinstance(events, (AsyncIterable, Iterable)):
        raise ConfigurationError(
            f"from_async takes an iterator, async or not, and not {type(cast('object', events)).__name__}: give an "
            "SDK's stream, or an iterator of texts, chunks or events."
        )
