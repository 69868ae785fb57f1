"""The type of all events, alone because the deriver and the package both need the union."""

from __future__ import annotations

from typing import TypeAlias

from ._answer import Error, Finish, UsageReport
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

Text: TypeAlias = TextStart | TextDelta | TextEnd | ThinkingStart | ThinkingDelta | ThinkingEnd

OtherText: TypeAlias = RefusalStart | RefusalDelta | RefusalEnd | ToolPlanStart | ToolPlanDelta | ToolPlanEnd

ToolInput: TypeAlias = ToolInputStart | ToolInputDelta | ToolInputEnd | ToolInputError

Media: TypeAlias = AudioStart | AudioDelta | AudioEnd | ImageStart | ImageDelta | ImageEnd

Citation: TypeAlias = CitationStart | CitationDelta | CitationEnd

Event: TypeAlias = Text | OtherText | ToolInput | ServerToolEvent | Media | Citation | Finish | UsageReport | Error

"""Any event; a ``match`` over it that handles all kinds is exhaustive for a type checker."""
