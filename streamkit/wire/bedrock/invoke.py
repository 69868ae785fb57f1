"""Decoder of AWS Bedrock's InvokeModelWithResponseStream, in which each family of models has other events.

The first event shows the family. Events of an unknown family can be read in ``raw``; the state of such an answer is
``unknown``, because nothing is known to prove its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, Usage
from ..anthropic.decoder import AnthropicDecoder
from ..anthropic.whole import events as events_of_message
from ..decoder import Decoder, DelegatingDecoder, FormatDecoder, Options
from ..event_decoder import EventDecoder
from ..format import Event
from ..framing import Framer
from ..framing.aws_event_stream import ChunkFramer
from ..lenient_json import as_count, as_dict, as_list, as_text, parse
from ..openai_chat.decoder import ChatDecoder
from ..openai_chat.whole import events as events_of_chat
from .decoder import ConverseDecoder, FrameDecoder
from .whole import events, invoked

_METRICS = "amazon-bedrock-invocationMetrics"

_CONVERSE = ("messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "metadata")
# The fields of text, and of finish reasons, in the older families: Titan, Llama, Claude 2, Cohere, Mistral.
_TEXTS = ("outputText", "generation", "completion", "text")

_REASONS = ("completionReason", "stop_reason", "finish_reason")

_NESTED = ("outputs", "generations", "results")

_SPOKEN = (*_TEXTS, *_NESTED, "event_type")


class _InChunks(FrameDecoder):
    framer: ClassVar[Callable[..., Framer]] = ChunkFramer


class _Anthropic(_InChunks, AnthropicDecoder):
    """Claude."""


class _Nova(_InChunks, ConverseDecoder):
    """Nova, which has the events of ConverseStream."""


class _Chat(_InChunks, ChatDecoder):
    """Open models, which have the events of chat completions without ``[DONE]``."""

    has_typed: ClassVar = False

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        super()._take(event, payload, chunks)
        self.done = self.done or (self.finish_seen and _METRICS in event)


class _Flat(_InChunks):
    """The older families, whose events are flat objects with text, the last one with a finish reason."""

    strings: ClassVar = {}
    reason = "stop reason"
    proof = f"{', '.join(f'`{each}`' for each in _REASONS)} in the older families"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._understood = False

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        nested = [each for name in _NESTED for each in as_list(event.get(name))]
        given = {**event, **as_dict(nested[0] if nested else None)}
        reason = next((as_text(given[name]) for name in _REASONS if as_text(given.get(name))), "")
        fields: dict[str, Any] = {}
        if self.finish_seen:
            self._note("content_after_end_dropped")
        else:
            self._understood = self._understood or any(name in given for name in _SPOKEN)
            fields["content"] = next((as_text(given[name]) for name in _TEXTS if name in given), "")
            fields["finish_reasons"] = [reason] if reason else None
            self.saw_content = True
            self.finish_seen = bool(reason)
        if _METRICS in event:  # Bedrock adds its metrics to the last event of any model
            raw = as_dict(event[_METRICS])
            counts = (as_count(raw, "inputTokenCount"), as_count(raw, "outputTokenCount"))
            fields["usage"] = Usage(*counts, raw=raw).with_total()
            self.done = self.finish_seen
        chunks.append(self._chunk(payload, fields))

    def _cut(self, how: str) -> None:
        if self._understood:
            super()._cut(how)
        else:
            self.finish_seen, self.end_is_proven = True, False


# The wire API whose events a family sends; the SDKs have no class for those of the older families.
_APIS: dict[type[EventDecoder], str | None] = {
    _Anthropic: "anthropic.messages",
    _Nova: "bedrock.converse",
    _Chat: "openai.chat",
    _Flat: None,
}


class InvokeDecoder(DelegatingDecoder, FormatDecoder):
    """Decodes the answer of any model with the decoder of the model's family."""

    proof: ClassVar[str] = "; ".join(
        (
            f"{AnthropicDecoder.proof} (Claude)",
            f"{ConverseDecoder.proof} (Nova)",
            f"{ChatDecoder.proof} (open models)",
            _Flat.proof,
            "for a family that nobody knows nothing: its state is `unknown`",
        )
    )
    """The proof of the end, in words."""
    after: ClassVar[str] = f"what its family sends, and `{_METRICS}`"
    """The events that may follow the proof, in words."""

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__()
        self._options = options
        self._first = ChunkFramer(cap=options["cap"])
        self._buffered: list[bytes] = []
        self._family: Decoder | None = None

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete."""
        if self._family is not None:
            return self._follow(self._family, self._family.feed(data))
        self._buffered.append(data)
        events = self._first.feed(data)
        return self._choose(events[0] if events else b"{}") if events or self._first.broken else []

    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks; afterwards either ``finish_seen`` or ``error`` is set."""
        chunks = [] if self._family else self._choose(b"{}")
        assert self._family is not None
        return chunks + self._follow(self._family, self._family.finish())

    def read_answer(self, events: Iterable[Event], payload: bytes) -> list[Chunk]:
        """Read a whole answer, as ``EventDecoder.read_answer`` does.

        Args:
            events: The answer, as the model itself has it.
            payload: The body.
        """
        (answer,) = events
        family, found = _family_of_answer(answer)
        inner = family(**{**self._options, "api": _APIS[family]})
        return self._follow(inner, inner.read_answer(found, payload))

    def _choose(self, event: bytes) -> list[Chunk]:
        family = _family(event)
        self._options["api"] = _APIS[family]
        self._family = family(**self._options)
        return self._follow(self._family, self._family.feed(b"".join(self._buffered)))

    def _follow(self, inner: Decoder, chunks: list[Chunk]) -> list[Chunk]:
        self.end_is_proven = inner.end_is_proven
        return super()._follow(inner, chunks)


def _family(event: bytes) -> type[EventDecoder]:
    """Return the decoder of the family that the first event belongs to."""
    try:
        given = as_dict(parse(event)[0])
    except ValueError:
        given = {}
    return _family_of(given)


def _family_of_answer(answer: Event) -> tuple[type[EventDecoder], list[Event]]:
    """Return the decoder of the family that an answer without streaming belongs to, and the answer's events."""
    if "output" in answer:
        return _Nova, events(answer)
    family = _family_of(answer)
    if family is _Chat:
        return _Chat, events_of_chat(answer)
    return (_Flat, [invoked(answer)]) if family is _Flat else (_Anthropic, events_of_message(answer))


def _family_of(given: Event) -> type[EventDecoder]:
    if any(name in given for name in _CONVERSE):
        return _Nova
    if "choices" in given:
        return _Chat
    flat = any(name in given for name in _SPOKEN)
    return _Flat if flat or (given and "type" not in given) else _Anthropic
