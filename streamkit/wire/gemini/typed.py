"""The second path of Gemini: structs for events of one candidate, with text, thinking and tool calls."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

SignedCall: TypeAlias = tuple[dict[str, Any], str]
"""A function call, and its signature."""


class Part(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A part; anything else in it is content of a kind that only the full parse knows."""

    text: str | None = None
    thought: bool | None = None
    thoughtSignature: str | None = None  # noqa: N815
    functionCall: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET  # noqa: N815


class Content(msgspec.Struct, gc=False):
    """The parts of a candidate."""

    parts: list[Part] = []


class Candidate(msgspec.Struct, gc=False):
    """A candidate."""

    content: Content | None = None
    finishReason: str | None = None  # noqa: N815
    index: int = 0
    groundingMetadata: dict[str, Any] | None = None  # noqa: N815
    citationMetadata: dict[str, Any] | None = None  # noqa: N815


class Event(msgspec.Struct, gc=False):
    """An event."""

    candidates: list[Candidate]
    modelVersion: str | None = None  # noqa: N815
    responseId: str | None = None  # noqa: N815
    usageMetadata: dict[str, Any] | None = None  # noqa: N815
    promptFeedback: None = None  # noqa: N815
    error: None = None
    type: str | None = None
    object: str | None = None


decode = msgspec.json.Decoder(Event).decode


def typed_parts(content: Content | None) -> tuple[str, str, str, list[SignedCall]]:
    """Return the text, the thinking, the signature and the tool calls of an event."""
    text, thinking, signature, calls = "", "", "", list[SignedCall]()
    for part in content.parts if content else ():
        if not isinstance(part.functionCall, msgspec.UnsetType):
            calls.append((part.functionCall, part.thoughtSignature or ""))
            continue
        signature += part.thoughtSignature or ""
        if part.thought:
            thinking += part.text or ""
        else:
            text += part.text or ""
    return text, thinking, signature, calls
