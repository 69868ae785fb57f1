"""The content wire of Gemini, on its own API and on Vertex: each event a whole response, its parts the deltas."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Unpack, cast

from ...chunk import Chunk, Image, ToolCallDelta, Usage
from ...errors import StreamError
from ..event_decoder import EventDecoder, Options
from ..framing.framer import Framer
from ..framing.json_array import ArrayFramer
from ..framing.sse import EventFramer
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text
from .enums import AUDIO, GEMINI, VERTEX, named
from .partial_args import ArgumentsText

_BLANK = b" \t\r\n\xef\xbb\xbf"  # and the mark that a body may begin with


class GeminiFramer:
    r"""Split a body of either framing into events, wherever its bytes are cut.

    Args:
        cap: Bytes that one event may have.

    >>> GeminiFramer().feed(b'[{"a":1}'), GeminiFramer().feed(b'data: {"a":1}\r\n\r\n')
    ([b'{"a":1}'], [b'{"a":1}'])
    """

    __slots__ = ("_begun", "_inner")

    def __init__(self, *, cap: int = 8 * 2**20) -> None:
        self._inner: Framer = EventFramer(cap=cap)
        self._begun = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return the data of each event that they complete."""
        if not self._begun and (first := data.lstrip(_BLANK)):
            self._begun = True
            if first[:1] == b"[":
                self._inner = ArrayFramer(cap=self.cap)
        return self._inner.feed(data)

    def finish(self) -> bytes | None:
        """Return the data of a last event that nothing closed, if there is one."""
        return self._inner.finish()

    @property
    def ended(self) -> bool:
        """Whether the bracket has come that closes an array; an event stream has no such end."""
        return isinstance(self._inner, ArrayFramer) and self._inner.ended

    @property
    def unclosed(self) -> bool:
        """Whether the body is an array whose last bracket has not come."""
        return isinstance(self._inner, ArrayFramer) and not self._inner.ended

    @property
    def late(self) -> bool:
        """Whether something stands behind that bracket."""
        return isinstance(self._inner, ArrayFramer) and self._inner.late

    @property
    def broken(self) -> bool:
        """Whether nothing behind the place reached is read."""
        return self._inner.broken

    @property
    def cap(self) -> int:
        """Bytes that one event may have."""
        return self._inner.cap

    @property
    def oversized(self) -> bool:
        """Whether an event grew past the cap."""
        return self._inner.oversized

    @property
    def binary(self) -> bool:
        """Whether what stands between events holds bytes that no text has."""
        return self._inner.binary

    @property
    def stray(self) -> bytes:
        """What is no part of an event, as it came, up to a bound."""
        return self._inner.stray


@dataclass(slots=True)
class Candidate:
    """What must be remembered of a candidate from event to event.

    Args:
        reason: The last finish reason that it has given.
        ended: That reason stands behind its last part, which is no work of the server's: nothing is missing if
            the body ends here.
        waits: Its last part asks the server to run something, and the outcome has not come.
        calls: How many tool calls it has begun.
        text: The arguments of a call that comes in pieces; None if no such call is open.
        lost: Something about that call could not be put in order: it will not become complete.
    """

    reason: str = ""
    ended: bool = False
    waits: bool = False
    calls: int = 0
    text: ArgumentsText | None = None
    lost: bool = False


# What the model has the server do in the middle of an answer: it goes on when the outcome is there.
_ASKS = ("executableCode", "toolCall")

_WORK = (*_ASKS, "codeExecutionResult", "toolResponse")


def settle(parts: list[Any], reason: str, candidate: Candidate) -> None:
    """Note how an event leaves its candidate: whether a reason has come, and whether it may be the last.

    The server gives a reason also where the model pauses to have something run.

    Args:
        parts: The event's parts.
        reason: The finish reason that it gives; empty if it gives none.
        candidate: Updated.
    """
    last = next((part for part in reversed([*map(as_dict, parts)]) if _is_content(part)), None)
    if last is not None:
        candidate.waits = any(name in last for name in _ASKS)
    works = candidate.waits or (last is not None and any(name in last for name in _WORK))
    if reason:
        candidate.reason = reason
        candidate.ended = not works
    elif last is not None:
        candidate.ended = False  # the answer has gone on behind its reason


def _is_content(part: dict[str, Any]) -> bool:
    """Whether a part is more than empty text and a signature."""
    return any(name not in ("thought", "thoughtSignature") and value not in ("", None) for name, value in part.items())


def read_parts(parts: list[Any], candidate: Candidate) -> tuple[dict[str, Any], bool]:
    """Read the parts of an event.

    Args:
        parts: The provider's objects.
        candidate: What its candidate has told before; updated.

    Returns:
        The chunk's fields, and whether there is anything in the parts at all: what the model does on the
        provider's side, such as running code, is told by no field.
    """
    told: dict[str, Any] = {}
    moved = False
    for part in map(as_dict, parts):
        moved = moved or any(value not in ("", None, {}) for name, value in part.items() if name != "thought")
        signature = as_text(part.get("thoughtSignature"))
        if "functionCall" in part:
            call = as_dict(part.get("functionCall"))
            told["tool_calls"] = (*told.get("tool_calls", ()), *_read_call(call, candidate, signature or None))
            continue
        thought = part.get("thought") is True
        if text := as_text(part.get("text")):
            name = "thinking" if thought else "content"
            told[name] = told.get(name, "") + text
        if signature:
            told["signature"] = told.get("signature", "") + signature
        if not thought:  # pictures that it only thinks in are no part of the answer
            _read_media(part, told)
    return told, moved


def end_call(candidate: Candidate) -> tuple[ToolCallDelta, ...]:
    """Close the call that is being told, if there is one and all of it could be put in order."""
    text, candidate.text = candidate.text, None
    if text is None or candidate.lost:
        return ()
    return (ToolCallDelta(candidate.calls - 1, arguments=text.close(), complete=True),)


def _read_call(call: dict[str, Any], candidate: Candidate, signature: str | None) -> list[ToolCallDelta]:
    pieces: list[ToolCallDelta] = []
    name, arguments = as_text(call.get("name")) or None, as_list(call.get("partialArgs"))
    goes_on = call.get("willContinue") is True
    if name is not None:
        pieces += end_call(candidate)
        index, call_id = candidate.calls, as_text(call.get("id")) or None
        candidate.calls += 1
        if not goes_on and not arguments:
            told = as_json(call.get("args") or {})
            return [*pieces, ToolCallDelta(index, call_id, name, told, complete=True, signature=signature)]
        candidate.text, candidate.lost = ArgumentsText(), False
        pieces.append(ToolCallDelta(index, call_id, name, ArgumentsText.opening, signature=signature))
    if arguments and candidate.text is None:
        raise ValueError("arguments without a function call")
    for each in map(as_dict, arguments):
        if told := _add(candidate, each):
            pieces.append(ToolCallDelta(candidate.calls - 1, arguments=told))
    if not goes_on:
        pieces += end_call(candidate)
    return pieces


def _add(candidate: Candidate, told: dict[str, Any]) -> str:
    """Return the text that one value adds; one that has no place any more spoils its call, not the stream."""
    if candidate.text is None or candidate.lost:
        return ""
    try:
        return candidate.text.add(told)
    except ValueError:
        candidate.lost = True
        return ""


def _read_media(part: dict[str, Any], told: dict[str, Any]) -> None:
    blob, file = as_dict(part.get("inlineData")), as_dict(part.get("fileData"))
    kind = as_text(blob.get("mimeType") or file.get("mimeType"))
    if not kind.startswith(("image/", "audio/")):
        return
    data, url = _decoded(as_text(blob.get("data"))), as_text(file.get("fileUri")) or None
    if kind.startswith("audio/"):
        told["audio"] = told.get("audio", b"") + data
    elif data or url:
        told["images"] = (*told.get("images", ()), Image(data, kind, url))


def _decoded(text: str) -> bytes:
    try:  # in either alphabet: the SDK writes its objects in the one that is safe in addresses
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError as error:
        raise ValueError(f"inline data is not base64: {error}") from None


_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s").fullmatch


class GeminiDecoder(EventDecoder):
    """Decode a generate-content stream, framed as events or as one JSON array.

    The proof is a finish reason, or the reason why the prompt was blocked, and then the end of the body: where
    the server runs code or tools of its own, it gives a reason in the middle and goes on. So a chunk has a finish
    reason only when the body has ended: each candidate gets one last chunk with the last reason that it gave.
    """

    framer: ClassVar = GeminiFramer
    proof = (
        "a `finishReason` of every candidate, behind its last part, or the `blockReason` of the prompt; "
        "and then the end of the body, or the bracket that closes its array"
    )
    strings: ClassVar = {
        "content": re.compile(rb'"text"\s*:\s*"'),
        "thinking": re.compile(rb'"text"\s*:\s*"'),
    }

    def __init__(self, **options: Unpack[Options]) -> None:
        options["quirks"] = replace(options["quirks"], sentinel=False)  # this format has none
        super().__init__(**options)
        self._enums = VERTEX if options["quirks"].vertex else GEMINI
        self._candidates = {at: Candidate() for at in range(options["choices"])}
        self._body = cast("GeminiFramer", self._framer)

    def feed(self, data: bytes) -> list[Chunk]:
        """Take the next bytes and return the chunks that they complete."""
        chunks = super().feed(data)
        if self._body.ended and self.error is None:
            if not self.done:
                self._end_of_body(chunks)
                self.done = self.finish_seen
            if self._body.late:
                self._note("after_sentinel_dropped")
        return chunks

    def finish(self) -> list[Chunk]:
        """Take the end of the body; afterwards either ``finish_seen`` or ``error`` is set."""
        chunks = super().finish()
        if self.error is None and self._body.unclosed:
            self._note("sentinel_missing")
        return chunks

    def _end_of_body(self, chunks: list[Chunk]) -> None:
        if self.finish_seen or not all(each.ended for each in self._candidates.values()):
            return
        self.finish_seen = True
        for index, candidate in self._candidates.items():
            told: dict[str, Any] = {"index": index, "finish_reasons": [candidate.reason]}
            if candidate.text is not None and candidate.reason == "STOP":  # after any other a call may not be all there
                told["tool_calls"] = end_call(candidate)
            if candidate.reason:
                chunks.append(self._chunk(None, told))

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        model, identity = as_text(event.get("modelVersion")) or None, as_text(event.get("responseId")) or None
        first = {"usage": _usage(as_dict(event.get("usageMetadata"))), **self._read_feedback(event)}
        found = [each for each in map(as_dict, as_list(event.get("candidates"))) if each]
        for candidate in found or [{}]:
            told = self._read_candidate(candidate) if candidate else {}
            chunks.append(self._chunk(payload, {"model": model, "id": identity, **told, **first}))
            first = {}

    def _read_feedback(self, event: dict[str, Any]) -> dict[str, Any]:
        """Read why the prompt was blocked, if it was: then there is no answer, and no finish reason either."""
        feedback = as_dict(event.get("promptFeedback"))
        reason = named(feedback.get("blockReason"), self._enums.block)
        if not reason:
            return {}
        for candidate in self._candidates.values():
            candidate.ended = True
        self.saw_content = True
        self._template.forget()
        return {"refusal": as_text(feedback.get("blockReasonMessage")) or reason}

    def _read_candidate(self, given: dict[str, Any]) -> dict[str, Any]:
        index = as_count(given, "index") or 0
        candidate = self._candidates.setdefault(index, Candidate())
        reason = named(given.get("finishReason"), self._enums.finish)
        parts = as_list(as_dict(given.get("content")).get("parts"))
        told, moved = read_parts(parts, candidate)
        settle(parts, reason, candidate)
        if citations := _citations(given):
            told["citations"], moved = citations, True
        self.saw_content = self.saw_content or moved or bool(reason)
        if reason or candidate.waits:
            self._template.forget()  # what comes next may change how the candidate stands
        if candidate.lost:
            self._note("tool_arguments_out_of_order")
        if index:
            told["index"] = index
        return told

    def _which(self) -> str:
        return " behind its last part" if any(each.reason for each in self._candidates.values()) else ""

    def _failure(self, event: dict[str, Any]) -> StreamError:
        error = super()._failure(event)
        error.retry_after = retry_delay(as_dict(event.get("error")))
        return error


def retry_delay(error: dict[str, Any]) -> float | None:
    """Return the seconds that an error object of Google's asks to wait, if it does.

    >>> retry_delay({"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}]})
    1.5
    """
    for detail in map(as_dict, as_list(error.get("details"))):
        if found := _SECONDS(as_text(detail.get("retryDelay"))):
            return float(found[1])
    return None


def _citations(given: dict[str, Any]) -> tuple[Any, ...]:
    """Return the sources of a candidate: those it is grounded in, and those that it repeats."""
    grounding, repeated = as_dict(given.get("groundingMetadata")), as_dict(given.get("citationMetadata"))
    sources = as_list(repeated.get("citations")) or as_list(repeated.get("citationSources"))
    return (*as_list(grounding.get("groundingChunks")), *sources)


def _usage(raw: dict[str, Any]) -> Usage | None:
    """Read the figures of the call so far; the tokens of thinking stand apart from those of the answer."""
    details = [as_dict(each) for each in as_list(raw.get("candidatesTokensDetails"))]
    usage = Usage(
        input_tokens=as_count(raw, "promptTokenCount"),
        output_tokens=as_count(raw, "candidatesTokenCount"),
        cached_tokens=as_count(raw, "cachedContentTokenCount"),
        reasoning_tokens=as_count(raw, "thoughtsTokenCount"),
        audio_tokens=next((as_count(each, "tokenCount") for each in details if each.get("modality") in AUDIO), None),
        total_tokens=as_count(raw, "totalTokenCount"),
        raw=raw,
    )
    return None if usage.input_tokens is usage.output_tokens is usage.total_tokens is None else usage
