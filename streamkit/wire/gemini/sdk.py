"""The object of google-genai, which is of one class for an event and for the whole answer."""

from __future__ import annotations

from typing import Any

from ..._compat.private import google_reader
from ..format import Event
from ..sdk_class import sdk_class


def sdk_object(raw: Event) -> Any:
    """Build the SDK's object; it stays a dict where google-genai is not installed or cannot read it.

    Args:
        raw: The event or the answer.
    """
    try:
        cls = sdk_class("google.genai.types:GenerateContentResponse")
    except ImportError:
        return raw
    try:
        return google_reader(cls)(response=raw, kwargs={})  # the public constructor refuses unknown fields
    except AttributeError:  # the SDK takes no enum that is a number
        return raw
