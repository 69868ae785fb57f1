"""Tools: functions and models that a model may call, the model's calls, and their results."""

from ._answer_tool import AnswerTool, given_by_tool
from ._answers import answer_item
from ._calls import PartialToolCall, PartialToolCalls, ToolCall, ToolCalls, deeper_than, strict_json, was_cut
from ._context import ToolContext, ToolProgress, ToolUpdate
from ._result import CallingTools, MCPResult, ToolResult, ToolState, as_text, check_output, unknown_result
from ._schema import strict_schema
from ._schema_form import SchemaForm
from ._tool import Tool, ToolCallValidator, ToolRegistry, TypedToolCall, arguments_error, as_tool, to_tools

__all__ = [
    "AnswerTool",
    "CallingTools",
    "MCPResult",
    "PartialToolCall",
    "PartialToolCalls",
    "SchemaForm",
    "Tool",
    "ToolCall",
    "ToolCallValidator",
    "ToolCalls",
    "ToolContext",
    "ToolProgress",
    "ToolRegistry",
    "ToolResult",
    "ToolState",
    "ToolUpdate",
    "TypedToolCall",
    "answer_item",
    "arguments_error",
    "as_text",
    "as_tool",
    "check_output",
    "deeper_than",
    "given_by_tool",
    "strict_json",
    "strict_schema",
    "to_tools",
    "unknown_result",
    "was_cut",
]
