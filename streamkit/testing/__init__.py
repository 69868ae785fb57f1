"""Test tools for code that reads streams: scripted providers, a fault server, virtual time, checks."""

from ._closed import assert_closed
from ._invariance import SSE, Shape, check_chunking_invariance
from ._plan import Plan
from ._regroup import rechunk, regroup
from ._scripted import Script, ScriptedProvider
from ._virtual_time import run_in_virtual_time
from ._whole import whole_body
from ._wire import (
    AWS,
    NDJSON,
    anthropic_events,
    aws_frame,
    bedrock_error,
    bedrock_events,
    chat_event,
    chat_events,
    chat_tool_events,
    cohere_events,
    cohere_v1_lines,
    gemini_array,
    gemini_event,
    gemini_events,
    invoke_events,
    ollama_line,
    ollama_lines,
    responses_event,
    responses_events,
)
from .faults import FAULTS, plan
from .in_process import FaultTransport
from .server import FaultServer

__all__ = [
    "AWS",
    "FAULTS",
    "NDJSON",
    "SSE",
    "FaultServer",
    "FaultTransport",
    "Plan",
    "Script",
    "ScriptedProvider",
    "Shape",
    "anthropic_events",
    "assert_closed",
    "aws_frame",
    "bedrock_error",
    "bedrock_events",
    "chat_event",
    "chat_events",
    "chat_tool_events",
    "check_chunking_invariance",
    "cohere_events",
    "cohere_v1_lines",
    "gemini_array",
    "gemini_event",
    "gemini_events",
    "invoke_events",
    "ollama_line",
    "ollama_lines",
    "plan",
    "rechunk",
    "regroup",
    "responses_event",
    "responses_events",
    "run_in_virtual_time",
    "whole_body",
]
