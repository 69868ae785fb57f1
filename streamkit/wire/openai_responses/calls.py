"""State of a tool call of a Responses answer, whose arguments arrive in deltas and then complete."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ...chunk import ToolCallDelta
from ..lenient_json import as_text
from .texts import Fields, Part


@dataclass(slots=True)
class Call(Part):
    """The state of a tool call.

    Args:
        number: The number among the calls of the answer.
        custom: True if the tool takes a text instead of JSON; the chunks have that text as a JSON string.
        named: True once the id and the name have been emitted.
        closed: True once the end of the call has been emitted.
    """

    number: int = 0
    custom: bool = False
    named: bool = False
    closed: bool = False

    @property
    def settled(self) -> bool:
        """True if the call is closed, or can be complete: its arguments are JSON, or it has none."""
        text = "".join(self.emitted)
        return self.closed or (not self.custom and (not text or _is_json(text)))

    def name(self, item: Fields) -> Fields:
        """Return the chunk's fields with the id and the name, or without them if they were emitted before."""
        call_id = name = None
        if not self.named:
            self.named = True
            call_id = as_text(item.get("call_id")) or as_text(item.get("id")) or None
            name = as_text(item.get("name")) or None
        return self._fields(ToolCallDelta(self.number, call_id, name))

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
            so_far, waiting = "".join(self.emitted), "".join(self.buffered)
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
        return ("" if self.emitted else '"') + json.dumps(text, ensure_ascii=False)[1:-1]

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
