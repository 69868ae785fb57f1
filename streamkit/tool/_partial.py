"""A tool call that is still being told: another type than a whole one, and nothing that could be run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..chunk import Chunk


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


class _Open:
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
        self._open: dict[int, _Open] = {}

    def feed(self, chunk: Chunk) -> list[PartialToolCall]:
        """Take the next chunk of the choice; return a partial call for each of its deltas.

        Args:
            chunk: The next chunk.
        """
        partial: list[PartialToolCall] = []
        for delta in chunk.tool_calls:
            call = self._open.setdefault(delta.index, _Open())
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
