"""What is known of a flow's elements before anything is subscribed to: how many come, of which kind, and from what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ..errors import ConfigurationError
from ..operators._base.marks import Elements, Mark, mark_of

Number = Literal["one", "many", "stock"]
"""``one`` element, ``many``, or what a stock operator makes of them, which nobody knows."""

_HOMES = "streamkit.operators._"

# What stands before an operator so that its elements come.
_REMEDIES: dict[Elements, str] = {
    "chunks": "put it before {by}",
    "text": "put ops.text() before it",
    "sound": "put ops.audio() before it",
}


class Emitted(NamedTuple):
    """The elements of a stream or a flow.

    Args:
        number: How many come.
        kind: What they are; ``any`` where it is not known.
        by: The operator that they come from, as its user wrote it.
    """

    number: Number
    kind: Elements
    by: str

    def through(self, operator: Callable[[Any], Any]) -> Emitted:
        """Return what an operator makes of these elements.

        Raises:
            ConfigurationError: The operator reads other elements, or has no parentheses.
        """
        mark = mark_of(operator)
        if mark is None:
            _check_called(operator)
            return STOCK
        self._check_read(mark)
        if mark.emits == "same":
            return self if mark.gives in ("same", "any") else self._replace(kind=mark.gives)
        return Emitted(mark.emits, "any" if mark.gives == "same" else mark.gives, mark.name)

    def check_one(self, door: str) -> None:
        """Raise if many elements come, of which all but one would be dropped.

        Args:
            door: What gives one element, as its user wrote it.

        Raises:
            ConfigurationError: Many elements come.
        """
        if self.number == "many":
            join = ", or end the pipe with ops.join() for one text" if self.kind == "text" else ""
            remedy = f"use to_list(), first() or last() of the flow{join}"
            raise ConfigurationError(f"{door} gives one element, and {self.by} gives many: {remedy}.")

    @property
    def shown(self) -> str:
        """What is known, for ``repr``: ``": many text"``, or "" for nothing."""
        words = [*([] if self.number == "stock" else [self.number]), *([] if self.kind == "any" else [self.kind])]
        return f": {' '.join(words)}" if words else ""

    def _check_read(self, mark: Mark) -> None:
        reads, kind = mark.reads, self.kind
        if kind == "any" or reads in ("any", "same", "other", kind):
            return
        given = kind if kind != "other" else "other elements"
        remedy = _REMEDIES[reads].format(by=self.by)
        raise ConfigurationError(f"{mark.name} reads {reads}, and {self.by} gives {given}: {remedy}.")


STOCK = Emitted("stock", "any", "")


def _check_called(operator: Callable[[Any], Any]) -> None:
    """Raise if an operator of ours stands in a pipe without its parentheses."""
    name = getattr(operator, "__name__", "")
    if getattr(operator, "__module__", "") == f"{_HOMES}{name}":
        raise ConfigurationError(f"pipe() got the function {name} itself: write {name}() with parentheses.")
