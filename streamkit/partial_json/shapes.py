"""What is shown of objects with fields: models, dataclasses, typed dicts, and unions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ..forks import cached
from .plan import HIDDEN, MISSING, UNKNOWN, Shape, ShapedFrame, TypePlan

Fields = Mapping[str, tuple[str, TypePlan]]


class PartialFactory(Protocol):
    """Makes what is shown of one class."""

    def blank(self) -> dict[str, Any]:
        """Make the fields as they are before any has come."""
        ...

    def made(self, frame: ShapedFrame, part: Any) -> Any:
        """Make what is shown of an object: its closed fields, and ``part`` as the one that is being read."""
        ...


class RecordShape(Shape):
    """Shows the fields so far; one that has not come has its default, or None.

    Args:
        fields: Finds, by its name in JSON, a field's own name and what it is to become.
        twin: Makes what is shown.
        extra: What members that are no fields become; they are not shown, if not given.
    """

    visible = True

    def __init__(self, fields: Callable[[], Fields], twin: PartialFactory, *, extra: TypePlan | None = None) -> None:
        self._find_fields = fields
        self._twin = twin
        self._extra = extra
        self.show = twin.made

    @cached
    def fields(self) -> Fields:
        """The fields by their names in JSON, found when first needed: a type may be a part of itself."""
        return self._find_fields()

    def start(self, frame: ShapedFrame) -> None:
        """An object has opened."""
        frame.shown = self._twin.blank()
        frame.extra = None if self._extra is None else {}

    def name(self, frame: ShapedFrame) -> None:
        """Say what the member that begins is to become."""
        frame.field, frame.part = self.fields.get(frame.name or "") or (None, self._extra or UNKNOWN)

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take a member."""
        field, frame.field = frame.field, None
        if value is MISSING:
            return False
        if field is not None:
            frame.shown[field] = value
            frame.came.add(field)
        elif frame.extra is not None:
            frame.extra[frame.name or ""] = value
        return field is not None or frame.extra is not None


class UnionShape(Shape):
    """Shows nothing until it is plain which of several records an object is; from then on what that one shows.

    Args:
        records: What it may be.
    """

    def __init__(self, records: Sequence[RecordShape]) -> None:
        self._records = records

    def start(self, frame: ShapedFrame) -> None:
        """An object has opened."""
        frame.shown = list(self._records)

    def name(self, frame: ShapedFrame) -> None:
        """Say what the member that begins is to become: its name alone may decide."""
        name = frame.name or ""
        self._narrow(frame, [each for each in frame.shown if name in each.fields] or frame.shown)
        if frame.shape is not self:
            frame.name = name
            frame.shape.name(frame)

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take a member: its value may decide."""
        name = frame.name or ""
        self._narrow(frame, [each for each in frame.shown if _may_have(each, name, frame.raw[name])])
        return frame.shape is not self

    def _narrow(self, frame: ShapedFrame, left: list[RecordShape]) -> None:
        frame.shown = left
        if len(left) > 1:
            return
        frame.shape = left[0] if left else HIDDEN
        frame.shape.start(frame)
        for name, raw in frame.raw.items():
            frame.name = name
            frame.shape.name(frame)
            frame.shape.put(frame, frame.part.whole(raw, sure=False))


def _may_have(record: RecordShape, name: str, raw: Any) -> bool:
    """Whether a member says nothing against an object being this record."""
    found = record.fields.get(name)
    return not found or not found[1].tag or found[1].whole(raw, sure=False) is not MISSING


class WrappedShape(Shape):
    """Shows what another shape does, in a model that has it as its root.

    Args:
        inner: The shape.
        wrap: Makes the model.
    """

    visible = True

    def __init__(self, inner: Shape, wrap: Callable[[Any], Any]) -> None:
        self._inner = inner
        self._wrap = wrap
        self.start, self.name, self.put = inner.start, inner.name, inner.put

    def show(self, frame: ShapedFrame, part: Any) -> Any:
        """Show the model so far."""
        shown = self._inner.show(frame, part)
        return shown if shown is MISSING else self._wrap(shown)
