"""The builder of typed values from the parts that the parser reports; partial values can be shown at any time."""

from __future__ import annotations

from typing import Any

from .builder import Builder
from .plan import MISSING, ShapedFrame, TypePlan


class TypedBuilder(Builder[ShapedFrame]):
    """A sink that builds a typed value part by part.

    Args:
        plan: Plan of the complete value.
        strict: True if a part that can never fit raises at once.
    """

    def __init__(self, plan: TypePlan, *, strict: bool = False) -> None:
        super().__init__()
        self._plan = plan
        self._strict = strict
        self._growing = ""  # the incomplete string, if its type may be shown incomplete
        self.changed = False
        """True once more can be shown than when this flag was last cleared."""

    def show(self) -> Any:
        """Return the partial value; ``MISSING`` if nothing can be shown yet."""
        part: Any = self._growing or MISSING
        for frame in reversed(self._open):
            part = frame.shape.show(frame, part)
        return part

    def begin(self, array: bool) -> None:
        """Begin an array or an object."""
        if self._open:
            parent = self._open[-1]
            frame = ShapedFrame(array, parent.part_plan, parent.fail_fast)
        else:
            frame = ShapedFrame(array, self._plan, self._strict)
        self._open.append(frame)
        if frame.shape.visible:
            self.changed = True

    def name(self, name: str) -> bool:
        """Take the name of the next member; return whether the name is new in the object."""
        frame = self._open[-1]
        frame.name = name
        shape = frame.shape
        shape.name(frame)
        if frame.shape is not shape:
            self.changed = True  # the name has decided between the members of a union
        return name not in frame.raw

    def grow(self, fragment: str) -> None:
        """Take the next characters of an incomplete string."""
        if (self._open[-1].part_plan if self._open else self._plan).grows:
            self._growing += fragment
            self.changed = True

    def scalar(self, value: Any) -> None:
        """Take a complete scalar.

        Raises:
            ValidationError: The scalar does not fit.
        """
        grown, self._growing = self._growing, ""
        if self._open:
            frame, changed = self._open[-1], self.changed
            plan = frame.part_plan
            shown = value if type(value) in plan.exact_types else plan.show_value(value, fail_fast=frame.fail_fast)
            self._put(frame, value, shown)
            if grown and grown == shown:
                self.changed = changed  # all of the string has been shown before
        else:
            self._complete(value)

    def end(self) -> None:
        """End the innermost container.

        Raises:
            ValidationError: The container does not fit.
        """
        frame = self._open.pop()
        if self._open:
            parent = self._open[-1]
            shown = frame.plan.show_container(frame, strict=self._strict, fail_fast=parent.fail_fast)
            self._put(parent, frame.raw, shown)
        else:
            self._complete(frame.raw)

    def _put(self, frame: ShapedFrame, raw: Any, shown: Any) -> None:
        frame.put(raw)
        if frame.shape.put(frame, shown):
            self.changed = True

    def _complete(self, raw: Any) -> None:
        self.value = self._plan.validate(raw)
