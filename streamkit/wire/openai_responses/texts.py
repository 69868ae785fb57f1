"""Texts of one item of a Responses answer, and the match of complete texts with their deltas.

A server sends a text in deltas and then, up to four times, as a complete text. The numbers of the texts need not agree:
some servers count from 1 in the events and from 0 in the item. So a complete text belongs to the first text whose
deltas equal it, else to the first text whose deltas begin it. The number decides only between several of those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, TypeAlias

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

    def equals(self, text: str) -> bool:
        """Whether the text so far equals the given one."""
        return hash(text) in self._hashes if self.complete else "".join(self.emitted) == text

    def begins(self, text: str) -> bool:
        """Whether the text so far is the beginning of the given one."""
        return not self.complete and text.startswith("".join(self.emitted))

    def rest(self, text: str) -> str | None:
        """Return what a complete text adds to the emitted text; None if it is another text."""
        so_far = "".join(self.emitted)
        if not text:
            return ""
        return text[len(so_far) :] if text.startswith(so_far) else None

    def mark_complete(self, text: str) -> None:
        """Mark the text as complete, and drop the buffered strings."""
        self._hashes = (hash("".join(self.emitted)), hash(text))
        self.complete, self.emitted = True, []
        self.buffered.clear()


class Texts:
    """The texts of one kind in one item, in the order of their first events.

    Args:
        field_name: The field of the chunk.
    """

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
        """Begin a new text and return it."""
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
