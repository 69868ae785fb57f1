"""A tool call of a Responses answer: its arguments come in pieces and then as a whole."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ...chunk import ToolCallDelta
from ..lenient_json import as_text
from .texts import Fields, Part


@dataclass(slots=True)
class Call(Part):
    """A tool call.

    Args:
        number: Its number among the calls of the answer.
        custom: It takes a text instead of JSON; the chunks have that text as a JSON string.
        named: Its id and name have been emitted.
        closed: It has come to its own end.
    """

    number: int = 0
    custom: bool = False
    named: bool = False
    closed: bool = False

    @property
    def over(self) -> bool:
        """Whether it has come to its end, or may have where nothing says so: it is JSON, or has no arguments."""
        text = "".join(self.pieces)
        return self.closed or (not self.custom and (not text or _is_json(text)))

    def name(self, item: Fields) -> Fields:
        """Emit what it is called, unless that has been emitted before."""
        call_id = name = None
        if not self.named:
            self.named = True
            call_id = as_text(item.get("call_id")) or as_text(item.get("id")) or None
            name = as_text(item.get("name")) or None
        return self._fields(ToolCallDelta(self.number, call_id, name))

    def piece(self, text: str) -> Fields:
        """Emit the next piece of its arguments."""
        shown = self._quoted(text) if self.custom else text
        self.pieces.append(text)
        return self._fields(ToolCallDelta(self.number, None, None, shown))

    def end(self, text: str, *, doubted: bool) -> list[Fields]:
        """Emit what its pieces left out of the whole, and its end.

        Args:
            text: The whole.
            doubted: Events are missing, and what was held may be no part of the whole.

        Raises:
            ValueError: The whole is another text than its pieces.
        """
        rest = self.rest(text)
        if rest is None:
            begun, waiting = "".join(self.pieces), "".join(self.held)
            if self.custom or not _same_json(begun + waiting, text):
                missing = ", and events of it are missing" if doubted else ""
                raise ValueError(f"the arguments of tool call {self.number} are told twice, and differ{missing}")
            rest = waiting
        if self.closed:
            return []
        self.closed = self.whole = True
        self.held.clear()
        last = self._quoted(rest) + '"' if self.custom else rest
        return [self._fields(ToolCallDelta(self.number, None, None, last, True))]

    def cut(self, text: str) -> list[Fields]:
        """Emit what its pieces left out of arguments that the provider says are cut."""
        rest, waiting = self.rest(text), bool(self.held)
        if rest is None or (waiting and not text):
            return []
        self.whole = True
        self.held.clear()
        return [self.piece(rest)] if waiting and rest else []

    def _quoted(self, text: str) -> str:
        """Return more of a custom tool's text as more of a JSON string."""
        return ("" if self.pieces else '"') + json.dumps(text, ensure_ascii=False)[1:-1]

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
