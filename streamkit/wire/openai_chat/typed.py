"""The second path of chat completions: structs for events of one choice, with text, thinking, tool calls or its end."""

from __future__ import annotations

from typing import Any

import msgspec


class Inner(msgspec.Struct, gc=False):
    """A part of the thinking in a list."""

    text: str | None = None


class Part(msgspec.Struct, gc=False):
    """A part of content that is a list (Mistral)."""

    type: str | None = None
    text: str | None = None
    thinking: str | list[Inner] | None = None


class Function(msgspec.Struct, gc=False):
    """The name and the arguments of a tool call."""

    name: str | None = None
    arguments: str | None = None


class Call(msgspec.Struct, gc=False):
    """A delta of a tool call."""

    function: Function
    index: int | None = None
    id: str | None = None
    extra_content: None = None


class Delta(msgspec.Struct, gc=False):
    """A delta: the fields that are read, and those that must be empty."""

    content: str | list[Part] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[Call] | None = None
    function_call: None = None
    audio: None = None
    annotations: tuple[()] | None = None
    images: tuple[()] | None = None
    executed_tools: tuple[()] | None = None


class Choice(msgspec.Struct, gc=False):
    """A choice."""

    delta: Delta
    index: int = 0
    finish_reason: str | None = None
    logprobs: dict[str, Any] | None = None
    content_filter_results: dict[str, Any] | None = None


class Event(msgspec.Struct, gc=False):
    """An event."""

    choices: list[Choice] = []
    model: str | None = None
    id: str | None = None
    usage: dict[str, Any] | None = None
    x_groq: dict[str, Any] | None = None
    citations: tuple[()] | None = None
    error: None = None
    type: str | None = None
    object: str | None = None


decode = msgspec.json.Decoder(Event).decode


def read_parts(parts: list[Part]) -> tuple[str, str] | None:
    """Return the text and the thinking in a list of parts; None if there is more than that."""
    text, thinking = "", ""
    for part in parts:
        kind = part.type
        if kind == "thinking":
            given = part.thinking
            if isinstance(given, str) or given is None:
                thinking += given or ""
                continue
            for inner in given:
                thinking += inner.text or ""
        elif kind == "text":
            text += part.text or ""
        elif kind == "reference":
            return None
    return text, thinking
