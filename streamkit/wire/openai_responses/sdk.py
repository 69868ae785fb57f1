"""The objects of OpenAI's SDK for the Responses API: one class for each type of event."""

from __future__ import annotations

import functools
import typing
from typing import Any

from ..format import Event
from ..sdk_class import sdk_class


def sdk_event(raw: Event) -> Any:
    """Build the SDK's object for an event; an event of an unknown type stays a dict.

    Args:
        raw: The event, parsed.
    """
    cls = _classes().get(raw.get("type", ""))
    return raw if cls is None else cls.construct(**raw)


@functools.cache
def _classes() -> dict[str, Any]:
    """The SDK's class by the type of the event."""
    found: dict[str, Any] = {}
    for cls in typing.get_args(typing.get_args(sdk_class("openai.types.responses:ResponseStreamEvent"))[0]):
        for kind in typing.get_args(cls.model_fields["type"].annotation):
            found[kind] = cls
    return found
