"""How values of a type are made of JSON: each when it is whole, and before that as far as it has come.

What is shown of a container that is open is a new object each time; its closed parts are shared between
them. The plain JSON is kept apart from it: the whole is validated from that, whatever was done to what was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import to_json

from ..forks import cached
from .builder import Frame


class Missing(Enum):
    """There is nothing to show yet."""

    MISSING = 0


MISSING: Final = Missing.MISSING


class TypePlan:
    """How values of one type are made.

    Args:
        kind: The type, with its annotations.
        config: The settings of the model that it is a field of.
        plain: What Python's JSON makes that is taken as it is.
        grows: A string may be shown while it is not whole.
        tag: It tells the members of a union apart.
        sure: A value that does not fit alone does not fit in the whole either.
        parts_sure: So it is with the parts of a value.
        shapes: What is shown of an array, and what of an object; nothing, if not given.
    """

    def __init__(
        self,
        kind: Any,
        *,
        config: Mapping[str, Any] | None = None,
        plain: frozenset[type] = frozenset(),
        grows: bool = False,
        tag: bool = False,
        sure: bool = True,
        parts_sure: bool = True,
        shapes: Callable[[bool], Shape] | None = None,
    ) -> None:
        self.kind = kind
        self.plain = plain
        self.grows = grows
        self.tag = tag
        self.sure = sure
        self.parts_sure = parts_sure
        self._config = config
        self._shapes = shapes

    @cached
    def adapter(self) -> TypeAdapter[Any]:
        """What validates a value, built when first needed."""
        if self._config:
            try:
                return TypeAdapter(self.kind, config=cast("ConfigDict", self._config))
            except PydanticUserError:
                pass  # a type that has settings of its own
        return TypeAdapter(self.kind)

    @cached
    def object_shape(self) -> Shape:
        """What is shown of an object that is to become one."""
        return self._shapes(False) if self._shapes else HIDDEN

    @cached
    def array_shape(self) -> Shape:
        """What is shown of an array that is to become one."""
        return self._shapes(True) if self._shapes else HIDDEN

    def validated(self, raw: Any) -> Any:
        """Validate a value that is whole.

        Raises:
            ValidationError: It does not fit.
        """
        if type(raw) in self.plain:
            return raw
        return self.adapter.validate_json(to_json(raw))

    def whole(self, raw: Any, *, sure: bool) -> Any:
        """Make what is shown of a value that is whole; what does not fit alone waits for the whole.

        Args:
            raw: The value.
            sure: Raise if it does not fit, unless it may yet.

        Raises:
            ValidationError: It does not fit.
        """
        try:
            return self.validated(raw)
        except ValidationError:
            if sure and self.sure:
                raise
        return raw if self.grows and isinstance(raw, str) else MISSING

    def closed(self, frame: ShapedFrame, *, strict: bool, sure: bool) -> Any:
        """Make what is shown of a container that has closed.

        Args:
            frame: The container.
            strict: Validate also what only holds parts that have been validated.
            sure: Raise if it does not fit, unless it may yet.

        Raises:
            ValidationError: It does not fit.
        """
        if frame.shape.holds_only and not strict:
            return frame.shape.rest(frame)
        value = self.whole(frame.raw, sure=sure)
        return frame.shape.rest(frame) if value is MISSING else value


class Unchecked(TypePlan):
    """How plain JSON is made: as it is."""

    def validated(self, raw: Any) -> Any:
        """Return it."""
        return raw

    def closed(self, frame: ShapedFrame, *, strict: bool, sure: bool) -> Any:
        """Make what is shown of a container that has closed."""
        return frame.shape.rest(frame)


class ShapedFrame(Frame):
    """A container that is open, and what is shown of it.

    Args:
        array: Whether it is an array.
        plan: What it is to become.
        sure: Whether its parts may be judged before it is whole.
    """

    __slots__ = ("came", "extra", "field", "part", "plan", "shape", "shown", "sure")

    def __init__(self, array: bool, plan: TypePlan, sure: bool) -> None:
        super().__init__(array)
        self.plan = plan
        self.sure = sure and plan.parts_sure
        self.shown: Any = None
        """Its closed parts, as its shape keeps them."""
        self.part = UNKNOWN
        """What the value that is being read is to become."""
        self.field: str | None = None
        """Of a record, the field that it is."""
        self.came: set[str] = set()
        """Of a record, the fields that have closed."""
        self.extra: dict[str, Any] | None = None
        """Of a model that allows them, the members that are no fields."""
        self.shape = plan.array_shape if array else plan.object_shape
        self.shape.start(self)


class Shape:
    """Shows nothing of a container before it is whole; others show more."""

    visible = False
    holds_only = False
    """It is no more than its parts: they are not validated again while the whole is open."""

    def start(self, frame: ShapedFrame) -> None:
        """A container of this shape has opened."""

    def name(self, frame: ShapedFrame) -> None:
        """Say what the member that begins is to become."""

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take a part that is whole; return whether more can be shown now."""
        return False

    def show(self, frame: ShapedFrame, part: Any) -> Any:
        """Show what there is, and of the part that is being read what has come."""
        return MISSING

    def rest(self, frame: ShapedFrame) -> Any:
        """Show a container that has closed and will not change any more."""
        return self.show(frame, MISSING)


HIDDEN = Shape()

UNKNOWN: TypePlan = Unchecked(Any)

"""What no type speaks of is not shown."""


class ListShape(Shape):
    """Shows the elements so far.

    Args:
        elements: What they are to become; the last counts for all that follow.
        make: Makes of a new list what is shown.
    """

    visible = holds_only = True

    def __init__(self, elements: Sequence[TypePlan], make: Callable[[list[Any]], Any] | None = None) -> None:
        self._elements = elements
        self._make = make

    def start(self, frame: ShapedFrame) -> None:
        """An array has opened."""
        frame.shown = []
        frame.part = self._elements[0]

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take an element."""
        if len(self._elements) > 1:
            frame.part = self._elements[min(len(frame.raw), len(self._elements) - 1)]
        if value is not MISSING:
            frame.shown.append(value)
        return value is not MISSING

    def show(self, frame: ShapedFrame, part: Any) -> Any:
        """Show the elements so far."""
        shown = frame.shown.copy() if part is MISSING else [*frame.shown, part]
        return self._make(shown) if self._make else shown

    def rest(self, frame: ShapedFrame) -> Any:
        """Show all elements."""
        return self._make(frame.shown) if self._make else frame.shown


class MapShape(Shape):
    """Shows the members so far.

    Args:
        key: What the names are to become.
        value: What the values are to become.
    """

    visible = holds_only = True

    def __init__(self, key: TypePlan, value: TypePlan) -> None:
        self._key = key
        self._value = value

    def start(self, frame: ShapedFrame) -> None:
        """An object has opened."""
        frame.shown = {}
        frame.part = self._value

    def put(self, frame: ShapedFrame, value: Any) -> bool:
        """Take a member."""
        key = self._key.whole(frame.name, sure=False)
        if value is MISSING or key is MISSING:
            return False
        frame.shown[key] = value
        return True

    def show(self, frame: ShapedFrame, part: Any) -> Any:
        """Show the members so far."""
        key = MISSING if part is MISSING else self._key.whole(frame.name, sure=False)
        return frame.shown.copy() if key is MISSING else {**frame.shown, key: part}

    def rest(self, frame: ShapedFrame) -> Any:
        """Show all members."""
        return frame.shown
