"""Rebuilds an answer of Ollama's from the lines, and builds the SDK's objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..format import Event, SdkBuilder, sdk_class
from ..lenient_json import as_dict, as_dicts

if TYPE_CHECKING:
    from ...response import Response


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the answer of a chat."""
    message: dict[str, Any] = {"role": "assistant", "content": response.content}
    messages = [as_dict(event.get("message")) for event in events]
    calls = [call for each in messages for call in as_dicts(each.get("tool_calls"))]
    images = [image for each in messages for image in each.get("images") or ()]
    if response.thinking:
        message["thinking"] = response.thinking
    message |= {"tool_calls": calls} if calls else {}
    message |= {"images": images} if images else {}
    return {**_last(events), "message": message}


def generated(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the answer of generate."""
    thinking = {"thinking": response.thinking} if response.thinking else {}
    return {**_last(events), "response": response.content, **thinking}


def _last(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the last line, which has the totals, with the probabilities of all tokens."""
    probable = [each for event in events for each in as_dicts(event.get("logprobs"))]
    return {**(events[-1] if events else {}), **({"logprobs": probable} if probable else {})}


def build(name: str) -> SdkBuilder:
    """Return a builder of a class of Ollama's; where ollama is not installed the builder gives the dict."""

    def sdk_object(raw: Event) -> Any:
        try:
            cls = sdk_class(f"ollama:{name}")
        except ImportError:
            return raw
        return cls(**raw)

    return sdk_object
