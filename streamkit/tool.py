"""A tool call, handed out only at its own end and only if its arguments are whole."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from .chunk import Chunk, ToolCallDelta


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
    """Parse JSON with none of Python's leniency: no NaN, no infinity, no name twice, nothing behind it.

    Args:
        text: The whole JSON text.

    Raises:
        ValueError: It is not strict JSON, or nested too deeply.

    >>> strict_json('{"moon": "Europa"}')
    {'moon': 'Europa'}
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


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

    def snapshot(self, index: int, ended: bool) -> ToolCall:
        text = "".join(self.parts)
        over = ended or self.closed
        try:
            # No characters at all are a call without arguments, but only once nothing more can come.
            arguments, whole = ({}, over) if not text else (strict_json(text), True)
        except ValueError:
            arguments, whole = None, False
        return ToolCall(self.id, self.name, index, arguments if whole else None, text, over and whole)


class ToolCalls:
    """The calls of one choice, assembled from their pieces.

    A call is over when the provider closes it, when the choice gives its finish reason, or when a later
    call has begun and its own JSON is whole: providers may tell two calls in turns.
    """

    __slots__ = ("_ended", "_open")

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._ended = False

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

    def snapshot(self) -> tuple[ToolCall, ...]:
        """Every call as far as it has been told."""
        return tuple(call.snapshot(at, self._over(at)) for at, call in enumerate(self._open))

    def completed(self) -> list[ToolCall]:
        """Return the calls that have become complete since this was last asked."""
        fresh: list[ToolCall] = []
        for at, call in enumerate(self._open):
            if not call.handed_out and (call.closed or self._over(at)):
                told = call.snapshot(at, self._over(at))
                if told.complete:
                    call.handed_out = True
                    fresh.append(told)
        return fresh

    def _over(self, at: int) -> bool:
        followed = at + 1 < len(self._open) and bool(self._open[at].parts)
        return self._ended or followed
