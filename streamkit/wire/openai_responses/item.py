"""State of one item of a Responses answer: the texts or the tool call, and whether anything may be missing.

A server sends a text in deltas and then, up to four times, as a complete text. The numbers of the texts need not agree:
some servers count from 1 in the events and from 0 in the item. So a complete text belongs to the first text whose
deltas equal it, else to the first text whose deltas begin it. The number decides only between several of those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, TypeAlias

from ...chunk import ToolCallDelta
from ..lenient_json import as_text, write
from .kinds import CLIENT_CALLS, name_of

Fields: TypeAlias = dict[str, Any]

"""Fields of a chunk."""

Source: TypeAlias = Literal["delta", "text", "part", "item"]

"""Source of a text's number: the deltas, the complete text, the complete part, or the position in the item."""

Name: TypeAlias = "tuple[Source, int]"

_LOOKED_AT = 16  # number of texts that are compared; wrong numbers are usually wrong by one


@dataclass(slots=True)
class Part:
    """The state of a text of an item, or of the arguments of a tool call.

    Args:
        block: The number among all texts and calls of the answer.
        field_name: The field of the chunk.
        at: The number in the first event of the text.
        emitted: The emitted strings, until the text is complete.
        buffered: The strings that wait for the complete text, because events before them are missing.
        complete: True once the complete text has arrived.
        sources: The number of emitted citations.
        buffered_sources: The citations that wait for the complete text.
    """

    block: int
    field_name: str
    at: int = 0
    emitted: list[str] = field(default_factory=list[str])
    buffered: list[str] = field(default_factory=list[str])
    complete: bool = False
    sources: int = 0
    buffered_sources: list[Any] = field(default_factory=list[Any])
    _hashes: tuple[int, ...] = ()

    def so_far(self) -> str:
        """Return the text that was emitted; it is joined once, in the list that the fast path appends to."""
        if len(self.emitted) > 1:
            self.emitted[:] = ["".join(self.emitted)]
        return self.emitted[0] if self.emitted else ""

    def equals(self, text: str) -> bool:
        """Whether the text so far equals the given one."""
        return hash(text) in self._hashes if self.complete else self.so_far() == text

    def begins(self, text: str) -> bool:
        """Whether the text so far is the beginning of the given one."""
        return not self.complete and text.startswith(self.so_far())

    def rest(self, text: str) -> str | None:
        """Return what a complete text adds to the emitted text; None if it is another text."""
        if not text:
            return ""
        so_far = self.so_far()
        return text[len(so_far) :] if text.startswith(so_far) else None

    def mark_complete(self, text: str) -> None:
        """Mark the text as complete, and drop the buffered strings."""
        self._hashes = (hash(self.so_far()), hash(text))
        self.complete, self.emitted = True, []
        self.buffered.clear()


class Texts:
    """The texts of one kind in one item, in the order of their first events."""

    def __init__(self, field_name: str) -> None:
        self.field_name = field_name
        self.parts: list[Part] = []
        self._names: dict[Name, Part] = {}
        self._free: dict[Source, dict[int, Part]] = {}

    def delta(self, at: int) -> Part | None:
        """Return the text with that number in the events; None if there is none."""
        found = self._numbered(at)
        if found is not None:
            self._name(("delta", at), found)
        return found

    def match_complete(self, name: Name, text: str, *, count: int = 0) -> Part | None:
        """Return the text whose complete form this is; None if no part of it has arrived before.

        Args:
            name: The source of the number, and the number.
            text: The complete text.
            count: The number of texts of this kind in the item; 0 if it is not known.
        """
        part = self._names.get(name)
        if part is None or (part.complete and text and not part.equals(text)):
            part = self._match(name, text, count) or part
        if part is not None:
            self._name(name, part)
        return part

    def add(self, name: Name, block: int) -> Part:
        """Begin and return a new text."""
        part = Part(block, self.field_name, name[1])
        self.parts.append(part)
        for free in self._free.values():
            free[id(part)] = part
        self._name(name, part)
        return part

    @property
    def later_emitted(self) -> bool:
        """True if a text was emitted that stands later in the item than those read so far."""
        return any(part.emitted or part.complete for part in self._free_of("item").values())

    def _match(self, name: Name, text: str, count: int) -> Part | None:
        source, at = name
        free = self._free_of(source)
        numbered = self._numbered(at)
        if id(numbered) not in free:
            numbered = None
        first = list(islice(free.values(), _LOOKED_AT))
        near = first if numbered is None else [numbered, *first]
        for fits in (Part.equals, Part.begins):
            found = next((part for part in near if fits(part, text)), None) if text else None
            if found is not None:
                return found
        return first[0] if first and count == len(self.parts) else numbered

    def _numbered(self, at: int) -> Part | None:
        names = self._names
        return names.get(("delta", at)) or names.get(("text", at)) or names.get(("part", at))

    def _name(self, name: Name, part: Part) -> None:
        self._names[name] = part
        self._free_of(name[0]).pop(id(part), None)

    def _free_of(self, source: Source) -> dict[int, Part]:
        """Return the texts without a number of this source, by identity and in order."""
        if source not in self._free:
            self._free[source] = {id(part): part for part in self.parts}
        return self._free[source]


@dataclass(slots=True)
class Call(Part):
    """The state of a tool call.

    Args:
        number: The number among the calls of the answer.
        custom: True if the tool takes a text instead of JSON; the chunks have that text as a JSON string.
        kind: The kind of the call, as ``ToolCall`` has it.
        named: True once the id and the name have been emitted.
        closed: True once the end of the call has been emitted.
    """

    number: int = 0
    custom: bool = False
    kind: str = "function"
    named: bool = False
    closed: bool = False

    @property
    def settled(self) -> bool:
        """True if the call is closed, or can be complete: its arguments are JSON, or it has none."""
        text = self.so_far()
        return self.closed or (not self.custom and (not text or _is_json(text)))

    def name(self, item: Fields) -> Fields:
        """Return the chunk's fields with the id and the name, or without them if they were emitted before."""
        call_id = name = None
        if not self.named:
            self.named = True
            call_id = as_text(item.get("call_id")) or as_text(item.get("id")) or None
            name = name_of(item) or None
        return self._fields(ToolCallDelta(self.number, call_id, name, kind=self.kind))

    def delta(self, text: str) -> Fields:
        """Return the chunk's fields with the next delta of the arguments."""
        shown = self._quoted(text) if self.custom else text
        self.emitted.append(text)
        return self._fields(ToolCallDelta(self.number, None, None, shown))

    def end(self, text: str, *, has_gap: bool) -> list[Fields]:
        """Return the chunk's fields with the rest of the arguments and the end of the call.

        Args:
            text: The complete arguments.
            has_gap: True if events are missing, so that buffered deltas may be no part of the arguments.

        Raises:
            ValueError: The complete arguments differ from the deltas.
        """
        rest = self.rest(text)
        if rest is None:
            so_far, waiting = self.so_far(), "".join(self.buffered)
            if self.custom or not _same_json(so_far + waiting, text):
                missing = ", and events of it are missing" if has_gap else ""
                raise ValueError(f"the arguments of tool call {self.number} are told twice, and differ{missing}")
            rest = waiting
        if self.closed:
            return []
        self.closed = self.complete = True
        self.buffered.clear()
        last = self._quoted(rest) + '"' if self.custom else rest
        return [self._fields(ToolCallDelta(self.number, None, None, last, True))]

    def end_cut(self, text: str) -> list[Fields]:
        """Return the chunk's fields with the rest of arguments that the provider has marked as cut."""
        rest, waiting = self.rest(text), bool(self.buffered)
        if rest is None or (waiting and not text):
            return []
        self.complete = True
        self.buffered.clear()
        return [self.delta(rest)] if waiting and rest else []

    def _quoted(self, text: str) -> str:
        """Return the next part of a custom tool's text as the next part of a JSON string."""
        return ("" if self.emitted else '"') + write(text)[1:-1]

    def _fields(self, delta: ToolCallDelta) -> Fields:
        return {"block": self.block, "tool_calls": (delta,)}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _same_json(one: str, other: str) -> bool:
    try:
        return json.loads(one) == json.loads(other)
    except (ValueError, RecursionError):
        return False


# By prefix of the events of a text: the field of the chunk, and the field with the number of the text.
TEXTS = {
    "response.output_text": ("content", "content_index"),
    "response.refusal": ("refusal", "content_index"),
    "response.reasoning_text": ("thinking", "content_index"),
    "response.reasoning_summary_text": ("thinking", "summary_index"),
}

_KNOWN_TYPES = CLIENT_CALLS | {
    *("", "message", "reasoning", "function_call", "custom_tool_call", "image_generation_call")
}


@dataclass(slots=True)
class Item:
    """The state of an item.

    Args:
        kind: The item's type; empty until it is known.
        has_gap: True if events of the item may be missing, so that its deltas are buffered until the complete text.
        ended: True once the complete item has arrived.
        server_side: True for a call of a custom tool that the server itself answers.
        texts: The item's texts, by the prefix of their events.
        call: The item's tool call; None for other items.
    """

    kind: str = ""
    has_gap: bool = False
    ended: bool = False
    server_side: bool = False
    texts: dict[str, Texts] = field(default_factory=dict[str, Texts])
    call: Call | None = None

    @property
    def nothing_missing(self) -> bool:
        """True if no part of the item can be missing."""
        if not self.has_gap or self.kind not in _KNOWN_TYPES:
            return True
        if self.call is not None:
            return self.call.complete
        return self.ended and all(part.complete for part in self.parts())

    @property
    def settled(self) -> bool:
        """True if the complete item need not be read again."""
        return self.nothing_missing and (self.call is None or self.call.closed or self.call.complete)

    @property
    def emitted_fields(self) -> set[str]:
        """The fields of the chunk for which the item has emitted text."""
        return {part.field_name for part in self.parts() if part.emitted or part.complete}

    def texts_of(self, stem: str) -> Texts:
        """Return the item's texts of one kind."""
        if stem not in self.texts:
            self.texts[stem] = Texts(TEXTS[stem][0])
        return self.texts[stem]

    def parts(self) -> Iterator[Part]:
        """Yield all texts of the item."""
        return (part for texts in self.texts.values() for part in texts.parts)

    def is_repeated(self, stem: str) -> bool:
        """Whether the item has the same thinking already, in full or as a summary."""
        field_name = TEXTS[stem][0]
        return any(
            other != stem and texts.field_name == field_name and texts.parts for other, texts in self.texts.items()
        )

    def flush(self, *, last: bool) -> Iterator[Fields]:
        """Emit the buffered deltas, because no complete text will arrive.

        Args:
            last: True if no other tool call follows. Else the buffered arguments of a call are dropped: arguments with
                a gap may still be valid JSON, and a call that another one follows would count as complete.
        """
        for part in self.parts():
            if part.buffered:
                yield {"block": part.block, part.field_name: "".join(part.buffered)}
            if part.buffered_sources:
                yield {"block": part.block, "citations": tuple(part.buffered_sources)}
            part.emitted += part.buffered
            part.buffered, part.buffered_sources = [], []
        if self.call is not None and self.call.buffered:
            buffered, self.call.buffered = "".join(self.call.buffered), []
            if last:
                yield self.call.delta(buffered)
