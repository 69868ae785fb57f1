"""A tool call, handed out only at its own end and only if its arguments are whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..chunk import Chunk, ToolCallDelta, common_reasons
from ..errors import ConfigurationError
from ._json import strict_json


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
        signature: The provider's signature over the call, to be sent back with it (Gemini).
    """

    id: str | None = None
    name: str = ""
    index: int = 0
    arguments: Any = None
    arguments_text: str = ""
    complete: bool = False
    signature: str | None = None

    @property
    def args(self) -> Any:
        """The arguments, as the tool takes them where the call's tools were declared as functions or models."""
        return self.arguments

    @property
    def tool_call(self) -> ToolCall:
        """The call as the model made it."""
        return self

    @property
    def delta(self) -> str | None:
        """None: the pieces of a call that is still being told are ``PartialToolCall``."""
        return None

    def call(self) -> Any:
        """Run the tool; what an async tool gives is to be awaited.

        Raises:
            ConfigurationError: The tool is known by no more than its name.
        """
        raise ConfigurationError(
            f"{self.name!r} cannot be run: give the call its tools as functions or pydantic models, not as dicts."
        )


@dataclass(slots=True)
class _Open:
    """A call that is still being told."""

    id: str | None = None
    name: str = ""
    signature: str | None = None
    parts: list[str] = field(default_factory=list[str])
    closed: bool = False
    settled: bool = False  # handed out, or closed with what is no JSON

    def add(self, delta: ToolCallDelta) -> None:
        self.id = delta.id or self.id
        self.name = delta.name or self.name
        self.signature = delta.signature or self.signature
        if delta.arguments and not self.closed:  # it may have been handed out
            self.parts.append(delta.arguments)
        self.closed = self.closed or delta.complete

    @property
    def may_be_whole(self) -> bool:
        """Whether the text ends as an object or an array does: anything else may be the half of something."""
        return bool(self.parts) and self.parts[-1].rstrip()[-1:] in ("}", "]")

    def snapshot(self, index: int, over: bool) -> ToolCall:
        text = "".join(self.parts)
        if not text:
            return ToolCall(self.id, self.name, index, {} if over else None, text, over, self.signature)
        try:
            return ToolCall(self.id, self.name, index, strict_json(text), text, over, self.signature)
        except ValueError:
            return ToolCall(self.id, self.name, index, None, text, False, self.signature)


def was_cut(finish_reasons: list[str]) -> bool:
    """Tell whether an answer was cut by its length or by a filter.

    >>> was_cut(["max_tokens"]), was_cut(["tool_use"])
    (True, False)
    """
    return not {"length", "content_filter"}.isdisjoint(common_reasons(finish_reasons) or ())


class ToolCalls:
    """The calls of one choice, assembled from their pieces.

    A call is over when the provider closes it, when the choice gives its finish reason, or when a later
    call has begun and its own JSON is whole: providers may tell two calls in turns. No characters at all
    are a call without arguments, unless the answer was cut before they could come: so it is over only when
    something follows it, or the finish reason says that nothing was cut.
    """

    __slots__ = ("_cut", "_ended", "_open")

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._ended = False
        self._cut = False

    def __bool__(self) -> bool:
        return bool(self._open)

    @property
    def ended(self) -> bool:
        """Whether the choice has given a finish reason, and one other than length or filter."""
        return self._ended and not self._cut

    def add(self, chunk: Chunk) -> None:
        """Take the pieces, and the end, that a chunk of this choice brings."""
        for delta in chunk.tool_calls:
            while len(self._open) <= delta.index:
                self._open.append(_Open())
            self._open[delta.index].add(delta)
        if chunk.finish_reasons:
            self._ended = True
            self._cut = was_cut(chunk.finish_reasons)

    def deltas(self) -> tuple[ToolCallDelta, ...]:
        """Every call as far as it has been told, as one piece each."""
        return tuple(
            ToolCallDelta(at, call.id, call.name or None, "".join(call.parts), call.closed, call.signature)
            for at, call in enumerate(self._open)
        )

    def snapshot(self) -> tuple[ToolCall, ...]:
        """Every call as far as it has been told."""
        return tuple(call.snapshot(at, self._over(at)) for at, call in enumerate(self._open))

    def completed(self) -> list[ToolCall]:
        """Return the calls that have become complete since this was last asked."""
        fresh: list[ToolCall] = []
        for at, call in enumerate(self._open):
            if not call.settled and self._over(at):
                told = call.snapshot(at, over=True)
                call.settled = told.complete or call.closed
                if told.complete:
                    fresh.append(told)
        return fresh

    def _over(self, at: int) -> bool:
        call, last = self._open[at], at + 1 == len(self._open)
        if call.may_be_whole and (call.closed or self._ended or not last):
            return True
        return self.ended or (call.closed and not last)
