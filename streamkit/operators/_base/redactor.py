"""Redactor: the machine of ``redact``, which removes matches from texts, or from the fields of chunks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

import msgspec

from ...chunk import Chunk, ToolCallDelta
from ...errors import ConfigurationError
from ...origin import Origin
from ...text.compiled import TextMatch
from ...text.hold_back import Part, Removal
from ...text.json_escapes import JsonEscapes
from .machine import MachineSubscription, flush
from .provider_text import shares_event, without_event, without_partial

FIELDS = {
    "content": "content",
    "thinking": "thinking",
    "refusal": "refusal",
    "transcript": "audio_transcript",
    "tool_plan": "tool_plan",
    "arguments": "tool_calls",
}
"""The attribute of a chunk for each field that can be redacted."""

_TEXTS = frozenset(FIELDS) - {"arguments"}


_Owner: TypeAlias = "tuple[int, Any]"
"""A choice, and the turn of a conversation and the tool call to which it belongs."""


class Splitter(Protocol):
    """Splits a text into what may pass and matches, as ``HoldBack`` does."""

    @property
    def buffered(self) -> int:
        """Number of characters that are held back."""
        ...

    def feed(self, fragment: str) -> list[Part]:
        """Take the next fragment."""
        ...

    def flush(self) -> list[Part]:
        """Return the rest."""
        ...


@dataclass(frozen=True, slots=True)
class RedactConfig:
    """What the redactors of one operator share.

    Args:
        make: Function that makes a splitter of one text.
        replace: Function of a match that returns the text in its place.
        fields: Names of the fields of chunks, as in ``FIELDS``.
        on_redact: Callback that gets the name of a pattern and the number of characters removed; None for no callback.
    """

    make: Callable[[], Splitter]
    replace: Callable[[TextMatch], str]
    fields: Sequence[str]
    on_redact: Callable[[str, int], None] | None


class _Lane:
    """One text that is redacted: a field of one choice, or the arguments of one call."""

    def __init__(self, config: RedactConfig, kind: str | None = None) -> None:
        self._config = config
        self._splitter = config.make()
        # The arguments of a function are JSON.
        self._escapes = JsonEscapes() if kind == "function" else None
        self.kind = kind
        self.removed = False

    @property
    def buffered(self) -> bool:
        return self._splitter.buffered > 0

    def feed(self, fragment: str) -> str:
        """Take the next fragment; return what may pass."""
        return self._visible(self._splitter.feed(fragment if self._escapes is None else self._escapes.feed(fragment)))

    def flush(self) -> str:
        """Return the rest."""
        rest = self._escapes.flush() if self._escapes is not None else ""
        parts = self._splitter.feed(rest) if rest else []
        return self._visible([*parts, *self._splitter.flush()])

    def _visible(self, parts: list[Part]) -> str:
        if self._escapes is not None:
            parts = self._as_written(parts, self._escapes)
        return "".join(part if isinstance(part, str) else self._replaced(part) for part in parts)

    def _as_written(self, parts: list[Part], escapes: JsonEscapes) -> list[Part]:
        """Do the escapes again, in what passes."""
        # Text ends where the removal behind it begins, or else where the text begins that is held back. What is
        # dropped stands behind a removal.
        ends: list[int] = []
        end = escapes.read - self._splitter.buffered
        for part in reversed(parts):
            ends.append(end)
            end = end - len(part) if isinstance(part, str) else part.match.start
        found = zip(parts, reversed(ends), strict=True)
        written = [escapes.as_written(part, end) if isinstance(part, str) else part for part, end in found]
        escapes.as_written("", escapes.read - self._splitter.buffered)  # forgets those of what was removed
        return written

    def _replaced(self, removal: Removal) -> str:
        self.removed = True
        text = cast("object", self._config.replace(removal.match))
        if not isinstance(text, str):
            raise ConfigurationError(f"redact(replacement=…) returned {type(text).__name__}: return a text.")
        if self._config.on_redact is not None:
            self._config.on_redact(removal.name, len(removal.match.text))
        return text if self._escapes is None else json.dumps(text, ensure_ascii=False)[1:-1]


class Redactor:
    """Removes matches from texts or chunks; nothing is held any more once it has raised.

    Args:
        config: What all redactors of the operator share.
    """

    done = False
    error = None

    def __init__(self, config: RedactConfig) -> None:
        self._config = config
        self._text: _Lane | None = None
        self._lanes: dict[tuple[_Owner, str, int], _Lane] = {}  # by owner, attribute and index of the call
        self._origins: dict[_Owner, Origin] = {}
        self._attributes = [FIELDS[name] for name in config.fields if name in _TEXTS]
        self._arguments = "arguments" in config.fields
        self._failed = False

    @property
    def removed(self) -> bool:
        """Whether anything has been removed."""
        return any(lane.removed for lane in (self._text, *self._lanes.values()) if lane is not None)

    def feed(self, item: str | Chunk) -> Iterable[Any]:
        """Take the next text or chunk; return what may pass.

        Raises:
            ConfigurationError: The element is neither text nor a chunk.
        """
        try:
            if isinstance(item, str):
                self._text = self._text or _Lane(self._config)
                passed = self._text.feed(item)
                return (passed,) if passed else ()
            if not isinstance(cast("object", item), Chunk):
                kind = type(cast("object", item)).__name__
                raise ConfigurationError(
                    f"redact() reads text or chunks, and {kind} came: put it before that operator."
                )
            return self._feed_chunk(item)
        except BaseException:
            self._failed = True
            raise

    def flush(self) -> Iterable[Any]:
        """Return the rest; nothing if a function of the user has raised, or a search took too long."""
        if self._failed:
            return ()
        if self._text is not None:
            passed = self._text.flush()
            return (passed,) if passed else ()
        owners = sorted(dict.fromkeys(owner for owner, _, _ in self._lanes), key=lambda owner: owner[0])
        return [chunk for chunk in map(self._flushed, owners) if chunk is not None]

    def _feed_chunk(self, chunk: Chunk) -> Iterable[Chunk]:
        changes: dict[str, Any] = {}
        owner = self._owner(chunk)
        for attribute in self._attributes:
            text: str = getattr(chunk, attribute)
            passed = self._feed_field(chunk, owner, attribute, text)
            if passed != text:
                changes[attribute] = passed
        if self._arguments and (chunk.tool_calls or chunk.finish_reasons):
            calls = self._feed_calls(chunk, owner)
            if calls != chunk.tool_calls:
                changes["tool_calls"] = calls
        if changes:
            if chunk.plain and not any(changes.values()):
                return ()
            return (msgspec.structs.replace(without_event(self._without_result(chunk)), **changes),)
        if chunk.plain:
            return (chunk,)
        # A later event may repeat the whole text, unless it has one delta only.
        if self.removed or any(lane.buffered for lane in self._lanes.values()):
            return (without_event(self._without_result(chunk)),)
        return (without_event(chunk) if shares_event(chunk) else chunk,)

    def _without_result(self, chunk: Chunk) -> Chunk:
        """Return a chunk without the object of a tool's result, which has the call and the text once more."""
        origin = chunk.origin
        if origin is None or origin.result is None:
            return chunk
        return chunk.with_origin(msgspec.structs.replace(origin, result=None))

    def _owner(self, chunk: Chunk) -> _Owner:
        origin = chunk.origin
        if origin is None:
            return chunk.index, None
        owner = chunk.index, (origin.path, origin.answer, origin.tool_call_id)
        if owner not in self._origins:
            self._origins[owner] = msgspec.structs.replace(origin, result=None)
        return owner

    def _feed_field(self, chunk: Chunk, owner: _Owner, attribute: str, text: str) -> str:
        lane = self._lanes.get((owner, attribute, 0))
        if lane is None:
            if not text:
                return ""
            lane = self._lanes[owner, attribute, 0] = _Lane(self._config)
        passed = lane.feed(text) if text else ""
        whole = chunk.origin is not None and chunk.origin.result is not None
        return passed + lane.flush() if chunk.finish_reasons or whole else passed

    def _feed_calls(self, chunk: Chunk, owner: _Owner) -> tuple[ToolCallDelta, ...]:
        passed: list[ToolCallDelta] = []
        for call in chunk.tool_calls:
            key = owner, "tool_calls", call.index
            lane = self._lanes.get(key)
            if lane is None:
                passed += self._flush_calls(owner)  # these have ended, since another one begins
                lane = self._lanes[key] = _Lane(self._config, call.kind)
            arguments = lane.feed(call.arguments) if call.arguments else ""
            if call.complete:
                arguments += lane.flush()
            passed.append(call if arguments == call.arguments else msgspec.structs.replace(call, arguments=arguments))
        if chunk.finish_reasons:
            passed += self._flush_calls(owner)
        return tuple(passed)

    def _flush_calls(self, owner: _Owner) -> list[ToolCallDelta]:
        """Return the rest of the arguments of all calls of a choice."""
        lanes = [(key[2], lane) for key, lane in self._lanes.items() if key[:2] == (owner, "tool_calls")]
        rests = [(at, lane.kind or "function", lane.flush()) for at, lane in lanes]
        return [ToolCallDelta(at, arguments=rest, kind=kind) for at, kind, rest in rests if rest]

    def _flushed(self, owner: _Owner) -> Chunk | None:
        """Return a chunk with the rest of one choice; None if there is none."""
        texts = {
            attribute: lane.flush()
            for (at, attribute, _), lane in self._lanes.items()
            if at == owner and attribute != "tool_calls"
        }
        fields: dict[str, Any] = {name: text for name, text in texts.items() if text}
        if calls := self._flush_calls(owner):
            fields["tool_calls"] = tuple(calls)
        if not fields:
            return None
        chunk: Chunk = Chunk(index=owner[0], **fields)
        return chunk.with_origin(self._origins[owner]) if owner in self._origins else chunk


class RedactSubscription(MachineSubscription[Any, Any]):
    """A subscription whose held text is emitted before every end, and whose errors do not have what was removed."""

    flush_on_error = True

    _machine: Redactor

    def _fail(self, error: Exception) -> None:
        self._on_error(error)

    def _on_error(self, error: Exception) -> None:
        flush(self._observer, self._machine.flush)
        self._observer.on_error(without_partial(error) if self._machine.removed else error)
