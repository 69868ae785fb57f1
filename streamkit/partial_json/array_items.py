"""The sink that finds one array in a JSON value, and validates each element at the end of the element."""

from __future__ import annotations

from typing import Any

from .builder import Builder, Frame, Path
from .parser import NotJson, StopParsing
from .plan import TypePlan


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
        """End the innermost container.

        Raises:
            StopParsing: The container is the array.
        """
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
