"""Events of a tool that runs in a conversation: what it shows, and its result; several tools may run at a time."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ..tool import ToolProgress, ToolResult
from ._blocks import BlockDelta, BlockEnd, BlockStart


class ToolOutputStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of what a tool shows, in front of the first part or the result.

    Args:
        index: Number of the choice that has called the tool.
        id: Id of the block.
        call_id: The provider's id of the call.
        name: The tool's name.
    """

    kind: ClassVar[Literal["tool_output_start"]] = "tool_output_start"
    call_id: str | None = None
    name: str = ""


class ToolOutputDelta(BlockDelta, frozen=True, gc=True, repr_omit_defaults=True):
    """A part of the result of a tool that yields.

    Args:
        index: Number of the choice.
        id: Id of the block.
        text: The part as text.
        output: The part as the tool has yielded it.
    """

    kind: ClassVar[Literal["tool_output_delta"]] = "tool_output_delta"
    text: str
    output: Any = None


class ToolOutputProgress(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """The progress that a tool has reported, with ``done``, ``total`` and ``message``."""

    kind: ClassVar[Literal["tool_output_progress"]] = "tool_output_progress"
    progress: ToolProgress


class ToolOutputEnd(BlockEnd, frozen=True, gc=True, repr_omit_defaults=True):
    """The result of a tool, or the reason why it was not run.

    Args:
        index: Number of the choice.
        id: Id of the block.
        result: The result, with the call, the output or the error, and the text that the model gets; None if an
            operator in front had enough before the result came.
    """

    kind: ClassVar[Literal["tool_output_end"]] = "tool_output_end"
    result: ToolResult | None = None
