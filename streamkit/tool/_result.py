"""What came of a tool call, and how the model is told of it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

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


def as_text(output: object) -> str:
    """Write a tool's output for the model: a text as it is, bytes as base64, everything else as JSON.

    Args:
        output: What the tool returned.

    >>> as_text("far away"), as_text([1, b"Io"]), as_text(None)
    ('far away', '[1,"SW8="]', 'null')
    """
    if isinstance(output, str):
        return output
    if isinstance(output, (bytes, bytearray)):
        return base64.b64encode(output).decode()
    # Loaded here: `import streamkit` need not wait for it.
    from pydantic_core import to_json

    return to_json(output, bytes_mode="base64", fallback=str, inf_nan_mode="constants").decode("utf-8", "replace")
