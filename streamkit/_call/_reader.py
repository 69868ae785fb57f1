"""The extractor of a typed answer: unwraps the wrapped value, and fills in fields from the function's arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic_core import to_json

from ..chunk import Chunk
from ..structure.machines import PartialExtractor

if TYPE_CHECKING:
    from ..structure.finder import Opening
    from ..structure.plan import Plan


class AnswerExtractor(PartialExtractor):
    """Emits the partial answer, and at last the validated one.

    Args:
        name: The option and the type as the user wrote them.
        plan: Plan by which the answer is built.
        start: Pattern of how the answer may begin.
        wrapped: Whether the answer is the ``value`` of an object.
        text_only: Whether only text is read, since tools may be called instead.
        filled: Fields of the answer that the model does not write, by their names in the JSON.
    """

    def __init__(
        self, name: str, plan: Plan, start: Opening, *, wrapped: bool, text_only: bool, filled: Mapping[str, Any]
    ) -> None:
        super().__init__(name, plan, start)
        self._wrapped = wrapped
        self._text_only = text_only
        self._filling = to_json(dict(filled), fallback=str).decode()[:-1] if filled else ""
        self._called = False

    def feed(self, item: str | Chunk) -> list[Any]:
        """Take the next element; return the values to emit."""
        if self._text_only and isinstance(item, Chunk) and item.tool_calls:
            self._called = self._called or item.index == 0
            item = msgspec.structs.replace(item, tool_calls=(), plain=False)
        return super().feed(item)

    def flush(self) -> list[Any]:
        """Return the values that can still be emitted once the source is complete."""
        if self._called and not self._begun():
            return []
        return super().flush()

    def _read(self, fragment: str) -> str:
        if self._filling:
            fragment = self._fill(fragment)
        return super()._read(fragment) if fragment else ""

    def _fill(self, fragment: str) -> str:
        """Insert the filled fields behind the opening brace, with a comma if another field follows."""
        if self._reader is None:
            begun = self._finder.feed(fragment)
            if begun is None:
                return ""
            self._start_reading(self._filling)
            fragment = begun[1:]
        fragment = fragment.lstrip()
        if not fragment:
            return ""
        self._filling = ""
        return fragment if fragment[0] == "}" else f",{fragment}"

    def _start_reading(self, text: str) -> None:
        from ..structure.reader import Reader

        self._reader = Reader(self._sink())
        self._reader.feed(text)

    def _taken(self) -> list[Any]:
        taken = super()._taken()
        if not self._wrapped:
            return taken
        return [each.value for each in taken if "value" in each.model_fields_set]
