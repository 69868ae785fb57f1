"""The provider's own objects, rebuilt from the events of an answer as far as they were received."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..chunk import Chunk
from ..errors import StreamGap
from ..rebuilder import Rebuilder
from .format import Event, RebuildSpec
from .formats import APIS, find_format

if TYPE_CHECKING:
    from ..response import Response

__all__ = ["EventSource"]


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
        found = self._events()
        if found is None:
            return None
        events, spec = found
        return spec.sdk_response(spec.answer(events, response))

    def next_turn(self, response: Response) -> Event | None:
        """Make the assistant's message of a next turn; None where the chat form will do, or the events are not kept."""
        found = self._events()
        if found is None or found[1].next_turn is None:
            return None
        events, spec = found
        return found[1].next_turn(spec.answer(events, response), response)

    def _events(self) -> tuple[list[Event], RebuildSpec] | None:
        """Return the parsed events and the functions that rebuild them; None where the events are not kept."""
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
        if not events:
            return None
        row = find_format(next((chunk.api for chunk in chunks if chunk.api), None)) or APIS["openai.chat"]
        return events, row.rebuild
