"""The four ways to read a value: as far as it has come, by its elements, by its fields, and once it is valid."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from .elements import Elements
from .field import Field, Growth
from .finder import Finder, Opening
from .machine import Machine, complaints
from .plan import MISSING, Plan, ShapedFrame
from .reader import NotJson, TooDeep
from .shaper import Shaper
from .tree import Path, Plain


class PartialMachine(Machine):
    """Emits the value as far as it has come, once a piece that changes it, and at last the whole.

    Args:
        name: The operator, as its user wrote it.
        plan: What the value is to become.
        wanted: How it may begin.
    """

    def __init__(self, name: str, plan: Plan, wanted: Opening) -> None:
        super().__init__(name, wanted)
        self._shaper = Shaper(plan)

    def _sink(self) -> Shaper:
        return self._shaper

    def _settle(self) -> None:
        if self._shaper.changed:
            self._shaper.changed = False
            shown = self._shaper.show()
            if shown is not MISSING:
                self._out.append(shown)

    def _closed(self) -> None:
        super()._closed()
        self._out.append(self._shaper.value)


class FieldsMachine(Machine):
    """Emits an event for each value that grows or closes.

    Args:
        name: The operator, as its user wrote it.
        plan: What the value is to become.
        wanted: How it may begin.
    """

    def __init__(self, name: str, plan: Plan, wanted: Opening) -> None:
        super().__init__(name, wanted)
        self._events = _Events(plan)

    def _sink(self) -> Shaper:
        return self._events

    def _complaint(self, error: ValidationError) -> str:
        return complaints(error, self._events.path)

    def _taken(self) -> list[Any]:
        found, self._events.found = self._events.found, []
        return found


class _Events(Shaper):
    """Makes an event of each value that grows or closes."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, strict=True)
        self.found: list[Field] = []
        self._growth: Growth | None = None

    def grow(self, piece: str) -> None:
        if self._growth is None:
            self._growth = Growth()
        self._growth.add(piece)
        self.found.append(Field.growing(self.path, self._growth, piece))

    def _put(self, frame: ShapedFrame, raw: Any, shown: Any) -> None:
        self._tell(raw, raw if shown is MISSING else shown)
        super()._put(frame, raw, shown)

    def _whole(self, raw: Any) -> None:
        super()._whole(raw)
        self._tell(raw, self.value)

    def _tell(self, raw: Any, value: Any) -> None:
        delta = ""
        if isinstance(raw, str):
            delta = raw[self._growth.size :] if self._growth else raw
            self._growth = None
        self.found.append(Field(self.path, value, delta=delta))


class ItemsMachine(Machine):
    """Emits each element of an array, validated, as it closes.

    Args:
        name: The operator, as its user wrote it.
        plan: What an element is to become.
        wanted: How the array, or what it stands in, may begin.
        at: Where the array stands; None for the value itself, or of an object the first member that is one.
    """

    def __init__(self, name: str, plan: Plan, wanted: Opening, *, at: Path | None) -> None:
        super().__init__(name, wanted)
        self._elements = Elements(plan, at)

    def _sink(self) -> Elements:
        return self._elements

    def _complaint(self, error: ValidationError) -> str:
        return f"element {self._elements.count}: {complaints(error)}"

    def _taken(self) -> list[Any]:
        found, self._elements.found = self._elements.found, []
        return found

    def _closed(self) -> None:
        super()._closed()
        if not self._elements.over:
            raise NotJson("there is no array where one should stand")


class ValidMachine(Machine):
    """Emits the first value that is whole and valid; what is not is passed over.

    Args:
        name: The operator, as its user wrote it.
        plan: What the value is to become.
        wanted: How it may begin.
    """

    def __init__(self, name: str, plan: Plan, wanted: Opening) -> None:
        super().__init__(name, wanted)
        self._plan = plan
        self._plain = Plain()
        self._invalid: ValidationError | None = None

    def _sink(self) -> Plain:
        self._plain = Plain()
        return self._plain

    def _closed(self) -> None:
        try:
            self._out.append(self._plan.validated(self._plain.value))
        except ValidationError as error:
            self._invalid = error
            self._look_on()
        else:
            self.done = True
            super()._closed()

    def _refused(self, error: NotJson) -> None:
        if isinstance(error, TooDeep):
            raise error
        self._look_on()

    def _look_on(self) -> None:
        self._reader = None
        self._finder = Finder(self._wanted)

    def _end(self) -> None:
        try:
            super()._end()
        except NotJson as error:
            raise self._invalid or error from None
        if not self.done and self._invalid:
            raise self._invalid
