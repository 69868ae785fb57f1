"""The second path of Anthropic's Messages API: structs for the events of blocks, apart since they are no state."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec


class Delta(msgspec.Struct, gc=False):
    """A delta of a block."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    partial_json: str | None = None


class Event(msgspec.Struct, gc=False):
    """An event; those that are not about a block have no number."""

    type: str
    index: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    delta: Delta | None = None
    content_block: dict[str, Any] | None = None
    error: None = None
    object: str | None = None


decode = msgspec.json.Decoder(Event).decode
