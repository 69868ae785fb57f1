"""Decoder of AWS Bedrock's ConverseStream: numbered blocks, of which only tools and images have a start event."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, Image, ToolCallDelta, Usage
from ...errors import LimitExceeded, MalformedError, ProviderError, StreamError, provider_error
from ..decoder import Options
from ..event_decoder import EventDecoder
from ..framing import Framer
from ..framing.aws_event_stream import ErrorFrame, FrameFramer
from ..lenient_json import as_count, as_dict, as_json, as_text, parse

# The HTTP status of each error when it comes before the stream; inside a stream an error has only a name.
_STATUS = {
    "accessdenied": 403,
    "expiredtoken": 403,
    "internalserver": 500,
    "modelerror": 424,
    "modelnotready": 429,
    "modelstreamerror": 424,
    "modeltimeout": 408,
    "resourcenotfound": 404,
    "serviceunavailable": 503,
    "servicequotaexceeded": 400,
    "throttling": 429,
    "unrecognizedclient": 403,
    "validation": 400,
}

_KIND = re.compile(r"(?:Exception|Error)?$")


class FrameDecoder(EventDecoder):
    """Decodes events in frames; ``framer`` unwraps them."""

    framer: ClassVar[Callable[..., Framer]] = FrameFramer

    def _read(self, payload: bytes, chunks: list[Chunk]) -> None:
        if isinstance(payload, ErrorFrame) and not self.done:
            self._fail(failure(payload, self._provider))
        else:
            super()._read(payload, chunks)

    def _broken(self) -> StreamError:
        if self._framer.oversized:
            return LimitExceeded(f"One frame is larger than {self._framer.cap} bytes.", provider=self._provider)
        if self._framer.unframed:
            return self._no_stream()
        damage = getattr(self._framer, "damage", "")
        return MalformedError(f"The body is damaged: {damage}.", provider=self._provider)


def failure(payload: bytes, provider: str) -> ProviderError:
    """Return the error that an error frame describes.

    Args:
        payload: The JSON of the frame: an object whose only name is the error's.
        provider: The provider's name.
    """
    try:
        given = as_dict(parse(payload)[0])
    except ValueError:
        given = {}
    name = next(iter(given), "")
    body = as_dict(given.get(name))
    status = _STATUS.get(_KIND.sub("", name).lower())
    error = provider_error(
        as_text(body.get("message")) or as_text(body.get("Message")) or "The provider reported an error in the stream.",
        status=status,
        code=name or None,
        provider=provider,
    )
    if status == 424:  # the model failed in the middle of its answer: AWS recommends a retry
        error.retryable = True
    return error


_BLOCK = ("contentBlockDelta", "contentBlockStart", "contentBlockStop")


@dataclass(slots=True)
class _Block:
    """State of a block that has begun.

    Args:
        server_side: True for the server's own tools and their results, which are no part of the answer.
        call: The tool call's number among those of the client; None for other blocks.
        media_type: The media type of an image.
        image: The parts of an image, decoded.
        has_arguments: True once a delta has brought arguments.
        stopped: True after the stop event.
    """

    server_side: bool = False
    call: int | None = None
    media_type: str = "image/png"
    image: list[bytes] = field(default_factory=list[bytes])
    has_arguments: bool = False
    stopped: bool = False


class ConverseDecoder(FrameDecoder):
    """Decodes a ConverseStream. ``messageStop`` proves the end; ``metadata`` with the usage follows."""

    strings: ClassVar = {
        "content": re.compile(rb'"text"\s*:\s*"'),
        "thinking": re.compile(rb'"text"\s*:\s*"'),
        "arguments": re.compile(rb'"input"\s*:\s*"'),
    }
    reason = "stop reason"
    proof = "`messageStop` with its `stopReason`"
    after = "usage, in `metadata`"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._blocks: dict[int, _Block] = {}
        self._last = -1
        self._calls = 0
        self._pending_empty_call: int | None = None
        """The call that has stopped without any arguments: it has none, or the answer was cut before them."""

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        fields: dict[str, Any] = {}
        for name in _BLOCK:
            if name in event:
                fields = self._read_block(name, as_dict(event[name]))
        if "messageStop" in event:
            fields = self._read_stop(as_dict(event["messageStop"]))
        if "metadata" in event:
            fields |= self._read_metadata(as_dict(event["metadata"]))
        chunks.append(self._chunk(payload, fields))

    def _read_block(self, name: str, event: dict[str, Any]) -> dict[str, Any]:
        if self.finish_seen:
            self._note("content_after_end_dropped")
            return {}
        self.saw_content = True
        number = as_count(event, "contentBlockIndex")
        number = max(self._last, 0) if number is None else number
        block = self._blocks.get(number)
        if block is not None and block.stopped:
            raise ValueError(f"block {number} goes on after its stop")
        deltas = [] if name == "contentBlockDelta" and block is not None else self._complete_pending_call()
        if name == "contentBlockStart":
            if block is not None:
                raise ValueError(f"block {number} starts twice")
            fields = self._start(number, as_dict(event.get("start")))
        elif name == "contentBlockStop":
            fields = self._stop(block)
        else:
            fields = self._delta(self._begin(number) if block is None else block, as_dict(event.get("delta")))
        return {"block": number, **fields, "tool_calls": (*deltas, *fields.get("tool_calls", ()))}

    def _complete_pending_call(self) -> list[ToolCallDelta]:
        """Complete the call without arguments: a later block has begun, so the call was not cut."""
        pending, self._pending_empty_call = self._pending_empty_call, None
        return [] if pending is None else [ToolCallDelta(pending, complete=True)]

    def _begin(self, number: int) -> _Block:
        self._template.forget()
        block = self._blocks[number] = _Block()
        self._last = max(self._last, number)
        return block

    def _start(self, number: int, given: dict[str, Any]) -> dict[str, Any]:
        block = self._begin(number)
        image, call = as_dict(given.get("image")), as_dict(given.get("toolUse"))
        block.server_side = "toolResult" in given or as_text(call.get("type")) == "server_tool_use"
        if image:
            block.media_type = f"image/{as_text(image.get('format')) or 'png'}"
        if not call or block.server_side:
            return {}
        block.call = self._calls
        self._calls += 1
        call_id, name = as_text(call.get("toolUseId")) or None, as_text(call.get("name")) or None
        return {"tool_calls": (ToolCallDelta(block.call, call_id, name),)}

    def _delta(self, block: _Block, delta: dict[str, Any]) -> dict[str, Any]:
        if block.server_side:
            return {}
        if "toolUse" in delta:
            return self._arguments(block, as_dict(delta["toolUse"]))
        if "image" in delta:
            return self._image(block, as_dict(as_dict(delta["image"]).get("source")))
        thought, citation = as_dict(delta.get("reasoningContent")), delta.get("citation")
        return {
            "content": as_text(delta.get("text")),
            "thinking": as_text(thought.get("text")),
            "signature": as_text(thought.get("signature")) or None,
            "redacted_thinking": as_text(thought.get("redactedContent")),
            "citations": (citation,) if citation else (),
        }

    def _arguments(self, block: _Block, given: dict[str, Any]) -> dict[str, Any]:
        if block.call is None:
            raise ValueError("arguments in a block that is no tool call")
        arguments = as_json(given.get("input"))
        block.has_arguments = block.has_arguments or bool(arguments)
        return {"tool_calls": (ToolCallDelta(block.call, arguments=arguments),)}

    def _image(self, block: _Block, source: dict[str, Any]) -> dict[str, Any]:
        where = as_text(as_dict(source.get("s3Location")).get("uri"))
        if where:
            return {"images": (Image(media_type=block.media_type, url=where),)}
        block.image.append(base64.b64decode(as_text(source.get("bytes")), validate=True))
        return {}

    def _stop(self, block: _Block | None) -> dict[str, Any]:
        self._template.forget()
        if block is None:
            return {}
        block.stopped = True
        if block.image:
            return {"images": (Image(b"".join(block.image), block.media_type),)}
        if block.call is None:
            return {}
        if block.has_arguments:
            return {"tool_calls": (ToolCallDelta(block.call, complete=True),)}
        self._pending_empty_call = block.call
        return {}

    def _read_stop(self, event: dict[str, Any]) -> dict[str, Any]:
        reason = as_text(event.get("stopReason"))
        if not reason:
            return {}
        self._template.forget()
        self.finish_seen = self.saw_content = True
        return {"finish_reasons": [reason]}

    def _read_metadata(self, event: dict[str, Any]) -> dict[str, Any]:
        self.done = self.finish_seen  # nothing follows it
        raw = as_dict(event.get("usage"))
        router = as_dict(as_dict(event.get("trace")).get("promptRouter"))
        model = as_text(router.get("invokedModelId")) or None
        if not raw:
            return {"model": model}
        cached, written = as_count(raw, "cacheReadInputTokens"), as_count(raw, "cacheWriteInputTokens")
        usage = Usage(
            input_tokens=as_count(raw, "inputTokens"),
            output_tokens=as_count(raw, "outputTokens"),
            cached_tokens=as_count(raw, "cacheReadInputTokenCount") if cached is None else cached,
            total_tokens=as_count(raw, "totalTokens"),
            raw=raw,
            cache_write_tokens=as_count(raw, "cacheWriteInputTokenCount") if written is None else written,
        )
        return {"model": model, "usage": usage.with_total()}
