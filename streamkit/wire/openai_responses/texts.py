"""The texts of one item of a Responses answer, and which of them a whole text is.

A server sends a text in pieces and then, up to four times, as a whole. The numbers that it gives the texts need
not agree: some count from 1 in the events and from 0 in the item. So a whole text belongs to the first text in
order whose pieces it equals, or else begins with, and the number only decides between several of those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, TypeAlias

Fields: TypeAlias = dict[str, Any]

"""Fields of a chunk."""

Source: TypeAlias = Literal["delta", "text", "part", "item"]

"""What numbers a text: its deltas, its own whole, the whole of its part, or its place in the item."""

Name: TypeAlias = "tuple[Source, int]"

_LOOKED_AT = 16  # so many texts are compared: a server whose numbers are out is out by one


@dataclass(slots=True)
class Part:
    """A text of an item, or the arguments of a call.

    Args:
        block: Its number among all of them.
        into: The field of the chunk that it is for.
        at: The number that first named it.
        pieces: The strings that have been emitted, until it is whole.
        held: The strings that wait for the whole, since events before them are missing.
        whole: It has come as a whole.
        sources: How many citations have been emitted.
        held_sources: The citations that wait for the whole.
    """

    block: int
    into: str
    at: int = 0
    pieces: list[str] = field(default_factory=list[str])
    held: list[str] = field(default_factory=list[str])
    whole: bool = False
    sources: int = 0
    held_sources: list[Any] = field(default_factory=list[Any])
    _hashes: tuple[int, ...] = ()

    def equals(self, text: str) -> bool:
        """Whether this is what has come of it so far."""
        return hash(text) in self._hashes if self.whole else "".join(self.pieces) == text

    def begins(self, text: str) -> bool:
        """Whether what has come of it so far is the beginning of that."""
        return not self.whole and text.startswith("".join(self.pieces))

    def rest(self, text: str) -> str | None:
        """Return what a whole text adds to what was emitted; None if it is another text."""
        begun = "".join(self.pieces)
        if not text:
            return ""
        return text[len(begun) :] if text.startswith(begun) else None

    def close(self, text: str) -> None:
        """Take it as whole; what was held is in the whole, or is no part of it."""
        self._hashes = (hash("".join(self.pieces)), hash(text))
        self.whole, self.pieces = True, []
        self.held.clear()


class Texts:
    """The texts of one kind in one item, in the order in which they first came.

    Args:
        into: The field of the chunk that they are for.
    """

    def __init__(self, into: str) -> None:
        self.into = into
        self.parts: list[Part] = []
        self._names: dict[Name, Part] = {}
        self._free: dict[Source, dict[int, Part]] = {}

    def delta(self, at: int) -> Part | None:
        """Return the text that has that number in the events, if there is one."""
        found = self._numbered(at)
        if found is not None:
            self._name(("delta", at), found)
        return found

    def whole(self, name: Name, text: str, *, count: int = 0) -> Part | None:
        """Return the text that this is the whole of, if some of it has come before.

        Args:
            name: What numbers it, and its number there.
            text: The whole.
            count: How many texts of this kind the item has, where that is known.
        """
        part = self._names.get(name)
        if part is None or (part.whole and text and not part.equals(text)):
            part = self._match(name, text, count) or part
        if part is not None:
            self._name(name, part)
        return part

    def add(self, name: Name, block: int) -> Part:
        """Begin a text."""
        part = Part(block, self.into, name[1])
        self.parts.append(part)
        for free in self._free.values():
            free[id(part)] = part
        self._name(name, part)
        return part

    @property
    def follows(self) -> bool:
        """Whether something has been emitted of a text that the item has not come to yet."""
        return any(part.pieces or part.whole for part in self._free_of("item").values())

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
        """Return the texts that this source has not named yet, by identity, in order."""
        if source not in self._free:
            self._free[source] = {id(part): part for part in self.parts}
        return self._free[source]
