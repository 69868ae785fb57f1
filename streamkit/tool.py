"""A tool call, handed out only at its own end and only if its arguments are whole."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from .chunk import Chunk, ToolCallDelta, common_reasons

# Deeper than any tool's arguments, and well above what pydantic still writes and reads as JSON.
_DEPTH = 128


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of the model's.

    Args:
        id: The provider's id, to answer with.
        name: The tool's name.
        index: Its place among the calls of the answer.
        arguments: The parsed arguments; None unless their JSON is whole and strict.
        arguments_text: The arguments as they came.
        complete: The call came to its own end, and its arguments are whole.
    """

    id: str | None = None
    name: str = ""
    index: int = 0
    arguments: Any = None
    arguments_text: str = ""
    complete: bool = False


def strict_json(text: str) -> Any:
    """Parse JSON with none of Python's leniency: no NaN, no infinity, no name twice, no half a surrogate pair.

    Args:
        text: The whole JSON text.

    Raises:
        ValueError: It is not strict JSON, or nested too deeply.

    >>> strict_json('{"moon": "Europa"}')
    {'moon': 'Europa'}
    """
    try:
        found: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > _DEPTH and deeper_than(_DEPTH, found):
        raise ValueError("nested too deeply")
    if "\\u" in text:
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is a ValueError here
    return found


def deeper_than(depth: int, value: object) -> bool:
    """Whether parsed JSON is nested more deeply than this.

    >>> deeper_than(1, [1, 2]), deeper_than(1, [1, [2]])
    (False, True)
    """
    layer = [value]
    for _ in range(depth):
        layer = [inner for each in layer for inner in _inside(each)]
    return any(isinstance(each, (dict, list)) for each in layer)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


@dataclass(slots=True)
class _Open:
    """A call that is still being told."""

    id: str | None = None
    name: str = ""
    parts: list[str] = field(default_factory=list[str])
    closed: bool = False
    handed_out: bool = False

    def add(self, delta: ToolCallDelta) -> None:
        self.id = delta.id or self.id
        self.name = delta.name or self.name
        if delta.arguments:
            self.parts.append(delta.arguments)
        self.closed = self.closed or delta.complete

    @property
    def may_be_whole(self) -> bool:
        """Whether the text ends as an object or an array does: anything else may be the half of something."""
        return bool(self.parts) and self.parts[-1].rstrip()[-1:] in ("}", "]")

    def snapshot(self, index: int, over: bool) -> ToolCall:
        text = "".join(self.parts)
        if not text:
            return ToolCall(self.id, self.name, index, {} if over else None, text, over)
        try:
            return ToolCall(self.id, self.name, index, strict_json(text), text, over)
        except ValueError:
            return ToolCall(self.id, self.name, index, None, text, False)


class ToolCalls:
    """The calls of one choice, assembled from their pieces.

    A call is over when the provider closes it, when the choice gives its finish reason, or when a later
    call has begun and its own JSON is whole: providers may tell two calls in turns. No characters at all
    are a call without arguments, unless the answer was cut before they could come.
    """

    __slots__ = ("_cut", "_ended", "_open")

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._ended = False
        self._cut = False

    def __bool__(self) -> bool:
        return bool(self._open)

    def add(self, chunk: Chunk) -> None:
        """Take the pieces, and the end, that a chunk of this choice brings."""
        for delta in chunk.tool_calls:
            while len(self._open) <= delta.index:
                self._open.append(_Open())
            self._open[delta.index].add(delta)
        if chunk.finish_reasons:
            self._ended = True
            self._cut = bool({"length", "content_filter"}.intersection(common_reasons(chunk.finish_reasons) or ()))

    def snapshot(self) -> tuple[ToolCall, ...]:
        """Every call as far as it has been told."""
        return tuple(call.snapshot(at, self._over(at)) for at, call in enumerate(self._open))

    def completed(self) -> list[ToolCall]:
        """Return the calls that have become complete since this was last asked."""
        fresh: list[ToolCall] = []
        for at, call in enumerate(self._open):
            if not call.handed_out and self._over(at):
                told = call.snapshot(at, over=True)
                if told.complete:
                    call.handed_out = True
                    fresh.append(told)
        return fresh

    def _over(self, at: int) -> bool:
        call = self._open[at]
        if call.closed or (self._ended and not self._cut):
            return True
        return call.may_be_whole and (self._ended or at + 1 < len(self._open))
