"""Frames of ConverseStream, and one whole answer of it."""

from __future__ import annotations

from typing import Any

from streamkit.testing import aws_frame, bedrock_events
from tests.wire.outcome import Outcome, outcome

API = "bedrock.converse"
BEGIN = aws_frame("messageStart", {"role": "assistant"})
META = aws_frame("metadata", {"usage": {"inputTokens": 7, "outputTokens": 2, "totalTokens": 9}})
TEXT = bedrock_events("I", "o")


def start(index: int, **given: Any) -> bytes:
    """Write the event that begins a block."""
    return aws_frame("contentBlockStart", {"contentBlockIndex": index, "start": given})


def call(index: int, call_id: str, name: str = "look_up", **more: str) -> bytes:
    """Begin a tool call."""
    return start(index, toolUse={"toolUseId": call_id, "name": name, **more})


def delta(index: int, **given: Any) -> bytes:
    """Write a delta into a block."""
    return aws_frame("contentBlockDelta", {"contentBlockIndex": index, "delta": given, "p": "abc"})


def arguments(index: int, text: str) -> bytes:
    """Write a part of a tool call's arguments."""
    return delta(index, toolUse={"input": text})


def stop(index: int) -> bytes:
    """Stop a block."""
    return aws_frame("contentBlockStop", {"contentBlockIndex": index})


def end(reason: str = "end_turn") -> bytes:
    """Write the stop reason."""
    return aws_frame("messageStop", {"stopReason": reason})


def read(*frames: bytes) -> Outcome:
    """Decode frames, one feed each."""
    return outcome(frames, api=API)
