"""Events of an answer: each block as a start, deltas and an end, then finish, usage or an error.

``ops.events()`` makes them of the chunks of any provider. A block is one text, thinking, refusal, tool call, server
tool, audio, image or citation. In a conversation each turn has a start and an end, and the output of a tool is a block.
Every event has ``kind``, ``index`` (the choice) and ``id`` (of its block).

>>> from streamkit import events
>>> def show(event: events.Event) -> str:
...     match event:
...         case events.TextDelta(text=text):
...             return text
...         case events.ToolInputEnd(name=name, arguments=arguments):
...             return f"{name}({arguments})"
...         case events.Error(error=error):
...             return f"failed: {error}"
...         case _:
...             return ""
>>> show(events.TextDelta(0, "0-0", "Europa"))
'Europa'
"""

from __future__ import annotations

from ._answer import Error, Finish, UsageReport
from ._blocks import BlockDelta, BlockEnd, BlockEvent, BlockStart
from ._deriver import EventDeriver
from ._event import Event, ToolOutputEvent
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
from ._server_tool import ServerToolDelta, ServerToolEnd, ServerToolStart
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

__all__ = [
    "AnswerVoid",
    "AudioDelta",
    "AudioEnd",
    "AudioStart",
    "BlockDelta",
    "BlockEnd",
    "BlockEvent",
    "BlockStart",
    "CitationDelta",
    "CitationEnd",
    "CitationStart",
    "Error",
    "Event",
    "EventDeriver",
    "Finish",
    "ImageDelta",
    "ImageEnd",
    "ImageStart",
    "RefusalDelta",
    "RefusalEnd",
    "RefusalStart",
    "ServerToolDelta",
    "ServerToolEnd",
    "ServerToolStart",
    "TextDelta",
    "TextEnd",
    "TextStart",
    "ThinkingDelta",
    "ThinkingEnd",
    "ThinkingStart",
    "ToolInputDelta",
    "ToolInputEnd",
    "ToolInputError",
    "ToolInputStart",
    "ToolOutputDelta",
    "ToolOutputEnd",
    "ToolOutputEvent",
    "ToolOutputProgress",
    "ToolOutputStart",
    "ToolPlanDelta",
    "ToolPlanEnd",
    "ToolPlanStart",
    "TurnEnd",
    "TurnStart",
    "UsageReport",
]
