"""The objects of two SDKs that check a chat completion: Mistral's and LiteLLM's."""

from __future__ import annotations

import os
from typing import Any, cast

from pydantic import ValidationError

from ..format import Event
from ..sdk_class import sdk_class


def mistral_event(raw: Event) -> Any:
    """Build Mistral's object for an event; it stays a dict where the SDK is not installed or cannot read it.

    Args:
        raw: The event, parsed.
    """
    try:
        return sdk_class("mistralai.client.models:CompletionChunk").model_validate(raw)
    except (ModuleNotFoundError, ValidationError):
        return raw


def mistral_response(raw: Event) -> Any:
    """Build Mistral's object for an answer; it stays a dict where the SDK is not installed or cannot read it.

    Args:
        raw: The answer's fields.
    """
    try:
        cls = sdk_class("mistralai.client.models:ChatCompletionResponse")
    except ModuleNotFoundError:
        return raw
    # An answer that was stopped has no finish reason and no usage, and the SDK insists on both.
    missing = [choice.get("finish_reason") is None for choice in raw.get("choices", ())]
    choices = [{**choice, "finish_reason": choice.get("finish_reason") or "stop"} for choice in raw.get("choices", ())]
    try:
        found = cls.model_validate({**raw, "usage": raw.get("usage") or {}, "choices": choices})
    except ValidationError:
        return raw
    given: list[Any] = [
        cast("Any", type(each)).model_construct(**{**dict(each), "finish_reason": None}) if no_reason else each
        for each, no_reason in zip(found.choices, missing, strict=True)
    ]
    usage = cast("Any", type(found.usage))
    no_usage = usage.model_construct(**dict.fromkeys(usage.model_fields))
    fields = {"choices": given, "usage": found.usage if raw.get("usage") else no_usage}
    return cls.model_construct(**{**dict(found), **fields})


def litellm_event(raw: Event) -> Any:
    """Build LiteLLM's object for an event; it stays a dict where LiteLLM is not installed.

    Args:
        raw: The event, parsed.
    """
    cls = _litellm_class("ModelResponseStream")
    return raw if cls is None else cls(**raw)


def litellm_response(raw: Event) -> Any:
    """Build LiteLLM's object for an answer; it stays a dict where LiteLLM is not installed.

    Args:
        raw: The answer's fields.
    """
    cls = _litellm_class("ModelResponse")
    if cls is None:
        return raw
    found = cls(**raw)
    for choice, given in zip(found.choices, raw.get("choices", ()), strict=False):
        choice.finish_reason = given.get("finish_reason")  # where there is none LiteLLM would make up a "stop"
    return found


def _litellm_class(name: str) -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else its import fetches a price list
    try:
        return sdk_class(f"litellm.types.utils:{name}")
    except ImportError:
        return None
