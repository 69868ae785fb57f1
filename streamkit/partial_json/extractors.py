"""The four extractors: partial values, fields, the items of an array, and the first valid value."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from .array_items import ArrayItems
from .builder import Path, PlainBuilder
from .extractor import Extractor, describe_errors
from .field import Field, GrowingString
from .locate import Locator, Opening
from .parser import NotJson, TooDeep
from .plan import MISSING, ShapedFrame, TypePlan
from .typed_builder import TypedBuilder


class PartialExtractor(Extractor):
    """Emits the partial value after each fragment that changes the value, and at last the complete value.

    Args:
        name: The operator as its user wrote it.
        plan: Plan by which the value is built.
        start: Opening of the value.
    """

    def __init__(self, name: str, plan: TypePlan, start: Opening) -> None:
        super().__init__(name, start)
        self._builder = TypedBuilder(plan)

    def _sink(self) -> TypedBuilder:
        return self._builder

    def _settle(self) -> None:
        if self._builder.changed:
            self._builder.changed = False
            shown = self._builder.show()
            if shown is not MISSING:
                self._out.append(shown)

    def _complete(self) -> None:
        super()._complete()
        self._out.append(self._builder.value)


class FieldsExtractor(Extractor):
    """Emits an event for each value that grows or closes.

    Args:
        name: The operator as its user wrote it.
        plan: Plan by which the value is built.
        start: Opening of the value.
    """

    def __init__(self, name: str, plan: TypePlan, start: Opening) -> None:
        super().__init__(name, start)
        self._events = _FieldEvents(plan)

    def _sink(self) -> TypedBuilder:
        return self._events

    def _describe(self, error: ValidationError) -> str:
        return describe_errors(error, self._events.path)

    def _taken(self) -> list[Any]:
        found, self._events.found = self._events.found, []
        return found


class _FieldEvents(TypedBuilder):
    """A sink that records an event for each value that grows or closes."""

    def __init__(self, plan: TypePlan) -> None:
        super().__init__(plan, strict=True)
        self.found: list[Field] = []
        self._growth: GrowingString | None = None

    def grow(self, fragment: str) -> None:
        if self._growth is None:
            self._growth = GrowingString()
        self._growth.add(fragment)
        self.found.append(Field.growing(self.path, self._growth, fragment))

    def _put(self, frame: ShapedFrame, raw: Any, shown: Any) -> None:
        self._add(raw, raw if shown is MISSING else shown)
        super()._put(frame, raw, shown)

    def _complete(self, raw: Any) -> None:
        super()._complete(raw)
        self._add(raw, self.value)

    def _add(self, raw: Any, value: Any) -> None:
        delta = ""
        if isinstance(raw, str):
            delta = raw[self._growth.size :] if self._growth else raw
            self._growth = None
        self.found.append(Field(self.path, value, delta=delta))


class ItemsExtractor(Extractor):
    """Emits each validated element of an array as soon as the element closes.

    Args:
        name: The operator as its user wrote it.
        plan: Plan by which an element is built.
        start: Opening of the array, or of the value around it.
        at: Path of the array; None for the value itself, or for the first array in an object.
    """

    def __init__(self, name: str, plan: TypePlan, start: Opening, *, at: Path | None) -> None:
        super().__init__(name, start)
        self._elements = ArrayItems(plan, at)

    def _sink(self) -> ArrayItems:
        return self._elements

    def _describe(self, error: ValidationError) -> str:
        return f"element {self._elements.count}: {describe_errors(error)}"

    def _taken(self) -> list[Any]:
        found, self._elements.found = self._elements.found, []
        return found

    def _complete(self) -> None:
        super()._complete()
        if not self._elements.closed:
            raise NotJson("there is no array where one should stand")


class ValidExtractor(Extractor):
    """Emits the first complete and valid value, and skips all others.

    Args:
        name: The operator as its user wrote it.
        plan: Plan by which the value is validated.
        start: Opening of the value.
    """

    def __init__(self, name: str, plan: TypePlan, start: Opening) -> None:
        super().__init__(name, start)
        self._plan = plan
        self._plain = PlainBuilder()
        self._invalid: ValidationError | None = None

    def _sink(self) -> PlainBuilder:
        self._plain = PlainBuilder()
        return self._plain

    def _complete(self) -> None:
        try:
            self._out.append(self._plan.validate(self._plain.value))
        except ValidationError as error:
            self._invalid = error
            self._restart()
        else:
            self.done = True
            super()._complete()

    def _not_json(self, error: NotJson) -> None:
        if isinstance(error, TooDeep):
            raise error
        self._restart()

    def _restart(self) -> None:
        self._parser = None
        self._locator = Locator(self._start)

    def _end(self) -> None:
        try:
            super()._end()
        except NotJson as error:
            raise self._invalid or error from None
        if not self.done and self._invalid:
            raise self._invalid
