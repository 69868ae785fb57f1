"""A tool call, handed out only at its own end and only if its arguments are whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..bounds import too_many
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


# What changes the depth of a JSON text, or hides such a character.
_STRUCTURE = re.compile(r"""["{}\[\]\\]""")


class _Nesting:
    """How deep the JSON text of a growing call is nested; every character is looked at once.

    The text can be whole only where it is back at depth 0. What is not JSON there never becomes JSON by more text.
    """

    __slots__ = ("_depth", "_escaped", "_parts", "_quoted")

    def __init__(self) -> None:
        self._parts = 0
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def closed(self, parts: list[str]) -> bool:
        """Whether every bracket and quote of the text so far is closed.

        Args:
            parts: The pieces of the text; those that were there before are not read again.
        """
        for part in parts[self._parts :]:
            self._read(part)
        self._parts = len(parts)
        return self._depth <= 0 and not self._quoted

    def _read(self, part: str) -> None:
        at = 1 if self._escaped and part else 0
        self._escaped = self._escaped and not part
        while (found := _STRUCTURE.search(part, at)) is not None:
            character, at = found[0], found.end()
            if character == "\\":
                if at == len(part):
                    self._escaped = True
                at += 1
            elif character == '"':
                self._quoted = not self._quoted
            elif not self._quoted:
                self._depth += 1 if character in "{[" else -1


@dataclass(slots=True)
class _Open:
    """A call that is still being told."""

    id: str | None = None
    name: str = ""
    signature: str | None = None
    parts: list[str] = field(default_factory=list[str])
    closed: bool = False
    settled: bool = False  # handed out, or closed with what is no JSON
    hopeless: bool = False  # its text is no JSON, whatever comes behind it
    nesting: _Nesting | None = None

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

    def is_worth_reading(self) -> bool:
        """Whether the text of a call that nothing closes may be whole JSON, which only reading it all can tell."""
        if self.hopeless:
            return False
        self.nesting = self.nesting or _Nesting()
        return self.nesting.closed(self.parts)

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

    A call is looked at only when something of it, or behind it, has changed, and its text is read as JSON only
    where it can be whole: many calls, and calls that nothing closes, cost no more than their length.

    Args:
        most: How many calls there may be; None for any number.
    """

    __slots__ = ("_changed", "_cut", "_ended", "_most", "_open")

    def __init__(self, *, most: int | None = None) -> None:
        self._open: list[_Open] = []
        self._changed: set[int] = set()  # the calls whose end may have come since they were last looked at
        self._ended = False
        self._cut = False
        self._most = most

    def __bool__(self) -> bool:
        return bool(self._open)

    @property
    def ended(self) -> bool:
        """Whether the choice has given a finish reason, and one other than length or filter."""
        return self._ended and not self._cut

    def add(self, chunk: Chunk) -> None:
        """Take the pieces, and the end, that a chunk of this choice brings.

        Raises:
            LimitExceeded: There would be more calls than the cap; nothing of the chunk is taken.
        """
        for delta in chunk.tool_calls:
            if self._most is not None and delta.index >= self._most:
                raise too_many("tool calls", self._most)
        for delta in chunk.tool_calls:
            if len(self._open) <= delta.index:
                self._changed.update(range(max(len(self._open) - 1, 0), delta.index))
                self._open += [_Open() for _ in range(delta.index + 1 - len(self._open))]
            self._open[delta.index].add(delta)
            self._changed.add(delta.index)
        if chunk.finish_reasons:
            self._ended = True
            self._cut = was_cut(chunk.finish_reasons)
            self._changed.update(range(len(self._open)))

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
        for at in sorted(self._changed):
            call = self._open[at]
            if call.settled or not self._over(at):
                continue
            if not (call.closed or self._ended or call.is_worth_reading()):
                continue
            found = call.snapshot(at, over=True)
            call.settled = found.complete or call.closed
            call.hopeless = not found.complete
            if found.complete:
                fresh.append(found)
        self._changed.clear()
        return fresh

    def _over(self, at: int) -> bool:
        call, last = self._open[at], at + 1 == len(self._open)
        if call.may_be_whole and (call.closed or self._ended or not last):
            return True
        return self.ended or (call.closed and not last)


@dataclass(frozen=True, slots=True)
class PartialToolCall:
    """A tool call as far as it has been told, with its newest piece.

    Its text and its arguments are made when asked for: a long call may have come in thousands of pieces.

    Args:
        index: Its place among the calls of the answer.
        id: The provider's id, once that has come.
        name: The tool's name, once that has come.
        delta: The new characters of its arguments; empty where only the id or the name is new.
    """

    index: int = 0
    id: str | None = None
    name: str = ""
    delta: str = ""
    _pieces: list[str] = field(default_factory=list[str], repr=False, compare=False)
    _count: int = field(default=0, repr=False, compare=False)

    @property
    def arguments_text(self) -> str:
        """The arguments' JSON so far."""
        return "".join(self._pieces[: self._count])

    @property
    def arguments(self) -> Any:
        """The arguments so far, None if there are none yet.

        The last value may be the half of one: a text, and a number too (``1`` of ``100``).
        """
        text = self.arguments_text
        if not text.strip():
            return None
        # Loaded here: `import streamkit` need not wait for it.
        from pydantic_core import from_json

        try:
            return from_json(text, allow_partial="trailing-strings", allow_inf_nan=False)
        except ValueError:
            return None


class _OpenPartial:
    """What has come of one call."""

    __slots__ = ("id", "name", "pieces")

    def __init__(self) -> None:
        self.id: str | None = None
        self.name = ""
        self.pieces: list[str] = []


class PartialToolCalls:
    """The partial calls of one choice."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[int, _OpenPartial] = {}

    def feed(self, chunk: Chunk) -> list[PartialToolCall]:
        """Take the next chunk of the choice; return a partial call for each of its deltas.

        Args:
            chunk: The next chunk.
        """
        partial: list[PartialToolCall] = []
        for delta in chunk.tool_calls:
            call = self._open.setdefault(delta.index, _OpenPartial())
            known = call.id, call.name
            call.id = delta.id or call.id
            call.name = delta.name or call.name
            if delta.arguments:
                call.pieces.append(delta.arguments)
            elif known == (call.id, call.name):
                continue  # it only closes the call
            size = len(call.pieces)
            partial.append(PartialToolCall(delta.index, call.id, call.name, delta.arguments, call.pieces, size))
        return partial
