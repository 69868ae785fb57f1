"""One provider event of one choice, normalized.

A chunk never changes and refers to nothing that could refer back, so the garbage collector need not
track it: with thousands of them in flight its pauses would be the longest delay in a stream.
"""

from __future__ import annotations

import json
import pkgutil
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, cast

import msgspec
from typing_extensions import TypeVar

S = TypeVar("S", default=Any)

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]

_COMMON_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "model_context_window_exceeded": "length",
    "TIMEOUT": "length",
    "incomplete": "length",  # these three are statuses of a Responses answer: cut, whatever the cause
    "failed": "length",
    "cancelled": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "TOOL_CALL": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "safety": "content_filter",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "LENGTH": "length",
    "CONTENT_FILTERED": "content_filter",
    "ERROR_TOXIC": "content_filter",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
}


class ReasonsAfterCalls(list[str]):
    """The finish reasons of a choice that has called tools: half of the wires have no word of their own for that."""

    __slots__ = ()


def common_reasons(reasons: list[str] | None, *, calls: bool = False) -> list[FinishReason] | None:
    """Translate a provider's finish reasons into the four common ones; unknown ones count as ``stop``.

    Args:
        reasons: The provider's words.
        calls: The choice has called tools, so that ``stop`` is ``tool_calls``.

    >>> common_reasons(["end_turn"]), common_reasons(["end_turn"], calls=True)
    (['stop'], ['tool_calls'])
    """
    if reasons is None:
        return None
    end: FinishReason = "tool_calls" if calls or isinstance(reasons, ReasonsAfterCalls) else "stop"
    found: list[FinishReason] = [_COMMON_REASONS.get(reason, "stop") for reason in reasons]
    return [end if common == "stop" else common for common in found]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call has cost in tokens so far: figures as the provider gave them, never added up.

    Args:
        input_tokens: Tokens of the prompt.
        output_tokens: Tokens of the answer.
        cached_tokens: Prompt tokens read from the provider's cache.
        reasoning_tokens: Tokens of thinking, where the provider counts them.
        audio_tokens: Tokens of generated audio.
        total_tokens: The provider's own total.
        source: Who says so: ``provider`` (final), ``partial`` (the last that was told before the stream ended
            early), ``estimated`` (the output tokens are ours, from the text; the others are the provider's), ``none``.
        low: Lower bound of the output tokens of an estimate.
        high: Upper bound of the output tokens of an estimate; None where some may not show in the text: behind
            thinking, sound, pictures and citations. What a provider keeps wholly to itself is in no bound.
        raw: The provider's usage object.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    total_tokens: int | None = None
    source: Literal["provider", "partial", "estimated", "none"] = "provider"
    low: int | None = None
    high: int | None = None
    raw: dict[str, Any] = field(default_factory=dict[str, Any])


class ToolCallDelta(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """A piece of one tool call.

    Args:
        index: Which call of the choice it belongs to: 0, 1, … in order of their start.
        id: The call's id, with the piece that first names it.
        name: The tool's name, likewise.
        arguments: The next characters of the arguments' JSON.
        complete: The provider has closed this call with this piece.
        signature: The provider's signature over the call, to be sent back with it (Gemini).
    """

    index: int = 0
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    complete: bool = False
    signature: str | None = None


class Image(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """A generated image: its bytes, or where they can be fetched."""

    data: bytes = b""
    media_type: str = "image/png"
    url: str | None = None


class Chunk(msgspec.Struct, Generic[S], frozen=True, gc=False, eq=False, repr_omit_defaults=True):
    """One provider event of one choice, normalized; every field has a default.

    Args:
        content: Text of the answer.
        model: The model that answers, as this event names it.
        id: The provider's id of the answer, as this event names it.
        provider: The provider's name.
        payload: The event as it came, in bytes (see ``raw``).
        sdk: Where the SDK's class for ``chunk`` is built, as ``module:callable``.
        plain: Set by a decoder: only text of choice 0, after a chunk with the same model and id.
        index: The choice.
        thinking: Reasoning text.
        signature: The provider's signature over the thinking.
        refusal: Text of a refusal.
        tool_calls: Pieces of tool calls.
        audio: Decoded audio bytes (24 kHz mono PCM16 unless the request says otherwise).
        audio_transcript: The spoken text.
        images: Generated images.
        citations: Sources, as the provider's objects.
        finish_reasons: Why this choice ended; None on every other chunk.
        usage: Tokens of the call so far, where the event tells.
        block: The content block, where the provider numbers them.
        tool_plan: The plan that comes before tool calls (Cohere).
        redacted_thinking: A block of thinking that only the provider can read, to be sent back as it came.

    >>> Chunk(content="Europa").content
    'Europa'
    """

    content: str = ""
    model: str | None = None
    id: str | None = None
    provider: str = ""
    payload: bytes | None = None
    sdk: str | None = None
    plain: bool = False
    index: int = 0
    thinking: str = ""
    signature: str | None = None
    refusal: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    audio: bytes = b""
    audio_transcript: str = ""
    images: tuple[Image, ...] = ()
    citations: tuple[Any, ...] = ()
    finish_reasons: list[str] | None = None
    usage: Usage | None = None
    block: int | None = None
    tool_plan: str = ""
    redacted_thinking: str = ""

    @property
    def raw(self) -> dict[str, Any]:
        """The provider's event, parsed when asked; empty for a chunk that came from no event."""
        if self.payload is None:
            return {}
        try:
            return msgspec.json.decode(self.payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return json.loads(self.payload.decode("utf-8", "replace"), strict=False)

    @property
    def chunk(self) -> S:
        """The SDK's own object for this event, built when asked."""
        if self.sdk is None:
            return cast("S", self.raw)
        return cast("S", pkgutil.resolve_name(self.sdk)(**self.raw))

    @property
    def common_finish_reasons(self) -> list[FinishReason] | None:
        """The finish reasons in the four common words: ``tool_calls`` and not ``stop``, if tools were called."""
        return common_reasons(self.finish_reasons)

    @property
    def common_usage(self) -> Usage | None:
        """The same as ``usage``, which is common to all providers."""
        return self.usage

    @property
    def cost_metadata(self) -> Usage | None:
        """What a cost is made of: the same as ``usage``."""
        return self.usage

    @property
    def input_tokens(self) -> int | None:
        """Tokens of the prompt, where this event tells."""
        return self.usage.input_tokens if self.usage else None

    @property
    def output_tokens(self) -> int | None:
        """Tokens of the answer so far, where this event tells."""
        return self.usage.output_tokens if self.usage else None

    @property
    def cached_tokens(self) -> int | None:
        """Prompt tokens read from the cache, where this event tells."""
        return self.usage.cached_tokens if self.usage else None

    def model_dump(self) -> dict[str, Any]:
        """Return what the event has told as a dict of plain values; bytes stay bytes.

        >>> told = Chunk(content="Io", finish_reasons=["stop"], usage=Usage(7, 1)).model_dump()
        >>> told["content"], told["finish_reasons"], told["usage"]["output_tokens"]
        ('Io', ['stop'], 1)
        """
        told = cast("dict[str, Any]", msgspec.to_builtins(self, builtin_types=(bytes,)))
        return {name: value for name, value in told.items() if name not in _NOT_TOLD}

    def __str__(self) -> str:
        return self.content

    def __eq__(self, other: object) -> bool:
        # ``plain`` is a note from the decoder to the fold, not something the provider said.
        if not isinstance(other, Chunk):
            return NotImplemented
        that = cast("Chunk[Any]", other)
        return all(getattr(self, name) == getattr(that, name) for name in _COMPARED)

    def __ne__(self, other: object) -> bool:
        return not self == other  # a Struct's own would compare what it is made of

    def __hash__(self) -> int:
        return hash((self.content, self.index, self.payload))


_NOT_TOLD = frozenset({"payload", "sdk", "plain"})  # what it was read from, and a note of the decoder's

_COMPARED = tuple(name for name in Chunk.__struct_fields__ if name != "plain")
