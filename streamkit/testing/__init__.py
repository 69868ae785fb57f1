"""Test tools for code that reads streams: scripted providers, a fault server, virtual time, checks."""

from .._recording import AWS, NDJSON, SSE, Shape, aws_frame
from ._closed import assert_closed
from ._invariance import check_chunking_invariance
from ._redis_server import RedisServer
from ._regroup import rechunk, regroup
from ._scripted import Script, ScriptedProvider
from ._virtual_time import run_in_virtual_time
from ._whole import whole_body
from ._wire import (
    anthropic_events,
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
from .faults import FAULTS, Fault, Plan, plan
from .in_process import FaultTransport
from .server import FaultServer

__all__ = [
    "AWS",
    "FAULTS",
    "NDJSON",
    "SSE",
    "Fault",
    "FaultServer",
    "FaultTransport",
    "Plan",
    "RedisServer",
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
