"""The tool by which some providers give a ``response_model``; apart, since its call is an answer and is never run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._calls import ToolCall


class AnswerTool(dict[str, Any]):
    """A tool that the model has to call, with the answer as the arguments."""


def given_by_tool(tools: Iterable[Any], calls: Iterable[ToolCall]) -> str | None:
    """Return the JSON of an answer that was given by a tool; None if it was not, or is not whole.

    Args:
        tools: The tools of the request.
        calls: The tool calls of the answer.

    >>> call = ToolCall("call_1", "answer", arguments_text='{"days": 16}', complete=True)
    >>> given_by_tool([AnswerTool(name="answer")], [call]), given_by_tool([], [call])
    ('{"days": 16}', None)
    """
    if not any(isinstance(each, AnswerTool) for each in tools):
        return None
    return next((call.arguments_text or "{}" for call in calls if call.complete), None)
