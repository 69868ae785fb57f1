"""Reads a typed answer out of chunks: unwraps what was wrapped, and fills in what the function knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic_core import to_json

from ..chunk import Chunk
from ..structure.machines import PartialMachine

if TYPE_CHECKING:
    from ..structure.finder import Opening
    from ..structure.plan import Plan


class AnswerMachine(PartialMachine):
    """Emits the answer as far as it has come, and at last the validated one.

    Args:
        name: What its type was given as.
        plan: What it is to become.
        wanted: How it may begin.
        wrapped: It comes as the ``value`` of an object.
        text_only: It comes in the text, and tools may be called instead.
        filled: What stands in it without the model's saying so.
    """

    def __init__(
        self, name: str, plan: Plan, wanted: Opening, *, wrapped: bool, text_only: bool, filled: Mapping[str, Any]
    ) -> None:
        super().__init__(name, plan, wanted)
        self._wrapped = wrapped
        self._text_only = text_only
        self._filling = to_json(dict(filled), fallback=str).decode()[:-1] if filled else ""
        self._called = False

    def feed(self, item: str | Chunk) -> list[Any]:
        """Take the next element; return what can be emitted."""
        if self._text_only and isinstance(item, Chunk) and item.tool_calls:
            self._called = self._called or item.index == 0
            item = msgspec.structs.replace(item, tool_calls=(), plain=False)
        return super().feed(item)

    def flush(self) -> list[Any]:
        """Return what can still be emitted once the source is complete."""
        if self._called and not self._begun():
            return []
        return super().flush()

    def _read(self, piece: str) -> str:
        if self._filling:
            piece = self._fill(piece)
        return super()._read(piece) if piece else ""

    def _fill(self, piece: str) -> str:
        """Put what is filled in behind the brace that the answer begins with, with a comma if anything follows."""
        if self._reader is None:
            begun = self._finder.feed(piece)
            if begun is None:
                return ""
            self._start(self._filling)
            piece = begun[1:]
        piece = piece.lstrip()
        if not piece:
            return ""
        self._filling = ""
        return piece if piece[0] == "}" else f",{piece}"

    def _start(self, text: str) -> None:
        from ..structure.reader import Reader

        self._reader = Reader(self._sink())
        self._reader.feed(text)

    def _taken(self) -> list[Any]:
        taken = super()._taken()
        if not self._wrapped:
            return taken
        return [each.value for each in taken if "value" in each.model_fields_set]
