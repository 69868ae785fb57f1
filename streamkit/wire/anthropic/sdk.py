"""Anthropic's SDK objects: one class for each type of event, and the message."""

from __future__ import annotations

from typing import Any

from ..format import Event
from ..sdk_class import sdk_class

_CLASSES = {
    "message_start": "anthropic.types:RawMessageStartEvent",
    "message_delta": "anthropic.types:RawMessageDeltaEvent",
    "message_stop": "anthropic.types:RawMessageStopEvent",
    "content_block_start": "anthropic.types:RawContentBlockStartEvent",
    "content_block_delta": "anthropic.types:RawContentBlockDeltaEvent",
    "content_block_stop": "anthropic.types:RawContentBlockStopEvent",
}


def sdk_event(raw: Event) -> Any:
    """Build the SDK's object for an event; an event of an unknown type stays a dict.

    Args:
        raw: The event, parsed.
    """
    name = _CLASSES.get(raw.get("type", ""))
    return raw if name is None else sdk_class(name).construct(**raw)
