"""State of one item of a Responses answer: its texts or its tool call, and whether anything may be missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .calls import Call
from .texts import Fields, Part, Texts

# By prefix of the events of a text: the field of the chunk, and the field with the number of the text.
TEXTS = {
    "response.output_text": ("content", "content_index"),
    "response.refusal": ("refusal", "content_index"),
    "response.reasoning_text": ("thinking", "content_index"),
    "response.reasoning_summary_text": ("thinking", "summary_index"),
}

_KNOWN_TYPES = frozenset({"", "message", "reasoning", "function_call", "custom_tool_call", "image_generation_call"})


@dataclass(slots=True)
class Item:
    """The state of an item.

    Args:
        kind: The item's type; empty until it is known.
        has_gap: True if events of the item may be missing, so that its deltas are buffered until the complete text.
        ended: True once the complete item has arrived.
        texts: The item's texts, by the prefix of their events.
        call: The item's tool call; None for other items.
    """

    kind: str = ""
    has_gap: bool = False
    ended: bool = False
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
