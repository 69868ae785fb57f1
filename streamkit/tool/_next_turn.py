"""What an answer has called, and the messages that answer that in a next turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import ToolArgumentsError
from ._calls import ToolCall
from ._result import ToolResult, as_text


class CallingTools:
    """What a stream and a Response tell of the tools that were called."""

    @property
    def tools(self) -> list[ToolCall]:
        """The whole calls, each as its tool takes it."""
        raise NotImplementedError

    @property
    def tool(self) -> ToolCall | None:
        """The first of ``tools``; None if there is none."""
        return next(iter(self.tools), None)

    def tool_message_params(
        self, outputs: Iterable[tuple[ToolCall | ToolArgumentsError, object] | ToolResult]
    ) -> list[dict[str, Any]]:
        """Make the messages that answer tool calls in a next turn.

        Args:
            outputs: Each call and what its tool returned; or the results of ``ops.run_tools``.
        """
        pairs = [(each.call, each.text) if isinstance(each, ToolResult) else each for each in outputs]
        return [
            {"role": "tool", "tool_call_id": call.id, "name": call.name, "content": as_text(output)}
            for call, output in pairs
        ]
