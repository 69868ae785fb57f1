"""One item of a Responses answer: its texts or its call, and whether all of it is known to have come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .calls import Call
from .texts import Fields, Part, Texts

# What the deltas of a text begin with; the field of the chunk; what numbers the texts of an item.
TEXTS = {
    "response.output_text": ("content", "content_index"),
    "response.refusal": ("refusal", "content_index"),
    "response.reasoning_text": ("thinking", "content_index"),
    "response.reasoning_summary_text": ("thinking", "summary_index"),
}

_OURS = frozenset({"", "message", "reasoning", "function_call", "custom_tool_call", "image_generation_call"})


@dataclass(slots=True)
class Item:
    """What has come of an item.

    Args:
        kind: Its type, once that is known.
        doubted: Events of it may be missing, so that its deltas wait for the whole.
        ended: It has come as a whole.
        texts: Its texts, by what their deltas begin with.
        call: The call that it is.
    """

    kind: str = ""
    doubted: bool = False
    ended: bool = False
    texts: dict[str, Texts] = field(default_factory=dict[str, Texts])
    call: Call | None = None

    @property
    def proven(self) -> bool:
        """Whether nothing of it can be missing."""
        if not self.doubted or self.kind not in _OURS:
            return True
        if self.call is not None:
            return self.call.whole
        return self.ended and all(part.whole for part in self.parts())

    @property
    def over(self) -> bool:
        """Whether its whole need not be read once more."""
        return self.proven and (self.call is None or self.call.closed or self.call.whole)

    @property
    def emitted(self) -> set[str]:
        """Name the fields of the chunk for which it has emitted text."""
        return {part.into for part in self.parts() if part.pieces or part.whole}

    def of(self, stem: str) -> Texts:
        """Return its texts of one kind."""
        if stem not in self.texts:
            self.texts[stem] = Texts(TEXTS[stem][0])
        return self.texts[stem]

    def parts(self) -> Iterator[Part]:
        """List all its texts."""
        return (part for texts in self.texts.values() for part in texts.parts)

    def repeats(self, stem: str) -> bool:
        """Whether it has the same thinking already, as a summary or as it was."""
        into = TEXTS[stem][0]
        return any(other != stem and texts.into == into and texts.parts for other, texts in self.texts.items())

    def release(self, *, last: bool) -> Iterator[Fields]:
        """Emit what was held, since no whole will come.

        Args:
            last: No other call has begun behind it. Else what is held of a call stays so: with a hole in them,
                arguments may still be valid, and a call that another follows would then count as whole.
        """
        for part in self.parts():
            if part.held:
                yield {"block": part.block, part.into: "".join(part.held)}
            if part.held_sources:
                yield {"block": part.block, "citations": tuple(part.held_sources)}
            part.pieces += part.held
            part.held, part.held_sources = [], []
        if self.call is not None and self.call.held:
            held, self.call.held = "".join(self.call.held), []
            if last:
                yield self.call.piece(held)
