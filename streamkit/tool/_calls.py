"""Tool calls: their strict JSON, and assembling them from deltas; a call is emitted once its arguments are whole."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from ..chunk import Chunk, ToolCallDelta, common_reasons
from ..errors import ConfigurationError
from ..growing import join_last
from ..settings import too_many
from ._growing_arguments import GrowingArguments

# More than any tool's arguments need; pydantic reads and writes JSON of this depth.
_DEPTH = 128


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call that the model made.

    Args:
        id: The provider's id of the call, which the result is sent back with.
        name: The tool's name.
        index: Position among the calls of the answer, from 0.
        arguments: The parsed arguments; None unless their JSON is whole and strict.
        arguments_text: The JSON of the arguments as it arrived.
        complete: True if the end of the call has arrived and the arguments are whole.
        signature: The provider's signature over the call, to be sent back with the call (Gemini).
        kind: ``function``, or the type of an item of the Responses API that the client answers too:
            ``custom_tool_call``, ``shell_call``, ``local_shell_call``, ``apply_patch_call``, ``computer_call``,
            ``mcp_approval_request`` or ``tool_search_call``.
    """

    id: str | None = None
    name: str = ""
    index: int = 0
    arguments: Any = None
    arguments_text: str = ""
    complete: bool = False
    signature: str | None = None
    kind: str = "function"

    def __setstate__(self, state: list[Any]) -> None:
        object.__setattr__(self, "kind", "function")  # which older pickles do not have
        for name, value in zip(ToolCall.__slots__, state, strict=False):
            object.__setattr__(self, name, value)

    @property
    def args(self) -> Any:
        """The parsed arguments; a call of a declared function or model has them validated."""
        return self.arguments

    @property
    def tool_call(self) -> ToolCall:
        """The call without validated arguments."""
        return self

    @property
    def delta(self) -> str | None:
        """None, since the call has ended; a ``PartialToolCall`` has a delta."""
        return None

    def call(self) -> Any:
        """Run the tool; await the result of an async tool.

        Raises:
            ConfigurationError: The tool was declared as a dict, or not at all.
        """
        raise ConfigurationError(
            f"{self.name!r} cannot be run: give the call its tools as functions or pydantic models, not as dicts."
        )


class _Nesting:
    """The nesting depth of a growing JSON text; every character is read once.

    The text can be whole only at depth 0. Text that is not JSON at depth 0 does not become JSON by more characters.
    """

    __slots__ = ("_depth", "_escaped", "_parts", "_quoted")

    def __init__(self) -> None:
        self._parts = 0
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def closed(self, parts: list[str]) -> bool:
        """Whether every bracket and quote of the text so far is closed; fragments read before are skipped."""
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
class _OpenCall:
    """A call whose deltas are still arriving."""

    id: str | None = None
    name: str = ""
    signature: str | None = None
    kind: str = "function"
    parts: list[str] = field(default_factory=list[str])
    closed: bool = False
    settled: bool = False  # the call was emitted, or closed with text that is not JSON
    not_json: bool = False  # the text is not JSON, whatever may follow
    nesting: _Nesting | None = None

    def add(self, delta: ToolCallDelta) -> None:
        self.id = delta.id or self.id
        self.name = delta.name or self.name
        self.signature = delta.signature or self.signature
        if delta.kind != "function":
            self.kind = delta.kind
        if delta.arguments and not self.closed:  # a closed call may have been emitted
            self.parts.append(delta.arguments)
        self.closed = self.closed or delta.complete

    @property
    def may_be_whole(self) -> bool:
        """Whether the text ends like an object or an array; any other value may go on (``1`` of ``10``)."""
        last = self.parts[-1].rstrip() if self.parts else ""
        if not last:  # spaces may come in a fragment of their own
            last = "".join(self.parts).rstrip()
        return last[-1:] in ("}", "]")

    def is_worth_parsing(self) -> bool:
        """Return whether a call without an end marker may be whole, because all brackets of the text are closed."""
        if self.not_json:
            return False
        self.nesting = self.nesting or _Nesting()
        return self.nesting.closed(self.parts)

    def snapshot(self, index: int, over: bool) -> ToolCall:
        text = "".join(self.parts)
        if not text:
            return ToolCall(self.id, self.name, index, {} if over else None, text, over, self.signature, self.kind)
        try:
            return ToolCall(self.id, self.name, index, strict_json(text), text, over, self.signature, self.kind)
        except ValueError:
            return ToolCall(self.id, self.name, index, None, text, False, self.signature, self.kind)


def was_cut(finish_reasons: Sequence[str]) -> bool:
    """Return whether the token limit or a content filter cut the answer.

    >>> was_cut(["max_tokens"]), was_cut(["tool_use"])
    (True, False)
    """
    return not {"length", "content_filter"}.isdisjoint(common_reasons(finish_reasons) or ())


class ToolCalls:
    """The tool calls of one choice, assembled from their deltas.

    A call is over when the provider closes it, when the choice has a finish reason, or when a later call has begun and
    the call's own JSON is whole: providers may interleave the deltas of two calls. A call without any characters has no
    arguments, unless the answer was cut before they arrived; such a call is over only when another call follows, or
    when the finish reason shows that the answer was not cut.

    A call is examined only when one of its own deltas, a later call or the finish reason has arrived, and its text is
    parsed only when it can be whole. The cost is linear in the length of the text, for any number of calls.
    """

    __slots__ = ("_answer", "_before", "_calls", "_changed", "_most", "_reasons")

    def __init__(self, *, most: int | None = None) -> None:
        self._calls: list[_OpenCall] = []
        self._changed: set[int] = set()  # the calls that may have ended since `completed` was last called
        self._reasons: list[str] | None = None  # the finish reasons
        self._most = most
        self._answer: tuple[int, int | None] | None = None  # of a conversation: the turn and the attempt
        self._before = 0  # the calls of earlier turns

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def ended(self) -> bool:
        """Whether a finish reason has arrived that is neither ``length`` nor ``content_filter``."""
        return bool(self._reasons) and not was_cut(self._reasons)

    def feed(self, chunk: Chunk) -> None:
        """Add the deltas and the finish reason of the choice's next chunk.

        Raises:
            LimitExceeded: The number of calls would exceed the cap; nothing of the chunk is added.
        """
        origin = chunk.origin
        if origin is not None and origin.answer != self._answer:
            self._begin(origin.answer)
        for delta in chunk.tool_calls:
            if self._most is not None and delta.index >= self._most:
                raise too_many("tool calls", self._most)
        for delta in chunk.tool_calls:
            if len(self._calls) <= delta.index:
                self._changed.update(range(max(len(self._calls) - 1, 0), delta.index))
                self._calls += [_OpenCall() for _ in range(delta.index + 1 - len(self._calls))]
            self._calls[delta.index].add(delta)
            self._changed.add(delta.index)
        if chunk.finish_reasons:
            self._reasons = chunk.finish_reasons
            self._changed.update(range(len(self._calls)))

    def _begin(self, answer: tuple[int, int | None]) -> None:
        """Begin the next answer of a conversation; the calls of an answer that is void are dropped."""
        if self._answer is not None and answer[0] == self._answer[0]:
            del self._calls[self._before :]
            self._changed.clear()
        self._answer, self._before, self._reasons = answer, len(self._calls), None

    def copy(self) -> ToolCalls:
        """Return a copy, to which other chunks may be added; fragments are shared."""
        other = copy.copy(self)
        other._calls = [replace(call, parts=list(call.parts), nesting=None) for call in self._calls]
        other._changed = set(self._changed)
        return other

    def join_since(self, before: ToolCalls | None) -> None:
        """Join the fragments of arguments that each call has more than before.

        Args:
            before: The calls of which these are a copy; None for none.
        """
        counts = [len(call.parts) for call in before._calls] if before is not None else []
        for at, call in enumerate(self._calls):
            join_last(call.parts, counts[at] if at < len(counts) else 0)

    def deltas(self) -> tuple[ToolCallDelta, ...]:
        """Return one delta a call, with everything that has arrived of the call."""
        return tuple(
            ToolCallDelta(at, call.id, call.name or None, "".join(call.parts), call.closed, call.signature, call.kind)
            for at, call in enumerate(self._calls)
        )

    def snapshot(self) -> tuple[ToolCall, ...]:
        """Return every call with the arguments that have arrived."""
        return tuple(call.snapshot(at, self._over(at)) for at, call in enumerate(self._calls))

    def snapshot_of(self, index: int) -> ToolCall:
        """Return one call with the arguments that have arrived."""
        return self._calls[index].snapshot(index, self._over(index))

    def completed(self) -> list[ToolCall]:
        """Return the calls that have become complete since the previous call of this method."""
        fresh: list[ToolCall] = []
        for at in sorted(self._changed):
            call = self._calls[at]
            if call.settled or not self._over(at):
                continue
            if not (call.closed or self._reasons or call.is_worth_parsing()):
                continue
            found = call.snapshot(at, over=True)
            call.settled = found.complete or call.closed
            call.not_json = not found.complete
            if found.complete:
                fresh.append(found)
        self._changed.clear()
        return fresh

    def _over(self, at: int) -> bool:
        call, last = self._calls[at], at + 1 == len(self._calls)
        if call.may_be_whole and (call.closed or self._reasons or not last):
            return True
        return self.ended or (call.closed and not last)


# The characters that change the depth of a JSON text, and those that quote or escape them.
_STRUCTURE = re.compile(r"""["{}\[\]\\]""")


@dataclass(frozen=True, slots=True)
class PartialToolCall:
    """A tool call that is still arriving, with the newest delta.

    The text and the arguments are computed on access, because a long call may arrive in thousands of deltas.

    Args:
        index: Position among the calls of the answer, from 0.
        id: The provider's id of the call; None before it has arrived.
        name: The tool's name; empty before it has arrived.
        delta: New characters of the arguments; empty if only the id or the name is new.
    """

    index: int = 0
    id: str | None = None
    name: str = ""
    delta: str = ""
    _growing: GrowingArguments = field(default_factory=GrowingArguments, repr=False, compare=False)
    _size: int = field(default=0, repr=False, compare=False)

    def __setstate__(self, state: list[Any]) -> None:
        *fields, growing, size = state
        if isinstance(growing, list):  # the fragments, and how many of them, in older pickles
            text = "".join(cast("list[str]", growing)[:size])
            growing, size = GrowingArguments(text), len(text)
        for name, value in zip(PartialToolCall.__slots__, [*fields, growing, size], strict=True):
            object.__setattr__(self, name, value)

    @property
    def arguments_text(self) -> str:
        """The JSON of the arguments so far."""
        return self._growing.text.first(self._size)

    @property
    def arguments(self) -> Any:
        """The arguments so far; None if no character has arrived, or if the text is not JSON.

        The last value may be incomplete: a text, or a number (``1`` of ``100``). Do not change what you get: the
        arguments of later deltas share its parts.
        """
        return self._growing.value(self._size)


class _OpenPartial:
    """The id, the name and the arguments of one call so far."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id: str | None = None
        self.name = ""
        self.arguments = GrowingArguments()


class PartialToolCalls:
    """Makes partial calls from the chunks of one choice."""

    __slots__ = ("_attempt", "_calls")

    def __init__(self) -> None:
        self._calls: dict[int, _OpenPartial] = {}
        self._attempt: int | None = None

    def feed(self, chunk: Chunk) -> list[PartialToolCall]:
        """Add the choice's next chunk; return a partial call for each delta in the chunk."""
        partial: list[PartialToolCall] = []
        if chunk.tool_calls and (origin := chunk.origin) is not None and origin.attempt != self._attempt:
            self._attempt, self._calls = origin.attempt, {}  # the calls before are those of an answer that is void
        for delta in chunk.tool_calls:
            call = self._calls.get(delta.index)
            if call is None:
                call = self._calls[delta.index] = _OpenPartial()
            known = call.id, call.name
            call.id = delta.id or call.id
            call.name = delta.name or call.name
            text = call.arguments.text
            if delta.arguments:
                text.add(delta.arguments)
            elif known == (call.id, call.name):
                continue  # the delta only closes the call
            partial.append(PartialToolCall(delta.index, call.id, call.name, delta.arguments, call.arguments, text.size))
        return partial


def strict_json(text: str) -> Any:
    """Parse JSON with none of Python's leniency: no NaN, no infinity, no name twice, no half a surrogate pair.

    Raises:
        ValueError: The text is not strict JSON, or is nested too deeply.

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
    """Return whether parsed JSON is nested more deeply than ``depth``.

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
