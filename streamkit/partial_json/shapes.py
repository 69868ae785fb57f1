"""The shapes in which open containers are shown: lists, maps, objects with fields, and unions of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from ..forks import cached
from ..growing import GrowingDict, GrowingList
from .plan import HIDDEN, MISSING, UNKNOWN, Shape, ShapedFrame, TypePlan


class ListShape(Shape):
    """Shows the elements so far.

    Args:
        elements: Plans of the elements; the last one applies to all that follow.
        make: Function that makes the shown value of a new list.
    """

    visible = holds_only = True

    def __init__(self, elements: Sequence[TypePlan], make: Callable[[list[Any]], Any] | None = None) -> None:
        self._elements = elements
        self._make = make

    def start(self, frame: ShapedFrame) -> None:
        """Begin an array."""
        frame.growing = growing = GrowingList()
        frame.shown = growing.items
        frame.part_plan = self._elements[0]

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take a complete element; return whether more can be shown now."""
        if len(self._elements) > 1:
            frame.part_plan = self._elements[min(len(frame.raw), len(self._elements) - 1)]
        if value is not MISSING:
            frame.shown.append(value)
        return value is not MISSING

    def show(self, frame: ShapedFrame, part: Any) -> Any:
        """Show the elements so far."""
        if self._make:
            return self._make(frame.shown.copy() if part is MISSING else [*frame.shown, part])
        growing = cast("GrowingList", frame.growing)
        return growing.show() if part is MISSING else growing.show(part)

    def show_closed(self, frame: ShapedFrame) -> Any:
        """Show all elements."""
        return self._make(frame.shown) if self._make else frame.shown


class MapShape(Shape):
    """Shows the members so far."""

    visible = holds_only = True

    def __init__(self, key: TypePlan, value: TypePlan) -> None:
        self._key = key
        self._value = value

    def start(self, frame: ShapedFrame) -> None:
        """Begin an object."""
        frame.growing = growing = GrowingDict()
        frame.shown = growing.items
        frame.part_plan = self._value

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take a complete member; return whether more can be shown now."""
        key = self._key.show_value(frame.name, fail_fast=False)
        if value is MISSING or key is MISSING:
            return False
        cast("GrowingDict", frame.growing).put(key, value)
        return True

    def show(self, frame: ShapedFrame, part: Any) -> Any:
        """Show the members so far."""
        key = MISSING if part is MISSING else self._key.show_value(frame.name, fail_fast=False)
        return cast("GrowingDict", frame.growing).show(None if key is MISSING else (key, part))

    def show_closed(self, frame: ShapedFrame) -> Any:
        """Show all members."""
        return frame.shown


Fields = Mapping[str, tuple[str, TypePlan]]


class PartialFactory(Protocol):
    """Makes the partial objects of one class."""

    def defaults(self) -> dict[str, Any]:
        """Return the values of the fields before any field has arrived."""
        ...

    def make(self, frame: ShapedFrame, part: Any) -> Any:
        """Make a partial object from the closed fields, and ``part`` as the value of the current field."""
        ...


class RecordShape(Shape):
    """Shows the fields so far; a field that has not arrived has the default, or None.

    Args:
        fields: Function that returns, by name in JSON, each field's own name and plan.
        factory: Factory of the partial objects.
        extra: Plan of members that are not fields; without a plan they are not shown.
    """

    visible = True

    def __init__(self, fields: Callable[[], Fields], factory: PartialFactory, *, extra: TypePlan | None = None) -> None:
        self._find_fields = fields
        self._factory = factory
        self._extra = extra
        self.show = factory.make

    @cached
    def fields(self) -> Fields:
        """The fields by name in JSON, looked up when first needed, since types may be recursive."""
        return self._find_fields()

    def start(self, frame: ShapedFrame) -> None:
        """Begin an object."""
        frame.shown = self._factory.defaults()
        frame.growing = frame.extra = None if self._extra is None else GrowingDict()

    def name(self, frame: ShapedFrame) -> None:
        """Choose the plan of the member that begins."""
        frame.field, frame.part_plan = self.fields.get(frame.name or "") or (None, self._extra or UNKNOWN)

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take a complete member; return whether more can be shown now."""
        field, frame.field = frame.field, None
        if value is MISSING:
            return False
        if field is not None:
            frame.shown[field] = value
            frame.fields_set.add(field)
        elif frame.extra is not None:
            frame.extra.put(frame.name or "", value)
        return field is not None or frame.extra is not None


class UnionShape(Shape):
    """Shows nothing until only one of several records is possible; then the frame takes the shape of that record."""

    def __init__(self, records: Sequence[RecordShape]) -> None:
        self._records = records

    def start(self, frame: ShapedFrame) -> None:
        """Begin an object that may be any of the records."""
        frame.shown = list(self._records)

    def name(self, frame: ShapedFrame) -> None:
        """Rule out records that have no member of this name."""
        name = frame.name or ""
        self._narrow(frame, [each for each in frame.shown if name in each.fields] or frame.shown)
        if frame.shape is not self:
            frame.name = name
            frame.shape.name(frame)

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Rule out records in which the member has another value; return whether one record is left."""
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
            frame.shape.put(frame, frame.part_plan.show_value(raw, fail_fast=False))


def _may_have(record: RecordShape, name: str, raw: Any) -> bool:
    """Whether an object with this member may be the record."""
    found = record.fields.get(name)
    return not found or not found[1].is_tag or found[1].show_value(raw, fail_fast=False) is not MISSING


class WrappedShape(Shape):
    """Shows the value of another shape as the root of a model."""

    visible = True

    def __init__(self, inner: Shape, wrap: Callable[[Any], Any]) -> None:
        self._inner = inner
        self._wrap = wrap
        self.start, self.name, self.put = inner.start, inner.name, inner.put

    def show(self, frame: ShapedFrame, part: Any) -> Any:
        """Show the model so far."""
        shown = self._inner.show(frame, part)
        return shown if shown is MISSING else self._wrap(shown)
