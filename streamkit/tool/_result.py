"""Tool results, and the messages that send them to the model."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterable, Awaitable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from ..errors import ConfigurationError, StoppedError, ToolArgumentsError
from ..messages import ImagePart
from ._answers import answer_item
from ._calls import ToolCall

ToolState = Literal["done", "failed", "not_run", "cancelled", "unknown"]
"""How the run of a tool has ended; ``unknown`` where it was left while its thread still ran."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of one tool call: an output or an error.

    Args:
        call: The tool call.
        output: The tool's return value; None after an error.
        error: The exception that the tool raised, or the reason for not running the tool; None on success.
        seconds: Run time in seconds.
        state: ``done``; ``failed`` if the tool raised or took too long; ``not_run``; ``cancelled`` by a stop; or
            ``unknown``, if a stop did not wait longer for a sync tool.
        sent: The text that the model was sent, of a result that comes from a file or another process.

    >>> ToolResult(ToolCall(name="orbit"), {"days": 16}).text
    '{"days":16}'
    >>> ToolResult(ToolCall(name="orbit"), error=LookupError("no such moon")).text
    'LookupError: no such moon'
    """

    call: ToolCall
    output: Any = None
    error: Exception | None = None
    seconds: float = 0.0
    state: ToolState | None = None
    sent: str | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.state is None:
            object.__setattr__(self, "state", "done" if self.error is None else "failed")

    def __setstate__(self, values: list[Any]) -> None:
        for name in ("state", "sent"):  # which older pickles do not have
            object.__setattr__(self, name, None)
        for name, value in zip(self.__slots__, values, strict=False):
            object.__setattr__(self, name, value)
        self.__post_init__()

    @property
    def text(self) -> str:
        """The result as text for the model: the output, or the error's class and message."""
        if self.sent is not None:
            return self.sent
        return as_text(self.output) if self.error is None else f"{type(self.error).__name__}: {self.error}"


def unknown_result(call: ToolCall) -> ToolResult:
    """Return the result of a call of which nobody knows whether it has run.

    Args:
        call: The tool call.
    """
    why = f"{call.name!r} has no result here: it is not known whether it has run."
    return ToolResult(call, error=StoppedError(why), state="unknown")


@dataclass(frozen=True, slots=True)
class MCPResult:
    """What a tool of an MCP server returns.

    Args:
        text: The text for the model; an image stands in it as its media type and size.
        structured: The structured content, of the tool's output schema; None if there is none.
        images: The images, which a message of yours may show to the model.
        content: The content blocks as the ``mcp`` package has them.

    >>> as_text(MCPResult("16 days", {"days": 16}))
    '16 days'
    """

    text: str
    structured: Any = None
    images: tuple[ImagePart, ...] = ()
    content: tuple[Any, ...] = ()


def check_output(output: object) -> None:
    """Raise if a tool's output is an iterator or an awaitable instead of a value."""
    if isinstance(output, (Iterator, AsyncIterable, Awaitable)):
        kind = type(cast("object", output)).__name__
        raise ConfigurationError(
            f"A tool returned a {kind}, and its result is read from that: let ops.run_tools run the tool, or read "
            "it to its end and send the whole of its result, as a list or a text."
        )


def as_text(output: object) -> str:
    """Return a tool's output as text for the model: a text unchanged, bytes as base64, any other value as JSON.

    Raises:
        ConfigurationError: The output is an iterator, an async iterable or an awaitable.

    >>> as_text("far away"), as_text([1, b"Io"]), as_text(None)
    ('far away', '[1,"SW8="]', 'null')
    """
    if isinstance(output, str):
        return output
    if isinstance(output, MCPResult):
        return output.text
    check_output(output)
    if isinstance(output, (bytes, bytearray)):
        return base64.b64encode(output).decode()
    # Imported on first use: importing pydantic_core takes time that `import streamkit` need not spend.
    from pydantic_core import to_json

    return to_json(output, bytes_mode="base64", fallback=str, inf_nan_mode="constants").decode("utf-8", "replace")


class CallingTools:
    """Properties of tool calls that a Stream and a Response share."""

    @property
    def tools(self) -> list[ToolCall]:
        """The finished tool calls, each with validated arguments."""
        raise NotImplementedError

    @property
    def tool(self) -> ToolCall | None:
        """The first of ``tools``; None if there is none."""
        return next(iter(self.tools), None)

    def tool_message_params(
        self, outputs: Iterable[tuple[ToolCall | ToolArgumentsError, object] | ToolResult]
    ) -> list[dict[str, Any]]:
        """Make the messages that send tool results to the model in the next turn.

        A call that is no function's is answered by an item of its own type. Its output is a text, but a bool for an
        ``mcp_approval_request``, and the bytes of a PNG for a ``computer_call``.

        Args:
            outputs: Pairs of a call and its tool's output, or the results of ``ops.run_tools``.

        Raises:
            ConfigurationError: An output cannot answer its call.
        """
        return [_message(each) for each in outputs]


def _message(given: tuple[ToolCall | ToolArgumentsError, object] | ToolResult) -> dict[str, Any]:
    if isinstance(given, ToolResult):
        call, output, text, failed = given.call, given.output, given.text, given.error is not None
    else:
        call, output = given
        call = getattr(call, "tool_call", call)  # what holds a call is taken for it, as `mirascope.BaseTool`
        text, failed = as_text(output), False
    if isinstance(call, ToolCall) and call.kind != "function":
        return {"role": "tool", **answer_item(call.kind, call.id, output, text, failed=failed)}
    return {"role": "tool", "tool_call_id": call.id, "name": call.name, "content": text}
