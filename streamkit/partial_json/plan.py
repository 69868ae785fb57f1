"""Plans of how values of a type are built from JSON: the complete value, and the partial values shown before.

What is shown never changes as long as anybody holds it; what is shown later shares its closed parts. The plain JSON is
kept apart, and the complete value is validated from it, so a change to a shown object has no effect on the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import to_json

from ..forks import cached
from ..growing import GrowingDict, GrowingList


class Missing(Enum):
    """The marker of a value of which nothing can be shown yet."""

    MISSING = 0


MISSING: Final = Missing.MISSING


class TypePlan:
    """The plan of how values of one type are built.

    Args:
        kind: The type, with its annotations.
        config: Settings of the model that has a field of this type.
        exact_types: Python types whose values are taken without validation.
        grows: True if a string may be shown while it is incomplete.
        is_tag: True if the value distinguishes the members of a union.
        fail_fast: True if a value that does not fit alone cannot fit in the complete value either.
        parts_fail_fast: The same for the parts of a value.
        make_shape: Function that makes the shape of an array (True) or of an object (False); without it, nothing of
            a container is shown before it is complete.
    """

    def __init__(
        self,
        kind: Any,
        *,
        config: Mapping[str, Any] | None = None,
        exact_types: frozenset[type] = frozenset(),
        grows: bool = False,
        is_tag: bool = False,
        fail_fast: bool = True,
        parts_fail_fast: bool = True,
        make_shape: Callable[[bool], Shape] | None = None,
    ) -> None:
        self.kind = kind
        self.exact_types = exact_types
        self.grows = grows
        self.is_tag = is_tag
        self.fail_fast = fail_fast
        self.parts_fail_fast = parts_fail_fast
        self._config = config
        self._make_shape = make_shape

    @cached
    def adapter(self) -> TypeAdapter[Any]:
        """The validator of the type, built when first needed."""
        if self._config:
            try:
                return TypeAdapter(self.kind, config=cast("ConfigDict", self._config))
            except PydanticUserError:
                pass  # a type that has settings of its own
        return TypeAdapter(self.kind)

    @cached
    def object_shape(self) -> Shape:
        """The shape of an object that becomes a value of the type."""
        return self._make_shape(False) if self._make_shape else HIDDEN

    @cached
    def array_shape(self) -> Shape:
        """The shape of an array that becomes a value of the type."""
        return self._make_shape(True) if self._make_shape else HIDDEN

    def validate(self, raw: Any) -> Any:
        """Validate a complete value."""
        if type(raw) in self.exact_types:
            return raw
        return self.adapter.validate_json(to_json(raw))

    def show_value(self, raw: Any, *, fail_fast: bool) -> Any:
        """Return what is shown of a complete value; one that does not fit alone is shown with the whole only.

        Args:
            raw: The plain JSON value.
            fail_fast: True to raise for a value that can never fit.
        """
        try:
            return self.validate(raw)
        except ValidationError:
            if fail_fast and self.fail_fast:
                raise
        return raw if self.grows and isinstance(raw, str) else MISSING

    def show_container(self, frame: ShapedFrame, *, strict: bool, fail_fast: bool) -> Any:
        """Return what is shown of a closed container.

        Args:
            frame: The container.
            strict: True to validate also containers that are no more than their validated parts.
            fail_fast: True to raise for a container that can never fit.
        """
        if frame.shape.holds_only and not strict:
            return frame.shape.show_closed(frame)
        value = self.show_value(frame.raw, fail_fast=fail_fast)
        return frame.shape.show_closed(frame) if value is MISSING else value


class Unchecked(TypePlan):
    """The plan of plain JSON, which is taken without validation."""

    def validate(self, raw: Any) -> Any:
        """Return the value unchanged."""
        return raw

    def show_container(self, frame: ShapedFrame, *, strict: bool, fail_fast: bool) -> Any:
        """Return what is shown of a closed container."""
        return frame.shape.show_closed(frame)


class Frame:
    """An open container: an array, or an object."""

    __slots__ = ("name", "raw")

    def __init__(self, array: bool) -> None:
        self.raw: Any = [] if array else {}
        """The complete values of the container so far."""
        self.name: str | None = None
        """The name of the object's current member; None in an array."""

    @property
    def key(self) -> str | int:
        """The index or the name of the current value."""
        return len(self.raw) if self.name is None else self.name

    def put(self, value: Any) -> None:
        """Store the current value, which is complete."""
        if self.name is None:
            self.raw.append(value)
        else:
            self.raw[self.name] = value


class ShapedFrame(Frame):
    """An open container, with the state of what is shown.

    Args:
        array: True for an array, False for an object.
        plan: Plan of the container.
        fail_fast: True if a part that can never fit raises before the container is complete.
    """

    __slots__ = ("extra", "fail_fast", "field", "fields_set", "growing", "part_plan", "plan", "shape", "shown")

    def __init__(self, array: bool, plan: TypePlan, fail_fast: bool) -> None:
        super().__init__(array)
        self.plan = plan
        self.fail_fast = fail_fast and plan.parts_fail_fast
        self.shown: Any = None
        """The closed parts, in the form that the shape keeps."""
        self.growing: GrowingList | GrowingDict | None = None
        """The list or dict that is shown, which is extended from one time to the next."""
        self.part_plan = UNKNOWN
        """The plan of the value that is being parsed."""
        self.field: str | None = None
        """The field of a record that is being parsed."""
        self.fields_set: set[str] = set()
        """The fields of a record that have closed."""
        self.extra: GrowingDict | None = None
        """The members that are not fields, for a model that allows them."""
        self.shape = plan.array_shape if array else plan.object_shape
        self.shape.start(self)


class Shape:
    """The way in which an open container is shown; this base shows nothing before the container is complete."""

    visible = False
    holds_only = False
    """True if the container is no more than its parts, and is not validated again before the whole is complete."""

    def start(self, frame: ShapedFrame) -> None:
        """Begin a container of this shape."""

    def name(self, frame: ShapedFrame) -> None:
        """Choose the plan of the member that begins."""

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take a complete part; return whether more can be shown now."""
        return False

    def show(self, frame: ShapedFrame, part: Any) -> Any:
        """Return what is shown of the container, with ``part`` as the value that is being parsed."""
        return MISSING

    def show_closed(self, frame: ShapedFrame) -> Any:
        """Return what is shown of a closed container, which no longer changes."""
        return self.show(frame, MISSING)


HIDDEN = Shape()

UNKNOWN: TypePlan = Unchecked(Any)

"""The plan of members that no type describes; they are not shown."""
