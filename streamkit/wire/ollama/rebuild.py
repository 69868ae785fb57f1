"""An answer of Ollama's, rebuilt from its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..lenient_json import as_dict, as_dicts

if TYPE_CHECKING:
    from ...response import Response


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the answer of a chat.

    Args:
        events: The lines, parsed.
        response: What they fold to.
    """
    told: dict[str, Any] = {"role": "assistant", "content": response.content}
    messages = [as_dict(event.get("message")) for event in events]
    calls = [call for message in messages for call in as_dicts(message.get("tool_calls"))]
    images = [image for message in messages for image in message.get("images") or ()]
    if response.thinking:
        told["thinking"] = response.thinking
    told |= {"tool_calls": calls} if calls else {}
    told |= {"images": images} if images else {}
    return {**_last(events), "message": told}


def generated(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the answer to a bare prompt.

    Args:
        events: The lines, parsed.
        response: What they fold to.
    """
    thinking = {"thinking": response.thinking} if response.thinking else {}
    return {**_last(events), "response": response.content, **thinking}


def _last(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the last line, which tells of the whole, with the probabilities of all tokens."""
    probable = [each for event in events for each in as_dicts(event.get("logprobs"))]
    return {**(events[-1] if events else {}), **({"logprobs": probable} if probable else {})}
