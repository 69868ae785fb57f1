"""The table of all wire APIs, and the provider's own objects that are rebuilt from events."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .. import chunk as _chunk
from .._compat.renamed import API_OF_SDK
from ..chunk import Chunk
from ..details import Details
from ..errors import MalformedError, StreamError, StreamGap
from ..rebuilder import Rebuilder
from .anthropic import FORMATS as _ANTHROPIC
from .bedrock import FORMATS as _BEDROCK
from .cohere import FORMATS as _COHERE
from .format import WHOLE, Event, Format, RebuildSpec
from .gemini import FORMATS as _GEMINI
from .ollama import FORMATS as _OLLAMA
from .openai_chat import FORMATS as _OPENAI_CHAT
from .openai_responses import FORMATS as _OPENAI_RESPONSES

if TYPE_CHECKING:
    from ..response import Response


APIS: dict[str, Format] = {
    row.api: row
    for row in sorted(
        (*_ANTHROPIC, *_BEDROCK, *_COHERE, *_GEMINI, *_OLLAMA, *_OPENAI_CHAT, *_OPENAI_RESPONSES),
        key=lambda row: row.api,
    )
}


def find_format(api: str | None) -> Format | None:
    """Return the row of an API; None if there is no such row.

    Args:
        api: The name that a chunk carries. Chunks that an older version pickled carry the path of an SDK's class.
    """
    if api is None:
        return None
    if api.endswith(WHOLE):
        row = APIS.get(api.removesuffix(WHOLE))
        return row and row.of_whole
    return APIS.get(api) or APIS.get(API_OF_SDK.get(api, ""))


@contextmanager
def _mistyped_is_malformed(what: str, response: Response | None = None) -> Generator[None]:
    """Raise a MalformedError where an event has values of other types than its format's, and an SDK or we cannot go on.

    Args:
        what: The object that is built, and where the events can be read in its place.
        response: The Response of what has arrived.
    """
    try:
        yield
    except (ImportError, StreamError):
        raise
    except Exception as error:  # as a cause, pydantic's would repeat what a provider echoes, such as the prompt
        reason = type(error).__name__
        raise MalformedError(
            f"An event has a value of another type than its format's ({reason}): no {what}.",
            partial=response,
            retryable=False,
        ) from None


def _sdk_event(api: str, event: Event) -> Any:
    row = find_format(api)
    if row is None:
        return event
    with _mistyped_is_malformed("object of the SDK can be made of it, and chunk.raw is the event as it came"):
        return row.rebuild.sdk_event(event)


def _read_details(api: str, event: Event, index: int) -> Details:
    row = find_format(api)
    if row is None or row.details is None:
        return Details()
    if not api.endswith(WHOLE):
        return row.details.read(event, index)
    found = Details()
    for each in row.events_of(event):
        part = row.details.read(each, index)
        found.server_tools += part.server_tools
        found.logprobs += part.logprobs
        found.all_logprobs += part.all_logprobs
        found.fields |= part.fields
    return found


def _with_details(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    by_api: dict[str | None, tuple[list[Chunk], list[bytes]]] = {}
    for chunk in chunks:
        of_api, payloads = by_api.setdefault(chunk.api, ([], []))
        of_api.append(chunk)
        payloads.append(chunk.payload or b"")
    found: list[Chunk] = []
    for api, (of_api, payloads) in by_api.items():
        row = APIS.get(api or "") or find_format(api)
        if row is not None and row.details is not None and (selected := row.details.select(payloads)):
            found += [chunk for at, chunk in enumerate(of_api) if at in selected]
    return found


_chunk.build_sdk_event = _sdk_event
_chunk.read_details = _read_details
_chunk.with_details = _with_details


def _of_last_answer(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    """Return the chunks of the last answer, where an answer that did not fit was asked for again; else all chunks."""
    last = chunks[-1].origin if chunks else None
    if last is None or last.attempt is None:
        return chunks
    return [chunk for chunk in chunks if chunk.origin is not None and chunk.origin.answer == last.answer]


class EventSource(Rebuilder):
    """The events behind a Response, for as long as their log keeps them.

    Args:
        read: Function that returns the chunks that the Response was folded from.
    """

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], Sequence[Chunk]]) -> None:
        self._read = read

    def sdk_object(self, response: Response) -> Any:
        """Rebuild the SDK's own non-streaming object; None where the events are not kept."""
        events, spec = self._events() or ([], None)
        if spec is None:
            return None
        with _mistyped_is_malformed("object of the SDK can be made of the answer", response):
            return spec.sdk_response(spec.answer(events, response))

    def answer(self, response: Response) -> Event | None:
        """Rebuild the non-streaming answer as JSON; None where the events are not kept."""
        events, spec = self._events() or ([], None)
        if spec is None:
            return None
        with _mistyped_is_malformed("answer in the provider's form can be made of it", response):
            return spec.answer(events, response)

    def next_turn(self, response: Response) -> Event | None:
        """Make the assistant's message of a next turn; None where the chat form will do, or the events are not kept."""
        events, spec = self._events() or ([], None)
        if spec is None or spec.next_turn is None:
            return None
        with _mistyped_is_malformed("message can be made of the answer; common_message_param has its text", response):
            return spec.next_turn(spec.answer(events, response), response)

    def _events(self) -> tuple[list[Event], RebuildSpec] | None:
        """Return the parsed events and the functions that rebuild them; None where the events are not kept."""
        try:
            chunks = _of_last_answer(self._read())
        except StreamGap:
            return None
        events: list[Event] = []
        last: bytes | None = None
        for chunk in chunks:
            # One event with several choices has become several chunks, all with its payload.
            if chunk.payload is not None and chunk.payload is not last:
                events.append(chunk.raw)
            last = chunk.payload
        if not events:
            return None
        row = find_format(next((chunk.api for chunk in chunks if chunk.api), None)) or APIS["openai.chat"]
        return events, row.rebuild
