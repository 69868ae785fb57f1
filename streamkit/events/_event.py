"""The type of all events, and the event that holds another one; the deriver and the package both need the union."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from ._answer import Error, Finish, UsageReport
from ._blocks import BlockDelta
from ._media import (
    AudioDelta,
    AudioEnd,
    AudioStart,
    CitationDelta,
    CitationEnd,
    CitationStart,
    ImageDelta,
    ImageEnd,
    ImageStart,
)
from ._server_tool import ServerToolEvent
from ._text import (
    RefusalDelta,
    RefusalEnd,
    RefusalStart,
    TextDelta,
    TextEnd,
    TextStart,
    ThinkingDelta,
    ThinkingEnd,
    ThinkingStart,
    ToolPlanDelta,
    ToolPlanEnd,
    ToolPlanStart,
)
from ._tool_input import ToolInputDelta, ToolInputEnd, ToolInputError, ToolInputStart
from ._tool_output import ToolOutputDelta, ToolOutputEnd, ToolOutputProgress, ToolOutputStart
from ._turns import AnswerVoid, TurnEnd, TurnStart


class ToolOutputEvent(BlockDelta, frozen=True, gc=True, repr_omit_defaults=True):
    """An event of the stream that a tool has returned, such as the answer of another model.

    Args:
        index: Number of the choice.
        id: Id of the tool's block.
        event: The event, whose ``id`` is that of a block of the inner answer.
    """

    kind: ClassVar[Literal["tool_output_event"]] = "tool_output_event"
    event: Event


Text: TypeAlias = TextStart | TextDelta | TextEnd | ThinkingStart | ThinkingDelta | ThinkingEnd

OtherText: TypeAlias = RefusalStart | RefusalDelta | RefusalEnd | ToolPlanStart | ToolPlanDelta | ToolPlanEnd

ToolInput: TypeAlias = ToolInputStart | ToolInputDelta | ToolInputEnd | ToolInputError

Media: TypeAlias = AudioStart | AudioDelta | AudioEnd | ImageStart | ImageDelta | ImageEnd

Citation: TypeAlias = CitationStart | CitationDelta | CitationEnd

ToolOutput: TypeAlias = ToolOutputStart | ToolOutputDelta | ToolOutputProgress | ToolOutputEvent | ToolOutputEnd

OfAnswer: TypeAlias = TurnStart | TurnEnd | AnswerVoid | Finish | UsageReport | Error

Event: TypeAlias = Text | OtherText | ToolInput | ToolOutput | ServerToolEvent | Media | Citation | OfAnswer

"""Any event; a ``match`` over it that handles all kinds is exhaustive for a type checker."""
