"""A completion of the older wire, rebuilt from its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._chat import logprobs, told_of

if TYPE_CHECKING:
    from ..response import Response


def whole(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the completion.

    Args:
        events: The events, parsed.
        response: What they fold to.
    """
    first = {name: value for name, value in (events[0] if events else {}).items() if name not in ("choices", "usage")}
    choices = [
        {
            "index": choice.index,
            "text": choice.content,
            "finish_reason": choice.finish_reasons[-1] if choice.finish_reasons else None,
            "logprobs": logprobs(list(told_of(events, choice.index))),
        }
        for choice in response.choices
    ]
    usage = response.usage.raw if response.usage is not None else None
    return {**first, "object": "text_completion", "choices": choices, "usage": usage or None}
