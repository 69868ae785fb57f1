"""Chunk: one event of the provider's, for one choice, in the form that all formats share.

A chunk is immutable and cannot be part of a reference cycle, so the garbage collector does not track chunks: with
thousands of chunks in memory, the collector's pauses would be the longest delay in a stream.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, cast

import msgspec
from typing_extensions import TypeVar

from .details import Details, Logprob, ServerToolDelta
from .origin import Origin
from .reprs import short_fields, short_repr

S = TypeVar("S", default=Any)

F_co = TypeVar("F_co", bound=str, covariant=True, default=str)

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
    "incomplete": "length",  # these three are statuses of an answer of the Responses API that was cut
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
    """The finish reasons of a choice with tool calls; half of the formats have no finish reason for tool calls."""

    __slots__ = ()


def common_reasons(reasons: Sequence[str] | None, *, calls: bool = False) -> list[FinishReason] | None:
    """Translate a provider's finish reasons into the four common ones; an unknown reason becomes ``stop``.

    Args:
        reasons: The provider's finish reasons; None before the end.
        calls: True if the choice has tool calls; then ``stop`` becomes ``tool_calls``.

    >>> common_reasons(["end_turn"]), common_reasons(["end_turn"], calls=True)
    (['stop'], ['tool_calls'])
    """
    if reasons is None:
        return None
    end: FinishReason = "tool_calls" if calls or isinstance(reasons, ReasonsAfterCalls) else "stop"
    found: list[FinishReason] = [_COMMON_REASONS.get(reason, "stop") for reason in reasons]
    return [end if common == "stop" else common for common in found]


# Fields of providers that count tokens read from a cache, or written to it, beside the input tokens and not in them.
_CACHE_APART = frozenset(
    {"cache_read_input_tokens", "cache_creation_input_tokens", "cacheReadInputTokens", "cacheWriteInputTokens"}
)


@dataclass(frozen=True, slots=True, repr=False)
class Usage:
    """Token counts of a call so far, as the provider reported them; they are never added up.

    Args:
        input_tokens: Tokens of the prompt.
        output_tokens: Tokens of the answer.
        cached_tokens: Prompt tokens read from the provider's cache.
        reasoning_tokens: Tokens of thinking, where the provider counts them.
        audio_tokens: Tokens of generated audio.
        total_tokens: The provider's own total; where the provider reports none, the sum of the prompt's and the
            answer's tokens and of the cached tokens that it counts apart, if they are known.
        source: Origin of the counts: ``provider`` (final), ``partial`` (the last report before the stream was cut),
            ``estimated`` (output tokens estimated from the text, the others reported by the provider), or ``none``.
        low: Lower bound of an estimate of the output tokens.
        high: Upper bound of an estimate of the output tokens; None if thinking, audio, images or citations may have
            used tokens that the text does not show. Tokens that a provider hides entirely are not in the bounds.
        raw: The provider's usage object.
        cache_write_tokens: Prompt tokens written to the provider's cache.
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
    cache_write_tokens: int | None = None

    def __setstate__(self, state: list[Any]) -> None:
        object.__setattr__(self, "cache_write_tokens", None)  # which older pickles do not have
        for name, value in zip(self.__slots__, state, strict=False):
            object.__setattr__(self, name, value)

    def with_total(self) -> Usage:
        """Fill an unknown ``total_tokens`` in, if its parts are known, and return this object, which must be new.

        >>> Usage(input_tokens=7, output_tokens=2).with_total()
        Usage(input_tokens=7, output_tokens=2, total_tokens=9)
        """
        if self.total_tokens is None:
            object.__setattr__(self, "total_tokens", self._total())
        return self

    def _total(self) -> int | None:
        if self.total_tokens is not None or self.input_tokens is None or self.output_tokens is None:
            return self.total_tokens
        return self.input_tokens + self.output_tokens + self.cached_apart

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Usage):
            return NotImplemented
        same = all(getattr(self, name) == getattr(other, name) for name in self.__slots__ if name != "total_tokens")
        return same and self._total() == other._total()  # older pickles have no total that the provider did not report

    def __hash__(self) -> int:
        return hash((self.input_tokens, self.output_tokens))

    @property
    def cached_apart(self) -> int:
        """The cached tokens, read and written, that the provider does not count among the input tokens."""
        return (self.cached_tokens or 0) + (self.cache_write_tokens or 0) if self.counts_cache_apart else 0

    @property
    def counts_cache_apart(self) -> bool:
        """Whether the provider counts cached tokens beside the input tokens, and not among them."""
        return "prompt_tokens" not in self.raw and not _CACHE_APART.isdisjoint(self.raw)

    def __repr__(self) -> str:
        return short_repr(self, self._fields())

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return short_fields(self._fields())

    def _fields(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield name, value and default of each field, but of the provider's object."""
        for name in self.__slots__:
            if name != "raw":
                yield name, getattr(self, name), "provider" if name == "source" else None


class _HasUsage(Protocol):
    @property
    def usage(self) -> Usage | None: ...


class UsageMixin:
    """The properties that a chunk, a Response and a Stream read from their ``usage``; each is None without one."""

    __slots__ = ()

    @property
    def common_usage(self: _HasUsage) -> Usage | None:
        """``usage`` under the name that mirascope has; the class is the same for all providers."""
        return self.usage

    @property
    def cost_metadata(self: _HasUsage) -> Usage | None:
        """``usage`` under the name that mirascope has."""
        return self.usage

    @property
    def input_tokens(self: _HasUsage) -> int | None:
        """Tokens of the prompt, if they are known."""
        return self.usage.input_tokens if self.usage else None

    @property
    def output_tokens(self: _HasUsage) -> int | None:
        """Tokens of the answer so far, if they are known."""
        return self.usage.output_tokens if self.usage else None

    @property
    def cached_tokens(self: _HasUsage) -> int | None:
        """Prompt tokens read from the provider's cache, if they are known."""
        return self.usage.cached_tokens if self.usage else None


class ToolCallDelta(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """A delta of one tool call.

    Args:
        index: Position of the call among the calls of the choice: 0, 1, … in the order in which they begin.
        id: The provider's id of the call; only in the first delta that names the id.
        name: The tool's name; only in the first delta that names the tool.
        arguments: Next characters of the JSON of the arguments.
        complete: True if the provider closes the call with this delta.
        signature: The provider's signature over the call, to be sent back with the call (Gemini).
        kind: ``function``, or the type of another item of the Responses API (see ``ToolCall.kind``).
    """

    index: int = 0
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    complete: bool = False
    signature: str | None = None
    kind: str = "function"


class Image(msgspec.Struct, frozen=True, gc=False):
    """A generated image, as bytes or as a URL."""

    data: bytes = b""
    media_type: str = "image/png"
    url: str | None = None

    def __repr__(self) -> str:
        return short_repr(self, _fields(self))

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return short_fields(_fields(self))


def _unbuilt(api: str, event: dict[str, Any]) -> Any:
    return event


build_sdk_event: Callable[[str, dict[str, Any]], Any] = _unbuilt
"""Builds the SDK's object for an event, given the name of its wire API; ``streamkit.wire`` sets it when imported."""


def _all_of(chunks: Sequence[Chunk[Any]]) -> Sequence[Chunk[Any]]:
    return chunks


def _no_details(api: str, event: dict[str, Any], index: int) -> Details:
    return Details()


read_details: Callable[[str, dict[str, Any], int], Details] = _no_details
"""Reads the details of an event for one choice, given the name of its wire API; ``streamkit.wire`` sets it."""

with_details: Callable[[Sequence[Chunk[Any]]], Sequence[Chunk[Any]]] = _all_of
"""Selects the chunks whose events may have details; ``streamkit.wire`` sets it."""


def details_of(chunk: Chunk[Any]) -> Details:
    """Read the details of a chunk's event."""
    return Details() if chunk.payload is None or chunk.api is None else read_details(chunk.api, chunk.raw, chunk.index)


class Chunk(UsageMixin, msgspec.Struct, Generic[S, F_co], frozen=True, gc=False, eq=False):
    """One event of the provider's, for one choice, in the form that all formats share; every field has a default.

    Args:
        content: Text of the answer.
        model: The model's name, if the event has one.
        id: The provider's id of the answer, if the event has one.
        provider: The provider's name.
        payload: The bytes of the event's JSON (see ``raw``).
        api: The name of the event's wire API, by which ``chunk`` finds the SDK's class.
        plain: True if the chunk has only text of choice 0 and the model and id of the chunk before; set by a decoder.
        index: Number of the choice; -1 in a chunk of a tool.
        thinking: Reasoning text.
        signature: The provider's signature over the thinking.
        refusal: Text of a refusal.
        tool_calls: Deltas of tool calls.
        audio: Decoded audio bytes (24 kHz mono PCM16 unless the request says otherwise).
        audio_transcript: The spoken text.
        images: Generated images.
        citations: Sources, as the provider's objects.
        finish_reasons: The provider's finish reasons; None before the choice's last chunk.
        usage: Token counts of the call so far, if the event reports them.
        block: Number of the content block, if the provider numbers blocks.
        tool_plan: The plan that comes before tool calls (Cohere).
        redacted_thinking: An encrypted block of thinking, to be sent back unchanged.

    >>> Chunk(content="Europa").content
    'Europa'
    """

    content: str = ""
    model: str | None = None
    id: str | None = None
    provider: str = ""
    payload: bytes | None = None
    api: str | None = None
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
    finish_reasons: list[F_co] | None = None
    usage: Usage | None = None
    block: int | None = None
    tool_plan: str = ""
    redacted_thinking: str = ""

    @property
    def raw(self) -> dict[str, Any]:
        """The provider's event as a dict, parsed on access; empty for a chunk without an event."""
        if self.payload is None:
            return {}
        try:
            return msgspec.json.decode(self.payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return json.loads(self.payload.decode("utf-8", "replace"), strict=False)

    @property
    def chunk(self) -> S:
        """The SDK's own object, built on access, for this event, or for an answer that came without streaming."""
        return cast("S", self.raw if self.api is None else build_sdk_event(self.api, self.raw))

    @property
    def server_tools(self) -> tuple[ServerToolDelta, ...]:
        """The event's news of the provider's own tools, read on access."""
        found = details_of(self).server_tools
        # A delta without a kind belongs to the block that has begun: here, to a tool call of the client's.
        return tuple(each for each in found if each.kind is not None or not self.tool_calls)

    @property
    def logprobs(self) -> tuple[Logprob, ...]:
        """The probabilities of the event's tokens, read on access; empty if they were not requested."""
        found = details_of(self)
        return tuple(found.logprobs or found.all_logprobs)

    @property
    def origin(self) -> Origin | None:
        """The place in a conversation: the turn, and the tool call of a result; None outside of a conversation."""
        return None

    def with_origin(self, origin: Origin) -> Chunk[S, F_co]:
        """Return a copy of this chunk with an origin.

        Args:
            origin: The place in a conversation.

        >>> Chunk(content="Io").with_origin(Origin(turn=1)).origin
        Origin(turn=1)
        """
        cls: type[Any] = _OfTurn if origin.result is None else _OfTool
        return cls(*[getattr(self, name) for name in Chunk.__struct_fields__], origin=origin)

    @property
    def common_finish_reasons(self) -> list[FinishReason] | None:
        """The finish reasons in the four common words; ``stop`` is ``tool_calls`` in an answer with tool calls."""
        return common_reasons(self.finish_reasons)

    def model_dump(self) -> dict[str, Any]:
        """Return the content of the chunk as a dict of plain values; bytes stay bytes, and any other object is a text.

        >>> fields = Chunk(content="Io", finish_reasons=["stop"], usage=Usage(7, 1)).model_dump()
        >>> fields["content"], fields["finish_reasons"], fields["usage"]["output_tokens"]
        ('Io', ['stop'], 1)
        """
        fields = cast("dict[str, Any]", msgspec.to_builtins(self, builtin_types=(bytes,), enc_hook=repr))
        return {name: value for name, value in fields.items() if name not in _NOT_DUMPED}

    def __str__(self) -> str:
        return self.content

    def __repr__(self) -> str:
        return short_repr(self, _fields(self))

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return short_fields(_fields(self))

    def __eq__(self, other: object) -> bool:
        # ``plain`` and ``api`` are hints of the decoder, and no part of the event.
        if not isinstance(other, Chunk):
            return NotImplemented
        other_chunk = cast("Chunk[Any]", other)
        same = all(getattr(self, name) == getattr(other_chunk, name) for name in _COMPARED)
        return same and self.origin == other_chunk.origin

    def __ne__(self, other: object) -> bool:
        return not self == other  # the method of Struct would compare all fields

    def __hash__(self) -> int:
        return hash((self.content, self.index, self.payload))


class _OfTurn(Chunk[S, F_co], frozen=True, gc=False, eq=False):
    """A chunk of a conversation; a class of its own, so that all other chunks stay as small as they were."""

    origin: Origin | None = None  # pyright: ignore[reportIncompatibleMethodOverride]


class _OfTool(_OfTurn[S, F_co], frozen=True, gc=True, eq=False):
    """A chunk with the result of a tool, which the collector tracks: a result may refer back to the stream."""


for _class in (_OfTurn, _OfTool):
    _class.__name__ = "Chunk"  # which ``repr`` shows


def _fields(struct: msgspec.Struct) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, value and default of each field that is shown."""
    for name, default in zip(struct.__struct_fields__, struct.__struct_defaults__, strict=True):
        if name not in _NOT_DUMPED:
            yield name, getattr(struct, name), default


_NOT_DUMPED = frozenset({"payload", "api", "plain"})  # the source of the chunk, and a hint of the decoder

_COMPARED = tuple(name for name in Chunk.__struct_fields__ if name not in ("plain", "api"))
