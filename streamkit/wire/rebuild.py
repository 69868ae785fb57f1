"""What the provider would have sent without streaming, rebuilt from the events as far as they tell."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..chunk import Chunk
from ..errors import StreamGap
from ..rebuilder import Rebuilder
from .anthropic import rebuild as _anthropic
from .bedrock import rebuild as _converse
from .cohere import rebuild as _cohere
from .gemini import rebuild as _gemini
from .ollama import rebuild as _ollama
from .openai_chat import rebuild as _chat
from .openai_responses import rebuild as _responses

if TYPE_CHECKING:
    from ..response import Response

Event = dict[str, Any]


class EventSource(Rebuilder):
    """The events behind a Response, for as long as their log keeps them.

    Args:
        read: Returns the chunks that the Response was folded from.
    """

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], Sequence[Chunk]]) -> None:
        self._read = read

    def sdk_object(self, response: Response) -> Any:
        """Rebuild the SDK's own object; None where the events are not kept."""
        found = self._events()
        return None if found is None else sdk_object(found[0], response, sdk=found[1])

    def next_turn(self, response: Response) -> Event | None:
        """Make the assistant's message of a next turn; None where the chat form will do, or the events are not kept."""
        found = self._events()
        return None if found is None else next_turn(found[0], response, sdk=found[1])

    def _events(self) -> tuple[list[Event], str | None] | None:
        """Return the parsed events, and where the SDK's class for one of them is built; None if they are not kept."""
        try:
            chunks = self._read()
        except StreamGap:
            return None
        events: list[Event] = []
        last: bytes | None = None
        for chunk in chunks:
            # One event with several choices has become several chunks, all with its payload.
            if chunk.payload is not None and chunk.payload is not last:
                events.append(chunk.raw)
            last = chunk.payload
        return (events, next((chunk.sdk for chunk in chunks if chunk.sdk), None)) if events else None


__all__ = ["EventSource", "next_turn", "sdk_object", "whole"]


@dataclass(frozen=True, slots=True)
class RebuildSpec:
    """One wire.

    Args:
        whole: Makes of its events what would have been sent without streaming.
        message: Makes of that the assistant's message of a next turn; None where the chat wire's form will do.
        sdk: Where the SDK's class for the whole is built, as ``module:callable``.
    """

    whole: Callable[[Sequence[Event], Response], Event]
    message: Callable[[Event, Response], Event | None] | None = None
    sdk: str | None = None


# By what a chunk says of the SDK's class for its event.
_FORMS = {
    "openai.types.chat:ChatCompletionChunk.construct": RebuildSpec(
        _chat.whole, _chat.message, "openai.types.chat:ChatCompletion.construct"
    ),
    "openai.types:Completion.construct": RebuildSpec(_chat.whole_completion, sdk="openai.types:Completion.construct"),
    "streamkit.providers.anthropic:sdk_event": RebuildSpec(
        _anthropic.whole, _anthropic.message, "streamkit.providers.anthropic:sdk_message"
    ),
    "streamkit.providers.bedrock:sdk_event": RebuildSpec(
        _converse.whole, _converse.message, "streamkit.providers.bedrock:sdk_response"
    ),
    "streamkit.providers.cohere:sdk_event": RebuildSpec(
        _cohere.whole, _cohere.message, "streamkit.providers.cohere:sdk_response"
    ),
    "streamkit.providers.cohere:sdk_event_v1": RebuildSpec(
        _cohere.whole_v1, sdk="streamkit.providers.cohere:sdk_response_v1"
    ),
    "streamkit.providers.google:sdk_event": RebuildSpec(
        _gemini.whole, _gemini.message, "streamkit.providers.google:sdk_event"
    ),
    "streamkit.providers.groq:sdk_event": RebuildSpec(
        _chat.whole, _chat.message, "streamkit.providers.groq:sdk_response"
    ),
    "streamkit.providers.litellm:sdk_event": RebuildSpec(
        _chat.whole, _chat.message, "streamkit.providers.litellm:sdk_response"
    ),
    "streamkit.providers.mistral:sdk_event": RebuildSpec(
        _chat.whole, _chat.message, "streamkit.providers.mistral:sdk_response"
    ),
    "streamkit.providers.ollama:sdk_event": RebuildSpec(_ollama.whole, sdk="streamkit.providers.ollama:sdk_event"),
    "streamkit.providers.ollama:sdk_generate_event": RebuildSpec(
        _ollama.whole_generated, sdk="streamkit.providers.ollama:sdk_generate_event"
    ),
    "streamkit.providers.openai_responses:sdk_event": RebuildSpec(
        _responses.whole, _responses.message, "streamkit.providers.openai_responses:sdk_response"
    ),
}

_CHAT = _FORMS["openai.types.chat:ChatCompletionChunk.construct"]


def _form(sdk: str | None) -> RebuildSpec:
    return _FORMS.get(sdk or "", _CHAT)


def whole(events: Sequence[Event], response: Response, *, sdk: str | None) -> Event:
    """Rebuild what would have been sent without streaming, as the wire's own JSON.

    Args:
        events: The events, parsed.
        response: What they fold to.
        sdk: What their chunks say of the SDK's class.
    """
    return _form(sdk).whole(events, response)


def sdk_object(events: Sequence[Event], response: Response, *, sdk: str | None) -> Any:
    """Rebuild it as the SDK's own object; where there is no class for it, as JSON.

    Args:
        events: As for ``whole``.
        response: As for ``whole``.
        sdk: As for ``whole``.
    """
    form = _form(sdk)
    found = form.whole(events, response)
    return found if form.sdk is None else pkgutil.resolve_name(form.sdk)(**found)


def next_turn(events: Sequence[Event], response: Response, *, sdk: str | None) -> Event | None:
    """Make the assistant's message of a next turn, as the wire's own JSON; None where the chat form will do.

    Args:
        events: As for ``whole``.
        response: As for ``whole``.
        sdk: As for ``whole``.
    """
    form = _form(sdk)
    return None if form.message is None else form.message(form.whole(events, response), response)
