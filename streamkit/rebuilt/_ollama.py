"""An answer of Ollama's, rebuilt from its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._given import as_object, as_objects

if TYPE_CHECKING:
    from ..response import Response


def whole(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the answer of a chat.

    Args:
        events: The lines, parsed.
        response: What they fold to.
    """
    told: dict[str, Any] = {"role": "assistant", "content": response.content}
    calls = [call for event in events for call in as_objects(as_object(event.get("message")).get("tool_calls"))]
    if response.thinking:
        told["thinking"] = response.thinking
    if calls:
        told["tool_calls"] = calls
    return {**(events[-1] if events else {}), "message": told}


def whole_generated(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the answer to a bare prompt.

    Args:
        events: The lines, parsed.
        response: What they fold to.
    """
    thinking = {"thinking": response.thinking} if response.thinking else {}
    return {**(events[-1] if events else {}), "response": response.content, **thinking}
