"""The error of an empty flow, where an element is needed, and why nothing came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._compat.private import no_elements_error
from ..errors import StreamError

if TYPE_CHECKING:
    from ..response import Response


class NothingEmitted(StreamError, no_elements_error()):
    """A flow that was awaited or run came to its end without an element; ``partial`` has the Response of its call."""


def nothing_emitted(stream: Any) -> NothingEmitted:
    """Return the error of an empty flow.

    Args:
        stream: The Stream that the flow came from; None if there is none.
    """
    if stream is None:
        return NothingEmitted("Nothing was emitted: the flow came to its end without an element.")
    response = stream.response
    return NothingEmitted(
        f"Nothing was emitted: {_cause(response)}{_end(response)}.", partial=response, provider=stream.provider
    )


def _cause(response: Response) -> str:
    """Return what came instead of what the operators look for."""
    if response.refusal:
        return "the model refused to answer"
    if response.content:
        return f"{len(response.content)} characters of text came, and the operators let none of them pass"
    if response.tool_calls:
        names = ", ".join(sorted({repr(call.name) for call in response.tool_calls}))
        calls = "a tool call" if len(response.tool_calls) == 1 else f"{len(response.tool_calls)} tool calls"
        return f"no text came, but {calls} of {names}"
    if response.thinking:
        return f"no text came, but {len(response.thinking)} characters of thinking"
    return "no text came"


def _end(response: Response) -> str:
    """Return how the call ended, in brackets."""
    if response.stopped_by:
        return f" (the call was stopped by {response.stopped_by})"
    reasons = ", ".join(map(repr, response.finish_reasons or ()))
    return f" (finish reason {reasons})" if reasons else ""
