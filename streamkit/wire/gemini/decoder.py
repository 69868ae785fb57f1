"""Decoder of Gemini's generateContent, on the Gemini API and on Vertex: each event is a response with new parts."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Unpack, cast

from ...chunk import Chunk, Image, ToolCallDelta, Usage
from ...errors import StreamError
from ..decoder import Options
from ..event_decoder import EventDecoder
from ..framing import Framer
from ..framing.json_array import ArrayFramer
from ..framing.sse import EventFramer
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text, count_of
from ..typed import UNFIT, is_sound
from .enums import AUDIO, GEMINI, VERTEX, named
from .partial_args import ArgumentsText
from .typed import SignedCall, decode, typed_parts

_BLANK = b" \t\r\n\xef\xbb\xbf"  # white space, and the byte order mark


class GeminiFramer:
    r"""Splits a body of either framing into events, wherever the bytes are cut.

    >>> GeminiFramer().feed(b'[{"a":1}'), GeminiFramer().feed(b'data: {"a":1}\r\n\r\n')
    ([b'{"a":1}'], [b'{"a":1}'])
    """

    __slots__ = ("_begun", "_inner")

    def __init__(self, *, cap: int = 8 * 2**20) -> None:
        self._inner: Framer = EventFramer(cap=cap)
        self._begun = False

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes and return the data of each event that they complete."""
        if not self._begun and (first := data.lstrip(_BLANK)):
            self._begun = True
            if first[:1] == b"[":
                self._inner = ArrayFramer(cap=self.cap)
        return self._inner.feed(data)

    def flush(self) -> bytes | None:
        """Return the data of a last event without an end; None if there is none."""
        return self._inner.flush()

    @property
    def array_closed(self) -> bool:
        """True after the closing bracket of an array; always False for an event stream."""
        return isinstance(self._inner, ArrayFramer) and self._inner.array_closed

    @property
    def array_open(self) -> bool:
        """True if the body is an array without a closing bracket so far."""
        return isinstance(self._inner, ArrayFramer) and not self._inner.array_closed

    @property
    def trailing(self) -> bool:
        """True if there is data after the closing bracket."""
        return isinstance(self._inner, ArrayFramer) and self._inner.trailing

    @property
    def broken(self) -> bool:
        """True if the framer has given up: the rest of the body is not read."""
        return self._inner.broken

    @property
    def cap(self) -> int:
        """Largest size of one event, in bytes."""
        return self._inner.cap

    @property
    def oversized(self) -> bool:
        """True if an event is larger than the cap."""
        return self._inner.oversized

    @property
    def binary(self) -> bool:
        """True if there are bytes between events that no text has."""
        return self._inner.binary

    @property
    def unframed(self) -> bytes:
        """The bytes that belong to no event, up to a limit."""
        return self._inner.unframed


@dataclass(slots=True)
class Candidate:
    """The state of a candidate.

    Args:
        reason: The latest finish reason.
        finished: True if that reason follows the last part, and the part is no work of the server's: the answer is
            complete if the body ends here.
        awaits_outcome: True if the last part is work for the server whose outcome has not arrived.
        calls: The number of tool calls that have begun.
        arguments_text: The arguments of the tool call that arrives in parts; None if no such call is open.
        invalid: True if the parts of that call were out of order, so that it will not become complete.
    """

    reason: str = ""
    finished: bool = False
    awaits_outcome: bool = False
    calls: int = 0
    arguments_text: ArgumentsText | None = None
    invalid: bool = False


# Parts by which the model lets the server work; the answer goes on after the outcome.
_ASKS = ("executableCode", "toolCall")

_WORK = (*_ASKS, "codeExecutionResult", "toolResponse")


def settle(parts: list[Any], reason: str, candidate: Candidate) -> None:
    """Update whether a candidate is finished after an event.

    The server also sends a finish reason where the model waits for the server's work.
    """
    last = next((part for part in reversed([*map(as_dict, parts)]) if _is_content(part)), None)
    if last is not None:
        candidate.awaits_outcome = any(name in last for name in _ASKS)
    works = candidate.awaits_outcome or (last is not None and any(name in last for name in _WORK))
    if reason:
        candidate.reason = reason
        candidate.finished = not works
    elif last is not None:
        candidate.finished = False  # the answer goes on after its finish reason


def _is_content(part: dict[str, Any]) -> bool:
    """Whether a part has more than empty text and a signature."""
    return any(name not in ("thought", "thoughtSignature") and value not in ("", None) for name, value in part.items())


def read_parts(parts: list[Any], candidate: Candidate) -> tuple[dict[str, Any], bool]:
    """Read the parts of an event.

    Args:
        parts: The provider's objects.
        candidate: The state of the candidate, which is updated.

    Returns:
        The chunk's fields, and True if the parts have any content. Work on the server, such as running code, is
        content without a field.
    """
    fields: dict[str, Any] = {}
    has_content = False
    for part in map(as_dict, parts):
        has_content = has_content or any(
            value not in ("", None, {}) for name, value in part.items() if name != "thought"
        )
        signature = as_text(part.get("thoughtSignature"))
        if "functionCall" in part:
            call = as_dict(part.get("functionCall"))
            fields["tool_calls"] = (*fields.get("tool_calls", ()), *_read_call(call, candidate, signature or None))
            continue
        thought = part.get("thought") is True
        if text := as_text(part.get("text")):
            name = "thinking" if thought else "content"
            fields[name] = fields.get(name, "") + text
        if signature:
            fields["signature"] = fields.get("signature", "") + signature
        if not thought:  # images in thoughts are no part of the answer
            _read_media(part, fields)
    return fields, has_content


def end_call(candidate: Candidate) -> tuple[ToolCallDelta, ...]:
    """Close the open tool call, if there is one and its parts were in order."""
    arguments_text, candidate.arguments_text = candidate.arguments_text, None
    if arguments_text is None or candidate.invalid:
        return ()
    return (ToolCallDelta(candidate.calls - 1, arguments=arguments_text.flush(), complete=True),)


def _read_call(call: dict[str, Any], candidate: Candidate, signature: str | None) -> list[ToolCallDelta]:
    deltas: list[ToolCallDelta] = []
    name, arguments = as_text(call.get("name")) or None, as_list(call.get("partialArgs"))
    goes_on = call.get("willContinue") is True
    if name is not None:
        deltas += end_call(candidate)
        index, call_id = candidate.calls, as_text(call.get("id")) or None
        candidate.calls += 1
        if not goes_on and not arguments:
            fields = as_json(call.get("args") or {})
            return [*deltas, ToolCallDelta(index, call_id, name, fields, complete=True, signature=signature)]
        candidate.arguments_text, candidate.invalid = ArgumentsText(), False
        deltas.append(ToolCallDelta(index, call_id, name, ArgumentsText.opening, signature=signature))
    if arguments and candidate.arguments_text is None:
        raise ValueError("arguments without a function call")
    for each in map(as_dict, arguments):
        if fields := _add(candidate, each):
            deltas.append(ToolCallDelta(candidate.calls - 1, arguments=fields))
    if not goes_on:
        deltas += end_call(candidate)
    return deltas


def _add(candidate: Candidate, fields: dict[str, Any]) -> str:
    """Return the text that one value adds; a value out of order invalidates its call, not the stream."""
    if candidate.arguments_text is None or candidate.invalid:
        return ""
    try:
        return candidate.arguments_text.add(fields)
    except ValueError:
        candidate.invalid = True
        return ""


def _read_media(part: dict[str, Any], fields: dict[str, Any]) -> None:
    blob, file = as_dict(part.get("inlineData")), as_dict(part.get("fileData"))
    kind = as_text(blob.get("mimeType") or file.get("mimeType"))
    if not kind.startswith(("image/", "audio/")):
        return
    data, url = _decoded(as_text(blob.get("data"))), as_text(file.get("fileUri")) or None
    if kind.startswith("audio/"):
        fields["audio"] = fields.get("audio", b"") + data
    elif data or url:
        fields["images"] = (*fields.get("images", ()), Image(data, kind, url))


def _decoded(text: str) -> bytes:
    try:  # in either alphabet: the SDK writes the URL-safe one
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError as error:
        raise ValueError(f"inline data is not base64: {error}") from None


_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s").fullmatch


class GeminiDecoder(EventDecoder):
    """Decodes a generateContent stream, framed as events or as one JSON array.

    The proof of the end is a finish reason, or the reason why the prompt was blocked, followed by the end of the body.
    Where the server runs code or its own tools, it sends a finish reason in the middle of the answer and goes on. So
    only at the end of the body each candidate gets a last chunk, with its latest finish reason.
    """

    framer: ClassVar = GeminiFramer
    has_typed: ClassVar = True
    proof = (
        "a `finishReason` of every candidate, behind its last part, or the `blockReason` of the prompt; "
        "and then the end of the body, or the bracket that closes its array"
    )
    strings: ClassVar = {"content": re.compile(rb'"text"\s*:\s*"'), "thinking": re.compile(rb'"text"\s*:\s*"')}

    def __init__(self, **options: Unpack[Options]) -> None:
        options["quirks"] = replace(options["quirks"], sentinel=False)  # this format has no sentinel
        super().__init__(**options)
        self._enums = VERTEX if options["quirks"].vertex else GEMINI
        self._candidates = {at: Candidate() for at in range(options["choices"])}
        self._body = cast("GeminiFramer", self._framer)

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete."""
        chunks = super().feed(data)
        if self._body.array_closed and self.error is None:
            if not self.done:
                self._end_of_body(chunks)
                self.done = self.finish_seen
            if self._body.trailing:
                self._note("after_sentinel_dropped")
        return chunks

    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks; afterwards either ``finish_seen`` or ``error`` is set."""
        chunks = super().finish()
        if self.error is None and self._body.array_open:
            self._note("sentinel_missing")
        return chunks

    def _end_of_body(self, chunks: list[Chunk]) -> None:
        if self.finish_seen or not all(each.finished for each in self._candidates.values()):
            return
        self.finish_seen = True
        for index, candidate in self._candidates.items():
            fields: dict[str, Any] = {"index": index, "finish_reasons": [candidate.reason]}
            if candidate.arguments_text is not None and candidate.reason == "STOP":  # else the call may be incomplete
                fields["tool_calls"] = end_call(candidate)
            if candidate.reason:
                chunks.append(self._chunk(None, fields))

    def _read_typed(self, payload: bytes) -> Chunk | None:
        try:
            event = decode(payload)
        except UNFIT:
            return None
        if len(event.candidates) != 1 or event.type == "error" or event.object == "error":
            return None
        given = event.candidates[0]
        state = self._candidates.get(given.index)
        if state is None or state.awaits_outcome or given.groundingMetadata or given.citationMetadata:
            return None
        if given.content is None and given.finishReason is None:
            return None
        content, thinking, signature, calls = typed_parts(given.content)
        model, identity = event.modelVersion or None, event.responseId or None
        outside = 13 + len(content) + len(thinking) + len(signature) + len(model or "") + len(identity or "")
        if not is_sound(payload, outside):  # 13: the name of the candidates
            return None
        deltas = self._read_typed_calls(calls, state, given.index)
        if deltas is None:
            return None
        reason = named(given.finishReason, self._enums.finish) if given.finishReason else ""
        if reason:
            state.reason, state.finished = reason, True
            self._template.forget()  # the next event may change the state of the candidate
        elif content or thinking or calls:
            state.finished = False  # the answer goes on after its finish reason
        if content or thinking or signature or reason or any(call or signed for call, signed in calls):
            self.saw_content = True
        return Chunk(
            *(content, model, identity, self._provider, payload, self._api, False, given.index, thinking),
            signature=signature or None,
            tool_calls=deltas,
            usage=_usage(event.usageMetadata) if event.usageMetadata else None,
        )

    def _read_typed_calls(
        self, calls: list[SignedCall], state: Candidate, index: int
    ) -> tuple[ToolCallDelta, ...] | None:
        """Read calls with their signatures; None if one cannot be read, and then no state has changed."""
        if not calls:
            return ()
        for call, _ in calls:
            if not as_text(call.get("name")) and (state.arguments_text is None or len(calls) > 1):
                return None
        deltas = tuple([delta for call, signed in calls for delta in _read_call(call, state, signed or None)])
        if state.invalid:
            self._note("tool_arguments_out_of_order")
        if deltas:
            self._calling |= {index}
        return deltas

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        model, identity = as_text(event.get("modelVersion")) or None, as_text(event.get("responseId")) or None
        first = {"usage": _usage(as_dict(event.get("usageMetadata"))), **self._read_feedback(event)}
        found = [each for each in map(as_dict, as_list(event.get("candidates"))) if each]
        for candidate in found or [{}]:
            fields = self._read_candidate(candidate) if candidate else {}
            chunks.append(self._chunk(payload, {"model": model, "id": identity, **fields, **first}))
            first = {}

    def _read_feedback(self, event: dict[str, Any]) -> dict[str, Any]:
        """Read the reason for a blocked prompt, if there is one: then there is no answer and no finish reason."""
        feedback = as_dict(event.get("promptFeedback"))
        reason = named(feedback.get("blockReason"), self._enums.block)
        if not reason:
            return {}
        for candidate in self._candidates.values():
            candidate.finished = True
        self.saw_content = True
        self._template.forget()
        return {"refusal": as_text(feedback.get("blockReasonMessage")) or reason}

    def _read_candidate(self, given: dict[str, Any]) -> dict[str, Any]:
        index = as_count(given, "index") or 0
        candidate = self._candidates.setdefault(index, Candidate())
        reason = named(given.get("finishReason"), self._enums.finish)
        parts = as_list(as_dict(given.get("content")).get("parts"))
        fields, has_content = read_parts(parts, candidate)
        settle(parts, reason, candidate)
        if citations := _citations(given):
            fields["citations"], has_content = citations, True
        self.saw_content = self.saw_content or has_content or bool(reason)
        if reason or candidate.awaits_outcome:
            self._template.forget()  # the next event may change the state of the candidate
        if candidate.invalid:
            self._note("tool_arguments_out_of_order")
        if index:
            fields["index"] = index
        return fields

    def _which(self) -> str:
        return " behind its last part" if any(each.reason for each in self._candidates.values()) else ""

    def _failure(self, event: dict[str, Any]) -> StreamError:
        error = super()._failure(event)
        error.retry_after = retry_delay(as_dict(event.get("error")))
        return error


def retry_delay(error: dict[str, Any]) -> float | None:
    """Return the seconds to wait before a retry, from Google's error object; None if it names none.

    >>> retry_delay({"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}]})
    1.5
    """
    for detail in map(as_dict, as_list(error.get("details"))):
        if found := _SECONDS(as_text(detail.get("retryDelay"))):
            return float(found[1])
    return None


def _citations(given: dict[str, Any]) -> tuple[Any, ...]:
    """Return the sources of a candidate: those of its grounding, and those that it quotes."""
    grounding, repeated = as_dict(given.get("groundingMetadata")), as_dict(given.get("citationMetadata"))
    sources = as_list(repeated.get("citations")) or as_list(repeated.get("citationSources"))
    return (*as_list(grounding.get("groundingChunks")), *sources)


def _audio_tokens(details: list[Any]) -> int | None:
    return next(
        (count_of(each.get("tokenCount")) for each in map(as_dict, details) if each.get("modality") in AUDIO), None
    )


def _usage(raw: dict[str, Any]) -> Usage | None:
    """Return the usage so far; the tokens of thinking are not part of those of the answer."""
    sums = [count_of(raw.get(name)) for name in ("promptTokenCount", "candidatesTokenCount", "totalTokenCount")]
    if sums == [None, None, None]:
        return None
    details = as_list(raw.get("candidatesTokensDetails"))
    return Usage(
        input_tokens=sums[0],
        output_tokens=sums[1],
        cached_tokens=count_of(raw.get("cachedContentTokenCount")),
        reasoning_tokens=count_of(raw.get("thoughtsTokenCount")),
        audio_tokens=_audio_tokens(details) if details else None,
        total_tokens=sums[2],
        raw=raw,
    )
