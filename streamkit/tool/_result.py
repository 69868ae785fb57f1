"""What came of a tool call, and how the model is told of it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterable, Awaitable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from ..errors import ConfigurationError, ToolArgumentsError
from ._calls import ToolCall


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave, or why it gave nothing.

    Args:
        call: The call that it answers.
        output: What the tool returned.
        error: What it raised, or why it was not run; None if all went well.
        seconds: How long it ran.

    >>> ToolResult(ToolCall(name="orbit"), {"days": 16}).text
    '{"days":16}'
    >>> ToolResult(ToolCall(name="orbit"), error=LookupError("no such moon")).text
    'LookupError: no such moon'
    """

    call: ToolCall
    output: Any = None
    error: Exception | None = None
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """What the model is told: the output, or the error in words."""
        return as_text(self.output) if self.error is None else f"{type(self.error).__name__}: {self.error}"


def check_output(output: object) -> None:
    """Raise if a tool's output is not a value but something that values would still have to be taken from.

    Args:
        output: What the tool returned.

    Raises:
        ConfigurationError: It is an iterator, or has to be awaited.
    """
    if isinstance(output, (Iterator, AsyncIterable, Awaitable)):
        kind = type(cast("object", output)).__name__
        raise ConfigurationError(
            f"A tool returned a {kind}: let it return the whole of its result, as a list or a text."
        )


def as_text(output: object) -> str:
    """Write a tool's output for the model: a text as it is, bytes as base64, everything else as JSON.

    Args:
        output: What the tool returned.

    Raises:
        ConfigurationError: It cannot be read twice, or has to be awaited first.

    >>> as_text("far away"), as_text([1, b"Io"]), as_text(None)
    ('far away', '[1,"SW8="]', 'null')
    """
    if isinstance(output, str):
        return output
    check_output(output)
    if isinstance(output, (bytes, bytearray)):
        return base64.b64encode(output).decode()
    # Loaded here: `import streamkit` need not wait for it.
    from pydantic_core import to_json

    return to_json(output, bytes_mode="base64", fallback=str, inf_nan_mode="constants").decode("utf-8", "replace")


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
