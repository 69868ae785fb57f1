"""The size of an answer so far, compared with the caps of the call."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .chunk import Chunk
from .errors import LimitExceeded
from .settings import Caps

_NAMES = ("text", "thinking", "images", "audio")


class Bounds:
    """The sizes of an answer by kind; the chunk that passes a cap is refused.

    Args:
        caps: The caps of the call.
        before: The chunks that have arrived already.
    """

    __slots__ = ("_arguments", "_caps", "_sizes")

    def __init__(self, caps: Caps, before: Iterable[Chunk] = ()) -> None:
        self._caps = caps
        self._sizes = dict.fromkeys(_NAMES, 0)
        self._arguments: dict[tuple[int, int], int] = {}
        for chunk in before:
            self._count(chunk)

    def take(self, chunk: Chunk) -> None:
        """Count one more chunk.

        Raises:
            LimitExceeded: With this chunk the answer is larger than a cap.
        """
        self._count(chunk)
        caps, sizes = self._caps, self._sizes
        if sizes["text"] > caps.text:
            raise _exceeded("text", caps.text)
        if chunk.plain:
            return
        for name in _NAMES:
            if sizes[name] > getattr(caps, name):
                raise _exceeded(name, getattr(caps, name))
        for delta in chunk.tool_calls:
            if self._arguments[chunk.index, delta.index] > caps.arguments:
                raise _exceeded("arguments", caps.arguments)

    def _count(self, chunk: Chunk) -> None:
        sizes = self._sizes
        sizes["text"] += _bytes(chunk.content)
        if chunk.plain:
            return
        sizes["text"] += _bytes(chunk.refusal) + _bytes(chunk.audio_transcript) + _bytes(chunk.tool_plan)
        if chunk.citations:
            sizes["text"] += sum(len(repr(each)) for each in chunk.citations)
        sizes["thinking"] += _bytes(chunk.thinking) + _bytes(chunk.signature or "")
        sizes["thinking"] += _bytes(chunk.redacted_thinking or "")
        sizes["images"] += sum(len(each.data or b"") + len(each.url or "") for each in chunk.images)
        sizes["audio"] += len(chunk.audio)
        for delta in chunk.tool_calls:
            key = chunk.index, delta.index
            self._arguments[key] = self._arguments.get(key, 0) + _bytes(delta.arguments)


def smallest(caps: Caps | None) -> float:
    """Return the number of bytes that a body may have before any cap on its content can be passed."""
    return math.inf if caps is None else min(caps.arguments, caps.text, caps.thinking, caps.images, caps.audio)


def too_many(what: str, cap: int) -> LimitExceeded:
    """Return the error of an answer with more tool calls, or choices, than the cap on tool calls."""
    return LimitExceeded(f"The answer has more than {cap} {what} (caps.tool_calls).")


def _exceeded(name: str, cap: int) -> LimitExceeded:
    what = "The arguments of a tool call are" if name == "arguments" else f"The answer's {name} is"
    return LimitExceeded(f"{what.replace('images is', 'images are')} larger than {cap} bytes (caps.{name}).")


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
