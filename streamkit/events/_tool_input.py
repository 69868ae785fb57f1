"""Events of a tool call's arguments; several calls may be open at a time, where the provider mixes their deltas."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ..errors import ToolArgumentsError
from ._blocks import BlockDelta, BlockEnd, BlockEvent, BlockStart


class ToolInputStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of a tool call, once the name is known.

    Args:
        index: Number of the choice.
        id: Id of the block.
        call_id: The provider's id of the call, which the result is sent back with.
        name: The tool's name.
        call_kind: ``function``, or the type of another item that the client answers (see ``ToolCall.kind``).
    """

    kind: ClassVar[Literal["tool_input_start"]] = "tool_input_start"
    call_id: str | None = None
    name: str = ""
    call_kind: str = "function"


class ToolInputDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """New characters of the JSON of the arguments."""

    kind: ClassVar[Literal["tool_input_delta"]] = "tool_input_delta"
    text: str


class ToolInputEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of a tool call whose arguments are whole, strict JSON.

    Args:
        index: Number of the choice.
        id: Id of the block.
        call_id: The provider's id of the call, which the result is sent back with.
        name: The tool's name.
        arguments: The parsed arguments; an empty dict for a call without arguments.
        signature: The provider's signature over the call, to be sent back with the call (Gemini).
        call_kind: ``function``, or the type of another item that the client answers (see ``ToolCall.kind``).
    """

    kind: ClassVar[Literal["tool_input_end"]] = "tool_input_end"
    call_id: str | None = None
    name: str = ""
    arguments: Any = None
    signature: str | None = None
    call_kind: str = "function"


class ToolInputError(BlockEvent, frozen=True, gc=True, repr_omit_defaults=True):
    """The end of a tool call whose arguments are not whole or not strict JSON; the stream goes on.

    Args:
        index: Number of the choice.
        id: Id of the block.
        error: The error, with the arguments as they arrived in ``error.arguments_text``.
        call_id: The provider's id of the call.
        name: The tool's name.
    """

    kind: ClassVar[Literal["tool_input_error"]] = "tool_input_error"
    error: ToolArgumentsError
    call_id: str | None = None
    name: str = ""
