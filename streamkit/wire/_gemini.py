"""The content wire of Gemini, on its own API and on Vertex: each event a whole response, its parts the deltas."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, ClassVar, Unpack, cast

from ..chunk import Chunk, Usage
from ..errors import StreamError
from ._events import EventDecoder, Options
from ._gemini_enums import AUDIO, GEMINI, VERTEX, named
from ._gemini_frames import GeminiFramer
from ._gemini_parts import Candidate, end_call, read_parts, settle
from ._json import as_count, as_dict, as_list, as_text

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
            if not self.closed:
                self._end_of_body(chunks)
                self.closed = self.ended
            if self._body.late:
                self._note("after_sentinel_dropped")
        return chunks

    def finish(self) -> list[Chunk]:
        """Take the end of the body; afterwards either ``ended`` or ``error`` is set."""
        chunks = super().finish()
        if self.error is None and self._body.unclosed:
            self._note("sentinel_missing")
        return chunks

    def _end_of_body(self, chunks: list[Chunk]) -> None:
        if self.ended or not all(each.ended for each in self._candidates.values()):
            return
        self.ended = True
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
        self.moved = True
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
        self.moved = self.moved or moved or bool(reason)
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
