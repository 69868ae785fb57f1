"""The builders of JSON values from the parts that the parser reports: plain values, typed values, items of an array."""

from __future__ import annotations

from typing import Any, Generic

from typing_extensions import TypeVar

from ..growing import GrowingString
from ..text.json_parser import NotJson, StopParsing
from .field import Path
from .plan import MISSING, Frame, ShapedFrame, TypePlan

F = TypeVar("F", bound=Frame, default=Frame)


class Builder(Generic[F]):
    """The base of the sinks that build a value: the stack of open containers, and the complete value."""

    def __init__(self) -> None:
        self.value: Any = None
        self._open: list[F] = []

    @property
    def path(self) -> Path:
        """The path of the value that is being parsed."""
        return tuple([frame.key for frame in self._open])

    def name(self, name: str) -> bool:
        """Take the name of the next member; return whether the name is new in the object."""
        frame = self._open[-1]
        frame.name = name
        return name not in frame.raw

    def grow(self, fragment: str) -> None:
        """Ignore the next characters of a string: only a complete string counts here."""


class PlainBuilder(Builder[Frame]):
    """A sink that builds the plain JSON value.

    >>> from streamkit.text.json_parser import Parser
    >>> plain = PlainBuilder()
    >>> Parser(plain).feed('{"moons": ["Io", "Europa"]}')
    >>> plain.value
    {'moons': ['Io', 'Europa']}
    """

    def begin(self, array: bool) -> None:
        """Begin an array or an object."""
        self._open.append(Frame(array))

    def scalar(self, value: Any) -> None:
        """Take a complete scalar."""
        self._put(value)

    def end(self) -> None:
        """End the innermost container."""
        self._put(self._open.pop().raw)

    def _put(self, value: Any) -> None:
        if self._open:
            self._open[-1].put(value)
        else:
            self.value = value


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
        self._growing: GrowingString | None = None  # the incomplete string, if its type may be shown incomplete
        self.changed = False
        """True once more can be shown than when this flag was last cleared."""
        self.array: bool | None = None
        """Whether the whole value is an array; None before it has begun, or if it is neither an array nor an object."""

    def show(self) -> Any:
        """Return the partial value; ``MISSING`` if nothing can be shown yet."""
        for frame in self._open:
            if frame.growing is not None:
                frame.growing.release()
        part: Any = MISSING if self._growing is None else self._growing.whole()
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
            self.array = array
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
            if self._growing is None:
                self._growing = GrowingString()
            self._growing.parts.append(fragment)
            self.changed = True

    def scalar(self, value: Any) -> None:
        """Take a complete scalar."""
        grown, self._growing = self._growing, None
        if self._open:
            frame, changed = self._open[-1], self.changed
            plan = frame.part_plan
            shown = value if type(value) in plan.exact_types else plan.show_value(value, fail_fast=frame.fail_fast)
            self._put(frame, value, shown)
            if grown is not None and grown.whole() == shown:
                self.changed = changed  # all of the string has been shown before
        else:
            self._complete(value)

    def end(self) -> None:
        """End the innermost container."""
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


class ArrayItems(Builder[Frame]):
    """A sink that keeps only the elements of one array.

    Args:
        plan: Plan by which an element is built.
        at: Path of the array; None for the value itself, or for the first array in an object.
    """

    def __init__(self, plan: TypePlan, at: Path | None) -> None:
        super().__init__()
        self._plan = plan
        self._at = at
        self._depth = 0  # of the elements, once the array has begun
        self.count = 0
        """Number of elements that have closed."""
        self.found: list[Any] = []
        """Closed elements that have not been emitted yet."""
        self.closed = False
        """Whether the array has closed."""

    def begin(self, array: bool) -> None:
        """Begin an array or an object."""
        if self._is_it(array):
            self._depth = len(self._open) + 1
        self._open.append(Frame(array))

    def scalar(self, value: Any) -> None:
        """Take a complete scalar."""
        self._is_it(array=False)
        self._put(value)

    def end(self) -> None:
        """End the innermost container; ``StopParsing`` is raised at the end of the array."""
        raw = self._open.pop().raw
        if len(self._open) + 1 == self._depth:
            self.closed = True
            raise StopParsing
        self._put(raw)

    def _is_it(self, array: bool) -> bool:
        if self._depth:
            return False
        if self._at is None:
            return array and (not self._open or (len(self._open) == 1 and self._open[0].name is not None))
        here = self.path == self._at
        if here and not array:
            raise NotJson(f"what stands at {'.'.join(map(str, self._at))!r} is no array")
        return here

    def _put(self, value: Any) -> None:
        if self._depth and len(self._open) > self._depth:
            self._open[-1].put(value)
        elif self._depth:
            self.found.append(self._plan.validate(value))
            self.count += 1
        elif self._open:
            self._open[-1].put(None)  # only the member's name matters
