"""Takes what a reader finds as the parts of a typed value, and shows how far that has come."""

from __future__ import annotations

from typing import Any

from .builder import Tree
from .plan import MISSING, ShapedFrame, TypePlan


class Shaper(Tree[ShapedFrame]):
    """Makes a typed value part by part.

    Args:
        plan: What the whole is to become.
        strict: Whether a part that can never fit is an error at once.
    """

    def __init__(self, plan: TypePlan, *, strict: bool = False) -> None:
        super().__init__()
        self._plan = plan
        self._strict = strict
        self._growing = ""  # the string that is being read, if it may be shown
        self.changed = False
        """More can be shown than when this was last set back."""

    def show(self) -> Any:
        """Show what there is."""
        part: Any = self._growing or MISSING
        for frame in reversed(self._open):
            part = frame.shape.show(frame, part)
        return part

    def begin(self, array: bool) -> None:
        """An array, or an object, begins."""
        if self._open:
            parent = self._open[-1]
            frame = ShapedFrame(array, parent.part, parent.sure)
        else:
            frame = ShapedFrame(array, self._plan, self._strict)
        self._open.append(frame)
        if frame.shape.visible:
            self.changed = True

    def name(self, name: str) -> bool:
        """Take the name of the next member; return whether it is new in its object."""
        frame = self._open[-1]
        frame.name = name
        shape = frame.shape
        shape.name(frame)
        if frame.shape is not shape:
            self.changed = True  # the name has told which of several it is
        return name not in frame.raw

    def grow(self, fragment: str) -> None:
        """Take the next characters of a string."""
        if (self._open[-1].part if self._open else self._plan).grows:
            self._growing += fragment
            self.changed = True

    def scalar(self, value: Any) -> None:
        """Take a scalar that is whole.

        Raises:
            ValidationError: It does not fit.
        """
        grown, self._growing = self._growing, ""
        if self._open:
            frame, changed = self._open[-1], self.changed
            plan = frame.part
            shown = value if type(value) in plan.plain else plan.whole(value, sure=frame.sure)
            self._put(frame, value, shown)
            if grown and grown == shown:
                self.changed = changed  # nothing but its end is new
        else:
            self._whole(value)

    def end(self) -> None:
        """The innermost container has ended.

        Raises:
            ValidationError: It does not fit.
        """
        frame = self._open.pop()
        if self._open:
            parent = self._open[-1]
            self._put(parent, frame.raw, frame.plan.closed(frame, strict=self._strict, sure=parent.sure))
        else:
            self._whole(frame.raw)

    def _put(self, frame: ShapedFrame, raw: Any, shown: Any) -> None:
        frame.put(raw)
        if frame.shape.put(frame, shown):
            self.changed = True

    def _whole(self, raw: Any) -> None:
        self.value = self._plan.validated(raw)
