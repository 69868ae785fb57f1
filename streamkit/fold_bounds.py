"""The caps of a call on the content of the answer, by kind: text, thinking, images, audio, arguments of tool calls."""

from __future__ import annotations

from collections.abc import Iterable

from .chunk import Chunk
from .errors import LimitExceeded
from .settings import Caps

_SIZES = ("text", "thinking", "images", "audio")


class Bounds:
    """The sizes of an answer by kind; the chunk that passes a cap is refused."""

    __slots__ = ("_arguments", "_caps", "_sizes")

    def __init__(self, caps: Caps, before: Iterable[Chunk] = ()) -> None:
        self._caps = caps
        self._sizes = dict.fromkeys(_SIZES, 0)
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
        for name in _SIZES:
            if sizes[name] > getattr(caps, name):
                raise _exceeded(name, getattr(caps, name))
        for delta in chunk.tool_calls:
            if self._arguments[chunk.index, delta.index] > caps.arguments:
                raise _exceeded("arguments", caps.arguments)

    def _count(self, chunk: Chunk) -> None:
        sizes = self._sizes
        sizes["text"] += _size(chunk.content)
        if chunk.plain:
            return
        sizes["text"] += _size(chunk.refusal) + _size(chunk.audio_transcript) + _size(chunk.tool_plan)
        if chunk.citations:
            sizes["text"] += sum(len(repr(each)) for each in chunk.citations)
        sizes["thinking"] += _size(chunk.thinking) + _size(chunk.signature or "")
        sizes["thinking"] += _size(chunk.redacted_thinking or "")
        sizes["images"] += sum(len(each.data or b"") + len(each.url or "") for each in chunk.images)
        sizes["audio"] += len(chunk.audio)
        for delta in chunk.tool_calls:
            key = chunk.index, delta.index
            self._arguments[key] = self._arguments.get(key, 0) + _size(delta.arguments)


def _exceeded(name: str, cap: int) -> LimitExceeded:
    what = "The arguments of a tool call are" if name == "arguments" else f"The answer's {name} is"
    return LimitExceeded(f"{what.replace('images is', 'images are')} larger than {cap} bytes (caps.{name}).")


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
