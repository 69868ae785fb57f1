"""The ConverseStream wire of AWS Bedrock: blocks with numbers, of which only tools and images say that they begin."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Unpack

from ...chunk import Chunk, Image, ToolCallDelta, Usage
from ...errors import LimitExceeded, MalformedError, ProviderError, StreamError, provider_error
from ..event_decoder import EventDecoder, Options
from ..framing.aws_event_stream import ErrorFrame, FrameFramer
from ..framing.framer import Framer
from ..lenient_json import as_count, as_dict, as_json, as_text, parse

# The status that AWS gives each error where it comes before the stream; inside one there is only its name.
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
    """Decode events that come in frames; ``framer`` says how they are wrapped."""

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
    """Make the error that a frame tells of.

    Args:
        payload: Its JSON: an object whose only name is the error's.
        provider: Whose error it is.
    """
    try:
        given = as_dict(parse(payload)[0])
    except ValueError:
        given = {}
    name = next(iter(given), "")
    told = as_dict(given.get(name))
    status = _STATUS.get(_KIND.sub("", name).lower())
    error = provider_error(
        as_text(told.get("message")) or as_text(told.get("Message")) or "The provider reported an error in the stream.",
        status=status,
        code=name or None,
        provider=provider,
    )
    if status == 424:  # the model failed in the middle of its answer: AWS says to ask again
        error.retryable = True
    return error


_BLOCK = ("contentBlockDelta", "contentBlockStart", "contentBlockStop")


@dataclass(slots=True)
class _Block:
    """A block that has begun.

    Args:
        aside: It is the server's own: its tools and their results. Nothing of it is the answer.
        call: Its number among the client's tool calls, if it is one.
        media_type: Of which type its image is.
    """

    aside: bool = False
    call: int | None = None
    media_type: str = "image/png"
    image: list[bytes] = field(default_factory=list[bytes])
    told: bool = False
    stopped: bool = False


class ConverseDecoder(FrameDecoder):
    """Decode a ConverseStream: ``messageStop`` proves the end, ``metadata`` with the usage comes after it."""

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
        self._bare: int | None = None
        """A call that has stopped without a character of arguments: it takes none, or was cut before them."""

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        told: dict[str, Any] = {}
        for name in _BLOCK:
            if name in event:
                told = self._read_block(name, as_dict(event[name]))
        if "messageStop" in event:
            told = self._read_stop(as_dict(event["messageStop"]))
        if "metadata" in event:
            told |= self._read_metadata(as_dict(event["metadata"]))
        chunks.append(self._chunk(payload, told))

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
        pieces = [] if name == "contentBlockDelta" and block is not None else self._settle()
        if name == "contentBlockStart":
            if block is not None:
                raise ValueError(f"block {number} starts twice")
            told = self._start(number, as_dict(event.get("start")))
        elif name == "contentBlockStop":
            told = self._stop(block)
        else:
            told = self._delta(self._begin(number) if block is None else block, as_dict(event.get("delta")))
        return {"block": number, **told, "tool_calls": (*pieces, *told.get("tool_calls", ()))}

    def _settle(self) -> list[ToolCallDelta]:
        """Close the call whose arguments never came: it was not cut, since more has come."""
        bare, self._bare = self._bare, None
        return [] if bare is None else [ToolCallDelta(bare, complete=True)]

    def _begin(self, number: int) -> _Block:
        self._template.forget()
        block = self._blocks[number] = _Block()
        self._last = max(self._last, number)
        return block

    def _start(self, number: int, given: dict[str, Any]) -> dict[str, Any]:
        block = self._begin(number)
        image, call = as_dict(given.get("image")), as_dict(given.get("toolUse"))
        block.aside = "toolResult" in given or as_text(call.get("type")) == "server_tool_use"
        if image:
            block.media_type = f"image/{as_text(image.get('format')) or 'png'}"
        if not call or block.aside:
            return {}
        block.call = self._calls
        self._calls += 1
        call_id, name = as_text(call.get("toolUseId")) or None, as_text(call.get("name")) or None
        return {"tool_calls": (ToolCallDelta(block.call, call_id, name),)}

    def _delta(self, block: _Block, delta: dict[str, Any]) -> dict[str, Any]:
        if block.aside:
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
        block.told = block.told or bool(arguments)
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
        if block.told:
            return {"tool_calls": (ToolCallDelta(block.call, complete=True),)}
        self._bare = block.call
        return {}

    def _read_stop(self, event: dict[str, Any]) -> dict[str, Any]:
        reason = as_text(event.get("stopReason"))
        if not reason:
            return {}
        self._template.forget()
        self.finish_seen = self.saw_content = True
        return {"finish_reasons": [reason]}

    def _read_metadata(self, event: dict[str, Any]) -> dict[str, Any]:
        self.done = self.finish_seen  # nothing is sent behind it
        raw = as_dict(event.get("usage"))
        router = as_dict(as_dict(event.get("trace")).get("promptRouter"))
        model = as_text(router.get("invokedModelId")) or None
        if not raw:
            return {"model": model}
        cached = as_count(raw, "cacheReadInputTokens")
        usage = Usage(
            input_tokens=as_count(raw, "inputTokens"),
            output_tokens=as_count(raw, "outputTokens"),
            cached_tokens=as_count(raw, "cacheReadInputTokenCount") if cached is None else cached,
            total_tokens=as_count(raw, "totalTokens"),
            raw=raw,
        )
        return {"model": model, "usage": usage}
