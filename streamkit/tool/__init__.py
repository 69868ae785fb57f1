"""Tools: functions and models that a model may call, the model's calls, and their results."""

from ._calls import PartialToolCall, PartialToolCalls, ToolCall, ToolCalls, was_cut
from ._declared import ToolCallValidator, ToolRegistry, to_tools
from ._json import deeper_than, strict_json
from ._result import CallingTools, ToolResult, as_text, check_output
from ._strict import strict_schema
from ._tool import Tool, TypedToolCall, arguments_error, as_tool

__all__ = [
    "CallingTools",
    "PartialToolCall",
    "PartialToolCalls",
    "Tool",
    "ToolCall",
    "ToolCallValidator",
    "ToolCalls",
    "ToolRegistry",
    "ToolResult",
    "TypedToolCall",
    "arguments_error",
    "as_text",
    "as_tool",
    "check_output",
    "deeper_than",
    "strict_json",
    "strict_schema",
    "to_tools",
    "was_cut",
]
