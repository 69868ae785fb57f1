"""Redactor: the machine of ``redact``, which removes matches from texts, or from the fields of chunks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import msgspec

from ...chunk import Chunk, ToolCallDelta
from ...errors import ConfigurationError
from ...text.compiled import TextMatch
from ...text.hold_back import Part, Removal
from ...text.json_escapes import JsonEscapes

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
        return self._visible([*(self._splitter.feed(rest) if rest else ()), *self._splitter.flush()])

    def _visible(self, parts: list[Part]) -> str:
        return "".join(part if isinstance(part, str) else self._replaced(part) for part in parts)

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
        self._lanes: dict[tuple[int, str, int], _Lane] = {}  # by choice, attribute and index of the call
        self._attributes = [FIELDS[name] for name in config.fields if name in _TEXTS]
        self._arguments = "arguments" in config.fields
        self._failed = False

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
        chunks = (self._flushed(index) for index in sorted({index for index, _, _ in self._lanes}))
        return [chunk for chunk in chunks if chunk is not None]

    def _feed_chunk(self, chunk: Chunk) -> Iterable[Chunk]:
        changes: dict[str, Any] = {}
        for attribute in self._attributes:
            text: str = getattr(chunk, attribute)
            passed = self._feed_field(chunk, attribute, text)
            if passed != text:
                changes[attribute] = passed
        if self._arguments and (chunk.tool_calls or chunk.finish_reasons):
            calls = self._feed_calls(chunk)
            if calls != chunk.tool_calls:
                changes["tool_calls"] = calls
        if changes:
            if chunk.plain and not any(changes.values()):
                return ()
            return (msgspec.structs.replace(chunk, payload=None, api=None, plain=False, **changes),)
        # A later event may repeat the whole text, unless it has one delta only.
        if not chunk.plain and any(lane.removed or lane.buffered for lane in self._lanes.values()):
            return (msgspec.structs.replace(chunk, payload=None, api=None),)
        return (chunk,)

    def _feed_field(self, chunk: Chunk, attribute: str, text: str) -> str:
        lane = self._lanes.get((chunk.index, attribute, 0))
        if lane is None:
            if not text:
                return ""
            lane = self._lanes[chunk.index, attribute, 0] = _Lane(self._config)
        passed = lane.feed(text) if text else ""
        return passed + lane.flush() if chunk.finish_reasons else passed

    def _feed_calls(self, chunk: Chunk) -> tuple[ToolCallDelta, ...]:
        passed: list[ToolCallDelta] = []
        for call in chunk.tool_calls:
            key = chunk.index, "tool_calls", call.index
            lane = self._lanes.get(key)
            if lane is None:
                passed += self._flush_calls(chunk.index)  # these have ended, since another one begins
                lane = self._lanes[key] = _Lane(self._config, call.kind)
            arguments = lane.feed(call.arguments) if call.arguments else ""
            if call.complete:
                arguments += lane.flush()
            passed.append(call if arguments == call.arguments else msgspec.structs.replace(call, arguments=arguments))
        if chunk.finish_reasons:
            passed += self._flush_calls(chunk.index)
        return tuple(passed)

    def _flush_calls(self, index: int) -> list[ToolCallDelta]:
        """Return the rest of the arguments of all calls of a choice."""
        lanes = [(key[2], lane) for key, lane in self._lanes.items() if key[:2] == (index, "tool_calls")]
        rests = [(at, lane.kind or "function", lane.flush()) for at, lane in lanes]
        return [ToolCallDelta(at, arguments=rest, kind=kind) for at, kind, rest in rests if rest]

    def _flushed(self, index: int) -> Chunk | None:
        """Return a chunk with the rest of one choice; None if there is none."""
        texts = {
            attribute: lane.flush()
            for (at, attribute, _), lane in self._lanes.items()
            if at == index and attribute != "tool_calls"
        }
        fields: dict[str, Any] = {name: text for name, text in texts.items() if text}
        if calls := self._flush_calls(index):
            fields["tool_calls"] = tuple(calls)
        return Chunk(index=index, **fields) if fields else None
