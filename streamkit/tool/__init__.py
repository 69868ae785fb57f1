"""Tools: what a model may call, its calls as they are told, and what came of them."""

from ._calls import ToolCall, ToolCalls, was_cut
from ._declared import Toolbox, TypedCalls, declared
from ._json import deeper_than, strict_json
from ._next_turn import CallingTools
from ._partial import PartialToolCall, PartialToolCalls
from ._result import ToolResult, as_text, check_output
from ._strict import strict_schema
from ._tool import Tool, TypedToolCall, as_tool, refused

__all__ = [
    "CallingTools",
    "PartialToolCall",
    "PartialToolCalls",
    "Tool",
    "ToolCall",
    "ToolCalls",
    "ToolResult",
    "Toolbox",
    "TypedCalls",
    "TypedToolCall",
    "as_text",
    "as_tool",
    "check_output",
    "declared",
    "deeper_than",
    "refused",
    "strict_json",
    "strict_schema",
    "was_cut",
]
